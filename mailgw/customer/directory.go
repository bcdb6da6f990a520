package customer

import "supportgw/mailgw/ticket"

// Directory finds customers. Make it with [New].
type Directory struct {
	customers []Customer
}

// Identity is what is known about a mail's author.
type Identity struct {
	Customer   string            // the customer's name, "" when nobody or more than one
	Level      string            // its service level, "" when it has none or nobody was found
	Confidence ticket.Confidence // how sure
	Reason     string            // why, in one phrase for the agent
	Candidates []string          // names of the customers it could be, when more than one
}

// New indexes customers.
func New(customers []Customer, freeMail []string) (*Directory, []Problem) {
	return &Directory{customers: customers}, nil
}

// Identify says who wrote.
func (d *Directory) Identify(address string, authenticated bool, names ...string) Identity {
	return Identity{Confidence: ticket.Unknown}
}
