package letter

import (
	"strings"
	"time"
)

// How sure it is that a mail is passed on and that its author was read right, in
// percent.
const (
	sureAttached     = 95 // it is attached as a mail
	sureMarked       = 90 // a line says that a mail is passed on, and its header stands below
	sureHeader       = 75 // the subject says so, and a header stands in the text
	sureAnnouncement = 60 // the subject says so, and "X wrote:" stands in the text
	lessNameOnly     = 20 // taken away when the author has no address
)

// readForwarded finds the mail that this one passes on: attached, or in the text.
// A subject says so, too; but many clients leave it when such a mail is answered. So
// "X wrote:" counts only in a mail that answers none.
func (m *Mail) readForwarded(w *walker) {
	if m.Kind != Person {
		return
	}
	if f := w.attachedMail(); f != nil {
		m.Forwarded = f
		return
	}
	for _, span := range m.Split {
		if span.Kind != SpanForwarded {
			continue
		}
		text := m.Text[span.Start:span.End]
		f, _ := forwardedIn(text, m.passing() == passesFresh, m.Date.Location())
		if f == nil {
			f = m.forwardedByForm(text)
		}
		if f != nil {
			if f.Subject == "" && m.passing() != passesNone {
				f.Subject = withoutMark(m.Subject)
			}
			m.Forwarded = f
			return
		}
	}
}

// forwardedByForm reads the mail whose header begins a text and is one by its form.
func (m *Mail) forwardedByForm(text string) *Forwarded {
	s := quoteSplitter{text: text, topic: topicOf(m.Subject)}
	line, _ := nextLine(text, 0)
	h, ok := s.formHead(trimmedBlanks(line))
	if !ok {
		return nil
	}
	return h.forwarded(text, sureHeader, m.Date.Location())
}

// attachedMail reads the first mail that is attached; nil when there is none.
func (w *walker) attachedMail() *Forwarded {
	whole := false
	for _, t := range w.types {
		whole = whole || t.media == "message/rfc822" || t.media == "message/global"
	}
	if !whole || w.attached == nil {
		return nil
	}
	lim := w.lim
	lim.Parts = max(1, lim.Parts-w.parts)
	lim.DecodedBytes = max(1, lim.DecodedBytes-w.decoded)
	inner := &Mail{}
	v := walker{lim: lim, mail: inner, sum: newSummer()}
	h, body := readHeader(w.attached, lim.HeaderBytes, v.note)
	inner.Header = h
	top := v.newPart(h, w.attached[body:], 0)
	inner.readFields(&v)
	inner.setText(v.walk(top), v.pictures)
	if len(inner.From) == 0 && inner.Subject == "" {
		return nil
	}
	return &Forwarded{From: inner.Author(), Subject: inner.Subject, Date: inner.Date, Text: strings.TrimSpace(inner.Text), Confidence: sureAttached}
}

// forwardedIn finds the first earlier mail that a text repeats: behind a line that
// says that it is passed on, behind a header in plain words, or, when announced is
// true, behind "X wrote:". Times without a zone are in loc. work is how many bytes
// were looked at.
func forwardedIn(text string, announced bool, loc *time.Location) (f *Forwarded, work int) {
	s := quoteSplitter{text: text, wide: strings.Contains(text, "：")}
	for s.pos < len(text) {
		line, next := nextLine(text, s.pos)
		t := strings.TrimRight(strings.TrimLeft(line, ">"+blankSigns), blankSigns)
		if t != "" {
			if f := s.forwardedAt(t, next, announced, loc); f != nil {
				return f, s.steps
			}
		}
		s.steps += next - s.pos
		s.pos = next
	}
	return nil, s.steps
}

// forwardedAt reads the mail that begins with the line t at s.pos; nil when none
// does.
func (s *quoteSplitter) forwardedAt(t string, next int, announced bool, loc *time.Location) *Forwarded {
	if words, rest, ok := separator(t); ok && (words != "" || rest == "") {
		if rest != "" { // the header stands on the same line
			h := quotedHead{end: next}
			role, value := label(rest)
			h.take(role, value)
			s.steps += h.looked
			if role == labelNone || !h.complete(true) {
				return nil
			}
			return h.forwarded(s.text, sureMarked, loc)
		}
		if h, ok := s.readHead(next, words != ""); ok {
			return h.forwarded(s.text, sureWords(words), loc)
		}
		if quoteWords.forwarded.open(words) {
			return s.announcedBelow(next, loc)
		}
		return nil
	}
	if isForwardLine(t) {
		if h, ok := s.readHead(next, true); ok {
			return h.forwarded(s.text, sureMarked, loc)
		}
		return nil
	}
	if h, ok := s.head(t); ok {
		return h.forwarded(s.text, sureHeader, loc)
	}
	if !announced {
		return nil
	}
	if end := s.announcement(t, next); end > 0 {
		return announcedMail(s.text[s.pos:end], s.text[end:], loc)
	}
	return nil
}

// announcedBelow reads the mail that an announcement in the first line at or behind
// pos begins, as some programs write below "Forwarded message"; nil when there is none.
func (s *quoteSplitter) announcedBelow(pos int, loc *time.Location) *Forwarded {
	rest := strings.TrimLeft(s.text[pos:], blankSigns+"\n")
	line, _ := nextLine(rest, 0)
	s.steps += len(s.text) - pos - len(rest) + len(line)
	if len(line) > longestAnnouncement || !strings.Contains(line, "@") || !endsAnnouncement(visible(line)) {
		return nil
	}
	return announcedMail(line, rest[len(line):], loc)
}

// sureWords is how sure a header is behind a line with these words.
func sureWords(words string) int {
	if quoteWords.forwarded.open(words) {
		return sureMarked
	}
	return sureHeader
}

// forwarded makes the mail of its header.
func (h *quotedHead) forwarded(text string, sure int, loc *time.Location) *Forwarded {
	f := &Forwarded{From: quotedAuthor(h.from), Subject: cleanLine(strings.TrimSpace(h.subject)), Confidence: sure}
	f.Date = quotedDate(h.sent, loc)
	f.Text = unquoted(text[h.end:])
	if f.From.Addr == "" {
		f.Confidence -= lessNameOnly
	}
	return f
}

// announcedMail makes the mail of "On Monday, X <x@example.com> wrote:" and what
// stands below.
func announcedMail(line, below string, loc *time.Location) *Forwarded {
	line = visible(strings.Join(strings.Fields(strings.ReplaceAll(line, "\n>", "\n")), " "))
	f := &Forwarded{From: quotedAuthor(line), Date: quotedDate(line, loc), Text: unquoted(below), Confidence: sureAnnouncement}
	if f.From.Addr == "" { // which of the words is the name cannot be told
		f.From, f.Confidence = Address{}, f.Confidence-lessNameOnly
		return f
	}
	f.From.Name = announcedName(f.From.Name)
	return f
}

// announcedName takes the name from the words between the date and the address:
// what stands behind the last comma, digit or verb.
func announcedName(s string) string {
	if i := strings.LastIndexAny(s, "0123456789,:\"“„«"); i >= 0 {
		s = s[i:]
	}
	words := strings.Fields(strings.Trim(s, "0123456789,:\"“”„« "))
	for len(words) > 0 && (quoteWords.wrote.open(words[0]) || quoteWords.on[strings.ToLower(words[0])] || verbsBefore[strings.ToLower(words[0])]) {
		words = words[1:]
	}
	return cleanLine(strings.Join(words, " "))
}

// verbsBefore stand between a date and a name, where a language puts them.
var verbsBefore = makeSet("heeft użytkownik пользователь korisnik odesílatel ο χρήστης от від user am pm uhr utente usuario")

// unquoted takes one level of ">" from a text that begins with one.
func unquoted(s string) string {
	s = strings.Trim(s, blankSigns+"\n")
	if !strings.HasPrefix(s, ">") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for line := range strings.Lines(s) {
		if rest, ok := strings.CutPrefix(strings.TrimLeft(line, " \t"), ">"); ok {
			line = strings.TrimPrefix(rest, " ")
		}
		b.WriteString(line)
	}
	return strings.Trim(b.String(), blankSigns+"\n")
}

// withoutMark takes "Fwd:" from a subject.
func withoutMark(subject string) string {
	if i := strings.IndexAny(subject, ":："); i >= 0 {
		return strings.TrimLeft(subject[i:], ":： \t")
	}
	return subject
}

// Author returns who wrote the mail as "Name <addr>", or what of it is known; ""
// for nobody.
func (f *Forwarded) Author() string {
	if f.From.Addr == "" {
		return f.From.Name
	}
	return f.From.String()
}
