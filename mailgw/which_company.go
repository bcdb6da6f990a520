package mailgw

import (
	"errors"
	"slices"
	"strings"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/roster"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// learned is what a requester said of themselves when they were asked.
type learned struct {
	customer uint64
	address  string
}

// remembered is what is known of who an author said to be. It opens no door: what asks
// who may write where does not come by here.
func (in *incoming) remembered(id customer.Identity) customer.Identity {
	if id.Customer != "" {
		return id
	}
	if said, ok := in.s.customers.Said(in.author); ok {
		return said
	}
	return id
}

// hearCompany takes the company that the requester of a ticket without one names in a
// later mail. Nobody else has a say in it, nor has a mail that is not theirs for all we
// know. What they say is a claim, unless their address proves it.
func (d *decision) hearCompany() {
	t, m := &d.ticket, d.in.mail
	if d.isNew || t.Customer != "" || d.admitted != threading.Append || m.Kind != letter.Person || d.in.isAgent() || m.OldOnly || m.Forwarded != nil || !strings.EqualFold(d.in.author, t.Address) {
		return
	}
	id := d.in.identity
	if t.AskedCompany && id.Confidence != ticket.Known && id.Confidence != ticket.Domain {
		id = d.saidCompany(id)
	}
	if id.Customer == "" {
		return
	}
	asked := t.AskedCompany
	t.Customer, t.CustomerID, t.Confidence, t.AskedCompany = id.Customer, id.ID, id.Confidence, false
	d.event("customer", "customer "+id.Customer+" ("+string(id.Confidence)+")", id.Reason)
	if asked && id.Confidence == ticket.Claimed && id.ID != 0 && d.in.auth.Authenticated() { // of whom nothing is proven says so each time
		d.learned = &learned{customer: id.ID, address: d.in.author}
	}
}

// saidCompany reads the answer to our question. Of the companies that could be meant a
// word that only one of them has is enough.
func (d *decision) saidCompany(id customer.Identity) customer.Identity {
	for _, words := range heard.Company(d.in.mail.NewText) {
		found := d.in.s.customers.Identify("", false, words)
		if found.Customer == "" {
			if name := only(found.Candidates, words); name != "" {
				found = d.in.s.customers.Identify("", false, name)
			}
		}
		if found.Customer != "" {
			found.Reason = "they were asked, and said “" + letter.Excerpt(words, maxName) + "”"
			return found
		}
	}
	return id
}

// only is the one of some names that has all the words of a text; "" when none or
// several have.
func only(names []string, text string) string {
	found := ""
	for _, name := range names {
		have := strings.Fields(strings.ToLower(name))
		missing := slices.ContainsFunc(strings.Fields(strings.ToLower(text)), func(w string) bool {
			return !slices.Contains(have, strings.Trim(w, ".,;:!()"))
		})
		if missing {
			continue
		}
		if found != "" {
			return ""
		}
		found = name
	}
	return found
}

// notRefused is an error that is none of who asked: what was refused changed nothing,
// and a mail is not turned away for it.
func notRefused(err error) error {
	var no *roster.Refused
	if errors.As(err, &no) {
		return nil
	}
	return err
}

// recordLearned keeps what the requester said, so that they are not asked again.
func (d *decision) recordLearned(tx store.Tx) error {
	if d.learned == nil {
		return nil
	}
	_, err := d.editor(tx, d.in.author, "asked on a ticket, and answered").Change(d.learned.customer, "says to be of it: "+d.learned.address, func(c *customer.Customer) error {
		c.Learn(d.learned.address)
		return nil
	})
	return notRefused(err)
}
