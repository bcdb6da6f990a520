package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// entriesOf are a ticket's entries, "number kind" in order of number.
func (h *house) entriesOf(number uint64) (out []string) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		list, err := r.Entries(number)
		slices.SortFunc(list, func(a, b ticket.Entry) int { return int(a.Seq) - int(b.Seq) })
		for _, e := range list {
			out = append(out, fmt.Sprintf("%d %s", e.Seq, e.Kind))
		}
		return err
	})
	return out
}

// twoMatters makes a house with two tickets of one customer: the first is answered
// and closed, the second is new.
func twoMatters(t *testing.T) (h *house, first, second arrived) {
	t.Helper()
	h = newHouse(t)
	first = h.deliver(mail{id: "one@acme.example", subject: "Printer"})
	h.do("ticket.reply", ReplyArgs{Number: first.Ticket, As: "anna", Text: "Please try again."})
	h.flush()
	h.set(SetArgs{Number: first.Ticket, Status: "closed"})
	h.at(monday.Add(time.Hour))
	second = h.deliver(mail{id: "two@acme.example", subject: "Still the printer", from: "Max <max@acme.example>"})
	return h, first, second
}

func TestMerge(t *testing.T) {
	h, first, second := twoMatters(t)
	v := h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket, As: "anna"}).(MovedView)
	if v != (MovedView{From: second.Ticket, To: first.Ticket, Entries: 2, FromStatus: ticket.Closed, ToStatus: ticket.Open}) {
		t.Errorf("%+v", v)
	}
	a, b := h.ticket(second.Ticket), h.ticket(first.Ticket)
	if got := fmt.Sprint(h.entriesOf(b.Number)); got != "[1 mail_in 2 mail_out 3 mail_out 4 mail_in 5 mail_out]" || len(h.entriesOf(a.Number)) != 0 {
		t.Errorf("entries %s", got)
	}
	if a.Status != ticket.Closed || a.MovedTo != b.Number || a.PromiseID != 0 || a.PromiseIs != "none" || b.Status != ticket.Open || !b.ClosedAt.IsZero() {
		t.Errorf("%+v\n%+v", a, b)
	}
	if fmt.Sprint(a.Linked, b.Linked) != "[1] [2]" || fmt.Sprint(b.People) != "[mia@acme.example max@acme.example]" || b.LastIn != "two@acme.example" {
		t.Errorf("linked %v %v, people %v, last %s", a.Linked, b.Linked, b.People, b.LastIn)
	}
	if b.PromiseID != second.ticket.PromiseID || b.PromiseIs != "open" || !b.Told || h.promise(b.PromiseID).Ticket != b.Number {
		t.Errorf("its clock: %s %s", b.PromiseID, b.PromiseIs)
	}
	for n, want := range map[uint64]string{1: "anna@example.com: ticket 2 merged into this one", 2: "anna@example.com: merged into ticket 1"} {
		if !slices.Contains(h.events(n), want) {
			t.Errorf("ticket %d: %q is not among %q", n, want, h.events(n))
		}
	}
	// Whatever was written under the old number finds the ticket, also what had not left yet.
	ack := h.flush()
	if len(to(ack, "max@acme.example")) != 1 {
		t.Fatalf("%d mails left", len(ack))
	}
	for name, m := range map[string]mail{
		"the token in its acknowledgement": {rcpt: []string{letterAddr(second.ack.ReplyTo)}},
		"the acknowledgement's id":         {head: []string{"In-Reply-To: <" + second.ack.MessageID + ">"}},
		"the customer's own id":            {head: []string{"In-Reply-To: <two@acme.example>"}},
		"the ticket's pseudo id":           {head: []string{"References: <" + second.ack.References[0] + ">"}},
	} {
		m.from = "Max <max@acme.example>"
		if got := h.deliver(m); got.Ticket != b.Number || got.Outcome != ticket.OutcomeAppended {
			t.Errorf("%s: %s on ticket %d", name, got.Outcome, got.Ticket)
		}
	}
	h.verify()
}

// An answer that waited while its ticket was merged keeps the promise where it is
// now, and one that is refused is work there.
func TestRowsSettleAfterAMerge(t *testing.T) {
	for name, refused := range map[string]bool{"taken": false, "refused": true} {
		t.Run(name, func(t *testing.T) {
			h, first, second := twoMatters(t)
			h.do("ticket.reply", ReplyArgs{Number: second.Ticket, As: "anna", Text: "We look at it."})
			h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket})
			waiting := h.composed()
			if refused {
				h.refuse = refusing(noMailbox, "max@acme.example")
			}
			h.flush()
			b, p := h.ticket(first.Ticket), h.promise(second.ticket.PromiseID)
			switch {
			case refused && (p.State != promise.Open || b.Status != ticket.Open || len(h.items()) == 0 || h.items()[0].Ticket != b.Number):
				t.Errorf("promise %s, ticket %s, items %+v", p.State, b.Status, h.items())
			case !refused && (p.State != promise.Kept || b.PromiseIs != "kept" || p.Ticket != b.Number):
				t.Errorf("promise %s, ticket says %s", p.State, b.PromiseIs)
			}
			if a := h.ticket(second.Ticket); a.Entries != 3 || len(h.entriesOf(a.Number)) != 0 || a.Status != ticket.Closed {
				t.Errorf("the merged ticket: %+v", a)
			}
			if len(waiting) == 0 {
				t.Error("nothing waited")
			}
		})
	}
}

// A row that waits says the same bytes after its ticket was merged: who has half
// of it must not get another mail.
func TestAMergeChangesNoWaitingMail(t *testing.T) {
	h, first, second := twoMatters(t)
	h.do("ticket.reply", ReplyArgs{Number: second.Ticket, As: "anna", Text: "We look at it."})
	before := h.composed()
	h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket})
	after := h.composed()
	if len(before) < 3 || len(after) != len(before) {
		t.Fatalf("%d mails wait, then %d", len(before), len(after))
	}
	for id, b := range before {
		if string(after[id]) != string(b) {
			t.Errorf("%s is another one:\n%s\n---\n%s", id, b, after[id])
		}
	}
}

func TestUnmerge(t *testing.T) {
	h, first, second := twoMatters(t)
	before := []ticket.Ticket{h.ticket(first.Ticket), h.ticket(second.Ticket)}
	h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket})
	v := h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket, Undo: true}).(MovedView)
	if v.From != first.Ticket || v.To != second.Ticket || v.Entries != 2 || v.ToStatus != ticket.New || v.FromStatus != ticket.Closed {
		t.Errorf("%+v", v)
	}
	for _, was := range before {
		now := h.ticket(was.Number)
		now.UpdatedAt, now.Linked, now.Entries, now.Moves = was.UpdatedAt, was.Linked, was.Entries, nil
		if a, b := fmt.Sprintf("%+v", was), fmt.Sprintf("%+v", now); a != b {
			t.Errorf("before\n%s\nand now\n%s", a, b)
		}
	}
	if got := fmt.Sprint(h.entriesOf(1), h.entriesOf(2)); got != "[1 mail_in 2 mail_out 3 mail_out] [3 mail_in 4 mail_out]" {
		t.Errorf("entries %s", got)
	}
	if got := h.deliver(mail{from: "Max <max@acme.example>", rcpt: []string{letterAddr(second.ack.ReplyTo)}}); got.Ticket != second.Ticket {
		t.Errorf("its token leads to ticket %d", got.Ticket)
	}
	h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket}) // and again
	if got := h.deliver(mail{from: "Max <max@acme.example>", head: []string{"In-Reply-To: <" + second.ack.MessageID + ">"}}); got.Ticket != first.Ticket {
		t.Errorf("merged again, it leads to ticket %d", got.Ticket)
	}
}

// What came while two tickets were one stays where it is; whoever wrote it, too.
func TestUnmergeLeavesWhatCame(t *testing.T) {
	h, first, second := twoMatters(t)
	h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket})
	came := h.deliver(mail{from: "Max <max@acme.example>", head: []string{"In-Reply-To: <two@acme.example>"}})
	h.set(SetArgs{Number: first.Ticket, Priority: "urgent"})
	h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket, Undo: true})
	b := h.ticket(first.Ticket)
	if e := h.entryOf(came.ID); e.Ticket != first.Ticket || b.Status != ticket.Open || b.Priority != ticket.Urgent || !slices.Contains(b.People, "max@acme.example") || b.LastIn != came.MessageID {
		t.Errorf("the mail is on ticket %d: %+v", e.Ticket, b)
	}
	if b.PromiseIs != "open" || h.ticket(second.Ticket).PromiseIs != "open" { // both wait, and the customer was told one time
		t.Errorf("clocks: %s, %s", b.PromiseIs, h.ticket(second.Ticket).PromiseIs)
	}
}

// What is typed wrong costs one clear line, and changes nothing.
func TestMergeAndSplitErrors(t *testing.T) {
	h, first, second := twoMatters(t)
	third := h.deliver(mail{id: "three@acme.example"})
	other := h.deliver(mail{id: "four@globex.example", from: "Gus <gus@globex.example>"})
	asks := h.want(h.deliver(intruder("three@acme.example")), ticket.OutcomeHeld)
	h.recustomer(other.Ticket, "Globex")
	h.recustomer(third.Ticket, first.ticket.Customer)
	h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket})
	merge := func(from, to uint64) MergeArgs { return MergeArgs{From: from, To: to} }
	undo := func(from, to uint64) MergeArgs { return MergeArgs{From: from, To: to, Undo: true} }
	for _, c := range []struct {
		command string
		args    any
		want    string
	}{
		{"ticket.merge", merge(99, 1), "there is no ticket 99"},
		{"ticket.merge", merge(1, 99), "there is no ticket 99"},
		{"ticket.merge", merge(1, 1), "ticket 1 cannot be merged with itself"},
		{"ticket.merge", merge(2, 1), "ticket 2 is merged into ticket 1 already; to take that back: mailgw ticket merge 2 1 --undo"},
		{"ticket.merge", merge(2, 3), "ticket 2 goes on as ticket 1; merge that one"},
		{"ticket.merge", merge(3, 2), "ticket 2 goes on as ticket 1; merge into that one"},
		{"ticket.merge", merge(1, 2), "ticket 2 goes on as ticket 1; merge into that one"},
		{"ticket.merge", merge(4, 3), "ticket 4 is of Globex and ticket 3 of Acme Instruments AG: "},
		{"ticket.merge", merge(asks.Ticket, 1), "decide first, with: mailgw held admit " + asks.ID.String()},
		{"ticket.merge", merge(1, asks.Ticket), "decide first, with: mailgw held admit " + asks.ID.String()},
		{"ticket.merge", undo(3, 1), "ticket 3 is not merged into ticket 1"},
		{"ticket.merge", undo(2, 3), "ticket 2 is not merged into ticket 3, but into ticket 1"},
		{"ticket.merge", MergeArgs{From: 3, To: 1, As: "nobody"}, `"nobody" is not one agent`},
		{"ticket.split", SplitArgs{Number: 99, Entry: "1"}, "there is no ticket 99"},
		{"ticket.split", SplitArgs{Number: 2, Entry: "1"}, "ticket 2 goes on as ticket 1"},
		{"ticket.split", SplitArgs{Number: 1, Entry: "9"}, "ticket 1 has no entry 9; mailgw ticket show 1 names its entries"},
		{"ticket.split", SplitArgs{Number: 1, Entry: "0"}, "ticket 1 has no entry 0"},
		{"ticket.split", SplitArgs{Number: 1, Entry: ""}, "neither the number nor the id of an entry"},
		{"ticket.split", SplitArgs{Number: 1, Entry: "the first"}, "neither the number nor the id of an entry"},
		{"ticket.split", SplitArgs{Number: 1, Entry: ticket.ID(1 << 40).String()}, "there is no entry"},
		{"ticket.split", SplitArgs{Number: 1, Entry: third.ID.String()}, "is not on ticket 1 but on ticket 3"},
		{"ticket.split", SplitArgs{Number: 1, Entry: "2"}, "entry 2 of ticket 1 is not a customer's mail"},
		{"ticket.split", SplitArgs{Number: 3, Entry: "1"}, "entry 1 and what answers it is all that ticket 3 has: nothing would be left"},
		{"ticket.split", SplitArgs{Number: 1, Entry: "1", Undo: true}, "entry 1 is on ticket 1: nothing has to be taken back"},
		{"ticket.split", SplitArgs{Number: 1, Entry: third.ID.String(), Undo: true}, "is on ticket 3, which was not split from ticket 1"},
		{"ticket.set", SetArgs{Number: 2, Status: "open"}, "ticket 2 is merged into ticket 1; work on that one"},
		{"ticket.reply", ReplyArgs{Number: 2, As: "anna", Text: "x"}, "ticket 2 is merged into ticket 1; work on that one"},
		{"ticket.note", ReplyArgs{Number: 2, As: "anna", Text: "x"}, "ticket 2 is merged into ticket 1; work on that one"},
	} {
		before := h.dump(1) + h.dump(2) + h.dump(3) + h.dump(4)
		_, err := h.try(c.command, c.args)
		var told *CommandError
		if !errors.As(err, &told) || !strings.Contains(told.Text, c.want) || strings.Contains(told.Text, "\n") {
			t.Errorf("%s %+v: %v, want %q", c.command, c.args, err, c.want)
		}
		if h.dump(1)+h.dump(2)+h.dump(3)+h.dump(4) != before {
			t.Errorf("%s %+v changed something", c.command, c.args)
		}
	}
	if _, err := h.try("ticket.merge", MergeArgs{From: 4, To: 3, Force: true}); err != nil {
		t.Errorf("with --force: %v", err)
	}
	if _, err := h.try("ticket.merge", undo(2, 1)); err != nil {
		t.Error(err)
	}
	h.do("ticket.merge", merge(2, 1))
	h.do("ticket.merge", merge(1, 3))
	if _, err := h.try("ticket.merge", undo(2, 1)); err == nil || !strings.Contains(err.Error(), "ticket 1 itself goes on as ticket 3 since; take that back first: mailgw ticket merge 1 3 --undo") {
		t.Errorf("%v", err)
	}
}

// recustomer gives a ticket to a customer.
func (h *house) recustomer(number uint64, name string) {
	h.t.Helper()
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		t, err := tx.Ticket(number)
		if err != nil {
			return err
		}
		t.Customer, t.Confidence = name, ticket.Known
		return tx.PutTicket(&t)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// A held mail whose ticket is merged into the one that it asks for is admitted by
// that: nobody has to decide any more.
func TestMergeAdmitsAHeldMail(t *testing.T) {
	h, a := withHeld(t)
	h.do("ticket.merge", MergeArgs{From: a.Ticket, To: 1})
	b := h.ticket(1)
	if len(h.items()) != 0 || h.entryOf(a.ID).Ticket != 1 || !slices.Contains(b.People, "eve@elsewhere.example") || b.PromiseID != a.ticket.PromiseID {
		t.Errorf("%d items, entry on %d: %+v", len(h.items()), h.entryOf(a.ID).Ticket, b)
	}
	if again := h.deliver(mail{from: "Eve <eve@elsewhere.example>", rcpt: []string{letterAddr(a.ack.ReplyTo)}}); again.Ticket != 1 {
		t.Errorf("a reply is on ticket %d", again.Ticket)
	}
}

// Who was told nothing still stands in the drawer, of the ticket that is worked on.
func TestDrawerFollowsAMerge(t *testing.T) {
	h, first, second := twoMatters(t)
	h.put(&ticket.DrawerItem{ID: second.ID, Kind: ticket.DrawerUnacknowledged, Ticket: second.Ticket, Desk: "support", Since: monday})
	h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket})
	if items := h.items(); len(items) != 1 || items[0].Ticket != first.Ticket {
		t.Errorf("%+v", items)
	}
	h.do("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket, Undo: true})
	if items := h.items(); len(items) != 1 || items[0].Ticket != second.Ticket {
		t.Errorf("taken back: %+v", items)
	}
}

// What follows a ticket that is over is found where it was merged to; merged into
// the very ticket that it follows, it is followed no more.
func TestFollowUpThatWasMerged(t *testing.T) {
	h := newHouse(t, `desk.support.reopen_within="7d"`)
	over := h.closed(mail{})
	h.at(monday.AddDate(0, 0, 15))
	next := h.want(h.deliver(answers(over, mail{body: "It is broken once more."})), ticket.OutcomeNew)
	other := h.want(h.deliver(mail{subject: "Scanner"}), ticket.OutcomeNew)
	h.do("ticket.merge", MergeArgs{From: next.Ticket, To: other.Ticket})
	if a := h.deliver(answers(over, mail{body: "And one more detail."})); a.Ticket != other.Ticket {
		t.Errorf("on ticket %d, must be on %d", a.Ticket, other.Ticket)
	}
	h.do("ticket.merge", MergeArgs{From: next.Ticket, To: other.Ticket, Undo: true})
	h.do("ticket.merge", MergeArgs{From: next.Ticket, To: over.Ticket})
	if tk := h.ticket(over.Ticket); tk.FollowedBy != 0 || tk.Status != ticket.Open {
		t.Errorf("followed by %d, %s", tk.FollowedBy, tk.Status)
	}
	if a := h.deliver(answers(over, mail{body: "One thing more."})); a.Ticket != over.Ticket {
		t.Errorf("on ticket %d", a.Ticket)
	}
}

// Kill the gateway at the commit of a command: all of it happened, or nothing.
func TestMergeIsOneCommit(t *testing.T) {
	for commits := range 2 {
		h, first, second := twoMatters(t)
		before := h.dump(1) + h.dump(2)
		h.limit(commits)
		_, err := h.try("ticket.merge", MergeArgs{From: second.Ticket, To: first.Ticket})
		h.reopen()
		if done := commits == 1; (err == nil) != done || (h.dump(1)+h.dump(2) != before) != done {
			t.Errorf("%d commits: %v", commits, err)
		}
	}
}

// A stranger does not come to a customer's people by an agent's quick merge.
func TestMergeWithAStrangers(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{subject: "Printer"})
	b := h.deliver(mail{from: "Eve <eve@elsewhere.example>", client: stranger, subject: "Printer"})
	for _, args := range []MergeArgs{{From: b.Ticket, To: a.Ticket}, {From: a.Ticket, To: b.Ticket}} {
		if _, err := h.try("ticket.merge", args); err == nil || !strings.Contains(err.Error(), "eve@elsewhere.example, who is not proven to be of Acme") || !strings.Contains(err.Error(), "--force") {
			t.Errorf("%+v: %v", args, err)
		}
	}
	h.do("ticket.merge", MergeArgs{From: b.Ticket, To: a.Ticket, Force: true})
	c := h.deliver(mail{subject: "Scanner", head: []string{"Cc: Gus <gus@elsewhere.example>"}})
	d := h.deliver(mail{from: "Gus <gus@elsewhere.example>", client: stranger, subject: "Scanner"})
	h.do("ticket.merge", MergeArgs{From: d.Ticket, To: c.Ticket}) // he is in copy already
}

// Two people were told a time, and their tickets are merged: each hears before their own
// breaks, of a later one that is theirs.
func TestMergedPeopleHearOfTheirTimes(t *testing.T) {
	h := newHouse(t)
	mia := h.deliver(mail{subject: "Printer"})
	h.at(monday.Add(time.Hour))
	max := h.deliver(mail{subject: "Still the printer", from: "Max <max@acme.example>"})
	h.flush()
	h.do("ticket.merge", MergeArgs{From: max.Ticket, To: mia.Ticket})
	sent := h.tickTo(max.ticket.PromiseDue)
	for _, who := range []string{"mia@acme.example", "max@acme.example"} {
		if len(to(sent, who)) == 0 {
			t.Errorf("%s was not told a later time", who)
		}
	}
	sent = h.tickTo(monday.Add(6*time.Hour + 30*time.Minute)) // and of the next ones, each of their own: at 15:00; at 14:00 and 16:00
	if mia, max := len(to(sent, "mia@acme.example")), len(to(sent, "max@acme.example")); mia != 1 || max != 2 {
		t.Errorf("Mia was told %d times more, Max %d times", mia, max)
	}
	for _, p := range h.owed(mia.Ticket, promise.First) {
		if p.State == promise.Broken && (p.Announced.IsZero() || !p.Announced.Before(p.DueAt)) {
			t.Errorf("due %s, announced %s", p.DueAt, p.Announced)
		}
		if p.OwedTo == "" {
			t.Errorf("the promise of %s is owed to nobody", p.DueAt)
		}
	}
}

// Two tickets that wait for news are one after a merge: nobody is reminded twice, and
// the customer hears once.
func TestMergedTicketsHaveOneClock(t *testing.T) {
	h := newsHouse(t)
	h.deliver(mail{subject: "Export", from: "Gil Globe <gil@globex.example>"})
	h.deliver(mail{subject: "Export again", from: "Gil Globe <gil@globex.example>"})
	h.flush()
	h.do("ticket.merge", MergeArgs{From: 2, To: 1})
	clocks := h.owed(1, promise.Update)
	if len(clocks) != 2 {
		t.Fatalf("%+v", clocks)
	}
	sent := h.tickTo(clocks[0].DueAt)
	if n := len(to(sent, "gil@globex.example")); n != 1 {
		t.Errorf("the customer got %d mails", n)
	}
	if p := h.promise(clocks[1].ID); p.State != promise.Withdrawn || p.Why == "" {
		t.Errorf("the second clock is %s", p.State)
	}
}
