package mailgw

import (
	"fmt"
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

// Mails of ours that come back end at once: through a forwarder, trusted or not,
// that keeps their Message-IDs or makes new ones.
func TestOwnMailsComeBack(t *testing.T) {
	for name, c := range map[string]struct {
		client string
		newID  bool
		most   int
	}{
		"as they are":                   {"127.0.0.1", false, 0},
		"from a stranger":               {stranger, false, 0},
		"with new ids":                  {"127.0.0.1", true, 2}, // the answer, which nothing marks: one notice to each agent
		"with new ids, from a stranger": {stranger, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			h.deliver(notice.reply(anna, "Please try again."))
			h.flush()
			back, total := h.sent, 0
			for range 4 {
				for i := range back {
					a := h.arrival(mail{client: c.client})
					a.Recipients, a.ReversePath = []string{"billing@example.com"}, back[i].From
					raw := string(back[i].Bytes)
					if c.newID {
						h.n++
						raw = strings.Replace(raw, "Message-ID: <", fmt.Sprintf("Message-ID: <f%d@forwarder.example>\r\nX-Old-Id: <", h.n), 1)
					}
					a.Raw, a.Body = []byte("Received: from a forwarder by mx; Mon, 13 Jul 2026 08:00:00 +0000\r\n"+raw), 0
					if err := h.Deliver(t.Context(), a); err != nil {
						t.Fatal(err)
					}
				}
				back = h.flush()
				total += len(back)
			}
			if len(back) > 0 || total > c.most {
				t.Errorf("%d mails; at the end %d", total, len(back))
			}
		})
	}
}

// A delivery report about a mail to somebody of the house goes to the admin, and
// one about the admin's to nobody: it would come back, too.
func TestReturnedNotices(t *testing.T) {
	for name, c := range map[string]struct{ failed, told string }{
		"an agent's":  {"anna@example.com", "admin@example.com"},
		"the admin's": {"admin@example.com", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			h.deliver(mail{
				from: "MAILER-DAEMON@example.com", path: str(""), subject: "Undelivered Mail Returned to Sender", client: stranger,
				head: []string{"MIME-Version: 1.0", "Content-Type: multipart/report; report-type=delivery-status; boundary=b"},
				body: "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; " + c.failed +
					"\r\nAction: failed\r\nStatus: 5.1.1\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" + notice.read.MessageID + ">\r\n--b--",
			})
			var told []string
			for _, m := range h.flush() {
				told = append(told, m.To...)
			}
			if got := strings.Join(told, " "); got != c.told {
				t.Errorf("told is %q, want %q", got, c.told)
			}
		})
	}
}

// The absence note of a program that marks nothing is known by its subject and by
// the address that only a notice has; a person who answers such a note is a person.
func TestUnmarkedAbsence(t *testing.T) {
	for name, c := range map[string]struct {
		subject string
		answers int
	}{
		"the note":        {"Out of office: your ticket", 0},
		"an answer to it": {"Re: Out of office: your ticket", 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			h.deliver(mail{from: anna, rcpt: []string{notice.read.ReplyTo[0].Addr}, subject: c.subject, body: "I am away until Monday."})
			if out := customers(h.flush()); len(out) != c.answers {
				t.Errorf("%d mails reached the customer", len(out))
			}
		})
	}
}
