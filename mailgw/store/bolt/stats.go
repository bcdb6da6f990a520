package bolt

import (
	"sync"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
)

// stats counts what commits brought. The committer writes it, once for each commit.
type stats struct {
	mu  sync.Mutex
	all store.Stats
}

// committed counts a commit that began at start with what its transaction moved.
func (s *stats) committed(start time.Time, moves []store.PromiseMove, err error) {
	took := time.Since(start)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all.Commits++
	s.all.CommitTime += took
	bounds := store.CommitBounds()
	if s.all.Slower == nil {
		s.all.Slower, s.all.Promises = make([]uint64, len(bounds)), map[store.PromiseMove]uint64{}
	}
	for i, b := range bounds {
		if took > b {
			s.all.Slower[i]++
		}
	}
	if err != nil {
		s.all.Failed++
		return
	}
	for _, m := range moves {
		s.all.Promises[m]++
	}
}

// Stats returns what was counted since Open. See store.Stats.
func (s *Store) Stats() store.Stats {
	s.stats.mu.Lock()
	defer s.stats.mu.Unlock()
	out := s.stats.all
	out.Slower = append(make([]uint64, 0, len(out.Slower)), out.Slower...)
	out.Promises = make(map[store.PromiseMove]uint64, len(s.stats.all.Promises))
	for m, n := range s.stats.all.Promises {
		out.Promises[m] = n
	}
	return out
}

// moved notes that a promise came to a state that it was not in.
func (t *tx) moved(from promise.State, p *promise.Promise) {
	if p.State != from {
		t.moves = append(t.moves, store.PromiseMove{State: p.State, Told: p.Told})
	}
}
