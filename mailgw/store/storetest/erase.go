package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// Keyed returns by what the mail is known after it was erased.
func (m Mail) Keyed() ticket.Erased {
	hash := func(of string) []byte {
		sum := sha256.Sum256([]byte("key" + of))
		return sum[:ticket.ErasedHash]
	}
	return ticket.Erased{MessageID: hash(m.MessageID()), Same: hash(m.MessageID() + " the same")}
}

// Needles returns what must not be found any more once the mail was erased and the
// store purged.
func (m Mail) Needles() [][]byte {
	own := randomBytes(m.N, m.RawSize)
	n := min(len(own)/3, 90)
	return [][]byte{own[:n], own[len(own)-n:], []byte(m.subject() + `"`)}
}

// Erase takes the mail out of the store as the pipeline would: its receipt stays
// with little in it, its words go from all that tells of it.
func (m Mail) Erase(tx store.Tx) error {
	rc, err := tx.Receipt(m.ID())
	if err != nil || rc.Erased != nil {
		return err
	}
	t, err := tx.Ticket(rc.Ticket)
	if err != nil {
		return err
	}
	e, err := tx.Entry(m.ID())
	if err != nil {
		return err
	}
	t.Subject, t.Requester, t.Address, t.People, t.LastIn = "erased", "", "", nil, ""
	e = ticket.Entry{ID: e.ID, Ticket: e.Ticket, Seq: e.Seq, Kind: e.Kind, At: e.At, Outcome: e.Outcome}
	err = errors.Join(tx.EraseMail(m.ID(), m.Keyed()), EraseClues(tx, map[ticket.ID]bool{m.ID(): true}), tx.PutTicket(&t), tx.PutEntry(&e),
		tx.ReplaceEvents(t.Number, []ticket.Event{{Ticket: t.Number, ID: m.ID(), At: rc.At, Who: "mailgw", What: "erased"}}))
	for i := range m.Rows {
		if gone := tx.DeleteOutgoing(m.RowID(i)); !errors.Is(gone, store.ErrNotFound) {
			err = errors.Join(err, gone)
		}
	}
	if gone := tx.DeleteDrawerItem(m.ID()); !errors.Is(gone, store.ErrNotFound) {
		err = errors.Join(err, gone)
	}
	return err
}

// Gone says what of an erased mail is there although nothing should be, or is
// missing; nil when all is as it should be.
func (m Mail) Gone(r store.Reader) error {
	rc, err := r.Receipt(m.ID())
	if err != nil {
		return fmt.Errorf("receipt of erased mail %d: %w", m.N, err)
	}
	keyed := m.Keyed()
	want := ticket.Receipt{ID: m.ID(), At: m.at(), Outcome: ticket.OutcomeNew, Ticket: rc.Ticket, Erased: &keyed}
	if d := gocmp.Diff(want, rc); d != "" {
		return fmt.Errorf("receipt of erased mail %d: %s", m.N, d)
	}
	if raw, err := r.Raw(m.ID()); !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("raw bytes of erased mail %d: %d, %w", m.N, len(raw), err)
	}
	if found, err := r.ReceiptsByMessageID(m.MessageID(), 9); err != nil || len(found) > 0 {
		return fmt.Errorf("erased mail %d is found by its Message-ID: %d times, %w", m.N, len(found), err)
	}
	whole := m.Receipt(1)
	if _, err := r.Repeated(whole.MessageID, whole.Author, whole.Hash); !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("erased mail %d is found by its content: %w", m.N, err)
	}
	if same, err := r.ErasedSame(keyed.Same); err != nil || same.ID != m.ID() {
		return fmt.Errorf("erased mail %d would not be known again: %s, %w", m.N, same.ID, err)
	}
	if found, err := r.ErasedByMessageID(keyed.MessageID, 9); err != nil || len(found) != 1 || found[0].ID != m.ID() {
		return fmt.Errorf("erased mail %d by the hash of its Message-ID: %d found, %w", m.N, len(found), err)
	}
	if v, err := r.Shown(view.MailRef{Ticket: rc.Ticket, Seq: 1}); !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("how the erased mail %d was shown: %.30q, %w", m.N, v, err)
	}
	for i := range m.Clues {
		if found, err := m.left(r, i); err != nil || found {
			return fmt.Errorf("clue %d of erased mail %d: %t, %w", i, m.N, found, err)
		}
	}
	return nil
}

// testEraseMail erases one of several mails that have much in common: it is gone,
// the others are whole, and so are the counts.
func testEraseMail(t *testing.T, h *house) {
	var mails []Mail
	for n := uint64(8); n < 16; n++ { // one group of files; two of clues
		mails = append(mails, Mail{N: n, RawSize: []int{200, 3000}[n%2], Rows: 1, Clues: MaxClues, Files: int(n % (MaxFiles + 1)), Drawer: n%2 == 0})
	}
	h.update(func(tx store.Tx) error {
		var errs []error
		for _, m := range mails {
			_, err := m.Put(tx)
			errs = append(errs, err, tx.PutTimer(store.TimerSender, m.ID(), m.at()), tx.PutTimer(store.TimerSender, m.ID(), m.at().Add(1e9)))
		}
		return errors.Join(errs...)
	})
	for gone := range mails {
		h.everywhere(func(tx store.Tx) error {
			// Again changes nothing, whatever hashes come with it.
			other := ticket.Erased{MessageID: make([]byte, ticket.ErasedHash), Same: make([]byte, ticket.ErasedHash)}
			return errors.Join(mails[gone].Erase(tx), tx.EraseMail(mails[gone].ID(), other), tx.EraseMail(mails[gone].ID(), ticket.Erased{}))
		}, func(t testing.TB, r store.Reader) {
			for i, m := range mails {
				var err error
				if i <= gone {
					err = m.Gone(r)
				} else {
					_, err = m.Present(r)
				}
				if err != nil {
					t.Error(err)
				}
			}
			timers := map[ticket.ID]int{}
			err := r.Timers(store.TimerSender, mails[7].at().Add(1e12), func(x store.Timer) bool { timers[x.Ref]++; return true })
			if err != nil || len(timers) != len(mails)-gone-1 {
				t.Errorf("timers of %d mails, must be %d: %v", len(timers), len(mails)-gone-1, err)
			}
			if counts, err := r.Counts(); err != nil || counts[ticket.OutcomeNew] != uint64(len(mails)) {
				t.Errorf("counts: %v %v", counts, err)
			}
			if _, err := r.ErasedSame(make([]byte, ticket.ErasedHash)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a hash that nobody gave first: %v", err)
			}
		})
	}
}

// testEraseErrors erases what is not there, without hashes, with wrong ones, and several with the same.
func testEraseErrors(t *testing.T, h *house) {
	a, b := bytes.Repeat([]byte{1}, ticket.ErasedHash), bytes.Repeat([]byte{2}, ticket.ErasedHash)
	h.loose = true // receipts without raw mails
	h.update(func(tx store.Tx) error {
		var errs []error
		for id := ticket.ID(1); id < 6; id++ {
			errs = append(errs, tx.PutReceipt(&ticket.Receipt{ID: id, Outcome: ticket.OutcomeHeld}))
		}
		return errors.Join(append(errs, tx.PutReceipt(&ticket.Receipt{ID: 6, Outcome: ticket.OutcomeDuplicate, Original: 2}))...)
	})
	h.everywhere(func(tx store.Tx) error {
		if err := tx.EraseMail(99, ticket.Erased{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("one that is not there: %v", err)
		}
		for _, k := range []ticket.Erased{{MessageID: a}, {Same: a}, {MessageID: a[1:], Same: b[1:]}, {MessageID: append(a[:16:16], 1), Same: append(a[:16:16], 1)}} {
			if err := tx.EraseMail(1, k); err == nil {
				t.Errorf("hashes %x and %x are taken", k.MessageID, k.Same)
			}
		}
		return errors.Join(tx.EraseMail(1, ticket.Erased{}), tx.EraseMail(6, ticket.Erased{MessageID: a, Same: b}), tx.EraseMail(2, ticket.Erased{MessageID: a, Same: b}), tx.EraseMail(3, ticket.Erased{MessageID: a, Same: a}))
	}, func(t testing.TB, r store.Reader) {
		for id, erased := range map[ticket.ID]bool{1: true, 2: true, 3: true, 4: false, 6: true} {
			if rc, err := r.Receipt(id); err != nil || (rc.Erased != nil) != erased {
				t.Errorf("receipt %d: erased %v, must be %t: %v", id, rc.Erased, erased, err)
			}
		}
		if rc, err := r.Receipt(6); err != nil || rc.Original != 2 {
			t.Errorf("the duplicate repeats %s: %v", rc.Original, err)
		}
		for limit, want := range [][]ticket.ID{nil, {2}, {2, 3}, {2, 3, 6}, {2, 3, 6}} {
			var got []ticket.ID
			found, err := r.ErasedByMessageID(a, limit)
			for _, rc := range found {
				got = append(got, rc.ID)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("at most %d: %d, must be %d: %v", limit, got, want, err)
			}
		}
		for want, same := range map[ticket.ID][]byte{2: b, 3: a} {
			if rc, err := r.ErasedSame(same); err != nil || rc.ID != want {
				t.Errorf("the same as %x is %s, must be %s: %v", same, rc.ID, want, err)
			}
		}
		for _, none := range [][]byte{nil, {}, a[:15], append(a[:16:16], 1), bytes.Repeat([]byte{3}, 16)} {
			_, err := r.ErasedSame(none)
			if found, ferr := r.ErasedByMessageID(none, 9); !errors.Is(err, store.ErrNotFound) || ferr != nil || len(found) > 0 {
				t.Errorf("by %x: %v, %v %v", none, err, found, ferr)
			}
		}
	})
}

// EraseClues deletes what some mails left.
func EraseClues(tx store.Tx, ids map[ticket.ID]bool) error {
	var theirs []store.Clue
	err := tx.AllClues(func(c store.Clue) bool {
		if ids[c.ID] {
			theirs = append(theirs, c)
		}
		return true
	})
	return errors.Join(err, tx.DeleteClues(theirs))
}

// testEraseClues removes those of some mails, and no other's.
func testEraseClues(t *testing.T, h *house) {
	h.loose = true // clues of mails that are not there
	h.update(func(tx store.Tx) error {
		var errs []error
		for i := range byte(60) {
			errs = append(errs, tx.PutClue("ab\xff"[i%3], [16]byte{i % 7}, ticket.ID(1+i%10)))
		}
		return errors.Join(errs...)
	})
	ids := map[ticket.ID]bool{1: true, 4: true, 10: true, 3: false, 77: true}
	h.everywhere(func(tx store.Tx) error { return errors.Join(EraseClues(tx, ids), EraseClues(tx, nil)) }, func(t testing.TB, r store.Reader) {
		seen := map[ticket.ID]bool{}
		if err := r.AllClues(func(c store.Clue) bool { seen[c.ID] = true; return true }); err != nil {
			t.Error(err)
		}
		if want := []ticket.ID{2, 3, 5, 6, 7, 8, 9}; !slices.Equal(slices.Sorted(maps.Keys(seen)), want) {
			t.Errorf("clues of %d, must be of %d", slices.Sorted(maps.Keys(seen)), want)
		}
	})
	one := store.Clue{Kind: 'a', ID: 3}
	h.update(func(tx store.Tx) error {
		return errors.Join(tx.PutClue('a', one.Key, 3), tx.PutClue('b', one.Key, 3), tx.PutClue('a', one.Key, 5))
	})
	h.everywhere(func(tx store.Tx) error { return tx.DeleteClues([]store.Clue{one, {Kind: 'z', ID: 3}}) }, func(t testing.TB, r store.Reader) {
		kept := map[store.Clue]bool{}
		if err := r.AllClues(func(c store.Clue) bool { kept[c] = true; return true }); err != nil {
			t.Error(err)
		}
		if kept[one] || !kept[store.Clue{Kind: 'b', ID: 3}] || !kept[store.Clue{Kind: 'a', ID: 5}] {
			t.Errorf("one clue was to go: %v", kept)
		}
	})
}

// testReplaceEvents writes the events of one ticket anew, between two others'.
func testReplaceEvents(t *testing.T, h *house) {
	h.loose = true
	event := func(number uint64, id ticket.ID, what string) ticket.Event {
		return ticket.Event{Ticket: number, ID: id, What: what}
	}
	h.update(func(tx store.Tx) error {
		var errs []error
		for n := uint64(1); n < 4; n++ {
			errs = append(errs, tx.PutTicket(&ticket.Ticket{Number: n}), tx.PutEvents([]ticket.Event{event(n, 10, "a"), event(n, 11, "b")}), tx.PutEvents([]ticket.Event{event(n, 20, "c")}))
		}
		return errors.Join(errs...)
	})
	look := func(want ...string) func(testing.TB, store.Reader) {
		return func(t testing.TB, r store.Reader) {
			for n := uint64(1); n < 4; n++ {
				var got []string
				events, err := r.Events(n)
				for _, e := range events {
					got = append(got, e.What)
				}
				if err != nil || fmt.Sprint(got) != want[n-1] {
					t.Errorf("events of ticket %d: %v, must be %s: %v", n, got, want[n-1], err)
				}
			}
		}
	}
	h.everywhere(func(tx store.Tx) error {
		if err := tx.ReplaceEvents(2, []ticket.Event{event(2, 10, "x"), event(3, 11, "y")}); err == nil {
			t.Error("an event of another ticket is taken")
		}
		return tx.ReplaceEvents(2, []ticket.Event{event(2, 10, "x"), event(2, 11, "y"), event(2, 20, "z")})
	}, look("[a b c]", "[x y z]", "[a b c]"))
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(tx.PutEvents([]ticket.Event{event(2, 30, "later")}), tx.ReplaceEvents(3, nil))
	}, look("[a b c]", "[x y z later]", "[]"))
	if err := h.s.Update(store.Intake, func(tx store.Tx) error { return tx.PutEvents([]ticket.Event{event(2, 10, "again")}) }); !errors.Is(err, store.ErrExists) {
		t.Errorf("events under the id of those: %v", err)
	}
}

// testDeleteMeta forgets a name, also one that is not there.
func testDeleteMeta(t *testing.T, h *house) {
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(tx.PutMeta("a", []byte("1")), tx.PutMeta("b", []byte("2")), tx.DeleteMeta("a"), tx.DeleteMeta("c"))
	}, func(t testing.TB, r store.Reader) {
		a, err := r.Meta("a")
		b, berr := r.Meta("b")
		if a != nil || string(b) != "2" || err != nil || berr != nil {
			t.Errorf("a is %q, b is %q: %v %v", a, b, err, berr)
		}
	})
}

// eraseOps are operations on few mails.
func eraseOps(id ticket.ID, number uint64, size int) []func(store.Tx) string {
	keyed := ticket.Erased{MessageID: bytes.Repeat([]byte{byte(number)}, ticket.ErasedHash), Same: bytes.Repeat([]byte{byte(size % 3)}, ticket.ErasedHash)}
	return []func(store.Tx) string{
		func(tx store.Tx) string { return say("erase", tx.EraseMail(id, keyed)) },
		func(tx store.Tx) string { return say("erase", tx.EraseMail(id, ticket.Erased{})) },
		func(tx store.Tx) string {
			return say("erase clues", EraseClues(tx, map[ticket.ID]bool{id: true, id + 1: true}))
		},
		func(tx store.Tx) string {
			clue := store.Clue{Kind: "ab\xff"[size%3], Key: [16]byte{byte(number)}, ID: id}
			return say("delete clues", tx.DeleteClues([]store.Clue{clue, {Kind: 'z', ID: id}}))
		},
		func(tx store.Tx) string {
			return say("replace events", tx.ReplaceEvents(number, []ticket.Event{{Ticket: number, ID: id, What: "one"}}))
		},
		func(tx store.Tx) string { return say("delete meta", tx.DeleteMeta(metaNames[size%len(metaNames)])) },
		func(tx store.Tx) string {
			rc, err := tx.ErasedSame(keyed.Same)
			return say(fmt.Sprint("erased ", rc.ID), err)
		},
		func(tx store.Tx) string {
			found, err := tx.ErasedByMessageID(keyed.MessageID, 1+size%3)
			return say(fmt.Sprint("erased ", len(found)), err)
		},
	}
}

func (m *model) EraseMail(id ticket.ID, keyed ticket.Erased) error {
	rc, err := m.Receipt(id)
	if err != nil || rc.Erased != nil {
		return err
	}
	m.receipts[id] = kept(ticket.Receipt{ID: id, At: rc.At, Outcome: rc.Outcome, Ticket: rc.Ticket, Original: rc.Original, Erased: &keyed})
	delete(m.raw, id)
	delete(m.shown, view.MailRef{Item: id})
	if e, ok := m.entries[id]; ok && e.Seq != 0 {
		delete(m.shown, view.MailRef{Ticket: e.Ticket, Seq: e.Seq})
	}
	maps.DeleteFunc(m.alone, func(x store.Timer, _ bool) bool { return x.Kind == store.TimerSender && x.Ref == id })
	return nil
}

func (m *model) DeleteClues(clues []store.Clue) error {
	for _, c := range clues {
		delete(m.clues, c)
	}
	return nil
}

func (m *model) ReplaceEvents(number uint64, events []ticket.Event) error {
	maps.DeleteFunc(m.events, func(k [2]uint64, _ []ticket.Event) bool { return k[0] == number })
	return m.PutEvents(events)
}

func (m *model) DeleteMeta(name string) error { delete(m.meta, name); return nil }

func (m *model) ErasedSame(same []byte) (ticket.Receipt, error) {
	found, err := m.erased(1, func(e *ticket.Erased) []byte { return e.Same }, same)
	if len(found) == 0 {
		return ticket.Receipt{}, errors.Join(err, store.ErrNotFound)
	}
	return found[0], err
}

func (m *model) ErasedByMessageID(hash []byte, limit int) ([]ticket.Receipt, error) {
	return m.erased(limit, func(e *ticket.Erased) []byte { return e.MessageID }, hash)
}

func (m *model) erased(limit int, of func(*ticket.Erased) []byte, hash []byte) (out []ticket.Receipt, err error) {
	err = inOrder(m.receipts, func(r ticket.Receipt) bool {
		if r.Erased != nil && bytes.Equal(of(r.Erased), hash) && len(out) < limit {
			out = append(out, r)
		}
		return true
	})
	return out, err
}
