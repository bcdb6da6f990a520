package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// away answers a mail as an absent person's program does, with the marks that
// programs give or without any.
func away(m *sentMail, from string, head ...string) mail {
	back := m.From
	if len(m.read.ReplyTo) > 0 {
		back = m.read.ReplyTo[0].Addr
	}
	return mail{
		from: from, rcpt: []string{back}, subject: "Automatic reply: " + m.read.Subject, path: str(""),
		body: "I am away until Monday.", head: append([]string{"In-Reply-To: <" + m.read.MessageID + ">"}, head...),
	}
}

// Two agents are away, and their programs answer every mail that they get: it
// ends at once.
func TestAwayAgents(t *testing.T) {
	for name, c := range map[string]struct {
		head []string
		path *string
	}{
		"marked":               {[]string{"Auto-Submitted: auto-replied"}, str("")},
		"the subject alone":    {nil, nil},
		"a mark of its vendor": {[]string{"X-Autoreply: yes"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{})
			var total int
			sent := h.flush()
			for range 5 {
				var next []sentMail
				for _, who := range []string{anna, ben} {
					for _, m := range to(sent, letterAddr(who)) {
						total++
						auto := away(&m, who, c.head...)
						auto.path = c.path
						h.deliver(auto)
					}
				}
				next = h.flush()
				for _, m := range customers(next) {
					t.Errorf("%s gets\n%s", m.To, m.read.Text)
				}
				sent = next
			}
			if total > 2 {
				t.Errorf("%d mails to two absent agents", total)
			}
			if got := h.ticket(first.Ticket); got.Status != ticket.New || got.Assignee != "" {
				t.Errorf("the ticket is %s, assigned to %q", got.Status, got.Assignee)
			}
		})
	}
}

// Mails of ours that come back, through a forwarder or from a desk that writes to
// another desk, end at once.
func TestOwnMailsComeBack(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "Please try again."))
	for _, client := range []string{"127.0.0.1", stranger} {
		back := h.flush()
		if len(back) == 0 {
			back = h.sent
		}
		total := 0
		for round := range 4 {
			for i := range back {
				a := h.arrival(mail{client: client})
				a.Recipients, a.ReversePath = []string{"billing@example.com"}, back[i].From
				a.Raw, a.Body = append([]byte("Received: from a forwarder by mx; Mon, 13 Jul 2026 08:00:00 +0000\r\n"), back[i].Bytes...), 0
				if err := h.Deliver(t.Context(), a); err != nil {
					t.Fatal(err)
				}
			}
			back = h.flush()
			total += len(back)
			for _, m := range back {
				t.Logf("%s round %d: %s: %s", client, round, strings.Join(m.To, " "), m.read.Subject)
			}
		}
		if len(back) > 0 {
			t.Errorf("from %s: it does not end: %d mails", client, total)
		}
	}
}
