package mailgw

import (
	"encoding/json"
	"fmt"
	"strings"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/staff"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// absenceChange is what a mail changes about an agent's absence.
type absenceChange struct {
	agent string
	now   *staff.Absence // nil: the agent is in again
}

// record writes the change.
func (c *absenceChange) record(tx store.Tx) error {
	if c == nil {
		return nil
	}
	name := awayPrefix + strings.ToLower(c.agent)
	if c.now == nil {
		return tx.DeleteMeta(name)
	}
	b, err := json.Marshal(c.now)
	if err != nil {
		return fmt.Errorf("absence of %s: %w", c.agent, err)
	}
	return tx.PutMeta(name, b)
}

// goAway does what #away and #back ask for, and tells the agent how it was understood.
func (d *decision) goAway(c agent.Command) error {
	who, o := d.agent.who, d.ownTime()
	said := staff.Said{Back: true}
	if c.Name == agent.Away {
		var err error
		if said, err = staff.ReadAway(c.Arg, d.in.s.timeContext(who.Address, "", d.desk, d.now)); err != nil {
			f := o.facts(wording.ClockAwayWhat)
			f.Words, f.Detail = c.Line, err.Error()
			return d.tellAway(f)
		}
	}
	if said.Back {
		d.absence = &absenceChange{agent: who.Address}
		return d.tellAway(o.facts(wording.ClockBack))
	}
	now := staff.Absence{Agent: who.Address, From: d.now, Until: said.Until, Why: "#away", Own: true}
	if said.StandIn != "" {
		other := d.in.s.colleague(d.desk, said.StandIn)
		if other == nil || other.Address == who.Address {
			f := o.facts(wording.ClockAwayWhat)
			f.Words, f.Detail = c.Line, said.StandIn
			return d.tellAway(f)
		}
		now.StandIn = other.Address
	}
	d.absence = &absenceChange{agent: who.Address, now: &now}
	f := o.facts(wording.ClockAwayOpen)
	if !now.Until.IsZero() {
		f.Reason, f.When = wording.ClockAway, o.say(now.Until)
	}
	f.Detail = now.StandIn
	if f.Detail == "" {
		f.Detail = who.StandIn
	}
	return d.tellAway(f)
}

// tellAway tells the agent; there is nothing to answer.
func (d *decision) tellAway(f wording.ClockFacts) error {
	d.agent.aboutAway = true
	v := d.voice()
	return d.add(v.toHouse(houseMail{
		kind: ticket.Notice, template: wording.TemplateClock, facts: forAll(f), to: []string{d.agent.who.Address}, name: d.desk.FromName,
		seq: d.entrySeq(), closed: true, now: d.now,
	}))
}

// absenceMail is what an agent's own absence mail says; nil for any other mail. It must
// provably be theirs.
func (in *incoming) absenceMail() *absenceChange {
	if in.mail.Kind != letter.AutoReply || !in.isAgent() || len(in.mail.From) != 1 {
		return nil
	}
	a := staff.Absence{Agent: in.s.Agent(in.author).Address, From: in.At, Why: "an absence mail"}
	text := in.mail.Subject + "\n" + in.mail.Matter()
	if until, ok := staff.ReadAbsence(text, in.s.timeContext(a.Agent, in.mail.Language, in.desk, in.At)); ok {
		a.Until = until
	}
	return &absenceChange{agent: a.Agent, now: &a}
}

// readAbsence takes over what an agent's absence mail says, unless the agent has said
// something else that still counts; and an answer of theirs ends an absence of which an
// absence mail gave no end.
func (d *decision) readAbsence() error {
	c := d.in.away
	answers := c == nil && d.agent.power && d.absence == nil
	if d.outcome == ticket.OutcomeDuplicate || c == nil && !answers {
		return nil
	}
	addr := d.in.author
	if c != nil {
		addr = c.agent
	}
	people, err := d.in.s.staffIn(d.r)
	if err != nil {
		return err
	}
	is := people.Away(addr, d.now)
	switch {
	case c != nil && (is == nil || !is.Own):
		d.absence = c
	case answers && is != nil && !is.Own && is.Until.IsZero():
		d.absence = &absenceChange{agent: addr}
	}
	return nil
}
