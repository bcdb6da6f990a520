package mailgw

import (
	"fmt"

	"supportgw/mailgw/config"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/roster"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// derive makes settings of a configuration, with the customers of the store.
func (g *Gateway) derive(c *config.Config, dns *mailauth.Cache) *settings {
	s := newSettings(c, dns)
	s.customers = g.roster
	return s
}

// seedCustomers takes over what a configuration says of customers.
func (g *Gateway) seedCustomers(c *config.Config) error {
	g.roster.SetFreeMail(c.FreeMail, c.CompanyDomains...)
	var told []string
	err := g.store.Update(store.Background, func(tx store.Tx) error {
		var err error
		told, err = roster.Seed(tx, c.Customers, store.ErrNotFound, g.clock.Now(), g.ids.Next)
		return err
	})
	if err != nil {
		return fmt.Errorf("take over the customers of the configuration: %w", err)
	}
	for _, line := range told {
		g.log.Warn(line)
	}
	return g.followCustomers()
}

// followCustomers brings the roster up to what is committed. Whoever has changed
// customers calls it when the Update has returned.
func (g *Gateway) followCustomers() error {
	err := g.store.View(func(r store.Reader) error { return g.roster.CatchUp(r) })
	select {
	case g.changed <- struct{}{}:
	default: // it will look
	}
	return err
}

// company is the customer of a ticket as it is called now, and its number: it may have
// been renamed or merged since the ticket was written.
func (s *settings) company(t *ticket.Ticket) (id uint64, name string) {
	if t.CustomerID != 0 {
		if c := s.customers.Customer(t.CustomerID); c != nil {
			return c.ID, c.Name
		}
	}
	return t.CustomerID, t.Customer
}

// companyName is what a ticket's customer is called now.
func (s *settings) companyName(t *ticket.Ticket) string {
	_, name := s.company(t)
	return name
}

// isCustomer reports whether a ticket is of a customer who was identified: by the
// record, or by the name in tickets from before there were records.
func (s *settings) isCustomer(t *ticket.Ticket, id uint64, name string) bool {
	if t.CustomerID != 0 && id != 0 {
		return s.customers.Is(t.CustomerID) == s.customers.Is(id)
	}
	return t.Customer != "" && t.Customer == name
}
