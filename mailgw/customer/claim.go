package customer

import (
	"slices"
	"time"

	"supportgw/mailgw/ticket"
)

// maxClaimed bounds a customer's Claimed: anybody can say to be of a company.
const maxClaimed = 200

// Learn notes that the writer of an address says to be of the customer, the latest
// last. It reports whether that is new; when there are too many, the oldest is
// forgotten.
func (c *Customer) Learn(address string) bool {
	a := AddressKey(address)
	if a == "" || slices.Contains(c.Claimed, a) {
		return false
	}
	list := append(slices.Clone(c.Claimed), a)
	c.Claimed = list[max(0, len(list)-maxClaimed):]
	return true
}

// Forget takes an address from Claimed, and reports whether it was there.
func (c *Customer) Forget(address string) bool {
	i := slices.Index(c.Claimed, AddressKey(address))
	if i < 0 {
		return false
	}
	c.Claimed = slices.Delete(slices.Clone(c.Claimed), i, i+1)
	return true
}

// Said is the customer that the writer of an address once said to be of, when asked.
// It is claimed, whoever wrote: [Directory.Identify], by which doors are opened,
// does not know of it.
func (d *Directory) Said(address string) (Identity, bool) {
	if d == nil {
		return unknown, false
	}
	i, found := d.claims[AddressKey(address)]
	if !found {
		return unknown, false
	}
	c := d.slots[i]
	return Identity{ID: c.ID, Customer: c.Name, Level: c.Level, Confidence: ticket.Claimed, Reason: "the writer of " + AddressKey(address) + " once said so, and nothing proves it"}, true
}

// claims indexes what writers say to be. Of two customers the one that came last has
// the address.
func (b *builder) claims(c *Customer) {
	for _, s := range c.Claimed {
		if a := AddressKey(s); a != "" && !b.only {
			b.d.claims[a] = b.slot
		}
	}
}

// unclaim takes out of the index what claims and departed have put there.
func (d *Directory) unclaim(c *Customer, slot int) {
	for _, p := range c.People {
		for _, s := range p.Addresses {
			if i, there := d.left[AddressKey(s)]; there && i == slot {
				delete(d.left, AddressKey(s))
			}
		}
	}
	for _, s := range c.Claimed {
		if i, there := d.claims[AddressKey(s)]; there && i == slot {
			delete(d.claims, AddressKey(s))
		}
	}
}

// Leaves notes that the person with an address has left the company: from then on it
// identifies nobody, were it in the company's domain.
func (c *Customer) Leaves(address string, at time.Time) {
	key := AddressKey(address)
	c.Forget(key)
	c.Addresses = slices.DeleteFunc(slices.Clone(c.Addresses), func(a string) bool { return AddressKey(a) == key })
	c.People = slices.Clone(c.People)
	for i := range c.People {
		p := &c.People[i]
		if slices.ContainsFunc(p.Addresses, func(a string) bool { return AddressKey(a) == key }) {
			p.Left = at
			return
		}
	}
	c.People = append(c.People, Person{Addresses: []string{key}, Left: at})
}

// departed indexes the addresses of people who have left.
func (b *builder) departed(c *Customer) {
	for _, p := range c.People {
		for _, s := range p.Addresses {
			if a := AddressKey(s); a != "" && !p.Left.IsZero() && !b.only {
				b.d.left[a] = b.slot
			}
		}
	}
}
