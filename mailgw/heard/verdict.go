package heard

import (
	"strings"
	"unicode"
)

// Verdict is what a customer's words say about whether their matter is solved.
type Verdict string

// The verdicts. In doubt it is Unclear: then the words are work for a person.
const (
	Unclear Verdict = ""       // none of the others for sure
	Yes     Verdict = "yes"    // it is solved, and they say nothing else
	No      Verdict = "no"     // it is not
	Partly  Verdict = "partly" // not really, or yes with a but
)

// The most of a text that is looked at. Who writes more says more than yes.
const (
	maxVerdictBytes = 4 << 10
	maxVerdictWords = 60
)

// Solved reads a customer's new words (nothing quoted, no signature) as an answer
// to the question whether their matter is solved. lang is the BCP 47 tag of the
// words; where its table says nothing, those of the other languages are asked.
// names are people who may be greeted or may have signed.
//
// Yes takes every word of the text to be one of a yes, of good news, of thanks,
// a greeting, a farewell or a name, and no question: whatever is not known could
// ask for work. No and Partly take one phrase that says so.
func Solved(words, lang string, names ...string) Verdict {
	if len(words) > maxVerdictBytes {
		return Unclear
	}
	t := verdictWords(words)
	if len(t) == 0 || len(t) > maxVerdictWords {
		return Unclear
	}
	known := map[string]bool{}
	for _, n := range names {
		for _, w := range verdictWords(n) {
			known[w.text] = true
		}
	}
	r := verdictReader{words: t, names: known, asks: strings.ContainsAny(words, "?¿？")}
	tables := verdictTables()
	first, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(lang, "_", "-")), "-")
	for _, tag := range []string{first, "en"} {
		if v, heard := r.read(tables[tag]); heard {
			return v
		}
	}
	found := Unclear
	for _, tag := range verdictLanguages() {
		switch v, _ := r.read(tables[tag]); {
		case v == Unclear:
		case found != Unclear && found != v: // one language's yes is another's no
			return Unclear
		default:
			found = v
		}
	}
	return found
}

// verdictWord is one word, or one picture.
type verdictWord struct {
	text  string
	apart bool // a comma or a full stop stands before it
	line  bool // it begins a line
	upper bool // it begins with a capital
}

// verdictWords splits a text into words in lower case without accents.
func verdictWords(text string) (out []verdictWord) {
	text = smileys.Replace(text)
	next := verdictWord{apart: true, line: true}
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			next.text = word.String()
			out = append(out, next)
			next = verdictWord{}
			word.Reset()
		}
	}
	for _, c := range text {
		switch {
		case unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.Is(unicode.Mn, c) && word.Len() > 0 && c < 0xfe00:
			if word.Len() == 0 {
				next.upper = unicode.IsUpper(c)
			}
			foldInto(&word, c)
		case (c == '\'' || c == '’' || c == '`' || c == '´') && word.Len() > 0:
			word.WriteByte('\'')
		case isPicture(c):
			end()
			word.WriteRune(c)
			next.apart = true
			end()
			next.apart = true
		default:
			end()
			next.apart = next.apart || strings.ContainsRune(",.;:!?()–—…\"“”„«»¡¿|/", c)
			next.line = next.line || c == '\n'
		}
	}
	end()
	return out
}

// isPicture tells the signs that are words of their own; what changes their skin or
// joins them is left out.
func isPicture(c rune) bool {
	if c >= 0x1f3fb && c <= 0x1f3ff || c == 0xfe0f || c == 0x200d {
		return false
	}
	return unicode.Is(unicode.So, c) || c >= 0x1f000
}

// foldInto writes a letter in lower case, without its accent.
func foldInto(b *strings.Builder, c rune) {
	c = unicode.ToLower(c)
	if i := strings.IndexRune(accented, c); i >= 0 {
		b.WriteString(plainOf[len([]rune(accented[:i]))])
		return
	}
	if !unicode.Is(unicode.Mn, c) {
		b.WriteRune(c)
	}
}

const accented = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœąćęłńśźżăşţčšžřěů"

var plainOf = [...]string{"a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "n", "o", "o", "o", "o", "o", "o", "u", "u", "u", "u", "y", "y", "ss", "oe",
	"a", "c", "e", "l", "n", "s", "z", "z", "a", "s", "t", "c", "s", "z", "r", "e", "u"}

// smileys become pictures; what is none of them is punctuation.
var smileys = strings.NewReplacer(":-)", "🙂", ":)", "🙂", ";-)", "🙂", ";)", "🙂", ":D", "🙂", ":-D", "🙂", "=)", "🙂", "<3", "❤", ":-(", "☹", ":(", "☹", ":-/", "☹", ":'(", "☹",
	"😀", "🙂", "😃", "🙂", "😄", "🙂", "😁", "🙂", "😊", "🙂", "😉", "🙂", "😎", "🙂", "🥳", "🎉", "🤩", "🙂", "😍", "❤", "🥰", "❤", "💪", "🙂", "👏", "🙂", "🙌", "🙂", "🤗", "🙂", "☺", "🙂", "💯", "🙂", "✨", "🙂",
	"🤝", "🙂", "♥", "❤", "💚", "❤", "✔️", "✔", "☑", "✔", "🆗", "👌",
	"😞", "☹", "😢", "☹", "😡", "☹", "😠", "☹", "🙁", "☹", "😭", "☹", "😤", "☹", "🤬", "☹", "😩", "☹", "😣", "☹", "😕", "☹", "🤦", "☹")
