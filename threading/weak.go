package threading

import (
	"fmt"
	"slices"
)

// about is what the mail's subject is about, read once.
func (w *match) about() *matter {
	if !w.subject {
		w.matter, w.subject = matterOf(w.mail.Subject, w.mail.OwnTags), true
	}
	return &w.matter
}

// sameMatter tells whether the mail's subject is the ticket's.
func (w *match) sameMatter(facts TicketFacts) bool {
	theirs := matterOf(facts.BareSubject, w.mail.OwnTags)
	return w.about().same(&theirs)
}

// clue asks which tickets have a clue, and remembers which, so that the mail
// need not leave it again.
func (w *match) clue(c Clue) []uint64 {
	found := w.index.ByClue(c)
	for _, number := range found {
		w.out.left = append(w.out.left, leftClue{c, number})
	}
	return found
}

// ancestors asks for the ids that nobody has seen, and for the mail's own, which
// may come later than the mails that answer it. It returns the tickets.
func (w *match) ancestors() []uint64 {
	var found []uint64
	for _, id := range bothEnds(w.out.Unresolved) {
		found = append(found, w.clue(ancestorClue(id))...)
	}
	if w.mail.MessageID != "" {
		found = append(found, w.index.ByClue(ancestorClue(w.mail.MessageID))...)
	}
	return found
}

// meet looks, on a mail whose ticket is known, for other tickets on which the
// same conversation is, and for clues that need not be left again.
func (w *match) meet() {
	for _, number := range w.ancestors() {
		if facts, ok := w.index.Ticket(number, 0); ok && w.sameMatter(facts) {
			w.other(candidate{moved(number, facts), facts}, byAncestor)
		}
	}
	if root, ok := ThreadIndexRoot(w.mail.ThreadIndex); ok {
		w.clue(threadClue(root))
	}
	if w.mail.Scope != "" {
		for i := range w.about().tags {
			w.clue(tagClue(w.mail.Scope, w.about().tags[i].Key))
		}
	}
}

// byWeak looks for the evidence that needs proof of its sender: the first kind
// that joins wins, and what does not join is suggested.
func (w *match) byWeak() {
	w.byCopy()
	w.weak(w.ancestors(), byAncestor)
	if root, ok := ThreadIndexRoot(w.mail.ThreadIndex); ok {
		w.weak(w.clue(threadClue(root)), "Thread-Index of the same conversation")
	}
	w.byOwnTag()
	if w.mail.Scope == "" {
		return
	}
	for i := range w.about().tags {
		t := &w.about().tags[i]
		w.weak(w.clue(tagClue(w.mail.Scope, t.Key)), "the other side's tag "+t.Text+" in the subject")
	}
	w.bySubject()
}

// byCopy looks for the mail itself, which came before by another route and was
// changed on one of them.
func (w *match) byCopy() {
	if w.mail.MessageID == "" {
		return
	}
	if number, ok := w.index.Copy(w.mail.MessageID); ok {
		w.weak([]uint64{number}, "a copy of a mail that came before: the same Message-ID and author, and something added on its way")
	}
}

// byOwnTag looks for the tags of our own desks. Their number is ours, so that
// another subject is still the same matter, unless that was closed long ago.
func (w *match) byOwnTag() {
	for _, number := range w.about().own {
		facts, ok := w.index.Ticket(number, 0)
		why := fmt.Sprintf("our tag of ticket %d in the subject", number)
		switch {
		case !ok:
			w.reject(why + ", which does not exist")
		case w.out.Ticket != 0:
			w.out.Tagged = w.out.Tagged || w.out.Ticket == moved(number, facts)
			w.suggest(moved(number, facts), why)
		case facts.ClosedLong && !w.sameMatter(facts):
			w.suggest(moved(number, facts), why+", closed long ago, with another subject")
		default:
			w.joinWeakly(moved(number, facts), why)
			w.out.Tagged = true
		}
	}
}

// bySubject looks for the same subject of the same people within some days.
func (w *match) bySubject() {
	if w.out.Ticket != 0 || w.about().bare == "" {
		return
	}
	c := subjectClue(w.mail.Scope, w.about().bare, w.mail.Day)
	why := fmt.Sprintf("the same people wrote with the same subject within %d days", subjectDays)
	for day := w.mail.Day; day > w.mail.Day-subjectDays && w.out.Ticket == 0; day-- {
		found := w.index.ByClue(c.onDay(day))
		if w.mail.JoinSubject {
			w.weak(found, why)
			continue
		}
		for _, number := range found {
			if facts, ok := w.index.Ticket(number, 0); ok && !facts.ClosedLong && w.sameMatter(facts) {
				w.suggest(moved(number, facts), why)
			}
		}
	}
}

// candidate is a ticket that weak evidence names.
type candidate struct {
	number uint64
	facts  TicketFacts
}

// weak weighs the tickets that one kind of evidence names: it joins the mail to
// one with the same subject, when none was joined before, and suggests the
// others. A ticket of the mail's author goes before others, else the first found.
func (w *match) weak(tickets []uint64, why string) {
	var fit []candidate
	for _, number := range tickets {
		facts, ok := w.index.Ticket(number, 0)
		if !ok || slices.ContainsFunc(fit, func(c candidate) bool { return c.number == moved(number, facts) }) {
			continue
		}
		if !w.sameMatter(facts) {
			w.suggest(moved(number, facts), why+", with another subject")
			continue
		}
		fit = append(fit, candidate{moved(number, facts), facts})
	}
	if len(fit) == 0 {
		return
	}
	best := max(0, slices.IndexFunc(fit, func(c candidate) bool { return c.facts.Known }))
	if w.out.Ticket == 0 || w.out.Ticket == fit[best].number {
		w.joinWeakly(fit[best].number, why)
	}
	for _, c := range fit {
		w.other(c, why)
	}
}

// joinWeakly puts the mail on a ticket that weak evidence names, or adds to its reasons.
func (w *match) joinWeakly(number uint64, why string) {
	w.out.Ticket, w.out.Weak = number, true
	w.out.Evidence = append(w.out.Evidence, why)
	w.out.Suggestions = slices.DeleteFunc(w.out.Suggestions, func(s Suggestion) bool { return s.Ticket == number })
}

// other notes a second ticket for the same matter. Those of the author's own with
// a common ancestor are one conversation; others may have forwarded the same mail.
func (w *match) other(c candidate, why string) {
	if c.facts.Known && why == byAncestor {
		w.also(c.number)
		return
	}
	w.suggest(c.number, why)
}

// byAncestor is evidence 4 in words.
const byAncestor = "an ancestor that another mail names, too"

// suggest notes a ticket that a person may want to look at, each once.
func (w *match) suggest(number uint64, why string) {
	if number == w.out.Ticket || len(w.out.Suggestions) >= maxAlso || slices.ContainsFunc(w.out.Suggestions, func(s Suggestion) bool { return s.Ticket == number }) {
		return
	}
	w.out.Suggestions = append(w.out.Suggestions, Suggestion{Ticket: number, Why: why})
}
