package rules

import (
	"fmt"
	"slices"
)

// condition compiles one condition at a path.
func (c *compiler) condition(path string, cond *Condition, depth int) node {
	out := node{op: opAll}
	if depth > MaxDepth {
		c.problem(path, "conditions stand more than %d deep; write several rules instead", MaxDepth)
		return out
	}
	asked := cond.Any != nil || cond.All != nil || cond.Not != nil
	for f := range fieldPlain {
		if m := f.match(cond); m != nil {
			asked = true
			out.kids = append(out.kids, c.match(path+"."+f.name(), f, m)...)
		}
	}
	for n := range countCount {
		if r := n.asked(cond); r != nil {
			asked = true
			out.kids = append(out.kids, c.number(path+"."+n.name(), n, r))
		}
	}
	asked = c.plain(path, cond, &out) || asked
	if !asked {
		c.problem(path, `the condition asks nothing; write one, like subject = "outage", or leave it out to match every mail`)
	}
	if cond.Any != nil {
		out.kids = append(out.kids, c.group(path+".any", opAny, cond.Any, depth))
	}
	if cond.All != nil {
		out.kids = append(out.kids, c.group(path+".all", opAll, cond.All, depth))
	}
	if cond.Not != nil {
		out.kids = append(out.kids, node{op: opNot, kids: []node{c.condition(path+".not", cond.Not, depth+1)}})
	}
	if len(out.kids) == 1 {
		return out.kids[0]
	}
	return out
}

// plain compiles what is asked of no text, and says whether there is any.
func (c *compiler) plain(path string, cond *Condition, out *node) bool {
	before := len(out.kids)
	for f := range flagCount {
		if want := f.asked(cond); want != nil {
			out.kids = append(out.kids, node{op: opFlag, flag: f, want: *want})
			c.set.impact = c.set.impact || f == flagBlocked
			c.set.counts = c.set.counts || f == flagFirstContact
		}
	}
	if cond.Day != nil {
		out.kids = append(out.kids, c.days(path+".day", cond.Day))
	}
	if cond.Time != nil {
		out.kids = append(out.kids, c.spans(path+".time", cond.Time))
	}
	if cond.Attachment != nil {
		out.kids = append(out.kids, c.file(path+".attachment", cond.Attachment))
	}
	return len(out.kids) > before
}

// refused reports what had a form that is none of ours.
func (c *compiler) refused(path string, wrong []wrongShape) {
	for _, w := range wrong {
		at := path
		if w.key != "" {
			at += "." + w.key
		}
		c.problem(at, "%s", w.text)
	}
}

func (c *compiler) group(path string, op op, list []Condition, depth int) node {
	if len(list) == 0 {
		c.problem(path, `the list is empty; write conditions, like [{ subject = "outage" }], or leave it out`)
	}
	out := node{op: op}
	for i := range list {
		out.kids = append(out.kids, c.condition(fmt.Sprintf("%s[%d]", path, i), &list[i], depth+1))
	}
	return out
}

// match compiles each form that is given; all must hold.
func (c *compiler) match(path string, f field, m *Match) []node {
	c.refused(path, m.wrong)
	c.named(path, f, m)
	if m.Contains == nil && m.Glob == nil && m.Is == nil && m.Regexp == "" {
		if len(m.wrong) == 0 {
			c.problem(path, `the match asks nothing; write "a phrase", or a table with contains, glob, regexp or is`)
		}
		return nil
	}
	var out []node
	for _, of := range []struct {
		form form
		list []string
	}{{formContains, m.Contains}, {formGlob, m.Glob}, {formIs, m.Is}} {
		if of.list == nil {
			continue
		}
		at := path + "." + of.form.name()
		if len(of.list) == 0 && len(m.wrong) == 0 {
			c.problem(at, `the list is empty; write at least one text, like ["outage"], or leave it out`)
		}
		leaf := node{op: opAtoms}
		for _, source := range of.list {
			if id := c.folded(at, f, of.form, source); id >= 0 {
				leaf.atoms = append(leaf.atoms, id)
			}
		}
		out = append(out, leaf)
	}
	if m.Regexp != "" {
		if id := c.regexp(path+".regexp", f, m.Regexp); id >= 0 {
			out = append(out, node{op: opAtoms, atoms: []int32{id}})
		}
	}
	return out
}

// named reports names that are none, where all are known.
func (c *compiler) named(path string, f field, m *Match) {
	var names []string
	switch f {
	case fieldStatus:
		names = []string{"new", "open", "pending", "solved", "closed"}
	case fieldSenderAuth:
		names = []string{"pass", "none", "fail", "trusted"}
	default:
		return
	}
	for _, list := range []struct {
		key   string
		texts []string
	}{{"contains", m.Contains}, {"is", m.Is}} {
		for _, text := range list.texts {
			folded := foldString(text)
			if slices.Contains(names, folded) || folded == "" {
				continue
			}
			if near := nearest(folded, names...); near != "" {
				c.problem(path+"."+list.key, "there is no %s %q; write %q", f.name(), text, near)
				continue
			}
			c.problem(path+"."+list.key, "there is no %s %q; write one of %s", f.name(), text, quoted(names))
		}
	}
}
