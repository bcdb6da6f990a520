package bolt

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"supportgw/mailgw/store/storetest/powercut"
)

// histories returns how many power cuts are tried: MAILGW_POWERCUT_HISTORIES, or few.
func histories(t testing.TB) int {
	n, err := strconv.Atoi(os.Getenv("MAILGW_POWERCUT_HISTORIES"))
	switch {
	case err == nil:
		return n
	case testing.Short():
		return 20
	case os.Getenv("MAILGW_POWERCUT_HISTORIES") != "":
		t.Fatal("MAILGW_POWERCUT_HISTORIES is not a number")
	}
	return 40
}

// recorded is a workload's trace: two runs, of which the first was killed, so that
// the second finds what it left and sweeps it.
func recorded(t testing.TB, w workload, updates uint64) (workload, *powercut.Trace) {
	t.Helper()
	needStrace(t)
	root := t.TempDir()
	// Two new folders, so that each one's name has to be made durable.
	w.Dir = filepath.Join(root, "var", "data")
	w.Writers, w.Updates = 5, updates
	tr := powercut.New(root)
	for _, kill := range []int64{int64(w.Updates) / 2, 0} {
		w.KillAt = kill
		trace, _, err := w.straced(t)
		if (err == nil) == (kill > 0) {
			t.Fatalf("the child ended with: %v", err)
		}
		f, err := os.Open(trace)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(tr.Read(f), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return w, tr
}

// fastDir returns a folder in memory where there is one: rebuilt disks are many.
func fastDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "powercut")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// cutOnce rebuilds one disk and says whether the store on it is what it must be.
func cutOnce(w workload, tr *powercut.Trace, rule powercut.Rule, rng *rand.Rand, dir string) error {
	return cutAt(w, tr, rule, rng, rng.IntN(tr.Len()+1), dir)
}

// cutAt is cutOnce at an instant.
func cutAt(w workload, tr *powercut.Trace, rule powercut.Rule, rng *rand.Rand, at int, dir string) error {
	acked := map[uint64]bool{}
	var promised []uint64 // erased before a purge that ended
	tr.Notes(at, func(s string) {
		for line := range strings.Lines(s) {
			var n uint64
			if _, err := fmt.Sscanf(line, "ACK %d", &n); err == nil {
				acked[n] = true
			}
			promised = w.promised(line, acked, promised)
		}
	})
	if err := tr.Cut(rng, at, rule, dir); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	data := filepath.Join(dir, "var", "data")
	if _, err := os.Stat(data); err != nil && len(acked) == 0 {
		return nil // it had not begun
	}
	if err := w.nowhere(data, promised); err != nil {
		return fmt.Errorf("power cut at %d of %d: %w\n%s", at, tr.Len(), err, tr.Describe(at, 30))
	}
	w.Fault = "" // the store after the power cut is whole
	if err := w.verifyDisk(data, func(n uint64) bool { return acked[n] }, false); err != nil {
		return fmt.Errorf("power cut at %d of %d, %d acknowledged: %w\n%s", at, tr.Len(), len(acked), err, tr.Describe(at, 30))
	}
	return nil
}

// TestPowerCut cuts the power at random instants of a recorded run. Whatever part
// of the bytes and names that were not synced the disk then has: all that was
// acknowledged is there, and every update wholly or not at all.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	w, tr := recorded(t, workload{}, 450)
	seed, dir, n := rand.Uint64(), fastDir(t), histories(t)
	var wg sync.WaitGroup
	var next, lost, half atomic.Int64
	for range 2 {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n) && lost.Load()+half.Load() < 3; i = next.Add(1) {
				err := cutOnce(w, tr, powercut.Rule{}, rand.New(rand.NewPCG(seed, uint64(i))), filepath.Join(dir, fmt.Sprint(i)))
				if err == nil {
					continue
				}
				if errors.Is(err, errLost) {
					lost.Add(1)
				} else {
					half.Add(1)
				}
				t.Errorf("seed %d, history %d: %v", seed, i, err)
			}
		})
	}
	wg.Wait()
	// Each commit ends with the sync of its meta page, the second of two.
	fmt.Printf("power cut: %d histories, %d commits, %d segment syncs, %d updates, lost %d, half %d\n",
		n, tr.Syncs(fileName)/2, tr.Syncs(".seg"), w.Updates, lost.Load(), half.Load())
	if tr.Syncs(fileName) < 300 || tr.Syncs(".seg") < 30 {
		t.Error("the workload is too small to show anything")
	}
}

// TestPowerCutCatches puts faults in, and sees that the power cut finds them.
func TestPowerCutCatches(t *testing.T) {
	t.Parallel()
	is := func(suffix string) powercut.Rule {
		return powercut.Rule{Ignore: func(path string) bool { return strings.HasSuffix(path, suffix) }}
	}
	whole, honest := recorded(t, workload{}, 150)
	for name, c := range map[string]struct {
		fault string
		rule  powercut.Rule
	}{
		"no sync of the database":        {"no sync", powercut.Rule{}},
		"raw bytes not synced":           {"raw not synced", powercut.Rule{}},
		"the disk lies about all syncs":  {"", is("")},
		"the disk lies about segments":   {"", is(".seg")},
		"the disk lies about database":   {"", is(fileName)},
		"raw folder's names not synced":  {"", is("/" + segmentDir)},
		"data folder's names not synced": {"", is("/data")},
		"parent folder's not synced":     {"", is("/var")},
	} {
		t.Run(name, func(t *testing.T) {
			w, tr := whole, honest
			if c.fault != "" {
				w, tr = recorded(t, workload{Fault: c.fault}, 150)
			}
			dir := fastDir(t)
			const most = 200
			for i := range uint64(most) {
				err := cutOnce(w, tr, c.rule, rand.New(rand.NewPCG(1, i)), filepath.Join(dir, fmt.Sprint(i)))
				if err != nil {
					what, _, _ := strings.Cut(err.Error(), "\n")
					t.Logf("caught at history %d: %s", i+1, what)
					return
				}
			}
			t.Errorf("not caught in %d histories", most)
		})
	}
}
