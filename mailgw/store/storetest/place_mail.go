package storetest

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/view"
)

// place is where the mail stands, without its UID.
func (m Mail) place(number uint64) view.Place {
	return view.Place{Shelf: m.Shelf, Count: 1, Ticket: number, Seq: 1, Customer: m.N, Answered: uint32(m.N % 2), Urgent: m.N%3 == 0, Overdue: m.N%5 == 0}
}

// shown is what is kept of how the mail is shown; its needles are in it.
func (m Mail) shown() []byte { return bytes.Join(m.Needles(), []byte{0}) }

// marker is the agent who marked the mail.
func (m Mail) marker() string { return markers[m.N%3] }

func numberOf(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Move puts the mail on another shelf, under a new UID.
func (m Mail) Move(tx store.Tx, shelf string) error {
	rc, err := tx.Receipt(m.ID())
	if err != nil {
		return err
	}
	old, err := tx.TicketPlaces(rc.Ticket)
	for _, p := range old {
		if err == nil {
			err = tx.DeletePlace(p.Shelf, p.UID)
		}
	}
	if err != nil {
		return err
	}
	m.Shelf = shelf
	return placeNew(tx, m.place(rc.Ticket))
}

// StandsOn returns the shelf on which the mail is, which must be one.
func (m Mail) StandsOn(r store.Reader) (string, error) {
	rc, err := r.Receipt(m.ID())
	if err != nil {
		return "", err
	}
	found, err := r.TicketPlaces(rc.Ticket)
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("mail %d stands in %d places: %w", m.N, len(found), err)
	}
	want := m.place(rc.Ticket)
	want.Shelf, want.UID = found[0].Shelf, found[0].UID
	on := 0
	err = r.Places(want.Shelf, want.UID, func(p view.Place) bool {
		if p == want {
			on++
		}
		return false
	})
	if found[0] != want || on != 1 {
		return "", fmt.Errorf("mail %d stands at %+v, %d times on its shelf: %w", m.N, found[0], on, err)
	}
	return want.Shelf, err
}

// stands says what is missing of how the mail is shown and marked, and of where it
// stands, although it may have been moved.
func (m Mail) stands(r store.Reader, number uint64) error {
	if m.Shelf == "" {
		return nil
	}
	if _, err := m.StandsOn(r); err != nil {
		return err
	}
	if v, err := r.Shown(view.MailRef{Ticket: number, Seq: 1}); err != nil || !bytes.Equal(v, m.shown()) {
		return fmt.Errorf("how mail %d is shown: %.30q, %w", m.N, v, err)
	}
	if v, err := r.MarksOf(m.marker(), view.MailRef{Ticket: number}); err != nil || !bytes.Equal(v, numberOf(m.N)) {
		return fmt.Errorf("marks of mail %d: %q, %w", m.N, v, err)
	}
	return nil
}
