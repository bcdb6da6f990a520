package letter

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// cleanWriter writes HTML of our own while an htmlWalker reads somebody's. It is
// told of each element that is seen, and of each word with its place in the text.
//
// An element is written when the first word in it is, so what has no words leaves
// nothing behind. What is written follows the rules of HTML about what may stand in
// what: a parser finds there just those elements.
type cleanWriter struct {
	out    strings.Builder
	all    bool      // keep all words
	keep   []stretch // else those in here
	failed bool      // a limit was passed, or keep cuts a word

	stack   []cleanElement // as the walker's, elements without a tag among them
	written []int          // those of the stack that are in out
	pending []pendingHTML  // what comes before the next word

	inline bool // the line that is being written has words
	space  bool // a space is before the next word
	steps  int  // elements, words and what is pending that were looked at
	breaks int  // how many <br> were written since the last word or block
}

// cleanElement is an open element.
type cleanElement struct {
	tag     atom.Atom // 0 for none of ours: only what is in it is written
	attrs   string    // as they are written
	pending int       // where it stands in pending, -1 when it is written
	href    string    // of a link
	at      int       // where its content begins in out
	dir     direction // which way its words run
	grid    bool      // of a table: its cells have borders
	implied []string  // the table's elements in it that HTML wants and its writer left out
	broken  bool      // it may not stand where it stands: only what is in it is written
}

// pendingHTML is something to be written before the next word.
type pendingHTML struct {
	kind  pendingKind
	index int    // pendingOpen: of the stack
	tag   string // pendingCell: td or th
	attrs string // pendingCell
}

type pendingKind uint8

const (
	pendingOpen  pendingKind = iota // an element begins
	pendingCell                     // a cell without words
	pendingBreak                    // a line break that was asked for
	pendingLine                     // a block begins or ends: the next word stands on a new line
	pendingRule                     // <hr>
)

// open is told of an element.
func (c *cleanWriter) open(tag atom.Atom, a attributes, tight bool) {
	if c.steps++; c.failed {
		return
	}
	e := cleanElement{tag: cleanTag(tag), pending: len(c.pending)}
	if e.tag == atom.P && (tight || noMargin(a.style)) {
		e.tag = atom.Div
	}
	c.grid(e.tag, a)
	e.attrs, e.href, e.dir = cleanAttributes(&e.tag, a)
	e.grid = e.tag == atom.Table && a.border != "" && a.border != "0"
	if e.tag != 0 {
		c.pending = append(c.pending, pendingHTML{kind: pendingOpen, index: len(c.stack)})
	} else if blockBreaks(tag) > 0 {
		c.line()
	}
	c.stack = append(c.stack, e)
}

// void is told of an element without content.
func (c *cleanWriter) void(tag atom.Atom) {
	switch {
	case c.failed:
	case tag == atom.Br:
		c.lineBreak()
	case tag == atom.Hr:
		if n := len(c.pending); n == 0 || c.pending[n-1].kind != pendingRule {
			c.pending = append(c.pending, pendingHTML{kind: pendingRule})
		}
	case blockBreaks(tag) > 0:
		c.line()
	}
}

// maxBreaks is how many <br> stand in a row: two empty lines are enough for anybody.
const maxBreaks = 3

// lineBreak asks for <br>.
func (c *cleanWriter) lineBreak() {
	n := 0
	for n < maxBreaks && n < len(c.pending) && c.pending[len(c.pending)-1-n].kind == pendingBreak {
		n++
	}
	if n < maxBreaks {
		c.pending = append(c.pending, pendingHTML{kind: pendingBreak})
	}
}

// line makes the next word stand on a new line.
func (c *cleanWriter) line() {
	if n := len(c.pending); n == 0 || c.pending[n-1].kind != pendingLine && c.pending[n-1].kind != pendingBreak {
		c.pending = append(c.pending, pendingHTML{kind: pendingLine})
	}
}

// close is told that the innermost element ends. blank says that it held a space
// which cannot be broken.
func (c *cleanWriter) close(tag atom.Atom, blank bool) {
	if c.failed || len(c.stack) == 0 {
		return
	}
	e := &c.stack[len(c.stack)-1]
	switch {
	case e.tag == 0:
		if blockBreaks(tag) > 0 {
			c.line()
		}
	case e.pending < 0:
		c.shut(e)
		c.written = c.written[:len(c.written)-1]
	default:
		c.forget(e, blank)
	}
	c.stack = c.stack[:len(c.stack)-1]
}

// shut ends an element that was written.
func (c *cleanWriter) shut(e *cleanElement) {
	if e.broken {
		if !isInline(e.tag) {
			c.line()
		}
		return
	}
	c.settle(e.tag)
	if e.href != "" {
		c.steps += c.out.Len() - e.at
		if said := leadsTo(e.href, c.out.String()[e.at:]); said != "" {
			if c.inline {
				said = " " + said
			}
			c.out.WriteString(said)
			c.inline = true
		}
	}
	c.unwind(e, 0)
	c.out.WriteString("</" + e.tag.String() + ">")
	c.block(e.tag)
}

// block notes that an element which is no part of a line begins or ends.
func (c *cleanWriter) block(tag atom.Atom) {
	if !isInline(tag) {
		c.inline, c.breaks = false, 0
	}
}

// settle drops what need not be written before the end of an element: of a block
// that ends with a line of words the line break behind it, which is not seen.
func (c *cleanWriter) settle(tag atom.Atom) {
	if isInline(tag) {
		return
	}
	c.steps += len(c.pending)
	seen := c.inline
	kept := c.pending[:0]
	for _, p := range c.pending {
		switch {
		case p.kind == pendingBreak && seen:
			seen = false
		case p.kind == pendingBreak:
			kept = append(kept, p)
		case p.kind == pendingRule:
			kept, seen = append(kept, p), false
		case p.kind == pendingCell && tag == atom.Tr:
			c.cell(p)
		default:
			seen = false
		}
	}
	c.pending = kept
}

// forget drops an element without words. Line breaks in it stay, and so does the
// cell of a table, or those to the right of it would move.
func (c *cleanWriter) forget(e *cleanElement, blank bool) {
	inside := c.pending[e.pending+1:]
	c.steps += len(inside)
	breaks, rule := 0, false
	for _, p := range inside {
		if p.kind == pendingBreak {
			breaks++
		}
		rule = rule || p.kind == pendingRule
	}
	inline := isInline(e.tag)
	c.pending = c.pending[:e.pending]
	if e.tag == atom.Td || e.tag == atom.Th {
		c.pending = append(c.pending, pendingHTML{kind: pendingCell, tag: e.tag.String(), attrs: e.attrs})
		return
	}
	if isRow(e.tag) {
		c.line()
		return
	}
	if !inline {
		c.line()
	}
	for range min(breaks, maxBreaks) {
		c.lineBreak()
	}
	if rule {
		c.void(atom.Hr)
	}
	if inline {
		return
	}
	if blank && breaks == 0 && e.tag == atom.Div {
		c.lineBreak()
	}
	c.line()
}

// word is told of a word, or a line of preformatted text, that stands at from in
// the text; spaced says that a space is before it.
func (c *cleanWriter) word(s string, spaced bool, from int) {
	c.steps += len(s)
	if c.failed || c.out.Len() > maxCleanBytes {
		c.failed = true
		return
	}
	if !c.kept(from, from+len(s)) {
		c.line()
		return
	}
	s = strings.Map(unturned, cleanWord(s))
	if strings.TrimSpace(s) == "" { // of preformatted text: it only keeps words apart
		c.space = c.space || s != ""
		return
	}
	if (spaced || c.space) && c.inline && c.sameLine() {
		c.out.WriteByte(' ')
	}
	c.space = false
	c.flush()
	c.intoCell()
	if strings.ContainsAny(s, " \t") && c.inside(atom.Pre, 0) < 0 {
		s = strings.Join(strings.Fields(s), " ")
	}
	c.out.WriteString(html.EscapeString(s))
	c.inline = true
}

// kept tells whether a part of the text is to be written.
func (c *cleanWriter) kept(from, to int) bool {
	if c.all {
		return true
	}
	for len(c.keep) > 0 && c.keep[0].to <= from {
		c.keep = c.keep[1:]
	}
	if len(c.keep) == 0 || to <= c.keep[0].from {
		return false
	}
	c.failed = c.failed || from < c.keep[0].from || to > c.keep[0].to
	return true
}

// sameLine tells whether the next word stands on the line that is being written.
func (c *cleanWriter) sameLine() bool {
	for _, p := range c.pending {
		if c.steps++; p.kind != pendingOpen || !isInline(c.stack[p.index].tag) {
			return false
		}
	}
	return true
}

// flush writes all that is pending.
func (c *cleanWriter) flush() {
	leaving := c.lastLeaving()
	for i, p := range c.pending {
		if c.steps++; c.failed {
			break
		}
		switch {
		case p.kind == pendingOpen:
			c.begin(p.index)
		case p.kind == pendingCell:
			c.cell(p)
		case c.betweenCells() || i < leaving && c.inImplied(): // nothing is seen there
		case p.kind == pendingRule && c.fits(atom.Hr):
			if !strings.HasSuffix(c.out.String(), "<hr>") {
				c.out.WriteString("<hr>")
			}
			c.block(atom.Hr)
		case p.kind == pendingBreak || c.inline && !c.beginsBlock(c.pending[i+1:]):
			c.newLine()
		}
	}
	c.pending = c.pending[:0]
}

// beginsBlock tells whether what comes next stands on a new line by itself.
func (c *cleanWriter) beginsBlock(next []pendingHTML) bool {
	return len(next) > 0 && next[0].kind == pendingOpen && !isInline(c.stack[next[0].index].tag)
}

// newLine writes a line break.
func (c *cleanWriter) newLine() {
	if c.inline {
		c.breaks = 0
	}
	c.inline = false
	if c.breaks++; c.breaks > maxBreaks {
		return
	}
	switch pre := c.inside(atom.Pre, 0); {
	case pre < 0:
		c.out.WriteString("<br>")
	case c.out.Len() > c.stack[pre].at: // a parser drops a line end at its beginning
		c.out.WriteByte('\n')
	}
}

// begin writes the start of an element, or takes it for none of ours where a
// parser would not let it be.
func (c *cleanWriter) begin(i int) {
	e := &c.stack[i]
	e.pending = -1
	if e.broken = !c.fits(e.tag); !e.broken {
		c.imply(e.tag)
	}
	attrs := e.attrs
	if e.dir == askedDirection || e.dir == ownDirection && turns(e.tag) && !c.directed() {
		attrs += dirAuto
	}
	c.written = append(c.written, i)
	c.failed = c.failed || len(c.written) > maxCleanDepth
	if e.broken {
		if c.inline && !isInline(e.tag) {
			c.newLine()
		}
		return
	}
	if e.grid {
		attrs += ` border="1"`
	}
	c.out.WriteString("<" + e.tag.String() + attrs + ">")
	e.at = c.out.Len()
	c.block(e.tag)
}

// dirAuto lets words run as their first letter does.
const dirAuto = ` dir="auto"`

// directed tells whether the writer of the mail gave a direction to what is around.
func (c *cleanWriter) directed() bool {
	for _, i := range c.written {
		if e := &c.stack[i]; e.dir == givenDirection && !e.broken {
			return true
		}
	}
	return false
}

// unturned drops the characters that turn the direction of the words around them,
// and the tags of Unicode, which nobody sees.
func unturned(r rune) rune {
	if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r >= 0xe0000 && r <= 0xe007f {
		return -1
	}
	return r
}
