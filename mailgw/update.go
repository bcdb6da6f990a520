package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/rules/hours"
	"supportgw/threading"
)

// isUpdateClock reports whether it is the house's own clock until a customer who waits
// hears something.
func (o *overdue) isUpdateClock() bool { return o.p.Kind == promise.Update && !o.p.Told }

// update tells a customer who has heard nothing for as long as the level allows how
// their matter stands, and by when they hear more. When words went out since, or they
// know by when the next ones come, the clock counts from there.
func (o *overdue) update() error {
	level := o.s.levelOf(&o.t, o.desk)
	var target promise.Target
	runs := false
	if level != nil {
		target, runs = level.Target(promise.Update, o.t.Priority)
	}
	if !runs { // the configuration has no such clock any more
		o.p.State, o.p.Why, o.p.AlarmAt = promise.Withdrawn, "the level has no such target any more", time.Time{}
		return o.tx.PutPromise(&o.p)
	}
	owed, err := o.tx.TicketPromises(o.t.Number)
	if err != nil {
		return err
	}
	heard, err := o.lastHeard(owed)
	if err != nil {
		return err
	}
	if heard.After(o.p.MadeAt) {
		due, err := promise.Due(o.cal, heard, target)
		if err != nil {
			return err
		}
		if due.At.After(o.now) {
			if heard.After(o.now) {
				heard = o.now
			}
			o.p.MadeAt, o.p.DueAt, o.p.Stage, o.p.Resumed, o.p.Spent = heard, due.At, "", time.Time{}, 0
			return o.goOn()
		}
	}
	if err := o.tellState(target, owed); err != nil {
		return err
	}
	return o.breaks()
}

// lastHeard is when the customer last heard of us, or will by what they were told of
// news; zero when they have not.
func (o *overdue) lastHeard(owed []promise.Promise) (last time.Time, err error) {
	list, err := o.tx.LastEntries(o.t.Number, 0, searched)
	for i := range list {
		e := &list[i]
		if e.Kind != ticket.MailOut || !e.At.After(last) {
			continue
		}
		if e.SentAt.IsZero() {
			if _, err := o.tx.Outgoing(e.ID); err != nil { // given up, or dropped: nobody has heard it
				continue
			}
		}
		last = e.At
	}
	for i := range owed {
		p := &owed[i]
		news := p.Kind == promise.Update || p.Kind == promise.ByAgent || p.Kind == promise.Callback
		if news && p.Told && p.State == promise.Open && p.DueAt.After(o.now) {
			last = laterOf(last, p.DueAt)
		}
	}
	return last, err
}

// tellState tells the customer how it stands. By when they hear more is the time that
// they were told already, or a new one, which becomes a promise.
func (o *overdue) tellState(target promise.Target, owed []promise.Promise) error {
	m, to, why, err := o.reader()
	if err != nil {
		return err
	}
	if why != "" {
		return o.event("the customer is not told how it stands", why)
	}
	due := o.toldAlready(owed)
	fresh := due.IsZero()
	if fresh {
		d, err := promise.Due(o.cal, o.now, target)
		if err != nil {
			return err
		}
		due = d.At
	}
	row, entry, err := o.stateMail(m, to, due, false)
	if err != nil {
		return err
	}
	o.t.Entries++
	o.t.UpdatedAt = o.now
	again, err := o.g.newTarget(&o.t, o.cal, promise.Update, target, o.now)
	if err != nil {
		return err
	}
	if fresh {
		next := promise.Promise{
			ID: o.g.ids.Next(), Ticket: o.t.Number, Customer: o.t.Customer, Agent: o.t.Assignee, Kind: promise.Update, Told: true, State: promise.Open,
			Clock: target.AroundTheClock, DueAt: due, MadeAt: o.now, MadeBy: "mailgw", Mail: row.MessageID, Cause: "no word had gone out",
		}
		next.Reset(o.cal, o.now)
		if o.t.PromiseIs != string(promise.Open) || !o.t.Told {
			setClock(&o.t, &next)
		}
		if err := o.tx.PutPromise(&next); err != nil {
			return err
		}
	}
	return errors.Join(o.tx.PutTicket(&o.t), o.tx.PutPromise(&again), o.tx.PutEntry(&entry), o.tx.PutOutgoing(&row),
		o.event("told the customer how it stands", "more by "+o.say(due)))
}

// toldAlready is the time by which the customer was told to hear from us; zero when
// they know of none that is ahead.
func (o *overdue) toldAlready(owed []promise.Promise) (due time.Time) {
	for i := range owed {
		p := &owed[i]
		if p.Told && p.State == promise.Open && p.Announced.IsZero() && p.DueAt.After(o.now) && (due.IsZero() || p.DueAt.Before(due)) {
			due = p.DueAt
		}
	}
	return due
}

// reader is whom a mail by itself about the ticket goes to, as an answer to which mail;
// why is why it goes to nobody: the rules are those of acknowledgements.
func (o *overdue) reader() (m *letter.Mail, to letter.Address, why string, err error) {
	if o.last.ID == 0 {
		return nil, to, "no mail of theirs is there to answer", nil
	}
	if m, err = o.g.mailToAnswer(o.tx, &o.t, o.last.Seq); err != nil {
		return nil, to, "", err
	}
	to, _ = o.s.addressees(m, &o.t, true)
	came, err := o.tx.Receipt(o.last.ID)
	if err != nil {
		return m, to, "", err
	}
	raw, err := o.tx.Raw(o.last.ID)
	if err != nil {
		return m, to, "", err
	}
	switch {
	case letter.Parse(raw, came.MailFrom, letter.DefaultLimits()).Kind != letter.Person:
		return m, to, "it came through a list, or from a program", nil
	case came.MailFrom == "":
		return m, to, "the envelope sender is null", nil
	case o.last.SenderAuth == string(mailauth.Fail):
		return m, to, "the sender is forged", nil
	case !o.proven() && o.desk.UnprovenSender == config.UnprovenSilent:
		return m, to, "nothing proves the sender, and the desk answers none such by itself (unproven_sender)", nil
	case to.Addr == "" || o.s.isHouse(to.Addr):
		return m, to, errNobody.Error(), nil
	case isDaemon(to.Addr):
		return m, to, to.Addr + " is not read by a person", nil
	}
	if why, err = unreachable(o.tx, to.Addr, o.now); err != nil || why != "" {
		return m, to, why, err
	}
	if why = o.g.turns.isMachine(to.Addr, o.proven(), o.now); why != "" {
		return m, to, why, nil
	}
	if ok, over := o.g.budget.take(o.s.Acknowledge.Budget, o.now, spend{address: to.Addr, authenticated: o.proven()}); !ok {
		return m, to, over, nil
	}
	return m, to, "", nil
}

// proven reports whether the author of the customer's last mail was authenticated.
func (o *overdue) proven() bool {
	return (mailauth.Verdict{Result: mailauth.Result(o.last.SenderAuth)}).Authenticated()
}

// stateMail is the mail that says how it stands; with late, that the promise's time
// will not be kept. To whom nothing is proven it shows nothing that they wrote.
func (o *overdue) stateMail(m *letter.Mail, to letter.Address, due time.Time, late bool) (ticket.Outgoing, ticket.Entry, error) {
	lang := o.s.Words.Match(o.s.spoken(o.t.Language, o.desk))
	zone := promise.Zone(m.Date, m.HasZone, o.s.zone(o.desk), laterOf(due, o.now))
	f := wording.UpdateFacts{
		DeskName: o.desk.FromName, DeskAddress: o.desk.Address, Ticket: o.t.Number, By: sayOrNot(due, o.now, zone, lang), Signature: o.desk.SignatureIn(lang),
	}
	if late {
		f.Told = promise.Say(o.p.DueAt, o.now, zone, lang)
	}
	if err := o.howItStands(&f, zone); err != nil {
		return ticket.Outgoing{}, ticket.Entry{}, err
	}
	inReplyTo, references := o.g.voice(o.s, o.desk, o.t.Number).thread(m)
	if own := strings.EqualFold(to.Addr, letter.ParseAddress(o.last.From).Addr); o.proven() && own && o.last.Outcome != ticket.OutcomeHeld {
		f.CustomerName, f.Subject = to.Name, m.Subject
		to.Name = letter.Excerpt(to.Name, maxName)
	} else {
		f.Neutral, to.Name, references = true, "", references[:1]
		if len(inReplyTo) > maxStrangersID {
			inReplyTo = ""
		} else if inReplyTo != "" {
			references = append(references, inReplyTo)
		}
	}
	facts, err := json.Marshal(f)
	if err != nil {
		return ticket.Outgoing{}, ticket.Entry{}, fmt.Errorf("facts of a mail about how it stands: %w", err)
	}
	v, seq := o.g.voice(o.s, o.desk, o.t.Number), o.t.Entries+1
	row := ticket.Outgoing{
		ID: o.g.ids.Next(), Ticket: o.t.Number, Kind: ticket.Acknowledgement, EntrySeq: seq, EnvelopeFrom: v.automaticFrom(seq), EnvelopeTo: []string{to.Addr},
		From: letter.Address{Name: o.desk.FromName, Addr: o.desk.Address}.String(), To: []string{to.String()},
		ReplyTo: v.replyTo(threading.Ref{Purpose: threading.Reply, Entry: seq}), MessageID: v.messageID(seq, 0), Date: o.now.In(o.s.zone(o.desk)),
		InReplyTo: inReplyTo, References: references, Tag: v.subjectTag(), Template: wording.TemplateUpdate, Language: lang, Facts: facts,
		NextAt: o.now, Clock: o.g.clock.Rehearsal(), Lane: domainOf(to.Addr),
	}
	return row, ticket.Entry{
		ID: row.ID, Ticket: o.t.Number, Seq: seq, Kind: ticket.MailOut, From: row.From, To: row.To, At: o.now, MessageID: row.MessageID,
	}, nil
}

// howItStands says from the ticket's events who has it and since when, in the reader's
// zone.
func (o *overdue) howItStands(f *wording.UpdateFacts, zone *time.Location) error {
	events, err := o.tx.Events(o.t.Number)
	if err != nil {
		return err
	}
	slices.Reverse(events)
	since := func(begins, ends string) (time.Time, bool) {
		i := slices.IndexFunc(events, func(e ticket.Event) bool { return strings.HasPrefix(e.What, begins) && strings.HasSuffix(e.What, ends) })
		if i < 0 {
			return time.Time{}, false
		}
		return events[i].At, true
	}
	if a := o.s.Agent(o.t.Assignee); a != nil {
		f.State, f.Agent = wording.UpdateOnIt, a.Name
		if at, ok := since("assigned to "+a.Address, ""); ok {
			f.Since = saySince(at, o.now, zone)
		}
		return nil
	}
	f.State = wording.UpdateNobody
	if at, ok := since("desk ", " to "+o.desk.Name); ok {
		f.State, f.To, f.Since = wording.UpdatePassed, o.desk.FromName, saySince(at, o.now, zone)
	}
	return nil
}

// saySince says a time of before: the clock time of today, else with its date, in a
// form that is read alike everywhere.
func saySince(at, now time.Time, zone *time.Location) string {
	at = at.In(zone)
	if hours.DateOf(at) == hours.DateOf(now.In(zone)) {
		return at.Format("15:04")
	}
	return at.Format("2006-01-02 15:04")
}

// solvedSince withdraws news or a call that were promised before the ticket was solved
// or closed: nobody waits for them any more. It reports whether it did.
func (o *overdue) solvedSince() (bool, error) {
	if o.isAnswerClock() || !o.p.Told || o.t.Status != ticket.Solved && o.t.Status != ticket.Closed {
		return false, nil
	}
	events, err := o.tx.Events(o.t.Number)
	since := slices.ContainsFunc(events, func(e ticket.Event) bool {
		return e.At.After(o.p.MadeAt) && strings.HasPrefix(e.What, "status ") && strings.HasSuffix(e.What, " to "+string(o.t.Status))
	})
	if err != nil || !since {
		return false, err
	}
	o.p.State, o.p.Why, o.p.AlarmAt = promise.Withdrawn, "it is "+string(o.t.Status), time.Time{}
	if o.t.PromiseID == o.p.ID {
		o.t.PromiseIs = string(promise.Withdrawn)
		err = o.tx.PutTicket(&o.t)
	}
	return true, errors.Join(err, o.tx.PutPromise(&o.p), o.event("promise withdrawn", o.p.Why))
}
