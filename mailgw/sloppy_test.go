package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// A reply to an old notice, of a ticket that has gone on meanwhile.
func TestOldNotice(t *testing.T) {
	for name, c := range map[string]struct {
		set  SetArgs
		from string
	}{
		"closed":     {SetArgs{Status: "closed"}, "support@example.com"},
		"moved":      {SetArgs{Desk: "billing"}, "billing@example.com"},
		"reassigned": {SetArgs{Assignee: "ben@example.com"}, "support@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			c.set.Number, c.set.Who = first.Ticket, "admin"
			if err := h.setTicket(c.set, func(any) error { return nil }); err != nil {
				t.Fatal(err)
			}
			h.flush()
			h.want(h.deliver(notice.reply(anna, "Try again.")), ticket.OutcomeAppended)
			out := customers(h.flush())
			if len(out) != 1 || out[0].read.From[0].Addr != c.from || strings.Join(out[0].To, " ") != "mia@acme.example" {
				t.Fatalf("%d answers: %+v", len(out), out)
			}
			if got := h.ticket(first.Ticket).Status; got != ticket.Pending {
				t.Errorf("the ticket is %s", got)
			}
		})
	}
}

// An agent who is in copy of a customer's mail, and answers that one instead of the
// notice, writes to nobody by us: the words are kept, and the agent hears of it,
// unless they went to the customer by themselves.
func TestAgentAnswersTheCopy(t *testing.T) {
	for name, c := range map[string]struct {
		rcpt []string
		told int
	}{
		"to all":      {[]string{"support@example.com", "mia@acme.example"}, 0},
		"to the desk": {[]string{"support@example.com"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{head: []string{"Cc: anna@example.com, ben@example.com"}, id: "one@acme.example"})
			h.flush()
			a := h.want(h.deliver(mail{from: anna, rcpt: c.rcpt, head: []string{"In-Reply-To: <one@acme.example>"}, body: "Hi Mia."}), ticket.OutcomeAppended)
			sent := h.flush()
			if a.Ticket != first.Ticket || a.entry.ByAgent != "anna@example.com" || len(customers(sent)) != 0 {
				t.Errorf("on ticket %d by %q, %d mails left", a.Ticket, a.entry.ByAgent, len(customers(sent)))
			}
			if told, colleague := len(to(sent, "anna@example.com")), len(to(sent, "ben@example.com")); told != c.told || colleague != 1 {
				t.Errorf("the agent is told %d times, the colleague %d times", told, colleague)
			}
		})
	}
}
