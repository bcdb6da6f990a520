package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// What agents are told of a held mail says so, and which ticket it asks for:
// nobody must take its words, or the name it has, for proven.
func TestNoticeOfHeldMail(t *testing.T) {
	for name, forge := range map[string]func(first arrived, n *sentMail) mail{
		"a stranger with a customer's Message-ID": func(first arrived, _ *sentMail) mail { return intruder(first.MessageID) },
		"in an agent's name": func(_ arrived, n *sentMail) mail {
			m := n.reply(anna, secret)
			m.client = stranger
			return m
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{id: "other@acme.example", subject: "Another matter"})
			first := h.deliver(mail{id: "one@acme.example"})
			n := h.noticeTo("anna@example.com")
			a := h.want(h.deliver(forge(first, &n)), ticket.OutcomeHeld)
			said := strings.Join(strings.Fields(h.noticeTo("ben@example.com").read.Text), " ")
			for _, want := range []string{"Held: it asks for ticket 2,", "nothing proves", "mailgw held admit " + a.ID.String(), "On this ticket because: " + h.items()[0].Why} {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not in: %s", want, said)
				}
			}
			h.do("held.admit", DrawerArgs{ID: a.ID.String()})
			if said := h.noticeTo("ben@example.com").read.Text; strings.Contains(said, "Held:") {
				t.Errorf("it was admitted: %s", said)
			}
		})
	}
}

// A phone number of the customer's stands in the notice; that of an agent's signature
// in none.
func TestNoticeHasPhones(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{body: "Please call me.\r\n\r\nJo Doe\r\nTel. +41 44 668 18 00\r\n"})
	n := h.noticeTo("anna@example.com")
	if !strings.Contains(n.read.Text, "Phone: +41446681800\n") {
		t.Errorf("no phone number in: %s", n.read.Text)
	}
	h.deliver(n.reply(anna, "#note\nI called.\n\nAnna\nTel. +41 44 668 18 01"))
	if n := h.noticeTo("ben@example.com"); strings.Contains(n.read.Text, "Phone:") {
		t.Errorf("a colleague's number in: %s", n.read.Text)
	}
}

// An agent's out-of-office note about a notice is filed, and makes no further
// notice: two agents who are away would answer each other for ever.
func TestNoNoticeOfAgentsProgram(t *testing.T) {
	for name, change := range map[string]func(*mail){
		"proven":                 func(*mail) {},
		"from nowhere":           func(m *mail) { m.client = stranger },
		"from another mailbox":   func(m *mail) { m.from = "Ben at home <ben@home.example>" },
		"to the desk, by its id": func(m *mail) { m.rcpt = []string{"support@example.com"} },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			n := h.noticeTo("ben@example.com")
			m := n.reply(ben, "I am away until Monday.")
			m.subject, m.head = "Out of office", append(m.head, "Auto-Submitted: auto-replied")
			change(&m)
			h.want(h.deliver(m), ticket.OutcomeAutomatic)
			for _, left := range h.flush() {
				t.Errorf("%s got %q", left.To, left.read.Subject)
			}
		})
	}
}

// In whose name an unproven mail comes is not told of it; but somebody is.
func TestSomebodyHearsOfAForgedAgent(t *testing.T) {
	for _, c := range []struct {
		name string
		set  []string
		to   string
	}{
		{"a colleague", nil, "ben@example.com"},
		{"alone on the desk: the admin", []string{`desk.support.agents=["anna@example.com"]`, `admin.address="root@example.com"`}, "root@example.com"},
		{"alone, and the admin", []string{`desk.support.agents=["anna@example.com"]`, `admin.address="anna@example.com"`}, "anna@example.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.set...)
			a := h.want(h.deliver(mail{from: anna, client: stranger, subject: "Please pay"}), ticket.OutcomeNew)
			if len(a.notices) != 1 || len(a.notices[0].EnvelopeTo) != 1 || a.notices[0].EnvelopeTo[0] != c.to {
				t.Errorf("told: %v", a.notices)
			}
		})
	}
}
