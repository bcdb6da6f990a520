package letter

import (
	"slices"
	"strings"
)

// Span is a piece of [Mail.Text], whole lines of one kind. The lines between two
// pieces that are empty belong to one of them.
type Span struct {
	Start int      // where it begins, in bytes: 0 or behind a line end
	End   int      // where it ends, in bytes: where the next begins, or the end of the text
	Kind  SpanKind // what its lines are
}

// SpanKind is what the lines of a [Span] are. The zero value is none of the kinds.
type SpanKind string

// The kinds of spans.
const (
	SpanNew        SpanKind = "new"        // somebody wrote it in this mail
	SpanQuoted     SpanKind = "quoted"     // earlier mails, and the lines that announce them
	SpanSignature  SpanKind = "signature"  // below "-- ", and a phone's own line
	SpanDisclaimer SpanKind = "disclaimer" // what lawyers and virus scanners add
	SpanForwarded  SpanKind = "forwarded"  // the mail that is passed on, with the line that says so and its header
	SpanSeparator  SpanKind = "separator"  // "-- ", a rule above what is not new, and what PGP puts around what it signs
)

// Of returns the text of all spans of a kind, joined, without the blanks around
// it; "" when there are none.
func (m *Mail) Of(kind SpanKind) string { return joined(m.Text, m.Split, kind) }

// Matter returns the words that the mail is about: the new ones, and those of a
// mail that it passes on, in the text or attached. When there are none of these, it
// is all of the text: then the old words are what the mail is about.
func (m *Mail) Matter() string {
	words := m.NewText
	switch {
	case slices.ContainsFunc(m.Split, func(s Span) bool { return s.Kind == SpanForwarded }):
		words = joined(m.Text, m.Split, SpanNew, SpanForwarded)
	case m.Forwarded != nil:
		words = strings.TrimSpace(words + "\n\n" + m.Forwarded.Text)
	}
	if words == "" {
		words = strings.TrimSpace(m.Text)
	}
	return words
}

// PassedOn returns the words of a mail that this one passes on, in the text or
// attached, which [Mail.Matter] holds too; "" when there is none.
func (m *Mail) PassedOn() string {
	if words := m.Of(SpanForwarded); words != "" || m.Forwarded == nil {
		return words
	}
	return strings.TrimSpace(m.Forwarded.Text)
}

// joined returns the text of the spans of some kinds.
func joined(text string, spans []Span, kinds ...SpanKind) string {
	var b strings.Builder
	first := ""
	for _, s := range spans {
		if !slices.Contains(kinds, s.Kind) {
			continue
		}
		if b.Len() == 0 && first == "" { // mostly there is one, which needs no copy
			first = text[s.Start:s.End]
			continue
		}
		if b.Len() == 0 {
			b.WriteString(first)
		}
		b.WriteString(text[s.Start:s.End])
	}
	if b.Len() > 0 {
		first = b.String()
	}
	return strings.TrimSpace(first)
}

// merged joins neighbours of one kind, and gives new lines that are all empty to
// the span above them, or below the first.
func merged(text string, spans []Span) []Span {
	out := spans[:0]
	for _, s := range spans {
		last := len(out) - 1
		switch {
		case last < 0:
			out = append(out, s)
		case s.Kind == out[last].Kind || s.Kind == SpanNew && isBlank(text[s.Start:s.End]):
			out[last].End = s.End
		case last == 0 && out[0].Kind == SpanNew && isBlank(text[:out[0].End]):
			out[0].End, out[0].Kind = s.End, s.Kind
		default:
			out = append(out, s)
		}
	}
	return out
}

// isBlank tells whether a text is empty or white space.
func isBlank(s string) bool { return strings.TrimSpace(s) == "" }
