package mailgw

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// Who does what the acknowledgement says wakes us hears an earlier time, and only once.
func TestUrgentReplyHurries(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{subject: "A question"})
	later := h.deliver(mail{subject: "Re: A question: production down", rcpt: []string{letterAddr(first.ack.ReplyTo)}})
	if later.ticket.Number != 1 || later.ack == nil || len(later.pages) != 1 || !later.ticket.PromiseDue.Before(first.ticket.PromiseDue) {
		t.Fatalf("ticket %+v, acknowledged %v, %d pages", later.ticket, later.ack != nil, len(later.pages))
	}
	if got := later.ticket.PromiseDue.Sub(monday); got > 30*time.Minute {
		t.Errorf("due %s after the mail", got)
	}
	states := map[promise.State]int{}
	h.view(func(r store.Reader) error {
		return r.Promises(func(p promise.Promise) bool { states[p.State]++; return true })
	})
	if states[promise.Open] != 1 || states[promise.Withdrawn] != 1 {
		t.Errorf("ledger %v", states)
	}
	again := h.deliver(mail{subject: "Re: production down!!", rcpt: []string{letterAddr(first.ack.ReplyTo)}})
	if again.ack != nil || len(again.pages) != 0 || !again.ticket.PromiseDue.Equal(later.ticket.PromiseDue) {
		t.Errorf("a third mail is acknowledged %v, pages %d times", again.ack != nil, len(again.pages))
	}
}

// When the customer cannot be told the earlier time, what he was told stands.
func TestUrgentReplyOverBudget(t *testing.T) {
	h := newHouse(t, "acknowledge.budget.total=1")
	first := h.deliver(mail{client: stranger})
	later := h.deliver(mail{client: stranger, subject: "outage", rcpt: []string{letterAddr(first.ack.ReplyTo)}})
	if later.ack != nil || len(later.pages) != 1 || !later.ticket.PromiseDue.Equal(first.ticket.PromiseDue) || !later.ticket.Told {
		t.Errorf("ticket %+v", later.ticket)
	}
}

// An untold target is told at the customer's next mail, at its old time.
func TestUntoldTargetIsTold(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{head: []string{"List-Id: <users.example>"}})
	if first.ack != nil || first.ticket.Told || first.ticket.PromiseDue.IsZero() {
		t.Fatalf("a list's mail: %+v", first.ticket)
	}
	h.at(monday.Add(20 * time.Minute))
	next := h.deliver(mail{head: []string{"In-Reply-To: <" + first.MessageID + ">"}})
	if next.ack == nil || !next.ticket.Told || !next.ticket.PromiseDue.Equal(first.ticket.PromiseDue) || next.ticket.PromiseID != first.ticket.PromiseID {
		t.Errorf("acknowledged %v, ticket %+v", next.ack != nil, next.ticket)
	}
}

// A reopened ticket's trail says so, on that ticket.
func TestReopenIsOnTheTrail(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	h.set(SetArgs{Number: 1, Status: "solved"})
	h.deliver(mail{rcpt: []string{letterAddr(first.ack.ReplyTo)}})
	trail := strings.Join(h.events(1), "; ")
	for _, want := range []string{"status solved to open", "mail appended", "promised an answer by"} {
		if !strings.Contains(trail, want) {
			t.Errorf("%q is not on the trail: %s", want, trail)
		}
	}
}

// Somebody in Cc who sends the mail first, changed where it does not show, does not have the true one thrown away.
func TestForgedFirstCopy(t *testing.T) {
	for name, head := range map[string]string{
		"where answers go":      "Reply-To: spy@elsewhere.example",
		"as if a program wrote": "Auto-Submitted: auto-replied",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			m := mail{id: "known@acme.example"}
			forged := m
			forged.client, forged.head = stranger, []string{head}
			h.deliver(forged)
			truth := h.deliver(m)
			if truth.Outcome == ticket.OutcomeDuplicate || truth.ack == nil {
				t.Errorf("the true mail is %s", truth.Outcome)
			}
			h.want(h.deliver(m), ticket.OutcomeDuplicate)
		})
	}
}

// From the 33rd mail of a device that has one Message-ID for all, a repeated one is still known.
func TestOneMessageIDForAll(t *testing.T) {
	h := newHouse(t)
	device := func(n int) mail { return mail{id: "same@device.example", body: fmt.Sprint("reading ", n)} }
	for n := range 40 {
		h.want(h.deliver(device(n)), ticket.OutcomeNew)
	}
	for _, n := range []int{0, 31, 32, 39} {
		h.want(h.deliver(device(n)), ticket.OutcomeDuplicate)
	}
}

// A mail that was not accepted leaves the budget as it found it.
func TestRefusedMailGivesBack(t *testing.T) {
	h := newHouse(t, "acknowledge.budget.per_address=1")
	whole := h.store
	h.store = failing{whole}
	for range 3 {
		if err := h.Deliver(t.Context(), h.arrival(mail{client: stranger, id: "x@y.example"})); err == nil {
			t.Fatal("accepted")
		}
	}
	h.store = whole
	if a := h.deliver(mail{client: stranger, id: "x@y.example"}); a.ack == nil {
		t.Error("the tries that failed used up the budget")
	}
}

// failing decides about each mail, and then keeps nothing.
type failing struct{ store.Store }

func (f failing) Update(c store.Class, fn func(store.Tx) error) error {
	lost := errors.New("the disk is gone")
	return f.Store.Update(c, func(tx store.Tx) error { return errors.Join(fn(tx), lost) })
}

// Nobody is woken by what comes through a list.
func TestListDoesNotPage(t *testing.T) {
	h := newHouse(t)
	if a := h.deliver(mail{subject: "outage", head: []string{"List-Id: <ops.example>"}}); len(a.pages) != 0 {
		t.Errorf("%d pages", len(a.pages))
	}
}

// Mail for one of the ticket's people that Reply-To sends elsewhere carries no words of his.
func TestWordsGoToTheirAuthor(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{subject: "Cheap watches", head: []string{"Reply-To: victim@elsewhere.example"}})
	if a.ack == nil || letterAddr(a.ack.To[0]) != "victim@elsewhere.example" {
		t.Fatalf("ack %+v", a.ack)
	}
	if said := string(a.ack.Facts); !strings.Contains(said, `"neutral"`) || strings.Contains(said, "watches") {
		t.Errorf("said %s", said)
	}
}

// A rehearsal keeps away from real mail.
func TestRehearsalNeedsItsOwnFolder(t *testing.T) {
	h := newHouse(t)
	clock, err := ParseClock("2026-11-20T16:00:00+01:00 x600")
	if err != nil {
		t.Fatal(err)
	}
	if err := markRehearsal(h.store, clock); err != nil {
		t.Errorf("an empty store: %v", err)
	}
	h.deliver(mail{})
	if err := markRehearsal(h.store, clock); err != nil {
		t.Errorf("its own store: %v", err)
	}
	real := newHouse(t)
	real.deliver(mail{})
	if err := markRehearsal(real.store, clock); err == nil || !strings.Contains(err.Error(), "holds real mail") {
		t.Errorf("a store with real mail: %v", err)
	}
}
