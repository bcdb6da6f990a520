package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
)

// The days of a calendar as "check --json" prints them.
type (
	daysLine struct {
		Calendar   string        `json:"calendar"`
		Zone       string        `json:"zone"`
		AlwaysOpen bool          `json:"always_open"`
		Days       int           `json:"days"`     // holidays in the next 12 months
		Known      int           `json:"known"`    // holidays from today on, of all years
		Last       *string       `json:"last"`     // the date of the last of these; null: none is known
		Holidays   []holidayLine `json:"holidays"` // of the next 12 months
		ShortDays  []shortLine   `json:"short_days"`
	}
	holidayLine struct {
		From   string  `json:"from"`
		To     string  `json:"to"`   // the last day, included
		Name   *string `json:"name"` // null: nobody gave it one
		Source string  `json:"source"`
	}
	shortLine struct {
		Date string   `json:"date"`
		Open []string `json:"open"` // none: closed
	}
)

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func viewDays(all []config.Coming) []daysLine {
	lines := []daysLine{}
	for _, v := range all {
		line := daysLine{v.Calendar, v.Zone, v.AlwaysOpen, v.Days, v.Known, orNull(v.Last), []holidayLine{}, []shortLine{}}
		for _, h := range v.Holidays {
			line.Holidays = append(line.Holidays, holidayLine{h.Date.String(), h.To.String(), orNull(h.Name), h.Source})
		}
		for _, s := range v.ShortDays {
			open := []string{}
			for _, iv := range s.Intervals {
				open = append(open, iv.String())
			}
			line.ShortDays = append(line.ShortDays, shortLine{s.Date.String(), open})
		}
		lines = append(lines, line)
	}
	return lines
}

// printDays says what is closed in the next 12 months, so that somebody sees it before
// it counts.
func (a *app) printDays(all []config.Coming) error {
	for i, v := range viewDays(all) {
		what := "no holidays in the next 12 months"
		switch {
		case v.AlwaysOpen:
			what = "always open"
		case v.Days == 1:
			what = "1 holiday in the next 12 months" + ofSources(&all[i])
		case v.Days > 1:
			what = fmt.Sprintf("%d holidays in the next 12 months%s", v.Days, ofSources(&all[i]))
		}
		if n := len(v.ShortDays); n > 0 {
			what += ", " + count(n, "short day")
		}
		if err := a.printf("calendar %s (%s): %s\n", v.Calendar, v.Zone, what); err != nil {
			return err
		}
		for _, line := range v.lines() {
			if err := a.printf("  %s\n", line); err != nil {
				return err
			}
		}
	}
	return nil
}

// lines are the days in order, one a line.
func (v *daysLine) lines() []string {
	at := map[string]string{} // by the first date
	for _, h := range v.Holidays {
		days, name := dayLabel(h.From), "holiday"
		if h.To != h.From {
			days += " to " + dayLabel(h.To)
		}
		if h.Name != nil {
			name = *h.Name
		}
		at[h.From] = fmt.Sprintf("%s  %s (%s)", days, name, h.Source)
	}
	for _, s := range v.ShortDays {
		open := "closed"
		if len(s.Open) > 0 {
			open = "open " + strings.Join(s.Open, " ")
		}
		at[s.Date] = fmt.Sprintf("%s  %s (short_days)", dayLabel(s.Date), open)
	}
	var list []string
	for _, date := range slices.Sorted(maps.Keys(at)) {
		list = append(list, at[date])
	}
	return list
}

// ofSources says how many days come from where.
func ofSources(v *config.Coming) string {
	var said []string
	names, days := v.Sources()
	for k, name := range names {
		said = append(said, fmt.Sprintf("%d of %s", days[k], name))
	}
	return " (" + strings.Join(said, ", ") + ")"
}

// dayLabel is a date with its weekday.
func dayLabel(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.Format("Mon ") + date
}
