package mailgw

import (
	"fmt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// place is where an entry of a ticket, or a ticket as a whole, is now.
type place struct {
	ticket ticket.Ticket
	entry  uint32   // its number there; 0: none is meant, or it is not known
	steps  []string // how it came there, in words; nil when it is where it was
}

// maxSteps bounds how far an entry is followed. No entry comes to a number twice,
// so its way ends; tickets that go on as each other would not, were there any.
const maxSteps = 256

// locate follows an entry of a ticket, or with entry 0 the ticket itself, to where
// it is now. It returns store.ErrNotFound when there is no such ticket.
func locate(r store.Reader, number uint64, entry uint32) (p place, err error) {
	p.entry = entry
	if p.ticket, err = r.Ticket(number); err != nil {
		return p, err
	}
	for range maxSteps {
		to, as, ok := p.ticket.Next(p.entry)
		if !ok {
			break
		}
		next, err := r.Ticket(to)
		if err != nil {
			return p, fmt.Errorf("ticket %d goes on as ticket %d: %w", p.ticket.Number, to, err)
		}
		if as != 0 && p.ticket.MovedTo != to {
			p.steps = append(p.steps, fmt.Sprintf("entry %d of ticket %d is entry %d of ticket %d now", p.entry, p.ticket.Number, as, to))
		} else {
			p.steps = append(p.steps, fmt.Sprintf("ticket %d goes on as ticket %d", p.ticket.Number, to))
		}
		p.ticket, p.entry = next, as
	}
	return p, nil
}

// ticketOf returns the ticket that a row is about now, and the number that the
// row's entry has there. A row stays as it was decided, so that its bytes and its
// tokens are the same each time, while its entry may go to another ticket.
func ticketOf(r store.Reader, row *ticket.Outgoing) (ticket.Ticket, uint32, error) {
	number, seq := row.Ticket, row.EntrySeq
	if row.Kind == ticket.Notice || row.Kind == ticket.Page || row.Kind == ticket.Forward { // it has no entry: it tells of one
		if e, err := r.Entry(row.Entry); err == nil {
			number = e.Ticket
		}
	} else if e, err := r.Entry(row.ID); err == nil {
		number, seq = e.Ticket, e.Seq
	}
	t, err := r.Ticket(number)
	return t, seq, err
}
