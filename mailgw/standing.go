package mailgw

import (
	"errors"
	"strconv"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// standingPrefix begins the names under which it is kept how it went with somebody,
// see [customer.History]: standingPrefix, then "c/" and a customer's ID, or "a/" and the
// bare address of a requester of whom no customer is known. One small value each, written
// in the commit of what it counts.
const standingPrefix = "standing/"

// standingName is where it is kept for the people of a ticket; "" when nobody is known.
func standingName(id uint64, address string) string {
	switch {
	case id != 0:
		return standingPrefix + "c/" + strconv.FormatUint(id, 10)
	case customer.AddressKey(address) != "":
		return standingPrefix + "a/" + customer.AddressKey(address)
	}
	return ""
}

// forgetStanding removes what is kept of a customer, or of an address.
func forgetStanding(tx store.Tx, id uint64, address string) error {
	name := standingName(id, address)
	if name == "" {
		return nil
	}
	return tx.DeleteMeta(name)
}

// forgetPast removes what is kept of the address of a ticket's requester, when a ticket
// goes that was closed: unless something was counted since, which goes with a later one.
func forgetPast(tx store.Tx, t *ticket.Ticket, now time.Time) error {
	name := standingName(0, t.Address)
	if name == "" {
		return nil
	}
	b, err := tx.Meta(name)
	if err != nil {
		return err
	}
	if h := customer.ReadHistory(b); h.Since(t.ClosedAt) && h.Counts(now) != (customer.Counts{}) {
		return nil
	}
	return tx.DeleteMeta(name)
}

func standingOf(t *ticket.Ticket) string { return standingName(t.CustomerID, t.Address) }

// historyOf reads how it went with the people of a ticket.
func historyOf(r store.Reader, t *ticket.Ticket) (customer.History, error) {
	name := standingOf(t)
	if name == "" {
		return customer.History{}, nil
	}
	b, err := r.Meta(name)
	return customer.ReadHistory(b), err
}

// happenedTo counts something that happened to the people of a ticket.
func happenedTo(tx store.Tx, t *ticket.Ticket, what func(*customer.History)) error {
	name := standingOf(t)
	if name == "" {
		return nil
	}
	b, err := tx.Meta(name)
	if err != nil {
		return err
	}
	h := customer.ReadHistory(b)
	what(&h)
	return tx.PutMeta(name, h.Append(nil))
}

// brokeTo counts a promise that is broken, when its time had been told. Whoever settles a
// promise calls it when it was not broken before.
func brokeTo(tx store.Tx, t *ticket.Ticket, p *promise.Promise, now time.Time) error {
	if !p.Told || p.State != promise.Broken {
		return nil
	}
	return happenedTo(tx, t, func(h *customer.History) { h.Broke(now) })
}

// answeredTo notes how long somebody waited for an answer, and counts the promise when
// that was the first to show that it is broken.
func answeredTo(tx store.Tx, t *ticket.Ticket, p *promise.Promise, before promise.State, now time.Time) error {
	if p.Kind != promise.First && p.Kind != promise.Next || p.GivenUp || p.KeptAt.IsZero() {
		return nil
	}
	return happenedTo(tx, t, func(h *customer.History) {
		if p.Told && p.State == promise.Broken && before != promise.Broken {
			h.Broke(now)
		}
		h.Answered(customer.Wait{Ticket: t.Number, Took: p.KeptAt.Sub(p.MadeAt), Late: p.Told && p.KeptAt.After(p.DueAt)})
	})
}

// joinStandings lets one customer's history be counted as another's, when they turned
// out to be one, or takes that back. The history of from stays as it is.
func joinStandings(tx store.Tx, from, into uint64, undo bool) error {
	read := func(id uint64) (customer.History, error) {
		b, err := tx.Meta(standingName(id, ""))
		return customer.ReadHistory(b), err
	}
	f, ferr := read(from)
	t, terr := read(into)
	if err := errors.Join(ferr, terr); err != nil {
		return err
	}
	if undo {
		t.Subtract(&f)
	} else {
		t.Add(&f)
	}
	return tx.PutMeta(standingName(into, ""), t.Append(nil))
}

// mergedBy are the customers that an event merged into others, and into which.
func mergedBy(r store.Reader, id uint64, event ticket.ID) (map[uint64]uint64, error) {
	events, err := r.CustomerEvents(id)
	out := map[uint64]uint64{}
	for i := range events {
		for _, was := range events[i].Before {
			if events[i].ID != event || was.MergedInto != 0 {
				continue
			}
			now, cerr := r.Customer(was.ID)
			if errors.Is(cerr, store.ErrNotFound) {
				continue
			}
			if err = errors.Join(err, cerr); now.MergedInto != 0 {
				out[was.ID] = now.MergedInto
			}
		}
	}
	return out, err
}

// counted reports whether the mail is a contact of the ticket's people: a person wrote
// it, whose name is not forged.
func (d *decision) counted() bool {
	return d.isPerson() && !d.in.isAgent() && d.in.auth.Result != mailauth.Fail && d.desk != d.in.s.admin
}

// recall reads how it went with the ticket's people before, and counts this mail.
func (d *decision) recall() error {
	name := standingOf(&d.ticket)
	if !d.counted() {
		return nil
	}
	if name != "" {
		b, err := d.r.Meta(name)
		if err != nil {
			return err
		}
		d.history, d.firstContact = customer.ReadHistory(b), d.isNew && len(b) == 0
	}
	d.history.Wrote(d.now)
	d.counts = d.history.Counts(d.now)
	return nil
}

// recordStanding writes it, with the ticket's being opened again.
func (d *decision) recordStanding(tx store.Tx) error {
	name := standingOf(&d.ticket)
	if !d.counted() || name == "" {
		return nil
	}
	over := d.before.Status == ticket.Solved || d.before.Status == ticket.Closed
	if !d.isNew && over && isWork(&d.ticket) {
		d.history.Reopened(d.now)
	}
	return tx.PutMeta(name, d.history.Append(nil))
}

// What of the history is worth a line in a notice.
const (
	longWait  = 72 * time.Hour // also when no promise was broken by it
	shortWait = 2 * time.Hour  // not even then
	manyMails = 3
)

// saidBefore says to the agent how it went before: of a matter's first mail, and when
// this one is one of many.
func (d *decision) saidBefore() (f wording.BeforeFacts) {
	if !d.counted() {
		return f
	}
	c := d.counts
	if w, ok := d.history.Waited(d.ticket.Number); d.isNew && ok && (w.Late && w.Took >= shortWait || w.Took >= longWait) {
		f.WaitedOn, f.WaitedHours = w.Ticket, int((w.Took+30*time.Minute)/time.Hour)
	}
	f.Unkept, f.Reopened = c.BrokenPromises, c.Reopened
	if c.Mails >= manyMails {
		f.Mails = c.Mails
	}
	return f
}
