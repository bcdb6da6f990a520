package bolt

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// placedBefore is how many mails stand in the stores of BenchmarkPlace.
const placedBefore = 30_000

// BenchmarkPlace measures what it costs that a mail of 4 KiB gets a place, and that it is
// kept how it is shown (600 bytes), beside the same mail without, in turns: mails/s, CPU,
// and what the process wrote to the disk for each.
func BenchmarkPlace(b *testing.B) {
	for _, writers := range []int{1, 20} {
		for _, what := range []string{"none", "place", "place and shown"} {
			b.Run(fmt.Sprintf("writers=%d/%s", writers, what), func(b *testing.B) {
				s := mustOpen(b, Options{Dir: b.TempDir(), InlineBytes: 16 << 10})
				defer s.Close()
				fillPlaces(b, s)
				raw, n := make([]byte, 4096), atomic.Int64{}
				before, cpu := written(b), cpuTime(b)
				var wg sync.WaitGroup
				b.ResetTimer()
				for range writers {
					wg.Go(func() {
						for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
							err := s.Update(store.Intake, func(tx store.Tx) error {
								if err := putMail(tx, ticket.ID(1<<40+i*16), raw); err != nil || what == "none" {
									return err
								}
								return placeMail(tx, uint64(placedBefore+i), what == "place and shown")
							})
							if err != nil {
								b.Error(err)
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
				b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/float64(b.N), "CPU-µs/mail")
				b.ReportMetric(float64(written(b)-before)/1024/float64(b.N), "KiB-written/mail")
			})
		}
	}
}

// fillPlaces puts mails that stand on 60 shelves into a store.
func fillPlaces(b *testing.B, s *Store) {
	for from := uint64(1); from <= placedBefore; from += 2000 {
		err := s.Update(store.Background, func(tx store.Tx) error {
			for n := from; n < from+2000; n++ {
				if _, err := (storetest.Mail{N: n, RawSize: 300, Shelf: benchShelf(n)}).Put(tx); err != nil {
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

// benchShelf is one of 20 shelves of three desks.
func benchShelf(n uint64) string {
	return fmt.Sprintf("t\x1f%s\x1factive\x1fagent%d@support.example.com", []string{"support", "sales", "care"}[n%3], n%20)
}

// placeMail places the mail that was just put on ticket number, as its first.
func placeMail(tx store.Tx, number uint64, shown bool) error {
	uid, err := tx.NewUIDs(1)
	if err == nil {
		err = tx.PutPlace(&view.Place{Shelf: benchShelf(number), UID: uid, Count: 1, Ticket: number, Seq: 1, Customer: number})
	}
	if err == nil && shown {
		err = tx.PutShown(view.MailRef{Ticket: number, Seq: 1}, bytes.Repeat([]byte("x"), 600))
	}
	return err
}

// written is how many bytes this process has given to the disk.
func written(b *testing.B) (n uint64) {
	b.Helper()
	io, err := os.ReadFile("/proc/self/io")
	if err != nil {
		b.Skip(err)
	}
	for line := range bytes.Lines(io) {
		_, _ = fmt.Sscanf(string(line), "write_bytes: %d", &n)
	}
	return n
}
