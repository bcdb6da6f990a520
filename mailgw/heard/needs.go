package heard

import "slices"

// needs rules on the times of a customer's sentence.
func (j *judge) needs() []heard {
	need, request := -1, -1
	for i := range j.items {
		if j.items[i].is(needWord) && need < 0 {
			need = i
		}
		if j.items[i].is(pleaseWord) && request < 0 {
			request = i
		}
	}
	if need < 0 && request < 0 {
		return nil
	}
	var out []heard
	for i := range j.spans {
		s := &j.spans[i]
		if r := j.ruleNeed(s, need, request); r.show {
			out = append(out, heard{*s, r})
		}
	}
	if len(out) > 1 { // "for the launch on Monday we need it by Friday"
		strong := slices.DeleteFunc(slices.Clone(out), func(h heard) bool { return h.span.prep&strongLead == 0 })
		if len(strong) == 1 {
			out = strong
		}
	}
	if len(out) > 1 {
		for i := range out {
			out[i].ruling.sure, out[i].ruling.why = false, "several times are named"
		}
	}
	return out
}

// headed tells "Deadline: Friday".
func (j *judge) headed(s *span) bool {
	return s.from > 1 && j.items[s.from-1].isMark(":") && j.items[s.from-2].is(needWord)
}

// anywhere tells a word of that class in the sentence.
func (j *judge) anywhere(c class) bool {
	return slices.ContainsFunc(j.items, func(it item) bool { return it.is(c) })
}

// strongLead are the prepositions of a time by which something is to be.
const strongLead = byWord | beforeWord | latestWord

// ruleNeed says whether the customer needs something by the time s.
func (j *judge) ruleNeed(s *span, need, request int) ruling {
	if s.lead&(ofWord|afterWord) != 0 || s.last || j.items[s.from].quoted || j.near(s, everyWord) {
		return nothing
	}
	if s.prep&(strongLead|untilWord|inWord) == 0 && (need < 0 || !j.near(s, needWord) && !j.headed(s)) {
		return nothing
	}
	for k := range j.items {
		if j.items[k].is(notWord) && j.clause[k] == j.clause[s.from] && !j.inSpan[k] {
			return nothing
		}
	}
	for _, c := range j.commits {
		if c.from < s.from && c.from > max(need, request) && c.strength != other && !j.items[c.from].is(needWord|weakWord) {
			return nothing
		}
	}
	why := ""
	switch {
	case s.prep&aroundWord != 0:
		why = "it says about when, not by when"
	case s.lead&untilWord != 0 && s.prep&latestWord == 0:
		why = "\"until\" can say how long, not by when"
	case s.lead&forWord != 0 && s.prep&latestWord == 0:
		why = "the time may belong to a thing"
	case j.anywhere(ifWord):
		why = "it depends on something"
	case j.near(s, hedgeWord):
		why = "it is no firm wish"
	}
	for k := range j.items {
		if j.items[k].is(correctWord) && k > s.from {
			why = "it seems to be corrected"
		}
		if j.items[k].is(eventWord) && k < s.from && k > need && s.prep&(strongLead|inWord) == 0 {
			why = "the time may belong to a thing"
		}
	}
	return ruling{show: true, sure: why == "", why: why, by: -1}
}
