package rules

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	excerptRunes = 60 // how much of a text a line shows
	contextRunes = 20 // how much of it before what matched
	shownTexts   = 5  // how many of a list's patterns a line names
)

// why returns a line for each part of a condition.
func (sc *scratch) why(cond *node) []string {
	if cond == nil {
		return []string{"no condition: true"}
	}
	return sc.lines(nil, cond, "")
}

func (sc *scratch) lines(out []string, n *node, indent string) []string {
	if n.op == opAtoms {
		return append(out, indent+sc.leaf(n))
	}
	switch n.op {
	case opNumber:
		return append(out, indent+n.number.why(sc.facts))
	case opFlag:
		return append(out, indent+sc.whyFlag(n))
	case opDay, opTime:
		return append(out, indent+sc.whyClock(n))
	case opFile:
		return sc.whyFile(out, n, indent)
	}
	name := [...]string{opAny: "any", opAll: "all", opNot: "not"}[n.op]
	out = append(out, fmt.Sprintf("%s%s: %t", indent, name, sc.holds(n)))
	for i := range n.kids {
		out = sc.lines(out, &n.kids[i], indent+"  ")
	}
	return out
}

// head says what was asked of one text.
func (sc *scratch) head(n *node) string {
	first := &sc.set.atoms[n.atoms[0]]
	var asked strings.Builder
	for i, id := range n.atoms {
		if i == shownTexts {
			fmt.Fprintf(&asked, ", … (%d in all)", len(n.atoms))
			break
		}
		if i > 0 {
			asked.WriteString(", ")
		}
		fmt.Fprintf(&asked, "%q", sc.set.atoms[id].source)
	}
	return fmt.Sprintf("%s %s %s", first.field.name(), first.form.name(), &asked)
}

// leaf says what was asked of one text, the answer, and the place.
func (sc *scratch) leaf(n *node) string {
	first, head := &sc.set.atoms[n.atoms[0]], sc.head(n)
	for _, id := range n.atoms {
		if !sc.atom(id) {
			continue
		}
		text, start, end := sc.place(&sc.set.atoms[id])
		by := ""
		if len(n.atoms) > 1 {
			by = fmt.Sprintf(" by %q", sc.set.atoms[id].source)
		}
		return fmt.Sprintf("%s: true%s, %s", head, by, excerpt(text, start, end))
	}
	text := sc.texts[first.field].shown()
	if first.form == formRegexp {
		text = cut(text, MaxRegexpBytes)
	}
	return fmt.Sprintf("%s: false, %s%s", head, excerpt(text, 0, 0), sc.shortened(first))
}

// shortened says that a pattern was not looked for in all of its text, if so.
func (sc *scratch) shortened(a *atom) string {
	if !a.pattern() || sc.limit >= a.reach() || sc.limit >= sc.texts[a.field].bytes {
		return ""
	}
	return fmt.Sprintf("; only its first %d bytes were looked at, since all globs and regexps together would take too long", sc.limit)
}

// place finds where in which text a true atom holds. For a phrase the text
// is the folded one: places in it have none in the raw text.
func (sc *scratch) place(a *atom) (text string, start, end int) {
	t := &sc.texts[a.field]
	switch a.form {
	case formContains:
		for _, folded := range t.folded[:len(t.raw)] {
			if start, end := findPhrase(folded, []byte(a.folded)); start >= 0 {
				return string(folded), start, end
			}
		}
	case formIs:
		for i, folded := range t.folded[:len(t.raw)] {
			if string(folded) == a.folded {
				return t.raw[i], 0, 0
			}
		}
	default:
		i := sc.try(a, 0)
		if i < 0 || a.form == formGlob {
			return t.raw[max(i, 0)], 0, 0
		}
		text := cut(t.raw[i], min(sc.limit, a.reach()))
		if at := a.re.FindStringIndex(text); at != nil {
			return text, at[0], at[1]
		}
	}
	return t.raw[0], 0, 0
}

// findPhrase returns the first place of a folded phrase, trying each word of
// the text in turn; -1, -1 when there is none.
func findPhrase(text, phrase []byte) (start, end int) {
	for start, next := nextWord(text, 0); start < len(text); start, next = nextWord(text, next) {
		if end := phraseAt(text, start, phrase); end >= 0 {
			return start, end
		}
	}
	return -1, -1
}

// phraseAt returns where the phrase ends that starts with the word at i, or -1.
func phraseAt(text []byte, i int, phrase []byte) int {
	end := i
	for from, to := nextWord(phrase, 0); from < len(phrase); from, to = nextWord(phrase, to) {
		var start int
		start, end = nextWord(text, i)
		if !bytes.Equal(text[start:end], phrase[from:to]) {
			return -1
		}
		i = end
	}
	return end
}

// excerpt shows a text around a place, quoted.
func excerpt(text string, start, end int) string {
	if text == "" {
		return "on an empty text"
	}
	from := start
	for i := 0; i < contextRunes && from > 0; i++ {
		_, n := utf8.DecodeLastRuneInString(text[:from])
		from -= n
	}
	to := from
	for i := 0; to < len(text) && i < excerptRunes; i++ {
		_, n := utf8.DecodeRuneInString(text[to:])
		to += n
	}
	before, after := "", ""
	if from > 0 {
		before = "…"
	}
	if to < len(text) {
		after = "…"
	}
	word := "on"
	if end > start {
		word = "in"
	}
	return fmt.Sprintf("%s %q", word, before+text[from:to]+after)
}
