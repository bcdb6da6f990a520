package mailgw

import (
	"cmp"
	"slices"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/customer"
	"supportgw/mailgw/promise"
)

// words are the subject and the new words of the mail, never quotes.
func (in *incoming) words() string {
	return in.mail.Subject + "\n" + cmp.Or(in.mail.NewText, in.mail.Matter())
}

// entitle says which level somebody who was identified has for this mail on a desk:
// the best of the agreements that apply, at once, also for who only claims to be it.
func (in *incoming) entitle(who customer.Identity, d *config.Desk) customer.Entitlement {
	return in.s.customers.Entitled(who, customer.Asked{
		Desk: d.Name, Sender: in.author, Words: in.words(), Now: in.At.In(in.s.zone(d)), Levels: in.s.bestLevels,
	})
}

// isBetter reports whether a level is better than another one. One that is not there
// is better than none.
func (s *settings) isBetter(level, than string) bool {
	i, j := slices.Index(s.bestLevels, level), slices.Index(s.bestLevels, than)
	return i >= 0 && (j < 0 || i < j)
}

// raise gives the ticket a better level at once, when an agreement applies to the new
// words that did not to those before. A level never falls by itself: what was bought for
// the mail that opened the ticket counts to its end.
func (d *decision) raise() {
	if !d.isPerson() || d.in.isAgent() || d.thanks || d.ticket.Customer == "" {
		return
	}
	e := d.in.entitle(d.identity, d.desk)
	old := d.in.level(d.ticket.Level, d.desk)
	if !d.in.s.isBetter(e.Level, old) {
		return
	}
	d.event("mailgw", "level "+old+" to "+e.Level, e.Why)
	d.ticket.Level, d.ticket.LevelWhy = e.Level, e.Why
	d.entitled, d.raised = e, !d.isNew
}

// saidLevel says to the agent why the ticket has its level, as far as agreements have
// to do with it: of a new ticket, and of one whose level this mail has raised.
func (d *decision) saidLevel() string {
	e := &d.entitled
	if e.Why == "" || !d.raised && (!d.isNew || e.Agreement == nil && len(e.Others) == 0) {
		return ""
	}
	if len(e.Others) == 0 {
		return e.Why
	}
	return e.Why + "; not " + strings.Join(e.Others[:min(len(e.Others), maxOthers)], "; ")
}

// maxOthers is how many agreements that do not apply an agent is told of.
const maxOthers = 3

// saidEnding are the customer's agreements that end soon, or ended not long ago, when
// a ticket is opened.
func (d *decision) saidEnding() []string {
	if !d.isNew {
		return nil
	}
	return d.entitled.Ending
}

// sooner moves the clock that runs to the end of the better level's target, when that
// is earlier. Nobody was told of it.
func (d *decision) sooner(p *promise.Promise) error {
	if !d.raised && !d.hurts() || d.level == nil {
		return nil
	}
	target, ok := d.level.Target(p.Kind, d.ticket.Priority)
	if !ok {
		return nil
	}
	if d.verdict.Target > 0 {
		target.Answer = min(target.Answer, d.verdict.Target)
	}
	d.target = target
	if err := d.setDue(); err != nil || !d.due.At.Before(p.DueAt) {
		return err
	}
	d.hastened = true
	p.DueAt, p.Clock, p.Wanted, p.Stage = d.due.At, target.AroundTheClock, target.Answer, ""
	return nil
}

// soonerClocks moves the house's own clocks of the ticket that run, when the level
// that this mail has raised ends them earlier: none of them is told to anybody. owed
// are the ticket's rows, d.clocks those that have changed already.
func (d *decision) soonerClocks(owed []promise.Promise) error {
	if !d.raised || d.level == nil {
		return nil
	}
	cal, err := d.in.s.calendar(d.desk)
	if err != nil {
		return err
	}
	for i := range owed {
		p := owed[i]
		house := p.Kind == promise.Resolution || p.Kind == promise.Update
		changed := slices.ContainsFunc(d.clocks, func(q promise.Promise) bool { return q.ID == p.ID })
		if p.State != promise.Open || p.Told || !house || changed || !p.PausedAt.IsZero() {
			continue
		}
		target, ok := d.level.Target(p.Kind, d.ticket.Priority)
		if !ok {
			continue
		}
		due, err := promise.Due(cal, d.now, target)
		if err != nil {
			return err
		}
		if due.At.Before(p.DueAt) {
			p.DueAt, p.Clock, p.Stage = due.At, target.AroundTheClock, ""
			p.Reset(cal, d.now)
			d.clocks = append(d.clocks, p)
		}
	}
	return nil
}
