package holiday

import (
	"fmt"
	"strings"
)

// FileError is one thing that is wrong in an iCalendar file.
type FileError struct {
	Line int    // counted from 1; 0 when the file as a whole is meant
	Text string // what is wrong and what to write instead
}

// Error returns the line and the text.
func (e *FileError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// property is a content line of an iCalendar file.
type property struct {
	line   int               // on which it begins
	name   string            // in capitals
	params map[string]string // by name in capitals; of several values the first
	value  string
}

// component is what stands between BEGIN and END, without what is inside of that.
type component struct {
	line  int
	name  string // in capitals
	props []property
}

// all returns the properties of a name.
func (c *component) all(name string) []property {
	var found []property
	for _, p := range c.props {
		if p.name == name {
			found = append(found, p)
		}
	}
	return found
}

// first returns the first property of a name; false when there is none.
func (c *component) first(name string) (property, bool) {
	for _, p := range c.props {
		if p.name == name {
			return p, true
		}
	}
	return property{}, false
}

// maxDepth is how deep components may lie in each other; an alarm in an event in
// a calendar is three.
const maxDepth = 8

// events reads the VEVENTs of a file, of as many calendars as it holds. What
// cannot be read ends it. No library does: go-ical panics on a parameter
// without a value, and takes 16 seconds for one of 300 kB.
func events(text string) ([]component, *FileError) {
	var found []component
	var open []component
	for _, raw := range unfold(text) {
		p, ok := parseProperty(raw)
		if !ok {
			return nil, &FileError{raw.line, fmt.Sprintf("is no line of an iCalendar file (got %.40q); write NAME:value", raw.text)}
		}
		switch {
		case p.name == "BEGIN" && len(open) == maxDepth:
			return nil, &FileError{p.line, fmt.Sprintf("is the %dth component inside of another; write events directly in a VCALENDAR", maxDepth)}
		case p.name == "BEGIN":
			open = append(open, component{line: p.line, name: strings.ToUpper(p.value)})
		case len(open) == 0 || len(open) == 1 && open[0].name != "VCALENDAR":
			return nil, &FileError{p.line, "stands outside of a calendar; write BEGIN:VCALENDAR before it"}
		case p.name == "END":
			last := open[len(open)-1]
			if strings.ToUpper(p.value) != last.name {
				return nil, &FileError{p.line, fmt.Sprintf("ends %.20q, but %.20q of line %d is open; write its END before", p.value, last.name, last.line)}
			}
			open = open[:len(open)-1]
			if last.name == "VEVENT" {
				found = append(found, last)
			}
		default:
			last := &open[len(open)-1]
			last.props = append(last.props, p)
		}
	}
	if len(open) > 0 {
		last := open[len(open)-1]
		return nil, &FileError{last.line, fmt.Sprintf("%.20q has no END, so the file is cut off; write the whole file", last.name)}
	}
	return found, nil
}

// rawLine is an unfolded line.
type rawLine struct {
	line int
	text string
}

// unfold splits a text into its content lines.
func unfold(text string) []rawLine {
	var lines []rawLine
	var folded strings.Builder // the continued last line, to be written back once
	flush := func() {
		if folded.Len() > 0 {
			lines[len(lines)-1].text += folded.String()
			folded.Reset()
		}
	}
	n := 0
	for physical := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		n++
		physical = strings.TrimSuffix(physical, "\r")
		// RFC 5545 §3.1: a line that begins with a space or a tab goes on with the one before.
		if len(lines) > 0 && physical != "" && (physical[0] == ' ' || physical[0] == '\t') {
			folded.WriteString(physical[1:])
			continue
		}
		flush()
		if physical != "" {
			lines = append(lines, rawLine{n, physical})
		}
	}
	flush()
	return lines
}

// parseProperty reads NAME;PARAM=value;PARAM="value":value.
func parseProperty(raw rawLine) (property, bool) {
	p := property{line: raw.line, params: map[string]string{}}
	i := strings.IndexAny(raw.text, ";:")
	if i <= 0 {
		return p, false
	}
	p.name = strings.ToUpper(raw.text[:i])
	rest := raw.text[i:]
	for strings.HasPrefix(rest, ";") {
		key, after, ok := strings.Cut(rest[1:], "=")
		if !ok || key == "" {
			return p, false
		}
		end := endOfParam(after)
		if end < 0 {
			return p, false
		}
		value, _, _ := strings.Cut(after[:end], ",")
		p.params[strings.ToUpper(key)] = strings.Trim(value, `"`)
		rest = after[end:]
	}
	p.value = strings.TrimSpace(rest[1:])
	return p, true
}

// endOfParam returns where the next ; or : stands outside of quotes; -1 when nowhere.
func endOfParam(s string) int {
	quoted := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ';' || c == ':'):
			return i
		}
	}
	return -1
}
