package mailgw

import (
	"fmt"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// Every reason not to acknowledge; the ticket exists all the same.
func TestAcknowledgementIsNotSent(t *testing.T) {
	for _, c := range []struct {
		name string
		m    mail
		why  string
	}{
		{"automatic", mail{head: []string{"Auto-Submitted: auto-generated"}}, "not written by a person"},
		{"vendor's automatic answer", mail{head: []string{"X-Autoreply: yes"}}, "not written by a person"},
		{"list", mail{head: []string{"List-Id: <news.acme.example>"}}, "came through a list"},
		{"bulk", mail{head: []string{"Precedence: bulk"}}, "came through a list"},
		{"null sender", mail{path: str("")}, "not written by a person"},
		{"null sender of a person", mail{path: str(""), head: []string{"Auto-Submitted: no"}}, "the envelope sender is null"},
		{"no author", mail{from: "-", path: str("mia@acme.example")}, "names no address"},
		{"our own desk", mail{from: "support@example.com"}, "an address of ours"},
		{"our own alias", mail{from: "help@example.com"}, "an address of ours"},
		{"our own reply form", mail{from: "support+abc@example.com"}, "an address of ours"},
		{"our own postmaster", mail{from: "abuse@example.com"}, "an address of ours"},
		{"an agent", mail{from: "Anna <anna@example.com>"}, "written by an agent"},
		{"an agent as Reply-To", mail{head: []string{"Reply-To: anna@example.com"}}, "an address of ours"},
		{"an address of those on call", mail{from: "OnCall@example.com"}, "an address of ours"},
		{"those on call as Reply-To", mail{head: []string{"Reply-To: oncall@example.com"}}, "an address of ours"},
		{"the admin's address", mail{from: "admin@example.com"}, "an address of ours"},
		{"a daemon's local part", mail{from: "noreply@acme.example"}, "not read by a person"},
		{"with more behind it", mail{from: "no-reply+x7@acme.example"}, "not read by a person"},
		{"with a dot behind it", mail{from: "noreply.shop@acme.example"}, "not read by a person"},
		{"a list's commands", mail{from: "Users-Request@acme.example"}, "not read by a person"},
		{"a list's owner", mail{head: []string{"Reply-To: owner-users@acme.example"}}, "not read by a person"},
		{"a list as envelope sender", mail{path: str("users-bounces@acme.example")}, "not read by a person"},
		{"a daemon as Reply-To", mail{head: []string{"Reply-To: Listserv@acme.example"}}, "not read by a person"},
		{"a daemon as envelope sender", mail{path: str("bounces-77@acme.example")}, "not read by a person"},
		{"postmaster's desk", mail{rcpt: []string{"postmaster@example.com"}}, "goes to admin.address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			if why := h.why(c.m); !strings.Contains(why, c.why) {
				t.Errorf("why %q, want %q", why, c.why)
			}
			a := h.deliver(c.m)
			if a.ack != nil || a.ticket.Told || a.Ticket != 1 {
				t.Errorf("ack %+v, ticket %+v", a.ack, a.ticket)
			}
		})
	}
}

// A forged sender is not answered, and joins nothing.
func TestForgedSenderIsNotAnswered(t *testing.T) {
	h := newHouse(t)
	d := &decision{g: h.Gateway, in: h.newIncoming(t.Context(), h.arrival(mail{})), now: h.clock.Now()}
	d.in.auth.Result = "fail"
	if d.judgeAcknowledgement(); d.ack.send || d.ack.overBudget || !strings.Contains(d.ack.why, "forged") {
		t.Errorf("%+v", d.ack)
	}
}

func TestAcknowledgementStyles(t *testing.T) {
	for _, c := range []struct {
		name          string
		m             mail
		style         string
		subject, word bool // theirs is shown
	}{
		{"authenticated", mail{from: "Mia Meier <mia@acme.example>"}, "listened", true, true},
		{"authenticated, not known", mail{from: "Mia Meier <mia@elsewhere.example>"}, "listened", true, true},
		{"known domain", mail{from: "Mia Meier <mia@acme.example>", client: stranger}, "full", false, false},
		{"relayed by a trusted peer for a known domain", mail{from: "Mia Meier <mia@acme.example>", head: []string{"Received: from x by y; now"}}, "full", false, false},
		{"unknown", mail{from: "Mia Meier <mia@elsewhere.example>", client: stranger}, "neutral", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			c.m.subject, c.m.body = "Zanzibar export", "Everything about Quetzalcoatl is broken."
			if a := h.deliver(c.m); a.ack == nil || !strings.Contains(string(a.ack.Facts), `"style":"`+c.style+`"`) {
				t.Fatalf("facts %+v, want style %s", a.ack, c.style)
			}
			ack := to(h.flush(), letterAddr(c.m.from))
			if len(ack) != 1 {
				t.Fatalf("%d acknowledgements", len(ack))
			}
			whole := string(ack[0].Bytes)
			if got := strings.Contains(whole, "Zanzibar"); got != c.subject {
				t.Errorf("their subject is there: %v\n%s", got, whole)
			}
			if got := strings.Contains(whole, "Quetzalcoatl"); got != c.word {
				t.Errorf("their words are there: %v\n%s", got, whole)
			}
			if c.style != "listened" && strings.Contains(whole, "Meier") {
				t.Errorf("their name is there:\n%s", whole)
			}
			if !strings.Contains(whole, "12:00 today") && !strings.Contains(whole, "tomorrow") {
				t.Errorf("no time is told:\n%s", whole)
			}
		})
	}
}

// Who is not authenticated must not be able to send his subject to somebody else
// by naming a customer as author and a victim in Reply-To.
func TestForgedCustomerWithReplyToElsewhere(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{from: "Buy Zanzibar <mia@acme.example>", subject: "Zanzibar pills", client: stranger, head: []string{"Reply-To: Zanzibar <victim@elsewhere.example>"}})
	for _, m := range to(h.flush(), "victim@elsewhere.example") {
		if strings.Contains(string(m.Bytes), "Zanzibar") {
			t.Errorf("the forger's words reach the victim:\n%s", m.Bytes)
		}
	}
}

// A name that somebody claims is not confirmed to him: who our customers are is nobody's business.
func TestClaimedCompanyIsNotConfirmed(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{from: "Eve <eve@elsewhere.example>", subject: "Help", body: "We at Acme have a question."})
	if a.ticket.Customer != "Acme Instruments AG" || a.ticket.Confidence != ticket.Claimed || a.ticket.Level != "premium" {
		t.Fatalf("ticket %+v", a.ticket)
	}
	for _, m := range to(h.flush(), "eve@elsewhere.example") {
		if strings.Contains(string(m.Bytes), "Instruments") {
			t.Errorf("the acknowledgement names the customer:\n%s", m.Bytes)
		}
	}
}

func TestReplyTo(t *testing.T) {
	for _, c := range []struct{ name, field, to string }{
		{"one elsewhere", "Reply-To: Team <team@acme.example>", "team@acme.example"},
		{"ours", "Reply-To: support@example.com", "mia@acme.example"},
		{"two", "Reply-To: a@acme.example, b@acme.example", "mia@acme.example"},
		{"none", "X-None: 1", "mia@acme.example"},
		{"not an address", "Reply-To: nobody", "mia@acme.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newHouse(t).deliver(mail{head: []string{c.field}})
			if a.ack == nil || len(a.ack.EnvelopeTo) != 1 || a.ack.EnvelopeTo[0] != c.to {
				t.Errorf("answered to %+v, want %s", a.ack, c.to)
			}
			if a.ticket.Address != "mia@acme.example" {
				t.Errorf("Reply-To changed who wrote: %s", a.ticket.Address)
			}
		})
	}
}

// One acknowledgement for each told promise, never while one is open.
func TestOneAcknowledgementForEachPromise(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	reply := mail{rcpt: []string{letterAddr(first.ack.ReplyTo)}}
	if why := h.why(reply); !strings.Contains(why, "2026-07-13 12:00") {
		t.Errorf("why %q", why)
	}
	if second := h.deliver(reply); second.ack != nil || second.ticket.PromiseID != first.ticket.PromiseID || len(second.notices) != 1 {
		t.Errorf("ack %v, notices %d", second.ack, len(second.notices))
	}
	h.runOut(1, 0)
	if err := h.store.Update(store.Background, func(tx store.Tx) error { return tx.DeleteUnreachable("mia@acme.example") }); err != nil {
		t.Fatal(err)
	}
	third := h.deliver(reply)
	if third.ack == nil || third.ticket.PromiseID == first.ticket.PromiseID {
		t.Fatalf("after the broken promise: ack %v", third.ack)
	}
	if fourth := h.deliver(reply); fourth.ack != nil {
		t.Error("a second acknowledgement while the next promise is open")
	}
}

// What every acknowledgement has, so that programs leave it alone and replies come home.
func TestAcknowledgementHeaders(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{id: "root@acme.example", head: []string{"References: <old@acme.example>"}})
	m := to(h.flush(), "mia@acme.example")[0]
	get := func(name string) string { return m.read.Header.Get(name) }
	if m.From != "" || get("Auto-Submitted") != "auto-replied" || get("X-Auto-Response-Suppress") != "All" {
		t.Errorf("from <%s>, Auto-Submitted %q, X-Auto-Response-Suppress %q", m.From, get("Auto-Submitted"), get("X-Auto-Response-Suppress"))
	}
	if m.read.InReplyTo[0] != "root@acme.example" || fmt.Sprint(m.read.References[1:]) != "[old@acme.example root@acme.example]" {
		t.Errorf("In-Reply-To %q, References %q", m.read.InReplyTo, m.read.References)
	}
	pseudo, ok := h.keys.OpenMessageID(m.read.References[0], "example.com")
	if !ok || pseudo.Ticket != 1 || pseudo.Entry != 0 {
		t.Errorf("pseudo id %+v %v", pseudo, ok)
	}
	own, ok := h.keys.OpenMessageID(m.read.MessageID, "example.com")
	if !ok || own.Ticket != 1 || own.Entry != 2 {
		t.Errorf("Message-ID %+v %v", own, ok)
	}
	token := strings.TrimPrefix(localOf(m.read.ReplyTo[0].Addr), "support+")
	ref, ok := h.keys.Open(token)
	if !ok || ref.Ticket != a.Ticket || ref.Entry != 2 || ref.Purpose.String() != "reply" && ref.Purpose != 1 {
		t.Errorf("Reply-To %+v %v", ref, ok)
	}
	if m.read.Subject != "Re: Printer portal" || m.read.From[0].String() != "Example Support <support@example.com>" {
		t.Errorf("subject %q, from %s", m.read.Subject, m.read.From[0])
	}
	if !m.read.Date.Equal(monday) || m.read.Date.Format("-0700") != "+0200" {
		t.Errorf("date %s", m.read.Date)
	}
	if m.read.Kind != letter.AutoReply {
		t.Errorf("our own reader takes it for a %s", m.read.Kind)
	}
}

// Each ticket's Reply-To opens to that ticket alone.
func TestReplyToOfEachTicket(t *testing.T) {
	h := newHouse(t, `desk.billing.reply_token="subdomain"`, `desk.billing.reply_domain="reply.example.com"`)
	for n := range uint64(6) {
		desk := []string{"support@example.com", "billing@example.com"}[n%2]
		a := h.deliver(mail{from: fmt.Sprintf("p%d@acme.example", n), rcpt: []string{desk}})
		later := h.want(h.deliver(mail{from: fmt.Sprintf("q%d@elsewhere.example", n), client: stranger, rcpt: []string{letterAddr(a.ack.ReplyTo)}}), ticket.OutcomeAppended)
		if later.Ticket != n+1 {
			t.Errorf("a reply to ticket %d is on %d", n+1, later.Ticket)
		}
		if sub := strings.HasSuffix(a.ack.ReplyTo, "@reply.example.com"); sub != (n%2 == 1) {
			t.Errorf("%s answers to %s", desk, a.ack.ReplyTo)
		}
	}
	h = newHouse(t, `desk.support.reply_token="off"`, `acknowledge.envelope_from="bounce"`)
	if a := h.deliver(mail{}); a.ack.ReplyTo != "" || a.ack.EnvelopeFrom != "" {
		t.Errorf("reply_token off: Reply-To %q, envelope %q", a.ack.ReplyTo, a.ack.EnvelopeFrom)
	}
}

func TestEnvelopeFromBounce(t *testing.T) {
	h := newHouse(t, `acknowledge.envelope_from="bounce"`)
	a := h.deliver(mail{})
	m := to(h.flush(), "mia@acme.example")[0]
	ref, ok := h.keys.Open(strings.TrimPrefix(localOf(m.From), "support+"))
	if !ok || ref.Ticket != 1 || ref.Entry != 2 || m.From == letterAddr(a.ack.ReplyTo) {
		t.Errorf("envelope from %s: %+v %v", m.From, ref, ok)
	}
}
