package heard

import "slices"

// impactSegment is a clause: hits that belong together.
type impactSegment struct {
	hits     []impactHit
	from, to int        // tokens
	all      impactKind // of its hits
	doubt    bool       // its sentence is conditional, or about the past
	asks     bool       // it asks something
}

// segments cuts the text at the ends of sentences, at commas, and at "and" or "because"; and ends it at a farewell.
func (t *impactText) segments() []impactSegment {
	out := make([]impactSegment, 0, len(t.tokens)/5+4)
	h := 0
	sentence, first := int32(-1), 0
	doubt := false
	closeSentence := func() {
		for i := first; i < len(out); i++ {
			out[i].doubt = doubt || out[i].all&impactPast != 0
			// "Nobody can log in, can you help?": the last clause asks.
			out[i].asks = t.tokens[out[i].from].asks && (i == len(out)-1 || i == first && t.askingStart(out[i]))
		}
		first, doubt = len(out), false
	}
	for k := 0; k < len(t.tokens); {
		tok := &t.tokens[k]
		for h < len(t.hits) && t.hits[h].from < k {
			h++
		}
		here := impactKind(0)
		if h < len(t.hits) && t.hits[h].from == k {
			here = t.hits[h].kind
		}
		if here&impactBye != 0 && tok.line && k > 0 {
			break
		}
		if tok.sentence != sentence || tok.brk || here&impactSplit != 0 && !t.joinsNumbers(h) || here&impactAndMe != 0 && t.goesOn(h) || t.answer && tok.line || len(out) == 0 {
			if tok.sentence != sentence {
				closeSentence()
				sentence = tok.sentence
			}
			out = append(out, impactSegment{from: k, to: k})
		}
		s := &out[len(out)-1]
		end := k + 1
		if here != 0 {
			if s.hits == nil {
				s.hits = t.hits[h:h]
			}
			s.hits = s.hits[:len(s.hits)+1]
			s.all |= here
			doubt = doubt || here&impactCond != 0 && !(t.answer && here&(impactYes|impactAsk) != 0)
			end = t.hits[h].to
		}
		s.to = end
		k = end
	}
	closeSentence()
	for i := range out {
		out[i].endings()
	}
	return out
}

// endings makes what counts only at the end of a clause into what it is there.
func (s *impactSegment) endings() {
	if n := len(s.hits); n > 0 && s.hits[n-1].to == s.to {
		h := &s.hits[n-1]
		switch {
		case h.kind&impactEnds != 0:
			h.kind |= impactStill
		case h.kind&impactOnEnd != 0:
			h.kind |= impactOn
		}
		s.all |= h.kind
	}
}

// joinsNumbers tells an "and" between two numbers: "between 10 and 15", "treinta y cinco".
func (t *impactText) joinsNumbers(h int) bool {
	return t.hits[h].kind&impactRange != 0 && h > 0 && h+1 < len(t.hits) && t.hits[h-1].kind&t.hits[h+1].kind&impactNumber != 0 &&
		t.hits[h-1].to == t.hits[h].from && t.hits[h].to == t.hits[h+1].from
}

// goesOn tells that its clause goes on behind a hit: "and I cannot find it".
func (t *impactText) goesOn(h int) bool {
	k := t.hits[h].to
	return k < len(t.tokens) && t.tokens[k].sentence == t.tokens[k-1].sentence && !t.tokens[k].brk && !t.tokens[k].line
}

// askingStart tells a clause that begins as a question does: with "can" before its subject.
func (t *impactText) askingStart(s impactSegment) bool {
	return len(s.hits) > 0 && s.hits[0].from == s.from && s.hits[0].kind&impactCan != 0
}

// mail reads what a clause clearly says.
func (f *impactFound) mail(t *impactText, s impactSegment) {
	if s.doubt || s.asks || len(s.hits) == 0 {
		return
	}
	f.blocked(t, s)
	f.hurt(t, s)
}

// unable tells words before hit i by which somebody cannot do what it says.
func (s *impactSegment) unable(from, i int) bool {
	can, not := false, false
	for k := from; k < len(s.hits); k++ {
		switch kind := s.hits[k].kind; {
		case kind&impactCant != 0 && k < i:
			return true
		case kind&impactCan != 0:
			can = true
		case kind&impactNot != 0 && k < i:
			not = true
		}
	}
	return can && not
}

// blocked reads whether work has stopped.
func (f *impactFound) blocked(t *impactText, s impactSegment) {
	for i, h := range s.hits {
		switch {
		case h.kind&impactStop != 0 && !s.denied(i):
			f.stopped(h.from)
		case h.kind&impactWorks != 0 && s.before(i, impactNobody, impactNear) >= 0:
			f.count(everybody, h.from)
			f.stopped(h.from)
		case h.kind&impactWorks != 0 && s.before(i, impactNot|impactCant, impactNear) >= 0: // "not all of us can work"
		case h.kind&impactGoes != 0, h.kind&impactWorks != 0 && (s.known(i) || s.before(i, impactWe|impactAll|impactPerson|impactSelf, 4) >= 0):
			f.goesOn(h.from)
		case h.kind&impactBlocked != 0 && s.before(i, impactWe|impactAll, 4) >= 0 && !s.denied(i):
			f.stopped(h.from)
		case h.kind&impactStill != 0 && s.near(i, impactThing) && s.all&impactNot == 0:
			f.stopped(h.from)
		case h.kind&impactOn != 0 && s.before(i, impactCan|impactCant, impactNear) >= 0:
			if s.unable(0, i) || s.all&impactNobody != 0 {
				f.stopped(h.from)
			} else {
				f.goesOn(h.from)
			}
		case h.kind&impactWork != 0 && s.before(i, impactWe|impactCant, 2*impactNear) >= 0 && s.all&impactWe != 0 && s.unable(0, i) && !t.withThing(h.to) && !slices.Contains(impactWithFirst[:], t.tokens[s.from].low):
			f.stopped(h.from)
		}
	}
}

// impactWithFirst begin a clause that says with what somebody cannot work.
var impactWithFirst = [...]string{"with", "mit", "avec", "con"}

// known tells that all words of the clause in front of hit i are known: it has no other subject.
func (s *impactSegment) known(i int) bool {
	at := s.from
	for _, h := range s.hits[:i] {
		if h.from != at {
			return false
		}
		at = h.to
	}
	return at == s.hits[i].from
}

// withThing tells "cannot work with this file": no end of all work.
func (t *impactText) withThing(k int) bool {
	if k >= len(t.tokens) {
		return false
	}
	for i := range t.hits {
		if t.hits[i].from == k {
			return t.hits[i].kind&impactWith != 0 && !t.tokens[k].brk && !t.tokens[k].line
		}
	}
	return false
}

// denied tells a "not" in front of hit i.
func (s *impactSegment) denied(i int) bool {
	return s.before(i, impactNot, 3) >= 0 || s.before(i, impactNobody, impactNear) >= 0
}

// before is the last hit of some kind at most so many words before hit i, or -1.
func (s *impactSegment) before(i int, kind impactKind, words int) int {
	for k := i - 1; k >= 0; k-- {
		if s.hits[i].from-s.hits[k].to > words {
			break
		}
		if s.hits[k].kind&kind != 0 {
			return k
		}
	}
	return -1
}

// near tells a hit of some kind before or behind hit i.
func (s *impactSegment) near(i int, kind impactKind) bool {
	if s.before(i, kind, impactNear) >= 0 {
		return true
	}
	return i+1 < len(s.hits) && s.hits[i+1].kind&kind != 0 && s.hits[i+1].from-s.hits[i].to <= 2
}

// hurt reads for whom the clause says that something is wrong.
func (f *impactFound) hurt(t *impactText, s impactSegment) {
	for i := 0; i < len(s.hits); i++ {
		h := s.hits[i]
		n, end := int64(0), i+1
		switch {
		case h.kind&impactNobody != 0:
			f.nobody(s, i)
			continue
		case h.kind&impactNumber != 0:
			n, end = s.persons(t, i)
		case h.kind&impactAll != 0 && i > 0 && s.hits[i-1].kind&impactIn != 0 && s.hits[i-1].to == h.from:
		case h.kind&impactAll != 0 && !(i > 0 && s.hits[i-1].kind&impactNot != 0 && s.hits[i-1].to == h.from):
			n, end = everybody, i+1
		case h.kind&impactMe != 0:
			n = h.value
		}
		if n == 0 {
			continue
		}
		if s.hurts(t, i, end, n, f) {
			f.count(n, h.from)
		}
		i = end - 1
	}
}

// nobody reads "nobody can log in".
func (f *impactFound) nobody(s impactSegment, i int) {
	last := s.hits[i].to
	can := s.before(i, impactCan, 3) >= 0 // "kann sich niemand anmelden"
	for k := i + 1; k < len(s.hits) && s.hits[k].from-last <= impactNear; k++ {
		h := s.hits[k]
		switch {
		case h.kind&impactNot != 0:
			return
		case h.kind&(impactWork|impactUse|impactOn) != 0 && (can || s.laterCan(k)):
			f.count(everybody, h.from)
			f.stopped(h.from)
			return
		case h.kind&impactAccess != 0:
			f.count(everybody, h.from)
			f.stopped(h.from)
			return
		case h.kind&impactDo != 0 && (can || s.laterCan(k)):
			f.count(everybody, h.from)
			return
		case h.kind&impactCan != 0:
			can = true
		case h.kind&impactWe != 0:
			return
		}
		last = h.to
	}
}

// laterCan tells a German "arbeiten kann".
func (s *impactSegment) laterCan(k int) bool {
	return k+1 < len(s.hits) && s.hits[k+1].kind&impactCan != 0 && s.hits[k+1].from-s.hits[k].to <= 1
}

// hurts tells whether something is wrong for those who stand in hits i to end.
func (s *impactSegment) hurts(t *impactText, i, end int, n int64, f *impactFound) bool {
	if k := s.before(i, impactHits, 3); k >= 0 && s.before(k, impactNot, 3) < 0 {
		return true
	}
	if s.hits[i].kind&impactMe != 0 && s.before(i, impactSeems, 2) >= 0 && s.before(i, impactNot, 3) < 0 {
		return true
	}
	if k := s.before(i, impactHurt, 2); k >= 0 && s.before(k, impactNot|impactNobody, 3) < 0 && s.before(k, impactWe, 4) < 0 {
		return true
	}
	last := s.hits[end-1].to
	for k := end; k < len(s.hits) && s.hits[k].from-last <= impactNear; k++ {
		h := s.hits[k]
		switch {
		case h.kind&(impactHurt|impactBlocked) != 0:
			return s.before(k, impactNot, 3) < 0
		case h.kind&(impactWork|impactUse|impactDo|impactOn) != 0:
			if !s.unable(end, k) {
				return false
			}
			if h.kind&impactWork != 0 || h.kind&impactUse != 0 && n == everybody {
				f.stopped(h.from)
			}
			return true
		case h.kind&impactWe != 0 && h.kind&(impactCan|impactCant) == 0:
			return false
		}
		last = h.to
	}
	return false
}
