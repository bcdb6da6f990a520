package bolt

import (
	"encoding/binary"
	"fmt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// checkPlaces looks for rows of places, of what is shown and of marks that lead
// nowhere. It reports whether there is room for more findings.
func (r *reader) checkPlaces(note func(format string, args ...any) bool) bool {
	for _, in := range [...]struct {
		bucket
		look func(k, v []byte) error
	}{{inTicket, r.checkTicketPlace}, {inShelf, r.checkShelfRow}, {inShown, r.checkShown}, {inMarks, r.checkMarks}} {
		c := r.bucket(in.bucket).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if err := in.look(k, v); err != nil && !note("a row %x of %s: %w", k, bucketNames[in.bucket], err) {
				return false
			}
		}
	}
	return true
}

// checkTicketPlace looks at a part of a ticket that leads to a place.
func (r *reader) checkTicketPlace(k, _ []byte) error {
	if len(k) < 9 || k[8] != partPlace {
		return nil
	}
	return r.checkNamed(k[9:], binary.BigEndian.Uint64(k), 0)
}

// checkNamed sees that the place is there that a UID and shelf name, and that it says whose it is.
func (r *reader) checkNamed(k []byte, number uint64, item ticket.ID) error {
	if len(k) < 5 {
		return errDamaged
	}
	p, err := r.placeAt(string(k[4:]), binary.BigEndian.Uint32(k))
	if err == nil && (p.Ticket != number || p.Item != item) {
		err = fmt.Errorf("%w: it is the place of another", errDamaged)
	}
	return err
}

// checkShelfRow looks at a row of a shelf, or one that leads to it from a mail.
func (r *reader) checkShelfRow(k, v []byte) error {
	if len(k) > 9 && k[0] == shelfItem {
		return r.checkNamed(k[9:], 0, ticket.ID(binary.BigEndian.Uint64(k[1:])))
	}
	shelf, uid, isTop, err := shelfOf(k)
	if err != nil {
		return err
	}
	if isTop {
		if len(v) != 4 {
			return errDamaged
		}
		return nil
	}
	return readValue(v, &view.Place{Shelf: string(shelf), UID: uid})
}

// checkShown looks at what is kept of how a mail is shown.
func (r *reader) checkShown(k, _ []byte) error {
	ref, err := readShownKey(k)
	if err != nil {
		return err
	}
	return r.checkRef(ref)
}

// checkMarks looks at what an agent marked.
func (r *reader) checkMarks(k, _ []byte) error {
	agent, of, err := readMarkKey(k)
	if err != nil || agent == "" {
		return fmt.Errorf("marks of %q: %w", agent, errDamaged)
	}
	return r.checkRef(of)
}

// checkRef sees that there is a ticket, or a mail on none.
func (r *reader) checkRef(ref view.MailRef) error {
	if ref.Item != 0 && store.IsItem(r, ref.Item) {
		return nil
	}
	if ref.Item == 0 && r.bucket(inTicket).Get(ticketKey(ref.Ticket)) != nil {
		return nil
	}
	return fmt.Errorf("%w: there is no such mail", errDamaged)
}
