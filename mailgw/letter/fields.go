package letter

import (
	"bytes"
	"slices"
	"strings"
)

// readHeader reads the fields at the top of raw and returns them and the offset
// where the body begins. It reads on over lines that are no field (RFC 5322 §2.2
// knows none): mbox lines are dropped, unindented continuations are joined, and
// where the text plainly begins without an empty line, there the body begins.
func readHeader(raw []byte, limit int, note func(string)) (Header, int) {
	end, body := headerEnd(raw)
	if end > limit {
		note("header too long: only its beginning was read")
		end = limit
	}
	r := headerReader{text: string(raw[:end]), body: body, note: note}
	return r.run()
}

// headerReader reads one header.
type headerReader struct {
	text  string
	body  int // where the body begins when no line says otherwise
	note  func(string)
	steps int // bytes that were looked at, for the tests
}

// run returns the fields and where the body begins.
func (r *headerReader) run() (Header, int) {
	s, note := r.text, r.note
	h := Header{fields: make([]field, 0, min(24, len(s)/16+1))}
	lo, hi := 0, -1 // where the last field's value lies in s; hi < 0: nothing to continue
	missing := -1   // where the last field begins that is still missing; < 0: not looked for
	for pos := 0; pos < len(s); {
		line, next := nextLine(s, pos)
		r.steps += next - pos
		colon := fieldColon(line)
		indented := line != "" && (line[0] == ' ' || line[0] == '\t')
		if at := len(line) - len(strings.TrimLeft(line, " \t")); hi < 0 && indented && fieldColon(line[at:]) > 0 {
			note("white space before the first field: dropped")
			line, pos, colon, indented = line[at:], pos+at, fieldColon(line[at:]), false
		}
		if colon <= 0 && hi == pos && !indented && missing < 0 {
			missing = r.lastMissing(h, next)
		}
		switch {
		case indented && hi == pos:
			hi = next
			h.fields[len(h.fields)-1].value = s[lo:hi]
		case colon > 0:
			name := strings.TrimRight(line[:colon], " \t")
			lo, hi = pos+colon+1, next
			h.fields = append(h.fields, field{nameKey(name), name, s[lo:hi]})
		case strings.HasPrefix(line, "From ") || strings.HasPrefix(line, ">From "):
			note("mbox line in the header: dropped")
		case hi == pos && (pos < missing || waits(s[lo:hi]) || r.fieldFollows(next)):
			note("header line without indentation: joined to the line above")
			hi = next
			h.fields[len(h.fields)-1].value = s[lo:hi]
		case indented || r.fieldFollows(next):
			note("header line without a colon: dropped")
		default:
			note("no empty line after the header: the text begins at the first line that is no field")
			return h, pos
		}
		pos = next
	}
	return h, r.body
}

// everyMailHas are fields of whole mails.
var everyMailHas = [...]string{"from", "subject", "date", "message-id", "mime-version"}

// lastMissing returns where in the text, from pos on, the last field begins that every
// mail has and h has not; 0 when there is none, or when h is the header of a part. Up
// to there no text begins, however many lines have lost their indentation.
func (r *headerReader) lastMissing(h Header, pos int) int {
	r.steps += len(h.fields)
	if !slices.ContainsFunc(h.fields, func(f field) bool { return !hasPrefixFold(f.name, "content-") }) {
		return 0
	}
	var has [len(everyMailHas)]bool
	for i, name := range everyMailHas {
		r.steps += len(h.fields)
		has[i] = h.Has(name)
	}
	last := 0
	for pos < len(r.text) {
		line, next := nextLine(r.text, pos)
		r.steps += next - pos
		if colon := fieldColon(line); colon > 0 {
			name := strings.ToLower(strings.TrimRight(line[:colon], " \t"))
			if i := slices.Index(everyMailHas[:], name); i >= 0 && !has[i] {
				last = pos
			}
		}
		pos = next
	}
	return last
}

// mailStart returns a mail from where its header begins: after a byte order mark,
// and after empty lines when a field follows them. (In a part, an empty line means
// that it has no header.) A mail whose lines end with CR alone gets line feeds.
func mailStart(raw []byte, note func(string)) []byte {
	if bytes.IndexByte(raw, '\r') >= 0 && bytes.IndexByte(raw, '\n') < 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
		note("lines end with CR alone: read as line ends")
	}
	if bare := bytes.TrimPrefix(raw, []byte("\ufeff")); len(bare) < len(raw) {
		raw = bare
		note("byte order mark before the header: skipped")
	}
	i := 0
	for i < len(raw) && (raw[i] == '\r' || raw[i] == '\n') {
		i++
	}
	r := headerReader{text: string(raw[i:min(len(raw), i+200)])}
	if i == 0 || !r.fieldFollows(0) {
		return raw
	}
	note("empty lines before the header: skipped")
	return raw[i:]
}

// headerEnd returns where the header ends and where the body begins: after the
// first empty line.
func headerEnd(raw []byte) (end, body int) {
	for pos := 0; pos < len(raw); {
		switch {
		case raw[pos] == '\n':
			return pos, pos + 1
		case raw[pos] == '\r' && pos+1 < len(raw) && raw[pos+1] == '\n':
			return pos, pos + 2
		}
		nl := bytes.IndexByte(raw[pos:], '\n')
		if nl < 0 {
			break
		}
		pos += nl + 1
	}
	return len(raw), len(raw)
}

// nextLine returns the line at pos without its end, and where the next begins.
func nextLine(s string, pos int) (line string, next int) {
	nl := strings.IndexByte(s[pos:], '\n')
	if nl < 0 {
		return strings.TrimSuffix(s[pos:], "\r"), len(s)
	}
	return strings.TrimSuffix(s[pos:pos+nl], "\r"), pos + nl + 1
}

// fieldColon returns the index of the colon that ends a field's name, or -1 when
// the line is no field.
// RFC 5322 §3.6.8: a name is printable ASCII without colon and space.
// RFC 5322 §4.5: white space before the colon is obsolete, and read.
func fieldColon(line string) int {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ':':
			return i
		case c == ' ' || c == '\t':
			rest := strings.TrimLeft(line[i:], " \t")
			if i > 0 && strings.HasPrefix(rest, ":") {
				return len(line) - len(rest)
			}
			return -1
		case c < ' ' || c > '~':
			return -1
		}
	}
	return -1
}

// waits tells whether a value ends so that a line without colon goes on with it.
func waits(value string) bool {
	value = strings.TrimRight(value, " \t\r\n")
	return strings.HasSuffix(value, ";") || strings.HasSuffix(value, ",")
}

// fieldFollows tells whether the header goes on at pos: one of the next three lines
// is a field.
func (r *headerReader) fieldFollows(pos int) bool {
	s := r.text
	for i := 0; i < 3 && pos < len(s); i++ {
		line, next := nextLine(s, pos)
		r.steps += next - pos
		if line == "" {
			return false
		}
		if fieldColon(line) > 0 {
			return true
		}
		pos = next
	}
	return false
}
