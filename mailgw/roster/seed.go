package roster

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/ticket"
)

// Tx is what changes customers; store.Tx is one.
type Tx interface {
	Reader
	// CustomerBy returns the ID of the customer that has a key.
	CustomerBy(k customer.Key) (uint64, error)
	// CustomerEvents returns a customer's events, the oldest first.
	CustomerEvents(id uint64) ([]customer.Event, error)
	// NewCustomerID returns the next number of a customer.
	NewCustomerID() (uint64, error)
	// PutCustomer writes a customer. Its error is one that keeps another's key.
	PutCustomer(c *customer.Customer) error
	// PutCustomerEvent writes an event of a customer.
	PutCustomerEvent(e *customer.Event) error
	// Meta returns a small named value, nil when there is none.
	Meta(name string) ([]byte, error)
	// PutMeta writes one.
	PutMeta(name string, value []byte) error
}

// ByConfiguration is who changed a customer, of what the configuration says.
const ByConfiguration = "configuration"

// seededName is where the store keeps which customers are of the configuration.
const seededName = "customers_seeded"

// Seed takes over what the configuration says of customers. What it says anew is
// added, what it says no more is taken away; what was changed in the store
// meanwhile stays. It writes what differs alone. told are lines for the log: what
// belongs to another customer already, and who is not in the configuration any
// more, but stays a customer.
func Seed(tx Tx, list []customer.Customer, notFound error, now time.Time, newID func() ticket.ID) (told []string, err error) {
	s := &seeder{tx: tx, notFound: notFound, now: now, newID: newID}
	before, err := s.seeded()
	if err != nil {
		return nil, err
	}
	var after []uint64
	for i := range list {
		id, err := s.one(&list[i], before, after)
		if err != nil {
			return nil, fmt.Errorf("customer %q of the configuration: %w", list[i].Name, err)
		}
		if slices.Contains(after, id) {
			s.told = append(s.told, fmt.Sprintf("customer %q of the configuration goes by the name of another one there, and was not taken over", list[i].Name))
			continue
		}
		after = append(after, id)
	}
	for _, id := range before {
		if !slices.Contains(after, id) {
			if err := s.leave(id); err != nil {
				return nil, fmt.Errorf("customer %d: %w", id, err)
			}
		}
	}
	if slices.Equal(before, after) {
		return s.told, nil
	}
	raw, err := json.Marshal(after)
	if err != nil {
		return nil, fmt.Errorf("customers of the configuration: %w", err)
	}
	return s.told, tx.PutMeta(seededName, raw)
}

type seeder struct {
	tx       Tx
	notFound error
	now      time.Time
	newID    func() ticket.ID
	told     []string
}

// seeded are the customers that came from the configuration the last time.
func (s *seeder) seeded() (ids []uint64, err error) {
	raw, err := s.tx.Meta(seededName)
	if err == nil && raw != nil {
		err = json.Unmarshal(raw, &ids)
	}
	return ids, err
}

// one takes over one table.
func (s *seeder) one(want *customer.Customer, before, done []uint64) (uint64, error) {
	have, err := s.find(want, before)
	if err != nil || slices.Contains(done, have.ID) {
		return have.ID, err
	}
	next := have
	what := "made"
	if have.ID == 0 {
		next = *want
		next.CreatedAt = s.now
		if next.ID, err = s.tx.NewCustomerID(); err != nil {
			return 0, err
		}
	} else {
		what = "changed"
		merge(&next, want)
	}
	seed := *want
	next.Seed = &seed
	if err := s.leaveOut(&next); err != nil {
		return 0, err
	}
	if reflect.DeepEqual(kept(next), kept(have)) {
		return next.ID, nil
	}
	next.UpdatedAt = s.now
	e := customer.Event{Customer: next.ID, ID: s.newID(), At: s.now, Who: ByConfiguration, What: what}
	if have.ID != 0 {
		e.Before = []customer.Customer{have}
	}
	return next.ID, errors.Join(s.tx.PutCustomer(&next), s.tx.PutCustomerEvent(&e))
}

// kept is a customer as it comes back from the store.
func kept(c customer.Customer) (out customer.Customer) {
	raw, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		panic(err) // it has no field that cannot be written
	}
	return out
}

// find finds the customer of a table: the one that was made of it, whatever that is
// called now, else the one that has its name.
func (s *seeder) find(want *customer.Customer, before []uint64) (customer.Customer, error) {
	key := customer.NameKey(want.Name)
	for _, id := range before {
		c, err := s.tx.Customer(id)
		if errors.Is(err, s.notFound) { // erased
			continue
		}
		if err != nil {
			return c, err
		}
		if c.Seed != nil && customer.NameKey(c.Seed.Name) == key {
			return c, nil
		}
	}
	id, err := s.tx.CustomerBy(customer.Key{Kind: customer.KeyName, Text: key})
	if errors.Is(err, s.notFound) {
		return customer.Customer{}, nil
	}
	if err != nil {
		return customer.Customer{}, err
	}
	return s.tx.Customer(id)
}

// merge gives c what a table says anew, and takes what it said before and says no
// more.
func merge(c *customer.Customer, want *customer.Customer) {
	said := customer.Customer{}
	if c.Seed != nil {
		said = *c.Seed
	}
	if c.Name == said.Name {
		c.Name = want.Name
	}
	if c.Level == said.Level {
		c.Level = want.Level
	}
	c.Aliases = merged(c.Aliases, said.Aliases, want.Aliases)
	c.Domains = merged(c.Domains, said.Domains, want.Domains)
	c.Addresses = merged(c.Addresses, said.Addresses, want.Addresses)
	c.People = merged(c.People, said.People, want.People)
	c.Agreements = merged(c.Agreements, said.Agreements, want.Agreements)
}

// merged is a list with what is said anew, and without what was said and is no more.
func merged[T any](have, said, want []T) []T {
	in := func(list []T, x T) bool {
		return slices.ContainsFunc(list, func(y T) bool { return reflect.DeepEqual(x, y) })
	}
	var out []T
	for _, x := range have {
		if !in(said, x) || in(want, x) {
			out = append(out, x)
		}
	}
	for _, x := range want {
		if !in(said, x) && !in(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// leaveOut takes from a record what another customer has, and says so.
func (s *seeder) leaveOut(c *customer.Customer) error {
	for _, k := range c.Keys() {
		by, err := s.tx.CustomerBy(k)
		if errors.Is(err, s.notFound) || err == nil && by == c.ID {
			continue
		}
		if err != nil {
			return err
		}
		other, err := s.tx.Customer(by)
		if err != nil {
			return err
		}
		s.told = append(s.told, fmt.Sprintf("customer %q: %q is %q's already, and stays there; write it for one of the two, or: mailgw customer merge", c.Name, k.Text, other.Name))
		c.Drop(k)
	}
	return nil
}

// leave notes that a customer is not in the configuration any more.
func (s *seeder) leave(id uint64) error {
	have, err := s.tx.Customer(id)
	if errors.Is(err, s.notFound) || err == nil && have.Seed == nil {
		return nil
	}
	if err != nil {
		return err
	}
	next := have
	next.Seed, next.UpdatedAt = nil, s.now
	s.told = append(s.told, fmt.Sprintf("customer %q is not in the configuration any more, and stays a customer; to be rid of it: mailgw customer erase", have.Name))
	e := customer.Event{Customer: id, ID: s.newID(), At: s.now, Who: ByConfiguration, What: "left the configuration", Before: []customer.Customer{have}}
	return errors.Join(s.tx.PutCustomer(&next), s.tx.PutCustomerEvent(&e))
}
