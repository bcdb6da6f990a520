package mailgw

import (
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// calibration is what history said about a promise.
type calibration struct {
	used   bool             // the time that is told is history's
	behind bool             // history says that the target will not be kept
	est    promise.Estimate // zero when there is too little history
	due    promise.DueTime  // of the target, when another time is told
}

// calibrate puts the time in which such cases were answered in the place of the
// target's, when promises are calibrated and there is enough history. kind is the
// promise's.
func (d *decision) calibrate(kind promise.Kind) error {
	d.calibrated = calibration{}
	if d.in.s.Promise.Mode != config.PromiseCalibrated {
		return nil
	}
	cal, err := d.in.s.calendar(d.desk)
	if err != nil {
		return err
	}
	ask := promise.Question{Q: quantile, Like: promise.Case{
		Target: d.target.Answer, Around: d.target.AroundTheClock, Priority: d.ticket.Priority, Kind: kind,
		Hour: promise.HourOfWeek(d.now.In(cal.Location())),
	}}
	c := &d.calibrated
	var ok bool
	if c.est, ok = d.g.past.estimate(d.desk.Name, cal, ask, d.now); !ok {
		return nil
	}
	due, err := promise.DueByHistory(cal, d.now, promise.Target{Answer: c.est.Took, AroundTheClock: d.target.AroundTheClock})
	if err != nil {
		return nil // no such time is there; the target's is
	}
	c.behind = c.est.Took > d.target.Answer
	switch {
	case c.behind && d.in.s.Promise.Behind == config.BehindTarget:
	case c.behind, due.At.Before(d.due.At):
		c.used, c.due, d.due = true, d.due, due
	}
	return nil
}

// settleCalibration books what was decided; who is not told a time has the target.
func (d *decision) settleCalibration() {
	switch {
	case d.resumed:
	case d.ack.send:
		d.giveUp()
	default:
		d.uncalibrate()
	}
}

// uncalibrate goes back to the target: nobody is told.
func (d *decision) uncalibrate() {
	if d.calibrated.used && !d.ack.overBudget { // then it is half of the target already
		d.due, d.pledge.DueAt = d.calibrated.due, d.calibrated.due.At
	}
	d.calibrated = calibration{}
}

// giveUp books the target as missed, when the customer is told a later time.
func (d *decision) giveUp() {
	c := &d.calibrated
	d.pledge.Calibrated = c.used
	if !c.used || !c.behind {
		return
	}
	d.givenUp = &promise.Promise{
		ID: d.g.ids.Next(), Ticket: d.ticket.Number, Customer: d.ticket.Customer, Agent: d.ticket.Assignee, Kind: d.pledge.Kind, State: promise.Broken, GivenUp: true,
		DueAt: c.due.At, MadeAt: d.now, MadeBy: "mailgw", Cause: c.est.String(),
	}
	d.event("mailgw", "target missed before it began: "+c.due.At.Format(timeFormat), c.est.String())
}

// historyReason is what history adds to where a time comes from; "" when promises
// are not calibrated.
func (d *decision) historyReason() string {
	c := &d.calibrated
	switch {
	case d.in.s.Promise.Mode != config.PromiseCalibrated || d.resumed:
		return ""
	case c.est.Q == 0 && !d.pledge.Told && !d.ack.send:
		return ""
	case c.est.Q == 0:
		return "; too little history to tell another time"
	case c.used:
		return "; the time is history's: " + c.est.String()
	case c.behind:
		return "; history is later, and the target is told all the same (promise.behind): " + c.est.String()
	}
	return "; history asks for no earlier time: " + c.est.String()
}

// achievedDue is a later time as history tells it, for the promise that will not be
// kept; false when it knows none that is later.
func (o *overdue) achievedDue() (promise.DueTime, promise.Estimate, bool) {
	list, err := o.tx.TicketPromises(o.t.Number)
	first := firstOf(list, &o.p)
	if err != nil || first == nil {
		return promise.DueTime{}, promise.Estimate{}, false
	}
	due, est, ok := o.g.laterDue(o.s, o.desk, first, o.now)
	return due, est, ok && due.At.After(laterOf(o.now, o.p.DueAt))
}

// laterDue is the time in which a case that has waited since a promise was made
// will be answered, as such cases that waited that long were, from now on; false
// when history does not know, or promises are not calibrated.
func (g *Gateway) laterDue(s *settings, desk *config.Desk, p *promise.Promise, now time.Time) (promise.DueTime, promise.Estimate, bool) {
	cal := s.Hours[desk.Calendar]
	if s.Promise.Mode != config.PromiseCalibrated || cal == nil {
		return promise.DueTime{}, promise.Estimate{}, false
	}
	like, ok := caseOf(p, cal.Location())
	if !ok {
		return promise.DueTime{}, promise.Estimate{}, false
	}
	waited := took(cal, like.Around, p.MadeAt, now)
	est, ok := g.past.estimate(desk.Name, cal, promise.Question{Like: like, Waited: waited, Q: quantile}, now)
	if !ok {
		return promise.DueTime{}, est, false
	}
	due, err := promise.DueByHistory(cal, now, promise.Target{Answer: est.Took - waited, AroundTheClock: like.Around})
	return due, est, err == nil
}

// firstOf is the row of the clock that a promise told later goes back to.
func firstOf(list []promise.Promise, p *promise.Promise) *promise.Promise {
	for i := len(list) - 1; i >= 0; i-- {
		if f := &list[i]; f.ID <= p.ID && f.Wanted > 0 && f.Kind == p.Kind {
			return f
		}
	}
	return nil
}

// isWork reports whether a ticket waits for the desk.
func isWork(t *ticket.Ticket) bool { return t.Status == ticket.New || t.Status == ticket.Open }
