package mailgw

import (
	"errors"
	"time"

	"supportgw/mailgw/scheduler"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// newScheduler makes the one who does what is due by the clock. Each job reads
// durable timers, and settles each of them in the commit in which it is acted upon.
func newScheduler(g *Gateway) *scheduler.Scheduler {
	return scheduler.New(scheduler.Options{Clock: g.clock, Log: g.log, Jobs: g.jobs()})
}

// jobs are what falls due.
func (g *Gateway) jobs() []scheduler.Job {
	return []scheduler.Job{
		{Name: "note that the gateway runs", Do: g.noteAlive},
		{Name: "look after promises", Do: g.breakDue},
		{Name: "empty drawers", Do: g.emptyDrawers},
		{Name: "close what is solved", Do: g.closeDue},
		{Name: "send lists of news", Do: g.sendDigests},
		{Name: "list who has no time before the day ends", Do: g.lastHour},
		{Name: "tell desks that are slow", Do: g.alarmSlow},
		{Name: "erase what is not kept any longer", Do: g.letGo},
	}
}

// dueBatch is how many promises are looked at in one commit. Together with the
// scheduler's pause between two batches it bounds what leaves after a downtime.
const dueBatch = 50

// breakDue looks at the open promises whose time has come, oldest first: somebody
// is reminded, a customer hears of a later time, or a promise breaks. It returns
// when the next one's time comes; when more than a batch is due, that is now.
func (g *Gateway) breakDue(now time.Time) (time.Time, error) {
	due, next, err := g.duePromises(now)
	if err != nil {
		return time.Time{}, err
	}
	behind := len(due) == dueBatch && !next.After(now)
	if len(due) > 0 {
		err = g.store.Update(store.Background, func(tx store.Tx) error { return g.lookAtAll(tx, due, now, behind) })
		if err != nil { // one that is damaged must not keep the others from the ledger
			err = nil
			for _, id := range due {
				err = errors.Join(err, g.store.Update(store.Background, func(tx store.Tx) error { return g.lookAtAll(tx, []ticket.ID{id}, now, behind) }))
			}
		}
		defer g.outbox.Wake() // reminders and later times must not wait for the next mail
	}
	if err != nil {
		return time.Time{}, err
	}
	if behind {
		return now, nil
	}
	at, err := g.listBehind(now)
	if next.IsZero() || !at.IsZero() && at.Before(next) {
		next = at
	}
	if len(due) > 0 && err == nil { // what was done has times of its own
		return g.nextPromise(next)
	}
	return next, err
}

// duePromises are the first batch of those that are due, and when the next one is
// that is not among them; zero when there is none.
func (g *Gateway) duePromises(now time.Time) (due []ticket.ID, next time.Time, err error) {
	err = g.store.View(func(r store.Reader) error {
		return r.Timers(store.TimerPromise, endOfTime, func(t store.Timer) bool {
			if t.At.After(now) || len(due) == dueBatch {
				next = t.At
				return false
			}
			due = append(due, t.Ref)
			return true
		})
	})
	return due, next, err
}

// nextPromise is the first time of any promise, or at when that is earlier.
func (g *Gateway) nextPromise(at time.Time) (time.Time, error) {
	err := g.store.View(func(r store.Reader) error {
		return r.Timers(store.TimerPromise, endOfTime, func(t store.Timer) bool {
			if at.IsZero() || t.At.Before(at) {
				at = t.At
			}
			return false
		})
	})
	return at, err
}

// lookAtAll does what is due about some promises in one transaction.
func (g *Gateway) lookAtAll(tx store.Tx, due []ticket.ID, now time.Time, behind bool) error {
	s := g.settings.Load()
	people, err := s.staffIn(tx)
	if err != nil {
		return err
	}
	r := &round{g: g, tx: tx, s: s, now: now, behind: behind, staff: people}
	for _, id := range due {
		if err := r.lookAt(id); err != nil {
			return err
		}
	}
	return r.send()
}
