package letter

import (
	"unicode"
	"unicode/utf8"
)

// flatLower is a text in small letters with single spaces and straight apostrophes,
// without spaces around it, as phrases are looked for in it.
func flatLower(s string) string { return string(appendFlat(make([]byte, 0, len(s)), s)) }

// appendFlat appends to an empty buffer what flatLower makes of s.
func appendFlat(out []byte, s string) []byte {
	space := false
	for i := 0; i < len(s); {
		c := flatSigns[s[i]]
		if c == flatWide {
			r, n := utf8.DecodeRuneInString(s[i:])
			i += n
			switch {
			case unicode.IsSpace(r):
				space = len(out) > 0
				continue
			case r == '’':
				r = '\''
			}
			if space {
				out, space = append(out, ' '), false
			}
			out = utf8.AppendRune(out, unicode.ToLower(r))
			continue
		}
		i++
		if c == ' ' {
			space = len(out) > 0
			continue
		}
		if space {
			out, space = append(out, ' '), false
		}
		out = append(out, c)
	}
	return out
}

// flatSigns are the signs of ASCII as flatLower writes them; flatWide is no such sign.
var flatSigns = makeFlatSigns()

const flatWide = utf8.RuneSelf

func makeFlatSigns() (t [256]byte) {
	for i := range t {
		switch c := byte(i); {
		case c >= utf8.RuneSelf:
			t[i] = flatWide
		case c <= ' ':
			t[i] = ' '
		case 'A' <= c && c <= 'Z':
			t[i] = c + 'a' - 'A'
		default:
			t[i] = c
		}
	}
	return t
}
