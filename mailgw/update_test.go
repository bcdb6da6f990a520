package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// newsHouse is a house whose level says how long nobody is left without news.
func newsHouse(t *testing.T, set ...string) *house {
	t.Helper()
	h := newHouse(t, set...)
	for i := range h.c.Levels {
		h.c.Levels[i].Update = 4 * time.Hour
	}
	for i := range h.c.Desks {
		h.c.Desks[i].AskNextStep = true
	}
	h.reopen()
	return h
}

// asking are those mails that ask for the next step.
func asking(list []sentMail) (out []sentMail) {
	for _, m := range list {
		if strings.Contains(m.read.Subject, "No time for the next step") {
			out = append(out, m)
		}
	}
	return out
}

// An agent whose first answer has left without a time is asked, once; their time goes
// to the customer in their name.
func TestNextStepIsAsked(t *testing.T) {
	for name, c := range map[string]struct {
		words string
		asks  bool
	}{
		"without a time":     {"We look into it.", true},
		"with a time":        {"I'll get back to you by 3 pm.", false},
		"perhaps a time":     {"Hopefully I'll get back to you by 3 pm.", false},
		"a typed time":       {"#promise fri 12:00\r\nWe look into it.", false},
		"solved":             {"#solve\r\nIt is mended.", false},
		"a question":         {"Could you send us the log?\r\n\r\nThanks\r\nAnna", false},
		"a question, higher": {"Did you see it?\r\nWe did.\r\nIt is there.\r\nWe look into it.\r\nThank you.\r\nIt may be the cable.", true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, "desk.support.ask_next_step=true")
			customer, clock := h.answers(c.words)
			if asks := asking(clock); len(asks) > 1 || (len(asks) == 1) != c.asks || len(customer) != 1 {
				t.Fatalf("asked %d times", len(asks))
			}
			if !c.asks {
				return
			}
			h.reopen()
			h.at(monday.Add(time.Minute))
			h.deliver(asking(clock)[0].reply(anna, "fri 12:00"))
			sent := h.flush()
			if got := recipients(sent); got != "anna@example.com mia@acme.example" && got != "anna@example.com mia@acme.example tom@acme.example" {
				t.Fatalf("told %s", got)
			}
			for _, m := range sent {
				if m.To[0] == "anna@example.com" {
					continue
				}
				if !strings.HasPrefix(m.read.Text, "You will hear from me again by 12:00 on Friday, 17 July (CEST).") || m.read.From[0].Name != "Anna Keller" || len(asking(sent)) > 0 {
					t.Errorf("from %s: %s", m.read.From, m.read.Text)
				}
			}
			p := h.owed(1, promise.Update)
			if len(p) != 1 || !p[0].Told || p[0].State != promise.Open || p[0].Agent != "anna@example.com" || h.ticket(1).Status != ticket.Open {
				t.Errorf("%+v; the ticket is %s", p, h.ticket(1).Status)
			}
			// A second answer without a time is not asked about: the level has no such target.
			h.at(monday.Add(2 * time.Minute))
			if _, err := ask(t, &Admin{local: h.Gateway}, "ticket.reply", ReplyArgs{Number: 1, As: "anna@example.com", Text: "Found it."}); err != nil {
				t.Fatal(err)
			}
			if again := asking(h.flush()); len(again) != 0 {
				t.Error("asked again")
			}
		})
	}
}

// Nobody is asked when the desk does not want it; a reply "no" tells nobody anything.
func TestNextStepIsNotAskedByItself(t *testing.T) {
	h := newHouse(t, "desk.support.ask_next_step=false")
	if _, clock := h.answers("We look into it."); len(asking(clock)) != 0 {
		t.Error("asked")
	}
	h = newHouse(t, "desk.support.ask_next_step=true")
	_, clock := h.answers("We look into it.")
	h.deliver(asking(clock)[0].reply(anna, "no"))
	if sent := h.flush(); len(sent) != 0 || h.ticket(1).Status != ticket.Pending {
		t.Errorf("told %s, the ticket is %s", recipients(sent), h.ticket(1).Status)
	}
}

// At night nobody is asked; in the morning only when it still is the question.
func TestNextStepIsAskedByDay(t *testing.T) {
	night := monday.Add(12 * time.Hour)
	morning := time.Date(2026, 7, 14, 7, 0, 0, 0, time.UTC) // 09:00 in Zurich
	for name, c := range map[string]struct {
		meanwhile func(h *house)
		asked     int
	}{
		"nothing":      {func(*house) {}, 1},
		"another word": {func(h *house) { h.mustReply(t, "And it is the cable.") }, 1}, // for the last one
		"solved": {func(h *house) {
			if _, err := ask(t, &Admin{local: h.Gateway}, "ticket.set", SetArgs{Number: 1, Status: "solved"}); err != nil {
				t.Fatal(err)
			}
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newsHouse(t)
			h.at(night)
			h.deliver(mail{subject: "Export"})
			h.flush()
			h.mustReply(t, "We look into it.")
			if sent := asking(h.flushDue()); len(sent) != 0 {
				t.Errorf("asked at night: %d", len(sent))
			}
			h.reopen()
			h.at(night.Add(time.Minute))
			c.meanwhile(h)
			h.flushDue()
			h.at(morning)
			if sent := asking(h.flush()); len(sent) != c.asked {
				t.Errorf("asked %d times in the morning", len(sent))
			}
		})
	}
}

// mustReply answers ticket 1 at the command line.
func (h *house) mustReply(t *testing.T, words string) {
	t.Helper()
	if _, err := ask(t, &Admin{local: h.Gateway}, "ticket.reply", ReplyArgs{Number: 1, As: "anna@example.com", Text: words}); err != nil {
		t.Fatal(err)
	}
}

// A customer who waits hears how it stands when no word has gone out for as long as the
// level allows: from the events, once, with a time that is watched in its turn.
func TestNewsWhileWaiting(t *testing.T) {
	h := newsHouse(t)
	first := h.deliver(mail{subject: "Export", from: "Gil Globe <gil@globex.example>"}) // standard: 8 hours, 10:00 is 2 hours before lunch at no desk here
	h.flush()
	clock := h.owed(1, promise.Update)
	if len(clock) != 1 || clock[0].Told || h.ticket(1).PromiseID != first.ticket.PromiseID {
		t.Fatalf("the clock until news is %+v", clock)
	}
	if _, err := ask(t, &Admin{local: h.Gateway}, "ticket.set", SetArgs{Number: 1, Assignee: "anna@example.com"}); err != nil {
		t.Fatal(err)
	}
	h.reopen()
	if sent := to(h.tickTo(clock[0].DueAt.Add(-time.Second)), "gil@globex.example"); len(sent) != 0 {
		t.Fatalf("told too early: %s", sent[0].read.Text)
	}
	sent := to(h.tickTo(clock[0].DueAt), "gil@globex.example")
	if len(sent) != 1 {
		t.Fatalf("told %d times", len(sent))
	}
	text := sent[0].read.Text
	told := h.ticket(1).PromiseDue.In(h.settings.Load().zone(h.settings.Load().desk("support"))).Format("15:04")
	if !strings.Contains(text, "Anna Keller has been on it since 10:00.") || !strings.Contains(text, "You will hear more from us\n    by "+told) || sent[0].From != "" || sent[0].read.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("the customer reads\n%s", text)
	}
	rows := h.owed(1, promise.Update)
	if rows[0].State != promise.Broken || len(rows) != 2 || rows[1].Told || rows[1].State != promise.Open { // the answer's own time stood: no new promise
		t.Errorf("the ledger has %+v", rows)
	}
	if p := h.owed(1, promise.First); p[0].State != promise.Open {
		t.Errorf("a mail by itself has settled the promise of an answer: %+v", p[0])
	}
	// An answer ends it, and while the customer is waited for the clock stands still.
	n := h.sent[slices.IndexFunc(h.sent, func(m sentMail) bool { return m.To[0] == "anna@example.com" })]
	h.deliver(n.reply(anna, "Which printer is it?"))
	h.flush()
	if rows := h.owed(1, promise.Update); rows[1].State != promise.Kept || len(rows) != 2 {
		t.Errorf("after an answer the ledger has %+v", rows)
	}
	if sent := to(h.tickTo(h.clock.Now().Add(10*24*time.Hour)), "gil@globex.example"); len(sent) != 0 {
		t.Errorf("told while we wait for them: %s", sent[0].read.Text)
	}
}

// Words that went out meanwhile put the clock off, and who has promised a time is not
// overtaken by it.
func TestNewsNotAfterWords(t *testing.T) {
	h := newsHouse(t)
	h.deliver(mail{subject: "Export", from: "Gil Globe <gil@globex.example>"})
	h.flush()
	h.at(monday.Add(time.Hour))
	h.mustReply(t, "I'll get back to you by 6 pm.") // after the desk has closed
	h.flush()
	end := time.Date(2026, 7, 13, 15, 59, 0, 0, time.UTC)
	h.tickTo(end.Add(-2 * time.Hour))
	if p := h.owed(1, promise.Update); len(p) != 2 || p[0].State != promise.Kept || p[1].State != promise.Open || p[1].Told {
		t.Errorf("the ledger has %+v", p)
	}
	// Nothing comes: the customer hears so before the time that they were told, once.
	sent := to(h.tickTo(end), "gil@globex.example")
	if len(sent) != 1 || !strings.Contains(sent[0].read.Text, "You were to hear from us by 18:00 today") || !strings.Contains(sent[0].read.Text, "Anna Keller has been on it since 11:00") {
		t.Fatalf("told %d times: %+v", len(sent), sent)
	}
	p := h.owed(1, promise.ByAgent)
	if len(p) != 2 || p[0].State != promise.Open || p[0].Announced.IsZero() || p[1].Late != 1 || !p[1].Told || p[1].Mail != sent[0].read.MessageID {
		t.Errorf("the ledger has %+v", p)
	}
	// Who says that it is done ends both.
	clock := h.sent[slices.IndexFunc(h.sent, func(m sentMail) bool { return strings.HasPrefix(m.read.Subject, "Noted") })]
	h.deliver(clock.reply(anna, "done"))
	h.noCustomer(h.flush())
	if p := h.owed(1, promise.ByAgent); p[0].State != promise.Kept || p[1].State != promise.Kept {
		t.Errorf("after “done” the ledger has %+v", p)
	}
}

// Who is a machine, unproven or forged hears no more than acknowledgements tell.
func TestNewsForWhom(t *testing.T) {
	for name, c := range map[string]struct {
		m     mail
		set   []string
		told  bool
		shows bool
	}{
		"proven":   {mail{from: "Gil Globe <gil@globex.example>", subject: "QEXPORT"}, nil, true, true},
		"stranger": {mail{from: "Buy Pills <x@stranger.example>", client: stranger, subject: "QEXPORT"}, nil, true, false},
		"stranger, and the desk is silent": {
			mail{from: "x@stranger.example", client: stranger}, []string{`desk.support.unproven_sender="silent"`}, false, false,
		},
		"a daemon": {mail{from: "noreply@globex.example"}, nil, false, false},
		"a list":   {mail{from: "Gil Globe <gil@globex.example>", head: []string{"List-Id: <x.globex.example>"}}, nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newsHouse(t, c.set...)
			h.deliver(c.m)
			h.flush()
			clock := h.owed(1, promise.Update)
			if len(clock) != 1 {
				t.Fatalf("%+v", clock)
			}
			var told []sentMail
			for _, m := range h.tickTo(clock[0].DueAt) {
				if m.To[0] == letter.ParseAddress(c.m.from).Addr && strings.Contains(m.read.Text, "Nobody has taken up your mail yet.") {
					told = append(told, m)
				}
			}
			if (len(told) == 1) != c.told || len(told) > 1 {
				t.Fatalf("told %d times", len(told))
			}
			if c.told && (strings.Contains(string(told[0].Bytes), "QEXPORT") != c.shows || strings.Contains(string(told[0].Bytes), "Pills")) {
				t.Errorf("shows\n%s", told[0].Bytes)
			}
		})
	}
}

// The customer reads to whom their mail was passed.
func TestNewsOfAnotherDesk(t *testing.T) {
	h := newsHouse(t)
	h.deliver(mail{from: "Gil Globe <gil@globex.example>"})
	h.flush()
	h.at(monday.Add(5 * time.Minute))
	if _, err := ask(t, &Admin{local: h.Gateway}, "ticket.set", SetArgs{Number: 1, Desk: "billing"}); err != nil {
		t.Fatal(err)
	}
	h.flush()
	sent := to(h.tickTo(h.owed(1, promise.Update)[0].DueAt), "gil@globex.example")
	if len(sent) != 1 || !strings.Contains(sent[0].read.Text, "Your mail was passed on to Example Billing (10:05); nobody has taken it up there yet.") {
		t.Errorf("told %d times: %+v", len(sent), sent)
	}
}

// A call that was promised before the matter was solved is waited for by nobody; one
// that was promised in the words that solved it is.
func TestSolvedBeforeTheTime(t *testing.T) {
	for name, c := range map[string]struct {
		first, second string // answers; "" for none
		state         promise.State
	}{
		"solved later":            {"I will call you by 3 pm.", "#solve\r\nIt is mended.", promise.Withdrawn},
		"solved in the same mail": {"#solve\r\nIt is mended. I will call you by 3 pm.", "", promise.Broken},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.answers(c.first)
			if c.second != "" {
				h.at(monday.Add(time.Minute))
				n := h.sent[slices.IndexFunc(h.sent, func(m sentMail) bool { return m.To[0] == "anna@example.com" })]
				h.deliver(n.reply(anna, c.second))
				h.flush()
			}
			sent := to(h.tickTo(time.Date(2026, 7, 13, 13, 0, 0, 0, time.UTC)), "mia@acme.example")
			if p := h.owed(1, promise.Callback); p[0].State != c.state || (len(sent) > 0) != (c.state == promise.Broken) {
				t.Errorf("%s: %s; %d mails", p[0].State, p[0].Why, len(sent))
			}
		})
	}
}

// News that a mail by itself promised are announced once before they break, and are
// not told again when they do; the clock of the house goes on behind them.
func TestPromisedNewsBreakOnce(t *testing.T) {
	h := newsHouse(t)
	h.deliver(mail{subject: "Export", from: "Gil Globe <gil@globex.example>"})
	h.flush()
	var told []time.Time
	for range 200 {
		next := h.lookUntilQuiet(h.clock.Now())
		for _, m := range to(h.flush(), "gil@globex.example") {
			told = append(told, h.clock.Now())
			if len(told) > 1 && !h.clock.Now().After(told[len(told)-2]) {
				t.Fatalf("told twice at %s: %s", h.clock.Now(), m.read.Text)
			}
		}
		if next.IsZero() || next.After(monday.Add(4*24*time.Hour)) {
			break
		}
		h.at(next)
	}
	for _, p := range h.owed(1, promise.First, promise.Update) {
		if p.Told && p.State == promise.Broken && (p.Announced.IsZero() || !p.Announced.Before(p.DueAt)) {
			t.Errorf("broken, and announced at %s: %+v", p.Announced, p)
		}
	}
	rows := h.owed(1, promise.Update)
	if len(told) < 2 || len(told) > len(h.owed(1, promise.First, promise.Update)) {
		t.Errorf("told at %s with %d rows", told, len(rows))
	}
}

// By when they hear more is only what they were told, and what still holds.
func TestToldAlready(t *testing.T) {
	row := func(told bool, state promise.State, due, announced time.Duration) promise.Promise {
		p := promise.Promise{Told: told, State: state, DueAt: monday.Add(due)}
		if announced > 0 {
			p.Announced = monday.Add(announced)
		}
		return p
	}
	o := &overdue{round: &round{now: monday}}
	all := []promise.Promise{
		row(false, promise.Open, time.Hour, 0), row(true, promise.Kept, 2*time.Hour, 0), row(true, promise.Open, -time.Hour, 0),
		row(true, promise.Open, 3*time.Hour, time.Hour), row(true, promise.Open, 5*time.Hour, 0), row(true, promise.Open, 4*time.Hour, 0),
	}
	if got := o.toldAlready(all); !got.Equal(monday.Add(4 * time.Hour)) {
		t.Errorf("told %s", got)
	}
	if got := o.toldAlready(all[:4]); !got.IsZero() {
		t.Errorf("told %s", got)
	}
}

// A row of the house's own clock is one that nobody was told.
func TestIsUpdateClock(t *testing.T) {
	for kind, told := range map[promise.Kind]bool{promise.Update: true, promise.First: false, promise.Next: true} {
		if o := (&overdue{p: promise.Promise{Kind: kind, Told: told}}); o.isUpdateClock() {
			t.Errorf("%s, told: %v", kind, told)
		}
	}
	if o := (&overdue{p: promise.Promise{Kind: promise.Update}}); !o.isUpdateClock() {
		t.Error("the clock until news is none")
	}
}

// While an answer is owed, or news was promised, the clock until news reminds nobody
// beside it: its reminders would be a second series about the same ticket.
func TestNewsClockIsSilentBesideAPromise(t *testing.T) {
	h := newsHouse(t)
	first := h.deliver(mail{subject: "Export"}) // premium: 2 hours, and 4 until news
	h.do("ticket.set", SetArgs{Number: 1, Assignee: "anna@example.com"})
	h.flush()
	// Half, most, nearly, and that the customer was told.
	if got := to(h.tickTo(first.ticket.PromiseDue), "anna@example.com"); len(got) != 4 {
		t.Errorf("Anna got %d mails about an answer that is owed", len(got))
	}
	h = newsHouse(t)
	h.answers("I'll get back to you by Friday at 12:00.")
	clock := h.owed(1, promise.Update)
	last := clock[len(clock)-1]
	if got := h.tickTo(last.DueAt); len(got) != 0 {
		t.Errorf("%d mails about news, to %s, before half of the time that was promised", len(got), recipients(got))
	}
}
