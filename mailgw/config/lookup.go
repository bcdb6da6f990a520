package config

import (
	"slices"
	"strings"

	"supportgw/mailgw/customer"
)

// Desk is the desk of that name, nil when there is none.
func (c *Config) Desk(name string) *Desk {
	for i := range c.Desks {
		if c.Desks[i].Name == name {
			return &c.Desks[i]
		}
	}
	return nil
}

// DeskByAddress is the desk with that address or alias, whatever its case; nil
// when there is none. Reply tokens must have been taken off.
func (c *Config) DeskByAddress(addr string) *Desk {
	same := func(a string) bool { return strings.EqualFold(a, addr) }
	for i, d := range c.Desks {
		if same(d.Address) || slices.ContainsFunc(d.Aliases, same) {
			return &c.Desks[i]
		}
	}
	return nil
}

// Agent is the agent with that address, whatever its case; nil when there is none.
func (c *Config) Agent(addr string) *Agent {
	for i := range c.Agents {
		if strings.EqualFold(c.Agents[i].Address, addr) {
			return &c.Agents[i]
		}
	}
	return nil
}

// Level is the service level of that name, nil when there is none.
func (c *Config) Level(name string) *Level {
	for i := range c.Levels {
		if c.Levels[i].Name == name {
			return &c.Levels[i]
		}
	}
	return nil
}

// Customer is the customer of that name, nil when there is none.
func (c *Config) Customer(name string) *customer.Customer {
	for i := range c.Customers {
		if c.Customers[i].Name == name {
			return &c.Customers[i]
		}
	}
	return nil
}

// HasAgent says whether the agent with that address is on the desk.
func (d *Desk) HasAgent(addr string) bool {
	return slices.ContainsFunc(d.Agents, func(a string) bool { return strings.EqualFold(a, addr) })
}
