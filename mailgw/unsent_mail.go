package mailgw

import (
	"errors"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// secondsFormat is how a time is said that is near.
const secondsFormat = "2006-01-02 15:04:05 MST"

// gateAnswer decides whether an agent's answer leaves now, in a while in which it can be
// taken back, or waits for somebody's word, and tells who has to know. What follows from
// one that waits is done when it leaves.
func (d *decision) gateAnswer(row *ticket.Outgoing, entry *ticket.Entry, then *ticket.Held) error {
	a := &gate{voice: d.voice(), r: d.r, t: &d.ticket, who: d.agent.who, row: row, entry: entry, seen: d.matched.Ref.Entry, now: d.now}
	w, err := a.look()
	if err != nil {
		return err
	}
	if w != "" {
		row.Held, d.agent.waits = then, true
		d.unsent = append(d.unsent, a.hold(w))
		d.event("mailgw", "the answer waits", row.Held.Why)
		return d.add(a.mails(waitsFor(w)))
	}
	if d.desk.AnswersHold <= 0 {
		return nil
	}
	row.NextAt = d.now.Add(d.desk.AnswersHold)
	row.Held = &ticket.Held{Before: d.ticket.Status}
	return d.add(a.mails(wording.UnsentHold))
}

// thenDeed is what the commands of an agent's mail do to the ticket when its answer leaves.
func (d *decision) thenDeed(typed time.Time, line string, asks bool) *ticket.Held {
	h := &ticket.Held{Promise: typed, Line: line, Asks: asks}
	if d.owes() {
		h.Then = ticket.Reopen
	}
	for name, deed := range map[string]ticket.Deed{"solve": ticket.Solve, "close": ticket.Close} {
		if _, said := d.agent.read.Has(name); said && h.Then != ticket.Close {
			h.Then = deed
		}
	}
	return h
}

// sendWords, folded, are a whole reply that lets an answer go.
var sendWords = [...]string{"send", "send it", "ok", "okay", "senden", "envoyer", "envoyez", "inviare", "invia", "enviar", "versturen", "verstuur", "wyślij"}

// replyToUnsent does what an agent's reply to a mail about an answer that has not left asks for:
// one word lets it go, new words go instead of it; what comes to the address for the
// house alone gives it back to its writer. It reports whether that was all.
func (d *decision) replyToUnsent() (bool, error) {
	e, row, err := d.unsentEntry(d.matched.Ref.Entry)
	if err != nil || e == nil {
		return false, err
	}
	text := strings.TrimSpace(d.in.mail.NewText)
	if !strings.Contains(text, "\n") && says(text, sendWords[:]) { // a word for us, never for the customer
		d.letGoUnsent(e.ID)
		return true, nil
	}
	if row == nil || row.Waits == "" {
		return false, nil
	}
	if d.matched.Ref.Purpose == threading.Private {
		if row.Waits == ticket.WaitsReview && d.in.s.mayRead(d.desk, e.ByAgent, d.agent.who.Address) {
			d.afterRecord(func(tx store.Tx) error { return d.unlessLeft(tx, d.giveBack(tx, e.ID, d.agent.note)) })
		}
		return false, nil
	}
	d.matched.Ref.Entry = d.answeredBy(row)
	d.afterRecord(func(tx store.Tx) error {
		if len(d.answers) == 0 || d.agent.why != "" {
			return nil
		}
		if err := d.giveBack(tx, e.ID, ""); !errors.Is(err, errLeft) { // the customer has both
			return err
		}
		return nil
	})
	return false, nil
}

// unlessLeft tells the agent when the answer that they gave back had left.
func (d *decision) unlessLeft(tx store.Tx, err error) error {
	if errors.Is(err, errLeft) {
		return d.tellUnsent(tx, wording.UnsentGone)
	}
	return err
}

// unsentEntry is the agent's answer with a number on the ticket, and its row, nil when
// it has left or was taken back; no entry when it is none.
func (d *decision) unsentEntry(seq uint32) (*ticket.Entry, *ticket.Outgoing, error) {
	list, err := d.r.LastEntries(d.ticket.Number, 0, searched)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(list, func(e ticket.Entry) bool {
		return e.Seq == seq && e.ByAgent != "" && (e.Kind == ticket.MailOut || !e.TakenBackAt.IsZero())
	})
	if i < 0 {
		return nil, nil, nil
	}
	row, err := d.r.Outgoing(list[i].ID)
	if errors.Is(err, store.ErrNotFound) {
		return &list[i], nil, nil
	}
	return &list[i], &row, err
}

// answeredBy is the number of the customer's mail that a row answers; of the row itself when
// that is not known.
func (d *decision) answeredBy(row *ticket.Outgoing) uint32 {
	list, err := d.r.LastEntries(d.ticket.Number, 0, searched)
	if err != nil || row.InReplyTo == "" {
		return row.EntrySeq
	}
	for i := range list {
		if list[i].MessageID == row.InReplyTo {
			return list[i].Seq
		}
	}
	return row.EntrySeq
}

// afterRecord keeps what is to be done when the mail is recorded.
func (d *decision) afterRecord(do func(store.Tx) error) { d.atEnd = append(d.atEnd, do) }

// recordUnsent puts answers that wait in front of the desk, and does what the mail says of others.
func (d *decision) recordUnsent(tx store.Tx) error {
	for i := range d.unsent {
		if err := tx.PutDrawerItem(&d.unsent[i]); err != nil {
			return err
		}
	}
	for _, do := range d.atEnd {
		if err := do(tx); err != nil {
			return err
		}
	}
	return nil
}

// sendWaiting lets the answer go that a link is about.
func (d *decision) sendWaiting(ref threading.Ref) error {
	return d.wordByLink(ref, d.letGoUnsent)
}

// takeBackWaiting takes the answer back that a link is about.
func (d *decision) takeBackWaiting(ref threading.Ref) error {
	return d.wordByLink(ref, d.takeBack)
}

func (d *decision) wordByLink(ref threading.Ref, do func(ticket.ID)) error {
	e, _, err := d.unsentEntry(ref.Entry)
	if err != nil {
		return err
	}
	if e == nil {
		d.afterRecord(func(tx store.Tx) error { return d.tellUnsent(tx, wording.UnsentGone) })
		return nil
	}
	do(e.ID)
	return nil
}

// letGoUnsent lets an answer leave, when the mail is recorded.
func (d *decision) letGoUnsent(id ticket.ID) {
	d.agent.why, d.agent.aboutUnsent = wording.ReasonOnlyCommands, true
	d.afterRecord(func(tx store.Tx) error {
		w, err := d.g.unsentAnswer(tx, id, d.agent.who.Address)
		why := ""
		if err == nil {
			why, err = w.letGo()
		}
		return d.told(tx, why, err)
	})
}

// takeBack takes an answer back, when the mail is recorded.
func (d *decision) takeBack(id ticket.ID) {
	d.agent.why, d.agent.aboutUnsent = wording.ReasonOnlyCommands, true
	d.afterRecord(func(tx store.Tx) error { return d.told(tx, wording.UnsentTakenBack, d.giveBack(tx, id, "")) })
}

// giveBack takes an answer back, with a word for its writer. One that has left stays.
func (d *decision) giveBack(tx store.Tx, id ticket.ID, remark string) error {
	release, ok := d.g.outbox.Bar(id)
	if !ok {
		return errLeft
	}
	d.in.unbar = append(d.in.unbar, release)
	w, err := d.g.unsentAnswer(tx, id, d.agent.who.Address)
	if err != nil {
		return err
	}
	return w.takeBack(remark)
}

// told tells the agent what became of an answer by their word.
func (d *decision) told(tx store.Tx, why string, err error) error {
	switch {
	case errors.Is(err, errLeft):
		why = wording.UnsentGone
	case errors.Is(err, errNotYours):
		why = ""
	case err != nil:
		return err
	}
	if why == wording.UnsentReview { // whose word is asked for now is told, the writer by what becomes of it
		why = ""
	}
	return d.tellUnsent(tx, why)
}

// tellUnsent tells the agent in one line.
func (d *decision) tellUnsent(tx store.Tx, why string) error {
	f := wording.UnsentFacts{Ticket: d.ticket.Number, Subject: d.ticket.Subject, Why: why}
	rows, err := d.voice().toHouse(houseMail{
		kind: ticket.Notice, template: wording.TemplateUnsent, facts: forAll(f), to: []string{d.agent.who.Address}, name: d.desk.FromName, seq: d.matched.Ref.Entry, closed: true, now: d.now,
	})
	return errors.Join(err, putRows(tx, rows))
}

// unbarAll lets go of the rows that were kept from leaving while the mail was recorded.
func (in *incoming) unbarAll() {
	for _, release := range in.unbar {
		release()
	}
	in.unbar = nil
}
