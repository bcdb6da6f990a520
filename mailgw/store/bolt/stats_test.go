package bolt

import (
	"errors"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
)

// TestStats: what fails counts for nothing, and a promise counts when it comes to
// another state.
func TestStats(t *testing.T) {
	s, err := Open(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	begin := s.Stats()
	put := func(state promise.State, told bool, then error) {
		t.Helper()
		err := s.Update(store.Background, func(tx store.Tx) error {
			p := promise.Promise{ID: 7, Ticket: 1, State: state, Told: told, DueAt: time.Unix(1000, 0)}
			return errors.Join(tx.PutPromise(&p), then)
		})
		if !errors.Is(err, then) {
			t.Fatal(err)
		}
	}
	put(promise.Open, true, nil)
	put(promise.Open, true, nil)
	put(promise.Kept, true, errors.New("no"))
	put(promise.Broken, true, nil)
	put(promise.Broken, true, nil)
	if err := s.Update(store.Background, func(store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}

	got := s.Stats()
	want := map[store.PromiseMove]uint64{{State: promise.Open, Told: true}: 1, {State: promise.Broken, Told: true}: 1}
	if len(got.Promises) != len(want) {
		t.Errorf("promises moved: %v, want %v", got.Promises, want)
	}
	for m, n := range want {
		if got.Promises[m] != n {
			t.Errorf("%v: %d, want %d", m, got.Promises[m], n)
		}
	}
	if n := got.Commits - begin.Commits; n != 4 || got.Failed != 0 {
		t.Errorf("%d commits, %d failed; want 4 and none: nothing written is no commit", n, got.Failed)
	}
	if got.CommitTime <= begin.CommitTime || len(got.Slower) != len(store.CommitBounds()) {
		t.Errorf("no time was taken: %+v", got)
	}
}

// TestStatsBuckets: a commit is slower than the bounds that it passed.
func TestStatsBuckets(t *testing.T) {
	var s stats
	s.committed(time.Now().Add(-30*time.Millisecond), nil, nil)
	s.committed(time.Now().Add(-time.Minute), []store.PromiseMove{{State: promise.Kept}}, errors.New("broken disk"))
	for i, want := range []uint64{2, 2, 2, 1, 1, 1, 1} {
		if got := s.all.Slower[i]; got != want {
			t.Errorf("slower than %v: %d, want %d", store.CommitBounds()[i], got, want)
		}
	}
	if s.all.Failed != 1 || len(s.all.Promises) != 0 {
		t.Errorf("a commit that failed moved something: %+v", s.all)
	}
}
