package main

import (
	"fmt"
	"strings"
)

// story is a text of labelled lines, for people to read.
type story struct{ b strings.Builder }

// labelWidth is how wide the labels are; what follows stands in one column.
const labelWidth = 13

// head begins a section.
func (s *story) head(format string, args ...any) {
	if s.b.Len() > 0 {
		s.b.WriteByte('\n')
	}
	s.b.WriteString(safe(fmt.Sprintf(format, args...)) + "\n")
}

// line writes a line of words.
func (s *story) line(text string) { s.b.WriteString("  " + safe(text) + "\n") }

// field writes a labelled line, and nothing when there is nothing to say.
func (s *story) field(label, value string) {
	if value != "" {
		fmt.Fprintf(&s.b, "  %-*s %s\n", labelWidth-1, label, safe(value))
	}
}

// fields writes a list, its label before the first.
func (s *story) fields(label string, values []string) {
	for _, v := range values {
		s.field(label, v)
		label = ""
	}
}

// quote writes text of many lines behind a margin.
func (s *story) quote(text string) {
	text = strings.TrimRight(safeText(text), " \n")
	if text == "" {
		return
	}
	for l := range strings.SplitSeq(text, "\n") {
		s.b.WriteString(strings.TrimRight("  | "+l, " ") + "\n")
	}
}

func (s *story) String() string { return s.b.String() }
