package mailgw

import (
	"fmt"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/rules/hours"
)

// levelOf is the service level that a ticket has on a desk; nil when neither of
// the two levels is there.
func (s *settings) levelOf(t *ticket.Ticket, desk *config.Desk) *config.Level {
	if l := s.Level(t.Level); l != nil {
		return l
	}
	return s.Level(desk.Level)
}

// newTarget is the row of a clock of the house: no customer was told of it.
func (g *Gateway) newTarget(t *ticket.Ticket, cal *hours.Calendar, kind promise.Kind, target promise.Target, now time.Time) (promise.Promise, error) {
	due, err := promise.Due(cal, now, target)
	if err != nil {
		return promise.Promise{}, fmt.Errorf("due time of ticket %d: %w", t.Number, err)
	}
	p := promise.Promise{
		ID: g.ids.Next(), Ticket: t.Number, Customer: t.Customer, Agent: t.Assignee, Kind: kind, State: promise.Open, Clock: target.AroundTheClock,
		DueAt: due.At, MadeAt: now, MadeBy: "mailgw", Mail: t.LastIn, Cause: "target of level " + t.Level,
	}
	p.Reset(cal, now)
	return p, nil
}

// moveClocks moves the clocks of a ticket whose status has changed.
func (g *Gateway) moveClocks(tx store.Tx, s *settings, t *ticket.Ticket, now time.Time) error {
	owed, err := tx.TicketPromises(t.Number)
	if err != nil {
		return err
	}
	changed, err := s.clockRows(g, owed, t, now)
	if err != nil {
		return err
	}
	for i := range changed {
		if err := tx.PutPromise(&changed[i]); err != nil {
			return err
		}
		g.scheduler.DueAt(changed[i].Alarm())
	}
	return nil
}

// moveClocks moves the house's own clocks of the ticket, as its status is after the mail.
func (d *decision) moveClocks() error {
	var owed []promise.Promise
	var err error
	if !d.isNew {
		if owed, err = d.r.TicketPromises(d.ticket.Number); err != nil {
			return err
		}
	}
	if d.clocks, err = d.in.s.clockRows(d.g, owed, &d.ticket, d.now); err == nil {
		err = d.soonerClocks(owed)
	}
	if err != nil || !d.besidesNews(owed) {
		return err
	}
	next, err := d.g.startClocks(&d.ticket, d.desk, d.in.s, []promise.Kind{promise.Next}, d.now)
	d.clocks = append(d.clocks, next...)
	return err
}

// besidesNews reports whether the customer's words need a clock of their own, of which
// they are told nothing: what they were told is when news or a call comes, perhaps in a
// week, and that is no answer to this mail.
func (d *decision) besidesNews(owed []promise.Promise) bool {
	if d.isNew || !d.isPerson() || d.in.isAgent() || d.thanks || d.onlyImpact() || d.pledge != nil {
		return false
	}
	news := false
	for i := range owed {
		p := &owed[i]
		if p.State != promise.Open {
			continue
		}
		if p.Kind == promise.First || p.Kind == promise.Next {
			return false
		}
		news = news || p.ID == d.before.PromiseID
	}
	return news
}

// clockRows moves the clocks of a ticket that stand still while the customer is
// waited for, as its status asks for; and starts those that do not run. It
// returns the rows that have changed.
func (s *settings) clockRows(g *Gateway, owed []promise.Promise, t *ticket.Ticket, now time.Time) (changed []promise.Promise, err error) {
	desk := s.desk(t.Desk)
	if desk == nil || t.PromiseID == 0 {
		return nil, nil
	}
	cal, err := s.calendar(desk)
	if err != nil {
		return nil, err
	}
	over := t.Status == ticket.Solved || t.Status == ticket.Closed
	runs, waits := false, t.Status == ticket.New || t.Status == ticket.Open
	for i := range owed {
		p := owed[i]
		if p.State != promise.Open || p.Told || p.Kind != promise.Resolution && p.Kind != promise.Update {
			continue
		}
		runs, waits = runs || p.Kind == promise.Resolution, waits && p.Kind != promise.Update
		switch {
		case over && p.Kind == promise.Resolution:
			p.State, p.KeptAt, p.PausedAt, p.AlarmAt = promise.Kept, now, time.Time{}, time.Time{}
		case over:
			p.State, p.Why, p.PausedAt, p.AlarmAt = promise.Withdrawn, "it is "+string(t.Status), time.Time{}, time.Time{}
		case t.Status == ticket.Pending && p.PausedAt.IsZero():
			p.Pause(cal, now)
		case t.Status != ticket.Pending && !p.PausedAt.IsZero():
			p.Resume(cal, now)
		default:
			continue
		}
		changed = append(changed, p)
	}
	var start []promise.Kind
	if !runs && !over {
		start = append(start, promise.Resolution)
	}
	if waits {
		start = append(start, promise.Update)
	}
	started, err := g.startClocks(t, desk, s, start, now)
	return append(changed, started...), err
}
