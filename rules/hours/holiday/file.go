package holiday

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"supportgw/rules/hours"
)

// Bounds of what a file may make us do.
const (
	maxDays   = 20_000 // that a file closes
	maxYearly = 500    // events with a rule
	maxLength = 366    // days of one event
	maxErrors = 20     // that are told of one file
	firstRule = 1900   // the earliest year in which a rule may begin
)

// ParseFile reads the holidays of an iCalendar file (RFC 5545): its events of whole
// days (VALUE=DATE), up to but without their DTEND, repeated yearly by RRULE, without their
// EXDATEs and cancelled ones. name is what the holidays call their source. Each
// error is a [*FileError]. An event with a time of day is an error, and so is a
// rule that is not yearly: to leave one out in silence would be a promise for a day on which
// nobody works.
func ParseFile(name string, text []byte) ([]hours.Holiday, []error) {
	list, broken := events(string(text))
	if broken != nil {
		return nil, []error{broken}
	}
	r := fileReader{name: name, moved: map[string]map[time.Time]bool{}}
	if len(list) == 0 {
		r.wrong(0, "has no event; write BEGIN:VEVENT in a VCALENDAR, or leave holidays_file out")
	}
	for i := range list {
		r.move(&list[i])
	}
	for i := range list {
		if r.event(&list[i]); r.stop || len(r.errs) >= maxErrors {
			break
		}
	}
	if len(r.errs) > 0 {
		return nil, r.errs[:min(len(r.errs), maxErrors)]
	}
	slices.SortFunc(r.days, func(a, b hours.Holiday) int {
		return cmp.Or(cmp.Compare(a.Date.String(), b.Date.String()), cmp.Compare(a.Name, b.Name))
	})
	return r.days, nil
}

// fileReader collects a file's days and errors.
type fileReader struct {
	name   string
	days   []hours.Holiday
	errs   []error
	yearly int                           // events with a rule
	moved  map[string]map[time.Time]bool // by UID, the days of its rule that events of their own stand for
	stop   bool                          // what follows would take too long to read
}

func (r *fileReader) wrong(line int, format string, args ...any) {
	r.errs = append(r.errs, &FileError{line, fmt.Sprintf(format, args...)})
}

// move notes the day that an event replaces. RFC 5545 §3.8.4.4: an event with a
// RECURRENCE-ID stands for that one day of the rule with the same UID.
func (r *fileReader) move(e *component) {
	p, ok := e.first("RECURRENCE-ID")
	if !ok {
		return
	}
	uid, _ := e.first("UID")
	day, ok := r.date(p, "RECURRENCE-ID")
	if !ok {
		return
	}
	if r.moved[uid.value] == nil {
		r.moved[uid.value] = map[time.Time]bool{}
	}
	r.moved[uid.value][day] = true
}

// event adds the days of one event.
func (r *fileReader) event(e *component) {
	if status, _ := e.first("STATUS"); strings.EqualFold(status.value, "CANCELLED") {
		return
	}
	begin, ok := e.first("DTSTART")
	if !ok {
		r.wrong(e.line, "%s has no DTSTART; write DTSTART;VALUE=DATE:20261225", titleOf(e))
		return
	}
	first, ok := r.day(begin, e)
	if !ok {
		return
	}
	length, ok := r.length(e, begin.line, first)
	if !ok {
		return
	}
	without, ok := r.dates(e, "EXDATE")
	starts, ok2 := r.dates(e, "RDATE")
	if !ok || !ok2 {
		return
	}
	var moved map[time.Time]bool
	if _, single := e.first("RECURRENCE-ID"); !single {
		uid, _ := e.first("UID")
		moved = r.moved[uid.value]
	}
	switch rules := e.all("RRULE"); {
	case len(rules) > 1:
		r.wrong(rules[1].line, "is the second RRULE of %s; write one, and another event for the rest", titleOf(e))
		return
	case len(rules) == 1:
		repeated, ok := r.repeated(rules[0], first)
		if !ok {
			return
		}
		starts = append(starts, repeated...)
	default:
		starts = append(starts, first)
	}
	skip := map[time.Time]bool{}
	for _, day := range without {
		skip[day] = true
	}
	for _, start := range starts {
		if !skip[start] && !moved[start] && !r.add(e, start, length) {
			return
		}
	}
}

// add closes some days from start on; false when there are too many.
func (r *fileReader) add(e *component, start time.Time, length int) bool {
	for i := range length {
		if len(r.days) == maxDays {
			r.wrong(e.line, "closes more than the %d days that a file may close; write fewer events", maxDays)
			r.stop = true
			return false
		}
		r.days = append(r.days, hours.Holiday{Date: hours.DateOf(start.AddDate(0, 0, i)), Name: titleOf(e), Source: r.name})
	}
	return true
}

// day reads the DTSTART of an event, which must be a whole day.
func (r *fileReader) day(p property, e *component) (time.Time, bool) {
	before := len(r.errs)
	day, ok := r.date(p, p.name)
	if ok || len(p.value) < len("20061225T") || p.value[8] != 'T' {
		return day, ok
	}
	r.errs = r.errs[:before]
	r.wrong(p.line, "%s has a time of day (got %.20q), and only whole days are holidays; write %s;VALUE=DATE:%.8s, or take the event out and write a short day into short_days", titleOf(e), p.value, p.name, p.value)
	return day, false
}

// date reads 20261225.
func (r *fileReader) date(p property, name string) (time.Time, bool) {
	day, err := time.Parse("20060102", p.value)
	if err != nil {
		r.wrong(p.line, "%s is no date (got %.20q); write %s;VALUE=DATE:20261225", name, p.value, name)
	}
	return day, err == nil
}

// dates reads the lists of EXDATE or RDATE.
func (r *fileReader) dates(e *component, name string) ([]time.Time, bool) {
	var days []time.Time
	for _, p := range e.all(name) {
		for text := range strings.SplitSeq(p.value, ",") {
			day, ok := r.date(property{line: p.line, value: strings.TrimSpace(text)}, name)
			if !ok {
				return nil, false
			}
			days = append(days, day)
		}
	}
	return days, true
}

// length returns how many days an event has. RFC 5545 §3.6.1: DTEND is the day after the last one;
// without it and without DURATION, an event of whole days has one.
func (r *fileReader) length(e *component, line int, first time.Time) (int, bool) {
	days := 1
	if end, ok := e.first("DTEND"); ok {
		day, ok := r.day(end, e)
		if !ok {
			return 0, false
		}
		line, days = end.line, int(day.Sub(first)/(24*time.Hour))
		if days == 0 {
			days = 1 // some programs write the day itself
		}
	} else if p, ok := e.first("DURATION"); ok {
		line, days = p.line, durationDays(p.value)
	}
	if days < 1 || days > maxLength {
		r.wrong(line, "%s does not last from 1 to %d days; DTEND is the day after the last one", titleOf(e), maxLength)
		return 0, false
	}
	return days, true
}

// durationDays reads P1D or P2W; 0 for anything else.
func durationDays(text string) int {
	number, unit := strings.TrimPrefix(text, "P"), 1
	switch {
	case strings.HasSuffix(number, "D"):
	case strings.HasSuffix(number, "W"):
		unit = 7
	default:
		return 0
	}
	n, err := strconv.Atoi(number[:len(number)-1])
	if err != nil || n > maxLength {
		return 0
	}
	return n * unit
}

// repeated expands a yearly rule until [LastYear].
func (r *fileReader) repeated(p property, first time.Time) ([]time.Time, bool) {
	const instead = "write FREQ=YEARLY, with BYMONTH, BYMONTHDAY or BYDAY if need be"
	if r.yearly++; r.yearly > maxYearly {
		r.wrong(p.line, "is one RRULE more than the %d that a file may have; write fewer events", maxYearly)
		r.stop = true
		return nil, false
	}
	rule, err := parseYearly(p.value)
	if err == nil && first.Year() < firstRule {
		err = fmt.Errorf("it begins before %d", firstRule)
	}
	if err != nil {
		r.wrong(p.line, "the rule is not understood (%v; got %.80q); %s", err, p.value, instead)
		return nil, false
	}
	days := rule.days(first)
	if len(days) == 0 {
		r.wrong(p.line, "the rule names no day from its DTSTART to %d (got %.80q); %s", LastYear, p.value, instead)
	}
	return days, len(days) > 0
}

// titleOf is the SUMMARY of an event in one short line.
func titleOf(e *component) string {
	p, _ := e.first("SUMMARY")
	text := strings.NewReplacer(`\\`, `\`, `\,`, `,`, `\;`, `;`, `\n`, " ", `\N`, " ").Replace(p.value)
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "�"), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c)
	}), " ")
	if short := []rune(text); len(short) > 80 {
		text = string(short[:79]) + "…"
	}
	return cmp.Or(text, "an event without SUMMARY")
}
