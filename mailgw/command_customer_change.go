package mailgw

import (
	"errors"
	"slices"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/roster"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// CustomerChangeArgs of the commands that change a customer.
type CustomerChangeArgs struct {
	Who    string `json:"who"`    // the customer: a name, a number, an address or a domain; of "customer.undo" the event's id
	Name   string `json:"name"`   // the new name, the alias, or the customer that it is merged into
	Remove bool   `json:"remove"` // of "customer.alias": take it away
	By     string `json:"by"`     // who does it, for the events; "" = command
	Why    string `json:"why"`    // why, for the events; "" = not said
}

func (g *Gateway) renameCustomer(a CustomerChangeArgs, emit func(any) error) error {
	return g.changeCustomer(a, emit, func(tx store.Tx, e *roster.Editor) (customer.Event, []string, error) {
		c, err := g.theCustomer(tx, a.Who)
		if err != nil {
			return customer.Event{}, nil, err
		}
		ev, err := e.Rename(c.ID, a.Name)
		return ev, nil, err
	})
}

func (g *Gateway) aliasCustomer(a CustomerChangeArgs, emit func(any) error) error {
	return g.changeCustomer(a, emit, func(tx store.Tx, e *roster.Editor) (customer.Event, []string, error) {
		c, err := g.theCustomer(tx, a.Who)
		if err != nil {
			return customer.Event{}, nil, err
		}
		do := e.AddAlias
		if a.Remove {
			do = e.DropAlias
		}
		ev, err := do(c.ID, a.Name)
		return ev, nil, err
	})
}

func (g *Gateway) mergeCustomers(a CustomerChangeArgs, emit func(any) error) error {
	s := g.settings.Load()
	return g.changeCustomer(a, emit, func(tx store.Tx, e *roster.Editor) (customer.Event, []string, error) {
		from, err := g.theCustomer(tx, a.Who)
		if err != nil {
			return customer.Event{}, nil, err
		}
		into, err := g.theCustomer(tx, a.Name)
		if err != nil {
			return customer.Event{}, nil, err
		}
		ev, told, err := e.Merge(from.ID, into.ID, s.isBetter)
		if err == nil {
			err = joinStandings(tx, from.ID, into.ID, false)
		}
		return ev, told, err
	})
}

// undoCustomer takes a change back. The event's customer is looked for before the
// transaction: all of them are looked at.
func (g *Gateway) undoCustomer(a CustomerChangeArgs, emit func(any) error) error {
	event, err := ticket.ParseID(a.Who)
	if err != nil {
		return usage("%q is %v; mailgw customer show NAME --log names the events", a.Who, err)
	}
	id, err := g.customerOfEvent(event)
	if err != nil {
		return err
	}
	return g.changeCustomer(a, emit, func(tx store.Tx, e *roster.Editor) (customer.Event, []string, error) {
		parted, err := mergedBy(tx, id, event)
		if err != nil {
			return customer.Event{}, nil, err
		}
		ev, err := e.Undo(id, event)
		for from, into := range parted {
			if err == nil {
				err = joinStandings(tx, from, into, true)
			}
		}
		return ev, nil, err
	})
}

func (g *Gateway) customerOfEvent(event ticket.ID) (found uint64, err error) {
	for after := uint64(0); found == 0; {
		seen := 0
		err := g.store.View(func(r store.Reader) error {
			var bad error
			seen = 0
			err := r.Customers(after, func(c customer.Customer) bool {
				var events []customer.Event
				events, bad = r.CustomerEvents(c.ID)
				if slices.ContainsFunc(events, func(e customer.Event) bool { return e.ID == event }) {
					found = c.ID
				}
				after = c.ID
				seen++
				return bad == nil && found == 0 && seen < listPage
			})
			return errors.Join(err, bad)
		})
		if err != nil {
			return 0, err
		}
		if found == 0 && seen < listPage {
			return 0, failure("there is no event %s of a customer; mailgw customer show NAME --log names them", event)
		}
	}
	return found, nil
}

// changeCustomer runs one change, and prints what came of it.
func (g *Gateway) changeCustomer(a CustomerChangeArgs, emit func(any) error, do func(store.Tx, *roster.Editor) (customer.Event, []string, error)) error {
	var v CustomerChangeView
	err := g.store.Update(store.Background, func(tx store.Tx) error {
		v = CustomerChangeView{}
		ev, told, err := do(tx, g.editor(tx, a.By, a.Why))
		if err != nil {
			return err
		}
		c, err := tx.Customer(ev.Customer)
		v.Customer, v.Notes = viewCustomer(&c), orEmpty(told)
		if ev.ID != 0 {
			e := viewCustomerEvent(&ev)
			v.Event = &e
		}
		return err
	})
	if err = errors.Join(changeRefused(err), g.followCustomers()); err != nil {
		return err
	}
	if v.Event != nil {
		g.log.Info("customer changed", "customer", v.Customer.ID, "event", v.Event.ID, "what", v.Event.What, "who", v.Event.Who)
	}
	return emit(v)
}

// editor changes customers within a transaction.
func (g *Gateway) editor(tx store.Tx, by, why string) *roster.Editor {
	if by == "" {
		by = "command"
	}
	return &roster.Editor{Tx: tx, NotFound: store.ErrNotFound, Now: g.clock.Now(), NewID: g.ids.Next, Who: by, Why: why}
}

// changeRefused makes what an editor refuses an error of the command.
func changeRefused(err error) error {
	var r *roster.Refused
	if errors.As(err, &r) {
		return failure("%s", r.Text)
	}
	return err
}
