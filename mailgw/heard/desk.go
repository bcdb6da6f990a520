package heard

import (
	"time"

	"supportgw/rules/hours"
)

// desk is when people work: a calendar, or Mon-Fri 09:00-17:00.
type desk struct {
	cal  *hours.Calendar
	zone *time.Location // of the writer
}

const (
	defaultOpens  = 9
	defaultCloses = 17
)

// day is the local day with that distance from t's.
func day(t time.Time, days int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, t.Location())
}

// bounds are the first and the last working instant of the day that begins at
// midnight of the writer's zone; false when nobody works that day.
func (d desk) bounds(midnight time.Time) (opens, closes time.Time, ok bool) {
	y, m, dd := midnight.Date()
	if d.cal == nil {
		wd := midnight.Weekday()
		opens = time.Date(y, m, dd, defaultOpens, 0, 0, 0, d.zone)
		closes = time.Date(y, m, dd, defaultCloses, 0, 0, 0, d.zone)
		return opens, closes, wd != time.Saturday && wd != time.Sunday
	}
	from := time.Date(y, m, dd, 0, 0, 0, 0, d.cal.Location()) // that date, where the desk is
	to := time.Date(y, m, dd+1, 0, 0, 0, 0, d.cal.Location())
	open := d.cal.Between(from, to)
	if open <= 0 {
		return opens, closes, false
	}
	opens, ok = d.cal.NextOpen(from)
	if !ok {
		return opens, closes, false
	}
	closes, ok = d.cal.Add(from, open)
	return opens.In(d.zone), closes.In(d.zone), ok
}

// works tells whether t is working time, or the end of some.
func (d desk) works(t time.Time) bool {
	if d.cal != nil {
		return d.cal.Open(t) || d.cal.Open(t.Add(-time.Second))
	}
	opens, closes, ok := d.bounds(day(t, 0))
	return ok && !t.Before(opens) && !t.After(closes)
}

// maxLook is for how many days working days are looked for.
const maxLook = 400

// workday is the closing of the n-th working day after the day of t.
func (d desk) workday(t time.Time, n int) (time.Time, bool) {
	for i := 1; i <= maxLook; i++ {
		if _, closes, ok := d.bounds(day(t, i)); ok {
			if n--; n <= 0 {
				return closes, true
			}
		}
	}
	return time.Time{}, false
}

// workhours is t and so much working time.
func (d desk) workhours(t time.Time, n int) (time.Time, bool) {
	need := time.Duration(n) * time.Hour
	if d.cal != nil {
		at, ok := d.cal.Add(t, need)
		return at.In(d.zone), ok
	}
	for i := 0; i <= maxLook; i++ {
		opens, closes, ok := d.bounds(day(t, i))
		if i == 0 && t.After(opens) {
			opens = t
		}
		if !ok || !closes.After(opens) {
			continue
		}
		if has := closes.Sub(opens); has < need {
			need -= has
			continue
		}
		return opens.Add(need), true
	}
	return time.Time{}, false
}

// lastClosing is the last closing in the days from a day on, both included.
func (d desk) lastClosing(from time.Time, days int) (time.Time, bool) {
	for i := days; i >= 0; i-- {
		if _, closes, ok := d.bounds(day(from, i)); ok {
			return closes, true
		}
	}
	return time.Time{}, false
}
