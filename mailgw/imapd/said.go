package imapd

import (
	"bytes"
	"strconv"
)

// said follows what the server writes, to know where an answer of its own can stand. The
// zero value is ready.
type said struct {
	within  bool   // a line has begun and has not ended
	literal int64  // octets of a literal that are still to come
	end     []byte // of the line, as far as it is there
}

// longestAnnounced is more than the octets that announce a literal at the end of a line.
const longestAnnounced = 64

// add says what is written next.
func (s *said) add(b []byte) {
	for len(b) > 0 {
		s.within = true
		if s.literal > 0 {
			n := min(int64(len(b)), s.literal)
			s.literal -= n
			b = b[n:]
			continue
		}
		line, rest, ends := bytes.Cut(b, []byte("\n"))
		if ends {
			line = b[:len(line)+1]
		}
		b = rest
		s.end = append(s.end, line[max(0, len(line)-longestAnnounced):]...)
		if !ends {
			s.end = append(s.end[:0], s.end[max(0, len(s.end)-longestAnnounced):]...)
			return
		}
		s.within = false
		if bytes.HasSuffix(s.end, []byte("}\r\n")) {
			if n, _ := literalOf(s.end); n >= 0 {
				s.within, s.literal = true, n
			}
		}
		s.end = s.end[:0]
	}
}

// endless is the length of a literal that nobody can say.
const endless = 1 << 50

// literalOf returns how long the literal behind a line is (RFC 9051 §4.3, RFC 7888), -1 when
// there is none, and whether it comes without being asked for.
func literalOf(b []byte) (n int64, now bool) {
	line, ok := bytes.CutSuffix(b, []byte("\n"))
	if !ok {
		return -1, false
	}
	if line, ok = bytes.CutSuffix(bytes.TrimSuffix(line, []byte("\r")), []byte("}")); !ok {
		return -1, false
	}
	line, now = bytes.CutSuffix(line, []byte("+"))
	number := line[len(bytes.TrimRight(line, "0123456789")):]
	switch before := len(line) - len(number); {
	case len(number) == 0:
		return -1, false
	case before == 0 && len(b) >= longestAnnounced: // more digits than are at hand
		return endless, now
	case before == 0 || line[before-1] != '{':
		return -1, false
	}
	n, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil || n > endless {
		return endless, now
	}
	return n, now
}
