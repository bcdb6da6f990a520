package mailgw

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// withoutAnna is the example's configuration without Anna: she has left.
func withoutAnna(text string) string {
	table := regexp.MustCompile(`(?s)\[\[agent\]\]\nname = "Anna Keller"\n.*?password = "[^"]*"\n`)
	return table.ReplaceAllString(strings.ReplaceAll(text, `"anna@example.com", `, ""), "")
}

// What admins do while mails wait.
func TestAdminsMistakes(t *testing.T) {
	answer := func(h *house) sentMail {
		h.deliver(mail{})
		n := h.noticeTo("anna@example.com")
		h.deliver(n.reply(anna, "Try again."))
		return n
	}
	for name, c := range map[string]struct {
		before  func(h *house) sentMail
		change  func(string) string
		after   func(h *house, n sentMail)
		answers int
		never   string // nobody of that address gets a mail after the change
	}{
		"the agent has left while an answer waits": {answer, func(s string) string {
			return withoutAnna(s)
		}, nil, 1, "anna@example.com"},
		"the agent has left while notices wait": {func(h *house) sentMail {
			h.deliver(mail{})
			return sentMail{}
		}, func(s string) string {
			return withoutAnna(s)
		}, nil, 0, "anna@example.com"},
		"the desk has another name": {answer, func(s string) string { return strings.Replace(s, `name = "support"`, `name = "help"`, 1) }, nil, 1, ""},
		"the desk has another name, and a notice is answered": {func(h *house) sentMail {
			h.deliver(mail{})
			return h.noticeTo("anna@example.com")
		}, func(s string) string { return strings.Replace(s, `name = "support"`, `name = "help"`, 1) }, func(h *house, n sentMail) {
			h.want(h.deliver(n.reply(anna, "Try again.")), ticket.OutcomeAppended)
		}, 1, ""},
		"the desk has another address": {answer, func(s string) string {
			return strings.Replace(s, `"support@example.com"`, `"service@example.com"`, 1)
		}, nil, 1, ""},
		"the desk has no tokens any more": {func(h *house) sentMail {
			h.deliver(mail{})
			return h.noticeTo("anna@example.com")
		}, func(s string) string {
			return strings.Replace(s, `from_name = "Example Support"`, "from_name = \"Example Support\"\nreply_token = \"off\"", 1)
		}, func(h *house, n sentMail) {
			h.want(h.deliver(n.reply(anna, "Try again.")), ticket.OutcomeAppended)
		}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			n := c.before(h)
			h.reconfigure(c.change)
			if c.after != nil {
				c.after(h, n)
			}
			sent := h.flush()
			out := customers(sent)
			if len(out) != c.answers {
				t.Errorf("%d answers left", len(out))
			}
			for _, m := range to(sent, c.never) {
				t.Errorf("%s gets\n%s", c.never, m.read.Text)
			}
		})
	}
}

// A clock that was set back makes no promise broken: an answer keeps what was
// promised before it, whatever the clock said then.
func TestClockSetBack(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.at(monday.Add(-time.Hour))
	h.deliver(notice.reply(anna, "Try again."))
	h.flush()
	if p := h.promise(first.ticket.PromiseID); p.State != promise.Kept {
		t.Errorf("the promise is %s", p.State)
	}
}

// Two answers within a second both reach the customer, and each agent hears of the
// other's; the same mail twice is one answer.
func TestTwoAnswersAtOnce(t *testing.T) {
	h := newHouse(t, `desk.support.collision_within="0s"`)
	h.deliver(mail{})
	toAnna := h.noticeTo("anna@example.com")
	toBen := to(h.sent, "ben@example.com")[0]
	m := toAnna.reply(anna, "From Anna.")
	m.id = "same@example.com"
	h.deliver(m)
	h.want(h.deliver(m), ticket.OutcomeDuplicate)
	h.deliver(toBen.reply(ben, "From Ben."))
	sent := h.flush()
	if n := len(customers(sent)); n != 2 {
		t.Errorf("%d answers", n)
	}
	for addr, words := range map[string]string{"anna@example.com": "From Ben.", "ben@example.com": "From Anna."} {
		list := to(sent, addr)
		if len(list) != 1 || !strings.Contains(list[0].read.Text, words) {
			t.Errorf("%s gets %d mails", addr, len(list))
		}
	}
}
