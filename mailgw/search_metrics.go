package mailgw

import (
	"strconv"
	"sync"
	"time"

	"supportgw/mailgw/web"
)

// lagBounds are the bounds of the histogram of how long tickets waited for the index.
var lagBounds = [...]time.Duration{100 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}

// lags counts how long tickets waited for the index, from their commit on. The zero
// value is ready.
type lags struct {
	mu     sync.Mutex
	within [len(lagBounds)]uint64
	count  uint64
	sum    time.Duration
	each   func(time.Duration) // for tests; nil: nobody looks
}

func (l *lags) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, bound := range lagBounds {
		if d <= bound {
			l.within[i]++
		}
	}
	l.count++
	l.sum += d
	if l.each != nil {
		l.each(d)
	}
}

// searchMetrics say how far the index is behind the tickets.
func (g *Gateway) searchMetrics() []web.Metric {
	n, oldest := g.finder.feed.behind()
	age := 0.0
	if !oldest.IsZero() {
		age = time.Since(oldest).Seconds()
	}
	l := &g.finder.lags
	l.mu.Lock()
	defer l.mu.Unlock()
	seconds := web.Metric{Name: "mailgw_search_lag_seconds", Kind: web.Histogram, Help: "How long tickets waited from their commit until their words could be found, since the start."}
	for i, bound := range lagBounds {
		seconds.AddPart("_bucket", float64(l.within[i]), "le", strconv.FormatFloat(bound.Seconds(), 'g', -1, 64))
	}
	seconds.AddPart("_bucket", float64(l.count), "le", "+Inf")
	seconds.AddPart("_sum", l.sum.Seconds())
	seconds.AddPart("_count", float64(l.count))
	return []web.Metric{
		seconds,
		web.Value("mailgw_search_behind", web.Gauge, "Tickets whose words cannot be found as they are now.", float64(n)),
		web.Value("mailgw_search_behind_seconds", web.Gauge, "How long the first of those waits that were written since the start.", age),
	}
}

// searchLate is how far behind is worth a word of health. It never makes it ill: no mail
// waits for the index.
const searchLate = 5 * time.Minute

// checkSearch says how far the index is behind.
func (g *Gateway) checkSearch() web.Check {
	n, oldest := g.finder.feed.behind()
	c := web.Check{Name: "search", OK: true, Detail: "the index has all tickets"}
	switch {
	case !oldest.IsZero() && time.Since(oldest) > searchLate:
		c.Detail = "the index is behind by " + strconv.Itoa(n) + " tickets, since " + time.Since(oldest).Round(time.Minute).String() + "; mail does not wait for it"
	case g.finder.renew.Load():
		c.Detail = "the index is compared with the tickets"
	case n > 0:
		c.Detail = "the index catches up with " + strconv.Itoa(n) + " tickets"
	}
	return c
}
