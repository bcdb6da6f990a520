package mailgw

import (
	"errors"
	"strings"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// byAdmin is whose word it is when a command says nothing of it.
const byAdmin = "admin"

// letGoByHand lets an answer leave that waits for somebody's word.
func (g *Gateway) letGoByHand(tx store.Tx, o *ticket.Outgoing) error {
	w, err := g.unsentAnswer(tx, o.ID, byAdmin)
	if err != nil {
		return err
	}
	if _, err := w.letGo(); err != nil {
		return err
	}
	*o = w.row
	return nil
}

// takeBackByHand takes an answer back that has not left: it becomes a note, and its
// writer is told.
func (g *Gateway) takeBackByHand(tx store.Tx, o *ticket.Outgoing) error {
	w, err := g.unsentAnswer(tx, o.ID, byAdmin)
	if err != nil {
		return err
	}
	return w.takeBack("")
}

// RowsArgs of "outbox.retry", "outbox.drop" and "outbox.release".
type RowsArgs struct {
	IDs []string `json:"ids"` // of waiting mails
	All bool     `json:"all"` // all that wait; only of retry and release
}

func viewOutgoing(o *ticket.Outgoing) OutboxView {
	return OutboxView{Waits: orNull(string(o.Waits)), ID: o.ID, Ticket: orNull(o.Ticket), Kind: o.Kind, To: o.EnvelopeTo, Attempts: o.Attempts, NextAt: o.NextAt, LastReply: orNull(o.LastReply)}
}

func (g *Gateway) listOutbox(_ NoArgs, emit func(any) error) error {
	var rows []OutboxView
	err := g.store.View(func(r store.Reader) error {
		rows = rows[:0]
		return r.OutgoingRows(func(o ticket.Outgoing) bool {
			rows = append(rows, viewOutgoing(&o))
			return true
		})
	})
	return emitAll(rows, err, emit)
}

// retryRows makes mails due now, whatever pause they or their way have.
func (g *Gateway) retryRows(a RowsArgs, emit func(any) error) error {
	return g.hurryRows(a, emit, func(_ store.Tx, o *ticket.Outgoing, now time.Time) error {
		if o.Waits != "" {
			return failure("mail %s waits for somebody's word (%s); it leaves with: mailgw outbox release %s", o.ID, o.Waits, o.ID)
		}
		o.NextAt = now
		return nil
	})
}

// releaseRows makes mails due now as if they were new: their age counts from now,
// and their pauses begin at the first. An answer that waits for somebody's word leaves,
// when it is named.
func (g *Gateway) releaseRows(a RowsArgs, emit func(any) error) error {
	return g.hurryRows(a, emit, func(tx store.Tx, o *ticket.Outgoing, now time.Time) error {
		if o.Waits != "" {
			return g.letGoByHand(tx, o)
		}
		o.NextAt, o.Released, o.Attempts = now, now, 0
		return nil
	})
}

// rowsAtOnce is how many rows one commit changes.
const rowsAtOnce = 500

func (g *Gateway) hurryRows(a RowsArgs, emit func(any) error, change func(store.Tx, *ticket.Outgoing, time.Time) error) error {
	ids, err := g.rowIDs(a)
	if err != nil {
		return err
	}
	var rows []OutboxView
	for len(ids) > 0 {
		n := min(len(ids), rowsAtOnce)
		var some []OutboxView
		err := g.store.Update(store.Background, func(tx store.Tx) error {
			now := g.clock.Now()
			some = some[:0]
			for _, id := range ids[:n] {
				o, err := tx.Outgoing(id)
				if a.All && (errors.Is(err, store.ErrNotFound) || err == nil && o.Waits != "") {
					continue // it has left meanwhile; or somebody has to look at it
				}
				if err != nil {
					return theRow(id, err)
				}
				if err := change(tx, &o, now); err != nil {
					return err
				}
				if err := tx.PutOutgoing(&o); err != nil {
					return err
				}
				some = append(some, viewOutgoing(&o))
			}
			return nil
		})
		if err != nil {
			return err
		}
		rows, ids = append(rows, some...), ids[n:]
	}
	g.outbox.Hurry()
	return emitAll(rows, nil, emit)
}

// rowIDs reads which rows are meant.
func (g *Gateway) rowIDs(a RowsArgs) (ids []ticket.ID, err error) {
	if a.All == (len(a.IDs) > 0) {
		return nil, usage("write the ids of waiting mails, or --all; mailgw outbox list shows them")
	}
	for _, s := range a.IDs {
		id, err := ticket.ParseID(s)
		if err != nil {
			return nil, usage("%q is %v; mailgw outbox list shows those of waiting mails", s, err)
		}
		ids = append(ids, id)
	}
	if a.All {
		err = g.store.View(func(r store.Reader) error {
			ids = ids[:0]
			return r.Timers(store.TimerOutbox, endOfTime, func(t store.Timer) bool {
				ids = append(ids, t.Ref)
				return true
			})
		})
	}
	return ids, err
}

// theRow says to a user that there is no such row.
func theRow(id ticket.ID, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return failure("no mail %s waits to leave; mailgw outbox list shows those that do", id)
	}
	return err
}

// droppedBy is what the entry of a mail says that was taken out by hand.
const droppedBy = "dropped by admin"

// dropRows takes mails out: they never leave. All of them go, or none.
func (g *Gateway) dropRows(a RowsArgs, emit func(any) error) error {
	if a.All {
		return usage("drop takes the ids of waiting mails, each one; mailgw outbox list shows them")
	}
	ids, err := g.rowIDs(a)
	if err != nil {
		return err
	}
	for _, id := range ids {
		release, ok := g.outbox.Bar(id)
		if !ok {
			return failure("mail %s is being handed over just now; look again in a moment", id)
		}
		defer release()
	}
	var rows []OutboxView
	err = g.store.Update(store.Background, func(tx store.Tx) error {
		rows = rows[:0]
		now := g.clock.Now()
		for _, id := range ids {
			o, err := tx.Outgoing(id)
			if err == nil {
				err = g.dropRow(tx, &o, now)
			}
			if err != nil {
				return theRow(id, err)
			}
			rows = append(rows, viewOutgoing(&o))
		}
		return nil
	})
	return emitAll(rows, err, emit)
}

// dropRow takes one mail out. The drop is an event of its ticket; an answer or
// acknowledgement keeps its entry, which says that it never left.
func (g *Gateway) dropRow(tx store.Tx, o *ticket.Outgoing, now time.Time) error {
	if o.Held != nil && o.Attempts == 0 {
		return g.takeBackByHand(tx, o)
	}
	err := tx.DeleteOutgoing(o.ID)
	if err != nil || o.Ticket == 0 { // a list for a desk is an event of no ticket
		return err
	}
	t, _, err := ticketOf(tx, o)
	if err != nil {
		return err
	}
	err = tx.PutEvents([]ticket.Event{{
		Ticket: t.Number, ID: g.ids.Next(), At: now, Who: "admin", What: "dropped the " + string(o.Kind) + " to " + strings.Join(o.EnvelopeTo, ", "),
		Why: "mailgw outbox drop " + o.ID.String(),
	}})
	if err != nil || o.Kind != ticket.Answer && o.Kind != ticket.Acknowledgement {
		return err
	}
	e, err := tx.Entry(o.ID)
	if err != nil {
		return err
	}
	e.Outgoing = o
	if e.Reply == "" { // else some of its recipients have it
		e.Reply = droppedBy
		err = g.reopen(tx, o, now)
	} else {
		e.SentAt = now
	}
	return errors.Join(err, tx.PutEntry(&e))
}

// reopen makes a ticket work again, whose answer was dropped: nobody has got it.
func (g *Gateway) reopen(tx store.Tx, o *ticket.Outgoing, now time.Time) error {
	t, _, err := ticketOf(tx, o)
	if err != nil {
		return err
	}
	if o.Kind != ticket.Answer {
		return nil
	}
	if err := g.unsay(tx, &t, o, "the answer that says it was dropped", now); err != nil {
		return err
	}
	t.UpdatedAt = now
	then, ok := t.Status.After(ticket.NotDelivered)
	if !ok || then == t.Status {
		return tx.PutTicket(&t)
	}
	event := ticket.Event{Ticket: t.Number, ID: g.ids.Next(), At: now, Who: "admin", What: "status " + string(t.Status) + " to " + string(then), Why: "the answer was dropped"}
	t.Status, t.ClosedAt, t.UpdatedAt = then, time.Time{}, now
	return errors.Join(tx.PutEvents([]ticket.Event{event}), tx.PutTicket(&t), g.moveClocks(tx, g.settings.Load(), &t, now))
}
