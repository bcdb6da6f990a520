package heard

import (
	"strings"
	"unicode"
)

// clause is a line of a text, or a sentence of one, as words.
type clause struct {
	words []string // as they were written
	plain []string // the same in lower case, without accents and signs; "" for one of signs alone
}

// clauses splits the first limit bytes of a text. A full stop ends one behind a word of
// four letters: others abbreviate.
func clauses(text string, limit int) (out []clause) {
	text = strings.ToValidUTF8(text[:min(len(text), limit)], "")
	var c clause
	end := func() {
		if len(c.words) > 0 {
			out = append(out, c)
			c = clause{}
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, ">") { // quoted, though nothing says so
			continue
		}
		for w := range strings.FieldsSeq(line) {
			c.words, c.plain = append(c.words, w), append(c.plain, plainWord(w))
			if last := w[len(w)-1]; strings.IndexByte("!?;", last) >= 0 || last == '.' && len(w) > len("Inc.") {
				end()
			}
		}
		end()
	}
	return out
}

// plainWord folds one word.
func plainWord(w string) string {
	var b strings.Builder
	for i, t := range verdictWords(strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })) {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// behind returns the words behind the longest of some beginnings, each of folded words
// with a space between; n is how many words that has, 0 when the clause begins with none.
func (c *clause) behind(beginnings []string) (rest []string, n int) {
	for _, b := range beginnings {
		want := strings.Split(b, " ")
		if len(want) <= n || len(want) > len(c.plain) {
			continue
		}
		same := true
		for i := range want {
			same = same && want[i] == c.plain[i]
		}
		if same {
			n = len(want)
		}
	}
	return c.words[n:], n
}
