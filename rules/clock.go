package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Days lists days of the week. In TOML it is a string or a list of them: "mon" to
// "sun", or their whole English names, and runs like "mon-fri" and "sat-mon".
type Days struct {
	// List has what was written. Empty is refused.
	List []string

	wrong []wrongShape
}

// UnmarshalTOML reads a string or a list of them. Like that of [Match] it never returns
// an error.
func (d *Days) UnmarshalTOML(data any) error {
	d.List, d.wrong = oneOrMore(data, `write "mon", "mon-fri" or ["sat", "sun"]`)
	return nil
}

// Spans lists spans of the day. In TOML it is a string or a list of them, like
// "08:00-12:30"; the end does not belong to it. "22:00-06:00" goes past midnight, "24:00"
// is the end of the day.
type Spans struct {
	// List has what was written. Empty is refused.
	List []string

	wrong []wrongShape
}

// UnmarshalTOML reads a string or a list of them. Like that of [Match] it never returns
// an error.
func (s *Spans) UnmarshalTOML(data any) error {
	s.List, s.wrong = oneOrMore(data, `write one like "08:00-12:30", or a list of them`)
	return nil
}

// oneOrMore reads a string or a list of them.
func oneOrMore(data any, instead string) (list []string, wrong []wrongShape) {
	all, ok := data.([]any)
	if !ok {
		all = []any{data}
	}
	for _, item := range all {
		if text, ok := item.(string); ok {
			list = append(list, text)
		} else {
			wrong = append(wrong, wrongShape{text: kind(item) + " is no text; " + instead})
		}
	}
	return list, wrong
}

// clock is a compiled list of days or of spans.
type clock struct {
	days    [7]bool // by time.Weekday
	spans   [][2]int
	written string
}

// weekdays are the names of the days from Sunday on, as time.Weekday counts.
var weekdays = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// day reads the name of a day, -1 for what is none.
func day(name string) int {
	name = strings.ToLower(strings.TrimSpace(name))
	return slices.IndexFunc(weekdays[:], func(d string) bool { return name != "" && (name == d || name == d[:3]) })
}

// days compiles a list of days.
func (c *compiler) days(path string, d *Days) node {
	out := node{op: opDay, clock: &clock{written: quoted(d.List)}}
	c.refused(path, d.wrong)
	if len(d.List) == 0 && len(d.wrong) == 0 {
		c.problem(path, `no day is named; write "mon", "mon-fri" or ["sat", "sun"]`)
	}
	for _, text := range d.List {
		from, to, run := strings.Cut(text, "-")
		first := day(from)
		last := first
		if run {
			last = day(to)
		}
		if first < 0 || last < 0 {
			wrong := from
			if first >= 0 {
				wrong = to
			}
			c.problem(path, `%q is no day of the week; write %s`, strings.TrimSpace(wrong), nearDay(wrong))
			continue
		}
		for i := first; ; i = (i + 1) % 7 {
			out.clock.days[i] = true
			if i == last {
				break
			}
		}
	}
	if out.clock.days == [7]bool{true, true, true, true, true, true, true} {
		c.problem(path, "these are all days of the week, so it always holds; leave it out")
	}
	return out
}

// nearDay suggests what may have been meant.
func nearDay(got string) string {
	got = strings.ToLower(strings.TrimSpace(got))
	all := append(slices.Clone(weekdays[1:]), weekdays[0]) // more mean Monday by "munday"
	for _, d := range weekdays {
		all = append(all, d[:3])
	}
	if near := nearest(got, all...); near != "" {
		return strconv.Quote(near[:3])
	}
	return `one of "mon", "tue", "wed", "thu", "fri", "sat" and "sun", or a run like "mon-fri"`
}

// spans compiles a list of spans of the day.
func (c *compiler) spans(path string, s *Spans) node {
	out := node{op: opTime, clock: &clock{written: quoted(s.List)}}
	c.refused(path, s.wrong)
	if len(s.List) == 0 && len(s.wrong) == 0 {
		c.problem(path, `no span is given; write one like "08:00-12:30"`)
	}
	for _, text := range s.List {
		from, to, _ := strings.Cut(text, "-")
		start, end := minute(from), minute(to)
		switch {
		case start < 0 || end < 0 || start == dayMinutes:
			c.problem(path, `%q is no span of the day; write it from start to end, like "08:00-12:30" or, past midnight, "22:00-06:00"`, text)
		case start == end || start == 0 && end == dayMinutes:
			c.problem(path, `%q is either the whole day or nothing; write a span like "08:00-12:30", or leave it out`, text)
		case start < end:
			out.clock.spans = append(out.clock.spans, [2]int{start, end})
		default:
			out.clock.spans = append(out.clock.spans, [2]int{start, dayMinutes}, [2]int{0, end})
		}
	}
	return out
}

const dayMinutes = 24 * 60

// minute reads "08:30" as minutes since midnight, -1 for what is none.
func minute(text string) int {
	hour, rest, ok := strings.Cut(strings.TrimSpace(text), ":")
	if !ok || len(rest) != 2 || len(hour) == 0 || len(hour) > 2 {
		return -1
	}
	h, err := strconv.ParseUint(hour, 10, 8)
	if err != nil {
		return -1
	}
	m, err := strconv.ParseUint(rest, 10, 8)
	if err != nil || m > 59 || h > 24 || h == 24 && m > 0 {
		return -1
	}
	return int(h)*60 + int(m)
}

// holdsDay asks the day of the week.
func (k *clock) holdsDay(f *Facts) bool { return !f.Local.IsZero() && k.days[f.Local.Weekday()] }

// holdsTime asks the time of the day.
func (k *clock) holdsTime(f *Facts) bool {
	at := f.Local.Hour()*60 + f.Local.Minute()
	return !f.Local.IsZero() && slices.ContainsFunc(k.spans, func(s [2]int) bool { return at >= s[0] && at < s[1] })
}

// whyClock says what was asked of day or time, the answer, and when it is.
func (sc *scratch) whyClock(n *node) string {
	key, layout := "day", "Mon"
	if n.op == opTime {
		key, layout = "time", "15:04"
	}
	at := "not known"
	if l := sc.facts.Local; !l.IsZero() {
		at = strings.ToLower(l.Format(layout))
	}
	return fmt.Sprintf("%s %s: %t, it is %s", key, n.clock.written, sc.holds(n), at)
}

// quoted lists texts for a line of the trace.
func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strconv.Quote(s)
	}
	return strings.Join(out, ", ")
}
