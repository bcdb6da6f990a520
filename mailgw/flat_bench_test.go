package mailgw

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/store"
	"supportgw/mailgw/store/bolt"
	"supportgw/mailgw/store/storetest"
)

// BenchmarkDeliverFlat compares what an accepted mail costs, with full processing,
// in a store of 10,000 tickets and in one of MAILGW_FLAT (100,000), in turns.
//
//	MAILGW_FLAT=1000000 go test -run '^$' -bench BenchmarkDeliverFlat -benchtime 1x ./mailgw
func BenchmarkDeliverFlat(b *testing.B) {
	large := uint64(100_000)
	if n, err := strconv.ParseUint(os.Getenv("MAILGW_FLAT"), 10, 64); err == nil {
		large = n
	}
	for b.Loop() {
		stores := []*flatStore{newFlatStore(b, 10_000), newFlatStore(b, large)}
		for range 5 {
			for _, f := range stores {
				f.deliver(b, 3000)
			}
		}
		for _, f := range stores {
			fmt.Printf("flat: at %d tickets: %.0f mails/s, %d µs CPU per mail\n", f.tickets, float64(f.mails)/f.wall.Seconds(), (f.cpu / time.Duration(f.mails)).Microseconds())
		}
		small, big := stores[0], stores[1]
		rate, cpu := float64(small.wall)/float64(big.wall), float64(big.cpu)/float64(small.cpu)
		fmt.Printf("flat: rate %.2f, CPU per mail %.2f, of those at 10000 tickets\n", rate, cpu)
		b.ReportMetric(rate, "rate-ratio")
		b.ReportMetric(cpu, "cpu-ratio")
	}
}

// flatStore is a gateway on a store of some size, and what delivering to it cost.
type flatStore struct {
	g         *Gateway
	tickets   uint64
	sent      atomic.Int64
	mails     int
	wall, cpu time.Duration
}

func newFlatStore(b *testing.B, tickets uint64) *flatStore {
	dir := b.TempDir()
	fill(b, dir, tickets)
	c, err := config.Load("../config.example.toml", []string{
		fmt.Sprintf("data=%q", dir), "acknowledge.budget.per_address=0", "acknowledge.budget.per_domain=0",
		"acknowledge.budget.per_network=0", "acknowledge.budget.total=0",
	})
	if err != nil {
		b.Fatal(err)
	}
	g, err := Open(c, &Clock{factor: 1}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := g.Close(); err != nil {
			b.Error(err)
		}
	})
	return &flatStore{g: g, tickets: tickets}
}

// fill puts tickets into a store through its own interface, many per Update.
func fill(b *testing.B, dir string, tickets uint64) {
	s, err := bolt.Open(bolt.Options{Dir: dir, InlineBytes: 16 << 10})
	if err != nil {
		b.Fatal(err)
	}
	const together = 2000
	for from := uint64(0); from < tickets; from += together {
		err := s.Update(store.Background, func(tx store.Tx) error {
			for n := from; n < min(from+together, tickets); n++ {
				if _, err := (storetest.Mail{N: n + 1, RawSize: 1000, Promise: true}).Put(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// deliver takes mails in over 20 connections.
func (f *flatStore) deliver(b *testing.B, mails int64) {
	body := strings.Repeat("The export button gives a timeout in the customer portal since this morning. ", 48)
	last := f.sent.Load() + mails
	begin, cpu := time.Now(), cpuTime(b)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for i := f.sent.Add(1); i <= last; i = f.sent.Add(1) {
				if err := f.g.Deliver(context.Background(), benchMail(f.g, i, body)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	f.sent.Store(last)
	f.wall += time.Since(begin)
	f.cpu += cpuTime(b) - cpu
	f.mails += int(mails)
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
