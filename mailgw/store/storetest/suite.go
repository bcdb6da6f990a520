// Package storetest is the suite that every engine of package store must pass.
// It also makes the mails that engines' own tests write (see [Mail]). It is
// imported by tests only; nothing in it outlives the test that called it.
package storetest

import (
	"testing"

	"supportgw/mailgw/store"
)

// Engine is what the suite needs of an engine.
type Engine struct {
	// Open opens the store that is kept under dir, or makes it. A second call
	// after Close finds what the first one left.
	Open func(t testing.TB, dir string) store.Store
	// Waiting returns how many Updates are queued behind the commit that runs.
	Waiting func(store.Store) int
}

// checker is an engine that can check itself.
type checker interface{ Check() []error }

// Run runs the whole suite.
func Run(t *testing.T, e Engine) {
	for name, test := range map[string]func(*testing.T, *house){
		"Empty":            testEmpty,
		"RoundTrip":        testRoundTrip,
		"LookUpErrors":     testLookUpErrors,
		"Paging":           testPaging,
		"MessageIDs":       testMessageIDs,
		"Repeated":         testRepeated,
		"OutgoingTimers":   testOutgoingTimers,
		"PromiseTimers":    testPromiseTimers,
		"OldTimers":        testOldTimers,
		"Lanes":            testLanes,
		"TicketPromises":   testTicketPromises,
		"Drawers":          testDrawers,
		"DrawerTimers":     testDrawerTimers,
		"MoveEntry":        testMoveEntry,
		"MoveReceipt":      testMoveReceipt,
		"Clues":            testClues,
		"Files":            testFiles,
		"FilesOnce":        testFilesOnce,
		"FileRanges":       testFileRanges,
		"FileOfFailed":     testFileOfFailed,
		"Unreachable":      testUnreachable,
		"EraseMail":        testEraseMail,
		"EraseErrors":      testEraseErrors,
		"EraseClues":       testEraseClues,
		"ReplaceEvents":    testReplaceEvents,
		"DeleteMeta":       testDeleteMeta,
		"Customers":        testCustomers,
		"OpenTickets":      testOpenTickets,
		"Assigned":         testAssigned,
		"Places":           testPlaces,
		"Shelves":          testShelves,
		"UIDs":             testUIDs,
		"PlaceVersions":    testPlaceVersions,
		"Shown":            testShown,
		"Marks":            testMarks,
		"Drafts":           testDrafts,
		"EraseShown":       testEraseShown,
		"Purge":            testPurge,
		"PurgeWhileBusy":   testPurgeWhileBusy,
		"Numbers":          testNumbers,
		"CallersBytes":     testCallersBytes,
		"Atomic":           testAtomic,
		"SeesEarlier":      testSeesEarlier,
		"Snapshot":         testSnapshot,
		"GroupSees":        testGroupSees,
		"GroupUndo":        testGroupUndo,
		"IntakeFirst":      testIntakeFirst,
		"Close":            testClose,
		"CloseWhileQueued": testCloseWhileQueued,
		"Model":            testModel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newHouse(t, e))
		})
	}
}

// house is an open store of one test, which is checked when the test ends.
type house struct {
	t     testing.TB
	e     Engine
	dir   string
	s     store.Store
	loose bool // what is written makes no sense together: Verify would say so
}

func newHouse(t testing.TB, e Engine) *house {
	h := &house{t: t, e: e, dir: t.TempDir()}
	h.s = e.Open(t, h.dir)
	t.Cleanup(func() {
		if h.s == nil {
			h.s = e.Open(t, h.dir)
		}
		Check(t, h.s, !h.loose)
		if err := h.s.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// Check fails the test when the store finds itself damaged, or, with verify, its
// data wrong.
func Check(t testing.TB, s store.Store, verify bool) {
	t.Helper()
	if c, ok := s.(checker); ok {
		for _, err := range c.Check() {
			t.Errorf("consistency check: %v", err)
		}
	}
	if !verify {
		return
	}
	err := s.View(func(r store.Reader) error {
		rep, err := store.Verify(r, nil)
		for _, p := range rep.Problems {
			t.Errorf("verify: %s", p)
		}
		return err
	})
	if err != nil {
		t.Errorf("verify: %v", err)
	}
}

// reopen closes the store and opens it again.
func (h *house) reopen() {
	h.t.Helper()
	h.close()
	h.s = h.e.Open(h.t, h.dir)
}

func (h *house) close() {
	h.t.Helper()
	s := h.s
	h.s = nil
	if err := s.Close(); err != nil {
		h.t.Fatal(err)
	}
}

// update runs fn and fails the test when that fails.
func (h *house) update(fn func(store.Tx) error) {
	h.t.Helper()
	if err := h.s.Update(store.Intake, fn); err != nil {
		h.t.Fatal(err)
	}
}

// view runs fn and fails the test when that fails.
func (h *house) view(fn func(store.Reader) error) {
	h.t.Helper()
	if err := h.s.View(fn); err != nil {
		h.t.Fatal(err)
	}
}

// everywhere runs look inside of the Update that wrote, on the committed state, and after reopening.
func (h *house) everywhere(write func(store.Tx) error, look func(t testing.TB, r store.Reader)) {
	h.t.Helper()
	h.update(func(tx store.Tx) error {
		if err := write(tx); err != nil {
			return err
		}
		look(h.t, tx)
		return nil
	})
	see := func(r store.Reader) error { look(h.t, r); return nil }
	h.view(see)
	h.reopen()
	h.view(see)
}
