package scanner

import (
	"bytes"
	"slices"
	"strings"

	"github.com/emersion/go-milter"
)

// field is one field of a header, with its line ends.
type field []byte

func (f field) name() string {
	name, _, _ := strings.Cut(string(f), ":")
	return strings.TrimRight(name, " \t")
}

// value is what follows the colon, as milters are shown it: the first white space and
// the last line end taken off, folds with LF.
func (f field) value() string {
	_, value, _ := strings.Cut(string(f), ":")
	value = strings.TrimSuffix(strings.TrimSuffix(value, "\n"), "\r")
	value = strings.ReplaceAll(value, "\r\n", "\n")
	return strings.TrimPrefix(value, " ")
}

// header is a mail, cut into the fields of its header and the rest.
type header struct {
	fields []field
	blank  []byte // the empty line; nil when the mail has no body
	rest   []byte
}

// readHeader cuts a mail. A line that is no field ends the header, as it does for who
// reads the mail afterwards.
func readHeader(mail []byte) (h header) {
	for len(mail) > 0 {
		for _, blank := range []string{"\r\n", "\n"} { // before its white space is taken for a fold
			if bytes.HasPrefix(mail, []byte(blank)) {
				h.blank, h.rest = mail[:len(blank)], mail[len(blank):]
				return h
			}
		}
		end := 0
		for {
			i := bytes.IndexByte(mail[end:], '\n')
			if i < 0 {
				end = len(mail)
				break
			}
			end += i + 1
			if end == len(mail) || mail[end] != ' ' && mail[end] != '\t' {
				break
			}
		}
		line := mail[:end]
		if colon := bytes.IndexByte(line, ':'); colon < 1 || !isName(strings.TrimRight(string(line[:colon]), " \t")) {
			h.rest = mail
			return h
		}
		h.fields = append(h.fields, field(line))
		mail = mail[end:]
	}
	return h
}

// isName reports whether a word can be a field's name (RFC 5322 §2.2).
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' })
}

// The most that milters may write into a header.
const (
	maxEdits = 1000
	maxAdded = 64 << 10 // bytes of one field
)

// edit takes over a change of the header; false when there was nothing to change.
func (h *header) edit(e *milter.ModifyAction) bool {
	if !isName(e.HeaderName) || len(e.HeaderName)+len(e.HeaderValue) > maxAdded || len(h.fields) > maxEdits && e.Code != milter.ActChangeHeader {
		return false
	}
	fresh := newField(e.HeaderName, e.HeaderValue)
	switch e.Code {
	case milter.ActAddHeader:
		h.fields = append(h.fields, fresh)
	case milter.ActInsertHeader:
		h.fields = slices.Insert(h.fields, min(int(e.HeaderIndex), len(h.fields)), fresh)
	case milter.ActChangeHeader:
		return h.change(e, fresh)
	}
	return true
}

// change changes the n-th field of a name, counted from 1 (0 is the first), or takes it
// out; a field that is not there is added.
func (h *header) change(e *milter.ModifyAction, fresh field) bool {
	left := max(int(e.HeaderIndex), 1)
	for i, f := range h.fields {
		if !strings.EqualFold(f.name(), e.HeaderName) {
			continue
		}
		if left--; left > 0 {
			continue
		}
		if e.HeaderValue == "" {
			h.fields = slices.Delete(h.fields, i, i+1)
		} else {
			h.fields[i] = fresh
		}
		return true
	}
	if e.HeaderValue == "" {
		return false
	}
	h.fields = append(h.fields, fresh)
	return true
}

// newField writes a field. Each line of its value but the first begins with white space,
// so that no value can make another field or end the header.
func newField(name, value string) field {
	value = strings.NewReplacer("\r", "", "\x00", "").Replace(value)
	lines := strings.Split(strings.TrimRight(value, "\n"), "\n")
	for i, l := range lines {
		if i > 0 && !strings.HasPrefix(l, " ") && !strings.HasPrefix(l, "\t") {
			l = "\t" + l
		}
		lines[i] = strings.TrimRight(l, " \t")
	}
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	return field(name + ": " + strings.TrimLeft(strings.Join(lines, "\r\n"), " \t") + "\r\n")
}

// join writes the mail behind what stands on top.
func (h *header) join(top []byte) []byte {
	size := len(top) + len(h.blank) + len(h.rest)
	for _, f := range h.fields {
		size += len(f) + 2
	}
	out := append(make([]byte, 0, size), top...)
	for _, f := range h.fields {
		out = append(out, f...)
		if !bytes.HasSuffix(f, []byte("\n")) { // the mail ended here
			out = append(out, "\r\n"...)
		}
	}
	if len(h.fields) > 0 && h.blank == nil && len(h.rest) > 0 && (h.rest[0] == ' ' || h.rest[0] == '\t') {
		out = append(out, "\r\n"...) // a mail without a header must not become the end of ours
	}
	return append(append(out, h.blank...), h.rest...)
}
