package mailgw

import (
	"context"
	"errors"
	"fmt"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/store"
)

// Deliver takes one mail in. When it returns nil, the raw bytes, the mail's place
// on a ticket, the promise, the acknowledgement and the agents' notices are
// durable, all in one commit; when it returns an error, nothing of it is kept and
// the sender keeps the mail. Whatever the source, every mail comes through here.
func (g *Gateway) Deliver(ctx context.Context, a *letter.Arrival) error {
	g.arrivals.begin()
	defer g.arrivals.end()
	in := g.newIncoming(ctx, a) // parse, judge
	defer in.unbarAll()
	if r := in.refused(); r != nil {
		g.log.Info("mail refused", "id", a.ID, "peer", a.ClientIP, "mail_from", a.ReversePath, "rcpt_to", a.Recipients, "message_id", in.mail.MessageID, "because", in.auth.Reasons)
		return r
	}
	var d *decision
	err := g.store.Update(store.Intake, func(tx store.Tx) error {
		var err error
		if d, err = g.decide(tx, in, tx.NewTicketNumber); err != nil {
			return err
		}
		return d.record(tx)
	})
	if err != nil {
		g.refund(in)
		g.log.Error("mail not accepted", "id", a.ID, "from", a.ReversePath, "to", a.Recipients, "err", err)
		return refusal(err)
	}
	g.counters.accepted.Add(uint64(1 + len(d.passing)))
	g.learnProof(d)
	if d.customers {
		if err := g.followCustomers(); err != nil { // the next change comes to it
			g.log.Error("customers were changed, and are not known yet", "id", a.ID, "err", err)
		}
	}
	if d.absence != nil { // who is to be reminded may be somebody else now
		g.scheduler.DueAt(g.clock.Now())
	}
	for _, one := range d.passing {
		g.wake(one)
		g.log.Info("mail accepted", "id", one.in.ID, "outcome", one.outcome, "ticket", one.ticket.Number, "source", one.in.Source, "by", in.author, "from", one.in.author, "in", a.ID, "acknowledged", one.ack.send)
	}
	g.wake(d)
	g.log.Info("mail accepted", "id", a.ID, "outcome", d.outcome, "ticket", d.ticket.Number, "source", a.Source, "peer", a.ClientIP,
		"mail_from", a.ReversePath, "rcpt_to", a.Recipients, "message_id", in.mail.MessageID, "sender_auth", in.auth.Result, "acknowledged", d.ack.send)
	return nil
}

// wake tells those who move what a decision has made.
func (g *Gateway) wake(d *decision) {
	if len(d.outgoing)+len(d.atEnd) > 0 || d.returned != nil || d.agent.power { // what an agent did is told when it is recorded
		g.outbox.Wake()
	}
	if d.pledge != nil {
		g.scheduler.DueAt(d.pledge.Alarm())
		if d.calibrated.behind {
			g.past.slow.Store(true)
			g.scheduler.DueAt(d.now)
		}
	}
	for i := range d.noted {
		g.scheduler.DueAt(d.noted[i].Alarm())
	}
	for i := range d.clocks {
		g.scheduler.DueAt(d.clocks[i].Alarm())
	}
	for _, alarm := range []time.Time{d.ticket.Closing.Alarm(), d.ticket.WaitUntil} {
		if !alarm.IsZero() {
			g.scheduler.DueAt(alarm)
		}
	}
	if d.item != nil {
		g.scheduler.DueAt(d.item.DueAt)
	}
	for i := range d.unsent {
		g.scheduler.DueAt(d.unsent[i].DueAt)
	}
	if d.in.auth.Again {
		select {
		case g.ask <- struct{}{}:
		default:
		}
	}
}

// decide is the way of a mail: from what it says and what is known to one
// outcome, with all that follows from it. newNumber gives a new ticket its number.
func (g *Gateway) decide(r store.Reader, in *incoming, newNumber func() (uint64, error)) (*decision, error) {
	d := &decision{g: g, in: in, r: r, newNumber: newNumber, now: in.At}
	if tx, ok := r.(store.Tx); ok {
		d.keep = func(one *decision) error { return one.record(tx) }
	}
	return d, d.run()
}

// run takes the steps in order. It writes nothing but through keep, so that explain can
// show the very decision that Deliver would record.
func (d *decision) run() error {
	for _, step := range []func() error{
		d.duplicate,   // the same mail again?
		d.classify,    // who speaks: a person, a program, a mail server?
		d.takePassed,  // does an agent pass on what customers wrote?
		d.oneStep,     // does it take a step that a link of ours offers?
		d.match,       // which ticket is this about?
		d.status,      // does it only ask how the matters stand?
		d.admit,       // may this sender write there?
		d.place,       // on that ticket, or on a new one
		d.identify,    // who is the customer, and how sure are we?
		d.takeImpact,  // how much do they say it hurts?
		d.triage,      // what does it deserve: priority, desk, tags, page, target
		d.promise,     // by when will a person answer?
		d.answer,      // the acknowledgement, notices and pages
		d.readAbsence, // does an agent say that they are away, or write again?
	} {
		if err := step(); err != nil {
			return fmt.Errorf("decide about mail %s: %w", d.in.ID, err)
		}
		if d.final {
			break
		}
	}
	return nil
}

// refusal is what a sender is told when the mail could not be kept. The answer
// is always "later": the mail is not lost, its sender has it.
func refusal(err error) error {
	// RFC 3463 §3.4: X.3.1 mail system full; X.3.0 other mail system status.
	if errors.Is(err, store.ErrFull) {
		return &smtpd.ReplyError{Code: 452, Enhanced: [3]int{4, 3, 1}, Text: "no space left to keep this mail; please try again later", Cause: err}
	}
	return &smtpd.ReplyError{Code: 451, Enhanced: [3]int{4, 3, 0}, Text: "this mail cannot be kept just now; please try again later", Cause: err}
}
