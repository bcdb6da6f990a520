package mailauth

import (
	"bytes"
	"iter"
)

// field is where one field of a header stands.
type field struct {
	name              string // as it is written, without white space
	start, value, end int    // offsets of the field, of what follows its colon, and of what follows its line end
}

// fields yields the fields at the top of a mail up to the first line that is no
// field. It is strict where package letter is lenient: a line without a colon is no
// part of the field above it, for that may be the upstream's, and the line the
// sender's.
//
// RFC 5322 §2.2: a name is printable ASCII; §2.2.3: what is folded is indented.
func fields(raw []byte) iter.Seq[field] {
	return func(yield func(field) bool) {
		for at := 0; at < len(raw); {
			end := lineEnd(raw, at)
			colon := bytes.IndexByte(raw[at:end], ':')
			if colon < 0 {
				return
			}
			name := bytes.TrimRight(raw[at:at+colon], " \t")
			if len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
				return
			}
			for end < len(raw) && (raw[end] == ' ' || raw[end] == '\t') {
				end = lineEnd(raw, end)
			}
			if !yield(field{name: string(name), start: at, value: at + colon + 1, end: end}) {
				return
			}
			at = end
		}
	}
}

// header yields the names of the fields and their values as they came.
func header(raw []byte) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for f := range fields(raw) {
			if !yield(f.name, string(raw[f.value:f.end])) {
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
