package letter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// legalWords are of the disclaimers of one language.
type legalWords struct {
	legal []string // what they say, and people hardly
	self  []string // with which people speak of themselves, and disclaimers don't
}

// How much of a text's end is looked at for disclaimers.
const (
	maxLegalBlock  = 8 << 10  // bytes of a block
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
	tried := 0
	for pos := 0; pos < len(block) && tried < tries; {
		line, next := nextLine(block, pos)
		if opensLegal(line) || pos == 0 && saysLegal(cutRunes(block, first)) {
			if tried++; isDisclaimer(block[pos:]) {
				return pos, legalSure
			}
		}
		pos = next
	}
	if saysLegal(block) && !asks(block) {
		return 0, legalMaybe
	}
	return 0, legalNone
}

// isDisclaimer tells a block that says at length what lawyers want to be said:
// three different things of theirs in one language, below a heading of theirs two;
// nothing of its writer, and it asks nothing.
func isDisclaimer(block string) bool {
	const shortest, enough = 120, 3
	if len(block) < shortest || asks(block) {
		return false
	}
	least := enough
	if isNotice(block) {
		least--
	}
	low := flatLower(block)
	for _, w := range quoteWords.legal {
		found := 0
		for _, p := range w.legal {
			if strings.Contains(low, p) {
				found++
			}
		}
		if found >= least && !hasWord(low, w.self) {
			return true
		}
	}
	return false
}

// saysLegal tells whether a text says one of those things in a language, and
// nothing in it of its writer.
func saysLegal(s string) bool {
	low := flatLower(s)
	for _, w := range quoteWords.legal {
		if hasAny(low, w.legal) && !hasWord(low, w.self) {
			return true
		}
	}
	return false
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

// flatLower is a text in small letters with single spaces.
func flatLower(s string) string {
	return strings.ToLower(strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "’", "'"))
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
func isNotice(text string) bool { return beginsWith(firstLetters(text), quoteWords.notice) }

// opensLegal tells whether a line begins as disclaimers do.
func opensLegal(line string) bool {
	line = firstLetters(line)
	return beginsWith(line, quoteWords.notice) || beginsWith(line, quoteWords.opens)
}

// isFooter tells a short block that begins with words that need no more ("think
// before you print"), or only a link ("no virus was found").
func isFooter(block string) bool {
	const longest = 400
	if len(block) > longest {
		return false
	}
	first := firstLetters(block)
	return beginsWith(first, quoteWords.footer) ||
		beginsWith(first, quoteWords.checked) && (strings.Contains(block, "www.") || strings.Contains(block, "://"))
}

// firstLetters are the first words of a text, without marks and pictures before
// them.
func firstLetters(text string) string {
	return strings.TrimLeftFunc(cutRunes(text, 100), func(r rune) bool { return !unicode.IsLetter(r) })
}
