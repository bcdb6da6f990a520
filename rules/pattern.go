package rules

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// folded makes an atom of a contains, glob or is; -1 after a problem.
func (c *compiler) folded(path string, f field, form form, source string) int32 {
	if utf8.RuneCountInString(source) > MaxPatternRunes {
		c.problem(path, "the text has more than %d characters; write a shorter one", MaxPatternRunes)
		return -1
	}
	folded := foldString(source)
	switch {
	case utf8.RuneCountInString(folded) > MaxPatternRunes:
		c.problem(path, "the text has more than %d characters once its compatibility forms are written out; write a shorter one", MaxPatternRunes)
		return -1
	case form == formGlob && folded == "":
		c.problem(path, `the glob is empty; write "*" for any text, or is = "" for none`)
		return -1
	case form == formContains:
		start, _ := nextWord([]byte(folded), 0)
		if folded == "" {
			c.problem(path, `%q has no letter or digit, so it is no word; write a word, or is = "" for no text at all`, source)
			return -1
		}
		if start == len(folded) {
			c.problem(path, "%q has no letter or digit, so it is no word; write a word, or glob = %q", source, "*"+source+"*")
			return -1
		}
	}
	return c.atom(atomKey{f, form, folded}, func(a *atom) {
		a.source, a.folded = source, folded
		if form == formGlob {
			a.glob = newGlob(folded)
			a.need, a.steps = a.glob.literals(), a.glob.steps()
		}
	})
}

// regexp makes an atom of a regexp; -1 after a problem.
func (c *compiler) regexp(path string, f field, source string) int32 {
	if utf8.RuneCountInString(source) > MaxPatternRunes {
		c.problem(path, "the regexp has more than %d characters; write a shorter one, or several rules", MaxPatternRunes)
		return -1
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		c.problem(path, "%s in the regexp %q; write RE2 syntax (it has no look-around and no back-references)", regexpFault(err), source)
		return -1
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil || len(prog.Inst) > maxRegexpSteps {
		c.problem(path, "the regexp %q is too large once its repeats are written out; write smaller counts, or * and +", source)
		return -1
	}
	re, err := regexp.Compile(source)
	if err != nil {
		c.problem(path, "%s in the regexp %q; write RE2 syntax (it has no look-around and no back-references)", regexpFault(err), source)
		return -1
	}
	return c.atom(atomKey{f, formRegexp, source}, func(a *atom) {
		a.source, a.re = source, re
		a.need, a.steps = literals(tree), len(prog.Inst)
	})
}

// regexpFault says what is wrong with a regexp, and where.
func regexpFault(err error) string {
	if fault := (*syntax.Error)(nil); errors.As(err, &fault) {
		return fmt.Sprintf("%s at %q", fault.Code, fault.Expr)
	}
	return err.Error()
}

// atom returns the atom of a key, filling it when it is new.
func (c *compiler) atom(key atomKey, fill func(*atom)) int32 {
	id, ok := c.known[key]
	if ok {
		return id
	}
	id = int32(len(c.set.atoms))
	a := atom{field: key.field, form: key.form, rule: c.rule}
	fill(&a)
	c.set.atoms = append(c.set.atoms, a)
	c.known[key] = id
	return id
}
