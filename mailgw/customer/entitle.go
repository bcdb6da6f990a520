package customer

import (
	"fmt"
	"strings"
)

// Entitled says which level a mail of somebody identified is given, see
// [Customer.Entitled]. Of several customers it could be, it is the level that all of
// them have for it; none is said to have an agreement then, since it may be another's.
func (d *Directory) Entitled(who Identity, asked Asked) Entitlement {
	if d == nil {
		return Entitlement{}
	}
	if who.Customer != "" {
		if c := d.find(who.ID, who.Customer); c != nil {
			return c.Entitled(asked)
		}
		return Entitlement{Level: who.Level}
	}
	var all Entitlement
	for i, name := range who.Candidates {
		c := d.find(0, name)
		if c == nil {
			return Entitlement{}
		}
		level, _, _ := c.Best(asked)
		if level == "" || i > 0 && level != all.Level {
			return Entitlement{}
		}
		all.Level = level
	}
	if all.Level != "" {
		all.Why = fmt.Sprintf("%s, which each of %s has for this mail", all.Level, strings.Join(who.Candidates, ", "))
	}
	return all
}

// find returns a customer by ID, or by name when it has none; nil when there is none.
func (d *Directory) find(id uint64, name string) *Customer {
	i, ok := d.byID[id]
	if id == 0 {
		i, ok = d.names[NameKey(name)]
	}
	if !ok {
		return nil
	}
	return d.slots[i]
}
