package rules

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folder folds texts for comparing: compatibility forms, case and accents
// go, runs of white space become one space, none stands at the ends. Its
// buffers are reused, so it serves one goroutine at a time.
type folder struct{ wide, narrow []byte }

// foldString folds a pattern.
func foldString(s string) string {
	var f folder
	return string(f.append(nil, s))
}

// append adds the folded s to dst, which must be empty or its own start.
// The result is valid UTF-8.
func (f *folder) append(dst []byte, s string) []byte {
	start := len(dst)
	gap := true // nothing, or a space, stands at the end of dst
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c <= ' ' || c == 0x7f:
			if !gap {
				dst = append(dst, ' ')
				gap = true
			}
			i++
			continue
		case c < utf8.RuneSelf:
			if c-'A' < 26 {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			gap = false
			i++
			continue
		case c >= latinLead && c <= latinLastLead && i+1 < len(s):
			if at := latinAt(c, s[i+1]); at >= 0 {
				dst = append(dst, latinFold[at])
				if latinFold[at+1] != latinNone {
					dst = append(dst, latinFold[at+1])
				}
				gap = false
				i += 2
				continue
			}
		}
		// A run without ASCII can be folded by itself: the only marks that
		// compose with an ASCII letter are those that are dropped.
		end := i + 1
		for end < len(s) && s[end] >= utf8.RuneSelf {
			end++
		}
		dst, gap = f.run(dst, s[i:end], gap)
		i = end
	}
	if gap && len(dst) > start {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// run folds a run of characters outside of ASCII.
func (f *folder) run(dst []byte, run string, gap bool) ([]byte, bool) {
	f.wide = norm.NFKD.AppendString(f.wide[:0], run)
	f.narrow = f.narrow[:0]
	for i := 0; i < len(f.wide); {
		r, n := utf8.DecodeRune(f.wide[i:])
		i += n
		if !dropped(r) {
			f.narrow = appendLower(f.narrow, r)
		}
	}
	// Composed again, so that a Korean syllable is one character and が is
	// not か with something behind it.
	f.wide = norm.NFC.Append(f.wide[:0], f.narrow...)
	for i := 0; i < len(f.wide); {
		r, n := utf8.DecodeRune(f.wide[i:])
		switch {
		case !unicode.IsSpace(r) && !unicode.IsControl(r):
			dst = append(dst, f.wide[i:i+n]...)
			gap = false
		case !gap:
			dst = append(dst, ' ')
			gap = true
		}
		i += n
	}
	return dst, gap
}

// dropped reports whether folding removes a character of a decomposed text:
// accents, Hebrew and Arabic points, and what is invisible (soft hyphens,
// joiners, direction marks). Marks that spell a word stay: kana's voicing
// (U+3099, U+309A), the vowel signs of Indic and Thai.
func dropped(r rune) bool {
	if r < 0x80 || r == 0x3099 || r == 0x309a {
		return false
	}
	if unicode.Is(unicode.Cf, r) {
		return true
	}
	return unicode.Is(unicode.Mn, r) &&
		(unicode.Is(unicode.Inherited, r) || unicode.Is(unicode.Hebrew, r) || unicode.Is(unicode.Arabic, r))
}

// appendLower adds r without its case, and letters that only look like one
// with an accent as that letter.
func appendLower(dst []byte, r rune) []byte {
	switch r {
	case 'ß', 'ẞ':
		return append(dst, "ss"...)
	case 'æ', 'Æ':
		return append(dst, "ae"...)
	case 'œ', 'Œ':
		return append(dst, "oe"...)
	case 'ø', 'Ø':
		return append(dst, 'o')
	case 'ł', 'Ł':
		return append(dst, 'l')
	case 'đ', 'Đ', 'ð', 'Ð':
		return append(dst, 'd')
	}
	// By way of the capital: the final ς becomes σ, the dotless ı an i.
	return utf8.AppendRune(dst, unicode.ToLower(unicode.ToUpper(r)))
}
