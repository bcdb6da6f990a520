package letter

import "bytes"

// splitter cuts a multipart's body at its boundary lines, from front to back, in
// one pass.
// RFC 2046 §5.1.1: a boundary line is "--" and the boundary, and only white space
// after it; with "--" after it, it is the last.
type splitter struct {
	body     []byte
	boundary string
	pos      int  // where the next part begins; 0 before the first
	begun    bool // the first boundary line was passed
	done     bool
	closed   bool // the end line was seen
}

// found tells whether the body has a boundary line at all.
func (s *splitter) found() bool {
	at, _, _ := s.find(0)
	return at >= 0
}

// next returns the next part, header and body, without the line end before the
// boundary line, which belongs to that.
func (s *splitter) next() (raw []byte, ok bool) {
	if !s.begun {
		s.begun = true
		at, after, last := s.find(0)
		if at < 0 || last {
			s.done, s.closed = true, at >= 0
		}
		s.pos = after
	}
	if s.done {
		return nil, false
	}
	start := s.pos
	at, after, last := s.find(start)
	if at < 0 {
		s.done, s.pos = true, len(s.body)
		if len(bytes.TrimSpace(s.body[start:])) == 0 {
			return nil, false
		}
		return s.body[start:], true
	}
	s.pos, s.done, s.closed = after, last, last
	end := at
	if end > start && s.body[end-1] == '\n' {
		end--
		if end > start && s.body[end-1] == '\r' {
			end--
		}
	}
	return s.body[start:end], true
}

// rest returns what was not yet handed out.
func (s *splitter) rest() []byte { return s.body[s.pos:] }

// find returns the next boundary line at or after from: where it begins, where
// the line after it begins, and whether it is the last. at is -1 when there is none.
func (s *splitter) find(from int) (at, after int, last bool) {
	mark := "--" + s.boundary
	for pos := from; pos < len(s.body); {
		i := bytes.Index(s.body[pos:], []byte(mark))
		if i < 0 {
			break
		}
		i += pos
		pos = i + len(mark)
		if i > 0 && s.body[i-1] != '\n' {
			continue
		}
		line := s.body[pos:]
		after = len(s.body)
		if nl := bytes.IndexByte(line, '\n'); nl >= 0 {
			line, after = line[:nl], pos+nl+1
		}
		if last = bytes.HasPrefix(line, []byte("--")); last {
			line = line[2:]
		}
		if len(bytes.TrimSpace(line)) == 0 {
			return i, after, last
		}
	}
	return -1, len(s.body), false
}

// beginsWithPart tells whether a body begins with a boundary line and a part's header.
func beginsWithPart(body []byte) bool {
	body = bytes.TrimLeft(body, "\r\n")
	boundary := ""
	if bytes.HasPrefix(body, []byte("--")) {
		boundary = guessBoundary(body)
	}
	return boundary != "" && bytes.HasPrefix(body[2:], []byte(boundary))
}

// guessBoundary returns the boundary that the first line with "--" names, when a
// field follows that line; "" when there is none.
func guessBoundary(body []byte) string {
	const far = 64 << 10
	b := body[:min(len(body), far)]
	for len(b) > 0 {
		line := b
		nl := bytes.IndexByte(b, '\n')
		if nl >= 0 {
			line, b = b[:nl], b[nl+1:]
		} else {
			b = nil
		}
		line = bytes.TrimRight(line, " \t\r")
		if len(line) < 3 || len(line) > 202 || !bytes.HasPrefix(line, []byte("--")) || bytes.IndexByte(line, ' ') >= 0 {
			continue
		}
		next, _, _ := bytes.Cut(b, []byte("\n"))
		if bytes.HasPrefix(bytes.ToLower(next[:min(len(next), 20)]), []byte("content-")) {
			return string(line[2:])
		}
	}
	return ""
}
