// Package customer answers who wrote: the company behind an address, found by
// the exact address, then by the address's domain, then by the company that the
// mail names.
//
// It holds the record of a customer, which the store keeps, and a [Directory],
// which finds one among many. The package is pure: no disk, no network, no clock.
// Nothing here fails on what a mail says: an address or a name that cannot be read
// identifies nobody. Being identified opens no ticket of anybody else; that is
// decided by package threading.
package customer

import (
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/ticket"
)

// Customer is a company that support is given to. Only Name is required.
type Customer struct {
	// ID is its number in the store, from 1, never reused; 0: not kept yet.
	ID uint64 `toml:"-" json:"id"`
	// Name is how the company is called in tickets and mails; unique.
	Name string `toml:"name" json:"name"`
	// Aliases are other names it goes by: short forms, former names, brands.
	Aliases []string `toml:"aliases" json:"aliases,omitempty"`
	// Domains are its mail domains; their subdomains count too, the longest
	// one wins.
	Domains []string `toml:"domains" json:"domains,omitempty"`
	// Addresses are its people outside of those domains, as exact addresses of
	// whom no more is known.
	Addresses []string `toml:"addresses" json:"addresses,omitempty"`
	// People are its people who are known by name.
	People []Person `toml:"person" json:"people,omitempty"`
	// Claimed are addresses whose writers say that they are of it, and nothing proves
	// so: no key, and no proof of anything; see [Directory.Said].
	Claimed []string `toml:"-" json:"claimed,omitempty"`
	// Level is its service level where no agreement gives a better one; "" is the
	// desk's.
	Level string `toml:"level" json:"level,omitempty"`
	// Agreements are what it has bought.
	Agreements []Agreement `toml:"agreement" json:"agreements,omitempty"`
	// MergedInto is the customer that it turned out to be; 0: it stands for itself.
	// A merged one identifies nobody.
	MergedInto uint64 `toml:"-" json:"merged_into,omitempty"`
	// Removed reports that its making was taken back. Such a one identifies nobody,
	// and is kept for that, too, to be taken back.
	Removed bool `toml:"-" json:"removed,omitempty"`
	// Seed is what the configuration said of it when that was last taken over;
	// nil: it is not in the configuration.
	Seed *Customer `toml:"-" json:"seed,omitempty"`
	// CreatedAt is when it came into the store, UpdatedAt when it last changed.
	CreatedAt time.Time `toml:"-" json:"created_at,omitzero"`
	UpdatedAt time.Time `toml:"-" json:"updated_at,omitzero"`
}

// Person is somebody of a customer.
type Person struct {
	// Name is how the person is called; "" when only addresses are known.
	Name string `toml:"name" json:"name,omitempty"`
	// Addresses are the person's exact addresses.
	Addresses []string `toml:"addresses" json:"addresses"`
	// Left is when the person left the company: from then on the addresses
	// identify nobody. Zero: still there.
	Left time.Time `toml:"-" json:"left,omitzero"`
}

// Agreement is something that a customer has bought: a level, for all of it or a
// part.
type Agreement struct {
	// Name is how agents know it; "" is the level's name.
	Name string `toml:"name" json:"name,omitempty"`
	// Level is the service level that it gives.
	Level string `toml:"level" json:"level"`
	// Desks are those that it is for; none: all.
	Desks []string `toml:"desks" json:"desks,omitempty"`
	// People are the addresses that it is for; none: everybody of the customer.
	People []string `toml:"people" json:"people,omitempty"`
	// Products are words, one of which a mail must say, folded for case and
	// accents; none: whatever it is about.
	Products []string `toml:"products" json:"products,omitempty"`
	// From is its first day, as 2026-12-31, in the desk's
	// time zone; "": no bound.
	From string `toml:"from" json:"from,omitempty"`
	// Until is its last day; "": no bound.
	Until string `toml:"until" json:"until,omitempty"`
}

// Event is one change of a customer: who did what when, and why, and how to take
// it back.
type Event struct {
	Customer uint64    `json:"customer"`
	ID       ticket.ID `json:"id"`
	At       time.Time `json:"at"`
	Who      string    `json:"who"` // an agent's or a customer's address, "command", "configuration", "import" or "mailgw"
	What     string    `json:"what"`
	Why      string    `json:"why,omitempty"`
	// Before are the records that it changed, as they were; empty: it made this one.
	Before []Customer `json:"before,omitempty"`
	// Undoes is the event that this one took back; zero: none.
	Undoes ticket.ID `json:"undoes,omitzero"`
}

// The kinds of keys by which a customer is found.
const (
	KeyAddress = 'a' // an exact address of one of its people
	KeyDomain  = 'd' // one of its domains
	KeyName    = 'n' // its name or an alias, see NameKey
)

// Key is something that one customer alone can have.
type Key struct {
	Kind byte
	Text string // in the form that it is compared in
}

// Gone reports whether the customer stands for nobody any more.
func (c *Customer) Gone() bool { return c.MergedInto != 0 || c.Removed }

// Keys returns what finds the customer, each once, in order. What cannot be read is
// left out. A merged customer has none, nor has a removed one.
func (c *Customer) Keys() []Key {
	if c.Gone() {
		return nil
	}
	keys := make([]Key, 0, 1+len(c.Aliases)+len(c.Domains)+len(c.Addresses)+2*len(c.People))
	name := func(n string) {
		if key := NameKey(n); key != "" {
			keys = append(keys, Key{KeyName, key})
		}
	}
	name(c.Name)
	for _, n := range c.Aliases {
		name(n)
	}
	for _, d := range c.Domains {
		if domain, ok := normalDomain(d); ok {
			keys = append(keys, Key{KeyDomain, domain})
		}
	}
	for _, a := range c.AllAddresses() {
		if address, _, ok := normalAddress(a); ok {
			keys = append(keys, Key{KeyAddress, address})
		}
	}
	slices.SortFunc(keys, func(a, b Key) int {
		if a.Kind != b.Kind {
			return int(a.Kind) - int(b.Kind)
		}
		return strings.Compare(a.Text, b.Text)
	})
	return slices.Compact(keys)
}

// Drop takes a key from the customer: what it is written as falls. Of its name it
// takes nothing: that must be there.
func (c *Customer) Drop(k Key) {
	without := func(list []string, key func(string) string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return key(s) == k.Text })
	}
	switch k.Kind {
	case KeyName:
		c.Aliases = without(c.Aliases, NameKey)
	case KeyDomain:
		c.Domains = without(c.Domains, DomainKey)
	case KeyAddress:
		c.Addresses = without(c.Addresses, AddressKey)
		c.People = slices.Clone(c.People)
		for i := range c.People {
			c.People[i].Addresses = without(c.People[i].Addresses, AddressKey)
		}
	}
}

// AllAddresses are the exact addresses of its people who have not left.
func (c *Customer) AllAddresses() []string {
	out := c.Addresses[:len(c.Addresses):len(c.Addresses)]
	for i := range c.People {
		if c.People[i].Left.IsZero() {
			out = append(out, c.People[i].Addresses...)
		}
	}
	return out
}

// NameKey is a name in the form in which it must be unique: two customers may
// differ in the legal form alone, but not in case or white space.
func NameKey(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// AddressKey is an address in the form in which it must be unique; "" when it is none.
func AddressKey(address string) string {
	a, _, _ := normalAddress(address)
	return a
}

// DomainKey is a domain in the form in which it must be unique; "" when it is none.
func DomainKey(domain string) string {
	d, _ := normalDomain(domain)
	return d
}

// Problem is one thing wrong with customers.
type Problem struct {
	Customer int    // index in the list given to New; 0 of Put; -1: of the mail providers' domains
	Field    string // TOML key, with the index in a list: name, domains[1], free_mail_domains[0]
	Text     string // what is wrong, and what to write instead
}
