package mailgw

import (
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// maxPassedOn bounds the open tickets that go to somebody else at once when a person
// has left.
const maxPassedOn = 500

// departed is somebody who has left a customer, as an agent said.
type departed struct {
	customer uint64
	address  string
	to       letter.Address // who goes on with their open tickets; none: nobody
}

// saysLeft is what the mail says of somebody who has left the customer, for a notice;
// "" when it says nothing. unproven: nobody of the customer provably wrote it. Nothing
// comes of it before an agent says so.
func (d *decision) saysLeft() (said string, unproven bool) {
	m := d.in.mail
	if d.ticket.CustomerID == 0 || d.in.isAgent() || m.OldOnly || m.Forwarded != nil || m.Kind != letter.Person && m.Kind != letter.AutoReply {
		return "", false
	}
	left, ok := heard.Left(m.NewText)
	if !ok {
		return "", false
	}
	said = "“" + letter.Excerpt(left.Words, maxName) + "”"
	if who := d.whoLeft(&left); who != "" {
		said += " (#left " + who + ")"
	}
	id := d.in.identity
	proven := d.in.auth.Authenticated() && d.in.s.isCustomer(&d.ticket, id.ID, id.Customer) && (id.Confidence == ticket.Known || id.Confidence == ticket.Domain)
	return said, !proven
}

// whoLeft is the address of who is meant, "" when the words do not tell.
func (d *decision) whoLeft(left *heard.Departure) string {
	if left.Self {
		return d.in.author
	}
	names := strings.Fields(strings.ToLower(left.Name))
	found := ""
	for _, addr := range append(append(slices.Clone(d.ticket.People), d.ticket.Address), left.Addresses...) {
		local := localOf(addr)
		if strings.EqualFold(addr, d.in.author) || strings.EqualFold(addr, found) || !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(local, n) }) {
			continue
		}
		if found != "" {
			return ""
		}
		found = addr
	}
	return found
}

// leave is an agent's word that somebody has left the ticket's customer. It reports
// whether that was understood: it names an address of that customer.
func (d *decision) leave(whom string) (bool, error) {
	fields := strings.Fields(whom)
	if len(fields) == 0 || d.departed != nil || d.ticket.CustomerID == 0 {
		return false, nil
	}
	addr := customer.AddressKey(strings.Trim(fields[0], "<>()[]“”\"'"))
	c, err := d.standing(d.ticket.CustomerID)
	if err != nil || c.ID == 0 || addr == "" {
		return false, err
	}
	if id := d.in.s.customers.Identify(addr, true); id.ID != c.ID {
		return false, nil
	}
	d.departed = &departed{customer: c.ID, address: addr, to: d.successor(c.ID, addr)}
	d.event(d.agent.who.Address, addr+" has left "+c.Name, "#left")
	d.passOn(&d.ticket)
	return true, nil
}

// successor is who wrote the mail that the agent's notice told of, if that is provenly
// somebody else of the same customer.
func (d *decision) successor(id uint64, addr string) letter.Address {
	list, err := d.r.LastEntries(d.before.Number, 0, searched)
	if err != nil {
		return letter.Address{}
	}
	for i := range list {
		e := &list[i]
		from := letter.ParseAddress(e.From)
		if e.Seq != d.matched.Ref.Entry || !fromCustomer(e) || strings.EqualFold(from.Addr, addr) {
			continue
		}
		if proof := e.SenderAuth == "pass" || e.SenderAuth == "trusted"; proof && d.in.s.customers.Identify(from.Addr, true).ID == id {
			return from
		}
	}
	return letter.Address{}
}

// passOn takes who has left out of a ticket's people, and makes who goes on its requester.
func (d *decision) passOn(t *ticket.Ticket) bool {
	gone, to := d.departed.address, d.departed.to
	if !belongs(t, gone) && !strings.EqualFold(t.Address, gone) {
		return false
	}
	t.People = slices.DeleteFunc(slices.Clone(t.People), func(p string) bool { return strings.EqualFold(p, gone) })
	if to.Addr == "" {
		return true
	}
	if !belongs(t, to.Addr) {
		t.People = append(t.People, to.Addr)
	}
	if strings.EqualFold(t.Address, gone) {
		t.Address, t.Requester = to.Addr, to.String()
	}
	return true
}

// recordDeparted writes that somebody has left: the record, and their other open tickets.
func (d *decision) recordDeparted(tx store.Tx) error {
	if d.departed == nil {
		return nil
	}
	gone := d.departed.address
	_, err := d.editor(tx, d.agent.who.Address, "#left on ticket "+fmt.Sprint(d.ticket.Number)).Change(d.departed.customer, gone+" has left", func(c *customer.Customer) error {
		c.Leaves(gone, d.now)
		return nil
	})
	if err = notRefused(err); err != nil {
		return err
	}
	open, err := d.g.openTicketsOf(tx, d.departed.customer)
	if err != nil {
		return err
	}
	passed := 0
	for _, n := range open {
		if n == d.ticket.Number {
			continue
		}
		t, err := tx.Ticket(n)
		if err != nil {
			return err
		}
		if !d.passOn(&t) {
			continue
		}
		if passed++; passed > maxPassedOn {
			break
		}
		t.UpdatedAt = d.now
		why := "#left on ticket " + fmt.Sprint(d.ticket.Number)
		if err := tx.PutTicket(&t); err != nil {
			return err
		}
		if err := tx.PutEvents([]ticket.Event{{Ticket: n, ID: d.in.ID, At: d.now, Who: d.agent.who.Address, What: gone + " has left; the ticket goes on with " + t.Requester, Why: why}}); err != nil {
			return err
		}
	}
	return nil
}
