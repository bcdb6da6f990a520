//go:build linux

package main_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw"
)

// TestRehearsalSays checks what is said on a Friday afternoon of a rehearsal.
func TestRehearsalSays(t *testing.T) {
	d := newDaemon(t)
	d.clock = "2026-11-20T16:00:00+01:00"
	d.start()
	o := &office{d, t}
	m := draft{id: "friday@acme.example", from: "maria@acme.example", subject: "A question", date: "Fri, 20 Nov 2026 15:59:00 +0100"}
	o.deliver(m)
	ack := o.acknowledgement(m.id)
	want(t, "X-Mailgw-Clock", ack.get("X-Mailgw-Clock"), d.clock)
	want(t, "Date", strings.HasPrefix(ack.get("Date"), "Fri, 20 Nov 2026 16:0"), true)
	words, err := ack.plain()
	if err != nil {
		t.Fatal(err)
	}
	// Two hours of work: 90 minutes on Friday, 30 on Monday.
	if !strings.Contains(words, "by 09:30 on Monday, 23 November (CET)") {
		t.Errorf("the promise is not the one of a Friday at 16:00:\n%s", words)
	}
	if strings.Index(words, "emergency") > strings.Index(words, "09:30") {
		t.Errorf("it is not the same day, and the emergency step does not come first:\n%s", words)
	}
	for _, mail := range d.mails() {
		want(t, "X-Mailgw-Clock in "+mail.name, mail.get("X-Mailgw-Clock"), d.clock)
	}
	o.checkPromise(o.ticketOf1(m.id), ack)
	if said := d.log.complaints(); !strings.Contains(said, "rehearsal") {
		t.Errorf("the log does not say that it is a rehearsal: %s", said)
	}
}

// TestRehearsalBreaks lets promised times pass, and looks at the ledger.
func TestRehearsalBreaks(t *testing.T) {
	t.Parallel() // it waits for deaths
	d := newDaemon(t, `level.premium.urgent_answer="10m"`)
	d.clock = "2026-11-20T16:00:00+01:00 x600"
	d.start()
	o := &office{d, t}
	m := draft{id: "down@acme.example", from: "maria@acme.example", subject: "Production down"}
	o.deliver(m)
	number := o.ticketOf1(m.id)
	due := promised(t, o.acknowledgement(m.id))
	var rows []promiseJSON
	waitFor(t, "three promises to break", func() bool {
		rows = ask[promiseJSON](d, "promise.list", mailgw.NoArgs{})
		return len(rows) == 4
	})
	if rows = rows[:2]; !rows[0].DueAt.Equal(due) || d.show(number).PromiseState != "open" { // a later time is told before each breaks
		t.Fatalf("the ledger has %+v, promised was %s", rows, due)
	}
	var broken []time.Time
	for line := range strings.Lines(d.mustCommand("ticket", "log", "1", "--json")) {
		var e struct {
			At   time.Time `json:"at"`
			What string    `json:"what"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.What == "promise broken" {
			broken = append(broken, e.At)
		}
	}
	want(t, "events of two broken promises and perhaps of a third", len(broken) >= len(rows), true)
	for i, p := range rows {
		if p.State != "broken" || broken[i].Before(p.DueAt) || i > 0 && !p.DueAt.After(rows[i-1].DueAt) {
			t.Errorf("the ledger has %+v, which broke at %s", rows, broken)
		}
	}
	d.verifyClean()
	d.stop()
}
