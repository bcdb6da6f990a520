package hours

import "time"

// dayReach is how far from an instant its local day can reach: two days where a
// place moved over the date line and had one twice, and a change of the clock.
const dayReach = 3 * daySeconds

// LastOpen returns t when t is open, else the end of the last open stretch
// before t, in the calendar's zone; so a t that ends a stretch is returned
// itself. It is never after t. It returns false when the calendar was closed
// for ten years before t.
func (c *Calendar) LastOpen(t time.Time) (time.Time, bool) {
	if c.Open(t) {
		return t.Round(0).In(c.loc), true
	}
	// t is closed, and so is its whole second.
	end, limit := t.Unix(), t.Unix()-horizon
	for back := int64(2 * daySeconds); end > limit; back *= 4 {
		from := max(end-back, limit)
		if s := c.lastBefore(from, end); s.from < s.to {
			return time.Unix(s.to, 0).In(c.loc), true
		}
		end = from
	}
	return time.Time{}, false
}

// Opening returns the first open instant of t's local day, whether that is
// before or after t, in the calendar's zone. A stretch that goes on from the day
// before begins at the day's first instant. It returns false on a closed day.
func (c *Calendar) Opening(t time.Time) (time.Time, bool) {
	s := c.dayEdges(t)
	return time.Unix(s.from, 0).In(c.loc), s.from < s.to
}

// Closing returns the end of the last open stretch of t's local day, whether
// that is before or after t, in the calendar's zone. A stretch that goes on into
// the next day ends at midnight, which is the first instant of that day. It
// returns false on a closed day.
func (c *Calendar) Closing(t time.Time) (time.Time, bool) {
	s := c.dayEdges(t)
	return time.Unix(s.to, 0).In(c.loc), s.from < s.to
}

// dayEdges returns the first open second of t's local day and the end of its
// last one; it is empty on a closed day. A clock that is put back over midnight
// shows a day in two pieces: those from the first to the last belong to it.
func (c *Calendar) dayEdges(t time.Time) span {
	_, east := t.In(c.loc).Zone()
	today, _ := localDay(t.Unix() + int64(east))
	var edges span
	w := c.walkFrom(t.Unix() - dayReach)
	for {
		s, ok := w.next(t.Unix() + dayReach)
		if !ok {
			return edges
		}
		// A stretch never leaves its local day, nor the offset that w was at.
		if day, _ := localDay(s.from + w.offset); day != today {
			continue
		}
		if edges.from == edges.to {
			edges.from = s.from
		}
		edges.to = s.to
	}
}
