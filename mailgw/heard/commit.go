package heard

import "strings"

// strength is how firmly something is said.
type strength uint8

const (
	idle  strength = iota // no promise of work: "I'll be out"
	weak                  // a promise, perhaps
	firm                  // a promise
	other                 // somebody else's
)

// commit is a place at which somebody says what will be done.
type commit struct {
	from, verb int // items: the subject or the verb, and the verb
	strength   strength
	call       bool
	why        string
}

// judge looks at one sentence.
type judge struct {
	reader
	spans   []span
	clause  []int  // of each item
	hard    []bool // the clause begins with "and", or behind more than a comma
	inSpan  []bool // the item belongs to a time
	asked   bool
	commits []commit
}

// divide numbers the clauses.
func (j *judge) divide() {
	n := 0
	j.hard = append(j.hard[:0], true)
	for i := range j.items {
		it := &j.items[i]
		if !j.inSpan[i] && (it.isMark(",;:()") || it.low == "–" || it.low == "—" || it.isMark("-") || it.is(andWord) && it.mask&verbWord == 0) {
			n++
			j.hard = append(j.hard, !it.isMark(",()"))
		}
		j.clause[i] = n
	}
}

// mark notes which items belong to times.
func (j *judge) mark() {
	for _, s := range j.spans {
		for i := s.from; i < s.to; i++ {
			j.inSpan[i] = true
		}
	}
}

// find fills j.commits in the order of the text.
func (j *judge) find() {
	j.commits = j.commits[:0]
	for i := range j.items {
		it := &j.items[i]
		if it.quoted || j.inSpan[i] && !it.is(phraseWord) {
			continue
		}
		if c, ok := j.commit(i, it); ok {
			if c.strength == firm && c.from > 0 && j.within(c.from) {
				c.strength, c.why = weak, "it stands within another statement"
			}
			if n := len(j.commits); n > 0 && j.commits[n-1].verb == c.verb && c.strength != idle {
				continue // "we" of "my colleague and we"
			}
			j.commits = append(j.commits, c)
		}
	}
}

// within tells a commit in a clause that begins with a word such as "whether" or "dass".
func (j *judge) within(from int) bool {
	before := &j.items[from-1]
	return before.is(thatWord|ifWord) && !before.is(neutralWord)
}

// commit reads what begins at i.
func (j *judge) commit(i int, it *item) (commit, bool) {
	switch {
	case it.is(phraseWord) && it.low == "will" && i > 0 && !j.items[i-1].is(andWord) && j.items[i-1].kind == word: // "Someone will call you"
		return j.behindWill(i, other)
	case it.is(phraseWord):
		return j.formAt(i, i), true
	case it.is(willWord):
		return j.behindWill(i, firm)
	case it.is(weakWord):
		c, ok := j.behindWill(i, weak)
		return c, ok && c.strength == weak && c.why != unknownVerb
	case it.is(colleagueWord):
		return j.behindColleague(i)
	case it.is(subjectWord):
		return j.beside(i)
	case it.is(formWord) && j.lex.file.FormAlone && !(i > 0 && j.items[i-1].is(articleWord)):
		return j.formAt(i, i), true
	case it.is(verbWord|formWord) && j.carries(i):
		c := j.formAt(i, i)
		if n := len(j.commits); n > 0 && j.commits[n-1].why != unknownVerb {
			c.strength = j.commits[n-1].strength
		}
		return c, c.strength != idle
	case it.is(willOther) && j.carries(i): // "I'm on it and will send"
		return j.behindWill(i, firm)
	case it.is(willOther):
		c, ok := j.behindWill(i, other)
		return c, ok && c.strength == other && c.why != unknownVerb
	}
	return commit{}, false
}

const unknownVerb = "it is not clear what is promised"

// behindWill looks for the verb behind an auxiliary.
func (j *judge) behindWill(i int, s strength) (commit, bool) {
	left := j.lex.file.Reach
	for k := i + 1; k < len(j.items) && left > 0; k++ {
		it := &j.items[k]
		switch {
		case j.inSpan[k] && !it.is(verbWord):
			continue
		case it.is(idleWord):
			return commit{from: i, verb: k, strength: idle}, true
		case it.is(verbWord) && !(k > 0 && j.items[k-1].low == "zu"):
			c := j.formAt(i, k)
			c.strength = s
			return c, true
		case it.isMark(";:"), it.is(willWord|subjectWord) && k > i+1, it.is(thatWord):
			left = 0
		case j.lex.file.Strict && it.blank() && !adverb(it.low) && it.mask == 0:
			left = 0
		default:
			left--
		}
	}
	if s == firm {
		return commit{from: i, verb: i, strength: weak, why: unknownVerb}, true
	}
	return commit{from: i, verb: i, strength: s, why: unknownVerb}, true
}

// adverb tells a word that may stand before its verb.
func adverb(w string) bool {
	return strings.HasSuffix(w, "ly") || strings.HasSuffix(w, "ment") || strings.HasSuffix(w, "mente")
}

// formAt is the commit of the verb at k.
func (j *judge) formAt(from, k int) commit {
	c := commit{from: from, verb: k, strength: firm, call: j.items[k].is(callWord)}
	for n := k + 1; n < len(j.items) && n < k+12 && !c.call && j.clause[n] == j.clause[k]; n++ {
		c.call = j.items[n].is(callWord)
	}
	return c
}

// beside looks for the verb of a subject: behind it, or right before it.
func (j *judge) beside(i int) (commit, bool) {
	if i > 0 && j.items[i-1].is(formWord) && j.lex.tag == "de" {
		return j.formAt(i-1, i-1), true
	}
	for k := i + 1; k < len(j.items) && k <= i+4; k++ {
		it := &j.items[k]
		if it.is(formWord) {
			return j.formAt(i, k), true
		}
		if it.is(subjectWord|willWord|willOther|thatWord|notWord|ifWord) || it.isMark(",;:") && j.lex.tag != "de" || it.is(idleWord) {
			break
		}
	}
	return commit{}, false
}

// behindColleague looks for what a colleague does.
func (j *judge) behindColleague(i int) (commit, bool) {
	for k := i + 1; k < len(j.items) && k <= i+6; k++ {
		it := &j.items[k]
		switch {
		case j.inSpan[k]:
		case it.is(formOther):
			return j.formAt(i, k), true
		case it.is(phraseWord) && it.low == "will":
			return j.formAt(i, k), true
		case it.is(willOther):
			c, ok := j.behindWill(k, firm)
			c.from = i
			return c, ok
		case it.is(thatWord | ifWord), it.isMark(";:"):
			return commit{}, false
		}
	}
	for k := i - 1; k >= 0 && k >= i-2; k-- { // Bis 15 Uhr meldet sich meine Kollegin
		if j.items[k].is(formOther) {
			return j.formAt(k, k), true
		}
	}
	return commit{}, false
}

// carries tells a verb that goes on with the subject of the commit before it: "I'll check and send".
func (j *judge) carries(i int) bool {
	if i+1 < len(j.items) && j.items[i+1].is(subjectWord) && j.lex.tag == "de" {
		return false // it has a subject of its own
	}
	from := -1 // where the subject is
	if n := len(j.commits); n > 0 {
		from = j.commits[n-1].verb
	} else if j.items[i].mask&(formWord|willOther) != 0 {
		for k := i - 1; k >= 0 && from < 0; k-- {
			if j.items[k].is(subjectWord) {
				from = k
			}
		}
	}
	if from < 0 {
		return false
	}
	k := i - 1
	for n := 0; n < 2 && k > 0 && (j.items[k].blank() || j.inSpan[k] || j.items[k].is(neutralWord|glueWord) && !j.items[k].is(andWord)); k-- {
		n++
		for j.inSpan[k] && k > 0 && j.inSpan[k-1] {
			k--
		}
	}
	if k < 0 || !j.items[k].is(andWord) && (!j.items[k].isMark(",") || j.items[i].is(pleaseWord)) {
		return false
	}
	for k = from + 1; k < i; k++ {
		it := &j.items[k]
		if it.is(thatWord|ifWord) && j.items[i].last > j.items[i].first { // "check what happened and get back to you"
			continue
		}
		if it.is(thatWord|pleaseWord|subjectWord|ifWord) || it.is(colleagueWord) && j.items[i].is(willOther) || it.is(otherWord) && !it.is(neutralWord) || it.is(purposeWord) && j.foreign(k) {
			return false
		}
	}
	return true
}
