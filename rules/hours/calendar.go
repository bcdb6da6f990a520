// Package hours counts working time: "8 working hours from now", in the local
// time of a place, with lunch breaks, holidays and daylight saving time.
//
// A [Calendar] is compiled from a [Spec]. An instant is open when the clock on
// the wall of the calendar's zone shows a time inside one of that weekday's
// intervals (or of the intervals that the local date has of its own, a short day)
// and the local date is no holiday. All rules for odd days follow
// from this one sentence: an hour that the clock skips is never open, an hour
// that it shows twice is open twice, an interval bound inside a skipped hour
// moves to the moment of the jump, and a 25-hour day that is open around the
// clock has 25 open hours.
//
// It reads no clock: every time is a parameter. Zones come from [Compile], which
// takes them from the system's time zone database or, where there is none, from
// the one embedded here; nothing is read later. A Calendar never changes after
// Compile and is safe for concurrent use. What counts allocates nothing; what
// explains (Explain, Skipped, Holidays, ShortDays) does.
//
// Failure policy: everything that can be wrong is reported by Compile, all of it
// at once. After that only one thing can fail: a calendar that does not hold
// enough open time within ten years, which Add, NextOpen and LastOpen say with false.
package hours

import (
	"math"
	"slices"
	"time"
	_ "time/tzdata" // a gateway in an empty container knows its zones too
)

const (
	daySeconds = 24 * 60 * 60
	// horizon is how far ahead open time is searched for.
	horizon = 10 * 366 * daySeconds
)

// span is a half-open stretch of seconds: of a local day in Calendar.week, of
// Unix time elsewhere.
type span struct{ from, to int64 }

// Calendar tells open from closed time. The zero value is not usable; see
// [Compile] and [AroundTheClock].
type Calendar struct {
	loc     *time.Location
	week    [7][]span // by time.Weekday, sorted, never touching each other
	days    []int64   // the special days as local days since 1970-01-01, sorted
	special []special // what each of days is
	always  bool      // open at every instant: each day of the week whole, none special
}

// AroundTheClock returns the calendar that never closes. The zone only decides
// in which local time results are given; nil is UTC.
func AroundTheClock(zone *time.Location) *Calendar {
	if zone == nil {
		zone = time.UTC
	}
	c := &Calendar{loc: zone}
	c.neverClose()
	return c
}

func (c *Calendar) neverClose() {
	c.always = true
	for day := range c.week {
		c.week[day] = []span{{0, daySeconds}}
	}
}

// Location returns the zone in whose local time the calendar is written.
func (c *Calendar) Location() *time.Location { return c.loc }

// openOn returns the open spans of a local day, in seconds of that day.
func (c *Calendar) openOn(day int64) []span {
	if len(c.days) > 0 {
		if i, ok := slices.BinarySearch(c.days, day); ok {
			return c.special[i].spans
		}
	}
	return c.week[weekdayOf(day)]
}

// weekdayOf returns the weekday of a local day since 1970-01-01, a Thursday.
func weekdayOf(day int64) time.Weekday {
	return time.Weekday(floorMod(day+int64(time.Thursday), 7))
}

// zoneAt returns the zone's offset from UTC at a Unix second, and the first
// later second for which it has to be asked again.
func (c *Calendar) zoneAt(second int64) (offset, until int64) {
	t := time.Unix(second, 0).In(c.loc)
	_, east := t.Zone()
	_, end := t.ZoneBounds()
	switch until = end.Unix(); {
	case end.IsZero():
		until = math.MaxInt64
	case until <= second:
		// Workaround: Go 1.26 ZoneBounds ends a zone that follows a rule after
		// 365 days of the year, so before the last day (UTC) of a leap year
		// begins. Proved by TestLastDayOfALeapYear, which otherwise never ends.
		until = second - floorMod(second, daySeconds) + daySeconds
	}
	return int64(east), until
}

// localDay splits a local second into the day since 1970-01-01 and the second
// of that day.
func localDay(local int64) (day, second int64) {
	second = floorMod(local, daySeconds)
	return (local - second) / daySeconds, second
}

// floorMod is the remainder that is never negative, for days before 1970.
func floorMod(a, n int64) int64 {
	if a %= n; a < 0 {
		a += n
	}
	return a
}
