package mailgw

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/erasure"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// cameBackOf is the erasure of what a line of the log names and the store has again;
// nil when it has nothing of it. Addresses are known by their hashes only, so those in
// the records that the line names are tried.
func (g *Gateway) cameBackOf(r store.Reader, log *erasure.Log, line *erasure.Line) (*eraseJob, error) {
	b := &cameBack{r: r, log: log, hashes: map[string]bool{}, mails: map[ticket.ID]bool{}, tickets: map[uint64]bool{}, found: map[string]bool{}}
	for _, h := range line.Addresses {
		b.hashes[h] = true
	}
	for _, look := range []func(*erasure.Line) error{b.mailsOf, b.ticketsOf, b.partsOf, b.customersOf, b.unreachableOf} {
		if err := look(line); err != nil {
			return nil, err
		}
	}
	if !b.any {
		return nil, nil
	}
	job := &eraseJob{ID: line.ID, At: line.At, Until: line.At, Kind: line.Kind, By: "mailgw"}
	for a := range b.found {
		job.Addresses = append(job.Addresses, a)
	}
	asked := erasure.Asked{Who: erasure.NewWho(job.Addresses), Until: line.At, Tickets: b.tickets, Mails: b.mails}
	if line.Kind == kindCompany {
		job.Customers = b.customers
		if len(b.customers) > 0 {
			asked.Customer = b.customers[0]
		}
	}
	plan, err := erasure.Select(r, asked)
	if err != nil {
		return nil, err
	}
	job.Plan = *plan
	return job, nil
}

// cameBack looks for what a line names.
type cameBack struct {
	r         store.Reader
	log       *erasure.Log
	hashes    map[string]bool
	any       bool // something is there
	mails     map[ticket.ID]bool
	tickets   map[uint64]bool
	customers []uint64
	found     map[string]bool // addresses whose hashes the line has
}

// try keeps an address when the line is about it.
func (b *cameBack) try(texts ...string) bool {
	any := false
	for _, t := range texts {
		if addr := strings.ToLower(letter.ParseAddress(t).Addr); addr != "" && b.hashes[b.log.Hash(addr)] {
			b.found[addr], any = true, true
		}
	}
	return any
}

func (b *cameBack) mailsOf(line *erasure.Line) error {
	for _, id := range line.Mails {
		rc, err := b.r.Receipt(id)
		if errors.Is(err, store.ErrNotFound) || err == nil && rc.Erased != nil {
			continue
		}
		if err != nil {
			return err
		}
		b.any, b.mails[id] = true, true
		b.try(rc.Author, rc.MailFrom)
	}
	for _, id := range line.Entries {
		e, err := b.r.Entry(id)
		if errors.Is(err, store.ErrNotFound) || err == nil && !e.ErasedAt.IsZero() {
			continue
		}
		if err != nil {
			return err
		}
		b.any, b.mails[id] = true, true
		b.try(append(append([]string{e.From}, e.To...), e.Cc...)...)
	}
	return nil
}

// ticketsOf looks at tickets that were all theirs. One that was opened after the erasure
// has got a number anew, in a folder that is older than the ticket meant, or empty: it
// is somebody else's.
func (b *cameBack) ticketsOf(line *erasure.Line) error {
	for _, n := range line.Tickets {
		t, err := b.r.Ticket(n)
		if errors.Is(err, store.ErrNotFound) || err == nil && (!t.ErasedAt.IsZero() || t.CreatedAt.After(line.At)) {
			continue
		}
		if err != nil {
			return err
		}
		b.any, b.tickets[n] = true, true
		b.try(append([]string{t.Address}, t.People...)...)
	}
	return nil
}

// partsOf looks at tickets of others that named them. One whose trail has the erasure
// was done: what stands there now came later.
func (b *cameBack) partsOf(line *erasure.Line) error {
	for _, n := range line.Parts {
		t, err := b.r.Ticket(n)
		if err != nil {
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			return err
		}
		if t.CreatedAt.After(line.At) { // another one with its number
			continue
		}
		events, err := b.r.Events(n)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(events, func(e ticket.Event) bool { return e.ID == line.ID }) {
			continue
		}
		entries, err := b.r.Entries(n)
		if err != nil {
			return err
		}
		b.any = b.try(append([]string{t.Address}, t.People...)...) || b.any
		for i := range entries {
			if e := &entries[i]; !e.At.After(line.At) {
				b.any = b.try(append(append([]string{e.From}, e.To...), e.Cc...)...) || b.any
			}
		}
	}
	return nil
}

// customersOf looks at the customers, as they were before the erasure: who was put
// there again since stays.
func (b *cameBack) customersOf(line *erasure.Line) error {
	var bad error
	err := b.r.Customers(0, func(c customer.Customer) bool {
		if slices.Contains(line.Customers, c.ID) && !c.CreatedAt.After(line.At) {
			b.any, b.customers = true, append(b.customers, c.ID)
		}
		if len(b.hashes) == 0 || !b.names(&c) {
			return true
		}
		var events []customer.Event
		if events, bad = b.r.CustomerEvents(c.ID); bad != nil {
			return false
		}
		if slices.ContainsFunc(events, func(e customer.Event) bool { return e.ID == line.ID }) {
			return true
		}
		old := !c.UpdatedAt.After(line.At)
		for i := range events {
			for k := range events[i].Before {
				before := &events[i].Before[k]
				old = old || !before.UpdatedAt.After(line.At) && b.names(before)
			}
		}
		b.any = b.any || old
		return true
	})
	return errors.Join(err, bad)
}

// names reports whether one of a customer's addresses is one of the line's.
func (b *cameBack) names(c *customer.Customer) bool {
	any := b.try(c.Addresses...)
	any = b.try(c.Claimed...) || any
	for _, p := range c.People {
		any = b.try(p.Addresses...) || any
	}
	return any
}

func (b *cameBack) unreachableOf(line *erasure.Line) error {
	return b.r.AllUnreachable(func(u ticket.Unreachable) bool {
		if !u.Since.After(line.At) {
			b.any = b.try(u.Address) || b.any
		}
		return true
	})
}

// purgeErased clears the storage when something was erased by nobody who waits for it.
func (g *Gateway) purgeErased(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.erasing.wake:
		}
		g.erasing.one.Lock()
		err := g.endErasure()
		g.erasing.one.Unlock()
		if err != nil {
			g.log.Error("what was erased is still in the data folder; it is tried again at the next start, and by the next erasure", "err", err)
		}
	}
}

// notErased says what the log of erasures names and the store has, for "verify".
func (g *Gateway) notErased() (problems []string, err error) {
	log, err := erasure.OpenLog(erasedLog(g.settings.Load().Config))
	if err != nil {
		return nil, err
	}
	if job, err := g.jobUnderWay(); job != nil || err != nil { // it is on its way
		return nil, err
	}
	for i := range log.Lines {
		line := &log.Lines[i]
		err := g.store.View(func(r store.Reader) error {
			job, err := g.cameBackOf(r, log, line)
			if err == nil && job != nil {
				problems = append(problems, fmt.Sprintf("what was erased on %s (%s) is here again, from an old copy: the next start of the gateway erases it", line.At.Format(time.DateOnly), line.ID))
			}
			return err
		})
		if err != nil {
			return problems, err
		}
	}
	return problems, nil
}
