package letter

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrBadField is returned by [Compose] when a value cannot stand in a header: it
// holds a line break or NUL, is no address, or is missing where RFC 5322 §3.6
// wants it.
var ErrBadField = errors.New("value cannot stand in a header")

// Draft is a mail to be written. Equal drafts give equal bytes.
type Draft struct {
	From       string      // "Name <addr>" or the bare address; must be there
	To         []string    // each like From; empty gives "undisclosed-recipients:;"
	Cc         []string    // each like From
	ReplyTo    string      // like From; "" for none
	Subject    string      // "" for an empty one
	MessageID  string      // without brackets; must be there
	InReplyTo  string      // without brackets; "" for none
	References []string    // without brackets, the oldest first
	Date       time.Time   // with the zone that is to be shown; must not be zero
	Text       string      // the words; any line ends
	HTML       string      // the same as HTML; "" for plain text alone
	Headers    [][2]string // further fields, name and value, in order
	Files      []File      // attached in order; those that are Inline with a ContentID stand beside the HTML
}

// Compose writes the mail: CRLF line ends, UTF-8 in quoted-printable, header
// lines of at most 78 characters where their words allow it. With HTML it is a
// multipart/alternative whose boundary follows from the Message-ID; files stand
// around it, see [File]. It returns
// [ErrBadField], naming the field, when a value cannot be written; a line break
// in a value never becomes a line of the header.
func Compose(d Draft) ([]byte, error) {
	c := composer{}
	if err := c.header(&d); err != nil {
		return nil, err
	}
	c.body(d)
	return c.out.Bytes(), nil
}

// Copy is what is different in one copy of a mail.
type Copy struct {
	To        []string // see [Draft]
	ReplyTo   string   // see [Draft]
	MessageID string   // see [Draft]
	Rooms     []string // pairs: what stands in the draft's words, and what stands there in this copy; nil for the draft's words
}

// ComposeEach writes a mail once for each copy, as [Compose] does, with the fields
// of the copy instead of the draft's. The bodies of those without Rooms are the same
// bytes, and are made once; the boundary follows from the draft's Message-ID.
func ComposeEach(d Draft, copies []Copy) ([][]byte, error) {
	if len(copies) == 0 {
		return nil, nil
	}
	shared := d
	var body composer
	out := make([][]byte, 0, len(copies))
	for _, one := range copies {
		c := composer{}
		d.To, d.ReplyTo, d.MessageID = one.To, one.ReplyTo, one.MessageID
		if err := c.header(&d); err != nil {
			return nil, err
		}
		if len(one.Rooms) > 0 {
			c.body(filled(shared, one.Rooms))
		} else {
			if body.out.Len() == 0 {
				body.body(shared)
			}
			c.out.Write(body.out.Bytes())
		}
		out = append(out, c.out.Bytes())
	}
	return out, nil
}

// filled is a draft whose words have what belongs into their rooms.
func filled(d Draft, rooms []string) Draft {
	fill := strings.NewReplacer(rooms...)
	d.Text, d.HTML = fill.Replace(d.Text), fill.Replace(d.HTML)
	return d
}

// header writes all fields but those of the body.
func (c *composer) header(d *Draft) error {
	c.addresses("From", []string{d.From})
	c.addresses("To", d.To)
	c.addresses("Cc", d.Cc)
	if d.ReplyTo != "" {
		c.addresses("Reply-To", []string{d.ReplyTo})
	}
	c.text("Subject", d.Subject)
	if d.Date.IsZero() {
		c.fail("Date", "missing")
	}
	c.line("Date", d.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	c.ids("Message-ID", []string{d.MessageID})
	if d.InReplyTo != "" {
		c.ids("In-Reply-To", []string{d.InReplyTo})
	}
	if len(d.References) > 0 {
		c.ids("References", d.References)
	}
	for _, h := range d.Headers {
		if !goodName(h[0]) {
			c.fail("header name", h[0])
			continue
		}
		c.text(h[0], h[1])
	}
	if c.err != nil {
		return fmt.Errorf("composing a mail: %w", c.err)
	}
	c.line("MIME-Version", "1.0")
	return nil
}

// composer writes one mail; the first error stays.
type composer struct {
	out bytes.Buffer
	err error
}

// fail keeps the first error.
func (c *composer) fail(name, what string) {
	if c.err == nil {
		c.err = fmt.Errorf("%s: %w: %.60q", name, ErrBadField, what)
	}
}

// safe refuses what would end a line or a string.
func (c *composer) safe(name, value string) bool {
	if strings.ContainsAny(value, "\r\n\x00") {
		c.fail(name, value)
		return false
	}
	return true
}

// maxLine is the length of a line that RFC 5322 §2.1.1 recommends, without CRLF.
const maxLine = 78

// line writes a field whose value is ASCII, folded at its spaces.
func (c *composer) line(name, value string) {
	c.out.WriteString(name)
	c.out.WriteByte(':')
	c.words(len(name)+1, strings.Split(value, " "))
	c.out.WriteString("\r\n")
}

// words writes words with a space before each, or a fold where the line is full.
func (c *composer) words(column int, words []string) {
	for _, w := range words {
		if column+1+len(w) > maxLine && column > 1 && w != "" && c.startedLine(column) {
			c.out.WriteString("\r\n")
			column = 0
		}
		c.out.WriteByte(' ')
		c.out.WriteString(w)
		column += 1 + len(w)
	}
}

// startedLine tells whether a fold here leaves a line that is not only white
// space (RFC 5322 §3.2.2 forbids such lines).
func (c *composer) startedLine(column int) bool {
	b := c.out.Bytes()
	return len(bytes.TrimSpace(b[len(b)-min(column, len(b)):])) > 0
}

// text writes an unstructured field, in encoded words when it is not plain ASCII.
func (c *composer) text(name, value string) {
	if !c.safe(name, value) {
		return
	}
	value = strings.TrimSpace(cleanLine(strings.ToValidUTF8(value, "\uFFFD")))
	if isClean(value) && !strings.Contains(value, "=?") && longestWord(value) < 900 {
		c.line(name, value)
		return
	}
	c.line(name, strings.Join(encodeWords(value, len(name)+2), " "))
}

// addresses writes a field of addresses.
func (c *composer) addresses(name string, list []string) {
	if len(list) == 0 {
		if name == "To" {
			c.line(name, "undisclosed-recipients:;")
		}
		return
	}
	var words []string
	for i, s := range list {
		if !c.safe(name, s) {
			return
		}
		as := ParseAddresses(s)
		if len(as) != 1 || !writable(as[0].Addr) {
			c.fail(name, s)
			return
		}
		w := mailboxWords(as[0], len(name)+2)
		if i < len(list)-1 {
			w[len(w)-1] += ","
		}
		words = append(words, w...)
	}
	c.line(name, strings.Join(words, " "))
}

// writable tells whether an address can be written without changing it. Letters
// beyond ASCII go out as they are (RFC 6532 §3.2).
func writable(addr string) bool {
	return utf8.ValidString(addr) && !strings.ContainsAny(addr, " \t<>,;()\\") && len(addr) < 330
}

// mailboxWords returns the words of "Name <addr>".
func mailboxWords(a Address, column int) []string {
	name := showName(a.Name)
	switch {
	case name == "":
		return []string{a.Addr}
	case isClean(name) && !strings.Contains(name, "=?") && longestWord(name) < 900:
		if needsQuotes(name) {
			name = quote(name)
		}
		return append(strings.Split(name, " "), "<"+a.Addr+">")
	}
	return append(encodeWords(name, column), "<"+a.Addr+">")
}

// showName cleans a display name of what could make it look like another
// sender: brackets, "@", commas, and the characters that turn the direction of
// writing.
func showName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("<>@,", r):
			return ' '
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c:
			return -1
		}
		return r
	}, cleanLine(strings.ToValidUTF8(name, "")))
	return strings.Join(strings.Fields(name), " ")
}

// encodeWords writes a text as encoded words (RFC 2047 §2: at most 75 characters
// each), never cutting a character. column is where the first one begins.
func encodeWords(s string, column int) []string {
	const prefix, suffix, longest = "=?utf-8?q?", "?=", 75
	var words []string
	var b strings.Builder
	room := min(longest, maxLine-column) - len(prefix) - len(suffix)
	if room < 12 {
		room = longest - len(prefix) - len(suffix)
	}
	left := room
	for _, r := range s {
		enc := encodeRune(r)
		if len(enc) > left {
			words = append(words, prefix+b.String()+suffix)
			b.Reset()
			left = longest - len(prefix) - len(suffix) - 1
		}
		b.WriteString(enc)
		left -= len(enc)
	}
	return append(words, prefix+b.String()+suffix)
}

// encodeRune writes a character in the Q encoding, in the strict form for names
// (RFC 2047 §5 (3)): letters and digits as they are.
func encodeRune(r rune) string {
	switch {
	case r == ' ':
		return "_"
	case '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', r == '-', r == '!', r == '*', r == '+', r == '/':
		return string(r)
	}
	const hexDigits = "0123456789ABCDEF"
	var out []byte
	for _, c := range []byte(string(r)) {
		out = append(out, '=', hexDigits[c>>4], hexDigits[c&15])
	}
	return string(out)
}

// ids writes a field of message ids, one a line when they are long.
func (c *composer) ids(name string, ids []string) {
	words := make([]string, 0, len(ids))
	for _, id := range ids {
		if !goodID(id) {
			c.fail(name, id)
			return
		}
		words = append(words, "<"+id+">")
	}
	c.line(name, strings.Join(words, " "))
}

// goodID tells whether an id can be written between brackets on one line.
func goodID(id string) bool {
	return id != "" && len(id) < 900 && isClean(id) && !strings.ContainsAny(id, " <>")
}

// goodName tells whether a text is a field name (RFC 5322 §3.6.8).
func goodName(name string) bool {
	return name != "" && len(name) < 70 && isClean(name) && !strings.ContainsAny(name, " :")
}

// longestWord returns the length of the longest run without a space: only there
// a line can be folded.
func longestWord(s string) int {
	longest := 0
	for w := range strings.SplitSeq(s, " ") {
		longest = max(longest, len(w))
	}
	return longest
}

// part writes one text with its Content fields.
func (c *composer) part(media, text string) {
	c.line("Content-Type", media+"; charset=utf-8")
	c.line("Content-Transfer-Encoding", "quoted-printable")
	c.out.WriteString("\r\n")
	encodeQP(&c.out, strings.ToValidUTF8(text, "\uFFFD"))
}

// encodeQP writes text in quoted-printable with lines of at most 76 characters
// (RFC 2045 §6.7) and an end of line at the end. "From " and "." at the start of
// a line are encoded too, since some hands in between change them.
func encodeQP(out *bytes.Buffer, text string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.TrimSuffix(text, "\n")
	out.Grow(len(text) + len(text)/16 + 2)
	b := out.AvailableBuffer()
	for line := range strings.SplitSeq(text, "\n") {
		b = appendQPLine(b, line)
		b = append(b, "\r\n"...)
	}
	out.Write(b)
}

// qpWidth is the longest line of quoted-printable, its soft break included.
const qpWidth = 76

// appendQPLine appends one line without its end.
func appendQPLine(b []byte, line string) []byte {
	column := 0
	for i := 0; i < len(line); {
		// Most text stands for itself: it is copied by the run. No more of it is
		// looked at than fits on the line, or a long one would be looked at often.
		n := plainRun(line[i:min(len(line), i+qpWidth+1)])
		if column == 0 && n > 0 && (line[i] == '.' || strings.HasPrefix(line[i:], "From ")) {
			n = 0
		}
		if i+n == len(line) && n > 0 && (line[i+n-1] == ' ' || line[i+n-1] == '\t') {
			n--
		}
		if rest := i+n == len(line); n > 0 && !(rest && column+n <= qpWidth) {
			n = min(n, qpWidth-1-column)
		}
		if n > 0 {
			b = append(b, line[i:i+n]...)
			i, column = i+n, column+n
			continue
		}
		last := i == len(line)-1
		cut := plainByte[line[i]] && !last && column > 0 // by the width, not for what it is
		if cut || column+3 > qpWidth || (column+3 == qpWidth && !last) {
			b, column = append(b, "=\r\n"...), 0
			continue
		}
		b, column = appendHex(b, line[i]), column+3
		i++
	}
	return b
}

// plainByte tells which bytes stand for themselves inside of a line.
var plainByte = func() (t [256]bool) {
	for c := ' '; c <= '~'; c++ {
		t[c] = c != '='
	}
	t['\t'] = true
	return t
}()

// plainRun returns how many bytes at the beginning stand for themselves.
func plainRun(s string) int {
	for i := range len(s) {
		if !plainByte[s[i]] {
			return i
		}
	}
	return len(s)
}

// appendHex appends a byte as =XX.
func appendHex(b []byte, c byte) []byte {
	const hexDigits = "0123456789ABCDEF"
	return append(b, '=', hexDigits[c>>4], hexDigits[c&15])
}
