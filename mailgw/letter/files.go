package letter

import (
	"bytes"
	"strings"

	"supportgw/threading"
)

// File is one file of a mail: an attachment, or a picture that stands in the
// HTML.
type File struct {
	Name      string // as the sender gave it, cleaned: to be shown, never a path; "" when the part has none
	Type      string // media type in lower case, for texts with their charset: "text/csv; charset=utf-8"
	Bytes     []byte // decoded; "" for an empty file
	ContentID string // without brackets; "" when the part has none
	Inline    bool   // meant to be shown with the text rather than kept beside it
}

// Files returns the files of a mail, decoded, in order: attachments, attached
// mails and pictures; not the texts, not signatures over the mail (S/MIME, PGP),
// not Outlook's winmail.dat, but the files that are in it, and those uuencoded in
// a text. Past the limits the rest is left out. Like [Parse] it takes anything; broken mails give what can be read.
func Files(raw []byte, lim Limits) (files []File) {
	defer func() {
		if recover() != nil { // as in Parse: a defect of ours costs the files, not the process
			files = nil
		}
	}()
	m := &Mail{Kind: Person}
	c := collector{}
	w := walker{lim: lim.orDefault(), mail: m, sum: newSummer(), files: &c}
	raw = mailStart(raw, w.note)
	h, body := readHeader(raw, w.lim.HeaderBytes, w.note)
	m.Header = h
	top := w.newPart(h, raw[body:], 0)
	if cs := cleanCharset(top.media.get("charset")); lookupCharset(cs) != nil {
		w.topCharset = cs
	}
	w.walk(top)
	return c.files
}

// LargeFile is how long a file's body must be, encoded, to be among [Mail.Bodies].
const LargeFile = 16 << 10

// body notes where the body of a large file lies. Line ends around it are not of
// it: clients write one or two.
func (w *walker) body(p part, media string, attachment bool) {
	if len(p.body) < LargeFile || !attachment && (strings.HasPrefix(media, "text/") || strings.HasPrefix(media, "message/")) {
		return
	}
	start := cap(w.raw) - cap(p.body)
	if start < 0 || start >= len(w.raw) || &w.raw[start] != &p.body[0] { // it is of what was decoded
		return
	}
	lead := len(p.body) - len(bytes.TrimLeft(p.body, "\r\n"))
	r := Range{start + lead, start + len(bytes.TrimRight(p.body, "\r\n"))}
	if last := len(w.mail.Bodies) - 1; r.End-r.Start < LargeFile || last >= 0 && r.Start < w.mail.Bodies[last].End {
		return
	}
	w.mail.Bodies = append(w.mail.Bodies, r)
}

// collector gathers the files that a walker comes by.
type collector struct{ files []File }

// notFiles are the types of parts that are no file of the writer's: signatures
// over the mail, delivery reports, and the wrapper in which Outlook hides what it
// attached.
var notFiles = makeSet(`application/pkcs7-signature application/x-pkcs7-signature application/pgp-signature application/pgp-encrypted
	application/ms-tnef application/vnd.ms-tnef message/delivery-status message/disposition-notification`)

// take keeps a part when it is a file.
func (c *collector) take(w *walker, p part, media, name string, attachment bool) {
	text := strings.HasPrefix(media, "text/")
	if media == "text/plain" && !attachment && w.decoded+int64(len(p.body)) <= w.lim.DecodedBytes {
		w.uuencoded(w.decode(p))
	}
	if notFiles[media] || text && !attachment {
		return
	}
	if low := strings.ToLower(name); low == "winmail.dat" || low == "smime.p7s" {
		return
	}
	size := int64(len(p.body))
	if p.encoding == "base64" {
		size = size * 3 / 4
	}
	if w.decoded+size > w.lim.DecodedBytes {
		w.note("too much to decode: the rest was left out")
		return
	}
	f := File{Name: name, Type: media, Bytes: w.decode(p)}
	if cs := p.media.get("charset"); text && isToken(cs) {
		f.Type += "; charset=" + strings.ToLower(cs)
	}
	if ids := threading.ScanIDs(capped(p.header.Get("Content-ID"))); len(ids) > 0 {
		f.ContentID = ids[0]
	}
	f.Inline = p.disposition.value == "inline" || p.disposition.value == "" && f.ContentID != "" && strings.HasPrefix(media, "image/")
	// The bytes must not keep the whole mail in memory, nor change with it.
	f.Bytes = append([]byte{}, f.Bytes...)
	c.files = append(c.files, f)
}
