package roster

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"supportgw/mailgw/customer"
)

// Finder is what an import looks customers up by; store.Reader is one.
type Finder interface {
	Reader
	// CustomerBy returns the ID of the customer that has a key.
	CustomerBy(k customer.Key) (uint64, error)
}

// Plan says what an import would do, before anything is written.
type Plan struct {
	Made, Changed, Same int
	Problems            []LineProblem // when there are any, nothing is to be imported
	Seen                map[uint64]bool
}

// Rules are what rows are checked by.
type Rules struct {
	NotFound error // the Finder's
	Check    func(*customer.Customer) []customer.Problem
	Levels   []string
	Desks    []string
}

// maxProblems bounds what is wrong with one file: one cause can be in each line.
const maxProblems = 1000

// PlanRows looks what each row would do, against what is kept and against the other
// rows. changed, if not nil, is called with each customer that would be made or changed,
// and what it was (an ID of 0: it would be made).
func PlanRows(f Finder, rows []Row, rules Rules, changed func(line int, now, was *customer.Customer)) (Plan, error) {
	p := planner{f: f, rules: rules, keys: map[customer.Key]int{}, rows: map[uint64]int{}}
	p.plan.Seen = map[uint64]bool{}
	for i := range rows {
		was, now, err := p.row(&rows[i])
		if err != nil {
			return p.plan, fmt.Errorf("line %d: %w", rows[i].Line, err)
		}
		if len(p.plan.Problems) >= maxProblems {
			break
		}
		switch {
		case now == nil: // a problem was noted
		case was.ID == 0:
			p.plan.Made++
		case reflect.DeepEqual(*now, was):
			p.plan.Same++
			now = nil
		default:
			p.plan.Changed++
		}
		if now != nil && changed != nil {
			changed(rows[i].Line, now, &was)
		}
	}
	return p.plan, nil
}

type planner struct {
	f     Finder
	rules Rules
	plan  Plan
	keys  map[customer.Key]int // line of the row that will have it
	rows  map[uint64]int       // line of the row of a customer that is kept
}

func (p *planner) problem(line int, format string, args ...any) {
	p.plan.Problems = append(p.plan.Problems, LineProblem{line, fmt.Sprintf(format, args...)})
}

// row plans one row; now is nil when something is wrong with it.
func (p *planner) row(row *Row) (was customer.Customer, now *customer.Customer, err error) {
	was, err = target(p.f, p.rules.NotFound, &row.Want)
	var r *Refused
	if errors.As(err, &r) {
		p.problem(row.Line, "%s", r.Text)
		return was, nil, nil
	}
	if err != nil {
		return was, nil, err
	}
	if was.ID != 0 {
		p.plan.Seen[was.ID] = true
		if line, twice := p.rows[was.ID]; twice {
			p.problem(row.Line, "is %q (customer %d), as line %d is; write one of the two, or the same name in both", was.Name, was.ID, line)
			return was, nil, nil
		}
		p.rows[was.ID] = row.Line
	}
	next := was
	fill(&next, &row.Want)
	before := len(p.plan.Problems)
	if _, err := cleanName(next.Name); err != nil {
		p.problem(row.Line, "%s", err)
	}
	for _, w := range append(p.rules.Check(&next), customer.Problems(&next, p.rules.Levels, p.rules.Desks)...) {
		p.problem(row.Line, "%s: %s", w.Field, w.Text)
	}
	if err := p.claim(row.Line, &next); err != nil || len(p.plan.Problems) > before {
		return was, nil, err
	}
	return was, &next, nil
}

// claim sees that nobody else has, or will have, what a customer is found by.
func (p *planner) claim(line int, c *customer.Customer) error {
	for _, k := range c.Keys() {
		if other, taken := p.keys[k]; taken {
			p.problem(line, "%q is in line %d, too, for another customer; write it for one of the two", k.Text, other)
			continue
		}
		p.keys[k] = line
		if c.ID == 0 { // none was found by any of them
			continue
		}
		by, err := p.f.CustomerBy(k)
		if errors.Is(err, p.rules.NotFound) || err == nil && by == c.ID {
			continue
		}
		if err != nil {
			return err
		}
		other, err := p.f.Customer(by)
		if err != nil {
			return err
		}
		p.problem(line, "%q is %q's already (customer %d); write it for one of the two, or, if they are one company: mailgw customer merge", k.Text, other.Name, by)
	}
	return nil
}

// target finds the customer that a row is about: by its number, else by its name, else
// by addresses and domains that are all one's. It is zero when there is none.
func target(f Finder, notFound error, want *customer.Customer) (c customer.Customer, err error) {
	if want.ID != 0 {
		c, err = f.Customer(want.ID)
		if errors.Is(err, notFound) || err == nil && c.Gone() {
			return customer.Customer{}, refused("there is no customer %d; leave the number empty for a new one", want.ID)
		}
		return c, err
	}
	var found uint64
	for _, k := range want.Keys() {
		by, err := f.CustomerBy(k)
		if errors.Is(err, notFound) {
			continue
		}
		if err != nil {
			return c, err
		}
		if k.Kind == customer.KeyName && k.Text == customer.NameKey(want.Name) {
			return f.Customer(by)
		}
		if found != 0 && by != found {
			return c, refused("what it says is of two customers, %d and %d; write the number of the one that is meant into a column id, or, if they are one company: mailgw customer merge %d %d", found, by, found, by)
		}
		found = by
	}
	if found == 0 {
		return customer.Customer{}, nil
	}
	return f.Customer(found)
}

// fill gives a customer what a row says. Nothing is taken away.
func fill(c, want *customer.Customer) {
	if want.Name != "" && !called(c, want.Name) {
		if c.Name == "" {
			c.Name = want.Name
		} else {
			c.Aliases = slices.Clone(c.Aliases)
			setName(c, want.Name)
		}
	}
	if want.Level != "" {
		c.Level = want.Level
	}
	for _, a := range want.Aliases {
		if !called(c, a) {
			c.Aliases = append(slices.Clip(c.Aliases), strings.Join(strings.Fields(a), " "))
		}
	}
	c.Domains = with(c.Domains, want.Domains, customer.DomainKey)
	for i := range want.People {
		fillPerson(c, &want.People[i])
	}
	var loose []string
	for _, a := range want.Addresses {
		if !slices.ContainsFunc(c.People, func(p customer.Person) bool { return hasAddress(p.Addresses, a) }) {
			loose = append(loose, a)
		}
	}
	c.Addresses = with(c.Addresses, loose, customer.AddressKey)
	for _, a := range want.Agreements {
		at := slices.IndexFunc(c.Agreements, func(b customer.Agreement) bool { return a.Name != "" && a.Name == b.Name || a.String() == b.String() })
		switch {
		case at < 0:
			c.Agreements = append(slices.Clip(c.Agreements), a)
		case c.Agreements[at].String() != a.String():
			c.Agreements = slices.Clone(c.Agreements)
			c.Agreements[at] = a
		}
	}
}

// fillPerson gives a customer a person: more addresses to the one of that name, else
// one more. An address of which only the customer was known is the person's then.
func fillPerson(c *customer.Customer, want *customer.Person) {
	if slices.ContainsFunc(want.Addresses, func(a string) bool { return hasAddress(c.Addresses, a) }) {
		c.Addresses = slices.DeleteFunc(slices.Clone(c.Addresses), func(a string) bool { return hasAddress(want.Addresses, a) })
	}
	at := slices.IndexFunc(c.People, func(p customer.Person) bool {
		return p.Name != "" && p.Name == want.Name || slices.ContainsFunc(p.Addresses, func(a string) bool { return hasAddress(want.Addresses, a) })
	})
	if at < 0 {
		c.People = append(slices.Clip(c.People), *want)
		return
	}
	p := c.People[at]
	p.Addresses = with(p.Addresses, want.Addresses, customer.AddressKey)
	if want.Name != "" {
		p.Name = want.Name
	}
	if !want.Left.IsZero() {
		p.Left = want.Left
	}
	if !reflect.DeepEqual(p, c.People[at]) {
		c.People = slices.Clone(c.People)
		c.People[at] = p
	}
}

func hasAddress(list []string, address string) bool {
	return slices.ContainsFunc(list, func(a string) bool { return customer.AddressKey(a) == customer.AddressKey(address) })
}

// with adds what a list has not.
func with(list, more []string, key func(string) string) []string {
	for _, m := range more {
		if k := key(m); k == "" || !slices.ContainsFunc(list, func(s string) bool { return key(s) == k }) {
			list = append(slices.Clip(list), m)
		}
	}
	return list
}

// Import writes rows that were planned, each as an event. What another customer has got
// since is left to it: told says so, and left that there was such a row, which another
// try may finish. A row that was written is not written again.
func (e *Editor) Import(rows []Row, from string) (told []string, left bool, err error) {
	for i := range rows {
		row := &rows[i]
		was, err := target(e.Tx, e.NotFound, &row.Want)
		var r *Refused
		if errors.As(err, &r) {
			told, left = append(told, fmt.Sprintf("%s:%d: %s", from, row.Line, r.Text)), true
			continue
		}
		if err != nil {
			return told, left, err
		}
		next := was
		fill(&next, &row.Want)
		var lines []string
		if was.ID != 0 { // else nobody was found by any of its keys
			if lines, err = e.dropTaken(&next); err != nil {
				return told, left, err
			}
		}
		for _, l := range lines {
			told, left = append(told, fmt.Sprintf("%s:%d: %s", from, row.Line, l)), true
		}
		if reflect.DeepEqual(next, was) || next.Name == "" {
			continue
		}
		if err := e.importOne(&next, &was, fmt.Sprintf("the import of %s, line %d", from, row.Line)); err != nil {
			return told, left, fmt.Errorf("%s:%d: %w", from, row.Line, err)
		}
	}
	return told, left, nil
}

// dropTaken leaves out what another customer has.
func (e *Editor) dropTaken(c *customer.Customer) (told []string, err error) {
	for _, k := range c.Keys() {
		by, err := e.Tx.CustomerBy(k)
		if errors.Is(err, e.NotFound) || err == nil && by == c.ID {
			continue
		}
		if err != nil {
			return told, err
		}
		told = append(told, fmt.Sprintf("%q is customer %d's, and stays there", k.Text, by))
		if k.Kind == customer.KeyName && k.Text == customer.NameKey(c.Name) {
			c.Name = "" // nothing can be made of it
			return told, nil
		}
		c.Drop(k)
	}
	return told, nil
}

func (e *Editor) importOne(next, was *customer.Customer, by string) (err error) {
	next.UpdatedAt = e.Now
	what, before := "changed by "+by, []customer.Customer{*was}
	if was.ID == 0 {
		if next.ID, err = e.Tx.NewCustomerID(); err != nil {
			return err
		}
		next.CreatedAt, what, before = e.Now, "made by "+by, nil
	}
	ev := e.event(next.ID, what, before...)
	return errors.Join(e.Tx.PutCustomer(next), e.Tx.PutCustomerEvent(&ev))
}
