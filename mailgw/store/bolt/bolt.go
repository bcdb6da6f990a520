// Package bolt is the default engine of package store: one bbolt file with JSON
// values, and segment files for raw mails too large to sit well in it.
//
// Every Update is queued to one committer goroutine (see commit.go), which runs
// all that queued while the last commit synced in the next one. A commit is a
// bbolt transaction: data pages, sync, meta page, sync. The meta page is the
// commit point. Bytes in a segment file are synced before it.
//
// Failure policy: an error of any write or sync fails the whole commit, and the
// engine then trusts nothing that it wrote since the last good commit: it closes
// the file, takes a meta page of the failed commit back, and opens anew
// (recover.go). It never syncs again what failed to sync.
package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"supportgw/mailgw/store"
)

// The database's name in the data folder, the folder of the segment files, and
// what the database says under formatKey in its bucket meta.
const (
	fileName   = "mailgw.db"
	segmentDir = "raw"
	formatKey  = "format"
	format     = "1"
)

// lockWait bounds the wait for another process to release the database.
// Workaround: bbolt v1.5.0 waits for ever with Options.Timeout 0. TestSecondOpener proves it.
const lockWait = 2 * time.Second

// mapBytes is the address space that the database is mapped into from the start
// (it costs no memory). While a map of another size is made, bbolt lets commits
// wait for all Views, and a long one would hold up arriving mail.
const mapBytes = 16 << 30

// Options says where the store is and how it behaves.
type Options struct {
	Dir          string        // the data folder; made when absent
	InlineBytes  int           // raw mails up to this size are kept in the database; 0 = none
	SegmentBytes int64         // a new segment file is begun beyond this size; 0 = 64 MiB
	PurgeWait    time.Duration // how long a Purge waits for Views that began before; 0 = 5 minutes
	RetryAfter   time.Duration // pause after a storage failure before the storage is tried again; 0 = 500 ms
	Log          *slog.Logger  // nil = silent

	faults faults // what tests put in on purpose
}

// faults are put in by tests, to see that the tests of durability catch them.
type faults struct {
	openSegment func(path string) (segmentFile, error) // nil = a file
	noSync      bool                                   // the database is not synced
	purgeAt     func(step string)                      // called between the steps of a Purge; nil = not
	smallMap    bool                                   // the map begins small, so that it and the file grow often
}

// Store is an open data folder. See package store for its contract.
type Store struct {
	o     Options
	queue queue
	done  chan struct{} // closed when the committer has ended

	mu       sync.RWMutex // guards db: held for reading by Views, for writing while it is replaced
	db       *bolt.DB     // nil while the storage does not work
	segments *segments    // the committer's own; replaced with db
	closed   bool
	lock     *os.File // the folder, held for this process; see lockFolder
	stats    stats
	views    views
	purging  sync.Mutex // held by a Purge

	// The committer's own:
	lastGood    uint64    // transaction id of the last commit that succeeded
	opened      uint64    // how often the database was opened
	failure     error     // of the storage, last time it failed
	refuseUntil time.Time // no update is tried before; they get failure
	badSegment  uint32    // segments up to this one failed to sync, and are not written any more
	arena       arena     // holds the values of the transaction that is being built
	compared    []byte    // a piece of a file that is compared; nil until one is
}

// Open opens the store in o.Dir, or makes it. It returns store.ErrLocked when
// another process has it open.
func Open(o Options) (*Store, error) {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 64 << 20
	}
	if o.PurgeWait == 0 {
		o.PurgeWait = 5 * time.Minute
	}
	if o.RetryAfter == 0 {
		o.RetryAfter = 500 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Dir = filepath.Clean(o.Dir)
	if err := makeFolder(filepath.Join(o.Dir, segmentDir)); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	lock, err := lockFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	s, err := openLocked(o)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s.lock = lock
	go s.commitLoop()
	return s, nil
}

// Exists reports whether a folder holds a store.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, fileName))
	return err == nil
}

// openLocked opens the store of a folder that is ours.
func openLocked(o Options) (*Store, error) {
	s := &Store{o: o, done: make(chan struct{})}
	s.queue.init()
	if err := s.create(); err != nil {
		return nil, err
	}
	// Whoever made the names that we rely on may have died before they were durable.
	if err := errors.Join(syncDir(filepath.Join(o.Dir, segmentDir)), syncDir(o.Dir), syncDir(filepath.Dir(o.Dir))); err != nil {
		return nil, fmt.Errorf("sync data folder: %w", err)
	}
	return s, s.open()
}

// open opens the database, checks its format and sweeps what no commit names.
func (s *Store) open() error {
	db, err := openBolt(filepath.Join(s.o.Dir, fileName), s.o.bolt())
	if errors.Is(err, berrors.ErrTimeout) {
		return fmt.Errorf("open %s: %w", s.o.Dir, store.ErrLocked)
	}
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	// What a process wrote that was killed before its sync must not be shown, and
	// acted upon, and then be lost with the power.
	if !s.o.faults.noSync {
		if err := db.Sync(); err != nil {
			return errors.Join(fmt.Errorf("sync database: %w", err), db.Close())
		}
	}
	var (
		last uint64
		ends map[uint32]int64
	)
	if err := addLaterBuckets(db); err != nil {
		return errors.Join(err, db.Close())
	}
	err = db.View(func(tx *bolt.Tx) error {
		last = uint64(tx.ID())
		ends, err = segmentEnds(tx)
		return err
	})
	segs := newSegments(filepath.Join(s.o.Dir, segmentDir), s.o.SegmentBytes, ends)
	segs.bad = s.badSegment
	if s.o.faults.openSegment != nil {
		segs.open = s.o.faults.openSegment
	}
	if err == nil {
		err = segs.sweep(s.o.Log)
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	s.db, s.segments, s.lastGood = db, segs, last
	s.opened++
	s.views.committed(last)
	return nil
}

// checkFormat refuses a database that this program does not know. Those of
// laterBuckets may be missing.
func checkFormat(tx *bolt.Tx) error {
	meta := tx.Bucket([]byte(bucketNames[inMeta]))
	if meta == nil {
		return errors.New("the database is not mailgw's")
	}
	if f := string(meta.Get([]byte(formatKey))); f != format {
		return fmt.Errorf("the database has format %q; this mailgw reads format %q", f, format)
	}
	for in, n := range bucketNames {
		if tx.Bucket([]byte(n)) == nil && !slices.Contains(laterBuckets[:], bucket(in)) {
			return fmt.Errorf("the database lacks the bucket %q", n)
		}
	}
	return nil
}

// segmentEnds reads where each segment's committed bytes end.
func segmentEnds(tx *bolt.Tx) (map[uint32]int64, error) {
	ends := map[uint32]int64{}
	err := tx.Bucket([]byte(bucketNames[inSegment])).ForEach(func(k, v []byte) error {
		if len(k) != 4 || len(v) != 8 {
			return fmt.Errorf("segment %x: %w", k, errDamaged)
		}
		ends[binary.BigEndian.Uint32(k)] = int64(binary.BigEndian.Uint64(v))
		return nil
	})
	return ends, err
}

// openBolt opens a bbolt file and turns its panic on a damaged freelist into an error, and
// its fault where that is behind the file's end.
// Workaround: bbolt v1.5.0 panics in Open on a corrupt freelist (bbolt #446). TestDamagedFreelist
// and TestCheckOfAnyDamage prove it.
func openBolt(path string, o *bolt.Options) (db *bolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the database is damaged: %v", p)
		}
	}()
	return bolt.Open(path, 0o600, o)
}

// View runs fn on the last commit. See store.Store.
func (s *Store) View(fn func(store.Reader) error) error {
	ran, err := s.view(fn)
	if ran || err != nil {
		return err
	}
	// Only the committer reopens a failed storage, and it may have nothing else to do.
	if err := s.Update(store.Background, func(store.Tx) error { return nil }); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	if ran, err = s.view(fn); !ran && err == nil {
		err = store.ErrUnavailable
	}
	return err
}

// view runs fn unless the storage does not work.
func (s *Store) view(fn func(store.Reader) error) (ran bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return false, store.ErrClosed
	}
	if s.db == nil {
		return false, nil
	}
	return true, s.read(func(r *reader) error { return fn(r) })
}

// read runs fn on the last commit, while the database stays open.
func (s *Store) read(fn func(*reader) error) error {
	defer s.views.end(s.views.begin())
	return s.db.View(func(tx *bolt.Tx) error { return fn(&reader{tx: tx, dir: s.o.Dir}) })
}

// Close waits for the queued updates, and closes the database.
func (s *Store) Close() error {
	if !s.queue.close() {
		return store.ErrClosed
	}
	<-s.done
	s.purging.Lock() // it gets ErrClosed, and must have put everything down
	defer s.purging.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	err := s.segments.close()
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
		s.db = nil
	}
	return errors.Join(err, s.lock.Close())
}

// Check runs bbolt's own consistency check and returns its findings.
func (s *Store) Check() []error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return []error{store.ErrUnavailable}
	}
	// The check compares the pages with the free list in memory, which commits
	// change: it has the writer's place meanwhile.
	tx, err := s.db.Begin(true)
	if err != nil {
		return []error{err}
	}
	r := &reader{tx: tx, dir: s.o.Dir}
	found := checkPages(tx)
	if len(found) == 0 {
		found = guarded(func() []error { return checkIndex(r) })
	}
	if err := tx.Rollback(); err != nil {
		found = append(found, err)
	}
	if len(found) > 0 {
		return found
	}
	// Reading all files takes long: mail that arrives need not wait for that.
	err = s.read(func(r *reader) error {
		found = guarded(func() []error { return checkFiles(r) })
		return nil
	})
	if err != nil {
		found = append(found, err)
	}
	return found
}
