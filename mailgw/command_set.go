package mailgw

import (
	"errors"
	"slices"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// setTicket changes a ticket by hand. Each change is an event.
func (g *Gateway) setTicket(a SetArgs, emit func(any) error) error {
	s := g.settings.Load()
	if err := s.checkSet(&a); err != nil {
		return err
	}
	var t ticket.Ticket
	err := g.store.Update(store.Background, func(tx store.Tx) (err error) {
		t, err = g.setIn(tx, s, &a)
		return err
	})
	if err != nil {
		return err
	}
	if a.Learn {
		if err := g.followCustomers(); err != nil {
			return err
		}
	}
	g.outbox.Wake()
	g.scheduler.DueAt(t.Closing.Alarm())
	return emit(s.viewTicket(&t))
}

// setIn changes a ticket in a transaction, and returns it as it is then.
func (g *Gateway) setIn(tx store.Tx, s *settings, a *SetArgs) (t ticket.Ticket, err error) {
	if t, err = theTicketToChange(tx, a.Number); err != nil {
		return t, err
	}
	if err := merged(&t); err != nil {
		return t, err
	}
	before := t
	c := &change{t: &t, who: a.Who, now: g.clock.Now(), id: g.ids.Next()}
	c.set("priority", (*string)(&t.Priority), a.Priority)
	c.set("desk", &t.Desk, a.Desk)
	c.assign(a.Assignee)
	if err := g.setCustomer(tx, s, c, a); err != nil {
		return t, err
	}
	if err := c.status(tx, ticket.Status(a.Status)); err != nil {
		return t, err
	}
	if len(c.events) == 0 {
		return t, nil
	}
	if t.Status == ticket.Solved && before.Status != t.Status {
		if err := g.solvedByHand(tx, s, c); err != nil {
			return t, err
		}
	}
	t.UpdatedAt = c.now
	to := slices.DeleteFunc(s.newHands(&before, &t), func(addr string) bool { return addr == a.Who }) // who does it knows
	return t, errors.Join(g.moveClocks(tx, s, &t, c.now), g.tell(tx, s, &t, to, c.now), tx.PutEvents(c.events), tx.PutTicket(&t))
}

// checkSet refuses what the configuration does not know.
func (s *settings) checkSet(a *SetArgs) error {
	switch {
	case a.Status == "" && a.Priority == "" && a.Assignee == "" && a.Desk == "" && a.Customer == "" && !a.Learn:
		return usage("nothing to set; write --status, --priority, --assignee, --desk or --customer")
	case a.Learn && (a.Customer == "" || a.Customer == "-"):
		return usage("--learn: whose is the address? add --customer NAME")
	case a.Status == string(ticket.New):
		return usage("a ticket is new only until somebody has worked on it; write open, pending, solved or closed")
	case a.Status != "" && !ticket.Status(a.Status).Valid():
		return usage("%q is not a status; write open, pending, solved or closed", a.Status)
	case a.Priority != "" && !ticket.Priority(a.Priority).Valid():
		return usage("%q is not a priority; write low, normal, high or urgent", a.Priority)
	case a.Desk != "" && s.desk(a.Desk) == nil:
		return usage("there is no desk %q; write the name of a [[desk]]", a.Desk)
	case a.Assignee != "" && a.Assignee != "-" && s.Agent(a.Assignee) == nil:
		return usage("there is no agent %q; write the address of an [[agent]], or - for nobody", a.Assignee)
	}
	if a.Who == "" {
		a.Who = "admin"
	}
	return nil
}

// newHands are the people who have a ticket in front of them by a change, and had
// not before.
func (s *settings) newHands(before, after *ticket.Ticket) (to []string) {
	if desk := s.desk(after.Desk); desk != nil && after.Desk != before.Desk {
		to = slices.Clone(desk.Agents)
	}
	if a := after.Assignee; a != "" && a != before.Assignee && !slices.Contains(to, a) {
		to = append(to, a)
	}
	return to
}

// change collects what is set on one ticket.
type change struct {
	t      *ticket.Ticket
	who    string
	now    time.Time
	id     ticket.ID
	events []ticket.Event
}

func (c *change) event(what, why string) {
	c.events = append(c.events, ticket.Event{Ticket: c.t.Number, ID: c.id, At: c.now, Who: c.who, What: what, Why: why})
}

func (c *change) set(name string, field *string, value string) {
	if value == "" || value == *field {
		return
	}
	c.event(name+" "+*field+" to "+value, "")
	*field = value
}

func (c *change) assign(agent string) {
	switch {
	case agent == "-" && c.t.Assignee != "":
		c.event("no longer assigned to "+c.t.Assignee, "")
		c.t.Assignee = ""
	case agent != "" && agent != "-" && agent != c.t.Assignee:
		c.event("assigned to "+agent, "")
		c.t.Assignee = agent
	}
}

// status changes the status, where the life of a ticket allows it. Who solves or
// closes a ticket by hand takes its open clock back: no answer of ours will keep it.
func (c *change) status(tx store.Tx, to ticket.Status) error {
	t := c.t
	if to == "" || to == t.Status {
		return nil
	}
	deed, _ := ticket.DeedFor(to)
	then, ok := t.Status.After(deed)
	if !ok {
		return failure("ticket %d is %s and cannot be made %s; make it open first", t.Number, t.Status, to)
	}
	c.event("status "+string(t.Status)+" to "+string(then), "")
	t.Status, t.ClosedAt, t.WaitUntil = then, time.Time{}, time.Time{}
	if then == ticket.Closed {
		t.ClosedAt = c.now
	}
	if then != ticket.Solved && then != ticket.Closed {
		return nil
	}
	owed, err := tx.TicketPromises(t.Number)
	if err != nil {
		return err
	}
	for i := range owed { // a merge may have brought several together
		p := &owed[i]
		if p.State != promise.Open || !p.Shown() { // the house's own clocks go by the status
			continue
		}
		p.State, p.Cause = promise.Withdrawn, "set to "+string(to)+" by "+c.who
		if p.ID == t.PromiseID {
			t.PromiseIs = string(p.State)
		}
		c.event("promise withdrawn", p.Cause)
		err = errors.Join(err, tx.PutPromise(p))
	}
	return err
}

// tell makes the notices of a change: a ticket that came to a desk or to a person
// must not wait until somebody happens to look.
func (g *Gateway) tell(tx store.Tx, s *settings, t *ticket.Ticket, to []string, now time.Time) error {
	desk := s.desk(t.Desk)
	if desk == nil || len(to) == 0 {
		return nil
	}
	last, err := tx.LastEntries(t.Number, 0, searched)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(last, func(e ticket.Entry) bool { return fromCustomer(&e) })
	if i < 0 {
		return nil
	}
	rows, err := g.voice(s, desk, t.Number).notice(t, &last[i], wording.EventYours, to, now)
	return errors.Join(err, putRows(tx, rows))
}

// putRows writes rows.
func putRows(tx store.Tx, rows []ticket.Outgoing) error {
	for i := range rows {
		if err := tx.PutOutgoing(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}
