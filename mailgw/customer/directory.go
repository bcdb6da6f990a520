package customer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"supportgw/mailgw/ticket"
)

// Directory finds customers. Make it with [New]; [Directory.Put] changes it. Any
// number of goroutines may ask it, while none changes it. A nil or empty Directory
// knows nobody.
type Directory struct {
	slots          []*Customer
	free           []int // slots that hold nobody
	byID           map[uint64]int
	addresses      map[string]int  // normal address -> slot
	domains        map[string]int  // normal domain -> slot
	names          map[string]int  // NameKey -> slot
	claims         map[string]int  // normal address -> slot of the customer that its writer says to be of
	left           map[string]int  // normal address of who has left -> slot of the customer
	freeMail       map[string]bool // beside the built-in ones
	companyDomains map[string]bool // are none, though the built-in ones have them
	phrases        map[string][]named
	near           nearIndex
	lengths        map[string]uint64 // first word of a phrase -> bit n: there is one of n words; or was
	starts         [256]uint64       // first byte of a first word -> bit n: there is one of n bytes; most words of a text end here
}

// named is one company name under its normal form.
type named struct {
	customer int    // its slot
	full     string // folded, with the legal form
	weak     bool   // see entry
}

// maxPhrase is the longest name in words that is looked for in texts; the bits
// of Directory.lengths hold no more.
const maxPhrase = 63

// Identity is what is known about a mail's author.
type Identity struct {
	ID         uint64            // the customer's, 0 when nobody or more than one, and of one that only the configuration has
	Customer   string            // the customer's name, "" when nobody or more than one
	Level      string            // its service level, or the one that all candidates share; "" when none
	Confidence ticket.Confidence // how sure
	Reason     string            // why, in one phrase for the agent
	Candidates []string          // names of the customers it could be, when they are too near to tell or only resemble
}

// New makes a directory. freeMail are domains that never make a company, beside the
// built-in ones; companies are domains of companies though the built-in lists of mail
// providers have them. What is wrong is left out of the index and returned as problems,
// all at once.
func New(customers []Customer, freeMail []string, companies ...string) (*Directory, []Problem) {
	d := &Directory{
		byID: map[uint64]int{}, addresses: map[string]int{}, domains: map[string]int{}, names: map[string]int{}, claims: map[string]int{}, left: map[string]int{}, freeMail: map[string]bool{}, companyDomains: map[string]bool{},
		phrases: map[string][]named{}, lengths: map[string]uint64{},
	}
	problems := d.SetFreeMail(freeMail, companies...)
	for i := range customers {
		b := builder{d: d, customer: i, slot: d.slot(customers[i].ID)}
		b.add(&customers[i])
		problems = append(problems, b.problems...)
	}
	return d, problems
}

// SetFreeMail gives the directory other domains that never make a company, beside
// the built-in ones, and other companies' domains that those have by mistake. It does not look at the customers that it has.
func (d *Directory) SetFreeMail(freeMail []string, companies ...string) (problems []Problem) {
	clear(d.freeMail)
	clear(d.companyDomains)
	read := func(key string, list []string, set map[string]bool) {
		for k, f := range list {
			if n, ok := normalDomain(f); ok {
				set[n] = true
			} else {
				problems = append(problems, Problem{-1, member(key, k), fmt.Sprintf("%q is not a domain; write it like mail.example", f)})
			}
		}
	}
	read("free_mail_domains", freeMail, d.freeMail)
	read("company_domains", companies, d.companyDomains)
	return problems
}

// Put indexes a customer instead of the one with its ID; one that is merged into
// another is taken out. What is wrong, or belongs to another customer already, is
// left out of the index and returned. The directory keeps c.
func (d *Directory) Put(c *Customer) []Problem {
	d.Remove(c.ID)
	if c.Gone() {
		return nil
	}
	b := builder{d: d, slot: d.slot(c.ID)}
	b.add(c)
	return b.problems
}

// Check returns what is wrong with a customer by itself, whoever has its keys.
func (d *Directory) Check(c *Customer) []Problem {
	b := builder{d: d, only: true}
	b.add(c)
	return b.problems
}

// Customer returns the customer with an ID, nil when there is none. It is the
// Directory's.
func (d *Directory) Customer(id uint64) *Customer {
	if i, ok := d.byID[id]; ok {
		return d.slots[i]
	}
	return nil
}

// Each calls fn for each customer, in no order that means anything, until it returns false.
func (d *Directory) Each(fn func(*Customer) bool) {
	for _, c := range d.slots {
		if c != nil && !fn(c) {
			return
		}
	}
}

// Len is how many customers it has.
func (d *Directory) Len() int { return len(d.slots) - len(d.free) }

// slot makes room for a customer.
func (d *Directory) slot(id uint64) int {
	i := len(d.slots)
	if n := len(d.free); n > 0 {
		i, d.free = d.free[n-1], d.free[:n-1]
	} else {
		d.slots = append(d.slots, nil)
	}
	if id != 0 {
		d.byID[id] = i
	}
	return i
}

// Remove takes a customer out of the index. Its bits in lengths and starts stay:
// they only save work.
func (d *Directory) Remove(id uint64) {
	i, there := d.byID[id]
	if !there {
		return
	}
	c := d.slots[i]
	for _, k := range c.Keys() {
		index := map[byte]map[string]int{KeyAddress: d.addresses, KeyDomain: d.domains, KeyName: d.names}[k.Kind]
		if index[k.Text] == i {
			delete(index, k.Text)
		}
	}
	for _, n := range append([]string{c.Name}, c.Aliases...) {
		d.near.remove(n, i)
		for _, e := range entriesOf(n) {
			d.phrases[e.phrase] = slices.DeleteFunc(d.phrases[e.phrase], func(e named) bool { return e.customer == i })
			if len(d.phrases[e.phrase]) == 0 {
				delete(d.phrases, e.phrase)
			}
		}
	}
	d.unclaim(c, i)
	delete(d.byID, id)
	d.slots[i] = nil
	d.free = append(d.free, i)
}

// builder is one customer that is indexed.
type builder struct {
	d        *Directory
	customer int // index in the caller's list
	slot     int
	only     bool // look at what is wrong, and index nothing
	problems []Problem
}

func (b *builder) problem(field, format string, args ...any) {
	b.problems = append(b.problems, Problem{Customer: b.customer, Field: field, Text: fmt.Sprintf(format, args...)})
}

// member is the path of the k-th entry of a list.
func member(list string, k int) string { return list + "[" + strconv.Itoa(k) + "]" }

// add indexes one customer.
func (b *builder) add(c *Customer) {
	if !b.only {
		b.d.slots[b.slot] = c
	}
	if strings.TrimSpace(c.Name) == "" {
		b.problem("name", "must not be empty; write how the company is called")
	}
	b.name("name", c.Name)
	for k, a := range c.Aliases {
		b.name(member("aliases", k), a)
	}
	for k, s := range c.Domains {
		b.domain(member("domains", k), s)
	}
	for k, s := range c.Addresses {
		b.address(member("addresses", k), s)
	}
	b.claims(c)
	b.departed(c)
	for i := range c.People {
		if !c.People[i].Left.IsZero() {
			continue
		}
		for k, s := range c.People[i].Addresses {
			b.address(member("person", i)+"."+member("addresses", k), s)
		}
	}
}

// name indexes a name or an alias. Names that differ in the legal form alone
// may belong to two customers; a text that names them without it is then open.
func (b *builder) name(field, name string) {
	key := NameKey(name)
	if key == "" || b.only {
		return
	}
	if other, taken := b.d.names[key]; taken {
		if other != b.slot {
			b.problem(field, "%q is also a name of %q; write another one", name, b.d.slots[other].Name)
		}
		return
	}
	b.d.names[key] = b.slot
	for _, e := range entriesOf(name) {
		b.phrase(e.phrase, e.first(), e.words(), named{b.slot, e.full, e.weak})
	}
	b.d.near.add(name, b.slot)
}

// phrase adds one entry to the index of names.
func (b *builder) phrase(phrase, first string, n int, entry named) {
	for _, have := range b.d.phrases[phrase] {
		if have == entry {
			return
		}
	}
	b.d.phrases[phrase] = append(b.d.phrases[phrase], entry)
	b.d.lengths[first] |= 1 << n
	b.d.starts[first[0]] |= startBit(len(first))
}

// domain indexes a mail domain.
func (b *builder) domain(field, s string) {
	d, ok := normalDomain(s)
	switch {
	case !ok:
		b.problem(field, "%q is not a domain; write it like acme.example", s)
	case isPublicSuffix(d):
		b.problem(field, "%q is a public suffix, under which everybody can have a domain; write the one of the company, like acme.example", s)
	case b.d.isFreeMail(d):
		b.problem(field, "%q is a mail provider's domain; write the people's addresses under addresses or, if it is the company's own, list it under company_domains", s)
	case !b.only:
		if other, taken := b.d.domains[d]; taken {
			b.problem(field, "%q is listed twice, also for %q; remove one of them", s, b.d.slots[other].Name)
			return
		}
		b.d.domains[d] = b.slot
	}
}

// address indexes one person.
func (b *builder) address(field, s string) {
	a, _, ok := normalAddress(s)
	if !ok || strings.ContainsAny(s, "<> ,") {
		b.problem(field, "%q is not an address; write it like max@example.com", s)
		return
	}
	if b.only {
		return
	}
	if other, taken := b.d.addresses[a]; taken {
		b.problem(field, "%q is listed twice, also for %q; remove one of them", s, b.d.slots[other].Name)
		return
	}
	b.d.addresses[a] = b.slot
}
