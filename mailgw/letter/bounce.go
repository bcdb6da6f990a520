package letter

import (
	"bytes"
	"slices"
	"strings"

	"supportgw/threading"
)

// maxBounceRecipients is how many recipients of one report are read.
const maxBounceRecipients = 500

// readBounce reads what a delivery report says: from its machine-readable part
// (RFC 3464 §2) when there is one, else from X-Failed-Recipients and the text.
func readBounce(w *walker) *BounceInfo {
	b := &BounceInfo{OriginalMessageID: originalID(w)}
	if w.status != nil {
		b.Recipients = readStatus(w.status, w.lim.HeaderBytes)
	}
	poor := func(r BounceRecipient) bool { return unexplained(r) || !isAddress(r.Address) }
	if len(b.Recipients) > 0 && !slices.ContainsFunc(b.Recipients, poor) {
		return b
	}
	p := readProse(w.mail.Text)
	if len(b.Recipients) == 0 && p.status != nil {
		b.Recipients = readStatus(p.status, w.lim.HeaderBytes)
	}
	if len(b.Recipients) == 0 {
		guessed := false
		b.Recipients, guessed = p.proseRecipients(w.mail, w.returned, ParseAddresses(capped(w.mail.Header.Get("X-Failed-Recipients"))))
		if guessed {
			if inner := w.reportBelow(p); inner != nil {
				return inner
			}
		}
	}
	p.nameRecipients(b.Recipients, w)
	for i := range b.Recipients {
		if r := &b.Recipients[i]; unexplained(*r) {
			p.explain(r)
		}
	}
	return b
}

// nameRecipients gives recipients whose field holds no address ("/var/mail/x", a
// host) those that the text names besides, when there are as many.
func (p *prose) nameRecipients(rs []BounceRecipient, w *walker) {
	found := p.recipients(w.returned, slices.Concat(w.mail.From, w.mail.To, w.mail.Cc))
	bad := 0
	for _, r := range rs {
		if !isAddress(r.Address) {
			bad++
		}
		found = slices.DeleteFunc(found, func(c candidate) bool { return strings.EqualFold(c.addr, r.Address) })
	}
	if bad != len(found) {
		return
	}
	for i := range rs {
		if !isAddress(rs[i].Address) {
			rs[i].Address, found = found[0].addr, found[1:]
		}
	}
}

// isAddress tells "local@domain".
func isAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && strings.IndexByte(s, ' ') < 0
}

// reportBelow reads the report that is passed on in a report which itself names
// nobody; nil when there is none. It goes no deeper, so the work is bounded.
func (w *walker) reportBelow(p *prose) *BounceInfo {
	raw := w.attached
	if raw == nil {
		raw = []byte(p.below)
	}
	inner := walker{lim: w.lim, mail: &Mail{}, sum: newSummer(), topCharset: w.topCharset}
	h, at := readHeader(raw, w.lim.HeaderBytes, func(string) {})
	inner.mail.Header = h
	inner.mail.readFields(&inner)
	if c := (classifier{mail: inner.mail, header: h}); !c.daemon() {
		return nil
	}
	inner.mail.setText(inner.walk(inner.newPart(h, raw[at:], 0)), nil)
	b := &BounceInfo{OriginalMessageID: originalID(&inner)}
	if inner.status != nil {
		b.Recipients = readStatus(inner.status, w.lim.HeaderBytes)
	} else {
		b.Recipients, _ = readProse(inner.mail.Text).proseRecipients(inner.mail, inner.returned, nil)
	}
	if len(b.Recipients) == 0 {
		return nil
	}
	return b
}

// unexplained tells a recipient whose machine-readable part does not say why.
func unexplained(r BounceRecipient) bool {
	return r.Action == "failed" && r.Diagnostic == "" && (r.Status == "" || strings.HasSuffix(r.Status, ".0.0"))
}

// originalID returns the Message-ID of the mail that bounced: from the returned
// mail or header, else from a line of the text.
func originalID(w *walker) string {
	if ids := threading.ScanIDs(capped(w.returned.Get("Message-ID"))); len(ids) > 0 {
		return ids[0]
	}
	text := w.mail.Text
	const far = 256 << 10
	for line := range strings.Lines(text[:min(len(text), far)]) {
		line = strings.TrimLeft(line, "> \t")
		if len(line) > 11 && strings.EqualFold(line[:11], "message-id:") {
			if ids := threading.ScanIDs(capped(line[11:])); len(ids) > 0 {
				return ids[0]
			}
		}
	}
	return ""
}

// readStatus reads the groups of fields of a message/delivery-status part: the
// first is about the message, each other one about a recipient.
// RFC 3464 §2.1: groups are separated by empty lines. Some senders leave the
// first group or an empty line out, so a group with a recipient counts anywhere.
func readStatus(body []byte, limit int) []BounceRecipient {
	s := statusReader{limit: limit}
	return s.run(body)
}

// statusReader reads one such part.
type statusReader struct {
	limit int // bytes of one group
	steps int // bytes that were looked at, for the tests
}

func (s *statusReader) run(body []byte) []BounceRecipient {
	var rs []BounceRecipient
	body = bytes.TrimLeft(body, "\n")
	for len(body) > 0 && len(rs) < maxBounceRecipients {
		end, behind := headerEnd(body)
		r := headerReader{text: string(body[:min(end, s.limit)]), body: behind, note: func(string) {}}
		h, at := r.run()
		if s.steps += end + r.steps; at == 0 {
			break
		}
		body = bytes.TrimLeft(body[at:], "\n")
		if h.Has("Final-Recipient") || h.Has("Original-Recipient") {
			rs = append(rs, readRecipients(h)...)
			continue
		}
		if len(rs) > 0 {
			addMissing(&rs[len(rs)-1], h)
		}
	}
	return rs
}

// readRecipients reads one group. When the empty line between two recipients is
// missing, each Final-Recipient begins a new one.
func readRecipients(h Header) []BounceRecipient {
	var rs []BounceRecipient
	from := 0
	for i := 1; i <= len(h.fields); i++ {
		if i < len(h.fields) && !(strings.EqualFold(h.fields[i].name, "Final-Recipient") && (Header{h.fields[from:i]}).Has("Final-Recipient")) {
			continue
		}
		rs = append(rs, readRecipient(Header{h.fields[from:i]}))
		from = i
	}
	return rs[:min(len(rs), maxBounceRecipients)]
}

// readRecipient reads the fields of one recipient (RFC 3464 §2.3).
func readRecipient(h Header) BounceRecipient {
	r := BounceRecipient{
		Address:    typedAddress(h.Get("Final-Recipient")),
		Action:     keyword(h.Get("Action")),
		Status:     statusCode(h.Get("Status")),
		Diagnostic: capped(afterType(h.Text("Diagnostic-Code"))),
	}
	// Original-Recipient is what we sent to; a forwarding in between changes the other.
	if a := typedAddress(h.Get("Original-Recipient")); a != "" {
		r.Address = a
	}
	if s := findStatus(r.Diagnostic); s != "" && (r.Status == "" || strings.HasSuffix(r.Status, ".0.0")) {
		r.Status = s
	}
	r.Permanent = permanent(r)
	return r
}

// addMissing fills a recipient from a group that belongs to it but was cut off.
func addMissing(r *BounceRecipient, h Header) {
	more := readRecipient(h)
	if r.Action == "" {
		r.Action = more.Action
	}
	if r.Status == "" {
		r.Status = more.Status
	}
	if r.Diagnostic == "" {
		r.Diagnostic = more.Diagnostic
	}
	r.Permanent = permanent(*r)
}

// permanent tells whether nobody will try again. RFC 3464 §2.3.3: "failed" is
// final for this mail; its status says whether the address is bad for good
// (RFC 3463 §3.1: class 5) or only was out of order (class 4).
func permanent(r BounceRecipient) bool {
	switch {
	case r.Action != "" && r.Action != "failed":
		return false
	case strings.HasPrefix(r.Status, "5"):
		return true
	case strings.HasPrefix(r.Status, "4"), strings.HasPrefix(r.Status, "2"):
		return false
	}
	return r.Action == "failed"
}

// typedAddress reads "rfc822; a@b".
func typedAddress(v string) string {
	v = afterType(v)
	if a := ParseAddress(v); a.Addr != "" {
		return a.Addr
	}
	return capped(strings.Trim(v, "<> "))
}

// afterType drops the type before the semicolon: "smtp; 550 …".
func afterType(v string) string {
	kind, rest, ok := strings.Cut(v, ";")
	if !ok || strings.ContainsAny(strings.TrimSpace(kind), " <>@") {
		return strings.TrimSpace(v)
	}
	return strings.TrimSpace(rest)
}

// statusCode returns the enhanced code at the start of v.
func statusCode(v string) string {
	if s := findStatus(v); s != "" && strings.HasPrefix(strings.TrimSpace(v), s) {
		return s
	}
	return ""
}

// findStatus returns the first enhanced code (RFC 3463 §2) in s: 2, 4 or 5 and two
// numbers of at most three digits, with dots between, standing alone.
func findStatus(s string) string {
	start, end := nextStatus(s, 0)
	return s[max(start, 0):end]
}

// nextStatus returns where such a code lies at or after from; start is -1 and end 0
// when there is none.
func nextStatus(s string, from int) (start, end int) {
	for i := from; i+4 < len(s); i++ {
		if (s[i] != '2' && s[i] != '4' && s[i] != '5') || (i > 0 && inCode(s[i-1])) {
			continue
		}
		j, ok := i+1, true
		for range 2 {
			if ok = ok && j < len(s) && s[j] == '.'; !ok {
				break
			}
			start := j + 1
			for j = start; j < len(s) && j-start < 3 && '0' <= s[j] && s[j] <= '9'; j++ {
			}
			ok = j > start
		}
		// A dot behind it ends a sentence, unless it goes on like an IP address.
		rest := strings.TrimPrefix(s[j:], ".")
		if ok && (rest == "" || !inCode(rest[0])) {
			return i, j
		}
	}
	return -1, 0
}

// failureStatus is findStatus for what went wrong: class 4 or 5.
func failureStatus(s string) string {
	for from := 0; ; {
		start, end := nextStatus(s, from)
		if start < 0 {
			return ""
		}
		if s[start] != '2' {
			return s[start:end]
		}
		from = end
	}
}

// inCode tells what cannot stand beside a code.
func inCode(c byte) bool { return '0' <= c && c <= '9' || c == '.' || isLetter(c) }
