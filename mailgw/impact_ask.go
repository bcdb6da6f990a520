package mailgw

import (
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/rules"
	"supportgw/rules/hours"
	"supportgw/threading"
)

// askedByRules says which of the two the rules look at: how many people are affected,
// and whether it stops their work.
func askedByRules(list []rules.Rule) (affected, blocked bool) {
	for i := range list {
		if c := list[i].If; c != nil {
			a, b := askedBy(c)
			affected, blocked = affected || a, blocked || b
		}
	}
	return affected, blocked
}

func askedBy(c *rules.Condition) (affected, blocked bool) {
	affected, blocked = c.Affected != nil, c.Blocked != nil
	for _, list := range [][]rules.Condition{c.Any, c.All} {
		for i := range list {
			a, b := askedBy(&list[i])
			affected, blocked = affected || a, blocked || b
		}
	}
	if c.Not != nil {
		a, b := askedBy(c.Not)
		affected, blocked = affected || a, blocked || b
	}
	return affected, blocked
}

// askImpact puts into a new matter's acknowledgement what triage needs to know and the
// mail has not said. It is asked once, and not when the answer could change nothing:
// nothing is above urgent.
func (d *decision) askImpact(f *wording.AckFacts) {
	t := &d.ticket
	if !d.isNew || d.followed != nil || d.outcome != ticket.OutcomeNew || !d.desk.AskImpact || t.Priority == ticket.Urgent {
		return
	}
	f.Impact.AskAffected, f.Impact.AskBlocked = d.in.s.asksAffected && t.Affected == 0, d.in.s.asksBlocked && t.Blocked == ""
	if !f.Impact.AskAffected && !f.Impact.AskBlocked {
		return
	}
	v := d.voice()
	f.ReplyTo = answerable(v.replyTo(threading.Ref{Purpose: threading.Reply, Entry: t.Entries}), v)
	t.AskedImpact = true
}

// tellsUnderstood reports whether the customer hears what we understood of how much it
// hurts: silence would say that nobody listened.
func (d *decision) tellsUnderstood() bool {
	return !d.isNew && d.impact.changed && (d.impact.answer || d.hurts())
}

// sayUnderstood makes the mail one that says what we understood, and what comes of it.
func (d *decision) sayUnderstood(f *wording.AckFacts) {
	if !d.tellsUnderstood() {
		return
	}
	f.Impact = wording.ImpactFacts{
		Understood: true, Affected: sayAffected(d.ticket.Affected, d.impact.why), Blocked: d.ticket.Blocked, Sooner: d.replaced != nil, Stays: d.pledge == nil && f.By != "",
	}
}

// toldBefore makes the time that was told the one that a mail says which moves none; none
// when nothing is owed.
func (d *decision) toldBefore() {
	d.due = promise.DueTime{}
	if t := &d.before; t.PromiseIs == string(promise.Open) && t.Told && t.PromiseDue.After(d.now) {
		zone := d.in.s.zone(d.desk)
		d.due = promise.DueTime{At: t.PromiseDue.In(zone), Exact: t.PromiseDue, NextDay: hours.DateOf(t.PromiseDue.In(zone)) != hours.DateOf(d.now.In(zone))}
	}
}

// sayDueOrNot says the end of the mail's clock; "" when there is none.
func (d *decision) sayDueOrNot(zone *time.Location) string {
	return sayOrNot(d.due.At, d.now, zone, d.ack.language)
}

// sayAffected is how many people are affected, as mails say it. "A few of us" is a
// number for rules alone: nobody reads it back as one.
func sayAffected(people int64, why string) string {
	switch {
	case people == 0:
		return ""
	case people == 1:
		return wording.AffectedOne
	case people == rules.Everybody:
		return wording.AffectedEverybody
	case people == severalPeople && !strings.ContainsAny(why, "0123456789"):
		return wording.AffectedSeveral
	}
	return strconv.FormatInt(people, 10)
}

// noticeImpact is what an agent reads of it: said, or asked and not answered yet.
func (d *decision) noticeImpact() (f wording.NoticeImpact) {
	t := &d.ticket
	why := ""
	if d.impact.says() {
		why = d.impact.why
	}
	f = wording.NoticeImpact{Affected: sayAffected(t.Affected, why), Blocked: t.Blocked, Why: why}
	if t.AskedImpact {
		f.AskedAffected, f.AskedBlocked = d.in.s.asksAffected && t.Affected == 0, d.in.s.asksBlocked && t.Blocked == ""
	}
	return f
}
