package mailgw

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkRehearse compares two lists of rules over MAILGW_REHEARSE (100,000) stored
// mails, after a tenth of them: how many mails a second, and the largest memory.
//
//	MAILGW_REHEARSE=100000 go test -run '^$' -bench BenchmarkRehearse -benchtime 1x ./mailgw
func BenchmarkRehearse(b *testing.B) {
	all := 10_000
	if n, err := strconv.Atoi(os.Getenv("MAILGW_REHEARSE")); err == nil {
		all = n
	}
	for b.Loop() {
		small, _ := rehearseMany(b, all/10)
		large, rate := rehearseMany(b, all)
		b.ReportMetric(float64(large)/float64(small), "memory-ratio")
		b.ReportMetric(rate, "mails/s")
	}
}

// rehearseMany stores mails, and rehearses. It returns the largest resident memory
// meanwhile, in kB, and the mails of a second.
func rehearseMany(b *testing.B, mails int) (peak int, rate float64) {
	dir := b.TempDir()
	storeMany(b, dir, mails)
	before := hashOf(b, dir)
	a := RehearseArgs{Old: rehearsedRules(b, dir, marksInvoices), New: rehearsedRules(b, dir, pagesOutages)}
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // the peak begins anew
		b.Skipf("no figure of memory: %v", err)
	}
	began, differ := time.Now(), 0
	sum, err := Rehearse(context.Background(), a, func(RehearsedTicket) error { differ++; return nil })
	took := time.Since(began)
	if err != nil || sum.Mails != mails || differ == 0 || differ != sum.Differ {
		b.Fatalf("%v: %d of %d mails, %d differ, sum %+v", err, sum.Mails, mails, differ, sum)
	}
	peak = peakMemory(b)
	written := "nothing written"
	if hashOf(b, dir) != before {
		written = "THE FOLDER WAS WRITTEN TO"
	}
	rate = float64(mails) / took.Seconds()
	fmt.Printf("rehearse: %d mails on %d tickets in %.1f s, %.0f mails/s, peak %d MB, %d differ, %s\n", mails, sum.Tickets, took.Seconds(), rate, peak/1000, differ, written)
	return peak, rate
}

// storeMany delivers mails of 4 KiB, of which every tenth is an outage.
func storeMany(b *testing.B, dir string, mails int) {
	c := rehearsedRules(b, dir, marksInvoices)
	c.Acknowledge.Budget.PerAddress, c.Acknowledge.Budget.PerDomain, c.Acknowledge.Budget.PerNetwork, c.Acknowledge.Budget.Total = 0, 0, 0, 0
	g, err := Open(c, &Clock{factor: 1}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	body := strings.Repeat("The export button gives a timeout in the customer portal since this morning. ", 48)
	var n atomic.Int64
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			for i := n.Add(1); i <= int64(mails); i = n.Add(1) {
				text := body
				if i%10 == 0 {
					text = "It is an outage. " + body
				}
				if err := g.Deliver(context.Background(), benchMail(g, i, text)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := g.Close(); err != nil {
		b.Fatal(err)
	}
}

// peakMemory is the largest resident memory of the process, in kB.
func peakMemory(b *testing.B) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kb, _ := strconv.Atoi(fields[1])
			return kb
		}
	}
	b.Skip("no VmHWM in /proc/self/status")
	return 0
}
