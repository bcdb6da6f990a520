package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

func testNumbers(t *testing.T, h *house) {
	boom := errors.New("boom")
	for i := range uint64(5) {
		m := Mail{N: i + 1, RawSize: 1}
		err := h.s.Update(store.Intake, func(tx store.Tx) error {
			if _, err := tx.NewTicketNumber(); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatalf("the function's error came back as %v", err)
		}
		var n uint64
		h.update(func(tx store.Tx) (err error) { n, err = m.Put(tx); return err })
		if n != i+1 {
			t.Errorf("number %d, must be %d: one that failed was used up", n, i+1)
		}
		h.reopen()
	}
}

// testCallersBytes changes what it gave to the store and what it got from it.
func testCallersBytes(t *testing.T, h *house) {
	h.loose = true
	given := []byte("given")
	ev := []ticket.Event{{Ticket: 1, ID: 1, Who: "me"}}
	h.update(func(tx store.Tx) error {
		err := errors.Join(tx.PutMeta("m", given), tx.PutRaw(1, given, nil), tx.PutTicket(&ticket.Ticket{Number: 1}), tx.PutEvents(ev))
		copy(given, "XXXXX")
		ev[0].Who = "other"
		for range 3 {
			raw, err1 := tx.Raw(1)
			meta, err2 := tx.Meta("m")
			if string(raw) != "given" || string(meta) != "given" {
				return fmt.Errorf("read %q %q", raw, meta)
			}
			copy(raw, "YYYYY")
			copy(meta, "YYYYY")
			err = errors.Join(err, err1, err2)
		}
		return err
	})
	copy(given, "ZZZZZ")
	h.view(func(r store.Reader) error {
		raw, err1 := r.Raw(1)
		meta, err2 := r.Meta("m")
		events, err3 := r.Events(1)
		if string(raw) != "given" || string(meta) != "given" || len(events) != 1 || events[0].Who != "me" {
			t.Errorf("kept %q %q %v", raw, meta, events)
		}
		return errors.Join(err1, err2, err3)
	})
}

// testAtomic has many goroutines whose updates fail, panic or succeed after all
// their writes: the groups that they form must keep exactly the good ones.
func testAtomic(t *testing.T, h *house) {
	boom := errors.New("boom")
	var wg sync.WaitGroup
	for g := range uint64(8) {
		wg.Go(func() {
			for i := range uint64(30) {
				m := Mail{N: 1 + g*30 + i, RawSize: 50, Rows: 2, Promise: true, Shelf: "s"}
				err := h.s.Update(store.Class(i%2), func(tx store.Tx) error {
					if _, err := m.Put(tx); err != nil {
						return err
					}
					switch i % 3 {
					case 1:
						return boom
					case 2:
						panic(boom)
					}
					return nil
				})
				if (err == nil) != (i%3 == 0) || i%3 == 1 && !errors.Is(err, boom) {
					t.Errorf("mail %d: %v", m.N, err)
				}
			}
		})
	}
	wg.Wait()
	for range 2 {
		h.view(func(r store.Reader) error {
			for n := uint64(1); n <= 240; n++ {
				m := Mail{N: n, RawSize: 50, Rows: 2, Promise: true, Shelf: "s"}
				var err error
				if (n-1)%30%3 == 0 {
					_, err = m.Present(r)
				} else {
					err = m.Absent(r)
				}
				if err != nil {
					t.Error(err)
				}
			}
			counts, err := r.Counts()
			if counts[ticket.OutcomeNew] != 80 {
				t.Errorf("%d counted, must be 80", counts[ticket.OutcomeNew])
			}
			return err
		})
		h.reopen()
	}
}

// testSeesEarlier counts up from many goroutines: a lost update would lose a count.
func testSeesEarlier(t *testing.T, h *house) {
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 20 {
				if err := h.s.Update(store.Intake, countUp); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	h.view(func(r store.Reader) error {
		v, err := r.Meta("n")
		if string(v) != "200" {
			t.Errorf("counted to %s, must be 200", v)
		}
		return err
	})
}

// countUp adds one to the small value n.
func countUp(tx store.Tx) error {
	v, err := tx.Meta("n")
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(string(v)) // nothing yet: 0
	return tx.PutMeta("n", strconv.AppendInt(nil, int64(n)+1, 10))
}

// testSnapshot sees that a View stays on its state while updates are committed.
func testSnapshot(t *testing.T, h *house) {
	h.update(countUp)
	h.view(func(r store.Reader) error {
		for i := range uint64(50) {
			h.update(func(tx store.Tx) error {
				if _, err := (Mail{N: i + 1, RawSize: 5000}).Put(tx); err != nil {
					return err
				}
				return countUp(tx)
			})
		}
		if v, err := r.Meta("n"); string(v) != "1" || err != nil {
			t.Errorf("the view sees %s, must be 1: %v", v, err)
		}
		return Mail{N: 1}.Absent(r)
	})
}

// inOneGroup holds the engine inside of one update until all others are queued, so that they share a commit.
func (h *house) inOneGroup(queue ...func()) {
	inside, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	first := true
	wg.Go(func() {
		err := h.s.Update(store.Intake, func(store.Tx) error {
			if first {
				first = false
				close(inside)
				<-goOn
			}
			return nil
		})
		if err != nil {
			h.t.Error(err)
		}
	})
	<-inside
	for i, fn := range queue {
		wg.Go(fn)
		for h.e.Waiting(h.s) < i+1 {
			runtime.Gosched()
		}
	}
	close(goOn)
	wg.Wait()
}

// testGroupSees sees that an update reads what an earlier one of its group wrote.
func testGroupSees(t *testing.T, h *house) {
	m := Mail{N: 1, RawSize: 20, Rows: 1, Promise: true, Shelf: "s"}
	h.inOneGroup(
		func() {
			if err := h.s.Update(store.Intake, func(tx store.Tx) error { _, err := m.Put(tx); return err }); err != nil {
				t.Error(err)
			}
		},
		func() {
			err := h.s.Update(store.Intake, func(tx store.Tx) error {
				if counts, err := tx.Counts(); err != nil || counts[ticket.OutcomeNew] != 1 {
					return fmt.Errorf("counts %v: %w", counts, err)
				}
				if got := timers(t, tx, store.TimerOutbox, start.AddDate(1, 0, 0)); got != "[17]" {
					return fmt.Errorf("timers %s", got)
				}
				_, err := m.Present(tx)
				return err
			})
			if err != nil {
				t.Errorf("the second of the group: %v", err)
			}
		})
}

// testGroupUndo puts a failing and a panicking update between good ones.
func testGroupUndo(t *testing.T, h *house) {
	mail := func(n uint64) Mail { return Mail{N: n, RawSize: int(1000 * n), Rows: 1, Shelf: "s"} }
	update := func(n uint64, end func() error) func() {
		return func() {
			err := h.s.Update(store.Intake, func(tx store.Tx) error {
				for before := uint64(1); before < n; before++ {
					if before%2 == 0 {
						if err := mail(before).Absent(tx); err != nil {
							t.Error(err)
						}
					}
				}
				if _, err := mail(n).Put(tx); err != nil {
					return err
				}
				return end()
			})
			if (err == nil) != (n%2 == 1) {
				t.Errorf("update %d: %v", n, err)
			}
		}
	}
	fine := func() error { return nil }
	h.inOneGroup(update(1, fine), update(2, func() error { return errors.New("boom") }), update(3, fine), update(4, func() error { panic("boom") }), update(5, fine))
	h.reopen()
	h.view(func(r store.Reader) error {
		for n := uint64(1); n <= 5; n++ {
			var err error
			if n%2 == 1 {
				_, err = mail(n).Present(r)
			} else {
				err = mail(n).Absent(r)
			}
			if err != nil {
				t.Error(err)
			}
		}
		return nil
	})
}

// testIntakeFirst queues background work before arriving mail, and sees the mail run first.
func testIntakeFirst(t *testing.T, h *house) {
	var order []byte // of the last run of the group
	add := func(class store.Class, name byte) func() {
		return func() {
			err := h.s.Update(class, func(store.Tx) error { order = append(order, name); return nil })
			if err != nil {
				t.Error(err)
			}
		}
	}
	h.inOneGroup(add(store.Background, 'b'), add(store.Background, 'c'), add(store.Intake, 'i'), add(store.Intake, 'j'))
	if !bytes.Equal(order, []byte("ijbc")) {
		t.Errorf("run in the order %s, must be ijbc", order)
	}
}

func testClose(t *testing.T, h *house) {
	s := h.s
	h.close()
	if err := s.Update(store.Intake, func(store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("update after close: %v", err)
	}
	if err := s.View(func(store.Reader) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("view after close: %v", err)
	}
	if err := s.Close(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("second close: %v", err)
	}
}

// testCloseWhileQueued closes the store under load: an update either succeeds and stays, or says ErrClosed.
func testCloseWhileQueued(t *testing.T, h *house) {
	const n = 64
	var good [n + 1]bool
	var wg sync.WaitGroup
	for i := uint64(1); i <= n; i++ {
		wg.Go(func() {
			err := h.s.Update(store.Class(i%2), func(tx store.Tx) error { _, err := (Mail{N: i, RawSize: 10}).Put(tx); return err })
			if good[i] = err == nil; err != nil && !errors.Is(err, store.ErrClosed) {
				t.Error(err)
			}
		})
	}
	if err := h.s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	h.s = h.e.Open(t, h.dir)
	h.view(func(r store.Reader) error {
		for i := uint64(1); i <= n; i++ {
			err := Mail{N: i}.Absent(r)
			if good[i] {
				_, err = Mail{N: i, RawSize: 10}.Present(r)
			}
			if err != nil {
				t.Error(err)
			}
		}
		return nil
	})
}
