//go:build linux

package main_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
)

// BenchmarkAcceptBesideIdle compares how many mails are accepted in a second, by 20
// connections, without and beside ten clients that wait for news of INBOX, in turns.
//
//	MAILGW_IDLE=4000 go test -run '^$' -bench BenchmarkAcceptBesideIdle -benchtime 1x ./cmd/mailgw
func BenchmarkAcceptBesideIdle(b *testing.B) {
	mails := envNumber(b, "MAILGW_IDLE", 500)
	const rounds = 5
	for b.Loop() {
		d := newDaemon(b)
		host, _, _ := strings.Cut(d.smtp, ":")
		addr := host + ":2143"
		d.sets = append(d.sets, fmt.Sprintf("imap.listen=[%q]", addr))
		d.start()
		var rates [2][]float64
		var next, told atomic.Int64
		for range rounds {
			for with := range 2 {
				var idle []*imapclient.Client
				for i := range 10 * with {
					idle = append(idle, idleOn(b, addr, []string{"anna@example.com", "ben@example.com"}[i%2], &told))
				}
				rates[with] = append(rates[with], acceptRate(b, d, &next, mails))
				for _, c := range idle {
					if err := c.Close(); err != nil {
						b.Log(err)
					}
				}
				waitFor(b, "an empty outbox", func() bool { return len(d.outbox()) == 0 })
			}
		}
		d.stop()
		for i := range rates {
			slices.Sort(rates[i])
		}
		alone, beside := rates[0][rounds/2], rates[1][rounds/2]
		fmt.Printf("accepted mails/s at 20 connections: alone %.0f (%.0f to %.0f), beside ten IDLE clients %.0f (%.0f to %.0f), ratio %.2f; told %d times\n",
			alone, rates[0][0], rates[0][rounds-1], beside, rates[1][0], rates[1][rounds-1], beside/alone, told.Load())
		if told.Load() == 0 {
			b.Error("nobody was told anything")
		}
		b.ReportMetric(beside/alone, "ratio")
	}
}

// idleOn is a client that waits for news of INBOX.
func idleOn(b *testing.B, addr, agent string, told *atomic.Int64) *imapclient.Client {
	c, err := imapclient.DialInsecure(addr, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(*imapclient.UnilateralDataMailbox) { told.Add(1) },
	}})
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Login(agent, "demo").Wait(); err != nil {
		b.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		b.Fatal(err)
	}
	if _, err := c.Idle(); err != nil {
		b.Fatal(err)
	}
	return c
}

// acceptRate sends mails by 20 connections, and says how many were accepted in a second.
func acceptRate(b *testing.B, d *daemon, next *atomic.Int64, mails int) float64 {
	var wg sync.WaitGroup
	last := next.Load() + int64(mails)
	begun := time.Now()
	for range 20 {
		wg.Go(func() {
			c, err := dial(d.smtp)
			if err != nil {
				b.Error(err)
				return
			}
			defer c.close()
			for n := next.Add(1); n <= last; n = next.Add(1) {
				m := draft{id: fmt.Sprintf("idle-%d@acme.example", n), from: fmt.Sprintf("p%d@acme.example", n), subject: "Scale", body: strings.Repeat("It says E17, and stays as it is.\r\n", 110)}
				if r, err := c.send(m.from, []string{"support@example.com"}, m.bytes()); err != nil || r.code != 250 {
					b.Error(r, err)
					return
				}
			}
		})
	}
	wg.Wait()
	next.Store(last)
	return float64(mails) / time.Since(begun).Seconds()
}
