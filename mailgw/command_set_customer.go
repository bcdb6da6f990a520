package mailgw

import (
	"cmp"
	"fmt"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// setCustomer says by hand whose the ticket is; "-" is nobody's. The customer is known
// then, and the level is that of the customer: an agent has said so. The log says how it
// is taken back.
func (g *Gateway) setCustomer(tx store.Tx, s *settings, c *change, a *SetArgs) error {
	t := c.t
	if a.Customer == "" {
		return nil
	}
	id, name := s.company(t)
	back := fmt.Sprintf("to take it back: mailgw ticket set %d --customer %q", t.Number, cmp.Or(name, "-"))
	was := fmt.Sprintf("customer %s (%s) to ", cmp.Or(name, "nobody"), t.Confidence)
	if a.Customer == "-" {
		if t.Customer != "" {
			c.event(was+"nobody", back)
			t.Customer, t.CustomerID, t.Confidence = "", 0, ticket.Unknown
		}
		return nil
	}
	who, err := g.theCustomer(tx, a.Customer)
	if err != nil {
		return err
	}
	if id != who.ID || t.Confidence != ticket.Known {
		c.event(was+who.Name+" ("+string(ticket.Known)+")", back)
		t.Customer, t.CustomerID, t.Confidence = who.Name, who.ID, ticket.Known
		if err := g.setLevel(tx, s, c); err != nil {
			return err
		}
	}
	if !a.Learn {
		return nil
	}
	ev, err := g.editor(tx, c.who, fmt.Sprintf("ticket %d is theirs", t.Number)).Learn(who.ID, t.Address)
	if err == nil && ev.ID != 0 {
		c.event(ev.What, "to take it back: mailgw customer undo "+ev.ID.String())
	}
	return changeRefused(err)
}

// setLevel gives the ticket the level of the customer that it has by hand. What was told
// stays told, and no clock ends later.
func (g *Gateway) setLevel(tx store.Tx, s *settings, c *change) error {
	t, desk := c.t, s.desk(c.t.Desk)
	in, err := openedBy(tx, s, t.Number)
	if err != nil || in == nil || desk == nil {
		return err
	}
	e := in.entitle(customer.Identity{ID: t.CustomerID, Customer: t.Customer}, desk)
	if level := in.level(e.Level, desk); level != t.Level {
		c.event("level "+t.Level+" to "+level, e.Why)
		t.Level, t.LevelWhy = level, e.Why
	}
	return g.sooner(tx, s, t, c)
}
