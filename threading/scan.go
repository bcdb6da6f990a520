package threading

import (
	"mime"
	"strings"
)

// Limits of what one header field may name. A longer id is dropped, since it
// could not stand on one line (RFC 5322 §2.1.1: 998 characters). Of more ids
// than maxIDs the first and the last are kept: the first is the thread's root
// (and our pseudo id), the last are the nearest ancestors.
const (
	maxIDs     = 200
	maxIDBytes = 998
	firstIDs   = 50
)

// ScanIDs reads the message ids of a Message-ID, In-Reply-To or References
// field: without angle brackets, in order, each once, at most 200, none longer
// than 998 bytes. It never fails and never stops at a malformed id: commas,
// comments, words between the ids, missing brackets, white space folded into
// an id, several @ in one id and ids without @ (inside brackets) are all read.
// The result is nil when there is none. Time is linear in len(field).
func ScanIDs(field string) []string {
	s := scanner{text: field}
	if !strings.Contains(field, "<") && strings.Contains(field, "=?") {
		// Some clients put long ids into encoded words, against RFC 2047 §5.
		if decoded, err := new(mime.WordDecoder).DecodeHeader(field); err == nil {
			s.text = decoded
		}
	}
	s.run()
	if n := len(s.ids); n > maxIDs {
		s.ids = append(s.ids[:firstIDs:firstIDs], s.ids[n-(maxIDs-firstIDs):]...)
	}
	return s.ids
}

// scanner walks over one header field.
type scanner struct {
	text     string
	pos      int
	noMore   bool // an opening parenthesis was never closed: the rest has no comments
	ids      []string
	seen     map[string]struct{} // made once there are more ids than a short loop likes
	spaceBuf []byte
	steps    int // bytes looked at: a test holds them to be linear
}

func (s *scanner) run() {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '<':
			s.bracketed()
		case c == '(' && !s.noMore:
			s.comment()
		case isDelimiter(c):
			s.pos++
			s.steps++
		default:
			s.word()
		}
	}
}

// bracketed reads "<…>". A second "<" before the ">", or the field's end, means
// that the ">" was lost.
func (s *scanner) bracketed() {
	s.pos++
	rest := s.text[s.pos:]
	n := strings.IndexAny(rest, "<>")
	if n < 0 {
		n = len(rest)
	}
	s.steps += n + 1
	if n == len(rest) || rest[n] == '<' {
		// Unclosed: the id ends where a bare one would.
		if end := strings.IndexFunc(rest[:n], func(r rune) bool { return r < 0x80 && isDelimiter(byte(r)) }); end >= 0 {
			n = end
		}
		s.pos += n
		s.add(rest[:n])
		return
	}
	s.pos += n + 1
	body := rest[:n]
	clean := s.squeeze(body)
	if len(clean) < len(body) && strings.Count(clean, "@") > 1 && s.wordsAreIDs(body) {
		return
	}
	s.add(clean)
}

// wordsAreIDs adds each word of body when every one of them has an @: such a
// body is two ids that lost the brackets between them, not a folded one.
func (s *scanner) wordsAreIDs(body string) bool {
	words := strings.FieldsFunc(body, func(r rune) bool { return r <= ' ' || r == ',' || r == ';' })
	for _, w := range words {
		if at := strings.IndexByte(w, '@'); at <= 0 || at == len(w)-1 {
			return false
		}
	}
	for _, w := range words {
		s.add(w)
	}
	return true
}

// squeeze removes white space and control characters.
func (s *scanner) squeeze(body string) string {
	clean := true
	for i := 0; i < len(body) && clean; i++ {
		clean = body[i] > ' ' && body[i] != 0x7f
	}
	if clean {
		return body
	}
	s.spaceBuf = s.spaceBuf[:0]
	for i := 0; i < len(body); i++ {
		if c := body[i]; c > ' ' && c != 0x7f {
			s.spaceBuf = append(s.spaceBuf, c)
		}
	}
	return string(s.spaceBuf)
}

// comment skips "(…)" with what is nested in it. When it is never closed, the
// parenthesis is junk, and so are all later ones (so that time stays linear).
func (s *scanner) comment() {
	depth := 0
	for i := s.pos; i < len(s.text); i++ {
		s.steps++
		switch s.text[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				s.pos = i + 1
				return
			}
		}
	}
	s.noMore = true
	s.pos++
}

// word reads a run of characters outside of brackets. It is an id when it has
// an @ with something on both sides, else it is junk.
func (s *scanner) word() {
	start := s.pos
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if c == '<' || isDelimiter(c) {
			break
		}
		s.pos++
		s.steps++
	}
	w := strings.Trim(s.text[start:s.pos], ".:[]{}")
	if at := strings.IndexByte(w, '@'); at > 0 && at < len(w)-1 {
		s.add(w)
	}
}

// isDelimiter tells what separates words outside of brackets.
func isDelimiter(c byte) bool {
	switch c {
	case ',', ';', '>', '"', '\'', ')', '(', 0x7f:
		return true
	}
	return c <= ' '
}

// add keeps an id that was not seen before.
func (s *scanner) add(id string) {
	if id == "" || len(id) > maxIDBytes {
		return
	}
	const few = 16
	if len(s.ids) < few {
		for _, have := range s.ids {
			if have == id {
				return
			}
		}
		s.ids = append(s.ids, id)
		return
	}
	if s.seen == nil {
		s.seen = make(map[string]struct{}, 2*few)
		for _, have := range s.ids {
			s.seen[have] = struct{}{}
		}
	}
	if _, dup := s.seen[id]; dup {
		return
	}
	s.seen[id] = struct{}{}
	s.ids = append(s.ids, id)
}
