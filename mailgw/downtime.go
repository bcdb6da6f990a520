package mailgw

import (
	"encoding/json"
	"fmt"
	"time"

	"supportgw/mailgw/store"
)

// downtimes are the spans in which the gateway did not run, oldest first.
type downtimes struct {
	spans []downtime
	alive time.Time // when it last noted that it runs
}

// downtime is one span, in the clock's time.
type downtime struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// The store keeps under aliveName when the gateway last ran, and under downName
// when it did not: the newest maxDowntimes spans.
const (
	aliveName    = "alive"
	downName     = "down"
	maxDowntimes = 50
	aliveEvery   = time.Minute
	downFrom     = 3 * aliveEvery // a gap that is longer is a downtime
)

// around finds the last downtime that ended after from and began before to.
func (d *downtimes) around(from, to time.Time) (time.Time, time.Time, bool) {
	for i := len(d.spans) - 1; i >= 0; i-- {
		if s := d.spans[i]; s.To.After(from) && s.From.Before(to) {
			return s.From, s.To, true
		}
	}
	return time.Time{}, time.Time{}, false
}

// noteAlive notes that the gateway runs, and that it did not when the last note is
// older than it should be: a promise that broke in that time has its cause there.
func (g *Gateway) noteAlive(now time.Time) (time.Time, error) {
	every := max(aliveEvery, g.clock.Of(time.Second))
	next := g.down.alive.Add(every)
	if !g.down.alive.IsZero() && !now.Before(g.down.alive) && now.Before(next) {
		return next, nil
	}
	var spans []downtime
	err := g.store.Update(store.Background, func(tx store.Tx) error {
		mark, err := tx.Meta(aliveName)
		if err != nil {
			return err
		}
		list, err := tx.Meta(downName)
		if err != nil {
			return err
		}
		spans = nil
		if len(list) > 0 && json.Unmarshal(list, &spans) != nil {
			spans = nil // only causes are read from it
		}
		last, err := time.Parse(time.RFC3339, string(mark))
		if err == nil && now.Sub(last) > max(downFrom, 3*every) {
			spans = append(spans, downtime{last, now})
			spans = spans[max(0, len(spans)-maxDowntimes):]
			if list, err = json.Marshal(spans); err == nil {
				err = tx.PutMeta(downName, list)
			}
			if err != nil {
				return fmt.Errorf("note the downtime: %w", err)
			}
		}
		return tx.PutMeta(aliveName, []byte(now.UTC().Format(time.RFC3339)))
	})
	if err != nil {
		return time.Time{}, err
	}
	if n := len(spans); n > 0 && spans[n-1].To.Equal(now) {
		g.log.Warn("the gateway did not run", "from", spans[n-1].From, "to", now)
	}
	g.down = downtimes{spans: spans, alive: now}
	return now.Add(every), nil
}
