package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// heldFor is the working time in which somebody can decide about a held mail.
const heldFor = 30 * time.Minute

// drawerItem is what a mail leaves for a person to look at, nil when it leaves
// nothing. It is written in the mail's own commit.
func (d *decision) drawerItem() *ticket.DrawerItem {
	item := ticket.DrawerItem{ID: d.in.ID, Ticket: d.ticket.Number, From: d.in.requester(), Subject: d.in.mail.Subject, Since: d.now}
	desk := d.desk
	switch {
	case d.outcome == ticket.OutcomeQuarantined:
		desk = d.in.desk
		item.Kind, item.DueAt = ticket.DrawerJunk, d.in.s.opening(desk, d.now)
		item.Why = "taken for a " + string(d.in.mail.Kind) + ": " + strings.Join(d.in.mail.Reasons, "; ")
		switch {
		case d.in.suspect():
			item.Why = d.in.whySuspect()
		case d.junkedBy != "":
			item.Why = d.junkedBy
		}
	case d.outcome == ticket.OutcomeHeld:
		item.Kind, item.DueAt, item.Why = ticket.DrawerHeld, d.in.s.afterWork(desk, d.now, heldFor), d.why
		item.Ticket, item.Own = d.matched.Ticket, d.ticket.Number
	case d.nobodyTold():
		item.Kind, item.DueAt, item.Why = ticket.DrawerUnacknowledged, d.in.s.opening(desk, d.now), d.ack.why
		if d.heldBy != "" {
			item.DueAt = d.in.s.afterWork(desk, d.now, heldFor)
		}
	default:
		return nil
	}
	item.Desk = desk.Name
	return &item
}

// nobodyTold reports whether a person began a clock with this mail and was not
// told so, although somebody may sit there and wait. A list's readers and programs do not.
func (d *decision) nobodyTold() bool {
	if d.pledge == nil || d.resumed || d.ack.send || d.in.mail.Kind != letter.Person {
		return false
	}
	silent := d.in.auth.Result == mailauth.None && d.desk.UnprovenSender == config.UnprovenSilent
	return d.heldBy != "" || silent || d.ack.overBudget || d.in.machine != nil && *d.in.machine != "" || d.in.auth.Result == "fail" || !sendable(d.ack.to.Addr)
}

// afterWork is the end of some working time of a desk.
func (s *settings) afterWork(desk *config.Desk, now time.Time, work time.Duration) time.Time {
	if cal := s.Hours[desk.Calendar]; cal != nil {
		if at, ok := cal.Add(now, work); ok {
			return at
		}
	}
	return now.Add(oneDay) // a desk that never works
}

// oneDay is the clock of a desk that never works.
const oneDay = 24 * time.Hour

// opening is when a desk begins its next working day, always after now: by then it
// has had one to look at what came in.
func (s *settings) opening(desk *config.Desk, now time.Time) time.Time {
	cal := s.Hours[desk.Calendar]
	if cal == nil {
		return now.Add(oneDay)
	}
	local := now.In(cal.Location())
	at, ok := cal.NextOpen(time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, cal.Location()))
	switch {
	case !ok:
		return now.Add(oneDay)
	case !at.After(now): // where clocks skip midnight, it is looked for an hour early
		return now.Add(time.Hour)
	}
	return at
}

// deskOr returns a desk by name, the built-in one when it is gone: somebody has to
// look.
func (s *settings) deskOr(name string) *config.Desk {
	if d := s.desk(name); d != nil {
		return d
	}
	return s.admin
}

// emptyDrawers does what the clocks of the drawers ask for at now, and returns when
// the next one runs out: held mails that nobody decided about stay the tickets that
// they are; the rest goes to its desk as one list.
func (g *Gateway) emptyDrawers(now time.Time) (time.Time, error) {
	var held []ticket.ID
	lists := map[string][]ticket.ID{} // by desk
	next, err := g.dueItems(now, func(item *ticket.DrawerItem) {
		if item.Kind == ticket.DrawerHeld {
			held = append(held, item.ID)
			return
		}
		lists[item.Desk] = append(lists[item.Desk], item.ID)
	})
	if err == nil && len(held)+len(lists) == 0 {
		return next, nil
	}
	for _, id := range held { // each alone: one that is damaged must not keep the others
		err = errors.Join(err, g.store.Update(store.Background, func(tx store.Tx) error { return g.letStay(tx, id, now) }))
	}
	for name, ids := range lists {
		err = errors.Join(err, g.store.Update(store.Background, func(tx store.Tx) error { return g.listDrawer(tx, name, ids, now) }))
	}
	g.outbox.Wake()
	if err != nil {
		return time.Time{}, err
	}
	return g.dueItems(now, func(*ticket.DrawerItem) {})
}

// dueItems calls fn for each item that is due at now, and returns when the next is.
// An item that cannot be read is an error, and the others are called for all the same.
func (g *Gateway) dueItems(now time.Time, fn func(*ticket.DrawerItem)) (next time.Time, err error) {
	var damaged error
	err = g.store.View(func(r store.Reader) error {
		return r.Timers(store.TimerDrawer, endOfTime, func(t store.Timer) bool {
			if t.At.After(now) {
				next = t.At
				return false
			}
			item, err := r.DrawerItem(t.Ref)
			if err != nil {
				damaged = errors.Join(damaged, fmt.Errorf("drawer item %s: %w", t.Ref, err))
				return true
			}
			fn(&item)
			return true
		})
	})
	return next, errors.Join(err, damaged)
}

// waits reports whether an item's clock has not run out yet. Timers are kept to the
// millisecond.
func waits(item *ticket.DrawerItem, now time.Time) bool {
	return item.DueAt.IsZero() || item.DueAt.Truncate(time.Millisecond).After(now)
}

// letStay ends the wait of a held mail that nobody decided about: it stays the new,
// linked ticket that it is. When its writer was told nothing either, it goes on
// waiting for that.
func (g *Gateway) letStay(tx store.Tx, id ticket.ID, now time.Time) error {
	item, err := tx.DrawerItem(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (item.Kind != ticket.DrawerHeld || waits(&item, now)) {
		return nil // decided since it was looked at
	}
	if err != nil {
		return err
	}
	own, err := tx.Ticket(item.Own)
	if err != nil {
		return fmt.Errorf("ticket of held mail %s: %w", id, err)
	}
	event := ticket.Event{
		Ticket: own.Number, ID: g.ids.Next(), At: now, Who: "mailgw", What: "held mail stays a ticket of its own",
		Why: fmt.Sprintf("nobody decided within %s of working time whether it belongs to ticket %d", heldFor, item.Ticket),
	}
	if err := tx.PutEvents([]ticket.Event{event}); err != nil {
		return err
	}
	if own.Told || own.PromiseIs != string(promise.Open) {
		return tx.DeleteDrawerItem(id)
	}
	s := g.settings.Load()
	item.Kind, item.Ticket, item.Own = ticket.DrawerUnacknowledged, own.Number, 0
	item.DueAt = s.opening(s.deskOr(item.Desk), now)
	return tx.PutDrawerItem(&item)
}

// listDrawer mails a desk the list of what nobody has looked at. That they were
// listed is in the same commit, so that no list comes twice.
func (g *Gateway) listDrawer(tx store.Tx, name string, ids []ticket.ID, now time.Time) error {
	s := g.settings.Load()
	v := g.voice(s, s.deskOr(name), 0)
	facts := wording.DrawerFacts{DeskName: v.desk.FromName}
	slices.Sort(ids) // as they came in
	for _, id := range ids {
		item, err := tx.DrawerItem(id)
		if errors.Is(err, store.ErrNotFound) || err == nil && (waits(&item, now)) {
			continue // settled since it was looked at
		}
		if err != nil {
			return err
		}
		over, err := isOver(tx, &item)
		if err == nil && over {
			err = tx.DeleteDrawerItem(id)
		}
		if err != nil {
			return err
		}
		if over {
			continue
		}
		item.ListedAt, item.DueAt = now, s.opening(v.desk, now)
		if item.Kind == ticket.DrawerJunk { // once is enough
			item.DueAt = time.Time{}
		}
		if err := tx.PutDrawerItem(&item); err != nil {
			return err
		}
		if len(facts.Items) == maxListed {
			facts.More++
			continue
		}
		facts.Items = append(facts.Items, v.listed(&item))
	}
	if len(facts.Items) == 0 {
		return nil
	}
	rows, err := v.toHouse(houseMail{kind: ticket.Notice, template: wording.TemplateDrawer, facts: forAll(facts), to: v.desk.Agents, name: v.desk.FromName, closed: true, now: now})
	return errors.Join(err, putRows(tx, rows))
}

// maxListed bounds what one list names.
const maxListed = 50

// isOver reports whether what an item waits for has happened meanwhile.
func isOver(r store.Reader, item *ticket.DrawerItem) (bool, error) {
	if item.Kind == ticket.DrawerUnsent {
		row, err := r.Outgoing(item.ID)
		if errors.Is(err, store.ErrNotFound) {
			return true, nil
		}
		return err == nil && row.Waits == "", err
	}
	if item.Kind != ticket.DrawerUnacknowledged && item.Kind != ticket.DrawerUndelivered {
		return false, nil
	}
	t, err := r.Ticket(item.Ticket)
	if err != nil {
		return false, fmt.Errorf("ticket of drawer item %s: %w", item.ID, err)
	}
	switch t.Status {
	case ticket.Pending, ticket.Solved, ticket.Closed:
		return true, nil
	}
	if item.Kind == ticket.DrawerUndelivered {
		return false, nil
	}
	return t.Told || t.PromiseIs == string(promise.Kept) || t.PromiseIs == string(promise.Withdrawn), nil
}

// listed is an item as the list names it.
func (v voice) listed(item *ticket.DrawerItem) wording.DrawerItem {
	out := wording.DrawerItem{
		Kind: string(item.Kind), From: item.From, Subject: item.Subject, Why: item.Why, Ticket: item.Ticket,
		Since: item.Since.In(v.s.zone(v.desk)).Format(timeFormat),
	}
	switch item.Kind {
	case ticket.DrawerJunk:
		out.Command = "mailgw junk release " + item.ID.String()
	case ticket.DrawerUnsent:
		out.Command = "mailgw outbox release " + item.ID.String()
	case ticket.DrawerUnacknowledged:
		out.Kind = wording.DrawerOverBudget
		out.Command = fmt.Sprintf("mailgw ticket reply %d", item.Ticket)
	default:
		out.Command = fmt.Sprintf("mailgw ticket reply %d", item.Ticket)
	}
	return out
}
