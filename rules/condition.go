package rules

import "fmt"

// condition compiles one condition at a path.
func (c *compiler) condition(path string, cond *Condition, depth int) node {
	out := node{op: opAll}
	if depth > MaxDepth {
		c.problem(path, "conditions stand more than %d deep; split the rule into several", MaxDepth)
		return out
	}
	asked := cond.Any != nil || cond.All != nil || cond.Not != nil
	for f := range fieldCount {
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
	for _, wrong := range m.wrong {
		at := path
		if wrong.key != "" {
			at += "." + wrong.key
		}
		c.problem(at, "%s", wrong.text)
	}
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
