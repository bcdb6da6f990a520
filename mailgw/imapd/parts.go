package imapd

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"regexp"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-message"
	"github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/textproto"
)

// What is read of a mail's parts, whoever wrote it; what is beyond stands in BODY[] alone.
const (
	mostParts   = 1000
	mostHeader  = 256 << 10 // octets of one header
	mostHeaders = 1 << 20   // of all of them
)

// part is one of a mail's (RFC 2046 §5.1), or the mail itself. What it has of the mail are
// pieces of the mail's bytes.
//
// Workaround: go-imap takes a mail apart in a time that grows with the square of its size,
// and keeps as many parts as somebody cares to write; TestPartsAreBounded.
type part struct {
	head   []byte // its header, with the empty line
	body   []byte // what is behind
	header message.Header
	media  string // in small letters
	params map[string]string
	kids   []*part // of a multipart
	mail   *part   // in a message/rfc822
}

// takeApart finds the parts of a mail in one pass.
func takeApart(raw []byte) *part {
	s := scan{raw: raw, open: map[string]int{}, left: mostParts, headers: mostHeaders}
	return s.mail()
}

// scan is a pass through the lines of a mail.
type scan struct {
	raw     []byte
	at      int            // where the next line begins
	open    map[string]int // the levels of the multiparts that are open, by their boundaries
	left    int            // so many parts may still come
	headers int            // and so many octets of headers
	lines   int            // that were looked at

	// What ended the last part:
	level int  // whose delimiter it was; -1 at the end of the mail
	last  bool // it is the closing one
	end   int  // where what is before it ends
}

func (s *scan) mail() *part {
	p := &part{head: s.raw[:headerEnd(s.raw)]}
	s.at = len(p.head)
	s.content(p, 0, "text/plain")
	return p
}

// part reads one from its first line to the delimiter behind it.
func (s *scan) part(depth int, media string) *part {
	s.left--
	start := s.at
	p := &part{}
	if s.header() {
		p.head = s.raw[start:s.at]
		s.content(p, depth, media)
		return p
	}
	p.head = s.raw[start:max(start, s.end)] // there is nothing behind
	s.describe(p, media)
	s.leaf(p)
	return p
}

// header goes to where a header ends: behind the first empty line, or where there is none,
// to the first line that is no field. It is false when the part ends before.
func (s *scan) header() bool {
	start, other := s.at, -1
	for s.at < len(s.raw) {
		at := s.at
		line := s.line()
		if s.delimits(line, at) {
			if other < 0 {
				return false
			}
			s.at = other
			return true
		}
		switch text := bytes.TrimRight(line, "\r\n"); {
		case len(text) == 0:
			return true
		case other < 0 && !isField(text) && (text[0] != ' ' && text[0] != '\t' || at == start):
			other = at
		}
	}
	if other >= 0 {
		s.at = other
		return true
	}
	s.level, s.end = -1, len(s.raw)
	return false
}

// isField reports whether a line begins a field (RFC 5322 §2.2).
func isField(line []byte) bool {
	name, _, ok := bytes.Cut(line, []byte(":"))
	return ok && len(name) > 0 && bytes.IndexFunc(bytes.TrimRight(name, " \t"), func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// content reads what is behind a header.
func (s *scan) content(p *part, depth int, media string) {
	s.describe(p, media)
	start := s.at
	boundary, mixed := p.params["boundary"]
	_, taken := s.open[boundary] // then it is the outer one's
	switch {
	case strings.HasPrefix(p.media, "multipart/") && mixed && boundary != "" && !taken && depth < deepest:
		s.open[boundary] = depth
		inner := "text/plain"
		if p.media == "multipart/digest" { // RFC 2046 §5.1.5
			inner = "message/rfc822"
		}
		for s.skip(); s.level == depth && !s.last; {
			if s.left == 0 {
				s.skip()
				continue
			}
			p.kids = append(p.kids, s.part(depth+1, inner))
		}
		delete(s.open, boundary)
		if s.level == depth {
			s.skip()
		}
	case isMail(p.media) && depth < deepest:
		p.mail = &part{}
		at := s.at
		if s.header() {
			p.mail.head = s.raw[at:s.at]
			s.content(p.mail, depth+1, "text/plain")
		} else {
			p.mail.head = s.raw[at:max(at, s.end)]
			s.describe(p.mail, "text/plain")
			s.leaf(p.mail)
		}
	default:
		s.skip()
	}
	p.body = s.raw[start:max(start, s.end)]
	s.leaf(p)
}

func isMail(media string) bool { return media == "message/rfc822" || media == "message/global" }

// leaf sees to it that what has no parts does not say that it has.
func (s *scan) leaf(p *part) {
	switch {
	case strings.HasPrefix(p.media, "multipart/") && len(p.kids) == 0:
		p.media, p.params = "text/plain", nil
	case isMail(p.media) && p.mail == nil:
		p.media, p.params = "application/octet-stream", nil
	}
}

// skip goes behind the next delimiter.
func (s *scan) skip() {
	for s.at < len(s.raw) {
		if len(s.open) == 0 {
			break
		}
		at := s.at
		if s.delimits(s.line(), at) {
			return
		}
	}
	s.level, s.end, s.at = -1, len(s.raw), len(s.raw)
}

// line is the next one, with its end.
func (s *scan) line() []byte {
	s.lines++
	at := s.at
	if i := bytes.IndexByte(s.raw[at:], '\n'); i >= 0 {
		s.at += i + 1
	} else {
		s.at = len(s.raw)
	}
	return s.raw[at:s.at]
}

// delimits reports whether a line, which begins at at, is the delimiter of a multipart that
// is open (RFC 2046 §5.1.1).
func (s *scan) delimits(line []byte, at int) bool {
	if len(line) < 3 || line[0] != '-' || line[1] != '-' || len(line) > 200 {
		return false
	}
	name := bytes.TrimRight(line[2:], " \t\r\n")
	level, ok := s.open[string(name)]
	s.last = false
	if !ok {
		if level, ok = s.open[string(bytes.TrimSuffix(name, []byte("--")))]; !ok {
			return false
		}
		s.last = true
	}
	s.level, s.end = level, at
	if at > 0 && s.raw[at-1] == '\n' { // it belongs to the delimiter
		if s.end--; at > 1 && s.raw[at-2] == '\r' {
			s.end--
		}
	}
	return true
}

// describe reads a part's header; media is what it is when it does not say.
func (s *scan) describe(p *part, media string) {
	head := shorter(p.head, min(mostHeader, s.headers))
	s.headers -= len(head)
	p.header = readHeader(head)
	p.media = media
	if v := p.header.Get("Content-Type"); v != "" {
		p.media, p.params = mediaType(v)
	}
}

// shorter are the lines of a header that are no more than n octets.
func shorter(head []byte, n int) []byte {
	if len(head) <= n {
		return head
	}
	return head[:bytes.LastIndexByte(head[:n], '\n')+1]
}

// readHeader reads a header, with an empty line behind it or without.
//
// Workaround: go-message reads nothing of a header in which one line is wrong;
// TestListingOfBrokenMail.
func readHeader(head []byte) message.Header {
	h, err := header(head)
	if err != nil {
		if h, err = header(wellFormed(head)); err != nil {
			return message.Header{}
		}
	}
	return message.Header{Header: h}
}

func header(head []byte) (textproto.Header, error) {
	lines := io.MultiReader(bytes.NewReader(head), strings.NewReader("\r\n"))
	return textproto.ReadHeader(bufio.NewReaderSize(lines, min(len(head)+16, 4096)))
}

// someParams are parameters in a field that is wrong somewhere.
var someParams = regexp.MustCompile(`;\s*([A-Za-z0-9*-]{1,40})\s*=\s*(?:"([^"]*)"|([^\s;"]+))`)

// mediaType reads a Content-Type (RFC 2045 §5.1). What cannot be read is text (§5.2).
func mediaType(v string) (media string, params map[string]string) {
	media, params, err := mime.ParseMediaType(v)
	if err != nil {
		media, _, _ = strings.Cut(v, ";")
		media = strings.ToLower(strings.TrimSpace(media))
		params = map[string]string{}
		for _, m := range someParams.FindAllStringSubmatch(v, 20) {
			params[strings.ToLower(m[1])] = m[2] + m[3]
		}
	}
	kind, sub, ok := strings.Cut(media, "/")
	if !ok || kind == "" || sub == "" || strings.ContainsAny(media, " \t\r\n\"\\()<>@,;:[]?=") {
		return "text/plain", nil
	}
	words := mime.WordDecoder{CharsetReader: charset.Reader}
	for k, p := range params {
		if d, err := words.DecodeHeader(p); err == nil {
			params[k] = d
		}
	}
	return media, params
}

// find is the part with a number (RFC 9051 §6.4.5.1); nil when there is none.
func (p *part) find(path []int) *part {
	in := p // the mail whose parts are counted
	for _, k := range path {
		if p == nil {
			return nil
		}
		switch {
		case in != nil && len(in.kids) == 0: // a mail that is one part
			if k != 1 {
				return nil
			}
			p = in
		case in != nil:
			p = in.kid(k)
		default:
			p = p.kid(k)
		}
		if p != nil {
			in = p.mail
		}
	}
	return p
}

func (p *part) kid(k int) *part {
	if k < 1 || k > len(p.kids) {
		return nil
	}
	return p.kids[k-1]
}

// structure is what a client is told of a part (RFC 9051 §7.5.2).
func (p *part) structure() imap.BodyStructure {
	kind, sub, _ := strings.Cut(p.media, "/")
	disposition, language, location := p.disposition(), p.language(), p.header.Get("Content-Location")
	if len(p.kids) > 0 {
		m := &imap.BodyStructureMultiPart{Subtype: sub, Extended: &imap.BodyStructureMultiPartExt{Params: p.params, Disposition: disposition, Language: language, Location: location}}
		for _, k := range p.kids {
			m.Children = append(m.Children, k.structure())
		}
		return m
	}
	o := &imap.BodyStructureSinglePart{
		Type: kind, Subtype: sub, Params: p.params,
		ID: p.header.Get("Content-Id"), Description: p.header.Get("Content-Description"), Encoding: p.header.Get("Content-Transfer-Encoding"),
		Size:     uint32(len(p.body)),
		Extended: &imap.BodyStructureSinglePartExt{Disposition: disposition, Language: language, Location: location},
	}
	switch {
	case p.mail != nil:
		o.MessageRFC822 = &imap.BodyStructureMessageRFC822{Envelope: envelope(p.mail.header), BodyStructure: p.mail.structure(), NumLines: int64(bytes.Count(p.body, []byte("\n")))}
	case kind == "text":
		o.Text = &imap.BodyStructureText{NumLines: int64(bytes.Count(p.body, []byte("\n")))}
	}
	return o
}

func (p *part) disposition() *imap.BodyStructureDisposition {
	v := p.header.Get("Content-Disposition")
	if v == "" {
		return nil
	}
	value, params := mediaType("x/" + v) // they are written alike
	value, ok := strings.CutPrefix(value, "x/")
	if !ok {
		return nil
	}
	return &imap.BodyStructureDisposition{Value: value, Params: params}
}

// language reads Content-Language (RFC 3282 §2).
func (p *part) language() (out []string) {
	for l := range strings.SplitSeq(p.header.Get("Content-Language"), ",") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}
