package mailgw

import (
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// forgedMia is a mail in a customer's name, which nothing proves.
func forgedMia(head ...string) mail { return mail{client: stranger, head: head} }

// Who is named by a mail that nothing proves reads no answer of the desk's, and
// belongs to no ticket: a forger would name himself. Colleagues of the one in From
// do, and whoever asks in no customer's name chooses where they are answered.
func TestAttackNamedByTheForger(t *testing.T) {
	for name, c := range map[string]struct {
		m    mail
		want string // who is answered
	}{
		"Cc":                        {forgedMia("Cc: eve@evil.example"), "mia@acme.example"},
		"To, beside us":             {mail{client: stranger, rcpt: []string{"support@example.com", "eve@evil.example"}}, "mia@acme.example"},
		"Reply-To":                  {forgedMia("Reply-To: eve@evil.example"), "mia@acme.example"},
		"several in Reply-To":       {forgedMia("Reply-To: mia@acme.example, eve@evil.example"), "mia@acme.example"},
		"Cc at a mail provider":     {mail{client: stranger, from: "joe@gmail.com", head: []string{"Cc: eve@gmail.com"}}, "joe@gmail.com"},
		"another customer in Cc":    {forgedMia("Cc: bob@globex.example"), "mia@acme.example"},
		"a colleague in Cc":         {forgedMia("Cc: tom@acme.example"), "mia@acme.example tom@acme.example"},
		"a colleague of a stranger": {mail{client: stranger, from: "gus@small.example", head: []string{"Cc: lea@small.example"}}, "gus@small.example lea@small.example"},
		"a form's Reply-To":         {mail{client: stranger, from: "form@web.example", head: []string{"Reply-To: gus@small.example"}}, "gus@small.example"},
		"the same, proven":          {mail{head: []string{"Cc: eve@evil.example"}}, "mia@acme.example eve@evil.example"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(c.m)
			notice := h.noticeTo("anna@example.com")
			h.want(h.deliver(notice.reply(anna, "The password is in the safe.")), ticket.OutcomeAppended)
			out := customers(h.flush())
			if len(out) != 1 || strings.Join(out[0].To, " ") != c.want {
				t.Fatalf("%d answers, %v, want to %s", len(out), out[0].To, c.want)
			}
			if proven := c.m.client == ""; slices.Contains(first.ticket.People, "eve@evil.example") != proven || slices.Contains(first.ticket.People, "eve@gmail.com") {
				t.Errorf("to the ticket belong %q", first.ticket.People)
			}
		})
	}
}
