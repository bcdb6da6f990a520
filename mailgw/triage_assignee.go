package mailgw

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/staff"
	"supportgw/mailgw/store"
	"supportgw/rules"
)

// givenPrefix begins the names under which the store keeps when an agent was last given a
// ticket by a rule, one for each agent's address in lower case.
const givenPrefix = "given/"

// maxLoad is how many open tickets of one agent are counted: who has more is as busy.
const maxLoad = 1000

// doesAssignee gives the ticket to somebody: to the agent who is named, or to who is found
// of those who are in. Who is named and is away has it all the same when nobody stands in.
func (d *decision) doesAssignee() error {
	want := &d.verdict.Assignee
	who, ok := d.decides(func(e *rules.Effects) bool { return !e.Assignee.IsZero() })
	if want.IsZero() || !ok {
		return nil
	}
	people, err := d.in.s.staffIn(d.r)
	if err != nil {
		return err
	}
	to, why := d.named(people, want.Agent)
	if want.By != "" {
		if to, why, err = d.chosen(people, want); err != nil {
			return err
		}
	}
	switch {
	case to == "" && why != "":
		d.event(who, "assigned to nobody", why)
	case to == "" || strings.EqualFold(to, d.ticket.Assignee):
	default:
		d.event(who, "assigned to "+to, why)
		d.ticket.Assignee, d.turn = to, to
	}
	return nil
}

// named is the agent whom a rule names, or who stands in while they are away.
func (d *decision) named(people *staff.Staff, addr string) (to, why string) {
	a := d.in.s.Agent(addr)
	if a == nil {
		return "", ""
	}
	away := people.Away(a.Address, d.now)
	if away == nil {
		return a.Address, ""
	}
	if by := people.StandIn(a.Address, d.desk.Agents, d.now); by != "" {
		return by, "stands in for " + a.Address + ", who is away"
	}
	return a.Address, "is away, and nobody stands in"
}

// chosen is who of several is found, and why.
func (d *decision) chosen(people *staff.Staff, want *rules.Assignee) (to, why string, err error) {
	w := staff.Wish{By: want.By, Among: d.desk.Agents, Skills: want.Skills, Hours: d.in.s.hoursOf(d.desk.Name)}
	if len(want.Among) > 0 { // whoever is not on the desk could not answer
		w.Among = slices.DeleteFunc(slices.Clone(want.Among), func(a string) bool { return !d.desk.HasAgent(a) })
	}
	if want.Language {
		w.Language = d.in.mail.Language
	}
	to, why = people.Choose(w, func(addr string) (l staff.Load) {
		var e error
		if l.Open, e = d.r.Assigned(addr, maxLoad); e != nil {
			err = fmt.Errorf("tickets of %s: %w", addr, e)
		}
		b, e := d.r.Meta(givenPrefix + strings.ToLower(addr))
		if e != nil {
			err = fmt.Errorf("last ticket of %s: %w", addr, e)
		}
		l.Last, _ = time.Parse(time.RFC3339Nano, string(b)) // what cannot be read was long ago
		return l
	}, d.now)
	return to, why, err
}

// recordGiven notes that an agent was given a ticket by a rule.
func (d *decision) recordGiven(tx store.Tx) error {
	if d.turn == "" {
		return nil
	}
	return tx.PutMeta(givenPrefix+strings.ToLower(d.turn), []byte(d.now.UTC().Format(time.RFC3339Nano)))
}
