package mailgw

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// move moves the first mail of a folder that is a ticket's into another one.
func (h *house) move(agent, from, to string, number uint64) (imapd.Moved, error) {
	h.t.Helper()
	for _, m := range h.folderOf(agent, from).Mails {
		if m.Ticket == number {
			return h.accountOf(agent).Move(from, []imapd.Mail{m}, to, false)
		}
	}
	h.t.Fatalf("%s has no ticket %d", from, number)
	return imapd.Moved{}, nil
}

// standing says what moving changes of a ticket.
func (h *house) standingOf(number uint64) string {
	h.t.Helper()
	t := h.ticket(number)
	return fmt.Sprintf("%s %s %q %s %s %s %v", t.Desk, t.Status, t.Assignee, t.WaitUntil.UTC(), t.PromiseIs, t.PromiseDue.UTC(), t.Told)
}

// wantNo checks that a move was refused with a sentence.
func wantNo(t *testing.T, err error, sentence string) {
	t.Helper()
	var no *imap.Error
	if !errors.As(err, &no) || no.Code != imap.ResponseCodeCannot || !strings.Contains(no.Text, sentence) {
		t.Errorf("it is answered %v, must be NO [CANNOT] %s", err, sentence)
	}
}

// wantCode checks that something was refused with a response code.
func wantCode(t *testing.T, err error, code imap.ResponseCode) {
	t.Helper()
	var no *imap.Error
	if !errors.As(err, &no) || no.Code != code {
		t.Errorf("it is answered %v, must be NO [%s]", err, code)
	}
}

// What was promised counts again when a ticket that was solved is moved back.
func TestMovedBackPromiseCounts(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	number := h.deliver(mail{}).Ticket
	before := h.ticket(number)
	if _, err := h.move(annaAt, "INBOX", "Solved", number); err != nil {
		t.Fatal(err)
	}
	if p := h.promise(before.PromiseID); p.State != promise.Withdrawn {
		t.Fatalf("the promise of a solved ticket is %s", p.State)
	}
	if _, err := h.move(annaAt, "Solved", "INBOX", number); err != nil {
		t.Fatal(err)
	}
	if p := h.promise(before.PromiseID); p.State != promise.Open || !p.DueAt.Equal(before.PromiseDue) || p.Alarm().IsZero() {
		t.Errorf("moved back, the promise is %s by %s, alarm %s", p.State, p.DueAt, p.Alarm())
	}
}

// A ticket that was put aside, taken, and moved back is put aside until the same time, at
// which it is work again: also when that time has come while it was in Mine.
func TestMovedBackWaits(t *testing.T) {
	t.Parallel()
	for _, inMine := range []time.Duration{time.Hour, 4 * 24 * time.Hour} {
		h := threeOfTwoDesks(t)
		h.deliver(mail{})
		notice := h.noticeTo(annaAt)
		h.deliver(notice.reply(anna, "#wait 3d"))
		h.flush()
		was, until := h.standingOf(1), h.ticket(1).WaitUntil
		if _, err := h.move(annaAt, "Waiting", "Mine", 1); err != nil {
			t.Fatal(err)
		}
		if got := h.ticket(1); got.Assignee != annaAt || !got.WaitUntil.IsZero() {
			t.Fatalf("in Mine it is %s", h.standingOf(1))
		}
		at := h.clock.Now().Add(inMine)
		h.at(at)
		if _, err := h.closeDue(at); err != nil {
			t.Fatal(err)
		}
		if _, err := h.move(annaAt, "Mine", "Waiting", 1); err != nil {
			t.Fatal(err)
		}
		if is := h.standingOf(1); is != was {
			t.Errorf("after %s moved back it is\n%s, was\n%s", inMine, is, was)
		}
		if until.Before(at) {
			until = at
		}
		h.at(until)
		if _, err := h.closeDue(until); err != nil {
			t.Fatal(err)
		}
		if got := h.ticket(1); got.Status != ticket.Open || !got.WaitUntil.IsZero() {
			t.Errorf("at its time it is %s", h.standingOf(1))
		}
	}
}

// Of two agents who take a ticket at the same time one gets it, and the other reads who.
func TestTwoTakeATicket(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	for range 200 {
		number := h.deliver(mail{}).Ticket
		agents := [2]string{annaAt, benAt}
		var mails [2][]imapd.Mail
		var errs [2]error
		for i, who := range agents {
			for _, m := range h.folderOf(who, "Unassigned").Mails {
				if m.Ticket == number {
					mails[i] = []imapd.Mail{m}
				}
			}
		}
		var both sync.WaitGroup
		for i, who := range agents {
			a := h.accountOf(who)
			both.Go(func() { _, errs[i] = a.Move("Unassigned", mails[i], "Mine", false) })
		}
		both.Wait()
		won := 0
		if errs[0] != nil {
			won = 1
		}
		if errs[won] != nil || h.ticket(number).Assignee != agents[won] {
			t.Fatalf("%v; %v; the ticket is %s's", errs[0], errs[1], h.ticket(number).Assignee)
		}
		wantNo(t, errs[1-won], fmt.Sprintf("Ticket %d is with %s.", number, []string{"Anna Keller", "Ben Ortiz"}[won]))
	}
}

// A mail that was deleted out of a colleague's folder is moved back there.
func TestOutOfTrashToAColleagues(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	number := h.deliver(mail{}).Ticket
	h.set(SetArgs{Number: number, Assignee: benAt})
	for range 2 {
		if _, err := h.move(annaAt, "Agent/Ben Ortiz", "Trash", number); err != nil {
			t.Fatal(err)
		}
		h.wantShown(benAt, "Mine: 1.1")
		moved, err := h.move(annaAt, "Trash", "Agent/Ben Ortiz", number)
		if err != nil || len(moved.To) != 1 || h.ticket(number).Assignee != benAt {
			t.Errorf("out of Trash: %v, %v, the ticket is %q's", moved, err, h.ticket(number).Assignee)
		}
		h.wantShown(annaAt, "Agent/Ben Ortiz: 1.1", "Trash:")
	}
}

// A mail that is known is moved by APPEND, whatever lines a client adds; another is refused.
func TestAppendMoves(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	number := h.deliver(mail{}).Ticket
	a := h.accountOf(annaAt)
	raw, err := a.Bytes(h.folderOf(annaAt, "INBOX").Mails[0])
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.move(annaAt, "INBOX", "Nowhere", number)
	wantCode(t, err, imap.ResponseCodeTryCreate)
	_, err = a.Append("Nowhere", raw, 0, time.Time{})
	wantCode(t, err, imap.ResponseCodeTryCreate)
	data, err := a.Append("Mine", append([]byte("X-TUID: 123456789012\r\n"), raw...), imapd.Seen|imapd.Deleted, time.Time{})
	if v := h.folderOf(annaAt, "Mine"); err != nil || len(v.Mails) != 1 || uint32(data.UID) != v.Mails[0].UID || data.UIDValidity != v.Validity {
		t.Errorf("it is answered %+v, %v", data, err)
	}
	if got := h.ticket(number).Assignee; got != annaAt {
		t.Errorf("the ticket is %q's", got)
	}
	h.wantShown(annaAt, "Mine: 1.1S")
	_, err = a.Append("Solved", []byte("Message-ID: <x@y.example>\r\n\r\nHello\r\n"), 0, time.Time{})
	wantNo(t, err, "not known here")
	_, err = h.accountOf(cleoAt).Append("Mine", raw, 0, time.Time{}) // she is not on that desk
	wantNo(t, err, "not known here")
}

// Who moves a mail that has left the folder since is told so, and nothing is done.
func TestMoveOfWhatHasLeft(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	number := h.deliver(mail{}).Ticket
	old := h.folderOf(annaAt, "Unassigned").Mails[:1]
	h.set(SetArgs{Number: number, Status: "solved"})
	was := h.standingOf(number)
	if _, err := h.accountOf(annaAt).Move("Unassigned", old, "Mine", false); err == nil || h.standingOf(number) != was {
		t.Errorf("it is answered %v, the ticket is %s", err, h.standingOf(number))
	}
}

// A mail that is moved out of a folder that still shows it has another UID there: what a
// client that copies does next to the old one hits nothing.
func TestMoveGivesNewUIDsWhereItStays(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	number := h.deliver(mail{}).Ticket
	h.set(SetArgs{Number: number, Assignee: annaAt})
	a, old := h.accountOf(annaAt), h.folderOf(annaAt, "INBOX").Mails[:1]
	if _, err := a.Move("INBOX", old, "Mine", true); err != nil {
		t.Fatal(err)
	}
	if now := h.folderOf(annaAt, "INBOX").Mails; len(now) != 1 || now[0].UID <= old[0].UID {
		t.Fatalf("INBOX shows %+v, showed %+v", now, old)
	}
	if err := errors.Join(a.Mark("INBOX", old, imapd.Deleted, 0), a.Expunge("INBOX", old)); err != nil {
		t.Fatal(err)
	}
	h.wantShown(annaAt, "INBOX: 1.1", "Trash:")
}

// A client's copy of what it has handed in stands in Sent already, and one that came by
// another way is kept once, however often the client tries.
func TestAppendSentOnce(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{from: "Mia Meier <" + miaAt + ">"})
	a := h.accountOf(annaAt)
	h.submit(annaAt, mail{rcpt: []string{miaAt}, subject: "Re: Scale", body: "It is on its way.", id: "mine@laptop.example"})
	there := h.folderOf(annaAt, "Sent").Mails
	if len(there) != 1 {
		t.Fatalf("Sent has %d mails", len(there))
	}
	got, err := a.Append("Sent", []byte("From: anna@example.com\r\nMessage-ID: <mine@laptop.example>\r\n\r\nIt is on its way.\r\n"), imapd.Seen, time.Time{})
	if err != nil || uint32(got.UID) != there[0].UID {
		t.Errorf("the copy of what was handed in: %+v, %v, must be UID %d", got, err, there[0].UID)
	}
	other := []byte("From: anna@example.com\r\nMessage-ID: <phone@elsewhere.example>\r\n\r\nFrom the phone.\r\n")
	first, err := a.Append("Sent", other, 0, time.Time{})
	again, err2 := a.Append("Sent", other, 0, time.Time{})
	if err != nil || err2 != nil || first.UID == 0 || first != again {
		t.Errorf("another one: %+v, then %+v (%v, %v)", first, again, err, err2)
	}
	if n := len(h.folderOf(annaAt, "Sent").Mails); n != 2 {
		t.Errorf("Sent has %d mails", n)
	}
	if _, err := h.accountOf(benAt).Append("Sent", []byte("Message-ID: <mine@laptop.example>\r\n\r\nHers.\r\n"), 0, time.Time{}); err != nil || len(h.folderOf(benAt, "Sent").Mails) != 1 {
		t.Errorf("Ben's mail with her id: %v, %d in Sent", err, len(h.folderOf(benAt, "Sent").Mails))
	}
}

// A program that puts its copy into Sent before it hands the mail in has one mail there in the
// end: the answer, as its reader got it. What is not that mail stays.
func TestSentCopyFirst(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{from: "Mia Meier <" + miaAt + ">"})
	a := h.accountOf(annaAt)
	text := func(id string) []byte {
		return []byte("From: anna@example.com\r\nMessage-ID: <" + id + "@laptop.example>\r\n\r\nIt is on its way.\r\n")
	}
	for _, id := range []string{"other", "mine"} {
		if _, err := a.Append("Sent", text(id), imapd.Seen, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.accountOf(benAt).Append("Sent", text("mine"), 0, time.Time{}); err != nil {
		t.Fatal(err)
	}
	before := h.folderOf(annaAt, "Sent")
	h.submit(annaAt, mail{rcpt: []string{miaAt}, subject: "Re: Scale", body: "It is on its way.", id: "mine@laptop.example"})
	after := h.folderOf(annaAt, "Sent").Mails
	if len(after) != 2 || after[0] != before.Mails[0] || after[1].Item != 0 || after[1].UID < before.Next {
		t.Errorf("Sent has %+v, had %+v", after, before.Mails)
	}
	got, err := a.Append("Sent", text("mine"), imapd.Seen, time.Time{})
	if err != nil || uint32(got.UID) != after[1].UID || len(h.folderOf(annaAt, "Sent").Mails) != 2 {
		t.Errorf("once more: %+v, %v", got, err)
	}
	if n := len(h.folderOf(benAt, "Sent").Mails); n != 1 {
		t.Errorf("Ben has %d in Sent", n)
	}
}

// What is an agent's own stays hers, whatever desks she is on.
func TestOwnStaysWithoutDesks(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	a := h.accountOf(annaAt)
	for _, folder := range []string{"Drafts", "Sent", "Trash"} {
		if _, err := a.Append(folder, []byte("Message-ID: <"+folder+"@phone.example>\r\n\r\nHers.\r\n"), 0, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	h.withDesks([]string{benAt}, []string{cleoAt})
	for _, folder := range []string{"Drafts", "Sent", "Trash"} {
		if n := len(h.folderOf(annaAt, folder).Mails); n != 1 {
			t.Errorf("on no desk any more, she has %d mails in %s", n, folder)
		}
		if n := len(h.folderOf(benAt, folder).Mails); n != 0 {
			t.Errorf("Ben has %d mails in %s", n, folder)
		}
	}
}
