package mailgw

import (
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// tellWhy explains to the agent who asks why the mail is on this ticket, whose it is, how
// soon it has to be looked at, and by when.
func (d *decision) tellWhy() error {
	d.agent.why, d.agent.action = wording.ReasonOnlyCommands, true
	f := wording.WhyFacts{Ticket: d.ticket.Number, Subject: d.ticket.Subject}
	events, err := d.r.Events(d.ticket.Number)
	if err != nil {
		return err
	}
	if f.Here, err = d.whyHere(); err != nil {
		return err
	}
	if f.Company, err = d.whyCompany(events); err != nil {
		return err
	}
	t := &d.ticket
	f.Priority = append([]string{string(t.Priority)}, d.saidOf(events, "priority ", "rule", "paged ")...)
	if f.Time, err = d.whyTime(events); err != nil {
		return err
	}
	return d.tellOnly(wording.TemplateWhy, f)
}

// tellOnly tells the writer something that there is nothing to answer to.
func (d *decision) tellOnly(template string, facts any) error {
	return d.add(d.voice().toHouse(houseMail{
		kind: ticket.Notice, template: template, facts: forAll(facts), to: []string{d.agent.who.Address}, name: d.desk.FromName, seq: d.entrySeq(), closed: true, now: d.now,
	}))
}

// tellHelp lists the commands for the agent who asks.
func (d *decision) tellHelp() error {
	d.agent.helped = true
	return d.tellOnly(wording.TemplateHelp, wording.HelpFacts{Ticket: d.ticket.Number, Subject: d.ticket.Subject, Answers: d.in.s.Canned.Names()})
}

// whyHere is why the mail that the notice told of is on the ticket, and what proves who
// wrote it.
func (d *decision) whyHere() ([]string, error) {
	list, err := d.r.LastEntries(d.ticket.Number, 0, searched)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(e ticket.Entry) bool { return e.Seq == d.matched.Ref.Entry })
	if i < 0 {
		if i = slices.IndexFunc(list, func(e ticket.Entry) bool { return fromCustomer(&e) }); i < 0 {
			return nil, nil
		}
	}
	e := &list[i]
	out := slices.Clone(e.Evidence)
	if e.SenderAuth != "" {
		out = append(out, strings.TrimSuffix("sender_auth "+e.SenderAuth+": "+strings.Join(e.SenderWhy, "; "), ": "))
	}
	return append([]string{e.From}, out...), nil
}

// whyCompany is whose the ticket is, and how that was found.
func (d *decision) whyCompany(events []ticket.Event) ([]string, error) {
	t := &d.ticket
	name := t.Customer
	if name == "" {
		name = "–"
	}
	out := []string{fmt.Sprintf("%s (%s), %s", name, t.Confidence, t.Level)}
	in, err := openedBy(d.r, d.in.s, t.Number)
	if err != nil {
		return nil, err
	}
	if in != nil {
		if id := d.in.s.customers.IdentifyMail(in.author, in.auth.Authenticated(), in.said()); id.Reason != "" {
			out = append(out, id.Reason)
		}
	}
	if t.LevelWhy != "" {
		out = append(out, t.LevelWhy)
	}
	return append(out, d.saidOf(events, "customer ", "level ", "requester")...), nil
}

// whyTime is by when an answer is due, and which working time that counts.
func (d *decision) whyTime(events []ticket.Event) ([]string, error) {
	t := &d.ticket
	if t.PromiseID == 0 {
		return nil, nil
	}
	p, err := d.r.Promise(t.PromiseID)
	if err != nil {
		return nil, fmt.Errorf("promise of ticket %d: %w", t.Number, err)
	}
	told := "told to the customer"
	if !p.Told {
		told = "a target, told to nobody"
	}
	out := []string{d.ownTime().say(p.DueAt) + " (" + string(p.State) + ", " + told + ")"}
	cal, err := d.in.s.calendar(d.desk)
	if err != nil {
		return nil, err
	}
	if p.Clock {
		out = append(out, "around the clock, since "+p.MadeAt.In(cal.Location()).Format(timeFormat))
	} else {
		out = append(out, fmt.Sprintf("working time from %s: %s", p.MadeAt.In(cal.Location()).Format(timeFormat), cal.Between(p.MadeAt, p.DueAt)))
	}
	if level := d.in.s.levelOf(t, d.desk); level != nil {
		if target, runs := level.Target(p.Kind, t.Priority); runs {
			out = append(out, fmt.Sprintf("target %s of level %s, priority %s", target.Answer, level.Name, t.Priority))
		}
	}
	if p.State == promise.Open && p.Cause != "" {
		out = append(out, p.Cause)
	}
	return append(out, d.saidOf(events, "answer due ", "promise ")...), nil
}

// saidOf are the events that begin with one of some words, oldest first, with why.
func (d *decision) saidOf(events []ticket.Event, begins ...string) (out []string) {
	for i := range events {
		e := &events[i]
		if !slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(e.What, b) || strings.HasPrefix(e.Who, b) }) {
			continue
		}
		said := e.At.In(d.in.s.zone(d.desk)).Format(timeFormat) + " " + e.Who + ": " + e.What
		if e.Why != "" {
			said += " (" + e.Why + ")"
		}
		out = append(out, letter.Excerpt(said, maxExcerpt))
	}
	return out
}
