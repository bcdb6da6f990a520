package mailgw

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/rules/hours"
)

// unansweredName holds the IDs of promises that broke without an answer, which have
// no timer any more: their customers still wait, and count in what is promised next.
const unansweredName = "unanswered"

// The most that is looked at: whoever has more customers waiting knows that
// without an estimate.
const (
	maxUnanswered = 1000
	maxLookedAt   = 5000
)

// lookPastEvery is how often it is looked who waits.
const lookPastEvery = 15 * time.Minute

// unansweredBroke keeps that a promise broke without an answer, in the same commit.
func unansweredBroke(tx store.Tx, p *promise.Promise) error {
	if p.Wanted <= 0 || p.GivenUp || len(p.KeptBy) > 0 {
		return nil
	}
	b, err := tx.Meta(unansweredName)
	if err != nil {
		return err
	}
	b = binary.BigEndian.AppendUint64(b, uint64(p.ID))
	return tx.PutMeta(unansweredName, b[max(0, len(b)-8*maxUnanswered):])
}

// lookPast finds out who waits for an answer, when it was not looked for some time;
// it reports whether it has looked.
func (g *Gateway) lookPast(now time.Time) (bool, error) {
	g.past.mu.Lock()
	looked := g.past.looked
	g.past.mu.Unlock()
	if age := now.Sub(looked); !looked.IsZero() && age >= 0 && age < lookPastEvery {
		return false, nil
	}
	waiting, over, err := g.findWaiting()
	if err == nil && len(over) > unansweredSlack {
		err = g.store.Update(store.Background, func(tx store.Tx) error { return forgetUnanswered(tx, over) })
	}
	if err != nil {
		return false, err
	}
	g.past.mu.Lock()
	defer g.past.mu.Unlock()
	g.past.waiting, g.past.looked = waiting, now
	for _, d := range g.past.desks {
		clear(d.asked)
	}
	return true, nil
}

// unansweredSlack is how many IDs may be kept of which nobody waits any more.
const unansweredSlack = 20

// forgetUnanswered takes out those of whom nobody waits any more.
func forgetUnanswered(tx store.Tx, over map[ticket.ID]bool) error {
	b, err := tx.Meta(unansweredName)
	if err != nil {
		return err
	}
	left := make([]byte, 0, len(b))
	for ; len(b) >= 8; b = b[8:] {
		if id := ticket.ID(binary.BigEndian.Uint64(b)); !over[id] {
			left = append(left, b[:8]...)
		}
	}
	return tx.PutMeta(unansweredName, left)
}

// findWaiting are the cases without an answer, by desk: of open promises, and of
// those that broke while their tickets are still work. Those of the latter that
// nobody waits for are over.
func (g *Gateway) findWaiting() (out map[string][]waitingCase, over map[ticket.ID]bool, err error) {
	s := g.settings.Load()
	err = g.store.View(func(r store.Reader) error {
		var ids []ticket.ID
		out, over = map[string][]waitingCase{}, map[ticket.ID]bool{}
		err := r.Timers(store.TimerPromise, endOfTime, func(t store.Timer) bool {
			ids = append(ids, t.Ref)
			return len(ids) < maxLookedAt
		})
		if err != nil {
			return err
		}
		open := len(ids)
		broken, err := r.Meta(unansweredName)
		for ; len(broken) >= 8; broken = broken[8:] {
			ids = append(ids, ticket.ID(binary.BigEndian.Uint64(broken)))
		}
		seen := map[ticket.ID]bool{}
		for i, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			waits, werr := addWaiting(r, s, id, out)
			if err = errors.Join(err, werr); i >= open && !waits && werr == nil {
				over[id] = true
			}
		}
		return err
	})
	return out, over, err
}

// addWaiting adds the case of one promise, and reports whether somebody waits for
// its answer.
func addWaiting(r store.Reader, s *settings, id ticket.ID, out map[string][]waitingCase) (bool, error) {
	p, err := r.Promise(id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil || p.Wanted <= 0 || len(p.KeptBy) > 0 {
		return false, err
	}
	t, err := r.Ticket(p.Ticket)
	if err != nil || p.State == promise.Broken && !isWork(&t) {
		return false, err
	}
	c, ok := caseOf(&p, s.zoneOf(t.Desk))
	if ok {
		out[t.Desk] = append(out[t.Desk], waitingCase{c, p.MadeAt})
	}
	return ok, nil
}

// gather makes the history of answers anew from the ledger, for a store that has
// none of this form. It runs beside the mails that come in; until it is done,
// targets are promised.
func (g *Gateway) gather(ctx context.Context) {
	g.past.mu.Lock()
	marked := g.past.marked
	g.past.mu.Unlock()
	if marked {
		return
	}
	if err := g.gatherAll(ctx); err != nil {
		g.log.Error("gather how soon the desks answered; targets are promised until the next start", "err", err)
	}
}

func (g *Gateway) gatherAll(ctx context.Context) error {
	found, err := g.answersOfLedger(ctx)
	if err != nil || ctx.Err() != nil {
		return err
	}
	err = g.store.Update(store.Background, func(tx store.Tx) error {
		for desk, list := range found {
			for _, p := range priorities {
				now, err := keptOf(tx, desk, p) // answered meanwhile
				if err != nil {
					return err
				}
				if err := tx.PutMeta(ringName(desk, p), []byte{}); err != nil { // begins anew
					return err
				}
				of := slices.DeleteFunc(slices.Clone(list), func(c promise.Case) bool { return c.Priority != p })
				for _, c := range append(of, now...) {
					if err := keepCase(tx, desk, &c); err != nil {
						return err
					}
				}
			}
		}
		return tx.PutMeta(answeredName, []byte{chunkForm})
	})
	if err != nil {
		return err
	}
	return g.loadPast()
}

// answersOfLedger are the last answers of each desk, oldest first.
func (g *Gateway) answersOfLedger(ctx context.Context) (map[string][]promise.Case, error) {
	out, s := map[string][]promise.Case{}, g.settings.Load()
	err := g.store.View(func(r store.Reader) (err error) {
		walked := r.Promises(func(p promise.Promise) bool {
			if p.Wanted <= 0 || len(p.KeptBy) == 0 {
				return ctx.Err() == nil
			}
			t, terr := r.Ticket(p.Ticket)
			cal := s.hoursOf(t.Desk)
			if c, ok := caseOf(&p, s.zoneOf(t.Desk)); terr == nil && ok && cal != nil {
				c.AnsweredAt, c.Took = p.KeptAt, took(cal, c.Around, p.MadeAt, p.KeptAt)
				list := append(out[t.Desk], c)
				if len(list) > 2*len(priorities)*keptCases {
					list = slices.Clone(list[len(list)/2:])
				}
				out[t.Desk] = list
			}
			err = errors.Join(err, terr)
			return err == nil && ctx.Err() == nil
		})
		return errors.Join(err, walked)
	})
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b promise.Case) int { return a.AnsweredAt.Compare(b.AnsweredAt) })
	}
	return out, err
}

// hoursOf are the working hours of a desk by name, nil when it has none.
func (s *settings) hoursOf(desk string) *hours.Calendar {
	if d := s.desk(desk); d != nil {
		return s.Hours[d.Calendar]
	}
	return nil
}
