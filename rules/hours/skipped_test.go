package hours

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// christmas is an office with all kinds of special days.
func christmas() Spec {
	s := office("Europe/Zurich", "2026-12-31")
	s.ShortDays = map[string][]string{"2026-12-24": {"13:00-14:00", "09:00-12:00"}, "2026-12-28": {}, "2027-01-02": {"10:00-11:00"}, "2027-01-04": {"09:00-12:00"}}
	xmas, day := Date{2026, time.December, 25}, func(d int) Date { return Date{2026, time.December, d} }
	s.More = []Holiday{
		{Date: day(26), Name: "Stephanstag", Source: "CH-ZH"},
		{Date: xmas, Source: "office.ics", Name: ""},
		{Date: xmas, Source: "CH-ZH", Name: "Weihnachten"},
		{Date: xmas, Source: "DE", Name: "Weihnachtstag"},
		{Date: xmas, Source: "CH-ZH", Name: "Christfest"},
		{Date: day(29), Source: "office.ics", Name: "Moving"},
		{Date: day(30), Source: "office.ics", Name: "Moving"},
		{Date: Date{2027, time.January, 4}, Source: "CH-ZH", Name: "another day that is named above"},
	}
	return s
}

func TestSkipped(t *testing.T) {
	cal := compile(t, christmas())
	cases := []struct {
		name, from, to string
		want           []string
	}{
		{"an ordinary week", "2026-12-14T08:00:00+01:00", "2026-12-18T17:00:00+01:00", nil},
		{"a weekend", "2026-12-18T08:00:00+01:00", "2026-12-21T17:00:00+01:00", []string{"Sat 2026-12-19 to Sun 2026-12-20: closed on these weekdays"}},
		{"half of one", "2026-12-20T08:00:00+01:00", "2026-12-20T17:00:00+01:00", []string{"Sun 2026-12-20: closed on this weekday"}},
		{"by local days", "2026-12-18T23:30:00Z", "2026-12-19T00:30:00Z", []string{"Sat 2026-12-19: closed on this weekday"}},
		{"around the year's end", "2026-12-23T08:00:00+01:00", "2027-01-04T08:00:00+01:00", []string{
			"Thu 2026-12-24: short day, 09:00-12:00 13:00-14:00",
			"Fri 2026-12-25: holiday Weihnachten (office.ics, CH-ZH, DE)",
			"Sat 2026-12-26: holiday Stephanstag (CH-ZH)",
			"Sun 2026-12-27: closed on this weekday",
			"Mon 2026-12-28: closed by short_days",
			"Tue 2026-12-29 to Wed 2026-12-30: holiday Moving (office.ics)",
			"Thu 2026-12-31: holiday (holidays)",
			"Sat 2027-01-02: short day, 10:00-11:00",
			"Sun 2027-01-03: closed on this weekday",
			"Mon 2027-01-04: short day, 09:00-12:00",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range cal.Skipped(at(t, c.from), at(t, c.to)) {
				got = append(got, s.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestSpecialDays(t *testing.T) {
	cal := compile(t, christmas())
	year := func(y int) []Holiday {
		return cal.Holidays(Date{y, time.January, 1}, Date{y, time.December, 31})
	}
	if n := len(year(2026)); n != 5 || len(year(2027)) != 0 || len(year(2025)) != 0 {
		t.Errorf("%d, %d and %d holidays", n, len(year(2027)), len(year(2025)))
	}
	if h, ok := cal.HolidayOn(Date{2026, time.December, 25}); !ok || h.Name != "Weihnachten" {
		t.Errorf("%+v, %v", h, ok)
	}
	for _, d := range []Date{{2026, time.December, 24}, {2026, time.December, 22}, {2027, time.January, 4}} {
		if h, ok := cal.HolidayOn(d); ok {
			t.Errorf("%v is %+v", d, h)
		}
	}
	short := cal.ShortDays()
	if len(short) != 4 || short[0].Date.Day != 24 || len(short[0].Intervals) != 2 || short[1].Intervals != nil {
		t.Errorf("%+v", short)
	}
	for _, c := range []struct {
		start, want string
		d           time.Duration
	}{
		{"2026-12-24T09:00:00+01:00", "2026-12-24T14:00:00+01:00", 4 * time.Hour},
		{"2026-12-24T09:00:00+01:00", "2027-01-01T09:01:00+01:00", 4*time.Hour + time.Minute},
		{"2027-01-02T09:00:00+01:00", "2027-01-04T11:00:00+01:00", 3 * time.Hour}, // open on a Saturday, and on a day of a set
	} {
		if got, ok := cal.Add(at(t, c.start), c.d); !ok || !got.Equal(at(t, c.want)) {
			t.Errorf("%s + %v = %v, %v; want %s", c.start, c.d, got, ok, c.want)
		}
	}
}

func TestSpecialErrors(t *testing.T) {
	short := func(zone string, days ...string) Spec {
		s := office(zone, "2026-12-25")
		s.ShortDays = map[string][]string{}
		for i := 0; i < len(days); i += 2 {
			s.ShortDays[days[i]] = append(s.ShortDays[days[i]], days[i+1])
		}
		return s
	}
	cases := []struct {
		name string
		spec Spec
		want []string
	}{
		{"in both lists", short("UTC", "2026-12-25", "09:00-12:00"), []string{`short_days.2026-12-25: "2026-12-25" is in holidays too; remove one of the two`}},
		{"no date", short("UTC", "24.12.2026", "09:00-12:00"), []string{`short_days: "24.12.2026" is not a date; write year, month and day`}},
		{"no interval", short("UTC", "2026-12-24", "until noon"), []string{`short_days.2026-12-24: "until noon" is not an interval`}},
		{"overlap", short("UTC", "2026-12-24", "09:00-12:00", "2026-12-24", "11:00-13:00"), []string{`short_days.2026-12-24: "09:00-12:00" and "11:00-13:00" overlap; write "09:00-13:00"`}},
		{"around the clock", Spec{Zone: "UTC", AlwaysOpen: true, ShortDays: map[string][]string{"2026-12-24": nil}, More: []Holiday{{Date: Date{2026, 12, 25}}}},
			[]string{"always_open: says around the clock, but there are holidays too", "always_open: says around the clock, but there are short days too"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cal, errs := Compile(c.spec)
			ok := cal == nil && len(errs) == len(c.want)
			for i := range errs {
				ok = ok && strings.HasPrefix(errs[i].Error(), c.want[i])
			}
			if !ok {
				t.Errorf("got %v\nwant %q", errs, c.want)
			}
		})
	}
}
