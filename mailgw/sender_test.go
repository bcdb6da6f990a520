package mailgw

import (
	"context"
	"net"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// behindUpstream is the configuration of a house behind a mail server at 10.0.0.1.
var behindUpstream = []string{`smtp.trusted_networks=[]`, `sender.upstream_networks=["10.0.0.1/32"]`, `sender.trusted_authserv_ids=["mx.example.com"]`, `desk.support.reply_token="plus"`, `desk.billing.reply_token="plus"`}

const upstreamIP = "10.0.0.1"

// What the upstream writes on top of mail from outside, and what others write.
const (
	fromOutside  = "Received: from client (unknown [198.51.100.7]) by mx.example.com (Postfix) with ESMTPS id 1; Mon, 13 Jul 2026 07:59:59 +0000"
	fromElse     = "Received: from client (unknown [203.0.113.9]) by mx.example.com (Postfix) with ESMTPS id 2; Mon, 13 Jul 2026 07:59:58 +0000"
	saysPass     = "Authentication-Results: mx.example.com; dmarc=pass (p=reject dis=none) header.from="
	saysFail     = "Authentication-Results: mx.example.com; dmarc=fail (p=reject dis=none) header.from="
	saysNothing  = "Authentication-Results: mx.example.com; dmarc=none header.from="
	othersSayYes = "Authentication-Results: mx.evil.example; dmarc=pass header.from="
)

// on puts fields on top of a mail, as servers do.
func (h *house) on(m mail, head ...string) *letter.Arrival {
	a := h.arrival(m)
	top := strings.Join(head, "\r\n") + "\r\n"
	a.Raw = append(append(append([]byte(nil), a.Raw[:a.Body]...), top...), a.Raw[a.Body:]...)
	return a
}

// take delivers an arrival and returns what is stored of it.
func (h *house) take(a *letter.Arrival) arrived {
	h.t.Helper()
	before := h.rows()
	if err := h.Deliver(context.Background(), a); err != nil {
		h.t.Fatal(err)
	}
	return h.stored(a.ID, before)
}

// Behind an upstream an agent answers customers when the upstream says that the
// mail is the agent's, and not when it says otherwise, or when somebody else does.
func TestAgentBehindUpstream(t *testing.T) {
	for name, c := range map[string]struct {
		client  string
		head    []string
		outcome ticket.Outcome
		auth    string
		told    bool // the agent hears that the answer was not sent
	}{
		"the upstream says pass":        {upstreamIP, []string{fromOutside, saysPass + "example.com"}, ticket.OutcomeAppended, "pass", false},
		"the upstream says fail":        {upstreamIP, []string{fromOutside, saysFail + "example.com"}, ticket.OutcomeHeld, "fail", false},
		"fail, and a forged pass":       {upstreamIP, []string{saysFail + "example.com", fromOutside, saysPass + "example.com"}, ticket.OutcomeHeld, "fail", false},
		"the upstream says nothing":     {upstreamIP, []string{fromOutside, saysNothing + "example.com"}, ticket.OutcomeHeld, "none", true},
		"the upstream has not checked":  {upstreamIP, []string{fromOutside}, ticket.OutcomeHeld, "none", true},
		"a pass for somebody else":      {upstreamIP, []string{fromOutside, saysPass + "evil.example"}, ticket.OutcomeHeld, "none", true},
		"forged below the sender's hop": {upstreamIP, []string{fromOutside, fromElse, saysPass + "example.com"}, ticket.OutcomeHeld, "none", true},
		"forged by a stranger":          {stranger, []string{saysPass + "example.com", fromOutside}, ticket.OutcomeHeld, "none", true},
		"in the name of another server": {upstreamIP, []string{othersSayYes + "example.com", fromOutside}, ticket.OutcomeHeld, "none", true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, behindUpstream...)
			first := h.take(h.on(mail{client: upstreamIP}, fromOutside, saysPass+"acme.example"))
			notice := h.noticeTo("anna@example.com")
			m := notice.reply(anna, "Please clear the cache.")
			m.client = c.client
			arrival := h.on(m, c.head...)
			if v := h.explain(arrival); v.SenderAuth != c.auth || len(v.AuthReasons) == 0 {
				t.Errorf("explain says %s: %q", v.SenderAuth, v.AuthReasons)
			}
			a := h.want(h.take(arrival), c.outcome)
			if a.entry.SenderAuth != c.auth {
				t.Errorf("the sender is %s, want %s", a.entry.SenderAuth, c.auth)
			}
			sent := h.flush()
			if got := len(customers(sent)); got != 1 && c.outcome == ticket.OutcomeAppended || got != 0 && c.outcome == ticket.OutcomeHeld {
				t.Errorf("%d mails reached customers", got)
			}
			told := false
			for _, s := range sent {
				told = told || strings.Contains(strings.ToLower(s.read.Subject+s.read.Text), "not sent")
				if c.outcome == ticket.OutcomeHeld && strings.Contains(s.read.Text, "clear the cache") && !strings.HasSuffix(s.To[0], "@example.com") {
					t.Errorf("held words left the house, to %s", s.To)
				}
			}
			if told != c.told {
				t.Errorf("the agent was told: %v", told)
			}
			if c.outcome == ticket.OutcomeHeld && a.Ticket == first.Ticket {
				t.Error("held words are on the ticket")
			}
		})
	}
}

// A customer behind an upstream joins the ticket by the upstream's word, and is
// answered by it; a forged one joins nothing and is not answered.
func TestCustomerBehindUpstream(t *testing.T) {
	h := newHouse(t, behindUpstream...)
	first := h.want(h.take(h.on(mail{client: upstreamIP, id: "one@acme.example"}, saysPass+"acme.example", fromOutside)), ticket.OutcomeNew)
	if first.entry.SenderAuth != "pass" || first.ack == nil {
		t.Errorf("the first is %s, acknowledged %v", first.entry.SenderAuth, first.ack != nil)
	}
	reply := mail{client: upstreamIP, from: "Tom <tom@acme.example>", head: []string{"In-Reply-To: <one@acme.example>"}, body: "Same here."}
	if a := h.want(h.take(h.on(reply, fromOutside, saysPass+"acme.example")), ticket.OutcomeAppended); a.Ticket != first.Ticket {
		t.Errorf("the colleague's reply is on ticket %d", a.Ticket)
	}
	if a := h.want(h.take(h.on(reply, fromOutside, saysFail+"acme.example")), ticket.OutcomeHeld); a.ack != nil || a.Ticket == first.Ticket {
		t.Errorf("a forged reply: acknowledged %v, ticket %d", a.ack != nil, a.Ticket)
	}
	forged := mail{client: upstreamIP, subject: "Another matter", from: "Eve <eve@globex.example>"}
	if a := h.take(h.on(forged, fromOutside, saysFail+"globex.example")); a.ack != nil {
		t.Error("a forged sender was acknowledged")
	}
}

// The budget of a network is that of the client outside, never the upstream's.
func TestNetworkBudgetBehindUpstream(t *testing.T) {
	h := newHouse(t, append([]string{"acknowledge.budget.per_network=1"}, behindUpstream...)...)
	for i, c := range []struct {
		head string
		ack  bool
	}{
		{fromOutside, true}, {fromOutside, false}, {fromElse, true}, {fromElse, false},
		{"Received: from unreadable by mx.example.com; Mon, 13 Jul 2026", true}, {"Received: from unreadable by mx.example.com; Mon, 13 Jul 2026", true},
	} {
		m := mail{client: upstreamIP, from: "someone" + string(rune('a'+i)) + "@x" + string(rune('a'+i)) + ".example", subject: "Matter " + string(rune('a'+i))}
		if a := h.take(h.on(m, c.head)); (a.ack != nil) != c.ack {
			t.Errorf("mail %d: acknowledged %v", i, a.ack != nil)
		}
	}
}

// At the door, over the wire: fields that claim our id are gone, others stay.
func TestDoorStripsForgedResults(t *testing.T) {
	const ours, others, forged = "Authentication-Results: mx.example.com; none", "Authentication-Results: mx.evil.example; none", "AUTHENTICATION-RESULTS:\r\n MX.EXAMPLE.COM;\r\n dmarc=pass"
	for name, c := range map[string]struct {
		set  []string
		want []string
	}{
		"from a stranger":   {[]string{`sender.upstream_networks=["10.0.0.1/32"]`}, []string{fromOutside, others, fromElse}},
		"from the upstream": {[]string{`sender.upstream_networks=["127.0.0.0/8"]`}, []string{ours, fromOutside, others, fromElse}},
		"by default":        {[]string{`sender.trusted_authserv_ids=[]`}, []string{ours, fromOutside, others, fromElse, forged}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, append([]string{`sender.trusted_authserv_ids=["mx.example.com"]`}, c.set...)...)
			door := smtpd.New(h.Gateway, h.doorOptions("smtp", h.settings.Load(), nil, nil))
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- door.Serve(ctx, l) }()
			p := talk(t, l.Addr().String())
			p.want("220 ")
			p.ask("HELO client", "250 ")
			p.ask("MAIL FROM:<mia@acme.example>", "250 ")
			p.ask("RCPT TO:<support@example.com>", "250 ")
			p.ask("DATA", "354 ")
			rest := "From: mia@acme.example\r\nSubject: Export\r\n\r\n" + forged
			p.ask(strings.Join([]string{ours, fromOutside, others, fromElse, forged, rest}, "\r\n")+"\r\n.", "250 2.0.0 accepted as ")
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			var raw []byte
			h.view(func(r store.Reader) error {
				return r.Tickets(0, func(tk ticket.Ticket) bool {
					v, err := r.Entries(tk.Number)
					if err != nil {
						t.Fatal(err)
					}
					if raw, err = r.Raw(v[0].ID); err != nil {
						t.Fatal(err)
					}
					return false
				})
			})
			want := strings.Join(append(c.want, rest), "\r\n")
			if got := string(raw); !strings.HasSuffix(got, "+0000\r\n"+want+"\r\n") {
				t.Errorf("kept as\n%s\nwant at its end\n%s", got, want)
			}
		})
	}
}
