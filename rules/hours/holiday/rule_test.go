package holiday

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"
)

// A library of another hand expands the same rules, as long as it can.
func TestYearlyAgainstLibrary(t *testing.T) {
	number := func(lowest, highest, length int) *rapid.Generator[string] {
		return rapid.Map(rapid.SliceOfN(rapid.IntRange(lowest, highest).Filter(func(n int) bool { return n != 0 }), 1, length), func(list []int) string {
			return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
		})
	}
	weekday := func(most int, counted bool) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			day := rapid.SampledFrom([]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}).Draw(t, "day")
			if !counted {
				return day
			}
			return number(-most, most, 1).Draw(t, "n") + day
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 10000).Draw(t, "first"))
		parts := []string{"FREQ=YEARLY"}
		part := func(name string, g *rapid.Generator[string]) {
			if rapid.Bool().Draw(t, name) {
				parts = append(parts, name+"="+g.Draw(t, name+"="))
			}
		}
		part("INTERVAL", rapid.Map(rapid.IntRange(1, 7), func(n int) string { return fmt.Sprint(n) }))
		part("COUNT", rapid.Map(rapid.IntRange(1, 30), func(n int) string { return fmt.Sprint(n) }))
		part("UNTIL", rapid.Map(rapid.IntRange(0, 30000), func(n int) string { return first.AddDate(0, 0, n).Format("20060102") }))
		most := 51 // the library takes MO,1MO for 1MO, so a list has one kind
		if rapid.Bool().Draw(t, "in months") {
			most = 4 // above, the library panics or takes the next month's
			parts = append(parts, "BYMONTH="+number(1, 12, 4).Draw(t, "months"))
		}
		if rapid.Bool().Draw(t, "of months") { // both fit so seldom that the library looks until the year 9999
			part("BYMONTHDAY", number(-28, 28, 4))
		} else {
			part("BYYEARDAY", number(-366, 366, 4))
		}
		if rapid.Bool().Draw(t, "weekdays") {
			parts = append(parts, "BYDAY="+strings.Join(rapid.SliceOfN(weekday(most, rapid.Bool().Draw(t, "counted")), 1, 3).Draw(t, "BYDAY"), ","))
		}
		part("BYSETPOS", number(-3, 3, 4))
		text := strings.Join(parts, ";")
		if len(text) > maxRule {
			return
		}
		mine, err := parseYearly(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		option, err := rrule.StrToROption(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		option.Dtstart = first
		theirs, err := rrule.NewRRule(*option)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		end := first.AddDate(12, 0, 0)
		want := theirs.Between(first, end, true)
		got := slices.DeleteFunc(mine.days(first), end.Before)
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Fatalf("%s from %s: %d days, want %d\n%.300v\n%.300v", text, first.Format(time.DateOnly), len(got), len(want), fmt.Sprint(got), fmt.Sprint(want))
		}
	})
}

func TestYearlyErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                            `"": is not understood`,
		"BYMONTH=1":                   `it has no FREQ`,
		"FREQ=DAILY":                  `only YEARLY is understood`,
		"FREQ=YEARLY;BYWEEKNO=1":      `is not understood`,
		"FREQ=YEARLY;BYEASTER=1":      `is not understood`,
		"FREQ=YEARLY;COUNT=1;COUNT=2": `"COUNT" is there twice`,
		"FREQ=YEARLY;COUNT=0":         `"0" is no number from 1 to 1000`,
		"FREQ=YEARLY;COUNT=1,2":       `is not one number`,
		"FREQ=YEARLY;INTERVAL=-1":     `"-1" is no number from 1 to 100`,
		"FREQ=YEARLY;UNTIL=tomorrow":  `"UNTIL=TOMORROW"`,
		"FREQ=YEARLY;BYMONTH=13":      `"13" is no number from 1 to 12`,
		"FREQ=YEARLY;BYMONTHDAY=0":    `"0" is no number from -31 to 31`,
		"FREQ=YEARLY;BYMONTHDAY=":     `"" is no number`,
		"FREQ=YEARLY;BYDAY=MONDAY":    `"MONDAY" is no weekday`,
		"FREQ=YEARLY;BYDAY=54MO":      `"54" is no number from -53 to 53`,
		"FREQ=YEARLY;BYDAY=M":         `"M" is no weekday`,
		"FREQ=YEARLY;BYDAY=" + strings.Repeat("MO,", 90): `more than 200 bytes`,
	} {
		if _, err := parseYearly(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// What the library cannot: it panics.
func TestYearlyFiftyThirdMonday(t *testing.T) {
	r, err := parseYearly("FREQ=YEARLY;BYDAY=53MO;BYMONTH=1,2,3")
	if err != nil || r.days(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) != nil {
		t.Error(err)
	}
	r, err = parseYearly("FREQ=YEARLY;BYDAY=53FR;COUNT=2")
	if got := fmt.Sprint(r.days(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))); err != nil || got != "[2027-12-31 00:00:00 +0000 UTC 2032-12-31 00:00:00 +0000 UTC]" {
		t.Error(got, err)
	}
}
