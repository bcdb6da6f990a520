package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// One list a day for each desk, with all that nobody has looked at, that nobody
// can answer to; junk is on it once, the rest until it is settled.
func TestDailyList(t *testing.T) {
	h := newHouse(t, "acknowledge.budget.per_address=1")
	h.deliver(mail{client: stranger})
	untold := h.deliver(mail{subject: "Forgotten", client: stranger})
	junk := h.deliver(code())
	h.deliver(mail{subject: "Invoice", client: stranger, rcpt: []string{"billing@example.com"}})
	h.flush()

	tuesday := zurichTime(t, "2026-07-14 09:00")
	if lists := h.look(tuesday.Add(-time.Minute)); len(lists) != 0 {
		t.Fatalf("before its time: %+v", lists)
	}
	lists := h.look(tuesday)
	if len(lists) != 2 {
		t.Fatalf("%d lists, must be one for each desk", len(lists))
	}
	for _, list := range lists {
		if list.Template != "drawer" || list.Kind != ticket.Notice || list.Ticket != 0 || list.ReplyTo != "" || len(list.References) != 0 || !slices.Equal(list.EnvelopeTo, []string{"anna@example.com", "ben@example.com"}) {
			t.Errorf("%+v", list)
		}
	}
	mails := h.flush()
	if len(mails) != 4 {
		t.Fatalf("%d mails", len(mails))
	}
	for _, m := range mails {
		if len(m.read.ReplyTo) != 0 {
			t.Errorf("answers go to %v", m.read.ReplyTo)
		}
		text := m.read.Text
		if m.read.From[0].Addr == "billing@example.com" {
			if !strings.Contains(text, "Invoice") || strings.Contains(text, "Forgotten") {
				t.Errorf("the other desk's list: %s", text)
			}
			continue
		}
		for _, want := range []string{"Forgotten", "Your verification code", "mailgw junk release " + junk.ID.String(), fmt.Sprintf("mailgw ticket reply %d", untold.Ticket), "Mia Meier", fmt.Sprintf("Not acknowledged · #%d · 2026-07-13 10:00 CEST", untold.Ticket), "Junk · 2026-07-13 10:00 CEST"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not on the list:\n%s", want, text)
			}
		}
	}
	if lists := h.look(tuesday.Add(time.Hour)); len(lists) != 0 {
		t.Errorf("a second list on the same day")
	}
	h.reopen()
	if lists := h.look(tuesday.Add(2 * time.Hour)); len(lists) != 0 {
		t.Errorf("a second list after a restart")
	}
	h.set(SetArgs{Number: untold.Ticket + 1, Status: "pending"}) // the invoice
	if lists := h.look(zurichTime(t, "2026-07-15 09:00")); len(lists) != 1 || strings.Contains(string(lists[0].Facts), "verification") || !strings.Contains(string(lists[0].Facts), "Forgotten") {
		t.Errorf("the next day: %+v", lists)
	}
	if list := h.items(); len(list) != 2 {
		t.Errorf("what is settled stays in the drawer: %+v", list)
	}
}

// Kill the gateway at any commit: the list is mailed once.
func TestListOnceWhateverHappens(t *testing.T) {
	for commits := range 4 {
		h, _ := inDrawer(t, ticket.DrawerUnacknowledged, monday)
		h.deliver(code())
		tuesday := zurichTime(t, "2026-07-14 09:00")
		h.at(tuesday).limit(commits)
		if _, err := h.emptyDrawers(tuesday); (err != nil) != (commits == 0) {
			t.Errorf("%d commits: %v", commits, err)
		}
		h.reopen()
		h.look(tuesday.Add(time.Minute))
		lists := 0
		for _, row := range h.rows() {
			if row.Template == "drawer" {
				lists++
			}
		}
		if lists != 1 {
			t.Errorf("%d lists after a kill behind commit %d", lists, commits)
		}
		for _, item := range h.items() {
			if item.ListedAt.IsZero() {
				t.Errorf("not marked as listed: %+v", item)
			}
		}
	}
}

// The list is no event of a ticket, whatever becomes of it: refused, dropped, or
// sent from the desk's address because the next hop takes no null sender.
func TestListBelongsToNoTicket(t *testing.T) {
	for name, do := range map[string]func(*house, ticket.Outgoing){
		"refused": func(h *house, _ ticket.Outgoing) {
			h.refuse = refusing(noMailbox, "ben@example.com")
			h.flush()
			if told := to(h.sent, h.c.Admin.Address); len(told) != 1 {
				h.t.Errorf("the admin has %d mails about it", len(told))
			}
		},
		"dropped": func(h *house, list ticket.Outgoing) {
			if v := h.do("outbox.list", NoArgs{}).(OutboxView); v.Ticket != nil {
				h.t.Errorf("outbox list says ticket %d", *v.Ticket)
			}
			h.do("outbox.drop", RowsArgs{IDs: []string{list.ID.String()}})
		},
		"no null sender": func(h *house, list ticket.Outgoing) {
			if path := (&queue{h.Gateway}).ReturnPath(&list); path != "support@example.com" {
				h.t.Errorf("bounces go to %q", path)
			}
			h.flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := inDrawer(t, ticket.DrawerJunk, monday)
			h.flush()
			h.sent = nil
			lists := h.look(zurichTime(t, "2026-07-14 09:00"))
			if len(lists) != 1 {
				t.Fatalf("%d lists", len(lists))
			}
			do(h, lists[0])
			if left := h.rows(); len(left) != 0 {
				t.Errorf("left: %+v", left)
			}
		})
	}
}

// What has been settled meanwhile leaves its drawer without a word.
func TestSettledLeavesTheDrawer(t *testing.T) {
	for name, c := range map[string]struct {
		settle func(*house, uint64)
		listed bool
	}{
		"nothing happened": {func(*house, uint64) {}, true},
		"a note only": {func(h *house, n uint64) {
			h.do("ticket.note", ReplyArgs{Number: n, As: "anna", Text: "Who takes it?"})
		}, true},
		"assigned only": {func(h *house, n uint64) { h.set(SetArgs{Number: n, Assignee: "anna@example.com"}) }, true},
		"answered":      {func(h *house, n uint64) { h.do("ticket.reply", ReplyArgs{Number: n, As: "anna", Text: "Done."}) }, false},
		"solved":        {func(h *house, n uint64) { h.set(SetArgs{Number: n, Status: "solved"}) }, false},
		"closed":        {func(h *house, n uint64) { h.set(SetArgs{Number: n, Status: "closed"}) }, false},
		"told later": {func(h *house, n uint64) {
			h.at(monday.Add(90 * time.Minute)) // the budget is there again
			if a := h.deliver(mail{head: []string{"In-Reply-To: <two@acme.example>"}}); a.Ticket != n || a.ack == nil {
				h.t.Fatalf("on ticket %d, acknowledged %v", a.Ticket, a.ack != nil)
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h, a := inDrawer(t, ticket.DrawerUnacknowledged, monday)
			c.settle(h, a.Ticket)
			lists := h.look(zurichTime(t, "2026-07-14 09:00"))
			if (len(lists) == 1) != c.listed || (len(h.items()) == 1) != c.listed {
				t.Errorf("%d lists, %d items", len(lists), len(h.items()))
			}
		})
	}
}

// An answer that did not arrive is on the list until somebody answers otherwise.
func TestUndeliveredIsListed(t *testing.T) {
	for status, listed := range map[string]bool{"": true, "pending": false, "solved": false, "closed": false} {
		h := newHouse(t)
		a := h.deliver(mail{})
		item := ticket.DrawerItem{ID: h.ids.Next(), Kind: ticket.DrawerUndelivered, Ticket: a.Ticket, Desk: "support", Why: "no such mailbox", Since: monday, DueAt: monday.Add(time.Hour)}
		if err := h.store.Update(store.Background, func(tx store.Tx) error { return tx.PutDrawerItem(&item) }); err != nil {
			t.Fatal(err)
		}
		if status != "" {
			h.set(SetArgs{Number: a.Ticket, Status: status})
		}
		if lists := h.look(monday.Add(time.Hour)); (len(lists) == 1) != listed || (len(h.items()) == 1) != listed {
			t.Errorf("%q: %d lists, %d items", status, len(lists), len(h.items()))
		}
	}
}

// A list names so many, and says how many more there are. It also comes when its
// desk is gone: to the admin.
func TestLongListOfADeskThatIsGone(t *testing.T) {
	h := newHouse(t)
	err := h.store.Update(store.Background, func(tx store.Tx) (err error) {
		for i := range maxListed + 7 {
			item := ticket.DrawerItem{ID: ticket.ID(i + 1), Kind: ticket.DrawerJunk, Desk: "sales", Subject: fmt.Sprint("code no ", i), Since: monday, DueAt: monday}
			err = errors.Join(err, tx.PutDrawerItem(&item))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.look(monday)
	mails := h.flush()
	if len(mails) != 1 || mails[0].To[0] != h.c.Admin.Address {
		t.Fatalf("%d mails, to %v", len(mails), mails[0].To)
	}
	if text := mails[0].read.Text; !strings.Contains(text, "code no 49") || strings.Contains(text, "code no 50") || !strings.Contains(text, "+7") || !strings.Contains(mails[0].read.Subject, "57") {
		t.Errorf("%s\n%s", mails[0].read.Subject, text)
	}
}
