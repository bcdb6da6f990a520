package rules

import (
	"bytes"
	"fmt"
)

// file compiles what one attached file must look like.
func (c *compiler) file(path string, f *File) node {
	out := node{op: opFile}
	if f.Name == nil && f.Type == nil && f.Size == nil {
		c.problem(path, `nothing is asked of the file; write name, type or size, like { name = { glob = "*.exe" } }`)
	}
	if f.Name != nil {
		out.kids = append(out.kids, c.match(path+".name", fieldFileName, f.Name)...)
	}
	if f.Type != nil {
		out.kids = append(out.kids, c.match(path+".type", fieldFileType, f.Type)...)
	}
	if f.Size != nil {
		n := c.number(path+".size", countFileSize, f.Size)
		out.sizes = n.number
	}
	return out
}

// file returns which attached file has all that is asked, or -1. The indexes have said
// already which texts are found in none, so that files are looked at one by one only
// for what stands in some.
func (sc *scratch) file(n *node) int {
	for i := range n.kids {
		if !sc.holds(&n.kids[i]) {
			return -1
		}
	}
	for i := range sc.facts.Attachments {
		if sc.fileHas(n, i) {
			return i
		}
	}
	return -1
}

// fileHas asks one file.
func (sc *scratch) fileHas(n *node, i int) bool {
	sc.steps++
	if n.sizes != nil && !n.sizes.within(sc.facts.Attachments[i].Size) {
		return false
	}
	for k := range n.kids {
		held := false
		for _, id := range n.kids[k].atoms {
			if held = sc.known[id] != no && sc.textHas(&sc.set.atoms[id], i); held {
				break
			}
		}
		if !held {
			return false
		}
	}
	return true
}

// textHas asks one of a field's texts.
func (sc *scratch) textHas(a *atom, i int) bool {
	t := &sc.texts[a.field]
	if i >= len(t.raw) {
		return false
	}
	reach := min(sc.limit, a.reach())
	switch a.form {
	case formContains:
		sc.steps += len(t.folded[i])
		start, _ := findPhrase(t.folded[i], []byte(a.folded))
		return start >= 0
	case formIs:
		return bytes.Equal(t.folded[i], []byte(a.folded))
	case formRegexp:
		text := cut(t.raw[i], reach)
		sc.steps += a.steps * (len(text) + 1)
		return a.re.MatchString(text)
	}
	text := cut(t.folded[i], reach)
	sc.steps += a.steps * (len(text) + 1)
	return a.glob.match(text)
}

// whyFile has a line for each part that is asked of a file.
func (sc *scratch) whyFile(out []string, n *node, indent string) []string {
	at, files := sc.file(n), sc.facts.Attachments
	switch {
	case len(files) == 0:
		return append(out, indent+"attachment: false, there is none")
	case at < 0:
		out = append(out, fmt.Sprintf("%sattachment: false, none of the %d files has all of it", indent, len(files)))
	default:
		out = append(out, fmt.Sprintf("%sattachment: true, %q", indent, files[at].Name))
	}
	for i := range n.kids {
		out = append(out, indent+"  "+sc.leaf(&n.kids[i]))
	}
	if b := n.sizes; b != nil {
		largest := files[0].Size
		for i := range files {
			largest = max(largest, files[i].Size)
		}
		if at >= 0 {
			largest = files[at].Size
		}
		held := false
		for i := range files {
			held = held || b.within(files[i].Size)
		}
		out = append(out, fmt.Sprintf("%s  attachment size %s: %t, it is %d", indent, b.written, held, largest))
	}
	return out
}
