package rules

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxExact       = 16 // how many strings a part of a regexp may be for us to list them
	maxLiteral     = 64 // how long those are listed, in bytes
	maxClassMember = 8  // how large a class of characters we list
)

// literals returns folded strings, one of which stands in the folded form of every
// text in which the regexp finds something; none when that cannot be said. They make
// it possible to look for all patterns of all rules in one pass over the folded text,
// and to run only the regexps of which something was seen.
func literals(tree *syntax.Regexp) []string {
	p := partOf(tree.Simplify())
	return better(needOf(p.exact), p.need)
}

// part is what is known about a part of a regexp. The zero value is nothing.
type part struct {
	exact []string // what it can be, folded and without case; nil when not known
	need  []string // of this one must stand in what it matches, nil when not known
}

// nothing is what matches an empty place, like \b.
func nothing() part { return part{exact: []string{""}} }

// partOf looks at a simplified tree, which has no counted repeats.
func partOf(re *syntax.Regexp) part {
	switch re.Op {
	case syntax.OpLiteral:
		return literalPart(re.Rune, re.Flags&syntax.FoldCase != 0)
	case syntax.OpCharClass:
		return classPart(re.Rune)
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return nothing()
	case syntax.OpCapture:
		return partOf(re.Sub[0])
	case syntax.OpQuest:
		if sub := partOf(re.Sub[0]); sub.exact != nil && len(sub.exact) < maxExact {
			return part{exact: unique(append([]string{""}, sub.exact...))}
		}
		return part{}
	case syntax.OpPlus:
		sub := partOf(re.Sub[0])
		return part{need: better(needOf(sub.exact), sub.need)}
	case syntax.OpConcat:
		var out joining
		out.exact = []string{""}
		for _, sub := range re.Sub {
			out.add(partOf(sub))
		}
		return out.end()
	case syntax.OpAlternate:
		return alternatePart(re.Sub)
	}
	return part{} // any character, any number of times, or no match at all
}

// literalPart is a run of characters, of either case if fold says so.
func literalPart(runes []rune, fold bool) part {
	out := joining{part: nothing()}
	for _, r := range runes {
		folded, ok := foldAlone(r)
		for other := unicode.SimpleFold(r); fold && ok && other != r; other = unicode.SimpleFold(other) {
			also, same := foldAlone(other)
			ok = same && also == folded
		}
		if !ok {
			out.add(part{})
			continue
		}
		out.add(part{exact: []string{folded}})
	}
	return out.end()
}

// classPart is a class of characters, given as its ranges.
func classPart(ranges []rune) part {
	var out []string
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] >= maxClassMember {
			return part{}
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			folded, ok := foldAlone(r)
			if !ok || len(out) == 2*maxClassMember {
				return part{}
			}
			out = append(out, folded)
		}
	}
	if len(out) == 0 {
		return part{}
	}
	return part{exact: unique(out)}
}

// alternatePart is one of several; each must have something for the whole to have it.
func alternatePart(subs []*syntax.Regexp) part {
	var exact, need []string
	allExact, allNeed := true, true
	for _, re := range subs {
		sub := partOf(re)
		allExact = allExact && sub.exact != nil
		exact = append(exact, sub.exact...)
		of := better(needOf(sub.exact), sub.need)
		allNeed = allNeed && of != nil
		need = append(need, of...)
	}
	var out part
	if exact = unique(exact); allExact && len(exact) <= maxExact {
		out.exact = exact
	}
	if need = unique(need); allNeed && len(need) <= 4*maxExact {
		out.need = need
	}
	return out
}

// joining is a part that grows at its end.
type joining struct {
	part
	open bool // exact is only what its end can be
}

func (j *joining) add(next part) {
	j.need = better(j.need, next.need)
	if next.exact == nil {
		j.need = better(j.need, needOf(j.exact))
		j.exact, j.open = []string{""}, true
		return
	}
	joined := make([]string, 0, len(j.exact)*len(next.exact))
	longest := 0
	for _, a := range j.exact {
		for _, b := range next.exact {
			joined = append(joined, a+b)
			longest = max(longest, len(a)+len(b))
		}
	}
	if joined = unique(joined); len(joined) <= maxExact && longest <= maxLiteral {
		j.exact = joined
		return
	}
	j.need = better(j.need, needOf(j.exact))
	j.exact, j.open = next.exact, true
}

func (j *joining) end() part {
	if j.open {
		return part{need: better(j.need, needOf(j.exact))}
	}
	return j.part
}

// foldAlone folds one character. Ok says that within any text it folds to the same,
// whatever stands around it, but for white space, of which a run folds to one.
func foldAlone(r rune) (string, bool) {
	switch {
	case r >= 0 && r < utf8.RuneSelf:
		return asciiFold[r : r+1], true
	case r >= 0xc0 && r < 0x800:
		s := string(r)
		if twoByteAt(s[0], s[1]) < 0 {
			return "", false
		}
	case r >= 0x1e00 && r < 0x1f00, r >= 0x4e00 && r <= 0x9fff: // Vietnamese and others, Han
	case r == 0x212a, r == 0x212b: // the signs of Kelvin and of Angstrom, which are K and Å in another case
	default:
		return "", false
	}
	return foldString(string(r)), true
}

// needOf turns what something can be into what must be seen of it: white space at
// the ends may be gone, and runs of it are one space. Nil when that may be nothing.
func needOf(exact []string) []string {
	var out []string
	for _, s := range exact {
		s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
		if s == "" {
			return nil
		}
		out = append(out, s)
	}
	return unique(out)
}

// better chooses what is seen in fewer texts: longer literals, or fewer of them.
func better(a, b []string) []string {
	shortest := func(list []string) int {
		n := len(list[0])
		for _, s := range list[1:] {
			n = min(n, len(s))
		}
		return n
	}
	switch {
	case len(b) == 0:
		return a
	case len(a) == 0:
		return b
	}
	la, lb := min(shortest(a), gramBytes), min(shortest(b), gramBytes)
	if lb > la || lb == la && len(b) < len(a) {
		return b
	}
	return a
}

// unique sorts a list, and leaves each once.
func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
