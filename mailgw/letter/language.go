package letter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tongue is a language that the guess knows.
type tongue byte

// The languages of the guess; foreign stands for all others.
const (
	english tongue = iota + 1
	german
	french
	foreign
	tongues
)

// commonWords are words that are frequent in one language and rare in the others.
// The foreign ones keep the guess from taking Dutch for German or Spanish for French.
var commonWords = makeCommonWords(map[tongue]string{
	english: `the and is you we with have this our please not hello thanks my it of to for since your can that are when i'm
		dear`,
	german: `der und ist nicht wir ich mit haben bitte eine auf für sie das ein zu seit unser unsere kann hallo danke grüße
		grüßen wie dem den vom habe`,
	french: `le les et est nous vous je pas avec une pour bonjour merci dans notre votre sur depuis cordialement du des ne
		avons ce mon`,
	foreign: `het een niet wij ik van met voor zijn dat op aan el los las que por para con una es del hola gracias no il di
		che per non sono della grazie gli ciao abbiamo não com uma os obrigado nosso em och jag att inte vi har som det
		jeg ikke og på med är er til av hej hei się jest nie proszę ja että ei on w z na`,
})

func makeCommonWords(lists map[tongue]string) map[string]tongue {
	m := map[string]tongue{}
	for t, list := range lists {
		for w := range strings.FieldsSeq(list) {
			m[w] = t
		}
	}
	return m
}

// language returns the language of a text as an ISO 639-1 code: what the mail
// declares, else a guess between English, German and French, else "".
func language(declared, text string) string {
	if tag := primaryTag(declared); tag != "" {
		return tag
	}
	const far, enough = 1000, 8 // bytes and words: more tell no more
	text = cutRunes(text, far)
	var count [tongues]int
	var buf [32]byte
	for text != "" {
		var w []byte
		if w, text = nextWord(text, buf[:0]); len(w) == 0 {
			continue
		}
		t := commonWords[string(w)]
		count[t]++
		// Enough of one language and nothing else: more words change nothing.
		if t != 0 && count[t] >= enough && count[t] == count[english]+count[german]+count[french]+count[foreign] {
			break
		}
	}
	best, second := english, count[foreign]
	for t := german; t <= french; t++ {
		if count[t] > count[best] {
			best, second = t, max(second, count[best])
		} else {
			second = max(second, count[t])
		}
	}
	const sure = 2 // words more than any other language has
	if count[best] < sure || count[best] < 2*second || count[best]-second < sure {
		return ""
	}
	return [tongues]string{english: "en", german: "de", french: "fr"}[best]
}

// nextWord appends the first word of s to buf in lower case and returns it and
// the rest of s. The word is empty when s begins with something else.
func nextWord(s string, buf []byte) (word []byte, rest string) {
	for i, r := range s {
		switch {
		case 'a' <= r && r <= 'z' || r == '\'':
			buf = append(buf, byte(r))
		case 'A' <= r && r <= 'Z':
			buf = append(buf, byte(r)+'a'-'A')
		case r < utf8.RuneSelf:
			return buf, s[i+1:]
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
