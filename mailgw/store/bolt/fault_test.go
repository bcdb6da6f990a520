package bolt

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"supportgw/mailgw/store"
)

// faultCalls returns at which calls faults are put in: the first MAILGW_FAULTS, or a few.
func faultCalls(t testing.TB) []int {
	if n, err := strconv.Atoi(os.Getenv("MAILGW_FAULTS")); err == nil {
		var all []int
		for i := range n {
			all = append(all, i+1)
		}
		return all
	}
	if testing.Short() {
		return []int{9}
	}
	return []int{2, 9, 25}
}

// TestFailingCalls lets each n-th write, sync and truncation of a child fail. What
// the child was told had failed is not there, what it was told is durable is
// there, in the same process and in the next one; and the child goes on by itself.
func TestFailingCalls(t *testing.T) {
	t.Parallel()
	needStrace(t)
	type fault struct {
		call, err string
		at        int
		times     int
	}
	var faults []fault
	for _, n := range faultCalls(t) {
		faults = append(faults, fault{"pwrite64", "EIO", 4 * n, 1}, fault{"pwrite64", "ENOSPC", 4*n + 2, 3},
			fault{"fdatasync", "EIO", n, 1}, fault{"fdatasync", "EIO", n + 1, 1}, fault{"fdatasync", "EIO", n, 2}, fault{"fsync", "EIO", n, 1}, fault{"fsync", "ENOSPC", n, 3}, fault{"ftruncate", "ENOSPC", 1 + n/6, 1})
	}
	var (
		next, metaSyncs, acked, failed atomic.Int64
		injected                       sync.Map
		wg                             sync.WaitGroup
	)
	for range 2 {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(faults)); i = next.Add(1) - 1 {
				f := faults[i]
				inject := fmt.Sprintf("%s:error=%s:when=%d..%d", f.call, f.err, f.at, f.at+f.times-1)
				r, err := runFaulty(t.TempDir(), inject)
				if err != nil {
					t.Errorf("%s: %v", inject, err)
				}
				metaSyncs.Add(int64(r.metaSyncs))
				acked.Add(int64(len(r.acked)))
				failed.Add(int64(r.failed))
				if r.injected > 0 {
					injected.Store(f.call+" "+f.err, true)
				}
			}
		})
	}
	wg.Wait()
	fmt.Printf("failing calls: %d runs, %d updates acknowledged, %d failed, %d syncs of a meta page failed, lost 0, half 0\n", len(faults), acked.Load(), failed.Load(), metaSyncs.Load())
	for _, f := range faults {
		if _, ok := injected.Load(f.call + " " + f.err); !ok && !testing.Short() {
			t.Errorf("no %s ever failed with %s", f.call, f.err)
		}
	}
	// strace counts the calls of each thread apart: few runs may miss it by chance.
	if metaSyncs.Load() == 0 && len(faults) > 50 {
		t.Error("the sync of a meta page never failed")
	}
}

// faultyRun is what came of a child whose calls failed.
type faultyRun struct {
	acked     map[uint64]bool
	failed    int
	injected  int // calls that failed
	metaSyncs int // of these, syncs of a meta page
}

// runFaulty runs a child under faults, and compares what it left with what it said.
func runFaulty(dir, inject string) (faultyRun, error) {
	r := faultyRun{acked: map[uint64]bool{}}
	w := workload{Dir: filepath.Join(dir, "data"), Writers: 3, Updates: 75, Check: true}
	spec, err := json.Marshal(w)
	if err != nil {
		return r, err
	}
	trace := filepath.Join(dir, "trace")
	cmd := exec.Command("strace", "-f", "--seccomp-bpf", "-xx", "-s", "1", "-e", "trace=pwrite64,fsync,fdatasync,ftruncate", "-e", "inject="+inject, "-o", trace, os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, _ := cmd.Output() // it ends by SIGKILL
	if err := r.readTrace(trace); err != nil {
		return r, err
	}
	checked := false
	for line := range strings.Lines(string(stdout)) {
		var n uint64
		switch {
		case scan(line, "ACK %d", &n):
			r.acked[n] = true
		case scan(line, "FAIL %d", &n):
			r.failed++
			if full := strings.Contains(line, store.ErrFull.Error()); full != strings.Contains(inject, "ENOSPC") {
				return r, fmt.Errorf("the wrong cause: %s", line)
			}
		case scan(line, "CHECKED %d", &n):
			checked = true
		}
	}
	if opened := len(r.acked)+r.failed > 0; opened && !checked {
		return r, fmt.Errorf("the child did not recover: %s%s", stderr.Bytes(), tail(stdout))
	}
	if err := w.verifyDisk(w.Dir, func(n uint64) bool { return r.acked[n] }, true); err != nil {
		return r, fmt.Errorf("%w\n%s", err, tail(stdout))
	}
	return r, nil
}

func scan(line, format string, n *uint64) bool {
	_, err := fmt.Sscanf(line, format, n)
	return err == nil
}

func tail(b []byte) []byte { return b[max(0, len(b)-1000):] }

// metaWrite is the write of a meta page: one page, at the place of the first or second.
var metaWrite = regexp.MustCompile(`pwrite64\(\d+, "[^"]*"\.*, 4096, (0|4096)\)? `)

// readTrace counts the calls that failed, and the syncs of a meta page among them.
func (r *faultyRun) readTrace(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	meta := false // the last write was a meta page's
	for lines.Scan() {
		line := lines.Text()
		if strings.Contains(line, "pwrite64(") {
			meta = metaWrite.MatchString(line)
		}
		if !strings.Contains(line, "(INJECTED)") {
			continue
		}
		r.injected++
		if meta && strings.Contains(line, "fdatasync") {
			r.metaSyncs++
		}
	}
	return lines.Err()
}
