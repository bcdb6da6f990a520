package mailgw

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// reminded is who got a mail about a promise, and when, over some time.
func (h *house) reminded(until time.Time) string {
	h.t.Helper()
	var out []string
	for range 1000 {
		next, err := h.round(h.clock.Now())
		if err != nil {
			h.t.Fatal(err)
		}
		for _, m := range h.flush() {
			for _, to := range m.To {
				name, _, _ := strings.Cut(to, "@")
				out = append(out, h.clock.Now().In(zurich(h.t)).Format("Mon 15:04")+" "+name)
			}
		}
		if next.IsZero() || next.After(until) {
			return strings.Join(out, ", ")
		}
		if next.After(h.clock.Now()) {
			h.at(next)
		}
	}
	h.t.Fatal("something is due for ever")
	return ""
}

// Who has a ticket is reminded at half and at four fifths of its time, the desk at
// nine tenths, and each in their own working hours.
func TestReminders(t *testing.T) {
	const mornings = `calendar=[{ name = "zurich", zone = "Europe/Zurich", week = { mon-fri = ["09:00-17:30"] } }, { name = "mornings", zone = "Europe/Zurich", week = { mon-fri = ["08:00-12:00"] } }]`
	const agents = `agent=[{ name = "Anna Keller", address = "anna@example.com", calendar = "mornings" }, { name = "Ben Ortiz", address = "ben@example.com" }]`
	for _, c := range []struct {
		name, at, subject, assignee string
		set                         []string
		want                        string
	}{
		{"premium, two hours", "2026-07-13 10:00", "Export", "anna@example.com", nil,
			"Mon 11:00 anna, Mon 11:36 anna, Mon 11:48 anna, Mon 11:48 ben, Mon 11:56 anna, Mon 11:56 ben, Mon 11:56 mia"},
		{"nobody has it", "2026-07-13 10:00", "Export", "-", nil,
			"Mon 11:48 anna, Mon 11:48 ben, Mon 11:56 anna, Mon 11:56 ben, Mon 11:56 mia"},
		{"over the evening", "2026-07-13 17:00", "Export", "ben@example.com", nil,
			"Tue 09:30 ben, Tue 10:06 ben, Tue 10:18 anna, Tue 10:18 ben, Tue 10:26 anna, Tue 10:26 ben, Tue 10:26 mia"},
		{"she works in the mornings, and is not reminded in the afternoon", "2026-07-13 13:00", "Export", "anna@example.com", []string{mornings, agents},
			"Mon 14:48 ben, Mon 14:56 ben, Mon 14:56 mia"},
		{"half of it lies in her afternoon, the rest in her morning", "2026-07-13 16:00", "Export", "anna@example.com", []string{mornings, agents},
			"Tue 08:00 anna, Tue 09:06 anna, Tue 09:18 anna, Tue 09:18 ben, Tue 09:26 anna, Tue 09:26 ben, Tue 09:26 mia"},
		{"urgent, at night: who is on call", "2026-07-13 23:00", "Production down", "anna@example.com", nil,
			"Mon 23:15 oncall, Mon 23:24 oncall, Mon 23:27 oncall, Mon 23:29 oncall, Mon 23:29 mia"},
		{"urgent, by day", "2026-07-13 10:00", "Production down", "anna@example.com", nil,
			"Mon 10:15 anna, Mon 10:24 anna, Mon 10:27 anna, Mon 10:27 ben, Mon 10:27 oncall, Mon 10:29 anna, Mon 10:29 ben, Mon 10:29 oncall, Mon 10:29 mia"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.set...).at(zurichTime(t, c.at))
			a := h.deliver(mail{subject: c.subject})
			if c.assignee != "-" {
				h.set(SetArgs{Number: 1, Assignee: c.assignee})
			}
			h.flush()
			got := h.reminded(a.ticket.PromiseDue.Add(-time.Second))
			if sortedByTime(got) != sortedByTime(c.want) {
				t.Errorf("%s\nmust be\n%s", got, c.want)
			}
		})
	}
}

func sortedByTime(s string) string {
	list := strings.Split(s, ", ")
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// When nobody of the desk works before a promise breaks, somebody is woken: who is
// on call, else the desk.
func TestSomebodyIsWoken(t *testing.T) {
	const never = `calendar=[{ name = "zurich", zone = "Europe/Zurich", week = { mon-fri = ["09:00-17:30"] } }, { name = "sundays", zone = "Europe/Zurich", week = { sun = ["08:00-12:00"] } }]`
	const agents = `agent=[{ name = "Anna Keller", address = "anna@example.com", calendar = "sundays" }, { name = "Ben Ortiz", address = "ben@example.com", calendar = "sundays" }]`
	for onCall, want := range map[string]string{`["oncall@example.com"]`: "Mon 11:48 oncall, Mon 11:56 mia", `[]`: "Mon 11:48 anna, Mon 11:48 ben, Mon 11:56 mia"} {
		h := newHouse(t, never, agents, "desk.support.on_call="+onCall)
		a := h.deliver(mail{})
		h.flush()
		if got := h.reminded(a.ticket.PromiseDue.Add(-time.Second)); sortedByTime(got) != sortedByTime(want) {
			t.Errorf("on call %s: %s, must be %s", onCall, got, want)
		}
	}
}

// Of what is written already nobody is reminded while it waits to leave; when its
// time is over all the same, the desk hears that it is.
func TestNobodyIsRemindedOfWhatIsWritten(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{})
	n := h.noticeTo("anna@example.com")
	h.flush()
	h.deliver(n.reply(anna, "It is the door switch."))
	for _, before := range []time.Duration{time.Hour, 24 * time.Minute, 12 * time.Minute, 4 * time.Minute} {
		rows := len(h.rows())
		h.lookUntilQuiet(h.at(a.ticket.PromiseDue.Add(-before)).clock.Now())
		if got := len(h.rows()); got != rows {
			t.Errorf("%s before its time %d mails were made", before, got-rows)
		}
	}
	rows := len(h.rows())
	h.lookUntilQuiet(h.at(a.ticket.PromiseDue).clock.Now())
	if p := h.promise(a.ticket.PromiseID); len(h.rows()) != rows+1 || p.State != "broken" || !strings.Contains(p.Why, "an answer is written") {
		t.Errorf("at its time %d mails were made; %+v", len(h.rows())-rows, p)
	}
}

// However much is due at once: who is on call is woken for what is urgent, and no
// list in the morning takes the place of that.
func TestUrgentStandsInNoList(t *testing.T) {
	h := newHouse(t, "acknowledge.budget.per_address=0").at(zurichTime(t, "2026-07-13 23:00"))
	for range manyReminders + 2 {
		h.deliver(mail{subject: "Production down"})
	}
	h.flush()
	woken := 0
	for _, m := range h.tick(zurichTime(t, "2026-07-13 23:27")) {
		if m.To[0] == "oncall@example.com" {
			woken++
		}
	}
	if woken != manyReminders+2 {
		t.Errorf("woken for %d of %d", woken, manyReminders+2)
	}
}
