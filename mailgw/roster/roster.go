// Package roster holds the customers in memory, in step with the store, and changes
// them there: what the configuration says of them is taken over by [Seed].
//
// The store is what counts; a [Roster] is a copy by which one is found fast. It
// follows what has been committed: whoever changed customers calls
// [Roster.CatchUp] behind the commit. A key (an address, a domain, a name) has one
// customer, which the store enforces within the commit.
//
// A Roster may be used from many goroutines. It starts none, and never writes by
// itself.
package roster

import (
	"errors"
	"fmt"
	"sync"

	"supportgw/mailgw/customer"
)

// Reader is what is kept of customers; store.Reader is one.
type Reader interface {
	// Customer returns a customer, or an error that wraps the store's "not found".
	Customer(id uint64) (customer.Customer, error)
	// CustomersVersion counts the writes of customers.
	CustomersVersion() (uint64, error)
	// CustomersSince calls fn for each customer written after a version.
	CustomersSince(version uint64, fn func(id uint64) bool) error
}

// Roster finds customers. Make it with [New] or [Of].
type Roster struct {
	notFound error // the store's

	mu      sync.RWMutex
	d       *customer.Directory
	version uint64
}

// New makes an empty one. notFound is the error that a Reader returns for what is
// not there.
func New(notFound error) *Roster {
	d, _ := customer.New(nil, nil)
	return &Roster{notFound: notFound, d: d}
}

// Of makes one of a directory, which must not change any more: without a store.
func Of(d *customer.Directory) *Roster { return &Roster{d: d} }

// SetFreeMail gives it other domains that never make a company, and companies'
// domains that the built-in lists have by mistake.
func (r *Roster) SetFreeMail(domains []string, companies ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.d.SetFreeMail(domains, companies...) // package config has reported what is wrong with them
}

// CatchUp reads what has been written since the last time. b must show what is
// committed.
func (r *Roster) CatchUp(b Reader) error {
	version, err := b.CustomersVersion()
	if err != nil {
		return fmt.Errorf("version of the customers: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if version <= r.version {
		return nil
	}
	var bad error
	err = b.CustomersSince(r.version, func(id uint64) bool {
		bad = r.take(b, id)
		return bad == nil
	})
	if err = errors.Join(err, bad); err != nil {
		return fmt.Errorf("read the customers: %w", err)
	}
	r.version = version
	return nil
}

// take reads one customer anew.
func (r *Roster) take(b Reader, id uint64) error {
	c, err := b.Customer(id)
	if errors.Is(err, r.notFound) {
		r.d.Remove(id)
		return nil
	}
	if err != nil {
		return err
	}
	r.d.Put(&c) // what is wrong in it was told when it was written
	return nil
}

// Len is how many customers there are.
func (r *Roster) Len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.d.Len()
}

// Identify says which customer wrote, see [customer.Directory.Identify].
func (r *Roster) Identify(address string, authenticated bool, names ...string) customer.Identity {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.d.Identify(address, authenticated, names...)
}

// IdentifyMail is [customer.Directory.IdentifyMail] of what the store holds now.
func (r *Roster) IdentifyMail(address string, authenticated bool, said customer.Said) customer.Identity {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.d.IdentifyMail(address, authenticated, said)
}

// Colleagues reports whether two addresses are of one company, if they are really
// theirs, see [customer.Directory.Colleagues].
func (r *Roster) Colleagues(a, b string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.d.Colleagues(a, b)
}

// Said is the customer that the writer of an address once said to be of, see
// [customer.Directory.Said].
func (r *Roster) Said(address string) (customer.Identity, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.d.Said(address)
}
