package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
	"supportgw/mailgw/ticket"
)

// purgeable opens a store with people, of whom every other one was erased.
func purgeable(t *testing.T, o Options) (s *Store, stay, gone []person) {
	t.Helper()
	s = newStore(t, o)
	for i, p := range crowd(t, s, 0, 8) {
		if i%2 == 0 {
			stay = append(stay, p)
			continue
		}
		gone = append(gone, p)
		if err := s.Update(store.Background, func(x store.Tx) error { return p.erase(x) }); err != nil {
			t.Fatal(err)
		}
	}
	return s, stay, gone
}

// wholeAll returns an error unless all of them are there.
func wholeAll(s *Store, stay []person) error {
	return s.View(func(r store.Reader) error {
		for _, p := range stay {
			if err := p.whole(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// sawNothing fails the test when anything of those who are gone is on the disk.
func sawNothing(t *testing.T, dir string, gone []person) {
	t.Helper()
	here := readDisk(t, dir)
	for _, p := range gone {
		for what, needle := range p.needles() {
			if in := here.with(needle); len(in) > 0 {
				t.Errorf("%s of %s is in %s", what, p.name, strings.Join(in, ", "))
			}
		}
	}
}

// TestPurgeWaitsForView keeps a View open that began before the mails were erased: it reads
// all that it could read, in pages and in segments; the purge says that it waits, and
// the next one leaves nothing.
func TestPurgeWaitsForView(t *testing.T) {
	for name, inline := range map[string]int{"segments": 1000, "pages alone": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			o := small(fastDir(t))
			o.InlineBytes, o.PurgeWait = inline, 5*time.Millisecond
			purgeUnderView(t, o)
		})
	}
}

func purgeUnderView(t *testing.T, o Options) {
	s := newStore(t, o)
	all := crowd(t, s, 0, 6)
	err := s.View(func(r store.Reader) error {
		for _, p := range all[:4] {
			if err := s.Update(store.Background, func(x store.Tx) error { return p.erase(x) }); err != nil {
				return err
			}
		}
		for range 2 {
			rep, err := s.Purge(nil)
			if !errors.Is(err, store.ErrViewOpen) {
				t.Errorf("a purge while a View is open: %+v %v", rep, err)
			}
			for _, p := range all {
				if err := p.whole(r); err != nil {
					t.Errorf("in the View: %v", err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mustPurge(t, s)
	sawNothing(t, o.Dir, all[:4])
	if err := wholeAll(s, all[4:]); err != nil {
		t.Error(err)
	}
}

// TestPurgeDropsLast erases all that there is in segments while a View is open that
// began before: when that ends the files go, and what comes next stays.
func TestPurgeDropsLast(t *testing.T) {
	o := small(fastDir(t))
	s := newStore(t, o)
	gone, later := mail(1, 1200), mail(2, 1200)
	if err := put(s, gone); err != nil {
		t.Fatal(err)
	}
	began, end := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.View(func(store.Reader) error { close(began); <-end; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-began
	if err := s.Update(store.Background, gone.Erase); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { close(end) })
	if rep := mustPurge(t, s); rep.Segments != 1 || rep.Copied != 0 {
		t.Errorf("%+v", rep)
	}
	wg.Wait()
	here := readDisk(t, o.Dir)
	for _, needle := range gone.Needles() {
		if in := here.with(needle); len(in) > 0 {
			t.Errorf("%.30q is in %v", needle, in)
		}
	}
	if err := put(s, later); err != nil {
		t.Fatal(err)
	}
	mustPurge(t, s)
	if err := s.View(func(r store.Reader) error { _, err := later.Present(r); return err }); err != nil {
		t.Error(err)
	}
}

// TestPurgePages: whatever stands in pages that nothing names, or behind the last
// one in use, is gone; also what looks as if it were.
func TestPurgePages(t *testing.T) {
	o := small(fastDir(t))
	s, _, _ := purgeable(t, o)
	path := filepath.Join(o.Dir, fileName)
	var used int64
	var free []int64
	err := s.db.Update(func(x *bolt.Tx) error {
		used = x.Size()
		for id := int64(0); id < used/4096; id++ {
			if page, err := x.Page(int(id)); err != nil || page.Type == "free" {
				free = append(free, id*4096)
			}
		}
		return nil
	})
	s.lastGood++ // of a commit that the committer does not know
	if err != nil || len(free) < 3 {
		t.Fatalf("%d free pages: %v", len(free), err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(used + 3*clearedAtOnce + 1000); err != nil { // not a whole page
		t.Fatal(err)
	}
	needle := []byte("what a failed commit left")
	for _, at := range []int64{free[0] + 4096 - int64(len(needle)), free[len(free)-1], used, used + clearedAtOnce - 9, used + 3*clearedAtOnce + 1000 - int64(len(needle))} {
		if _, err := f.WriteAt(needle, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path+".new", needle, 0o600); err != nil { // of the very first start
		t.Fatal(err)
	}
	pages := mustPurge(t, s).Pages
	if in := readDisk(t, o.Dir).with(needle); len(in) > 0 {
		t.Errorf("found in %s", strings.Join(in, ", "))
	}
	if pages < 5 {
		t.Errorf("%d pages were cleared", pages)
	}
	if again := mustPurge(t, s).Pages; again > 20 {
		t.Errorf("a purge with nothing to do cleared %d pages", again)
	}
	// One that did not end may have written what never came to the disk.
	if err := s.Update(store.Background, func(x store.Tx) error { return x.(*tx).putBytes(inMeta, []byte(purgeKey), nil) }); err != nil {
		t.Fatal(err)
	}
	if again := mustPurge(t, s).Pages; again < 3*clearedAtOnce/4096 {
		t.Errorf("after one that did not end only %d pages were written", again)
	}
}

// fullFile is a segment on a disk that is full.
type fullFile struct {
	*os.File
	write, sync *error
}

func (f fullFile) WriteAt(b []byte, off int64) (int, error) {
	if *f.write != nil {
		n, _ := f.File.WriteAt(b[:len(b)/2], off)
		return n, *f.write
	}
	return f.File.WriteAt(b, off)
}

func (f fullFile) Sync() error { return errors.Join(*f.sync, f.File.Sync()) }

// TestPurgeOnBadDisk: what is written anew does not fit, or cannot be synced. The
// purge says so, nothing is lost, and it works when the disk does.
func TestPurgeOnBadDisk(t *testing.T) {
	for name, c := range map[string]struct {
		write, sync, want error
	}{
		"full":             {syscall.ENOSPC, nil, store.ErrFull},
		"quota":            {syscall.EDQUOT, nil, store.ErrFull},
		"broken":           {syscall.EIO, nil, store.ErrUnavailable},
		"full at the sync": {nil, syscall.ENOSPC, store.ErrFull},
		"broken sync":      {nil, syscall.EIO, store.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			o := small(fastDir(t))
			var write, sync error
			o.faults.openSegment = func(path string) (segmentFile, error) {
				f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
				return fullFile{f, &write, &sync}, err
			}
			fails := 0
			o.faults.purgeAt = func(step string) {
				if step == "dropped" && fails == 0 { // the second segment meets it
					write, sync, fails = c.write, c.sync, 1
				}
			}
			s, stay, gone := purgeable(t, o)
			rep, err := s.Purge(nil)
			if !errors.Is(err, c.want) {
				t.Errorf("the purge says %v, must say %v (%+v)", err, c.want, rep)
			}
			if err := wholeAll(s, stay); err != nil {
				t.Error(err)
			}
			storetest.Check(t, s, true)
			write, sync = nil, nil
			mustPurge(t, s)
			sawNothing(t, o.Dir, gone)
			if err := wholeAll(s, stay); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPurgeStorageFails lets a commit fail between the copy and the move: opening anew
// sweeps the copy, so nothing may be moved there.
func TestPurgeStorageFails(t *testing.T) {
	o := small(fastDir(t))
	var write, sync error
	o.faults.openSegment = func(path string) (segmentFile, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		return fullFile{f, &write, &sync}, err
	}
	var s *Store
	failed := false
	o.faults.purgeAt = func(step string) {
		if step != "copied" || failed {
			return
		}
		failed = true
		sync = syscall.EIO
		if err := put(s, mail(900, 5000)); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("a mail whose sync fails: %v", err)
		}
		sync = nil
		recovered(s)
	}
	s, stay, gone := purgeable(t, o)
	if rep, err := s.Purge(nil); !errors.Is(err, store.ErrUnavailable) || !failed {
		t.Errorf("the purge says %v (%+v)", err, rep)
	}
	if err := wholeAll(s, stay); err != nil {
		t.Error(err)
	}
	storetest.Check(t, s, true)
	mustPurge(t, s)
	sawNothing(t, o.Dir, gone)
	if err := wholeAll(s, stay); err != nil {
		t.Error(err)
	}
}

// TestPurgeManyRows moves a file that more mails have than one commit moves rows.
// Mails that come between get the new place, whatever their ids.
func TestPurgeManyRows(t *testing.T) {
	o := small(fastDir(t))
	o.SegmentBytes = 1 << 20
	body := strings.Repeat("QUJD", 300)
	var s *Store
	steps, extra := 0, []ticket.ID{5, 1 << 40}
	o.faults.purgeAt = func(step string) {
		if step != "moved" || steps > 8 {
			return
		}
		steps++
		for _, id := range extra {
			if err := putBody(s, id+ticket.ID(steps), body); err != nil {
				t.Error(err)
			}
		}
	}
	s = mustOpen(t, o)
	defer s.Close()
	const mails = 3*purgeRows + 10
	err := s.Update(store.Background, func(x store.Tx) error {
		for i := range mails {
			raw, bodies := withBody(100+i, body)
			if err := x.PutRaw(ticket.ID(100+i), raw, bodies); err != nil {
				return err
			}
		}
		return x.PutRaw(99, make([]byte, 3000), nil)
	})
	if err == nil { // the last one dies
		err = s.Update(store.Background, func(x store.Tx) error { return x.PutRaw(99, []byte("short"), nil) })
	}
	if err != nil {
		t.Fatal(err)
	}
	if rep := mustPurge(t, s); rep.Segments != 1 || steps < 4 {
		t.Errorf("%+v, %d steps", rep, steps)
	}
	for i := range mails {
		if err := hasBody(s, ticket.ID(100+i), body); err != nil {
			t.Fatal(err)
		}
	}
	for i := range steps {
		for _, id := range extra {
			if err := hasBody(s, id+ticket.ID(i+1), body); err != nil {
				t.Error(err)
			}
		}
	}
	if errs := s.Check(); len(errs) > 0 {
		t.Error(errs[0])
	}
	if here := readDisk(t, o.Dir); len(here) != 3 || strings.Count(string(here[segmentName(2)]), body) != 1 {
		t.Errorf("%d files, the file %d times in the new segment", len(here), strings.Count(string(here[segmentName(2)]), body))
	}
}

// TestPurgeDamage: what cannot be read is not given up, is named, and does not keep
// the rest from being purged.
func TestPurgeDamage(t *testing.T) {
	t.Run("a row", func(t *testing.T) {
		o := small(fastDir(t))
		s := mustOpen(t, o)
		defer s.Close()
		all := crowd(t, s, 0, 6)
		err := s.Update(store.Background, func(x store.Tx) error {
			return errors.Join(all[0].erase(x), x.(*tx).putBytes(inRaw, idKey(all[1].id(1)), []byte("\x01{")))
		})
		if err != nil {
			t.Fatal(err)
		}
		rep, err := s.Purge(nil)
		if !errors.Is(err, errDamaged) || !strings.Contains(err.Error(), "raw mails are not purged: raw ") || rep.Segments != 0 || rep.Pages == 0 {
			t.Errorf("%+v %v", rep, err)
		}
		if in := readDisk(t, o.Dir).with([]byte(all[1].word("segment"))); len(in) == 0 {
			t.Error("the bytes of the mail whose row is damaged are gone")
		}
	})
	t.Run("a segment", func(t *testing.T) {
		o := small(fastDir(t))
		s := mustOpen(t, o)
		defer s.Close()
		all := crowd(t, s, 0, 12)
		err := s.Update(store.Background, func(x store.Tx) error { return errors.Join(all[0].erase(x), all[9].erase(x)) })
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(o.Dir, segmentDir, segmentName(1)), 3000); err != nil {
			t.Fatal(err)
		}
		rep, err := s.Purge(nil)
		if err == nil || !strings.Contains(err.Error(), "00000001.seg is not purged") || rep.Segments == 0 {
			t.Errorf("%+v %v", rep, err)
		}
		if in := readDisk(t, o.Dir).with([]byte(all[9].word("segment"))); len(in) > 0 {
			t.Errorf("the rest is not purged: %s", in)
		}
		_, want, _ := all[11].mail(1)
		if err := s.View(func(r store.Reader) error {
			got, err := r.Raw(all[11].id(1))
			if err == nil && !bytes.Equal(got, want) {
				err = fmt.Errorf("%d bytes, must be %d", len(got), len(want))
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

// TestPurgeNothing: one that finds nothing leaves no short segment behind it.
func TestPurgeNothing(t *testing.T) {
	o := small(fastDir(t))
	s := newStore(t, o)
	for n := range uint64(5) {
		if err := put(s, mail(n+1, 1200)); err != nil {
			t.Fatal(err)
		}
		if rep := mustPurge(t, s); rep.Segments > 0 || rep.Copied > 0 {
			t.Errorf("%+v", rep)
		}
	}
	if files, err := filepath.Glob(filepath.Join(o.Dir, segmentDir, "*")); err != nil || len(files) != 1 {
		t.Errorf("segments %v: %v", files, err)
	}
}

// TestPurgeWhileClosing: a store that is closed during a purge is closed when that
// has put everything down, and is whole.
func TestPurgeWhileClosing(t *testing.T) {
	o := small(fastDir(t))
	var s *Store
	closed := make(chan error, 1)
	o.faults.purgeAt = func(step string) {
		if step == "copied" && !s.queue.isClosed() {
			go func() { closed <- s.Close() }()
			for !s.queue.isClosed() {
				runtime.Gosched()
			}
		}
	}
	s = mustOpen(t, o)
	all := crowd(t, s, 0, 6)
	if err := s.Update(store.Background, func(x store.Tx) error { return all[2].erase(x) }); err != nil {
		t.Fatal(err)
	}
	if rep, err := s.Purge(nil); !errors.Is(err, store.ErrClosed) {
		t.Errorf("%+v %v", rep, err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if rep, err := s.Purge(nil); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %+v %v", rep, err)
	}
	o.faults.purgeAt = nil
	s = newStore(t, o)
	mustPurge(t, s)
	sawNothing(t, o.Dir, all[2:3])
	if err := wholeAll(s, append(all[:2:2], all[3:]...)); err != nil {
		t.Error(err)
	}
}

// TestViewsWait sees whom a wait waits for.
func TestViewsWait(t *testing.T) {
	var v views
	v.committed(7)
	a, b := v.begin(), v.begin()
	if !v.wait(7, 0) {
		t.Error("views of the last commit are waited for")
	}
	v.committed(8)
	c := v.begin()
	if v.wait(8, time.Millisecond) {
		t.Error("views that began before are not waited for")
	}
	v.end(a)
	if v.wait(8, 0) {
		t.Error("one of two that began before is not waited for")
	}
	over := make(chan bool)
	go func() { over <- v.wait(8, time.Minute) }()
	v.end(b)
	if !<-over {
		t.Error("it ended, and is waited for")
	}
	v.end(c)
	if len(v.open) > 0 || v.now() != 8 {
		t.Errorf("%d open, the last commit is %d", len(v.open), v.now())
	}
}
