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
	"supportgw/threading"
)

// twoInOne makes a house whose first ticket has a second matter on it: Max wrote of
// it in an answer to Mia's matter, anna answered him, and he wrote again. The
// numbers: 1 mail, 2 acknowledgement, 3 Max, 4 anna's mail, 5 her answer, 6 Max, 7
// its acknowledgement, 8 a mail of Mia on her own matter.
func twoInOne(t *testing.T) (h *house, max, again arrived) {
	t.Helper()
	h = newHouse(t)
	h.deliver(mail{id: "one@acme.example", subject: "Printer"})
	h.flush()
	max = h.deliver(mail{id: "max1@acme.example", from: "Max <max@acme.example>", subject: "Re: Printer, and the scanner", head: []string{"In-Reply-To: <one@acme.example>"}, body: "The scanner is broken."})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "Which scanner, Max?"))
	sent := to(h.flush(), "max@acme.example")
	if len(sent) != 1 {
		t.Fatalf("%d answers to Max", len(sent))
	}
	again = h.deliver(mail{id: "max2@acme.example", from: "Max <max@acme.example>", head: []string{"In-Reply-To: <" + sent[0].read.MessageID + ">"}, body: "The one in hall 3."})
	h.deliver(mail{id: "one2@acme.example", head: []string{"In-Reply-To: <one@acme.example>"}, body: "The printer works again."})
	return h, max, again
}

func TestSplit(t *testing.T) {
	h, max, again := twoInOne(t)
	if got := fmt.Sprint(h.entriesOf(1)); got != "[1 mail_in 2 mail_out 3 mail_in 4 mail_in 5 mail_out 6 mail_in 7 mail_out 8 mail_in]" {
		t.Fatalf("before: %s", got)
	}
	v := h.do("ticket.split", SplitArgs{Number: 1, Entry: "3", As: "anna@example.com"}).(MovedView)
	if v != (MovedView{From: 1, To: 2, Entries: 5, FromStatus: ticket.Open, ToStatus: ticket.Open}) {
		t.Errorf("%+v", v)
	}
	n, m := h.ticket(1), h.ticket(2)
	if got := fmt.Sprint(h.entriesOf(1), h.entriesOf(2)); got != "[1 mail_in 2 mail_out 8 mail_in] [1 note 2 mail_in 3 mail_in 4 mail_out 5 mail_in 6 mail_out]" {
		t.Errorf("entries %s", got)
	}
	if m.Customer != n.Customer || m.Desk != n.Desk || m.Subject != "Re: Printer, and the scanner" || m.Address != "max@acme.example" ||
		fmt.Sprint(m.People) != "[max@acme.example]" || m.LastIn != "max2@acme.example" || n.LastIn != "one2@acme.example" || fmt.Sprint(n.Linked, m.Linked) != "[2] [1]" || m.SplitFrom != 1 {
		t.Errorf("%+v\n%+v", n, m)
	}
	for number, want := range map[uint64]string{1: "anna@example.com: entry 3 split off to ticket 2", 2: "anna@example.com: created"} {
		if !slices.Contains(h.events(number), want) {
			t.Errorf("ticket %d: %q is not among %q", number, want, h.events(number))
		}
	}
	for id, want := range map[string]uint64{max.MessageID: 2, again.MessageID: 2, "one2@acme.example": 1} {
		if got := h.deliver(mail{from: "Max <max@acme.example>", head: []string{"In-Reply-To: <" + id + ">"}}); got.Ticket != want {
			t.Errorf("an answer to %s is on ticket %d", id, got.Ticket)
		}
	}
	// What is entry 5 there is its entry 6 here, and nothing else is.
	if _, err := h.try("ticket.split", SplitArgs{Number: 1, Entry: "6"}); err == nil || !strings.Contains(err.Error(), "entry 6 is not on ticket 1 but on ticket 2") {
		t.Errorf("%v", err)
	}
}

// Taken back, the part goes on as the whole again, with what came since.
func TestUnsplit(t *testing.T) {
	for _, entry := range []string{"3", "6", ""} {
		h, max, _ := twoInOne(t)
		if entry == "" {
			entry = max.ID.String()
		}
		h.do("ticket.split", SplitArgs{Number: 1, Entry: "3"})
		came := h.deliver(mail{from: "Max <max@acme.example>", head: []string{"In-Reply-To: <max2@acme.example>"}})
		v := h.do("ticket.split", SplitArgs{Number: 1, Entry: entry, Undo: true}).(MovedView)
		if v.From != 2 || v.To != 1 || v.Entries != 7 || v.FromStatus != ticket.Closed || h.entryOf(came.ID).Ticket != 1 || len(h.entriesOf(2)) != 0 {
			t.Errorf("%s: %+v, %v", entry, v, h.entriesOf(2))
		}
		if got := h.deliver(mail{from: "Max <max@acme.example>", head: []string{"In-Reply-To: <max1@acme.example>"}}); got.Ticket != 1 {
			t.Errorf("an answer is on ticket %d", got.Ticket)
		}
		open := 0
		h.view(func(r store.Reader) error {
			list, err := r.TicketPromises(1)
			for i := range list {
				if list[i].State == promise.Open {
					open++
				}
			}
			return err
		})
		if open != 1 {
			t.Errorf("%d open promises, must be the one that was told", open)
		}
	}
}

// An answer that names our mail by the id that a relay gave it goes along, and
// finds the new ticket.
func TestSplitKnowsLearnedIDs(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{id: "one@acme.example"})
	max := h.deliver(mail{id: "max@acme.example", from: "Max <max@acme.example>", head: []string{"In-Reply-To: <one@acme.example>"}, body: "The scanner is broken."})
	h.do("ticket.reply", ReplyArgs{Number: 1, As: "anna", Text: "Which one?"})
	h.flush()
	c := threading.LearnedClue("0102@relay.example")
	if err := h.store.Update(store.Background, func(tx store.Tx) error {
		list, err := tx.LastEntries(1, 0, 1)
		return errors.Join(err, tx.PutClue(byte(c.Kind), c.Key, list[0].ID))
	}); err != nil {
		t.Fatal(err)
	}
	renamed := mail{from: "Max <max@acme.example>", head: []string{"In-Reply-To: <0102@relay.example>"}, body: "That in hall 3."}
	again := h.want(h.deliver(renamed), ticket.OutcomeAppended)
	h.do("ticket.split", SplitArgs{Number: 1, Entry: max.ID.String()})
	if on := h.entryOf(again.ID).Ticket; on != 2 {
		t.Errorf("it stayed on ticket %d", on)
	}
	renamed.body = "And that in hall 4."
	if a := h.deliver(renamed); a.Ticket != 2 {
		t.Errorf("a later one is on ticket %d", a.Ticket)
	}
}

// A part that goes leaves neither side without a clock: what the customer was told
// once holds for both.
func TestSplitClocks(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{id: "one@acme.example"})
	second := h.deliver(mail{id: "two@acme.example", from: "Max <max@acme.example>", head: []string{"In-Reply-To: <one@acme.example>"}, body: "The scanner, too."})
	h.do("ticket.split", SplitArgs{Number: 1, Entry: second.ID.String()})
	n, m := h.ticket(1), h.ticket(2)
	if n.PromiseID != first.ticket.PromiseID || n.PromiseIs != "open" || m.PromiseIs != "open" || m.PromiseID == n.PromiseID || !m.PromiseDue.Equal(n.PromiseDue) || !m.Told {
		t.Errorf("%s %s until %s; %s %s until %s", n.PromiseID, n.PromiseIs, n.PromiseDue, m.PromiseID, m.PromiseIs, m.PromiseDue)
	}
	h.do("ticket.reply", ReplyArgs{Number: 2, As: "anna", Text: "The scanner is repaired."})
	h.flush()
	if a, b := h.promise(n.PromiseID).State, h.promise(m.PromiseID).State; a != promise.Open || b != promise.Kept {
		t.Errorf("one part was answered: %s, %s", a, b)
	}

	h = newHouse(t)
	first = h.deliver(mail{id: "one@acme.example"})
	second = h.deliver(mail{id: "two@acme.example", from: "Max <max@acme.example>", head: []string{"References: <" + first.ack.References[0] + ">"}, body: "The scanner, too."})
	h.do("ticket.split", SplitArgs{Number: 1, Entry: "1"}) // it and the acknowledgement, and what answers that
	if n, m := h.ticket(1), h.ticket(2); second.Ticket != 1 || (n.PromiseIs != "open" || m.PromiseIs != "open" || m.PromiseID != first.ticket.PromiseID) {
		t.Errorf("%+v\n%+v", n, m)
	}
}

// Of two times that were told the earlier is the clock; the other is still watched,
// and takes over when the first has passed.
func TestTwoPromisesOnOneTicket(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"one is answered", "open kept open"},
		{"both are answered", "kept kept kept"},
		{"solved by hand", "withdrawn withdrawn withdrawn"},
		{"nobody does anything", "broken broken open"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			a := h.deliver(mail{id: "one@acme.example"})
			h.at(monday.Add(30 * time.Minute))
			b := h.deliver(mail{id: "two@acme.example", from: "Max <max@acme.example>"})
			h.flush()
			h.do("ticket.merge", MergeArgs{From: a.Ticket, To: b.Ticket})
			tk := h.ticket(b.Ticket)
			if tk.PromiseID != a.ticket.PromiseID || h.promise(b.ticket.PromiseID).State != promise.Open || !h.promise(b.ticket.PromiseID).DueAt.After(tk.PromiseDue) {
				t.Fatalf("the clock is %s until %s", tk.PromiseID, tk.PromiseDue)
			}
			switch c.name {
			case "one is answered", "both are answered":
				h.do("ticket.reply", ReplyArgs{Number: b.Ticket, As: "anna", Text: "It works again."})
				h.flush()
				if c.name == "both are answered" {
					again := h.want(h.deliver(mail{head: []string{"In-Reply-To: <one@acme.example>"}, body: "And mine?"}), ticket.OutcomeAppended)
					if again.ack != nil {
						t.Error("who was told a time already is told another one")
					}
					h.do("ticket.reply", ReplyArgs{Number: b.Ticket, As: "anna", Text: "Yours, too."})
					h.flush()
				}
			case "solved by hand":
				h.set(SetArgs{Number: b.Ticket, Status: "solved"})
			default:
				woken := 0
				for at := h.clock.Now(); at.Before(monday.Add(48 * time.Hour)); at = at.Add(5 * time.Minute) {
					for _, m := range h.tick(at) {
						if to := m.To[0]; to == "anna@example.com" {
							woken++
						}
					}
				}
				if late := h.lateTo("mia@acme.example"); late == 0 || woken < 2 {
					t.Errorf("the one who was told first was told a later time %d times; woken %d times", late, woken)
				}
			}
			got := fmt.Sprint(h.promise(a.ticket.PromiseID).State, " ", h.promise(b.ticket.PromiseID).State, " ", h.ticket(b.Ticket).PromiseIs)
			if got != c.want {
				t.Errorf("%s, must be %s", got, c.want)
			}
		})
	}
}

// lateTo counts the mails to an address that told a later time.
func (h *house) lateTo(addr string) (n int) {
	for _, m := range h.sent {
		if m.To[0] == addr && m.read.Header.Get("Auto-Submitted") == "auto-generated" {
			n++
		}
	}
	return n
}
