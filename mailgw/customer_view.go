package mailgw

import (
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/roster"
	"supportgw/mailgw/ticket"
)

// CustomerView is a customer as commands print it, and as "customer import" reads it.
type CustomerView struct {
	ID         uint64          `json:"id"`
	Name       string          `json:"name"`
	Aliases    []string        `json:"aliases"`
	Domains    []string        `json:"domains"`
	Addresses  []string        `json:"addresses"`
	People     []PersonView    `json:"people"`
	Level      *string         `json:"level"` // null: the desk's
	Agreements []AgreementView `json:"agreements"`
	MergedInto *uint64         `json:"merged_into"` // null: it stands for itself
	Removed    bool            `json:"removed"`     // its making was taken back
	Configured bool            `json:"configured"`  // the configuration has it, too
	CreatedAt  *time.Time      `json:"created_at"`
	UpdatedAt  *time.Time      `json:"updated_at"`

	// Only by show:

	Claimed  []string          `json:"claimed,omitempty"`  // addresses whose writers say to be of it, and nothing proves it
	Tickets  []TicketView      `json:"tickets,omitempty"`  // those that are not closed, at most maxShownTickets
	Promises *PromiseSums      `json:"promises,omitempty"` // of the last 90 days, on its tickets that are not closed
	Events   []CustomerChanges `json:"events,omitempty"`   // with --log, the oldest first
}

// PersonView is somebody of a customer as commands print it.
type PersonView struct {
	Name      *string    `json:"name"`
	Addresses []string   `json:"addresses"`
	LeftAt    *time.Time `json:"left_at"` // null: still there
}

// AgreementView is an agreement as commands print it.
type AgreementView struct {
	Name     *string  `json:"name"`
	Level    string   `json:"level"`
	Desks    []string `json:"desks"`
	People   []string `json:"people"`
	Products []string `json:"products"`
	From     *string  `json:"from"`
	Until    *string  `json:"until"`
}

// PromiseSums says how many promises came to which end.
type PromiseSums struct {
	Open   int `json:"open"`
	Kept   int `json:"kept"`
	Broken int `json:"broken"`
}

// CustomerChanges is an event of a customer as commands print it.
type CustomerChanges struct {
	ID       ticket.ID  `json:"id"`
	Customer uint64     `json:"customer"`
	At       time.Time  `json:"at"`
	Who      string     `json:"who"`
	What     string     `json:"what"`
	Why      *string    `json:"why"`
	Undoes   *ticket.ID `json:"undoes"` // the event that this one took back
}

// CustomerChangeView is what a command prints that changes a customer.
type CustomerChangeView struct {
	Customer CustomerView     `json:"customer"`
	Event    *CustomerChanges `json:"event"` // null: nothing was to be changed
	Notes    []string         `json:"notes"`
}

func viewCustomer(c *customer.Customer) CustomerView {
	v := CustomerView{
		ID: c.ID, Name: c.Name, Aliases: orEmpty(c.Aliases), Domains: orEmpty(c.Domains), Addresses: orEmpty(c.Addresses), People: []PersonView{}, Level: orNull(c.Level),
		Agreements: []AgreementView{}, MergedInto: orNull(c.MergedInto), Removed: c.Removed, Configured: c.Seed != nil, CreatedAt: orNull(c.CreatedAt), UpdatedAt: orNull(c.UpdatedAt),
	}
	for i := range c.People {
		p := &c.People[i]
		v.People = append(v.People, PersonView{orNull(p.Name), orEmpty(p.Addresses), orNull(p.Left)})
	}
	for i := range c.Agreements {
		a := &c.Agreements[i]
		v.Agreements = append(v.Agreements, AgreementView{orNull(a.Name), a.Level, orEmpty(a.Desks), orEmpty(a.People), orEmpty(a.Products), orNull(a.From), orNull(a.Until)})
	}
	return v
}

// SheetHead is the header of a CSV file of customers, as "customer import" reads it.
func SheetHead() string { return roster.SheetLines(roster.SheetHead()) }

// Sheet is a customer as lines of such a file.
func (v *CustomerView) Sheet() string {
	c := customer.Customer{ID: v.ID, Name: v.Name, Aliases: v.Aliases, Domains: v.Domains, Addresses: v.Addresses, Level: orZero(v.Level)}
	for _, p := range v.People {
		c.People = append(c.People, customer.Person{Name: orZero(p.Name), Addresses: p.Addresses, Left: orZero(p.LeftAt)})
	}
	for _, a := range v.Agreements {
		c.Agreements = append(c.Agreements, customer.Agreement{Name: orZero(a.Name), Level: a.Level, Desks: a.Desks, People: a.People, Products: a.Products, From: orZero(a.From), Until: orZero(a.Until)})
	}
	return roster.SheetLines(roster.SheetRows(&c)...)
}

// orZero is a value that may be missing.
func orZero[T any](v *T) (out T) {
	if v != nil {
		out = *v
	}
	return out
}

func viewCustomerEvent(e *customer.Event) CustomerChanges {
	return CustomerChanges{e.ID, e.Customer, e.At, e.Who, e.What, orNull(e.Why), orNull(e.Undoes)}
}
