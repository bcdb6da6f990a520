package letter

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// htmlWriter gathers the text. White space is written late, so that runs of it
// become one.
type htmlWriter struct {
	out    bytes.Buffer
	breaks int    // line breaks that are due
	space  bool   // a space is due
	prefix string // written before the next text: a list item's dash
	pre    int    // depth of <pre>
	quotes int    // depth of <blockquote>
	lists  int    // depth of <ul> and <ol>

	fresh     int // a cell or an item begins here: block elements bring no lines before its first word
	lastBreak int // how much text stands before the last line
	blanks    int // how many U+00A0 there were

	clean *cleanWriter // is told of the words; nil for nobody
}

// text adds words.
func (w *htmlWriter) text(s string) {
	if w.pre > 0 {
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				w.breaks++
				if w.clean != nil {
					w.clean.lineBreak()
				}
			}
			if line = cleanText(strings.TrimRight(line, "\r")); line != "" {
				w.word(line)
			}
		}
		return
	}
	for i := 0; i < len(s); {
		n, plain := wordEnd(s[i:])
		word := s[i : i+n]
		if !plain {
			word = cleanWord(word)
		}
		if word != "" {
			w.word(word)
		}
		if i += n; i == len(s) {
			break
		}
		w.space = true
		if i++; s[i-1] == noBreak[0] {
			i++
			w.blanks++
		}
	}
}

// noBreak is the no-break space.
const noBreak = "\u00a0"

// wordEnd returns how many bytes stand before the first white space, and whether
// [cleanWord] would leave them as they are for sure.
func wordEnd(s string) (n int, plain bool) {
	plain = true
	for n < len(s) {
		switch c := s[n]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f':
			return n, plain
		case c == noBreak[0] && strings.HasPrefix(s[n:], noBreak):
			return n, plain
		case c >= utf8.RuneSelf || badInText[c]:
			plain = false
		}
		n++
	}
	return n, plain
}

// word writes what has no line end in it.
func (w *htmlWriter) word(s string) {
	spaced := w.flush()
	if w.clean != nil {
		w.clean.word(s, spaced, w.out.Len())
	}
	w.out.WriteString(s)
}

// flush writes the white space that is due, and tells whether it was one space.
func (w *htmlWriter) flush() (spaced bool) {
	w.fresh = -1
	if w.breaks > 0 && w.out.Len() > 0 {
		w.lastBreak = w.out.Len()
		w.out.WriteString("\n\n"[:min(w.breaks, 2)])
	}
	if w.breaks > 0 && w.prefix == cellSpace {
		w.prefix = ""
	}
	if w.breaks > 0 || w.out.Len() == 0 {
		w.out.WriteString(strings.Repeat("> ", min(w.quotes, 20)))
	} else if w.space && w.prefix == "" {
		w.out.WriteByte(' ')
		spaced = true
	}
	w.out.WriteString(w.prefix)
	w.breaks, w.space, w.prefix = 0, false, ""
	return spaced
}

// lines makes sure that at least n line breaks are due.
func (w *htmlWriter) lines(n int) {
	if w.fresh != w.out.Len() {
		w.breaks = max(w.breaks, n)
	}
}

// cell keeps a table cell apart from the one before it in its row, and returns
// where the space between them will stand, 0 for none.
func (w *htmlWriter) cell() int {
	sep := 0
	if w.breaks == 0 && w.out.Len() > 0 {
		w.prefix = cellSpace
		sep = w.out.Len()
	}
	w.fresh = w.out.Len()
	return sep
}

// cellSpace stands between two cells.
const cellSpace = "  "

// endCell ends the cell that began at from. One line is a cell of a table; more
// lines are a column of a layout, which begins on a line of its own.
func (w *htmlWriter) endCell(from, sep int) {
	w.fresh = -1
	if w.lastBreak <= from {
		if w.out.Len() > from {
			w.breaks = 0
		}
		return
	}
	if out := w.out.Bytes(); sep > 0 && w.quotes == 0 && bytes.HasPrefix(out[min(sep, len(out)):], []byte(cellSpace)) {
		copy(out[sep:], "\n\n")
	}
	w.lines(1)
}

// endItem ends the list item that began at from.
func (w *htmlWriter) endItem(from int) {
	w.prefix, w.fresh = "", -1
	if w.lastBreak <= from {
		w.breaks = min(w.breaks, 1)
	}
	w.lines(1)
}

// paragraph begins or ends a paragraph.
func (w *htmlWriter) paragraph(tight bool) {
	if tight {
		w.lines(1)
	} else {
		w.lines(2)
	}
}

// link shows where a link leads, unless its text, which begins at from, says so.
func (w *htmlWriter) link(href string, from int) {
	href = strings.TrimSpace(href)
	if from >= w.out.Len() || len(href) > 500 {
		return
	}
	bare, ok := strings.CutPrefix(href, "mailto:")
	if !ok && !strings.HasPrefix(href, "http://") && !strings.HasPrefix(href, "https://") {
		return
	}
	const enough = 1000
	shown := w.out.Bytes()[from:min(w.out.Len(), from+enough)]
	where := strings.TrimSuffix(trimScheme(bare), "/")
	if len(where) <= len(shown) && bytes.Contains(shown, []byte(where)) || !isClean(href) {
		return
	}
	w.out.WriteString(" <")
	w.out.WriteString(bare)
	w.out.WriteString(">")
}

// trimScheme drops http:// or https://.
func trimScheme(s string) string {
	return strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
}

// cleanWord drops control characters and characters of no width, which
// newsletters use to fill the preview. Between letters the non-joiner stays:
// Persian and the scripts of India are written with it.
func cleanWord(s string) string {
	if strings.IndexFunc(s, isFiller) < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i, r := range s {
		if !isFiller(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		if r == '\u200c' {
			before, _ := utf8.DecodeLastRuneInString(s[:i])
			after, _ := utf8.DecodeRuneInString(s[i+3:])
			if inWord(before) && inWord(after) {
				out = append(out, s[i:i+3]...)
			}
		}
	}
	return string(out)
}

// isFiller tells the characters that are not seen.
func isFiller(r rune) bool {
	return r < utf8.RuneSelf && badInText[r] || r == '\u200b' || r == '\u200c' || r == '\ufeff' || r == '\u00ad' || r == '\u034f' || r == '\u2060'
}

// inWord tells the letters of scripts that are not Latin, and their marks.
func inWord(r rune) bool {
	return r >= 0x600 && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r))
}
