package rules

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
	seen   []bool  // of each node of one phrase index
	folded [fieldCount][]byte
	also   [][]byte // Facts.CustomerAlso, folded
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
		v.apply(&rule.then)
		if rule.stop {
			break
		}
	}
	sc.end()
	return v
}

// begin folds the texts that are asked for and answers all contains atoms.
func (s *Set) begin(facts *Facts) *scratch {
	sc, ok := s.scratch.Get().(*scratch)
	if !ok {
		sc = &scratch{set: s, known: make([]truth, len(s.atoms)), seen: make([]bool, s.nodes)}
	}
	sc.facts = facts
	clear(sc.known)
	for f := range fieldCount {
		if !s.folds[f] {
			continue
		}
		sc.folded[f] = sc.folder.append(sc.folded[f][:0], f.text(facts))
		if p := s.phrases[f]; p != nil {
			seen := sc.seen[:len(p.out)]
			clear(seen)
			p.scan(sc.folded[f], sc.known, seen)
		}
	}
	sc.beginAlso(facts)
	return sc
}

// beginAlso does the same for the customer's other names.
func (sc *scratch) beginAlso(facts *Facts) {
	sc.also = sc.also[:0]
	if !sc.set.folds[fieldCustomer] {
		return
	}
	for _, name := range facts.CustomerAlso {
		folded := sc.folder.append(nil, cut(name, MaxTextBytes))
		sc.also = append(sc.also, folded)
		if p := sc.set.phrases[fieldCustomer]; p != nil {
			seen := sc.seen[:len(p.out)]
			clear(seen)
			p.scan(folded, sc.known, seen)
		}
	}
}

// end gives the scratch back, without the mail's texts pinned.
func (sc *scratch) end() {
	sc.facts = nil
	sc.set.scratch.Put(sc)
}

// holds answers a condition, and no more of it than is needed.
func (sc *scratch) holds(n *node) bool {
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
	}
	return !sc.holds(&n.kids[0])
}

// atom answers one atom, at most once for a mail.
func (sc *scratch) atom(id int32) bool {
	if t := sc.known[id]; t != unknown {
		return t == yes
	}
	a := &sc.set.atoms[id]
	held := a.holds(a.field.text(sc.facts), sc.folded[a.field])
	for i := 0; a.field == fieldCustomer && !held && i < len(sc.facts.CustomerAlso); i++ {
		held = a.holds(sc.facts.CustomerAlso[i], sc.alsoFolded(i))
	}
	sc.known[id] = no
	if held {
		sc.known[id] = yes
	}
	return held
}

// alsoFolded is another name of the customer, folded when that is asked for.
func (sc *scratch) alsoFolded(i int) []byte {
	if i < len(sc.also) {
		return sc.also[i]
	}
	return nil
}

// holds asks one text, which is folded too. Of contains the scan has said yes to all
// that hold.
func (a *atom) holds(raw string, folded []byte) bool {
	switch a.form {
	case formGlob:
		return a.glob.match(folded)
	case formRegexp:
		return a.re.MatchString(cut(raw, MaxRegexpBytes))
	case formIs:
		return string(folded) == a.folded
	}
	return false
}
