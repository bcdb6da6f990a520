package bolt

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
)

// BenchmarkPurge erases every hundredth mail of MAILGW_PURGE (64) MiB of segments,
// purges while 8 writers put mails of 1,000 bytes, and compares how many they put
// meanwhile with how many before and after.
//
//	MAILGW_PURGE=1024 go test -run '^$' -bench BenchmarkPurge -benchtime 1x ./mailgw/store/bolt
func BenchmarkPurge(b *testing.B) {
	mib := uint64(64)
	if n, err := strconv.ParseUint(os.Getenv("MAILGW_PURGE"), 10, 64); err == nil {
		mib = n
	}
	const size = 60 << 10
	mail := func(n uint64) storetest.Mail { return storetest.Mail{N: n, RawSize: size, Clues: 1} }
	for b.Loop() {
		s := mustOpen(b, Options{Dir: b.TempDir(), InlineBytes: 16 << 10})
		mails := mib << 20 / size
		fill(b, s, mails, mail)
		erase(b, s, mails, mail)
		var next atomic.Uint64
		quiet := 3 * time.Second
		rate := putFor(b, s, &next, func() { time.Sleep(quiet) })
		var rep store.PurgeReport
		begin := time.Now()
		during := putFor(b, s, &next, func() {
			var err error
			if rep, err = s.Purge(nil); err != nil {
				b.Error(err)
			}
		})
		took := time.Since(begin)
		rate = (rate + putFor(b, s, &next, func() { time.Sleep(quiet) })) / 2
		fmt.Printf("purge: %d MiB, %d segments, %d MiB copied, %d KiB dead, %d pages, in %.1f s; longest hold %.1f ms; mails/s %.0f, while purging %.0f, ratio %.2f\n",
			mib, rep.Segments, rep.Copied>>20, rep.Dead>>10, rep.Pages, took.Seconds(), float64(rep.LongestHold.Microseconds())/1000, rate, during, during/rate)
		b.ReportMetric(during/rate, "ratio")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// fill puts mails, many in each commit.
func fill(b *testing.B, s *Store, mails uint64, mail func(uint64) storetest.Mail) {
	const together = 100
	for from := uint64(1); from <= mails; from += together {
		err := s.Update(store.Background, func(x store.Tx) error {
			for n := from; n < min(from+together, mails+1); n++ {
				if _, err := mail(n).Put(x); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// erase erases every hundredth of them.
func erase(b *testing.B, s *Store, mails uint64, mail func(uint64) storetest.Mail) {
	for n := uint64(50); n <= mails; n += 100 {
		if err := s.Update(store.Background, mail(n).Erase); err != nil {
			b.Fatal(err)
		}
	}
}

// putFor puts mails while fn runs, the next ones of those counted, and returns how many in a second.
func putFor(b *testing.B, s *Store, next *atomic.Uint64, fn func()) float64 {
	var wg sync.WaitGroup
	var stop atomic.Bool
	var puts atomic.Uint64
	for range 8 {
		wg.Go(func() {
			for !stop.Load() {
				if err := put(s, flatMail(1<<21+next.Add(1))); err != nil {
					b.Error(err)
				}
				puts.Add(1)
			}
		})
	}
	begin := time.Now()
	fn()
	rate := float64(puts.Load()) / time.Since(begin).Seconds()
	stop.Store(true)
	wg.Wait()
	return rate
}
