package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// named lets Mia write, and returns her acknowledgement and the mail that its link
// writes with a name in it.
func (h *house) nameLink(from, name string) (sentMail, mail) {
	h.t.Helper()
	first := h.deliver(mail{from: from, subject: "Export"})
	ack := to(h.flush(), first.ticket.Address)
	if len(ack) != 1 {
		h.t.Fatalf("%d acknowledgements", len(ack))
	}
	link := linkIn(h.t, ack[0], "Call us:", from)
	link.body += name
	return ack[0], link
}

// Who is provenly of the customer names it at once, and can take it back by one link;
// the old name stays as an alias.
func TestOwnName(t *testing.T) {
	h := newHouse(t)
	_, link := h.nameLink(mia, "Spectra Lab")
	got := h.deliver(link)
	if got.Outcome != ticket.OutcomeAutomatic || got.Ticket != 0 {
		t.Fatalf("%s on %d", got.Outcome, got.Ticket)
	}
	c := h.customerCalled("Spectra Lab")
	if c.ID == 0 || !slices.Contains(c.Aliases, "Acme Instruments AG") {
		t.Fatalf("%+v", c)
	}
	sent := h.flush()
	if len(sent) != 1 || !strings.Contains(sent[0].read.Text, "From now on we call you Spectra Lab. Until now it was Acme Instruments AG.") {
		t.Fatalf("%d mails:\n%s", len(sent), sent[0].read.Text)
	}
	if next := h.deliver(mail{subject: "Next"}); next.ticket.Customer != "Spectra Lab" || next.ticket.Confidence != ticket.Domain {
		t.Errorf("the next ticket is of %q", next.ticket.Customer)
	}
	h.flush()
	undo := linkIn(t, sent[0], "Take it back", mia)
	if other := undo; true { // another's mailbox
		other.from = "Paul <paul@acme.example>"
		h.deliver(other)
	}
	if h.customerCalled("Spectra Lab").ID == 0 {
		t.Fatal("somebody else has taken it back")
	}
	h.flush()
	h.deliver(undo)
	if c := h.customerCalled("Acme Instruments AG"); c.Name != "Acme Instruments AG" || slices.Contains(c.Aliases, "Spectra Lab") {
		t.Errorf("taken back: %q %q", c.Name, c.Aliases)
	}
	if sent = to(h.flush(), "mia@acme.example"); len(sent) != 1 || !strings.Contains(sent[0].read.Text, "we call you Acme Instruments AG") {
		t.Errorf("%d mails", len(sent))
	}
	undo.id = "again@client.example.net"
	h.deliver(undo)
	if sent = to(h.flush(), "mia@acme.example"); len(sent) != 1 || !strings.Contains(sent[0].read.Text, "no longer holds") {
		t.Errorf("a link that was used: %d mails", len(sent))
	}
	var events []string
	h.view(func(r store.Reader) error {
		list, err := r.CustomerEvents(c.ID)
		for _, e := range list {
			events = append(events, e.Who+": "+e.What)
		}
		return err
	})
	if n := len(events); n != 3 || events[1] != "mia@acme.example: renamed to Spectra Lab" || !strings.HasPrefix(events[2], "mia@acme.example: ") {
		t.Errorf("events: %q", events)
	}
}

// Nobody but people of the customer, provenly, and by the link in a mail of ours, gives
// it a name by themselves.
func TestOwnNameIsNotTaken(t *testing.T) {
	for name, c := range map[string]func(h *house, ack sentMail, link *mail){
		"a stranger who has got the link": func(_ *house, _ sentMail, m *mail) { m.from = "Eve <eve@evil.example>" },
		"another customer":                func(_ *house, _ sentMail, m *mail) { m.from = "Gus <gus@globex.example>" },
		"nothing proves who wrote":        func(_ *house, _ sentMail, m *mail) { m.client = stranger },
		"no token":                        func(_ *house, _ sentMail, m *mail) { m.rcpt = []string{"support@example.com"} },
		"the token for replies":           func(_ *house, ack sentMail, m *mail) { m.rcpt = []string{ack.read.ReplyTo[0].Addr} },
		"a token of another purpose": func(h *house, _ sentMail, m *mail) {
			m.rcpt = []string{threading.ReplyAddress("support@example.com", h.keys.Seal(threading.Ref{Purpose: threading.Bounce, Ticket: 1, Entry: 2}))}
		},
		"a changed token": func(_ *house, _ sentMail, m *mail) {
			m.rcpt = []string{strings.Replace(m.rcpt[0], "@", "x@", 1)}
		},
		"a program": func(_ *house, _ sentMail, m *mail) { m.head = []string{"Auto-Submitted: auto-replied"} },
		"a list":    func(_ *house, _ sentMail, m *mail) { m.head = []string{"List-Id: <x.example>", "Precedence: list"} },
		"a bounce": func(_ *house, _ sentMail, m *mail) {
			m.path = new(string)
			m.from = "MAILER-DAEMON <mailer-daemon@acme.example>"
		},
		"quoted": func(_ *house, _ sentMail, m *mail) {
			m.body = "Thanks, all fine.\r\n\r\nOn Monday Mia wrote:\r\n> Call us: Spectra Lab"
		},
		"quoted, unannounced": func(_ *house, _ sentMail, m *mail) { m.body = "> Call us: Spectra Lab" },
		"in a sentence": func(_ *house, _ sentMail, m *mail) {
			m.body = "Please call us: Spectra Lab is waiting. When will you?\r\nIs it done?"
		},
		"two authors": func(_ *house, _ sentMail, m *mail) { m.from = "Mia <mia@acme.example>, Eve <eve@evil.example>" },
		"an agent":    func(_ *house, _ sentMail, m *mail) { m.from = anna },
		"passed on": func(_ *house, _ sentMail, m *mail) {
			m.subject, m.body = "Fwd: Hello", "---------- Forwarded message ---------\r\nFrom: Mia <mia@acme.example>\r\nDate: Mon, 13 Jul 2026\r\nSubject: x\r\nTo: us@example.com\r\n\r\nCall us: Spectra Lab"
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			ack, link := h.nameLink(mia, "Spectra Lab")
			c(h, ack, &link)
			h.deliver(link)
			if got := h.customerCalled("Acme Instruments AG"); got.Name != "Acme Instruments AG" || h.customerCalled("Spectra Lab").ID != 0 {
				t.Errorf("it is called %q", got.Name)
			}
			for _, m := range h.flush() {
				if strings.Contains(m.read.Text, "From now on we call you") {
					t.Errorf("%s is told that it is done", m.To)
				}
			}
		})
	}
}

// A forged writer neither changes nor causes anything.
func TestOwnNameForged(t *testing.T) {
	h := newHouse(t)
	_, link := h.nameLink(mia, "Spectra Lab")
	h.zone.Add("acme.example", "TXT", "v=spf1 -all")
	h.zone.Add("_dmarc.acme.example", "TXT", "v=DMARC1; p=reject")
	link.client = stranger
	got := h.deliver(link)
	if got.Outcome == ticket.OutcomeAutomatic || h.customerCalled("Spectra Lab").ID != 0 {
		t.Errorf("%s", got.Outcome)
	}
	for _, m := range h.flush() {
		if !strings.HasSuffix(m.To[0], "@example.com") {
			t.Errorf("a mail to %s:\n%s", m.To, m.read.Text)
		}
	}
}

// Of whom nothing is proven, colleagues are asked: one yes is enough, a no ends it, and
// silence changes nothing. The links are for those who were asked.
func TestOwnNameConfirmed(t *testing.T) {
	ask := func(t *testing.T) (*house, []sentMail) {
		t.Helper()
		h := newHouse(t, nearNames()...)
		_, link := h.nameLink(mia, "Spectra Lab")
		link.from = "Eve <eve@evil.example>"
		h.want(h.deliver(link), ticket.OutcomeAutomatic)
		sent := h.flush()
		asked := to(sent, "mia@acme.example")
		if len(asked) != 1 || !strings.Contains(asked[0].read.Text, "eve@evil.example asks us to call you Spectra Lab from now on, instead of Acme Instruments AG") {
			t.Fatalf("%d mails", len(sent))
		}
		if max := to(sent, "max@free.example"); len(max) != 1 { // on the record
			t.Errorf("%d mails to Max", len(max))
		}
		if eve := to(sent, "eve@evil.example"); len(eve) != 1 || strings.Contains(eve[0].read.Text, "mailto:") {
			t.Errorf("the one who asks: %d mails", len(eve))
		}
		again := link
		again.id, again.body = "more@client.example.net", "Call us: Other Lab"
		h.deliver(again)
		if more := to(h.flush(), "mia@acme.example"); len(more) != 0 {
			t.Errorf("asked again while the question is open: %d mails", len(more))
		}
		return h, append(asked, to(sent, "max@free.example")...)
	}
	t.Run("yes", func(t *testing.T) {
		h, asked := ask(t)
		stolen := linkIn(t, asked[0], "Yes", "Eve <eve@evil.example>")
		h.deliver(stolen)
		if h.customerCalled("Spectra Lab").ID != 0 {
			t.Fatal("who asks says yes to it")
		}
		h.flush()
		yes := linkIn(t, asked[1], "Yes", "Max <max@free.example>")
		h.deliver(yes)
		if c := h.customerCalled("Spectra Lab"); c.ID == 0 || !slices.Contains(c.Aliases, "Acme Instruments AG") {
			t.Errorf("%+v", c)
		}
		sent := h.flush()
		if len(to(sent, "max@free.example")) != 1 || len(to(sent, "eve@evil.example")) != 0 {
			t.Errorf("%d mails", len(sent))
		}
		h.deliver(linkIn(t, asked[0], "No", mia)) // too late
		if h.customerCalled("Spectra Lab").Name != "Spectra Lab" {
			t.Error("an answer that came too late counts")
		}
	})
	t.Run("no", func(t *testing.T) {
		h, asked := ask(t)
		h.deliver(linkIn(t, asked[0], "No", mia))
		h.deliver(linkIn(t, asked[1], "Yes", "Max <max@free.example>"))
		if h.customerCalled("Spectra Lab").ID != 0 {
			t.Error("a no does not end it")
		}
	})
	t.Run("silence", func(t *testing.T) {
		h, asked := ask(t)
		h.at(monday.Add(15 * 24 * time.Hour))
		_, link := h.nameLink("Paul <paul@acme.example>", "Third Lab")
		link.from, link.client = "Eve <eve@evil.example>", stranger
		h.deliver(link)
		sent := h.flush()
		if len(to(sent, "mia@acme.example"))+len(to(sent, "paul@acme.example")) == 0 {
			t.Error("nobody may ask any more")
		}
		if eve := to(sent, "eve@evil.example"); len(eve) != 0 {
			t.Errorf("an unproven one hears of it: %d mails", len(eve))
		}
		h.deliver(linkIn(t, asked[0], "Yes", mia))
		if h.customerCalled("Spectra Lab").ID != 0 {
			t.Error("a question that another one has replaced is answered")
		}
	})
}

// What is no name is answered with one line, and changes nothing; what another customer
// is called, or nearly, is for people, and nobody is told of that customer.
func TestOwnNameRefused(t *testing.T) {
	for name, c := range map[string]struct{ said, answer string }{
		"":                            {"", "There was no name"},
		strings.Repeat("Spectra ", 9): {"", "too long"},
		strings.Repeat("x", 61):       {"", "too long"},
		"https://evil.example":        {"", "Please write a name alone"},
		"evil.example":                {"", "Please write a name alone"},
		"Win at www.evil":             {"", "Please write a name alone"},
		"eve@evil.example":            {"", "Please write a name alone"},
		"<b>Spectra</b>":              {"", "Please write a name alone"},
		"Spectra\u202eLab":            {"", "Please write a name alone"},
		"{{.Name}}":                   {"", "Please write a name alone"},
		"!!!":                         {"", "Please write a name alone"},
		"🎉🎉🎉":                         {"", "Please write a name alone"},
		"Example Support":             {"", "a name of ours"},
		"IT Support":                  {"", "a name of ours"},
		"postmaster":                  {"", "a name of ours"},
		"Globex Ltd":                  {"people", ""},
		"globex":                      {"people", ""},
		"Nova Optics":                 {"people", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nearNames()...)
			_, link := h.nameLink(mia, name)
			got := h.deliver(link)
			if c := h.customerCalled("Acme Instruments AG"); c.Name != "Acme Instruments AG" {
				t.Fatalf("it is called %q", c.Name)
			}
			sent := h.flush()
			if c.said == "people" {
				if got.Outcome != ticket.OutcomeAppended || len(to(sent, "anna@example.com")) != 1 || !strings.Contains(to(sent, "anna@example.com")[0].read.Text, "another customer is called") {
					t.Errorf("%s", got.Outcome)
				}
				if out := toOutside(sent); len(out) != 0 {
					t.Errorf("the customer is told:\n%s", out[0].read.Text)
				}
				return
			}
			if len(sent) != 1 || !strings.Contains(sent[0].read.Text, c.answer) || got.Outcome != ticket.OutcomeAutomatic {
				t.Errorf("%s, %d mails", got.Outcome, len(sent))
			}
		})
	}
}

// Names change a few times a day at most.
func TestOwnNameTooOften(t *testing.T) {
	h := newHouse(t)
	_, link := h.nameLink(mia, "")
	for i, name := range []string{"One Lab", "Two Lab", "Three Lab", "Four Lab"} {
		m := link
		m.id, m.body = name[:3]+"@client.example.net", "Call us: "+name
		h.deliver(m)
		if done := h.customerCalled(name).ID != 0; done != (i < 3) {
			t.Errorf("%s: %t", name, done)
		}
		h.at(h.clock.Now().Add(time.Hour))
	}
}

// The link is offered to people of the customer alone, once, and where the desk wants it.
func TestOwnNameLine(t *testing.T) {
	for name, c := range map[string]struct {
		m    mail
		set  []string
		want bool
	}{
		"by domain":        {mail{}, nil, true},
		"known":            {mail{from: "Max <max@free.example>"}, nearNames(), true},
		"unknown":          {mail{from: pat}, nil, false},
		"claimed":          {mail{from: pat, body: "Help.\r\n\r\n-- \r\nGlobex Ltd"}, nil, false},
		"not proven":       {mail{client: stranger}, nil, false},
		"answer elsewhere": {mail{head: []string{"Reply-To: Paul <paul@acme.example>"}}, nil, false},
		"turned off":       {mail{}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, c.set...)
			if name == "turned off" {
				for i := range h.c.Desks {
					h.c.Desks[i].OwnName = false
				}
			}
			h.deliver(c.m)
			sent := h.flush()
			for _, m := range sent {
				n := strings.Count(m.read.Text, "Call%20us")
				if house := strings.HasSuffix(m.To[0], "@example.com"); house && n != 0 || !house && (n == 1) != c.want {
					t.Errorf("%s has the link %d times", m.To, n)
				}
			}
		})
	}
}

// An answer has the line at its end, when nobody else reads it.
func TestOwnNameInAnswers(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	h.deliver(mail{subject: "With a copy", head: []string{"Cc: Eve <eve@evil.example>"}})
	for i, want := range []int{1, 0} {
		notices := to(h.flush(), "anna@example.com")
		if i == 1 {
			notices = nil
		}
		for _, m := range h.sent {
			if slices.Contains(m.To, "anna@example.com") && strings.Contains(m.read.Subject, []string{"Printer", "With a copy"}[i]) {
				notices = []sentMail{m}
			}
		}
		h.deliver(notices[0].reply(anna, "Please clear the cache."))
		out := toOutside(h.flush())
		if len(out) != 1 || strings.Count(out[0].read.Text, "Call%20us") != want {
			t.Errorf("%d: %d mails", i, len(out))
		}
	}
}
