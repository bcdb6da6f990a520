package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// testCustomers keeps customers, each found by its keys.
func testCustomers(t *testing.T, h *house) {
	acme := &customer.Customer{ID: 1, Name: "Acme AG", Domains: []string{"Acme.example"}, Addresses: []string{"max@free.example"}}
	globex := &customer.Customer{ID: 2, Name: "Globex", People: []customer.Person{{Name: "Ann", Addresses: []string{"ann@free.example"}}}}
	h.everywhere(func(tx store.Tx) error {
		for want := uint64(1); want <= 2; want++ {
			if id, err := tx.NewCustomerID(); id != want || err != nil {
				t.Errorf("number %d: %d %v", want, id, err)
			}
		}
		return errors.Join(tx.PutCustomer(acme), tx.PutCustomer(globex), tx.PutCustomerEvent(&customer.Event{Customer: 1, ID: 7, What: "made"}))
	}, func(t testing.TB, r store.Reader) {
		for k, want := range map[customer.Key]uint64{
			{Kind: customer.KeyName, Text: "acme ag"}: 1, {Kind: customer.KeyDomain, Text: "acme.example"}: 1,
			{Kind: customer.KeyAddress, Text: "max@free.example"}: 1, {Kind: customer.KeyAddress, Text: "ann@free.example"}: 2,
		} {
			if id, err := r.CustomerBy(k); id != want || err != nil {
				t.Errorf("%v: %d %v", k, id, err)
			}
		}
		if _, err := r.CustomerBy(customer.Key{Kind: customer.KeyDomain, Text: "ann@free.example"}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a key of another kind: %v", err)
		}
		if e, err := r.CustomerEvents(1); err != nil || len(e) != 1 || e[0].What != "made" {
			t.Errorf("events: %+v %v", e, err)
		}
		if since := changed(t, r, 0); !slices.Equal(since, []uint64{1, 2}) {
			t.Errorf("written: %v", since)
		}
	})
	taken := h.s.Update(store.Intake, func(tx store.Tx) error {
		return tx.PutCustomer(&customer.Customer{ID: 3, Name: "ACME  ag"})
	})
	var why *store.KeyTaken
	if !errors.As(taken, &why) || why.By != 1 || why.Key.Text != "acme ag" || !errors.Is(taken, store.ErrExists) {
		t.Errorf("another one's name: %v", taken)
	}
	// What a customer gives up another one can have.
	acme.Name, acme.Domains = "Spectra Lab", nil
	globex.Domains = []string{"acme.example"}
	h.everywhere(func(tx store.Tx) error { return errors.Join(tx.PutCustomer(acme), tx.PutCustomer(globex)) }, func(t testing.TB, r store.Reader) {
		if id, err := r.CustomerBy(customer.Key{Kind: customer.KeyDomain, Text: "acme.example"}); id != 2 || err != nil {
			t.Errorf("the domain is %d's: %v", id, err)
		}
		if _, err := r.CustomerBy(customer.Key{Kind: customer.KeyName, Text: "acme ag"}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the old name: %v", err)
		}
		if since := changed(t, r, 2); !slices.Equal(since, []uint64{1, 2}) {
			t.Errorf("written after version 2: %v", since)
		}
		if since := changed(t, r, 3); !slices.Equal(since, []uint64{2}) {
			t.Errorf("written after version 3: %v", since)
		}
	})
	h.everywhere(func(tx store.Tx) error { return tx.EraseCustomer(1) }, func(t testing.TB, r store.Reader) {
		if c, err := r.Customer(1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an erased one: %+v %v", c, err)
		}
		if e, err := r.CustomerEvents(1); err != nil || len(e) != 0 {
			t.Errorf("its events: %+v %v", e, err)
		}
		if since := changed(t, r, 4); !slices.Equal(since, []uint64{1}) {
			t.Errorf("written after version 4: %v", since)
		}
		var ids []uint64
		if err := r.Customers(0, func(c customer.Customer) bool { ids = append(ids, c.ID); return true }); err != nil || !slices.Equal(ids, []uint64{2}) {
			t.Errorf("all: %v %v", ids, err)
		}
	})
}

// changed lists what was written after a version.
func changed(t testing.TB, r store.Reader, version uint64) (ids []uint64) {
	t.Helper()
	if err := r.CustomersSince(version, func(id uint64) bool { ids = append(ids, id); return true }); err != nil {
		t.Error(err)
	}
	return ids
}

// customerOps are operations on few customers with few keys.
func customerOps(id ticket.ID, number uint64, word string) []func(store.Tx) string {
	c := customer.Customer{ID: number, Name: "Name " + word[:1], Domains: []string{fmt.Sprintf("d%d.example", id%5)}}
	if len(word) > 2 {
		c.Addresses = []string{word[:2] + "@free.example"}
	}
	return []func(store.Tx) string{
		func(tx store.Tx) string {
			n, err := tx.NewCustomerID()
			return say(fmt.Sprint("customer ", n), err)
		},
		func(tx store.Tx) string { return say("customer", tx.PutCustomer(&c)) },
		func(tx store.Tx) string { return say("no customer", tx.EraseCustomer(number)) },
		func(tx store.Tx) string {
			return say("event", tx.PutCustomerEvent(&customer.Event{Customer: number, ID: id, What: word}))
		},
		func(tx store.Tx) string {
			by, err := tx.CustomerBy(c.Keys()[0])
			return say(fmt.Sprint("by ", by), err)
		},
	}
}

// customerState is what a Reader shows of customers.
type customerState struct {
	Version uint64
	Order   []uint64 // as last written
	All     []customer.Customer
	Events  []customer.Event
	By      map[customer.Key]uint64
}

func dumpCustomers(r store.Reader) (customerState, error) {
	var s customerState
	var errs []error
	note := func(err error) { errs = append(errs, err) }
	var err error
	s.Version, err = r.CustomersVersion()
	note(err)
	note(r.CustomersSince(0, func(id uint64) bool { s.Order = append(s.Order, id); return true }))
	note(r.Customers(0, func(c customer.Customer) bool { s.All = append(s.All, c); return true }))
	s.By = map[customer.Key]uint64{}
	for _, c := range s.All {
		for _, k := range c.Keys() {
			s.By[k], err = r.CustomerBy(k)
			note(err)
		}
	}
	for id := range uint64(10) {
		e, err := r.CustomerEvents(id)
		note(err)
		s.Events = append(s.Events, e...)
	}
	return s, errors.Join(errs...)
}

// customers are the customers of a model.
type customers struct {
	lastCustomer, version uint64
	records               map[uint64]customer.Customer
	written               map[uint64]uint64 // version by customer
	history               map[[2]uint64]customer.Event
}

func newCustomers() *customers {
	return &customers{records: map[uint64]customer.Customer{}, written: map[uint64]uint64{}, history: map[[2]uint64]customer.Event{}}
}

func (m *customers) copy() *customers {
	return &customers{m.lastCustomer, m.version, maps.Clone(m.records), maps.Clone(m.written), maps.Clone(m.history)}
}

func (m *customers) Customer(id uint64) (customer.Customer, error) { return found(m.records, id) }

func (m *customers) Customers(after uint64, fn func(customer.Customer) bool) error {
	return inOrder(m.records, func(c customer.Customer) bool { return c.ID <= after || fn(c) })
}

func (m *customers) CustomerBy(k customer.Key) (uint64, error) {
	for id, c := range m.records {
		if slices.Contains(c.Keys(), k) {
			return id, nil
		}
	}
	return 0, store.ErrNotFound
}

func (m *customers) CustomersVersion() (uint64, error) { return m.version, nil }

func (m *customers) CustomersSince(version uint64, fn func(uint64) bool) error {
	order := map[uint64]uint64{}
	for id, v := range m.written {
		if v > version {
			order[v] = id
		}
	}
	return inOrder(order, fn)
}

func (m *customers) CustomerEvents(id uint64) (out []customer.Event, err error) {
	keys := slices.SortedFunc(maps.Keys(m.history), func(a, b [2]uint64) int { return slices.Compare(a[:], b[:]) })
	for _, k := range keys {
		if k[0] == id {
			out = append(out, m.history[k])
		}
	}
	return out, nil
}

func (m *customers) NewCustomerID() (uint64, error) { m.lastCustomer++; return m.lastCustomer, nil }

func (m *customers) PutCustomer(c *customer.Customer) error {
	for _, k := range c.Keys() {
		if by, err := m.CustomerBy(k); err == nil && by != c.ID {
			return &store.KeyTaken{Key: k, By: by}
		}
	}
	m.version++
	m.records[c.ID], m.written[c.ID] = kept(*c), m.version
	return nil
}

func (m *customers) PutCustomerEvent(e *customer.Event) error {
	k := [2]uint64{e.Customer, uint64(e.ID)}
	if _, taken := m.history[k]; taken {
		return store.ErrExists
	}
	m.history[k] = kept(*e)
	return nil
}

func (m *customers) EraseCustomer(id uint64) error {
	if _, err := m.Customer(id); err != nil {
		return err
	}
	m.version++
	delete(m.records, id)
	m.written[id] = m.version
	maps.DeleteFunc(m.history, func(k [2]uint64, _ customer.Event) bool { return k[0] == id })
	return nil
}
