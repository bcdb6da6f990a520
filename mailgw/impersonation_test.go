package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

const secret = "Send your passwords to evil@evil.example."

// forgery is a mail that would be an agent's, and what comes of it.
type forgery struct {
	forge   func(h *house, notice *sentMail) mail
	outcome ticket.Outcome
	told    string // who hears of it, "" for nobody
}

// Nobody answers customers in an agent's name: agent power needs the agent's own
// token, the agent's authenticated From, and the right now. told says whether the
// agent hears of it at the registered address.
func TestImpersonation(t *testing.T) {
	for name, c := range map[string]forgery{
		"a forged From, no token": {func(h *house, n *sentMail) mail {
			m := n.reply(anna, secret)
			m.rcpt, m.client = []string{"support@example.com"}, stranger
			return m
		}, ticket.OutcomeHeld, "anna@example.com"},
		"a forged From with a token from a forwarded notice": {func(h *house, n *sentMail) mail {
			m := n.reply(anna, secret)
			m.client = stranger
			return m
		}, ticket.OutcomeHeld, "anna@example.com"},
		"a stranger's own From with a token from a forwarded notice": {func(h *house, n *sentMail) mail {
			return n.reply("Eve <eve@evil.example>", secret)
		}, ticket.OutcomeHeld, "anna@example.com"},
		"a forged From with the customer's own token": {func(h *house, _ *sentMail) mail {
			ack := to(h.sent, "mia@acme.example")[0]
			m := ack.reply(anna, secret)
			m.client = stranger
			return m
		}, ticket.OutcomeHeld, "anna@example.com"},
		"a second From": {func(h *house, n *sentMail) mail {
			return n.reply("eve@evil.example, anna@example.com", secret)
		}, ticket.OutcomeHeld, "anna@example.com"},
		"a second From behind the agent's": {func(h *house, n *sentMail) mail {
			return n.reply("anna@example.com, eve@evil.example", secret)
		}, ticket.OutcomeHeld, "anna@example.com"},
		"two From fields": {func(h *house, n *sentMail) mail {
			m := n.reply("eve@evil.example", secret)
			m.head = append(m.head, "From: anna@example.com")
			return m
		}, ticket.OutcomeHeld, "anna@example.com"},
		"the agent's address as display name": {func(h *house, n *sentMail) mail {
			return n.reply(`"anna@example.com" <eve@evil.example>`, secret)
		}, ticket.OutcomeHeld, "anna@example.com"},
		"the agent in Reply-To": {func(h *house, n *sentMail) mail {
			m := n.reply("eve@evil.example", secret)
			m.head = append(m.head, "Reply-To: anna@example.com")
			return m
		}, ticket.OutcomeHeld, "anna@example.com"},
		"the agent as Sender": {func(h *house, n *sentMail) mail {
			m := n.reply("eve@evil.example", secret)
			m.head = append(m.head, "Sender: anna@example.com")
			return m
		}, ticket.OutcomeHeld, "anna@example.com"},
		"another agent's token": {func(h *house, n *sentMail) mail {
			return n.reply(ben, secret)
		}, ticket.OutcomeAppended, "ben@example.com"},
		"an agent who has left": {func(h *house, n *sentMail) mail {
			h.reconfigure(withoutAnna)
			return n.reply(anna, secret)
		}, ticket.OutcomeHeld, ""},
		"an agent who left the desk": {func(h *house, n *sentMail) mail {
			h.reconfigure(func(text string) string { return strings.Replace(text, `"anna@example.com", `, "", 1) })
			return n.reply(anna, secret)
		}, ticket.OutcomeHeld, "anna@example.com"},
		"a token with one letter changed": {func(h *house, n *sentMail) mail {
			m := n.reply(anna, secret)
			at := strings.IndexByte(m.rcpt[0], '@')
			c := byte('0')
			if m.rcpt[0][at-1] == c {
				c = '1'
			}
			m.rcpt[0] = m.rcpt[0][:at-1] + string(c) + m.rcpt[0][at:]
			m.client = stranger
			return m
		}, ticket.OutcomeHeld, "anna@example.com"},
		"an automatic reply of the agent's own client": {func(h *house, n *sentMail) mail {
			m := n.reply(anna, secret)
			m.head = append(m.head, "Auto-Submitted: auto-replied")
			return m
		}, ticket.OutcomeAutomatic, ""},
	} {
		t.Run(name, c.check)
	}
}

func (c forgery) check(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	before := h.ticket(first.Ticket)
	a := h.want(h.deliver(c.forge(h, &notice)), c.outcome)
	sent := h.flush()
	for _, m := range customers(sent) {
		t.Errorf("%q reached %s", m.read.Text, m.To)
	}
	for _, m := range sent {
		if strings.Contains(m.read.Text, secret) && !strings.HasSuffix(m.To[0], "@example.com") {
			t.Errorf("the words reached %s", m.To)
		}
	}
	if after := h.ticket(first.Ticket); after.Status != before.Status || after.Assignee != before.Assignee || after.PromiseIs != before.PromiseIs {
		t.Errorf("the ticket changed: %+v", after)
	}
	if c.outcome == ticket.OutcomeHeld && a.Ticket == first.Ticket {
		t.Error("held words are on the ticket")
	}
	told := ""
	for _, m := range sent {
		if strings.Contains(m.read.Text, "not sent") || strings.Contains(m.read.Subject, "not sent") || strings.Contains(strings.ToLower(m.read.Subject), "not sent") {
			told += strings.Join(m.To, " ")
		}
	}
	if told != c.told {
		t.Errorf("%q was told, want %q", told, c.told)
	}
}
