package mailgw

import (
	"fmt"

	"supportgw/mailgw/heard"
	"supportgw/mailgw/promise"
	"supportgw/rules"
	"supportgw/rules/hours"
)

// promise starts an answer clock, when somebody waits for an answer and none
// runs yet. The customer is told its end in the acknowledgement; a clock that
// nobody was told is only a target.
func (d *decision) promise() error {
	if !d.isPerson() || d.in.isAgent() || d.desk == d.in.s.admin || d.thanks || d.said == heard.Yes {
		return nil
	}
	d.wokenByImpact()
	running := !d.isNew && d.before.PromiseIs == string(promise.Open)
	if running && !(d.before.Told && (d.paged || d.raised || d.hurts())) {
		return d.resume()
	}
	if d.onlyImpact() { // nobody waits for an answer to an answer
		return nil
	}
	if d.level == nil {
		return fmt.Errorf("desk %q has no level %q", d.desk.Name, d.desk.Level)
	}
	kind := promise.Next
	if d.isNew {
		kind = promise.First
	}
	d.target, _ = d.level.Target(kind, d.ticket.Priority)
	if d.verdict.Target > 0 {
		d.target.Answer = d.verdict.Target
	}
	if err := d.setDue(); err != nil {
		return err
	}
	if err := d.calibrate(kind); err != nil {
		return err
	}
	if running {
		return d.hurry(kind)
	}
	d.pledge = d.newPledge(kind)
	return nil
}

// newPledge is the row of a promise that begins now.
func (d *decision) newPledge(kind promise.Kind) *promise.Promise {
	return &promise.Promise{
		ID: d.g.ids.Next(), Ticket: d.ticket.Number, Customer: d.ticket.Customer, Agent: d.ticket.Assignee, Kind: kind,
		State: promise.Open, Clock: d.target.AroundTheClock, DueAt: d.due.At, MadeAt: d.now, Mail: d.in.mail.MessageID, MadeBy: "mailgw", Cause: "mail " + d.in.ID.String(),
		Wanted: d.target.Answer, Priority: d.ticket.Priority,
	}
}

// hurry puts an earlier promise in the place of one that was told, when the
// customer's new words made the matter urgent: he did what we said wakes us, and
// hears by when. A later time is never told instead of an earlier one.
func (d *decision) hurry(kind promise.Kind) error {
	old, err := d.r.Promise(d.before.PromiseID)
	if err != nil {
		return fmt.Errorf("open promise of ticket %d: %w", d.ticket.Number, err)
	}
	if !d.due.At.Before(old.DueAt) {
		return nil
	}
	old.State, old.Cause = promise.Withdrawn, "an earlier one took its place: it became urgent"
	if !d.paged && d.raised {
		old.Cause = "an earlier one took its place: level " + d.ticket.Level
	}
	d.pledge, d.replaced = d.newPledge(kind), &old
	return nil
}

// resume goes on with the clock that runs. When the customer was not told its end
// (over budget then, or the mail came through a list), this mail is the occasion.
func (d *decision) resume() error {
	if d.before.Told {
		return nil
	}
	p, err := d.r.Promise(d.before.PromiseID)
	if err != nil {
		return fmt.Errorf("open target of ticket %d: %w", d.ticket.Number, err)
	}
	zone := d.in.s.zone(d.desk)
	d.pledge, d.resumed = &p, true
	if err := d.sooner(&p); err != nil {
		return err
	}
	d.due = promise.DueTime{At: p.DueAt.In(zone), Exact: p.DueAt, NextDay: hours.DateOf(p.DueAt.In(zone)) != hours.DateOf(d.now.In(zone))}
	return nil
}

// setDue computes the end of the target.
func (d *decision) setDue() error {
	cal, err := d.in.s.calendar(d.desk)
	if err != nil {
		return err
	}
	d.due, err = promise.Due(cal, d.now, d.target)
	if err != nil {
		return fmt.Errorf("due time of ticket %d: %w", d.ticket.Number, err)
	}
	return nil
}

// settle writes the promise onto the ticket, told or not. Over budget nobody is
// told, and the desk has half of the time.
func (d *decision) settle() error {
	if d.pledge == nil {
		return nil
	}
	if (d.resumed || d.replaced != nil) && !d.ack.send && !d.hastened { // what was told stands
		d.pledge, d.replaced = nil, nil
		return nil
	}
	if d.ack.overBudget {
		d.target.Answer /= 2
		if err := d.setDue(); err != nil {
			return err
		}
		d.pledge.DueAt = d.due.At
	}
	d.settleCalibration()
	d.pledge.Told = d.ack.send
	if err := d.setAlarm(); err != nil {
		return err
	}
	d.ticket.PromiseID, d.ticket.PromiseDue, d.ticket.Told = d.pledge.ID, d.pledge.DueAt, d.pledge.Told
	d.ticket.PromiseIs, d.ticket.PutOff = string(promise.Open), d.pledge.Late > 0
	what := "target " + d.pledge.DueAt.Format(timeFormat)
	if d.pledge.Told {
		what = "promised an answer by " + d.pledge.DueAt.Format(timeFormat)
	}
	d.event("mailgw", what, d.targetReason())
	return nil
}

// setAlarm sets when somebody is reminded that the promise is to be kept.
func (d *decision) setAlarm() error {
	cal, err := d.in.s.calendar(d.desk)
	if err == nil {
		d.pledge.Reset(cal, d.now)
	}
	return err
}

// timeFormat is how events write a time: with its zone, for any reader.
const timeFormat = "2006-01-02 15:04 MST"

// targetReason says where the target comes from.
func (d *decision) targetReason() string {
	if d.resumed && !d.hastened {
		return "the customer had not been told"
	}
	why := fmt.Sprintf("level %s: %s of working time", d.level.Name, d.target.Answer)
	if d.target.AroundTheClock {
		why = fmt.Sprintf("level %s, urgent: %s around the clock", d.level.Name, d.target.Answer)
	}
	if d.verdict.Target > 0 {
		why = fmt.Sprintf("%s: %s", d.ruleThat(func(e *rules.Effects) bool { return e.Target > 0 }), d.target.Answer)
	}
	if d.ack.overBudget {
		why += ", halved because the customer was not told"
	}
	return why + d.historyReason()
}
