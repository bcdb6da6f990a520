package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// owed are the rows of the ledger of a ticket of some kinds, in the order of their making.
func (h *house) owed(number uint64, kinds ...promise.Kind) (out []promise.Promise) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		list, err := r.TicketPromises(number)
		for _, p := range list {
			if slices.Contains(kinds, p.Kind) {
				out = append(out, p)
			}
		}
		return err
	})
	return out
}

// answers lets an agent answer ticket 1, and returns what left: what the customer
// got, and what the agent did.
func (h *house) answers(words string) (customer, clock []sentMail) {
	h.t.Helper()
	h.deliver(mail{subject: "Export", head: []string{"Cc: tom@acme.example"}})
	n := h.noticeTo("anna@example.com")
	h.want(h.deliver(n.reply(anna, words)), ticket.OutcomeAppended)
	sent := append(h.flushDue(), h.flush()...) // what follows from leaving leaves, too
	clock = to(sent, "anna@example.com")
	for _, m := range sent {
		if slices.Contains(m.To, "mia@acme.example") {
			customer = append(customer, m)
		}
	}
	return customer, clock
}

// noCustomer fails when anything left for anybody but Anna.
func (h *house) noCustomer(sent []sentMail) {
	h.t.Helper()
	for _, m := range sent {
		if len(m.To) != 1 || m.To[0] != "anna@example.com" {
			h.t.Errorf("%q went to %s:\n%s", m.read.Subject, m.To, m.read.Text)
		}
	}
}

// What an agent promises in an answer is noted, said back to them, and watched; the
// answer itself does not keep it.
func TestAgentsWords(t *testing.T) {
	h := newHouse(t)
	customer, clock := h.answers("Thank you. I'll get back to you by 3 pm.")
	if len(customer) != 1 || strings.Contains(customer[0].read.Text, "hear from me") {
		t.Errorf("the customer got %d mails", len(customer))
	}
	if len(clock) != 1 || !strings.Contains(clock[0].read.Subject, "15:00 today, Monday 13 July (CEST)") || !strings.Contains(clock[0].read.Text, "I'll get back to you by 3 pm") {
		t.Fatalf("the agent got %d mails: %+v", len(clock), clock)
	}
	p := h.owed(1, promise.ByAgent)
	at := time.Date(2026, 7, 13, 13, 0, 0, 0, time.UTC)
	if len(p) != 1 || !p[0].Told || p[0].State != promise.Open || !p[0].DueAt.Equal(at) || p[0].Agent != "anna@example.com" || p[0].Mail != customer[0].read.MessageID || !strings.Contains(p[0].Words, "3 pm") {
		t.Fatalf("the ledger has %+v", p)
	}
	if first := h.owed(1, promise.First); first[0].State != promise.Kept {
		t.Errorf("the first answer is %s", first[0].State)
	}
	if tk := h.ticket(1); tk.Status != ticket.Open || tk.PromiseID != p[0].ID || !tk.PromiseDue.Equal(at) || tk.PromiseIs != "open" || !tk.Told {
		t.Errorf("the ticket is %+v", tk)
	}
	// The next answer keeps it.
	h.reopen()
	h.at(monday.Add(time.Hour))
	n := h.replyTo(t, h.deliver(mail{subject: "Re: Export", head: []string{"In-Reply-To: <" + customer[0].read.MessageID + ">"}}))
	h.deliver(n.reply(anna, "It is mended."))
	h.flush()
	if p := h.owed(1, promise.ByAgent); p[0].State != promise.Kept || h.ticket(1).Status != ticket.Pending || h.ticket(1).PromiseIs != "kept" {
		t.Errorf("%+v; the ticket %+v", p[0], h.ticket(1))
	}
}

// replyTo is Anna's notice of a mail that was delivered.
func (h *house) replyTo(t *testing.T, a arrived) sentMail {
	t.Helper()
	h.want(a, ticket.OutcomeAppended)
	return h.noticeTo("anna@example.com")
}

// A reply to what an agent is told of a time stays in the house, whatever it says.
func TestReplyAboutATime(t *testing.T) {
	friday := time.Date(2026, 7, 17, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		words string
		state promise.State // of the first row
		next  time.Time     // of a second row; zero: none
		says  string        // what the agent hears; "" is nothing
	}{
		"no":                  {"no", promise.Withdrawn, time.Time{}, ""},
		"nein":                {"Nein.\r\n\r\nGruss, Anna", promise.Withdrawn, time.Time{}, ""},
		"non":                 {"non !", promise.Withdrawn, time.Time{}, ""},
		"done":                {"done", promise.Kept, time.Time{}, ""},
		"erledigt":            {"Erledigt!", promise.Kept, time.Time{}, ""},
		"another time":        {"fri 12:00", promise.Withdrawn, friday, "12:00 on Friday, 17 July"},
		"no, another time":    {"no, fri 12:00", promise.Withdrawn, friday, "12:00 on Friday, 17 July"},
		"no time":             {"The customer is an idiot.", promise.Open, time.Time{}, "The customer is an idiot"},
		"a command":           {"#note zebra", promise.Open, time.Time{}, "zebra"},
		"a time that is over": {"2020-01-01 10:00", promise.Open, time.Time{}, "not understood"},
		"nothing":             {"", promise.Open, time.Time{}, "not understood"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			_, clock := h.answers("I'll get back to you by 3 pm.")
			h.reopen()
			h.want(h.deliver(clock[0].reply(anna, c.words)), ticket.OutcomeAppended)
			sent := h.flush()
			h.noCustomer(sent)
			rows := h.owed(1, promise.ByAgent)
			if rows[0].State != c.state || len(rows) > 1 != !c.next.IsZero() {
				t.Fatalf("the ledger has %+v", rows)
			}
			said := ""
			for _, m := range sent {
				said += m.read.Subject + m.read.Text
			}
			if (c.says == "") != (len(sent) == 0) || !strings.Contains(said, c.says) {
				t.Errorf("the agent heard %q", said)
			}
			tk := h.ticket(1)
			if c.state == promise.Kept && (len(rows[0].KeptBy) != 1 || !strings.HasPrefix(rows[0].KeptBy[0], "m")) {
				t.Errorf("kept by %q", rows[0].KeptBy)
			}
			if !c.next.IsZero() {
				if !rows[1].DueAt.Equal(c.next) || rows[0].Why != "moved by agent" || tk.PromiseID != rows[1].ID || tk.PromiseIs != "open" {
					t.Fatalf("moved to %+v, the ticket %+v", rows[1], tk)
				}
				h.deliver(clock[0].reply(anna, "no")) // the mail of before goes on being about it
				h.noCustomer(h.flush())
				if rows := h.owed(1, promise.ByAgent); rows[1].State != promise.Withdrawn {
					t.Errorf("the moved one is %s", rows[1].State)
				}
				return
			}
			if tk.PromiseIs != string(c.state) {
				t.Errorf("the ticket shows %s", tk.PromiseIs)
			}
		})
	}
}

// The address in a mail about a time is no way in for anybody else, and words to it
// go to no customer, whatever else they are sent to.
func TestTimeAddressIsTheAgents(t *testing.T) {
	for name, attack := range map[string]func(h *house, clock, notice *sentMail) mail{
		"a customer of the ticket": func(_ *house, clock, _ *sentMail) mail { return clock.reply("Mia Meier <mia@acme.example>", "no") },
		"a stranger": func(_ *house, clock, _ *sentMail) mail {
			m := clock.reply("Eve <eve@stranger.example>", "no")
			m.client = stranger
			return m
		},
		"in the agent's name": func(_ *house, clock, _ *sentMail) mail {
			m := clock.reply(anna, "no")
			m.client = stranger
			return m
		},
		"a colleague": func(_ *house, clock, _ *sentMail) mail {
			return clock.reply("Ben Ortiz <ben@example.com>", "fri 12:00")
		},
		"the agent, to both addresses": func(_ *house, clock, notice *sentMail) mail {
			m := notice.reply(anna, "fri 12:00 is what I noted, she is an idiot")
			m.rcpt = append(m.rcpt, clock.read.ReplyTo[0].Addr)
			return m
		},
		"the agent's absence note": func(_ *house, clock, _ *sentMail) mail {
			m := clock.reply(anna, "no")
			m.head = append(m.head, "Auto-Submitted: auto-replied")
			return m
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{subject: "Export"})
			notice := h.noticeTo("anna@example.com")
			h.deliver(notice.reply(anna, "I'll get back to you by 3 pm."))
			clock := h.noticeTo("anna@example.com")
			h.deliver(attack(h, &clock, &notice))
			for _, m := range h.flush() {
				if m.From != "" && slices.Contains(m.To, "mia@acme.example") && strings.Contains(m.read.Text, "idiot") || strings.Contains(m.read.Text, clock.read.ReplyTo[0].Addr) && !strings.HasSuffix(m.To[0], "@example.com") {
					t.Errorf("%s got\n%s", m.To, m.read.Text)
				}
			}
			if p := h.owed(1, promise.ByAgent, promise.Update); len(p) != 1 || p[0].State != promise.Open {
				t.Errorf("the ledger has %+v", p)
			}
		})
	}
}

// A customer never reads the address: it is cut from what an agent quotes.
func TestTimeAddressStaysInTheHouse(t *testing.T) {
	h := newHouse(t)
	_, clock := h.answers("I'll get back to you by 3 pm.")
	h.deliver(mail{subject: "Re: Export", head: []string{"In-Reply-To: <" + h.sent[len(h.sent)-2].read.MessageID + ">"}})
	n := h.noticeTo("anna@example.com")
	h.deliver(n.reply(anna, "See below.\r\n\r\nReply-To: "+clock[0].read.ReplyTo[0].Addr+"\r\n"+clock[0].read.ReplyTo[0].Addr))
	for _, m := range h.flush() {
		if slices.Contains(m.To, "mia@acme.example") && strings.Contains(string(m.Bytes), letterAddr(clock[0].read.ReplyTo[0].Addr)) {
			t.Errorf("%s", m.Bytes)
		}
	}
}

// #promise tells the customer the time, at the end of the answer or in a line of its own.
func TestPromiseCommand(t *testing.T) {
	const line = "You will hear from me again by 12:00 on Friday, 17 July (CEST)."
	for name, c := range map[string]struct {
		words, text string // of the agent, of the customer's mail
		rows        int
		told        string // what the agent hears
	}{
		"with words":          {"#promise fri 12:00\r\nWe look into it.", "We look into it.\n\n" + line, 1, "Promised: by 12:00 on Friday"},
		"alone":               {"#promise fri 12:00", line, 1, "Promised: by 12:00 on Friday"},
		"and words of a time": {"#promise fri 12:00\r\nI'll get back to you by 3 pm.", "I'll get back to you by 3 pm.\n\n" + line, 1, "Promised: by 12:00 on Friday"},
		"no time":             {"#promise soon\r\nWe look into it.", "We look into it.", 0, "#promise soon"},
		"nothing behind it":   {"#promise\r\nWe look into it.", "We look into it.", 0, "#promise"},
		"no time, no words":   {"#promise soon", "", 0, "#promise soon"},
		"a note":              {"#note zebra\r\n#promise fri 12:00", "", 0, "#promise fri 12:00"},
		"below the words":     {"We look into it.\r\n#promise fri 12:00", "We look into it.\n\n" + line, 1, "Promised: by 12:00 on Friday"},
		"among the words":     {"We look into it.\r\n#promise fri 12:00\r\nBye", "", 0, "#promise fri 12:00"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			customer, clock := h.answers(c.words)
			if (c.text == "") != (len(customer) == 0) {
				t.Fatalf("the customer got %d mails", len(customer))
			}
			if c.text != "" && !strings.HasPrefix(strings.ReplaceAll(customer[0].read.Text, "\r", ""), c.text+"\n") {
				t.Errorf("the customer reads\n%s", customer[0].read.Text)
			}
			if p := h.owed(1, promise.ByAgent); len(p) != c.rows || c.rows == 1 && p[0].Mail != customer[0].read.MessageID {
				t.Errorf("the ledger has %+v", p)
			}
			said := ""
			for _, m := range clock {
				said += m.read.Subject + m.read.Text
			}
			if !strings.Contains(said, c.told) {
				t.Errorf("the agent heard %q", said)
			}
			if c.rows == 1 { // who drops it hears that the customer knows
				h.deliver(clock[len(clock)-1].reply(anna, "no"))
				if sent := h.flush(); len(sent) != 1 || sent[0].To[0] != "anna@example.com" || !strings.Contains(sent[0].read.Text, "please write to them") {
					t.Errorf("%+v", sent)
				}
			}
		})
	}
}

// What is not sure is asked, and nothing is noted before it is answered.
func TestUnsureTimeIsAsked(t *testing.T) {
	h := newHouse(t)
	customer, clock := h.answers("Hopefully I'll get back to you by 3 pm.")
	if len(customer) != 1 || len(clock) != 1 || !strings.Contains(clock[0].read.Subject, "Did you promise a time?") {
		t.Fatalf("%d and %d mails: %+v", len(customer), len(clock), clock)
	}
	if p := h.owed(1, promise.ByAgent); len(p) != 0 || h.ticket(1).Status != ticket.Pending {
		t.Fatalf("noted %+v", p)
	}
	h.reopen()
	h.deliver(clock[0].reply(anna, "fri 12:00"))
	h.noCustomer(h.flush())
	if p := h.owed(1, promise.ByAgent); len(p) != 1 || !p[0].Told || h.ticket(1).Status != ticket.Open {
		t.Errorf("%+v, the ticket is %s", p, h.ticket(1).Status)
	}
}

// The answer that says a time is refused or dropped: nobody was promised anything.
func TestUndeliveredTimeIsWithdrawn(t *testing.T) {
	for name, lose := range map[string]func(h *house){
		"refused": func(h *house) {
			h.refuse = refusing(outbox.Failure{Reply: "550 5.1.1 no", Code: 550, Enhanced: [3]int{5, 1, 1}, Permanent: true}, "mia@acme.example")
		},
		"dropped": func(h *house) {
			for id, row := range h.rows() {
				if row.Kind == ticket.Answer {
					if _, err := h.rowsCommand("outbox.drop", RowsArgs{IDs: []string{id.String()}}); err != nil {
						h.t.Fatal(err)
					}
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{subject: "Export"})
			n := h.noticeTo("anna@example.com")
			h.deliver(n.reply(anna, "I'll get back to you by 3 pm."))
			lose(h)
			h.flush()
			p := h.owed(1, promise.ByAgent)
			if len(p) != 1 || p[0].State != promise.Withdrawn || p[0].Why == "" {
				t.Errorf("%+v", p)
			}
			if tk := h.ticket(1); tk.Status != ticket.Open || tk.PromiseID == p[0].ID || tk.PromiseIs != "open" {
				t.Errorf("the ticket is %+v", tk)
			}
		})
	}
}

// A call is not kept by a mail; an answer at the command line is read as well.
func TestCallbackAndCommand(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "Export"})
	h.flush()
	if _, err := ask(t, &Admin{local: h.Gateway}, "ticket.reply", ReplyArgs{Number: 1, As: "anna@example.com", Text: "I will call you by 3 pm."}); err != nil {
		t.Fatal(err)
	}
	clock := to(h.flush(), "anna@example.com")
	p := h.owed(1, promise.Callback)
	if len(clock) != 1 || len(p) != 1 || h.ticket(1).Status != ticket.Open {
		t.Fatalf("%d mails, %+v", len(clock), p)
	}
	h.at(monday.Add(time.Minute))
	if _, err := ask(t, &Admin{local: h.Gateway}, "ticket.reply", ReplyArgs{Number: 1, As: "anna@example.com", Text: "Here is the log."}); err != nil {
		t.Fatal(err)
	}
	h.flush()
	if p = h.owed(1, promise.Callback); p[0].State != promise.Open {
		t.Errorf("a mail kept a call: %+v", p[0])
	}
	h.deliver(clock[0].reply(anna, "called"))
	h.noCustomer(h.flush())
	if p = h.owed(1, promise.Callback); p[0].State != promise.Kept || len(p[0].KeptBy) != 1 {
		t.Errorf("%+v", p[0])
	}
}

// What an agent promised for Friday is no answer to what the customer writes today: a
// clock that nobody is told runs until that, beside the promise.
func TestWordsBesideAPromise(t *testing.T) {
	h := newHouse(t)
	customer, _ := h.answers("I'll get back to you by Friday at 12:00.")
	h.at(monday.Add(time.Hour))
	a := h.want(h.deliver(mail{subject: "Re: Export", head: []string{"In-Reply-To: <" + customer[0].read.MessageID + ">"}}), ticket.OutcomeAppended)
	next := h.owed(1, promise.Next)
	if a.ack != nil || len(next) != 1 || next[0].Told || next[0].State != promise.Open || h.ticket(1).PromiseID != h.owed(1, promise.ByAgent)[0].ID {
		t.Fatalf("%+v; acknowledged %v; the ticket %+v", next, a.ack != nil, h.ticket(1))
	}
	n := h.noticeTo("anna@example.com")
	h.deliver(mail{subject: "Re: Export", body: "And it is slow.", head: []string{"In-Reply-To: <" + customer[0].read.MessageID + ">"}})
	h.deliver(n.reply(anna, "We look into it."))
	h.flush()
	if next := h.owed(1, promise.Next); len(next) != 1 || next[0].State != promise.Kept {
		t.Errorf("%+v", next)
	}
}
