package mailgw

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// queue shows the store's outgoing rows to the outbox.
type queue struct{ g *Gateway }

// Due returns the rows that are due, earliest first.
func (q *queue) Due(now time.Time, limit int) (rows []ticket.Outgoing, next time.Time, err error) {
	err = q.g.store.View(func(r store.Reader) error {
		rows, next = rows[:0], time.Time{}
		err := r.Timers(store.TimerOutbox, endOfTime, func(t store.Timer) bool {
			if len(rows) == limit || t.At.After(now) {
				next = t.At
				return false
			}
			row, err := r.Outgoing(t.Ref)
			if err != nil { // damaged: verify names it; the others must leave all the same
				q.g.log.Error("a row of the outbox cannot be read", "id", t.Ref, "err", err)
				return true
			}
			rows = append(rows, row)
			return true
		})
		return err
	})
	return rows, next, err
}

// endOfTime is after every timer.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Compose makes a row's mails.
func (q *queue) Compose(row *ticket.Outgoing) ([]outbox.Mail, error) {
	var m material
	err := q.g.store.View(func(r store.Reader) (err error) {
		m, err = materialOf(r, row)
		return err
	})
	if err != nil {
		return nil, err
	}
	return q.g.compose(row, m)
}

// Done records what became of rows, in one commit.
func (q *queue) Done(results []outbox.Result) error {
	now := q.g.clock.Now()
	return q.g.store.Update(store.Background, func(tx store.Tx) error {
		for i := range results {
			if err := q.g.recordResult(tx, &results[i], now); err != nil {
				return fmt.Errorf("outgoing %s: %w", results[i].Row.ID, err)
			}
		}
		return nil
	})
}

func (g *Gateway) recordResult(tx store.Tx, res *outbox.Result, now time.Time) error {
	row := res.Row
	if len(res.Left) > 0 {
		if _, err := tx.Outgoing(row.ID); err != nil {
			return unlessGone(err)
		}
		row.EnvelopeTo = res.Left
		return tx.PutOutgoing(&row)
	}
	if err := tx.DeleteOutgoing(row.ID); err != nil {
		return unlessGone(err)
	}
	if row.Kind != ticket.Acknowledgement && row.Kind != ticket.Answer {
		return nil
	}
	e, err := tx.Entry(row.ID)
	if err != nil {
		return err
	}
	e.Outgoing, e.SentAt, e.Reply = &row, now, strings.ToValidUTF8(res.Reply, "?")
	if err := tx.PutEntry(&e); err != nil {
		return err
	}
	return g.handedOver(tx, &row, row.EnvelopeTo, res.Reply, now)
}

// unlessGone passes an error on, unless it says that the row was taken out while
// its mail was on its way.
func unlessGone(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Busy reports whether mail is arriving.
func (q *queue) Busy() bool { return q.g.arrivals.busy() }
