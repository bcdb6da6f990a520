package mailgw

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"supportgw/mailgw/config"
	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/view"
)

// What one agent marks is hers, the same in all folders, and there after a restart; what
// she has flagged as deleted is so in that folder alone.
func TestAccountMarks(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{})
	h.flush()
	before := h.folderOf(benAt, "INBOX")
	bit, err := h.accountOf(annaAt).Keyword("$Forwarded")
	if err != nil || bit != imapd.FirstKeyword {
		t.Fatalf("keyword %d, %v", bit, err)
	}
	if again, _ := h.accountOf(annaAt).Keyword("$forwarded"); again != bit {
		t.Errorf("the same keyword has the bits %d and %d", bit, again)
	}
	h.mark(annaAt, "INBOX", imapd.Seen|bit|imapd.Flagged|imapd.Answered, 0, "1.1")
	h.mark(annaAt, "Unassigned", imapd.Deleted, 0, "1.2")
	want := []string{"INBOX: 1.1Sk0 1.2", "Unassigned: 1.1Sk0 1.2D", "Desk/support: 1.1Sk0 1.2"}
	h.wantShown(annaAt, want...)
	if h.folderOf(benAt, "INBOX") != before {
		t.Error("another agent gets a new view of what only she has marked")
	}
	h.reopen()
	h.wantShown(annaAt, want...)
	h.wantShown(benAt, "INBOX: 1.1 1.2")
	if v := h.folderOf(annaAt, "INBOX"); !slices.Equal(v.Keywords, []string{"$Forwarded"}) || v.Validity != before.Validity || v.Next != before.Next {
		t.Errorf("after a restart keywords %q, UIDVALIDITY %d, was %d, UIDNEXT %d, was %d", v.Keywords, v.Validity, before.Validity, v.Next, before.Next)
	}
	h.mark(annaAt, "INBOX", 0, imapd.Seen, "1.1")
	h.mark(annaAt, "INBOX", 0, imapd.Deleted, "1.2") // not where it was put
	h.wantShown(annaAt, "INBOX: 1.1k0 1.2", "Unassigned: 1.1k0 1.2D")
	h.set(SetArgs{Number: 1, Assignee: annaAt})
	h.wantShown(annaAt, "INBOX: 1.1k0 1.2", "Mine: 1.1k0 1.2", "Unassigned:")
	h.set(SetArgs{Number: 1, Assignee: "-"})
	h.wantShown(annaAt, "Unassigned: 1.1k0 1.2")
	h.mark(annaAt, "INBOX", imapd.Seen, 0, "1.1", "1.2")
	h.view(func(r store.Reader) error { // what was flagged as deleted under UIDs that are gone, too
		kept, err := r.MarksOf(annaAt, view.MailRef{Ticket: 1})
		if len(kept) > 10 {
			t.Errorf("marks %x", kept)
		}
		return err
	})
}

func TestAccountKeywordsAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.accountOf(annaAt)
	for i := range imapd.MaxKeywords {
		bit, err := a.Keyword(strings.Repeat("k", i+1))
		if err != nil || bit != imapd.FirstKeyword<<i || bit == 0 {
			t.Fatalf("keyword %d: %b, %v", i, bit, err)
		}
	}
	for _, name := range []string{"more", "", strings.Repeat("x", 2000)} {
		var no *imap.Error
		if _, err := a.Keyword(name); !errors.As(err, &no) || no.Code != imap.ResponseCodeLimit {
			t.Errorf("keyword %.10q: %v", name, err)
		}
	}
}

// What she takes out of a folder goes into her Trash, for her alone; new mail on the ticket
// is shown. Out of Trash it goes without coming back; a mail that stands elsewhere now stays.
func TestAccountExpunge(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{id: "first@client.example.net"})
	h.flush()
	h.expunge(annaAt, "INBOX", "1.1")
	h.wantShown(annaAt, "INBOX: 1.2", "Desk/support: 1.2", "Trash: 1.1", "Customer/Acme Instruments AG: 1.2")
	h.wantShown(benAt, "INBOX: 1.1 1.2", "Trash:")
	h.deliver(mail{head: []string{"In-Reply-To: <first@client.example.net>"}, subject: "Re: Printer portal", body: "One thing more: it prints nothing."})
	h.wantShown(annaAt, "INBOX: 1.2 1.3", "Trash: 1.1")
	h.reopen()
	h.wantShown(annaAt, "INBOX: 1.2 1.3", "Trash: 1.1")
	list := h.mark(annaAt, "INBOX", imapd.Deleted, 0, "1.2", "1.3")
	h.set(SetArgs{Number: 1, Assignee: annaAt}) // somebody moves it meanwhile
	if err := h.accountOf(annaAt).Expunge("INBOX", list); err != nil {
		t.Fatal(err)
	}
	h.wantShown(annaAt, "INBOX: 1.2 1.3", "Trash: 1.1")
	if err := h.accountOf(annaAt).Expunge("INBOX", h.folderOf(annaAt, "INBOX").Mails); err != nil { // nothing is flagged
		t.Fatal(err)
	}
	h.wantShown(annaAt, "INBOX: 1.2 1.3")
	list = h.folderOf(annaAt, "INBOX").Mails
	a := h.accountOf(annaAt)
	if err := errors.Join(a.Mark("Solved", list, imapd.Deleted, 0), a.Expunge("Solved", list)); err != nil { // they are not in there
		t.Fatal(err)
	}
	h.wantShown(annaAt, "INBOX: 1.2 1.3")
	h.expunge(annaAt, "Mine", "1.2", "1.3")
	h.wantShown(annaAt, "INBOX:", "Trash: 1.1 1.2 1.3")
	h.expunge(annaAt, "Trash", "1.1", "1.3")
	h.wantShown(annaAt, "INBOX:", "Trash: 1.2", "Mine:")
	h.wantShown(benAt, "Agent/Anna Keller: 1.1 1.2 1.3")
}

// What was taken out of a place with several mails leaves the others under their UIDs.
func TestRemoveUID(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const shelf = "x\x1f\x1f\x1fanna@example.com"
	for uid := uint32(0); uid < 4; uid++ {
		var left []view.Place
		err := h.store.Update(store.Background, func(tx store.Tx) error {
			first, err := tx.NewUIDs(4)
			if err != nil {
				return err
			}
			p := view.Place{Shelf: shelf, UID: first, Count: 4, Ticket: 7, Seq: 10}
			err = errors.Join(tx.PutPlace(&p), removeUID(tx, &p, first+uid))
			left = nil
			err = errors.Join(err, tx.Places(shelf, 0, func(p view.Place) bool { left = append(left, p); return true }))
			for i := range left {
				err = errors.Join(err, tx.DeletePlace(shelf, left[i].UID))
				left[i].UID -= first
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got := map[uint32]uint32{}
		for _, p := range left {
			for n := range p.Count {
				got[p.UID+n] = p.Seq + n
			}
		}
		for n := range uint32(4) {
			if seq, there := got[n]; there == (n == uid) || there && seq != 10+n {
				t.Errorf("without UID %d: %v", uid, left)
			}
		}
	}
}

func TestAccountSubscriptions(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{})
	subscribed := func(agent string) (on []string) {
		list, err := h.accountOf(agent).Folders()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if f.Subscribed {
				on = append(on, f.Name)
			}
		}
		return on
	}
	usual := []string{"INBOX", "Mine", "Unassigned", "Waiting", "Solved", "Drafts", "Sent", "Trash"}
	if got := subscribed(annaAt); !slices.Equal(got, usual) {
		t.Errorf("subscribed to %q", got)
	}
	a := h.accountOf(annaAt)
	err := errors.Join(a.Subscribe("Customer/Acme Instruments AG", true), a.Subscribe("Solved", false), a.Subscribe("Gone/Away", false))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Subscribe("Gone/Away", true); err == nil {
		t.Error("she subscribes to what is not there")
	}
	h.reopen()
	want := append(slices.DeleteFunc(slices.Clone(usual), func(f string) bool { return f == "Solved" }), "Customer/Acme Instruments AG")
	if got := subscribed(annaAt); !slices.Equal(got, want) {
		t.Errorf("subscribed to %q, must be %q", got, want)
	}
	if got := subscribed(benAt); !slices.Equal(got, usual) {
		t.Errorf("Ben is subscribed to %q", got)
	}
	h.view(func(r store.Reader) error {
		raw, err := r.Meta(accountPrefix + annaAt)
		if strings.Contains(string(raw), "Acme") {
			t.Errorf("the record names a customer: %s", raw)
		}
		return err
	})
}

// withDesks takes over the configuration with other agents on its desks.
func (h *house) withDesks(support, billing []string) {
	h.t.Helper()
	c := *h.c
	c.Desks = slices.Clone(c.Desks)
	c.Desk("support").Agents, c.Desk("billing").Agents = support, billing
	if _, err := h.reload("test", func() (*config.Config, error) { return &c, nil }); err != nil {
		h.t.Fatal(err)
	}
}

// Who leaves a desk sees its mails leave; who comes to one gets another UIDVALIDITY, since
// the desk's mails have UIDs that lie before what she knows.
func TestAccountDesksComeAndGo(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{rcpt: []string{"billing@example.com"}})
	h.flush()
	h.deliver(mail{})
	h.wantShown(annaAt, "INBOX: 1.1 1.2 2.1")
	h.expunge(annaAt, "INBOX", "1.1")
	h.deliver(mail{rcpt: []string{"billing@example.com"}, from: "Olaf <olaf@globex.example>", subject: "Invoice"}) // of the highest UID
	before := h.folderOf(annaAt, "INBOX")
	news, stop := h.accountOf(annaAt).Watch()
	defer stop()
	both, support := []string{annaAt, benAt}, []string{benAt}
	h.withDesks(both, []string{cleoAt})
	select {
	case <-news:
	case <-time.After(time.Second):
		t.Error("nobody hears that a desk is gone")
	}
	h.wantShown(annaAt, "INBOX: 2.1", "Trash:")
	lost := h.folderOf(annaAt, "INBOX")
	if lost.Validity != before.Validity || lost.Next < before.Next {
		t.Errorf("without the desk UIDVALIDITY %d, was %d; UIDNEXT %d, was %d", lost.Validity, before.Validity, lost.Next, before.Next)
	}
	ben := h.folderOf(benAt, "INBOX")
	h.withDesks(both, []string{annaAt, cleoAt})
	h.wantShown(annaAt, "INBOX: 1.2 2.1 3.1", "Trash: 1.1")
	if again := h.folderOf(annaAt, "INBOX"); again.Validity == before.Validity {
		t.Error("mails of a desk that she is on again come under old UIDs, and UIDVALIDITY is the same")
	}
	if h.folderOf(benAt, "INBOX").Validity != ben.Validity {
		t.Error("Ben's UIDVALIDITY changes with Anna's desks")
	}
	h.withDesks(support, []string{cleoAt})
	h.wantShown(annaAt, "INBOX:", "Trash:", "Unassigned:")
	list, err := h.accountOf(annaAt).Folders()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if strings.Contains(f.Name, "/") {
			t.Errorf("who is on no desk has the folder %s", f.Name)
		}
	}
}

// What becomes overdue, or somebody else's, comes into such folders behind what they have.
func TestAccountEnters(t *testing.T) {
	t.Parallel()
	const acme = "Customer/Acme Instruments AG"
	h := threeOfTwoDesks(t)
	h.deliver(mail{from: "Olaf <olaf@globex.example>", subject: "Other"})
	h.flush()
	h.deliver(mail{}) // its answer is promised sooner
	h.flush()
	h.wantShown(annaAt, "Overdue:", acme+": 2.1 2.2")
	before := h.folderOf(annaAt, acme)
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		theirs, err := tx.Ticket(2)
		tk, terr := tx.Ticket(1)
		tk.CustomerID = theirs.CustomerID
		return errors.Join(err, terr, tx.PutTicket(&tk))
	})
	if err != nil {
		t.Fatal(err)
	}
	h.wantShown(annaAt, acme+": 2.1 2.2 1.1 1.2")
	if v := h.folderOf(annaAt, acme); v.Mails[2].UID < before.Next {
		t.Errorf("UID %d comes into a folder with UIDNEXT %d", v.Mails[2].UID, before.Next)
	}
	say := func(n uint64, is string) {
		t.Helper()
		err := h.store.Update(store.Background, func(tx store.Tx) error {
			tk, err := tx.Ticket(n)
			tk.PromiseIs = is
			return errors.Join(err, tx.PutTicket(&tk))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"2.1 2.2", "2.1 2.2 1.1 1.2"} {
		before := h.folderOf(annaAt, "Overdue")
		say(2-uint64(i), "broken")
		h.wantShown(annaAt, "Overdue: "+want)
		if m := h.folderOf(annaAt, "Overdue").Mails[len(before.Mails)]; m.UID < before.Next {
			t.Errorf("UID %d comes into a folder with UIDNEXT %d", m.UID, before.Next)
		}
	}
	say(1, "open")
	say(2, "open") // as the ledger has it
	h.wantShown(annaAt, "Overdue:")
}

// What was marked on a mail goes with it to another ticket, and stays with no number there.
func TestAccountMarksGoWithEntries(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{})
	h.deliver(mail{subject: "The same once more"})
	h.mark(annaAt, "INBOX", imapd.Seen, 0, "2.1")
	h.wantShown(annaAt, "INBOX: 1.1 2.1S")
	if _, err := h.try("ticket.merge", MergeArgs{From: 2, To: 1}); err != nil {
		t.Fatal(err)
	}
	h.wantShown(annaAt, "INBOX: 1.1 1.3S")
	h.view(func(r store.Reader) error {
		left, err := r.MarksOf(annaAt, view.MailRef{Ticket: 2})
		if left != nil {
			t.Errorf("marks %x stay", left)
		}
		return err
	})
}
