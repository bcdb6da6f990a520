package mailgw

import (
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// setTicket changes a ticket by hand. Each change is an event.
func (g *Gateway) setTicket(a SetArgs, emit func(any) error) error {
	s := g.settings.Load()
	if err := s.checkSet(&a); err != nil {
		return err
	}
	var t ticket.Ticket
	err := g.store.Update(store.Background, func(tx store.Tx) error {
		var err error
		if t, err = theTicket(tx, a.Number); err != nil {
			return err
		}
		c := &change{t: &t, who: a.Who, now: g.clock.Now(), id: g.ids.Next()}
		c.set("priority", (*string)(&t.Priority), a.Priority)
		c.set("desk", &t.Desk, a.Desk)
		c.assign(a.Assignee)
		if err := c.status(tx, ticket.Status(a.Status)); err != nil {
			return err
		}
		if len(c.events) == 0 {
			return nil
		}
		t.UpdatedAt = c.now
		if err := tx.PutEvents(c.events); err != nil {
			return err
		}
		return tx.PutTicket(&t)
	})
	if err != nil {
		return err
	}
	return emit(viewTicket(&t))
}

// checkSet refuses what the configuration does not know.
func (s *settings) checkSet(a *SetArgs) error {
	switch {
	case a.Status == "" && a.Priority == "" && a.Assignee == "" && a.Desk == "":
		return usage("nothing to set; write --status, --priority, --assignee or --desk")
	case a.Status != "" && !ticket.Status(a.Status).Valid():
		return usage("%q is not a status; write new, open, pending, solved or closed", a.Status)
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

// status changes the status. Who solves or closes a ticket by hand takes its open
// clock back: no answer of ours will keep it.
func (c *change) status(tx store.Tx, to ticket.Status) error {
	t := c.t
	if to == "" || to == t.Status {
		return nil
	}
	c.event("status "+string(t.Status)+" to "+string(to), "")
	t.Status, t.ClosedAt = to, time.Time{}
	if to == ticket.Closed {
		t.ClosedAt = c.now
	}
	if to != ticket.Solved && to != ticket.Closed || t.PromiseIs != string(promise.Open) {
		return nil
	}
	p, err := tx.Promise(t.PromiseID)
	if err != nil {
		return err
	}
	p.State, p.Cause = promise.Withdrawn, "set to "+string(to)+" by "+c.who
	t.PromiseIs = string(p.State)
	c.event("promise withdrawn", p.Cause)
	return tx.PutPromise(&p)
}
