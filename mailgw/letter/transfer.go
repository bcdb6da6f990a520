package letter

import (
	"bytes"
	"strings"
)

// transferEncoding reads a Content-Transfer-Encoding as sloppy as it comes
// ("8-bit", "quoted-printable (x)", "base64;"). What is not known is read as is.
func transferEncoding(value string) (encoding string, known bool) {
	v := strings.ToLower(strings.TrimSpace(value))
	v, _, _ = strings.Cut(v, " ")
	v, _, _ = strings.Cut(v, ";")
	v, _, _ = strings.Cut(v, "(")
	v = strings.Trim(v, "\"'.,\r\n\t")
	switch v {
	case "quoted-printable", "quotedprintable", "quoted_printable", "qp":
		return "quoted-printable", true
	case "base64", "base-64", "base 64":
		return "base64", true
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
		return "", true
	case "x-uuencode", "uuencode", "x-uue", "uue":
		return "uuencode", true
	}
	return "", false
}

// base64Values maps a byte to its 6 bits; 0x80 marks what is no base64, 0x81 the
// padding.
var base64Values = makeBase64Values()

func makeBase64Values() (t [256]byte) {
	for i := range t {
		t[i] = 0x80
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(alphabet) {
		t[alphabet[i]] = byte(i)
	}
	t['='] = 0x81
	return t
}

// base64Decoder decodes base64 piece by piece and skips everything that is none
// (RFC 2045 §6.8: "must be ignored"), also padding in the middle, where senders
// glued two texts together.
type base64Decoder struct {
	acc  uint32 // bits not yet written
	n    int    // how many characters are in acc
	junk int    // characters that were neither base64 nor line ends
}

// decode appends the bytes of src to dst.
func (d *base64Decoder) decode(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		if d.n == 0 {
			for i+4 <= len(src) {
				a, b, c, e := base64Values[src[i]], base64Values[src[i+1]], base64Values[src[i+2]], base64Values[src[i+3]]
				if (a|b|c|e)&0x80 != 0 {
					break
				}
				v := uint32(a)<<18 | uint32(b)<<12 | uint32(c)<<6 | uint32(e)
				dst = append(dst, byte(v>>16), byte(v>>8), byte(v))
				i += 4
			}
			if i == len(src) {
				break
			}
		}
		switch v := base64Values[src[i]]; {
		case v < 64:
			d.acc = d.acc<<6 | uint32(v)
			if d.n++; d.n == 4 {
				dst = append(dst, byte(d.acc>>16), byte(d.acc>>8), byte(d.acc))
				d.n, d.acc = 0, 0
			}
		case v == 0x81:
			dst = d.finish(dst)
		case src[i] > ' ':
			d.junk++
		}
		i++
	}
	return dst
}

// finish appends what an incomplete last group holds.
func (d *base64Decoder) finish(dst []byte) []byte {
	switch d.n {
	case 2:
		dst = append(dst, byte(d.acc>>4))
	case 3:
		dst = append(dst, byte(d.acc>>10), byte(d.acc>>2))
	}
	d.n, d.acc = 0, 0
	return dst
}

// decodeQP decodes quoted-printable. A "=" that begins no code stays as it is
// (RFC 2045 §6.7 (2) of the notes leaves this to the reader).
func decodeQP(src []byte) []byte {
	out := make([]byte, 0, len(src))
	for len(src) > 0 {
		nl := bytes.IndexByte(src, '\n')
		line, end := src, ""
		if nl >= 0 {
			line, end, src = src[:nl], "\n", src[nl+1:]
			if len(line) > 0 && line[len(line)-1] == '\r' {
				line, end = line[:len(line)-1], "\r\n"
			}
		} else {
			src = nil
		}
		line = bytes.TrimRight(line, " \t")
		if len(line) > 0 && line[len(line)-1] == '=' {
			line, end = line[:len(line)-1], ""
		}
		out = appendQP(out, line)
		out = append(out, end...)
	}
	return out
}

// appendQP appends one decoded line.
func appendQP(out, line []byte) []byte {
	for len(line) > 0 {
		i := bytes.IndexByte(line, '=')
		if i < 0 {
			break
		}
		out = append(out, line[:i]...)
		if i+2 < len(line) && unhex(line[i+1]) >= 0 && unhex(line[i+2]) >= 0 {
			out = append(out, byte(unhex(line[i+1])<<4|unhex(line[i+2])))
			line = line[i+3:]
			continue
		}
		out = append(out, '=')
		line = line[i+1:]
	}
	return append(out, line...)
}

// decodeUU decodes the first uuencoded file in src; text around it is lost, so
// callers keep src when the result is empty. A file that breaks off is kept.
func decodeUU(src []byte) []byte {
	var out []byte
	inside := false
	for line := range bytes.Lines(src) {
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case !inside:
			inside = bytes.HasPrefix(line, []byte("begin "))
		case string(line) == "end":
			return out
		default:
			out, _ = appendUU(out, line)
		}
	}
	return out
}
