package mailgw

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// ill are the names of the checks that fail.
func (h *house) ill() string {
	var names []string
	for _, c := range h.health() {
		if !c.OK {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, " ")
}

func (h *house) wantIll(want string) {
	h.t.Helper()
	if got := h.ill(); got != want {
		h.t.Errorf("not well: %q, want %q", got, want)
	}
}

// A notice that is for its reader's hours is not late, and hides no mail that cannot leave.
func TestHealthBehindANotice(t *testing.T) {
	h := newHouse(t)
	tomorrow := monday.Add(24 * time.Hour)
	h.update(func(tx store.Tx) error {
		return tx.PutOutgoing(&ticket.Outgoing{ID: 1, Kind: ticket.Notice, EnvelopeTo: []string{"anna@example.com"}, Date: tomorrow, NextAt: tomorrow, Facts: []byte("{}")})
	})
	h.at(monday.Add(2 * time.Hour))
	h.wantIll("")
	h.at(monday)
	h.deliver(mail{})
	h.at(monday.Add(time.Hour + time.Second))
	h.wantIll("outbox")
}

func TestHealth(t *testing.T) {
	h := newHouse(t)
	h.wantIll("")
	first := h.deliver(mail{})
	h.wantIll("")

	h.at(monday.Add(time.Hour))
	h.wantIll("")
	h.at(monday.Add(time.Hour + time.Second))
	h.wantIll("outbox")
	h.flush()
	h.wantIll("")

	err := h.store.Update(store.Background, func(tx store.Tx) error {
		return tx.PutDrawerItem(&ticket.DrawerItem{ID: first.ID, Kind: ticket.DrawerUnacknowledged, Ticket: first.Ticket, Desk: "support", DueAt: monday.Add(2 * time.Hour)})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.at(monday.Add(2*time.Hour + drawerGrace))
	h.wantIll("")
	h.at(monday.Add(2*time.Hour + drawerGrace + time.Second))
	h.wantIll("drawers")
	if err := h.store.Update(store.Background, func(tx store.Tx) error { return tx.DeleteDrawerItem(first.ID) }); err != nil {
		t.Fatal(err)
	}
	h.wantIll("")
}

// TestHealthSumLaw: an outcome too many or too few is seen.
func TestHealthSumLaw(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	h.deliver(mail{})
	for _, off := range []int{1, -1} {
		h.counters.accepted.Add(uint64(off))
		h.wantIll("sum_law")
		h.counters.accepted.Add(-uint64(off))
		h.wantIll("")
	}
	h.arrivals.begin() // committed, and not yet counted
	h.counters.accepted.Add(^uint64(0))
	h.wantIll("")
	h.counters.accepted.Add(1)
	h.arrivals.end()
}

// TestHealthWhileMailComesIn: the sum law holds at every instant.
func TestHealthWhileMailComesIn(t *testing.T) {
	h := newHouse(t)
	var arrived []func()
	for range 40 {
		a := h.arrival(mail{})
		arrived = append(arrived, func() {
			if err := h.Deliver(t.Context(), a); err != nil {
				t.Error(err)
			}
		})
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := i; j < len(arrived); j += 4 {
				arrived[j]()
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		if c := h.checkSum(); !c.OK {
			t.Error(c.Detail)
		}
	}
}

// brokenStore is a store in which nothing can be done.
type brokenStore struct{ err error }

func (f brokenStore) View(func(store.Reader) error) error            { return f.err }
func (f brokenStore) Update(store.Class, func(store.Tx) error) error { return f.err }
func (f brokenStore) Close() error                                   { return nil }

func TestHealthOfFailingStore(t *testing.T) {
	for _, c := range []struct {
		err  error
		says string
	}{
		{fmt.Errorf("%w: write /secret/path", store.ErrUnavailable), "the store cannot be written; the log says why"},
		{fmt.Errorf("%w: write /secret/path", store.ErrFull), "the disk is full"},
	} {
		h := newHouse(t)
		whole := h.store
		h.store = brokenStore{c.err}
		checks := h.health()
		h.store = whole
		for _, check := range checks {
			if check.OK && check.Name != "certificate" && check.Name != "search" || strings.Contains(check.Detail, "secret") {
				t.Errorf("%+v", check)
			}
			if check.Name == "store" && !strings.Contains(check.Detail, c.says) {
				t.Errorf("%q, want %q", check.Detail, c.says)
			}
		}
	}
}

// TestWriteCheck: one attempt at a time, at most every five seconds, and nobody waits
// for ever.
func TestWriteCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c writeCheck
		var writes atomic.Int64
		broken := errors.New("broken")
		write := func() error {
			if writes.Add(1) == 2 {
				return broken
			}
			return nil
		}
		ask := func(want error, n int64) {
			t.Helper()
			if err := c.ask(write); !errors.Is(err, want) || writes.Load() != n {
				t.Errorf("after %d writes: %v; want %d: %v", writes.Load(), err, n, want)
			}
		}
		ask(nil, 1)
		time.Sleep(writeEvery - time.Nanosecond)
		ask(nil, 1)
		time.Sleep(time.Nanosecond)
		ask(broken, 2)
		ask(broken, 2)
		time.Sleep(writeEvery)
		ask(nil, 3)

		time.Sleep(writeEvery)
		hang := make(chan struct{})
		stuck := func() error { writes.Add(1); <-hang; return nil }
		for range 3 {
			if err := c.ask(stuck); err != errSlowWrite {
				t.Errorf("a commit that hangs: %v", err)
			}
		}
		close(hang)
		synctest.Wait()
		ask(nil, 4)
	})
}
