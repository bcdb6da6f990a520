package customer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// gap is what stands between two words.
type gap byte

const (
	noGap    gap = iota // nothing: the script changes, or needs no spaces
	spaceGap            // white space only
	joinGap             // a hyphen or "&": the words are one name
	softGap             // a comma, a full stop, brackets, a dash: a name may go on behind it
	hardGap             // a line's end, ";", "|": no name goes on behind it
	labelGap            // a colon: like hardGap
	glueGap             // "@", "." or "_" without white space: an address, no name
)

// ends tells whether no name goes on behind the gap.
func (g gap) ends() bool { return g == hardGap || g == labelGap }

// word is one folded word: where it stands in words.text, and what stood before it.
type word struct {
	start, end int32 // texts are bounded, see maxTextBytes
	before     gap
	stem       int32 // bytes before its apostrophe ("Acme's", "Acme'den"); 0 when it has none
	upper      bool  // its first letter was a capital
	small      bool  // its first letter was a small one; both are false where there is no case
	dotted     bool  // it is an abbreviation with full stops
	line       bool  // it is the first of its line
}

// words is a text in folded words, one space between them in text.
type words struct {
	text  []byte
	list  []word
	plain bool // write ä as a, not ae
	// of the word being read
	open    bool
	pending gap // the strongest gap read since the last word
	last    int // script of the last letter
	run     int // letters since the word's beginning or its last dot
	initial int // words.list's length when initials may go on ("A. B."), else 0
	newline bool
	doubled bool // a letter was written with two (ä as ae)
}

// phrase returns the words from i to before j, with spaces between.
func (w *words) phrase(i, j int) []byte { return w.text[w.list[i].start:w.list[j-1].end] }

// fold takes a text apart. Dots within abbreviations fall ("S.p.A." is "spa"),
// so do apostrophes ("O’Hara") but those of an elision ("l’Atelier" is two words);
// initials are one word ("A. B." is "ab"), and "&", "und", "et" … are "and".
func (w *words) fold(s string) {
	w.pending, w.newline = hardGap, true
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			i += w.ascii(s, i)
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == 'ー':
			w.letter(r)
		case unicode.Is(unicode.Mn, r) && w.open:
			// An accent that composes with nothing.
		case r == '’' || r == '‘' || r == '´' || r == '״' || r == '׳':
			w.apostrophe(s[i+size:])
		case unicode.IsSpace(r):
			w.separate(spaceGap)
		case unicode.Is(unicode.Pd, r):
			w.hyphen(s[i+size:])
		default:
			w.separate(softGap)
		}
		i += size
	}
	w.close(hardGap)
}

// ascii reads one ASCII character and returns how many bytes are done.
func (w *words) ascii(s string, i int) int {
	c := s[i]
	if asciiLower[c] != 0 {
		return w.asciiRun(s, i)
	}
	if c != ' ' && c != '.' && c != '-' {
		w.initial = 0
	}
	switch {
	case c == ' ' || c == '\t':
		w.separate(spaceGap)
	case c == '\'' || c == '`' || c == '"' && w.open && isHebrew(s[i+1:]):
		w.apostrophe(s[i+1:])
	case c == '&' || c == '+' && w.isPlus(s[i+1:]):
		w.separate(joinGap)
		w.begin(alphabetic, true, false)
		w.text = append(w.text, "and"...)
		w.separate(joinGap)
	case c == '.':
		w.dot(s[i+1:])
	case c == '-':
		w.hyphen(s[i+1:])
	case c == '\n', c == '\r':
		w.separate(hardGap)
		w.newline = true
	case c == ';', c == '|':
		w.separate(hardGap)
	case c == ':':
		w.separate(labelGap)
	case c == '@', c == '_', c == '/':
		w.glue(s[i+1:])
	default:
		w.separate(softGap)
	}
	return 1
}

// asciiLower gives ASCII letters in lower case and digits; 0 for all else.
var asciiLower = func() (t [256]byte) {
	for c := byte('0'); c <= '9'; c++ {
		t[c] = c
	}
	for c := byte('a'); c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = c, c
	}
	return t
}()

// asciiRun reads the ASCII letters and digits from i on and returns how many.
func (w *words) asciiRun(s string, i int) int {
	c := s[i]
	n := 1
	for i+n < len(s) && asciiLower[s[i+n]] != 0 {
		n++
	}
	upper, single := c >= 'A' && c <= 'Z', n == 1 && (i+1 == len(s) || s[i+1] < utf8.RuneSelf)
	if upper && single && !w.open && w.initial == len(w.list) && w.initial > 0 {
		w.reopen()
	} else {
		w.begin(alphabetic, upper, c >= 'a')
		if upper && single && w.run == 1 && len(w.text) == int(w.list[len(w.list)-1].start) {
			w.initial = len(w.list)
		} else {
			w.initial = 0
		}
	}
	from := len(w.text)
	w.text = slices.Grow(w.text, n)[:from+n]
	for k := range n {
		w.text[from+k] = asciiLower[s[i+k]]
	}
	w.run += n - 1
	return n
}

// reopen goes on with the last word, which is an initial.
func (w *words) reopen() {
	w.open, w.pending, w.run = true, noGap, 1
}

// letter reads one letter or digit beyond ASCII.
func (w *words) letter(r rune) {
	w.initial = 0
	w.begin(script(r), unicode.IsUpper(r), unicode.IsLower(r))
	from := len(w.text)
	w.text = appendFolded(w.text, r, w.plain)
	w.doubled = w.doubled || r < rune(len(latin)) && len(w.text) == from+2
}

// begin opens a word before a letter of the script, unless one is open that the
// letter belongs to.
func (w *words) begin(script int, upper, small bool) {
	if w.open && (script == han || script != w.last) {
		w.close(noGap)
	}
	w.last = script
	w.run++
	if w.open {
		return
	}
	if len(w.text) > 0 {
		w.text = append(w.text, ' ')
	}
	w.list = append(w.list, word{start: int32(len(w.text)), before: w.pending, upper: upper, small: small, line: w.newline})
	w.open, w.pending, w.run, w.newline = true, noGap, 1, false
}

// close ends the open word, before a gap.
func (w *words) close(g gap) {
	if !w.open {
		return
	}
	w.open = false
	last := &w.list[len(w.list)-1]
	last.end = int32(len(w.text))
	n := last.end - last.start
	if n > maxConnective || !connectives.has(w.text[last.start:], last.small && g == spaceGap && last.before == spaceGap) {
		return
	}
	w.text = append(w.text[:last.start], "and"...)
	last.end = int32(len(w.text))
}

// separate ends the open word and remembers the strongest gap behind it.
func (w *words) separate(g gap) {
	w.close(g)
	w.pending = max(w.pending, g)
}

// hyphen reads a hyphen or, with white space around it, a dash.
func (w *words) hyphen(rest string) {
	if !w.open && w.pending != noGap && (rest == "" || rest[0] <= ' ') {
		w.initial = 0
		w.separate(softGap)
		return
	}
	w.separate(joinGap)
}

// dot reads a full stop: within an abbreviation ("S.A", "e.K") it falls, between
// longer words without white space it is an address's.
func (w *words) dot(rest string) {
	next := letterFollows(rest)
	switch {
	case !next:
		w.separate(softGap)
	case w.open && w.run == 1:
		w.run = 0 // the abbreviation goes on
		w.list[len(w.list)-1].dotted = true
	default:
		w.glue(rest)
	}
}

// glue reads a character of addresses.
func (w *words) glue(rest string) {
	if (w.open || w.pending == glueGap) && letterFollows(rest) {
		w.separate(glueGap)
		return
	}
	w.separate(softGap)
}

// apostrophe reads an apostrophe.
func (w *words) apostrophe(rest string) {
	if !w.open {
		w.separate(softGap)
		return
	}
	last := &w.list[len(w.list)-1]
	n := int32(len(w.text)) - last.start
	if letterFollows(rest) && isElision(w.text[last.start:]) {
		w.separate(noGap)
		return
	}
	if n > 1 && last.stem == 0 {
		last.stem = n
	}
}

// isElision tells whether a word before an apostrophe is one of its own.
func isElision(word []byte) bool {
	switch string(word) {
	case "l", "d", "j", "qu", "dell", "all", "dall", "nell", "sull", "un":
		return true
	}
	return false
}

// isPlus tells whether a "+" stands between two words of a name.
func (w *words) isPlus(rest string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " "))
	return len(w.list) > 0 && (w.open || w.pending == spaceGap) && unicode.IsLetter(r)
}

// isHebrew tells whether s begins with a Hebrew letter: a quotation mark before it
// is the sign of an abbreviation.
func isHebrew(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.Hebrew, r)
}

// letterFollows tells whether s begins with a letter or a digit.
func letterFollows(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// compose brings a text into the form that fold reads: full-width and composed
// characters as the usual ones. It copies nothing when there is nothing to do.
func compose(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return norm.NFKC.String(s)
		}
	}
	return s
}
