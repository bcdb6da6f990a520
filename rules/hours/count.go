package hours

import (
	"math"
	"time"
)

// Open reports whether t is open time. An interval is open at its first instant
// and closed at its last.
func (c *Calendar) Open(t time.Time) bool {
	if c.always {
		return true
	}
	_, east := t.In(c.loc).Zone()
	day, second := localDay(t.Unix() + int64(east))
	for _, s := range c.openOn(day) {
		if s.from <= second && second < s.to {
			return true
		}
	}
	return false
}

// Add returns the first instant by which d of open time has passed since t, in
// the calendar's zone: an amount that just fills an interval ends at its end,
// not at the start of the next. It returns t when d is zero or less, and false
// when the calendar does not hold d of open time in the ten years after t.
func (c *Calendar) Add(t time.Time, d time.Duration) (time.Time, bool) {
	t = t.Round(0).In(c.loc) // wall time only: a monotonic reading knows no DST
	switch {
	case d <= 0:
		return t, true
	case d > horizon*time.Second:
		return time.Time{}, false
	case c.always:
		return t.Add(d), true
	}
	rest := d + c.openFraction(t)
	w := c.walkFrom(t.Unix())
	limit := t.Unix() + horizon
	for {
		s, ok := w.next(limit)
		if !ok {
			return time.Time{}, false
		}
		length := time.Duration(s.to-s.from) * time.Second
		if rest <= length {
			return time.Unix(s.from, 0).Add(rest).In(c.loc), true
		}
		rest -= length
	}
}

// Between returns the open time from a to b; it is negative when b is before a.
// Beyond the 292 years that a Duration holds it is the longest Duration.
func (c *Calendar) Between(a, b time.Time) time.Duration {
	if b.Before(a) {
		return -c.Between(b, a)
	}
	if c.always {
		return b.Round(0).Sub(a.Round(0))
	}
	var seconds int64
	w := c.walkFrom(a.Unix())
	for {
		s, ok := w.next(b.Unix())
		if !ok {
			break
		}
		seconds += s.to - s.from
	}
	if seconds > math.MaxInt64/int64(time.Second)-1 {
		return math.MaxInt64
	}
	return time.Duration(seconds)*time.Second + c.openFraction(b) - c.openFraction(a)
}

// openFraction returns the part of t's second that has passed, if t is open:
// walks count whole seconds, all of which are either open or closed.
func (c *Calendar) openFraction(t time.Time) time.Duration {
	if t.Nanosecond() == 0 || !c.Open(t) {
		return 0
	}
	return time.Duration(t.Nanosecond())
}

// NextOpen returns t when t is open, else the next instant that is, in the
// calendar's zone. It returns false when the calendar stays closed for ten years.
func (c *Calendar) NextOpen(t time.Time) (time.Time, bool) {
	if c.Open(t) {
		return t.Round(0).In(c.loc), true
	}
	w := c.walkFrom(t.Unix())
	s, ok := w.next(t.Unix() + horizon)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(s.from, 0).In(c.loc), true
}

// longestInterval is how far back [Calendar.IntervalStart] looks.
const longestInterval = 400 * daySeconds

// IntervalStart returns the start of the open interval that t lies in or ends,
// in the calendar's zone, where intervals that touch (over midnight, say) are
// one. It returns the zero time when that interval has lasted for more than 400
// days, as around the clock, and t itself when t neither lies in an interval
// nor ends one.
func (c *Calendar) IntervalStart(t time.Time) time.Time {
	if c.always {
		return time.Time{}
	}
	second := t.Unix()
	for back := int64(2 * daySeconds); ; back *= 4 {
		back = min(back, longestInterval)
		s := c.lastBefore(second-back, second+1)
		in := s.from < s.to && (s.to > second || s.to == second && t.Nanosecond() == 0)
		switch {
		case !in:
			return t.Round(0).In(c.loc)
		case s.from > second-back:
			return time.Unix(s.from, 0).In(c.loc)
		case back == longestInterval:
			return time.Time{}
		}
	}
}

// lastBefore returns the last open stretch in [from, limit), touching ones
// joined; it is empty when there is none.
func (c *Calendar) lastBefore(from, limit int64) span {
	var last span
	w := c.walkFrom(from)
	for {
		s, ok := w.next(limit)
		switch {
		case !ok:
			return last
		case s.from == last.to:
			last.to = s.to
		default:
			last = s
		}
	}
}
