package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/ticket"
)

// closed makes a ticket of a mail and closes it, now.
func (h *house) closed(m mail) arrived {
	h.t.Helper()
	a := h.want(h.deliver(m), ticket.OutcomeNew)
	h.do("ticket.set", SetArgs{Number: a.Ticket, Status: "closed"})
	return a
}

// answers is a reply to an earlier mail of the sender's own.
func answers(a arrived, m mail) mail {
	m.head = append(m.head, "In-Reply-To: <"+a.MessageID+">", "References: <"+a.MessageID+">")
	if m.subject == "" {
		m.subject = "Re: Printer portal"
	}
	return m
}

// A reply inside of the window opens a closed ticket again; a later one opens a
// ticket of its own, linked, and what is said after that goes to the new one.
func TestFollowUp(t *testing.T) {
	h := newHouse(t, `desk.support.reopen_within="7d"`)
	old := h.closed(mail{})
	h.at(monday.AddDate(0, 0, 7).Add(-time.Minute))
	if again := h.want(h.deliver(answers(old, mail{body: "It is broken again."})), ticket.OutcomeAppended); again.ticket.Status != ticket.Open {
		t.Errorf("a reply inside of the window leaves the ticket %s", again.ticket.Status)
	}
	h.do("ticket.set", SetArgs{Number: old.Ticket, Status: "closed"})
	h.at(monday.AddDate(0, 0, 15))
	late := h.want(h.deliver(answers(old, mail{body: "It is broken once more."})), ticket.OutcomeNew)
	if late.Ticket == old.Ticket || !slices.Contains(late.ticket.Linked, old.Ticket) || late.ack == nil || late.ticket.Customer != "Acme Instruments AG" {
		t.Fatalf("the follow-up: ticket %d, linked %v, customer %q, acknowledged %t", late.Ticket, late.ticket.Linked, late.ticket.Customer, late.ack != nil)
	}
	if list := h.do("ticket.show", NumberArgs{old.Ticket}).(TicketView); list.Status != ticket.Closed || !slices.Contains(list.Linked, late.Ticket) {
		t.Errorf("the old ticket is %s, linked with %v", list.Status, list.Linked)
	}
	next := h.want(h.deliver(answers(old, mail{body: "And one more detail."})), ticket.OutcomeAppended)
	if next.Ticket != late.Ticket {
		t.Errorf("the second late reply went to ticket %d, not to %d", next.Ticket, late.Ticket)
	}
	if events := strings.Join(h.events(old.Ticket), "\n"); !strings.Contains(events, "followed by ticket 2") {
		t.Errorf("the audit trail does not say who follows:\n%s", events)
	}
}

// Who has only a token opens a ticket of his own, but draws nobody else's words there.
func TestFollowUpOfAStranger(t *testing.T) {
	h := newHouse(t)
	old := h.closed(mail{})
	token := old.ack.ReplyTo
	h.at(monday.AddDate(0, 0, 60))
	his := h.want(h.deliver(mail{from: "Eve <eve@elsewhere.example>", rcpt: []string{token}, subject: "Re: Printer portal"}), ticket.OutcomeNew)
	if his.Ticket == old.Ticket || slices.Contains(his.ticket.People, "mia@acme.example") || his.ticket.Customer != "" {
		t.Errorf("ticket %d with people %v of %q", his.Ticket, his.ticket.People, his.ticket.Customer)
	}
	if mine := h.want(h.deliver(answers(old, mail{})), ticket.OutcomeNew); mine.Ticket == his.Ticket {
		t.Error("the customer's words went to the stranger's ticket")
	}
}

// Thank you closes what is closed: no work, no promise, no mail to the customer,
// and it is on the ticket, also long after.
func TestThanksOnClosed(t *testing.T) {
	h := newHouse(t)
	old := h.closed(mail{})
	h.flush()
	for _, days := range []int{1, 90} {
		h.at(monday.AddDate(0, 0, days))
		a := h.want(h.deliver(answers(old, mail{body: "Thank you, that solved it!\r\n\r\nMia Meier"})), ticket.OutcomeAppended)
		if a.Ticket != old.Ticket || a.ticket.Status != ticket.Closed || a.ack != nil || a.ticket.PromiseIs == "open" {
			t.Errorf("after %d days: ticket %d, %s, acknowledged %t, promise %s", days, a.Ticket, a.ticket.Status, a.ack != nil, a.ticket.PromiseIs)
		}
	}
	h.at(monday.AddDate(0, 0, 2))
	if a := h.want(h.deliver(answers(old, mail{body: "Thank you, but it still fails."})), ticket.OutcomeAppended); a.ticket.Status != ticket.Open || a.ack == nil {
		t.Errorf("thanks with a complaint leaves the ticket %s, acknowledged %t", a.ticket.Status, a.ack != nil)
	}
}

// On a ticket that is being worked on, thank you is heard as any other word.
func TestThanksOnOpen(t *testing.T) {
	h := newHouse(t)
	a := h.want(h.deliver(mail{}), ticket.OutcomeNew)
	h.do("ticket.set", SetArgs{Number: a.Ticket, Status: "pending"})
	if b := h.want(h.deliver(answers(a, mail{body: "Thank you!"})), ticket.OutcomeAppended); b.ticket.Status != ticket.Open {
		t.Errorf("the ticket is %s", b.ticket.Status)
	}
}

// A program's words open nothing, whenever they come.
func TestProgramsNeverReopen(t *testing.T) {
	h := newHouse(t)
	old := h.closed(mail{})
	for _, days := range []int{1, 90} {
		h.at(monday.AddDate(0, 0, days))
		a := h.deliver(answers(old, mail{head: []string{"Auto-Submitted: auto-replied"}, body: "I am away."}))
		if a.Outcome != ticket.OutcomeAutomatic || a.Ticket != old.Ticket || a.ticket.Status != ticket.Closed || a.ack != nil {
			t.Errorf("after %d days: %s on ticket %d, %s", days, a.Outcome, a.Ticket, a.ticket.Status)
		}
	}
}
