package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
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

// DeskByAddress is the desk with that address, alias or reply_address, whatever its
// case; nil when there is none. Reply tokens must have been taken off.
func (c *Config) DeskByAddress(addr string) *Desk {
	for i := range c.Desks {
		if d := &c.Desks[i]; d.hasAddress(addr) {
			return d
		}
	}
	return nil
}

// hasAddress says whether an address is one of Addresses, whatever its case.
func (d *Desk) hasAddress(addr string) bool {
	same := func(a string) bool { return strings.EqualFold(a, addr) }
	return same(d.Address) || slices.ContainsFunc(d.Aliases, same) || d.ReplyAddress != "" && same(d.ReplyAddress)
}

// Addresses is all addresses that mail to the desk can have, without tokens: its
// own, the aliases, and reply_address when there is one.
func (d *Desk) Addresses() []string {
	all := append([]string{d.Address}, d.Aliases...)
	if d.ReplyAddress != "" {
		all = append(all, d.ReplyAddress)
	}
	return all
}

// TokenBase is the address that "plus" puts its tokens into: reply_address, else
// the desk's own.
func (d *Desk) TokenBase() string {
	if d.ReplyAddress != "" {
		return d.ReplyAddress
	}
	return d.Address
}

// The values of reply_token.
const (
	TokenPlus      = "plus"      // support+token@example.com
	TokenSubdomain = "subdomain" // token@reply.example.com
	TokenOff       = "off"       // no token in addresses
)

// The values of promise.mode.
const (
	PromiseTarget     = "target"     // the level's time
	PromiseCalibrated = "calibrated" // what was achieved
)

// The values of promise.behind.
const (
	BehindHonest = "honest" // the later, true time is told
	BehindTarget = "target" // the target's is
)

// The values of failing_sender.
const (
	FailHold       = "hold"       // people see it, it joins nothing
	FailQuarantine = "quarantine" // junk
	FailReject     = "reject"     // refused in the dialogue, where the policy asks for it; else junk
)

// The values of unproven_sender.
const (
	UnprovenAnswer = "answer" // acknowledged like anybody, within the budget
	UnprovenSilent = "silent" // not acknowledged
)

// TokenMode is what reply_token comes to: TokenPlus, TokenSubdomain or TokenOff.
// With byProof the mode is TokenPlus and holds only once a reply address of the
// desk has been seen to come in; until then it is TokenOff.
func (d *Desk) TokenMode() (mode string, byProof bool) {
	if d.ReplyToken != "" {
		return d.ReplyToken, false
	}
	return TokenPlus, !d.direct
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

// BestLevels are the names of the levels, the best first: whose first answer comes
// soonest, then whose answer to what is urgent does, then in the order of the file.
func (c *Config) BestLevels() []string {
	order := make([]int, len(c.Levels))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		one, other := &c.Levels[a], &c.Levels[b]
		return cmp.Or(cmp.Compare(one.FirstAnswer, other.FirstAnswer), cmp.Compare(one.urgent(), other.urgent()))
	})
	names := make([]string, len(order))
	for i, at := range order {
		names[i] = c.Levels[at].Name
	}
	return names
}

// urgent is how soon an urgent ticket is answered; where no clock of its own runs at
// night, that is later than where one does.
func (l *Level) urgent() time.Duration {
	t, _ := l.Target(promise.First, ticket.Urgent)
	if !t.AroundTheClock {
		return t.Answer + 10000*time.Hour
	}
	return t.Answer
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
