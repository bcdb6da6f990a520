package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// nextStep is called in the commit that records that the next hop took an answer for
// the one it is for. The clock until news goes on from this word, and the agent is
// asked for the time of the next step, when the answer names none and they want to be
// asked.
func (g *Gateway) nextStep(tx store.Tx, row *ticket.Outgoing, now time.Time) error {
	t, seq, err := ticketOf(tx, row)
	if err != nil {
		return err
	}
	s := g.settings.Load()
	if err := g.moveClocks(tx, s, &t, now); err != nil {
		return err
	}
	desk := s.desk(t.Desk)
	e, err := tx.Entry(row.ID)
	if err != nil || desk == nil || !desk.AskNextStep || t.Status == ticket.Solved || t.Status == ticket.Closed {
		return err
	}
	who := s.Agent(e.ByAgent)
	if who == nil || !s.deskHas(desk.Name, who.Address) || asksBack(e.Text) {
		return nil
	}
	o := &ownTime{voice: g.voice(s, desk, t.Number), t: &t, who: who, now: now}
	ask, err := o.lacksTime(tx, &e)
	if err != nil || !ask {
		return err
	}
	at := now
	if cal := s.workHours(who.Address, desk); cal != nil {
		if open, ok := cal.NextOpen(now); ok && !cal.Open(now) {
			at = open
		}
	}
	rows, err := o.mails(o.facts(wording.ClockNext), seq, at)
	rows = slices.DeleteFunc(rows, func(r ticket.Outgoing) bool { return r.ReplyTo == "" }) // to whom it could not be answered it is of no use
	return errors.Join(err, putRows(tx, rows))
}

// lacksTime reports whether an answer leaves the customer without a time for the next
// step, on a ticket where they are to have one: it is the first, or the level says how
// long nobody is left without news. Of words that may name one the agent was asked when
// they wrote them.
func (o *ownTime) lacksTime(r store.Reader, answer *ticket.Entry) (bool, error) {
	list, err := r.LastEntries(o.t.Number, 0, searched)
	if err != nil {
		return false, err
	}
	first := !slices.ContainsFunc(list, func(e ticket.Entry) bool {
		return e.Kind == ticket.MailOut && e.ByAgent != "" && e.ID < answer.ID
	})
	if !first {
		level := o.s.levelOf(o.t, o.desk)
		if level == nil {
			return false, nil
		}
		if _, runs := level.Target(promise.Update, o.t.Priority); !runs {
			return false, nil
		}
	}
	owed, err := r.TicketPromises(o.t.Number)
	if err != nil || slices.ContainsFunc(owed, func(p promise.Promise) bool { return p.Mail == answer.MessageID && p.Told }) {
		return false, err
	}
	return !o.mayPromise(answer), nil
}

// mayPromise reports whether the words of an answer promise a time, surely or perhaps.
func (o *ownTime) mayPromise(answer *ticket.Entry) bool {
	before := *o
	before.t, before.now = &ticket.Ticket{}, answer.At // nothing is noted of it
	_, f, err := before.promised(answer.Text, "", answer.MessageID)
	return err == nil && f != nil
}

// asksBack reports whether an answer ends in a question: then it is the customer's
// turn. Below it may stand a greeting and a name.
func asksBack(words string) bool {
	var last []string
	for l := range strings.Lines(words) {
		if l = strings.TrimSpace(l); l != "" {
			last = append(last, l)
		}
	}
	return slices.ContainsFunc(last[max(0, len(last)-endLines):], func(l string) bool {
		return strings.HasSuffix(l, "?") || strings.HasSuffix(l, "？")
	})
}

// endLines are the lines at the end of an answer of which one may be the question.
const endLines = 4

// needless reports whether a question for the next step is not worth asking any more
// when it leaves: the matter is over, or there are later words of the house.
func needless(r store.Reader, row *ticket.Outgoing) (bool, error) {
	var f wording.ClockFacts
	if row.Template != wording.TemplateClock {
		return false, nil
	}
	if err := json.Unmarshal(row.Facts, &f); err != nil {
		return false, fmt.Errorf("facts of %s: %w", row.ID, err)
	}
	if f.Reason != wording.ClockNext {
		return false, nil
	}
	t, err := r.Ticket(row.Ticket)
	if err != nil {
		return false, err
	}
	list, err := r.LastEntries(t.Number, 0, searched)
	later := slices.ContainsFunc(list, func(e ticket.Entry) bool {
		return e.Kind == ticket.MailOut && e.ByAgent != "" && e.Seq > row.EntrySeq
	})
	return later || t.Status == ticket.Solved || t.Status == ticket.Closed, err
}

// startClocks starts the clocks of the house that a ticket has by its level: until its
// solution, and, while the customer waits, until news.
func (g *Gateway) startClocks(t *ticket.Ticket, desk *config.Desk, s *settings, kinds []promise.Kind, now time.Time) (started []promise.Promise, err error) {
	level := s.levelOf(t, desk)
	cal, err := s.calendar(desk)
	if err != nil || level == nil {
		return nil, err
	}
	for _, kind := range kinds {
		target, ok := level.Target(kind, t.Priority)
		if !ok {
			continue
		}
		p, err := g.newTarget(t, cal, kind, target, now)
		if err != nil {
			return nil, err
		}
		started = append(started, p)
	}
	return started, nil
}
