package mailgw

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"supportgw/mailgw/ticket"
)

// Clock is the time that the gateway lives in: the real one, or, for rehearsals,
// one that starts at another instant and goes faster. Everything that is said or
// kept comes from it; timeouts on the network are always real.
type Clock struct {
	start  time.Time // where a rehearsal clock starts; zero: the real time
	origin time.Time // the real instant of start
	factor float64   // how many times as fast
	text   string    // as the user wrote it

	hurry atomic.Pointer[hurry] // what the demo makes of it; nil: as the fields above say
}

// ParseClock reads "2026-11-20T16:00:00+01:00 x600": the instant to start at, and
// how many times as fast to go. Empty is the real time; the factor may be left out.
func ParseClock(s string) (*Clock, error) {
	at, rate, hasRate := strings.Cut(strings.TrimSpace(s), " ")
	if at == "" {
		return &Clock{factor: 1}, nil
	}
	start, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return nil, fmt.Errorf(`clock: %q is not a time; write "2026-11-20T16:00:00+01:00 x600"`, at)
	}
	c := &Clock{start: start, origin: time.Now(), factor: 1, text: s}
	if hasRate {
		f, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(rate), "x"), 64)
		if err != nil || !strings.HasPrefix(strings.TrimSpace(rate), "x") || !(f >= 0.001 && f <= 1e6) { // NaN is neither
			return nil, fmt.Errorf(`clock: %q is not a rate between x0.001 and x1000000; write "x600"`, rate)
		}
		c.factor = f
	}
	return c, nil
}

// Rehearsal returns the clock as it was asked for, and "" for the real time.
func (c *Clock) Rehearsal() string { return c.text }

// Now returns the gateway's time.
func (c *Clock) Now() time.Time {
	if h := c.hurry.Load(); h != nil {
		return h.now(time.Since(h.begun))
	}
	if c.start.IsZero() {
		return time.Now()
	}
	return c.start.Add(time.Duration(float64(time.Since(c.origin)) * c.factor))
}

// Of is how much of the clock's time passes in some real time.
func (c *Clock) Of(real time.Duration) time.Duration { return time.Duration(float64(real) * c.factor) }

// Wait returns at until (zero: never), when wake is signalled, or when ctx ends; once in a
// while also without a reason.
func (c *Clock) Wait(ctx context.Context, until time.Time, wake <-chan struct{}) {
	for h := c.hurry.Load(); !c.wait(ctx, until, wake, h); h = c.hurry.Load() {
	}
}

// farAway bounds how long a wait is at once: who waits for a time that never comes, as
// what needs a person's word does, looks again once a year. The greatest duration and a
// bit more would be none at all.
const farAway = 365 * 24 * time.Hour

// wait is Wait as long as the clock goes as it does under h; false means that it
// goes otherwise now.
func (c *Clock) wait(ctx context.Context, until time.Time, wake <-chan struct{}, h *hurry) bool {
	var alarm <-chan time.Time
	var changed <-chan struct{}
	if h != nil {
		changed = h.over
	}
	if !until.IsZero() {
		real := time.Duration(min(float64(until.Sub(c.Now()))/c.factor, float64(farAway))) // before it is a number that holds no more
		if h != nil {
			real = h.realUntil(until) - time.Since(h.begun)
		}
		t := time.NewTimer(min(real, farAway) + time.Millisecond)
		defer t.Stop()
		alarm = t.C
	}
	select {
	case <-ctx.Done():
	case <-wake:
	case <-alarm:
	case <-changed:
		return false
	}
	return true
}

// idSource gives IDs: 44 bits of milliseconds and 20 of a counter, each greater
// than the one before, and than all that the store has, even if the machine's
// clock was set back. They follow the real time, not a rehearsal's.
type idSource struct{ last atomic.Uint64 }

// newIDSource goes on behind last.
func newIDSource(last ticket.ID) *idSource {
	s := &idSource{}
	s.last.Store(uint64(last))
	return s
}

// end waits until the millisecond of the last ID is over, for some of them at most: IDs of
// events are not among those that the next start finds in the store, and it may come as soon.
func (s *idSource) end() {
	const most = 5
	for range most {
		if uint64(time.Now().UnixMilli()) > s.last.Load()>>20 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// Next returns an ID that was never given before.
func (s *idSource) Next() ticket.ID {
	now := uint64(time.Now().UnixMilli()) << 20
	for {
		last := s.last.Load()
		next := max(last+1, now)
		if s.last.CompareAndSwap(last, next) {
			return ticket.ID(next)
		}
	}
}
