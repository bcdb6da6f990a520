package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// queue shows the store's outgoing rows to the outbox.
type queue struct{ g *Gateway }

// Due returns the rows that are due, earliest first. It reads their timers only.
func (q *queue) Due(now time.Time, limit int, skip func(ticket.ID, string) bool) (rows []outbox.Waiting, next time.Time, err error) {
	err = q.g.store.View(func(r store.Reader) error {
		rows, next = rows[:0], time.Time{}
		return r.Timers(store.TimerOutbox, endOfTime, func(t store.Timer) bool {
			if len(rows) == limit || t.At.After(now) {
				next = t.At
				return false
			}
			if !isDigest(t.Lane) && !skip(t.Ref, t.Lane) { // what waits for a list leaves with that
				rows = append(rows, outbox.Waiting{ID: t.Ref, Lane: t.Lane, At: t.At})
			}
			return true
		})
	})
	return rows, next, err
}

// endOfTime is after every timer.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Row reads a row as it is now, without those of the house who have left since it
// was made: what customers write is not for them any more.
func (q *queue) Row(id ticket.ID) (row ticket.Outgoing, found bool, err error) {
	err = q.g.store.View(func(r store.Reader) (err error) {
		if row, err = r.Outgoing(id); err != nil {
			return err
		}
		if row.Waits != "" { // whatever its timer says
			return store.ErrNotFound
		}
		done, err := needless(r, &row)
		if done {
			row.EnvelopeTo = nil
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return row, false, nil
	}
	if s := q.g.settings.Load(); row.Kind == ticket.Notice || row.Kind == ticket.Page {
		row.EnvelopeTo = slices.DeleteFunc(row.EnvelopeTo, func(a string) bool { return !s.works(a) })
	}
	return row, err == nil, err
}

// Compose makes a row's mails.
func (q *queue) Compose(row *ticket.Outgoing) ([]outbox.Mail, error) {
	q.g.findSimilar(row)
	var m material
	err := q.g.store.View(func(r store.Reader) (err error) {
		m, err = q.g.materialOf(r, row)
		return err
	})
	if err != nil {
		return nil, err
	}
	return q.g.compose(row, m)
}

// ReturnPath is where bounces of a row come, with a token where the desk has
// those; "" when its ticket or desk is gone.
func (q *queue) ReturnPath(row *ticket.Outgoing) string {
	s := q.g.settings.Load()
	if row.Ticket == 0 { // a list for a desk, which tells of no single ticket
		return letter.ParseAddress(row.From).Addr
	}
	var t ticket.Ticket
	err := q.g.store.View(func(r store.Reader) (err error) {
		t, err = r.Ticket(row.Ticket)
		return err
	})
	desk := s.desk(t.Desk)
	if err != nil || desk == nil {
		return ""
	}
	return q.g.voice(s, desk, row.Ticket).personalFrom(row.EntrySeq)
}

// Done records what became of rows, in one commit.
func (q *queue) Done(results []outbox.Result) error {
	now := q.g.clock.Now()
	err := q.g.store.Update(store.Background, func(tx store.Tx) error {
		for i := range results {
			if err := q.g.recordResult(tx, &results[i], now); err != nil {
				return fmt.Errorf("outgoing %s: %w", results[i].Row.ID, err)
			}
		}
		return nil
	})
	if err == nil {
		for i := range results {
			q.g.countResult(&results[i])
			q.g.turns.left(&results[i], now)
			if results[i].Row.Kind == ticket.Answer { // its agent may be asked something
				q.g.outbox.Wake()
			}
		}
	}
	return err
}

// countResult counts the recipients of one attempt by what became of them.
func (g *Gateway) countResult(res *outbox.Result) {
	for range res.Taken {
		g.counters.delivered(res.Row.Kind, resultDelivered)
	}
	for range res.Left {
		g.counters.delivered(res.Row.Kind, resultDeferred)
	}
	for range res.Failures {
		g.counters.delivered(res.Row.Kind, resultFailed)
	}
}

// recordResult records one row's attempt. A row that was taken out meanwhile is
// not put back, but what left has left.
func (g *Gateway) recordResult(tx store.Tx, res *outbox.Result, now time.Time) error {
	row := res.Row
	e, err := tx.Entry(row.ID)
	if err == nil && !e.ErasedAt.IsZero() { // what it said must not come back
		return ignoreMissing(tx.DeleteOutgoing(row.ID))
	}
	stored, err := tx.Outgoing(row.ID)
	gone := errors.Is(err, store.ErrNotFound)
	switch {
	case err != nil && !gone:
		return err
	case gone && len(res.Taken) == 0:
		return nil
	case gone && e.Outgoing != nil:
		row = attempted(e.Outgoing, &row)
	case !gone:
		row = attempted(&stored, &row)
	}
	if stored.ErasedAt.After(res.Row.ErasedAt) { // who is erased gets nothing more
		kept := *res
		gets := func(a string) bool { return slices.Contains(stored.EnvelopeTo, a) }
		kept.Left = slices.DeleteFunc(slices.Clone(res.Left), func(a string) bool { return !gets(a) })
		kept.Failures = slices.DeleteFunc(slices.Clone(res.Failures), func(f outbox.Failure) bool { return !gets(f.To) })
		res = &kept
	}
	err = nil
	if !gone && len(res.Left) == 0 {
		err = tx.DeleteOutgoing(row.ID)
	}
	if !gone && len(res.Left) > 0 {
		row.EnvelopeTo, row.Lane = res.Left, domainOf(res.Left[0])
		if stored.Released.After(row.Released) { // while it was on its way
			row.Released = stored.Released
		}
		err = tx.PutOutgoing(&row)
	}
	if err == nil {
		err = g.recordEntry(tx, &row, res, now)
	}
	if err == nil && len(res.Taken) > 0 {
		err = g.handedOver(tx, &row, res.Taken, now)
	}
	if err == nil && len(res.Taken) > 0 {
		err = noteShown(tx, &row, res.Taken)
	}
	if err == nil && len(res.Failures) > 0 && !gone {
		err = g.undelivered(tx, &row, res.Failures, now)
	}
	return err
}

// attempted is a row after an attempt. What an erasure has taken out of what is kept of it
// meanwhile does not come back.
func attempted(kept, tried *ticket.Outgoing) ticket.Outgoing {
	if !kept.ErasedAt.After(tried.ErasedAt) {
		return *tried
	}
	row := *kept
	row.EnvelopeFrom, row.Attempts, row.NextAt = tried.EnvelopeFrom, tried.Attempts, tried.NextAt
	return row
}

// recordEntry notes on the entry of an answer or acknowledgement what the next hop
// said, and, once nobody is left, when it took the mail.
func (g *Gateway) recordEntry(tx store.Tx, row *ticket.Outgoing, res *outbox.Result, now time.Time) error {
	if row.Kind != ticket.Acknowledgement && row.Kind != ticket.Answer || row.Ticket == 0 { // a list of matters, or about a name: no entry
		return nil
	}
	e, err := tx.Entry(row.ID)
	if err != nil {
		return err
	}
	some := e.Reply != "" // somebody has got it before
	if len(res.Taken) > 0 || !some {
		e.Reply = strings.ToValidUTF8(res.Reply, "?")
	}
	if len(res.Left) > 0 {
		if len(res.Taken) == 0 {
			return nil
		}
		return tx.PutEntry(&e)
	}
	e.Outgoing = row
	if len(res.Taken) > 0 || some {
		e.SentAt = now
	}
	return errors.Join(tx.PutEntry(&e), learnID(tx, row, res.Reply))
}

// learnID keeps the id that the next hop says to have given our mail instead of
// ours: the customer's answer will name that one.
func learnID(tx store.Tx, row *ticket.Outgoing, reply string) error {
	id, ok := threading.LearnID(reply)
	if !ok || id == row.MessageID {
		return nil
	}
	c := threading.LearnedClue(id)
	return tx.PutClue(byte(c.Kind), c.Key, row.ID)
}

// Busy reports whether mail is arriving.
func (q *queue) Busy() bool { return q.g.arrivals.busy() }
