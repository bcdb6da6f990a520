package rules

import "slices"

// truth is what is known about an atom for one mail.
type truth uint8

const (
	unknown truth = iota
	no
	yes
)

// scratch is what one evaluation needs besides its verdict; it is reused.
type scratch struct {
	set    *Set
	facts  *Facts
	known  []truth // of each atom
	seen   []bool  // of each node of one index
	texts  [fieldCount]texts
	files  []oneFile     // each attached file, once a rule has asked for one
	tried  map[int32]int // of each pattern for tags, how many it was tried on
	limit  int           // how many bytes of a field's texts a pattern sees
	steps  int           // what was done, see MaxSteps
	folder folder
}

// Eval returns the verdict on a mail, without the reasons: the commit path
// calls it. Cost grows with the text and, by a few nanoseconds each, with
// the rules.
func (s *Set) Eval(facts Facts) Verdict {
	return s.run(facts, false)
}

// Explain returns the same verdict with [Trace.Why] filled: every condition
// of each rule that was looked at, also those that no longer mattered.
func (s *Set) Explain(facts Facts) Verdict {
	return s.run(facts, true)
}

func (s *Set) run(facts Facts, why bool) Verdict {
	var v Verdict
	if s == nil || len(s.rules) == 0 {
		return v
	}
	sc := s.begin(&facts)
	v.Trace = make([]Trace, 0, len(s.rules))
	for i := range s.rules {
		rule := &s.rules[i]
		trace := Trace{Rule: rule.name, Matched: rule.cond == nil || sc.holds(rule.cond)}
		if why {
			trace.Why = sc.why(rule.cond)
		}
		v.Trace = append(v.Trace, trace)
		if !trace.Matched {
			continue
		}
		if v.Trace[i].Done = slices.Contains(facts.Done, rule.name); !v.Trace[i].Done {
			had := len(v.Tags)
			v.take(rule, &facts)
			sc.tag(v.Tags[had:])
		}
		if rule.stop {
			break
		}
	}
	sc.end()
	return v
}

// begin folds the texts that are asked for, answers all atoms that are contained or are
// a whole text, and finds which patterns are to be tried.
func (s *Set) begin(facts *Facts) *scratch {
	sc, ok := s.scratch.Get().(*scratch)
	if !ok {
		sc = &scratch{set: s, known: make([]truth, len(s.atoms)), seen: make([]bool, s.nodes), tried: make(map[int32]int)}
	}
	sc.facts, sc.steps = facts, 0
	copy(sc.known, s.base)
	for f := range fieldCount {
		if s.asked[f] {
			sc.texts[f].take(f, facts)
			sc.read(f, 0)
		}
	}
	sc.allot()
	return sc
}

// read folds the texts of a field from one on, and looks for everything in them.
func (sc *scratch) read(f field, from int) {
	t := &sc.texts[f]
	if !sc.set.folds[f] {
		return
	}
	for i := from; i < len(t.raw); i++ {
		sc.steps += len(t.fold(i, &sc.folder)) + 1
	}
	sc.find(f, from, len(t.raw), sc.known)
}

// find looks for everything in some folded texts of a field.
func (sc *scratch) find(f field, from, to int, known []truth) {
	s, folded := sc.set, sc.texts[f].folded
	if p := s.phrases[f]; p != nil {
		nodes := sc.seen[:len(p.out)]
		clear(nodes)
		for i := from; i < to; i++ {
			p.scan(folded[i], known, nodes)
			sc.steps += len(folded[i])
		}
	}
	if g := s.grams[f]; g != nil {
		nodes := sc.seen[:len(g.atoms)]
		clear(nodes)
		for i := from; i < to; i++ {
			g.scan(folded[i], known, nodes)
			sc.steps += len(folded[i]) * len(g.sizes)
		}
	}
	if whole := s.whole[f]; whole != nil {
		for i := from; i < to; i++ {
			for _, id := range whole[string(folded[i])] {
				known[id] = yes
			}
		}
	}
}

// tag adds tags to those that later rules see.
func (sc *scratch) tag(tags []string) {
	s, t := sc.set, &sc.texts[fieldTags]
	if len(tags) == 0 || !s.asked[fieldTags] {
		return
	}
	from := len(t.raw)
	if from == 1 && t.raw[0] == "" { // it stood for none
		t.raw, t.bytes, t.wide, from = t.raw[:0], 0, 0, 0
		clear(sc.tried)
		for _, id := range s.tags {
			sc.known[id] = s.base[id]
		}
	}
	t.addAll(tags)
	sc.read(fieldTags, from)
	// A pattern that did not hold may now: read has found those that have literals.
	for _, id := range s.loose {
		if sc.known[id] == no {
			sc.known[id] = unknown
		}
	}
}

// end gives the scratch back, without the mail's texts pinned.
func (sc *scratch) end() {
	sc.facts, sc.files = nil, nil
	clear(sc.tried)
	for f := range sc.texts {
		sc.texts[f].drop()
	}
	sc.set.scratch.Put(sc)
}

// holds answers a condition, and no more of it than is needed.
func (sc *scratch) holds(n *node) bool {
	sc.steps++
	switch n.op {
	case opAtoms:
		for _, id := range n.atoms {
			if sc.atom(id) {
				return true
			}
		}
		return false
	case opAny:
		for i := range n.kids {
			if sc.holds(&n.kids[i]) {
				return true
			}
		}
		return false
	case opAll:
		for i := range n.kids {
			if !sc.holds(&n.kids[i]) {
				return false
			}
		}
		return true
	case opNumber:
		return n.number.holds(sc.facts)
	case opFlag:
		return sc.flagged(n)
	case opDay:
		return n.clock.holdsDay(sc.facts)
	case opTime:
		return n.clock.holdsTime(sc.facts)
	case opFile:
		return sc.file(n) >= 0
	}
	return !sc.holds(&n.kids[0])
}

// atom answers one atom, at most once for a mail.
func (sc *scratch) atom(id int32) bool {
	if t := sc.known[id]; t != unknown {
		return t == yes
	}
	sc.known[id] = no
	a, from := &sc.set.atoms[id], 0
	if a.field == fieldTags { // of those that have come only
		from, sc.tried[id] = sc.tried[id], len(sc.texts[fieldTags].raw)
	}
	if sc.try(a, from) >= 0 {
		sc.known[id] = yes
	}
	return sc.known[id] == yes
}

// try asks a pattern of one text of its field after the other, and returns the first
// in which it holds, or -1. Those before from count for what it sees of all.
func (sc *scratch) try(a *atom, from int) int {
	t := &sc.texts[a.field]
	left := min(sc.limit, a.reach())
	for i := 0; i < len(t.raw) && left > 0; i++ {
		if i >= from && sc.tryText(a, i, left) {
			return i
		}
		left -= t.size(i, a.form == formGlob)
	}
	return -1
}

// tryText asks a pattern of one text, of which it sees at most some bytes.
func (sc *scratch) tryText(a *atom, i, most int) bool {
	t := &sc.texts[a.field]
	if a.form == formRegexp {
		text := cut(t.raw[i], most)
		sc.steps += a.steps * (len(text) + 1)
		return a.re.MatchString(text)
	}
	text := cut(t.folded[i], most)
	sc.steps += a.steps * (len(text) + 1)
	return a.glob.match(text)
}
