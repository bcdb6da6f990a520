package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// nearNames are two customers that a mail cannot tell apart by "Nova", and one with a
// known person outside of its domain.
func nearNames() []string {
	return []string{`customer=[{name="Acme Instruments AG",domains=["acme.example"],level="premium",addresses=["max@free.example"]},
	  {name="Nova Optics AG",domains=["nova.example"],level="premium"},{name="Nova Optics Ltd",domains=["novaltd.example"]},{name="Globex Ltd",domains=["globex.example"]}]`}
}

// customerCalled is the record that has a name, one without an ID when none has.
func (h *house) customerCalled(name string) (c customer.Customer) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		id, err := r.CustomerBy(customer.Key{Kind: customer.KeyName, Text: customer.NameKey(name)})
		if err == nil {
			c, err = r.Customer(id)
		}
		return ignoreNotFound(err)
	})
	return c
}

// linkIn is the mail that the link with a word in its body or subject writes.
func linkIn(t *testing.T, m sentMail, word, from string) mail {
	t.Helper()
	for _, c := range clicked(t, m, from) {
		if strings.Contains(c.body, word) {
			return c
		}
	}
	t.Fatalf("no link %q in\n%s", word, m.read.Text)
	return mail{}
}

const pat = "Pat Brown <pat@mail.example>"

// Who could be of two companies is asked in the acknowledgement, without a name in it;
// the answer is a claim, is remembered, and is not asked for again.
func TestWhichCompany(t *testing.T) {
	for name, answer := range map[string]string{
		"plain words":    "We are Nova Optics AG.",
		"its name alone": "Nova Optics AG",
		"German":         "Guten Tag\r\n\r\nwir sind die Nova Optics AG",
		"one word":       "Ltd, sorry: Nova Optics Ltd",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nearNames()...)
			first := h.deliver(mail{from: pat, body: "The export fails.\r\n\r\n-- \r\nPat Brown\r\nNova Optics"})
			if first.ticket.Customer != "" || !first.ticket.AskedCompany {
				t.Fatalf("%+v", first.ticket)
			}
			sent := h.flush()
			ack := to(sent, "pat@mail.example")[0]
			if !strings.Contains(ack.read.Text, "which company are you writing for") || strings.Contains(ack.read.Text, "Optics AG") || strings.Contains(ack.read.Text, "Optics Ltd") {
				t.Errorf("the question, or a name too much:\n%s", ack.read.Text)
			}
			if link := linkIn(t, ack, "We are:", pat); !strings.Contains(link.rcpt[0], "+") {
				t.Errorf("the link leads to %s", link.rcpt)
			}
			if n := to(sent, "anna@example.com")[0].read.Text; !strings.Contains(n, "Perhaps: Nova Optics AG, Nova Optics Ltd") {
				t.Errorf("the notice:\n%s", n)
			}
			want := "Nova Optics AG"
			if strings.Contains(answer, "Ltd") {
				want = "Nova Optics Ltd"
			}
			second := h.deliver(mail{from: pat, rcpt: []string{ack.read.ReplyTo[0].Addr}, subject: "Re: Printer portal", body: answer})
			h.want(second, ticket.OutcomeAppended)
			if got := second.ticket; got.Customer != want || got.Confidence != ticket.Claimed || got.AskedCompany || got.CustomerID == 0 {
				t.Errorf("%q is taken for %q %s", answer, got.Customer, got.Confidence)
			}
			if c := h.customerCalled(want); !slices.Equal(c.Claimed, []string{"pat@mail.example"}) {
				t.Errorf("remembered: %q", c.Claimed)
			}
			third := h.deliver(mail{from: pat, subject: "Another matter", body: "The import fails, too."})
			if third.ticket.Customer != want || third.ticket.Confidence != ticket.Claimed || third.ticket.AskedCompany {
				t.Errorf("the next matter is %q %s, asked %t", third.ticket.Customer, third.ticket.Confidence, third.ticket.AskedCompany)
			}
		})
	}
}

// What a stranger says to be opens no ticket of that company, and makes no contact.
func TestClaimOpensNothing(t *testing.T) {
	h := newHouse(t, nearNames()...)
	theirs := h.deliver(mail{from: "Nina <nina@nova.example>", subject: "Secret project", id: "secret@nova.example"})
	first := h.deliver(mail{from: pat, body: "Help.\r\n\r\n-- \r\nNova Optics"})
	h.want(h.deliver(mail{from: pat, subject: "Re: Printer portal", head: []string{"In-Reply-To: <" + first.MessageID + ">"}, body: "We are Nova Optics AG"}), ticket.OutcomeAppended)
	got := h.deliver(mail{from: pat, subject: "Re: Secret project", head: []string{"In-Reply-To: <secret@nova.example>"}, body: "And?"})
	if got.Outcome != ticket.OutcomeHeld || got.Ticket == theirs.Ticket {
		t.Errorf("a claim got in: %s on %d", got.Outcome, got.Ticket)
	}
	if list := h.deliver(mail{from: pat, subject: "status", body: "status"}); list.Outcome != ticket.OutcomeNew {
		t.Errorf("a claim gets a list: %s", list.Outcome)
	}
}

// Only the requester says whose the ticket is, and only what is provenly theirs is remembered.
func TestWhoSaysWhichCompany(t *testing.T) {
	h := newHouse(t, nearNames()...)
	first := h.deliver(mail{from: pat, body: "Help.\r\n\r\n-- \r\nNova Optics", head: []string{"Cc: Eve <eve@other.example>"}})
	ack := to(h.flush(), "pat@mail.example")[0]
	at := []string{ack.read.ReplyTo[0].Addr}
	for name, m := range map[string]mail{
		"somebody in copy":  {from: "Eve <eve@other.example>", rcpt: at, body: "We are Nova Optics AG"},
		"what was quoted":   {from: pat, rcpt: at, body: "Thanks, more tomorrow.\r\n\r\n> We are Nova Optics AG"},
		"an absence note":   {from: pat, rcpt: at, body: "We are Nova Optics AG", head: []string{"Auto-Submitted: auto-replied"}},
		"a list":            {from: pat, rcpt: at, body: "We are Nova Optics AG", head: []string{"List-Id: <x.example>", "Precedence: list"}},
		"a no":              {from: pat, rcpt: at, body: "We are not Nova Optics AG"},
		"both, still":       {from: pat, rcpt: at, body: "Nova Optics"},
		"another's subject": {from: pat, rcpt: at, subject: "Re: x", body: "It is urgent."},
	} {
		h.deliver(m)
		if got := h.ticket(first.Ticket); got.Customer != "" {
			t.Fatalf("%s says that it is of %s: %q", name, got.Customer, h.explain(h.arrival(m)).NewText)
		}
	}
	h.deliver(mail{from: pat, rcpt: at, body: "We are Nova Optics AG", client: stranger})
	if got := h.ticket(first.Ticket); got.Customer != "Nova Optics AG" || got.Confidence != ticket.Claimed {
		t.Errorf("with a token: %q %s", got.Customer, got.Confidence)
	}
	if c := h.customerCalled("Nova Optics AG"); len(c.Claimed) != 0 {
		t.Errorf("remembered of an unproven writer: %q", c.Claimed)
	}
}

// A customer asks how their matters stand, and gets their own, the oldest first.
func TestStatusMail(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "First matter"})
	h.deliver(mail{from: "Paul <paul@acme.example>", subject: "A colleague's"})
	h.deliver(mail{from: "Gus <gus@globex.example>", subject: "Another company's"})
	h.deliver(mail{from: "Paul <paul@acme.example>", subject: "In copy", head: []string{"Cc: mia@acme.example"}})
	h.flush()
	for i, m := range []mail{{subject: "Status"}, {subject: "status?", body: "status"}, {subject: "", body: "Stand"}, {subject: "x", body: "État"}} {
		if m.body == "" {
			m.body = " "
		}
		got := h.deliver(m)
		if got.Outcome != ticket.OutcomeAutomatic || got.Ticket != 0 {
			t.Fatalf("%d: %s on %d", i, got.Outcome, got.Ticket)
		}
		sent := h.flush()
		if len(sent) != 1 || !slices.Equal(sent[0].To, []string{"mia@acme.example"}) {
			t.Fatalf("%d: %d mails", i, len(sent))
		}
		text := sent[0].read.Text
		if one, two := strings.Index(text, "First matter (1)"), strings.Index(text, "In copy (4)"); one < 0 || two < one {
			t.Errorf("%d:\n%s", i, text)
		}
		if strings.Contains(text, "colleague") || strings.Contains(text, "company") || !strings.Contains(text, "14:30") && !strings.Contains(text, "12:00") || sent[0].From != "" || sent[0].read.Header.Get("Auto-Submitted") != "auto-replied" {
			t.Errorf("%d: from <%s>\n%s", i, sent[0].From, text)
		}
	}
}

// Whatever is not such a mail is one for people.
func TestStatusIsForPeople(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "First matter"})
	ack := to(h.flush(), "mia@acme.example")[0]
	for name, c := range map[string]struct {
		m    mail
		want ticket.Outcome
	}{
		"in a sentence":           {mail{subject: "Status", body: "What is the status of the export?"}, ticket.OutcomeNew},
		"not proven":              {mail{subject: "status", body: "status", client: stranger}, ticket.OutcomeNew},
		"a stranger, proven":      {mail{from: pat, subject: "status", body: "status"}, ticket.OutcomeNew},
		"nothing open":            {mail{from: "Paul <paul@acme.example>", subject: "status", body: "status"}, ticket.OutcomeNew},
		"elsewhere to":            {mail{subject: "status", body: "status", head: []string{"Reply-To: eve@evil.example"}}, ticket.OutcomeNew},
		"with a file":             {mail{subject: "status", body: "--b\r\nContent-Type: text/plain\r\n\r\nstatus\r\n--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n1,2\r\n--b--", head: []string{"Content-Type: multipart/mixed; boundary=b"}}, ticket.OutcomeNew},
		"a program":               {mail{subject: "status", body: "status", head: []string{"Auto-Submitted: auto-generated"}}, ticket.OutcomeAutomatic},
		"an answer on its ticket": {mail{subject: "Re: First matter", body: "status", rcpt: []string{ack.read.ReplyTo[0].Addr}}, ticket.OutcomeAppended},
	} {
		got := h.deliver(c.m)
		if got.Outcome != c.want || got.Ticket == 0 {
			t.Errorf("%s: %s on %d", name, got.Outcome, got.Ticket)
		}
		for _, m := range h.flush() {
			if strings.Contains(m.read.Text, "oldest first") {
				t.Errorf("%s: a list went to %s", name, m.To)
			}
		}
	}
}

// Two programs that write "status" to each other come to an end, and the mail that gets
// no list is a ticket.
func TestStatusEnds(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "First matter"})
	lists := 0
	for range 60 {
		h.deliver(mail{subject: "status", body: "status"})
		for _, m := range h.flush() {
			if strings.Contains(m.read.Text, "oldest first") {
				lists++
			}
		}
	}
	if lists == 0 || lists > 30 {
		t.Errorf("%d lists in an hour", lists)
	}
	h.at(monday.Add(time.Hour))
}
