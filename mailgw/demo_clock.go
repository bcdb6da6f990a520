package mailgw

import "time"

// hurry is how a rehearsal's clock goes while a story is told on it: fast from
// one instant to another, and as fast as real time from there on. It never runs
// past the second instant in one leap, however slow the machine is: so what is
// due then happens then.
type hurry struct {
	begun  time.Time     // the real instant at which the clock showed from
	from   time.Time     // the gateway's time
	until  time.Time     // the gateway's time, not before from
	factor float64       // how many times as fast until then, more than 0
	over   chan struct{} // closed when another hurry takes its place
}

// realUntil is after how much real time, from the beginning on, the clock shows at.
func (h *hurry) realUntil(at time.Time) time.Duration {
	if at.After(h.until) {
		return h.realUntil(h.until) + at.Sub(h.until)
	}
	return time.Duration(float64(at.Sub(h.from)) / h.factor)
}

// now is the gateway's time after so much real time.
func (h *hurry) now(real time.Duration) time.Time {
	if fast := h.realUntil(h.until); real > fast {
		return h.until.Add(real - fast)
	}
	return h.from.Add(time.Duration(float64(real) * h.factor))
}

// hurryTo lets the clock run to an instant, and then go on like the real one. It is
// for one goroutine alone; all who wait on the clock wait by the new one at once.
func (c *Clock) hurryTo(until time.Time, factor float64) {
	h := &hurry{begun: time.Now(), from: c.Now(), factor: factor, over: make(chan struct{})}
	h.until = until
	if until.Before(h.from) {
		h.until = h.from
	}
	if old := c.hurry.Swap(h); old != nil {
		close(old.over)
	}
}
