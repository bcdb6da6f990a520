package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// announce tells the customer, before the promise breaks, that it will, and by
// when the answer comes now; and the desk, that it was told. Who is put off again
// and again is told a time each time, each twice as far away as the one before:
// none passes in silence, and none comes every hour.
func (o *overdue) announce() error {
	o.p.Stage, o.p.AlarmAt = promise.Announce, time.Time{}
	row, entry, due, err := o.announcement()
	if err != nil {
		return err
	}
	if row == nil {
		return o.tx.PutPromise(&o.p)
	}
	o.p.Announced = o.now
	o.t.Entries++
	o.t.UpdatedAt = o.now
	working := o.reachable()
	if due.At.IsZero() {
		o.remindOf(ticket.Page, working, o.facts(promise.Nearly, ""))
		return errors.Join(o.tx.PutTicket(&o.t), o.tx.PutPromise(&o.p), o.tx.PutEntry(entry), o.tx.PutOutgoing(row), o.event("told the customer that the time will not be kept", "and no new one: nothing proves who wrote"))
	}
	next := promise.Promise{
		ID: o.g.ids.Next(), Ticket: o.t.Number, Customer: o.p.Customer, Agent: o.p.Agent, Kind: o.p.Kind, Told: true, State: promise.Open, Clock: due.clock,
		DueAt: due.At, MadeAt: o.now, MadeBy: "mailgw", Mail: row.MessageID, Cause: "announced instead of " + o.say(o.p.DueAt), Late: o.p.Late + 1,
		OwedTo: o.p.OwedTo,
	}
	if o.isAnswerClock() {
		next.Agent = o.t.Assignee
	}
	next.Reset(o.cal, o.now)
	if o.t.PromiseID == o.p.ID || o.t.PromiseIs != string(promise.Open) {
		setClock(&o.t, &next)
	}
	newDue := promise.Say(next.DueAt, o.now, o.s.zone(o.desk), o.s.Words.Match(o.desk.Language))
	o.remindOf(ticket.Page, working, o.facts(promise.Announce, newDue))
	return errors.Join(
		o.speakFor(&next), o.tx.PutTicket(&o.t), o.tx.PutPromise(&o.p), o.tx.PutPromise(&next), o.tx.PutEntry(entry), o.tx.PutOutgoing(row),
		o.event("told the customer a later time", "instead of "+o.say(o.p.DueAt)+": "+o.say(next.DueAt)),
	)
}

// speakFor notes on the same person's other promises, which a merge brought to the
// ticket, that the mail with the later time speaks for them, too.
func (o *overdue) speakFor(next *promise.Promise) error {
	list, err := o.tx.TicketPromises(o.t.Number)
	if !o.isAnswerClock() {
		return err
	}
	for i := range list {
		q := &list[i]
		answers := q.Kind == promise.First || q.Kind == promise.Next
		if q.ID == o.p.ID || q.State != promise.Open || !q.Told || !answers || !q.Announced.IsZero() || q.OwedTo != o.p.OwedTo || q.DueAt.After(next.DueAt) {
			continue
		}
		q.Announced = o.now
		q.Reset(o.cal, o.now)
		err = errors.Join(err, o.tx.PutPromise(q))
	}
	return err
}

// maxLate is how many times at most somebody hears of a later time who did not
// prove to have written: it may be another person's address. The last of these
// mails names none.
const maxLate = 2

// announcement is the mail that tells a later time; nil when none can be told.
func (o *overdue) announcement() (*ticket.Outgoing, *ticket.Entry, laterTime, error) {
	if !o.isAnswerClock() {
		return o.lateNews()
	}
	ack, ok, err := o.acknowledgement()
	if err != nil || !ok || o.answerWaits() {
		return nil, nil, laterTime{}, err
	}
	addr := letter.ParseAddress(ack.To[0]).Addr
	why, err := unreachable(o.tx, addr, o.now)
	proven := (mailauth.Verdict{Result: mailauth.Result(o.last.SenderAuth)}).Authenticated()
	if why == "" {
		why = o.g.turns.isMachine(addr, proven, o.now)
	}
	if err != nil || why != "" {
		return nil, nil, laterTime{}, errors.Join(err, o.event("the customer is not told a later time", why))
	}
	var due laterTime
	if proven || o.p.Late+1 < maxLate {
		if due, err = o.newDue(); err != nil {
			return nil, nil, laterTime{}, err
		}
	}
	row, entry, err := o.lateMail(&ack, due.DueTime)
	return &row, &entry, due, err
}

// lateNews is announcement of a time that was told for something else than the answer
// to a mail: it says how it stands.
func (o *overdue) lateNews() (*ticket.Outgoing, *ticket.Entry, laterTime, error) {
	if !o.p.Told || o.answerWaits() {
		return nil, nil, laterTime{}, nil
	}
	m, to, why, err := o.reader()
	if err != nil || why != "" {
		return nil, nil, laterTime{}, errors.Join(err, o.eventIf("the customer is not told a later time", why))
	}
	var due laterTime
	if o.proven() || o.p.Late+1 < maxLate {
		if due, err = o.newDue(); err != nil {
			return nil, nil, laterTime{}, err
		}
	}
	row, entry, err := o.stateMail(m, to, due.At, true)
	return &row, &entry, due, err
}

// eventIf writes an event when there is a reason for it.
func (o *overdue) eventIf(what, why string) error {
	if why == "" {
		return nil
	}
	return o.event(what, why)
}

// acknowledgement is the row in which the time was told: the first behind the
// promise, or the one that the promise names, to whom it is owed. Where that is not known any more, it is the last one.
func (o *overdue) acknowledgement() (ticket.Outgoing, bool, error) {
	list, err := o.tx.LastEntries(o.t.Number, 0, searched)
	var told *ticket.Entry
	for i := range list { // newest first
		e := &list[i]
		others := o.p.OwedTo != "" && !slices.ContainsFunc(e.To, func(to string) bool { return strings.EqualFold(letter.ParseAddress(to).Addr, o.p.OwedTo) })
		if e.Kind != ticket.MailOut || e.ByAgent != "" || others {
			continue
		}
		if e.MessageID == o.p.Mail { // that very mail told it
			told = e
			break
		}
		if told == nil || e.ID > o.p.ID {
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

// laterTime is a later time to promise.
type laterTime struct {
	promise.DueTime
	clock bool // it was counted around the clock
}

// newDue is the later time: history's, else half of the target from the time on that was told, and
// twice as long each time that a customer is put off again.
func (o *overdue) newDue() (laterTime, error) {
	level := o.s.levelOf(&o.t, o.desk)
	if level == nil {
		return laterTime{}, fmt.Errorf("desk %q has no level %q", o.desk.Name, o.desk.Level)
	}
	kind := o.p.Kind
	if kind != promise.First && kind != promise.Next {
		kind = promise.Update
	}
	target, ok := level.Target(kind, o.t.Priority)
	if !ok {
		target, _ = level.Target(promise.Next, o.t.Priority)
	}
	if !target.AroundTheClock {
		target.Answer /= 2
	}
	target.Answer = min(target.Answer<<min(o.p.Late, maxDoublings), longestDelay)
	due, err := promise.Due(o.cal, laterOf(o.now, o.p.DueAt), target)
	if achieved, _, ok := o.achievedDue(); ok && o.isAnswerClock() && (o.p.Late == 0 || achieved.At.After(due.At)) {
		due = achieved
	}
	return laterTime{due, target.AroundTheClock}, err
}

// A later time is at most longestDelay of working time away; maxDoublings keeps
// the count within what a duration holds.
const (
	longestDelay = 500 * time.Hour
	maxDoublings = 12
)

// laterOf is the later of two times.
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
	zone := promise.Zone(mail.Date, mail.HasZone, o.s.zone(o.desk), laterOf(due.At, o.now))
	facts, err := json.Marshal(wording.LateFacts{
		DeskName: o.desk.FromName, DeskAddress: o.desk.Address, CustomerName: said.CustomerName, Subject: said.Subject, Ticket: o.t.Number,
		Told: promise.Say(o.p.DueAt, o.now, zone, ack.Language), By: sayOrNot(due.At, o.now, zone, ack.Language),
		NextDay: due.NextDay, Emergency: o.desk.Emergency, Signature: o.desk.SignatureIn(ack.Language), Neutral: said.Style != wording.StyleListened && said.Style != wording.StyleFull,
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

// sayOrNot says a time; "" when there is none.
func sayOrNot(at, now time.Time, zone *time.Location, lang string) string {
	if at.IsZero() {
		return ""
	}
	return promise.Say(at, now, zone, lang)
}
