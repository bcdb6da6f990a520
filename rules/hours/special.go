package hours

import (
	"cmp"
	"slices"
	"strings"
)

// Holiday is a local day that is closed as a whole.
type Holiday struct {
	Date   Date
	Name   string // for people; "" when nobody gave it one
	Source string // where it comes from, for people: "holidays" is the calendar's own list; several are divided by ", "
}

// ShortDay is a local day with intervals of its own instead of its weekday's.
type ShortDay struct {
	Date      Date
	Intervals []Interval // in order, never touching each other; none: closed
}

// special is a local day that its weekday says nothing about.
type special struct {
	Holiday        // without Name and Source for a short day
	short   bool   // spans are its own
	spans   []span // none on a holiday
}

// HolidayOn returns the holiday that a date is; false when it is none.
func (c *Calendar) HolidayOn(date Date) (Holiday, bool) {
	s, ok := c.specialOn(date.unixDay())
	return s.Holiday, ok && !s.short
}

// Holidays returns the holidays from the first date to the last, both included,
// in order; nil when there are none.
func (c *Calendar) Holidays(first, last Date) []Holiday {
	var found []Holiday
	for i, _ := slices.BinarySearch(c.days, first.unixDay()); i < len(c.days) && c.days[i] <= last.unixDay(); i++ {
		if s := &c.special[i]; !s.short {
			found = append(found, s.Holiday)
		}
	}
	return found
}

// ShortDays returns all days that have intervals of their own, in order; nil
// when there are none.
func (c *Calendar) ShortDays() []ShortDay {
	var found []ShortDay
	for i := range c.special {
		if s := &c.special[i]; s.short {
			found = append(found, ShortDay{Date: s.Date, Intervals: intervalsOf(s.spans)})
		}
	}
	return found
}

func intervalsOf(spans []span) []Interval {
	var list []Interval
	for _, s := range spans {
		list = append(list, Interval{From: int(s.from / 60), To: int(s.to / 60)})
	}
	return list
}

// specialOn returns what is special about a day; false when its weekday rules.
func (c *Calendar) specialOn(day int64) (special, bool) {
	i, ok := slices.BinarySearch(c.days, day)
	if !ok {
		return special{}, false
	}
	return c.special[i], true
}

// keep puts the special days in order, so that each date has one: a short day
// before a holiday that some set or file names, for somebody wrote that day down;
// of holidays the first name, and all sources.
func (c *Calendar) keep(days []special) {
	slices.SortStableFunc(days, func(a, b special) int {
		return cmp.Or(cmp.Compare(a.Date.unixDay(), b.Date.unixDay()), trueFirst(a.short, b.short))
	})
	for _, d := range days {
		last := len(c.special) - 1
		if last < 0 || c.special[last].Date != d.Date {
			c.special = append(c.special, d)
			c.days = append(c.days, d.Date.unixDay())
			continue
		}
		if same := &c.special[last]; !same.short {
			same.Name = cmp.Or(same.Name, d.Name)
			if !slices.Contains(strings.Split(same.Source, ", "), d.Source) {
				same.Source += ", " + d.Source
			}
		}
	}
}

func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
