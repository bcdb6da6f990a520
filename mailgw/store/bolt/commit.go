package bolt

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
)

// maxGroup bounds how many updates share a commit, and maxGroupRaw the raw
// bytes that they bring: a commit's pages live in memory until it ends.
const (
	maxGroup    = 1024
	maxGroupRaw = 8 << 20
)

// request is one Update on its way through the committer.
type request struct {
	fn    func(store.Tx) error
	alone func() error // instead of fn: run between two commits
	err   error
	wake  chan struct{} // one buffered slot, reused
}

// queue holds the updates that wait for the next commit, by class.
type queue struct {
	mu     sync.Mutex
	ready  sync.Cond
	wait   [2][]*request
	closed bool
	free   sync.Pool
}

func (q *queue) init() {
	q.ready.L = &q.mu
	q.free.New = func() any { return &request{wake: make(chan struct{}, 1)} }
}

// put queues r, or reports that the queue is closed.
func (q *queue) put(c store.Class, r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.wait[c] = append(q.wait[c], r)
	if len(q.wait[0])+len(q.wait[1]) == 1 {
		q.ready.Signal()
	}
	return true
}

// take waits for updates and appends up to max of them to group, arriving mail
// first. It returns nil when the queue is closed and empty.
func (q *queue) take(group []*request, max int) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.wait[0])+len(q.wait[1]) == 0 {
		if q.closed {
			return nil
		}
		q.ready.Wait()
	}
	for c := range q.wait {
		n := min(max-len(group), len(q.wait[c]))
		group = append(group, q.wait[c][:n]...)
		rest := copy(q.wait[c], q.wait[c][n:])
		clear(q.wait[c][rest:])
		q.wait[c] = q.wait[c][:rest]
	}
	return group
}

func (q *queue) isClosed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

func (q *queue) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.closed = true
	q.ready.Broadcast()
	return true
}

// Update runs fn in the next commit and returns when that is durable. See store.Store.
func (s *Store) Update(class store.Class, fn func(store.Tx) error) error {
	return s.pass(class, fn, nil)
}

// alone runs fn in the committer while the storage works and nothing is uncommitted.
// Arriving mail waits meanwhile.
func (s *Store) alone(fn func() error) error { return s.pass(store.Background, nil, fn) }

// pass sends a request through the committer.
func (s *Store) pass(class store.Class, fn func(store.Tx) error, alone func() error) error {
	r := s.queue.free.Get().(*request)
	r.fn, r.alone, r.err = fn, alone, nil
	if !s.queue.put(class, r) {
		return store.ErrClosed
	}
	<-r.wake
	err := r.err
	r.fn, r.alone = nil, nil
	s.queue.free.Put(r)
	return err
}

// commitLoop is the committer: it takes all that has queued, commits it
// together, and tells each. A lone update waits for nobody.
func (s *Store) commitLoop() {
	defer close(s.done)
	var group []*request
	for {
		if group = s.queue.take(group[:0], maxGroup); len(group) == 0 {
			return
		}
		for todo := group; len(todo) > 0; {
			n := s.commitGroup(todo)
			for _, r := range todo[:n] {
				r.wake <- struct{}{}
			}
			todo = todo[n:]
		}
		clear(group)
	}
}

// commitGroup commits a first part of the group, sets each of its requests'
// err, and returns how many it dealt with: at least one.
func (s *Store) commitGroup(group []*request) int {
	if time.Now().Before(s.refuseUntil) {
		return fail(group, s.failure)
	}
	if s.db == nil {
		if err := s.reopen(); err != nil {
			return fail(group, s.fails(err))
		}
	}
	if fn := group[0].alone; fn != nil {
		group[0].err = runAlone(fn)
		return 1
	}
	n, err := s.try(group)
	if err == nil {
		return n
	}
	s.o.Log.Error("commit failed", "err", err, "updates", n)
	s.fails(err)
	s.quarantine()
	if err := s.reopen(); err != nil {
		s.o.Log.Error("reopen after failed commit", "err", err)
	}
	return fail(group[:n], s.failure)
}

// fails notes a failure of the storage: until it is tried again, updates get the same error.
func (s *Store) fails(err error) error {
	s.failure = storageError(err)
	s.refuseUntil = time.Now().Add(s.o.RetryAfter)
	return s.failure
}

func fail(group []*request, err error) int {
	for _, r := range group {
		r.err = err
	}
	return len(group)
}

// try runs the group's functions in one transaction and commits it. A function
// that fails after it has written spoils the transaction: then all starts over
// without it. The error is the storage's.
func (s *Store) try(group []*request) (int, error) {
	for _, r := range group {
		r.err = nil
	}
	for {
		btx, err := s.db.Begin(true)
		if err != nil {
			return len(group), fmt.Errorf("begin: %w", err)
		}
		tx := newTx(btx, s)
		n, spoiled := tx.runAll(group)
		if spoiled {
			s.segments.rollback()
			if err := btx.Rollback(); err != nil {
				return n, fmt.Errorf("roll back: %w", err)
			}
			continue
		}
		return n, s.finish(tx, btx)
	}
}

// finish makes a transaction durable: segment bytes first, then the database.
func (s *Store) finish(tx *tx, btx *bolt.Tx) error {
	if !tx.dirty {
		return btx.Rollback()
	}
	start := time.Now()
	err := s.write(tx, btx)
	s.stats.committed(start, tx.moves, err)
	return err
}

func (s *Store) write(tx *tx, btx *bolt.Tx) error {
	err := s.segments.sync()
	if err == nil {
		err = tx.flush()
	}
	if err != nil {
		_ = btx.Rollback() // the error at hand says more
		return err
	}
	id := uint64(btx.ID())
	if err := btx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.segments.commit()
	s.lastGood = id
	s.views.committed(id)
	return nil
}

// runAll runs each function that has not failed yet, and reports how many of
// the group it came to and whether a function failed after writing.
func (t *tx) runAll(group []*request) (n int, spoiled bool) {
	for i, r := range group {
		if r.err != nil {
			continue
		}
		if t.rawBytes > maxGroupRaw || r.alone != nil { // never the first: see commitGroup
			return i, false
		}
		t.wrote, t.placed = false, false
		r.err = t.runOne(r.fn)
		if t.broken != nil {
			r.err = t.broken
		}
		if r.err != nil && t.wrote {
			return i, true
		}
		t.dirty = t.dirty || t.wrote
	}
	return len(group), false
}

// runAlone runs fn, and turns a panic into an error.
func runAlone(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return fn()
}

// runOne runs fn, and turns a panic into an error: it costs its own update only.
func (t *tx) runOne(fn func(store.Tx) error) (err error) {
	returned := false
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: update panicked: %v\n%s", p, debug.Stack())
		} else if !returned {
			// Nothing can stop the end of this goroutine, without which every Update would wait for ever.
			panic("store: the function of an Update called runtime.Goexit (or a test's Fatal)")
		}
	}()
	err = fn(t)
	returned = true
	return err
}

// storageError is what callers see of a failure of the storage.
func storageError(err error) error {
	if isFull(err) {
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}

// isFull reports whether the disk or a quota is full.
// Workaround: bbolt v1.5.0 drops the cause of an error when it grows the file, so the text is looked at too.
// TestFullDisk proves it.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		strings.Contains(err.Error(), syscall.ENOSPC.Error()) || strings.Contains(err.Error(), syscall.EDQUOT.Error())
}
