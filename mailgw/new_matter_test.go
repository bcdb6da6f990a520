package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// An agent who writes to a customer, with the desk in copy, opens the customer's ticket.
func TestAgentWritesToCustomer(t *testing.T) {
	h := newHouse(t)
	cc := mail{from: anna, subject: "Your new line", body: "The parts come on Friday.", id: "anna1@example.com", head: []string{"Cc: support@example.com, Bo <bo@acme.example>"}}
	cc.rcpt = []string{"Ada Blum <ada@acme.example>"}
	a := h.arrival(cc)
	a.Recipients = []string{"support@example.com"}
	if v := h.explain(a); *v.Customer != "Acme Instruments AG" || v.Acknowledge.Send {
		t.Errorf("explained as %+v", v)
	}
	got := h.deliverArrival(a)
	tk := got.ticket
	if tk.Address != "ada@acme.example" || tk.Status != ticket.Pending || tk.Customer != "Acme Instruments AG" || tk.Confidence != ticket.Domain || tk.Priority != ticket.Normal || tk.Assignee != "anna@example.com" || strings.Join(tk.People, " ") != "ada@acme.example bo@acme.example" || tk.PromiseIs != "none" || got.entry.ByAgent != "anna@example.com" {
		t.Errorf("%+v\n%+v", tk, got.entry)
	}
	sent := h.flush()
	if len(to(sent, "ada@acme.example"))+len(to(sent, "bo@acme.example"))+len(to(sent, "anna@example.com")) != 0 || len(to(sent, "ben@example.com")) != 1 {
		t.Errorf("%d mails leave", len(sent))
	}
	reply := h.deliver(mail{from: "Ada Blum <ada@acme.example>", subject: "Re: Your new line", body: "Which Friday?", head: []string{"In-Reply-To: <anna1@example.com>"}})
	if reply.Ticket != tk.Number || reply.ticket.Status != ticket.Open || reply.ticket.PromiseIs != "open" {
		t.Errorf("her reply: %+v", reply.ticket)
	}
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "The next one."))
	out := customers(h.flush())
	if len(out) != 1 || out[0].To[0] != "ada@acme.example" {
		t.Errorf("the answer: %+v", out)
	}
}

// Her reply to the agent alone comes to the ticket when the agent passes it on.
func TestReplyPassedOn(t *testing.T) {
	h := newHouse(t)
	m := mail{from: anna, subject: "Your new line", body: "On Friday.", id: "anna1@example.com", rcpt: []string{"ada@acme.example", "support@example.com"}}
	first := h.deliver(m)
	h.deliver(forwarded("", strings.Replace(adaWrote, "Subject: ", "In-Reply-To: <anna1@example.com>\r\nSubject: Re: ", 1)))
	e := h.entryCalled("ada1@acme.example")
	if tk := h.ticket(first.Ticket); e.Ticket != first.Ticket || tk.Status != ticket.Open || tk.PromiseIs != "open" {
		t.Errorf("%+v on %+v", e, tk)
	}
}

// Who only says to be an agent opens nobody's ticket.
func TestNobodyElseWritesToCustomers(t *testing.T) {
	for name, change := range map[string]func(*mail){
		"not proven": func(m *mail) { m.client = stranger },
		"a customer": func(m *mail) { m.from = "Gus <gus@globex.example>" },
		"two":        func(m *mail) { m.from += ", Eve <eve@evil.example>" },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			m := mail{from: anna, rcpt: []string{"ada@acme.example", "support@example.com"}}
			change(&m)
			if got := h.deliver(m); got.ticket.Address == "ada@acme.example" || got.ticket.Status == ticket.Pending {
				t.Errorf("%+v", got.ticket)
			}
		})
	}
}

// Whose mail is passed on cannot be told: the agent is asked, and their word puts it right.
func TestAskedWhoWrote(t *testing.T) {
	h := newHouse(t)
	m := mail{from: anna, subject: "WG: Line 3 stands", body: "Von: Ada Blum\r\nGesendet: Sonntag, 12. Juli 2026 18:00\r\nAn: Anna Keller\r\nBetreff: Line 3 stands\r\n\r\nLine 3 prints zebras."}
	first := h.deliver(m)
	ask := to(h.flush(), "anna@example.com")
	if len(ask) != 1 || !strings.Contains(ask[0].read.Text, "#customer") || !strings.Contains(ask[0].read.Text, "Ada Blum") || first.ticket.Address != "anna@example.com" {
		t.Fatalf("Anna is asked %d times; %+v", len(ask), first.ticket)
	}
	h.deliver(ask[0].reply(anna, "#customer Ada Blum <ada@acme.example>"))
	all := h.ticketsThere()
	if len(all) != 2 || all[0].Status != ticket.Closed || all[1].Address != "ada@acme.example" || all[1].Requester != "Ada Blum <ada@acme.example>" || all[1].Confidence != ticket.Claimed || all[1].Subject != "Line 3 stands" || !all[1].Told || all[0].Linked[0] != all[1].Number {
		t.Fatalf("%+v", all)
	}
	sent := h.flush()
	if acks := to(sent, "ada@acme.example"); len(acks) != 1 {
		t.Errorf("%d mails to Ada", len(acks))
	}
	shown := h.do("ticket.show", NumberArgs{Number: all[1].Number}).(TicketView)
	if shown.Entries[0].Text != "Line 3 prints zebras." {
		t.Errorf("her words are %q", shown.Entries[0].Text)
	}
}

// Said at once, nobody is asked.
func TestSaidWhoWrote(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{from: anna, subject: "WG: Line 3 stands", body: "#customer ada@acme.example\r\nFirmware?\r\n\r\nVon: Ada Blum\r\nGesendet: Sonntag, 12. Juli 2026 18:00\r\nAn: Anna Keller\r\nBetreff: Line 3 stands\r\n\r\nLine 3 prints zebras."})
	all := h.ticketsThere()
	if len(all) != 1 || all[0].Address != "ada@acme.example" || all[0].Confidence != ticket.Claimed {
		t.Fatalf("%+v", all)
	}
	for _, m := range to(h.flush(), "ada@acme.example") {
		if strings.Contains(string(m.Bytes), "Firmware") || strings.Contains(string(m.Bytes), "#customer") {
			t.Errorf("she reads\n%s", m.Bytes)
		}
	}
}

// An agent opens a ticket in a customer's name by a mail to the desk alone: nothing of it
// goes out before the agent has answered the notice.
func TestAgentOpensForCustomer(t *testing.T) {
	h := newHouse(t)
	got := h.deliver(mail{from: anna, subject: "Your new line", body: "#customer ada@acme.example\r\nShe called: the parts are late."})
	tk := got.ticket
	if tk.Address != "ada@acme.example" || tk.Customer != "Acme Instruments AG" || tk.Assignee != "anna@example.com" || tk.Status != ticket.New || got.entry.Kind != ticket.Note || got.entry.Text != "She called: the parts are late." {
		t.Fatalf("%+v\n%+v", tk, got.entry)
	}
	sent := h.flush()
	notice := to(sent, "anna@example.com")
	if len(to(sent, "ada@acme.example")) != 0 || len(notice) != 1 {
		t.Fatalf("%d mails to Ada, %d to Anna", len(to(sent, "ada@acme.example")), len(notice))
	}
	h.deliver(notice[0].reply(anna, "They come on Friday."))
	out := customers(h.flush())
	if len(out) != 1 || out[0].To[0] != "ada@acme.example" || strings.Contains(string(out[0].Bytes), "called") || !strings.Contains(out[0].read.Text, "They come on Friday.") {
		t.Errorf("%+v", out)
	}
}

// Nobody else opens a ticket in another's name.
func TestNobodyElseOpensForCustomers(t *testing.T) {
	for name, m := range map[string]mail{
		"not proven": {from: anna, client: stranger}, "a customer": {from: "Gus <gus@globex.example>"}, "a house address": {from: anna, subject: "ben"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			m.body = "#customer ada@acme.example\r\nThe parts are late."
			if m.subject == "ben" {
				m.body = "#customer ben@example.com\r\nThe parts are late."
			}
			if got := h.deliver(m); got.ticket.Address == "ada@acme.example" || got.ticket.Address == "ben@example.com" {
				t.Errorf("%+v", got.ticket)
			}
		})
	}
}
