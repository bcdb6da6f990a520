package customer

import (
	"fmt"
	"slices"
	"strings"

	"supportgw/rules"
)

// Problems are what is wrong with a customer's level and agreements, for whatever may
// bring them: the configuration, an import, a command. levels and desks are the names
// that there are; nil: any may be there. Field is the path below the customer.
func Problems(c *Customer, levels, desks []string) []Problem {
	k := &checker{levels: levels, desks: desks}
	if c.Level != "" && k.isUnknown(levels, c.Level) {
		k.problem("level", "there is no [[level]] of that name (got %q); write %s", c.Level, oneOf(levels))
	}
	for i := range c.Agreements {
		k.agreement(member("agreement", i)+".", &c.Agreements[i])
	}
	return k.problems
}

type checker struct {
	levels, desks []string
	problems      []Problem
}

func (k *checker) problem(field, format string, args ...any) {
	k.problems = append(k.problems, Problem{Field: field, Text: fmt.Sprintf(format, args...)})
}

// isUnknown reports whether a name is not among those that there are.
func (k *checker) isUnknown(all []string, name string) bool {
	return all != nil && !slices.Contains(all, name)
}

// agreement checks one; path ends with a dot.
func (k *checker) agreement(path string, a *Agreement) {
	switch {
	case a.Level == "":
		k.problem(path+"level", "must not be empty; write %s", oneOf(k.levels))
	case k.isUnknown(k.levels, a.Level):
		k.problem(path+"level", "there is no [[level]] of that name (got %q); write %s", a.Level, oneOf(k.levels))
	}
	if strings.ContainsFunc(a.Name, isControl) {
		k.problem(path+"name", "has a line end or another control character (got %q); write it in one line", a.Name)
	}
	for i, d := range a.Desks {
		if k.isUnknown(k.desks, d) {
			k.problem(path+member("desks", i), "there is no [[desk]] of that name (got %q); write %s", d, oneOf(k.desks))
		}
	}
	for i, p := range a.People {
		if AddressKey(p) == "" || strings.ContainsAny(p, "<> ,") {
			k.problem(path+member("people", i), "%q is not an address; write it like max@example.com", p)
		}
	}
	for i, p := range a.Products {
		if !rules.HasWord(p) {
			k.problem(path+member("products", i), "has no letter or digit, so no mail can name it (got %q); write the product as customers call it, or leave it out", p)
		}
	}
	from, until := day(a.From), day(a.Until)
	if !from.isOne() {
		k.problem(path+"from", "is not a day (got %q); write it like 2026-01-31", a.From)
	}
	if !until.isOne() {
		k.problem(path+"until", "is not a day (got %q); write it like 2026-12-31", a.Until)
	}
	if from.isOne() && until.isOne() && from != "" && until != "" && until < from {
		k.problem(path+"until", "is before from (got %q, from is %q): it would never apply; write a later day, or exchange the two", a.Until, a.From)
	}
}

// isControl reports whether a character breaks a line.
func isControl(r rune) bool {
	return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029
}

// oneOf says what to write instead.
func oneOf(names []string) string {
	if len(names) == 0 {
		return "one that there is"
	}
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprintf("%q", n))
	}
	if last := len(out) - 1; last > 0 {
		return strings.Join(out[:last], ", ") + " or " + out[last]
	}
	return out[0]
}

// Doubts are what is right in a customer's agreements, but can hardly be meant. best
// are the names of the levels, the best first.
func Doubts(c *Customer, best []string) []Problem {
	k := &checker{}
	own := slices.Index(best, c.Level)
	for i := range c.Agreements {
		a, path := &c.Agreements[i], member("agreement", i)+"."
		for n, p := range a.People {
			if key := AddressKey(p); key != "" && !c.has(key) {
				k.problem(path+member("people", n), "%q is no address of %q, nor in one of its domains, so the agreement is for somebody who is not taken for one of them; write it in addresses or a person's too", p, c.Name)
			}
		}
		if at := slices.Index(best, a.Level); own >= 0 && at > own {
			k.problem(path+"level", "%q is slower than the customer's own level %q, so the agreement changes nothing; write a better level for it, or level = \"\" for the customer", a.Level, c.Level)
		}
	}
	return k.problems
}

// has reports whether an address in its normal form is one of the customer's.
func (c *Customer) has(address string) bool {
	if slices.ContainsFunc(c.AllAddresses(), func(a string) bool { return AddressKey(a) == address }) {
		return true
	}
	_, domain, _ := strings.Cut(address, "@")
	for ; domain != ""; domain = parent(domain) {
		if slices.ContainsFunc(c.Domains, func(d string) bool { return DomainKey(d) == domain }) {
			return true
		}
	}
	return false
}
