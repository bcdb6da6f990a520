package storetest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// has writes what the places of a test lead to, no more than is needed for that.
func (h *house) has(tickets []uint64, items ...ticket.ID) {
	h.t.Helper()
	h.loose = true
	h.update(func(tx store.Tx) (err error) {
		for _, n := range tickets {
			err = errors.Join(err, tx.PutTicket(&ticket.Ticket{Number: n}))
		}
		for _, id := range items {
			err = errors.Join(err, tx.PutDrawerItem(&ticket.DrawerItem{ID: id}))
		}
		return err
	})
}

// uidsFrom returns the UIDs and counts of a shelf's places from one on, at most so many.
func uidsFrom(t testing.TB, r store.Reader, shelf string, from uint32, most int) string {
	t.Helper()
	var out []string
	err := r.Places(shelf, from, func(p view.Place) bool {
		out = append(out, fmt.Sprintf("%d+%d", p.UID, p.Count))
		return len(out) < most
	})
	if err != nil {
		t.Errorf("places on %q from %d on: %v", shelf, from, err)
	}
	return strings.Join(out, " ")
}

// testPlaces sees that places are found by shelf and UID, and by whose they are.
func testPlaces(t *testing.T, h *house) {
	h.has([]uint64{1, 2, math.MaxUint64}, 77, math.MaxUint64)
	all := []view.Place{
		{Shelf: "a", UID: 3, Count: 4, Ticket: 1, Seq: 1, Customer: 1 << 40, Answered: 1 << 31, Urgent: true},
		{Shelf: "a", UID: 9, Count: 1, Ticket: 2, Seq: 7, Overdue: true},
		{Shelf: "a", UID: math.MaxUint32, Count: 1, Ticket: math.MaxUint64, Seq: math.MaxUint32, Customer: math.MaxUint64, Answered: math.MaxUint32},
		{Shelf: "a\x01", UID: 8, Count: 1, Item: 77, Customer: 5},
		{Shelf: "ab", UID: 7, Count: 1, Ticket: 1, Seq: 5},
		{Shelf: "b", UID: 2, Count: 1, Item: math.MaxUint64, Urgent: true, Overdue: true},
	}
	h.everywhere(func(tx store.Tx) (err error) {
		for _, p := range slices.Backward(all) {
			err = errors.Join(err, tx.PutPlace(&p))
			p = view.Place{} // the caller's again
		}
		return err
	}, func(t testing.TB, r store.Reader) {
		var got []view.Place
		err := r.Shelves("", func(shelf string, _ uint32) bool {
			return r.Places(shelf, 0, func(p view.Place) bool { got = append(got, p); return true }) == nil
		})
		if d := gocmp.Diff(all, got); err != nil || d != "" {
			t.Errorf("the places: %v\n%s", err, d)
		}
		for _, c := range []struct {
			shelf string
			from  uint32
			most  int
			want  string
		}{
			{"a", 1, 9, "3+4 9+1 4294967295+1"}, {"a", 6, 9, "3+4 9+1 4294967295+1"}, {"a", 7, 9, "9+1 4294967295+1"},
			{"a", 9, 1, "9+1"}, {"a", 10, 9, "4294967295+1"}, {"a", math.MaxUint32, 9, "4294967295+1"},
			{"ab", 7, 9, "7+1"}, {"ab", 8, 9, ""}, {"", 0, 9, ""}, {"aa", 0, 9, ""}, {"b", 3, 9, ""}, {"c", 0, 9, ""}, {"\x00", 1, 9, ""},
		} {
			if got := uidsFrom(t, r, c.shelf, c.from, c.most); got != c.want {
				t.Errorf("on %q from %d on: %s, must be %s", c.shelf, c.from, got, c.want)
			}
		}
		of, err := r.TicketPlaces(1)
		if d := gocmp.Diff([]view.Place{all[0], all[4]}, of); err != nil || d != "" {
			t.Errorf("the places of ticket 1: %v\n%s", err, d)
		}
		for id, want := range map[ticket.ID][]view.Place{77: {all[3]}, math.MaxUint64: {all[5]}, 1: nil, 0: nil} {
			if of, err := r.ItemPlaces(id); err != nil || gocmp.Diff(want, of, equal) != "" {
				t.Errorf("the places of %s: %v %v", id, of, err)
			}
		}
	})
	// Written again under its UID, a place can be another ticket's.
	h.everywhere(func(tx store.Tx) error {
		return tx.PutPlace(&view.Place{Shelf: "a", UID: 3, Count: 2, Ticket: 2, Seq: 1})
	}, func(t testing.TB, r store.Reader) {
		one, err := r.TicketPlaces(1)
		two, err2 := r.TicketPlaces(2)
		if err != nil || err2 != nil || len(one) != 1 || len(two) != 2 || two[0].Count != 2 || two[0].Urgent {
			t.Errorf("of ticket 1: %v %v, of ticket 2: %v %v", one, err, two, err2)
		}
	})
	for _, p := range []view.Place{
		{UID: 1, Count: 1, Ticket: 1, Seq: 1}, {Shelf: "a\x00b", UID: 1, Count: 1, Ticket: 1, Seq: 1}, {Shelf: "a", Count: 1, Ticket: 1, Seq: 1},
		{Shelf: "a", UID: 1, Ticket: 1, Seq: 1}, {Shelf: "a", UID: 1, Count: 1, Ticket: 1}, {Shelf: "a", UID: 1, Count: 1, Seq: 1},
		{Shelf: "a", UID: 1, Count: 1, Ticket: 1, Item: 1}, {Shelf: "a", UID: 1, Count: 2, Item: 1}, {Shelf: "a", UID: 1, Count: 1},
		{Shelf: "a", UID: math.MaxUint32, Count: 2, Ticket: 1, Seq: 1}, {Shelf: "a", UID: 1, Count: 2, Ticket: 1, Seq: math.MaxUint32},
	} {
		if err := h.s.Update(store.Intake, func(tx store.Tx) error { return tx.PutPlace(&p) }); !errors.Is(err, store.ErrPlace) {
			t.Errorf("%+v was taken: %v", p, err)
		}
	}
}

// testShelves sees that a shelf knows the highest UID that it ever had, also when it is empty.
func testShelves(t *testing.T, h *house) {
	h.has([]uint64{1})
	shelves := func(r store.Reader, prefix string, most int) string {
		var out []string
		err := r.Shelves(prefix, func(shelf string, top uint32) bool {
			out = append(out, fmt.Sprintf("%s %d", shelf, top))
			return len(out) < most
		})
		return fmt.Sprint(strings.Join(out, ", "), err)
	}
	put := func(shelf string, uid, count uint32) func(store.Tx) error {
		return func(tx store.Tx) error {
			return tx.PutPlace(&view.Place{Shelf: shelf, UID: uid, Count: count, Ticket: 1, Seq: 1})
		}
	}
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(put("t\x1fa\x1f", 5, 3)(tx), put("t\x1fab\x1f", 4, 1)(tx), put("t\x1fa\x1fx", 9, 1)(tx), put("t\x1fa\x1f", 1, 1)(tx), put("u", 1, 1)(tx))
	}, func(t testing.TB, r store.Reader) {
		for prefix, want := range map[string]string{
			"": "t\x1fa\x1f 7, t\x1fa\x1fx 9, t\x1fab\x1f 4, u 1<nil>", "t\x1fa\x1f": "t\x1fa\x1f 7, t\x1fa\x1fx 9<nil>", "t": "t\x1fa\x1f 7, t\x1fa\x1fx 9, t\x1fab\x1f 4<nil>",
			"u": "u 1<nil>", "uu": "<nil>", "v": "<nil>", "i": "<nil>",
		} {
			if got := shelves(r, prefix, 9); got != want {
				t.Errorf("shelves %q: %q, must be %q", prefix, got, want)
			}
		}
		if got, want := shelves(r, "t", 2), "t\x1fa\x1f 7, t\x1fa\x1fx 9<nil>"; got != want {
			t.Errorf("two shelves: %q, must be %q", got, want)
		}
	})
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(tx.DeletePlace("t\x1fa\x1f", 5), tx.DeletePlace("t\x1fa\x1f", 1), put("u", 3, 1)(tx), tx.DeletePlace("u", 3))
	}, func(t testing.TB, r store.Reader) {
		if got, want := shelves(r, "", 9), "t\x1fa\x1f 7, t\x1fa\x1fx 9, t\x1fab\x1f 4, u 3<nil>"; got != want {
			t.Errorf("emptied shelves: %q, must be %q", got, want)
		}
		if got := uidsFrom(t, r, "t\x1fa\x1f", 0, 9); got != "" {
			t.Errorf("an empty shelf has %s", got)
		}
		if of, err := r.TicketPlaces(1); err != nil || len(of) != 3 {
			t.Errorf("places of the ticket: %v %v", of, err)
		}
	})
	for _, c := range []struct {
		shelf string
		uid   uint32
	}{{"u", 3}, {"t\x1fa\x1f", 6}, {"", 1}, {"u", math.MaxUint32}} {
		if err := h.s.Update(store.Intake, func(tx store.Tx) error { return tx.DeletePlace(c.shelf, c.uid) }); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("UID %d of %q was removed: %v", c.uid, c.shelf, err)
		}
	}
}

// testUIDs sees that no UID is given twice, whatever happens, and that an Update which
// writes places is counted once.
func testUIDs(t *testing.T, h *house) {
	h.has([]uint64{1}, 1)
	look := func(want uint32, version uint64) func(testing.TB, store.Reader) {
		return func(t testing.TB, r store.Reader) {
			t.Helper()
			last, err := r.LastUID()
			v, err2 := r.PlaceVersion()
			if err != nil || err2 != nil || last != want || v != version {
				t.Errorf("last UID %d, must be %d; version %d, must be %d: %v %v", last, want, v, version, err, err2)
			}
		}
	}
	h.view(func(r store.Reader) error { look(0, 0)(t, r); return nil })
	take := func(n, want uint32) func(store.Tx) error {
		return func(tx store.Tx) error {
			if first, err := tx.NewUIDs(n); err != nil || first != want {
				return fmt.Errorf("%d UIDs from %d on, must be from %d on: %w", n, first, want, err)
			}
			return nil
		}
	}
	place := func(uid uint32) func(store.Tx) error {
		return func(tx store.Tx) error {
			return tx.PutPlace(&view.Place{Shelf: "a", UID: uid, Count: 1, Ticket: 1, Seq: uid})
		}
	}
	h.everywhere(func(tx store.Tx) error { return errors.Join(take(1, 1)(tx), take(3, 2)(tx)) }, look(4, 0))
	h.everywhere(func(tx store.Tx) error { return errors.Join(place(1)(tx), place(2)(tx), tx.DeletePlace("a", 2)) }, look(4, 1))
	h.everywhere(func(tx store.Tx) error { return tx.DeletePlace("a", 1) }, look(4, 2))
	h.everywhere(func(tx store.Tx) error {
		return errors.Join(tx.PutShown(view.MailRef{Item: 1}, []byte("x")), tx.PutMarks("a", view.MailRef{Item: 1}, []byte("x")), tx.DeleteItem(2))
	}, look(4, 2)) // these are no places
	h.view(func(r store.Reader) error { look(4, 2)(t, r); return nil })
	undone := errors.New("undone")
	err := h.s.Update(store.Intake, func(tx store.Tx) error { return errors.Join(take(9, 5)(tx), place(5)(tx), undone) })
	if !errors.Is(err, undone) {
		t.Error(err)
	}
	h.everywhere(take(1, 5), look(5, 2))
	for _, n := range []uint32{0, math.MaxUint32 - 4, math.MaxUint32} {
		if err := h.s.Update(store.Intake, func(tx store.Tx) error { _, err := tx.NewUIDs(n); return err }); !errors.Is(err, store.ErrNoUIDs) {
			t.Errorf("%d UIDs behind 5: %v", n, err)
		}
	}
	h.everywhere(take(math.MaxUint32-5, 6), look(math.MaxUint32, 2)) // the last ones
}

// testPlaceVersions sees that each Update of a commit counts for itself.
func testPlaceVersions(t *testing.T, h *house) {
	h.has([]uint64{1})
	const writers = 50
	versions := make(chan uint64, writers)
	errs := make(chan error, writers)
	for i := range writers {
		go func() {
			var v uint64
			err := h.s.Update(store.Intake, func(tx store.Tx) (err error) {
				if i%3 == 0 { // one that writes none
					return tx.PutMeta("a", []byte("x"))
				}
				err = tx.PutPlace(&view.Place{Shelf: "a", UID: uint32(i + 1), Count: 1, Ticket: 1, Seq: 1})
				v, _ = tx.PlaceVersion()
				return errors.Join(err, tx.DeletePlace("a", uint32(i+1)))
			})
			versions <- v
			errs <- err
		}()
	}
	seen, most := map[uint64]bool{}, uint64(0)
	for range writers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
		if v := <-versions; v != 0 {
			if seen[v] {
				t.Errorf("two Updates have version %d", v)
			}
			seen[v], most = true, max(most, v)
		}
	}
	h.view(func(r store.Reader) error {
		v, err := r.PlaceVersion()
		if uint64(len(seen)) != most || v != most {
			t.Errorf("%d Updates wrote places, the last has version %d, and the store %d", len(seen), most, v)
		}
		return err
	})
}
