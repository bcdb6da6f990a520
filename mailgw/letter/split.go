package letter

import (
	"slices"
	"strings"
	"time"
)

// longestSplit is how long a text may be that is split. Nobody writes more; a log
// or a dump is not.
const longestSplit = 1 << 20

// passing is what a subject says.
type passing int

const (
	passesNone     passing = iota // nothing of a mail that is passed on
	passesAnswered                // it says so, but the mail answers one: many clients leave the subject then
	passesFresh                   // it says so
)

// passing returns what the subject says.
func (m *Mail) passing() passing {
	switch {
	case !IsForward(m.Subject):
		return passesNone
	case len(m.InReplyTo) > 0:
		return passesAnswered
	}
	return passesFresh
}

// setSplit tells what was written in this mail from what it repeats.
func (m *Mail) setSplit() {
	s := splitAbout(m.Text, m.passing(), topicOf(m.Subject))
	m.Split = s.spans
	m.NewText, m.QuotedText, m.Signature = m.Of(SpanNew), m.Of(SpanQuoted), m.Of(SpanSignature)
	m.OldOnly = s.unsure || m.NewText == "" && !isBlank(m.Text)
}

// split cuts a text into the spans that cover it. New lines between or below
// quotes stay new.
func split(text string, subject passing) *quoteSplitter { return splitAbout(text, subject, "") }

// splitAbout is split for a mail with a subject, which earlier mails have, too: topic
// is what topicOf makes of it.
func splitAbout(text string, subject passing, topic string) *quoteSplitter {
	s := &quoteSplitter{text: text, subject: subject, topic: topic, wide: strings.Contains(text, "：")}
	if len(text) > longestSplit {
		s.add(SpanNew, len(text))
		s.unsure = true
		return s
	}
	for s.pos < len(text) {
		line, next := nextLine(text, s.pos)
		s.steps += next - s.pos
		kind, end := s.classify(line, next)
		if kind == SpanNew && s.inSignature {
			kind = SpanSignature
		}
		s.add(kind, end)
	}
	s.spans = merged(text, s.spans)
	s.cutTails()
	s.spans = merged(text, s.spans)
	return s
}

// quoteSplitter walks over the lines of a text.
type quoteSplitter struct {
	text        string
	subject     passing
	topic       string // the mail's subject as topicOf returns it; "" when not known
	pos         int
	spans       []Span // of text[:pos]
	inSignature bool
	announced   bool // a quotation was announced, so every ">" line is one
	colon       int  // where the next line ends with a colon, at or after pos when known
	wide        bool // the text has East Asian colons
	fieldsEnd   int  // up to here the form of such a header was looked for in vain
	noHead      int  // up to here the header of an earlier mail was looked for in vain
	passedEnd   int  // where the line stands that ends a mail that is passed on; 0 for none
	signed      bool // the words are between lines of PGP
	noArmour    bool // no signature of PGP ends below
	unsure      bool // what is new cannot be told from older words
	steps       int  // bytes that were looked at, for the tests
}

// add makes the lines from s.pos to end a span, or a part of the last.
func (s *quoteSplitter) add(kind SpanKind, end int) {
	if last := len(s.spans) - 1; last >= 0 && s.spans[last].Kind == kind {
		s.spans[last].End = end
	} else if end > s.pos {
		s.spans = append(s.spans, Span{s.pos, end, kind})
	}
	s.pos = end
}

// carve makes the end of a span another one, from at on.
func (s *quoteSplitter) carve(i, at int, kind SpanKind) {
	if at == s.spans[i].Start {
		s.spans[i].Kind = kind
		return
	}
	s.spans = append(s.spans, Span{})
	copy(s.spans[i+2:], s.spans[i+1:])
	s.spans[i+1] = Span{at, s.spans[i].End, kind}
	s.spans[i].End = at
}

// classify tells what the line at s.pos is, and where the lines end that are of
// the same kind with it.
func (s *quoteSplitter) classify(line string, next int) (kind SpanKind, end int) {
	t := trimmedBlanks(line)
	if t == "" {
		return SpanNew, next
	}
	switch c := t[0]; {
	case c == '>' && isArrowLine(t) && !s.quotesFollow(next):
		return s.rest(s.earlier(), len(s.text))
	case c == '>':
		return s.quotedBlock(next)
	case t == "--" && (line == "-- " || line == "--"), t == "—" && line == t, s.signed && t == "- --": // RFC 9580 §7.2
		s.inSignature = true
		return SpanSeparator, next
	case s.passedEnd > 0 && s.pos == s.passedEnd:
		return SpanSeparator, next
	case c == '-':
		if end := s.armour(t, next); end > 0 {
			return SpanSeparator, end
		}
	}
	if found, passed := s.isSeparator(t, next); found && passed {
		return s.rest(SpanForwarded, s.endOfPassed())
	} else if found {
		return s.rest(s.earlier(), len(s.text))
	}
	if _, ok := s.head(t); ok {
		return s.rest(s.earlier(), len(s.text))
	}
	if end := s.announcement(t, next); end > 0 {
		return s.announcedBy(end)
	}
	return SpanNew, next
}

// rest is the earlier mail from s.pos to end, of which not each line is marked.
func (s *quoteSplitter) rest(kind SpanKind, end int) (SpanKind, int) {
	s.inSignature = false
	s.cutRule()
	return kind, end
}

// earlier is what the header of an earlier mail begins.
func (s *quoteSplitter) earlier() SpanKind {
	if s.subject == passesNone {
		return SpanQuoted
	}
	return SpanForwarded
}

// cutRule makes a rule above an earlier mail a separator.
func (s *quoteSplitter) cutRule() {
	i := len(s.spans) - 1
	if i < 0 || s.spans[i].Kind != SpanNew && s.spans[i].Kind != SpanSignature {
		return
	}
	start := s.spans[i].Start
	above := strings.TrimRight(s.text[start:s.pos], blankSigns+"\n")
	if at := lastLine(above); isRule(above[at:]) || isOriginalLine(above[at:]) {
		s.carve(i, start+at, SpanSeparator)
	}
}

// isOriginalLine tells a line that is no more than "Original Message".
func isOriginalLine(line string) bool {
	const longest = 60
	line = strings.Trim(line, blankSigns+":")
	if len(line) > longest {
		return false
	}
	return slices.Contains(quoteWords.original.list, strings.ToLower(line))
}

// isRule tells a line that is drawn with dashes.
func isRule(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) >= 3 && !isLetter(line[0]) && strings.Trim(line, dashes+" ") == ""
}

// endOfPassed returns where the line stands that ends the mail that the line at
// s.pos begins; the end of the text when there is none. Mails within that mail have
// such lines, too.
func (s *quoteSplitter) endOfPassed() int {
	depth := 0
	for pos := s.pos; pos < len(s.text) && (depth > 0 || pos == s.pos); {
		line, next := nextLine(s.text, pos)
		s.steps += next - pos
		words, _, _ := separator(trimmedBlanks(line))
		switch {
		case words == "":
		case quoteWords.forwarded.open(words):
			depth++
		case quoteWords.ended.open(words):
			if depth--; depth == 0 {
				s.passedEnd = pos
				return pos
			}
		}
		pos = next
	}
	return len(s.text)
}

// announcedBy is the earlier mail that the lines from s.pos to end announce.
func (s *quoteSplitter) announcedBy(end int) (SpanKind, int) {
	quotes := s.quotesFollow(end)
	switch {
	case s.subject == passesFresh && quotes:
		s.inSignature, s.announced = false, true
		_, end = s.quotedLines(end)
		return SpanForwarded, end
	case quotes:
		s.inSignature, s.announced = false, true
		return SpanQuoted, end
	case s.subject == passesFresh:
		return s.rest(SpanForwarded, len(s.text))
	case isBlank(s.text[:s.pos]):
		s.unsure = true // what is announced is not marked as a quotation: it may be the answer
		return SpanQuoted, end
	}
	return s.rest(SpanQuoted, len(s.text))
}

// head reads the header of an earlier mail that begins with the line t at s.pos.
// Where one was looked for in vain, none of its lines begins another.
func (s *quoteSplitter) head(t string) (h quotedHead, ok bool) {
	if s.pos < s.noHead {
		return h, false
	}
	if role, _ := label(t); role == labelNone {
		return s.formHead(t)
	}
	end := 0
	if h, ok = s.readHead(s.pos, false); !ok {
		end = h.end
		h, ok = s.formHead(t)
	}
	if !ok {
		s.noHead = end
	}
	return h, ok
}

// readHead is [readQuotedHead] at a place of the text.
func (s *quoteSplitter) readHead(pos int, announced bool) (h quotedHead, ok bool) {
	h, ok = readQuotedHead(s.text, pos, announced)
	s.steps += h.looked
	return h, ok
}

// isSeparator tells a line behind which an earlier mail stands: known words
// between dashes, or a rule above the header of one. passed says that the line
// tells of a mail that is passed on.
func (s *quoteSplitter) isSeparator(t string, next int) (found, passed bool) {
	if isForwardLine(t) {
		_, ok := s.readHead(next, true)
		return ok, ok
	}
	words, rest, ok := separator(t)
	if !ok {
		return false, false
	}
	if words != "" {
		if quoteWords.forwarded.open(words) {
			return true, true
		}
		if quoteWords.original.open(words) {
			return true, false
		}
	}
	if rest != "" {
		h := quotedHead{}
		role, value := label(rest)
		h.take(role, value)
		s.steps += h.looked
		return role != labelNone && h.complete(true), false
	}
	_, ok = s.readHead(next, words != "")
	return ok, false
}

// quotedBlock takes all lines with ">" from s.pos on, and the empty ones between
// them. A single one that nothing announced is no quotation: it may be a prompt, a
// command or a diff. Apple Mail puts its announcement behind the ">" too, and the
// mail that it passes on.
func (s *quoteSplitter) quotedBlock(next int) (kind SpanKind, end int) {
	lines, end := s.quotedLines(s.pos)
	if lines == 1 && !s.announced {
		return SpanNew, next
	}
	s.inSignature = false
	first, _ := nextLine(s.text, s.pos)
	first = strings.TrimLeft(first, "> ")
	passed := false
	if words, _, ok := separator(first); lines > 1 && !s.announced {
		passed = isForwardLine(first) || ok && quoteWords.forwarded.open(words)
	}
	s.announced = s.announced || lines > 1 && IsAttribution(first)
	if passed || s.subject == passesFresh && s.holdsMail(end) {
		return SpanForwarded, end
	}
	return SpanQuoted, end
}

// isArrowLine tells how GroupWise announces an earlier mail:
// ">>> Jane <jane@example.com> 02.03.2026 10:14 >>>".
func isArrowLine(t string) bool {
	const arrows = ">>>"
	return len(t) <= longestAnnouncement && strings.HasPrefix(t, arrows) && strings.HasSuffix(t, arrows) && isDated(t)
}

// holdsMail tells whether the block of quoted lines from s.pos to end has an
// earlier mail in it.
func (s *quoteSplitter) holdsMail(end int) bool {
	f, work := forwardedIn(s.text[s.pos:end], true, time.UTC)
	s.steps += work
	return f != nil
}

// quotedLines counts the lines with ">" from pos on and returns where the last of
// them ends.
func (s *quoteSplitter) quotedLines(pos int) (lines, end int) {
	end = pos
	for pos < len(s.text) {
		line, next := nextLine(s.text, pos)
		s.steps += next - pos
		line = strings.TrimLeft(line, blankSigns)
		if line != "" && line[0] != '>' {
			break
		}
		pos = next
		if line != "" {
			lines++
			end = pos
		}
	}
	return lines, end
}

// quotesFollow tells whether the next line at or behind pos that is not empty is
// quoted with ">".
func (s *quoteSplitter) quotesFollow(pos int) bool {
	rest := s.text[min(pos, len(s.text)):]
	below := strings.TrimLeft(rest, " \t\r\n")
	s.steps += len(rest) - len(below)
	return strings.HasPrefix(below, ">")
}
