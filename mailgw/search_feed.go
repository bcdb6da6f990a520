package mailgw

import (
	"slices"
	"sync"
	"time"
)

// feed are the tickets that the index does not have as they are now: those that were
// written, and those that it has to catch up with. It is in memory only: what a crash
// loses is found by the stamps.
type feed struct {
	mu    sync.Mutex
	since map[uint64]time.Time // when it was written first
	order []uint64             // of since, oldest first
	old   []uint64             // to catch up with
	under int                  // taken, and not in the index yet
	wake  chan struct{}        // has a value when there is something
}

func newFeed() *feed { return &feed{since: map[uint64]time.Time{}, wake: make(chan struct{}, 1)} }

// add notes tickets that were written.
func (f *feed) add(numbers []uint64, now time.Time) {
	f.mu.Lock()
	for _, n := range numbers {
		if _, ok := f.since[n]; !ok {
			f.since[n] = now
			f.order = append(f.order, n)
		}
	}
	f.mu.Unlock()
	f.ring()
}

// catchUp notes tickets that may have been written long ago.
func (f *feed) catchUp(numbers []uint64) {
	f.mu.Lock()
	f.old = append(f.old, numbers...)
	f.mu.Unlock()
	f.ring()
}

func (f *feed) ring() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// taken are tickets that were taken from the feed.
type taken struct {
	numbers []uint64
	since   []time.Time // of the first of them, as many as were written while we run
}

// take takes up to so many, what was written just now before what is old.
func (f *feed) take(most int) (t taken) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(most, len(f.order))
	t.numbers = slices.Clone(f.order[:n])
	f.order = slices.Delete(f.order, 0, n)
	for _, number := range t.numbers {
		t.since = append(t.since, f.since[number])
		delete(f.since, number)
	}
	n = min(most-n, len(f.old))
	t.numbers = append(t.numbers, f.old[:n]...)
	f.old = f.old[n:]
	f.under = len(t.numbers)
	return t
}

// done says that what was taken is in the index.
func (f *feed) done() {
	f.mu.Lock()
	f.under = 0
	f.mu.Unlock()
}

// forget drops all that is to be caught up with: it is noted anew.
func (f *feed) forget() {
	f.mu.Lock()
	f.old = nil
	f.mu.Unlock()
}

// behind says how many tickets wait, and since when the one that was written first does.
func (f *feed) behind() (n int, oldest time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.order) > 0 {
		oldest = f.since[f.order[0]]
	}
	return len(f.order) + len(f.old) + f.under, oldest
}
