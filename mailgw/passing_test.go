package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// adaWrote is a customer's mail as it is passed on.
const adaWrote = "From: Ada Blum <ada@acme.example>\r\nTo: Anna Keller <anna@example.com>\r\nSubject: Line 3 stands\r\nDate: Sun, 12 Jul 2026 18:00:00 +0200\r\nMessage-ID: <ada1@acme.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nLine 3 prints zebras.\r\nAda\r\n"

// attach makes a body that holds words and attached mails.
func attach(words string, mails ...string) (head []string, body string) {
	var b strings.Builder
	b.WriteString("--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + words + "\r\n")
	for _, m := range mails {
		b.WriteString("--b\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename=\"mail.eml\"\r\n\r\n" + m + "\r\n")
	}
	return []string{"MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"}, b.String() + "--b--"
}

// forwarded is a mail of Anna's that passes mails on.
func forwarded(words string, mails ...string) mail {
	m := mail{from: "Anna Keller <anna@example.com>", subject: "Fwd: Line 3 stands"}
	m.head, m.body = attach(words, mails...)
	return m
}

// ticketsThere are all tickets, the oldest first.
func (h *house) ticketsThere() (out []ticket.Ticket) {
	h.view(func(r store.Reader) error {
		return r.Tickets(0, func(t ticket.Ticket) bool { out = append([]ticket.Ticket{t}, out...); return true })
	})
	return out
}

func TestPassedOnAttached(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(forwarded("Seen before; is it the firmware?", adaWrote))
	all := h.ticketsThere()
	if len(all) != 1 {
		t.Fatalf("%d tickets", len(all))
	}
	tk := all[0]
	if tk.Address != "ada@acme.example" || tk.Requester != "Ada Blum <ada@acme.example>" || tk.Subject != "Line 3 stands" || tk.Customer != "Acme Instruments AG" || tk.Confidence != ticket.Claimed || tk.Level != "premium" || tk.LastIn != "ada1@acme.example" || !tk.Told {
		t.Errorf("%+v", tk)
	}
	if a.Ticket != tk.Number || a.entry.Kind != ticket.Note || a.entry.Text != "Seen before; is it the firmware?" || a.entry.ByAgent != "anna@example.com" {
		t.Errorf("the agent's own words: %+v", a.entry)
	}
	sent := h.flush()
	acks := to(sent, "ada@acme.example")
	if len(acks) != 1 {
		t.Fatalf("%d mails to the customer", len(acks))
	}
	for _, secret := range []string{"firmware", "anna@", "Anna"} {
		if strings.Contains(string(acks[0].Bytes), secret) {
			t.Errorf("the customer sees %q:\n%s", secret, acks[0].Bytes)
		}
	}
	notice := to(sent, "anna@example.com")
	if len(notice) != 1 || !strings.Contains(notice[0].read.Text, "zebras") || !strings.Contains(notice[0].read.Text, "passed on by anna@example.com") || !strings.Contains(notice[0].read.Text, "2026-07-12 18:00") {
		t.Fatalf("Anna gets %d mails", len(notice))
	}
	if ben := to(sent, "ben@example.com"); len(ben) != 2 || !strings.Contains(ben[1].read.Text, "firmware") {
		t.Errorf("Ben gets %d mails", len(ben))
	}
	h.deliver(notice[0].reply(anna, "We send a new head today."))
	if out := customers(h.flush()); len(out) != 1 || out[0].To[0] != "ada@acme.example" || out[0].read.InReplyTo[0] != "ada1@acme.example" {
		t.Errorf("answers: %+v", out)
	}
}

// Words that came in the text of a mail: from is who is found to have written them.
func TestPassedOnInText(t *testing.T) {
	head := "Von: Ada Blum <ada@acme.example>\r\nGesendet: Sonntag, 12. Juli 2026 18:00\r\nAn: Anna Keller <anna@example.com>\r\nBetreff: Line 3 stands\r\n\r\nLine 3 prints zebras.\r\nAda"
	for name, c := range map[string]struct {
		m     mail
		from  string // of the ticket
		words string // of the customer's entry
		acks  int
		asked bool
	}{
		"Gmail":                  {mail{subject: "Fwd: Line 3 stands", body: "Firmware?\r\n\r\n---------- Forwarded message ---------\r\nFrom: Ada Blum <ada@acme.example>\r\nDate: Sun, Jul 12, 2026 at 6:00 PM\r\nSubject: Line 3 stands\r\nTo: Anna Keller <anna@example.com>\r\n\r\nLine 3 prints zebras.\r\nAda"}, "ada@acme.example", "Line 3 prints zebras.\nAda", 1, false},
		"Outlook":                {mail{subject: "WG: Line 3 stands", body: "Firmware?\r\n\r\n" + head}, "ada@acme.example", "Line 3 prints zebras.\nAda", 1, false},
		"Outlook, nothing above": {mail{subject: "WG: Line 3 stands", body: head}, "ada@acme.example", "Line 3 prints zebras.\nAda", 1, false},
		"somebody nobody knows":  {mail{subject: "WG: Line 3 stands", body: strings.ReplaceAll(head, "ada@acme.example", "ada@home.example")}, "ada@home.example", "Line 3 prints zebras.\nAda", 0, false},
		"only a name":            {mail{subject: "WG: Line 3 stands", body: strings.ReplaceAll(head, " <ada@acme.example>", "")}, "anna@example.com", "", 0, true},
		"nothing in it":          {mail{subject: "Fwd: Line 3 stands", body: "See below."}, "anna@example.com", "", 0, true},
		"a notice of ours":       {mail{subject: "WG: Line 3 stands", body: strings.ReplaceAll(head, "Ada Blum <ada@acme.example>", "Example Support <support@example.com>")}, "anna@example.com", "", 0, false},
		"a colleague's mail":     {mail{subject: "WG: Line 3 stands", body: strings.ReplaceAll(head, "Ada Blum <ada@acme.example>", "Ben <ben@example.com>")}, "anna@example.com", "", 0, false},
		"through a colleague":    {mail{subject: "WG: WG: Line 3 stands", body: "Firmware?\r\n\r\n" + strings.ReplaceAll(strings.ReplaceAll(head, "Ada Blum <ada@acme.example>", "Ben <ben@example.com>"), "Line 3 prints zebras.\r\nAda", "Yours?\r\n\r\n"+head)}, "ada@acme.example", "Line 3 prints zebras.\nAda", 1, false},
		"to the customer, too":   {mail{subject: "WG: Line 3 stands", body: head, rcpt: []string{"gus@globex.example", "support@example.com"}}, "", "", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			c.m.from = anna
			h.deliver(c.m)
			tk := h.ticketsThere()[0]
			if c.from != "" && tk.Address != c.from {
				t.Errorf("the ticket is of %s", tk.Address)
			}
			sent := h.flush()
			if n := len(to(sent, c.from)); c.from != "anna@example.com" && n != c.acks {
				t.Errorf("%d mails to the customer", n)
			}
			if c.words == "" {
				return
			}
			shown := h.do("ticket.show", NumberArgs{Number: tk.Number}).(TicketView)
			for _, e := range shown.Entries {
				if e.Kind == ticket.MailIn && (e.Text != c.words || *e.SenderAuth != "none") {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

// entryCalled is the entry with a Message-ID.
func (h *house) entryCalled(id string) (e ticket.Entry) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		found, err := r.ReceiptsByMessageID(id, 10)
		if err != nil || len(found) == 0 {
			h.t.Fatalf("no mail <%s>: %v", id, err)
		}
		e, err = r.Entry(found[0].ID)
		return err
	})
	return e
}

// The same mail by two agents, or by its author and an agent, is one matter; so is what
// its author writes later.
func TestPassedOnAgain(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(forwarded("Mine?", adaWrote))
	second := forwarded("Or mine?", adaWrote)
	second.from = ben
	if b := h.deliver(second); b.Ticket != first.Ticket || b.entry.Kind != ticket.Note {
		t.Errorf("another agent's: %+v", b.Receipt)
	}
	reply := h.deliver(mail{from: "Ada Blum <ada@acme.example>", subject: "Re: Line 3 stands", head: []string{"In-Reply-To: <ada1@acme.example>"}, body: "It smokes."})
	if reply.Ticket != first.Ticket || reply.Outcome != ticket.OutcomeAppended {
		t.Errorf("the author's later mail: %+v", reply.Receipt)
	}
	if n := len(h.ticketsThere()); n != 1 {
		t.Errorf("%d tickets", n)
	}
	if sent := to(h.flush(), "ada@acme.example"); len(sent) != 1 {
		t.Errorf("%d acknowledgements", len(sent))
	}
}

// Several mails at once: each author has a ticket.
func TestPassedOnSeveral(t *testing.T) {
	h := newHouse(t)
	gus := "From: Gus <gus@globex.example>\r\nTo: anna@example.com\r\nSubject: Key lost\r\nMessage-ID: <gus1@globex.example>\r\n\r\nWe lost the key.\r\n"
	more := "From: Ada Blum <ada@acme.example>\r\nTo: anna@example.com\r\nSubject: Re: Line 3 stands\r\nIn-Reply-To: <ada1@acme.example>\r\nMessage-ID: <ada2@acme.example>\r\n\r\nNow line 4, too.\r\n"
	a := h.deliver(forwarded("Two of them.", adaWrote, gus, more))
	all := h.ticketsThere()
	if len(all) != 2 || all[0].Address != "ada@acme.example" || all[1].Address != "gus@globex.example" || a.Ticket != all[0].Number {
		t.Fatalf("%+v", all)
	}
	if e := h.entryCalled("ada2@acme.example"); e.Ticket != all[0].Number {
		t.Errorf("her second mail is on ticket %d", e.Ticket)
	}
	h.reopen() // all of it is one commit's, and verified
}

// What explain says is what is done.
func TestPassedOnExplained(t *testing.T) {
	h := newHouse(t)
	v := h.explain(h.arrival(forwarded("Firmware?", adaWrote)))
	if len(v.PassedOn) != 1 || *v.PassedOn[0].From != "Ada Blum <ada@acme.example>" || !v.PassedOn[0].Acknowledge.Send || v.PassedOn[0].SenderAuth != "none" || *v.PassedOn[0].Customer != "Acme Instruments AG" || v.Outcome != ticket.OutcomeAppended {
		t.Errorf("%+v", v)
	}
	if n := len(h.ticketsThere()); n != 0 {
		t.Errorf("explain made %d tickets", n)
	}
	v = h.explain(h.arrival(mail{from: anna, subject: "Fwd: x", body: "See below."}))
	if v.AsksWho == nil || len(v.PassedOn) != 0 {
		t.Errorf("%+v", v)
	}
}
