package bolt

import (
	"log/slog"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
)

// small are options under which little data already fills segments and grows the file.
func small(dir string) Options {
	return Options{Dir: dir, InlineBytes: 1000, SegmentBytes: 8 << 10, RetryAfter: time.Millisecond}
}

// mustOpen opens a store and fails the test when that fails.
func mustOpen(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newStore opens a store that is checked and closed when the test ends.
func newStore(t testing.TB, o Options) *Store {
	t.Helper()
	s := mustOpen(t, o)
	t.Cleanup(func() {
		storetest.Check(t, s, true)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func waiting(s store.Store) int {
	q := &s.(*Store).queue
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.wait[0]) + len(q.wait[1])
}

func TestSuite(t *testing.T) {
	storetest.Run(t, storetest.Engine{
		Open:    func(t testing.TB, dir string) store.Store { return mustOpen(t, small(dir)) },
		Waiting: waiting,
	})
}
