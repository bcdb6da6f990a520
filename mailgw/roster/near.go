package roster

import (
	"slices"
	"strings"

	"supportgw/mailgw/customer"
)

// Near returns names of customers that somebody may mean who wrote another one: at most
// limit. First come those that have what was written in theirs.
func (r *Roster) Near(name string, limit int) (names []string) {
	typed := customer.NameKey(name)
	if typed == "" {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	r.d.Each(func(c *customer.Customer) bool {
		if slices.ContainsFunc(append([]string{c.Name}, c.Aliases...), func(n string) bool { return strings.Contains(customer.NameKey(n), typed) }) {
			names = append(names, c.Name)
		}
		return len(names) < limit
	})
	for _, like := range r.d.Similar(name, limit) {
		if len(names) < limit && !slices.Contains(names, like.Customer) {
			names = append(names, like.Customer)
		}
	}
	return names
}

// Begin returns names of customers that begin with what was typed, exactly: at most
// limit, sorted.
func (r *Roster) Begin(typed string, limit int) (names []string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	r.d.Each(func(c *customer.Customer) bool {
		if strings.HasPrefix(c.Name, typed) {
			names = append(names, c.Name)
		}
		return len(names) < limit
	})
	slices.Sort(names)
	return names
}
