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
	start, end int    // bytes of the text
	num        int64  // a number of people, or -1
	digits     bool   // it is written in digits
	odd        bool   // of a number: a sign beside it says that it counts no people
	line       bool   // it begins a line
	brk        bool   // a comma or its like stands before it
	listed     bool   // a ")" stands right behind it
	dotted     bool   // a "." or ":" or "/" does
	plus       bool   // "+" or "&" stands before it
	dash       bool   // a hyphen stands before it
	item       int64  // 1 or 2: it is the number of an item of a list, "2)"; else 0
	sentence   int
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

// cut makes the tokens.
func (t *impactText) cut() *impactText {
	t.tokens = make([]impactToken, 0, len(t.text)/5+4)
	var low strings.Builder
	low.Grow(len(t.text))
	at := 0
	next := impactToken{line: true}
	sentence, first := 0, 0
	endSentence := func(asks bool) {
		if len(t.tokens) > first {
			for i := first; asks && i < len(t.tokens); i++ {
				t.tokens[i].asks = true
			}
			sentence++
			first = len(t.tokens)
		}
	}
	type span struct{ from, to int }
	lows := make([]span, 0, cap(t.tokens))
	lineStart, open := 0, false
	for at < len(t.text) {
		if at == lineStart && t.skips(at) {
			end := strings.IndexByte(t.text[at:], '\n')
			if end < 0 {
				break
			}
			endSentence(false)
			at += end + 1
			lineStart = at
			next.line = true
			continue
		}
		if at == lineStart && signatureLine(t.text[at:]) {
			break
		}
		c, n := rune(t.text[at]), 1
		if c >= utf8.RuneSelf {
			c, n = utf8.DecodeRuneInString(t.text[at:])
		}
		if isImpactWord(c, n) {
			tok := next
			tok.start, tok.sentence, tok.num = at, sentence, -1
			from := low.Len()
			at = t.wordAt(at, c, &low, &tok)
			lows = append(lows, span{from, low.Len()})
			tok.end = at
			t.tokens = append(t.tokens, tok)
			next = impactToken{}
			continue
		}
		switch c {
		case '\n':
			next.line = true
			if t.answer || t.hardLine(lineStart, at) {
				endSentence(false)
			}
			lineStart = at + 1
		case '!', ';':
			endSentence(false)
			next.brk = true
		case '?':
			endSentence(true)
			next.brk = true
		case '.':
			t.mark(at, func(k *impactToken) { k.dotted = true })
			if t.fullStop(at) {
				endSentence(false)
			}
			next.brk = true
		case ')':
			if !open {
				t.mark(at, func(k *impactToken) { k.listed = true })
			}
			open, next.brk = false, true
		case ':', '/':
			t.mark(at, func(k *impactToken) { k.dotted = true })
			next.brk = true
		case '(':
			open, next.brk = true, true
		case ',', '–', '—', '…', '"', '„', '“', '”', '»', '«', '|', '=':
			next.brk = true
		case '+', '&':
			next.plus = true
		case '-', '\u2010', '\u2011':
			next.dash = true
			if at > 0 && t.text[at-1] == ' ' {
				next.brk = next.brk || !digitBehind(t.text[at+n:]) // "fine - no", but "10 - 15"
			}
		}
		at += n
	}
	endSentence(false)
	all := low.String()
	for i := range t.tokens {
		t.tokens[i].low = all[lows[i].from:lows[i].to]
	}
	return t
}

func digitBehind(s string) bool {
	s = strings.TrimLeft(s, " ")
	return s != "" && s[0] >= '0' && s[0] <= '9'
}

// mark marks the token that ends at a place.
func (t *impactText) mark(at int, set func(*impactToken)) {
	for at > 0 && t.text[at-1] == ' ' { // "1 : 11", as French writes it
		at--
	}
	if n := len(t.tokens); n > 0 && t.tokens[n-1].end == at {
		set(&t.tokens[n-1])
	}
}

func isImpactWord(c rune, n int) bool {
	if n == 1 {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	return unicode.IsLetter(c)
}

// wordAt reads a word or number at a place, and returns its end.
func (t *impactText) wordAt(at int, first rune, low *strings.Builder, tok *impactToken) int {
	if first >= '0' && first <= '9' {
		return t.numberAt(at, low, tok)
	}
	for at < len(t.text) {
		c := rune(t.text[at])
		switch {
		case c >= 'a' && c <= 'z':
			low.WriteByte(t.text[at])
			at++
			continue
		case c >= 'A' && c <= 'Z':
			low.WriteByte(t.text[at] + 'a' - 'A')
			at++
			continue
		case c < utf8.RuneSelf:
			return at
		}
		c, n := utf8.DecodeRuneInString(t.text[at:])
		if !unicode.IsLetter(c) && !unicode.Is(unicode.Mn, c) {
			return at
		}
		foldInto(low, c)
		at += n
	}
	return at
}

// oddBefore and oddBehind are signs by which a number counts no people.
const (
	oddBefore = "#$€£.,:/_@-'"
	oddBehind = "%$€£:_@°"
)

// numberAt reads digits: "12", "1'200", "1.200".
func (t *impactText) numberAt(at int, low *strings.Builder, tok *impactToken) int {
	s, start := t.text, at
	tok.digits = true
	value, digits := int64(0), 0
	for at < len(s) {
		c := s[at]
		if c >= '0' && c <= '9' {
			if digits < maxImpactDigits+2 {
				value = value*10 + int64(c-'0')
			}
			digits++
			at++
			continue
		}
		if strings.IndexByte("'.,", c) >= 0 && at-start <= 3 && groupOfThree(s[at+1:]) {
			at++
			continue
		}
		break
	}
	low.WriteByte('0')
	odd := digits > maxImpactDigits || digits > 1 && s[start] == '0'
	if start > 0 && strings.IndexByte(oddBefore, s[start-1]) >= 0 {
		prev := start >= 2 && s[start-2] != ' ' && s[start-2] != '\n'
		odd = odd || prev && !(s[start-1] == '-' && s[start-2] >= '0' && s[start-2] <= '9') && !(strings.IndexByte("/:,.", s[start-1]) >= 0 && !(s[start-2] >= '0' && s[start-2] <= '9')) || strings.IndexByte("#$_@", s[start-1]) >= 0
	}
	if before := strings.TrimRight(s[max(0, start-4):start], " "); before != "" {
		c, _ := utf8.DecodeLastRuneInString(before)
		odd = odd || strings.ContainsRune("€£$#", c) || unicode.IsLetter(c) && before[len(before)-1] == s[start-1]
	}
	if at < len(s) {
		rest := s[at:]
		c, n := utf8.DecodeRuneInString(rest)
		odd = odd || strings.ContainsRune(oddBehind, c) && !(c == ':' && (len(rest) == n || rest[n] == ' ')) || unicode.IsLetter(c)
		if strings.IndexByte(".,/", rest[0]) >= 0 && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9' {
			odd = true
		}
	}
	if tok.odd = odd; !odd {
		tok.num = value
	}
	return at
}

// groupOfThree tells digits of a thousand: "200" and no digit more.
func groupOfThree(s string) bool {
	for i := range 3 {
		if i >= len(s) || s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 3 || s[3] < '0' || s[3] > '9'
}

// skips tells a line that is quoted.
func (t *impactText) skips(at int) bool {
	line := strings.TrimLeft(t.text[at:min(len(t.text), at+8)], " \t")
	return strings.HasPrefix(line, ">")
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
	if n == 0 || t.tokens[n-1].end != at {
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
