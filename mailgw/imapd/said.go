package imapd

import "bytes"

// said follows what the server writes, to know where an answer of its own can stand. The
// zero value is ready.
type said struct {
	within  bool   // a line has begun and has not ended
	literal int64  // octets of a literal that are still to come
	end     []byte // of the line, as far as it is there
}

// longestAnnounced is more than the octets that announce a literal at the end of a line.
const longestAnnounced = 30

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
