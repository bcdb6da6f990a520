// Package holiday finds the holidays of a calendar that nobody wants to type:
// those of a country or region, and those of an iCalendar file that somebody has
// looked through. What it finds goes into hours.Spec.More; it counts no time.
//
// The days of countries are the data of rickar/cal, taken over as they are:
// its own clock is not used. Laws change, and some regional days are missing
// (15 August in Bavaria), so a calendar can add days and take days out; "mailgw
// check" shows what came of it. Days are known from [FirstYear] to [LastYear], so
// that nothing here needs to know what day it is.
//
// It reads no clock and no disk, and is safe for concurrent use. Failure policy:
// a name that is not known and a file with anything in it that is not
// understood are errors, all of them reported at once; nothing is guessed, since a
// promise would be made for a day on which nobody works.
package holiday

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/rules/hours"
)

// The years of which the holidays of sets and the yearly events of files are known.
const (
	FirstYear = 2000
	LastYear  = 2099
)

// Sources says in a calendar where more holidays come from.
type Sources struct {
	// HolidaysOf names countries (ISO 3166-1) and regions (ISO 3166-2) whose
	// public holidays are closed, with the days on which they are observed
	// instead: "CH-ZH", "DE-BY", "US", "GB" (England and Wales).
	HolidaysOf []string `toml:"holidays_of"`
	// HolidaysFile is an iCalendar file (.ics) whose events of whole days are
	// holidays. A relative path begins in the folder of the configuration file. Read
	// with the configuration, and again when it changes; empty: none.
	HolidaysFile string `toml:"holidays_file"`
	// NotHolidays are dates that holidays_of or holidays_file would close, and that
	// are worked on all the same.
	NotHolidays []string `toml:"not_holidays"`
}

// Found is what came of [Sources].
type Found struct {
	Days   []hours.Holiday // for hours.Spec.More; a day can be there several times
	Unused []int           // those of NotHolidays that are no holiday, by index
}

// Find looks up the sets, adds what [ParseFile] found in the file, nil without one, and takes
// out the days that are no holidays. listed are the calendar's own dates. Each
// error is a [*hours.SpecError]; with one, nothing is found.
func (s Sources) Find(file []hours.Holiday, listed []string) (Found, []error) {
	var found Found
	var errs []error
	wrong := func(key string, i int, cause error, text string) {
		errs = append(errs, &hours.SpecError{Key: fmt.Sprintf("%s[%d]", key, i), Text: text, Cause: cause})
	}
	for i, name := range s.HolidaysOf {
		days, ok := Set(name)
		if !ok {
			wrong("holidays_of", i, nil, unknown(name))
			continue
		}
		found.Days = append(found.Days, days...)
	}
	found.Days = append(found.Days, file...)
	for i, text := range s.NotHolidays {
		date, err := hours.ParseDate(text)
		switch before := len(found.Days); {
		case err != nil:
			wrong("not_holidays", i, err, err.Error())
		case slices.Contains(listed, text):
			wrong("not_holidays", i, nil, fmt.Sprintf("%q is in holidays too; remove one of the two", text))
		default:
			found.Days = slices.DeleteFunc(found.Days, func(h hours.Holiday) bool { return h.Date == date })
			if len(found.Days) == before {
				found.Unused = append(found.Unused, i)
			}
		}
	}
	if len(errs) > 0 {
		return Found{}, errs
	}
	return found, nil
}

// Set returns the holidays of a country or region, from [FirstYear] to
// [LastYear], in no order; false when it is not known. A day that is observed
// on another one because it falls on a weekend stands on both.
func Set(name string) ([]hours.Holiday, bool) {
	i, ok := slices.BinarySearchFunc(sets, name, func(s set, name string) int { return strings.Compare(s.name, name) })
	if !ok {
		return nil, false
	}
	var days []hours.Holiday
	add := func(day time.Time, text string) {
		if y := day.Year(); y >= FirstYear && y <= LastYear {
			days = append(days, hours.Holiday{Date: hours.DateOf(day), Name: text, Source: name})
		}
	}
	for _, h := range sets[i].days {
		for year := FirstYear - 1; year <= LastYear+1; year++ { // a day can be observed in another year
			day, observed := h.Calc(year)
			if day.IsZero() {
				continue // not in that year
			}
			add(day, h.Name)
			if !observed.Equal(day) {
				add(observed, h.Name+" (observed)")
			}
		}
	}
	return days, true
}

// Sets returns the names that [Set] knows, sorted.
func Sets() []string {
	names := make([]string, len(sets))
	for i, s := range sets {
		names[i] = s.name
	}
	return names
}

// unknown says what to write instead of a name: the name in capitals when that
// is known, those of the same country, or else the countries.
func unknown(name string) string {
	upper := strings.ToUpper(strings.ReplaceAll(name, "_", "-"))
	country, _, _ := strings.Cut(upper, "-")
	if country == "UK" || country == "EN" {
		country = "GB"
	}
	var same, all []string
	for _, known := range Sets() {
		if known == upper {
			return fmt.Sprintf("%q is not a known country or region; write %q", name, known)
		}
		of, _, region := strings.Cut(known, "-")
		if of == country {
			same = append(same, known)
		}
		if region {
			known = of + "-…"
		}
		if !slices.Contains(all, known) && !(region && slices.Contains(all, of)) {
			all = append(all, known)
		}
	}
	if len(same) > 0 {
		return fmt.Sprintf("%q is not a known country or region; write one of %s", name, strings.Join(same, ", "))
	}
	return fmt.Sprintf("%q is not a known country or region; write one of %s, or the days into holidays or holidays_file", name, strings.Join(all, ", "))
}
