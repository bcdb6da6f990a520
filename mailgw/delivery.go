package mailgw

import (
	"errors"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// handedOver is called in the commit that records that the next hop took a row's
// mail for some recipients. The answer that a promise waits for keeps it, once the
// next hop has taken it for the person who was promised.
func (g *Gateway) handedOver(tx store.Tx, row *ticket.Outgoing, taken []string, _ string, now time.Time) error {
	if row.Kind != ticket.Answer || row.Promise == 0 || len(row.To) == 0 || !slices.Contains(taken, letter.ParseAddress(row.To[0]).Addr) {
		return nil
	}
	p, err := tx.Promise(row.Promise)
	if errors.Is(err, store.ErrNotFound) || err == nil && len(p.KeptBy) > 0 {
		return nil // damaged, which verify says; or an earlier answer was the first
	}
	if err != nil {
		return err
	}
	p.KeptAt, p.KeptBy = now, []string{row.MessageID}
	what, why := "answered late", "the promise of "
	switch {
	case p.State == promise.Open && !now.After(p.DueAt):
		p.State, what = promise.Kept, "promise kept"
	case p.State == promise.Open: // its time came while nobody looked
		p.State = promise.Broken
	case p.State == promise.Withdrawn:
		return nil
	}
	if !p.Told {
		what, why = strings.Replace(what, "promise kept", "target met", 1), "the target of "
	}
	if err := tx.PutPromise(&p); err != nil {
		return err
	}
	t, err := tx.Ticket(p.Ticket)
	if err != nil {
		return err
	}
	why += p.DueAt.In(g.settings.Load().zoneOf(t.Desk)).Format(timeFormat) + ", by <" + row.MessageID + ">"
	err = tx.PutEvents([]ticket.Event{{Ticket: t.Number, ID: g.ids.Next(), At: now, Who: "mailgw", What: what, Why: why}})
	if err != nil || t.PromiseID != p.ID {
		return err
	}
	t.PromiseIs, t.UpdatedAt = string(p.State), now
	return tx.PutTicket(&t)
}

// undelivered is called in the commit that records that recipients of a row are
// given up: each is an event on the ticket.
func (g *Gateway) undelivered(tx store.Tx, row *ticket.Outgoing, failed []outbox.Failure, now time.Time) error {
	events := make([]ticket.Event, 0, len(failed))
	id := g.ids.Next()
	for _, f := range failed {
		events = append(events, ticket.Event{
			Ticket: row.Ticket, ID: id, At: now, Who: "mailgw", What: "could not be delivered to " + f.To, Why: whyFailed(f),
		})
	}
	return tx.PutEvents(events)
}

// whyFailed says in plain words why a recipient did not get a mail.
func whyFailed(f outbox.Failure) string {
	why := "their server refused it"
	switch {
	case f.TooBig:
		why = "it is larger than the next server takes"
	case !f.Permanent:
		why = "it was tried for too long"
	}
	return why + ": " + f.Reply
}
