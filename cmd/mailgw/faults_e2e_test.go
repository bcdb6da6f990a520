//go:build linux

package main_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// faultSenders is how many connections send while calls fail.
const faultSenders = 8

// TestFailingCalls lets every n-th write or sync of the running daemon fail: no
// 250 without a stored mail, nothing kept of a mail that was answered 4xx, and
// when the fault is over the daemon goes on by itself.
func TestFailingCalls(t *testing.T) {
	needStrace(t)
	cases := []struct {
		name, inject string
		forGood      bool // nothing works while the fault lasts
	}{
		{"every 3rd fdatasync", "fdatasync:error=EIO:when=3+3", false},
		{"every 40th pwrite64", "pwrite64:error=EIO:when=40+40", false},
		{"every 4th fsync", "fsync:error=EIO:when=4+4", false},
		{"all syncs from the 5th on", "fdatasync,fsync:error=EIO:when=5+", true},
		{"every 10th fdatasync", "fdatasync:error=EIO:when=2+10", false},
		{"every 23rd pwrite64", "pwrite64:error=EIO:when=23+23", false},
		{"every 50th pwrite64, no space", "pwrite64:error=ENOSPC:when=20+50", false},
		{"all writes from the 30th on", "pwrite64:error=EIO:when=30+", true},
	}
	for _, c := range cases[:sized(4, len(cases))] {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()                                                                // they mostly wait for the store to try again
			d := newDaemon(t, `outbox.yield="0s"`, `level.premium.first_answer="500h"`) // nobody is told a later time
			d.clock = "2026-11-20T10:00:00+01:00 x3600"                                 // the outbox's pauses are short on it
			d.start()
			f := &faulty{d: d}
			end := inject(t, d, c.inject)
			f.send(func(accepted, failed int) bool {
				return failed >= sized(20, 200) && (c.forGood || accepted >= sized(2, 40))
			})
			end()
			waitFor(t, "a mail to be accepted without a restart", func() bool {
				f.send(func(accepted, failed int) bool { return accepted+failed > 0 })
				return f.mails[len(f.mails)-1].accepted != ""
			})
			f.send(func(accepted, _ int) bool { return accepted >= 5 })
			d.audit(f.mails)
			d.kill()
			d.start()
			a := d.audit(f.mails)
			fmt.Printf("faults, %s: %d mails, %d refused, lost %d, doubled %d\n", c.name, len(f.mails), a.refused, a.lost, a.doubled)
		})
	}
}

// inject lets calls of the running daemon fail, until the function that it
// returns is called.
func inject(t testing.TB, d *daemon, what string) (end func()) {
	t.Helper()
	calls, _, _ := strings.Cut(what, ":")
	cmd := exec.Command("strace", "-f", "-o", "/dev/null", "-e", "trace="+calls, "-e", "inject="+what, "-p", strconv.Itoa(d.cmd.Process.Pid))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end = func() {
		if ended {
			return
		}
		ended = true
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("end strace: %v", err)
		}
		_ = cmd.Wait() // it ends by the signal
		if strings.Contains(said.String(), "not permitted") {
			t.Errorf("strace: %s", &said)
		}
	}
	t.Cleanup(end)
	waitFor(t, "strace to look at all threads", func() bool { return allTraced(d) })
	return end
}

// allTraced reports whether each thread of the daemon has a tracer.
func allTraced(d *daemon) bool {
	dir := fmt.Sprintf("/proc/%d/task", d.cmd.Process.Pid)
	threads, err := os.ReadDir(dir)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, thread := range threads {
		b, err := os.ReadFile(dir + "/" + thread.Name() + "/status")
		if err == nil && strings.Contains(string(b), "TracerPid:\t0\n") {
			return false
		}
	}
	return true
}

// faulty sends mails, each once, to a daemon whose calls fail.
type faulty struct {
	d     *daemon
	mu    sync.Mutex
	mails []*handed
}

// send sends mails over several connections until it is enough.
func (f *faulty) send(enough func(accepted, failed int) bool) {
	f.d.t.Helper()
	var all sync.WaitGroup
	var accepted, failed atomic.Int64
	limit := patience * time.Duration(sized(1, 4)) // the store waits half a second after each failure
	end := time.Now().Add(limit)
	for range faultSenders {
		all.Go(func() {
			for !enough(int(accepted.Load()), int(failed.Load())) {
				if time.Now().After(end) {
					f.d.t.Errorf("not enough of the fault after %s: %d accepted, %d failed", limit, accepted.Load(), failed.Load())
					return
				}
				switch m := f.sendOne(); {
				case m.accepted != "":
					accepted.Add(1)
				default:
					failed.Add(1)
					<-time.After(100 * time.Millisecond) // as a sender that tries later
				}
			}
		})
	}
	all.Wait()
}

func (f *faulty) sendOne() *handed {
	m := f.next()
	r, err := f.d.trySend(m.from, m.raw)
	m.accepted, m.refused = r.id(), r.code == 451 || r.code == 452
	if err != nil || m.accepted == "" && !m.refused {
		f.d.t.Errorf("<%s>: %s, %v, want 250, 451 or 452", m.id, r, err)
	}
	return m
}

// next makes a mail. Every fourth is too large for the database.
func (f *faulty) next() *handed {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := len(f.mails)
	m := &handed{id: fmt.Sprintf("fault%d@acme.example", i), from: fmt.Sprintf("f%d@acme.example", i)}
	size := 1 << 10
	if i%4 == 0 {
		size = 20 << 10
	}
	m.raw = draft{id: m.id, from: m.from, subject: "Faults", body: filler(rand.New(rand.NewPCG(7, uint64(i))), size)}.bytes()
	f.mails = append(f.mails, m)
	return m
}
