package mailgw

import (
	"context"
	"errors"
	"math"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// watch does what is due by the clock: promises and targets whose time has come
// without an answer, and what has waited too long in a drawer.
func (g *Gateway) watch(ctx context.Context) {
	for ctx.Err() == nil {
		g.nextLook.Store(math.MaxInt64) // what comes while it looks wakes it
		now := g.clock.Now()
		next, err := g.doDue(now)
		if err != nil {
			g.log.Error("look after promises and drawers", "err", err)
			select { // in real time: a storage recovers by no rehearsal's clock
			case <-ctx.Done():
			case <-time.After(watchRetry):
			}
			continue
		}
		if limit := now.Add(watchAtLeast); next.IsZero() || next.After(limit) {
			next = limit
		}
		g.nextLook.Store(next.UnixNano())
		g.clock.Wait(ctx, next, g.look)
	}
}

// doDue does all that is due at now, and returns when something will be again,
// zero when nothing waits. What fails keeps nothing else from being done.
func (g *Gateway) doDue(now time.Time) (next time.Time, err error) {
	for _, do := range []func(time.Time) (time.Time, error){g.breakDue, g.emptyDrawers, g.alarmSlow} {
		at, failed := do(now)
		err = errors.Join(err, failed)
		if next.IsZero() || !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next, err
}

// dueAt wakes the watcher when something new is due before it would look again.
func (g *Gateway) dueAt(due time.Time) {
	if due.UnixNano() >= g.nextLook.Load() {
		return
	}
	select {
	case g.look <- struct{}{}:
	default:
	}
}

// How often the watcher looks when nothing is known to be due, and after a failure.
const (
	watchAtLeast = time.Minute
	watchRetry   = 2 * time.Second
)

// breakBatch is how many promises are marked in one commit.
const breakBatch = 100

// breakDue looks at the open promises whose alarm has come, and returns when the
// next one will.
func (g *Gateway) breakDue(now time.Time) (time.Time, error) {
	for {
		var due []ticket.ID
		var next time.Time
		err := g.store.View(func(r store.Reader) error {
			return r.Timers(store.TimerPromise, endOfTime, func(t store.Timer) bool {
				if t.At.After(now) || len(due) == breakBatch {
					next = t.At
					return false
				}
				due = append(due, t.Ref)
				return true
			})
		})
		if err != nil || len(due) == 0 {
			return next, err
		}
		for _, id := range due { // each alone: one that is damaged must not keep the others from the ledger
			err = errors.Join(err, g.store.Update(store.Background, func(tx store.Tx) error { return g.lookAt(tx, id, now) }))
		}
		g.outbox.Wake() // alarms and later times must not wait for the next mail
		if err != nil {
			return time.Time{}, err
		}
	}
}
