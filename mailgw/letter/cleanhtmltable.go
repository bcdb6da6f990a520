package letter

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// What may stand in what, as a parser sees it (HTML §13.2.6).

// inside returns which element of the stack the innermost written one of a tag is,
// -1 for none; those around a cell do not count when the tag is another's.
func (c *cleanWriter) inside(tag, border atom.Atom) int {
	for k := len(c.written) - 1; k >= 0; k-- {
		c.steps++
		e := &c.stack[c.written[k]]
		switch {
		case e.broken:
		case e.tag == tag:
			return c.written[k]
		case border != 0 && (e.tag == border || e.tag == atom.Td || e.tag == atom.Th || len(e.implied) > 0 && len(e.implied) == len(impliedIn(e.tag))):
			return -1
		}
	}
	return -1
}

// fits tells whether an element may begin here.
func (c *cleanWriter) fits(tag atom.Atom) bool {
	outer := c.outer()
	switch tag {
	case atom.Tr, atom.Td, atom.Th, atom.Tbody, atom.Thead:
		if outer == nil {
			return false
		}
		switch outer.tag {
		case atom.Table:
			return true
		case atom.Tbody, atom.Thead:
			return tag == atom.Tr || tag == atom.Td || tag == atom.Th
		case atom.Tr:
			return tag == atom.Td || tag == atom.Th
		}
		return false
	case atom.A:
		return c.inside(atom.A, atom.Table) < 0
	}
	if isInline(tag) {
		return true
	}
	if c.inside(atom.P, atom.Table) >= 0 {
		return false // a block ends the paragraph around it
	}
	if isHeading(tag) {
		return outer == nil || !isHeading(outer.tag)
	}
	if tag == atom.Li { // an item ends the one around it
		list := max(c.inside(atom.Ul, atom.Table), c.inside(atom.Ol, atom.Table))
		return c.inside(atom.Li, atom.Table) <= list
	}
	return true
}

// outer is the innermost element that was written; nil for none.
func (c *cleanWriter) outer() *cleanElement {
	for k := len(c.written) - 1; k >= 0; k-- {
		if e := &c.stack[c.written[k]]; !e.broken {
			return e
		}
	}
	return nil
}

// imply writes what HTML wants around a piece of a table, and ends what it ends.
func (c *cleanWriter) imply(tag atom.Atom) {
	e := c.outer()
	if e == nil {
		return
	}
	var want []string
	switch tag {
	case atom.Tbody, atom.Thead:
	case atom.Tr:
		if e.tag == atom.Table {
			want = []string{"tbody"}
		}
	case atom.Td, atom.Th:
		want = impliedIn(e.tag)
		want = want[:max(0, len(want)-1)]
	default:
		want = impliedIn(e.tag)
	}
	c.become(e, want)
}

// betweenCells tells whether what comes would stand in a table, but in no cell.
func (c *cleanWriter) betweenCells() bool {
	e := c.outer()
	return e != nil && len(e.implied) < len(impliedIn(e.tag))
}

// inImplied tells whether what comes would stand in a cell that its writer left out.
func (c *cleanWriter) inImplied() bool {
	e := c.outer()
	return e != nil && len(e.implied) > 0
}

// lastLeaving returns where the last of what is pending stands that ends a cell
// which its writer left out; -1 for none.
func (c *cleanWriter) lastLeaving() int {
	for i := len(c.pending) - 1; i >= 0; i-- {
		c.steps++
		switch p := c.pending[i]; p.kind {
		case pendingCell:
			return i
		case pendingOpen:
			tag := c.stack[p.index].tag
			if isRow(tag) && tag != atom.Table || tag == atom.Td || tag == atom.Th {
				return i
			}
		}
	}
	return -1
}

// intoCell makes sure that words in a table stand in a cell.
func (c *cleanWriter) intoCell() {
	if e := c.outer(); e != nil {
		c.become(e, impliedIn(e.tag))
	}
}

// impliedIn returns what must stand in an element of a table before words may.
func impliedIn(tag atom.Atom) []string {
	switch tag {
	case atom.Table:
		return []string{"tbody", "tr", "td"}
	case atom.Tbody, atom.Thead:
		return []string{"tr", "td"}
	case atom.Tr:
		return []string{"td"}
	}
	return nil
}

// become makes the implied elements within e those that are wanted.
func (c *cleanWriter) become(e *cleanElement, want []string) {
	if !isRow(e.tag) {
		return
	}
	same := 0
	for same < len(want) && same < len(e.implied) && want[same] == e.implied[same] {
		same++
	}
	c.unwind(e, same)
	for _, tag := range want[same:] {
		if tag == "td" && !c.directed() {
			c.out.WriteString("<td" + dirAuto + ">")
		} else {
			c.out.WriteString("<" + tag + ">")
		}
		c.block(atom.Td)
	}
	e.implied = append(e.implied, want[same:]...)
}

// unwind ends the implied elements within e but the first n.
func (c *cleanWriter) unwind(e *cleanElement, n int) {
	for i := len(e.implied) - 1; i >= n; i-- {
		c.out.WriteString("</" + e.implied[i] + ">")
		c.block(atom.Td)
	}
	e.implied = e.implied[:min(n, len(e.implied))]
}

// cell writes a cell without words.
func (c *cleanWriter) cell(p pendingHTML) {
	e := c.outer()
	if e == nil || !isRow(e.tag) {
		return
	}
	want := impliedIn(e.tag)
	c.become(e, want[:len(want)-1])
	c.out.WriteString("<" + p.tag + p.attrs + "></" + p.tag + ">")
	c.block(atom.Td)
}

// grid notes that the table around a cell has borders: it heads columns, or its
// writer drew lines around it.
func (c *cleanWriter) grid(tag atom.Atom, a attributes) {
	if tag != atom.Td && tag != atom.Th {
		return
	}
	if tag == atom.Td && !hasBorder(a.style) {
		return
	}
	const near = 8 // a cell stands in a row in a body in its table
	for i := len(c.stack) - 1; i >= max(0, len(c.stack)-near); i-- {
		if e := &c.stack[i]; e.tag == atom.Table {
			e.grid = true
			return
		}
	}
}

// hasBorder tells whether a style draws a line.
func hasBorder(style string) bool {
	_, rest, ok := strings.Cut(strings.ToLower(style), "border")
	if !ok {
		return false
	}
	for _, kind := range []string{"solid", "dotted", "dashed", "double", "groove", "ridge"} {
		if strings.Contains(rest, kind) {
			return true
		}
	}
	return false
}

// isRow tells the elements of a table that hold others of it.
func isRow(tag atom.Atom) bool {
	return tag == atom.Table || tag == atom.Tbody || tag == atom.Thead || tag == atom.Tr
}

// isHeading tells h1 to h6.
func isHeading(tag atom.Atom) bool {
	switch tag {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// isInline tells the elements that stand in a line.
func isInline(tag atom.Atom) bool {
	switch tag {
	case atom.B, atom.Strong, atom.I, atom.Em, atom.U, atom.S, atom.Code, atom.Span, atom.A:
		return true
	}
	return false
}
