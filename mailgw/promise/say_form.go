package promise

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// form is a sentence of a language's file, read: words, and what is filled in
// between them.
type form []piece

// piece is words, or the name of what is filled in.
type piece struct{ words, value string }

// readForm reads a form. It must have each of the values once, and nothing else in
// braces.
func readForm(text string, values ...string) (form, error) {
	var f form
	missing := make(map[string]bool)
	for _, v := range values {
		missing[v] = true
	}
	for rest := text; rest != ""; {
		words, after, found := strings.Cut(rest, "{")
		if strings.Contains(words, "}") {
			return nil, fmt.Errorf("%q has a brace that nothing opens", text)
		}
		if words != "" {
			f = append(f, piece{words: words})
		}
		if !found {
			break
		}
		value, more, found := strings.Cut(after, "}")
		if !found || !missing[value] {
			return nil, fmt.Errorf("%q has {%s}, which is unknown or stands there twice", text, value)
		}
		delete(missing, value)
		f = append(f, piece{value: value})
		rest = more
	}
	for _, v := range values {
		if missing[v] {
			return nil, fmt.Errorf("%q lacks {%s}", text, v)
		}
	}
	return f, nil
}

// saying is one time that is said.
type saying struct {
	*language
	due      time.Time // in the reader's zone
	withYear bool      // of another year than now's
	midnight bool
}

// fill appends a form with its values.
func (s saying) fill(buf []byte, f form) []byte {
	for _, p := range f {
		switch p.value {
		case "":
			buf = append(buf, p.words...)
		case "time":
			if s.due.Hour() == 1 {
				buf = s.fill(buf, s.one)
			} else {
				buf = s.fill(buf, s.clock)
			}
		case "clock":
			buf = s.due.AppendFormat(buf, "15:04")
		case "weekday":
			if s.midnight {
				buf = append(buf, s.after[s.due.Weekday()]...)
			} else {
				buf = append(buf, s.weekdays[s.due.Weekday()]...)
			}
		case "date":
			buf = s.appendDate(buf, s.due, s.withYear)
		case "before":
			buf = append(buf, s.before[s.dayBefore().Weekday()]...)
		case "date_before": // of which year it is, the date behind it tells
			buf = s.appendDate(buf, s.dayBefore(), false)
		case "zone":
			buf = append(buf, zoneName(s.due)...)
		}
	}
	return buf
}

func (s saying) dayBefore() time.Time { return noon(s.due).AddDate(0, 0, -1) }

// appendDate appends a date as the language writes it.
func (s saying) appendDate(buf []byte, day time.Time, withYear bool) []byte {
	f := s.date
	if withYear {
		f = s.dateYear
	}
	for _, p := range f {
		switch {
		case p.value == "":
			buf = append(buf, p.words...)
		case p.value == "month":
			buf = append(buf, s.months[day.Month()-1]...)
		case p.value == "year":
			buf = strconv.AppendInt(buf, int64(day.Year()), 10)
		case day.Day() == 1:
			buf = append(buf, s.first...)
		default:
			buf = strconv.AppendInt(buf, int64(day.Day()), 10)
		}
	}
	return buf
}
