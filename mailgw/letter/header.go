package letter

import (
	"iter"
	"strings"
)

// Header is a mail's fields, all of them, in order and as they came. The zero
// Header has none. Names are compared without regard to case.
type Header struct {
	fields []field
}

// field is one header field; value still holds its folding and encoded words.
type field struct {
	key   uint32 // nameKey of name: makes a look-up cheap
	name  string
	value string
}

// Get returns the first field of that name, unfolded and trimmed, encoded words
// left alone; "" when there is none.
func (h Header) Get(name string) string {
	if i := h.find(name, 0); i >= 0 {
		return unfold(h.fields[i].value)
	}
	return ""
}

// Values returns all fields of that name in order, each like [Header.Get].
func (h Header) Values(name string) []string {
	var vs []string
	for i := h.find(name, 0); i >= 0; i = h.find(name, i+1) {
		vs = append(vs, unfold(h.fields[i].value))
	}
	return vs
}

// Has reports whether there is a field of that name.
func (h Header) Has(name string) bool { return h.find(name, 0) >= 0 }

// Text returns the first field of that name with its encoded words decoded.
func (h Header) Text(name string) string {
	if i := h.find(name, 0); i >= 0 {
		return decodeWords(h.fields[i].value, "")
	}
	return ""
}

// All yields each field's name and its value, like [Header.Get], in order.
func (h Header) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, f := range h.fields {
			if !yield(f.name, unfold(f.value)) {
				return
			}
		}
	}
}

// Len returns the number of fields.
func (h Header) Len() int { return len(h.fields) }

// find returns the index of the first field of that name at or after from, or -1.
func (h Header) find(name string, from int) int {
	key := nameKey(name)
	for i := from; i < len(h.fields); i++ {
		if h.fields[i].key == key && strings.EqualFold(h.fields[i].name, name) {
			return i
		}
	}
	return -1
}

// raw returns the first field of that name as it came, or "".
func (h Header) raw(name string) string {
	if i := h.find(name, 0); i >= 0 {
		return h.fields[i].value
	}
	return ""
}

// count returns how many fields have that name.
func (h Header) count(name string) int {
	n := 0
	for i := h.find(name, 0); i >= 0; i = h.find(name, i+1) {
		n++
	}
	return n
}

// nameKey hashes a field name in lower case (FNV-1a).
func nameKey(name string) uint32 {
	k := uint32(2166136261)
	for i := 0; i < len(name); i++ {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		k = (k ^ uint32(c)) * 16777619
	}
	return k
}

// unfold makes one line of a field's value: folds become one space, control
// characters are dropped, the result is trimmed and valid UTF-8.
func unfold(v string) string {
	v = strings.Trim(v, " \t\r\n")
	if isClean(v) {
		return v
	}
	v = textOf([]byte(v), "")
	return cleanLine(v)
}

// isClean reports whether v is printable ASCII.
func isClean(v string) bool {
	for i := 0; i < len(v); i++ {
		if v[i] < ' ' || v[i] > '~' {
			return false
		}
	}
	return true
}

// cleanLine drops what must not stand in a one-line text: line breaks and the
// white space after them become one space, control characters and byte order marks
// vanish.
func cleanLine(v string) string {
	var b strings.Builder
	b.Grow(len(v))
	fold := false
	for _, r := range v {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			fold = true
			continue
		case fold && (r == ' ' || r == '\t'):
			continue
		case r == '\t':
			r = ' '
		case r < ' ' || (r >= 0x7f && r < 0xa0) || r == '\ufeff':
			continue
		}
		if fold && b.Len() > 0 {
			b.WriteByte(' ')
		}
		fold = false
		b.WriteRune(r)
	}
	return strings.Trim(b.String(), " ")
}
