package customer

import (
	"fmt"
	"strconv"
	"strings"

	"supportgw/mailgw/ticket"
)

// Directory finds customers. It never changes; make it with [New]. A nil or
// empty Directory knows nobody.
type Directory struct {
	customers []Customer
	addresses map[string]int  // normal address -> customer
	domains   map[string]int  // normal domain -> customer
	freeMail  map[string]bool // beside the built-in ones
	phrases   map[string][]named
	lengths   map[string]uint64 // first word of a phrase -> bit n: there is one of n words
	starts    [256]uint64       // first byte of a first word -> bit n: there is one of n bytes; most words of a text end here
}

// named is one company name under its normal form.
type named struct {
	customer int
	full     string // folded, with the legal form
}

// maxPhrase is the longest name in words that is looked for in texts; the bits
// of Directory.lengths hold no more.
const maxPhrase = 63

// Identity is what is known about a mail's author.
type Identity struct {
	Customer   string            // the customer's name, "" when nobody or more than one
	Level      string            // its service level, or the one that all candidates share; "" when none
	Confidence ticket.Confidence // how sure
	Reason     string            // why, in one phrase for the agent
	Candidates []string          // names of the customers it could be, when they are too near to tell or only resemble
}

// New indexes customers. freeMail are domains that never make a company, beside
// the built-in ones. What is wrong is left out of the index and returned as
// problems, all at once.
func New(customers []Customer, freeMail []string) (*Directory, []Problem) {
	b := builder{d: &Directory{
		customers: customers,
		addresses: map[string]int{}, domains: map[string]int{}, freeMail: map[string]bool{},
		phrases: map[string][]named{}, lengths: map[string]uint64{},
	}, names: map[string]int{}}
	for k, f := range freeMail {
		if d, ok := normalDomain(f); ok {
			b.d.freeMail[d] = true
		} else {
			b.problem(-1, member("free_mail_domains", k), "%q is not a domain; write it like mail.example", f)
		}
	}
	for i := range customers {
		b.add(i)
	}
	return b.d, b.problems
}

// builder is one [New] at work.
type builder struct {
	d        *Directory
	names    map[string]int // name in lower case -> customer
	problems []Problem
}

func (b *builder) problem(customer int, field, format string, args ...any) {
	b.problems = append(b.problems, Problem{Customer: customer, Field: field, Text: fmt.Sprintf(format, args...)})
}

// member is the path of the k-th entry of a list.
func member(list string, k int) string { return list + "[" + strconv.Itoa(k) + "]" }

// add indexes one customer.
func (b *builder) add(i int) {
	c := &b.d.customers[i]
	if strings.TrimSpace(c.Name) == "" {
		b.problem(i, "name", "must not be empty; write how the company is called")
	}
	b.name(i, "name", c.Name)
	for k, a := range c.Aliases {
		b.name(i, member("aliases", k), a)
	}
	for k, s := range c.Domains {
		b.domain(i, member("domains", k), s)
	}
	for k, s := range c.Addresses {
		b.address(i, member("addresses", k), s)
	}
}

// name indexes a name or an alias. Names that differ in the legal form alone
// may belong to two customers; a text that names them without it is then open.
func (b *builder) name(i int, field, name string) {
	key := strings.ToLower(strings.Join(strings.Fields(name), " "))
	if key == "" {
		return
	}
	if other, taken := b.names[key]; taken {
		if other != i {
			b.problem(i, field, "%q is also a name of %q; write another one", name, b.d.customers[other].Name)
		}
		return
	}
	b.names[key] = i
	for _, plain := range []bool{false, true} {
		w, from, to := core(name, plain)
		if to-from < 1 || to-from > maxPhrase {
			continue
		}
		b.phrase(string(w.phrase(from, to)), string(w.phrase(from, from+1)), to-from, named{i, string(w.phrase(from, len(w.list)))})
	}
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
func (b *builder) domain(i int, field, s string) {
	d, ok := normalDomain(s)
	switch {
	case !ok:
		b.problem(i, field, "%q is not a domain; write it like acme.example", s)
	case isPublicSuffix(d):
		b.problem(i, field, "%q is a public suffix, under which everybody can have a domain; write the one of the company, like acme.example", s)
	case b.d.isFreeMail(d):
		b.problem(i, field, "%q is a mail provider's domain; write the people's addresses under addresses", s)
	default:
		if other, taken := b.d.domains[d]; taken {
			b.problem(i, field, "%q is listed twice, also for %q; remove one of them", s, b.d.customers[other].Name)
			return
		}
		b.d.domains[d] = i
	}
}

// address indexes one person.
func (b *builder) address(i int, field, s string) {
	a, _, ok := normalAddress(s)
	if !ok || strings.ContainsAny(s, "<> ,") {
		b.problem(i, field, "%q is not an address; write it like max@example.com", s)
		return
	}
	if other, taken := b.d.addresses[a]; taken {
		b.problem(i, field, "%q is listed twice, also for %q; remove one of them", s, b.d.customers[other].Name)
		return
	}
	b.d.addresses[a] = i
}

// isFreeMail tells whether a normal domain is a mail provider's.
func (d *Directory) isFreeMail(domain string) bool {
	return within(domain, freeMailDomains) || within(domain, d.freeMail)
}
