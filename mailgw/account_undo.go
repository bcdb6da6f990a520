package mailgw

import (
	"errors"
	"slices"
	"strings"

	"supportgw/mailgw/deed"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// way says from which folder to which a move goes.
func way(from, to view.Folder) string { return from.Key() + "\x1e" + to.Key() }

// keep keeps what a move has changed, so that moving back puts it back as it was, as does
// #undo. owed are the ticket's promises as they were before.
func (m *mover) keep(tx store.Tx, before, now *ticket.Ticket, owed []promise.Promise) error {
	g := m.a.g
	did := deed.Done{ID: g.ids.Next(), Who: m.a.address, At: g.clock.Now(), Changes: deed.Between(before, now), Way: way(m.from, m.to)}
	after, err := tx.TicketPromises(now.Number)
	if err != nil {
		return err
	}
	for i := range after {
		p := &after[i]
		if p.State == promise.Withdrawn && slices.ContainsFunc(owed, func(q promise.Promise) bool { return q.ID == p.ID && q.State == promise.Open }) {
			did.Withdrawn = append(did.Withdrawn, p.ID)
		}
	}
	if did.Empty() {
		return nil
	}
	list, err := doneOn(tx, now.Number)
	if err != nil {
		return err
	}
	return putDone(tx, now.Number, deed.Add(list, did))
}

// takeBack puts a ticket back as it was when the agent's last deed on it was to move it
// the other way, and nobody has changed since what that changed.
func (m *mover) takeBack(tx store.Tx, t *ticket.Ticket) (bool, error) {
	list, err := doneOn(tx, t.Number)
	if err != nil {
		return false, err
	}
	at := deed.Last(list, m.a.address, deed.Mail{})
	if at < 0 || list[at].Way != way(m.to, m.from) {
		return false, nil
	}
	g, did, then := m.a.g, &list[at], *t
	events, err := tx.Events(t.Number)
	if err != nil {
		return false, err
	}
	back, changed := did.TakeBack(&then, events)
	if len(changed) > 0 || then.Desk != t.Desk && !m.s.deskHas(then.Desk, m.a.address) {
		return false, nil
	}
	if !m.landsIn(&then) {
		return false, nil // others have changed what the deed did not: the action says what the folder is
	}
	has := strings.ToLower(t.Assignee)
	theirs := has != "" && has != m.a.address && strings.EqualFold(then.Assignee, t.Assignee) && !(m.from.Kind == view.Agent && m.from.Of == has)
	if theirs || then.Assignee != "" && !strings.EqualFold(then.Assignee, t.Assignee) && !m.s.deskHas(then.Desk, strings.ToLower(then.Assignee)) {
		return false, nil // as a colleague has it now, or would without being on the desk: the action says so
	}
	did.Back = true
	c := &change{t: &then, who: m.a.address, now: g.clock.Now(), id: g.ids.Next()}
	for _, b := range back {
		c.event(b.Field+" taken back: "+deed.Shown(b.Field, b.Before), "moved back")
	}
	if err := m.owedAgain(tx, c, did.Withdrawn); err != nil {
		return false, err
	}
	if !then.WaitUntil.IsZero() {
		if err := tx.PutTimer(store.TimerTicket, ticket.ID(then.Number), then.WaitUntil); err != nil {
			return false, err
		}
	}
	then.UpdatedAt = c.now
	m.alarms = append(m.alarms, then)
	to := slices.DeleteFunc(m.s.newHands(t, &then), func(addr string) bool { return addr == c.who })
	return true, errors.Join(setAlarm(tx, &then), g.moveClocks(tx, m.s, &then, c.now), g.tell(tx, m.s, &then, to, c.now), tx.PutEvents(c.events), tx.PutTicket(&then), putDone(tx, t.Number, list))
}

// landsIn reports whether the folder that a ticket is moved to is the one that shows it.
func (m *mover) landsIn(t *ticket.Ticket) bool {
	switch m.to.Kind {
	case view.Mine:
		return strings.EqualFold(t.Assignee, m.a.address) && view.PhaseOf(t) == view.Active
	case view.Unassigned:
		return t.Assignee == "" && view.PhaseOf(t) == view.Active
	case view.WaitingFor:
		return view.PhaseOf(t) == view.Waiting
	case view.SolvedBy:
		return t.Status == ticket.Solved
	}
	return true
}

// owedAgain lets promises that a move withdrew count again.
func (m *mover) owedAgain(tx store.Tx, c *change, withdrawn []ticket.ID) error {
	for _, id := range withdrawn {
		p, err := tx.Promise(id)
		if err != nil {
			return err
		}
		if p.State != promise.Withdrawn {
			continue
		}
		cal, err := m.s.calendar(m.s.deskOr(c.t.Desk))
		if err != nil {
			return err
		}
		p.State, p.Cause = promise.Open, "taken back by "+c.who
		p.Reset(cal, c.now)
		if c.t.PromiseID == p.ID || c.t.PromiseIs != string(promise.Open) {
			setClock(c.t, &p)
		}
		c.event("promise counts again", "moved back")
		if err := tx.PutPromise(&p); err != nil {
			return err
		}
		m.a.g.scheduler.DueAt(p.Alarm())
	}
	return nil
}
