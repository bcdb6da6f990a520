package mailgw

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// Records of the domains in these tests: their mail comes from outside.
const (
	acmeSends    = "acme.example TXT v=spf1 ip4:" + outside + " -all"
	acmeRejects  = "_dmarc.acme.example TXT v=DMARC1; p=reject"
	acmeQuarants = "_dmarc.acme.example TXT v=DMARC1; p=quarantine"
	weSend       = "example.com TXT v=spf1 ip4:" + outside + " -all"
	weReject     = "_dmarc.example.com TXT v=DMARC1; p=reject"
	weQuarant    = "_dmarc.example.com TXT v=DMARC1; p=quarantine"
)

// origin is how a mail comes to have its verdict.
type origin struct {
	verdict string // in the words of the table
	desk    string // its setting; "" is the default
	zone    []string
	client  string
	head    []string
}

// verdictRows are all rows of the table in docs/sender.md.
func verdictRows() []origin {
	upstream := []string{fromOutside, saysFail + "acme.example"}
	return []origin{
		{"`trusted`", "", nil, "", nil},
		{"`pass`", "", []string{acmeSends, weSend}, outside, nil},
		{"`none`", `unproven_sender = "answer"`, nil, outside, nil},
		{"`none`", `unproven_sender = "silent"`, nil, outside, nil},
		{"`fail`", `failing_sender = "hold"`, []string{acmeRejects, weReject}, outside, nil},
		{"`fail`", `failing_sender = "quarantine"`, []string{acmeRejects, weReject}, outside, nil},
		{"`fail`, the policy is reject", `failing_sender = "reject"`, []string{acmeRejects, weReject}, outside, nil},
		{"`fail`, the policy is quarantine", `failing_sender = "reject"`, []string{acmeQuarants, weQuarant}, outside, nil},
		{"`fail`, an upstream says so", `failing_sender = "reject"`, nil, upstreamIP, upstream},
	}
}

// What each verdict does is a table in docs/sender.md, which is made here of what
// the gateway does.
func TestVerdictsTable(t *testing.T) {
	table := "| verdict | the desk says | a new matter | its writer hears | an answer to a ticket, by its ids alone | an agent's answer, with the token |\n|---|---|---|---|---|---|\n"
	for _, o := range verdictRows() {
		setting := "any"
		if o.desk != "" {
			setting = "`" + o.desk + "`"
		}
		table += fmt.Sprintf("| %s | %s | %s |\n", o.verdict, setting, strings.Join(o.observe(t), " | "))
	}
	docs, err := os.ReadFile("../docs/sender.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(docs), table) {
		t.Errorf("docs/sender.md has another table than\n%s", table)
	}
}

// observe plays three mails of an origin, each in a house of its own.
func (o origin) observe(t *testing.T) (cells []string) {
	t.Helper()
	set := append([]string(nil), behindUpstream...)
	if o.verdict == "`trusted`" {
		set[0] = `smtp.trusted_networks=["127.0.0.0/8"]`
	}
	if o.desk != "" {
		set = append(set, "desk.support."+strings.ReplaceAll(o.desk, " ", ""))
	}
	fresh := func() (*house, arrived) {
		h := newHouse(t, append(set, `desk.billing.failing_sender="hold"`)...)
		first := h.take(h.on(mail{client: upstreamIP, id: "one@acme.example"}, fromOutside, saysPass+"acme.example"))
		for _, line := range o.zone {
			name, rest, _ := strings.Cut(line, " ")
			kind, value, _ := strings.Cut(rest, " ")
			h.zone.Add(name, kind, value)
		}
		return h, first
	}
	h, _ := fresh()
	outcome, ack := o.send(h, mail{subject: "Another matter", body: "The invoice names a wrong street."})
	cells = append(cells, outcome, ack)
	h, first := fresh()
	outcome, _ = o.send(h, mail{head: []string{"In-Reply-To: <one@acme.example>"}, subject: "Re: " + first.ticket.Subject})
	cells = append(cells, outcome)
	h, _ = fresh()
	notice := h.noticeTo("anna@example.com")
	o.head = append([]string(nil), o.head...)
	for i := range o.head {
		o.head[i] = strings.Replace(o.head[i], "acme.example", "example.com", 1)
	}
	outcome, _ = o.send(h, notice.reply(anna, "Please clear the cache."))
	if outcome != "refused" && outcome != "`quarantined`" {
		outcome += ", not sent"
		if len(to(h.flush(), "mia@acme.example")) > 0 {
			outcome = "sent"
		}
	}
	return append(cells, outcome)
}

// send delivers a mail of an origin; it says the outcome, and what its writer hears.
func (o origin) send(h *house, m mail) (outcome, heard string) {
	h.t.Helper()
	m.client = o.client
	a := h.arrival(m)
	if o.head != nil {
		a = h.on(m, o.head...)
	}
	before := h.rows()
	err := h.Deliver(context.Background(), a)
	var refusal *smtpd.ReplyError
	if errors.As(err, &refusal) && refusal.Code == 550 && refusal.Peer {
		return "refused", "nothing; the server that sent it, 550"
	}
	if err != nil {
		h.t.Fatal(err)
	}
	got := h.stored(a.ID, before)
	heard = "nothing"
	if got.ack != nil {
		heard = "the time"
		for _, s := range to(h.flush(), letter.ParseAddress("Mia <mia@acme.example>").Addr) {
			if strings.Contains(s.read.Text, "wrong street") {
				heard = "the time, with their own words"
			}
		}
	}
	return "`" + string(got.Outcome) + "`", heard
}

// A refused mail leaves nothing; explain says that it would be refused. A mail that
// goes to the junk for its sender says why, and can be released.
func TestFailingSender(t *testing.T) {
	h := newHouse(t, `desk.support.failing_sender="reject"`)
	h.zone.Add("_dmarc.acme.example", "TXT", "v=DMARC1; p=reject")
	a := h.arrival(mail{client: outside})
	if v := h.explain(a); v.Refused == nil || !strings.HasPrefix(*v.Refused, "550 5.7.26 ") || v.Outcome != ticket.OutcomeQuarantined {
		t.Errorf("explain says %v, %s", v.Refused, v.Outcome)
	}
	if err := h.Deliver(context.Background(), a); err == nil {
		t.Fatal("it was taken")
	}
	h.view(func(r store.Reader) error {
		if _, err := r.Receipt(a.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("something is kept of it: %v", err)
		}
		return nil
	})
	lmtp := h.arrival(mail{client: outside})
	lmtp.Source = sourceLMTP // SPF would judge the wrong server
	if got := h.take(lmtp); got.Outcome != ticket.OutcomeNew {
		t.Errorf("by LMTP: %s", got.Outcome)
	}

	h = newHouse(t, `desk.support.failing_sender="quarantine"`)
	h.zone.Add("_dmarc.acme.example", "TXT", "v=DMARC1; p=quarantine")
	got := h.want(h.deliver(mail{client: outside}), ticket.OutcomeQuarantined)
	item := h.items()[0]
	if item.Kind != ticket.DrawerJunk || !strings.Contains(item.Why, "not from whom it says") || !strings.Contains(item.Why, "acme.example wants such mail: quarantine") {
		t.Errorf("in the drawer: %+v", item)
	}
	err := h.releaseJunk(DrawerArgs{ID: got.ID.String()}, func(v any) error {
		if r := v.(ReleasedView); r.Outcome != ticket.OutcomeNew || r.Acknowledged {
			t.Errorf("released: %+v", r)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Over SMTP the refusal is said behind the mail, and a mail to postmaster is taken.
func TestFailingSenderOverSMTP(t *testing.T) {
	h := newHouse(t, `desk.support.failing_sender="reject"`)
	h.nameServer("_dmarc.acme.example TXT v=DMARC1; p=reject")
	p := talk(t, h.mxDoor())
	p.want("220 ")
	p.ask("EHLO mx.forger.example", "250 ")
	for rcpt, want := range map[string]string{"support@example.com": "550 5.7.26 ", "postmaster": "250 2.0.0 "} {
		p.ask("MAIL FROM:<mia@acme.example>", "250 ")
		p.ask("RCPT TO:<"+rcpt+">", "250 ")
		p.ask("DATA", "354 ")
		p.ask("From: mia@acme.example\r\nSubject: x\r\n\r\nx\r\n.", want)
	}
}
