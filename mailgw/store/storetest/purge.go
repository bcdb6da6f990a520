package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"supportgw/mailgw/store"
)

// purge purges a store that can, and fails the test when that fails.
func (h *house) purge() {
	h.t.Helper()
	p, ok := h.s.(store.Purger)
	if !ok {
		return
	}
	if rep, err := p.Purge(nil); err != nil {
		h.t.Fatalf("purge: %+v: %v", rep, err)
	}
}

// testPurge erases mails, purges, and goes on, again and again: those that are
// erased are nowhere on the disk, the others are whole.
func testPurge(t *testing.T, h *house) {
	if _, ok := h.s.(store.Purger); !ok {
		t.Skip("this engine does not purge")
	}
	mail := func(n uint64) Mail {
		return Mail{N: n, RawSize: 600 + int(n%3)*900, Rows: 1, Clues: int(n % (MaxClues + 1)), Files: int(n % 2 * (n % 4)), Drawer: n%2 == 1, Shelf: "s"}
	}
	erased := map[uint64]bool{}
	r := rand.New(rand.NewPCG(1, 1))
	for round := range uint64(3) {
		for n := round*12 + 1; n <= round*12+12; n++ {
			h.update(func(tx store.Tx) error { _, err := mail(n).Put(tx); return err })
		}
		for range 5 {
			n := 1 + r.Uint64N(round*12+12)
			erased[n] = true
			h.update(mail(n).Erase)
		}
		h.purge()
		look := func(r store.Reader) error {
			for n := uint64(1); n <= round*12+12; n++ {
				_, err := mail(n).Present(r)
				if erased[n] {
					err = mail(n).Gone(r)
				}
				if err != nil {
					t.Error(err)
				}
			}
			return nil
		}
		h.view(look)
		for n := range erased {
			for _, needle := range mail(n).Needles() {
				if found := onDisk(t, h.dir, needle); found > 0 {
					t.Errorf("round %d: %.30q… of erased mail %d is found %d times", round, needle, n, found)
				}
			}
		}
		if round%2 == 1 {
			h.reopen()
			h.view(look)
		}
	}
}

// testPurgeWhileBusy purges while mail arrives, leaves and is read: nobody gets an error.
func testPurgeWhileBusy(t *testing.T, h *house) {
	p, ok := h.s.(store.Purger)
	if !ok {
		t.Skip("this engine does not purge")
	}
	mail := func(n uint64) Mail {
		return Mail{N: n, RawSize: 500 + int(n%4)*1500, Clues: 1, Files: int(n % 4)}
	}
	const before = 24
	for n := uint64(1); n <= before; n++ {
		h.update(func(tx store.Tx) error { _, err := mail(n).Put(tx); return err })
	}
	var (
		wg   sync.WaitGroup
		stop atomic.Bool
		next atomic.Uint64
	)
	next.Store(before)
	for g := range 3 {
		wg.Go(func() {
			for i := uint64(g); !stop.Load() || i < 18; i += 3 {
				n := next.Add(1)
				if err := h.s.Update(store.Intake, func(tx store.Tx) error { _, err := mail(n).Put(tx); return err }); err != nil {
					t.Error(err)
				}
				if n%3 == 0 { // erases old and new ones
					gone := mail(n - before + 10)
					err := h.s.Update(store.Background, func(tx store.Tx) error {
						if err := gone.Erase(tx); !errors.Is(err, store.ErrNotFound) {
							return err
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
				if err := h.s.View(func(r store.Reader) error { return readAll(r, before) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		if rep, err := p.Purge(nil); err != nil {
			t.Errorf("purge: %+v: %v", rep, err)
		}
	}
	stop.Store(true)
	wg.Wait()
}

// readAll reads the first mails, those at least that are not erased in the state that is read.
func readAll(r store.Reader, mails uint64) error {
	for n := uint64(1); n <= mails; n++ {
		m := Mail{N: n}
		rc, err := r.Receipt(m.ID())
		if err != nil {
			return err
		}
		raw, err := r.Raw(m.ID())
		if gone := errors.Is(err, store.ErrNotFound); gone == (rc.Erased != nil) && (gone || err == nil && len(raw) == rc.Size) {
			continue
		}
		return fmt.Errorf("mail %d, erased %t: %d bytes of %d: %w", n, rc.Erased != nil, len(raw), rc.Size, err)
	}
	return nil
}
