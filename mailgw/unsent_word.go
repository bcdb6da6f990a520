package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// unsentWord is an answer that has not left, on its way through a transaction.
type unsentWord struct {
	g     *Gateway
	tx    store.Tx
	s     *settings
	desk  *config.Desk
	row   ticket.Outgoing
	entry ticket.Entry
	t     ticket.Ticket
	by    string // whose word it is: an agent's address, or another name for the audit trail
	now   time.Time
}

// errLeft says that there is nothing left to say about an answer.
var errLeft = errors.New("the answer has left already, or was taken back before")

// errNotYours says that somebody else's word is asked for.
var errNotYours = errors.New("somebody else has to read the answer")

// unsentAnswer finds an answer that waits, or that can be taken back; errLeft when it has left.
func (g *Gateway) unsentAnswer(tx store.Tx, id ticket.ID, by string) (*unsentWord, error) {
	w := &unsentWord{g: g, tx: tx, s: g.settings.Load(), by: by, now: g.clock.Now()}
	var err error
	if w.row, err = tx.Outgoing(id); errors.Is(err, store.ErrNotFound) {
		return nil, errLeft
	}
	if err != nil {
		return nil, err
	}
	if w.row.Held == nil || w.row.Attempts > 0 {
		return nil, errLeft
	}
	if w.entry, err = tx.Entry(id); err == nil {
		w.t, _, err = ticketOf(tx, &w.row)
	}
	if err != nil {
		return nil, fmt.Errorf("answer %s: %w", id, err)
	}
	w.desk = w.s.deskOr(w.t.Desk)
	return w, nil
}

func (w *unsentWord) event(who, what, why string) error {
	return w.tx.PutEvents([]ticket.Event{{Ticket: w.t.Number, ID: w.g.ids.Next(), At: w.now, Who: who, What: what, Why: why}})
}

// gate looks at the answer once more.
func (w *unsentWord) gate(writer *config.Agent) *gate {
	return &gate{voice: w.g.voice(w.s, w.desk, w.t.Number), r: w.tx, t: &w.t, who: writer, row: &w.row, entry: &w.entry, seen: seesAll, now: w.now}
}

// letGo lets the answer leave, or, when somebody else has to read it, asks that one; it
// returns which of the reasons of wording.UnsentFacts tells what became of it.
func (w *unsentWord) letGo() (string, error) {
	if w.row.Waits == "" { // it leaves by itself
		return wording.UnsentSent, nil
	}
	writer := w.s.Agent(w.entry.ByAgent)
	agent := w.s.Agent(w.by)
	if writer != nil && writer.ReviewBy != "" && agent != nil && !w.s.mayRead(w.desk, writer.Address, agent.Address) {
		if w.row.Waits == ticket.WaitsReview {
			return "", errNotYours
		}
		return wording.UnsentReview, w.askReader(writer)
	}
	w.row.Waits, w.row.NextAt, w.row.Released, w.row.Date = "", w.now, w.now, w.now.In(w.s.zone(w.desk))
	held := *w.row.Held
	w.row.Held = nil
	w.entry.At = w.now
	if err := errors.Join(ignoreMissing(w.tx.DeleteDrawerItem(w.row.ID)), w.tx.PutOutgoing(&w.row), w.tx.PutEntry(&w.entry), w.event(w.by, "let the answer go", held.Why)); err != nil {
		return "", err
	}
	return wording.UnsentSent, errors.Join(w.answered(writer, &held), w.tellSent(writer))
}

// tellSent tells the writer that somebody else has let their answer go.
func (w *unsentWord) tellSent(writer *config.Agent) error {
	if writer == nil || strings.EqualFold(writer.Address, w.by) {
		return nil
	}
	f := wording.UnsentFacts{Ticket: w.t.Number, Subject: w.t.Subject, Why: wording.UnsentSent}
	rows, err := w.g.voice(w.s, w.desk, w.t.Number).toHouse(houseMail{
		kind: ticket.Notice, template: wording.TemplateUnsent, facts: forAll(f), to: []string{writer.Address}, name: w.desk.FromName, seq: w.entry.Seq, closed: true, now: w.now,
	})
	return errors.Join(err, putRows(w.tx, rows))
}

// askReader hands the answer on to whoever reads its writer's answers.
func (w *unsentWord) askReader(writer *config.Agent) error {
	a := w.gate(writer)
	item := a.hold(ticket.WaitsReview)
	rows, err := a.mails(wording.UnsentReview)
	return errors.Join(err, w.tx.PutOutgoing(&w.row), w.tx.PutDrawerItem(&item), putRows(w.tx, rows), w.event(w.by, "the answer waits", item.Why))
}

// answered does to the ticket what follows from an answer that leaves now: as it would
// have been done when it was written.
func (w *unsentWord) answered(writer *config.Agent, held *ticket.Held) error {
	c := &change{t: &w.t, who: w.entry.ByAgent, now: w.now, id: w.g.ids.Next()}
	owed := false
	if writer != nil {
		var err error
		if owed, err = w.notePromise(writer, held, c); err != nil {
			return err
		}
	}
	deeds := []ticket.Deed{ticket.AgentAnswered}
	if owed || held.Then == ticket.Reopen {
		deeds[0] = ticket.Reopen
	}
	if held.Then != "" {
		deeds = append(deeds, held.Then)
	}
	for _, deed := range deeds {
		then, ok := w.t.Status.After(deed)
		if !ok || then == w.t.Status {
			continue
		}
		c.event("status "+string(w.t.Status)+" to "+string(then), string(deed))
		w.t.Status, w.t.ClosedAt = then, time.Time{}
		if then == ticket.Closed {
			w.t.ClosedAt = w.now
		}
	}
	if w.t.Status == ticket.Solved {
		if err := w.solved(held, c); err != nil {
			return err
		}
	}
	w.t.UpdatedAt = w.now
	if len(c.events) > 0 {
		if err := w.tx.PutEvents(c.events); err != nil {
			return err
		}
	}
	return errors.Join(w.g.moveClocks(w.tx, w.s, &w.t, w.now), w.tx.PutTicket(&w.t), w.tellOthers())
}

// notePromise notes the time that the answer names. It reports whether the customer is
// owed something by then.
func (w *unsentWord) notePromise(writer *config.Agent, held *ticket.Held, c *change) (bool, error) {
	o := &ownTime{voice: w.g.voice(w.s, w.desk, w.t.Number), t: &w.t, who: writer, now: w.now}
	var p *promise.Promise
	var f *wording.ClockFacts
	var err error
	if held.Promise.After(w.now) {
		var row promise.Promise
		kind := promise.ByAgent
		if calls(held.Line) {
			kind = promise.Callback
		}
		if row, err = o.row(kind, held.Promise, w.entry.MessageID, held.Line); err == nil {
			said := o.facts(wording.ClockTold)
			said.When = o.say(held.Promise)
			p, f = &row, &said
		}
	} else {
		p, f, err = o.promised(w.entry.Text, w.row.Language, w.entry.MessageID)
	}
	if err != nil || f == nil {
		return false, err
	}
	rows, err := o.mails(*f, w.entry.Seq, w.now)
	if err = errors.Join(err, putRows(w.tx, rows)); err != nil || p == nil {
		return false, err
	}
	c.event("noted as promised: "+p.DueAt.In(w.s.zone(w.desk)).Format(timeFormat), p.Words)
	w.g.scheduler.DueAt(p.Alarm())
	return true, w.tx.PutPromise(p)
}

// solved begins the time after which the ticket is closed by silence.
func (w *unsentWord) solved(held *ticket.Held, c *change) error {
	if !held.Asks {
		return w.g.solvedByHand(w.tx, w.s, c)
	}
	w.t.Closing = nil
	noteAsked(&w.t, w.entry.Seq, w.row.Subject, w.now)
	c.event("asked the customer whether it is solved", "in the answer")
	return errors.Join(w.g.startClosing(w.s, &w.t, w.now), setAlarm(w.tx, &w.t))
}

// tellOthers tells the others of the desk what was answered.
func (w *unsentWord) tellOthers() error {
	to := slices.DeleteFunc(slices.Clone(w.desk.Agents), func(a string) bool {
		return strings.EqualFold(a, w.entry.ByAgent) || strings.EqualFold(a, w.by)
	})
	e := w.entry
	if w.row.Entry != 0 { // the agent's mail, whose words are there
		mail, err := w.tx.Entry(w.row.Entry)
		if err != nil {
			return fmt.Errorf("the mail of answer %s: %w", w.row.ID, err)
		}
		e = mail
		e.Text = w.entry.Text
	} else {
		return nil
	}
	e.Subject = w.t.Subject
	rows, err := w.g.voice(w.s, w.desk, w.t.Number).notice(&w.t, &e, wording.EventAnswered, to, w.now)
	return errors.Join(err, putRows(w.tx, rows))
}

// takeBack keeps the answer from leaving: it becomes a note, and the ticket is as it was
// before. remark is why, in the words of who gave it back to its writer; "" of others.
func (w *unsentWord) takeBack(remark string) error {
	if err := errors.Join(w.tx.DeleteOutgoing(w.row.ID), ignoreMissing(w.tx.DeleteDrawerItem(w.row.ID))); err != nil {
		return err
	}
	writer := w.s.Agent(w.entry.ByAgent)
	e := &w.entry
	to := slices.Concat(e.To, e.Cc)
	e.Kind, e.To, e.Cc, e.MessageID, e.Reply, e.TakenBackAt, e.Outgoing = ticket.Note, nil, nil, "", "", w.now, nil
	if e.From = e.ByAgent; writer != nil {
		e.From = letter.Address{Name: writer.Name, Addr: writer.Address}.String()
	}
	if err := errors.Join(w.tx.PutEntry(e), w.event(w.by, "took the answer back", remark), w.g.unsay(w.tx, &w.t, &w.row, "the answer that says it was taken back", w.now)); err != nil {
		return err
	}
	if before := w.row.Held.Before; before != "" && before != w.t.Status {
		if err := w.event(w.by, "status "+string(w.t.Status)+" to "+string(before), "the answer was taken back"); err != nil {
			return err
		}
		w.t.Status, w.t.ClosedAt = before, time.Time{}
		forgetAsked(&w.t, e.Seq)
	}
	w.t.UpdatedAt = w.now
	if err := errors.Join(w.g.moveClocks(w.tx, w.s, &w.t, w.now), w.tx.PutTicket(&w.t)); err != nil {
		return err
	}
	if writer == nil || strings.EqualFold(writer.Address, w.by) {
		return nil
	}
	return w.tellWriter(writer, to, remark)
}

// tellWriter gives the answer back to its writer.
func (w *unsentWord) tellWriter(writer *config.Agent, to []string, remark string) error {
	v := w.g.voice(w.s, w.desk, w.t.Number)
	f := wording.UnsentFacts{
		Ticket: w.t.Number, Subject: w.t.Subject, Why: wording.UnsentReturned, Who: w.s.nameOf(w.by), To: to, Answer: w.entry.Text, Other: remark, Due: v.sayDue(&w.t, w.now),
	}
	rows, err := v.toHouse(houseMail{
		kind: ticket.Notice, template: wording.TemplateUnsent, to: []string{writer.Address}, name: w.desk.FromName, seq: w.entry.Seq, now: w.now,
		facts: func(able bool) any { f.CanReply = able; return f },
	})
	return errors.Join(err, putRows(w.tx, rows))
}
