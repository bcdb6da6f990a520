package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/rules/hours"
)

// withCalendar writes a configuration whose calendar has these lines, and a file of holidays.
func withCalendar(t *testing.T, lines, ics string) (file, dir string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, "m.toml")
	put(t, file, []byte(strings.Replace(minimal, "[[desk]]", lines+"\n[[desk]]", 1)), 0o600)
	if ics != "" {
		put(t, filepath.Join(dir, "days.ics"), []byte(ics), 0o600)
	}
	return file, dir
}

const twoDays = `BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:Company day
DTSTART;VALUE=DATE:20260612
END:VEVENT
BEGIN:VEVENT
SUMMARY:Moving
DTSTART;VALUE=DATE:20260914
DTEND;VALUE=DATE:20260916
END:VEVENT
END:VCALENDAR
`

func TestHolidays(t *testing.T) {
	file, dir := withCalendar(t, `holidays_of = ["CH-ZH"]
holidays_file = "days.ics"
not_holidays = ["2026-09-15", "2026-08-01"]
holidays = ["2026-12-31"]
short_days = { "2026-12-24" = ["09:00-12:00"] }`, twoDays)
	c, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range c.Hours["zurich"].Holidays(hours.Date{Year: 2026, Month: 6, Day: 1}, hours.Date{Year: 2026, Month: 12, Day: 31}) {
		got = append(got, h.Date.String()+" "+h.Name+" "+h.Source)
	}
	want := "2026-06-12 Company day days.ics|2026-09-14 Moving days.ics|2026-12-25 Weihnachtstag CH-ZH|2026-12-26 Zweiter Weihnachtsfeiertag CH-ZH|2026-12-31  holidays"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if files := c.HolidayFiles(); len(files) != 1 || files[0] != filepath.Join(dir, "days.ics") {
		t.Errorf("files %q", files)
	}
	sum, err := Sum(file, Beside{Holidays: c.HolidayFiles()})
	if err != nil || sum != c.Sum {
		t.Errorf("sum %x of %x, %v", sum, c.Sum, err)
	}
	put(t, filepath.Join(dir, "days.ics"), []byte(twoDays+"\n"), 0o600)
	if again, err := Sum(file, Beside{Holidays: c.HolidayFiles()}); err != nil || again == c.Sum {
		t.Errorf("another file has the same sum (%v)", err)
	}
	if _, err := Sum(file, Beside{Holidays: []string{filepath.Join(dir, "gone.ics")}}); err == nil {
		t.Error("a sum of a file that is gone")
	}
	parsed, err := Parse(file, []byte(strings.Replace(minimal, "[[desk]]", "holidays_file = 'gone.ics'\n[[desk]]", 1)), nil)
	if err != nil || parsed.Hours["zurich"] == nil {
		t.Errorf("Parse looks at files: %v", err)
	}
}

func TestHolidayProblems(t *testing.T) {
	broken := strings.Replace(twoDays, "VALUE=DATE:20260612", "TZID=X:20260612T120000", 1)
	for _, c := range []struct {
		name, lines, ics string
		want             []string
	}{
		{"unknown set", `holidays_of = ["CH-ZH", "DE-XX"]`, "", []string{`DIR/m.toml:10: calendar[0].holidays_of[1]: "DE-XX" is not a known country or region; write one of DE, DE-BB,`}},
		{"no file", `holidays_file = "gone.ics"`, "", []string{`DIR/m.toml:10: calendar[0].holidays_file: cannot be read: no such file or directory (got "gone.ics"); write an iCalendar file, or leave it out`}},
		{"another file", `holidays_file = "m.toml"`, "", []string{`DIR/m.toml:10: calendar[0].holidays_file: is no iCalendar file by its name (got "m.toml"); write one that ends with .ics`}},
		{"a bad file", `holidays_file = "days.ics"`, broken, []string{`DIR/days.ics:4: Company day has a time of day (got "20260612T120000"), and only whole days are holidays; write DTSTART;VALUE=DATE:20260612, or`}},
		{"both", "holidays_file = 'days.ics'\nholidays_of = 'XX'", broken, []string{`DIR/m.toml:11: calendar[0].holidays_of[0]: "XX" is not a known`, `DIR/days.ics:4: Company day`}},
		{"a date as TOML", `not_holidays = [2026-08-15]`, "", []string{`DIR/m.toml:10: calendar[0].not_holidays[0]: must be a string (got the date 2026-08-15); write "2026-08-15"`}},
		{"no date", `not_holidays = ["15.8.2026"]`, "", []string{`DIR/m.toml:10: calendar[0].not_holidays[0]: "15.8.2026" is not a date; write`}},
		{"on and off", "holidays = ['2026-08-15']\nnot_holidays = '2026-08-15'", "", []string{`DIR/m.toml:11: calendar[0].not_holidays[0]: "2026-08-15" is in holidays too; remove one of the two`}},
		{"short and closed", "holidays = ['2026-12-24']\nshort_days = { '2026-12-24' = ['09:00-12:00'] }", "", []string{`DIR/m.toml:11: calendar[0].short_days.2026-12-24: "2026-12-24" is in holidays too; remove one of the two`}},
		{"short, wrong", "short_days = { '2026-12-24' = ['9-12'], '24 Dec' = [] }", "", []string{`DIR/m.toml:10: calendar[0].short_days.2026-12-24: "9-12" is not an interval; write "09:00-12:00"`, `DIR/m.toml:10: calendar[0].short_days: "24 Dec" is not a date`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, dir := withCalendar(t, c.lines, c.ics)
			_, err := Load(file, nil)
			problems, _ := err.(Problems)
			ok := len(problems) == len(c.want)
			for i, p := range problems {
				ok = ok && strings.HasPrefix(strings.ReplaceAll(p.String(), dir, "DIR"), c.want[i])
			}
			if !ok {
				t.Errorf("got\n%v\nwant\n%s", err, strings.Join(c.want, "\n"))
			}
		})
	}
}

// Around the clock there is no holiday, wherever it comes from.
func TestAlwaysOpenHasNoHolidays(t *testing.T) {
	file, _ := withCalendar(t, `holidays_of = "US"`, "")
	_, err := Load(file, []string{`calendar.zurich={name="zurich", zone="UTC", always_open=true, holidays_of="US"}`})
	if err == nil || !strings.Contains(err.Error(), "always_open: says around the clock, but there are holidays too") {
		t.Error(err)
	}
	_, err = Load(file, []string{`calendar.zurich={name="zurich", zone="UTC", always_open=true, holidays_file="gone.ics"}`})
	if err == nil || !strings.Contains(err.Error(), "holidays_file: cannot be read") {
		t.Error(err)
	}
}

// Last year's list is noticed.
func TestHolidayWarnings(t *testing.T) {
	file, dir := withCalendar(t, "holidays_file = 'days.ics'\nnot_holidays = ['2026-06-13']", twoDays)
	c, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	unused := `DIR/m.toml:11: calendar[0].not_holidays[0]: is no holiday of holidays_of or holidays_file (got "2026-06-13"); remove it`
	last := `DIR/m.toml:10: calendar[0].holidays_file: its last holiday was on 2026-09-15 (got "days.ics"); write next year's days into it`
	none := `DIR/m.toml:5: calendar[0]: no holiday is known in the next 12 months; write holidays_of = ["CH-ZH"], or next year's days into holidays or holidays_file`
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	compareFiles(t, c, time.Date(2026, 6, 1, 0, 0, 0, 0, zurich), dir, nil, []string{unused})
	compareFiles(t, c, time.Date(2026, 9, 15, 23, 59, 0, 0, zurich), dir, nil, []string{unused})
	compareFiles(t, c, time.Date(2026, 9, 16, 0, 1, 0, 0, zurich), dir, nil, []string{none, last, unused})
	if err := os.Remove(filepath.Join(dir, "days.ics")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CheckFiles(time.Now(), checkKey); err != nil {
		t.Errorf("what was read needs not be there: %v", err)
	}

	file, dir = withCalendar(t, "holidays = ['2026-01-01', '2026-12-25']\n[[calendar]]\nname = 'free'\nzone = 'UTC'\nalways_open = true", "")
	if c, err = Load(file, nil); err != nil {
		t.Fatal(err)
	}
	compareFiles(t, c, time.Date(2026, 12, 25, 12, 0, 0, 0, zurich), dir, nil, nil)
	compareFiles(t, c, time.Date(2026, 12, 26, 12, 0, 0, 0, zurich), dir, nil, []string{none})
	file, dir = withCalendar(t, "holidays_of = ['CH-ZH']", "")
	if c, err = Load(file, nil); err != nil {
		t.Fatal(err)
	}
	compareFiles(t, c, time.Date(2089, 12, 26, 12, 0, 0, 0, zurich), dir, nil, nil)
}

// What is to come depends on the day that it is in the calendar's zone.
func TestComing(t *testing.T) {
	file, _ := withCalendar(t, "holidays_file = 'days.ics'\nholidays_of = 'CH-ZH'\nholidays = ['2026-06-13', '2026-06-14', '2026-12-25']\nshort_days = { '2026-12-24' = ['09:00-12:00'], '2027-06-12' = [], '2026-06-11' = [] }", twoDays)
	c, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	// In Zurich it is the 12th already.
	all := c.Coming(time.Date(2026, 6, 11, 22, 30, 0, 0, time.UTC))
	if len(all) != 1 || all[0].Calendar != "zurich" || all[0].Zone != "Europe/Zurich" || all[0].Last != "2099-12-26" || all[0].Known < 600 {
		t.Fatalf("%+v", all)
	}
	v := all[0]
	var got []string
	for _, h := range v.Holidays {
		got = append(got, h.Date.String()+".."+h.To.String()[8:]+" "+h.Name)
	}
	want := "2026-06-12..12 Company day|2026-06-13..13 |2026-06-14..14 |2026-08-01..01 Bundesfeiertag|2026-09-14..15 Moving|2026-12-25..25 Weihnachtstag|2026-12-26..26 Zweiter Weihnachtsfeiertag|" +
		"2027-01-01..01 Neujahrstag|2027-03-26..26 Karfreitag|2027-03-29..29 Ostermontag|2027-05-01..01 Tag der Arbeit|2027-05-06..06 Auffahrt|2027-05-17..17 Pfingstmontag"
	if s := strings.Join(got, "|"); s != want || v.Days != 14 {
		t.Errorf("%d days\n%s\nwant\n%s", v.Days, s, want)
	}
	names, days := v.Sources()
	if s := strings.Join(names, " "); s != "days.ics holidays CH-ZH" || !slices.Equal(days, []int{3, 3, 9}) {
		t.Errorf("%s %v", s, days)
	}
	if len(v.ShortDays) != 1 || v.ShortDays[0].Date.String() != "2026-12-24" {
		t.Errorf("%+v", v.ShortDays)
	}
}
