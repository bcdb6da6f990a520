package mailgw

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/rules"
	"supportgw/threading"
)

// impact is what a mail says of how much its matter hurts.
type impact struct {
	people  int64  // how many are affected, at most rules.Everybody; 0: it does not say
	blocked string // wording.BlockedYes or BlockedNo, "" when it does not say
	why     string // the words it was read from
	answer  bool   // they answer our questions
	only    bool   // and say nothing else
	changed bool   // it is other than what was known
}

// says reports whether it says anything.
func (i *impact) says() bool { return i.people != 0 || i.blocked != "" }

// heardImpact is what package heard has read.
func heardImpact(h heard.Impact) impact {
	i := impact{people: min(h.People, rules.Everybody), why: h.Why}
	switch h.Blocked {
	case rules.Yes:
		i.blocked = wording.BlockedYes
	case rules.No:
		i.blocked = wording.BlockedNo
	}
	return i
}

// impact reads what a person's words say of it, when a rule or the desk's people could
// use it. What is passed on, or cannot be told from older words, is not the author's.
func (in *incoming) readImpact() impact {
	m := in.mail
	if m.Kind != letter.Person && m.Kind != letter.List || m.OldOnly || m.Forwarded != nil || in.isAgent() {
		return impact{}
	}
	return heardImpact(heard.ReadImpact(m.Subject+"\n"+m.NewText, m.Language))
}

// severalPeople is how many people "several of us" are, for rules.
const severalPeople = 3

// linkImpact reads the lines that our links write, in any language; rest is what stands
// beside them.
func (s *settings) linkImpact(text string) (i impact, rest string) {
	var why, other []string
	lines := s.Words.ImpactLines()
	for line := range strings.Lines(text) {
		line = strings.Join(strings.Fields(line), " ")
		kind, filled := lines[line], ""
		if kind == "" {
			for said, k := range lines {
				if after, ok := strings.CutPrefix(line, said); ok && k == wording.ImpactSeveral && line != "" {
					kind, filled = k, strings.Trim(after, " .")
				}
			}
		}
		switch kind {
		case wording.ImpactMe:
			i.people = 1
		case wording.ImpactAll:
			i.people = rules.Everybody
		case wording.ImpactSeveral:
			if i.people = severalPeople; filled != "" {
				i.people = cmp.Or(countOf(filled), severalPeople)
			}
		case wording.ImpactCannot:
			i.blocked = wording.BlockedYes
		case wording.ImpactCan:
			i.blocked = wording.BlockedNo
		default:
			other = append(other, line)
			continue
		}
		why = append(why, line)
	}
	i.why = strings.Join(why, " ")
	return i, strings.TrimSpace(strings.Join(other, "\n"))
}

// countOf reads a number that was filled in behind a line of ours: "12", "about 12".
func countOf(s string) int64 {
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.ParseInt(w, 10, 64); err == nil && n > 0 {
			return min(n, rules.Everybody)
		}
	}
	return 0
}

// answersImpact reads a mail as the answer to our questions how much it hurts, when it is
// one. It reports whether it says nothing else, and so asks for no work of its own. That
// work stands still, on a ticket that was done, is a call for help.
func (d *decision) answersImpact() bool {
	t, m := &d.before, d.in.mail
	if !t.AskedImpact || d.admitted != threading.Append || m.Kind != letter.Person || m.OldOnly || m.Forwarded != nil || d.in.isAgent() {
		return false
	}
	if !d.answersOneOf([]uint32{askingEntry}) && t.Entries != askingEntry {
		return false
	}
	i, rest := d.in.s.linkImpact(m.NewText)
	if rest != "" {
		for _, lang := range slices.Compact([]string{m.Language, t.Language, d.in.language()}) {
			said := shortAnswer(rest, lang)
			if !said.says() {
				continue
			}
			i.people, i.blocked = cmp.Or(said.people, i.people), cmp.Or(said.blocked, i.blocked) // typed words count more than those of a link
			i.why = strings.TrimSpace(said.why + " " + i.why)
			rest = without(rest, said.why)
			break
		}
	}
	if !i.says() {
		return false
	}
	i.answer = true
	over := t.Status == ticket.Solved || t.Status == ticket.Closed
	i.only = d.nothingBut(rest) && (!over || i.blocked != wording.BlockedYes)
	d.impact = i
	return i.only
}

// shortAnswer reads words as an answer to the questions. What only an answer could mean is
// taken of short sentences alone: "12, yes" says it, "It is in hall 4 as well" does not.
func shortAnswer(words, lang string) impact {
	said := heard.ReadImpactAnswer(words, lang)
	for s := range strings.SplitSeq(said.Why, " … ") {
		if len(strings.Fields(s)) > maxShortForm {
			plain := heardImpact(heard.ReadImpact(words, lang))
			if plain.says() { // of this it speaks: "All of us in the warehouse, and yes, we cannot work"
				more := heardImpact(said)
				plain.people, plain.blocked, plain.why = cmp.Or(plain.people, more.people), cmp.Or(plain.blocked, more.blocked), more.why
			}
			return plain
		}
	}
	if said.People == 0 && toSomethingElse.MatchString(said.Why) {
		return impact{}
	}
	return heardImpact(said)
}

// toSomethingElse finds in a bare yes or no that it answers somebody's offer, or another
// question: "Yes, please.", "Ja, genau."
var toSomethingElse = regexp.MustCompile(`(?i)(^|\W)(please|bitte|s['’]il|svp|por favor|per favore|graag|alsjeblieft|proszę|exactly|genau|exactement|exacto|esatto|esattamente|precies|dokładnie|exatamente)(\W|$)`)

// maxShortForm is how many words a sentence may have that says it in short.
const maxShortForm = 5

// without takes short sentences out of a text, where they stand in it. Long ones may say
// more than what was read from them.
func without(text, sentences string) string {
	for _, s := range strings.Split(sentences, " … ") {
		if len(strings.Fields(s)) <= maxAnswerWords {
			text = strings.Replace(text, s, "", 1)
		}
	}
	return text
}

// maxAnswerWords is how many words a sentence may have that is nothing but an answer.
const maxAnswerWords = 8

// askingEntry is the number of the acknowledgement that asks: that of a ticket's first mail.
const askingEntry = 2

// nothingBut reports whether what stands beside an answer is a greeting, thanks, names.
func (d *decision) nothingBut(rest string) bool {
	m := d.in.mail
	return m.OnlyWords(d.before.Subject) && heard.Solved(wordYes+"\n"+rest, "en", d.writersNames()...) == heard.Yes
}

// wordYes is a yes to which [heard.Solved] finds nothing added but courtesies.
const wordYes = "Yes."

// takeImpact keeps what somebody who belongs to the ticket says of how much it hurts; the
// last word counts.
func (d *decision) takeImpact() error {
	if !d.isPerson() || d.in.isAgent() || d.thanks || !d.isNew && d.admitted != threading.Append {
		return nil
	}
	if !d.impact.answer {
		d.impact = d.in.impact
	}
	i, t := &d.impact, &d.ticket
	people, blocked := cmp.Or(i.people, t.Affected), cmp.Or(i.blocked, t.Blocked)
	if i.changed = people != t.Affected || blocked != t.Blocked; !i.changed {
		return nil
	}
	t.Affected, t.Blocked = people, blocked
	d.event("customer", "says how much it hurts: "+saidImpact(t), "“"+letter.Excerpt(i.why, maxExcerpt)+"”")
	return nil
}

// saidImpact is what a ticket's customer has said, for the audit trail.
func saidImpact(t *ticket.Ticket) string {
	var out []string
	switch t.Affected {
	case 0:
	case rules.Everybody:
		out = append(out, "everybody is affected")
	default:
		out = append(out, "affected: "+strconv.FormatInt(t.Affected, 10))
	}
	switch t.Blocked {
	case wording.BlockedYes:
		out = append(out, "they cannot work")
	case wording.BlockedNo:
		out = append(out, "they can work")
	}
	return strings.Join(out, "; ")
}

// hurts reports whether what the customer says makes their ticket more urgent than it
// was: a running promise may have to come earlier.
func (d *decision) hurts() bool {
	return !d.isNew && d.impact.changed && (d.ticket.Priority.Above(d.before.Priority) || d.verdict.Target > 0)
}

// onlyImpact reports whether the mail answers our questions, says nothing else, and makes
// nothing more urgent: it asks for no answer of its own.
func (d *decision) onlyImpact() bool { return d.impact.only && !d.hurts() }

// wokenByImpact opens a ticket for an answer that makes it urgent, when its promise was kept.
func (d *decision) wokenByImpact() {
	if d.impact.only && d.hurts() {
		d.happened(ticket.CustomerWrote, "customer", "the customer says how much it hurts")
	}
}
