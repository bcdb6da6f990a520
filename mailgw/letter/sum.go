package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strings"
)

// summer hashes what a mail says: its subject and its decoded parts in order. It
// forgives what relays change: line ends, white space at the end of a text, and
// the transfer encoding.
type summer struct {
	hash  hash.Hash
	bytes uint64 // since the last end
}

// data adds bytes of the current part.
func (s *summer) data(b []byte) {
	s.hash.Write(b)
	s.bytes += uint64(len(b))
}

// end closes a part: its length stands behind it, so that no other cut into
// parts has the same sum.
func (s *summer) end() {
	var n [9]byte
	binary.BigEndian.PutUint64(n[1:], s.bytes)
	s.hash.Write(n[:])
	s.bytes = 0
}

// raw adds bytes that were not read as a part.
func (s *summer) raw(b []byte) {
	s.data(b)
	s.end()
}

// text adds a text part and returns it with "\n" line ends.
func (s *summer) text(b []byte) []byte {
	b = normalLines(b)
	s.raw(bytes.TrimRight(b, " \t\n"))
	return b
}

// sum returns the hash.
func (s *summer) sum() (h [32]byte) {
	s.hash.Sum(h[:0])
	return h
}

func newSummer() summer { return summer{hash: sha256.New()} }

// WordsHash is SHA-256 over what the mail says to a person who reads it: subject and text,
// with one space for any white space, and its attachments. Of a mail with parts that are
// neither it is Hash.
func (m *Mail) WordsHash() [32]byte {
	if m.unnamed {
		return m.Hash
	}
	s := newSummer()
	for _, text := range []string{m.Subject, m.Text} {
		s.raw([]byte(strings.Join(strings.Fields(text), " ")))
	}
	for _, a := range m.Attachments {
		if a.SHA256 == "" {
			return m.Hash
		}
		s.raw([]byte(a.Name))
		s.raw([]byte(a.Type))
		s.raw([]byte(a.SHA256))
	}
	return s.sum()
}

// normalLines turns CRLF, and a CR that stands alone, into "\n".
func normalLines(b []byte) []byte {
	i := bytes.IndexByte(b, '\r')
	if i < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i >= 0 {
		out = append(out, b[:i]...)
		out = append(out, '\n')
		b = b[i+1:]
		if len(b) > 0 && b[0] == '\n' {
			b = b[1:]
		}
		i = bytes.IndexByte(b, '\r')
	}
	return append(out, b...)
}
