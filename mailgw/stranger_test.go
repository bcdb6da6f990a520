package mailgw

import (
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// tokenOf is the address in our last mail to a customer, as a stranger gets it
// with a forwarded mail.
func (h *house) tokenOf(addr string) string {
	h.t.Helper()
	list := to(h.sent, addr)
	if len(list) == 0 || len(list[len(list)-1].read.ReplyTo) == 0 {
		h.t.Fatal("no mail with a token left")
	}
	return list[len(list)-1].read.ReplyTo[0].Addr
}

// A stranger who has a token from a forwarded mail puts words on the ticket, and
// no more: answers that are not to that very mail go to the customer, and nothing
// but that mail's own answer goes to the stranger.
func TestStrangerWithToken(t *testing.T) {
	const eve = "Eve <eve@evil.example>"
	for name, c := range map[string]struct {
		m      mail
		answer func(h *house, first uint64, before sentMail) // how the desk answers
		to     string
	}{
		"an answer to the customer's notice": {mail{from: eve}, func(h *house, _ uint64, before sentMail) {
			h.deliver(before.reply(anna, "For Mia."))
		}, "mia@acme.example"},
		"an answer to a colleague's note": {mail{from: eve}, func(h *house, _ uint64, before sentMail) {
			h.deliver(to(h.sent, "ben@example.com")[0].reply(ben, "#note She has premium."))
			note := h.noticeTo("anna@example.com")
			h.deliver(note.reply(anna, "For Mia."))
		}, "mia@acme.example"},
		"ticket reply": {mail{from: eve}, func(h *house, number uint64, _ sentMail) {
			if err := h.replyTicket(ReplyArgs{Number: number, As: "anna", Text: "For Mia."}, func(any) error { return nil }); err != nil {
				h.t.Fatal(err)
			}
		}, "mia@acme.example"},
		"ticket reply, in the customer's unproven name with another Reply-To": {mail{client: stranger, head: []string{"Reply-To: eve@evil.example", "Cc: eve@evil.example"}}, func(h *house, number uint64, _ sentMail) {
			if err := h.replyTicket(ReplyArgs{Number: number, As: "anna", Text: "For Mia."}, func(any) error { return nil }); err != nil {
				h.t.Fatal(err)
			}
		}, "mia@acme.example"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			m := c.m
			m.rcpt, m.body = []string{h.tokenOf("mia@acme.example")}, "I am in, too."
			got := h.want(h.deliver(m), ticket.OutcomeAppended)
			if slices.Contains(got.ticket.People, "eve@evil.example") {
				t.Errorf("the stranger belongs to the conversation: %q", got.ticket.People)
			}
			h.flush()
			c.answer(h, first.Ticket, notice)
			out := customers(h.flush())
			if len(out) != 1 || strings.Join(out[0].To, " ") != c.to {
				for _, m := range out {
					t.Errorf("the answer went to %s", m.To)
				}
			}
		})
	}
}

// Somebody who had a token, or the id of our mail, and is not proven, learns
// nothing of the ticket: not from the acknowledgement either.
func TestStrangerLearnsNothing(t *testing.T) {
	for name, build := range map[string]func(h *house, ack sentMail, notice sentMail) mail{
		"a customer's token": func(_ *house, ack, _ sentMail) mail { return mail{rcpt: []string{ack.read.ReplyTo[0].Addr}} },
		"an agent's token":   func(_ *house, _, n sentMail) mail { return mail{rcpt: []string{n.read.ReplyTo[0].Addr}} },
		"the id of our mail": func(_ *house, ack, _ sentMail) mail {
			return mail{head: []string{"In-Reply-To: <" + ack.read.MessageID + ">"}}
		},
		"the id of the customer's mail": func(*house, sentMail, sentMail) mail {
			return mail{head: []string{"In-Reply-To: <one@acme.example>"}}
		},
		"the id of a notice": func(_ *house, _, n sentMail) mail {
			return mail{head: []string{"In-Reply-To: <" + n.read.MessageID + ">"}}
		},
	} {
		for _, client := range []string{stranger, "127.0.0.1"} {
			t.Run(name+" from "+client, func(t *testing.T) {
				h := newHouse(t)
				first := h.deliver(mail{id: "one@acme.example", subject: "zebra", body: "The zebra is ill."})
				notice := h.noticeTo("anna@example.com")
				ack := to(h.sent, "mia@acme.example")[0]
				h.deliver(notice.reply(anna, "Give the zebra water."))
				h.flush()
				m := build(h, ack, notice)
				m.from, m.subject, m.body, m.client = "Eve <eve@evil.example>", "Hello", "What is new?", client
				h.deliver(m)
				for _, m := range to(h.flush(), "eve@evil.example") {
					for _, never := range []string{"zebra", "anna", "Anna", "mia", "Mia", "Acme", "acme", "#1"} {
						if strings.Contains(string(m.Bytes), never) {
							t.Errorf("she reads %q:\n%s", never, m.Bytes)
						}
					}
				}
				if got := h.ticket(first.Ticket); got.Assignee != "anna@example.com" || slices.Contains(got.People, "eve@evil.example") {
					t.Errorf("the ticket: %s, %q", got.Assignee, got.People)
				}
			})
		}
	}
}
