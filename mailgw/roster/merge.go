package roster

import (
	"errors"
	"fmt"
	"slices"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/ticket"
)

// Merge makes two customers one: from goes on as into, which gets its names, domains,
// people and agreements. from stays, with what it had, and identifies nobody. better
// tells whether level a is better than b: into has the better of the two. told are
// lines about what the two did not agree in.
func (e *Editor) Merge(from, into uint64, better func(a, b string) bool) (ev customer.Event, told []string, err error) {
	a, err := e.standing(from)
	if err != nil {
		return ev, nil, err
	}
	b, err := e.standing(into)
	if err != nil {
		return ev, nil, err
	}
	if from == into {
		return ev, nil, refused("customer %d cannot be merged with itself", from)
	}
	before := []customer.Customer{a, b}
	earlier, err := e.mergedInto(from)
	if err != nil {
		return ev, nil, err
	}
	next := kept(b)
	told = combine(&next, &a, better)
	next.UpdatedAt = e.Now
	gone := kept(a)
	gone.MergedInto, gone.UpdatedAt = into, e.Now
	err = e.Tx.PutCustomer(&gone) // first: its keys are free then
	for i := range earlier {
		before = append(before, earlier[i])
		c := kept(earlier[i])
		c.MergedInto, c.UpdatedAt = into, e.Now
		err = errors.Join(err, e.Tx.PutCustomer(&c))
	}
	err = errors.Join(err, e.put(&next))
	what := fmt.Sprintf("%s (customer %d) goes on as %s (customer %d)", a.Name, from, b.Name, into)
	ev = e.event(into, what, before...)
	return ev, told, errors.Join(err, e.everywhere(ev))
}

// standing reads a customer that stands for itself.
func (e *Editor) standing(id uint64) (customer.Customer, error) {
	c, err := e.Tx.Customer(id)
	switch {
	case errors.Is(err, e.NotFound) || err == nil && c.Removed:
		return c, refused("there is no customer %d", id)
	case err == nil && c.MergedInto != 0:
		return c, refused("%q (customer %d) goes on as customer %d already; write that one", c.Name, id, c.MergedInto)
	}
	return c, err
}

// everywhere writes an event to each customer that it changed, under one ID.
func (e *Editor) everywhere(ev customer.Event) error {
	ids := []uint64{ev.Customer}
	for i := range ev.Before {
		if id := ev.Before[i].ID; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		ev.Customer = id
		if err := e.Tx.PutCustomerEvent(&ev); err != nil {
			return err
		}
	}
	return nil
}

// mergedInto are those that go on as a customer: its own events name them.
func (e *Editor) mergedInto(id uint64) (out []customer.Customer, err error) {
	events, err := e.Tx.CustomerEvents(id)
	if err != nil {
		return nil, err
	}
	seen := map[uint64]bool{id: true}
	for i := range events {
		for k := range events[i].Before {
			other := events[i].Before[k].ID
			if seen[other] {
				continue
			}
			seen[other] = true
			c, err := e.Tx.Customer(other)
			if errors.Is(err, e.NotFound) { // erased
				continue
			}
			if err != nil {
				return nil, err
			}
			if c.MergedInto == id {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// combine gives c what another customer has.
func combine(c, other *customer.Customer, better func(a, b string) bool) (told []string) {
	for _, n := range append([]string{other.Name}, other.Aliases...) {
		if !called(c, n) {
			c.Aliases = append(c.Aliases, n)
		}
	}
	c.Domains = merged(c.Domains, nil, other.Domains)
	c.Addresses = merged(c.Addresses, nil, other.Addresses)
	c.Claimed = merged(c.Claimed, nil, other.Claimed)
	c.Agreements = merged(c.Agreements, nil, other.Agreements)
	for _, p := range other.People {
		if slices.ContainsFunc(c.People, func(q customer.Person) bool { return q.Name == p.Name && p.Name != "" }) {
			told = append(told, fmt.Sprintf("both have a person %q; the two stay apart, for they may be two", p.Name))
		}
		c.People = append(c.People, p)
	}
	if c.Level == other.Level {
		return told
	}
	if c.Level == "" || other.Level != "" && better(other.Level, c.Level) {
		told = append(told, fmt.Sprintf("the levels differ: %s of %q is taken, which is better than %s", other.Level, other.Name, levelOr(c.Level)))
		c.Level = other.Level
		return told
	}
	return append(told, fmt.Sprintf("the levels differ: %s of %q stays, which is better than %s", c.Level, c.Name, levelOr(other.Level)))
}

func levelOr(level string) string {
	if level == "" {
		return "the desk's"
	}
	return level
}

// Undo takes an event of a customer back: the records that it changed are as they
// were before. What changed one of them since must be taken back first.
func (e *Editor) Undo(id uint64, event ticket.ID) (customer.Event, error) {
	ev, err := e.undoable(id, event)
	if err != nil {
		return ev, err
	}
	before := ev.Before
	if len(before) == 0 { // it made the customer
		c, err := e.Tx.Customer(ev.Customer)
		if err != nil {
			return ev, fmt.Errorf("customer %d: %w", ev.Customer, err)
		}
		c.Removed = true
		before = []customer.Customer{c}
	}
	undone := e.event(ev.Customer, "taken back: "+ev.What)
	undone.Undoes = event
	for i := range before {
		now, err := e.Tx.Customer(before[i].ID)
		if errors.Is(err, e.NotFound) {
			return ev, refused("customer %d was erased since, and is not made again", before[i].ID)
		}
		if err != nil {
			return ev, fmt.Errorf("customer %d: %w", before[i].ID, err)
		}
		undone.Before = append(undone.Before, now)
	}
	if err := e.restore(before); err != nil {
		return ev, err
	}
	return undone, e.everywhere(undone)
}

// restore writes records. Those that give keys up come before those that get them.
func (e *Editor) restore(records []customer.Customer) error {
	for left := slices.Clone(records); len(left) > 0; {
		var waits []customer.Customer
		var why error
		for _, c := range left {
			c.UpdatedAt = e.Now
			err := e.put(&c)
			var taken *Taken
			if errors.As(err, &taken) {
				waits, why = append(waits, c), err
				continue
			}
			if err != nil {
				return err
			}
		}
		if len(waits) == len(left) {
			return why
		}
		left = waits
	}
	return nil
}

// undoable finds an event, and refuses one that later ones stand upon.
func (e *Editor) undoable(id uint64, event ticket.ID) (ev customer.Event, err error) {
	events, err := e.Tx.CustomerEvents(id)
	if err != nil {
		return ev, err
	}
	i := slices.IndexFunc(events, func(x customer.Event) bool { return x.ID == event })
	if i < 0 {
		return ev, refused("customer %d has no event %s; mailgw customer show %d --log names them", id, event, id)
	}
	ev = events[i]
	changed := []uint64{id}
	for k := range ev.Before {
		changed = append(changed, ev.Before[k].ID)
	}
	slices.Sort(changed)
	for _, other := range slices.Compact(changed) {
		if events, err = e.Tx.CustomerEvents(other); err != nil {
			return ev, err
		}
		if later, ok := standsOn(events, event); ok {
			if later.Undoes == event {
				return ev, refused("event %s is taken back already; to have it again: mailgw customer undo %s", event, later.ID)
			}
			return ev, refused("customer %d was changed since: %s (event %s); take that back first: mailgw customer undo %s", other, later.What, later.ID, later.ID)
		}
	}
	return ev, nil
}

// standsOn returns the last event behind one that is not taken back itself. Of two,
// one of which took the other back, neither counts.
func standsOn(events []customer.Event, event ticket.ID) (customer.Event, bool) {
	void := map[ticket.ID]bool{}
	for i := len(events) - 1; i >= 0; i-- {
		ev := &events[i]
		if ev.ID <= event {
			break
		}
		if void[ev.ID] {
			continue
		}
		if ev.Undoes == 0 || ev.Undoes <= event {
			return *ev, true
		}
		void[ev.Undoes] = true
	}
	return customer.Event{}, false
}
