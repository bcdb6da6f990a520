package heard

import "supportgw/rules"

// impactAsked is which of our questions a segment answers.
type impactAsked int

const (
	impactAskedBoth impactAsked = iota
	impactAskedPeople
	impactAskedBlocked
)

// impactContext follows which question is being answered.
type impactContext struct {
	now  impactAsked
	asks bool // the last that was read was a question of ours
}

// follow reads our questions, which are answered inline, and the numbers of a list. It tells whether the segment is an answer.
func (c *impactContext) follow(t *impactText, s impactSegment) bool {
	if n := t.tokens[s.from].item; n != 0 {
		c.now, c.asks = impactAsked(n), false
		return s.to-s.from > 1
	}
	for _, h := range s.hits {
		if h.kind&impactAsk == 0 || !t.tokens[h.from].asks && !t.tokens[h.to-1].dotted {
			continue
		}
		if c.asks && c.now != impactAsked(h.value) {
			c.now = impactAskedBoth
		} else {
			c.now = impactAsked(h.value)
		}
		c.asks = true
		return false
	}
	if !s.asks {
		c.asks = false
	}
	return !s.asks && len(s.hits) > 0
}

// items finds the numbers of a list: "1) … 2) …"; with a full stop, colon or stroke
// only when there are both.
func (t *impactText) items() {
	last := -1
	for i := range t.tokens {
		k := &t.tokens[i]
		n := int8(0)
		if k.num == 1 || k.num == 2 {
			n = int8(k.num)
		}
		switch k.low {
		case "a":
			n = 1
		case "b":
			n = 2
		}
		if n != 1 && n != 2 || i+1 == len(t.tokens) {
			continue
		}
		switch {
		case k.listed:
			k.item, k.brk = n, true
		case !k.dotted || !(k.line || k.brk || t.leads(i) || n == 2 && last >= 0):
		case n == 1:
			last = i
		case last >= 0 && i > last+1 && t.text[k.end] == t.text[t.tokens[last].end]:
			t.tokens[last].item, k.item = 1, 2
			t.tokens[last].brk, k.brk = true, true
		}
	}
}

// leads tells a word at the start of a line that names the question behind it: "zu 1: 25".
func (t *impactText) leads(i int) bool {
	if i == 0 || !t.tokens[i-1].line && i > 1 {
		return false
	}
	switch t.tokens[i-1].low {
	case "zu", "ad", "to", "re", "q", "question", "frage", "pregunta", "domanda", "punkt", "point", "punto":
		return true
	}
	return false
}

// answer reads the short forms of a segment.
func (f *impactFound) answer(t *impactText, s impactSegment, asked impactAsked) {
	if asked != impactAskedBlocked && !s.doubt && (f.people == 0 || f.vague(t)) {
		f.howMany(t, s)
	}
	if asked != impactAskedPeople {
		f.yesNo(s)
	}
}

// vague tells that "several" was said, and no number yet.
func (f *impactFound) vague(t *impactText) bool {
	return f.people == several && !t.tokens[f.where[0]].digits
}

// howMany reads how many from words that say it only as an answer.
func (f *impactFound) howMany(t *impactText, s impactSegment) {
	for i := 0; i < len(s.hits); i++ {
		h := s.hits[i]
		switch {
		case i > 0 && s.hits[i-1].kind&(impactNot|impactNobody) != 0 && s.hits[i-1].to == h.from:
		case h.kind&impactMe != 0:
			f.count(h.value, h.from)
			return
		case h.kind&impactSelf != 0 && s.alone():
			f.count(1, h.from)
			return
		case h.kind&impactNumber != 0:
			n, end := s.persons(t, i)
			if n == 0 {
				n, end = s.bare(t, i)
			}
			if n > 0 {
				f.count(n, h.from)
				return
			}
			i = end - 1
		case h.kind&impactAll != 0 && s.all&(impactGoes|impactWorks|impactOver) == 0:
			if i+1 < len(s.hits) && s.hits[i+1].kind&impactNumber != 0 && s.hits[i+1].from == h.to { // "all 5 of us"
				continue
			}
			f.count(everybody, h.from)
			return
		}
	}
}

// bare reads a number without people: when all words around it are known and say nothing
// else, or an "in" follows: "5", "about 20", "we are three", "12 in accounting".
func (s *impactSegment) bare(t *impactText, i int) (n int64, end int) {
	n, end = s.numeral(t, i)
	if n == 0 {
		return 0, end
	}
	if i > 0 && s.hits[i-1].kind&impactPlus != 0 && s.hits[i-1].to == s.hits[i].from {
		n++
	}
	at := s.from
	for k, h := range s.hits {
		if k >= end && h.kind&impactIn != 0 && h.from == s.hits[end-1].to {
			return n, end
		}
		if h.from != at {
			return 0, end
		}
		if k >= end && h.kind&impactNumber != 0 {
			return 0, end
		}
		at = h.to
	}
	if at != s.to {
		return 0, end
	}
	return n, end
}

// alone tells that all words of a clause say nothing but "me", and perhaps yes or no.
func (s *impactSegment) alone() bool {
	at := s.from
	for _, h := range s.hits {
		if h.from != at || h.kind&(impactSelf|impactSoft|impactYes|impactNo|impactAbout|impactSplit|impactHurt) == 0 {
			return false
		}
		at = h.to
	}
	return at == s.to
}

// yesNo reads a yes or no to the second question: at the beginning of a clause.
func (f *impactFound) yesNo(s impactSegment) {
	at := s.from
	for _, h := range s.hits {
		if h.kind&impactPartly != 0 {
			f.both = true
			f.where = append(f.where, h.from)
			return
		}
		if h.kind&impactNope != 0 && s.all&(impactCan|impactCant|impactWork|impactOn|impactStop) == 0 {
			f.goesOn(h.from)
			return
		}
	}
	if f.short != rules.Unsaid {
		return
	}
	for _, h := range s.hits {
		if h.from != at {
			return
		}
		switch {
		case h.kind&impactYes != 0:
			f.short = rules.Yes
		case h.kind&impactNo != 0:
			f.short = rules.No
		case h.kind&(impactSoft|impactNumber|impactPerson|impactAll|impactMe|impactSplit|impactAbout|impactAndMe|impactHurt|impactWe) != 0:
			at = h.to
			continue
		default:
			return
		}
		f.where = append(f.where, h.from)
		return
	}
}
