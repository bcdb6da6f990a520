package mailgw

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// submitted is a mail that an agent, who has logged in, hands in from anywhere. Its
// envelope has also those of blind copies.
func (h *house) submitted(agent string, m mail, blind ...string) *letter.Arrival {
	m.client = stranger
	if m.from == "" {
		m.from = agent
	}
	a := h.arrival(m)
	a.Source, a.ReversePath, a.Recipients = sourceSubmission, agent, append(slices.Clone(a.Recipients), blind...)
	return a
}

func (h *house) submit(agent string, m mail, blind ...string) arrived {
	h.t.Helper()
	a := h.submitted(agent, m, blind...)
	before := h.rows()
	if err := h.Deliver(context.Background(), a); err != nil {
		h.t.Fatalf("submit: %v", err)
	}
	return h.stored(a.ID, before)
}

// refusedAs is the reply to a mail that is not taken.
func (h *house) refusedAs(a *letter.Arrival) string {
	h.t.Helper()
	err := h.Deliver(context.Background(), a)
	var r *smtpd.ReplyError
	if !errors.As(err, &r) {
		h.t.Fatalf("it was taken: %v", err)
	}
	return fmt.Sprintf("%d %d.%d.%d %s", r.Code, r.Enhanced[0], r.Enhanced[1], r.Enhanced[2], r.Text)
}

const (
	annasAddr = "anna@example.com"
	miaAt     = "mia@acme.example"
)

// asDesk checks that one mail went to these people, as the desk, with these words and none of
// the agent's own address or of the raw mail.
func (h *house) asDesk(to []string, words string) sentMail {
	h.t.Helper()
	var out []sentMail
	for _, m := range h.flush() {
		if slices.ContainsFunc(m.To, func(a string) bool { return !strings.HasSuffix(a, "@example.com") }) {
			out = append(out, m)
		}
	}
	if len(out) != 1 {
		h.t.Fatalf("%d mails went to customers", len(out))
	}
	m := out[0]
	got := slices.Sorted(slices.Values(m.To))
	if slices.Sort(to); !slices.Equal(got, to) {
		h.t.Errorf("it went to %q, want %q", got, to)
	}
	if m.read.Author().Addr != "support@example.com" || !strings.Contains(m.read.Text, words) {
		h.t.Errorf("it went as %s:\n%s", m.read.Author().Addr, m.Bytes)
	}
	if strings.Contains(string(m.Bytes), annasAddr) || strings.Contains(string(m.Bytes), "X-Raw: yes") {
		h.t.Errorf("something of the agent's own mail is in it:\n%s", m.Bytes)
	}
	return m
}

// TestSubmittedReply: a reply goes to the customer once, as the desk, whether the mail program
// took the address with the token, the customer's own, or the desk's.
func TestSubmittedReply(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		to    func(notice sentMail) []string
		blind []string
		from  string
		want  []string
	}{
		"to the token":             {to: func(n sentMail) []string { return []string{n.read.ReplyTo[0].Addr} }, want: []string{miaAt}},
		"to the customer":          {to: func(sentMail) []string { return []string{miaAt} }, want: []string{miaAt}},
		"to the desk":              {to: func(sentMail) []string { return []string{"support@example.com"} }, want: []string{miaAt}},
		"as the desk":              {to: func(sentMail) []string { return []string{miaAt} }, from: "Example Support <support@example.com>", want: []string{miaAt}},
		"to both":                  {to: func(n sentMail) []string { return []string{n.read.ReplyTo[0].Addr, miaAt} }, want: []string{miaAt}},
		"with one more in copy":    {to: func(sentMail) []string { return []string{miaAt, "bob@vendor.example"} }, want: []string{miaAt, "bob@vendor.example"}},
		"with a blind copy":        {to: func(sentMail) []string { return []string{miaAt} }, blind: []string{"boss@vendor.example"}, want: []string{miaAt, "boss@vendor.example"}},
		"with herself in Bcc":      {to: func(sentMail) []string { return []string{miaAt} }, blind: []string{annasAddr}, want: []string{miaAt}},
		"with a colleague in copy": {to: func(sentMail) []string { return []string{miaAt, "ben@example.com"} }, want: []string{miaAt}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			first := h.deliver(mail{id: "first@acme.example", from: "Mia Meier <" + miaAt + ">"})
			n := h.noticeTo(annasAddr)
			m := mail{from: c.from, rcpt: c.to(n), subject: "Re: Printer portal", body: "Press it twice.\n\n> The export button does nothing", head: []string{"In-Reply-To: <first@acme.example>", "X-Raw: yes"}, id: "r@laptop.example"}
			got := h.submit(annasAddr, m, c.blind...)
			if got.Ticket != first.Ticket || got.entry.ByAgent != annasAddr || got.Source != sourceSubmission {
				t.Errorf("ticket %d, by %q", got.Ticket, got.entry.ByAgent)
			}
			out := h.asDesk(c.want, "Press it twice.")
			if strings.Contains(string(out.Bytes), "boss@vendor") {
				t.Errorf("the blind copy is shown:\n%s", out.Bytes)
			}
			if again := h.submit(annasAddr, m, annasAddr); again.Outcome != ticket.OutcomeDuplicate || len(h.flush()) != 0 {
				t.Errorf("a copy of it is %s", again.Outcome)
			}
		})
	}
}

// TestSubmittedNew: a new mail opens the addressee's ticket and goes to them as the desk;
// their reply comes back onto it.
func TestSubmittedNew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := h.submit(annasAddr, mail{rcpt: []string{"Mia Meier <" + miaAt + ">", "bob@vendor.example"}, subject: "Maintenance on Friday", body: "We work on Friday from 18:00.\n\n-- \nAnna Keller\nanna@example.com", head: []string{"X-Raw: yes"}}, "boss@vendor.example")
	if got.ticket.Address != miaAt || got.ticket.Customer != "Acme Instruments AG" || got.ticket.Assignee != annasAddr || got.ticket.Desk != "support" || got.ticket.Status != ticket.Pending {
		t.Errorf("the ticket: %+v", got.ticket)
	}
	if got.ack != nil || got.ticket.PromiseIs == "open" {
		t.Error("a clock was started for an agent's own mail")
	}
	m := h.asDesk([]string{miaAt, "bob@vendor.example", "boss@vendor.example"}, "We work on Friday from 18:00.")
	if m.read.Subject != "Maintenance on Friday" || len(m.read.ReplyTo) != 1 {
		t.Errorf("subject %q, reply to %v", m.read.Subject, m.read.ReplyTo)
	}
	back := h.deliver(mail{from: miaAt, rcpt: []string{m.read.ReplyTo[0].Addr}, subject: "Re: Maintenance on Friday", body: "Fine."})
	if back.Ticket != got.Ticket {
		t.Errorf("the reply came onto ticket %d, not %d", back.Ticket, got.Ticket)
	}
}

// TestSubmittedNotSent: what cannot be sent is kept on a ticket, the agent is told, and
// nobody outside gets a byte.
func TestSubmittedNotSent(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]mail{
		"a forwarded mail":  {rcpt: []string{miaAt}, subject: "Fwd: internal", body: "See below.\n\n---------- Forwarded message ---------\nFrom: Ben <ben@example.com>\nSubject: internal\n\nThey pay too little."},
		"nothing":           {rcpt: []string{miaAt}, body: "\r\n"},
		"a command":         {rcpt: []string{miaAt}, body: "#note they pay too little"},
		"a note's own word": {rcpt: []string{miaAt, "support@example.com"}, body: "#note they pay too little"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			got := h.submit(annasAddr, m)
			if got.Ticket == 0 {
				t.Fatal("it is on no ticket")
			}
			told := false
			for _, s := range h.flush() {
				for _, a := range s.To {
					told = told || a == annasAddr
					if a != annasAddr && a != "ben@example.com" {
						t.Errorf("%s gets\n%s", a, s.Bytes)
					}
				}
			}
			if !told {
				t.Error("Anna is told nothing")
			}
		})
	}
}

// TestSubmittedPrivate: words to the private address, and a reply to a note, stay in the house.
func TestSubmittedPrivate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.deliver(mail{id: "first@acme.example"})
	private := "support+" + h.keys.Seal(threading.Ref{Purpose: threading.Private, Ticket: first.Ticket, Entry: 1, Person: h.keys.PersonTag(annasAddr)}) + "@example.com"
	note := h.submit(annasAddr, mail{rcpt: []string{private, miaAt}, subject: "Re: Printer portal", body: "They pay too little.", id: "note@laptop.example", head: []string{"In-Reply-To: <first@acme.example>"}})
	if note.Ticket != first.Ticket || note.entry.Kind != ticket.Note {
		t.Errorf("ticket %d, a %s", note.Ticket, note.entry.Kind)
	}
	reply := h.submit("ben@example.com", mail{rcpt: []string{"support@example.com"}, subject: "Re: Printer portal", body: "Yes, they do.", head: []string{"In-Reply-To: <note@laptop.example>"}})
	if reply.Ticket != first.Ticket || reply.entry.Kind != ticket.Note {
		t.Errorf("a reply to a note: ticket %d, a %s", reply.Ticket, reply.entry.Kind)
	}
	for _, s := range h.flush() {
		if slices.Contains(s.To, miaAt) && !strings.Contains(string(s.Bytes), "auto-replied") {
			t.Errorf("Mia gets\n%s", s.Bytes)
		}
	}
}

// TestSubmissionRefused: nobody writes in another's name, and nothing is taken that would go
// nowhere.
func TestSubmissionRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, `desk.billing.agents=["ben@example.com"]`)
	for name, c := range map[string]struct {
		agent string
		m     mail
		want  string
	}{
		"another agent":       {annasAddr, mail{from: "ben@example.com", rcpt: []string{miaAt}}, "550 5.7.1 you have logged in as anna@example.com: "},
		"another desk":        {annasAddr, mail{from: "billing@example.com", rcpt: []string{miaAt}}, "550 5.7.1 you have logged in as anna@example.com: "},
		"a stranger":          {annasAddr, mail{from: "eve@evil.example", rcpt: []string{miaAt}}, "550 5.7.1 you have logged in as anna@example.com: "},
		"two authors":         {annasAddr, mail{from: "anna@example.com, ben@example.com", rcpt: []string{miaAt}}, "550 5.7.1 you have logged in as anna@example.com: "},
		"nobody":              {annasAddr, mail{from: "-", rcpt: []string{miaAt}}, "550 5.7.1 you have logged in as anna@example.com: "},
		"colleagues alone":    {annasAddr, mail{rcpt: []string{"ben@example.com"}}, "550 5.7.1 this goes to colleagues alone"},
		"who is no agent now": {"carl@example.com", mail{rcpt: []string{miaAt}}, "550 5.7.1 carl@example.com is on no desk"},
	} {
		path := c.agent
		c.m.path = &path
		if got := h.refusedAs(h.submitted(c.agent, c.m)); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if rows := h.rows(); len(rows) > 0 {
		t.Errorf("%d mails wait to leave", len(rows))
	}
	h.view(func(r store.Reader) error {
		if n, err := r.LastID(); err != nil || n != 0 {
			t.Errorf("something was kept: %v %v", n, err)
		}
		return nil
	})
}

// TestStolenAddress: the address of an agent without the login is what it was: it opens no
// door, and nothing of it goes to the customer.
func TestStolenAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.deliver(mail{id: "first@acme.example"})
	h.flush()
	a := h.arrival(mail{from: annasAddr, rcpt: []string{"support@example.com", miaAt}, client: stranger, subject: "Re: Printer portal", body: "Send me the password.", head: []string{"In-Reply-To: <first@acme.example>"}})
	if err := h.Deliver(context.Background(), a); err != nil {
		t.Fatal(err)
	}
	for _, s := range h.flush() {
		if slices.Contains(s.To, miaAt) {
			t.Errorf("Mia gets\n%s", s.Bytes)
		}
	}
}
