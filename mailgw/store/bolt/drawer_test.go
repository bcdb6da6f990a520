package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
	"supportgw/mailgw/ticket"
)

// oldFolder makes a data folder as it was before there were drawers, lanes and clues.
func oldFolder(t *testing.T, o Options) {
	t.Helper()
	s := mustOpen(t, o)
	if err := errors.Join(put(s, storetest.Mail{N: 1, RawSize: 3000, Rows: 2, Promise: true}), s.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(filepath.Join(o.Dir, fileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(btx *bolt.Tx) error {
		err := errors.Join(btx.DeleteBucket([]byte("drawer")), btx.DeleteBucket([]byte("clue")), btx.DeleteBucket([]byte("file")))
		x := newTx(btx, &Store{})
		for i := range 2 {
			row, err1 := x.Outgoing(storetest.Mail{N: 1}.RowID(i))
			row.Lane = ""
			err = errors.Join(err, err1, x.put(inOutgoing, idKey(row.ID), row), x.putBytes(inTimer, timerKey(outgoingTimer(&row)), []byte{}))
		}
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// A folder of before there were drawers opens, once with a commit, and holds what it held.
func TestOldFolder(t *testing.T) {
	o := small(t.TempDir())
	oldFolder(t, o)
	s := mustOpen(t, o)
	made := s.lastGood
	err := s.View(func(r store.Reader) error {
		if _, err := (storetest.Mail{N: 1, RawSize: 3000, Promise: true}).Present(r); err != nil {
			return err
		}
		if err := r.DrawerItems(func(ticket.DrawerItem) bool { t.Error("an item in a new drawer"); return false }); err != nil {
			return err
		}
		if err := r.AllClues(func(store.Clue) bool { t.Error("a clue in a new bucket"); return false }); err != nil {
			return err
		}
		n := 0
		err := r.Timers(store.TimerOutbox, time.Unix(1<<40, 0), func(x store.Timer) bool {
			if n++; x.Lane != "" {
				t.Errorf("row %s is in lane %q", x.Ref, x.Lane)
			}
			return true
		})
		if n != 2 {
			t.Errorf("%d timers, must be 2", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	storetest.Check(t, s, true)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = newStore(t, o)
	if s.lastGood != made {
		t.Errorf("opened again it is at transaction %d, must be %d", s.lastGood, made)
	}
	m := storetest.Mail{N: 2, RawSize: 10, Rows: 1, Drawer: true}
	if err := put(s, m); err != nil {
		t.Fatal(err)
	}
	if err := s.View(func(r store.Reader) error { _, err := r.DrawerItem(m.ID()); return err }); err != nil {
		t.Error(err)
	}
}

// A failed commit right after an old folder was opened is taken back, and the bucket stays.
func TestOldFolderFails(t *testing.T) {
	o := small(t.TempDir())
	oldFolder(t, o)
	o.faults.openSegment = func(path string) (segmentFile, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		return failsToSync{f}, err
	}
	s := newStore(t, o)
	made := s.lastGood
	if err := put(s, storetest.Mail{N: 2, RawSize: 5000, Drawer: true}); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("a mail whose segment does not sync: %v", err)
	}
	if s.lastGood != made {
		t.Errorf("after a failed commit it is at transaction %d, must be %d", s.lastGood, made)
	}
	m := storetest.Mail{N: 3, RawSize: 10, Drawer: true}
	s.refuseUntil = time.Time{} // it is tried again at once
	if err := put(s, m); err != nil {
		t.Fatalf("it does not go on: %v", err)
	}
	err := s.View(func(r store.Reader) error {
		if err := (storetest.Mail{N: 2}).Absent(r); err != nil {
			return err
		}
		_, err := r.DrawerItem(m.ID())
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// failsToSync is a segment whose sync fails.
type failsToSync struct{ *os.File }

func (failsToSync) Sync() error { return errors.New("sync fails on purpose") }

// The lanes of many timers cost memory for each lane, not for each timer.
func TestLanesAreShared(t *testing.T) {
	s := newStore(t, small(t.TempDir()))
	const rows = 4000
	err := s.Update(store.Intake, func(x store.Tx) error {
		if err := put1(x); err != nil {
			return err
		}
		for i := range rows {
			if err := x.PutOutgoing(&ticket.Outgoing{ID: ticket.ID(i + 100), Ticket: 1, Lane: fmt.Sprintf("d%d.example", i%5)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = s.View(func(r store.Reader) error {
		allocs := testing.AllocsPerRun(2, func() {
			n = 0
			if err := r.Timers(store.TimerOutbox, time.Time{}, func(x store.Timer) bool {
				n += len(x.Lane) / len("d0.example")
				return true
			}); err != nil {
				t.Error(err)
			}
		})
		if allocs > rows/20 {
			t.Errorf("%d timers in 5 lanes take %.0f allocations", rows, allocs)
		}
		return nil
	})
	if err != nil || n != rows {
		t.Errorf("%d timers with a lane, must be %d: %v", n, rows, err)
	}
}

// put1 writes ticket 1.
func put1(x store.Tx) error { _, err := (storetest.Mail{N: 1, RawSize: 1}).Put(x); return err }
