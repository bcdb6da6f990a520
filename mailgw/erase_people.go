package mailgw

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/erasure"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// people takes them out of the customers, and what is known of their addresses.
func (e *eraser) people() error {
	var ids []uint64
	err := e.g.store.View(func(r store.Reader) (err error) {
		ids, err = e.customersNaming(r)
		return err
	})
	if err != nil {
		return err
	}
	e.job.Counts["customers"] = len(ids)
	if err := inPieces(e.g, ids, 1, e.customer); err != nil {
		return err
	}
	if err := e.g.followCustomers(); err != nil {
		return err
	}
	return e.addresses()
}

// customersNaming are those that go, and those whose record or history names them.
func (e *eraser) customersNaming(r store.Reader) (ids []uint64, err error) {
	var bad error
	err = r.Customers(0, func(c customer.Customer) bool {
		events, err := r.CustomerEvents(c.ID)
		if slices.ContainsFunc(events, func(v customer.Event) bool { return v.ID == e.job.ID }) { // what is there came later
			return true
		}
		named := false
		if err == nil {
			named, err = erasure.Rewrite(&c, e.f)
		}
		if err == nil && !named {
			named, err = erasure.Rewrite(&events, e.f)
		}
		if named || slices.Contains(e.job.Customers, c.ID) || slices.Contains(e.job.Customers, c.MergedInto) {
			ids = append(ids, c.ID)
		}
		bad = err
		return bad == nil
	})
	return ids, errors.Join(err, bad)
}

// customer takes them out of one customer and its history, or the whole of it.
func (e *eraser) customer(tx store.Tx, id uint64) error {
	c, err := tx.Customer(id)
	if err != nil {
		return ignoreMissing(err)
	}
	events, err := tx.CustomerEvents(id)
	if err != nil {
		return err
	}
	if err := errors.Join(tx.EraseCustomer(id), forgetOwnName(tx, id)); err != nil {
		return err
	}
	if slices.Contains(e.job.Customers, id) || slices.Contains(e.job.Customers, c.MergedInto) {
		return nil
	}
	e.leave(&c)
	c.UpdatedAt = e.job.At
	if _, err := erasure.Rewrite(&c, e.f); err != nil {
		return err
	}
	if err := tx.PutCustomer(&c); err != nil {
		return err
	}
	for i := range events {
		for k := range events[i].Before {
			e.leave(&events[i].Before[k])
		}
		if _, err := erasure.Rewrite(&events[i], e.f); err != nil {
			return err
		}
		if err := tx.PutCustomerEvent(&events[i]); err != nil {
			return err
		}
	}
	return tx.PutCustomerEvent(&customer.Event{Customer: id, ID: e.job.ID, At: e.job.At, Who: e.job.By, What: "erased one of its people"})
}

// leave takes the people who go out of a record, with their names.
func (e *eraser) leave(c *customer.Customer) {
	theirs := func(a string) bool { return e.who.Is(a) }
	c.Addresses = slices.DeleteFunc(slices.Clone(c.Addresses), theirs)
	c.Claimed = slices.DeleteFunc(slices.Clone(c.Claimed), theirs)
	c.People = slices.DeleteFunc(slices.Clone(c.People), func(p customer.Person) bool { return slices.ContainsFunc(p.Addresses, theirs) })
	c.Agreements = slices.Clone(c.Agreements)
	for i := range c.Agreements {
		c.Agreements[i].People = slices.DeleteFunc(slices.Clone(c.Agreements[i].People), theirs)
	}
	if c.Seed != nil {
		seed := *c.Seed
		e.leave(&seed)
		c.Seed = &seed
	}
}

// addresses forgets what is known of their addresses alone.
func (e *eraser) addresses() error {
	return e.g.store.Update(store.Background, func(tx store.Tx) error {
		var named []ticket.Unreachable
		err := tx.AllUnreachable(func(u ticket.Unreachable) bool {
			if !e.late(u.Since) && (e.who.Is(u.Address) || e.f.In(u.Reply)) {
				named = append(named, u)
			}
			return true
		})
		for i := range named {
			u := &named[i]
			if e.who.Is(u.Address) {
				err = errors.Join(err, tx.DeleteUnreachable(u.Address))
				continue
			}
			u.Reply = e.f.Replace(u.Reply, erasure.Gone)
			err = errors.Join(err, tx.PutUnreachable(u))
		}
		for _, a := range e.job.Addresses {
			err = errors.Join(err, forgetStanding(tx, 0, a))
		}
		for _, id := range e.job.Customers {
			err = errors.Join(err, forgetStanding(tx, id, ""))
		}
		return err
	})
}

// sent removes the mails that relay.kind = "file" wrote, as far as they are to them or
// tell of them.
func (e *eraser) sent() error {
	dir := filepath.Join(e.g.settings.Load().Data, "sent")
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for mails that left: %w", err)
	}
	known := map[string]bool{}
	for _, id := range slices.Concat(e.job.Plan.Entries, e.job.Plan.Rows) {
		known[id.String()] = true
	}
	raw := erasure.NewFinder(erasure.Forms(e.job.Plan.Words(e.who)))
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		row, _, _ := strings.Cut(strings.TrimSuffix(f.Name(), ".eml"), "-")
		goes := known[row]
		if !goes {
			if goes, err = e.tells(path, raw); err != nil {
				return err
			}
		}
		if !goes {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a mail that left: %w", err)
		}
		e.job.Counts["sent"]++
	}
	return nil
}

// tells reports whether a mail that left is about a ticket that is all theirs, or names them.
func (e *eraser) tells(path string, raw *erasure.Finder) (bool, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read a mail that left: %w", err)
	}
	m := letter.Parse(b, "", letter.DefaultLimits())
	if e.late(m.Date) {
		return false, nil
	}
	if ref, ok := e.g.keys.OpenMessageID(m.MessageID, e.g.settings.Load().domains...); ok {
		if _, whole := slices.BinarySearch(e.job.Plan.Whole, ref.Ticket); whole {
			return true, nil
		}
		if gone, err := e.tellsOf(ref.Ticket, ref.Entry); gone || err != nil {
			return gone, err
		}
	}
	return raw.In(string(b)) || e.f.In(everything(m)), nil
}

// tellsOf reports whether an entry, which a mail that left tells of, was erased.
func (e *eraser) tellsOf(number uint64, seq uint32) (gone bool, err error) {
	err = e.g.store.View(func(r store.Reader) error {
		p, err := locate(r, number, seq)
		if err != nil {
			return ignoreMissing(err)
		}
		list, err := r.Entries(p.ticket.Number)
		gone = slices.ContainsFunc(list, func(v ticket.Entry) bool { return v.Seq == p.entry && !v.ErasedAt.IsZero() })
		return err
	})
	return gone, err
}

// everything are the words of a mail that a reader sees.
func everything(m *letter.Mail) string {
	var b strings.Builder
	for _, list := range [][]letter.Address{m.From, m.Sender, m.ReplyTo, m.To, m.Cc} {
		for i := range list {
			b.WriteString(list[i].String() + "\n")
		}
	}
	b.WriteString(m.Subject + "\n" + strings.Join(m.InReplyTo, "\n") + "\n" + strings.Join(m.References, "\n") + "\n" + m.Text + "\n")
	for i := range m.Attachments {
		b.WriteString(m.Attachments[i].Name + "\n")
	}
	return b.String()
}
