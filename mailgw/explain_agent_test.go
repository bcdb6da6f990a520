package mailgw

import (
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// What explain says that the customer would get is what the customer then gets.
func TestExplainAgentAnswer(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{id: "one@acme.example", head: []string{"Cc: Tom Acme <tom@acme.example>"}})
	notice := h.noticeTo("anna@example.com")
	a := h.arrival(notice.reply(anna, "#close\r\nHello,\r\n\r\nit is done."))
	v := h.explain(a)
	if v.Agent == nil || !v.Agent.Power || v.Agent.Answer == nil || v.Agent.NotSent != nil || !slices.Equal(v.Agent.Commands, []string{"#close"}) {
		t.Fatalf("explained as %+v", v.Agent)
	}
	said := v.Agent.Answer
	h.sameAsExplained(a)
	var got *sentMail
	for _, m := range h.flush() {
		if m.read.From[0].Name == "Anna Keller" {
			got = &m
		}
	}
	if got == nil {
		t.Fatal("no answer left")
	}
	if said.From != got.read.From[0].String() || strings.Join(said.To, "") != got.read.To[0].String() || strings.Join(said.Cc, "") != got.read.Cc[0].String() || said.Subject != got.read.Subject || flat(said.Text) != flat(got.read.Text) {
		t.Errorf("explained %+v, it is from %v to %v cc %v, %q:\n%s", said, got.read.From, got.read.To, got.read.Cc, got.read.Subject, got.read.Text)
	}
}

// The three things that power needs are shown apart, and so is what is not done.
func TestExplainAgentPower(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{id: "one@acme.example"})
	notice := h.noticeTo("anna@example.com")
	forged := notice.reply(anna, "Pay to me.")
	forged.client = stranger
	customers := mail{rcpt: []string{letterAddr(first.ack.ReplyTo)}, body: "More."}
	plain := mail{from: anna, body: "To the desk, with no token.", head: []string{"In-Reply-To: <one@acme.example>"}}
	for name, c := range map[string]struct {
		m                    mail
		token, proven, power bool
		reason               string
	}{
		"her own":         {notice.reply(anna, "Hello."), true, true, true, ""},
		"a colleague's":   {notice.reply(ben, "Hello."), true, true, false, "not_proven"},
		"forged":          {forged, true, false, false, "not_proven"},
		"without a token": {plain, false, true, false, "not_proven"},
		"command too low": {notice.reply(anna, "Hello.\r\n#note\r\nhe is slow"), true, true, true, "misplaced_command"},
	} {
		v := h.explain(h.arrival(c.m))
		a := v.Agent
		if a == nil || a.Token != c.token || a.Authenticated != c.proven || a.Power != c.power || !a.OnDesk || (a.Answer != nil) != (c.reason == "") || (a.NotSent != nil) != (c.reason != "") {
			t.Errorf("%s: %+v", name, a)
			continue
		}
		if c.token && (a.TokenOf == nil || *a.TokenOf != "anna@example.com") || a.NotSent != nil && (a.NotSent.Reason != c.reason || a.NotSent.Told == nil) {
			t.Errorf("%s: token of %v, not sent: %+v", name, a.TokenOf, a.NotSent)
		}
	}
	if v := h.explain(h.arrival(customers)); v.Agent != nil {
		t.Errorf("a customer's mail: %+v", v.Agent)
	}
	page := h.explain(h.arrival(mail{subject: "outage", from: "gus@globex.example"}))
	if len(page.Tells) != 2 || page.Tells[0].Kind != ticket.Notice || page.Tells[1].Kind != ticket.Page || len(page.Tells[0].To) != 2 {
		t.Errorf("it tells %+v", page.Tells)
	}
}
