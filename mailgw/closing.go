package mailgw

import (
	"errors"
	"fmt"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/rules/hours"
)

const (
	// lastNotice is how long before a ticket is closed by silence its customer is told
	// so, at least.
	lastNotice = 24 * time.Hour
	// noticeSlack is how much less it may be for the time that a mail takes to leave.
	noticeSlack = time.Hour
)

// startClosing sets when a ticket that was solved now is closed by silence, and when
// its customer gets the last notice: at the desk's opening, on a working day, so
// that a day at least is left.
func (g *Gateway) startClosing(s *settings, t *ticket.Ticket, now time.Time) error {
	desk := s.desk(t.Desk)
	if desk == nil || desk == s.admin {
		return nil
	}
	c := closingOf(t)
	c.NoticeAt, c.CloseAt, c.ToldAt, c.NoticeID, c.Silent = time.Time{}, time.Time{}, time.Time{}, 0, false
	t.Closing = c
	if desk.CloseAfter <= 0 {
		return nil
	}
	cal, err := s.calendar(desk)
	if err != nil {
		return err
	}
	c.CloseAt = closingTime(cal, now.Add(desk.CloseAfter))
	c.NoticeAt = noticeTime(cal, now, c.CloseAt)
	return nil
}

// closingTime is the first instant from at on at which the desk works, at a quarter
// of an hour: a time that one can say.
func closingTime(cal *hours.Calendar, at time.Time) time.Time {
	if open, ok := cal.NextOpen(at); ok {
		at = open
	}
	const quarter = 15 * time.Minute
	at = at.In(cal.Location())
	if late := at.Sub(at.Truncate(quarter)); late > 0 {
		at = at.Add(quarter - late)
	}
	return at
}

// noticeTime is when the last notice is due before a ticket is closed: the last
// opening of the desk by which a day is left; when the ticket was solved after that,
// the notice comes at that time, and it is closed later.
func noticeTime(cal *hours.Calendar, solved, closing time.Time) time.Time {
	latest := closing.Add(-lastNotice)
	for at := latest; ; {
		last, ok := cal.LastOpen(at)
		if !ok || !last.After(solved) {
			break
		}
		if !cal.Open(last) { // the end of a stretch, which may be the next day's midnight
			last = last.Add(-time.Nanosecond)
		}
		opening := morning(cal, last)
		if !opening.After(latest) && opening.After(solved) {
			return opening
		}
		if first, ok := cal.Opening(last); ok && first.After(solved) {
			at = first.Add(-time.Second)
			continue
		}
		break
	}
	return mailTime(cal, laterOf(latest, closing))
}

// firstHour is from when on customers of a desk that works around the clock, and so
// has no opening, get such mail.
const firstHour = 9

// morning is when the desk opens on the local day of an open instant.
func morning(cal *hours.Calendar, at time.Time) time.Time {
	opening, ok := cal.Opening(at)
	if !ok {
		return at
	}
	if y, m, d := opening.Date(); opening.Hour() == 0 && opening.Minute() == 0 {
		return time.Date(y, m, d, firstHour, 0, 0, 0, opening.Location())
	}
	return opening
}

// mailTime is at, when that lies in the desk's hours, else the next morning: nobody
// gets such mail at night.
func mailTime(cal *hours.Calendar, at time.Time) time.Time {
	open, ok := cal.NextOpen(at)
	if !ok {
		return at
	}
	if first := morning(cal, open); first.After(open) {
		return first
	}
	return open
}

// setAlarm sets the timer of a ticket that is to be closed. One that was set before
// and means nothing any more takes itself away when its time comes.
func setAlarm(tx store.Tx, t *ticket.Ticket) error {
	alarm := t.Closing.Alarm()
	if t.Status != ticket.Solved || alarm.IsZero() {
		return nil
	}
	return tx.PutTimer(store.TimerTicket, ticket.ID(t.Number), alarm)
}

// closeDue does what is due by silence at now: last notices, and tickets that are
// closed. It returns when something will be again, zero when nothing waits; when more
// than a batch is due, that is now.
func (g *Gateway) closeDue(now time.Time) (time.Time, error) {
	var due []store.Timer
	more := false
	err := g.store.View(func(r store.Reader) error {
		return r.Timers(store.TimerTicket, now, func(t store.Timer) bool {
			if more = len(due) == dueBatch; more {
				return false
			}
			due = append(due, t)
			return true
		})
	})
	for _, timer := range due { // each alone: a damaged ticket must not keep the others
		err = errors.Join(err, g.store.Update(store.Background, func(tx store.Tx) error { return g.closeOne(tx, timer, now) }))
	}
	if len(due) > 0 {
		g.outbox.Wake()
	}
	if err != nil || more {
		return now, err
	}
	var next time.Time
	err = g.store.View(func(r store.Reader) error { // what was done has times of its own
		return r.Timers(store.TimerTicket, endOfTime, func(t store.Timer) bool { next = t.At; return false })
	})
	return next, err
}

// closeOne does what a ticket's timer is for, when it still is for something.
func (g *Gateway) closeOne(tx store.Tx, timer store.Timer, now time.Time) error {
	if err := tx.DeleteTimer(timer.Kind, timer.Ref, timer.At); err != nil {
		return ignoreNotFound(err) // somebody else was faster
	}
	t, err := tx.Ticket(uint64(timer.Ref))
	if err != nil {
		return fmt.Errorf("ticket %d, which is to be closed: %w", uint64(timer.Ref), err)
	}
	if t.Status == ticket.Pending && t.WaitUntil.UnixMilli() == timer.At.UnixMilli() {
		return g.waitOver(tx, &t, now)
	}
	if t.Status != ticket.Solved || t.Closing.Alarm().UnixMilli() != timer.At.UnixMilli() {
		return nil
	}
	s := g.settings.Load()
	l := ending{g: g, tx: tx, s: s, desk: s.desk(t.Desk), t: &t, c: closingOf(&t), now: now, id: g.ids.Next()}
	if l.desk == nil { // its desk was taken out of the configuration: the ticket has nobody's hours
		l.desk = s.admin
	}
	if l.cal, err = s.calendar(l.desk); err != nil {
		return err
	}
	t.Closing = l.c
	return l.run()
}

// ending is a ticket that is to be closed by silence, on its way through a transaction.
type ending struct {
	g      *Gateway
	tx     store.Tx
	s      *settings
	desk   *config.Desk
	cal    *hours.Calendar
	t      *ticket.Ticket
	c      *ticket.Closing
	now    time.Time
	id     ticket.ID // of the events
	events []ticket.Event
}

func (l *ending) run() error {
	held, err := l.held()
	if err != nil {
		return err
	}
	owed, err := l.owed()
	if err != nil {
		return err
	}
	told, err := l.told()
	if err != nil {
		return err
	}
	switch {
	case l.c.ToldAt.IsZero() && l.desk.CloseAfter <= 0: // turned off since
		l.c.NoticeAt, l.c.CloseAt = time.Time{}, time.Time{}
		l.event("it is not closed by itself", "close_after of desk "+l.desk.Name)
	case held && l.c.ToldAt.IsZero():
		l.c.NoticeAt = mailTime(l.cal, l.now.Add(lastNotice))
	case owed.After(l.now) && l.c.ToldAt.IsZero():
		l.c.NoticeAt = mailTime(l.cal, owed.Add(time.Second))
	case l.c.ToldAt.IsZero() && mailTime(l.cal, l.now).After(l.now): // found late, at night
		l.c.NoticeAt = mailTime(l.cal, l.now)
	case l.c.ToldAt.IsZero():
		err = l.tell()
	case held || !told:
		l.c.CloseAt = closingTime(l.cal, l.now.Add(lastNotice))
	default:
		err = l.close()
	}
	l.t.UpdatedAt = l.now
	if len(l.events) > 0 {
		err = errors.Join(err, l.tx.PutEvents(l.events))
	}
	return errors.Join(err, setAlarm(l.tx, l.t), l.tx.PutTicket(l.t))
}

func (l *ending) event(what, why string) {
	l.events = append(l.events, ticket.Event{Ticket: l.t.Number, ID: l.id, At: l.now, Who: "mailgw", What: what, Why: why})
}

// held reports whether a mail waits for a person to decide if it belongs on the
// ticket: its customer may have written.
func (l *ending) held() (found bool, err error) {
	err = l.tx.DrawerItems(func(i ticket.DrawerItem) bool {
		found = i.Kind == ticket.DrawerHeld && i.Ticket == l.t.Number
		return !found
	})
	return found, err
}

// owed is the latest time at which the customer is still to hear from us: who solved the
// ticket promised it in the same words. Until then their silence says nothing.
func (l *ending) owed() (latest time.Time, err error) {
	list, err := l.tx.TicketPromises(l.t.Number)
	for i := range list {
		if p := &list[i]; p.Told && p.State == promise.Open {
			latest = laterOf(latest, p.DueAt)
		}
	}
	return latest, err
}

// told reports whether the last notice has left a day ago: one that waits in the
// outbox has told nobody anything.
func (l *ending) told() (bool, error) {
	if l.c.NoticeID == 0 {
		return true, nil
	}
	if _, err := l.tx.Outgoing(l.c.NoticeID); !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	e, err := l.tx.Entry(l.c.NoticeID)
	return l.now.Sub(e.SentAt) >= lastNotice-noticeSlack, err // given up: never sent
}

// tell makes the last notice, with the time at which the ticket will be closed: a
// day from now at least, whenever now is.
func (l *ending) tell() error {
	q := question{voice: l.g.voice(l.s, l.desk, l.t.Number), r: l.tx, t: l.t, now: l.now}
	q.by = closingTime(l.cal, laterOf(l.c.CloseAt, l.now.Add(lastNotice)))
	why, err := q.find()
	if err != nil {
		return err
	}
	if why != "" {
		l.c.ToldAt, l.c.CloseAt = l.now, q.by
		l.event("the customer gets no last notice", why)
		return nil
	}
	row, entry, err := q.row()
	if err != nil {
		return err
	}
	l.c = l.t.Closing
	l.c.ToldAt, l.c.CloseAt, l.c.NoticeID = l.now, q.by, row.ID
	l.event("told the customer when it will be closed", q.by.Format(timeFormat)+", unless they write")
	return errors.Join(l.tx.PutOutgoing(&row), l.tx.PutEntry(&entry))
}

// close closes the ticket by silence.
func (l *ending) close() error {
	then, ok := l.t.Status.After(ticket.Silence)
	if !ok {
		return nil
	}
	why := "its customer was not asked"
	var err error
	if !l.c.AskedAt.IsZero() {
		why = "the customer said nothing since " + l.c.AskedAt.In(l.cal.Location()).Format(timeFormat)
		err = countSaid(l.tx, l.t.Desk, silence)
	}
	l.event("status "+string(l.t.Status)+" to "+string(then), why)
	l.t.Status, l.t.ClosedAt, l.c.Silent = then, l.now, true
	return err
}
