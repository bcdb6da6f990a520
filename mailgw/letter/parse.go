package letter

import (
	"cmp"
	"crypto/sha256"
	"strings"

	"supportgw/threading"
)

// Parse reads a mail. raw is all of it, header and body, with any line ends;
// reversePath is the envelope's sender without brackets, "" for the null one
// (which headers cannot tell). It returns a Mail for every input.
func Parse(raw []byte, reversePath string, lim Limits) *Mail {
	return guard(raw, reversePath, func() *Mail { return read(raw, reversePath, lim) })
}

// problemPanic is what a Mail says when reading it went wrong in us.
const problemPanic = "a defect of ours: the mail was not read, its text is shown as it came"

// guard turns a panic into a Mail that shows the raw text: a defect here costs a
// mail its nice form, not its life. Tests and fuzzing look for problemPanic.
func guard(raw []byte, reversePath string, read func() *Mail) (m *Mail) {
	defer func() {
		if recover() == nil {
			return
		}
		const enough = 64 << 10
		text := cleanText(textOf(normalLines(raw[:min(len(raw), enough)]), ""))
		m = &Mail{Kind: Person, Text: text, NewText: strings.TrimSpace(text), Problems: []string{problemPanic}, Hash: sha256.Sum256(raw)}
		if text != "" {
			m.Split = []Span{{0, len(text), SpanNew}}
		}
		if reversePath == "" {
			m.Kind, m.Reasons = AutoReply, []string{"null reverse path"}
		}
	}()
	return read()
}

// read is Parse without the net.
func read(raw []byte, reversePath string, lim Limits) *Mail {
	m := &Mail{Kind: Person}
	w := walker{lim: lim.orDefault(), mail: m, raw: raw, sum: newSummer()}
	raw = mailStart(raw, w.note)
	h, body := readHeader(raw, w.lim.HeaderBytes, w.note)
	m.Header = h
	top := w.newPart(h, raw[body:], 0)
	if cs := cleanCharset(top.media.get("charset")); lookupCharset(cs) != nil {
		w.topCharset = cs
	}
	m.readFields(&w)
	w.sum.raw([]byte(m.Subject))
	m.setText(w.walk(top), w.pictures)
	if strings.HasPrefix(m.Text, armourMessage) || strings.Contains(m.Text, "\n"+armourMessage) {
		w.closed("PGP")
	}
	m.Hash = w.sum.sum()
	m.setSplit()
	classify(m, &w, reversePath)
	m.readForwarded(&w)
	m.Language = language(h.Get("Content-Language"), cmp.Or(m.NewText, m.Matter()))
	if m.Kind == Person && !m.OldOnly {
		m.Phones = phones(m.Author().Addr, m.NewText, m.Signature)
	}
	return m
}

// readFields fills in what the header says.
func (m *Mail) readFields(w *walker) {
	h := m.Header
	m.From = m.addresses(w, "From")
	m.Sender = m.addresses(w, "Sender")
	m.ReplyTo = m.addresses(w, "Reply-To")
	m.To = m.addresses(w, "To")
	m.Cc = m.addresses(w, "Cc")
	// RFC 5322 §3.6: From stands once.
	if h.count("From") > 1 {
		w.note("more than one From field: the first was read")
	}
	if len(m.From) == 0 {
		if h.Has("From") {
			w.note("no address in From")
		} else {
			w.note("no From field")
		}
	}
	m.Subject = decodeWords(capped(h.raw("Subject")), w.topCharset)
	if ids := threading.ScanIDs(capped(h.Get("Message-ID"))); len(ids) > 0 {
		m.MessageID = ids[0]
	}
	m.InReplyTo = threading.ScanIDs(lastIDs(h.Get("In-Reply-To")))
	m.References = threading.ScanIDs(lastIDs(h.Get("References")))
	m.Received = h.count("Received")
	if v := h.raw("Date"); v != "" {
		if m.Date, m.HasZone = parseDate(v); m.Date.IsZero() {
			w.note("Date is not readable")
		}
	}
}

// addresses reads a field of addresses. From and Sender are read once; the fields
// of recipients are often there twice, and each counts.
func (m *Mail) addresses(w *walker, name string) []Address {
	var as []Address
	h := m.Header
	for i := h.find(name, 0); i >= 0; i = h.find(name, i+1) {
		got, rest := parseAddresses(h.fields[i].value, w.lim.Addresses-len(as), w.topCharset)
		as = append(as, got...)
		if rest {
			w.note(name + " too long: only its beginning was read")
		}
		if rest || ((name == "From" || name == "Sender") && len(as) > 0) {
			break
		}
	}
	return as
}

// capped cuts a value at what one field may hold.
func capped(v string) string { return v[:min(len(v), maxFieldBytes)] }

// lastIDs cuts a long list of message ids at its front: the last ones are the
// nearest ancestors.
func lastIDs(v string) string { return v[max(0, len(v)-maxFieldBytes):] }

// setText joins the readable blocks. Blocks with a file name count only when
// nothing else is to be read.
func (m *Mail) setText(blocks []block, pictures map[string]string) {
	text, named := joinBlocks(blocks, false, pictures), false
	if text == "" {
		text, named = joinBlocks(blocks, true, pictures), true
	}
	m.Text, m.source = text, sourceOf(blocks, named, pictures)
}

// joinBlocks returns the text of all blocks that are (not) named.
func joinBlocks(blocks []block, named bool, pictures map[string]string) string {
	text := ""
	var b strings.Builder
	for _, bl := range blocks {
		if bl.named != named {
			continue
		}
		s := bl.plain
		if bl.isHTML {
			s = htmlText(bl.html, pictures)
		}
		if strings.TrimSpace(s) == "" {
			continue
		}
		if text == "" {
			text = s
			continue
		}
		if b.Len() == 0 {
			b.WriteString(text)
		}
		b.WriteString("\n")
		b.WriteString(s)
	}
	if b.Len() > 0 {
		return b.String()
	}
	return text
}
