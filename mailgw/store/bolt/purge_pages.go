package bolt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
)

// How many pages are looked at, and cleared, while arriving mail waits, and how long
// it waits for Views to end that began before: most end within viewGrace. Where one
// long View follows the other it is tried again, a few times, with up to longGrace.
const (
	lookedAtOnce  = 16 << 10
	clearedAtOnce = 1 << 20 // bytes
	viewGrace     = 10 * time.Millisecond
	longGrace     = 160 * time.Millisecond
	graceTries    = 20
)

// eraser overwrites the pages of the database that nothing names.
//
// bbolt writes a page only where no meta page that counts, and no View, reads it,
// and whoever gets a page writes all of it. The eraser does the same, in the
// committer's place, so that the last commit stays the last: a page that the list
// of free pages has, or that lies behind the last one in use, is not read by that
// commit, on whose meta page, which is durable, takeBack and a start after a power
// cut rely. The one before it may lose its pages; bbolt gives those to the next
// commit too. Pages that older Views still read are on that list: so it goes on only
// when each View that is open sees the last commit. It does not matter which of
// its zeros are on the disk when the power is cut.
type eraser struct {
	p     *purge
	file  *os.File
	size  int64 // of a page
	pages int64 // in the file
	next  int64 // that is looked at
	buf   []byte
	grace time.Duration
	tries int // without success
}

// errOldView says that a View is open that may read pages on the list.
var errOldView = errors.New("a view is open that began before")

// pages clears those that nothing names.
func (p *purge) pages() error {
	f, err := os.OpenFile(filepath.Join(p.s.o.Dir, fileName), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("clear pages: %w", storageError(err))
	}
	e := &eraser{p: p, file: f, next: maxMetaPages, grace: viewGrace, buf: make([]byte, clearedAtOnce)}
	err = e.run()
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		e.p.passed("synced")
		return nil
	}
	for _, said := range []error{store.ErrViewOpen, store.ErrClosed, store.ErrFull, store.ErrUnavailable} {
		if errors.Is(err, said) {
			return fmt.Errorf("clear pages: %w", err)
		}
	}
	return fmt.Errorf("clear pages: %w", storageError(err))
}

func (e *eraser) run() error {
	for {
		e.p.tell("pages", uint64(e.next), uint64(e.pages))
		err := e.p.alone(e.some)
		switch {
		case errors.Is(err, errOldView):
			if err := e.p.waitForViews(); err != nil {
				return err
			}
			if e.tries++; e.tries > graceTries {
				return store.ErrViewOpen
			}
			e.grace = min(2*e.grace, longGrace)
		case err != nil:
			return err
		case e.next >= e.pages:
			e.p.passed("all cleared")
			return nil
		}
	}
}

// some runs in the committer. It looks at some pages, and clears those that nothing names.
func (e *eraser) some() error {
	s := e.p.s
	if !s.views.wait(s.lastGood, e.grace) {
		return errOldView
	}
	e.grace, e.tries = viewGrace, 0
	tx, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	err = e.look(tx)
	return errors.Join(err, tx.Rollback())
}

func (e *eraser) look(tx *bolt.Tx) error {
	if uint64(tx.ID()) != e.p.s.lastGood+1 {
		return fmt.Errorf("the database is at transaction %d, the last good one was %d", tx.ID()-1, e.p.s.lastGood)
	}
	info, err := e.file.Stat()
	if err != nil {
		return err
	}
	e.size = int64(e.p.s.db.Info().PageSize)
	e.pages = (info.Size() + e.size - 1) / e.size
	used := tx.Size() / e.size // those from here on are in no use
	for looked, cleared := 0, int64(0); e.next < e.pages && looked < lookedAtOnce && cleared < clearedAtOnce; looked++ {
		first := e.next
		for e.next < e.pages && (e.next-first)*e.size < clearedAtOnce {
			free := e.next >= used
			if !free {
				page, err := tx.Page(int(e.next))
				if err != nil {
					return err
				}
				free = page.Type == "free"
			}
			if !free {
				break
			}
			e.next++
		}
		if first == e.next {
			e.next++
			continue
		}
		cleared += (e.next - first) * e.size
		if err := e.clear(first*e.size, min(e.next*e.size, info.Size())); err != nil {
			return err
		}
	}
	return nil
}

// clear overwrites what lies between two offsets, but for pages that are empty already.
func (e *eraser) clear(from, to int64) error {
	b := e.buf[:to-from]
	if _, err := e.file.ReadAt(b, from); err != nil && err != io.EOF {
		return err
	}
	for at := int64(0); at < int64(len(b)); {
		end := at
		for end < int64(len(b)) && (e.p.again || !empty(b[end:min(end+e.size, int64(len(b)))])) {
			e.p.rep.Pages++
			end = min(end+e.size, int64(len(b)))
		}
		if end > at {
			clear(b[at:end])
			if _, err := e.file.WriteAt(b[at:end], from+at); err != nil {
				return err
			}
			e.p.passed("cleared")
			at = end
		}
		at += e.size
	}
	return nil
}

// empty reports whether there are only zeros.
func empty(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
