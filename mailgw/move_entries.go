package mailgw

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// moving is what a merge, a split or the taking back of one does to two tickets, in
// one transaction: a crash leaves all of it or nothing.
type moving struct {
	g        *Gateway
	tx       store.Tx
	s        *settings
	who      string // for the audit trail
	now      time.Time
	from, to *ticket.Ticket
	moved    int  // entries that went
	force    bool // whoever the people are
	admitted bool // a held mail came to the ticket that it asks for
	events   map[uint64][]ticket.Event
}

// event notes what happened to one of the tickets.
func (m *moving) event(t *ticket.Ticket, what, why string) {
	if m.events == nil {
		m.events = map[uint64][]ticket.Event{}
	}
	id := m.g.ids.Next()
	if list := m.events[t.Number]; len(list) > 0 {
		id = list[0].ID // they happened together
	}
	m.events[t.Number] = append(m.events[t.Number], ticket.Event{Ticket: t.Number, ID: id, At: m.now, Who: m.who, What: what, Why: why})
}

// status changes a ticket's status, with its event.
func (m *moving) status(t *ticket.Ticket, then ticket.Status, why string) {
	if then == t.Status {
		return
	}
	m.event(t, "status "+string(t.Status)+" to "+string(then), why)
	t.Status, t.ClosedAt = then, time.Time{}
	if then == ticket.Closed {
		t.ClosedAt = m.now
	}
}

// write writes both tickets and what happened to them.
func (m *moving) write() error {
	m.from.UpdatedAt, m.to.UpdatedAt = m.now, m.now
	return errors.Join(setAlarm(m.tx, m.from), setAlarm(m.tx, m.to), m.tx.PutTicket(m.from), m.tx.PutTicket(m.to), m.tx.PutEvents(m.events[m.from.Number]), m.tx.PutEvents(m.events[m.to.Number]))
}

// link links the two tickets, both ways.
func (m *moving) link() {
	for _, pair := range [][2]*ticket.Ticket{{m.from, m.to}, {m.to, m.from}} {
		if t, other := pair[0], pair[1].Number; !slices.Contains(t.Linked, other) {
			t.Linked = append(slices.Clone(t.Linked), other)
		}
	}
}

// carry puts entries of from on to, with their receipts and what waits for a
// person because of them, and returns how many moves that took.
func (m *moving) carry(list []ticket.Entry) (int, error) {
	slices.SortFunc(list, func(a, b ticket.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	var numbers []uint32
	as := m.to.Entries + 1
	for i := range list {
		m.to.Entries++
		numbers = append(numbers, list[i].Seq)
		if err := m.tx.MoveEntry(list[i].ID, m.to.Number, m.to.Entries); err != nil {
			return 0, fmt.Errorf("move entry %s: %w", list[i].ID, err)
		}
		if err := m.carryItem(list[i].ID); err != nil {
			return 0, err
		}
	}
	m.moved += len(list)
	return m.from.Leave(numbers, m.to.Number, as), nil
}

// mayCarry refuses entries of which a held one asks for another ticket: about that
// somebody has to decide.
func (m *moving) mayCarry(list []ticket.Entry) error {
	for i := range list {
		item, err := m.tx.DrawerItem(list[i].ID)
		if errors.Is(err, store.ErrNotFound) || err == nil && item.Kind != ticket.DrawerHeld {
			continue
		}
		if err != nil {
			return err
		}
		asked, err := locate(m.tx, item.Ticket, 0)
		if err != nil {
			return fmt.Errorf("ticket that held mail %s asks for: %w", item.ID, err)
		}
		if asked.ticket.Number != m.to.Number {
			return undecided(&item)
		}
		m.admitted = true
	}
	return nil
}

// carryItem lets what waits for a person because of an entry follow it: on a
// closed ticket nobody would see it any more. A held mail that comes to the ticket
// that it asks for is admitted by that.
func (m *moving) carryItem(id ticket.ID) error {
	item, err := m.tx.DrawerItem(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if item.Kind != ticket.DrawerHeld {
		item.Ticket, item.Desk = m.to.Number, m.to.Desk
		return m.tx.PutDrawerItem(&item)
	}
	m.event(m.to, "held mail admitted", fmt.Sprintf("ticket %d, which it had opened, was merged into this one", m.from.Number))
	return m.tx.DeleteDrawerItem(id)
}

// undecided says that a held mail is in the way.
func undecided(item *ticket.DrawerItem) error {
	return failure("mail %s on ticket %d is held; decide first, with: mailgw held admit %s, or mailgw held reject %s", item.ID, item.Own, item.ID, item.ID)
}

// noneHeld refuses a ticket that a held mail has opened: who admits that mail
// closes the ticket, whatever else has come to it.
func (m *moving) noneHeld(list []ticket.Entry) error {
	for i := range list {
		if list[i].Outcome != ticket.OutcomeHeld {
			continue
		}
		item, err := m.tx.DrawerItem(list[i].ID)
		if err == nil && item.Kind == ticket.DrawerHeld {
			return undecided(&item)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// carryPromises puts rows of the ledger on the other ticket: what was promised is
// owed where the mail is now. It returns those that went.
func (m *moving) carryPromises(goes func(*promise.Promise) bool) (went []ticket.ID, err error) {
	list, err := m.tx.TicketPromises(m.from.Number)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if p := &list[i]; goes(p) {
			p.Ticket = m.to.Number
			if err := m.tx.PutPromise(p); err != nil {
				return nil, err
			}
			went = append(went, p.ID)
		}
	}
	return went, nil
}

// settle sets on a ticket what follows from the entries and the rows of the ledger
// that it has now: its clock, and the customer's last mail.
func (m *moving) settle(t *ticket.Ticket) error {
	list, err := m.tx.TicketPromises(t.Number)
	if err != nil {
		return err
	}
	setClock(t, standing(list))
	entries, err := m.tx.Entries(t.Number)
	if err != nil {
		return err
	}
	t.LastIn = ""
	for i := range entries { // as they came in
		if e := &entries[i]; fromCustomer(e) && e.MessageID != "" {
			t.LastIn = e.MessageID
		}
	}
	return nil
}

// standing is the promise that a ticket's clock is: of the open ones what was told,
// then what is due first; else the latest. nil when there is none. One that was put
// off does not count as long as the later one does.
func standing(list []promise.Promise) (best *promise.Promise) {
	for i := range list {
		p := &list[i]
		if p.State != promise.Open || !p.Shown() || putOff(p, list) {
			continue
		}
		if best == nil || p.Told && !best.Told || p.Told == best.Told && p.DueAt.Before(best.DueAt) {
			best = p
		}
	}
	for i := len(list) - 1; i >= 0 && best == nil; i-- {
		if list[i].Shown() {
			best = &list[i]
		}
	}
	return best
}

// putOff reports whether the customer was told a later time instead.
func putOff(p *promise.Promise, list []promise.Promise) bool {
	return slices.ContainsFunc(list, func(q promise.Promise) bool {
		return q.ID > p.ID && q.Kind == p.Kind && q.Late == p.Late+1 && q.OwedTo == p.OwedTo
	})
}

// setClock writes a promise onto its ticket; nil is none.
func setClock(t *ticket.Ticket, p *promise.Promise) {
	t.PromiseID, t.PromiseDue, t.PromiseIs, t.Told, t.PutOff = 0, time.Time{}, "none", false, false
	if p != nil {
		t.PromiseID, t.PromiseDue, t.PromiseIs, t.Told, t.PutOff = p.ID, p.DueAt, string(p.State), p.Told, p.Late > 0
	}
}
