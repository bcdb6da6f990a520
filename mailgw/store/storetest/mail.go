package storetest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// start is when everything in these tests begins.
var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// Mail is an accepted mail that opens a ticket, with all that the pipeline would
// write for it, all computed from N: so it can be told from any other, and
// checked without being remembered.
type Mail struct {
	N       uint64 // from 1
	RawSize int    // bytes of the raw mail
	Rows    int    // outgoing rows, at most MaxRows
	Promise bool   // whether a promise was told
	Drawer  bool   // whether it waits for a person
	Clues   int    // how many clues it leaves, at most MaxClues
	Shelf   string // where it stands in what agents see; "" = nowhere
	Files   int    // how many files it has that mails with nearby N have too, at most MaxFiles
}

// MaxRows bounds Mail.Rows, MaxClues Mail.Clues, MaxFiles Mail.Files.
const (
	MaxRows  = 7
	MaxClues = 3
	MaxFiles = 3
)

// ID returns the mail's id; those of its rows and its promise follow.
func (m Mail) ID() ticket.ID { return ticket.ID(m.N * 16) }

// RowID returns the id of the i-th outgoing row, from 0.
func (m Mail) RowID(i int) ticket.ID { return m.ID() + 1 + ticket.ID(i) }

// Raw returns the mail's bytes: RawSize of its own, and its files.
func (m Mail) Raw() []byte {
	raw, _ := m.raw()
	return raw
}

// raw returns the mail's bytes and where its files stand in them.
func (m Mail) raw() ([]byte, []store.Range) {
	n := m.N % (1 << 20) / 8 // whom it shares with
	return withFiles(randomBytes(m.N, m.RawSize), []uint64{n, n + 1, n}[:m.Files])
}

// randomBytes returns bytes that are the same for the same seed and size.
func randomBytes(seed uint64, size int) []byte {
	b := make([]byte, 0, size+8)
	r := rand.New(rand.NewPCG(seed, uint64(size)))
	for len(b) < size {
		x := r.Uint64()
		b = append(b, byte(x), byte(x>>8), byte(x>>16), byte(x>>24), byte(x>>32), byte(x>>40), byte(x>>48), byte(x>>56))
	}
	return b[:size]
}

func (m Mail) at() time.Time { return start.Add(time.Duration(m.N) * time.Second) }

func (m Mail) subject() string { return fmt.Sprintf("The printer on floor %d", m.N) }

// MessageID returns the mail's Message-ID.
func (m Mail) MessageID() string { return fmt.Sprintf("m%d@example.net", m.N) }

// Receipt returns the mail's receipt, on ticket number.
func (m Mail) Receipt(number uint64) ticket.Receipt {
	raw := m.Raw()
	sum := sha256.Sum256(raw)
	return ticket.Receipt{ID: m.ID(), MessageID: m.MessageID(), Outcome: ticket.OutcomeNew, Ticket: number, At: m.at(), Source: "mx",
		Peer: "192.0.2.1", MailFrom: "ann@example.net", RcptTo: []string{"support@example.com"}, Author: "ann@example.net",
		Hash: sum[:8], Size: len(raw), RawSum: sum[:]}
}

// Ticket returns the ticket that the mail opens.
func (m Mail) Ticket(number uint64) ticket.Ticket {
	t := ticket.Ticket{Number: number, Desk: "support", Status: ticket.New, Priority: ticket.Normal, Subject: m.subject(),
		Requester: "Ann <ann@example.net>", Address: "ann@example.net", People: []string{"ann@example.net"}, Confidence: ticket.Unknown,
		Level: "standard", CreatedAt: m.at(), UpdatedAt: m.at(), PromiseIs: "none", Entries: 1, LastIn: m.MessageID()}
	if m.Promise {
		t.PromiseID, t.PromiseDue, t.PromiseIs = m.ID()+8, m.at().Add(8*time.Hour), string(promise.Open)
	}
	return t
}

func (m Mail) entry(number uint64) ticket.Entry {
	return ticket.Entry{ID: m.ID(), Ticket: number, Seq: 1, Kind: ticket.MailIn, From: "Ann <ann@example.net>", To: []string{"support@example.com"},
		At: m.at(), Subject: m.subject(), MessageID: m.MessageID(), Outcome: ticket.OutcomeNew, Excerpt: "It has not answered since this morning."}
}

func (m Mail) event(number uint64) ticket.Event {
	return ticket.Event{Ticket: number, ID: m.ID(), At: m.at(), Who: "mailgw", What: "created"}
}

// Row returns the mail's i-th outgoing row.
func (m Mail) Row(number uint64, i int) ticket.Outgoing {
	return ticket.Outgoing{ID: m.RowID(i), Ticket: number, Kind: ticket.Notice, EnvelopeTo: []string{"anna@example.com"},
		From: "Support <support@example.com>", To: []string{"anna@example.com"}, MessageID: fmt.Sprintf("o%d@example.com", m.RowID(i)),
		Date: m.at(), Template: "notice", Language: "en", Facts: fmt.Appendf(nil, `{"subject":%q}`, m.subject()), NextAt: m.at().Add(time.Duration(i) * time.Minute), Lane: "example.com"}
}

func (m Mail) promise(number uint64) promise.Promise {
	return promise.Promise{ID: m.ID() + 8, Ticket: number, Kind: promise.First, Told: true, State: promise.Open,
		DueAt: m.at().Add(8 * time.Hour), MadeAt: m.at(), MadeBy: "mailgw", Cause: m.ID().String()}
}

// Item returns what waits for a person, when the mail does.
func (m Mail) Item(number uint64) ticket.DrawerItem {
	return ticket.DrawerItem{ID: m.ID(), Kind: ticket.DrawerUnacknowledged, Ticket: number, Desk: "support", From: "Ann <ann@example.net>",
		Subject: m.subject(), Why: "over budget", Since: m.at(), DueAt: m.at().Add(4 * time.Hour)}
}

// Clue returns the i-th clue that the mail leaves; every four mails leave the same ones.
func (m Mail) Clue(i int) store.Clue {
	c := store.Clue{Kind: "ast"[i], ID: m.ID()}
	sum := sha256.Sum256(fmt.Append(nil, i, m.N/4))
	copy(c.Key[:], sum[:])
	return c
}

// left reports whether the mail is among those that left its i-th clue, which come newest first.
func (m Mail) left(r store.Reader, i int) (bool, error) {
	c := m.Clue(i)
	ids, err := r.Clues(c.Kind, c.Key, 9)
	if !slices.IsSortedFunc(ids, func(a, b ticket.ID) int { return cmp.Compare(b, a) }) {
		err = errors.Join(err, fmt.Errorf("clue %d of mail %d leads to %v, not newest first", i, m.N, ids))
	}
	return slices.Contains(ids, m.ID()), err
}

// Put writes the mail on a new ticket and returns the ticket's number.
func (m Mail) Put(tx store.Tx) (uint64, error) {
	n, err := tx.NewTicketNumber()
	if err != nil {
		return 0, err
	}
	t, rc, e := m.Ticket(n), m.Receipt(n), m.entry(n)
	raw, bodies := m.raw()
	err = errors.Join(tx.PutTicket(&t), tx.PutReceipt(&rc), tx.PutRaw(m.ID(), raw, bodies), tx.PutEntry(&e), tx.PutEvents([]ticket.Event{m.event(n)}))
	for i := range m.Rows {
		o := m.Row(n, i)
		err = errors.Join(err, tx.PutOutgoing(&o))
	}
	if m.Promise {
		p := m.promise(n)
		err = errors.Join(err, tx.PutPromise(&p))
	}
	if m.Drawer {
		d := m.Item(n)
		err = errors.Join(err, tx.PutDrawerItem(&d))
	}
	for i := range m.Clues {
		c := m.Clue(i)
		err = errors.Join(err, tx.PutClue(c.Kind, c.Key, c.ID))
	}
	if m.Shelf != "" {
		err = errors.Join(err, placeNew(tx, m.place(n)), tx.PutShown(view.MailRef{Ticket: n, Seq: 1}, m.shown()), tx.PutMarks(m.marker(), view.MailRef{Ticket: n}, numberOf(m.N)))
	}
	return n, err
}

// Absent says what of the mail is there although nothing should be; nil when nothing is.
func (m Mail) Absent(r store.Reader) error {
	look := map[string]func() error{
		"receipt": func() error { _, err := r.Receipt(m.ID()); return err },
		"raw":     func() error { _, err := r.Raw(m.ID()); return err },
		"entry":   func() error { _, err := r.Entry(m.ID()); return err },
		"promise": func() error { _, err := r.Promise(m.ID() + 8); return err },
		"drawer":  func() error { _, err := r.DrawerItem(m.ID()); return err },
		"index": func() error {
			found, err := r.ReceiptsByMessageID(m.MessageID(), 1)
			if err == nil && len(found) == 0 {
				return store.ErrNotFound
			}
			return err
		},
	}
	for i := range MaxRows {
		look[fmt.Sprintf("row %d", i)] = func() error { _, err := r.Outgoing(m.RowID(i)); return err }
	}
	for i := range MaxClues {
		look[fmt.Sprintf("clue %d", i)] = func() error {
			found, err := m.left(r, i)
			if err == nil && !found {
				return store.ErrNotFound
			}
			return err
		}
	}
	for what, find := range look {
		if err := find(); !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("mail %d should not be there, but its %s gives: %v", m.N, what, err)
		}
	}
	return nil
}

// Present says what of the mail is missing or another; nil when all of it is
// there. Its outgoing rows and drawer item may have changed since: they are not looked at.
func (m Mail) Present(r store.Reader) (ticket.Receipt, error) {
	rc, err := r.Receipt(m.ID())
	if err != nil {
		return rc, fmt.Errorf("receipt of mail %d: %w", m.N, err)
	}
	raw, err := r.Raw(m.ID())
	if err != nil {
		return rc, fmt.Errorf("raw mail %d: %w", m.N, err)
	}
	if !bytes.Equal(raw, m.Raw()) {
		return rc, fmt.Errorf("raw mail %d is not what was kept", m.N)
	}
	t, err := r.Ticket(rc.Ticket)
	if err != nil || t.Subject != m.subject() {
		return rc, fmt.Errorf("ticket %d of mail %d: %w, subject %q", rc.Ticket, m.N, err, t.Subject)
	}
	if e, err := r.Entry(m.ID()); err != nil || e.Subject != m.subject() {
		return rc, fmt.Errorf("entry of mail %d: %w, subject %q", m.N, err, e.Subject)
	}
	if ev, err := r.Events(rc.Ticket); err != nil || len(ev) != 1 || ev[0].ID != m.ID() {
		return rc, fmt.Errorf("events of mail %d: %w, %d of them", m.N, err, len(ev))
	}
	if found, err := r.ReceiptsByMessageID(m.MessageID(), 1); err != nil || len(found) != 1 {
		return rc, fmt.Errorf("mail %d by its Message-ID: %w, %d found", m.N, err, len(found))
	}
	if _, err := r.Promise(m.ID() + 8); (err == nil) != m.Promise {
		return rc, fmt.Errorf("promise of mail %d: %w", m.N, err)
	}
	for i := range m.Clues {
		if found, err := m.left(r, i); err != nil || !found {
			return rc, fmt.Errorf("clue %d of mail %d: %w, found: %t", i, m.N, err, found)
		}
	}
	return rc, m.stands(r, rc.Ticket)
}
