package heard

import (
	"slices"
	"strings"
)

// ruling is what is said of one time of a sentence.
type ruling struct {
	show bool   // it is a promise, or perhaps one
	sure bool   // nothing in the words speaks against it
	why  string // what does
	call bool
	by   int // the commit, or -1
}

func ask(by int, why string) ruling { return ruling{show: true, by: by, why: why} }

var nothing = ruling{by: -1}

// rule says whether the writer promises the time s.
func (j *judge) rule(s *span) ruling {
	if s.lead&ofWord != 0 && !s.ranged && s.lead&(byWord|latestWord) == 0 || j.items[s.from].quoted || s.last {
		return nothing
	}
	if j.attribute(s) {
		return nothing
	}
	by, r := j.governor(s)
	if by < 0 {
		return r
	}
	c := &j.commits[by]
	if c.strength == idle || j.negated(c, s) || j.near(s, everyWord) {
		return nothing
	}
	if r = j.doubts(c, s, by); r.why != "" {
		return r
	}
	return ruling{show: true, sure: true, call: c.call, by: by}
}

// attribute tells a time that only says which thing is meant: "the Friday report".
func (j *judge) attribute(s *span) bool {
	return s.bare && s.components == 1 && s.clock == nil && s.from > 0 && j.items[s.from-1].is(articleWord) && j.lex.tag == "en" && s.weekEnd == 0 && s.monthEnd == 0
}

// governor is the commit that a time belongs to, or -1 and what is to be said of that.
func (j *judge) governor(s *span) (int, ruling) {
	before, after := -1, -1
	for n := range j.commits {
		if j.commits[n].from < s.from {
			before = n
		} else if after < 0 {
			after = n
		}
	}
	if after >= 0 && j.leads(s, &j.commits[after]) {
		return after, ruling{}
	}
	if before >= 0 {
		c := &j.commits[before]
		for k := max(c.from, min(c.verb, s.from)) + 1; k < s.from; k++ {
			it := &j.items[k]
			switch {
			case it.is(pleaseWord):
				return -1, nothing
			case it.is(ifWord) && j.clause[k] == j.clause[s.from]:
				return -1, nothing
			case it.is(thatWord), it.is(otherWord) && !j.objects(k), it.is(formOther | willOther), it.is(purposeWord) && j.foreign(k):
				if c.strength == idle {
					return -1, nothing
				}
				return -1, ask(before, "it may say when something else happens")
			}
		}
		return before, ruling{}
	}
	return -1, nothing
}

// objects tells a "you" that stands where an object does.
func (j *judge) objects(k int) bool { return j.items[k].is(neutralWord) }

// foreign tells a purpose that is somebody else's deed: "to fill in".
func (j *judge) foreign(k int) bool {
	if k+1 >= len(j.items) {
		return false
	}
	after := &j.items[k+1]
	if after.kind != word || j.inSpan[k+1] {
		return false
	}
	if len(j.lex.file.InfinitiveP) == 0 {
		return after.blank() || after.is(verbWord)
	}
	for _, e := range j.lex.file.InfinitiveP {
		if n := len(after.low) - len(e); n > 1 && after.low[n:] == e {
			return true
		}
	}
	return false
}

// leads tells a time that stands before its commit: "By 3 pm I'll send".
func (j *judge) leads(s *span, c *commit) bool {
	for k := s.to; k < c.from; k++ {
		it := &j.items[k]
		if !(it.isMark(",:") && k == s.to) && !(it.is(glueWord) && !it.is(andWord)) && !(it.blank() && c.from-s.to <= 2) && !j.inSpan[k] {
			return false
		}
	}
	blanks := 0
	for k := s.from - 1; k >= 0 && j.clause[k] == j.clause[s.from] && !j.items[k].isMark(",;:()") && !j.items[k].is(andWord); k-- {
		it := &j.items[k]
		if it.is(otherWord|ifWord|thatWord|pleaseWord|needWord|notWord|willWord|willOther|formOther) || it.kind == number && !j.inSpan[k] {
			return false
		}
		if blanks++; blanks > 3 {
			return false
		}
	}
	return true
}

// negated tells that the clause of the commit, or of the time, says no.
func (j *judge) negated(c *commit, s *span) bool {
	for k := range j.items {
		if j.items[k].is(notWord) && !j.inSpan[k] && (j.clause[k] == j.clause[c.verb] || j.clause[k] == j.clause[s.from]) {
			return true
		}
	}
	return false
}

// near tells a word of that class in the clause of the time.
func (j *judge) near(s *span, c class) bool {
	for k := range j.items {
		if j.items[k].is(c) && j.clause[k] == j.clause[s.from] {
			return true
		}
	}
	return false
}

// doubts are what makes a promise one to ask about.
func (j *judge) doubts(c *commit, s *span, by int) ruling {
	switch {
	case c.strength == other:
		return ask(by, "somebody else is to do it")
	case c.strength == weak && c.why != "":
		return ask(by, c.why)
	case c.strength == weak:
		return ask(by, "it is no firm promise")
	case j.asked:
		return ask(by, "it is a question")
	case s.prep&aroundWord != 0:
		return ask(by, "it says about when, not by when")
	case s.prep&afterWord != 0:
		return ask(by, "it says after when, not by when")
	case s.lead&forWord != 0 && s.lead&(byWord|latestWord) == 0:
		return ask(by, "the time may belong to a thing, not to the promise")
	case s.lead&untilWord != 0 && s.prep&latestWord == 0:
		return ask(by, "\"until\" can say how long, not by when")
	case s.lead&ofWord != 0:
		return ask(by, "it may say from when on")
	}
	if why := j.doubtfulWords(c, s); why != "" {
		return ask(by, why)
	}
	return j.doubtfulPlace(c, s, by)
}

// doubtfulWords looks for words that weaken, from the clause of the commit on.
func (j *judge) doubtfulWords(c *commit, s *span) string {
	first := min(j.clause[c.from], j.clause[s.from])
	for first > 0 && !j.hard[first] { // "I think, ..."
		first--
	}
	for k := range j.items {
		it := &j.items[k]
		if j.inSpan[k] && !it.is(hedgeWord) {
			continue
		}
		switch {
		case it.is(ifWord):
			return "it depends on something"
		case j.clause[k] < first:
		case it.is(hedgeWord):
			return "it is no firm promise"
		case it.is(correctWord) && k > min(c.from, s.from):
			return "it seems to be corrected"
		case it.is(notWord) && k > s.from:
			return "it is followed by a no"
		}
	}
	return ""
}

// event tells a thing that has a time of its own, also within a longer word: "Telefontermin", "meetings".
func (j *judge) event(k int) bool {
	it := &j.items[k]
	if it.is(eventWord) {
		return true
	}
	return it.blank() && slices.ContainsFunc(j.lex.events, func(e string) bool { return strings.Contains(it.low, e) })
}

// writesNow tells "Ich schreibe Ihnen heute, weil": what is done with that very mail.
func (j *judge) writesNow(s *span) bool {
	if j.lex.tag == "en" || !s.hasDay || s.day != 0 || s.clock != nil || s.part != noPart || s.prep&strongLead != 0 {
		return false
	}
	for k := s.to; k < len(j.items); k++ {
		it := &j.items[k]
		if !j.inSpan[k] && (it.is(thatWord|purposeWord) || it.low == "pour" || it.low == "para" || it.low == "per") {
			return true
		}
	}
	return false
}

// news tells that the clause of the verb speaks of an answer.
func (j *judge) news(verb int) bool {
	for k := range j.items {
		if j.items[k].is(newsWord) && j.clause[k] == j.clause[verb] {
			return true
		}
	}
	return false
}

// relative tells a German clause such as "das Backup, das um 23 Uhr läuft".
func (j *judge) relative(from, to int) bool {
	if j.lex.tag != "de" {
		return false
	}
	for k := from + 1; k+1 < to; k++ {
		if j.items[k].isMark(",") && !j.inSpan[k] {
			switch j.items[k+1].low {
			case "der", "die", "das", "den", "dem", "deren", "denen":
				return !j.inSpan[k+1]
			}
		}
	}
	return false
}

// apart tells a time in a clause of its own that says something else: "I say it reluctantly: by Friday this will not do".
func (j *judge) apart(c *commit, s *span) bool {
	if j.clause[c.verb] >= j.clause[s.from] {
		return false
	}
	for k := s.to; k < len(j.items) && j.clause[k] == j.clause[s.to-1]; k++ {
		if it := &j.items[k]; it.is(willOther|formOther|subjectWord|willWord) || it.is(otherWord) && !it.is(neutralWord) {
			return true
		}
	}
	return false
}

// doubtfulPlace looks at what stands between the promise and its time, and around that.
func (j *judge) doubtfulPlace(c *commit, s *span, by int) ruling {
	strong := s.prep&(byWord|beforeWord|latestWord|inWord) != 0
	if !strong && j.items[c.verb].is(deedWord) && !j.news(c.verb) {
		return ask(by, "the time may be that of the deed, or of a thing")
	}
	if v := c.verb + 1; c.call && v < len(j.items) && v < s.from && j.items[v].capital && j.items[v].blank() {
		return ask(by, "the call may be for somebody else")
	}
	if j.writesNow(s) {
		return ask(by, "it may say why this is written, not what will be done")
	}
	if j.relative(c.verb, s.from) || j.apart(c, s) {
		return ask(by, "it may say when something else happens")
	}
	for k := c.from; k < s.from; k++ {
		if !strong && j.event(k) {
			return ask(by, "the time may belong to a thing, not to the promise")
		}
		if j.items[k].is(needWord) {
			return ask(by, "it may be when somebody needs it")
		}
	}
	if s.from > 0 && j.items[s.from-1].kind == number || s.to < len(j.items) && j.items[s.to].kind == number {
		return ask(by, "a number stands beside the time")
	}
	if why := j.leftover(s); why != "" {
		return ask(by, why)
	}
	if s.to < len(j.items) && s.bare && s.clock == nil && (s.weekday != 0 || s.part != noPart) && !s.hasDay && j.lex.tag == "en" && j.items[s.to].blank() {
		return ask(by, "the time may belong to a thing, not to the promise")
	}
	return ruling{}
}
