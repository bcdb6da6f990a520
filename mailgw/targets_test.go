package mailgw

import (
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
)

// targetsOf are a ticket's rows of one kind, oldest first.
func (h *house) targetsOf(number uint64, kind promise.Kind) (out []promise.Promise) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		list, err := r.TicketPromises(number)
		for _, p := range list {
			if p.Kind == kind {
				out = append(out, p)
			}
		}
		return err
	})
	return out
}

// The time until the solution stands still while the customer is waited for, is
// kept by solving, and of it no customer ever hears.
func TestResolutionStandsStill(t *testing.T) {
	h := newHouse(t, `level.premium.resolution="8h"`)
	a := h.deliver(mail{})
	rows := h.targetsOf(1, promise.Resolution)
	if len(rows) != 1 || rows[0].Told || rows[0].State != promise.Open || !rows[0].DueAt.Equal(zurichTime(t, "2026-07-14 09:30")) {
		t.Fatalf("%+v", rows)
	}
	if tk := h.ticket(1); tk.PromiseID == rows[0].ID || !tk.PromiseDue.Equal(a.ticket.PromiseDue) {
		t.Errorf("the ticket shows a clock of the house: %+v", tk)
	}
	h.at(monday.Add(time.Hour))
	n := h.noticeTo("anna@example.com")
	h.deliver(n.reply(anna, "Which version is it?"))
	h.flush()
	if rows = h.targetsOf(1, promise.Resolution); rows[0].PausedAt.IsZero() || rows[0].Left != 7*time.Hour || rows[0].State != promise.Open {
		t.Fatalf("waiting for the customer: %+v", rows[0])
	}
	if sent := h.tickTo(monday.AddDate(0, 0, 9)); len(sent) != 0 {
		t.Errorf("while it stands still, %s hear of it", recipients(sent))
	}
	h.at(zurichTime(t, "2026-07-23 10:00"))
	h.deliver(mail{rcpt: []string{letterAddr(a.ack.ReplyTo)}, body: "Version 4."})
	if rows = h.targetsOf(1, promise.Resolution); len(rows) != 1 || !rows[0].PausedAt.IsZero() || !rows[0].DueAt.Equal(zurichTime(t, "2026-07-23 17:00")) {
		t.Fatalf("it goes on: %+v", rows)
	}
	h.set(SetArgs{Number: 1, Status: "solved"})
	if rows = h.targetsOf(1, promise.Resolution); len(rows) != 1 || rows[0].State != promise.Kept || !rows[0].KeptAt.Equal(h.clock.Now()) {
		t.Errorf("solved: %+v", rows)
	}
	h.set(SetArgs{Number: 1, Status: "open"})
	if rows = h.targetsOf(1, promise.Resolution); len(rows) != 2 || rows[1].State != promise.Open {
		t.Errorf("open again: %+v", rows)
	}
}

// What is not solved in time is missed; its agent is reminded, no customer is told.
func TestResolutionMissed(t *testing.T) {
	h := newHouse(t, `level.premium.resolution="8h"`, `level.premium.first_answer="40h"`)
	h.deliver(mail{})
	h.set(SetArgs{Number: 1, Assignee: "anna@example.com"})
	h.flush()
	sent := h.tickTo(zurichTime(t, "2026-07-14 09:31"))
	if got := recipients(sent); got != "anna@example.com anna@example.com anna@example.com ben@example.com" { // 50, 80 %, then the desk
		t.Errorf("reminded: %s", got)
	}
	for _, m := range sent {
		if strings.Contains(m.read.Text, "promise") {
			t.Errorf("nobody was promised that:\n%s", m.read.Text)
		}
	}
	if rows := h.targetsOf(1, promise.Resolution); rows[0].State != promise.Broken || rows[0].Why == "" || h.ticket(1).PromiseIs != "open" {
		t.Errorf("%+v", rows[0])
	}
}

// A level has other targets for other priorities and for later mails.
func TestTargetsByPriority(t *testing.T) {
	h := newHouse(t, `level.premium.next_answer="1h"`, `level.premium.urgent={ next_answer = "15m" }`)
	a := h.deliver(mail{})
	if !a.ticket.PromiseDue.Equal(monday.Add(2 * time.Hour)) {
		t.Errorf("first answer by %s", a.ticket.PromiseDue)
	}
	n := h.noticeTo("anna@example.com")
	h.deliver(n.reply(anna, "Which version is it?"))
	h.flush()
	again := h.deliver(mail{rcpt: []string{letterAddr(a.ack.ReplyTo)}, body: "Version 4."})
	if p, _ := h.promiseOf(1); p.Kind != promise.Next || !again.ticket.PromiseDue.Equal(monday.Add(time.Hour)) {
		t.Errorf("next answer by %s: %+v", again.ticket.PromiseDue, p)
	}
	urgent := h.deliver(mail{rcpt: []string{letterAddr(a.ack.ReplyTo)}, body: "Now it is production down."})
	if p, _ := h.promiseOf(1); !p.Clock || !urgent.ticket.PromiseDue.Equal(monday.Add(15*time.Minute)) {
		t.Errorf("urgent, by %s: %+v", urgent.ticket.PromiseDue, p)
	}
}
