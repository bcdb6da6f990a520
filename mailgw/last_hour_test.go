package mailgw

import (
	"strings"
	"testing"
	"time"
)

// lists are the last-hour lists that left.
func lastHourLists(sent []sentMail) (out []sentMail) {
	for _, m := range sent {
		if strings.Contains(m.read.Subject, "Before you go home") {
			out = append(out, m)
		}
	}
	return out
}

// day does what is due until a time, step by step.
func (h *house) day(until time.Time) (sent []sentMail) {
	h.t.Helper()
	for range 10_000 {
		next, err := h.round(h.clock.Now())
		if err != nil {
			h.t.Fatal(err)
		}
		sent = append(sent, h.flush()...)
		if next.IsZero() || next.After(until) {
			h.at(until)
			if _, err := h.round(until); err != nil {
				h.t.Fatal(err)
			}
			return append(sent, h.flush()...)
		}
		if next.After(h.clock.Now()) {
			h.at(next)
		}
	}
	h.t.Fatal("something is due for ever")
	return nil
}

// No working day ends with somebody who has neither an answer nor a time: an hour
// before, the desk gets the list, a quarter of an hour before who came since, and
// each once. Who was told a time, or answered, is on none.
func TestLastHour(t *testing.T) {
	h := newHouse(t, `desk.support.unproven_sender="silent"`)
	h.deliver(mail{subject: "Told"})
	h.deliver(mail{from: "x@stranger.example", client: stranger, subject: "Not told"})
	h.deliver(mail{from: "y@stranger.example", client: stranger, subject: "Solved meanwhile"})
	h.set(SetArgs{Number: 3, Status: "solved"})
	before := h.ticket(2)

	if lists := lastHourLists(h.day(zurichTime(t, "2026-07-13 16:29"))); len(lists) != 0 {
		t.Errorf("too early: %s", recipients(lists))
	}
	lists := lastHourLists(h.day(zurichTime(t, "2026-07-13 16:30")))
	if recipients(lists) != "anna@example.com ben@example.com" {
		t.Fatalf("the lists went to %q", recipients(lists))
	}
	if text := lists[0].read.Text; !strings.Contains(text, "Not told") || strings.Contains(text, "Solved meanwhile") || strings.Contains(text, "> Told") || strings.Contains(text, ": Told") {
		t.Errorf("the list says\n%s", text)
	}
	if after := h.ticket(2); !after.PromiseDue.Equal(before.PromiseDue) {
		t.Errorf("its time moved from %s to %s", before.PromiseDue, after.PromiseDue)
	}
	h.reopen()
	if lists := lastHourLists(h.day(zurichTime(t, "2026-07-13 17:00"))); len(lists) != 0 {
		t.Errorf("the list came twice: %s", recipients(lists))
	}
	h.deliver(mail{from: "z@stranger.example", client: stranger, subject: "Came late"})
	lists = lastHourLists(h.day(zurichTime(t, "2026-07-13 23:00")))
	if recipients(lists) != "anna@example.com ben@example.com" || !strings.Contains(lists[0].read.Text, "Came late") || strings.Contains(lists[0].read.Text, "Not told") {
		t.Fatalf("the second lists went to %q", recipients(lists))
	}
	lists = lastHourLists(h.day(zurichTime(t, "2026-07-14 16:45")))
	if recipients(lists) != "anna@example.com ben@example.com" || !strings.Contains(lists[0].read.Text, "Came late") {
		t.Errorf("the next day the lists went to %q", recipients(lists))
	}
}

// The list comes on working days alone.
func TestLastHourAt(t *testing.T) {
	h := newHouse(t, `calendar.zurich.week={ mon-thu = ["09:00-12:00", "13:00-17:30"], fri = ["09:00-09:30"] }`)
	cal := h.settings.Load().Hours["zurich"]
	for _, c := range []struct{ now, at, next string }{
		{"2026-07-13 08:00", "", "2026-07-13 16:30"},
		{"2026-07-13 16:30", "2026-07-13 16:30", "2026-07-13 17:15"},
		{"2026-07-13 17:20", "2026-07-13 17:15", "2026-07-14 16:30"},
		{"2026-07-13 17:30", "", "2026-07-14 16:30"},
		{"2026-07-16 18:00", "", "2026-07-17 09:00"}, // a short Friday begins with its last hour
		{"2026-07-17 09:00", "2026-07-17 09:00", "2026-07-17 09:15"},
		{"2026-07-17 12:00", "", "2026-07-20 16:30"},
		{"2026-07-18 12:00", "", "2026-07-20 16:30"},
	} {
		at, next := lastHourAt(cal, zurichTime(t, c.now))
		if at.IsZero() != (c.at == "") || c.at != "" && !at.Equal(zurichTime(t, c.at)) || !next.Equal(zurichTime(t, c.next)) {
			t.Errorf("at %s: %s, then %s", c.now, at, next)
		}
	}
}
