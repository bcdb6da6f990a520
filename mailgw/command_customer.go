package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
)

// CustomersArgs of "customer.list": which customers, the oldest first. Empty fields are all.
type CustomersArgs struct {
	Part   string `json:"part"`   // of a name, an alias, a domain or an address
	Domain string `json:"domain"` // they have it, or one below it
	Level  string `json:"level"`
	Merged bool   `json:"merged"` // also those that go on as another one, or were taken back
}

// CustomerArgs of "customer.show".
type CustomerArgs struct {
	Who string `json:"who"` // a name, a number, an address or a domain
	Log bool   `json:"log"` // with the events
}

// NamesArgs of "customer.names", which shells complete names by.
type NamesArgs struct {
	Begin string `json:"begin"` // what they begin with
	Limit int    `json:"limit"`
}

// NameView is what "customer.names" answers with.
type NameView struct {
	Name string `json:"name"`
}

func (g *Gateway) customerNames(a NamesArgs, emit func(any) error) error {
	for _, n := range g.roster.Begin(a.Begin, a.Limit) {
		if err := emit(NameView{n}); err != nil {
			return err
		}
	}
	return nil
}

// maxShownTickets bounds what "customer show" prints.
const maxShownTickets = 1000

// shownPromises is how far back "customer show" counts promises.
const shownPromises = 90 * 24 * time.Hour

// listCustomers prints customers. It reads a page at a time: whoever reads the list
// slowly must not hold a state of the store.
func (g *Gateway) listCustomers(a CustomersArgs, emit func(any) error) error {
	s := g.settings.Load()
	if a.Level != "" && s.Level(a.Level) == nil {
		return usage("there is no level %q; write %s", a.Level, oneOfThese(s.levelNames()))
	}
	a.Part, a.Domain = strings.ToLower(strings.Join(strings.Fields(a.Part), " ")), strings.ToLower(strings.TrimPrefix(a.Domain, "@"))
	for after := uint64(0); ; {
		var page []CustomerView
		seen := 0
		err := g.store.View(func(r store.Reader) error {
			page, seen = page[:0], 0
			return r.Customers(after, func(c customer.Customer) bool {
				after = c.ID
				if a.wants(&c) {
					page = append(page, viewCustomer(&c))
				}
				seen++
				return seen < listPage
			})
		})
		if err := emitAll(page, err, emit); err != nil {
			return err
		}
		if seen < listPage {
			return nil
		}
	}
}

// wants reports whether a customer is asked for.
func (a *CustomersArgs) wants(c *customer.Customer) bool {
	if c.Gone() && !a.Merged || a.Level != "" && c.Level != a.Level {
		return false
	}
	if a.Domain != "" && !slices.ContainsFunc(c.Domains, func(d string) bool { return strings.HasSuffix("."+strings.ToLower(d), "."+a.Domain) }) {
		return false
	}
	has := func(list []string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(strings.ToLower(s), a.Part) })
	}
	return a.Part == "" || has([]string{c.Name}) || has(c.Aliases) || has(c.Domains) || has(c.AllAddresses())
}

func (s *settings) levelNames() (names []string) {
	for i := range s.Levels {
		names = append(names, s.Levels[i].Name)
	}
	return names
}

// oneOfThese says what can be written.
func oneOfThese(names []string) string {
	if len(names) == 0 {
		return "one that there is"
	}
	out := strings.Join(names[:len(names)-1], ", ")
	return strings.TrimPrefix(out+" or "+names[len(names)-1], " or ")
}

// theCustomer finds the customer that somebody means: by its name or an alias, its
// number, one of its addresses or domains. One that was merged is the one that it
// goes on as.
func (g *Gateway) theCustomer(r store.Reader, who string) (customer.Customer, error) {
	who = strings.TrimSpace(who)
	for _, k := range meant(who) {
		id, err := r.CustomerBy(k)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return customer.Customer{}, err
		}
		return r.Customer(id)
	}
	if id, err := strconv.ParseUint(strings.TrimPrefix(who, "#"), 10, 64); err == nil {
		c, err := r.Customer(id)
		if err == nil && c.MergedInto != 0 {
			c, err = r.Customer(c.MergedInto)
		}
		if errors.Is(err, store.ErrNotFound) || err == nil && c.Removed {
			return c, failure("there is no customer %d; mailgw customer list names them", id)
		}
		return c, err
	}
	return customer.Customer{}, failure("there is no customer %q%s", who, g.nearNames(who))
}

// meant are the keys that somebody may mean, in the order in which they count.
func meant(who string) []customer.Key {
	keys := []customer.Key{{Kind: customer.KeyName, Text: customer.NameKey(who)}}
	if a := customer.AddressKey(who); a != "" {
		keys = append(keys, customer.Key{Kind: customer.KeyAddress, Text: a})
	}
	domain := customer.DomainKey(who[strings.LastIndexByte(who, '@')+1:])
	for domain != "" {
		keys = append(keys, customer.Key{Kind: customer.KeyDomain, Text: domain})
		_, domain, _ = strings.Cut(domain, ".")
	}
	return keys
}

// showCustomer prints a customer with what is open.
func (g *Gateway) showCustomer(a CustomerArgs, emit func(any) error) error {
	s := g.settings.Load()
	var v CustomerView
	err := g.store.View(func(r store.Reader) error {
		c, err := g.theCustomer(r, a.Who)
		if err != nil {
			return err
		}
		v = viewCustomer(&c)
		v.Claimed, v.Promises = c.Claimed, &PromiseSums{}
		since := g.clock.Now().Add(-shownPromises)
		of, err := g.allOf(r, c.ID)
		if err != nil {
			return err
		}
		var numbers []uint64
		for _, id := range of {
			err = errors.Join(err, r.OpenTickets(id, 0, func(n uint64) bool { numbers = append(numbers, n); return len(numbers) < maxShownTickets }))
		}
		slices.Sort(numbers)
		for _, n := range numbers {
			t, terr := r.Ticket(n)
			owed, perr := r.TicketPromises(n)
			if err = errors.Join(err, terr, perr); err != nil {
				return err
			}
			v.Tickets = append(v.Tickets, s.viewTicket(&t))
			v.Promises.count(owed, since)
		}
		if !a.Log {
			return err
		}
		events, eerr := r.CustomerEvents(c.ID)
		for i := range events {
			v.Events = append(v.Events, viewCustomerEvent(&events[i]))
		}
		return errors.Join(err, eerr)
	})
	if err != nil {
		return err
	}
	return emit(v)
}

// allOf are the numbers of a customer: its own, and those of the ones that were merged
// into it, under which their tickets are.
func (g *Gateway) allOf(r store.Reader, id uint64) ([]uint64, error) {
	ids := []uint64{id}
	events, err := r.CustomerEvents(id)
	for i := range events {
		for k := range events[i].Before {
			if other := events[i].Before[k].ID; g.roster.Is(other) == id && !slices.Contains(ids, other) {
				ids = append(ids, other)
			}
		}
	}
	return ids, err
}

// count adds what customers were told and when it ended.
func (p *PromiseSums) count(owed []promise.Promise, since time.Time) {
	for i := range owed {
		switch o := &owed[i]; {
		case !o.Told || o.DueAt.Before(since):
		case o.State == promise.Open:
			p.Open++
		case o.State == promise.Kept:
			p.Kept++
		case o.State == promise.Broken:
			p.Broken++
		}
	}
}

// nearNames names the customers that may be meant.
func (g *Gateway) nearNames(name string) string {
	near := g.roster.Near(name, 3)
	if len(near) == 0 {
		return "; mailgw customer list names them"
	}
	for i := range near {
		near[i] = fmt.Sprintf("%q", near[i])
	}
	return "; did you mean " + oneOfThese(near) + "?"
}
