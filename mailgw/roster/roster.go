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

	follow  sync.Mutex // one goroutine catches up at a time
	version uint64     // of what was taken, guarded by follow

	mu     sync.RWMutex
	d      *customer.Directory
	merged map[uint64]uint64 // those that go on as another one
}

// New makes an empty one. notFound is the error that a Reader returns for what is
// not there.
func New(notFound error) *Roster {
	d, _ := customer.New(nil, nil)
	return &Roster{notFound: notFound, d: d, merged: map[uint64]uint64{}}
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

// batch is how many customers are taken at a time: mail waits for no more.
const batch = 256

// CatchUp reads what has been written since the last time. b must show what is
// committed. Few changes are seen all at once; of many (an import) mails may see a
// part meanwhile.
func (r *Roster) CatchUp(b Reader) error {
	r.follow.Lock()
	defer r.follow.Unlock()
	version, err := b.CustomersVersion()
	if err != nil {
		return fmt.Errorf("version of the customers: %w", err)
	}
	if version <= r.version {
		return nil
	}
	f := &follower{r: r, b: b}
	var bad error
	err = b.CustomersSince(r.version, func(id uint64) bool {
		bad = f.read(id)
		return bad == nil
	})
	if err = errors.Join(err, bad); err != nil {
		return fmt.Errorf("read the customers: %w", err)
	}
	f.take()
	f.again()
	r.version = version
	return nil
}

// follower takes what was written, in batches that are read without a lock.
type follower struct {
	r    *Roster
	b    Reader
	next []customer.Customer
	gone []uint64
	part []*customer.Customer // of which something was still another one's, which comes later
}

// read reads one customer anew.
func (f *follower) read(id uint64) error {
	c, err := f.b.Customer(id)
	switch {
	case errors.Is(err, f.r.notFound):
		f.gone = append(f.gone, id)
	case err != nil:
		return err
	default:
		c.Seed = nil // nobody asks the copy for it
		f.next = append(f.next, c)
	}
	if len(f.next)+len(f.gone) >= batch {
		f.take()
	}
	return nil
}

// take takes what was read.
func (f *follower) take() {
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	for _, id := range f.gone {
		f.r.d.Remove(id)
		delete(f.r.merged, id)
	}
	for i := range f.next { // what one gives up is free before another takes it
		f.r.d.Remove(f.next[i].ID)
	}
	for i := range f.next {
		c := &f.next[i]
		delete(f.r.merged, c.ID)
		if c.MergedInto != 0 {
			f.r.merged[c.ID] = c.MergedInto
		}
		if len(f.r.d.Put(c)) > 0 { // what is wrong in it was told when it was written; or it comes later
			f.part = append(f.part, c)
		}
	}
	f.next, f.gone = nil, nil
}

// again takes those of which something was another one's.
func (f *follower) again() {
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	for _, c := range f.part {
		f.r.d.Put(c)
	}
}

// Customer returns the customer that a number stands for now, which is another's when
// that was merged; nil when there is none. It must not be changed.
func (r *Roster) Customer(id uint64) *customer.Customer {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if to := r.merged[id]; to != 0 {
		id = to
	}
	return r.d.Customer(id)
}

// Is returns the number under which a customer goes on: its own, unless it was merged.
func (r *Roster) Is(id uint64) uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if to := r.merged[id]; to != 0 {
		return to
	}
	return id
}

// Check returns what is wrong with a customer by itself, see [customer.Directory.Check].
func (r *Roster) Check(c *customer.Customer) []customer.Problem {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.d.Check(c)
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

// Mentions are the customers that a text names, see [customer.Directory.Mentions].
func (r *Roster) Mentions(text string) []customer.Mention {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.d.Mentions(text)
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
