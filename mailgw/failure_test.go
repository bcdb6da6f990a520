package mailgw

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// badStore fails, or runs each update twice, as the contract allows.
type badStore struct {
	store.Store
	fail  error
	twice bool
}

var errAgain = errors.New("run it again")

func (s *badStore) Update(class store.Class, fn func(store.Tx) error) error {
	if s.fail != nil || s.twice {
		err := s.Store.Update(class, func(tx store.Tx) error {
			if err := fn(tx); err != nil {
				return err
			}
			return errAgain
		})
		if s.fail != nil || !errors.Is(err, errAgain) {
			return errors.Join(s.fail, err)
		}
	}
	return s.Store.Update(class, fn)
}

func TestStoreFails(t *testing.T) {
	for _, c := range []struct {
		err      error
		code     int
		enhanced [3]int
	}{
		{fmt.Errorf("write: %w", store.ErrFull), 452, [3]int{4, 3, 1}},
		{store.ErrUnavailable, 451, [3]int{4, 3, 0}},
		{errors.New("anything"), 451, [3]int{4, 3, 0}},
	} {
		t.Run(c.err.Error(), func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{})
			h.flush()
			before := folderSum(t, h.c.Data+"/sent") + h.dump(1)
			bad := &badStore{Store: h.store, fail: c.err}
			h.store = bad
			a := h.arrival(mail{rcpt: []string{letterAddr(first.ack.ReplyTo)}})
			err := h.Deliver(context.Background(), a)
			var reply *smtpd.ReplyError
			if !errors.As(err, &reply) || reply.Code != c.code || reply.Enhanced != c.enhanced || !errors.Is(err, c.err) {
				t.Errorf("%v, want %d %v", err, c.code, c.enhanced)
			}
			bad.fail = nil
			if len(h.rows()) != 0 || folderSum(t, h.c.Data+"/sent")+h.dump(1) != before {
				t.Error("something of the mail is kept")
			}
			h.view(func(r store.Reader) error {
				if _, err := r.Receipt(a.ID); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("receipt: %v", err)
				}
				return nil
			})
			// The sender tries again, and the storage works.
			if err := h.Deliver(context.Background(), a); err != nil {
				t.Fatal(err)
			}
			h.want(h.stored(a.ID, nil), ticket.OutcomeAppended)
		})
	}
}

// The function of a transaction may run more than once: nothing is doubled, and
// the budget is asked once.
func TestUpdateRunsTwice(t *testing.T) {
	h := newHouse(t, "acknowledge.budget.per_address=2")
	h.store = &badStore{Store: h.store, twice: true}
	from := "gus@globex.example"
	for n := range uint64(2) {
		a := h.deliver(mail{from: from, client: stranger, subject: "outage"})
		if a.Ticket != n+1 || a.ack == nil || len(a.notices) != 1 || len(a.pages) != 1 || a.ticket.Entries != 2 {
			t.Fatalf("ticket %d, ack %v, %d notices, %d pages, %d entries", a.Ticket, a.ack != nil, len(a.notices), len(a.pages), a.ticket.Entries)
		}
		if events := h.events(n + 1); len(events) != 4+int(n) { // the second one's also names the first, of the same subject
			t.Errorf("events %q", events)
		}
	}
	if a := h.deliver(mail{from: from, client: stranger}); a.ack != nil {
		t.Error("the budget of 2 lets a third answer out")
	}
	if sent := h.flush(); len(sent) != 2*(1+2+1)+2 {
		t.Errorf("%d mails left", len(sent))
	}
	h.set(SetArgs{Number: 1, Status: "solved", Priority: "low"})
	if events := h.events(1); len(events) != 8 {
		t.Errorf("events %q", events)
	}
	again := h.want(h.deliver(mail{from: from, id: "m1@client.example.net", client: stranger, subject: "outage"}), ticket.OutcomeDuplicate)
	if again.Ticket != 1 {
		t.Errorf("duplicate of ticket %d", again.Ticket)
	}
}

// A store that cannot be asked refuses the mail: it would land on a wrong ticket.
func TestLookupFails(t *testing.T) {
	h := newHouse(t)
	broken := errors.New("unreadable")
	for name, m := range map[string]mail{
		"Message-ID":  {},
		"In-Reply-To": {id: "-", head: []string{"In-Reply-To: <x@y.example>"}},
		"References":  {id: "-", head: []string{"References: <x@y.example>"}},
		"a clue":      {id: "-"}, // the subject's
	} {
		in := h.newIncoming(t.Context(), h.arrival(m))
		_, err := h.decide(brokenReader{err: broken}, in, func() (uint64, error) { return 1, nil })
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// brokenReader cannot look up Message-IDs.
type brokenReader struct {
	store.Reader
	err error
}

func (r brokenReader) Repeated(string, string, []byte) (ticket.Receipt, error) {
	return ticket.Receipt{}, r.err
}

func (r brokenReader) Clues(byte, [16]byte, int) ([]ticket.ID, error) { return nil, r.err }

func (r brokenReader) ReceiptsByMessageID(string, int) ([]ticket.Receipt, error) { return nil, r.err }

// firstOnly is a store that loses its power after the first commit.
type firstOnly struct {
	store.Store
	commits int
}

func (s *firstOnly) Update(class store.Class, fn func(store.Tx) error) error {
	if s.commits++; s.commits > 1 {
		return store.ErrUnavailable
	}
	return s.Store.Update(class, fn)
}

// What follows from a mail is in the one commit that its 250 stands for.
func TestOneCommit(t *testing.T) {
	h := newHouse(t)
	whole := h.store
	cut := &firstOnly{Store: whole}
	h.store = cut
	a := h.deliver(mail{subject: "outage"})
	h.store = whole
	if cut.commits != 1 || a.ack == nil || len(a.notices) != 1 || len(a.pages) != 1 || a.ticket.PromiseID == 0 || a.entry.ID != a.ID {
		t.Errorf("%d commits; in the first: ack %v, %d notices, %d pages, promise %s, entry %s", cut.commits, a.ack != nil, len(a.notices), len(a.pages), a.ticket.PromiseID, a.entry.ID)
	}
	h.verify()
}
