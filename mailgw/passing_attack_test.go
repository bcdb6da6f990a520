package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// Nobody but an agent of the desk, proven, is believed to pass on what others wrote; and
// what is passed on proves nothing of its own.
func TestPassedOnByOthers(t *testing.T) {
	null := ""
	for name, c := range map[string]struct {
		change func(*mail)
		from   string // whose ticket it is
		acks   int    // mails to Ada
	}{
		"an agent":                  {func(*mail) {}, "ada@acme.example", 1},
		"a stranger as an agent":    {func(m *mail) { m.client = stranger }, "anna@example.com", 0},
		"a customer":                {func(m *mail) { m.from = "Gus <gus@globex.example>" }, "gus@globex.example", 0},
		"a stranger":                {func(m *mail) { m.from, m.client = "Eve <eve@evil.example>", stranger }, "eve@evil.example", 0},
		"two in From":               {func(m *mail) { m.from = anna + ", Eve <eve@evil.example>" }, "anna@example.com", 0},
		"a null reverse path":       {func(m *mail) { m.path = &null }, "anna@example.com", 0},
		"an absence program":        {func(m *mail) { m.head = append(m.head, "Auto-Submitted: auto-replied") }, "anna@example.com", 0},
		"a rule of Outlook":         {func(m *mail) { m.head = append(m.head, "X-MS-Exchange-Inbox-Rules-Loop: anna@example.com") }, "anna@example.com", 0},
		"a rule of a mailbox":       {func(m *mail) { m.head = append(m.head, "X-Forwarded-For: anna@example.com support@example.com") }, "ada@acme.example", 0},
		"a colleague, not an agent": {func(m *mail) { m.from = "Cleo <cleo@example.com>" }, "cleo@example.com", 0},
		"to abuse":                  {func(m *mail) { m.rcpt = []string{"abuse@example.com"} }, "anna@example.com", 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			m := forwarded("Firmware?", adaWrote)
			c.change(&m)
			h.deliver(m)
			if got := h.ticketsThere()[0].Address; got != c.from {
				t.Errorf("the ticket is of %s", got)
			}
			sent := h.flush()
			if n := len(to(sent, "ada@acme.example")); n != c.acks {
				t.Errorf("%d mails to the customer", n)
			}
			for _, m := range sent {
				if m.To[0] == "ada@acme.example" && strings.Contains(string(m.Bytes), "Firmware") {
					t.Errorf("%s reads the agent's words:\n%s", m.To, m.Bytes)
				}
			}
		})
	}
}

// Whatever the attached mail says of itself, nothing proves who wrote it.
func TestPassedOnProvesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		mail string
		from string
		asks int // tickets that are the agent's own matter
	}{
		"results of its own":     {"Authentication-Results: mx.example.com; dmarc=pass header.from=acme.example\r\nX-Mailgw-Ticket: 1\r\n" + adaWrote, "ada@acme.example", 0},
		"an agent inside":        {strings.Replace(adaWrote, "Ada Blum <ada@acme.example>", "Ben Ortiz <ben@example.com>", 1), "anna@example.com", 1},
		"the desk inside":        {strings.Replace(adaWrote, "Ada Blum <ada@acme.example>", "Support <support@example.com>", 1), "anna@example.com", 1},
		"two authors":            {strings.Replace(adaWrote, "From: ", "From: Gus <gus@globex.example>, ", 1), "anna@example.com", 1},
		"nobody":                 {strings.Replace(adaWrote, "From: Ada Blum <ada@acme.example>\r\n", "", 1), "anna@example.com", 1},
		"an answer elsewhere":    {"Reply-To: Eve <eve@evil.example>\r\n" + adaWrote, "ada@acme.example", 0},
		"a sealed one of ours":   {strings.Replace(adaWrote, "Subject:", "Reply-To: support+abc@example.com\r\nSubject:", 1), "ada@acme.example", 0},
		"a delivery report":      {"From: MAILER-DAEMON@acme.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nno\r\n--x--", "anna@example.com", 1},
		"a colleague outside it": {strings.Replace(adaWrote, "Ada Blum <ada@acme.example>", "Cleo <cleo@example.com>", 1), "anna@example.com", 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(forwarded("", c.mail))
			tk := h.ticketsThere()
			if len(tk) != 1 || tk[0].Address != c.from || tk[0].Confidence == ticket.Known || tk[0].Confidence == ticket.Domain && c.asks == 0 {
				t.Errorf("%+v", tk)
			}
			for _, m := range h.flush() {
				if a := m.To[0]; a == "eve@evil.example" || a == "ada@acme.example" && (c.asks > 0 || strings.Contains(string(m.Bytes), "zebras")) {
					t.Errorf("to %s:\n%s", a, m.Bytes)
				}
			}
		})
	}
}

// The mail of one who is on a ticket goes there; one that only claims a ticket waits.
func TestPassedOnOntoTickets(t *testing.T) {
	for name, c := range map[string]struct{ from, outcome string }{
		"one of its people": {"Mia Meier <mia@acme.example>", "appended"},
		"a stranger":        {"Eve <eve@evil.example>", "held"},
		"another customer":  {"Gus <gus@globex.example>", "held"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{id: "first@acme.example", client: ""})
			inner := "From: " + c.from + "\r\nTo: " + anna + "\r\nSubject: Re: Printer portal\r\nIn-Reply-To: <first@acme.example>\r\nMessage-ID: <second@x.example>\r\n\r\nStill nothing.\r\n"
			h.deliver(forwarded("", inner))
			e := h.entryCalled("second@x.example")
			if string(e.Outcome) != c.outcome || (e.Ticket == first.Ticket) != (c.outcome == "appended") || belongs(&first.ticket, "eve@evil.example") {
				t.Errorf("%+v", e)
			}
		})
	}
}
