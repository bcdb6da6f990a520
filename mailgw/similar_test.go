package mailgw

import (
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

const rosa = "Rosa Blau <rosa@globex.example>"

// twoAlike lets Mia's matter be solved, and brings one like it from Rosa; it returns the notice about that.
func twoAlike(t *testing.T, h *house) sentMail {
	t.Helper()
	h.solvedBy(mail{from: mia, subject: "Label printer prints blank pages", id: "one@acme.example",
		body: "Since the update the label printer prints only blank pages. Our serial is 88412.\r\n\r\nMia Meier, Acme, +41 44 123 45 67"},
		"#solve\r\n\r\nHello Mia,\r\n\r\nplease calibrate the label sensor of Acme's printer 88412: hold the feed button for five seconds. Call +41 44 123 45 67 if it blinks.")
	h.deliver(mail{from: "Noa <noa@initech.example>", subject: "Invoice address", id: "two@initech.example", body: "Please change the invoice address of our account."})
	h.flush()
	h.finds("label", 1)
	h.deliver(mail{from: rosa, subject: "Blank pages", id: "three@globex.example", body: "Good morning, our label printer prints blank pages since the last update. What can we do?"})
	return h.noticeTo("anna@example.com")
}

// The notice about a new ticket shows what solved one like it, without whose it was; "#use" puts it
// into the answer of an agent who has seen it.
func TestSimilarSolutions(t *testing.T) {
	h := newHouse(t)
	notice := twoAlike(t, h)
	if !strings.Contains(notice.read.Text, "#1 ") || !strings.Contains(notice.read.Text, "hold the feed button for five seconds") {
		t.Fatalf("nothing similar is shown:\n%s", notice.read.Text)
	}
	for _, word := range []string{"Mia", "Acme", "acme", "88412", "123 45 67", "Meier"} {
		if strings.Contains(notice.read.Text, word) {
			t.Errorf("the notice says %q:\n%s", word, notice.read.Text)
		}
	}
	h.want(h.deliver(notice.reply(anna, "#use 1\r\n\r\nDoes that help?")), ticket.OutcomeAppended)
	sent := toOutside(h.flush())
	if len(sent) != 1 || !strings.Contains(sent[0].read.Text, "hold the feed button for five seconds") || !strings.Contains(sent[0].read.Text, "Does that help?") {
		t.Fatalf("%d mails left; %+v", len(sent), sent)
	}
	for _, word := range []string{"Mia", "Acme", "88412", "123 45 67", "#use"} {
		if strings.Contains(sent[0].read.Text, word) {
			t.Errorf("the customer reads %q:\n%s", word, sent[0].read.Text)
		}
	}
}

// A solution that the agent has not seen, or that is another one by now, stops the mail.
func TestUseRefused(t *testing.T) {
	for name, c := range map[string]struct {
		use    string
		before func(h *house)
	}{
		"never shown":         {"#use 2", func(*house) {}},
		"no such ticket":      {"#use 77", func(*house) {}},
		"this very ticket":    {"#use 3", func(*house) {}},
		"changed since":       {"#use 1", func(h *house) { h.solution(1, "Throw it away.") }},
		"not solved any more": {"#use 1", func(h *house) { h.do("ticket.set", SetArgs{Number: 1, Status: "open"}) }},
		"on another desk":     {"#use 1", func(h *house) { h.do("ticket.set", SetArgs{Number: 1, Desk: "billing"}) }},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			notice := twoAlike(t, h)
			c.before(h)
			h.flush()
			h.deliver(notice.reply(anna, c.use+"\r\n\r\nDoes that help?"))
			sent := h.flush()
			if out := toOutside(sent); len(out) != 0 {
				t.Fatalf("it went out:\n%s", out[0].read.Text)
			}
			if !slices.ContainsFunc(sent, func(m sentMail) bool { return m.To[0] == "anna@example.com" && strings.Contains(m.read.Text, c.use) }) {
				t.Errorf("Anna does not hear why: %d mails", len(sent))
			}
		})
	}
}

// What is not alike, on another desk, unsolved, or not what the customer was content with, is not shown.
func TestNothingSimilar(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *ticket.Ticket)
		body   string
	}{
		"another matter": {func(*ticket.Ticket) {}, "Please send us the invoice of October again, it was not in the mail."},
		"another desk":   {func(t *ticket.Ticket) { t.Desk = "billing" }, ""},
		"not solved":     {func(t *ticket.Ticket) { t.Status = ticket.Open }, ""},
		"it did not":     {func(t *ticket.Ticket) { t.Satisfaction = ticket.Unsatisfied }, ""},
		"merged away":    {func(t *ticket.Ticket) { t.Status, t.MovedTo = ticket.Closed, 2 }, ""},
	} {
		tk := ticket.Ticket{Number: 1, Desk: "support", Status: ticket.Solved, Solution: "Calibrate the sensor."}
		c.change(&tk)
		if solution, _ := solutionOf(&tk, nil); (solution == "") != (name == "not solved" || name == "it did not" || name == "merged away") {
			t.Errorf("%s: %q", name, solution)
		}
		if c.body == "" {
			continue
		}
		h := newHouse(t)
		twoAlike(t, h)
		h.finds("label printer good", 3)
		h.deliver(mail{from: "Kim <kim@hooli.example>", subject: "Invoice", id: "four@hooli.example", body: c.body})
		if text := h.noticeTo("anna@example.com").read.Text; strings.Contains(text, "feed button") {
			t.Errorf("%s: it is shown\n%s", name, text)
		}
	}
}

// solution keeps what solved a ticket, as "#solution" does.
func (h *house) solution(number uint64, words string) {
	h.t.Helper()
	tk := h.ticket(number)
	tk.Solution = words
	h.update(func(tx store.Tx) error { return tx.PutTicket(&tk) })
}

// "#solution" with words keeps them, alone those of the answer; what an agent says counts more than the
// last answer, and a content customer most.
func TestSolutionIsKept(t *testing.T) {
	for body, want := range map[string]string{
		"#solution Calibrate the sensor.\r\n\r\nDone.":              "Calibrate the sensor.",
		"#solve\r\n#solution\r\n\r\nHold the button.":               "Hold the button.",
		"#note\r\n#solution Change the cable.\r\n\r\nFor the house": "Change the cable.",
	} {
		h := newHouse(t)
		h.deliver(mail{from: mia})
		notice := h.noticeTo("anna@example.com")
		h.deliver(notice.reply(anna, body))
		if got := h.ticket(1).Solution; got != want {
			t.Errorf("%q keeps %q, want %q", body, got, want)
		}
	}
	answer := ticket.Entry{Seq: 2, Kind: ticket.MailOut, ByAgent: "anna@example.com", Text: "the first answer"}
	later := ticket.Entry{Seq: 4, Kind: ticket.MailOut, ByAgent: "anna@example.com", Text: "you are welcome"}
	for name, c := range map[string]struct {
		t     ticket.Ticket
		want  string
		trust int
	}{
		"the last answer":        {ticket.Ticket{Status: ticket.Solved}, "you are welcome", solvedByAnswer},
		"the one that asked":     {ticket.Ticket{Status: ticket.Closed, Closing: &ticket.Closing{Mails: []uint32{2}}}, "the first answer", solvedByAnswer},
		"an agent's own words":   {ticket.Ticket{Status: ticket.Solved, Solution: "this"}, "this", solvedByWords},
		"and a content customer": {ticket.Ticket{Status: ticket.Closed, Solution: "this", Satisfaction: ticket.Satisfied}, "this", solvedForSure},
	} {
		if got, trust := solutionOf(&c.t, []ticket.Entry{answer, later}); got != c.want || trust != c.trust {
			t.Errorf("%s: %q %d", name, got, trust)
		}
	}
}

func TestHide(t *testing.T) {
	tk := ticket.Ticket{Customer: "Acme Instruments AG", Requester: "Mia Meier <mia.meier@acme.example>", People: []string{"jo.stone@partner-firm.example"}}
	h := newHider(&tk, "Acme Instruments AG", []ticket.Entry{{Kind: ticket.MailIn, From: "Zoë Ång <z@acme.example>"}}, "our order 4711 of room 12")
	for text, want := range map[string]string{
		"Hello Mia, hello ZOË":                         "Hello …, hello …",
		"Acme's and INSTRUMENTS, meier":                "…'s and …, …",
		"write to help@acme.example or www.acme.org/x": "write to … or …",
		"order 4711, port 8080, error 0x80, room 12":   "order …, port 8080, error 0x80, room 12",
		"call +41 44 123 45 67 or 0441234567":          "call … or …",
		"the Stones of AG and the partner":             "the … of AG and the …",
	} {
		if got := h.text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := suggested("Hello …,\n\nplease restart it.\nThen wait."); got != "please restart it. Then wait." {
		t.Errorf("%q", got)
	}
	if got := suggested(strings.Repeat("One sentence. ", 40)); len(got) > maxSuggested || !strings.HasSuffix(got, "sentence.") {
		t.Errorf("%q", got)
	}
	for s, want := range map[string]uint64{"12": 12, "#12": 12, "0": 0, "install": 0, "-1": 0, "12a": 0} {
		if n, ok := ticketNumber(s); n != want || ok != (want != 0) {
			t.Errorf("%q is %d, %v", s, n, ok)
		}
	}
}
