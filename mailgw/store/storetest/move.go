package storetest

import (
	"errors"
	"fmt"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// testMoveEntry sees a mail on one ticket at a time, whichever way it is looked for.
func testMoveEntry(t *testing.T, h *house) {
	first, second := Mail{N: 1, RawSize: 10}, Mail{N: 2, RawSize: 10}
	h.update(func(tx store.Tx) error {
		_, err := first.Put(tx)
		_, err2 := second.Put(tx)
		return errors.Join(err, err2)
	})
	// entries says how many the tickets have, as their owner would.
	entries := func(tx store.Tx, of map[uint64]uint32) error {
		for number, n := range of {
			tk, err := tx.Ticket(number)
			if err != nil {
				return err
			}
			tk.Entries = n
			if err := tx.PutTicket(&tk); err != nil {
				return err
			}
		}
		return nil
	}
	on := func(want string) func(testing.TB, store.Reader) {
		return func(t testing.TB, r store.Reader) {
			t.Helper()
			var got []string
			for number := uint64(1); number <= 2; number++ {
				list, err := r.Entries(number)
				if err != nil {
					t.Error(err)
				}
				for i := range list {
					e, err := r.Entry(list[i].ID)
					if err != nil || e.Ticket != list[i].Ticket {
						t.Errorf("entry %s of ticket %d is found on %d: %v", e.ID, number, e.Ticket, err)
					}
					got = append(got, fmt.Sprintf("%d/%d:%d", number, e.Seq, e.ID))
				}
			}
			rc, err := r.Receipt(second.ID())
			same, err2 := r.ReceiptsByMessageID(second.MessageID(), 2)
			again, err3 := r.Repeated(rc.MessageID, rc.Author, rc.Hash)
			if err := errors.Join(err, err2, err3); err != nil || len(same) != 1 || same[0].Ticket != rc.Ticket || again.Ticket != rc.Ticket {
				t.Errorf("the receipt is %+v, by its Message-ID %+v: %v", rc, same, err)
			}
			counts, err := r.Counts()
			if got := fmt.Sprint(got, " receipt ", rc.Ticket, " new ", counts[ticket.OutcomeNew]); got != want || err != nil {
				t.Errorf("%s, must be %s: %v", got, want, err)
			}
		}
	}
	move := func(to uint64, seq uint32, of map[uint64]uint32) func(store.Tx) error {
		return func(tx store.Tx) error { return errors.Join(tx.MoveEntry(second.ID(), to, seq), entries(tx, of)) }
	}
	h.everywhere(move(1, 2, map[uint64]uint32{1: 2, 2: 0}), on("[1/1:16 1/2:32] receipt 1 new 2"))
	h.everywhere(move(1, 7, nil), on("[1/1:16 1/7:32] receipt 1 new 2")) // to where it is
	h.everywhere(move(2, 1, map[uint64]uint32{1: 1, 2: 1}), on("[1/1:16 2/1:32] receipt 2 new 2"))
	err := h.s.Update(store.Intake, func(tx store.Tx) error { return tx.MoveEntry(99, 1, 2) })
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an entry that is not there: %v", err)
	}
	// One that did not come in by mail has no receipt to follow it.
	h.update(func(tx store.Tx) error {
		note := ticket.Entry{ID: 1000, Ticket: 1, Seq: 2, Kind: ticket.Note, Text: "called"}
		return errors.Join(tx.PutEntry(&note), tx.MoveEntry(1000, 2, 2), entries(tx, map[uint64]uint32{2: 2}))
	})
	h.view(func(r store.Reader) error {
		on("[1/1:16 2/1:32 2/2:1000] receipt 2 new 2")(t, r)
		return nil
	})
}

// testMoveReceipt sees that the counters follow, within a group and over commits,
// and that a failed update moves nothing.
func testMoveReceipt(t *testing.T, h *house) {
	m := Mail{N: 1, RawSize: 10}
	counted := func(want string) func(testing.TB, store.Reader) {
		return func(t testing.TB, r store.Reader) {
			t.Helper()
			counts, err := r.Counts()
			rc, err2 := r.Receipt(m.ID())
			same, err3 := r.ReceiptsByMessageID(m.MessageID(), 2)
			if len(same) != 1 || same[0].Outcome != rc.Outcome {
				t.Errorf("by its Message-ID: %+v", same)
			}
			got := fmt.Sprintf("%s on %d: %d quarantined, %d new, %d held", rc.Outcome, rc.Ticket,
				counts[ticket.OutcomeQuarantined], counts[ticket.OutcomeNew], counts[ticket.OutcomeHeld])
			if err := errors.Join(err, err2, err3); got != want || err != nil {
				t.Errorf("%s, must be %s: %v", got, want, err)
			}
		}
	}
	h.everywhere(func(tx store.Tx) error {
		rc := m.Receipt(0)
		rc.Outcome = ticket.OutcomeQuarantined
		return errors.Join(tx.PutReceipt(&rc), tx.PutRaw(m.ID(), m.Raw(), nil))
	}, counted("quarantined on 0: 1 quarantined, 0 new, 0 held"))
	onTicket := func(outcome ticket.Outcome) func(store.Tx) error {
		return func(tx store.Tx) error {
			tk, e := m.Ticket(1), m.entry(1)
			_, err := tx.NewTicketNumber()
			return errors.Join(err, tx.PutTicket(&tk), tx.PutEntry(&e), tx.MoveReceipt(m.ID(), outcome, 1))
		}
	}
	failed := errors.New("fails on purpose")
	if err := h.s.Update(store.Intake, func(tx store.Tx) error {
		return errors.Join(onTicket(ticket.OutcomeNew)(tx), failed)
	}); !errors.Is(err, failed) {
		t.Error(err)
	}
	h.view(func(r store.Reader) error {
		counted("quarantined on 0: 1 quarantined, 0 new, 0 held")(t, r)
		return nil
	})
	h.everywhere(func(tx store.Tx) error { // there and back, twice, in one commit
		return errors.Join(onTicket(ticket.OutcomeHeld)(tx), tx.PutEvents([]ticket.Event{m.event(1)}),
			tx.MoveReceipt(m.ID(), ticket.OutcomeHeld, 1), tx.MoveReceipt(m.ID(), ticket.OutcomeNew, 1))
	}, counted("new on 1: 0 quarantined, 1 new, 0 held"))
	h.everywhere(func(tx store.Tx) error { return tx.MoveReceipt(m.ID(), ticket.OutcomeHeld, 1) }, counted("held on 1: 0 quarantined, 0 new, 1 held"))
	err := h.s.Update(store.Intake, func(tx store.Tx) error { return tx.MoveReceipt(99, ticket.OutcomeNew, 1) })
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a receipt that is not there: %v", err)
	}
}
