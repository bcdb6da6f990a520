package mailauth

import (
	"bytes"
	"iter"
)

// header yields the fields at the top of a mail, the names without white space and
// the values as they came, up to the first line that is no field. It is strict
// where package letter is lenient: a line without a colon is no part of the field
// above it, for that may be the upstream's, and the line the sender's.
//
// RFC 5322 §2.2: a name is printable ASCII; §2.2.3: what is folded is indented.
func header(raw []byte) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for len(raw) > 0 {
			name, _, ok := bytes.Cut(raw[:lineEnd(raw, 0)], []byte{':'})
			if name = bytes.TrimRight(name, " \t"); !ok || len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
				return
			}
			end := lineEnd(raw, 0)
			for end < len(raw) && (raw[end] == ' ' || raw[end] == '\t') {
				end = lineEnd(raw, end)
			}
			field := raw[:end]
			raw = raw[end:]
			if !yield(string(name), string(field[bytes.IndexByte(field, ':')+1:])) {
				return
			}
		}
	}
}

// lineEnd returns where the line ends that begins at i.
func lineEnd(raw []byte, i int) int {
	if k := bytes.IndexByte(raw[i:], '\n'); k >= 0 {
		return i + k + 1
	}
	return len(raw)
}
