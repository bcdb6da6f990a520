package mailgw

import (
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// ReplyArgs of "ticket.reply" and "ticket.note".
type ReplyArgs struct {
	Number uint64 `json:"number"`
	As     string `json:"as"`   // the agent: address, or a name that only one on the desk has
	Text   string `json:"text"` // the words
}

// replyTicket answers the customer in an agent's name.
func (g *Gateway) replyTicket(a ReplyArgs, emit func(any) error) error {
	return g.write(a, emit, func(tx store.Tx, w *writing) error {
		if read := agent.Read(a.Text, agent.Names{}); len(read.Commands)+len(read.Unknown)+len(read.Misplaced) > 0 {
			return usage("a line of the text begins like a command for the house (%s); customers never get such lines; leave it out, and write ticket set", firstLine(a.Text))
		}
		words := agent.Clean(strings.TrimSpace(a.Text), cleanContext(w.s, w.who, w.desk))
		if words == "" {
			return usage("there are no words; write --text TEXT, or --text - and the words on standard input")
		}
		m, err := g.mailToAnswer(tx, &w.t, math.MaxUint32)
		if err != nil {
			return err
		}
		draft := answerDraft{voice: g.voice(w.s, w.desk, a.Number), t: &w.t, agent: w.who, mail: m, words: words, now: w.now}
		row, entry, err := draft.row(w.t.Entries + 1)
		if errors.Is(err, errNobody) {
			return failure("ticket %d: %v", a.Number, err)
		}
		if err != nil {
			return err
		}
		if w.t.Assignee == "" {
			w.event("assigned to "+w.who.Address, "answered first")
			w.t.Assignee = w.who.Address
		}
		w.entry = entry
		if waits, err := w.gate(tx, draft.voice, &row); err != nil || waits {
			return err
		}
		deed, err := w.noteTime(tx, draft.voice)
		if err != nil {
			return err
		}
		if then, ok := w.t.Status.After(deed); ok && then != w.t.Status {
			w.event("status "+string(w.t.Status)+" to "+string(then), "answered")
			w.t.Status, w.t.ClosedAt = then, time.Time{}
		}
		return errors.Join(g.moveClocks(tx, w.s, &w.t, w.now), tx.PutOutgoing(&row))
	})
}

// gate looks at an answer that was typed as a command. It reports whether it waits for
// somebody's word; its row is then written, as are the mails to who has to know.
func (w *writing) gate(tx store.Tx, v voice, row *ticket.Outgoing) (bool, error) {
	a := &gate{voice: v, r: tx, t: &w.t, who: w.who, row: row, entry: &w.entry, seen: seesAll, now: w.now}
	waits, err := a.look()
	switch {
	case err != nil:
		return false, err
	case waits != "":
		item := a.hold(waits)
		w.event("the answer waits", item.Why)
		rows, err := a.mails(waitsFor(waits))
		v.g.scheduler.DueAt(item.DueAt)
		return true, errors.Join(err, tx.PutOutgoing(row), tx.PutDrawerItem(&item), putRows(tx, rows))
	case w.desk.AnswersHold > 0:
		row.NextAt, row.Held = w.now.Add(w.desk.AnswersHold), &ticket.Held{Before: w.t.Status}
		rows, err := a.mails(wording.UnsentHold)
		return false, errors.Join(err, putRows(tx, rows))
	}
	return false, nil
}

// noteTicket writes an internal note.
func (g *Gateway) noteTicket(a ReplyArgs, emit func(any) error) error {
	return g.write(a, emit, func(_ store.Tx, w *writing) error {
		text := strings.TrimSpace(a.Text)
		if text == "" {
			return usage("there are no words; write --text TEXT, or --text - and the words on standard input")
		}
		w.entry = ticket.Entry{
			ID: g.ids.Next(), Ticket: a.Number, Seq: w.t.Entries + 1, Kind: ticket.Note, From: letter.Address{Name: w.who.Name, Addr: w.who.Address}.String(),
			At: w.now, Text: text, Excerpt: letter.Excerpt(text, maxExcerpt), ByAgent: w.who.Address,
		}
		w.event("note", "")
		return nil
	})
}

// writing is an agent's entry on its way to a ticket.
type writing struct {
	s      *settings
	t      ticket.Ticket
	desk   *config.Desk
	who    *config.Agent
	now    time.Time
	entry  ticket.Entry
	events []ticket.Event
	id     ticket.ID // of the events
}

func (w *writing) event(what, why string) {
	w.events = append(w.events, ticket.Event{Ticket: w.t.Number, ID: w.id, At: w.now, Who: w.who.Address, What: what, Why: why})
}

// write puts what an agent writes on a ticket, and prints the entry.
func (g *Gateway) write(a ReplyArgs, emit func(any) error, fill func(store.Tx, *writing) error) error {
	var w writing
	err := g.store.Update(store.Background, func(tx store.Tx) error {
		t, err := theTicketToChange(tx, a.Number)
		if err != nil {
			return err
		}
		if err := merged(&t); err != nil {
			return err
		}
		w = writing{s: g.settings.Load(), t: t, now: g.clock.Now(), id: g.ids.Next()}
		if w.desk = w.s.desk(t.Desk); w.desk == nil {
			return failure("the desk %q of ticket %d is not in the configuration; move the ticket with: ticket set %d --desk NAME", t.Desk, a.Number, a.Number)
		}
		if w.who = w.s.colleague(w.desk, a.As); w.who == nil {
			return usage("%q is not one agent on desk %q; write --as with one of: %s", a.As, w.desk.Name, strings.Join(w.desk.Agents, ", "))
		}
		if err := fill(tx, &w); err != nil {
			return err
		}
		w.t.Entries++
		w.t.UpdatedAt = w.now
		if len(w.events) > 0 {
			err = tx.PutEvents(slices.Clone(w.events))
		}
		return errors.Join(err, tx.PutEntry(&w.entry), tx.PutTicket(&w.t))
	})
	if err != nil {
		return err
	}
	g.outbox.Wake()
	var v EntryView
	err = g.store.View(func(r store.Reader) (err error) {
		v, err = g.viewEntry(r, &w.entry)
		return err
	})
	if err != nil {
		return err
	}
	return emit(v)
}

// firstLine is the first line of a text that begins like a command.
func firstLine(text string) string {
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "#") {
			return letter.Excerpt(l, 60)
		}
	}
	return letter.Excerpt(text, 60)
}
