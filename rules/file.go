package rules

import (
	"cmp"
	"fmt"
	"slices"
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

// file returns which attached file has all that is asked, or -1.
func (sc *scratch) file(n *node) int {
	for k := range n.kids { // what stands in no file needs no look at each
		if !slices.ContainsFunc(n.kids[k].atoms, func(id int32) bool { return sc.known[id] != no }) {
			return -1
		}
	}
	if len(n.kids) > 0 && len(sc.files) == 0 {
		sc.readFiles()
	}
	for i := range min(len(sc.facts.Attachments), maxFiles) {
		if sc.fileHas(n, i) {
			return i
		}
	}
	return -1
}

// maxFiles is how many attached files are looked at.
const maxFiles = 1000

// oneFile is what is known about one attached file.
type oneFile struct {
	known []truth // of each atom that asks for its name or type
	// behind is how many bytes the names, and the types, of those before it have.
	behind [2]int
}

// fileFields are the texts that each attached file has.
var fileFields = [...]field{fieldFileName, fieldFileType}

// readFiles looks for everything in each file's texts, as read does in all of them.
func (sc *scratch) readFiles() {
	s := sc.set
	var behind [2]int
	for i := range min(len(sc.facts.Attachments), maxFiles) {
		one := oneFile{known: slices.Clone(s.base), behind: behind}
		for k, f := range fileFields {
			if t := &sc.texts[f]; i < len(t.raw) {
				behind[k] += t.size(i, s.folds[f])
				if s.folds[f] {
					sc.find(f, i, i+1, one.known)
				}
			}
		}
		sc.files = append(sc.files, one)
	}
}

// fileHas asks one file.
func (sc *scratch) fileHas(n *node, i int) bool {
	sc.steps++
	if n.sizes != nil && !n.sizes.within(sc.facts.Attachments[i].Size) {
		return false
	}
	for k := range n.kids {
		if !slices.ContainsFunc(n.kids[k].atoms, func(id int32) bool { return sc.fileAtom(id, i) }) {
			return false
		}
	}
	return true
}

// fileAtom answers one atom for one file, at most once for a mail.
func (sc *scratch) fileAtom(id int32, i int) bool {
	one := &sc.files[i]
	if t := one.known[id]; t != unknown {
		return t == yes
	}
	one.known[id] = no
	a := &sc.set.atoms[id]
	left := min(sc.limit, a.reach()) - one.behind[slices.Index(fileFields[:], a.field)]
	if i < len(sc.texts[a.field].raw) && left > 0 && sc.tryText(a, i, left) {
		one.known[id] = yes
	}
	return one.known[id] == yes
}

// whyFile has a line for each part that is asked of a file.
func (sc *scratch) whyFile(out []string, n *node, indent string) []string {
	at, files := sc.file(n), sc.facts.Attachments
	if len(files) == 0 {
		out = append(out, indent+"attachment: false, there is none")
		for i := range n.kids {
			out = append(out, indent+"  "+sc.head(&n.kids[i])+": false, there is none")
		}
		if n.sizes != nil {
			out = append(out, fmt.Sprintf("%s  attachment size %s: false, there is none", indent, n.sizes.written))
		}
		return out
	}
	if at >= 0 {
		out = append(out, fmt.Sprintf("%sattachment: true, %q", indent, files[at].Name))
	} else {
		out = append(out, fmt.Sprintf("%sattachment: false, none of the %d files has all of it", indent, len(files)))
	}
	for i := range n.kids {
		out = append(out, indent+"  "+sc.leaf(&n.kids[i]))
	}
	if n.sizes != nil {
		out = append(out, indent+"  "+n.sizes.whyFile(files, at))
	}
	return out
}

// whyFile says what was asked of the size of a file, the answer, and the size: that of
// the file that has all, else of the first that is as asked, else of the largest.
func (b *bounds) whyFile(files []Attachment, at int) string {
	held := func(f Attachment) bool { return b.within(f.Size) }
	if at < 0 {
		at = slices.IndexFunc(files, held)
	}
	if at >= 0 {
		return fmt.Sprintf("attachment size %s: true, it is %d", b.written, files[at].Size)
	}
	largest := slices.MaxFunc(files, func(a, b Attachment) int { return cmp.Compare(a.Size, b.Size) })
	return fmt.Sprintf("attachment size %s: false, the largest is %d", b.written, largest.Size)
}
