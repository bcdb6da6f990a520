package shelves

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"supportgw/mailgw/view"
)

// Source reads what is stored, each function in one consistent state, of which it tells
// the version.
type Source struct {
	// Tops returns all shelves, with the highest UID that each has ever had.
	Tops func() (tops map[string]uint32, version uint64, err error)
	// Places returns what stands on a shelf, by UID, and the highest UID that it has ever had.
	Places func(shelf string) (places []view.Place, top uint32, version uint64, err error)
}

// Hub holds the shelves that somebody looks at as they are after the last commit.
type Hub struct {
	source Source
	most   int // mails in memory, above which shelves that are looked at least go
	wait   time.Duration

	mu       sync.Mutex
	on       bool               // it follows commits: somebody has asked
	loading  bool               // it begins to
	version  uint64             // of the last commit that it has
	late     map[uint64][]Write // commits of which one before them has not come yet
	come     chan struct{}      // closed when late gets shorter
	tops     map[string]uint32  // of all shelves
	names    []string           // of tops, sorted; nil: to be made
	shelves  map[string]*shelf  // those in memory
	mails    int                // how many they hold
	tick     uint64             // counts the looks
	watchers map[*watcher]struct{}
}

// shelf is one that is in memory.
type shelf struct {
	snap    *Snapshot // nil: it is being read
	ready   chan struct{}
	version uint64      // that snap was read at
	pending []versioned // what was written since snap
	used    uint64      // the look that was the last
}

type versioned struct {
	version uint64
	writes  []Write
}

// How much a Hub holds.
const (
	mostMails   = 1_000_000              // in memory; a folder that is bigger is held all the same
	mostPending = 4096                   // writes of a shelf that nobody looks at: it is dropped then
	mostLate    = 1 << 16                // commits that wait for one before them
	waitForLate = 500 * time.Millisecond // for a commit that was told of too late
)

// errDropped is returned for a shelf that changed too fast to be read.
var errDropped = errors.New("shelves: a shelf was dropped while it was read, again and again")

// NewHub makes a Hub. It reads nothing, and holds nothing, before somebody asks.
func NewHub(s Source) *Hub {
	return &Hub{source: s, most: mostMails, wait: waitForLate, late: map[uint64][]Write{}, come: make(chan struct{}), watchers: map[*watcher]struct{}{}}
}

// Apply says what a commit has written. The versions of commits follow each other without
// a gap, but may be told in any order. writes are the Hub's from now on.
func (h *Hub) Apply(version uint64, writes []Write) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.on && !h.loading || h.on && version <= h.version {
		return
	}
	h.late[version] = writes
	if len(h.late) > mostLate { // nobody asks, and one never came
		h.drop()
		return
	}
	if h.on {
		h.follow()
	}
}

// follow takes the commits that are next.
func (h *Hub) follow() {
	took := false
	for {
		writes, ok := h.late[h.version+1]
		if !ok {
			break
		}
		h.version++
		delete(h.late, h.version)
		h.take(writes)
		took = true
	}
	if took {
		close(h.come)
		h.come = make(chan struct{})
	}
}

// take lets the shelves know what the commit at h.version wrote.
func (h *Hub) take(writes []Write) {
	by := map[string][]Write{}
	for _, w := range writes {
		by[w.Place.Shelf] = append(by[w.Place.Shelf], w)
		top, known := h.tops[w.Place.Shelf]
		if !w.Removed {
			h.tops[w.Place.Shelf] = max(top, w.Place.UID+(w.Place.Count-1))
			if !known {
				h.names = nil
			}
		}
	}
	for name, writes := range by {
		s := h.shelves[name]
		if s == nil || s.snap != nil && h.version <= s.version {
			continue
		}
		s.pending = append(s.pending, versioned{h.version, writes})
		if len(s.pending) > mostPending {
			h.forget(name)
		}
	}
	h.tell(by)
}

// drop forgets everything: it begins anew when somebody asks.
func (h *Hub) drop() {
	h.on, h.version, h.late, h.shelves, h.tops, h.names, h.mails = false, 0, map[uint64][]Write{}, nil, nil, nil, 0
	close(h.come)
	h.come = make(chan struct{})
	for w := range h.watchers {
		w.ring()
	}
}

// forget drops one shelf.
func (h *Hub) forget(name string) {
	if s := h.shelves[name]; s != nil && s.snap != nil {
		h.mails -= len(s.snap.Mails)
	}
	delete(h.shelves, name)
}

// settle waits until the Hub has all commits that it was told of, and begins to follow
// them if it does not. The caller has the lock, and has it again afterwards.
func (h *Hub) settle() error {
	for {
		if !h.on {
			if err := h.begin(); err != nil {
				return err
			}
			continue
		}
		if len(h.late) == 0 {
			return nil
		}
		if h.await() && h.on && len(h.late) > 0 { // one before them was never told
			h.drop()
		}
	}
}

// await waits for a commit to come, and tells whether none did for long. The caller has the
// lock, and has it again afterwards.
func (h *Hub) await() (missing bool) {
	come := h.come
	h.mu.Unlock()
	defer h.mu.Lock()
	timer := time.NewTimer(h.wait)
	defer timer.Stop()
	select {
	case <-come:
		return false
	case <-timer.C:
		return true
	}
}

// begin reads the names of all shelves and follows commits from there on.
func (h *Hub) begin() error {
	if h.loading {
		come := h.come
		h.mu.Unlock()
		<-come
		h.mu.Lock()
		return nil
	}
	h.loading = true
	h.mu.Unlock()
	tops, version, err := h.source.Tops()
	h.mu.Lock()
	h.loading = false
	close(h.come)
	h.come = make(chan struct{})
	if err != nil {
		clear(h.late)
		return err
	}
	h.on, h.version, h.tops, h.names, h.shelves = true, version, tops, nil, map[string]*shelf{}
	for v := range h.late {
		if v <= version {
			delete(h.late, v)
		}
	}
	h.follow()
	return nil
}

// Shelf returns a shelf as it is now, see [Hub.Look].
func (h *Hub) Shelf(name string) (*Snapshot, error) {
	snaps, err := h.Look(name)
	if err != nil {
		return nil, err
	}
	return snaps[0], nil
}

// Look returns shelves as they all are at one instant, which is now: every commit that was
// told of before the call is in them, and so is of two commits never the later one alone.
// While nothing of a shelf changes it is the same Snapshot.
func (h *Hub) Look(names ...string) ([]*Snapshot, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for range 100 {
		if err := h.settle(); err != nil {
			return nil, err
		}
		h.tick++
		waited, err := h.load(names)
		if err != nil {
			return nil, err
		}
		if !waited {
			return h.hand(names), nil
		}
	}
	return nil, errDropped
}

// load sees to it that shelves are in memory. It tells whether it gave the lock away for that.
func (h *Hub) load(names []string) (waited bool, err error) {
	for _, name := range names {
		s := h.shelves[name]
		switch _, known := h.tops[name]; {
		case s == nil && !known:
		case s == nil:
			if err := h.read(name); err != nil {
				return true, err
			}
			waited = true
		case s.snap == nil:
			ready := s.ready
			h.mu.Unlock()
			<-ready
			h.mu.Lock()
			waited = true
		case s.version > h.version: // read after a commit that is about to be told of
			if h.await() && h.on && s.version > h.version {
				h.drop()
			}
			return true, nil
		}
	}
	return waited, nil
}

// hand returns shelves that are in memory.
func (h *Hub) hand(names []string) []*Snapshot {
	out := make([]*Snapshot, 0, len(names))
	for _, name := range names {
		s := h.shelves[name]
		if s == nil {
			out = append(out, &Snapshot{Shelf: name})
			continue
		}
		s.used = h.tick
		h.mend(s)
		out = append(out, s.snap)
	}
	h.evict()
	return out
}

// read reads a shelf. The caller has the lock, and has it again afterwards.
func (h *Hub) read(name string) error {
	s := &shelf{ready: make(chan struct{}), used: h.tick}
	h.shelves[name] = s
	h.mu.Unlock()
	places, top, version, err := h.source.Places(name)
	h.mu.Lock()
	defer close(s.ready)
	if h.shelves[name] != s { // dropped meanwhile
		return err
	}
	if err != nil {
		delete(h.shelves, name)
		return err
	}
	snap := &Snapshot{Shelf: name, Top: top, line: new(int)}
	for i := range places {
		snap.Mails = expand(snap.Mails, &places[i])
	}
	s.snap, s.version = snap, version
	s.pending = slices.DeleteFunc(s.pending, func(v versioned) bool { return v.version <= version })
	h.mails += len(snap.Mails)
	return nil
}

// evict drops the shelves that were looked at least recently until there is room, but none
// that the present look is at.
func (h *Hub) evict() {
	for h.mails > h.most {
		old := ""
		for name, s := range h.shelves {
			if s.used < h.tick && s.snap != nil && (old == "" || s.used < h.shelves[old].used) {
				old = name
			}
		}
		if old == "" {
			return
		}
		h.forget(old)
	}
}

// mend brings a snapshot up to what was written since.
func (h *Hub) mend(s *shelf) {
	if len(s.pending) == 0 {
		return
	}
	var writes []Write
	for _, v := range s.pending {
		writes = append(writes, v.writes...)
	}
	before := len(s.snap.Mails)
	s.snap, s.pending = s.snap.with(writes), nil
	h.mails += len(s.snap.Mails) - before
}

// Shelves returns the names that begin so of all shelves that there are or were, in order.
func (h *Hub) Shelves(begin string) ([]string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.settle(); err != nil {
		return nil, err
	}
	if h.names == nil {
		h.names = make([]string, 0, len(h.tops))
		for name := range h.tops {
			h.names = append(h.names, name)
		}
		slices.Sort(h.names)
	}
	i, _ := slices.BinarySearchFunc(h.names, begin, func(a, b string) int { return cmp.Compare(a, b) })
	var out []string
	for ; i < len(h.names) && strings.HasPrefix(h.names[i], begin); i++ {
		out = append(out, h.names[i])
	}
	return out, nil
}

// watcher is one who wants news.
type watcher struct {
	wants func(shelf string) bool
	ring  func()
}

// Watch calls ring when one of those shelves has changed, until stop is called. Both
// functions must be quick, and must not call the Hub.
func (h *Hub) Watch(wants func(shelf string) bool, ring func()) (stop func()) {
	w := &watcher{wants, ring}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watchers[w] = struct{}{}
	if h.settle() != nil { // who looks hears of it
		w.ring()
	}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers, w)
	}
}

// tell tells the watchers which shelves have changed.
func (h *Hub) tell(by map[string][]Write) {
	for w := range h.watchers {
		for name := range by {
			if w.wants(name) {
				w.ring()
				break
			}
		}
	}
}
