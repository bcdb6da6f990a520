package letter

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tongues are the languages of the guess, by their tags, and the frequent words of
// each, from the files of [quoteTable].
var tongues, tongueWords = makeTongues(quoteWords.common)

// fullWord is the weight of a word that only one language has; a word of several is
// shared among them.
const fullWord = 12

func makeTongues(common map[string][]string) (tags []string, words map[string][]byte) {
	tags, words = slices.Sorted(maps.Keys(common)), map[string][]byte{}
	for i, tag := range tags {
		for _, w := range common[tag] {
			if !slices.Contains(words[w], byte(i)) {
				words[w] = append(words[w], byte(i))
			}
		}
	}
	return tags, words
}

// language returns the language of a text as an ISO 639-1 code: what the mail
// declares, else a guess by its script and its frequent words, else "".
func language(declared, text string) string {
	if tag := primaryTag(declared); tag != "" {
		return tag
	}
	const far, enough = 1000, 8 * fullWord // more tell no more
	text = cutRunes(text, far)
	if tag := languageOfScript(text); tag != "" {
		return tag
	}
	var counts [64]int
	count := counts[:min(len(tongues), len(counts))]
	var buf [32]byte
	for text != "" {
		var w []byte
		if w, text = nextWord(text, buf[:0]); len(w) == 0 {
			continue
		}
		in := tongueWords[string(w)]
		for _, i := range in {
			count[i] += fullWord / len(in)
		}
		if len(in) == 1 && count[in[0]] >= enough && leads(count, in[0]) {
			break
		}
	}
	best, second := 0, 0
	for i, n := range count {
		if i == 0 {
			continue
		}
		switch {
		case n > count[best]:
			best, second = i, count[best]
		case n > second:
			second = n
		}
	}
	// Two words at least, and clearly more than any other language has.
	if count[best] < 2*fullWord-2 || 2*count[best] < 3*second || count[best]-second < fullWord {
		return ""
	}
	return tongues[best]
}

// leads says that a language has twice what each other one has.
func leads(count []int, i byte) bool {
	for j, n := range count {
		if 2*n > count[i] && j != int(i) {
			return false
		}
	}
	return true
}

// languageOfScript returns the language of a text whose letters only one has, or
// that has letters of its own; "" for all others.
func languageOfScript(text string) string {
	if isASCII(text) {
		return ""
	}
	ascii, han, kana, hangul, greek, hebrew, arabic, thai := 0, 0, 0, 0, 0, 0, 0, 0
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			if isLetter(byte(r)) {
				ascii++
			}
		case r < 0x370:
		case r < 0x400:
			greek++
		case r < 0x590: // Cyrillic: told by its words
		case r < 0x600:
			hebrew++
		case r < 0x700:
			arabic++
		case 0xe00 <= r && r < 0xe80:
			thai++
		case 0x3040 <= r && r < 0x3100:
			kana++
		case 0x4e00 <= r && r < 0xa000:
			han++
		case 0xac00 <= r && r < 0xd7b0:
			hangul++
		}
	}
	const few = 4
	for _, s := range []struct {
		tag    string
		count  int
		enough bool
	}{{"ja", kana + han, kana > 1}, {"zh", han, true}, {"ko", hangul, true}, {"el", greek, true}, {"he", hebrew, true}, {"ar", arabic, true}, {"th", thai, true}} {
		if s.enough && s.count >= few && 2*s.count > ascii {
			return s.tag
		}
	}
	return ""
}

// nextWord appends the first word of s to buf in lower case and returns it and
// the rest of s. An apostrophe ends a word, and is its last letter. The word is empty
// when s begins with something else.
func nextWord(s string, buf []byte) (word []byte, rest string) {
	for i, r := range s {
		switch {
		case 'a' <= r && r <= 'z':
			buf = append(buf, byte(r))
		case (r == '\'' || r == '’') && len(buf) > 0: // "l'imprimante" is two words, of which the first is French
			return append(buf, '\''), s[i+utf8.RuneLen(r):]
		case 'A' <= r && r <= 'Z':
			buf = append(buf, byte(r)+'a'-'A')
		case r < utf8.RuneSelf:
			return buf, s[i+1:]
		case (r == '¿' || r == '¡') && len(buf) == 0: // a word of Spanish
			return utf8.AppendRune(buf, r), s[i+utf8.RuneLen(r):]
		case unicode.IsLetter(r):
			buf = utf8.AppendRune(buf, unicode.ToLower(r))
		default:
			return buf, s[i+utf8.RuneLen(r):]
		}
		if len(buf) > 24 { // no word of ours
			return nil, strings.TrimLeftFunc(s[i:], unicode.IsLetter)
		}
	}
	return buf, ""
}

// primaryTag returns the language of the first tag in a Content-Language field
// (RFC 3282 §2) without its region; "" when it is none.
func primaryTag(v string) string {
	v, _, _ = strings.Cut(v, ",")
	v, _, _ = strings.Cut(strings.TrimSpace(v), "-")
	if len(v) != 2 || !isLetter(v[0]) || !isLetter(v[1]) {
		return ""
	}
	return strings.ToLower(v)
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
