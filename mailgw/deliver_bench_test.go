package mailgw

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
)

// BenchmarkDeliver measures one accepted mail without the network: 4 KiB of a
// stranger's words, a new ticket, an acknowledgement and notices, committed.
func BenchmarkDeliver(b *testing.B) {
	for _, writers := range []int{1, 20, 100} {
		b.Run(fmt.Sprintf("connections=%d", writers), func(b *testing.B) {
			g := benchGateway(b)
			body := strings.Repeat("The export button gives a timeout in the customer portal since this morning. ", 48)
			var n atomic.Int64
			var wg sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range writers {
				wg.Go(func() {
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
						if err := g.Deliver(context.Background(), benchMail(g, i, body)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

func benchGateway(b *testing.B) *Gateway {
	c, err := config.Load("../config.example.toml", []string{
		fmt.Sprintf("data=%q", b.TempDir()), "acknowledge.budget.per_address=0", "acknowledge.budget.per_domain=0",
		"acknowledge.budget.per_network=0", "acknowledge.budget.total=0",
	})
	if err != nil {
		b.Fatal(err)
	}
	clock, err := ParseClock("")
	if err != nil {
		b.Fatal(err)
	}
	g, err := Open(c, clock, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := g.Close(); err != nil {
			b.Error(err)
		}
	})
	return g
}

func benchMail(g *Gateway, i int64, body string) *letter.Arrival {
	from := fmt.Sprintf("customer%d@example.net", i%1000)
	head := "Return-Path: <" + from + ">\r\nReceived: from client by mx; Mon, 5 Jan 2026 08:00:00 +0000\r\n"
	peer := fmt.Sprintf("Received: from a by b; Mon, 5 Jan 2026 08:00:00 +0000\r\nDate: Mon, 05 Jan 2026 08:00:00 +0000\r\nFrom: Customer %d <%s>\r\nTo: Support <support@example.com>\r\n"+
		"Subject: Case %d printer portal\r\nMessage-ID: <bench.%d@client.example.net>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", i, from, i, i, body)
	return &letter.Arrival{ID: g.ids.Next(), Source: "mx", ReversePath: from, Recipients: []string{"support@example.com"},
		ClientIP: netip.MustParseAddr("192.0.2.1"), At: time.Now(), Raw: []byte(head + peer), Body: len(head)}
}
