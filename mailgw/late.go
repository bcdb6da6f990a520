package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/rules/hours"
	"supportgw/threading"
)

// How long before a promise breaks somebody is woken: a tenth of its time, within
// these bounds.
const (
	leadLeast = 5 * time.Minute
	leadMost  = 30 * time.Minute
)

// warnAt is when somebody is woken because a promise will break: while the desk
// is open, if it opens before then.
func warnAt(cal *hours.Calendar, made, due time.Time, aroundTheClock bool) time.Time {
	at := due.Add(-min(max(due.Sub(made)/10, leadLeast), leadMost)).Truncate(time.Second)
	if !at.After(made) {
		at = made.Add(due.Sub(made) / 2)
	}
	if opening, ok := cal.NextOpen(at); !aroundTheClock && !cal.Open(at) && ok && opening.Before(due) {
		return opening
	}
	return at
}

// lateAt is when the customer is told that a promise will break: so that it is
// before it does, and as late as that allows, for an answer may still leave.
func lateAt(warned, due time.Time) time.Time { return due.Add(-due.Sub(warned) / 3) }

// maxLate is how many times in a row a customer is told a later time. Whoever has
// been put off twice wants no third time, but a person: the desk is told so.
const maxLate = 2

// overdue is an open promise whose alarm came, on its way through a transaction.
type overdue struct {
	g    *Gateway
	tx   store.Tx
	s    *settings
	desk *config.Desk
	t    ticket.Ticket
	p    promise.Promise
	last ticket.Entry // the customer's last mail; zero when there is none
	now  time.Time
}

// lookAt does what is due about an open promise: somebody is woken, the customer
// is told a new time, or it breaks.
func (g *Gateway) lookAt(tx store.Tx, id ticket.ID, now time.Time) error {
	p, err := tx.Promise(id)
	if err != nil || p.State != promise.Open || p.Alarm().Truncate(time.Millisecond).After(now) { // settled or moved since it was looked at; timers are kept to the millisecond
		return err
	}
	o := overdue{g: g, tx: tx, s: g.settings.Load(), p: p, now: now}
	if o.t, err = tx.Ticket(p.Ticket); err != nil {
		return err
	}
	if o.desk = o.s.desk(o.t.Desk); o.desk == nil {
		o.desk = o.s.admin
	}
	if err := o.findMail(); err != nil {
		return err
	}
	if o.t.PromiseID != p.ID {
		if !o.takesOver() {
			return o.besides()
		}
		if err := tx.PutTicket(&o.t); err != nil {
			return err
		}
	}
	switch {
	case p.DueAt.After(now) && !p.Warned:
		return o.warn()
	case p.DueAt.After(now):
		return o.tellLate()
	}
	if !p.AlarmAt.IsZero() { // its time passed while nobody could look: it is told late all the same
		if err := o.tellLate(); err != nil {
			return err
		}
	}
	return o.breaks()
}

// takesOver reports whether a promise becomes its ticket's clock: a merge brought
// two together, and the other one is settled. One that was put off is not: the
// customer was told another time instead.
func (o *overdue) takesOver() bool {
	over := o.t.PromiseIs == string(promise.Withdrawn) && (o.t.Status == ticket.Solved || o.t.Status == ticket.Closed)
	if o.t.PromiseIs == string(promise.Open) || over || o.p.Warned && o.p.AlarmAt.IsZero() {
		return false
	}
	setClock(&o.t, &o.p)
	return true
}

// besides does what is due about a promise while another one is its ticket's
// clock: somebody is woken for it, too, unless it was put off; else it only runs
// out, or goes with the other when that was taken back.
func (o *overdue) besides() error {
	switch {
	case o.t.PromiseIs == string(promise.Withdrawn):
		o.p.State, o.p.AlarmAt, o.p.Cause = promise.Withdrawn, time.Time{}, "withdrawn with the ticket's other promise"
		return errors.Join(o.tx.PutPromise(&o.p), o.event("promise withdrawn", o.p.Cause))
	case !o.p.DueAt.After(o.now):
		return o.breaks()
	case !o.p.Warned:
		return o.warn()
	}
	o.p.AlarmAt = time.Time{}
	return o.tx.PutPromise(&o.p)
}

// findMail finds the mail that waits for an answer.
func (o *overdue) findMail() error {
	list, err := o.tx.LastEntries(o.t.Number, 0, searched)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(list, func(e ticket.Entry) bool { return fromCustomer(&e) }); i >= 0 {
		o.last = list[i]
	}
	return nil
}

// warn wakes somebody: who has the ticket, else the desk; who is on call, too,
// when it is urgent.
func (o *overdue) warn() error {
	o.p.Warned, o.p.AlarmAt = true, lateAt(o.now, o.p.DueAt)
	if !o.p.Told || o.p.Late >= maxLate {
		o.p.AlarmAt = time.Time{} // only to break
	}
	to := o.desk.Agents
	if o.desk.HasAgent(o.t.Assignee) {
		to = []string{o.t.Assignee}
	}
	if o.t.Priority == ticket.Urgent {
		to = o.withOnCall(to)
	}
	return errors.Join(o.tx.PutPromise(&o.p), o.event("nobody has answered yet; woke the desk", "due "+o.say(o.p.DueAt)), o.toDesk(to, ""))
}

func (o *overdue) withOnCall(to []string) []string {
	out := slices.Clone(to)
	for _, a := range o.desk.OnCall {
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// tellLate tells the customer, before the promise breaks, that it will, and by
// when the answer comes now; and the desk, that it was told.
func (o *overdue) tellLate() error {
	o.p.AlarmAt = time.Time{}
	if err := o.tx.PutPromise(&o.p); err != nil {
		return err
	}
	ack, ok, err := o.acknowledgement()
	if err != nil || !ok || !o.p.Told || o.p.Late >= maxLate || o.answerWaits() {
		return err
	}
	addr := letter.ParseAddress(ack.To[0]).Addr
	why, err := unreachable(o.tx, addr, o.now)
	if proven := (mailauth.Verdict{Result: mailauth.Result(o.last.SenderAuth)}).Authenticated(); why == "" {
		why = o.g.turns.isMachine(addr, proven, o.now)
	}
	if err != nil || why != "" {
		return errors.Join(err, o.event("the customer is not told a later time", why))
	}
	due, err := o.newDue()
	if err != nil {
		return err
	}
	next := promise.Promise{
		ID: o.g.ids.Next(), Ticket: o.t.Number, Customer: o.p.Customer, Agent: o.t.Assignee, Kind: o.p.Kind, Told: true, State: promise.Open,
		DueAt: due.At, MadeAt: o.now, MadeBy: "mailgw", Cause: "announced instead of " + o.say(o.p.DueAt), Late: o.p.Late + 1,
	}
	cal, err := o.s.calendar(o.desk)
	if err != nil {
		return err
	}
	next.AlarmAt = warnAt(cal, o.now, due.At, o.t.Priority == ticket.Urgent)
	row, entry, err := o.lateMail(&ack, due)
	if err != nil {
		return err
	}
	o.t.Entries++
	o.t.PromiseID, o.t.PromiseDue, o.t.PromiseIs, o.t.UpdatedAt = next.ID, next.DueAt, string(promise.Open), o.now
	return errors.Join(
		o.tx.PutTicket(&o.t), o.tx.PutPromise(&next), o.tx.PutEntry(&entry), o.tx.PutOutgoing(&row),
		o.event("told the customer a later time", "instead of "+o.say(o.p.DueAt)+": "+o.say(next.DueAt)),
		o.toDesk(o.withOnCall(o.desk.Agents), promise.Say(next.DueAt, o.now, o.s.zone(o.desk), o.s.Words.Match(o.desk.Language))),
	)
}

// acknowledgement is the row in which the time was told: the first behind the
// promise. Where that is not known any more, it is the last one.
func (o *overdue) acknowledgement() (ticket.Outgoing, bool, error) {
	list, err := o.tx.LastEntries(o.t.Number, 0, searched)
	var told *ticket.Entry
	for i := range list { // newest first
		e := &list[i]
		if e.Kind == ticket.MailOut && e.ByAgent == "" && (told == nil || e.ID > o.p.ID) {
			told = e
		}
	}
	switch {
	case told == nil:
		return ticket.Outgoing{}, false, err
	case told.Outgoing != nil:
		return *told.Outgoing, true, nil
	}
	row, err := o.tx.Outgoing(told.ID)
	return row, err == nil, err
}

// answerWaits reports whether an agent's answer is on its way: the desk has done
// its part, and the customer will have it.
func (o *overdue) answerWaits() bool {
	list, err := o.tx.LastEntries(o.t.Number, 0, searched)
	return err == nil && slices.ContainsFunc(list, func(e ticket.Entry) bool {
		if e.Kind != ticket.MailOut || e.ByAgent == "" || !e.SentAt.IsZero() || e.ID < o.p.ID {
			return false
		}
		_, err := o.tx.Outgoing(e.ID) // one that was given up or dropped waits no more
		return err == nil
	})
}

// newDue is the later time: history's, else half of the level's target from now on.
func (o *overdue) newDue() (promise.DueTime, error) {
	if due, _, ok := o.achievedDue(); ok {
		return due, nil
	}
	cal, err := o.s.calendar(o.desk)
	if err != nil {
		return promise.DueTime{}, err
	}
	level := o.s.Level(o.t.Level)
	if level == nil {
		if level = o.s.Level(o.desk.Level); level == nil {
			return promise.DueTime{}, fmt.Errorf("desk %q has no level %q", o.desk.Name, o.desk.Level)
		}
	}
	target := promise.Target{Answer: level.FirstAnswer / 2}
	if o.t.Priority == ticket.Urgent && level.UrgentAnswer > 0 {
		target = promise.Target{Answer: level.UrgentAnswer, AroundTheClock: true}
	}
	return promise.Due(cal, laterOf(o.now, o.p.DueAt), target)
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// lateMail goes where the acknowledgement went, and shows no more than that did.
func (o *overdue) lateMail(ack *ticket.Outgoing, due promise.DueTime) (ticket.Outgoing, ticket.Entry, error) {
	var said wording.AckFacts
	if ack.Template == "acknowledgement" {
		if err := json.Unmarshal(ack.Facts, &said); err != nil {
			return ticket.Outgoing{}, ticket.Entry{}, fmt.Errorf("facts of %s: %w", ack.ID, err)
		}
	} else { // an earlier mail of this kind
		var before wording.LateFacts
		if err := json.Unmarshal(ack.Facts, &before); err != nil {
			return ticket.Outgoing{}, ticket.Entry{}, fmt.Errorf("facts of %s: %w", ack.ID, err)
		}
		said = wording.AckFacts{CustomerName: before.CustomerName, Subject: before.Subject, Style: wording.StyleFull}
		if before.Neutral {
			said.Style = wording.StyleNeutral
		}
	}
	mail, err := o.g.mailToAnswer(o.tx, &o.t, o.last.Seq)
	if err != nil {
		return ticket.Outgoing{}, ticket.Entry{}, err
	}
	zone := promise.Zone(mail.Date, mail.HasZone, o.s.zone(o.desk), due.At)
	facts, err := json.Marshal(wording.LateFacts{
		DeskName: o.desk.FromName, DeskAddress: o.desk.Address, CustomerName: said.CustomerName, Subject: said.Subject, Ticket: o.t.Number,
		Told: promise.Say(o.p.DueAt, o.now, zone, ack.Language), By: promise.Say(due.At, o.now, zone, ack.Language),
		Emergency: o.desk.Emergency, Signature: o.desk.Signature, Neutral: said.Style != wording.StyleListened && said.Style != wording.StyleFull,
	})
	if err != nil {
		return ticket.Outgoing{}, ticket.Entry{}, fmt.Errorf("facts of late mail: %w", err)
	}
	v, seq := o.g.voice(o.s, o.desk, o.t.Number), o.t.Entries+1
	row := *ack
	row.ID, row.Ticket, row.EntrySeq, row.EnvelopeFrom, row.EnvelopeTo = o.g.ids.Next(), o.t.Number, seq, v.automaticFrom(seq), nil
	for _, to := range ack.To {
		row.EnvelopeTo = append(row.EnvelopeTo, letter.ParseAddress(to).Addr)
	}
	row.From, row.ReplyTo = letter.Address{Name: o.desk.FromName, Addr: o.desk.Address}.String(), v.replyTo(threading.Ref{Purpose: threading.Reply, Entry: seq})
	row.Tag = v.subjectTag()
	row.MessageID, row.Date, row.Template, row.Facts = v.messageID(seq, 0), o.now.In(o.s.zone(o.desk)), "late", facts
	row.Attempts, row.LastReply, row.NextAt, row.Clock, row.Lane = 0, "", o.now, o.g.clock.Rehearsal(), domainOf(row.EnvelopeTo[0])
	return row, ticket.Entry{
		ID: row.ID, Ticket: o.t.Number, Seq: seq, Kind: ticket.MailOut, From: row.From, To: row.To, At: o.now, MessageID: row.MessageID,
	}, nil
}

// breaks books what was not kept.
func (o *overdue) breaks() error {
	o.p.State, o.p.AlarmAt = promise.Broken, time.Time{}
	if err := errors.Join(o.tx.PutPromise(&o.p), unansweredBroke(o.tx, &o.p)); err != nil {
		return err
	}
	if o.t.PromiseID == o.p.ID {
		o.t.PromiseIs, o.t.UpdatedAt = string(promise.Broken), o.now
		if err := o.tx.PutTicket(&o.t); err != nil {
			return err
		}
	}
	what := "target missed"
	if o.p.Told {
		what = "promise broken"
	}
	o.g.log.Warn(what, "ticket", o.t.Number, "due", o.p.DueAt, "customer", o.t.Customer, "requester", o.t.Address)
	return o.event(what, "no answer by "+o.say(o.p.DueAt))
}

// toDesk tells people of the house; newDue is what the customer was told.
func (o *overdue) toDesk(to []string, newDue string) error {
	v := o.g.voice(o.s, o.desk, o.t.Number)
	zone, lang := o.s.zone(o.desk), o.s.Words.Match(o.desk.Language)
	f := wording.DueFacts{
		Ticket: o.t.Number, Desk: o.desk.Name, DeskName: o.desk.FromName, From: o.t.Requester, Company: o.t.Customer, Level: o.t.Level,
		Subject: o.t.Subject, Due: promise.Say(o.p.DueAt, o.now, zone, lang), NewDue: newDue,
	}
	rows, err := v.toHouse(houseMail{
		kind: ticket.Page, template: "due", to: to, name: o.desk.FromName, entry: o.last.ID, seq: o.last.Seq, now: o.now,
		facts: func(able bool) any { f.CanReply = able; return f },
	})
	return errors.Join(err, putRows(o.tx, rows))
}

func (o *overdue) say(t time.Time) string { return t.In(o.s.zone(o.desk)).Format(timeFormat) }

func (o *overdue) event(what, why string) error {
	return o.tx.PutEvents([]ticket.Event{{Ticket: o.t.Number, ID: o.g.ids.Next(), At: o.now, Who: "mailgw", What: what, Why: why}})
}
