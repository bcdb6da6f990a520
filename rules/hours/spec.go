package hours

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Spec is a calendar as an admin writes it in TOML.
type Spec struct {
	// Zone is an IANA name such as "Europe/Zurich"; it must be given.
	Zone string `toml:"zone"`
	// Week gives the open intervals of each weekday, "mon" to "sun", or of a
	// range of them, "mon-fri", as "09:00-12:00" with 24:00 for the end of the
	// day. A day that is not named, or has an empty list, is closed.
	Week map[string][]string `toml:"week"`
	// Holidays are dates such as "2026-12-25", closed for the whole local day.
	Holidays []string `toml:"holidays"`
	// ShortDays gives dates intervals of their own, instead of their weekday's:
	// "2026-12-24" = ["09:00-12:00"]; an empty list is a closed day. It wins
	// over a holiday of a set or a file; a date of Holidays must not be here.
	ShortDays map[string][]string `toml:"short_days"`
	// AlwaysOpen is a calendar that never closes; there must then be no week, no
	// holidays and no short days.
	AlwaysOpen bool `toml:"always_open"`
	// More are holidays that were found elsewhere, in any order; see package
	// holiday. They may name the same day several times.
	More []Holiday `toml:"-"`
}

// SpecError is one thing that is wrong in a [Spec].
type SpecError struct {
	Key   string // the key within the calendar's table, such as "week.mon"
	Text  string // what is wrong and what to write instead
	Cause error  // the error that the text tells of, or nil
}

// Error returns the key and the text.
func (e *SpecError) Error() string { return e.Key + ": " + e.Text }

// Unwrap returns the cause.
func (e *SpecError) Unwrap() error { return e.Cause }

// Compile makes a calendar from its description. It returns every error of the
// description at once, each a [*SpecError], in a stable order; the calendar is
// nil when there is one.
func Compile(spec Spec) (*Calendar, []error) {
	var b builder
	b.zone(spec.Zone)
	if spec.AlwaysOpen {
		b.alwaysOpen(spec)
	} else {
		b.week(spec.Week)
		b.special(spec)
	}
	if len(b.errs) > 0 {
		return nil, b.errs
	}
	return &b.cal, nil
}

// builder fills a calendar and collects what is wrong.
type builder struct {
	cal  Calendar
	errs []error
}

func (b *builder) wrong(key string, cause error, format string, args ...any) {
	b.errs = append(b.errs, &SpecError{Key: key, Text: fmt.Sprintf(format, args...), Cause: cause})
}

func (b *builder) zone(name string) {
	const instead = `write an IANA name such as "Europe/Zurich"`
	switch name {
	case "":
		b.wrong("zone", nil, "is missing; %s", instead)
		return
	case "Local": // would mean another time on each machine
		b.wrong("zone", nil, "%q is not a place; %s", name, instead)
		return
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		b.wrong("zone", err, "%q is not a known time zone; %s", name, instead)
		return
	}
	b.cal.loc = loc
}

func (b *builder) alwaysOpen(spec Spec) {
	const instead = `remove one of the two; a calendar that only closes on holidays is written as week = { mon-sun = ["00:00-24:00"] }`
	if len(spec.Week) > 0 {
		b.wrong("always_open", nil, "says around the clock, but there is a week too; %s", instead)
	}
	if len(spec.Holidays)+len(spec.More) > 0 {
		b.wrong("always_open", nil, "says around the clock, but there are holidays too; %s", instead)
	}
	if len(spec.ShortDays) > 0 {
		b.wrong("always_open", nil, "says around the clock, but there are short days too; %s", instead)
	}
	b.cal.neverClose()
}

func (b *builder) week(week map[string][]string) {
	var named [7]string // the key that gave each day
	any, before := false, len(b.errs)
	for _, key := range slices.Sorted(maps.Keys(week)) {
		days, err := parseDays(key)
		if err != nil {
			b.wrong("week."+key, err, "%v", err)
			continue
		}
		spans := b.intervals("week."+key, week[key])
		any = any || len(spans) > 0
		for _, day := range days {
			if named[day] != "" {
				b.wrong("week."+key, nil, "%s is already in week.%s; name each day once", dayNames[day], named[day])
				continue
			}
			named[day] = key
			b.cal.week[day] = spans
		}
	}
	if !any && len(b.errs) == before {
		b.wrong("week", nil, `no day is ever open; write for example week = { mon-fri = ["09:00-17:30"] }, or always_open = true`)
	}
}

// intervals reads the list of one key; the result is sorted and joined where
// intervals touch.
func (b *builder) intervals(key string, list []string) []span {
	var sorted []Interval
	for _, text := range list {
		iv, err := ParseInterval(text)
		if err != nil {
			b.wrong(key, err, "%v", err)
			continue
		}
		sorted = append(sorted, iv)
	}
	slices.SortFunc(sorted, func(a, b Interval) int { return cmp.Compare(a.From, b.From) })
	var spans []span
	for i, iv := range sorted {
		if i > 0 && iv.From < sorted[i-1].To {
			both := Interval{sorted[i-1].From, max(sorted[i-1].To, iv.To)}
			b.wrong(key, nil, "\"%v\" and \"%v\" overlap; write \"%v\" instead of both", sorted[i-1], iv, both)
		}
		s := span{int64(iv.From) * 60, int64(iv.To) * 60}
		if n := len(spans); n > 0 && spans[n-1].to == s.from {
			spans[n-1].to = s.to
			continue
		}
		spans = append(spans, s)
	}
	return spans
}

// special reads the days that their weekday says nothing about.
func (b *builder) special(spec Spec) {
	var days []special
	listed := map[Date]bool{}
	for i, text := range spec.Holidays {
		date, err := ParseDate(text)
		if err != nil {
			b.wrong(fmt.Sprintf("holidays[%d]", i), err, "%v", err)
			continue
		}
		listed[date] = true
		days = append(days, special{Holiday: Holiday{Date: date, Source: "holidays"}})
	}
	for _, h := range spec.More {
		days = append(days, special{Holiday: h})
	}
	for _, text := range slices.Sorted(maps.Keys(spec.ShortDays)) {
		key := "short_days." + text
		date, err := ParseDate(text)
		if err != nil {
			b.wrong("short_days", err, "%v", err)
			continue
		}
		if listed[date] {
			b.wrong(key, nil, "%q is in holidays too; remove one of the two", text)
		}
		days = append(days, special{Holiday: Holiday{Date: date}, short: true, spans: b.intervals(key, spec.ShortDays[text])})
	}
	b.cal.keep(days)
}

// dayNames are the keys of a week, by time.Weekday. It is never written to.
var dayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// parseDays reads "mon" or "mon-fri"; a range may run over the week's end.
func parseDays(key string) ([]time.Weekday, error) {
	first, last, isRange := strings.Cut(key, "-")
	if !isRange {
		last = first
	}
	from, to := slices.Index(dayNames[:], first), slices.Index(dayNames[:], last)
	if from < 0 || to < 0 || isRange && from == to {
		return nil, fmt.Errorf("%q is not a day or a range of days; write mon, tue, wed, thu, fri, sat, sun or for example mon-fri", key)
	}
	days := []time.Weekday{time.Weekday(from)}
	for from != to {
		from = (from + 1) % 7
		days = append(days, time.Weekday(from))
	}
	return days, nil
}
