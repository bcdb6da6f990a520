package mailgw

import (
	"cmp"
	"slices"
	"strings"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
)

// PromiseArgs of "promise.list": which rows of the ledger. Empty fields are all.
type PromiseArgs struct {
	Desk     string `json:"desk"`     // of the ticket, as it is now
	Agent    string `json:"agent"`    // who owes it: an address, or a name of a colleague
	Customer string `json:"customer"` // one of the company's names, or a part of it
	State    string `json:"state"`
	Kind     string `json:"kind"`
	Ticket   uint64 `json:"ticket"` // 0 = all
}

// The states and kinds of promises, as commands take them.
var (
	promiseStates = [...]promise.State{promise.Open, promise.Kept, promise.Broken, promise.Withdrawn}
	promiseKinds  = [...]promise.Kind{promise.First, promise.Next, promise.Update, promise.Resolution, promise.Callback, promise.ByAgent}
)

// check refuses what no row can have.
func (a *PromiseArgs) check(s *settings) error {
	switch {
	case a.State != "" && !slices.Contains(promiseStates[:], promise.State(a.State)):
		return usage("%q is not a state of a promise; write open, kept, broken or withdrawn", a.State)
	case a.Kind != "" && !slices.Contains(promiseKinds[:], promise.Kind(a.Kind)):
		return usage("%q is not a kind of promise; write first, next, update, resolution, callback or agent", a.Kind)
	case a.Desk != "" && s.desk(a.Desk) == nil:
		return usage("there is no desk %q; write the name of a [[desk]]", a.Desk)
	}
	if a.Agent == "" || strings.Contains(a.Agent, "@") { // who has left still has rows
		return nil
	}
	var found []string
	for i := range s.Agents {
		if x := &s.Agents[i]; strings.EqualFold(localOf(x.Address), a.Agent) || slices.ContainsFunc(append(strings.Fields(x.Name), x.Name), func(n string) bool { return strings.EqualFold(n, a.Agent) }) {
			found = append(found, x.Address)
		}
	}
	if len(found) != 1 {
		return usage("%q is not one agent; write an address", a.Agent)
	}
	a.Agent = found[0]
	return nil
}

// wants reports whether a row is asked for. r tells its ticket's desk and customer, and
// p gets what that is called now.
func (a *PromiseArgs) wants(r store.Reader, s *settings, p *promise.Promise) (bool, error) {
	switch {
	case a.State != "" && string(p.State) != a.State, a.Kind != "" && string(p.Kind) != a.Kind, a.Ticket != 0 && p.Ticket != a.Ticket,
		a.Agent != "" && !strings.EqualFold(p.Agent, a.Agent):
		return false, nil
	case a.Desk == "" && a.Customer == "" && p.Customer == "":
		return true, nil
	}
	t, err := r.Ticket(p.Ticket)
	p.Customer = cmp.Or(s.companyName(&t), p.Customer)
	called := []string{p.Customer}
	if c := s.customers.Customer(t.CustomerID); c != nil {
		called = append(called, c.Aliases...)
	}
	named := func(name string) bool { return strings.Contains(strings.ToLower(name), strings.ToLower(a.Customer)) }
	return err == nil && (a.Desk == "" || t.Desk == a.Desk) && slices.ContainsFunc(called, named), err
}

// listPromises prints rows of the ledger, the oldest first.
func (g *Gateway) listPromises(a PromiseArgs, emit func(any) error) error {
	s := g.settings.Load()
	if err := a.check(s); err != nil {
		return err
	}
	var rows []PromiseView
	err := g.store.View(func(r store.Reader) error {
		rows = rows[:0]
		if a.Ticket != 0 {
			if _, err := theTicket(r, a.Ticket); err != nil {
				return err
			}
		}
		var failed error
		err := r.Promises(func(p promise.Promise) bool {
			wants, err := a.wants(r, s, &p)
			if failed = err; err == nil && wants {
				rows = append(rows, viewLedger(&p))
			}
			return err == nil
		})
		if failed != nil {
			return failed
		}
		return err
	})
	return emitAll(rows, err, emit)
}
