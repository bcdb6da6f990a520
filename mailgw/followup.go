package mailgw

import (
	"errors"
	"fmt"
	"slices"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/heard"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// maxFollowUps bounds how many tickets may follow each other: one matter, taken
// up again and again over the years.
const maxFollowUps = 32

// isOver reports whether a ticket was closed longer ago than a reply opens it
// again (reopen_within of its desk).
func (d *decision) isOver(t *ticket.Ticket) bool {
	desk := d.in.s.desk(t.Desk)
	if desk == nil { // it has another name now: the address tells which
		desk = d.in.desk
	}
	return t.Status == ticket.Closed && d.now.Sub(t.ClosedAt) > desk.ReopenWithin
}

// onlyThanks reports whether the mail says no more than thank you, on a ticket that
// is done: it is kept there, and nothing else happens.
func (d *decision) onlyThanks() bool {
	over := d.before.Status == ticket.Closed || d.before.Status == ticket.Solved
	return over && d.in.mail.OnlyThanks(d.before.Subject)
}

// followUp opens a new ticket, linked, for a person's words on one that is over;
// further words of those who belong to it go to the ticket that the first opened.
func (d *decision) followUp() error {
	if !d.isPerson() || d.in.isAgent() {
		return nil
	}
	if d.admitted != threading.Append && d.admitted != threading.AppendFlagged {
		return nil
	}
	if d.hear() == heard.Yes {
		d.matched.Evidence = append(d.matched.Evidence, "asked whether it is solved, they say yes")
		return nil
	}
	if d.answersImpact() {
		d.matched.Evidence = append(d.matched.Evidence, "it only answers what we had asked")
		return nil
	}
	if d.thanks = d.onlyThanks(); d.thanks {
		d.matched.Evidence = append(d.matched.Evidence, "it only says thank you: the ticket stays "+string(d.before.Status))
		return nil
	}
	for range maxFollowUps {
		if d.admitted != threading.Append && d.admitted != threading.AppendFlagged || !d.isOver(&d.before) {
			return nil
		}
		if d.before.FollowedBy == 0 || !d.provenThere() {
			break
		}
		next := d.before.FollowedBy
		p, err := locate(d.r, next, 0) // it may have been merged since
		if errors.Is(err, store.ErrNotFound) || p.ticket.Number == d.before.Number {
			break
		}
		if err != nil {
			return err
		}
		d.matched.Evidence = append(d.matched.Evidence, fmt.Sprintf("ticket %d is over; its matter goes on as ticket %d", d.before.Number, next))
		d.matched.Evidence = append(d.matched.Evidence, p.steps...)
		d.matched.Ticket, d.matched.Ref.Entry = p.ticket.Number, 0
		d.admitTo(p.ticket)
	}
	old := d.before
	d.matched.NewLinkedTo, d.matched.Ticket = old.Number, 0
	d.matched.Evidence = append(d.matched.Evidence, fmt.Sprintf("ticket %d was closed at %s, too long ago to be opened again: a new ticket, linked to it",
		old.Number, old.ClosedAt.In(d.in.s.zoneOf(old.Desk)).Format(timeFormat)))
	d.why = ""
	if d.provenThere() { // whoever only has a token must not draw the others' words to himself
		d.followed = &old
	}
	d.admitted = ""
	return nil
}

// provenThere reports whether the mail's author has proven to belong to the ticket
// that is over: a token for that one opens no other, neither for words that go
// there nor for those that come.
func (d *decision) provenThere() bool {
	return d.admitted == threading.Append && d.in.auth.Authenticated()
}

// inherit gives a ticket that follows another one what is known of its people.
func (d *decision) inherit() {
	old := d.followed
	if old == nil {
		return
	}
	d.ticket.People = d.in.people(old.People)
	if d.ticket.Customer == "" && old.Customer != "" {
		d.ticket.Customer, d.ticket.CustomerID = old.Customer, old.CustomerID
		d.ticket.Confidence, d.ticket.Level = old.Confidence, d.in.level(old.Level, d.desk)
		d.ticket.LevelWhy = old.LevelWhy
		d.identity = customer.Identity{ID: old.CustomerID, Customer: old.Customer, Level: d.ticket.Level, Confidence: old.Confidence}
	}
}

// recordFollowed notes on the ticket that is over which one goes on with its matter.
func (d *decision) recordFollowed(tx store.Tx) error {
	if d.followed == nil {
		return nil
	}
	old := *d.followed
	old.FollowedBy, old.UpdatedAt = d.ticket.Number, d.now
	if !slices.Contains(old.Linked, d.ticket.Number) {
		old.Linked = append(slices.Clone(old.Linked), d.ticket.Number)
	}
	event := ticket.Event{Ticket: old.Number, ID: d.in.ID, At: d.now, Who: d.writer(), What: fmt.Sprintf("followed by ticket %d", old.FollowedBy), Why: "a reply after it was over"}
	return errors.Join(tx.PutTicket(&old), tx.PutEvents([]ticket.Event{event}))
}
