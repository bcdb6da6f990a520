package mailgw

import (
	"context"
	"encoding/json"
	"errors"

	"supportgw/mailgw/config"
	"supportgw/mailgw/customer"
	"supportgw/mailgw/roster"
	"supportgw/mailgw/store"
)

// askStored runs one command that only looks, and lets go of the store again.
func askStored[T any](ctx context.Context, c *config.Config, command string, args any, each func(*T) error) error {
	admin, err := connectToRead(c)
	if err != nil {
		return err
	}
	err = admin.Do(ctx, command, args, func(line json.RawMessage) error {
		v := new(T)
		if err := json.Unmarshal(line, v); err != nil {
			return err
		}
		return each(v)
	})
	return errors.Join(err, admin.Close())
}

// storedPage is what was read at once.
type storedPage struct {
	lines []*StoredView // without the end
	end   StoredEnd
	err   error // nothing else is set
}

// storedPages reads one page after the other, while those before are worked on. The
// last one is done, or has the error.
func storedPages(ctx context.Context, c *config.Config, a StoredArgs) <-chan storedPage {
	out := make(chan storedPage) // one is ready while one is worked on: memory is theirs
	go func() {
		defer close(out)
		for {
			var p storedPage
			err := askStored(ctx, c, "rehearse.mails", a, func(v *StoredView) error {
				if v.End != nil {
					p.end = *v.End
					return nil
				}
				p.lines = append(p.lines, v)
				return nil
			})
			if err != nil {
				p = storedPage{err: err}
			}
			select {
			case out <- p:
			case <-ctx.Done():
				return
			}
			if err != nil || p.end.Done {
				return
			}
			a.Ticket, a.After = p.end.Ticket, p.end.After
		}
	}()
	return out
}

// storedRoster are the customers of today.
func storedRoster(ctx context.Context, c *config.Config) (*roster.Roster, error) {
	r := roster.New(store.ErrNotFound)
	r.SetFreeMail(c.FreeMail, c.CompanyDomains...)
	return r, r.CatchUp(&customerPages{ctx: ctx, c: c})
}

// customerPages reads customers in pages, as a roster asks for them.
type customerPages struct {
	ctx  context.Context
	c    *config.Config
	page map[uint64]customer.Customer // that was read last
}

// Customer returns one of the page.
func (p *customerPages) Customer(id uint64) (customer.Customer, error) {
	if c, ok := p.page[id]; ok {
		return c, nil
	}
	return customer.Customer{}, store.ErrNotFound
}

// CustomersVersion is that of all.
func (p *customerPages) CustomersVersion() (uint64, error) { return 1, nil }

// CustomersSince calls fn for all.
func (p *customerPages) CustomersSince(_ uint64, fn func(uint64) bool) error {
	for after := uint64(0); ; {
		var ids []uint64
		p.page = map[uint64]customer.Customer{}
		err := askStored(p.ctx, p.c, "rehearse.customers", NumberArgs{after}, func(c *customer.Customer) error {
			ids = append(ids, c.ID)
			p.page[c.ID] = *c
			return nil
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			if after = id; !fn(id) {
				return nil
			}
		}
		if len(ids) < pageEntries {
			return nil
		}
	}
}
