package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// BenchmarkUpdate measures what one accepted mail costs in the store, with the
// rows that the pipeline writes for a new ticket, at several numbers of writers.
func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 20, 100} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s, err := Open(Options{Dir: b.TempDir(), InlineBytes: 16 << 10})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			raw := make([]byte, 4096)
			var n atomic.Int64
			var wg sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range writers {
				wg.Go(func() {
					for {
						i := n.Add(1)
						if i > int64(b.N) {
							return
						}
						if err := s.Update(store.Intake, func(tx store.Tx) error { return putMail(tx, ticket.ID(i*16), raw) }); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

// putMail writes the rows of one new ticket with its mail, acknowledgement and a notice.
func putMail(tx store.Tx, id ticket.ID, raw []byte) error {
	at := time.Unix(1790000000, 0)
	n, err := tx.NewTicketNumber()
	if err != nil {
		return err
	}
	t := &ticket.Ticket{Number: n, Desk: "support", Status: ticket.New, Priority: ticket.Normal, Subject: "The printer on floor three", Requester: "Ann <ann@example.net>", Level: "standard", CreatedAt: at, UpdatedAt: at, PromiseIs: "none", Entries: 1}
	r := &ticket.Receipt{ID: id, MessageID: fmt.Sprintf("m%d@example.net", id), Outcome: ticket.OutcomeNew, Ticket: n, At: at, Source: "mx", Peer: "192.0.2.1", MailFrom: "ann@example.net", RcptTo: []string{"support@example.com"}, Author: "ann@example.net", Hash: raw[:32], Size: len(raw), RawSum: raw[:32]}
	e := &ticket.Entry{ID: id, Ticket: n, Seq: 1, Kind: ticket.MailIn, From: t.Requester, At: at, Subject: t.Subject, MessageID: r.MessageID, Outcome: r.Outcome, Excerpt: "does not answer since this morning"}
	if err := tx.PutTicket(t); err != nil {
		return err
	}
	if err := tx.PutReceipt(r); err != nil {
		return err
	}
	if err := tx.PutRaw(id, raw, nil); err != nil {
		return err
	}
	if err := tx.PutEntry(e); err != nil {
		return err
	}
	if err := tx.PutEvents([]ticket.Event{{Ticket: n, ID: id, At: at, Who: "mailgw", What: "created"}}); err != nil {
		return err
	}
	for i := range ticket.ID(3) {
		o := &ticket.Outgoing{ID: id + 1 + i, Ticket: n, Kind: ticket.Notice, EnvelopeTo: []string{"anna@example.com"}, From: "Support <support@example.com>", To: []string{"anna@example.com"}, MessageID: "x@example.com", Date: at, Template: "notice", Language: "en", Facts: []byte(`{"subject":"The printer on floor three"}`), NextAt: at}
		if err := tx.PutOutgoing(o); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkAppend measures what a mail of 60 KiB costs with a file that others have
// too, kept in one piece and kept once, and how many bytes are on the disk.
func BenchmarkAppend(b *testing.B) {
	raw := make([]byte, 60<<10)
	for i := range raw {
		raw[i] = "ABCDEFGH"[i*i%61%8]
	}
	for name, bodies := range map[string][]store.Range{"whole": nil, "shared": {{Start: 2 << 10, End: 60 << 10}}} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			s, err := Open(Options{Dir: dir, InlineBytes: 16 << 10})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := s.Update(store.Intake, func(tx store.Tx) error { return tx.PutRaw(ticket.ID(i+1), raw, bodies) }); err != nil {
					b.Fatal(err)
				}
			}
			size, err := folderSize(filepath.Join(dir, segmentDir))
			db, err2 := folderSize(dir)
			if err := errors.Join(err, err2); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(size)/float64(b.N), "segment-B/op")
			b.ReportMetric(float64(db-size)/float64(b.N), "database-B/op")
		})
	}
}

// folderSize is how many bytes the files below a folder have.
func folderSize(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		size += info.Size()
		return err
	})
	return size, err
}
