package mailgw

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// BenchmarkAccountOpen opens a folder of so many tickets of one mail: for the first time
// after a start, again, after one was marked, and after one mail has come.
func BenchmarkAccountOpen(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { openMany(b, n) })
	}
}

func openMany(b *testing.B, n int) {
	c := houseConfig(b, b.TempDir())
	g, err := Open(c, &Clock{start: monday}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer g.Close()
	h := &house{Gateway: g}
	for at := 0; at < n; at += 1000 {
		err := h.store.Update(store.Background, func(tx store.Tx) error {
			for range 1000 {
				if err := putPlain(h, tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	a, err := g.account("anna@example.com")
	if err != nil {
		b.Fatal(err)
	}
	_, stop := a.Watch()
	defer stop()
	open := func() *imapd.View {
		v, err := a.Open("INBOX")
		if err != nil {
			b.Fatal(err)
		}
		return v
	}
	if err := a.Mark("INBOX", open().Mails, imapd.Seen, 0); err != nil {
		b.Fatal(err)
	}
	hub := g.shelves
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			a.rest()
			g.shelves = newHub(g.store)
			b.StartTimer()
			open()
		}
	})
	g.shelves = hub
	open()
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			open()
		}
	})
	b.Run("marked", func(b *testing.B) {
		var took time.Duration
		for i := 0; b.Loop(); i++ {
			if err := a.Mark("INBOX", open().Mails[i%n:i%n+1], imapd.Draft, 0); err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			open()
			took += time.Since(began)
		}
		b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns-open/op")
	})
	b.Run("came", func(b *testing.B) {
		var took time.Duration
		for b.Loop() {
			if err := h.store.Update(store.Background, func(tx store.Tx) error { return putPlain(h, tx) }); err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			open()
			took += time.Since(began)
		}
		b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns-open/op")
	})
}

// putPlain writes a ticket with one note.
func putPlain(h *house, tx store.Tx) error {
	number, err := tx.NewTicketNumber()
	if err != nil {
		return err
	}
	now := h.clock.Now()
	if err := tx.PutTicket(&ticket.Ticket{Number: number, Desk: "support", Status: ticket.Open, Priority: ticket.Normal, CreatedAt: now, UpdatedAt: now, Entries: 1}); err != nil {
		return err
	}
	return tx.PutEntry(&ticket.Entry{Ticket: number, Seq: 1, ID: h.ids.Next(), Kind: ticket.Note, At: now})
}
