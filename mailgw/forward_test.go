package mailgw

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

const partner = "help@partner.example"

// forwardsPump forwards what names a pump, on new tickets and on follow-ups.
var forwardsPump = ruleFor("pump", `words="pump"`, `forward=["`+partner+`"]`, `forward=["`+partner+`", "second@partner.example"]`)

// attached are the bytes of the mail that a forward carries, and their type.
func attached(t *testing.T, m sentMail) ([]byte, string) {
	t.Helper()
	files := letter.Files(m.Bytes, letter.DefaultLimits())
	if len(files) != 1 {
		t.Fatalf("%d files in\n%s", len(files), m.Bytes)
	}
	return files[0].Bytes, files[0].Type
}

// rawOf is the mail as it is kept.
func (h *house) rawOf(id ticket.ID) (raw []byte) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) { raw, err = r.Raw(id); return err })
	return raw
}

func TestForwardsANewTicket(t *testing.T) {
	h := newHouse(t, forwardsPump)
	a := h.want(h.deliver(mail{subject: "Pump 7", body: "The pump is broken."}), ticket.OutcomeNew)
	list := to(h.flush(), partner)
	if len(list) != 1 {
		t.Fatalf("%d mails to the partner", len(list))
	}
	m := list[0]
	checkSent(t, m)
	raw, media := attached(t, m)
	if !bytes.Equal(raw, h.rawOf(a.ID)) || media != "message/rfc822" {
		t.Errorf("%s:\n%q\nwant\n%q", media, raw, h.rawOf(a.ID))
	}
	if m.From != "" || m.read.From[0].Addr != "support@example.com" || !strings.HasPrefix(m.read.Subject, "Fwd: Pump 7") || m.read.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("from <%s>:\n%s", m.From, m.Bytes)
	}
	if !strings.Contains(m.read.Text, "Example Support passes this mail on to you. With us it is ticket 1.") {
		t.Errorf("it says:\n%s", m.read.Text)
	}
	if got := strings.Join(h.events(1), "; "); !strings.Contains(got, "rule pump: forwarded to "+partner) {
		t.Errorf("events: %s", got)
	}
}

// Whatever bytes a mail has, the partner gets these.
func TestForwardedBytes(t *testing.T) {
	for name, body := range map[string]string{
		"8 bit":              "Die Pumpe (pump) läuft nicht.",
		"a boundary of ours": "pump\r\n--=_0123456789abcdef\r\n",
		"a very long line":   "pump " + strings.Repeat("x", 2000),
		"bare line feeds":    "pump\nand more\r\n",
		"a dot and From":     "pump\r\n.\r\nFrom here on",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, forwardsPump)
			a := h.deliver(mail{body: body})
			list := to(h.flush(), partner)
			if len(list) != 1 {
				t.Fatalf("%d mails to the partner", len(list))
			}
			if raw, _ := attached(t, list[0]); !bytes.Equal(raw, h.rawOf(a.ID)) {
				t.Errorf("%q\nwant\n%q", raw, h.rawOf(a.ID))
			}
			checkSent(t, list[0])
		})
	}
}

// A follow-up goes to whom its own effects name, once: the same mail again, and the
// next of the kind, go to nobody.
func TestForwardsAFollowUpOnce(t *testing.T) {
	h := newHouse(t, forwardsPump)
	first := h.deliver(mail{body: "The pump is broken."})
	h.flush()
	token := []string{letterAddr(first.ack.ReplyTo)}
	next := mail{id: "again@client.example.net", rcpt: token, body: "The pump still is."}
	a := h.want(h.deliver(next), ticket.OutcomeAppended)
	h.want(h.deliver(next), ticket.OutcomeDuplicate)
	h.want(h.deliver(mail{rcpt: token, body: "And the other pump."}), ticket.OutcomeAppended)
	sent := h.flush()
	one, two := to(sent, partner), to(sent, "second@partner.example")
	if len(one) != 1 || len(two) != 1 || one[0].read.MessageID == two[0].read.MessageID {
		t.Fatalf("%d and %d mails left", len(one), len(two))
	}
	if raw, _ := attached(t, one[0]); !bytes.Equal(raw, h.rawOf(a.ID)) {
		t.Errorf("%q", raw)
	}
}

// What the partner answers comes onto the ticket as a stranger's, and no word of it,
// nor of the forward, goes to the customer.
func TestAnswerToAForward(t *testing.T) {
	h := newHouse(t, forwardsPump)
	h.deliver(mail{body: "The pump is broken."})
	var m sentMail
	for _, s := range h.flush() {
		if slices.Contains(s.To, partner) {
			m = s
		}
	}
	before := h.ticket(1)
	for _, from := range []string{partner, "Paul <paul@partner.example>"} {
		a := h.want(h.deliver(m.reply(from, "Zebra: we ship a new pump.")), ticket.OutcomeAppended)
		if a.Ticket != 1 || a.ack != nil || strings.Join(a.ticket.People, " ") != strings.Join(before.People, " ") {
			t.Errorf("%s: ticket %d, people %q", from, a.Ticket, a.ticket.People)
		}
		if got := strings.Join(h.events(1), "; "); !strings.Contains(got, "mail appended") {
			t.Errorf("events: %s", got)
		}
		sent := h.flush()
		if len(to(sent, "mia@acme.example")) != 0 {
			t.Errorf("%s: the customer hears of it", from)
		}
		notices := to(sent, "anna@example.com")
		if len(notices) != 1 || !strings.Contains(notices[0].read.Text, "an address that is not on the ticket") {
			t.Errorf("%s: %d notices, not flagged", from, len(notices))
		}
		for _, s := range to(sent, from) {
			t.Errorf("the partner gets their own words back:\n%s", s.Bytes)
		}
	}
}

func TestForwardsNothingButPeoplesMail(t *testing.T) {
	null := ""
	for name, m := range map[string]mail{
		"an absence note":      {head: []string{"Auto-Submitted: auto-replied"}},
		"a program's":          {head: []string{"Auto-Submitted: auto-generated"}},
		"a list's":             {head: []string{"List-Id: <pumps.lists.example>", "Precedence: list"}},
		"a null sender's":      {path: &null},
		"an agent's":           {from: anna},
		"the partner's own":    {from: "HELP@partner.example"},
		"a forged one":         {from: "x@forged.example", client: stranger},
		"an out-of-office one": {subject: "Automatic reply: pump", head: []string{"X-Autoreply: yes"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, forwardsPump)
			h.zone.Add("forged.example", "TXT", "v=spf1 -all")
			h.zone.Add("_dmarc.forged.example", "TXT", "v=DMARC1; p=reject")
			m.body = "The pump is broken."
			if v := h.explain(h.arrival(m)); len(v.Forwards) != 0 {
				t.Errorf("explain: %q", v.Forwards)
			}
			h.deliver(m)
			for _, row := range h.rows() {
				if row.Kind == ticket.Forward {
					t.Errorf("forwarded to %q", row.EnvelopeTo)
				}
			}
		})
	}
}

// What a rule holds, or puts to the junk, goes to nobody.
func TestForwardsNothingThatIsHeld(t *testing.T) {
	for _, effect := range []string{"hold=true", "junk=true"} {
		h := newHouse(t, forwardsPump, `rule[2]={name="then", if={words="pump"}, then={`+effect+`}, follow_up={`+effect+`}}`)
		first := h.deliver(mail{})
		h.deliver(mail{rcpt: []string{letterAddr(first.ack.ReplyTo)}, body: "The pump is broken."})
		h.deliver(mail{from: "gus@globex.example", body: "The pump is broken."})
		if list := to(h.flush(), partner); len(list) != 0 {
			t.Errorf("%s: forwarded:\n%s", effect, list[0].Bytes)
		}
	}
}

// Two gateways that forward to each other: the second one files what it gets.
func TestForwardsEnd(t *testing.T) {
	a := newHouse(t, forwardsPump)
	b := newHouse(t, ruleFor("back", `words="Pump"`, `forward=["support@first.example"]`, `forward=["support@first.example"]`))
	a.deliver(mail{subject: "Pump 7", body: "The pump is broken."})
	m := to(a.flush(), partner)[0]
	in := b.arrival(mail{})
	in.ReversePath, in.Raw = m.From, append(bytes.Clone(in.Raw[:in.Body]), m.Bytes...)
	if err := b.Deliver(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	for _, row := range b.rows() {
		if row.Kind == ticket.Forward || row.Kind == ticket.Acknowledgement {
			t.Errorf("%s to %q", row.Kind, row.EnvelopeTo)
		}
	}
}

// Forwards count as automatic mail. Whom the budget keeps one from is said to the
// agents, not lost in silence; each is booked once.
func TestForwardsWithinTheBudget(t *testing.T) {
	h := newHouse(t, forwardsPump, "acknowledge.budget.per_address=1")
	for i, from := range []string{"x@one.example", "y@two.example"} {
		m := mail{from: from, client: stranger, body: "The pump is broken."}
		want := i == 0
		if v := h.explain(h.arrival(m)); (len(v.Forwards) == 1) != want {
			t.Errorf("mail %d: explain says %q", i, v.Forwards)
		}
		a := h.deliver(m)
		sent := h.flush()
		got := strings.Join(h.events(a.Ticket), "; ")
		if len(to(sent, partner)) == 1 != want || strings.Contains(got, "rule pump: forwarded to "+partner) != want || strings.Contains(got, "rule pump: not forwarded to "+partner) == want {
			t.Errorf("mail %d: events %s", i, got)
		}
		if n := to(sent, "anna@example.com"); len(n) != 1 || strings.Contains(n[0].read.Text, "not forwarded to "+partner+": over budget") == want {
			t.Errorf("mail %d: %d notices", i, len(n))
		}
	}
}

// What the partner's server refuses stands on the ticket and in the desk's drawer.
func TestForwardIsNotDelivered(t *testing.T) {
	h := newHouse(t, forwardsPump)
	h.refuse = func(m *outbox.Mail) []outbox.Failure {
		if !slices.Contains(m.To, partner) {
			return nil
		}
		return []outbox.Failure{{To: partner, Reply: "550 5.1.1 nobody here", Code: 550, Enhanced: [3]int{5, 1, 1}, Permanent: true}}
	}
	h.deliver(mail{body: "The pump is broken."})
	h.flush()
	if got := strings.Join(h.events(1), "; "); !strings.Contains(got, "mailgw: forward not delivered to "+partner) {
		t.Errorf("events: %s", got)
	}
	if items := h.drawer(); len(items) != 1 || items[0].Kind != ticket.DrawerUndelivered || items[0].Ticket != 1 || !strings.Contains(items[0].Why, "nobody here") {
		t.Errorf("drawer %+v", items)
	}
	if x := h.ticket(1); x.Status != ticket.New || !x.Told {
		t.Errorf("the customer lost something: %+v", x)
	}
}
