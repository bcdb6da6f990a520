package mailgw

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// unplace makes the store one of before there were folders.
func (h *house) unplace() {
	h.t.Helper()
	err := h.store.(*followed).Store.Update(store.Background, func(tx store.Tx) error {
		type at struct {
			shelf string
			uid   uint32
		}
		var places []at
		var names []string
		err := tx.Shelves("", func(name string, _ uint32) bool { names = append(names, name); return true })
		for _, name := range names {
			if err == nil {
				err = tx.Places(name, 0, func(p view.Place) bool { places = append(places, at{name, p.UID}); return true })
			}
		}
		for _, p := range places {
			if err == nil {
				err = tx.DeletePlace(p.shelf, p.uid)
			}
		}
		var numbers []uint64
		if err == nil {
			err = tx.Tickets(0, func(t ticket.Ticket) bool { numbers = append(numbers, t.Number); return true })
		}
		for _, n := range numbers {
			entries, eerr := tx.Entries(n)
			for i := range entries {
				if entries[i].Became != 0 && eerr == nil {
					entries[i].Became = 0
					eerr = tx.PutEntry(&entries[i])
				}
			}
			if err == nil {
				err = eerr
			}
		}
		if err == nil {
			err = tx.DeleteMeta(placedName)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// places are all places on shelves of one kind, by UID.
func (h *house) places(kind byte) (out []view.Place) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		var names []string
		err := r.Shelves(string(kind), func(name string, _ uint32) bool { names = append(names, name); return true })
		for _, name := range names {
			if err == nil {
				err = r.Places(name, 0, func(p view.Place) bool { out = append(out, p); return true })
			}
		}
		return err
	})
	slices.SortFunc(out, func(a, b view.Place) int { return int(a.UID) - int(b.UID) })
	return out
}

// A store of before there were folders gets the places at its first start, in the order of
// the tickets; a crash on the way costs nothing, and the next start does nothing.
func TestPlacesOfAStoreOfBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.deliver(mail{id: "one@acme.example"})
	h.flush()
	h.deliver(h.byAgent(anna, first.Ticket, "Please try it again."))
	h.flush()
	h.deliver(mail{id: "two@acme.example", subject: "Another matter"})
	h.do("ticket.note", ReplyArgs{Number: 2, As: "anna", Text: "He called."})
	h.want(h.deliver(intruder("one@acme.example")), ticket.OutcomeHeld)
	h.deliver(code())
	h.at(monday.Add(time.Hour))
	h.deliver(h.byAgent(anna, 2, "Does it work?")) // has not left
	h.unplace()
	h.verifyPlaces("no place, and no mark")

	// A crash after the first ticket.
	s := h.store.(*followed)
	if err := s.Update(store.Background, func(tx store.Tx) error { return placeTickets(tx.(*followedTx), []uint64{1}) }); err != nil {
		t.Fatal(err)
	}
	before := h.places(view.OfTickets)
	if len(before) == 0 {
		t.Fatal("ticket 1 has no places")
	}
	h.reopen()
	h.verify()
	after := h.places(view.OfTickets)
	if !slices.Equal(after[:len(before)], before) {
		t.Errorf("ticket 1 has other places after a crash:\n%+v\n%+v", before, after)
	}
	if !slices.IsSortedFunc(after, func(a, b view.Place) int { return int(a.Ticket) - int(b.Ticket) }) {
		t.Errorf("the places are not in the order of the tickets: %+v", after)
	}
	for kind, want := range map[byte]int{view.OfSent: 2, view.OfHeld: 1, view.OfJunk: 1} {
		if n := len(h.places(kind)); n != want {
			t.Errorf("%d places on shelves %q, not %d", n, kind, want)
		}
	}
	for _, p := range after {
		for seq := p.Seq; seq < p.Seq+p.Count; seq++ {
			if e := h.entryAt(p.Ticket, seq); e.ByAgent != "" && e.Kind == ticket.MailIn {
				t.Errorf("the mail %d of ticket %d is shown beside the answer made from it", seq, p.Ticket)
			}
		}
	}
	var version uint64
	h.view(func(r store.Reader) (err error) { version, err = r.PlaceVersion(); return err })
	h.reopen()
	h.view(func(r store.Reader) error {
		if v, _ := r.PlaceVersion(); v != version {
			t.Error("a second start wrote places")
		}
		return nil
	})
}

// verifyPlaces sees that nothing is said of places that are not there yet.
func (h *house) verifyPlaces(of string) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		problems, err := placeProblems(r, mostAstray)
		if len(problems) > 0 {
			h.t.Errorf("%s: %q", of, problems)
		}
		return err
	})
}

// entryAt is an entry by its number.
func (h *house) entryAt(number uint64, seq uint32) (e ticket.Entry) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		list, err := r.Entries(number)
		for i := range list {
			if list[i].Seq == seq {
				e = list[i]
			}
		}
		return err
	})
	return e
}

// What is wrong with places is found, and verify says so.
func TestPlacesAstray(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wrong func(store.Tx, view.Place) error
		want  string
	}{
		"gone": {func(tx store.Tx, p view.Place) error { return tx.DeletePlace(p.Shelf, p.UID) }, "stand the entries []"},
		"two":  {func(tx store.Tx, p view.Place) error { p.UID += 1000; return tx.PutPlace(&p) }, "stand the entries [1 1]"},
		"elsewhere": {func(tx store.Tx, p view.Place) error {
			p.Shelf = view.Shelf{Kind: view.OfTickets, Desk: "billing", Phase: view.Active}.String()
			p.UID += 1000
			return tx.PutPlace(&p)
		}, "billing"},
		"urgent":   {func(tx store.Tx, p view.Place) error { p.Urgent = true; return tx.PutPlace(&p) }, "urgent true"},
		"answered": {func(tx store.Tx, p view.Place) error { p.Answered = 1; return tx.PutPlace(&p) }, "answered true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &house{t: t, c: houseConfig(t, t.TempDir())}
			h.open(monday)
			defer h.Close()
			h.deliver(mail{})
			p := h.places(view.OfTickets)[0]
			h.update(func(tx store.Tx) error {
				_, err := tx.NewUIDs(2000)
				if err != nil {
					return err
				}
				return c.wrong(tx, p)
			})
			h.view(func(r store.Reader) error {
				problems, err := placeProblems(r, mostAstray)
				if !strings.Contains(strings.Join(problems, "\n"), c.want) {
					t.Errorf("%q is not among %q", c.want, problems)
				}
				return err
			})
			if _, err := h.try("verify", NoArgs{}); err == nil {
				t.Error("verify is content")
			}
		})
	}
}

// TestPlacesFigures prints how long the first start on a store of before takes;
// MAILGW_PLACED=100000 tickets.
func TestPlacesFigures(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("MAILGW_PLACED"))
	if err != nil {
		t.Skip("SKIPPED: figures of the first start; MAILGW_PLACED=100000 makes so many tickets and prints them")
	}
	h := &house{t: t, c: houseConfig(t, t.TempDir())}
	h.open(monday)
	h.fill(n)
	h.unplace()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	h.open(monday)
	took := time.Since(began)
	defer h.Close()
	h.verifyPlaces("after the first start")
	fmt.Printf("places: %d tickets got theirs in %s, the start in all\n", n, took.Round(time.Millisecond))
}
