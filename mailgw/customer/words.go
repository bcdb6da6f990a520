package customer

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// gap is what stands between two words.
type gap byte

const (
	spaceGap gap = iota // white space only, or nothing
	joinGap             // a hyphen or "&": the words are one name
	softGap             // a comma, a full stop, brackets: a name may go on behind it
	hardGap             // a line's end, "!", "?", ";", ":": no name goes on behind it
	glueGap             // "@", "." or "_" without white space: an address, no name
)

// word is one folded word: where it stands in words.text, and what stood before it.
type word struct {
	start, end int32 // texts are bounded, see maxTextBytes
	before     gap
	upper      bool // its first letter was a capital
	small      bool // its first letter was a small one; both are false where there is no case
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
}

// phrase returns the words from i to before j, with spaces between.
func (w *words) phrase(i, j int) []byte { return w.text[w.list[i].start:w.list[j-1].end] }

// fold takes a text apart. Dots within abbreviations fall ("S.p.A." is "spa"),
// so do apostrophes ("O’Hara"), and a genitive's "'s"; "&" is "and".
func (w *words) fold(s string) {
	w.pending = hardGap
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
			i += w.apostrophe(s[i+size:])
		case unicode.IsSpace(r):
			w.separate(spaceGap)
		case unicode.Is(unicode.Pd, r):
			w.separate(joinGap)
		default:
			w.separate(softGap)
		}
		i += size
	}
	w.close()
}

// ascii reads one ASCII character and returns how many bytes are done.
func (w *words) ascii(s string, i int) int {
	c := s[i]
	if asciiLower[c] != 0 {
		return w.asciiRun(s, i)
	}
	switch {
	case c == ' ' || c == '\t':
		w.separate(spaceGap)
	case c == '\'' || c == '`':
		return 1 + w.apostrophe(s[i+1:])
	case c == '&':
		w.separate(joinGap)
		w.begin(alphabetic, true, false)
		w.text = append(w.text, "and"...)
		w.separate(joinGap)
	case c == '.':
		w.dot(s[i+1:])
	case c == '-':
		w.separate(joinGap)
	case c == '\n', c == '\r', c == '!', c == '?', c == ';', c == ':', c == '|':
		w.separate(hardGap)
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
	w.begin(alphabetic, c >= 'A' && c <= 'Z', c >= 'a')
	from, n := len(w.text), 0
	w.text = slices.Grow(w.text, len(s)-i)
	for free := w.text[from:cap(w.text)]; i+n < len(s); n++ {
		c := asciiLower[s[i+n]]
		if c == 0 {
			break
		}
		free[n] = c
	}
	w.text = w.text[:from+n]
	w.run += n - 1
	return n
}

// letter reads one letter or digit beyond ASCII.
func (w *words) letter(r rune) {
	w.begin(script(r), unicode.IsUpper(r), unicode.IsLower(r))
	w.text = appendFolded(w.text, r, w.plain)
}

// begin opens a word before a letter of the script, unless one is open that the
// letter belongs to.
func (w *words) begin(script int, upper, small bool) {
	if w.open && (script == han || script != w.last) {
		w.close()
	}
	w.last = script
	w.run++
	if w.open {
		return
	}
	if len(w.text) > 0 {
		w.text = append(w.text, ' ')
	}
	w.list = append(w.list, word{start: int32(len(w.text)), before: w.pending, upper: upper, small: small})
	w.open, w.pending, w.run = true, spaceGap, 1
}

// close ends the open word.
func (w *words) close() {
	if w.open {
		w.list[len(w.list)-1].end = int32(len(w.text))
		w.open = false
	}
}

// separate ends the open word and remembers the strongest gap behind it.
func (w *words) separate(g gap) {
	w.close()
	w.pending = max(w.pending, g)
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

// apostrophe reads an apostrophe and returns how many bytes behind it are done:
// the "s" of a genitive falls with it.
func (w *words) apostrophe(rest string) int {
	if !w.open {
		w.separate(softGap)
		return 0
	}
	if len(rest) > 0 && (rest[0] == 's' || rest[0] == 'S') && !letterFollows(rest[1:]) {
		return 1
	}
	return 0
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
