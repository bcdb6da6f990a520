package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// disk is every byte of every file in a folder, by name.
type disk map[string][]byte

func readDisk(t testing.TB, dir string) disk {
	t.Helper()
	d := disk{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			d[filepath.Base(path)], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// with returns the files in which a needle is.
func (d disk) with(needle []byte) (in []string) {
	for name, b := range d {
		if at := bytes.Index(b, needle); at >= 0 {
			in = append(in, fmt.Sprintf("%s at %d of %d", name, at, len(b)))
		}
	}
	return in
}

// mustPurge purges and fails the test when that fails.
func mustPurge(t testing.TB, s *Store) store.PurgeReport {
	t.Helper()
	rep, err := s.Purge(nil)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// person writes mails in all the ways in which a mail is kept, and says words by
// which each place can be told.
type person struct{ name string }

// needles are what must not be found afterwards. Base 64 in JSON hides bytes: of
// hashes, that form is looked for too.
func (p person) needles() map[string][]byte {
	out := map[string][]byte{}
	for _, what := range []string{"inline", "segment", "pieces", "own-file", "subject", "entry", "event", "old-event", "drawer", "row", "address", "message-id", "peer", "author", "meta", "shown", "shown-alone", "draft", "long-draft"} {
		out[what] = []byte(p.word(what))
	}
	for i := range 3 {
		rc, raw, _ := p.mail(i)
		hash := sha256.Sum256(raw)
		out[fmt.Sprint("hash in a line ", i)] = []byte(hex.EncodeToString(hash[:]))
		out[fmt.Sprint("hash ", i)] = hash[:]
		out[fmt.Sprint("content hash ", i)] = rc.Hash
		out[fmt.Sprint("id in a line ", i)] = []byte("id=" + rc.ID.String())
		out[fmt.Sprint("index ", i)] = contentKey(rc.MessageID, rc.Author, rc.Hash)
	}
	file := sha256.Sum256(p.file())
	out["file's hash"], out["file's hash in a line"] = file[:], []byte(hex.EncodeToString(file[:]))
	clue := p.clue()
	out["clue"] = clue[:]
	return out
}

func (p person) word(what string) string { return p.name + "-" + what + "-needle" }

func (p person) clue() (key [16]byte) {
	sum := sha256.Sum256([]byte(p.word("clue")))
	copy(key[:], sum[:])
	return key
}

// file is what only this person attached; all others have common too.
func (p person) file() []byte { return bytes.Repeat([]byte(p.word("own-file")+"\n"), 80) }

var common = bytes.Repeat([]byte("a logo that many have\n"), 100)

// id is that of the i-th mail.
func (p person) id(i int) ticket.ID {
	sum := sha256.Sum256([]byte(p.name))
	return ticket.ID(uint64(sum[0])<<40 | uint64(sum[1])<<32 | uint64(sum[2])<<24 | uint64(sum[3])<<16 | uint64(i)<<4)
}

// mail is the i-th of three: one in the database, one in a segment, one in pieces.
func (p person) mail(i int) (ticket.Receipt, []byte, []store.Range) {
	var raw []byte
	var bodies []store.Range
	body := func(b []byte) {
		bodies = append(bodies, store.Range{Start: len(raw), End: len(raw) + len(b)})
		raw = append(raw, b...)
	}
	switch i {
	case 0:
		raw = []byte(p.word("inline"))
	case 1:
		raw = bytes.Repeat([]byte(p.word("segment")+"\n"), 90)
	default:
		raw = bytes.Repeat([]byte(p.word("pieces")+"\n"), 9)
		body(p.file())
		raw = append(raw, "\n--\n"...)
		body(common)
		raw = append(raw, "\n----\n"...)
	}
	hash, sum := sha256.Sum256([]byte(p.word("content")+fmt.Sprint(i))), sha256.Sum256(raw)
	return ticket.Receipt{ID: p.id(i), MessageID: fmt.Sprint(p.word("message-id"), i, "@x.example"), Outcome: ticket.OutcomeNew, Peer: p.word("peer"),
		Author: p.word("author"), MailFrom: p.word("author"), Hash: hash[:], Size: len(raw), RawSum: sum[:]}, raw, bodies
}

// write writes the mails with everything else, each on a ticket.
func (p person) write(tx store.Tx) error {
	errs := []error{tx.PutDraft(p.id(5), []byte(p.word("draft"))), tx.PutDraft(p.id(6), bytes.Repeat([]byte(p.word("long-draft")+"\n"), 90)), tx.PutMeta(p.word("meta"), []byte("1")), tx.PutUnreachable(&ticket.Unreachable{Address: p.word("address"), Reply: "550"})}
	for i := range 3 {
		n, err := tx.NewTicketNumber()
		if err != nil {
			return err
		}
		rc, raw, bodies := p.mail(i)
		rc.Ticket = n
		errs = append(errs, tx.PutShown(view.MailRef{Ticket: n, Seq: 1}, []byte(p.word("shown"))), tx.PutShown(view.MailRef{Item: rc.ID}, []byte(p.word("shown-alone"))))
		errs = append(errs, tx.PutReceipt(&rc), tx.PutRaw(rc.ID, raw, bodies), tx.PutClue('l', p.clue(), rc.ID), tx.PutTimer(store.TimerSender, rc.ID, rc.At),
			tx.PutTicket(&ticket.Ticket{Number: n, Subject: p.word("subject"), Address: p.word("author"), PromiseIs: "none", Entries: 1}),
			tx.PutEntry(&ticket.Entry{ID: rc.ID, Ticket: n, Seq: 1, Kind: ticket.MailIn, Text: p.word("entry"), MessageID: rc.MessageID}),
			tx.PutEvents([]ticket.Event{{Ticket: n, ID: rc.ID, What: "created", Who: p.word("event")}}),
			tx.PutEvents([]ticket.Event{{Ticket: n, ID: rc.ID + 1, What: "more", Who: p.word("old-event")}}),
			tx.PutDrawerItem(&ticket.DrawerItem{ID: rc.ID, Kind: ticket.DrawerHeld, Ticket: n, Subject: p.word("drawer")}),
			tx.PutOutgoing(&ticket.Outgoing{ID: rc.ID + 2, Ticket: n, Facts: []byte(`{"subject":"` + p.word("row") + `"}`)}))
	}
	return errors.Join(errs...)
}

// erase takes all of that out again.
func (p person) erase(tx store.Tx) error {
	errs := []error{tx.DeleteDraft(p.id(5)), tx.DeleteDraft(p.id(6)), tx.DeleteMeta(p.word("meta")), tx.DeleteUnreachable(p.word("address"))}
	ids := map[ticket.ID]bool{}
	for i := range 3 {
		id := p.id(i)
		ids[id] = true
		rc, err := tx.Receipt(id)
		if err != nil {
			return err
		}
		hash := sha256.Sum256([]byte("a key" + rc.MessageID))
		errs = append(errs, tx.EraseMail(id, ticket.Erased{MessageID: hash[:16], Same: hash[16:]}),
			tx.PutTicket(&ticket.Ticket{Number: rc.Ticket, Subject: "erased", PromiseIs: "none", Entries: 1}),
			tx.PutEntry(&ticket.Entry{ID: id, Ticket: rc.Ticket, Seq: 1, Kind: ticket.MailIn}),
			tx.ReplaceEvents(rc.Ticket, []ticket.Event{{Ticket: rc.Ticket, ID: id, What: "erased"}}),
			tx.DeleteDrawerItem(id), tx.DeleteOutgoing(id+2))
	}
	return errors.Join(append(errs, storetest.EraseClues(tx, ids))...)
}

// whole returns an error unless the person's mails are there as they came.
func (p person) whole(r store.Reader) error {
	for i := range 3 {
		want, raw, _ := p.mail(i)
		rc, err := r.Receipt(want.ID)
		if err != nil || rc.MessageID != want.MessageID {
			return fmt.Errorf("receipt %d of %s: %w", i, p.name, err)
		}
		got, err := r.Raw(want.ID)
		if err != nil || !bytes.Equal(got, raw) {
			return fmt.Errorf("mail %d of %s: %d bytes, must be %d: %w", i, p.name, len(got), len(raw), err)
		}
	}
	return nil
}

// crowd writes people, a few in each commit, with mails of others between.
func crowd(t testing.TB, s *Store, from, to int) (all []person) {
	t.Helper()
	for n := from; n < to; n++ {
		p := person{fmt.Sprintf("Person%03d", n)}
		all = append(all, p)
		other := storetest.Mail{N: uint64(n + 1), RawSize: 700 + n%5*600, Rows: 1, Clues: 2, Files: n % 3}
		err := errors.Join(put(s, other), s.Update(store.Intake, func(x store.Tx) error { return p.write(x) }))
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestPurgeLeavesNothing erases some of many people, purges, and looks for every
// trace of them in every byte of every file. Everybody else is whole.
func TestPurgeLeavesNothing(t *testing.T) {
	for name, o := range map[string]Options{
		"small":      small(fastDir(t)),
		"small map":  func() Options { o := small(fastDir(t)); o.faults.smallMap = true; return o }(),
		"one file":   {Dir: fastDir(t), InlineBytes: 1000},
		"all inline": {Dir: fastDir(t), InlineBytes: 1 << 20},
		"no inline":  {Dir: fastDir(t), SegmentBytes: 3000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, o)
			all := crowd(t, s, 0, 25)
			goes := func(i int) bool { return i == 0 || i%7 == 3 || i == len(all)-1 }
			for i, p := range all {
				if !goes(i) {
					continue
				}
				if err := s.Update(store.Background, func(x store.Tx) error { return p.erase(x) }); err != nil {
					t.Fatal(err)
				}
			}
			here, before := readDisk(t, o.Dir), 0
			for _, needle := range all[len(all)-1].needles() {
				if len(here.with(needle)) > 0 {
					before++
				}
			}
			if before < 15 {
				t.Errorf("only %d needles are found before the purge: it shows nothing", before)
			}
			rep := mustPurge(t, s)
			t.Logf("%+v", rep)
			if rep.Pages == 0 || rep.LongestHold == 0 {
				t.Errorf("the report says: %+v", rep)
			}
			see := func(when string) {
				here := readDisk(t, o.Dir)
				for i, p := range all {
					if !goes(i) {
						if err := s.View(p.whole); err != nil {
							t.Errorf("%s: %v", when, err)
						}
						continue
					}
					for what, needle := range p.needles() {
						if in := here.with(needle); len(in) > 0 {
							t.Errorf("%s: %s of %s is in %s", when, what, p.name, strings.Join(in, ", "))
						}
					}
				}
			}
			see("after the purge")
			storetest.Check(t, s, true)
			if rep := mustPurge(t, s); rep.Segments != 0 {
				t.Errorf("a second purge: %+v", rep)
			}
			crowd(t, s, 100, 110) // it goes on
			see("later")
		})
	}
}
