package letter

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLegalTongues is in how many languages disclaimers may be known.
const maxLegalTongues = 32

// legalTable are the words of the disclaimers of all languages.
type legalTable struct {
	tags    []string   // the languages
	says    phrases    // what they say, and people hardly
	tongues [][]int    // of each phrase: whose it is, places in tags
	self    [][]string // of each language: words with which people speak of themselves, and disclaimers don't
}

// tongue returns the place of a language.
func (t *legalTable) tongue(lang string) int {
	i := slices.Index(t.tags, lang)
	if i < 0 {
		i = len(t.tags)
		t.tags, t.self = append(t.tags, lang), append(t.self, nil)
	}
	return i
}

// add takes what the disclaimers of a language say.
func (t *legalTable) add(lang string, said []string) {
	tongue := t.tongue(lang)
	for _, p := range said {
		t.says.add(p)
		k := slices.Index(t.says.list, p)
		if k == len(t.tongues) {
			t.tongues = append(t.tongues, nil)
		}
		t.tongues[k] = append(t.tongues[k], tongue)
	}
}

// legalCount is how many different things a text says, by language.
type legalCount [maxLegalTongues]int

// count counts what stands in low, a text as appendFlat makes it.
func (t *legalTable) count(low []byte) (n legalCount) {
	var seen [16]uint64
	t.says.each(low, func(k int) {
		if bit := uint64(1) << (k % 64); seen[k/64]&bit == 0 {
			seen[k/64] |= bit
			for _, tongue := range t.tongues[k] {
				n[tongue]++
			}
		}
	})
	return n
}

// own tells whether the writer of low speaks of himself in one of the languages of
// which the text says as many things as that.
func (t *legalTable) own(low string, n *legalCount, least int) bool {
	for tongue, words := range t.self {
		if n[tongue] >= least && hasWord(low, words) {
			return true
		}
	}
	return false
}

// How much of a text's end is looked at for disclaimers.
const (
	maxLegalBlock  = 4 << 10  // bytes of a block
	maxLegalBytes  = 32 << 10 // bytes of all
	maxLegalBlocks = 24
)

// legalTail returns where the disclaimers at the end of text[from:to] begin, with
// the rule above them; to when there are none.
//
// They are whole blocks, below an empty line or a rule; or below a line, when they
// begin as disclaimers do. One that is not sure is one below another.
func (s *quoteSplitter) legalTail(from, to int) int {
	cut, end := to, to
	for range maxLegalBlocks {
		start, stop := lastBlock(s.text, from, end)
		s.steps += end - start
		if start == stop || stop-start > maxLegalBlock || to-start > maxLegalBytes {
			break
		}
		at, kind := legalIn(s.text[start:stop])
		s.steps += stop - start
		if kind == legalNone {
			break
		}
		if kind == legalSure || kind == legalHeading && cut < to {
			cut = start + at
		}
		if at > 0 {
			break
		}
		end = start
	}
	if cut == to {
		return to
	}
	above := strings.TrimRight(s.text[from:cut], blankSigns+"\n")
	if at := lastLine(above); isRule(above[at:]) {
		return from + at
	}
	return cut
}

// lastBlock returns the last lines of text[from:to] that have neither an empty
// line nor a rule between them, or the end of them when they are too many.
func lastBlock(text string, from, to int) (start, stop int) {
	stop = from
	for start = to; start > from && stop-start <= maxLegalBlock; {
		at := from + lastLine(strings.TrimSuffix(text[from:start], "\n"))
		line := strings.Trim(text[at:start], blankSigns+"\n")
		empty := line == "" || isRule(line)
		if empty && stop > from {
			return start, stop
		}
		if !empty && stop == from {
			stop = start
		}
		start = at
	}
	if stop == from {
		return from, from
	}
	return start, stop
}

// legalKind is how much a block looks like a disclaimer.
type legalKind int

const (
	legalNone    legalKind = iota
	legalMaybe             // it speaks of the same things
	legalHeading           // a heading
	legalSure
)

// legalIn tells what a block is, and where in it a disclaimer begins.
func legalIn(block string) (at int, kind legalKind) {
	const fewest, tries, first, heading = 24, 4, 300, 60 // bytes; tries are so many
	if isNotice(block) && len(block) < heading {
		return 0, legalHeading
	}
	if len(block) < fewest {
		return 0, legalNone
	}
	if isFooter(block) {
		return 0, legalSure
	}
	var buf [maxLegalBlock + maxLegalBlock/8]byte
	low := appendFlat(buf[:0], block)
	n := quoteWords.legal.count(low)
	most := slices.Max(n[:])
	if most == 0 {
		return 0, legalNone
	}
	tried := 0
	for pos := 0; pos < len(block) && tried < tries && most >= fewestLegal; {
		line, next := nextLine(block, pos)
		if opensLegal(line) || pos == 0 && quoteWords.legal.count(appendFlat(nil, cutRunes(line, first))) != (legalCount{}) {
			if tried++; isDisclaimer(block[pos:]) {
				return pos, legalSure
			}
		}
		pos = next
	}
	if asks(block) || quoteWords.legal.own(string(low), &n, most) {
		return 0, legalNone
	}
	return 0, legalMaybe
}

// A disclaimer says so many different things in one language: below a heading of
// its own, and else.
const (
	fewestLegal = 2
	enoughLegal = 3
)

// isDisclaimer tells a block that says at length what lawyers want to be said, and
// nothing of its writer, and that asks nothing. Neighbours share what disclaimers
// say, and not how people speak of themselves.
func isDisclaimer(block string) bool {
	const shortest = 120
	if len(block) < shortest || asks(block) {
		return false
	}
	least := enoughLegal
	if isNotice(block) {
		least = fewestLegal
	}
	low := appendFlat(make([]byte, 0, len(block)), block)
	n := quoteWords.legal.count(low)
	return slices.Max(n[:]) >= least && !quoteWords.legal.own(string(low), &n, least)
}

// asks tells whether a sentence of a text ends with a question mark.
func asks(s string) bool {
	for i, r := range s {
		if r == '？' {
			return true
		}
		if r == '?' {
			if next, _ := utf8.DecodeRuneInString(s[i+1:]); i+1 == len(s) || unicode.IsSpace(next) {
				return true
			}
		}
	}
	return false
}

// hasWord tells whether s, in small letters, has one of the words in it.
func hasWord(s string, words []string) bool {
	for _, w := range words {
		for from := 0; ; {
			i := strings.Index(s[from:], w)
			if i < 0 {
				break
			}
			i += from
			from = i + len(w)
			before, _ := utf8.DecodeLastRuneInString(s[:i])
			after, _ := utf8.DecodeRuneInString(s[from:])
			if first, _ := utf8.DecodeRuneInString(w); first >= 0x2e80 || !unicode.IsLetter(before) && !unicode.IsLetter(after) { // Chinese, Japanese and Korean have no spaces
				return true
			}
		}
	}
	return false
}

// isNotice tells whether a text begins with a heading of disclaimers.
func isNotice(text string) bool { return quoteWords.notice.open(firstLetters(text)) }

// opensLegal tells whether a line begins as disclaimers do.
func opensLegal(line string) bool {
	line = firstLetters(line)
	return quoteWords.notice.open(line) || quoteWords.opens.open(line)
}

// isFooter tells a short block that begins with words that need no more ("think
// before you print"), or only a link ("no virus was found").
func isFooter(block string) bool {
	const longest = 400
	if len(block) > longest {
		return false
	}
	first := firstLetters(block)
	return quoteWords.footer.open(first) ||
		quoteWords.checked.open(first) && (strings.Contains(block, "www.") || strings.Contains(block, "://"))
}

// firstLetters are the first words of a text, without marks and pictures before
// them.
func firstLetters(text string) string {
	return strings.TrimLeftFunc(cutRunes(text, 100), func(r rune) bool { return !unicode.IsLetter(r) })
}
