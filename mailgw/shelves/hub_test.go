package shelves

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supportgw/mailgw/view"
)

// table is what is stored: places by shelf and UID.
type table struct {
	mu      sync.Mutex
	places  map[string]map[uint32]view.Place
	tops    map[string]uint32
	version uint64
	reads   int
	fail    error
}

func newTable() *table {
	return &table{places: map[string]map[uint32]view.Place{}, tops: map[string]uint32{}}
}

// commit writes, and returns the version that this made.
func (b *table) commit(writes []Write) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.version++
	for _, w := range writes {
		p := w.Place
		if b.places[p.Shelf] == nil {
			b.places[p.Shelf] = map[uint32]view.Place{}
		}
		if w.Removed {
			delete(b.places[p.Shelf], p.UID)
			continue
		}
		b.places[p.Shelf][p.UID] = p
		b.tops[p.Shelf] = max(b.tops[p.Shelf], p.UID+p.Count-1)
	}
	return b.version
}

func (b *table) source() Source {
	return Source{
		Tops: func() (map[string]uint32, uint64, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			return maps.Clone(b.tops), b.version, b.fail
		},
		Places: func(shelf string) ([]view.Place, uint32, uint64, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.reads++
			return b.sorted(shelf), b.tops[shelf], b.version, b.fail
		},
	}
}

func (b *table) sorted(shelf string) (out []view.Place) {
	for _, uid := range slices.Sorted(maps.Keys(b.places[shelf])) {
		out = append(out, b.places[shelf][uid])
	}
	return out
}

// want is what a snapshot of the shelf has to be.
func (b *table) want(shelf string) *Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &Snapshot{Shelf: shelf, Top: b.tops[shelf]}
	for _, p := range b.sorted(shelf) {
		s.Mails = expand(s.Mails, &p)
	}
	return s
}

func equal(t *testing.T, got, want *Snapshot) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.AllowUnexported(Mail{}), cmpopts.IgnoreUnexported(Snapshot{})); d != "" {
		t.Fatalf("shelf %q (-want +got):\n%s", want.Shelf, d)
	}
}

func at(shelf string, uid, count uint32) Write {
	return Write{Place: view.Place{Shelf: shelf, UID: uid, Count: count, Ticket: uint64(uid), Seq: 1}}
}

func gone(shelf string, uid uint32) Write {
	return Write{Place: view.Place{Shelf: shelf, UID: uid}, Removed: true}
}

func TestHubFollows(t *testing.T) {
	t.Parallel()
	b := newTable()
	h := NewHub(b.source())
	commit := func(writes ...Write) { h.Apply(b.commit(writes), writes) }
	commit(at("a", 1, 3), at("b", 4, 1))
	look := func(shelf string) *Snapshot {
		t.Helper()
		s, err := h.Shelf(shelf)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, s, b.want(shelf))
		return s
	}
	first := look("a")
	if again := look("a"); again != first {
		t.Error("another snapshot although nothing has changed")
	}
	commit(at("b", 5, 1))
	if again := look("a"); again != first {
		t.Error("another snapshot although nothing of the shelf has changed")
	}
	commit(at("a", 6, 2))
	second := look("a")
	if !second.Extends(first) || first.Extends(second) {
		t.Error("a shelf that got longer does not extend what it was")
	}
	commit(gone("a", 1), at("c", 8, 3))
	if third := look("a"); third.Extends(second) || second.Extends(third) {
		t.Error("a shelf from which a mail went extends what it was")
	}
	look("c")
	commit(at("a", 6, 1)) // the place has one mail less
	look("a")
	if len(first.Mails) != 3 || len(second.Mails) != 5 || second.Mails[4].UID != 7 {
		t.Errorf("snapshots of before have changed: %v, %v", first.Mails, second.Mails)
	}
	if n := b.reads; n != 2 {
		t.Errorf("%d reads of the store for two shelves", n)
	}
	names, err := h.Shelves("")
	if err != nil || strings.Join(names, " ") != "a b c" {
		t.Errorf("shelves %q, %v", names, err)
	}
	if names, _ := h.Shelves("b"); strings.Join(names, " ") != "b" {
		t.Errorf("shelves that begin with b: %q", names)
	}
	if s := look("never"); len(s.Mails) != 0 || s.Top != 0 {
		t.Errorf("a shelf that never was: %v", s)
	}
}

// TestHubOrder tells of commits in another order than they were made in.
func TestHubOrder(t *testing.T) {
	t.Parallel()
	b := newTable()
	h := NewHub(b.source())
	if _, err := h.Shelf("a"); err != nil {
		t.Fatal(err)
	}
	one, two, three := []Write{at("a", 1, 1)}, []Write{gone("a", 1)}, []Write{at("a", 2, 1)}
	b.commit(one)
	b.commit(two)
	b.commit(three)
	h.Apply(3, three)
	h.Apply(2, two)
	told := make(chan *Snapshot)
	go func() {
		s, _ := h.Shelf("a")
		told <- s
	}()
	time.Sleep(10 * time.Millisecond)
	h.Apply(1, one)
	equal(t, <-told, b.want("a"))
}

// TestHubGap loses a commit: what is shown is read anew, and those who watch hear of it.
func TestHubGap(t *testing.T) {
	t.Parallel()
	b := newTable()
	h := NewHub(b.source())
	h.wait = 10 * time.Millisecond
	first := []Write{at("a", 1, 1)}
	h.Apply(b.commit(first), first)
	if _, err := h.Shelf("a"); err != nil {
		t.Fatal(err)
	}
	rung := make(chan struct{}, 1)
	defer h.Watch(func(string) bool { return false }, func() { rung <- struct{}{} })()
	b.commit([]Write{at("a", 2, 1)}) // nobody is told
	third := []Write{at("b", 3, 1)}
	h.Apply(b.commit(third), third)
	s, err := h.Shelf("a")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, s, b.want("a"))
	select {
	case <-rung:
	default:
		t.Error("nobody was told that all may have changed")
	}
}

func TestHubFails(t *testing.T) {
	t.Parallel()
	b := newTable()
	b.commit([]Write{at("a", 1, 1)})
	h := NewHub(b.source())
	b.fail = errors.New("no disk")
	if _, err := h.Shelf("a"); !errors.Is(err, b.fail) {
		t.Errorf("error %v", err)
	}
	b.fail = nil
	s, err := h.Shelf("a")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, s, b.want("a"))
}

func TestHubWatch(t *testing.T) {
	t.Parallel()
	b := newTable()
	h := NewHub(b.source())
	rung := 0
	stop := h.Watch(func(shelf string) bool { return shelf == "a" }, func() { rung++ })
	heard := func() bool {
		before := rung
		rung = 0
		return before > 0
	}
	commit := func(writes ...Write) { h.Apply(b.commit(writes), writes) }
	commit(at("b", 1, 1))
	if heard() {
		t.Error("news of another shelf")
	}
	commit(at("b", 2, 1), at("a", 3, 1))
	if !heard() {
		t.Error("no news")
	}
	stop()
	commit(at("a", 4, 1))
	if heard() {
		t.Error("news after stop")
	}
}

// TestHubBound holds few mails, and still shows all.
func TestHubBound(t *testing.T) {
	t.Parallel()
	b := newTable()
	h := NewHub(b.source())
	h.most = 25
	for i := range uint32(10) {
		writes := []Write{at(fmt.Sprint("s", i), 1+10*i, 10)}
		h.Apply(b.commit(writes), writes)
	}
	for range 3 {
		for i := range 10 {
			name := fmt.Sprint("s", i)
			s, err := h.Shelf(name)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, s, b.want(name))
			if h.mails > h.most {
				t.Errorf("%d mails in memory", h.mails)
			}
		}
	}
}

// TestHubAtRandom writes from many sides, some commits told late, and looks from many:
// who has written sees it, and in the end all is as it is stored.
func TestHubAtRandom(t *testing.T) {
	t.Parallel()
	b := newTable()
	h := NewHub(b.source())
	h.most = 400
	var uids sync.Mutex
	next := uint32(1)
	var wg sync.WaitGroup
	for seed := range uint64(6) {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, 1))
			var mine []Write
			for range 300 {
				var writes []Write
				uids.Lock()
				if len(mine) > 0 && rnd.IntN(3) == 0 {
					i := rnd.IntN(len(mine))
					writes = append(writes, gone(mine[i].Place.Shelf, mine[i].Place.UID))
					mine = slices.Delete(mine, i, i+1)
				}
				w := at(fmt.Sprint("s", rnd.IntN(5)), next, 1+uint32(rnd.IntN(4)))
				next += w.Place.Count
				mine, writes = append(mine, w), append(writes, w)
				version := b.commit(writes)
				uids.Unlock()
				if rnd.IntN(4) == 0 {
					time.Sleep(time.Duration(rnd.IntN(50)) * time.Microsecond)
				}
				h.Apply(version, writes)
				if rnd.IntN(3) == 0 {
					s, err := h.Shelf(w.Place.Shelf)
					if err != nil {
						t.Error(err)
						return
					}
					if !slices.ContainsFunc(s.Mails, func(m Mail) bool { return m.UID == w.Place.UID }) {
						t.Errorf("UID %d is not on %s, to which it was written", w.Place.UID, w.Place.Shelf)
					}
					if !slices.IsSortedFunc(s.Mails, func(a, b Mail) int { return int(a.UID) - int(b.UID) }) {
						t.Errorf("shelf %s is not in order", s.Shelf)
					}
				}
			}
		})
	}
	wg.Wait()
	for i := range 5 {
		name := fmt.Sprint("s", i)
		s, err := h.Shelf(name)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, s, b.want(name))
	}
}

// TestHubLooksAtOnce moves mails between two shelves: who looks at both sees each mail once,
// and never one that came later without those before it.
func TestHubLooksAtOnce(t *testing.T) {
	t.Parallel()
	b := newTable()
	h := NewHub(b.source())
	h.most = 30 // what was held goes now and then
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		on := "a"
		for uid := uint32(1); uid < 4000; uid++ {
			to := [...]string{"a", "b"}[uid%2]
			writes := []Write{at(to, uid, 1)}
			if uid > 1 {
				writes = append(writes, gone(on, uid-1))
			}
			h.Apply(b.commit(writes), writes)
			on = to
		}
	})
	last := uint32(0)
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		snaps, err := h.Look("b", "a")
		if err != nil {
			t.Fatal(err)
		}
		n := len(snaps[0].Mails) + len(snaps[1].Mails)
		for _, m := range append(slices.Clone(snaps[0].Mails), snaps[1].Mails...) {
			if m.UID < last {
				t.Fatalf("UID %d after %d", m.UID, last)
			}
			last = m.UID
		}
		if n != 1 && last > 0 {
			t.Fatalf("the mail stands in %d places: %v %v", n, snaps[0].Mails, snaps[1].Mails)
		}
	}
	wg.Wait()
}
