package mailgw

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// MergeArgs of "ticket.merge".
type MergeArgs struct {
	From  uint64 `json:"from"`  // the ticket whose mail goes on
	To    uint64 `json:"to"`    // as this one
	Undo  bool   `json:"undo"`  // take it back
	Force bool   `json:"force"` // also when they are of two customers, or of one and a stranger
	As    string `json:"as"`    // the agent who does it, for the audit trail; "" = admin
}

// SplitArgs of "ticket.split".
type SplitArgs struct {
	Number uint64 `json:"number"`
	Entry  string `json:"entry"` // the mail that the new ticket begins with: its number on the ticket, or its id
	Undo   bool   `json:"undo"`  // take it back
	As     string `json:"as"`    // the agent who does it, for the audit trail; "" = admin
}

// MovedView is what "ticket merge" and "ticket split" print.
type MovedView struct {
	From       uint64        `json:"from"`        // the ticket that entries went away from
	To         uint64        `json:"to"`          // the ticket that they are on now
	Entries    int           `json:"entries"`     // how many went
	FromStatus ticket.Status `json:"from_status"` // of From, now
	ToStatus   ticket.Status `json:"to_status"`   // of To, now
}

// mergeTickets lets a ticket go on as another one, or takes that back.
func (g *Gateway) mergeTickets(a MergeArgs, emit func(any) error) error {
	return g.move(a.As, emit, func(tx store.Tx, m *moving) error {
		from, err := theTicketToChange(tx, a.From)
		if err != nil {
			return err
		}
		to, err := theTicketToChange(tx, a.To)
		if err != nil {
			return err
		}
		m.from, m.to = &from, &to
		if a.Undo {
			m.from, m.to = &to, &from // they go back
			if err := m.mayUnmerge(); err != nil {
				return err
			}
			return m.unmerge()
		}
		if err := m.mayMerge(a.Force); err != nil {
			return err
		}
		before := from
		if err := m.merge(); err != nil {
			return err
		}
		if before.Status != ticket.New && before.Status != ticket.Open {
			return nil
		}
		return g.tell(tx, m.s, &to, m.s.newHands(&before, &to), m.now) // it is work for others now
	})
}

// splitTicket puts a part of a ticket on a new one, or takes that back: then the
// new one goes on as the old one again, with what came since.
func (g *Gateway) splitTicket(a SplitArgs, emit func(any) error) error {
	return g.move(a.As, emit, func(tx store.Tx, m *moving) error {
		t, err := theTicketToChange(tx, a.Number)
		if err != nil {
			return err
		}
		if err := goesOn(tx, t.Number, "write its number"); err != nil {
			return err
		}
		if a.Undo {
			part, err := splitOff(tx, &t, a.Entry)
			if err != nil {
				return err
			}
			m.from, m.to = &part, &t
			if err := m.mayMerge(true); err != nil {
				return err
			}
			return m.merge()
		}
		all, err := tx.Entries(t.Number)
		if err != nil {
			return err
		}
		root, err := entryOf(tx, &t, all, a.Entry)
		if err != nil {
			return err
		}
		number, err := tx.NewTicketNumber()
		if err != nil {
			return err
		}
		m.from, m.to = &t, &ticket.Ticket{Number: number}
		return m.split(root, all)
	})
}

// move runs what is done to two tickets in one transaction, and prints what came of it.
func (g *Gateway) move(as string, emit func(any) error, do func(store.Tx, *moving) error) error {
	var v MovedView
	err := g.store.Update(store.Background, func(tx store.Tx) error {
		m := &moving{g: g, tx: tx, s: g.settings.Load(), who: "admin", now: g.clock.Now()}
		if as != "" {
			who := m.s.whoIs(as)
			if who == nil {
				return usage("%q is not one agent; write --as with the address of an [[agent]]", as)
			}
			m.who = who.Address
		}
		if err := do(tx, m); err != nil {
			return err
		}
		v = MovedView{From: m.from.Number, To: m.to.Number, Entries: m.moved, FromStatus: m.from.Status, ToStatus: m.to.Status}
		return nil
	})
	if err != nil {
		return err
	}
	g.outbox.Wake()
	g.log.Info("entries moved", "from", v.From, "to", v.To, "entries", v.Entries, "who", as)
	return emit(v)
}

// whoIs finds an agent by address, or by a name that only one has; nil when none or
// several have it.
func (s *settings) whoIs(name string) *config.Agent {
	if a := s.Agent(name); a != nil {
		return a
	}
	return s.colleague(&config.Desk{Agents: s.agentAddresses()}, name)
}

func (s *settings) agentAddresses() (list []string) {
	for i := range s.Agents {
		list = append(list, s.Agents[i].Address)
	}
	return list
}

// mayMerge refuses what would lead in circles or let strangers in.
func (m *moving) mayMerge(force bool) error {
	from, to := m.from, m.to
	m.force = force
	if from.Number == to.Number {
		return usage("ticket %d cannot be merged with itself", from.Number)
	}
	if from.Merged != nil && from.MovedTo == to.Number {
		return failure("ticket %d is merged into ticket %d already; to take that back: mailgw ticket merge %d %d --undo", from.Number, to.Number, from.Number, to.Number)
	}
	if err := goesOn(m.tx, from.Number, "merge that one"); err != nil {
		return err
	}
	if err := goesOn(m.tx, to.Number, "merge into that one"); err != nil {
		return err
	}
	if a, b := from.Customer, to.Customer; a != "" && b != "" && !m.s.isCustomer(from, to.CustomerID, b) && !force {
		return failure("ticket %d is of %s and ticket %d of %s: merged, the people of each read and write with the other's; add --force if that is right", from.Number, a, to.Number, b)
	}
	return nil
}

// strangers refuses to put somebody unproven among a customer's people, unless the
// merge admits a held mail: then it was decided about that very person.
func (m *moving) strangers() error {
	from, to := m.from, m.to
	a, b := m.proven(from, to), m.proven(to, from)
	if a == b || m.force || m.admitted {
		return nil
	}
	stranger, theirs := from, to
	if a {
		stranger, theirs = to, from
	}
	return failure("ticket %d is of %s, who is not proven to be of %s: merged, they write with the people of ticket %d; add --force if that is right", stranger.Number, stranger.Address, theirs.Customer, theirs.Number)
}

// proven reports whether a ticket is a customer's for certain, or of somebody who
// belongs to the other one.
func (m *moving) proven(t, other *ticket.Ticket) bool {
	return t.Confidence == ticket.Known || t.Confidence == ticket.Domain || belongs(other, t.Address)
}

// merged refuses to work on a ticket that was merged into another one: nobody would
// see it there.
func merged(t *ticket.Ticket) error {
	if t.Merged == nil {
		return nil
	}
	return failure("ticket %d is merged into ticket %d; work on that one, or take it back: mailgw ticket merge %d %d --undo", t.Number, t.MovedTo, t.Number, t.MovedTo)
}

// goesOn refuses a ticket whose matter goes on as another one.
func goesOn(r store.Reader, number uint64, instead string) error {
	p, err := locate(r, number, 0)
	if err != nil {
		return err
	}
	if p.ticket.Number != number {
		return failure("ticket %d goes on as ticket %d; %s", number, p.ticket.Number, instead)
	}
	return nil
}

// mayUnmerge refuses what is not merged. m.to is the ticket that was merged into m.from.
func (m *moving) mayUnmerge() error {
	switch t := m.to; {
	case t.Merged == nil:
		return failure("ticket %d is not merged into ticket %d", t.Number, m.from.Number)
	case t.MovedTo != m.from.Number:
		return failure("ticket %d is not merged into ticket %d, but into ticket %d", t.Number, m.from.Number, t.MovedTo)
	case m.from.Merged != nil:
		return failure("ticket %d itself goes on as ticket %d since; take that back first: mailgw ticket merge %d %d --undo", m.from.Number, m.from.MovedTo, m.from.Number, m.from.MovedTo)
	}
	return nil
}

// entryOf finds the mail with which a new ticket is to begin.
func entryOf(r store.Reader, t *ticket.Ticket, all []ticket.Entry, arg string) (*ticket.Entry, error) {
	found, err := findEntry(r, t, arg)
	if err != nil {
		return nil, err
	}
	if found.Ticket != t.Number {
		return nil, failure("entry %s is not on ticket %d but on ticket %d", arg, t.Number, found.Ticket)
	}
	if found.Kind != ticket.MailIn || found.ByAgent != "" {
		return nil, failure("entry %d of ticket %d is not a customer's mail; name the mail that the new ticket begins with, and what answers it goes along", found.Seq, t.Number)
	}
	for i := range all {
		if all[i].ID == found.ID {
			return &all[i], nil
		}
	}
	return nil, fmt.Errorf("entry %s is not among those of ticket %d", found.ID, t.Number)
}

// findEntry reads the number or the id of an entry. A number that it once had on
// the ticket leads to where it is now.
func findEntry(r store.Reader, t *ticket.Ticket, arg string) (ticket.Entry, error) {
	show := fmt.Sprintf("mailgw ticket show %d names its entries", t.Number)
	if n, err := strconv.ParseUint(strings.TrimPrefix(arg, "#"), 10, 32); err == nil && len(arg) < len(ticket.ID(0).String()) {
		p, err := locate(r, t.Number, uint32(n))
		if err != nil {
			return ticket.Entry{}, err
		}
		list, err := r.Entries(p.ticket.Number)
		if err != nil {
			return ticket.Entry{}, err
		}
		for i := range list {
			if n != 0 && list[i].Seq == p.entry {
				return list[i], nil
			}
		}
		return ticket.Entry{}, failure("ticket %d has no entry %d; %s", t.Number, n, show)
	}
	id, err := ticket.ParseID(arg)
	if err != nil {
		return ticket.Entry{}, usage("%q is neither the number nor the id of an entry; %s", arg, show)
	}
	e, err := r.Entry(id)
	if errors.Is(err, store.ErrNotFound) {
		return e, failure("there is no entry %s; %s", id, show)
	}
	return e, err
}

// splitOff finds the ticket on which an entry is that was split off t.
func splitOff(r store.Reader, t *ticket.Ticket, arg string) (part ticket.Ticket, err error) {
	e, err := findEntry(r, t, arg)
	if err != nil {
		return part, err
	}
	if e.Ticket == t.Number {
		return part, failure("entry %s is on ticket %d: nothing has to be taken back", arg, t.Number)
	}
	if part, err = r.Ticket(e.Ticket); err == nil && part.SplitFrom != t.Number {
		err = failure("entry %s is on ticket %d, which was not split from ticket %d", arg, part.Number, t.Number)
	}
	return part, err
}
