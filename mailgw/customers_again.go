package mailgw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// lookAgainName is where the store keeps how far tickets were looked at again.
const lookAgainName = "customers_looked_again"

// lookAgainBatch is how many tickets are looked at in one go.
const lookAgainBatch = 256

// lookedAgain says for which customers the open tickets that are nobody's for certain
// were looked at. A pass goes over all of them; what changes meanwhile is for the next.
type lookedAgain struct {
	Done uint64 `json:"done"` // the version of the customers of the last pass
	Pass uint64 `json:"pass"` // that of the pass under way
	Next uint64 `json:"next"` // the ticket behind which it goes on
}

// lookAgain looks at tickets again whenever customers have changed, until ctx ends.
func (g *Gateway) lookAgain(ctx context.Context) {
	for ctx.Err() == nil {
		more, err := g.lookAgainOnce()
		if err != nil && !errors.Is(err, store.ErrClosed) {
			g.log.Warn("look at tickets of unknown customers again", "err", err)
			more = false
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-g.changed:
		}
	}
}

// lookAgainOnce looks at a batch of tickets. Its work does not grow with tickets that
// are closed, or whose customer is certain; what it does is in the commit that says so.
func (g *Gateway) lookAgainOnce() (more bool, err error) {
	var at lookedAgain
	var found []*identified
	err = g.store.View(func(r store.Reader) error {
		found = found[:0]
		at, err = nextPass(r)
		if err != nil || at.Pass == 0 {
			return err
		}
		var numbers []uint64
		if err := r.OpenTickets(0, at.Next, func(n uint64) bool { numbers = append(numbers, n); return len(numbers) < lookAgainBatch }); err != nil {
			return err
		}
		if more = len(numbers) == lookAgainBatch; more {
			at.Next = numbers[len(numbers)-1]
		} else {
			at = lookedAgain{Done: at.Pass}
		}
		for _, n := range numbers {
			f, err := g.identifyAgain(r, n)
			if err != nil {
				return fmt.Errorf("ticket %d: %w", n, err)
			}
			if f != nil {
				found = append(found, f)
			}
		}
		return nil
	})
	if err != nil || at == (lookedAgain{}) {
		return false, err
	}
	raw, err := json.Marshal(at)
	if err != nil {
		return false, fmt.Errorf("encode how far tickets were looked at: %w", err)
	}
	err = g.store.Update(store.Background, func(tx store.Tx) error {
		for _, f := range found {
			if err := f.settle(tx); err != nil {
				return fmt.Errorf("ticket %d: %w", f.number, err)
			}
		}
		return tx.PutMeta(lookAgainName, raw)
	})
	return true, err // the next one says whether there was more
}

// nextPass reads how far it is; Pass is 0 when nothing has changed since.
func nextPass(r store.Reader) (at lookedAgain, err error) {
	raw, err := r.Meta(lookAgainName)
	if err == nil && raw != nil {
		err = json.Unmarshal(raw, &at)
	}
	if err != nil {
		return at, fmt.Errorf("how far tickets were looked at: %w", err)
	}
	version, err := r.CustomersVersion()
	if at.Pass == 0 && version > at.Done {
		at.Pass, at.Next = version, 0
	}
	if at.Pass == 0 {
		at = lookedAgain{}
	}
	return at, err
}

// identified is a ticket whose customer is known now, or more surely than it was.
type identified struct {
	g      *Gateway
	number uint64
	in     *incoming // the mail that opened it
	who    customer.Identity
}

// identifyAgain asks who wrote the mail that opened a ticket; nil when that says
// nothing new.
func (g *Gateway) identifyAgain(r store.Reader, number uint64) (*identified, error) {
	t, err := r.Ticket(number)
	if err != nil {
		return nil, err
	}
	in, err := openedBy(r, g.settings.Load(), number)
	if err != nil || in == nil {
		return nil, err
	}
	f := &identified{g: g, number: number, in: in}
	f.who = in.s.customers.IdentifyMail(in.author, in.auth.Authenticated(), in.said())
	if !f.surer(&t) {
		return nil, nil
	}
	return f, nil
}

// openedBy reads the mail that opened a ticket, as far as it says who wrote it; nil when
// it is not there any more.
func openedBy(r store.Reader, s *settings, number uint64) (*incoming, error) {
	entries, err := r.Entries(number)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(entries, func(e ticket.Entry) bool { return fromCustomer(&e) })
	if i < 0 {
		return nil, nil
	}
	raw, err := r.Raw(entries[i].ID)
	if errors.Is(err, store.ErrNotFound) { // erased
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	in := &incoming{Arrival: &letter.Arrival{ID: entries[i].ID, At: entries[i].At, Raw: raw}, s: s, mail: letter.Parse(raw, "", letter.DefaultLimits())}
	in.author, in.auth = in.mail.Author().Addr, mailauth.Verdict{Result: mailauth.Result(entries[i].SenderAuth)}
	return in, nil
}

// surer reports whether it says more than the ticket does. A certain customer is never
// exchanged, and a claim not for another claim.
func (f *identified) surer(t *ticket.Ticket) bool {
	switch {
	case f.who.ID == 0 || t.Status == ticket.Closed || !t.Unsure():
		return false
	case t.CustomerID == 0:
		return t.Customer == "" || t.Confidence == ticket.Claimed || t.Confidence == ticket.Unknown || t.Customer == f.who.Customer
	}
	return f.who.Confidence == ticket.Known || f.who.Confidence == ticket.Domain
}

// settle writes it on the ticket, as that is now.
func (f *identified) settle(tx store.Tx) error {
	t, err := tx.Ticket(f.number)
	if err != nil || !f.surer(&t) {
		return err
	}
	c := &change{t: &t, who: "mailgw", now: f.g.clock.Now(), id: f.g.ids.Next()}
	was := f.in.s.companyName(&t)
	if was == "" {
		was = "nobody"
	}
	c.event(fmt.Sprintf("customer %s (%s) to %s (%s)", was, t.Confidence, f.who.Customer, f.who.Confidence), f.who.Reason)
	t.Customer, t.CustomerID, t.Confidence, t.UpdatedAt = f.who.Customer, f.who.ID, f.who.Confidence, c.now
	if err := f.raise(tx, c); err != nil {
		return err
	}
	return errors.Join(tx.PutEvents(c.events), tx.PutTicket(&t))
}

// raise gives the ticket the customer's level when that is better. What somebody was told
// stays told; the clocks of which nobody was told end earlier, counted from now.
func (f *identified) raise(tx store.Tx, c *change) error {
	s, t := f.in.s, c.t
	desk := s.desk(t.Desk)
	if desk == nil {
		return nil
	}
	old, e := f.in.level(t.Level, desk), f.in.entitle(f.who, desk)
	if !s.isBetter(e.Level, old) {
		return nil
	}
	c.event("level "+old+" to "+e.Level, e.Why)
	t.Level, t.LevelWhy = e.Level, e.Why
	return f.g.sooner(tx, s, t, c)
}

// sooner moves the clocks of a ticket of which nobody was told, to where its level ends
// them when that is earlier.
func (g *Gateway) sooner(tx store.Tx, s *settings, t *ticket.Ticket, c *change) error {
	desk := s.desk(t.Desk)
	level, owed, err := s.Level(t.Level), []promise.Promise(nil), error(nil)
	if owed, err = tx.TicketPromises(t.Number); err != nil || level == nil || desk == nil {
		return err
	}
	cal, err := s.calendar(desk)
	if err != nil {
		return err
	}
	for i := range owed {
		p := &owed[i]
		target, ok := level.Target(p.Kind, t.Priority)
		if p.State != promise.Open || p.Told || !ok || !p.PausedAt.IsZero() || p.Kind == promise.ByAgent || p.Kind == promise.Callback {
			continue
		}
		due, err := promise.Due(cal, c.now, target)
		if err != nil {
			return err
		}
		if !due.At.Before(p.DueAt) {
			continue
		}
		p.DueAt, p.Clock, p.Stage = due.At, target.AroundTheClock, ""
		p.Reset(cal, c.now)
		if p.ID == t.PromiseID {
			t.PromiseDue = p.DueAt
		}
		if err := tx.PutPromise(p); err != nil {
			return err
		}
		g.scheduler.DueAt(p.Alarm())
	}
	return nil
}
