package letter

import "strings"

// splitText cuts a text into the new words, what is quoted from earlier mails,
// and the signature. Nothing is lost: each line is in one of them, apart from the
// line that announces a quotation, which counts as quoted, and the "-- " line.
//
// New lines between or below quotes stay new. When nothing new would remain, or
// when the mail passes another one on (forward), all of the text counts as new:
// then the old words are what the new mail is about. oldOnly says that nothing new
// was there, no more than a phone's own line, or too much to tell.
func splitText(text string, forward bool) (fresh, quoted, signature string, oldOnly bool) {
	s := split(text, forward)
	return s.newText, s.oldText, s.signText, s.oldOnly
}

// split is splitText with all that was seen on the way.
func split(text string, forward bool) *quoteSplitter {
	const longest = 1 << 20 // nobody writes that much; a log or a dump is not split
	s := &quoteSplitter{text: text, forward: forward, wide: strings.Contains(text, "：")}
	if len(text) > longest {
		s.newText, s.oldOnly = strings.TrimSpace(text), true
		return s
	}
	marked := s.run()
	if marked {
		s.newText, s.oldText = strings.TrimSpace(s.fresh.String()), strings.TrimSpace(s.quoted.String())
		if s.rest {
			s.newText = cutRule(s.newText)
		}
	}
	if s.newText == "" {
		s.newText, s.oldText, s.oldOnly = strings.TrimSpace(text), "", marked
		s.signature.Reset()
		if s.answered > 0 { // what was announced is not marked as a quotation: it may be the answer
			s.newText, s.oldText = strings.TrimSpace(text[s.answered:]), strings.TrimSpace(text[:s.answered])
		}
	}
	s.oldOnly = s.oldOnly || IsDeviceLine(s.newText)
	words, tail := cutTail(s.newText)
	s.newText, s.signText = words, strings.TrimSpace(tail+"\n"+s.signature.String())
	return s
}

// cutRule takes a line of dashes from the end of the new words, above an earlier mail.
func cutRule(fresh string) string {
	i := strings.LastIndexByte(fresh, '\n') + 1
	if last := fresh[i:]; len(last) >= 3 && strings.Trim(last, "-_=* ") == "" {
		return strings.TrimSpace(fresh[:i])
	}
	return fresh
}

// quoteSplitter walks over the lines of a text.
type quoteSplitter struct {
	text                     string
	pos                      int
	forward                  bool
	fresh, quoted, signature strings.Builder
	inSignature              bool
	announced                bool // a quotation was announced, so every ">" line is one
	colon                    int  // where the next line ends with a colon, at or after pos when known
	wide                     bool // the text has East Asian colons
	noHead                   int  // up to here the header of an earlier mail was looked for in vain
	steps                    int  // bytes that were looked at, for the tests

	rest     bool // the text ends with an earlier mail that no ">" marks
	answered int  // where the text behind an announcement begins that nothing stands above; 0 for none
	passedOn bool // a line says that a mail is passed on
	newText  string
	oldText  string
	signText string
	oldOnly  bool
}

// run fills the three builders. It returns false when the text has no mark of a
// quotation or signature; then all of it is new.
func (s *quoteSplitter) run() bool {
	marked := false
	for s.pos < len(s.text) {
		line, next := nextLine(s.text, s.pos)
		kind, end := s.classify(line, next)
		s.steps += max(next, end) - s.pos
		if kind == lineNew && !marked {
			s.pos = next
			continue
		}
		if !marked {
			marked = true
			s.fresh.WriteString(s.text[:s.pos])
		}
		switch kind {
		case lineQuoted:
			s.inSignature = false
			s.quoted.WriteString(s.text[s.pos:end])
		case lineRest:
			s.quoted.WriteString(s.text[s.pos:])
			s.rest = true
			return true
		case lineSignature:
			s.inSignature = true
		default:
			if s.inSignature {
				s.signature.WriteString(s.text[s.pos:end])
			} else {
				s.fresh.WriteString(s.text[s.pos:end])
			}
		}
		s.pos = end
	}
	return marked
}

// lineKind is what a line is.
type lineKind int

const (
	lineNew       lineKind = iota // somebody wrote it in this mail, or it is part of the signature
	lineQuoted                    // quoted, or announces a quotation
	lineSignature                 // "-- "
	lineRest                      // from here on all is an earlier mail
)

// classify tells what the line at s.pos is; end is where it ends, for an
// announcement or a block of quoted lines where the last line ends.
func (s *quoteSplitter) classify(line string, next int) (kind lineKind, end int) {
	t := strings.Trim(line, blankSigns)
	if t == "" {
		return lineNew, next
	}
	switch c := t[0]; {
	case c == '>':
		return s.quotedBlock(next)
	case t == "--" && (line == "-- " || line == "--"), t == "—" && line == t:
		return lineSignature, next
	case s.forward:
		return lineNew, next
	case s.isSeparator(t, next):
		return lineRest, next
	}
	if _, ok := s.head(t); ok {
		return lineRest, next
	}
	if end := s.announcement(t, next); end > 0 {
		if quotesFollow(s.text[end:]) {
			s.announced = true
			return lineQuoted, end
		}
		if strings.TrimSpace(s.text[:s.pos]) == "" {
			s.answered = end
		}
		return lineRest, next
	}
	return lineNew, next
}

// head reads the header of an earlier mail that begins with the line t at s.pos.
// Where one was looked for in vain, none of its lines begins another.
func (s *quoteSplitter) head(t string) (h quotedHead, ok bool) {
	if s.pos < s.noHead {
		return h, false
	}
	if role, _ := label(t); role == labelNone {
		return h, false
	}
	h, ok = readQuotedHead(s.text, s.pos, false)
	if s.steps += h.looked; !ok {
		s.noHead = h.end
	}
	return h, ok
}

// isSeparator tells a line behind which an earlier mail stands: known words
// between dashes, or a rule above the header of one.
func (s *quoteSplitter) isSeparator(t string, next int) bool {
	if strings.HasSuffix(t, ":") && isForwardLine(t) {
		_, ok := readQuotedHead(s.text, next, true)
		s.passedOn = s.passedOn || ok
		return ok
	}
	words, rest, ok := separator(t)
	if !ok {
		return false
	}
	if words != "" {
		if beginsWith(words, quoteWords.forwarded) {
			s.passedOn = true
			return true
		}
		if beginsWith(words, quoteWords.original) {
			return true
		}
	}
	if rest != "" {
		h := quotedHead{}
		role, value := label(rest)
		h.take(role, value)
		return role != labelNone && h.complete(true)
	}
	_, ok = readQuotedHead(s.text, next, words != "")
	return ok
}

// quotedBlock takes all lines with ">" from s.pos on, and the empty ones between
// them. A single one that nothing announced is no quotation: it may be a prompt, a
// command or a diff. Apple Mail puts its announcement behind the ">" too.
func (s *quoteSplitter) quotedBlock(next int) (kind lineKind, end int) {
	lines := 1
	first, _ := nextLine(s.text, s.pos)
	end = next
	for next < len(s.text) {
		line, after := nextLine(s.text, next)
		line = strings.TrimLeft(line, " \t")
		if line != "" && line[0] != '>' {
			break
		}
		next = after
		if line != "" {
			lines++
			end = next
		}
	}
	first = strings.TrimLeft(first, "> ")
	if words, _, ok := separator(first); lines > 1 && (isForwardLine(first) || ok && beginsWith(words, quoteWords.forwarded)) {
		s.passedOn = true
	}
	s.announced = s.announced || lines > 1 && IsAttribution(first)
	if lines == 1 && !s.announced {
		return lineNew, end
	}
	return lineQuoted, end
}
