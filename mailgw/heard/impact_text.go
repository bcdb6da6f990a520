package heard

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// impactToken is a word or a number of a text.
type impactToken struct {
	low        string // in lower case, without accents
	num        int64  // a number of people, or -1
	start, end int32  // bytes of the text
	lowEnd     int32  // where low ends in that of all tokens
	sentence   int32
	item       int8 // 1 or 2: it is the number of an item of a list, "2)"; else 0
	digits     bool // it is written in digits
	line       bool // it begins a line
	brk        bool // a comma or its like stands before it
	listed     bool // a ")" stands right behind it
	dotted     bool // a ".", ":" or "/" does
	dash       bool // a hyphen stands before it
	asks       bool // its sentence ends with a question mark
}

// impactHit is a phrase of the tables.
type impactHit struct {
	kind     impactKind
	value    int64
	from, to int // tokens
}

// impactText is a text, cut and looked up.
type impactText struct {
	text   string
	answer bool // each line stands for itself
	tokens []impactToken
	hits   []impactHit
}

// readImpactText cuts the first bytes of a text and looks up its phrases.
func readImpactText(text, language string, limit int, answer bool) *impactText {
	t := &impactText{text: text[:min(len(text), limit)], answer: answer}
	table, err := loadImpact()
	if err != nil { // which tests exclude
		return t
	}
	tag, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(language, "_", "-")), "-")
	t.cut()
	if answer {
		t.items()
	}
	own := table.langs[tag]
	if own == 0 {
		own = t.guess(table)
	}
	if answer { // they are short: their language may have been mistaken
		t.look(table, ^uint32(0), own)
	} else {
		t.look(table, own, own)
	}
	return t
}

// maxGuess is how many words the language is guessed from.
const maxGuess = 200

// guess is the language that knows the most of the words; 0 when none knows any, or
// several know as many of an answer.
func (t *impactText) guess(table *impactTable) uint32 {
	var known [32]int
	for i := range t.tokens[:min(len(t.tokens), maxGuess)] {
		n := table.root.next[t.tokens[i].low]
		if n == nil {
			continue
		}
		langs := uint32(0)
		for _, e := range n.entries {
			langs |= e.langs
		}
		for left := langs; left != 0; left &= left - 1 {
			known[bits.TrailingZeros32(left)]++
		}
	}
	best, tie := 0, true
	for i, n := range known {
		switch {
		case n > known[best]:
			best, tie = i, false
		case n == known[best] && i > 0:
			tie = true
		}
	}
	if tie && t.answer || known[best] == 0 {
		return 0
	}
	return 1 << best
}

// impactCutter makes the tokens of a text.
type impactCutter struct {
	*impactText
	low       strings.Builder
	next      impactToken // what is known of the next token
	sentence  int32
	first     int  // token of the sentence
	lineStart int  // bytes of the text
	open      bool // in a parenthesis
}

// cut makes the tokens.
func (t *impactText) cut() *impactText {
	t.tokens = make([]impactToken, 0, len(t.text)/5+4)
	c := impactCutter{impactText: t, next: impactToken{line: true}}
	c.low.Grow(len(t.text))
	for at := 0; at < len(t.text); {
		if at == c.lineStart {
			if signatureLine(t.text[at:]) {
				break
			}
			if quoted := quotedLines(t.text[at:]); quoted > 0 {
				c.end(false)
				at += quoted
				c.lineStart, c.next.line = at, true
				continue
			}
		}
		r, n := rune(t.text[at]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(t.text[at:])
		}
		if isImpactWord(r, n) {
			at = c.word(at, r)
		} else {
			c.sign(at, r, n)
			at += n
		}
	}
	c.end(false)
	all := c.low.String()
	from := int32(0)
	for i := range t.tokens {
		k := &t.tokens[i]
		k.low, from = all[from:k.lowEnd], k.lowEnd
	}
	return t
}

// word adds the word or number at a place, and returns its end.
func (c *impactCutter) word(at int, first rune) int {
	tok := c.next
	tok.start, tok.sentence, tok.num = int32(at), c.sentence, -1
	if first >= '0' && first <= '9' {
		at = c.numberAt(at, &tok)
		c.low.WriteByte('0')
	} else {
		at = c.lettersAt(at)
	}
	tok.lowEnd, tok.end = int32(c.low.Len()), int32(at)
	c.tokens = append(c.tokens, tok)
	c.next = impactToken{}
	return at
}

// sign takes what stands between words.
func (c *impactCutter) sign(at int, r rune, n int) {
	switch r {
	case '\n':
		c.next.line = true
		if c.answer || c.hardLine(c.lineStart, at) {
			c.end(false)
		}
		c.lineStart = at + 1
	case '!', ';', '?':
		c.end(r == '?')
		c.next.brk = true
	case '.', ':', '/':
		if k := c.behind(at); k != nil {
			k.dotted = true
		}
		if r == '.' && c.fullStop(at) {
			c.end(false)
		}
		c.next.brk = true
	case ')':
		if k := c.behind(at); k != nil && !c.open {
			k.listed = true
		}
		c.open, c.next.brk = false, true
	case '(':
		c.open, c.next.brk = true, true
	case ',', '–', '—', '…', '"', '„', '“', '”', '»', '«', '|', '=':
		c.next.brk = true
	case '-', '\u2010', '\u2011':
		c.next.dash = true
		if at > 0 && c.text[at-1] == ' ' {
			c.next.brk = c.next.brk || !digitBehind(c.text[at+n:]) // "fine - no", but "10 - 15"
		}
	}
}

// end ends a sentence.
func (c *impactCutter) end(asks bool) {
	if len(c.tokens) == c.first {
		return
	}
	for i := c.first; asks && i < len(c.tokens); i++ {
		c.tokens[i].asks = true
	}
	c.sentence++
	c.first = len(c.tokens)
}

// behind is the token that ends at a place; nil when none does. French puts a
// space before a colon.
func (c *impactCutter) behind(at int) *impactToken {
	for at > 0 && c.text[at-1] == ' ' {
		at--
	}
	if n := len(c.tokens); n > 0 && int(c.tokens[n-1].end) == at {
		return &c.tokens[n-1]
	}
	return nil
}

func digitBehind(s string) bool {
	s = strings.TrimLeft(s, " ")
	return s != "" && s[0] >= '0' && s[0] <= '9'
}

func isImpactWord(c rune, n int) bool {
	if n == 1 {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	return unicode.IsLetter(c)
}

// lettersAt reads letters, and returns their end.
func (c *impactCutter) lettersAt(at int) int {
	for at < len(c.text) {
		from := at
		for at < len(c.text) && c.text[at] >= 'a' && c.text[at] <= 'z' {
			at++
		}
		c.low.WriteString(c.text[from:at])
		if at == len(c.text) {
			return at
		}
		if b := c.text[at]; b >= 'A' && b <= 'Z' {
			c.low.WriteByte(b + 'a' - 'A')
			at++
			continue
		} else if b < utf8.RuneSelf {
			return at
		}
		r, n := utf8.DecodeRuneInString(c.text[at:])
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) {
			return at
		}
		foldInto(&c.low, r)
		at += n
	}
	return at
}

// signatureLine tells "-- ".
func signatureLine(s string) bool {
	line, _, _ := strings.Cut(s[:min(len(s), 8)], "\n")
	line = strings.TrimRight(line, " \r")
	return line == "--" || line == "---" || line == "__" || strings.HasPrefix(line, "_____")
}

// hardLine tells that a line break ends a sentence: an empty line or an item follows, or the line was short.
func (t *impactText) hardLine(from, to int) bool {
	rest := strings.TrimLeft(t.text[to+1:min(len(t.text), to+12)], " \t\r")
	return to-from < maxSoftLine || rest == "" || strings.IndexByte("\n-*>|", rest[0]) >= 0 || strings.HasPrefix(rest, "•")
}

// fullStop tells that a full stop ends a sentence: it abbreviates nothing, and no digit follows.
func (t *impactText) fullStop(at int) bool {
	if at+1 < len(t.text) && t.text[at+1] != ' ' && t.text[at+1] != '\n' && t.text[at+1] != '\r' && t.text[at+1] != '.' {
		return false
	}
	n := len(t.tokens)
	if n == 0 || int(t.tokens[n-1].end) != at {
		return true
	}
	switch strings.ToLower(t.text[t.tokens[n-1].start:at]) {
	case "ca", "approx", "env", "aprox", "circa", "bzw", "z", "b", "d", "h", "p", "mind", "max", "min", "etc", "ok", "ej", "u", "u.a", "ung":
		return false
	}
	return true
}

// look finds the longest phrase at each token.
func (t *impactText) look(table *impactTable, mask, own uint32) {
	t.hits = make([]impactHit, 0, len(t.tokens)/2+4)
	for i := 0; i < len(t.tokens); {
		if t.tokens[i].digits || t.tokens[i].item != 0 {
			if t.tokens[i].num >= 0 && t.tokens[i].item == 0 {
				t.hits = append(t.hits, impactHit{impactNumber, t.tokens[i].num, i, i + 1})
			}
			i++
			continue
		}
		h := impactHit{from: i, to: i + 1}
		at := &table.root
		for k := i; k < len(t.tokens); k++ {
			if k > i && (t.tokens[k].sentence != t.tokens[i].sentence || t.tokens[k].brk) {
				break
			}
			if at = at.next[t.tokens[k].low]; at == nil {
				break
			}
			kind, value := at.meaning(mask, own)
			if kind != 0 {
				h.kind, h.value, h.to = kind, value, k+1
			}
		}
		if h.kind != 0 {
			t.hits = append(t.hits, h)
		}
		i = h.to
	}
}

// meaning joins what a phrase is in the languages asked for; when it is something in
// the language of the words, the others do not count.
func (n *impactNode) meaning(mask, own uint32) (kind impactKind, value int64) {
	for pass := range 2 {
		for _, e := range n.entries {
			if e.langs&mask == 0 || pass == 0 && e.langs&own == 0 {
				continue
			}
			kind |= e.kind
			if e.value != 0 {
				value = e.value
			}
		}
		if kind != 0 {
			break
		}
	}
	return kind, value
}

// any tells whether a phrase of a kind stands anywhere.
func (t *impactText) any(kind impactKind) bool {
	for i := range t.hits {
		if t.hits[i].kind&kind != 0 {
			return true
		}
	}
	return false
}
