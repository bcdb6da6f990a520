package letter

import (
	"bytes"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// isISO2022JP tells a text of Japanese mail by its escapes (RFC 1468): all of it is
// 7-bit, so no label but that one can be right.
func isISO2022JP(b []byte) bool {
	if !isASCII(b) {
		return false
	}
	for _, escape := range []string{"\x1b$B", "\x1b$@", "\x1b(J", "\x1b(I", "\x1b$(D"} {
		if bytes.Contains(b, []byte(escape)) {
			return true
		}
	}
	return false
}

// marked returns the UTF-16 that a byte order mark and a byte of 0 prove, nil
// without them.
func marked(b []byte) encoding.Encoding {
	if len(b)%2 != 0 || len(b) < 4 || b[0] < 0xfe || bytes.IndexByte(b, 0) < 0 {
		return nil
	}
	switch {
	case b[0] == 0xff && b[1] == 0xfe:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case b[0] == 0xfe && b[1] == 0xff:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// isUTF16 tells whether enc is one of the two orders.
func isUTF16(enc encoding.Encoding) bool {
	return enc == unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM) || enc == unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM) ||
		enc == unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
}

// utf16Order returns in which order the bytes of a text without mark stand, nil
// when it is no UTF-16. Every text has spaces or line ends, whose high byte is 0.
func utf16Order(b []byte) encoding.Encoding {
	even, odd := 0, 0
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 {
			even++
		}
		if b[i+1] == 0 {
			odd++
		}
	}
	switch {
	case even == 0 && odd == 0 && len(b) > 0 && (isASCII(b) || len(b)%2 != 0):
		return nil
	case even > odd:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
}

// iso2022KR decodes Korean 7-bit mail (RFC 1557): SO and SI switch between ASCII
// and KS C 5601, which is EUC-KR without its high bits.
type iso2022KR struct{}

// NewDecoder returns a decoder; like those of x/text it reports no error.
func (iso2022KR) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: transform.Chain(&shiftOut{}, korean.EUCKR.NewDecoder())}
}

// NewEncoder is there for the interface; nothing here writes that charset.
func (iso2022KR) NewEncoder() *encoding.Encoder { return korean.EUCKR.NewEncoder() }

// shiftOut turns ISO-2022-KR into EUC-KR.
type shiftOut struct {
	transform.NopResetter
	on bool
}

// Transform implements transform.Transformer. The header "ESC $ ) C" is dropped.
func (s *shiftOut) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	header := []byte("\x1b$)C")
	for nSrc < len(src) {
		c := src[nSrc]
		switch {
		case c == 0x1b && bytes.HasPrefix(src[nSrc:], header):
			nSrc += len(header)
			continue
		case c == 0x1b && !atEOF && bytes.HasPrefix(header, src[nSrc:]):
			return nDst, nSrc, transform.ErrShortSrc
		case c == 0x0e || c == 0x0f:
			s.on = c == 0x0e
			nSrc++
			continue
		case c == '\n':
			s.on = false // RFC 1557 §1: each line begins in ASCII
		case s.on && c > ' ':
			c |= 0x80
		}
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		dst[nDst] = c
		nDst++
		nSrc++
	}
	return nDst, nSrc, nil
}
