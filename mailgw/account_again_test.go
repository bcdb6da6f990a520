package mailgw

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// inTrash checks that an agent's Trash shows some entries, and none of her other folders does.
func (h *house) inTrash(agent string, want ...ticket.ID) {
	h.t.Helper()
	var there []ticket.ID
	for _, m := range h.folderOf(agent, "Trash").Mails {
		for _, id := range h.idsOf(m.Ticket) {
			if e := h.entryOf(id); e.Seq == m.Seq {
				there = append(there, id)
			}
		}
	}
	if !slices.Equal(there, want) {
		h.t.Errorf("%s has %v in Trash, must have %v", agent, there, want)
	}
	for _, folder := range []string{"INBOX", "Desk/support", "Unassigned"} {
		for _, m := range h.folderOf(agent, folder).Mails {
			if slices.ContainsFunc(want, func(id ticket.ID) bool { e := h.entryOf(id); return e.Ticket == m.Ticket && e.Seq == m.Seq }) {
				h.t.Errorf("%s sees in %s what she has put away: %d.%d", agent, folder, m.Ticket, m.Seq)
			}
		}
	}
}

// idsOf are the entries of a ticket.
func (h *house) idsOf(number uint64) (out []ticket.ID) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		list, err := r.Entries(number)
		for i := range list {
			out = append(out, list[i].ID)
		}
		return err
	})
	return out
}

// What an agent has put into her Trash stays there, and out of her other folders, when its
// ticket is merged, split, and merged back; what she has taken out of Trash comes nowhere.
func TestPutAwayGoesAlong(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{id: "one@acme.example"})
	gone := h.deliver(mail{from: "Max <max@acme.example>", id: "two@acme.example", subject: "Scale"}).ID
	away := h.deliver(mail{from: "Max <max@acme.example>", head: []string{"In-Reply-To: <two@acme.example>"}, subject: "Re: Scale"}).ID
	h.expunge(annaAt, "INBOX", "2.1")
	h.expunge(annaAt, "Trash", "2.1")
	h.expunge(annaAt, "INBOX", "2.3")
	h.expunge(benAt, "INBOX", "2.1")
	check := func(what string) {
		t.Helper()
		h.inTrash(annaAt, away)
		h.inTrash(benAt, gone)
		e := h.entryOf(gone)
		for _, m := range h.folderOf(annaAt, "INBOX").Mails {
			if m.Ticket == e.Ticket && m.Seq == e.Seq {
				t.Errorf("%s: Anna sees again what she has taken out of Trash", what)
			}
		}
	}
	check("before")
	next := h.folderOf(annaAt, "Trash").Next
	h.do("ticket.merge", MergeArgs{From: 2, To: 1})
	check("merged")
	if is := h.folderOf(annaAt, "Trash").Mails[0]; is.UID < next || is.Ticket != 1 {
		t.Errorf("merged, it is %+v; new UIDs begin at %d", is, next)
	}
	h.do("ticket.merge", MergeArgs{From: 2, To: 1, Undo: true})
	check("merged back")
	h.do("ticket.split", SplitArgs{Number: 2, Entry: away.String()})
	check("split")
	if n := h.entryOf(away).Ticket; n != 3 {
		t.Fatalf("it is on ticket %d", n)
	}
	if _, err := h.move(annaAt, "Trash", "INBOX", 3); err != nil {
		t.Fatal(err)
	}
	h.inTrash(annaAt)
	e := h.entryOf(away)
	if got := h.folderOf(annaAt, "INBOX").Mails; !slices.ContainsFunc(got, func(m imapd.Mail) bool { return m.Ticket == 3 && m.Seq == e.Seq }) {
		t.Errorf("out of Trash, INBOX has %+v", got)
	}
}

// A mail that an agent put away on the ticket that it opened stands in her Trash when it is
// admitted to another one.
func TestPutAwayAndAdmitted(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	held := h.stands(view.Held, "")
	own := h.items()[0].Own
	if _, err := h.move(annaAt, "Desk/support", "Trash", own); err != nil {
		t.Fatal(err)
	}
	if _, err := h.accountOf(benAt).Move("Held", []imapd.Mail{held}, "Mine", false); err != nil {
		t.Fatal(err)
	}
	if got := h.folderOf(annaAt, "Trash").Mails; len(got) != 1 || got[0].Ticket != 1 {
		t.Errorf("Trash has %+v", got)
	}
}

// A move of several held or junk mails of which one was decided meanwhile does nothing.
func TestDecidedTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in view.Kind
		to string
	}{{view.Held, "Trash"}, {view.Held, "Mine"}, {view.Junk, "Mine"}} {
		h := threeOfTwoDesks(t)
		first := h.stands(c.in, "")
		second := h.stands(c.in, "")
		if first.Item == second.Item {
			for _, m := range h.folderOf(annaAt, string(c.in)).Mails {
				if m.Item != first.Item {
					second = m
				}
			}
		}
		if c.in == view.Held {
			h.do("held.reject", DrawerArgs{ID: ticket.ID(second.Item).String()})
		} else {
			h.do("junk.release", DrawerArgs{ID: ticket.ID(second.Item).String()})
		}
		tickets := h.tickets()
		if _, err := h.accountOf(annaAt).Move(string(c.in), []imapd.Mail{first, second}, c.to, false); err == nil {
			t.Errorf("%s to %s: it is OK", c.in, c.to)
		}
		h.wantShown(annaAt, string(c.in)+": item")
		if n := h.tickets(); n != tickets {
			t.Errorf("%s to %s was refused, and there are %d tickets, were %d", c.in, c.to, n, tickets)
		}
	}
}

// Several held or junk mails are decided in one move.
func TestDecidedAll(t *testing.T) {
	t.Parallel()
	for _, in := range []view.Kind{view.Held, view.Junk} {
		h := threeOfTwoDesks(t)
		h.stands(in, "")
		h.stands(in, "")
		list := h.folderOf(annaAt, string(in)).Mails
		if len(list) != 2 {
			t.Fatalf("%s has %+v", in, list)
		}
		if _, err := h.accountOf(annaAt).Move(string(in), list, "Mine", false); err != nil {
			t.Fatal(err)
		}
		h.wantShown(annaAt, string(in)+":")
		if n := len(h.items()); n != 0 {
			t.Errorf("%s: %d wait still", in, n)
		}
	}
}

// What comes out of Trash has a new UID in its folder, and nobody has deleted it there.
func TestOutOfTrashIsNew(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	a := h.accountOf(annaAt)
	h.stands(view.Held, "")
	h.stands(view.Junk, "")
	h.stands(view.Sent, "")
	for range 2 { // her own, on no ticket
		if _, err := a.Append("Sent", []byte("Subject: lunch\r\nMessage-ID: <"+h.clock.Now().Format("150405.000")+"@example.com>\r\n\r\nAt noon.\r\n"), 0, h.clock.Now()); err != nil {
			t.Fatal(err)
		}
		h.at(h.clock.Now().Add(time.Second))
	}
	for _, folder := range []string{"Held", "Junk", "Sent"} {
		was := h.folderOf(annaAt, folder)
		theirs := h.folderOf(benAt, folder)
		for _, m := range was.Mails {
			if err := a.Mark(folder, []imapd.Mail{m}, imapd.Deleted, 0); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range was.Mails {
			if err := a.Expunge(folder, []imapd.Mail{m}); err != nil {
				t.Fatal(err)
			}
		}
		in := h.folderOf(annaAt, "Trash").Mails
		if len(in) != len(was.Mails) {
			t.Fatalf("%s had %d, Trash has %d", folder, len(was.Mails), len(in))
		}
		if _, err := a.Move("Trash", in, folder, false); err != nil {
			t.Fatal(err)
		}
		is := h.folderOf(annaAt, folder)
		if len(is.Mails) != len(was.Mails) {
			t.Errorf("%s: %d mails, were %d", folder, len(is.Mails), len(was.Mails))
		}
		for _, m := range is.Mails {
			if m.UID < was.Next || m.Flags&imapd.Deleted != 0 {
				t.Errorf("%s shows %+v again; new UIDs begin at %d", folder, m, was.Next)
			}
		}
		if got := h.folderOf(benAt, folder).Mails; len(got) != len(theirs.Mails) {
			t.Errorf("Ben's %s has %d mails, had %d", folder, len(got), len(theirs.Mails))
		}
	}
}

// An answer that was put away by way of a ticket's folder stands in Sent as before.
func TestOutOfTrashLeavesSent(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.stands(view.Sent, "")
	sent := h.folderOf(annaAt, "Sent").Mails
	h.expunge(annaAt, "Desk/support", fmt.Sprintf("%d.%d", sent[0].Ticket, sent[0].Seq))
	if _, err := h.accountOf(annaAt).Move("Trash", h.folderOf(annaAt, "Trash").Mails, "Desk/support", false); err != nil {
		t.Fatal(err)
	}
	if got := h.folderOf(annaAt, "Sent").Mails; !slices.Equal(got, sent) {
		t.Errorf("Sent has %+v, had %+v", got, sent)
	}
}

// Moving back takes back what the agent's move did, not what others have done to the same
// end since.
func TestMovedBackAfterOthers(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	first := h.deliver(mail{id: "one@acme.example"})
	h.set(SetArgs{Number: 1, Assignee: annaAt})
	if _, err := h.move(annaAt, "Mine", "Solved", 1); err != nil {
		t.Fatal(err)
	}
	again := h.deliver(mail{head: []string{"In-Reply-To: <one@acme.example>"}, subject: "Re: Scale", body: "It is broken again, the same error."})
	if again.Ticket != 1 || h.ticket(1).Status == ticket.Solved {
		t.Fatalf("the customer's mail is on ticket %d, which is %s", again.Ticket, h.ticket(1).Status)
	}
	h.set(SetArgs{Number: 1, Status: "solved", Who: benAt})
	withdrawn := h.ticket(1).PromiseIs
	if _, err := h.move(annaAt, "Solved", "Mine", 1); err != nil {
		t.Fatal(err)
	}
	if got := h.ticket(1); got.Status != ticket.Open || got.PromiseID == first.ticket.PromiseID && got.PromiseIs != withdrawn {
		t.Errorf("moved back it is %s; Ben's deed was on promise %s", h.standingOf(1), first.ticket.PromiseID)
	}
	if p := h.promise(first.ticket.PromiseID); p.State == "open" {
		t.Error("the promise that Anna's move withdrew counts again, though Ben's solving came after")
	}
}

// Moving back ends in the folder that it was moved to, also when others have changed since
// what the first move did not.
func TestMovedBackLands(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{})
	h.set(SetArgs{Number: 1, Assignee: annaAt})
	if _, err := h.move(annaAt, "Mine", "Solved", 1); err != nil {
		t.Fatal(err)
	}
	h.set(SetArgs{Number: 1, Assignee: "-", Who: benAt})
	if _, err := h.move(annaAt, "Solved", "Mine", 1); err != nil {
		t.Fatal(err)
	}
	if got := h.ticket(1); got.Assignee != annaAt || got.Status != ticket.Open {
		t.Errorf("moved to Mine it is %s", h.standingOf(1))
	}
}
