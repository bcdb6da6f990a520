package rules

import (
	"unicode"
	"unicode/utf8"
)

// nextWord finds the first word at or after i in a folded text. start equals
// len(text) when there is none. A word is a run of letters, digits and their
// marks; in scripts written without spaces each character is a word, so
// that a phrase is found wherever its characters follow each other.
func nextWord(text []byte, i int) (start, end int) {
	for i < len(text) && wordClass[text[i]] == '.' {
		i++
	}
	for end = i; end < len(text) && wordClass[text[end]] == 'w'; {
		end++
	}
	if end < len(text) && wordClass[text[end]] == 'u' {
		return nextWideWord(text, i)
	}
	return i, end
}

// nextWideWord is nextWord where more than ASCII may come.
func nextWideWord(text []byte, i int) (start, end int) {
	for i < len(text) {
		if text[i] < utf8.RuneSelf {
			if wordClass[text[i]] == 'w' {
				return i, wordEnd(text, i+1)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if wordRune(r) {
			if unspaced(r) {
				return i, marksEnd(text, i+n)
			}
			return i, wordEnd(text, i+n)
		}
		i += n
	}
	return i, i
}

// wordEnd follows a word of a spaced script from inside it.
func wordEnd(text []byte, i int) int {
	for i < len(text) {
		if text[i] < utf8.RuneSelf {
			if wordClass[text[i]] != 'w' {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if unspaced(r) || !wordRune(r) {
			return i
		}
		i += n
	}
	return i
}

// marksEnd follows the marks that belong to one character.
func marksEnd(text []byte, i int) int {
	for i < len(text) {
		r, n := utf8.DecodeRune(text[i:])
		if r < utf8.RuneSelf || r >= 0x3400 && r <= 0x9fff || !unicode.IsMark(r) {
			return i
		}
		i += n
	}
	return i
}

func wordRune(r rune) bool {
	switch { // the most frequent, before the search in large tables
	case r >= 0x3b1 && r <= 0x3c9, r >= 0x430 && r <= 0x45f, r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return true
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// unspaced reports whether r belongs to a script that is written without
// spaces, or, as Korean, with endings joined to the word.
func unspaced(r rune) bool {
	switch {
	case r < 0x0e00:
		return false
	case r <= 0x0eff: // Thai, Lao
		return true
	case r >= 0x1000 && r <= 0x109f: // Myanmar
		return true
	case r >= 0x1100 && r <= 0x11ff: // Hangul letters
		return true
	case r >= 0x1780 && r <= 0x17ff: // Khmer
		return true
	case r >= 0x3005 && r <= 0x3007: // 々〆〇
		return true
	case r >= 0x3040 && r <= 0x312f: // kana, bopomofo
		return true
	case r >= 0x31f0 && r <= 0x31ff, r >= 0x3400 && r <= 0x9fff: // more kana, Han
		return true
	case r >= 0xac00 && r <= 0xd7ff, r >= 0xf900 && r <= 0xfaff: // Hangul, Han
		return true
	}
	return r >= 0x1b000 && r <= 0x1b16f || r >= 0x20000 && r <= 0x3ffff
}
