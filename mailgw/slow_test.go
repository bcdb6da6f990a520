package mailgw

import (
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// alarms does what is due by history at a time, and returns what left.
func (h *house) alarms(at time.Time) []sentMail {
	h.t.Helper()
	h.at(at)
	h.past.looked = time.Time{}
	if _, err := h.alarmSlow(at); err != nil {
		h.t.Fatal(err)
	}
	return h.flush()
}

// When history exceeds the target its desk hears of it: at once while it is open,
// else when it opens, and once a working day; in every mode.
func TestSlowDeskIsAlarmed(t *testing.T) {
	for _, c := range []struct {
		mode, says string
		set        []string
	}{
		{"target", "told the target’s time all the same", nil},
		{"honest", "told the later time", []string{calibrated}},
		{"behind target", "told the target’s time all the same", []string{calibrated, `promise.behind="target"`}},
	} {
		t.Run(c.mode, func(t *testing.T) {
			h := newHouse(t, c.set...)
			h.pastOf(premiumCase, each(40, 150*time.Minute)...)
			night := monday.Add(-4 * time.Hour) // 6:00
			if sent := h.alarms(night); len(sent) != 0 {
				t.Errorf("at night: %s", recipients(sent))
			}
			if next, err := h.alarmSlow(night.Add(2*time.Hour + 50*time.Minute)); err != nil || !next.Equal(monday.Add(-time.Hour)) {
				t.Errorf("it is looked again at %v, %v", next, err)
			}
			sent := h.alarms(monday.Add(-time.Hour))
			if recipients(sent) != "anna@example.com ben@example.com" {
				t.Fatalf("alarmed %s", recipients(sent))
			}
			for _, want := range []string{"within 2h30m of working time", "target is 2h", "40 answers since 2026-07-1", c.says} {
				if !strings.Contains(sent[0].read.Text, want) {
					t.Errorf("%q is not in\n%s", want, sent[0].read.Text)
				}
			}
			for _, later := range []time.Duration{time.Minute, 7 * time.Hour, 13 * time.Hour} { // 23:00 is not tomorrow
				if sent := h.alarms(monday.Add(later)); len(sent) != 0 {
					t.Errorf("%v later: %s", later, recipients(sent))
				}
			}
			h.reopen()
			if sent := h.alarms(monday.Add(15 * time.Hour)); len(sent) != 0 {
				t.Errorf("tomorrow at night: %s", recipients(sent))
			}
			if sent := h.alarms(monday.Add(24 * time.Hour)); len(sent) != 2 {
				t.Errorf("tomorrow: %s", recipients(sent))
			}
		})
	}
}

// The mail to which a later time is told has the desk alarmed, in its own commit:
// a restart in between loses nothing.
func TestHonestTimeAlarmsNow(t *testing.T) {
	h := newHouse(t, calibrated)
	old := premiumCase
	old.Hour = 10
	h.pastOf(old, each(80, 150*time.Minute)...)
	h.deliver(mail{})
	h.deliver(mail{subject: "One more"})
	h.flush()
	h.reopen()
	h.past.desks = nil // the mail alone has to be enough
	if sent := h.alarms(monday); recipients(sent) != "anna@example.com ben@example.com" {
		t.Errorf("alarmed %s", recipients(sent))
	}
	h.deliver(mail{subject: "And one"})
	h.flush()
	if sent := h.alarms(monday.Add(time.Minute)); len(sent) != 0 {
		t.Errorf("again: %s", recipients(sent))
	}
}

// What is urgent pages whoever is on call, at any hour.
func TestSlowUrgentPages(t *testing.T) {
	h := newHouse(t)
	h.pastOf(urgentCase, each(40, 40*time.Minute)...)
	rows := func() (kinds []ticket.OutgoingKind) {
		for _, r := range h.rows() {
			kinds = append(kinds, r.Kind)
		}
		return kinds
	}
	night := monday.Add(-7 * time.Hour)
	h.at(night)
	if _, err := h.alarmSlow(night); err != nil {
		t.Fatal(err)
	}
	if got := rows(); len(got) != 1 || got[0] != ticket.Page {
		t.Errorf("%v", got)
	}
	if sent := h.flush(); recipients(sent) != "oncall@example.com" || !strings.Contains(sent[0].read.Text, "around the clock") {
		t.Errorf("paged %s", recipients(sent))
	}
}

// A desk within its target hears nothing, nor one of which too little is known, or
// whose target was another one until last week.
func TestNoAlarmWithoutCause(t *testing.T) {
	for name, fill := range map[string]func(h *house){
		"within the target": func(h *house) { h.pastOf(premiumCase, each(40, 2*time.Hour)...) },
		"little history":    func(h *house) { h.pastOf(premiumCase, each(18, 3*time.Hour)...) },
		"damaged": func(h *house) {
			h.pastOf(premiumCase, each(40, time.Hour)...)
			err := h.store.Update(store.Background, func(tx store.Tx) error { return tx.PutMeta(slowName("support", ticket.Normal), []byte("{")) })
			if err != nil {
				h.t.Fatal(err)
			}
		},
		"another target then": func(h *house) {
			h.pastOf(premiumCase, each(40, 3*time.Hour)...)
			h.at(monday.Add(10 * 24 * time.Hour))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			fill(h)
			if sent := h.alarms(h.clock.Now()); len(sent) != 0 {
				t.Errorf("alarmed %s", recipients(sent))
			}
		})
	}
}
