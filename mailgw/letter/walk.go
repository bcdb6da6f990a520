package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"supportgw/mailgw/ticket"
)

// walker reads the parts of one mail. It counts its work against the limits.
type walker struct {
	lim     Limits
	mail    *Mail
	raw     []byte // all of the mail
	sum     summer
	parts   int
	decoded int64
	scratch []byte // reused for what is only hashed

	reportType string      // of the outermost multipart/report
	status     []byte      // the first message/delivery-status
	returned   Header      // header of the first mail that is attached
	calendar   string      // method of the first text/calendar part
	attached   []byte      // the first attached mail
	topCharset string      // charset of the top Content-Type: a hint for raw 8-bit headers
	types      []partTypes // of all leaves, for the classifier
	typesBuf   [4]partTypes
	files      *collector        // nil when nobody asks for them
	pictures   map[string]string // Content-ID to file name, see htmlText
	signed     bool              // an opaque-signed part was opened
}

// partTypes is what the classifier asks about a part.
type partTypes struct{ media, name string }

// block is a readable piece of the body: plain text, or HTML that is turned into
// text only when nobody wrote the same as plain text.
type block struct {
	plain  string
	html   string // of a plain text: what stands beside it, see htmlSource
	named  bool   // it has a file name: text only if there is no other
	isHTML bool
}

// part is one MIME entity.
type part struct {
	header      Header
	media       mediaType
	disposition mediaType
	encoding    string
	body        []byte
	depth       int
	digest      bool // child of a multipart/digest
}

// note adds a problem, each once.
func (w *walker) note(problem string) {
	for _, p := range w.mail.Problems {
		if p == problem {
			return
		}
	}
	const many = 30
	if len(w.mail.Problems) < many {
		w.mail.Problems = append(w.mail.Problems, problem)
	}
}

// newPart reads the fields that say what a part is.
func (w *walker) newPart(h Header, body []byte, depth int) part {
	p := part{header: h, body: body, depth: depth}
	if v := h.raw("Content-Type"); v != "" {
		p.media = parseMediaType(v)
		p.media.value = wholeType(p.media.value)
	}
	if v := h.raw("Content-Disposition"); v != "" {
		p.disposition = parseMediaType(v)
	}
	if v := h.raw("Content-Transfer-Encoding"); v != "" {
		known := false
		if p.encoding, known = transferEncoding(v); !known {
			w.note("unknown transfer encoding " + short(unfold(v)) + ": read as it came")
		}
	}
	return p
}

// wholeType completes a media type that lost its half.
// RFC 2045 §5.2: what is no media type is plain text.
func wholeType(value string) string {
	switch {
	case value == "" || strings.Contains(value, "/"):
		return value
	case value == "multipart":
		return "multipart/mixed"
	case value == "html":
		return "text/html"
	}
	return "text/plain"
}

// short cuts what a mail says before it is quoted in a problem.
func short(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return strconv.Quote(s)
}

// walk reads p and everything in it, and returns what of it is readable.
func (w *walker) walk(p part) []block {
	if w.parts++; w.parts > w.lim.Parts {
		w.note("too many parts: the rest was not read")
		w.sum.raw(p.body)
		return nil
	}
	if p.media.value == "" && p.depth == 0 && beginsWithPart(p.body) {
		w.note("parts without a Content-Type of the whole: read as a multipart")
		p.media.value = "multipart/mixed"
	}
	switch {
	case strings.HasPrefix(p.media.value, "multipart/") && p.depth < w.lim.Depth:
		return w.multipart(p)
	case strings.HasPrefix(p.media.value, "multipart/"):
		w.note("nested too deep: inner parts were not opened")
		w.sum.raw(p.body)
		return nil
	}
	return w.leaf(p)
}

// multipart reads the children of p.
func (w *walker) multipart(p part) []block {
	subtype := p.media.value[len("multipart/"):]
	if subtype == "report" && w.reportType == "" {
		w.reportType = strings.ToLower(p.media.get("report-type"))
	}
	// RFC 2045 §6.4: a multipart must not be encoded. Some are.
	if p.encoding == "base64" || p.encoding == "quoted-printable" {
		if body := w.decode(p); bytes.Contains(body, []byte("--")) {
			p.body = body
			w.note("encoded multipart: decoded")
		}
	}
	boundary := p.media.get("boundary")
	s := splitter{body: p.body, boundary: boundary}
	if boundary == "" || !s.found() {
		s.boundary = guessBoundary(p.body)
		if s.boundary == "" {
			w.note("multipart without parts: read as text")
			p.media.value = "text/plain"
			return w.leaf(p)
		}
		w.note("multipart without its boundary: the boundary was guessed")
	}
	var all, plain []block
	for {
		raw, ok := s.next()
		if !ok {
			break
		}
		h, at := readHeader(raw, w.lim.HeaderBytes, w.note)
		child := w.newPart(h, raw[at:], p.depth+1)
		child.digest = subtype == "digest"
		got := w.walk(child)
		all = append(all, got...)
		if subtype == "alternative" {
			for _, b := range got {
				if strings.TrimSpace(b.plain) != "" {
					plain = append(plain, b)
				}
			}
		}
		if w.parts > w.lim.Parts {
			w.sum.raw(s.rest())
			break
		}
	}
	if !s.closed {
		w.note("multipart without its end: read to the end of the mail")
	}
	switch {
	case len(plain) == 0:
		return all
	case len(plain) == 1 && isStub(plain[0].plain, all):
		return all
	case len(plain) == 1:
		plain[0] = beside(plain[0], all)
	}
	return plain
}

// leaf reads a part that holds no parts: text, a file, or an attached mail.
func (w *walker) leaf(p part) (blocks []block) {
	media := p.media.value
	switch {
	case media == "" && p.digest: // RFC 2046 §5.1.5
		media = "message/rfc822"
	case media == "" || media == "text":
		media = "text/plain"
	}
	given := p.fileName(w.topCharset)
	name := cleanFileName(given)
	if w.types == nil {
		w.types = w.typesBuf[:0]
	}
	w.types = append(w.types, partTypes{media, name})
	w.picture(p, media, name)
	attachment := given != "" || p.disposition.value == "attachment" || media == "message/rfc822" || media == "message/global"
	w.body(p, media, attachment)
	if isTNEF(media, name) {
		if blocks, done := w.tnef(p, media); done {
			return blocks
		}
	}
	if media == "application/pgp-encrypted" { // RFC 3156 §4
		w.closed("PGP")
	}
	if isSMIME(media, name) && !w.signed {
		w.signed = true // one in a mail: each is decoded twice
		defer func() { blocks = append(blocks, w.opaque(p)...) }()
	}
	if w.files != nil {
		w.files.take(w, p, media, name, attachment)
		return nil
	}
	text := strings.HasPrefix(media, "text/") || strings.HasPrefix(media, "message/")
	if !text {
		w.file(p, media, name, attachment)
		return nil
	}
	whole := !w.tooMuch(p)
	body := w.decode(p)
	if attachment {
		w.attach(name, media, body, whole)
	}
	body = w.sum.text(body)
	switch media {
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
		if w.attached == nil && len(body) > 0 {
			w.attached = body
			w.returned, _ = readHeader(body, w.lim.HeaderBytes, func(string) {})
		}
		return nil
	case "message/delivery-status", "message/global-delivery-status":
		if w.status == nil {
			w.status = body
		}
		return nil
	case "text/calendar":
		if w.calendar == "" {
			w.calendar = calendarMethod(p, body)
		}
		return nil
	}
	// A mail that is nothing but a text is read, whatever it is called.
	if (p.disposition.value == "attachment" && p.depth > 0) || strings.HasPrefix(media, "message/") || notWords[media] {
		return nil
	}
	if isBinary(body, p.media.get("charset")) {
		w.note("a text that is binary: not shown")
		return nil
	}
	if media == "text/plain" {
		body = w.uuencoded(body)
	}
	return []block{w.readable(p, media, name, body)}
}

// file hashes a part that is no text, and lists it when it is an attachment.
func (w *walker) file(p part, media, name string, attachment bool) {
	a := ticket.Attachment{Name: name, Type: media}
	switch whole := !w.tooMuch(p); {
	case p.encoding != "base64" || !whole:
		body := w.decode(p)
		w.sum.data(body)
		a = describe(name, media, body, whole && attachment)
	default:
		content := sha256.New()
		var d base64Decoder
		const chunk = 16 << 10
		if w.scratch == nil {
			w.scratch = make([]byte, 0, min(chunk, len(p.body))/4*3+3)
		}
		for src := p.body; ; {
			n := min(chunk, len(src))
			w.scratch = d.decode(w.scratch[:0], src[:n])
			if src = src[n:]; len(src) == 0 {
				w.scratch = d.finish(w.scratch)
			}
			a.Size += len(w.scratch)
			w.sum.data(w.scratch)
			if attachment {
				content.Write(w.scratch)
			}
			if len(src) == 0 {
				break
			}
		}
		w.decoded += int64(a.Size)
		w.base64Problem(d)
		a.SHA256 = hex.EncodeToString(content.Sum(nil))
	}
	w.sum.end()
	if attachment {
		w.mail.Attachments = append(w.mail.Attachments, a)
	} else {
		w.mail.unnamed = w.mail.unnamed || !signatureTypes[media]
	}
}

// attach lists an attachment.
func (w *walker) attach(name, media string, content []byte, whole bool) {
	w.mail.Attachments = append(w.mail.Attachments, describe(name, media, content, whole))
}

// describe tells what a file is; what could not be decoded has no hash.
func describe(name, media string, content []byte, whole bool) ticket.Attachment {
	a := ticket.Attachment{Name: name, Type: media, Size: len(content)}
	if whole {
		s := sha256.Sum256(content)
		a.SHA256 = hex.EncodeToString(s[:])
	}
	return a
}

// tooMuch reports whether a part would pass the limit of what is decoded.
func (w *walker) tooMuch(p part) bool {
	return p.encoding != "" && w.decoded+int64(len(p.body))*3/4 > w.lim.DecodedBytes
}

// decode undoes the transfer encoding. Past the limit the bytes stay encoded.
func (w *walker) decode(p part) []byte {
	if p.encoding == "" {
		w.decoded += int64(len(p.body))
		return p.body
	}
	if w.tooMuch(p) {
		w.note("too much to decode: the rest was not decoded")
		return p.body
	}
	body := p.body
	switch p.encoding {
	case "quoted-printable":
		body = decodeQP(p.body)
	case "base64":
		if strings.HasPrefix(p.media.value, "text/") || p.media.value == "" {
			var problem string
			if body, problem = decodeBase64Text(p.body); problem != "" {
				w.note(problem)
			}
			break
		}
		var d base64Decoder
		body = d.finish(d.decode(make([]byte, 0, len(p.body)/4*3+3), p.body))
		w.base64Problem(d)
	case "uuencode":
		if out := decodeUU(p.body); len(out) > 0 {
			body = out
		}
	}
	w.decoded += int64(len(body))
	return body
}

// strayInBase64 is said of characters that are no base64.
// RFC 2045 §6.8: they must be ignored.
const strayInBase64 = "stray characters in base64: skipped"

// base64Problem notes what the decoder skipped.
func (w *walker) base64Problem(d base64Decoder) {
	if d.junk > 0 {
		w.note(strayInBase64)
	}
}

// fileName returns the part's file name as the sender gave it: of the disposition, else of the type; at
// last also where senders mixed up the two words.
func (p part) fileName(hint string) string {
	for _, at := range [...]struct {
		in   mediaType
		name string
	}{{p.disposition, "filename"}, {p.media, "name"}, {p.disposition, "name"}, {p.media, "filename"}, {p.media, "file"}} {
		if name := at.in.text(at.name, hint); name != "" {
			return name
		}
	}
	return ""
}

// calendarMethod returns the method of an iCalendar part: of its type, else of
// its text (RFC 5546 §1.4), in lower case.
func calendarMethod(p part, body []byte) string {
	if m := p.media.get("method"); m != "" {
		return strings.ToLower(m)
	}
	for line := range bytes.Lines(body[:min(len(body), 4<<10)]) {
		if v, ok := bytes.CutPrefix(bytes.ToLower(line), []byte("method:")); ok {
			return string(bytes.TrimSpace(v))
		}
	}
	return "none"
}

// cleanText drops NUL and other control characters that no text has.
func cleanText(s string) string {
	i := 0
	for i < len(s) && !badInText[s[i]] {
		i++
	}
	if i == len(s) {
		return s
	}
	out := append(make([]byte, 0, len(s)), s[:i]...)
	for ; i < len(s); i++ {
		if !badInText[s[i]] {
			out = append(out, s[i])
		}
	}
	return string(out)
}

// badInText marks control characters other than tab, line feed and form feed.
var badInText = makeBadInText()

func makeBadInText() (bad [256]bool) {
	for c := range byte(' ') {
		bad[c] = c != '\n' && c != '\t' && c != '\f'
	}
	bad[0x7f] = true
	return bad
}
