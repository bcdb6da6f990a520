package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// testLanes sees that a row's timer carries its lane, whatever changes.
func testLanes(t *testing.T, h *house) {
	h.loose = true
	lanes := func(want string) func(testing.TB, store.Reader) {
		return func(t testing.TB, r store.Reader) {
			t.Helper()
			var got []string
			err := r.Timers(store.TimerOutbox, start.Add(time.Hour), func(x store.Timer) bool {
				got = append(got, fmt.Sprintf("%d %q", x.Ref, x.Lane))
				return true
			})
			if err != nil || fmt.Sprint(got) != want {
				t.Errorf("lanes %v, must be %s: %v", got, want, err)
			}
		}
	}
	put := func(id ticket.ID, minutes int, lane string) func(store.Tx) error {
		return func(tx store.Tx) error {
			return tx.PutOutgoing(&ticket.Outgoing{ID: id, Lane: lane, NextAt: start.Add(time.Duration(minutes) * time.Minute)})
		}
	}
	h.everywhere(put(1, 1, "a.example"), lanes(`[1 "a.example"]`))
	h.everywhere(put(2, 2, ""), lanes(`[1 "a.example" 2 ""]`))
	h.everywhere(put(3, 3, "a.example"), lanes(`[1 "a.example" 2 "" 3 "a.example"]`))
	h.everywhere(put(1, 1, "b.example"), lanes(`[1 "b.example" 2 "" 3 "a.example"]`)) // another lane, at the same time
	h.everywhere(put(1, 9, "bücher.example"), lanes(`[2 "" 3 "a.example" 1 "bücher.example"]`))
	h.everywhere(put(2, 2, "c\xff.example"), lanes(`[2 "c�.example" 3 "a.example" 1 "bücher.example"]`)) // as the row says it
	h.everywhere(put(3, 3, ""), lanes(`[2 "c�.example" 3 "" 1 "bücher.example"]`))
	h.everywhere(func(tx store.Tx) error { return tx.DeleteOutgoing(1) }, lanes(`[2 "c�.example" 3 ""]`))
	h.update(func(tx store.Tx) error {
		for i := range 3000 { // more than an engine may want to remember
			if err := put(ticket.ID(100+i), 0, fmt.Sprintf("d%d.example", i%1500))(tx); err != nil {
				return err
			}
		}
		return nil
	})
	h.view(func(r store.Reader) error {
		n := 0
		err := r.Timers(store.TimerOutbox, start, func(x store.Timer) bool {
			if want := fmt.Sprintf("d%d.example", n%1500); x.Ref != ticket.ID(100+n) || x.Lane != want {
				t.Errorf("timer %d is in lane %q, must be %q", x.Ref, x.Lane, want)
			}
			n++
			return !t.Failed()
		})
		if n != 3000 {
			t.Errorf("%d timers", n)
		}
		return err
	})
}

func testTicketPromises(t *testing.T, h *house) {
	h.loose = true
	put := func(id ticket.ID, number uint64, state promise.State) {
		t.Helper()
		h.update(func(tx store.Tx) error {
			tk := ticket.Ticket{Number: number}
			if err := tx.PutTicket(&tk); err != nil {
				return err
			}
			return tx.PutPromise(&promise.Promise{ID: id, Ticket: number, State: state, DueAt: start})
		})
	}
	of := func(number uint64, want string) {
		t.Helper()
		h.view(func(r store.Reader) error {
			all, err := r.TicketPromises(number)
			got := []string{}
			for _, p := range all {
				got = append(got, fmt.Sprintf("%d:%s", p.ID, p.State))
			}
			if fmt.Sprint(got) != want {
				t.Errorf("promises of ticket %d: %v, must be %s", number, got, want)
			}
			return err
		})
	}
	of(1, "[]")
	put(300, 1, promise.Open) // not in order of ID
	put(5, 1, promise.Kept)
	put(256, 1, promise.Withdrawn)
	put(7, 2, promise.Open)
	put(9, 1<<40, promise.Broken)
	for range 2 {
		of(0, "[]")
		of(1, "[5:kept 256:withdrawn 300:open]")
		of(2, "[7:open]")
		of(3, "[]")
		of(1<<40, "[9:broken]")
		h.reopen()
	}
	put(300, 1, promise.Kept)
	put(5, 2, promise.Kept) // goes to another ticket
	of(1, "[256:withdrawn 300:kept]")
	of(2, "[5:kept 7:open]")
}

// testDrawers sees items in order, each once, until they are taken out.
func testDrawers(t *testing.T, h *house) {
	h.loose = true
	kinds := []ticket.DrawerKind{ticket.DrawerHeld, ticket.DrawerJunk, ticket.DrawerUnacknowledged, ticket.DrawerUndelivered}
	h.update(func(tx store.Tx) error {
		for _, id := range []ticket.ID{300, 2, 70000, 1, 256} {
			d := ticket.DrawerItem{ID: id, Kind: kinds[id%4], Subject: fmt.Sprint("no ", id)}
			if err := tx.PutDrawerItem(&d); err != nil {
				return err
			}
			d.Subject = "changed by its owner"
		}
		return nil
	})
	list := func(r store.Reader, limit int) (ids []ticket.ID) {
		err := r.DrawerItems(func(d ticket.DrawerItem) bool {
			if d.Kind != kinds[d.ID%4] || d.Subject != fmt.Sprint("no ", d.ID) {
				t.Errorf("item %d is %+v", d.ID, d)
			}
			ids = append(ids, d.ID)
			return len(ids) < limit
		})
		if err != nil {
			t.Error(err)
		}
		return ids
	}
	for range 2 {
		h.view(func(r store.Reader) error {
			if got := list(r, 99); !slices.Equal(got, []ticket.ID{1, 2, 256, 300, 70000}) {
				t.Errorf("items %d", got)
			}
			if got := list(r, 2); !slices.Equal(got, []ticket.ID{1, 2}) {
				t.Errorf("told to stop at 2: %d", got)
			}
			if last, err := r.LastID(); err != nil || last != 70000 {
				t.Errorf("the last ID is %d: %v", last, err)
			}
			return nil
		})
		h.reopen()
	}
	h.everywhere(func(tx store.Tx) error { return tx.DeleteDrawerItem(256) }, func(t testing.TB, r store.Reader) {
		if got := list(r, 99); !slices.Equal(got, []ticket.ID{1, 2, 300, 70000}) {
			t.Errorf("items %d", got)
		}
	})
}

// testDrawerTimers sees that an item's timer follows its clock, beside those of others.
func testDrawerTimers(t *testing.T, h *house) {
	h.loose = true
	h.update(func(tx store.Tx) error {
		return tx.PutOutgoing(&ticket.Outgoing{ID: 4, NextAt: start, Lane: "example.net"})
	})
	put := func(id ticket.ID, due time.Time) func(store.Tx) error {
		return func(tx store.Tx) error {
			return tx.PutDrawerItem(&ticket.DrawerItem{ID: id, Kind: ticket.DrawerHeld, DueAt: due})
		}
	}
	remove := func(id ticket.ID) func(store.Tx) error {
		return func(tx store.Tx) error { return tx.DeleteDrawerItem(id) }
	}
	for _, step := range []struct {
		do   func(store.Tx) error
		want string // due in an hour
	}{
		{put(4, start), "[4]"}, // the same ID and time as the row's
		{put(5, time.Time{}), "[4]"},
		{put(6, start.Add(time.Minute)), "[4 6]"},
		{put(5, start.Add(-time.Minute)), "[5 4 6]"},
		{put(5, start.Add(time.Minute)), "[4 5 6]"},
		{put(6, start.Add(time.Hour+time.Millisecond)), "[4 5]"},
		{put(6, start.Add(time.Hour+time.Microsecond)), "[4 5 6]"}, // rounded down
		{put(5, time.Time{}), "[4 6]"},
		{put(5, time.Time{}), "[4 6]"},
		{put(4, start), "[4 6]"},
		{remove(5), "[4 6]"}, // had no timer
		{remove(4), "[6]"},
		{put(4, time.Unix(-1, 0)), "[4 6]"},
		{remove(6), "[4]"},
	} {
		h.everywhere(step.do, func(t testing.TB, r store.Reader) {
			t.Helper()
			if got := timers(t, r, store.TimerDrawer, start.Add(time.Hour)); got != step.want {
				t.Errorf("timers %s, must be %s", got, step.want)
			}
			if got := timers(t, r, store.TimerOutbox, start); got != "[4]" {
				t.Errorf("timers of rows: %s", got)
			}
		})
	}
}
