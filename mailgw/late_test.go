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

// tick sets the clock, does what is due, and returns what left.
func (h *house) tick(at time.Time) []sentMail {
	h.t.Helper()
	h.at(at)
	h.lookUntilQuiet(at)
	return h.flush()
}

func recipients(list []sentMail) string {
	var out []string
	for _, m := range list {
		out = append(out, m.To...)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// Before a promise breaks somebody is woken; when it will break, the customer
// hears so from us first, with a new time. Nobody is put off more than twice.
func TestLate(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{subject: "Export"}) // premium: 2 hours, until 12:00 in Zurich
	h.flush()
	due := first.ticket.PromiseDue
	warn, tell := due.Add(-12*time.Minute), due.Add(-4*time.Minute)

	if sent := h.tick(warn.Add(-time.Second)); len(sent) != 0 {
		t.Errorf("too early: %s", recipients(sent))
	}
	sent := h.tick(warn)
	if recipients(sent) != "anna@example.com ben@example.com" || !strings.Contains(sent[0].read.Text, "12:00") || sent[0].read.ReplyTo == nil {
		t.Errorf("woke %s", recipients(sent))
	}
	if sent := h.tick(tell.Add(-time.Second)); len(sent) != 0 {
		t.Errorf("told too early: %s", recipients(sent))
	}
	sent = h.tick(tell)
	late := to(sent, "mia@acme.example")
	if recipients(sent) != "anna@example.com ben@example.com mia@acme.example" || len(late) != 1 {
		t.Fatalf("told %s", recipients(sent))
	}
	// Half of premium's two hours after the time that was told.
	if text := late[0].read.Text; !strings.Contains(text, "12:00") || !strings.Contains(text, "by 13:00 today, Monday 13 July (CEST)") || strings.Contains(text, "as soon as") {
		t.Errorf("the customer reads\n%s", text)
	}
	if late[0].read.Header.Get("Auto-Submitted") != "auto-generated" || late[0].From != "" || late[0].read.InReplyTo[0] != first.MessageID || late[0].read.ReplyTo == nil {
		t.Errorf("its head is %s", late[0].Bytes[:400])
	}
	p, tk := h.promiseOf(1)
	if p.ID == first.ticket.PromiseID || p.State != promise.Open || !p.Told || !p.DueAt.Equal(due.Add(time.Hour)) || tk.PromiseIs != "open" {
		t.Errorf("the new promise is %+v, the ticket's %s", p, tk.PromiseIs)
	}
	if old := h.promise(first.ticket.PromiseID); old.State != promise.Open {
		t.Errorf("the old promise is %s before its time", old.State)
	}
	// An answer within the old time keeps both.
	if sent := h.tick(due); len(sent) != 0 || h.promise(first.ticket.PromiseID).State != promise.Broken || h.ticket(1).PromiseIs != "open" {
		t.Errorf("at the old time: %s, %s", recipients(sent), h.promise(first.ticket.PromiseID).State)
	}
	// Whoever is put off again hears of it each time before the time, and each time
	// is twice as far away.
	var away []time.Duration
	for range 4 {
		p, tk := h.promiseOf(1)
		if told := to(h.tickTo(p.DueAt.Add(-time.Second)), "mia@acme.example"); len(told) != 1 || h.promise(p.ID).State != promise.Open {
			t.Fatalf("before %s the customer got %d mails", p.DueAt, len(told))
		}
		next, _ := h.promiseOf(1)
		away = append(away, h.settings.Load().Hours["zurich"].Between(p.DueAt, next.DueAt))
		if sent := h.tickTo(p.DueAt); len(to(sent, "mia@acme.example")) != 0 || h.promise(p.ID).State != promise.Broken || h.promise(p.ID).Announced.IsZero() || tk.PromiseIs != "open" {
			t.Errorf("at the time of before: %+v", h.promise(p.ID))
		}
	}
	if want := []time.Duration{2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour}; !slices.Equal(away, want) {
		t.Errorf("put off by %s, must be %s", away, want)
	}
}

// tickTo lets the clock go to a time, from one thing that is due to the next.
func (h *house) tickTo(at time.Time) (sent []sentMail) {
	h.t.Helper()
	for range 1000 {
		next := h.lookUntilQuiet(h.clock.Now())
		sent = append(sent, h.flush()...)
		if next.IsZero() || next.After(at) {
			h.at(at)
			return append(sent, h.tick(at)...)
		}
		h.at(next)
	}
	h.t.Fatal("something is due for ever")
	return nil
}

// An answer between the warning and the told time keeps the promise, and nothing
// more is said; so does one that only waits for the relay.
func TestAnsweredAfterTheWarning(t *testing.T) {
	for name, leaves := range map[string]bool{"it left": true, "it waits": false} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			due := first.ticket.PromiseDue
			h.tick(due.Add(-12 * time.Minute))
			h.deliver(notice.reply(anna, "Here you are."))
			if leaves {
				h.flush()
			}
			h.at(due.Add(-time.Minute))
			h.lookUntilQuiet(h.clock.Now())
			for _, m := range h.flush() {
				if s := m.read.Subject; strings.Contains(s, "DUE") || strings.Contains(s, "LATE") || strings.Contains(s, "#1 Acme Instruments AG: Re: #1") || m.To[0] == "mia@acme.example" && m.read.Header.Get("Auto-Submitted") != "" {
					t.Errorf("%s was told %q", m.To, m.read.Subject)
				}
			}
			if p := h.promise(first.ticket.PromiseID); p.State != promise.Kept {
				t.Errorf("the promise is %s", p.State)
			}
		})
	}
}

// Whoever did not prove to have written hears twice at most: it may be somebody
// else's address. The second mail names no further time, and each comes before its own.
func TestUnprovenHearTwice(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{from: "x@stranger.example", client: stranger})
	h.flush()
	late := to(h.tickTo(monday.AddDate(0, 1, 0)), "x@stranger.example")
	if len(late) != 2 || !strings.Contains(late[0].read.Text, "The new time") || strings.Contains(late[1].read.Text, "The new time") {
		t.Fatalf("%d mails", len(late))
	}
	h.view(func(r store.Reader) error {
		list, err := r.TicketPromises(1)
		for _, p := range list {
			if p.State != promise.Broken || !p.Announced.Before(p.DueAt) || p.Announced.IsZero() {
				t.Errorf("%+v", p)
			}
		}
		return err
	})
}

// Of one person's two times that a merge brought together, one mail tells the later
// one, and both were announced before they broke.
func TestLateAfterAMergeOfOnesOwn(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{})
	h.at(monday.Add(30 * time.Minute))
	b := h.deliver(mail{subject: "Again"})
	h.flush()
	h.do("ticket.merge", MergeArgs{From: b.Ticket, To: a.Ticket})
	h.flush()
	late := to(h.tickTo(b.ticket.PromiseDue.Add(time.Second)), "mia@acme.example")
	for _, id := range []ticket.ID{a.ticket.PromiseID, b.ticket.PromiseID} {
		if p := h.promise(id); p.State != promise.Broken || p.Announced.IsZero() || !p.Announced.Before(p.DueAt) {
			t.Errorf("%+v", p)
		}
	}
	if len(late) != 1 {
		t.Errorf("%d mails", len(late))
	}
}

// When the new time lies on another day, how to say that it is an emergency stands
// before everything else, as in an acknowledgement.
func TestLateUntilAnotherDay(t *testing.T) {
	h := newHouse(t).at(zurichTime(t, "2026-07-13 15:30"))
	h.deliver(mail{})
	h.flush()
	late := to(h.tickTo(zurichTime(t, "2026-07-13 17:28")), "mia@acme.example")
	if len(late) != 1 {
		t.Fatalf("%d mails", len(late))
	}
	text := late[0].read.Text
	if step, time := strings.Index(text, "production down"), strings.Index(text, "tomorrow, Tuesday 14 July"); step < 0 || time < step {
		t.Errorf("the customer reads\n%s", text)
	}
}

// The gateway slept through the time: the customer is told late, but is told.
func TestLateAfterSleep(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	h.flush()
	sent := h.tick(first.ticket.PromiseDue.Add(3 * time.Hour))
	if len(to(sent, "mia@acme.example")) != 1 || h.promise(first.ticket.PromiseID).State != promise.Broken || h.ticket(1).PromiseIs != "open" {
		t.Errorf("%s; %s", recipients(sent), h.promise(first.ticket.PromiseID).State)
	}
	if p, _ := h.promiseOf(1); !p.DueAt.After(h.clock.Now()) {
		t.Errorf("promised for %s", p.DueAt)
	}
}

// Whoever got the neutral acknowledgement gets a neutral mail: nothing they wrote.
func TestLateShowsNoMore(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{from: "Buy Pills <x@stranger.example>", client: stranger, subject: "CHEAP PILLS"})
	h.flush()
	sent := to(h.tick(a.ticket.PromiseDue.Add(-time.Minute)), "x@stranger.example")
	sent = append(sent, to(h.tick(a.ticket.PromiseDue.Add(-time.Second)), "x@stranger.example")...)
	if len(sent) != 1 || strings.Contains(string(sent[0].Bytes), "PILLS") || strings.Contains(string(sent[0].Bytes), "Pills") {
		t.Fatalf("%d mails: %+v", len(sent), sent)
	}
}

// An urgent promise wakes who is on call.
func TestUrgentWakesOnCall(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{subject: "production down"})
	h.flush()
	sent := h.tick(a.ticket.PromiseDue.Add(-3 * time.Minute))
	if got := recipients(sent); got != "anna@example.com ben@example.com oncall@example.com" {
		t.Errorf("woke %s", got)
	}
}

// With nobody reachable nothing is lost: the late mail waits like any other.
func TestLateWithoutRelay(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{})
	h.flush()
	h.refuse = refusing(outbox.Failure{Reply: "550 5.1.1 no", Code: 550, Enhanced: [3]int{5, 1, 1}, Permanent: true}, "mia@acme.example")
	h.tick(a.ticket.PromiseDue.Add(-12 * time.Minute))
	h.tick(a.ticket.PromiseDue.Add(-time.Minute))
	if got := h.ticket(1); got.Status != ticket.New || got.PromiseIs != "open" {
		t.Errorf("%+v", got)
	}
	if !slices.Contains(h.events(1), "mailgw: not delivered to mia@acme.example") {
		t.Errorf("%q", h.events(1))
	}
}

// An answer that was dropped, or that nobody took, is on its way no more: the
// customer hears that the promise will break.
func TestLateAfterAnswerThatFailed(t *testing.T) {
	for name, fail := range map[string]func(h *house, answer ticket.ID){
		"dropped": func(h *house, answer ticket.ID) {
			if _, err := h.rowsCommand("outbox.drop", RowsArgs{IDs: []string{answer.String()}}); err != nil {
				h.t.Fatal(err)
			}
		},
		"refused": func(h *house, _ ticket.ID) { h.attempt(failFor("mia@acme.example", unknown)) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			due := h.deliver(mail{}).ticket.PromiseDue
			n := h.noticeTo("anna@example.com")
			before := h.rows()
			h.deliver(n.reply(anna, "It is done."))
			for id, row := range h.rows() {
				if _, old := before[id]; !old && row.Kind == ticket.Answer {
					fail(h, id)
				}
			}
			h.flush()
			if is := h.ticket(1).Status; is != ticket.Open {
				t.Errorf("nobody has the answer, and the ticket is %s", is)
			}
			h.tick(due.Add(-12 * time.Minute))
			if told := to(h.tick(due.Add(-4*time.Minute)), "mia@acme.example"); len(told) != 1 {
				t.Errorf("the customer got %d mails: %s", len(told), h.dump(1))
			}
		})
	}
}
