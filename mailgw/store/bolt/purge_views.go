package bolt

import (
	"sync"
	"time"
)

// views knows how old the states are that Views read: what they may read must
// stay, although the last commit does not name it any more.
type views struct {
	mu    sync.Mutex
	last  uint64         // the last commit, or one before while one ends
	open  map[uint64]int // how many Views are open, by what was the last commit before they began
	ended chan struct{}  // closed when one ends; nil when nobody waits for that
}

// begin notes that a View begins; it is called before that has its state, which
// therefore is not older than what begin returns.
func (v *views) begin() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open == nil {
		v.open = map[uint64]int{}
	}
	v.open[v.last]++
	return v.last
}

// end notes that a View ended, with what begin returned for it.
func (v *views) end(at uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open[at]--; v.open[at] == 0 {
		delete(v.open, at)
	}
	if v.ended != nil {
		close(v.ended)
		v.ended = nil
	}
}

// committed notes a commit, which Views that begin from now on see.
func (v *views) committed(id uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last = id
}

// now returns the last commit that was noted.
func (v *views) now() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last
}

// wait waits until all Views that are open see a commit, and reports whether they
// do before a limit.
func (v *views) wait(commit uint64, limit time.Duration) bool {
	var late <-chan time.Time
	for {
		ended := v.older(commit)
		if ended == nil {
			return true
		}
		if late == nil {
			t := time.NewTimer(limit)
			defer t.Stop()
			late = t.C
		}
		select {
		case <-ended:
		case <-late:
			return false
		}
	}
}

// older returns what is closed when a View ends, or nil when none is open that may
// not see a commit.
func (v *views) older(commit uint64) <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	for at := range v.open {
		if at >= commit {
			continue
		}
		if v.ended == nil {
			v.ended = make(chan struct{})
		}
		return v.ended
	}
	return nil
}
