package mailgw

import (
	"errors"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/heard"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// ownTime makes rows of the ledger of the times that an agent promises on a ticket
// in their own words, and says them back to the agent.
type ownTime struct {
	voice
	t   *ticket.Ticket
	who *config.Agent
	now time.Time
}

// timeContext is what times in the words of somebody of the house are read from: it is
// their own calendar and zone, else the desk's.
func (s *settings) timeContext(addr, lang string, desk *config.Desk, now time.Time) heard.Context {
	c := heard.Context{Now: now.In(s.zone(desk)), Lang: lang, Hours: s.workHours(addr, desk)}
	if c.Hours != nil {
		c.Now = now.In(c.Hours.Location())
	}
	return c
}

// read is a time that an agent typed, as an argument or as a whole reply.
func (o *ownTime) read(typed string) (time.Time, error) {
	return heard.Time(typed, o.s.timeContext(o.who.Address, "", o.desk, o.now))
}

// say says a time to the agent, in their zone.
func (o *ownTime) say(at time.Time) string {
	c := o.s.timeContext(o.who.Address, "", o.desk, o.now)
	return promise.Say(at, o.now, c.Now.Location(), o.s.Words.Match(o.desk.Language))
}

// row is the row of a time that the customer knows of. mail is the Message-ID of the
// answer that tells it.
func (o *ownTime) row(kind promise.Kind, at time.Time, mail, words string) (promise.Promise, error) {
	cal, err := o.s.calendar(o.desk)
	if err != nil {
		return promise.Promise{}, err
	}
	p := promise.Promise{
		ID: o.g.ids.Next(), Ticket: o.t.Number, Customer: o.t.Customer, Agent: o.who.Address, Kind: kind, Told: true, State: promise.Open,
		DueAt: at, MadeAt: o.now, MadeBy: o.who.Address, Mail: mail, Words: words, Cause: "the agent's own words",
	}
	p.Reset(cal, o.now)
	if o.t.PromiseIs != string(promise.Open) || !o.t.Told {
		setClock(o.t, &p)
	}
	return p, nil
}

// facts are what the agent hears about a time.
func (o *ownTime) facts(reason string) wording.ClockFacts {
	return wording.ClockFacts{Ticket: o.t.Number, Subject: o.t.Subject, Reason: reason}
}

// promised reads the words of an answer. The earliest time that was surely promised
// becomes a row; when none was, but perhaps one, the agent is asked. mail is the
// answer's Message-ID.
func (o *ownTime) promised(words, lang, mail string) (*promise.Promise, *wording.ClockFacts, error) {
	found := heard.Promises(words, o.s.timeContext(o.who.Address, lang, o.desk, o.now))
	if len(found) == 0 {
		return nil, nil, nil
	}
	first := o.earliest(found)
	if first == nil {
		f := o.facts(wording.ClockAsk)
		for i := range found {
			f.Words = strings.TrimPrefix(f.Words+"\n"+found[i].Words, "\n")
		}
		f.Detail = found[0].Why
		return nil, &f, nil
	}
	kind := promise.ByAgent
	if first.Callback {
		kind = promise.Callback
	}
	p, err := o.row(kind, first.At, mail, first.Words)
	if err != nil {
		return nil, nil, err
	}
	f := o.facts(wording.ClockNoted)
	f.When, f.Words, f.Detail = o.say(first.At), first.Words, first.Why
	for i := range found {
		switch x := &found[i]; {
		case x == first:
		case x.Sure && !x.At.IsZero():
			f.Also = append(f.Also, o.say(x.At)+" ("+x.Words+")")
		default:
			f.Also = append(f.Also, x.Words+" ("+x.Why+")")
		}
	}
	return &p, &f, nil
}

// earliest is the first of the times that were surely promised and are not over; nil
// when there is none.
func (o *ownTime) earliest(found []heard.Promise) (first *heard.Promise) {
	for i := range found {
		p := &found[i]
		if p.Sure && p.At.After(o.now) && (first == nil || p.At.Before(first.At)) {
			first = p
		}
	}
	return first
}

// clockRoom stands where each person's token for a time goes when a row leaves.
const clockRoom = "{clock}"

// mails tell the agent of a time. A reply to one is about what the entry seq tells; it
// never leaves the house. They leave at an instant.
func (o *ownTime) mails(f wording.ClockFacts, seq uint32, at time.Time) ([]ticket.Outgoing, error) {
	rows, err := o.toHouse(houseMail{
		kind: ticket.Notice, template: wording.TemplateClock, to: []string{o.who.Address}, name: o.desk.FromName, seq: seq, now: at,
		facts: func(able bool) any { f.CanReply = able; return f },
	})
	for i := range rows {
		rows[i].ReplyTo = strings.Replace(rows[i].ReplyTo, tokenRoom, clockRoom, 1)
	}
	return rows, err
}

// noteTime notes what an answer typed as a command promises, and returns what it is to
// the ticket: whom a time was promised, we owe something.
func (w *writing) noteTime(tx store.Tx, v voice) (ticket.Deed, error) {
	o := &ownTime{voice: v, t: &w.t, who: w.who, now: w.now}
	p, f, err := o.promised(w.entry.Text, "", w.entry.MessageID)
	if err != nil || f == nil {
		return ticket.AgentAnswered, err
	}
	rows, err := o.mails(*f, w.entry.Seq, w.now)
	if err = errors.Join(err, putRows(tx, rows)); err != nil || p == nil {
		return ticket.AgentAnswered, err
	}
	w.event("noted as promised: "+p.DueAt.In(v.s.zone(v.desk)).Format(timeFormat), p.Words)
	v.g.scheduler.DueAt(p.Alarm())
	return ticket.Reopen, tx.PutPromise(p)
}

// unsay withdraws what an answer promised that its reader has not got: nobody knows of
// it. t is not written.
func (g *Gateway) unsay(tx store.Tx, t *ticket.Ticket, answer *ticket.Outgoing, why string, now time.Time) error {
	list, err := tx.TicketPromises(t.Number)
	if err != nil || answer.Kind != ticket.Answer {
		return err
	}
	for i := range list {
		p := &list[i]
		if p.Mail != answer.MessageID || p.MadeBy == "mailgw" || !p.Told || p.State != promise.Open {
			continue
		}
		p.State, p.Why, p.AlarmAt = promise.Withdrawn, why, time.Time{}
		event := ticket.Event{Ticket: t.Number, ID: g.ids.Next(), At: now, Who: "mailgw", What: "promise withdrawn", Why: why}
		if err := errors.Join(tx.PutPromise(p), tx.PutEvents([]ticket.Event{event})); err != nil {
			return err
		}
		if t.PromiseID == p.ID {
			setClock(t, standing(list))
		}
	}
	return nil
}
