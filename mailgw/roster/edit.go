package roster

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/ticket"
)

// Refused is an error that whoever asked for a change can act on.
type Refused struct{ Text string }

// Error is one line: what, and what to do instead.
func (e *Refused) Error() string { return e.Text }

func refused(format string, args ...any) error { return &Refused{fmt.Sprintf(format, args...)} }

// Editor changes customers within one transaction, after which [Roster.CatchUp] is
// called. Each change is an event that [Editor.Undo] can take back.
type Editor struct {
	Tx       Tx
	NotFound error            // the store's
	Now      time.Time        // when it happens
	NewID    func() ticket.ID // of events, later ones greater
	Who      string           // as of [customer.Event]
	Why      string           // "" = not said
}

// Customer reads the customer with a number. One that was merged is the one that it
// turned out to be; there is none of one that was removed.
func (e *Editor) Customer(id uint64) (customer.Customer, error) {
	c, err := e.Tx.Customer(id)
	if err == nil && c.MergedInto != 0 {
		c, err = e.Tx.Customer(c.MergedInto)
	}
	if errors.Is(err, e.NotFound) || err == nil && c.Gone() {
		return customer.Customer{}, refused("there is no customer %d", id)
	}
	return c, err
}

// Change edits one customer. It returns the event, whose ID is zero when edit
// changed nothing. A key that another customer has refuses it.
func (e *Editor) Change(id uint64, what string, edit func(*customer.Customer) error) (customer.Event, error) {
	before, err := e.Customer(id)
	if err != nil {
		return customer.Event{}, err
	}
	next := kept(before)
	if err := edit(&next); err != nil {
		return customer.Event{}, err
	}
	if reflect.DeepEqual(kept(next), kept(before)) {
		return customer.Event{Customer: before.ID}, nil
	}
	next.UpdatedAt = e.Now
	ev := e.event(before.ID, what, before)
	if err := e.put(&next); err != nil {
		return ev, err
	}
	return ev, e.Tx.PutCustomerEvent(&ev)
}

func (e *Editor) event(id uint64, what string, before ...customer.Customer) customer.Event {
	return customer.Event{Customer: id, ID: e.NewID(), At: e.Now, Who: e.Who, What: what, Why: e.Why, Before: before}
}

// put writes a customer, if all of its keys are its own.
func (e *Editor) put(c *customer.Customer) error {
	for _, k := range c.Keys() {
		by, err := e.Tx.CustomerBy(k)
		if errors.Is(err, e.NotFound) || err == nil && by == c.ID {
			continue
		}
		if err != nil {
			return err
		}
		other, err := e.Tx.Customer(by)
		if err != nil {
			return err
		}
		return &Taken{Refused{fmt.Sprintf("%q is %q's already (customer %d); write another one, or, if the two are one company: mailgw customer merge %d %d", k.Text, other.Name, by, c.ID, by)}, k, by}
	}
	return e.Tx.PutCustomer(c)
}

// Taken is the Refused of a key that another customer has.
type Taken struct {
	Refused
	Key customer.Key
	By  uint64 // the other customer
}

// Unwrap makes it a Refused.
func (t *Taken) Unwrap() error { return &t.Refused }

// maxName bounds a name, in characters.
const maxName = 200

// cleanName is a name as it is kept.
func cleanName(name string) (string, error) {
	out := strings.Join(strings.Fields(name), " ")
	switch {
	case out == "":
		return "", refused("a name must not be empty; write how the company is called")
	case len([]rune(out)) > maxName:
		return "", refused("a name may have %d characters, and this one has %d; write a shorter one", maxName, len([]rune(out)))
	case strings.ContainsFunc(out, func(r rune) bool { return unicode.Is(unicode.C, r) || r == unicode.ReplacementChar }):
		return "", refused("the name %q has a character that cannot be seen; write it without", out)
	}
	return out, nil
}

// Rename gives a customer another name; the old one stays as an alias, so that who
// writes it is still found.
func (e *Editor) Rename(id uint64, name string) (customer.Event, error) {
	name, err := cleanName(name)
	if err != nil {
		return customer.Event{}, err
	}
	return e.Change(id, "renamed to "+name, func(c *customer.Customer) error { setName(c, name); return nil })
}

// setName names a customer anew.
func setName(c *customer.Customer, name string) {
	old := c.Name
	c.Name = name
	c.Aliases = slices.DeleteFunc(c.Aliases, func(a string) bool { return customer.NameKey(a) == customer.NameKey(name) })
	if customer.NameKey(old) != customer.NameKey(name) {
		c.Aliases = append(c.Aliases, old)
	}
}

// AddAlias gives a customer one more name.
func (e *Editor) AddAlias(id uint64, alias string) (customer.Event, error) {
	alias, err := cleanName(alias)
	if err != nil {
		return customer.Event{}, err
	}
	return e.Change(id, "also called "+alias, func(c *customer.Customer) error {
		if !called(c, alias) {
			c.Aliases = append(c.Aliases, alias)
		}
		return nil
	})
}

// called reports whether a customer has a name.
func called(c *customer.Customer, name string) bool {
	return slices.ContainsFunc(append([]string{c.Name}, c.Aliases...), func(n string) bool { return customer.NameKey(n) == customer.NameKey(name) })
}

// DropAlias takes a name from a customer.
func (e *Editor) DropAlias(id uint64, alias string) (customer.Event, error) {
	return e.Change(id, "no longer called "+strings.Join(strings.Fields(alias), " "), func(c *customer.Customer) error {
		if customer.NameKey(c.Name) == customer.NameKey(alias) {
			return refused("%q is the name of customer %d; give it another one first: mailgw customer rename %d NAME", c.Name, c.ID, c.ID)
		}
		had := len(c.Aliases)
		c.Drop(customer.Key{Kind: customer.KeyName, Text: customer.NameKey(alias)})
		if len(c.Aliases) == had {
			return refused("%q has no alias %q; it has %s", c.Name, alias, list(c.Aliases))
		}
		return nil
	})
}

// Learn gives a customer an exact address.
func (e *Editor) Learn(id uint64, address string) (customer.Event, error) {
	key := customer.AddressKey(address)
	if key == "" {
		return customer.Event{}, refused("%q is not an address; write it like max@example.com", address)
	}
	return e.Change(id, "learned the address "+key, func(c *customer.Customer) error {
		if !slices.ContainsFunc(c.AllAddresses(), func(a string) bool { return customer.AddressKey(a) == key }) {
			c.Addresses = append(c.Addresses, key)
		}
		return nil
	})
}

// list is a few names in words.
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}
