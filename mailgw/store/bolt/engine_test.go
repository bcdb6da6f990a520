package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
	"supportgw/mailgw/ticket"
)

func mail(n uint64, size int) storetest.Mail { return storetest.Mail{N: n, RawSize: size, Rows: 1} }

func TestSecondOpener(t *testing.T) {
	o := small(t.TempDir())
	newStore(t, o)
	if _, err := Open(o); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a second opener gets: %v", err)
	}
}

// TestGroupsShareCommits sees that all that queued during a commit goes into the
// next one, and that a lone update has one of its own.
func TestGroupsShareCommits(t *testing.T) {
	s := newStore(t, small(t.TempDir()))
	inside, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	wg.Go(func() {
		err := s.Update(store.Intake, func(x store.Tx) error {
			once.Do(func() { close(inside); <-goOn })
			_, err := mail(1, 10).Put(x)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	before := s.lastGood
	for n := range uint64(40) {
		wg.Go(func() {
			if err := put(s, mail(n+2, 10)); err != nil {
				t.Error(err)
			}
		})
	}
	for waiting(s) < 40 {
		runtime.Gosched()
	}
	close(goOn)
	wg.Wait()
	if got := s.lastGood - before; got != 2 {
		t.Errorf("41 updates took %d commits, must be 2", got)
	}
	if err := put(s, mail(50, 10)); err != nil || s.lastGood-before != 3 {
		t.Errorf("a lone update: %d commits in all, must be 3: %v", s.lastGood-before, err)
	}
}

// TestViewDoesNotHoldUpCommits keeps a View open while the file grows: with a map
// that has to grow, bbolt would wait for the View.
func TestViewDoesNotHoldUpCommits(t *testing.T) {
	s := newStore(t, Options{Dir: t.TempDir(), InlineBytes: 1 << 20})
	err := s.View(func(store.Reader) error {
		for n := range uint64(20) {
			if err := put(s, mail(n+1, 100<<10)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestPagesStayFull sees that neither new tickets nor what comes later to old ones
// leaves the pages of the file half empty.
func TestPagesStayFull(t *testing.T) {
	s := newStore(t, Options{Dir: t.TempDir(), InlineBytes: 16 << 10})
	const tickets = 1500
	use := func() int {
		var use int
		err := s.db.View(func(x *bolt.Tx) error {
			st := x.Bucket([]byte(bucketNames[inTicket])).Stats()
			use = 100 * st.LeafInuse / st.LeafAlloc
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return use
	}
	load(t, s, tickets)
	if got := use(); got < 80 {
		t.Errorf("after %d tickets the pages are %d %% full, must be 80", tickets, got)
	}
	id, rng := ticket.ID(1<<40), rand.New(rand.NewPCG(1, 1))
	for range 450 {
		err := s.Update(store.Background, func(x store.Tx) error {
			for range 10 {
				id += 16
				tk, err := x.Ticket(1 + rng.Uint64N(tickets))
				if err != nil {
					return err
				}
				tk.Entries++
				e := ticket.Entry{ID: id, Ticket: tk.Number, Seq: tk.Entries, Kind: ticket.Note, Text: "Some words about what was said and done in this matter."}
				if err := errors.Join(x.PutTicket(&tk), x.PutEntry(&e)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := use(); got < 55 {
		t.Errorf("after notes on old tickets the pages are %d %% full, must be 55", got)
	}
}

// TestLargeGroup sees that the raw bytes of one commit are bounded, and that what does not fit comes in the next.
func TestLargeGroup(t *testing.T) {
	s := newStore(t, Options{Dir: t.TempDir(), SegmentBytes: 1 << 20})
	var wg sync.WaitGroup
	for n := range uint64(12) {
		wg.Go(func() {
			if err := put(s, mail(n+1, 2<<20)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for n := range uint64(12) {
		if err := s.View(func(r store.Reader) error { _, err := mail(n+1, 2<<20).Present(r); return err }); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	onBolt := func(fn func(*bolt.Tx) error) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(fn), db.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	onSegment := func(fn func(path string) error) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := fn(filepath.Join(dir, segmentDir, segmentName(1))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		want   string
	}{
		"a later format": {onBolt(func(x *bolt.Tx) error { return x.Bucket([]byte("meta")).Put([]byte("format"), []byte("2")) }),
			`the database has format "2"; this mailgw reads format "1"`},
		"another program's":   {onBolt(func(x *bolt.Tx) error { return x.DeleteBucket([]byte("meta")) }), "the database is not mailgw's"},
		"a bucket is missing": {onBolt(func(x *bolt.Tx) error { return x.DeleteBucket([]byte("timer")) }), `lacks the bucket "timer"`},
		"a damaged end": {onBolt(func(x *bolt.Tx) error { return x.Bucket([]byte("segment")).Put([]byte{0, 0, 0, 1}, []byte{1}) }),
			"damaged record"},
		"a segment is missing": {onSegment(os.Remove), "missing file"},
		"a segment is cut":     {onSegment(func(p string) error { return os.Truncate(p, 100) }), "00000001.seg has 100 bytes, the database names"},
		"an empty database file": {func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, fileName), 0); err != nil {
				t.Fatal(err)
			}
		}, "not mailgw's"},
		"rubbish": {func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, fileName), make([]byte, 1<<16), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "open database"},
	} {
		t.Run(name, func(t *testing.T) {
			o := small(t.TempDir())
			s := mustOpen(t, o)
			if err := errors.Join(put(s, mail(1, 5000)), s.Close()); err != nil {
				t.Fatal(err)
			}
			c.damage(t, o.Dir)
			if s, err := Open(o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("open says %v, must say %q", err, c.want)
				if err == nil {
					s.Close()
				}
			}
		})
	}
}

// TestDamagedFreelist makes the page of the free list another kind of page.
func TestDamagedFreelist(t *testing.T) {
	o := small(t.TempDir())
	s := mustOpen(t, o)
	if err := errors.Join(put(s, mail(1, 10)), s.Close()); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(o.Dir, fileName), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(os.Getpagesize())
	for i := range int64(maxMetaPages) {
		b := make([]byte, metaEnd)
		if _, err := f.ReadAt(b, i*size); err != nil {
			t.Fatal(err)
		}
		page := int64(binary.NativeEndian.Uint64(b[metaStart+32:]))
		if _, err := f.WriteAt([]byte{0xff, 0xff}, page*size+8); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(o); err == nil || !strings.Contains(err.Error(), "the database is damaged") {
		t.Errorf("open says: %v", err)
	}
}

// TestMetaLayout compares what we read of meta pages with what bbolt says.
func TestMetaLayout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 5 {
		var last uint64
		err := db.Update(func(x *bolt.Tx) error {
			last = uint64(x.ID())
			_, err := x.CreateBucket(fmt.Append(nil, last))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		size, err := metaPageSize(f)
		if err != nil || size != int64(db.Info().PageSize) {
			t.Fatalf("page size %d, must be %d: %v", size, db.Info().PageSize, err)
		}
		var found []uint64
		for i := range int64(maxMetaPages) {
			b := make([]byte, metaEnd)
			if _, err := f.ReadAt(b, i*size); err != nil {
				t.Fatal(err)
			}
			id, ok := metaTxid(b)
			if !ok {
				t.Fatalf("meta page %d is not valid", i)
			}
			found = append(found, id)
			for at := metaStart; at < metaEnd; at++ {
				b[at] ^= 1
				if _, ok := metaTxid(b); ok {
					t.Errorf("valid with byte %d changed", at)
				}
				b[at] ^= 1
			}
		}
		if max(found[0], found[1]) != last || min(found[0], found[1]) != last-1 {
			t.Errorf("transactions %v, must be %d and the one before", found, last)
		}
	}
	if _, err := f.WriteAt(make([]byte, metaEnd), 0); err != nil {
		t.Fatal(err)
	}
	if size, err := metaPageSize(f); err != nil || size != int64(db.Info().PageSize) {
		t.Errorf("page size by the second page: %d %v", size, err)
	}
}

func TestTakeBack(t *testing.T) {
	o := small(t.TempDir())
	s := mustOpen(t, o)
	if err := errors.Join(put(s, mail(1, 10)), put(s, mail(2, 10))); err != nil {
		t.Fatal(err)
	}
	good := s.lastGood
	if err := errors.Join(put(s, mail(3, 10)), s.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(o.Dir, fileName)
	for range 2 { // the second time the page is not valid any more
		if err := takeBack(path, good); err != nil {
			t.Fatal(err)
		}
	}
	for _, never := range []uint64{good + 1, good - 1} {
		if err := takeBack(path, never); err == nil {
			t.Errorf("it took back to transaction %d, which is not there", never)
		}
	}
	s = newStore(t, o)
	err := s.View(func(r store.Reader) error {
		_, err := mail(2, 10).Present(r)
		return errors.Join(err, mail(3, 10).Absent(r))
	})
	if err != nil || s.lastGood != good {
		t.Errorf("at transaction %d, must be %d: %v", s.lastGood, good, err)
	}
	if err := put(s, mail(4, 10)); err != nil {
		t.Error(err)
	}
}

// TestFullDisk fills a small file system of its own, and then makes it larger.
func TestFullDisk(t *testing.T) {
	for name, inline := range map[string]int{"database": 1 << 20, "segments": 0} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := syscall.Mount("none", dir, "tmpfs", 0, "size=1m"); err != nil {
				t.Skipf("SKIPPED, A FULL DISK IS NOT TESTED: a file system of its own needs root: %v", err)
			}
			t.Cleanup(func() {
				if err := syscall.Unmount(dir, 0); err != nil {
					t.Error(err)
				}
			})
			o := small(filepath.Join(dir, "data"))
			o.InlineBytes, o.SegmentBytes = inline, 1<<20
			s := newStore(t, o)
			good, full := []uint64{}, 0
			for n := uint64(1); full < 20; n++ {
				err := put(s, mail(n, 20000))
				switch {
				case err == nil:
					good = append(good, n)
				case errors.Is(err, store.ErrFull):
					full++
				default:
					t.Fatalf("a full disk is: %v", err)
				}
			}
			if err := syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT, "size=8m"); err != nil {
				t.Fatal(err)
			}
			recovered(s)
			for n := range uint64(20) {
				if err := put(s, mail(1000+n, 20000)); err != nil {
					t.Fatal(err)
				}
				good = append(good, 1000+n)
			}
			err := s.View(func(r store.Reader) error {
				for _, n := range good {
					if _, err := mail(n, 20000).Present(r); err != nil {
						return err
					}
				}
				rep, err := store.Verify(r, nil)
				if rep.Receipts != uint64(len(good)) {
					t.Errorf("%d mails, must be %d", rep.Receipts, len(good))
				}
				return err
			})
			if err != nil || len(good) < 25 {
				t.Errorf("%d mails: %v", len(good), err)
			}
		})
	}
}

func TestIsFull(t *testing.T) {
	for text, want := range map[string]bool{"file resize error: no space left on device": true, "file resize error: disk quota exceeded": true, "file resize error: input/output error": false} {
		if isFull(errors.New(text)) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
	if !isFull(fmt.Errorf("write: %w", syscall.EDQUOT)) {
		t.Error("a wrapped EDQUOT is not full")
	}
}
