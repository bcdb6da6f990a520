//go:build linux

package main_test

import (
	"bytes"
	"strings"

	"supportgw/mailgw"
)

// handed is a mail that was handed to the daemon, and what it said.
type handed struct {
	id       string // Message-ID
	from     string
	raw      []byte
	accepted string // the id of its 250, "" when there was none
	refused  bool   // it was answered 4xx, and never sent again
}

// auditor compares what senders were told with what is kept.
type auditor struct {
	d       *daemon
	entries map[string][]placed // of mails that came in, by Message-ID
	answers map[string]string   // Message-ID of each mail_out entry, by itself and its ticket
	acks    map[string][]*sentMail
	lost    int
	doubled int
	refused int
}

// placed is an entry with its ticket.
type placed struct {
	entryJSON
	ticket uint64
}

// audit waits until the outbox is empty and checks that each accepted mail is
// one entry on one ticket, with its bytes and one acknowledgement. What was never
// accepted may be there once, or, when it was refused, not at all.
func (d *daemon) audit(mails []*handed) *auditor {
	d.t.Helper()
	d.awaitOutbox()
	a := &auditor{d: d, entries: map[string][]placed{}, answers: map[string]string{}, acks: d.acknowledgements()}
	for _, t := range ask[ticketJSON](d, "ticket.list", mailgw.ListArgs{}) {
		a.read(d.show(t.Number))
	}
	known := map[string]bool{}
	for _, m := range mails {
		known[m.id] = true
		if m.refused {
			a.refused++
		}
		a.check(m)
	}
	for id := range a.entries {
		if !known[id] {
			d.t.Errorf("an entry for <%s>, which nobody sent", id)
		}
	}
	d.verifyClean()
	return a
}

func (a *auditor) read(t ticketJSON) {
	for _, e := range t.Entries {
		switch {
		case e.MessageID == nil:
			a.d.t.Errorf("ticket %d: an entry without Message-ID", t.Number)
		case e.Kind == "mail_in":
			a.entries[*e.MessageID] = append(a.entries[*e.MessageID], placed{e, t.Number})
		case e.Kind == "mail_out":
			a.answers[*e.MessageID] = e.ID
		}
	}
}

func (a *auditor) check(m *handed) {
	a.d.t.Helper()
	there := a.entries[m.id]
	switch {
	case len(there) == 0:
		if m.accepted != "" {
			a.lost++
			a.d.t.Errorf("<%s> was accepted as %s and is lost", m.id, m.accepted)
		}
		return
	case len(there) > 1:
		a.doubled++
		a.d.t.Errorf("<%s> is there %d times", m.id, len(there))
	case m.refused:
		a.d.t.Errorf("<%s> was answered 4xx, and is kept as %s", m.id, there[0].ID)
	}
	if raw := a.d.raw(there[0].ID); !bytes.HasSuffix(raw, m.raw) {
		a.lost++
		a.d.t.Errorf("<%s>: the %d bytes that are kept do not end with the %d that were sent", m.id, len(raw), len(m.raw))
	}
	a.checkReceipts(m, there[0])
	a.checkAnswer(m)
}

// checkReceipts checks that the id of the 250 names this mail, and that each
// other arrival of it was a duplicate.
func (a *auditor) checkReceipts(m *handed, e placed) {
	a.d.t.Helper()
	told, originals := m.accepted == "", 0
	for _, f := range a.d.find(m.id) {
		told = told || f.ID == m.accepted
		if f.Outcome != "duplicate" {
			originals++
		}
		if f.Ticket == nil || *f.Ticket != e.ticket {
			a.d.t.Errorf("<%s>: find names another ticket than %d", m.id, e.ticket)
		}
	}
	if !told || originals != 1 {
		a.d.t.Errorf("<%s>: find does not know the id %s of its 250, or has %d originals", m.id, m.accepted, originals)
	}
}

func (a *auditor) checkAnswer(m *handed) {
	a.d.t.Helper()
	acks := a.acks[m.id]
	if len(acks) != 1 {
		a.doubled += max(0, len(acks)-1)
		a.d.t.Errorf("<%s>: %d acknowledgements", m.id, len(acks))
		return
	}
	if to := acks[0].envelopeTo; to != "<"+m.from+">" {
		a.d.t.Errorf("<%s>: acknowledged to %s", m.id, to)
	}
	if id := a.answers[acks[0].messageID()]; id == "" || id+".eml" != acks[0].name {
		a.d.t.Errorf("<%s>: its acknowledgement %s is not the one of its ticket", m.id, strings.TrimSpace(acks[0].messageID()))
	}
}
