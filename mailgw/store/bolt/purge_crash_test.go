package bolt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest/powercut"
	"supportgw/mailgw/ticket"
)

// erasedBy returns the number of the mail that update n erases, of one of its
// writer's earlier updates, and 0 when it erases none.
func (w workload) erasedBy(n uint64) uint64 {
	if !w.Erases || n%4 != 0 || n <= 3*w.Writers {
		return 0
	}
	return n - 3*w.Writers
}

func (w workload) erase(tx store.Tx, n uint64) error {
	if gone := w.erasedBy(n); gone > 0 {
		return w.mail(gone).Erase(tx)
	}
	return nil
}

// isErased reports whether the update that erases mail n is there.
func (w workload) isErased(n uint64, there []bool) bool {
	by := n + 3*w.Writers
	return by <= w.Updates && w.erasedBy(by) == n && there[by]
}

// present returns the receipt of mail n when it is there, or erased, wholly.
func (w workload) present(r store.Reader, n uint64) (ticket.Receipt, error) {
	by := n + 3*w.Writers
	if by > w.Updates || w.erasedBy(by) != n {
		return w.mail(n).Present(r)
	}
	if _, err := r.Receipt(w.mail(by).ID()); err != nil {
		return w.mail(n).Present(r)
	}
	rc, err := r.Receipt(w.mail(n).ID())
	return rc, errors.Join(err, w.mail(n).Gone(r))
}

// purgeOften purges until it is told to stop, and then once more. It says on standard
// output when it begins, and when that succeeded.
func (w workload) purgeOften(s *Store) (stop func()) {
	if !w.Erases {
		return func() {}
	}
	var wg sync.WaitGroup
	var over atomic.Bool
	purge := func() {
		fmt.Println("PURGE")
		if _, err := s.Purge(nil); err != nil {
			fmt.Println("NOT PURGED:", err)
			return
		}
		fmt.Println("PURGED")
	}
	wg.Go(func() {
		for !over.Load() {
			purge()
		}
	})
	return func() {
		over.Store(true)
		wg.Wait()
		purge()
	}
}

// promised follows what a child says: it returns the mails that were erased before the last
// purge that succeeded had begun. The first number is of those before the one that runs.
func (w workload) promised(line string, acked map[uint64]bool, before []uint64) []uint64 {
	switch strings.TrimSpace(line) {
	case "PURGE":
		var erased []uint64
		for n := range acked {
			if gone := w.erasedBy(n); gone > 0 {
				erased = append(erased, gone)
			}
		}
		// Kept apart from those that are promised already, which come after the zero.
		return append(append(erased, 0), done(before)...)
	case "PURGED":
		for i, n := range before {
			if n == 0 {
				return append([]uint64{0}, before[:i]...)
			}
		}
	}
	return before
}

// done returns what promised has found so far.
func done(p []uint64) []uint64 {
	for i, n := range p {
		if n == 0 {
			return p[i+1:]
		}
	}
	return nil
}

// nowhere returns an error when something of the mails that promised found is in a folder.
func (w workload) nowhere(dir string, promised []uint64) error {
	return w.searched(dir, done(promised))
}

func (w workload) searched(dir string, mails []uint64) error {
	return filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, n := range mails {
			for _, needle := range w.mail(n).Needles() {
				if at := bytes.Index(b, needle); at >= 0 && err == nil {
					err = fmt.Errorf("%w: erased mail %d, and purged, is in %s at %d: %.30q", errHalf, n, path, at, needle)
				}
			}
		}
		return err
	})
}

// purgeAgain purges a store that was cut short, and sees that it leaves nothing.
func (w workload) purgeAgain(s *Store) error {
	if !w.Erases {
		return nil
	}
	if _, err := s.Purge(nil); err != nil {
		return fmt.Errorf("%w: purge again: %w", errHalf, err)
	}
	if errs := s.Check(); len(errs) > 0 {
		return fmt.Errorf("%w: after purging again: %w", errHalf, errors.Join(errs...))
	}
	var erased []uint64
	err := s.View(func(r store.Reader) error {
		rep, err := store.Verify(r, nil)
		if err != nil || len(rep.Problems) > 0 {
			return fmt.Errorf("%w: after purging again: %w %q", errHalf, err, rep.Problems)
		}
		return r.Receipts(func(rc ticket.Receipt) bool {
			if rc.Erased != nil {
				erased = append(erased, uint64(rc.ID)/16)
			}
			return true
		})
	})
	return errors.Join(err, w.searched(s.o.Dir, erased))
}

// TestPurgePowerCut cuts the power at random instants of a run in which mails are
// erased and the store is purged all the while. What was acknowledged is there, what was
// not erased is whole, what was erased before a purge that ended is nowhere on the disk,
// and purging again leaves nothing of the rest.
func TestPurgePowerCut(t *testing.T) {
	t.Parallel()
	w, tr := recorded(t, workload{Erases: true}, 140)
	seed, dir, n := rand.Uint64(), fastDir(t), histories(t)/2
	ends := purgesEnd(tr)
	if len(ends) < 3 {
		t.Fatalf("only %d purges", len(ends))
	}
	var wg sync.WaitGroup
	var next, bad atomic.Int64
	for range 2 {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n) && bad.Load() < 3; i = next.Add(1) {
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				at := rng.IntN(tr.Len() + 1)
				if i%2 == 0 { // when a purge has just said that it ended
					at = ends[rng.IntN(len(ends))]
				}
				if err := cutAt(w, tr, powercut.Rule{}, rng, at, filepath.Join(dir, fmt.Sprint(i))); err != nil {
					bad.Add(1)
					t.Errorf("seed %d, history %d: %v", seed, i, err)
				}
			}
		})
	}
	wg.Wait()
	fmt.Printf("power cut while purging: %d histories, %d purges, %d instants, bad %d\n", n, len(ends), tr.Len(), bad.Load())
}

// purgesEnd returns the instants at which a child had said that a purge succeeded.
func purgesEnd(tr *powercut.Trace) (at []int) {
	said := func(before int) (n int) {
		tr.Notes(before, func(s string) {
			for line := range strings.Lines(s) {
				if strings.TrimSpace(line) == "PURGED" {
					n++
				}
			}
		})
		return n
	}
	for k := range said(tr.Len()) {
		at = append(at, sort.Search(tr.Len(), func(i int) bool { return said(i) > k }))
	}
	return at
}

// purgeSteps are the steps between which a Purge may be cut short.
var purgeSteps = []string{"begun", "copied", "moved", "dropped", "removed", "cleared", "all cleared", "synced"}

// purgeAt returns what kills the process at a step.
func (w workload) purgeAt() func(string) {
	var mu sync.Mutex
	seen := map[string]int{}
	return func(step string) {
		mu.Lock()
		defer mu.Unlock()
		seen[step]++
		if fmt.Sprint(step, " ", seen[step]) == w.DieAt {
			die()
		}
	}
}

// TestPurgeKilled kills children at each step of a Purge, the first one or a later one.
// What they leave is whole, and purging again leaves nothing.
func TestPurgeKilled(t *testing.T) {
	t.Parallel()
	killed := 0
	for i, step := range purgeSteps {
		for _, n := range []int{1, 2 + i}[i%2:] {
			w := workload{Dir: filepath.Join(fastDir(t), "data"), Writers: 5, Updates: 60, Erases: true, DieAt: fmt.Sprint(step, " ", n)}
			spec, err := json.Marshal(w)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
			stdout, err := cmd.Output()
			if err != nil {
				killed++
			}
			acked := map[uint64]bool{}
			for line := range strings.Lines(string(stdout)) {
				var n uint64
				if scan(line, "ACK %d", &n) {
					acked[n] = true
				}
			}
			w.DieAt = ""
			if err := w.verifyDisk(w.Dir, func(n uint64) bool { return acked[n] }, false); err != nil {
				t.Errorf("killed at %s %d, %d acknowledged: %v", step, n, len(acked), err)
			}
		}
	}
	fmt.Printf("killed while purging: %d children\n", killed)
	if killed < len(purgeSteps) {
		t.Errorf("only %d children were killed", killed)
	}
}
