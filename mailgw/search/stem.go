package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The lengths of stems. A longer one is cut: it is no word, but a line of a log or code.
const (
	minStem = 4  // letters that are left at least when an ending is taken off
	maxStem = 40 // bytes
)

// Stems splits a text into what is compared: its words and numbers, in lower case,
// without accents, and without the endings that words of English, German, French,
// Italian, Spanish, Portuguese, Dutch and Polish have when they are many or bent. One
// rule does for all of them, since a ticket may be in several and a question in
// another: it needs no dictionary, and takes rather too little off than too much.
func Stems(text string) []string {
	out := make([]string, 0, len(text)/6)
	word := make([]byte, 0, 64)
	end := func() {
		if len(word) > 0 {
			out = append(out, stem(string(word)))
			word = word[:0]
		}
	}
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r): // an accent: the letter stands before it
		case ideograph(r): // no spaces between words: each is one
			end()
			out = append(out, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if len(word) < maxStem {
				word = append(word, folded(unicode.ToLower(r))...)
			}
		default:
			end()
		}
	}
	end()
	return out
}

// ideograph reports whether r is of a script that is written without spaces.
func ideograph(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

// folded is a letter as it is written where its mark is not at hand.
func folded(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'ł':
		return "l"
	case 'ø':
		return "o"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ı':
		return "i"
	}
	return string(r)
}

// endings are taken off in this order, each at most once.
var endings = [...][]string{
	{"s", "x"},
	{"ing", "en", "er", "em", "ed", "ach", "ami", "ego", "emu", "om", "ow", "ych", "ie", "oe", "ao", "ee"},
	{"e", "a", "o", "i", "u", "y"},
}

// stem is a folded word without its endings.
func stem(word string) string {
	if strings.ContainsAny(word, "0123456789") {
		return word
	}
	left := utf8.RuneCountInString(word)
	for _, group := range endings {
		for _, e := range group {
			if left-len(e) >= minStem && strings.HasSuffix(word, e) {
				word, left = word[:len(word)-len(e)], left-len(e)
				break
			}
		}
	}
	return word
}
