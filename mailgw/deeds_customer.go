package mailgw

import (
	"errors"
	"fmt"
	"strings"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// setCustomer puts the ticket down to the person or company that an agent names; "-" is
// nobody. An agent's word is certain: what they say is known.
func (d *decision) setCustomer(arg string) (meant string, err error) {
	const how = "customer ADDRESS, #customer COMPANY (one that is in the list of customers), #customer -"
	arg = strings.TrimSpace(arg)
	switch {
	case arg == "":
		return how, nil
	case arg == "-":
		d.setCompany(customer.Customer{}, ticket.Unknown)
	case strings.Contains(arg, "@"):
		a := letter.ParseAddress(arg)
		if !sendable(a.Addr) || d.in.s.isHouse(a.Addr) {
			return how, nil
		}
		if done, err := d.namedAuthor(a); done || err != nil {
			return "", err
		}
		return "", d.setRequester(a)
	default:
		c, err := d.g.theCustomer(d.r, arg)
		var refused *CommandError
		if errors.As(err, &refused) {
			return how + ": " + refused.Text, nil
		}
		if err != nil {
			return "", err
		}
		d.setCompany(c, ticket.Known)
	}
	d.did(wording.DoneCustomer, d.ticket.Customer)
	return "", d.levelOfCustomer()
}

// setCompany puts the ticket down to a company, or to none.
func (d *decision) setCompany(c customer.Customer, sure ticket.Confidence) {
	t := &d.ticket
	was := t.Customer
	if was == "" {
		was = "nobody"
	}
	name := c.Name
	if name == "" {
		name = "nobody"
	}
	d.event(d.agent.who.Address, fmt.Sprintf("customer %s (%s) to %s (%s)", was, t.Confidence, name, sure), "#customer")
	t.Customer, t.CustomerID, t.Confidence = c.Name, c.ID, sure
}

// setRequester makes somebody else the one whose matter the ticket is, with their
// company, if the address tells it.
func (d *decision) setRequester(a letter.Address) error {
	t := &d.ticket
	if !strings.EqualFold(t.Address, a.Addr) {
		d.event(d.agent.who.Address, "requester: "+t.Requester+" to "+a.String(), "#customer")
		t.Requester, t.Address = a.String(), a.Addr
		if !belongs(t, a.Addr) && len(t.People) < maxPeople {
			t.People = append(t.People[:len(t.People):len(t.People)], a.Addr)
		}
	}
	id := d.in.s.customers.Identify(a.Addr, true)
	d.setCompany(customer.Customer{ID: id.ID, Name: id.Customer}, id.Confidence)
	d.did(wording.DoneCustomer, strings.TrimSpace(a.String()+" "+t.Customer))
	return d.levelOfCustomer()
}

// levelOfCustomer gives the ticket the level of the customer that it has now. What was
// told stays told, and no clock ends later.
func (d *decision) levelOfCustomer() error {
	t := &d.ticket
	in, err := openedBy(d.r, d.in.s, t.Number)
	if err != nil || in == nil {
		return err
	}
	e := in.entitle(customer.Identity{ID: t.CustomerID, Customer: t.Customer}, d.desk)
	if level := in.level(e.Level, d.desk); level != t.Level {
		d.event(d.agent.who.Address, "level "+t.Level+" to "+level, e.Why)
		t.Level, t.LevelWhy = level, e.Why
	}
	d.deeds.after = append(d.deeds.after, func(tx store.Tx) error {
		now, err := tx.Ticket(t.Number)
		if err != nil {
			return err
		}
		c := &change{t: &now, who: d.agent.who.Address, now: d.now, id: d.g.ids.Next()}
		if err := d.g.sooner(tx, d.in.s, &now, c); err != nil || len(c.events) == 0 {
			return err
		}
		return errors.Join(tx.PutEvents(c.events), tx.PutTicket(&now))
	})
	return nil
}
