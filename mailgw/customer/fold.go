package customer

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// latin folds U+0080 to U+017F: accents fall, and the letters that are written
// with two where they are missing become two ("Müller" is "Mueller").
var latin = func() (t [0x180]string) {
	for r := rune(0x80); r < 0x180; r++ {
		t[r] = stripMarks(unicode.ToLower(r))
	}
	for r, s := range map[rune]string{
		'ä': "ae", 'ö': "oe", 'ü': "ue", 'Ä': "ae", 'Ö': "oe", 'Ü': "ue", 'ß': "ss",
		'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "oe", 'Ø': "oe",
		'ł': "l", 'Ł': "l", 'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th",
		'ħ': "h", 'Ħ': "h", 'ı': "i", 'ŧ': "t", 'Ŧ': "t",
	} {
		t[r] = s
	}
	return t
}()

// stripMarks returns a lower-case letter without its accents.
func stripMarks(r rune) string {
	var out []byte
	for _, c := range norm.NFD.String(string(r)) {
		if !unicode.Is(unicode.Mn, c) {
			out = utf8.AppendRune(out, c)
		}
	}
	return string(out)
}

// appendFolded appends a letter or digit beyond ASCII in folded form. plain
// writes ä as a and ø as o, not ae and oe.
func appendFolded(b []byte, r rune, plain bool) []byte {
	if r < rune(len(latin)) {
		s := latin[r]
		if plain && len(s) == 2 && (s == "ae" || s == "oe" || s == "ue") && !isLigature(r) {
			s = s[:1]
		}
		return append(b, s...)
	}
	switch script(r) {
	case han, hiragana, katakana, hangul:
		return utf8.AppendRune(b, r)
	}
	if r == 'ς' { // which has no capital of its own
		r = 'σ'
	}
	return append(b, stripMarks(unicode.ToLower(r))...)
}

// isLigature tells whether a letter is always written with two.
func isLigature(r rune) bool { return r == 'æ' || r == 'Æ' || r == 'œ' || r == 'Œ' }

// The scripts that decide where a word ends.
const (
	alphabetic = iota // words are set apart by spaces
	han               // each character is a word
	hiragana
	katakana
	hangul
)

// script returns the group that a letter belongs to.
func script(r rune) int {
	switch {
	case r < 0x1100:
		return alphabetic
	case unicode.Is(unicode.Han, r):
		return han
	case unicode.Is(unicode.Hiragana, r):
		return hiragana
	case unicode.Is(unicode.Katakana, r), r == 'ー':
		return katakana
	case unicode.Is(unicode.Hangul, r):
		return hangul
	}
	return alphabetic
}
