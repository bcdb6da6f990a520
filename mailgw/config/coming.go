package config

import (
	"slices"
	"strings"
	"time"

	"supportgw/rules/hours"
)

// Coming is what the days of a calendar are in the next twelve months.
type Coming struct {
	Calendar   string
	Zone       string
	AlwaysOpen bool
	Known      int              // holidays that are known from today on, of all years
	Last       string           // the date of the last one; "" when there is none
	Holidays   []HolidayRange   // of the next twelve months, in order
	Days       int              // of Holidays
	ShortDays  []hours.ShortDay // of the next twelve months, in order
}

// HolidayRange is a holiday, or days in a row with the same name from the same source.
type HolidayRange struct {
	hours.Holiday            // the first day
	To            hours.Date // the last one, included
}

// Coming says what is closed in each calendar, for a person to look through; now decides
// which days are still to come. The order is that of the file.
func (c *Config) Coming(now time.Time) []Coming {
	var all []Coming
	for i := range c.Calendars {
		cal := &c.Calendars[i]
		compiled := c.Hours[cal.Name]
		if compiled == nil {
			continue
		}
		here := now.In(compiled.Location())
		today, last := hours.DateOf(here), hours.DateOf(here.AddDate(1, 0, -1))
		v := Coming{Calendar: cal.Name, Zone: compiled.Location().String(), AlwaysOpen: cal.AlwaysOpen}
		known := compiled.Holidays(today, hours.Date{Year: 9999, Month: time.December, Day: 31})
		if v.Known = len(known); v.Known > 0 {
			v.Last = known[len(known)-1].Date.String()
		}
		for _, h := range compiled.Holidays(today, last) {
			v.Days++
			if n := len(v.Holidays) - 1; n >= 0 && v.Holidays[n].Name == h.Name && v.Holidays[n].Source == h.Source && h.Name != "" && dayAfter(v.Holidays[n].To) == h.Date {
				v.Holidays[n].To = h.Date
				continue
			}
			v.Holidays = append(v.Holidays, HolidayRange{h, h.Date})
		}
		for _, s := range compiled.ShortDays() {
			if d := s.Date.String(); d >= today.String() && d <= last.String() {
				v.ShortDays = append(v.ShortDays, s)
			}
		}
		all = append(all, v)
	}
	return all
}

func dayAfter(d hours.Date) hours.Date {
	return hours.DateOf(time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, time.UTC))
}

// Sources counts the days by where they come from: "9 of CH-ZH, 2 of holidays"; a day of
// several sources counts for each.
func (v *Coming) Sources() (names []string, days []int) {
	for _, h := range v.Holidays {
		length := 1
		for d := h.Date; d != h.To; d = dayAfter(d) {
			length++
		}
		for name := range strings.SplitSeq(h.Source, ", ") {
			i := slices.Index(names, name)
			if i < 0 {
				i, names, days = len(names), append(names, name), append(days, 0)
			}
			days[i] += length
		}
	}
	return names, days
}
