package mailgw

import (
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

const paul = "Paul Weber <paul@acme.example>"

// That somebody has left is a line in the notice, and nothing else, whoever says so.
func TestLeftIsForTheAgent(t *testing.T) {
	for name, c := range map[string]struct {
		m        mail
		says     string
		unproven bool
	}{
		"a colleague":      {mail{from: paul, body: "Mia left, I'm taking over."}, "“Mia left, I'm taking over.” (#left mia@acme.example)", false},
		"German":           {mail{from: paul, body: "Mia Meier hat die Firma verlassen, ich übernehme."}, "(#left mia@acme.example)", false},
		"herself":          {mail{body: "I have left the company, please write to paul@acme.example"}, "(#left mia@acme.example)", false},
		"her absence note": {mail{body: "I no longer work here. Please contact paul@acme.example.", head: []string{"Auto-Submitted: auto-replied"}}, "(#left mia@acme.example)", false},
		"not proven":       {mail{from: paul, client: stranger, body: "Mia left, I'm taking over."}, "(#left mia@acme.example)", true},
		"a stranger":       {mail{from: pat, body: "Mia left, I'm taking over."}, "(#left mia@acme.example)", true},
		"for today":        {mail{from: paul, body: "Mia left for today."}, "", false},
		"quoted":           {mail{from: paul, body: "Thanks.\r\n\r\nOn Monday Eve wrote:\r\n> Mia left, I'm taking over."}, "", false},
		"a sentence":       {mail{from: paul, body: "The button on the left does nothing."}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			ack := to(h.flush(), "mia@acme.example")[0]
			c.m.rcpt, c.m.subject = []string{ack.read.ReplyTo[0].Addr}, "Re: Printer portal"
			h.deliver(c.m)
			notices := to(h.flush(), "anna@example.com")
			if len(notices) != 1 {
				t.Fatalf("%d notices", len(notices))
			}
			text := notices[0].read.Text
			if got := strings.Contains(text, "Says that somebody has left"); got != (c.says != "") || !strings.Contains(text, c.says) || strings.Contains(text, "Nothing proves who wrote this") != c.unproven {
				t.Errorf("the notice:\n%s", text)
			}
			if got := h.ticket(1); got.Address != "mia@acme.example" || !slices.Contains(got.People, "mia@acme.example") {
				t.Errorf("it was done: %+v", got)
			}
			if c := h.customerCalled("Acme Instruments AG"); len(c.People) != 0 {
				t.Errorf("people: %+v", c.People)
			}
		})
	}
}

// The agent's word does it: the address stands for nobody any more, and what is open
// goes on with who wrote. It can be taken back.
func TestLeft(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	h.deliver(mail{subject: "Second"})
	h.deliver(mail{from: "Gus <gus@globex.example>", subject: "Another company's"})
	acks := to(h.flush(), "mia@acme.example")
	h.deliver(mail{from: paul, rcpt: []string{acks[0].read.ReplyTo[0].Addr}, subject: "Re: Printer portal", body: "Mia left, I'm taking over."})
	notice := to(h.flush(), "anna@example.com")[0]

	for name, line := range map[string]string{"nobody": "#left", "a stranger": "#left eve@evil.example", "another customer's": "#left gus@globex.example", "no address": "#left Mia"} {
		h.deliver(notice.reply(anna, line))
		if told := to(h.flush(), "anna@example.com"); len(told) == 0 || h.ticket(1).Address != "mia@acme.example" {
			t.Errorf("%s: %d mails, %s", name, len(told), h.ticket(1).Address)
		}
	}
	forged := notice.reply("Eve <eve@evil.example>", "#left mia@acme.example")
	h.deliver(forged)
	if h.ticket(1).Address != "mia@acme.example" {
		t.Fatal("who has got the notice can do it")
	}
	h.flush()

	h.deliver(notice.reply(anna, "#left mia@acme.example"))
	for _, n := range []uint64{1, 2} {
		if got := h.ticket(n); got.Address != "paul@acme.example" || slices.Contains(got.People, "mia@acme.example") || !slices.Contains(got.People, "paul@acme.example") {
			t.Errorf("ticket %d: %s %q", n, got.Address, got.People)
		}
	}
	if got := h.ticket(3); got.Address != "gus@globex.example" {
		t.Errorf("another company's: %s", got.Address)
	}
	c := h.customerCalled("Acme Instruments AG")
	if len(c.People) != 1 || c.People[0].Left.IsZero() || c.People[0].Addresses[0] != "mia@acme.example" {
		t.Fatalf("%+v", c.People)
	}
	h.flush()
	got := h.deliver(mail{subject: "Re: Printer portal", head: []string{"In-Reply-To: <" + acks[0].read.MessageID + ">"}, body: "Let me in."})
	if got.Outcome != ticket.OutcomeHeld || got.ticket.Customer != "" {
		t.Errorf("who has left gets in: %s, of %q", got.Outcome, got.ticket.Customer)
	}
	if other := h.deliver(mail{from: "Zoe <zoe@acme.example>", subject: "New"}); other.ticket.Customer != "Acme Instruments AG" || other.ticket.Confidence != ticket.Domain {
		t.Errorf("a colleague is %q %s", other.ticket.Customer, other.ticket.Confidence)
	}
}

// Who stands in copy belongs to the conversation when an admitted mail of a proven
// writer named them, and not else.
func TestWhoIsNamedInCopy(t *testing.T) {
	const cc = "Cc: Eve <eve@evil.example>"
	h := newHouse(t)
	h.deliver(mail{head: []string{cc}})
	if got := h.ticket(1).People; !slices.Contains(got, "eve@evil.example") {
		t.Errorf("a proven writer's: %q", got)
	}
	for name, m := range map[string]mail{
		"held":     {from: "Mallory <mallory@evil.example>", head: []string{cc, "In-Reply-To: <m1@client.example.net>"}, subject: "Re: Printer portal"},
		"unproven": {client: stranger, head: []string{cc}, subject: "Re: Printer portal"},
		"forged":   {client: stranger, head: []string{cc, "In-Reply-To: <m1@client.example.net>"}, subject: "Re: Printer portal"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			if name == "forged" {
				h.zone.Add("acme.example", "TXT", "v=spf1 -all")
				h.zone.Add("_dmarc.acme.example", "TXT", "v=DMARC1; p=reject")
			}
			m := m
			if name == "unproven" {
				m.rcpt = []string{to(h.flush(), "mia@acme.example")[0].read.ReplyTo[0].Addr}
			}
			h.deliver(m)
			if got := h.ticket(1).People; slices.Contains(got, "eve@evil.example") {
				t.Errorf("%q", got)
			}
		})
	}
}
