package holiday

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxRule is how many bytes a rule may have; with it, and one look at each day of
// at most two hundred years, its work is bounded whatever it says.
const maxRule = 200

// yearly is a yearly RRULE of whole days. RFC 5545 §3.3.10: each BY part that is
// there must fit a day; what no part says is as in DTSTART.
//
// No library does: rrule-go v1.8.2, which the tests compare it with, panics on
// BYDAY=53MO;BYMONTH=1, and looks until the year 9999 for a day that never comes.
type yearly struct {
	interval, count int       // count 0: no end
	until           time.Time // zero: no end
	months          []int
	monthDays       []int // negative: from the month's end
	yearDays        []int // negative: from the year's end
	weekdays        []nthWeekday
	positions       []int // among the days of a year; negative: from its end
}

// nthWeekday is a weekday; n counts within the month, where months are given, else
// within the year, from its end when negative; 0 is every one.
type nthWeekday struct {
	n   int
	day time.Weekday
}

// parseYearly reads the value of an RRULE.
func parseYearly(text string) (*yearly, error) {
	if len(text) > maxRule {
		return nil, fmt.Errorf("it has more than %d bytes", maxRule)
	}
	r := &yearly{interval: 1}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(strings.ToUpper(text), ";") {
		key, value, _ := strings.Cut(part, "=")
		if seen[key] {
			return nil, fmt.Errorf("%.20q is there twice", key)
		}
		seen[key] = true
		if err := r.part(key, value); err != nil {
			return nil, fmt.Errorf("%.40q: %w", part, err)
		}
	}
	if !seen["FREQ"] {
		return nil, errors.New("it has no FREQ")
	}
	return r, nil
}

func (r *yearly) part(key, value string) (err error) {
	switch key {
	case "FREQ":
		if value != "YEARLY" {
			return errors.New("only YEARLY is understood")
		}
	case "WKST": // matters to BYWEEKNO alone
	case "INTERVAL":
		err = one(value, 100, &r.interval)
	case "COUNT":
		err = one(value, 1000, &r.count)
	case "UNTIL":
		day, _, _ := strings.Cut(value, "T")
		r.until, err = time.Parse("20060102", day)
	case "BYMONTH":
		r.months, err = numbers(value, 1, 12)
	case "BYMONTHDAY":
		r.monthDays, err = numbers(value, -31, 31)
	case "BYYEARDAY":
		r.yearDays, err = numbers(value, -366, 366)
	case "BYSETPOS":
		r.positions, err = numbers(value, -366, 366)
	case "BYDAY":
		r.weekdays, err = weekdaysOf(value)
	default:
		err = errors.New("is not understood")
	}
	return err
}

// one reads a number from 1 to most.
func one(text string, most int, into *int) error {
	list, err := numbers(text, 1, most)
	if err == nil && len(list) != 1 {
		err = errors.New("is not one number")
	}
	if err == nil {
		*into = list[0]
	}
	return err
}

// numbers reads a list of numbers, none of them 0.
func numbers(text string, lowest, highest int) ([]int, error) {
	var list []int
	for s := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < lowest || n > highest || n == 0 {
			return nil, fmt.Errorf("%.10q is no number from %d to %d", s, lowest, highest)
		}
		list = append(list, n)
	}
	return list, nil
}

// weekdaysOf reads a list like MO,-1FR.
func weekdaysOf(text string) ([]nthWeekday, error) {
	var list []nthWeekday
	for s := range strings.SplitSeq(text, ",") {
		if len(s) < 2 {
			return nil, fmt.Errorf("%.10q is no weekday", s)
		}
		number, name := s[:len(s)-2], s[len(s)-2:]
		day := slices.Index([]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}, name)
		n := []int{0}
		var err error
		if number != "" {
			n, err = numbers(number, -53, 53)
		}
		if day < 0 || err != nil {
			return nil, fmt.Errorf("%.10q is no weekday", s)
		}
		list = append(list, nthWeekday{n[0], time.Weekday(day)})
	}
	return list, nil
}

// days returns the days of the rule from its first day on to the end of [LastYear], in order.
func (r *yearly) days(first time.Time) []time.Time {
	full := *r
	if len(r.monthDays)+len(r.yearDays)+len(r.weekdays) == 0 {
		full.monthDays = []int{first.Day()}
		if len(r.months) == 0 {
			full.months = []int{int(first.Month())}
		}
	}
	var days []time.Time
	for year := first.Year(); year <= LastYear; year += r.interval {
		for _, day := range full.year(year) {
			switch {
			case day.Before(first):
			case !r.until.IsZero() && day.After(r.until):
				return days
			default:
				if days = append(days, day); len(days) == r.count {
					return days
				}
			}
		}
	}
	return days
}

// year returns the days of one year.
func (r *yearly) year(year int) []time.Time {
	var all []time.Time
	inYear := time.Date(year, time.December, 31, 0, 0, 0, 0, time.UTC).YearDay()
	for month := time.January; month <= time.December; month++ {
		if len(r.months) > 0 && !slices.Contains(r.months, int(month)) {
			continue
		}
		first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
		weekday, inMonth := first.Weekday(), first.AddDate(0, 1, -1).Day()
		for i := range inMonth {
			if d := (dayOf{i + 1, inMonth, first.YearDay() + i, inYear, (weekday + time.Weekday(i)) % 7}); r.fits(d) {
				all = append(all, first.AddDate(0, 0, i))
			}
		}
	}
	if len(r.positions) == 0 {
		return all
	}
	var chosen []time.Time
	for i, day := range all {
		if slices.Contains(r.positions, i+1) || slices.Contains(r.positions, i-len(all)) {
			chosen = append(chosen, day)
		}
	}
	return chosen
}

// dayOf is a day of a month and of a year, counted from 1, with how many they have.
type dayOf struct {
	month, inMonth int
	year, inYear   int
	weekday        time.Weekday
}

func (r *yearly) fits(d dayOf) bool {
	if !fitsEither(r.monthDays, d.month, d.inMonth) || !fitsEither(r.yearDays, d.year, d.inYear) {
		return false
	}
	at, of := d.year, d.inYear
	if len(r.months) > 0 {
		at, of = d.month, d.inMonth
	}
	return len(r.weekdays) == 0 || slices.ContainsFunc(r.weekdays, func(w nthWeekday) bool {
		return w.day == d.weekday && (w.n == 0 || w.n == (at-1)/7+1 || w.n == -((of-at)/7+1))
	})
}

// fitsEither says whether a list, when there is one, has the n-th of some days, counted
// from the start or the end.
func fitsEither(list []int, n, of int) bool {
	return len(list) == 0 || slices.Contains(list, n) || slices.Contains(list, n-of-1)
}
