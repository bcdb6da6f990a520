package smtpd

import "bytes"

// lineState is where in a line a scanner stands.
type lineState int

const (
	atLineStart lineState = iota // behind CRLF, or at the beginning
	atDot                        // behind a dot at the start of a line
	atDotCR                      // behind that dot and a CR
	inLine                       // within a line
	atCR                         // behind a CR
	atEnd                        // behind CRLF.CRLF
)

// scanner reads the lines of a mail as they come off the wire, in pieces of any
// size. Only CRLF ends a line, and with dots only CRLF.CRLF ends the mail. The
// zero scanner reads a mail without dot stuffing.
//
// Workaround: go-smtp v0.25.1 passes bare CR and LF on, and drops the CR of a
// line that begins with ".CR" (TestScanner).
type scanner struct {
	dots  bool // take dot stuffing off, and find the end
	fix   bool // write CRLF for a bare CR or LF
	state lineState
	bare  bool // a bare CR or LF was seen
}

var crlf = []byte("\r\n")

// feed reads p, appends what it says to dst and returns that, with the number
// of octets used: all of them, or those up to the end of the mail.
func (s *scanner) feed(dst, p []byte) ([]byte, int) {
	lf := -1 // index of the next LF; len(p) if there is none
	for i := 0; i < len(p); {
		switch s.state {
		case atEnd:
			return dst, i
		case atLineStart:
			s.state = inLine
			if s.dots && p[i] == '.' {
				s.state = atDot
				i++
			}
		case atDot:
			s.state = inLine
			if p[i] == '\r' {
				s.state = atDotCR
				i++
			}
		case atDotCR:
			if p[i] == '\n' {
				s.state = atEnd
				return dst, i + 1
			}
			s.state = atCR
		case atCR:
			if p[i] == '\n' {
				dst = append(dst, crlf...)
				s.state = atLineStart
				i++
				break
			}
			dst = s.bareByte(dst, '\r')
			s.state = inLine
		case inLine:
			if lf < i {
				lf = len(p)
				if k := bytes.IndexByte(p[i:], '\n'); k >= 0 {
					lf = i + k
				}
			}
			dst, i = s.text(dst, p, i, lf)
		}
	}
	return dst, len(p)
}

// text takes p from i up to the next CR, or up to the LF at lf.
func (s *scanner) text(dst, p []byte, i, lf int) ([]byte, int) {
	if k := bytes.IndexByte(p[i:lf], '\r'); k >= 0 {
		s.state = atCR
		return append(dst, p[i:i+k]...), i + k + 1
	}
	dst = append(dst, p[i:lf]...)
	if lf == len(p) {
		return dst, lf
	}
	return s.bareByte(dst, '\n'), lf + 1
}

// bareByte appends a CR or LF that stands alone. The line goes on behind it: a
// dot there is a dot.
func (s *scanner) bareByte(dst []byte, c byte) []byte {
	s.bare = true
	if s.fix {
		return append(dst, crlf...)
	}
	return append(dst, c)
}

// finish appends what is left when the mail has ended without a dot.
func (s *scanner) finish(dst []byte) []byte {
	if s.state == atCR {
		s.state = inLine
		dst = s.bareByte(dst, '\r')
	}
	return dst
}
