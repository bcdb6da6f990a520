package store

import (
	"time"

	"supportgw/mailgw/promise"
)

// Stats is what an engine has counted since it was opened. An engine that counts
// has a method Stats() Stats, which costs next to nothing and may be called from
// many goroutines.
type Stats struct {
	Commits    uint64                 // that succeeded, and those whose storage failed
	Failed     uint64                 // of these, those whose storage failed
	CommitTime time.Duration          // all commits together, from the first write to the end of the sync
	Slower     []uint64               // for each of CommitBounds: commits that took longer
	Promises   map[PromiseMove]uint64 // rows of the ledger that came to a state
}

// PromiseMove is a promise that came to a state.
type PromiseMove struct {
	State promise.State
	Told  bool // whether the customer knew of it
}

// CommitBounds are the bounds that commits are sorted by in Stats.Slower.
func CommitBounds() []time.Duration {
	return []time.Duration{time.Millisecond, 5 * time.Millisecond, 25 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, 2500 * time.Millisecond, 10 * time.Second}
}
