package mailgw

import (
	"errors"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/staff"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/rules/hours"
)

// round is one transaction in which the scheduler looks at promises.
type round struct {
	g         *Gateway
	tx        store.Tx
	s         *settings
	now       time.Time
	staff     *staff.Staff
	behind    bool // more is due than one batch: the desks get lists
	reminders []reminder
}

// overdue is an open promise whose time has come, on its way through a round.
type overdue struct {
	*round
	desk *config.Desk
	cal  *hours.Calendar
	t    ticket.Ticket
	p    promise.Promise
	last ticket.Entry // the customer's last mail; zero when there is none
}

// lookAt does what is due about an open promise: somebody is reminded, the
// customer is told a new time, or it breaks.
func (r *round) lookAt(id ticket.ID) error {
	p, err := r.tx.Promise(id)
	if err != nil || p.State != promise.Open || p.Alarm().IsZero() || p.Alarm().Truncate(time.Millisecond).After(r.now) { // settled or moved since it was looked at; timers are kept to the millisecond
		return err
	}
	o := &overdue{round: r, p: p}
	if o.t, err = r.tx.Ticket(p.Ticket); err != nil {
		return err
	}
	o.desk = r.s.deskOr(o.t.Desk)
	if o.cal, err = r.s.calendar(o.desk); err != nil {
		return err
	}
	if double, err := o.isDouble(); err != nil {
		return err
	} else if double {
		o.p.State, o.p.Why, o.p.AlarmAt = promise.Withdrawn, "the ticket has another such clock", time.Time{}
		return r.tx.PutPromise(&o.p)
	}
	if err := o.findMail(); err != nil {
		return err
	}
	if o.isAnswerClock() && o.t.PromiseID != p.ID {
		if !o.takesOver() {
			return o.besides()
		}
		if err := r.tx.PutTicket(&o.t); err != nil {
			return err
		}
	}
	if done, err := o.solvedSince(); done || err != nil {
		return err
	}
	return o.proceed()
}

// isAnswerClock reports whether the promise is of the kind of which a ticket shows
// one: that a customer's mail is answered.
func (o *overdue) isAnswerClock() bool {
	return o.p.Kind == promise.First || o.p.Kind == promise.Next
}

// proceed does the next stage.
func (o *overdue) proceed() error {
	stage, at := o.p.NextStage(o.cal, o.now)
	if stage != promise.Break && at.Truncate(time.Millisecond).After(o.now) { // looked at too early: an alarm of before
		return o.goOn()
	}
	if stage != promise.Break && stage != promise.Announce && o.answerWaits() { // nobody is to be reminded of what is written
		o.p.Stage = stage
		return o.goOn()
	}
	if watched, err := o.isWatchedBeside(); err != nil {
		return err
	} else if watched && stage != promise.Break {
		o.p.Stage = stage
		return o.goOn()
	}
	switch stage {
	case promise.Half, promise.Most:
		return o.remindAssignee(stage)
	case promise.Nearly:
		return o.remindDesk()
	case promise.Announce:
		return o.announce()
	}
	if o.p.DueAt.After(o.now) {
		return o.goOn()
	}
	if o.isUpdateClock() {
		return o.update()
	}
	return o.breaks()
}

// goOn writes the promise with the time of its next stage.
func (o *overdue) goOn() error {
	o.p.Reset(o.cal, o.now)
	return o.tx.PutPromise(&o.p)
}

// takesOver reports whether a promise becomes its ticket's clock: a merge brought
// two together, and the other one is settled. One that was put off is not: the
// customer was told another time instead.
func (o *overdue) takesOver() bool {
	over := o.t.PromiseIs == string(promise.Withdrawn) && (o.t.Status == ticket.Solved || o.t.Status == ticket.Closed)
	if o.t.PromiseIs == string(promise.Open) || over || !o.p.Announced.IsZero() {
		return false
	}
	setClock(&o.t, &o.p)
	return true
}

// besides does what is due about a promise while another one is its ticket's
// clock: somebody is woken for it, too, unless it was put off, and somebody else than
// the other was told to hears that it will not be kept; else it only runs out, or goes
// with the other when that was taken back.
func (o *overdue) besides() error {
	switch {
	case o.t.PromiseIs == string(promise.Withdrawn):
		o.p.State, o.p.AlarmAt, o.p.Why = promise.Withdrawn, time.Time{}, "withdrawn with the ticket's other promise"
		return errors.Join(o.tx.PutPromise(&o.p), o.event("promise withdrawn", o.p.Why))
	case o.othersTime() && !o.p.StageAt(promise.Announce, o.cal).After(o.now):
		return o.announce()
	case !o.p.DueAt.After(o.now):
		return o.breaks()
	case o.p.Stage == "" || o.p.Stage == promise.Half || o.p.Stage == promise.Most:
		o.p.Stage = promise.Most // of two clocks only the alarm of the second is worth a mail
		if at := o.p.StageAt(promise.Nearly, o.cal); at.After(o.now) {
			o.p.AlarmAt = at
			return o.tx.PutPromise(&o.p)
		}
		if err := o.remindDesk(); err != nil || o.p.Stage != promise.Nearly { // it waits until somebody works
			return err
		}
	}
	if o.p.AlarmAt = (time.Time{}); o.othersTime() {
		o.p.AlarmAt = o.p.StageAt(promise.Announce, o.cal)
	}
	return o.tx.PutPromise(&o.p)
}

// othersTime reports whether the time was told to one person, who has not heard that it
// will not be kept: what another one hears of theirs, after a merge, says nothing of it.
func (o *overdue) othersTime() bool {
	return o.p.OwedTo != "" && o.p.Told && o.p.Announced.IsZero() && o.p.Stage != promise.Announce
}

// isWatchedBeside reports whether the promise is the house's clock until news, and
// something else is owed on the ticket, too: people are reminded of that, and its answer
// is news; two series of reminders of one ticket are read by nobody.
func (o *overdue) isWatchedBeside() (bool, error) {
	if !o.isUpdateClock() {
		return false, nil
	}
	list, err := o.tx.TicketPromises(o.t.Number)
	return slices.ContainsFunc(list, func(q promise.Promise) bool {
		return q.State == promise.Open && q.Kind != promise.Resolution && (q.Told || q.Kind != promise.Update) && q.DueAt.After(o.now)
	}), err
}

// isDouble reports whether another clock of the house of the same kind runs on the
// ticket, and ends no later: a merge brought two together, and one is enough.
func (o *overdue) isDouble() (bool, error) {
	if o.p.Told || o.p.Kind != promise.Update && o.p.Kind != promise.Resolution {
		return false, nil
	}
	list, err := o.tx.TicketPromises(o.t.Number)
	return slices.ContainsFunc(list, func(q promise.Promise) bool {
		sooner := q.DueAt.Before(o.p.DueAt) || q.DueAt.Equal(o.p.DueAt) && q.ID < o.p.ID
		return q.Kind == o.p.Kind && !q.Told && q.State == promise.Open && q.PausedAt.IsZero() && sooner
	}), err
}

// findMail finds the mail that waits for an answer.
func (o *overdue) findMail() error {
	list, err := o.tx.LastEntries(o.t.Number, 0, searched)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(list, func(e ticket.Entry) bool { return fromCustomer(&e) }); i >= 0 {
		o.last = list[i]
	}
	return nil
}

// workHours is when a person of the house works: their own calendar, else the desk's.
func (s *settings) workHours(addr string, desk *config.Desk) *hours.Calendar {
	if a := s.Agent(addr); a != nil && a.Calendar != "" {
		return s.Hours[a.Calendar]
	}
	return s.Hours[desk.Calendar]
}

// onDuty reports whether a person works now, and is not away. Of whom no hours are
// known, nobody says that they sleep.
func (o *overdue) onDuty(addr string) bool {
	return o.staff.Working(addr, o.s.Hours[o.desk.Calendar], o.now)
}

// onCall is who is on call and not away; all of them when all are.
func (o *overdue) onCall() []string { return someIn(o.staff, o.desk.OnCall, o.now) }

// someIn leaves out who is away, unless nobody would be left: a promise waits for nobody.
func someIn(s *staff.Staff, list []string, now time.Time) []string {
	if in := s.In(list, now); len(in) > 0 {
		return in
	}
	return list
}

// nextDuty is when the first of some people works next.
func (o *overdue) nextDuty(people []string) (first time.Time) {
	for _, a := range people {
		if at := o.staff.Back(a, o.s.Hours[o.desk.Calendar], o.now); !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// waitFor lets the stage wait until somebody works, when that is before the next
// one comes.
func (o *overdue) waitFor(people []string, next promise.Stage) (waits bool, err error) {
	opening := o.nextDuty(people)
	if opening.IsZero() || !opening.Before(o.p.StageAt(next, o.cal)) {
		return false, nil
	}
	o.p.AlarmAt = opening
	return true, o.tx.PutPromise(&o.p)
}

// paged reports whether the promise is watched at night, too.
func (o *overdue) paged() bool { return o.p.Clock || o.t.Priority == ticket.Urgent }

// remindAssignee reminds who has the ticket, in their own working hours; of what is
// urgent who is on call in their place. A ticket that nobody has is the desk's, later.
func (o *overdue) remindAssignee(stage promise.Stage) error {
	who := o.inPlace(o.responsible())
	working := slices.DeleteFunc(slices.Clone(who), func(a string) bool { return !o.onDuty(a) })
	next := stage.After()[0]
	switch {
	case len(who) == 0:
	case len(working) > 0:
		o.remind(ticket.Notice, working, stage)
	case o.paged() && len(o.desk.OnCall) > 0:
		o.remind(ticket.Page, o.onCall(), stage)
	default:
		if waits, err := o.waitFor(who, next); waits || err != nil {
			return err
		}
	}
	o.p.Stage = stage
	return o.goOn()
}

// responsible is who owes it: the agent who promised, as long as they are on the
// desk, else who has the ticket; "" for nobody.
func (o *overdue) responsible() string {
	for _, a := range []string{o.p.Agent, o.t.Assignee} {
		if (o.p.Kind == promise.ByAgent || o.p.Kind == promise.Callback || a == o.t.Assignee) && a != "" && o.desk.HasAgent(a) {
			return a
		}
	}
	return ""
}

// inPlace are those who are reminded of an agent's work: the agent, or who stands in,
// or the others of the desk who are in; all of it when nobody is. None for nobody.
func (o *overdue) inPlace(agent string) []string {
	if agent == "" {
		return nil
	}
	if by := o.staff.StandIn(agent, o.desk.Agents, o.now); by != "" {
		return []string{by}
	}
	return someIn(o.staff, o.desk.Agents, o.now)
}

// remindDesk wakes the desk: all of its people who work now, and who is on call
// when it is urgent. When nobody works before it would break, somebody is woken.
func (o *overdue) remindDesk() error {
	working := o.reachable()
	if len(working) == 0 && !o.paged() {
		next := promise.Announce
		if !o.p.Told {
			next = promise.Break
		}
		if waits, err := o.waitFor(o.desk.Agents, next); waits || err != nil {
			return err
		}
	}
	if len(working) == 0 {
		if working = o.onCall(); len(working) == 0 {
			working = someIn(o.staff, o.desk.Agents, o.now)
		}
	}
	o.remind(ticket.Page, working, promise.Nearly)
	o.p.Stage = promise.Nearly
	return errors.Join(o.event("nobody has answered yet; woke the desk", "due "+o.say(o.p.DueAt)), o.goOn())
}

// reachable are those of the desk who work now, and who is on call when it is urgent.
func (o *overdue) reachable() []string {
	working := slices.DeleteFunc(slices.Clone(o.desk.Agents), func(a string) bool { return !o.onDuty(a) })
	if o.paged() {
		working = joined(working, o.onCall())
	}
	return working
}

// joined adds those of more who are not in a list.
func joined(list, more []string) []string {
	out := slices.Clone(list)
	for _, a := range more {
		if !slices.ContainsFunc(out, func(b string) bool { return strings.EqualFold(a, b) }) {
			out = append(out, a)
		}
	}
	return out
}

// breaks books what was not kept.
func (o *overdue) breaks() error {
	unseen := o.p.Announced.IsZero() && o.p.Stage != promise.Nearly && o.p.Stage != promise.Announce
	o.p.State, o.p.AlarmAt, o.p.Stage, o.p.Why = promise.Broken, time.Time{}, promise.Break, o.whyBroken()
	if err := errors.Join(o.tx.PutPromise(&o.p), unansweredBroke(o.tx, &o.p), brokeTo(o.tx, &o.t, &o.p, o.now)); err != nil {
		return err
	}
	if o.t.PromiseID == o.p.ID {
		o.t.PromiseIs, o.t.UpdatedAt = string(promise.Broken), o.now
		if err := o.tx.PutTicket(&o.t); err != nil {
			return err
		}
	}
	what := "target missed"
	if o.p.Told {
		what = "promise broken"
	}
	if unseen || o.answerWaits() { // the gateway did not run when somebody was to be woken, or the next mail server takes nothing
		o.remindBroken()
	}
	o.g.log.Warn(what, "ticket", o.t.Number, "kind", o.p.Kind, "due", o.p.DueAt, "customer", o.t.Customer, "requester", o.t.Address, "because", o.p.Why)
	return o.event(what, "not kept by "+o.say(o.p.DueAt)+": "+o.p.Why)
}

// whyBroken says in words why a promise is not kept.
func (o *overdue) whyBroken() string {
	var why []string
	if from, to, ok := o.g.down.around(o.p.MadeAt, o.p.DueAt); ok {
		why = append(why, "mailgw did not run from "+o.say(from)+" to "+o.say(to))
	}
	switch {
	case o.answerWaits():
		why = append(why, "an answer is written, and the next mail server has not taken it")
	case o.p.Kind == promise.Resolution:
		why = append(why, "it is not solved")
	case o.responsible() != "" && o.staff.Away(o.responsible(), o.now) != nil:
		why = append(why, o.responsible()+" has it and is away, and nobody else has answered")
	case o.responsible() != "":
		why = append(why, o.responsible()+" has it and has not answered")
	default:
		why = append(why, "nobody took it")
	}
	return strings.Join(why, "; ")
}

func (o *overdue) say(t time.Time) string { return t.In(o.s.zone(o.desk)).Format(timeFormat) }

func (o *overdue) event(what, why string) error {
	return o.tx.PutEvents([]ticket.Event{{Ticket: o.t.Number, ID: o.g.ids.Next(), At: o.now, Who: "mailgw", What: what, Why: why}})
}

// facts are what the house is told about the promise; newDue is what the customer
// was told instead.
func (o *overdue) facts(stage promise.Stage, newDue string) wording.DueFacts {
	zone, lang := o.s.zone(o.desk), o.s.Words.Match(o.desk.Language)
	return wording.DueFacts{
		Ticket: o.t.Number, Desk: o.desk.Name, DeskName: o.desk.FromName, From: o.t.Requester, Company: o.s.companyName(&o.t), Level: o.t.Level,
		Subject: o.t.Subject, Due: promise.Say(o.p.DueAt, o.now, zone, lang), NewDue: newDue, Broken: stage == promise.Break,
		Early: stage == promise.Half || stage == promise.Most, Target: !o.p.Told, Unsent: o.hasUnsent(),
	}
}
