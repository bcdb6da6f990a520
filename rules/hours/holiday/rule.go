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
	months          ordinals
	monthDays       ordinals
	yearDays        ordinals
	positions       ordinals    // among the days of a year
	weekdays        [7]ordinals // of a month, where months are given, else of a year
	byWeekday       bool        // weekdays count
}

// ordinals are places in a row, from its start and from its end; a table, so that a
// long list takes no longer to look at.
type ordinals struct {
	given      bool
	every      bool
	from, back [maxOrdinal + 1]bool
}

const maxOrdinal = 366

func (o *ordinals) add(n int) {
	o.given = true
	if n > 0 {
		o.from[n] = true
	} else {
		o.back[-n] = true
	}
}

// has says whether the n-th of some is meant.
func (o *ordinals) has(n, of int) bool { return o.every || o.from[n] || o.back[of-n+1] }

// allows is true, too, when nothing is given.
func (o *ordinals) allows(n, of int) bool { return !o.given || o.has(n, of) }

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
		err = r.months.read(value, 1, 12)
	case "BYMONTHDAY":
		err = r.monthDays.read(value, -31, 31)
	case "BYYEARDAY":
		err = r.yearDays.read(value, -maxOrdinal, maxOrdinal)
	case "BYSETPOS":
		err = r.positions.read(value, -maxOrdinal, maxOrdinal)
	case "BYDAY":
		err = r.readWeekdays(value)
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

// read adds a list of numbers.
func (o *ordinals) read(text string, lowest, highest int) error {
	list, err := numbers(text, lowest, highest)
	for _, n := range list {
		o.add(n)
	}
	return err
}

// readWeekdays reads a list like MO,-1FR.
func (r *yearly) readWeekdays(text string) error {
	r.byWeekday = true
	for s := range strings.SplitSeq(text, ",") {
		if len(s) < 2 {
			return fmt.Errorf("%.10q is no weekday", s)
		}
		number, name := s[:len(s)-2], s[len(s)-2:]
		day := slices.Index([]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}, name)
		if day < 0 {
			return fmt.Errorf("%.10q is no weekday", s)
		}
		if number == "" {
			r.weekdays[day].every = true
		} else if err := r.weekdays[day].read(number, -53, 53); err != nil {
			return err
		}
	}
	return nil
}

// days returns the days of the rule from its first day on to the end of [LastYear], in order.
func (r *yearly) days(first time.Time) []time.Time {
	full := *r
	if !r.monthDays.given && !r.yearDays.given && !r.byWeekday {
		full.monthDays.add(first.Day())
		if !r.months.given {
			full.months.add(int(first.Month()))
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
	all := make([]int, 0, maxOrdinal) // by their place in the year
	inYear := time.Date(year, time.December, 31, 0, 0, 0, 0, time.UTC).YearDay()
	for month := time.January; month <= time.December; month++ {
		if !r.months.allows(int(month), 12) {
			continue
		}
		first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
		weekday, inMonth := first.Weekday(), first.AddDate(0, 1, -1).Day()
		for i := range inMonth {
			if d := (dayOf{i + 1, inMonth, first.YearDay() + i, inYear, (weekday + time.Weekday(i)) % 7}); r.fits(&d) {
				all = append(all, d.year)
			}
		}
	}
	var chosen []time.Time
	for i, day := range all {
		if r.positions.allows(i+1, len(all)) {
			chosen = append(chosen, time.Date(year, time.January, day, 0, 0, 0, 0, time.UTC))
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

func (r *yearly) fits(d *dayOf) bool {
	if !r.monthDays.allows(d.month, d.inMonth) || !r.yearDays.allows(d.year, d.inYear) {
		return false
	}
	at, of := d.year, d.inYear
	if r.months.given {
		at, of = d.month, d.inMonth
	}
	// Which one of its weekday it is, and how many of them come after it.
	nth, behind := (at-1)/7+1, (of-at)/7
	return !r.byWeekday || r.weekdays[d.weekday].has(nth, nth+behind)
}
