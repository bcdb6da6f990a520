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
	const longest = 1 << 20 // nobody writes that much; a log or a dump is not split
	if len(text) > longest {
		return strings.TrimSpace(text), "", "", true
	}
	s := quoteSplitter{text: text, forward: forward, wide: strings.Contains(text, "：")}
	marked := s.run()
	if marked {
		fresh = strings.TrimSpace(s.fresh.String())
	}
	if fresh == "" {
		fresh, s = strings.TrimSpace(text), quoteSplitter{}
		oldOnly = marked
	}
	oldOnly = oldOnly || IsDeviceLine(fresh)
	fresh, device := cutDevice(fresh)
	signature = strings.TrimSpace(device + "\n" + s.signature.String())
	return fresh, strings.TrimSpace(s.quoted.String()), signature, oldOnly
}

// cutDevice takes "Sent from my phone" from the end of the new words.
func cutDevice(fresh string) (words, device string) {
	const longest = 90
	i := strings.LastIndexByte(fresh, '\n')
	if i < 0 || len(fresh)-i > longest || !IsDeviceLine(fresh[i+1:]) {
		return fresh, ""
	}
	return strings.TrimSpace(fresh[:i]), fresh[i+1:]
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
}

// run fills the three builders. It returns false when the text has no mark of a
// quotation or signature; then all of it is new.
func (s *quoteSplitter) run() bool {
	marked := false
	for s.pos < len(s.text) {
		line, next := nextLine(s.text, s.pos)
		kind, end := s.classify(line, next)
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
	t := strings.TrimSpace(line)
	if t == "" {
		return lineNew, next
	}
	switch c := t[0]; {
	case c == '>':
		return s.quotedBlock(next)
	case t == "--" && (line == "-- " || line == "--"):
		return lineSignature, next
	case s.forward:
		return lineNew, next
	case c == '-' || c == '_' || c == '*' || c == '=':
		if isSeparator(t) || (isRule(t) && headerBlock(s.text[next:])) {
			return lineRest, next
		}
	}
	if headerBlock(s.text[s.pos:]) {
		return lineRest, next
	}
	if end := s.announcement(t, next); end > 0 {
		if quotesFollow(s.text[end:]) {
			s.announced = true
			return lineQuoted, end
		}
		return lineRest, next
	}
	return lineNew, next
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
	s.announced = s.announced || lines > 1 && IsAttribution(strings.TrimLeft(first, "> "))
	if lines == 1 && !s.announced {
		return lineNew, end
	}
	return lineQuoted, end
}

// announcement recognises "On Monday, X wrote:", which may be broken over three
// lines. It returns where it ends, 0 when t begins none.
func (s *quoteSplitter) announcement(t string, next int) int {
	if len(t) > longestAnnouncement || !s.colonSoon() || !startsAnnouncement(t) {
		return 0
	}
	end := next
	for range 3 {
		if endsAnnouncement(t) {
			return end
		}
		line, after := nextLine(s.text, min(end, len(s.text)))
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '>' || len(t)+len(line) > longestAnnouncement {
			return 0
		}
		t, end = t+" "+line, after
	}
	return 0
}

// longestAnnouncement is how many bytes an announcement may have.
const longestAnnouncement = 400

// colonSoon tells whether a line ends with a colon within the reach of an
// announcement. It looks at each byte of the text once.
func (s *quoteSplitter) colonSoon() bool {
	if s.colon < s.pos {
		s.colon = lastColon(s.text, s.pos)
	}
	return s.colon-s.pos <= longestAnnouncement || s.wide
}

// lastColon returns the end of the first colon at or after pos that is the last
// sign on its line; far behind the text's end when there is none.
func lastColon(text string, pos int) int {
	for {
		i := strings.IndexByte(text[pos:], ':')
		if i < 0 {
			return len(text) + longestAnnouncement + 1
		}
		pos += i + 1
		rest := strings.TrimLeft(text[pos:], "*_ \t\r")
		if rest = strings.TrimPrefix(rest, "\u00a0"); rest == "" || rest[0] == '\n' {
			return pos
		}
	}
}

// quotesFollow tells whether the next line that is not empty is quoted with ">".
func quotesFollow(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	return strings.HasPrefix(s, ">")
}

// isRule tells a line of dashes or underscores, or of words between dashes, as
// clients in every language draw them above an earlier mail's header.
func isRule(t string) bool {
	return len(t) >= 5 && (strings.Trim(t, "-_=* ") == "" || strings.HasPrefix(t, "--") && strings.HasSuffix(t, "--"))
}

// headerBlock tells whether s begins with the header of an earlier mail as
// Outlook and others repeat it: a line "From: …" and, within the six lines below,
// two of sent, to and subject.
func headerBlock(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	line, next := nextLine(s, 0)
	if label(line) != labelFrom {
		return false
	}
	var seen [labels]bool
	found := 0
	for i := 0; i < 6 && next < len(s); i++ {
		line, next = nextLine(s, next)
		if l := label(line); l > labelFrom && !seen[l] {
			seen[l] = true
			found++
		}
	}
	return found >= 2
}
