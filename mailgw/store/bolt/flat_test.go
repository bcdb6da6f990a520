package bolt

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
)

// flatMail is a mail of the large store: one ticket, two outgoing rows, a promise.
func flatMail(n uint64) storetest.Mail {
	return storetest.Mail{N: n, RawSize: 1000, Rows: 2, Promise: true, Shelf: shelves[n%2]}
}

// load fills a store with tickets through its own interface, many per Update.
func load(tb testing.TB, s *Store, tickets uint64) {
	tb.Helper()
	const together = 2000
	for from := uint64(0); from < tickets; from += together {
		err := s.Update(store.Background, func(x store.Tx) error {
			for n := from; n < min(from+together, tickets); n++ {
				if _, err := flatMail(n + 1).Put(x); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// sized is a store of some size, and what adding to it cost.
type sized struct {
	s       *Store
	dir     string
	tickets uint64
	next    atomic.Uint64
	wall    time.Duration
	cpu     time.Duration
	mails   int
}

// add adds mails, one per Update, from several writers.
func (z *sized) add(tb testing.TB, mails int) {
	begin, cpu := time.Now(), cpuTime(tb)
	last := z.next.Load() + uint64(mails)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for n := z.next.Add(1); n <= last; n = z.next.Add(1) {
				if err := put(z.s, flatMail(n)); err != nil {
					tb.Error(err)
				}
			}
		})
	}
	wg.Wait()
	z.next.Store(last)
	z.wall += time.Since(begin)
	z.cpu += cpuTime(tb) - cpu
	z.mails += mails
}

func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFlat compares what a mail costs in a store of 10,000 tickets and in one
// of MAILGW_FLAT (100,000), in turns, and says how long the large one takes to
// open after a SIGKILL, and in how much memory.
//
//	MAILGW_FLAT=1000000 go test -run '^$' -bench BenchmarkFlat -benchtime 1x ./mailgw/store/bolt
func BenchmarkFlat(b *testing.B) {
	large := uint64(100_000)
	if n, err := strconv.ParseUint(os.Getenv("MAILGW_FLAT"), 10, 64); err == nil {
		large = n
	}
	for b.Loop() {
		var stores []*sized
		for _, n := range []uint64{10_000, large} {
			z := &sized{dir: b.TempDir(), tickets: n}
			z.s = mustOpen(b, Options{Dir: z.dir, InlineBytes: 16 << 10})
			begin := time.Now()
			load(b, z.s, n)
			z.next.Store(n)
			info, err := os.Stat(filepath.Join(z.dir, fileName))
			if err != nil {
				b.Fatal(err)
			}
			fmt.Printf("flat: %d tickets loaded in %.1f s, %d MiB, %d bytes per ticket\n", n, time.Since(begin).Seconds(), info.Size()>>20, info.Size()/int64(n))
			stores = append(stores, z)
		}
		const rounds, mails = 3, 3000
		for range rounds {
			for _, z := range stores {
				z.add(b, mails)
			}
		}
		for _, z := range stores {
			fmt.Printf("flat: at %d tickets: %.0f mails/s, %.0f µs CPU per mail\n", z.tickets, float64(z.mails)/z.wall.Seconds(), float64(z.cpu.Microseconds())/float64(z.mails))
			if err := z.s.Close(); err != nil {
				b.Fatal(err)
			}
		}
		rate := stores[0].wall.Seconds() / stores[1].wall.Seconds()
		fmt.Printf("flat: ratio of rates %.2f, of CPU %.2f\n", rate, stores[0].cpu.Seconds()/stores[1].cpu.Seconds())
		b.ReportMetric(rate, "ratio")
		for range 2 { // the second one finds a store whose process was killed
			fmt.Print("flat: ", openedByChild(b, stores[1].dir))
		}
	}
}

// openedByChild returns what another process says of opening a store, before it kills itself.
func openedByChild(b *testing.B, dir string) string {
	spec, err := json.Marshal(workload{Dir: dir, Opens: true})
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
	cmd.Stderr = os.Stderr
	out, _ := cmd.Output()
	if !strings.HasPrefix(string(out), "opened") {
		b.Fatalf("the child says: %s", out)
	}
	return string(out)
}

// sayOpening opens the store, writes a mail, says how that went, and dies.
func (w workload) sayOpening() error {
	begin := time.Now()
	s, err := Open(Options{Dir: w.Dir, InlineBytes: 16 << 10})
	if err != nil {
		return err
	}
	opened := time.Since(begin)
	if err := put(s, flatMail(1<<40+uint64(begin.UnixNano())&0xffffff)); err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, anon, _ := strings.Cut(string(status), "RssAnon:")
	anon, _, _ = strings.Cut(anon, "\n")
	fmt.Printf("opened in %d ms, with the first mail %d ms, %s anonymous memory\n", opened.Milliseconds(), time.Since(begin).Milliseconds(), strings.TrimSpace(anon))
	die()
	return nil
}
