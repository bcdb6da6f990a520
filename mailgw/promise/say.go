package promise

import (
	"time"
)

// Say says a due time as a person would, so that it can stand inside a sentence
// and still be read alone, later, by somebody else: "by 15:00 today, Tuesday 14
// July (CEST)". Day, date and zone are those of loc at the due time; today and
// tomorrow are seen from now; the year is said when it is not this one. At 00:00
// both days are named: "by 00:00 in the night from Tuesday 14 July to Wednesday 15
// July (CEST)". lang is the tag of one of [Languages] or a variant of it; another
// language gets English. Seconds are cut off: what is told is never later than what
// is due.
func Say(due, now time.Time, loc *time.Location, lang string) string {
	due, now = due.In(loc), now.In(loc)
	l := languageOf(lang)
	s := saying{language: l, due: due, withYear: due.Year() != now.Year()}
	buf := make([]byte, 0, 128)
	switch {
	case due.Hour() == 0 && due.Minute() == 0:
		s.midnight = true
		buf = s.fill(buf, l.midnight)
	case daysBetween(now, due) == 0:
		buf = s.fill(buf, l.today)
	case daysBetween(now, due) == 1:
		buf = s.fill(buf, l.tomorrow)
	default:
		buf = s.fill(buf, l.later)
	}
	return string(buf)
}

// daysBetween counts the midnights between the local dates of two times; a day
// of 23 or 25 hours is one day.
func daysBetween(from, to time.Time) int {
	return int(noon(to).Sub(noon(from)) / (24 * time.Hour))
}

// noon stands for the local date of t, where each day has 24 hours.
func noon(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)
}
