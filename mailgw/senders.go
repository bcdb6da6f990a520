package mailgw

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// askedAgain is when, behind the arrival, a sender is asked about once more, as long
// as not all answers came.
func askedAgain() []time.Duration {
	return []time.Duration{time.Minute, 3 * time.Minute, 7 * time.Minute, 15 * time.Minute, 30 * time.Minute}
}

// nextAsk is the first of these times behind now; false when there is none left.
func nextAsk(arrived, now time.Time) (time.Time, bool) {
	for _, after := range askedAgain() {
		if at := arrived.Add(after); at.After(now) {
			return at, true
		}
	}
	return time.Time{}, false
}

// askAgain keeps that the sender is to be asked about again, in the mail's commit.
func (d *decision) askAgain(tx store.Tx) error {
	if !d.in.auth.Again {
		return nil
	}
	if at, ok := nextAsk(d.in.At, d.now); ok {
		return tx.PutTimer(store.TimerSender, d.in.ID, at)
	}
	return nil
}

// watchSenders asks again about the senders of accepted mails, until ctx ends. It
// waits for answers of the DNS, and so keeps apart from the scheduler.
func (g *Gateway) watchSenders(ctx context.Context) {
	for ctx.Err() == nil {
		now := g.clock.Now()
		next, err := g.askDue(ctx, now)
		if err != nil && ctx.Err() == nil {
			g.log.Error("ask about senders again", "err", err)
			select { // in real time, as the scheduler does
			case <-ctx.Done():
			case <-time.After(watchRetry):
			}
			continue
		}
		if limit := now.Add(watchAtLeast); next.IsZero() || next.After(limit) {
			next = limit
		}
		g.clock.Wait(ctx, next, g.ask)
	}
}

// How often it looks when nothing is known to be due, and after a failure.
const (
	watchAtLeast = time.Minute
	watchRetry   = 2 * time.Second
)

// How many senders are asked about at the same time, and in one go.
const (
	askWorkers = 8
	askBatch   = 64
)

// askDue asks about all senders whose time has come at now, and returns when the
// next one's will.
func (g *Gateway) askDue(ctx context.Context, now time.Time) (next time.Time, err error) {
	for ctx.Err() == nil {
		var due []store.Timer
		next = time.Time{}
		err := g.store.View(func(r store.Reader) error {
			due = due[:0]
			return r.Timers(store.TimerSender, endOfTime, func(t store.Timer) bool {
				if t.At.After(now) || len(due) == askBatch {
					next = t.At
					return false
				}
				due = append(due, t)
				return true
			})
		})
		if err != nil || len(due) == 0 {
			return next, err
		}
		failed := make([]error, len(due))
		var all sync.WaitGroup
		room := make(chan struct{}, askWorkers)
		for i, t := range due {
			room <- struct{}{}
			all.Go(func() {
				failed[i] = g.askSender(ctx, t, now)
				<-room
			})
		}
		all.Wait()
		if err := errors.Join(failed...); err != nil {
			return time.Time{}, err
		}
	}
	return next, nil
}

// askSender asks about one sender again, and keeps what came of it.
func (g *Gateway) askSender(ctx context.Context, t store.Timer, now time.Time) error {
	var rc ticket.Receipt
	var raw []byte
	err := g.store.View(func(r store.Reader) (err error) {
		if rc, err = r.Receipt(t.Ref); err == nil {
			raw, err = r.Raw(t.Ref)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("mail %s, whose sender is asked about again: %w", t.Ref, err)
	}
	a, err := storedArrival(&rc, raw)
	if err != nil {
		return err
	}
	in := g.newIncoming(ctx, a)
	if ctx.Err() != nil { // what was not answered now says nothing
		return ctx.Err()
	}
	var said []any
	err = g.store.Update(store.Background, func(tx store.Tx) error {
		said = nil
		if err := tx.DeleteTimer(store.TimerSender, t.Ref, t.At); err != nil {
			return ignoreNotFound(err) // somebody else was faster
		}
		if in.auth.Again {
			if at, ok := nextAsk(in.At, now); ok {
				return tx.PutTimer(store.TimerSender, t.Ref, at)
			}
			return nil
		}
		var err error
		said, err = g.learnSender(tx, in, now)
		return err
	})
	if err == nil && said != nil {
		g.outbox.Wake()
		g.log.Info("sender asked about again", append([]any{"id", rc.ID, "sender_auth", in.auth.Result}, said...)...)
	}
	return err
}

func ignoreNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// learnSender writes what is known of a sender now to the entry of the mail, and
// admits a mail that was held for it. It returns what the log says.
func (g *Gateway) learnSender(tx store.Tx, in *incoming, now time.Time) (said []any, err error) {
	e, err := tx.Entry(in.ID)
	if err != nil {
		return nil, ignoreNotFound(err)
	}
	before := mailauth.Result(e.SenderAuth)
	if before != mailauth.None || in.auth.Result == before {
		return nil, nil
	}
	if in.auth.Result == mailauth.Fail && len(in.s.Milters) > 0 { // one may have changed what was signed: only a pass says something
		return nil, nil
	}
	e.SenderAuth, e.SenderWhy = string(in.auth.Result), in.auth.Reasons
	event := ticket.Event{
		Ticket: e.Ticket, ID: g.ids.Next(), At: now, Who: "mailgw", What: "the sender of mail " + e.ID.String() + " is " + e.SenderAuth + ", asked again", Why: in.auth.Reasons[len(in.auth.Reasons)-1],
	}
	if err := errors.Join(tx.PutEntry(&e), tx.PutEvents([]ticket.Event{event})); err != nil {
		return nil, err
	}
	said = []any{"ticket", e.Ticket}
	h, err := g.provenLater(tx, in, now)
	if err != nil || h == nil {
		return said, err
	}
	if err := errors.Join(h.admit(), tx.DeleteDrawerItem(in.ID)); err != nil {
		return nil, err
	}
	return append(said, "admitted_to", h.view.Ticket), nil
}

// provenLater returns a mail that is held and would not have been, had its sender been
// known; nil when it is not held, or would be all the same. An agent's mail stays
// for a person to decide: its author was told that it was not sent.
func (g *Gateway) provenLater(tx store.Tx, in *incoming, now time.Time) (*heldMail, error) {
	item, err := tx.DrawerItem(in.ID)
	if err != nil || item.Kind != ticket.DrawerHeld || in.s.Agent(in.author) != nil {
		return nil, ignoreNotFound(err)
	}
	d := &decision{g: g, in: in, r: tx, now: now}
	for _, step := range []func() error{d.classify, d.match, d.admit} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	admitted := []threading.Admission{threading.Append, threading.AppendFlagged}
	if d.final || d.matched.Ticket != item.Ticket || !slices.Contains(admitted, d.admitted) {
		return nil, nil
	}
	h := &heldMail{g: g, tx: tx, s: in.s, item: item, who: "mailgw", now: now}
	if h.own, err = tx.Ticket(item.Own); err != nil {
		return nil, fmt.Errorf("ticket of held mail %s: %w", item.ID, err)
	}
	return h, nil
}
