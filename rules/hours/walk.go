package hours

// walk goes through the open time of a calendar, forwards. It takes the local
// time line piece by piece: within one offset from UTC and one local day,
// local seconds and instants differ by a constant, so that neither a skipped
// nor a repeated hour needs a rule of its own.
type walk struct {
	cal    *Calendar
	at     int64 // the Unix second from which to go on
	offset int64 // of the zone, valid before until
	until  int64
}

func (c *Calendar) walkFrom(second int64) walk {
	offset, until := c.zoneAt(second)
	return walk{cal: c, at: second, offset: offset, until: until}
}

// next returns the next open stretch before limit, cut off there. Stretches
// come in order; two that touch (over midnight, over a change of the clock) are
// returned one by one.
func (w *walk) next(limit int64) (span, bool) {
	for w.at < limit {
		if w.at >= w.until {
			w.offset, w.until = w.cal.zoneAt(w.at)
		}
		day, second := localDay(w.at + w.offset)
		midnight := day*daySeconds - w.offset // as an instant, by today's offset
		stop := min(midnight+daySeconds, w.until)
		for _, s := range w.cal.openOn(day) {
			if s.to <= second {
				continue
			}
			open := span{max(midnight+s.from, w.at), min(midnight+s.to, stop, limit)}
			if open.from >= open.to { // begins after the clock changes, or after limit
				break
			}
			w.at = open.to
			return open, true
		}
		w.at = stop
	}
	return span{}, false
}

// nextMerged returns the next open stretch before limit as [walk.next] does,
// but joins stretches that touch.
func (w *walk) nextMerged(limit int64) (span, bool) {
	whole, ok := w.next(limit)
	for ok {
		ahead := *w
		more, again := ahead.next(limit)
		if !again || more.from != whole.to {
			break
		}
		whole.to = more.to
		*w = ahead
	}
	return whole, ok
}
