package mailgw

import (
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// change runs a command that changes a customer.
func (h *house) change(command string, a CustomerChangeArgs) CustomerChangeView {
	h.t.Helper()
	return h.do("customer."+command, a).(CustomerChangeView)
}

// customerOf is what "ticket show" says of a ticket's customer.
func (h *house) customerOf(number uint64) string {
	h.t.Helper()
	v := h.do("ticket.show", NumberArgs{Number: number}).(TicketView)
	if v.Customer == nil {
		return ""
	}
	return *v.Customer
}

// TestRenamedCustomer: from the commit on a customer goes by the new name everywhere, in
// tickets of before too, and who writes the old name is still found.
func TestRenamedCustomer(t *testing.T) {
	h := newHouse(t, `rule=[{name="theirs", if={customer={is="Acme Instruments AG"}}, then={tags=["acme"]}}]`)
	a := h.want(h.deliver(mail{}), ticket.OutcomeNew)
	v := h.change("rename", CustomerChangeArgs{Who: "acme.example", Name: "Spectra Lab", By: "command of root", Why: "they asked"})
	if v.Customer.Name != "Spectra Lab" || v.Event == nil || v.Event.Who != "command of root" || *v.Event.Why != "they asked" {
		t.Errorf("%+v", v)
	}
	if got := h.customerOf(a.Ticket); got != "Spectra Lab" {
		t.Errorf("the ticket shows %q", got)
	}
	if p := h.do("promise.list", PromiseArgs{Customer: "spectra"}).(PromiseView); p.Ticket != a.Ticket || *p.Customer != "Spectra Lab" {
		t.Errorf("promise list: %+v", p)
	}
	if p := h.do("promise.list", PromiseArgs{Customer: "acme instr"}).(PromiseView); p.Ticket != a.Ticket || *p.Customer != "Spectra Lab" {
		t.Errorf("promise list by the old name: %+v", p)
	}
	if p := h.do("promise.list", PromiseArgs{Customer: "globex"}); p != nil {
		t.Errorf("promise list by another one's name: %+v", p)
	}
	b := h.deliver(mail{from: "Leo <leo@free.example>", body: "Hello\n\n-- \nLeo Late\nAcme Instruments AG", client: stranger})
	if b.ticket.Customer != "Spectra Lab" || b.ticket.Confidence != ticket.Claimed {
		t.Errorf("by the old name: %q %s", b.ticket.Customer, b.ticket.Confidence)
	}
	if c := h.deliver(mail{subject: "Another matter"}); c.ticket.Customer != "Spectra Lab" || !slices.Contains(c.ticket.Tags, "acme") {
		t.Errorf("a rule by the old name: %q of %q", c.ticket.Tags, c.ticket.Customer)
	}
	h.flush()
	more := h.deliver(mail{subject: "Re: " + a.ticket.Subject, head: []string{"In-Reply-To: <" + a.MessageID + ">"}, body: "Still nothing."})
	if more.Ticket != a.Ticket || more.ticket.Customer != "Spectra Lab" {
		t.Errorf("a later mail: ticket %d of %q", more.Ticket, more.ticket.Customer)
	}
	for _, m := range h.flush() {
		if strings.Contains(m.read.Text, "Acme Instruments") {
			t.Errorf("a mail to %v has the old name:\n%s", m.To, m.read.Text)
		}
	}
	h.change("undo", CustomerChangeArgs{Who: v.Event.ID.String()})
	h.reopen()
	if got := h.customerOf(a.Ticket); got != "Acme Instruments AG" {
		t.Errorf("taken back, the ticket shows %q", got)
	}
}

// TestMergedCustomers: colleagues of both are one company's, on tickets of before too,
// until it is taken back.
func TestMergedCustomers(t *testing.T) {
	h := newHouse(t)
	acme := h.want(h.deliver(mail{}), ticket.OutcomeNew)
	globex := h.want(h.deliver(mail{from: "Gil <gil@globex.example>", subject: "Invoice"}), ticket.OutcomeNew)
	joins := func(from string, to arrived) bool {
		t.Helper()
		return h.deliver(mail{from: from, subject: "Re: " + to.ticket.Subject, head: []string{"In-Reply-To: <" + to.MessageID + ">"}, body: "One more thing."}).Ticket == to.Ticket
	}
	if joins("Ada <ada@globex.example>", acme) || !joins("Ada <ada@globex.example>", globex) {
		t.Fatal("before the merge")
	}
	v := h.change("merge", CustomerChangeArgs{Who: "Globex Ltd", Name: "Acme Instruments AG"})
	if !slices.Contains(v.Customer.Aliases, "Globex Ltd") || !slices.Contains(v.Customer.Domains, "globex.example") || len(v.Notes) != 1 {
		t.Errorf("%+v", v)
	}
	if got := h.customerOf(globex.Ticket); got != "Acme Instruments AG" || !joins("Ben <ben@globex.example>", acme) || !joins("Max <max@acme.example>", globex) {
		t.Errorf("the ticket shows %q", got)
	}
	show := h.do("customer.show", CustomerArgs{Who: "globex.example", Log: true}).(CustomerView)
	if show.Name != "Acme Instruments AG" || len(show.Tickets) < 2 || !slices.ContainsFunc(show.Tickets, func(v TicketView) bool { return v.Number == globex.Ticket }) || len(show.Events) != 2 {
		t.Errorf("show: %+v", show)
	}
	if _, err := h.try("customer.rename", CustomerChangeArgs{Who: "Initech Inc.", Name: "globex ltd"}); err == nil || !strings.Contains(err.Error(), `is "Acme Instruments AG"'s already`) {
		t.Errorf("the name of one that was merged: %v", err)
	}
	late := h.want(h.deliver(mail{from: "Zoe <zoe@globex.example>", subject: "Later"}), ticket.OutcomeNew)
	h.change("undo", CustomerChangeArgs{Who: v.Event.ID.String()})
	if got := h.customerOf(globex.Ticket); got != "Globex Ltd" || joins("Cid <cid@globex.example>", acme) || !joins("Cid <cid@globex.example>", globex) {
		t.Errorf("taken back, the ticket shows %q", got)
	}
	if got := h.customerOf(late.Ticket); got != "Acme Instruments AG" { // it came when they were one: an agent's to say
		t.Errorf("a ticket of meanwhile shows %q", got)
	}
}

// TestCustomerList finds customers by a part, and pages.
func TestCustomerList(t *testing.T) {
	h := newHouse(t)
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		for n := range 2 * listPage {
			id, err := tx.NewCustomerID()
			if err != nil {
				return err
			}
			c := customer.Customer{ID: id, Name: "Firm " + strings.Repeat("i", n%7) + ticket.ID(n+1).String(), Domains: []string{ticket.ID(n+1).String() + ".example"}}
			if err := tx.PutCustomer(&c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list := func(a CustomersArgs) (n int) {
		t.Helper()
		if err := h.listCustomers(a, func(any) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		a    CustomersArgs
		want int
	}{
		{CustomersArgs{}, 2*listPage + 3}, {CustomersArgs{Part: "INSTRUMENTS"}, 1}, {CustomersArgs{Part: "globex.example"}, 1}, {CustomersArgs{Domain: "example", Level: "premium"}, 1},
		{CustomersArgs{Domain: "cme.example"}, 0}, {CustomersArgs{Level: "standard"}, 2}, {CustomersArgs{Part: "firm"}, 2 * listPage},
	} {
		if got := list(c.a); got != c.want {
			t.Errorf("%+v: %d, want %d", c.a, got, c.want)
		}
	}
	h.change("merge", CustomerChangeArgs{Who: "Globex Ltd", Name: "Initech Inc."})
	if list(CustomersArgs{}) != 2*listPage+2 || list(CustomersArgs{Merged: true}) != 2*listPage+3 {
		t.Error("one that was merged is listed, or not with Merged")
	}
}
