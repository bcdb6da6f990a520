package hours

import (
	"fmt"
	"strings"
	"time"
)

// Reason is why nothing, or less, was counted on a day.
type Reason string

// The reasons.
const (
	OnHoliday  Reason = "holiday"
	OnShortDay Reason = "short_day" // has intervals of its own, or none
	OnClosed   Reason = "closed"    // its weekday has no intervals
)

// Skip is one day, or several in a row, on which nothing or less than usual was counted.
type Skip struct {
	From    Date
	To      Date // the last day, included
	Reason  Reason
	Holiday Holiday    // the first one, with Reason OnHoliday
	Open    []Interval // what is open on a short day; none: closed
}

// Skipped returns the local days from that of t to that of until, both included,
// that are no usual working days, in order: holidays, short days, and weekdays that are
// closed. Days in a row with the same reason and name are one.
func (c *Calendar) Skipped(t, until time.Time) []Skip {
	_, east := t.In(c.loc).Zone()
	first, _ := localDay(t.Unix() + int64(east))
	_, east = until.In(c.loc).Zone()
	last, _ := localDay(until.Unix() + int64(east))
	var list []Skip
	for day := first; day <= last; day++ {
		skip, ok := c.skipOn(day)
		if !ok {
			continue
		}
		if n := len(list) - 1; n >= 0 && list[n].To.unixDay() == day-1 && list[n].Reason == skip.Reason &&
			list[n].Holiday.Name == skip.Holiday.Name && list[n].Holiday.Source == skip.Holiday.Source && skip.Reason != OnShortDay {
			list[n].To = skip.To
			continue
		}
		list = append(list, skip)
	}
	return list
}

func (c *Calendar) skipOn(day int64) (Skip, bool) {
	date := DateOf(time.Unix(day*daySeconds, 0).UTC())
	skip := Skip{From: date, To: date}
	switch s, ok := c.specialOn(day); {
	case ok && s.short:
		skip.Reason, skip.Open = OnShortDay, intervalsOf(s.spans)
	case ok:
		skip.Reason, skip.Holiday = OnHoliday, s.Holiday
	case len(c.week[weekdayOf(day)]) == 0:
		skip.Reason = OnClosed
	default:
		return Skip{}, false
	}
	return skip, true
}

// Why says the reason in words: "holiday Weihnachten (CH-ZH)", "short day,
// 09:00-12:00", "closed on these weekdays".
func (s Skip) Why() string {
	switch s.Reason {
	case OnHoliday:
		if s.Holiday.Name == "" {
			return fmt.Sprintf("holiday (%s)", s.Holiday.Source)
		}
		return fmt.Sprintf("holiday %s (%s)", s.Holiday.Name, s.Holiday.Source)
	case OnShortDay:
		if len(s.Open) == 0 {
			return "closed by short_days"
		}
		texts := make([]string, len(s.Open))
		for i, iv := range s.Open {
			texts[i] = iv.String()
		}
		return "short day, " + strings.Join(texts, " ")
	}
	if s.From == s.To {
		return "closed on this weekday"
	}
	return "closed on these weekdays"
}

// String shows the days and the reason for people: "Fri 2026-12-25: holiday
// Weihnachten (CH-ZH)".
func (s Skip) String() string {
	text := s.From.weekday() + " " + s.From.String()
	if s.To != s.From {
		text += " to " + s.To.weekday() + " " + s.To.String()
	}
	return text + ": " + s.Why()
}

// weekday is the date's, in three letters.
func (d Date) weekday() string { return weekdayOf(d.unixDay()).String()[:3] }
