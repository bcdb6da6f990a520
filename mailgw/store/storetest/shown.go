package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// testShown sees that what is kept of how mails are shown is found, in order, and goes.
func testShown(t *testing.T, h *house) {
	h.has([]uint64{1, 2, 3, 256}, 1, 2)
	from := func(r store.Reader, number uint64, seq uint32, most int) string {
		var out []string
		err := r.ShownFrom(number, seq, func(seq uint32, v []byte) bool {
			out = append(out, fmt.Sprintf("%d=%.9s", seq, v))
			return len(out) < most
		})
		return fmt.Sprint(strings.Join(out, " "), err)
	}
	big := bytes.Repeat([]byte("<>\x00\xff"), 5000)
	put := func(tx store.Tx) (err error) {
		value := []byte("....")
		for _, ref := range []view.MailRef{{Ticket: 2, Seq: 1}, {Ticket: 1, Seq: 300}, {Ticket: 1, Seq: 2}, {Ticket: 1, Seq: math.MaxUint32}, {Item: 1}, {Item: 2}, {Ticket: 256, Seq: 1}} {
			copy(value, fmt.Sprintf("%d.%d", ref.Ticket, ref.Item))
			err = errors.Join(err, tx.PutShown(ref, value))
		}
		return errors.Join(err, tx.PutShown(view.MailRef{Ticket: 3, Seq: 1}, big), tx.PutShown(view.MailRef{Ticket: 3, Seq: 2}, nil))
	}
	h.everywhere(put, func(t testing.TB, r store.Reader) {
		for _, c := range []struct {
			number uint64
			seq    uint32
			most   int
			want   string
		}{
			{1, 0, 9, "2=1.0. 300=1.0. 4294967295=1.0.<nil>"}, {1, 3, 9, "300=1.0. 4294967295=1.0.<nil>"}, {1, 0, 1, "2=1.0.<nil>"},
			{1, math.MaxUint32, 9, "4294967295=1.0.<nil>"}, {2, 2, 9, "<nil>"}, {4, 0, 9, "<nil>"}, {0, 0, 9, "<nil>"},
		} {
			if got := from(r, c.number, c.seq, c.most); got != c.want {
				t.Errorf("ticket %d from %d on: %q, must be %q", c.number, c.seq, got, c.want)
			}
		}
		for ref, want := range map[view.MailRef][]byte{{Item: 2}: []byte("0.2."), {Ticket: 3, Seq: 1}: big, {Ticket: 3, Seq: 2}: {}} {
			if got, err := r.Shown(ref); err != nil || got == nil || !bytes.Equal(got, want) {
				t.Errorf("shown of %+v: %.20q %v", ref, got, err)
			}
		}
		for _, ref := range []view.MailRef{{Item: 3}, {Ticket: 1, Seq: 1}} {
			if _, err := r.Shown(ref); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("shown of %+v: %v", ref, err)
			}
		}
		for _, ref := range []view.MailRef{{}, {Ticket: 1}, {Ticket: 1, Seq: 1, Item: 1}, {Seq: 1}} {
			if _, err := r.Shown(ref); !errors.Is(err, store.ErrRef) {
				t.Errorf("shown of %+v: %v", ref, err)
			}
		}
	})
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(tx.DeleteShown(view.MailRef{Ticket: 1, Seq: 300}), tx.DeleteShown(view.MailRef{Ticket: 3}), tx.DeleteShown(view.MailRef{Item: 1}),
			tx.DeleteShown(view.MailRef{Ticket: 9}), tx.DeleteShown(view.MailRef{Item: 9}))
	}, func(t testing.TB, r store.Reader) {
		got := fmt.Sprint(from(r, 1, 0, 9), from(r, 2, 0, 9), from(r, 3, 0, 9), from(r, 256, 0, 9))
		if want := "2=1.0. 4294967295=1.0.<nil>1=2.0.<nil><nil>1=256.<nil>"; got != want {
			t.Errorf("left: %s, must be %s", got, want)
		}
		_, err := r.Shown(view.MailRef{Item: 1})
		_, err2 := r.Shown(view.MailRef{Item: 2})
		if !errors.Is(err, store.ErrNotFound) || err2 != nil {
			t.Errorf("of item 1 %v, of item 2 %v", err, err2)
		}
	})
}

// testMarks sees that each agent has marks of her own.
func testMarks(t *testing.T, h *house) {
	h.has([]uint64{2, 300})
	of := func(r store.Reader, agent string, most int) string {
		var out []string
		err := r.Marks(agent, func(of view.MailRef, v []byte) bool {
			out = append(out, fmt.Sprintf("%d/%d=%s", of.Ticket, of.Item, v))
			return len(out) < most
		})
		return fmt.Sprint(strings.Join(out, " "), err)
	}
	h.everywhere(func(tx store.Tx) error {
		mine := []byte("i7") // the caller's again after the call
		err := tx.PutMarks("a@b", view.MailRef{Item: 7}, mine)
		copy(mine, "no")
		return errors.Join(err, tx.PutMarks("a@b", view.MailRef{Ticket: 300}, []byte("t300")),
			tx.PutMarks("a@b", view.MailRef{Ticket: 2}, []byte("no")), tx.PutMarks("a@b", view.MailRef{Ticket: 2}, []byte("t2")),
			tx.PutMarks("a@b.c", view.MailRef{Ticket: 2}, []byte("c")), tx.PutMarks("a@", view.MailRef{Item: 7}, []byte("x")), tx.PutMarks("a@b", view.MailRef{Ticket: 9}, nil))
	}, func(t testing.TB, r store.Reader) {
		for agent, want := range map[string]string{"a@b": "2/0=t2 300/0=t300 0/7=i7<nil>", "a@b.c": "2/0=c<nil>", "a@": "0/7=x<nil>", "a": "<nil>", "": "<nil>"} {
			if got := of(r, agent, 9); got != want {
				t.Errorf("marks of %q: %s, must be %s", agent, got, want)
			}
		}
		if got := of(r, "a@b", 2); got != "2/0=t2 300/0=t300<nil>" {
			t.Errorf("two marks: %s", got)
		}
		for ref, want := range map[view.MailRef]string{{Ticket: 2}: "t2", {Item: 7}: "i7", {Ticket: 7}: "", {Item: 2}: ""} {
			if got, err := r.MarksOf("a@b", ref); err != nil || string(got) != want || want == "" && got != nil {
				t.Errorf("marks of %+v: %q %v", ref, got, err)
			}
		}
	})
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(tx.PutMarks("a@b", view.MailRef{Ticket: 2}, nil), tx.DeleteItem(7))
	}, func(t testing.TB, r store.Reader) {
		if got := of(r, "a@b", 9) + of(r, "a@b.c", 9) + of(r, "a@", 9); got != "300/0=t300<nil>2/0=c<nil><nil>" {
			t.Errorf("left: %s", got)
		}
	})
	for _, agent := range []string{"", "a\x00b"} {
		if err := h.s.Update(store.Intake, func(tx store.Tx) error { return tx.PutMarks(agent, view.MailRef{Ticket: 1}, []byte("x")) }); !errors.Is(err, store.ErrRef) {
			t.Errorf("agent %q: %v", agent, err)
		}
	}
}

// testDrafts sees that a draft is kept without a receipt, and goes wholly.
func testDrafts(t *testing.T, h *house) {
	const id, other = ticket.ID(900), ticket.ID(901)
	raw := randomBytes(5, 9000)
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(tx.PutDraft(id, []byte("first")), tx.PutDraft(id, raw), tx.PutDraft(other, raw[:10]), tx.PutShown(view.MailRef{Item: id}, raw[:200]),
			tx.PutMarks("a@b", view.MailRef{Item: id}, []byte("x")), placeNew(tx, view.Place{Shelf: "d", Item: id, Count: 1}), placeNew(tx, view.Place{Shelf: "x", Item: id, Count: 1}),
			placeNew(tx, view.Place{Shelf: "d", Item: other, Count: 1}))
	}, func(t testing.TB, r store.Reader) {
		if got, err := r.Raw(id); err != nil || !bytes.Equal(got, raw) {
			t.Errorf("the draft: %.20q %v", got, err)
		}
		if last, err := r.LastID(); err != nil || last != other {
			t.Errorf("the last ID is %s: %v", last, err)
		}
	})
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(tx.DeleteDraft(id), tx.DeleteDraft(id), tx.DeleteDraft(999))
	}, func(t testing.TB, r store.Reader) {
		if _, err := r.Raw(id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("its bytes: %v", err)
		}
		if _, err := r.Shown(view.MailRef{Item: id}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("how it was shown: %v", err)
		}
		if m, err := r.MarksOf("a@b", view.MailRef{Item: id}); err != nil || m != nil {
			t.Errorf("its marks: %q %v", m, err)
		}
		if p, err := r.ItemPlaces(id); err != nil || len(p) != 0 {
			t.Errorf("its places: %v %v", p, err)
		}
		if got := uidsFrom(t, r, "d", 0, 9) + uidsFrom(t, r, "x", 0, 9); got != "3+1" {
			t.Errorf("on the shelves: %s", got)
		}
	})
	m := Mail{N: 3, RawSize: 50}
	h.update(func(tx store.Tx) error { _, err := m.Put(tx); return err })
	for _, write := range []func(store.Tx) error{
		func(tx store.Tx) error { return tx.PutDraft(m.ID(), raw) },
		func(tx store.Tx) error { return tx.DeleteDraft(m.ID()) },
	} {
		if err := h.s.Update(store.Intake, write); !errors.Is(err, store.ErrExists) {
			t.Errorf("an accepted mail was taken for a draft: %v", err)
		}
	}
}

// testEraseShown sees that of an erased mail nothing is left of how it was shown.
func testEraseShown(t *testing.T, h *house) {
	m := Mail{N: 1, RawSize: 50}
	h.everywhere(func(tx store.Tx) error {
		n, err := m.Put(tx)
		return errors.Join(err, tx.PutShown(view.MailRef{Ticket: n, Seq: 1}, []byte("x")), tx.PutShown(view.MailRef{Item: m.ID()}, []byte("x")),
			tx.EraseMail(m.ID(), ticket.Erased{}))
	}, func(t testing.TB, r store.Reader) {
		for _, ref := range []view.MailRef{{Ticket: 1, Seq: 1}, {Item: m.ID()}} {
			if _, err := r.Shown(ref); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("shown of %+v: %v", ref, err)
			}
		}
	})
}

// placeNew writes a place under the next UIDs.
func placeNew(tx store.Tx, p view.Place) (err error) {
	if p.UID, err = tx.NewUIDs(p.Count); err != nil {
		return err
	}
	return tx.PutPlace(&p)
}
