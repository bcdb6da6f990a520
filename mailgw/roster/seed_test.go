package roster

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/ticket"
)

var errAbsent = errors.New("absent")

// book is a Tx in memory.
type book struct {
	records map[uint64]customer.Customer
	order   []uint64 // of the writes
	events  []customer.Event
	meta    []byte
	last    uint64
	id      ticket.ID // of the last event of an editor
}

func (b *book) Customer(id uint64) (customer.Customer, error) {
	c, ok := b.records[id]
	if !ok {
		return c, errAbsent
	}
	return c, nil
}

func (b *book) CustomerBy(k customer.Key) (uint64, error) {
	for id, c := range b.records {
		if slices.Contains(c.Keys(), k) {
			return id, nil
		}
	}
	return 0, errAbsent
}

func (b *book) CustomersVersion() (uint64, error) { return uint64(len(b.order)), nil }

func (b *book) CustomersSince(version uint64, fn func(uint64) bool) error {
	for _, id := range b.order[version:] {
		if !fn(id) {
			break
		}
	}
	return nil
}

func (b *book) NewCustomerID() (uint64, error) { b.last++; return b.last, nil }

func (b *book) PutCustomer(c *customer.Customer) error {
	b.records[c.ID] = kept(*c)
	b.order = append(b.order, c.ID)
	return nil
}

func (b *book) PutCustomerEvent(e *customer.Event) error { b.events = append(b.events, *e); return nil }

func (b *book) CustomerEvents(id uint64) (out []customer.Event, err error) {
	for _, e := range b.events {
		if e.Customer == id {
			out = append(out, e)
		}
	}
	return out, nil
}

func (b *book) Meta(string) ([]byte, error)      { return b.meta, nil }
func (b *book) PutMeta(_ string, v []byte) error { b.meta = v; return nil }

// seed takes a configuration over and returns what was told.
func (b *book) seed(t *testing.T, list ...customer.Customer) string {
	t.Helper()
	ids := ticket.ID(len(b.events))
	told, err := Seed(b, list, errAbsent, time.Unix(1e9, 0), func() ticket.ID { ids++; return ids })
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(told, "\n")
}

// TestSeed: the configuration adds and takes what it says itself; what was changed
// in the store stays.
func TestSeed(t *testing.T) {
	b := &book{records: map[uint64]customer.Customer{}}
	acme := customer.Customer{Name: "Acme", Level: "standard", Domains: []string{"acme.example", "acme.test"}}
	b.seed(t, acme)
	writes := len(b.order)
	if b.seed(t, acme); len(b.order) != writes || len(b.events) != 1 {
		t.Errorf("nothing new was written: %d writes, %d events", len(b.order), len(b.events))
	}
	c := b.records[1]
	c.Name, c.Aliases, c.Addresses = "Spectra Lab", []string{"Acme"}, []string{"max@free.example"}
	if err := b.PutCustomer(&c); err != nil {
		t.Fatal(err)
	}
	acme.Level, acme.Domains = "premium", []string{"acme.example", "acme.net.example"}
	b.seed(t, acme)
	c = b.records[1]
	if len(b.records) != 1 || c.Name != "Spectra Lab" || c.Level != "premium" || !slices.Equal(c.Addresses, []string{"max@free.example"}) || !slices.Equal(c.Domains, []string{"acme.example", "acme.net.example"}) {
		t.Errorf("after a change of both: %+v", c)
	}
	if e := b.events[len(b.events)-1]; e.Who != ByConfiguration || len(e.Before) != 1 || e.Before[0].Level != "standard" {
		t.Errorf("the event cannot be taken back: %+v", e)
	}
	if told := b.seed(t); !strings.Contains(told, `"Spectra Lab" is not in the configuration any more`) || b.records[1].Seed != nil {
		t.Errorf("left: %q %+v", told, b.records[1])
	}
	if told := b.seed(t); told != "" {
		t.Errorf("told again: %q", told)
	}
}

// TestSeedTaken: a key of another customer stays with that one, and the rest is taken over.
func TestSeedTaken(t *testing.T) {
	b := &book{records: map[uint64]customer.Customer{}}
	b.seed(t, customer.Customer{Name: "Acme", Domains: []string{"acme.example"}, Aliases: []string{"Road Runner"}})
	told := b.seed(t, customer.Customer{Name: "Acme", Domains: []string{"acme.example"}, Aliases: []string{"Road Runner"}},
		customer.Customer{Name: "Globex", Domains: []string{"ACME.example", "globex.example"}}, customer.Customer{Name: "road runner"})
	if !strings.Contains(told, `customer "Globex": "acme.example" is "Acme"'s already`) || !strings.Contains(told, `"road runner" of the configuration goes by the name of another one`) {
		t.Errorf("told: %q", told)
	}
	if c := b.records[2]; len(b.records) != 2 || !slices.Equal(c.Domains, []string{"globex.example"}) {
		t.Errorf("got %+v of %d", c, len(b.records))
	}
}

// TestCatchUp: the copy follows changes, renames and erased ones.
func TestCatchUp(t *testing.T) {
	b, r := &book{records: map[uint64]customer.Customer{}}, New(errAbsent)
	b.seed(t, customer.Customer{Name: "Acme", Domains: []string{"acme.example"}}, customer.Customer{Name: "Globex", Domains: []string{"globex.example"}})
	follow := func() {
		t.Helper()
		if err := r.CatchUp(b); err != nil {
			t.Fatal(err)
		}
	}
	who := func(address string) string { return r.Identify(address, true).Customer }
	follow()
	if who("a@acme.example") != "Acme" || who("b@sub.globex.example") != "Globex" || r.Len() != 2 {
		t.Errorf("got %q and %q of %d", who("a@acme.example"), who("b@sub.globex.example"), r.Len())
	}
	c := b.records[1]
	c.Name, c.Domains = "Spectra", []string{"spectra.example"}
	delete(b.records, 2)
	b.order = append(b.order, 2)
	if err := b.PutCustomer(&c); err != nil {
		t.Fatal(err)
	}
	follow()
	if who("a@acme.example") != "" || who("a@spectra.example") != "Spectra" || who("b@globex.example") != "" || r.Len() != 1 {
		t.Errorf("got %q, %q and %q of %d", who("a@acme.example"), who("a@spectra.example"), who("b@globex.example"), r.Len())
	}
	if !r.Colleagues("a@spectra.example", "b@spectra.example") {
		t.Error("no colleagues")
	}
}

// TestCatchUpMoves: what one customer gave up and another has got is found at that one,
// whichever of the two was written last, and however many lie between.
func TestCatchUpMoves(t *testing.T) {
	for _, between := range []int{0, batch} {
		b, r := &book{records: map[uint64]customer.Customer{}}, New(errAbsent)
		b.seed(t, customer.Customer{Name: "Acme", Domains: []string{"acme.example"}}, customer.Customer{Name: "Globex"})
		if err := r.CatchUp(b); err != nil {
			t.Fatal(err)
		}
		put := func(c customer.Customer) {
			if err := b.PutCustomer(&c); err != nil {
				t.Fatal(err)
			}
		}
		acme, globex := b.records[1], b.records[2]
		acme.Domains, globex.Domains = nil, []string{"acme.example"}
		b.records[1] = acme
		put(globex)
		for i := range between {
			put(customer.Customer{ID: uint64(10 + i), Name: ticket.ID(i + 1).String()})
		}
		put(acme)
		if err := r.CatchUp(b); err != nil {
			t.Fatal(err)
		}
		if got := r.Identify("a@acme.example", true).Customer; got != "Globex" || r.Len() != 2+between {
			t.Errorf("%d between: %q of %d", between, got, r.Len())
		}
	}
}
