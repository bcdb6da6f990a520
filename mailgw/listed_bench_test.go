package mailgw

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkDeliverListed is what it costs that a mail is listed for mail clients when it comes
// in: two gateways, with folders and without, take mails from 20 connections in turns.
func BenchmarkDeliverListed(b *testing.B) {
	with, without := benchGateway(b), benchGateway(b)
	for g, listen := range map[*Gateway][]string{with: {"127.0.0.1:2143"}, without: nil} {
		s := *g.settings.Load()
		c := *s.Config
		c.IMAP.Listen, c.IMAP.TLSListen = listen, nil
		s.Config = &c
		g.settings.Store(&s)
	}
	body := strings.Repeat("The export button gives a timeout in the customer portal since this morning. ", 48)
	var took [2]time.Duration
	var n atomic.Int64
	const each = 200
	b.ResetTimer()
	for range b.N {
		for i, g := range []*Gateway{with, without} {
			begun := time.Now()
			last := n.Load() + each
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					for at := n.Add(1); at <= last; at = n.Add(1) {
						if err := g.Deliver(context.Background(), benchMail(g, at, body)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			took[i] += time.Since(begun)
			n.Store(last)
		}
	}
	mails := float64(b.N * each)
	fmt.Printf("accepted mails/s at 20 connections: listed when they come in %.0f, not %.0f, ratio %.2f\n", mails/took[0].Seconds(), mails/took[1].Seconds(), took[1].Seconds()/took[0].Seconds())
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "ratio")
}

// BenchmarkListing lists one mail of 4 KiB.
func BenchmarkListing(b *testing.B) {
	g := benchGateway(b)
	raw := benchMail(g, 1, strings.Repeat("The export button gives a timeout in the customer portal since this morning. ", 48)).Raw
	b.ReportAllocs()
	for b.Loop() {
		newBareListing(raw, true)
	}
}
