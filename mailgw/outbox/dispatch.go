package outbox

import (
	"context"
	"maps"
	"time"

	"supportgw/mailgw/ticket"
)

// fetchRows is how many rows are fetched at a time, laneRows how many of one lane.
const (
	fetchRows = 1024
	laneRows  = 64
)

// manyPassed is how many rows a fetch may pass over before it counts as long.
const manyPassed = 256

// restOfScans is how many times as long as a long fetch took no other begins, so
// that a crowd of rows that cannot leave costs little.
const restOfScans = 4

// yieldStep is how often the outbox looks whether mail still arrives.
const yieldStep = 10 * time.Millisecond

// scan is what the dispatcher knows of its fetches.
type scan struct {
	oldest time.Time // gateway's time: since when the oldest row fetched last was due
	after  time.Time // real time before which no fetch begins
}

// dispatch fetches rows while workers want some, until ctx ends.
func (b *Outbox) dispatch(ctx context.Context) {
	alarm := time.AfterFunc(time.Hour, b.poke)
	defer alarm.Stop()
	var sc scan
	for ctx.Err() == nil {
		fetch, at := b.look(&sc)
		if fetch {
			b.fetch(&sc)
			continue
		}
		if at.IsZero() {
			alarm.Stop()
		} else {
			alarm.Reset(time.Until(at))
		}
		b.mu.Lock()
		next := b.state.next
		b.mu.Unlock()
		b.o.Wait(ctx, next, b.wake)
	}
}

// look reports whether rows are to be fetched now, or else at which real time to
// look again (zero: when something happens).
func (b *Outbox) look(sc *scan) (fetch bool, again time.Time) {
	now, clock, arriving := time.Now(), b.o.Now(), b.o.Queue.Busy()
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &b.state
	if b.fresh.Swap(false) {
		s.stale = true
	}
	if !s.next.IsZero() && !clock.Before(s.next) {
		s.next, s.stale = time.Time{}, true
	}
	s.reopen(now)
	if s.held {
		if arriving && clock.Sub(sc.oldest) < b.o.Yield {
			return false, now.Add(yieldStep)
		}
		s.held = false
		b.more.Broadcast()
	}
	if s.pickable(now, b.o.PerLane) >= 0 { // a rest may have ended behind the back of who waits
		b.more.Broadcast()
	}
	again = s.alarm(now)
	if !s.stale || s.busy >= b.o.Workers || len(s.flying) >= b.o.Window || !s.hop.open(now) || s.pickable(now, b.o.PerLane) >= 0 {
		return false, again
	}
	if wait := sc.after; now.Before(wait) {
		if again.IsZero() || wait.Before(again) {
			again = wait
		}
		return false, again
	}
	return true, again
}

// fetch reads which rows are due.
func (b *Outbox) fetch(sc *scan) {
	began := time.Now()
	b.mu.Lock()
	known := maps.Clone(b.state.known)
	closed := b.state.closed(began, b.o.PerLane)
	of := map[string]int{}
	for name, p := range b.state.lanes {
		of[name] = len(p.rows)
	}
	b.state.stale, b.state.hop.cut = false, false
	b.mu.Unlock()

	passed, crowded := 0, map[string]bool{}
	last, lastFull := "", false // rows of one lane often stand together
	skip := func(id ticket.ID, lane string) bool {
		lane = b.laneOf(lane)
		if lane != last || !lastFull {
			_, shut := closed[lane]
			last, lastFull = lane, shut || b.o.PerLane > 0 && of[lane] >= laneRows
			if lastFull {
				crowded[lane] = true
			}
		}
		if lastFull {
			passed++
			return true
		}
		if _, ok := known[id]; ok {
			return true
		}
		of[lane]++
		return false
	}
	clock := b.o.Now()
	rows, next, err := b.o.Queue.Due(clock, fetchRows, skip)
	now := time.Now()
	if err != nil {
		b.o.Log.Error("read outbox", "err", err)
		sc.after = now.Add(time.Second)
	} else if passed >= manyPassed {
		sc.after = now.Add(restOfScans * now.Sub(began))
	}
	arriving := len(rows) > 0 && b.o.Queue.Busy()

	b.mu.Lock()
	defer b.mu.Unlock()
	s := &b.state
	s.stale = s.stale || err != nil || len(rows) == fetchRows
	if err == nil && (s.next.IsZero() || !next.IsZero() && next.Before(s.next)) {
		s.next = next
	}
	for _, w := range rows {
		w.Lane = b.laneOf(w.Lane)
		s.add(w, now)
	}
	for lane := range crowded {
		p := s.lane(lane, now)
		p.cut = true
		if len(p.rows) == 0 && p.open(now) { // it was full, or rested, when the fetch began: nothing else tells that it goes on
			s.stale = true
		}
	}
	if len(rows) > 0 {
		sc.oldest = rows[0].At
		s.held = arriving && clock.Sub(sc.oldest) < b.o.Yield
		b.more.Broadcast()
	}
}

// laneOf is the lane under which a row is kept: one for all when none has a share.
func (b *Outbox) laneOf(lane string) string {
	if b.o.PerLane == 0 {
		return ""
	}
	return lane
}
