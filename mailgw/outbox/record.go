package outbox

import (
	"context"
	"time"
)

// recordRows is how many results are recorded in one commit.
const recordRows = 256

// recordAgain is the pause after which what could not be recorded is tried again.
const recordAgain = time.Second

// record records results until there are none any more. What cannot be recorded is
// kept and tried again, and its rows are not handed over a second time meanwhile.
func (b *Outbox) record(ctx context.Context) {
	var stuck []Result
	for {
		var again <-chan time.Time
		var timer *time.Timer
		if len(stuck) > 0 {
			timer = time.NewTimer(recordAgain)
			again = timer.C
		}
		var batch []Result
		open := true
		select {
		case r, ok := <-b.results:
			if open = ok; ok {
				batch = b.gather(ctx, r)
			}
		case <-again:
		}
		if timer != nil {
			timer.Stop()
		}
		if len(batch) > 0 {
			stuck = append(stuck, b.settle(batch)...)
		} else {
			stuck = b.retry(stuck)
		}
		if !open {
			for i := range stuck {
				b.o.Log.Error("what became of a mail is not recorded: it will be handed over again", "id", stuck[i].Row.ID)
			}
			return
		}
	}
}

// gather takes the results that have come together: those that are there, and those
// that come within Linger while others are on their way.
func (b *Outbox) gather(ctx context.Context, first Result) []Result {
	batch := append(make([]Result, 0, 16), first)
	var end <-chan time.Time
	if b.o.Linger > 0 && ctx.Err() == nil {
		t := time.NewTimer(b.o.Linger)
		defer t.Stop()
		end = t.C
	}
	for len(batch) < recordRows {
		select {
		case r, ok := <-b.results:
			if !ok {
				return batch
			}
			batch = append(batch, r)
			continue
		default:
		}
		if end == nil || b.Pending() <= len(batch) {
			return batch
		}
		select {
		case r, ok := <-b.results:
			if !ok {
				return batch
			}
			batch = append(batch, r)
		case <-end:
			return batch
		}
	}
	return batch
}

// settle makes a batch durable and records it. It returns what could not be recorded.
func (b *Outbox) settle(batch []Result) (stuck []Result) {
	if err := b.o.Relay.Flush(); err != nil {
		b.o.Log.Error("flush relay", "err", err)
		for i := range batch {
			r := &batch[i]
			to := append(r.Left, r.Taken...)
			for _, f := range r.Failures {
				to = append(to, f.To)
			}
			row := r.Row
			if len(r.Left) > 0 || len(r.Failures) > 0 {
				row.Attempts--
			}
			row.EnvelopeTo = to
			reply := ""
			batch[i] = b.result(row, &reply, failAll(to, err.Error()))
		}
	}
	if b.done(batch) {
		return nil
	}
	if len(batch) == 1 {
		return batch
	}
	return b.retry(batch) // one that cannot be recorded must not hold the others
}

// retry records results one by one and returns those that fail.
func (b *Outbox) retry(list []Result) (stuck []Result) {
	for i := range list {
		if !b.done(list[i : i+1]) {
			stuck = append(stuck, list[i])
		}
	}
	return stuck
}

// done records results, and lets go of their rows.
func (b *Outbox) done(batch []Result) bool {
	if err := b.o.Queue.Done(batch); err != nil {
		b.o.Log.Error("record outbox", "rows", len(batch), "err", err)
		return false
	}
	for i := range batch {
		b.log(&batch[i])
		if len(batch[i].Failures) > 0 { // somebody may be told so, in a new row
			b.fresh.Store(true)
		}
	}
	b.mu.Lock()
	for i := range batch {
		b.state.recorded(&batch[i])
	}
	b.more.Broadcast()
	b.mu.Unlock()
	b.poke()
	return true
}

// recorded lets go of a row; the dispatcher will find it when it is due again.
func (s *state) recorded(r *Result) {
	id := r.Row.ID
	delete(s.flying, id)
	delete(s.known, id)
	if at := r.Row.NextAt; len(r.Left) > 0 && (s.next.IsZero() || at.Before(s.next)) {
		s.next = at
	}
}
