package holiday

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/rules/hours"
)

// yearOf shows a year's days, each once, with the names.
func yearOf(t *testing.T, name string, year int) []string {
	t.Helper()
	days, ok := Set(name)
	if !ok {
		t.Fatalf("no set %s", name)
	}
	var list []string
	for _, d := range days {
		if d.Source != name || d.Name == "" {
			t.Errorf("%s: %+v", name, d)
		}
		if d.Date.Year == year {
			list = append(list, d.Date.String()[5:]+" "+d.Name)
		}
	}
	slices.Sort(list)
	return list
}

// The days as the governments have published them, not as the library says.
func TestSets(t *testing.T) {
	cases := []struct {
		set  string
		year int
		want string // days, without their names
	}{
		{"CH-ZH", 2026, "01-01 04-03 04-06 05-01 05-14 05-25 08-01 12-25 12-26"},
		{"CH-ZH", 2027, "01-01 03-26 03-29 05-01 05-06 05-17 08-01 12-25 12-26"},
		{"DE-BY", 2026, "01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26"},
		{"DE", 2027, "01-01 03-26 03-29 05-01 05-06 05-17 10-03 12-25 12-26"},
		{"AT", 2026, "01-01 01-06 04-06 05-01 05-14 05-25 06-04 08-15 10-26 11-01 12-08 12-25 12-26"},
		{"FR", 2026, "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"},
		{"IT", 2026, "01-01 01-06 04-06 04-25 05-01 06-02 08-15 11-01 12-08 12-25 12-26"},
		// 4 July 2026 is a Saturday, observed on the Friday.
		{"US", 2026, "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"},
		// New Year's Day of 2028 is a Saturday: observed in the year before.
		{"US", 2027, "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31"},
		// Boxing Day of 2026 is a Saturday, observed on the Monday.
		{"GB", 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28"},
		{"GB", 2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28"},
		{"GB", 2022, "01-01 01-03 04-15 04-18 05-02 06-02 06-03 08-29 12-25 12-26 12-27"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.set, " ", c.year), func(t *testing.T) {
			var got []string
			for _, d := range yearOf(t, c.set, c.year) {
				got = append(got, d[:5])
			}
			if s := strings.Join(slices.Compact(got), " "); s != c.want {
				t.Errorf("got\n%s\nwant\n%s\n%s", s, c.want, strings.Join(yearOf(t, c.set, c.year), "\n"))
			}
		})
	}
}

// Every set has days in every year, none outside of its years.
func TestAllSets(t *testing.T) {
	names := Sets()
	if len(names) < 60 || !slices.IsSorted(names) {
		t.Fatalf("%d sets, sorted: %v", len(names), slices.IsSorted(names))
	}
	for _, name := range names {
		days, ok := Set(name)
		years := map[int]int{}
		for _, d := range days {
			years[d.Date.Year]++
		}
		for year := FirstYear; year <= LastYear; year++ {
			if years[year] < 5 || years[year] > 30 {
				t.Errorf("%s has %d days in %d", name, years[year], year)
			}
		}
		if !ok || len(years) != LastYear-FirstYear+1 {
			t.Errorf("%s: %v, %d years", name, ok, len(years))
		}
	}
}

func TestUnknownSet(t *testing.T) {
	cases := []struct{ name, want string }{
		{"de-by", `"de-by" is not a known country or region; write "DE-BY"`},
		{"DE_BY", `write "DE-BY"`},
		{"DE-XX", `write one of DE, DE-BB, DE-BE, DE-BW, DE-BY, `},
		{"CH", `"CH" is not a known country or region; write one of CH-AG, CH-AI, `},
		{"UK", `write one of GB`},
		{"Germany", `write one of AR, AT, AU-…, BE, `},
		{"", `"" is not a known country or region; write one of AR`},
	}
	for _, c := range cases {
		_, errs := Sources{HolidaysOf: []string{"US", c.name}}.Find(nil, nil)
		if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), "holidays_of[1]: ") || !strings.Contains(errs[0].Error(), c.want) {
			t.Errorf("%q: %v", c.name, errs)
		}
	}
}

func TestFind(t *testing.T) {
	office := hours.Holiday{Date: hours.Date{Year: 2026, Month: time.June, Day: 12}, Name: "Office party", Source: "days.ics"}
	src := Sources{HolidaysOf: []string{"AT", "IT"}, NotHolidays: []string{"2026-08-15", "2026-08-16", "2026-06-12"}}
	found, errs := src.Find([]hours.Holiday{office}, nil)
	if len(errs) > 0 || !slices.Equal(found.Unused, []int{1}) {
		t.Fatalf("%v, unused %v", errs, found.Unused)
	}
	at, _ := Set("AT")
	it, _ := Set("IT")
	if len(found.Days) != len(at)+len(it)-2 || slices.Contains(found.Days, office) {
		t.Errorf("%d days of %d", len(found.Days), len(at)+len(it)+1)
	}
	for _, d := range found.Days {
		if d.Date.String() == "2026-08-15" {
			t.Errorf("%v is still there", d)
		}
	}
	src.NotHolidays = []string{"15.8.2026", "2026-08-15"}
	_, errs = src.Find(nil, []string{"2026-08-15"})
	if got := fmt.Sprint(errs); !strings.Contains(got, `not_holidays[0]: "15.8.2026" is not a date; write`) || !strings.Contains(got, `not_holidays[1]: "2026-08-15" is in holidays too; remove one`) {
		t.Errorf("%s", got)
	}
}

// The page for admins names every set.
func TestSetsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/hours.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Sets() {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/hours.md does not name %s", name)
		}
	}
}
