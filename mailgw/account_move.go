package mailgw

import (
	"errors"
	"slices"
	"strings"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// Move moves mails from one folder into another, which moves their tickets, in one commit:
// all, or none. Copied is no different: what a client then takes out of the folder by
// itself stands there no more.
func (a *account) Move(from string, mails []imapd.Mail, to string, _ bool) (imapd.Moved, error) {
	f, err := a.folder(from)
	if err != nil {
		return imapd.Moved{}, err
	}
	t, err := a.folder(to)
	if err != nil {
		return imapd.Moved{}, target(err)
	}
	does, no := view.ActionOf(f.Kind, t.Kind)
	if no != "" && !slices.Contains([]string{view.NoUnowned, view.NoDerived, view.NoArchive}, no) {
		return imapd.Moved{}, cannot("%s", no)
	}
	m := &mover{a: a, s: a.g.settings.Load(), from: f, to: t, does: does, no: no}
	m.reader = a.reader(m.s)
	if err := m.run(mails); err != nil {
		return imapd.Moved{}, err
	}
	return a.whereTo(t, mails)
}

// whereTo says under which UIDs mails stand in a folder.
func (a *account) whereTo(t view.Folder, mails []imapd.Mail) (imapd.Moved, error) {
	v, err := a.Open(t.Name)
	if err != nil {
		return imapd.Moved{}, err
	}
	out := imapd.Moved{Validity: v.Validity, To: map[uint32]uint32{}}
	asked := map[view.MailRef]uint32{}
	for _, m := range mails {
		asked[mailRef(m)] = m.UID
	}
	for _, m := range v.Mails {
		if was, ok := asked[mailRef(m)]; ok {
			out.To[was] = m.UID
		}
	}
	return out, nil
}

// mover is one command that moves mails.
type mover struct {
	a        *account
	s        *settings
	reader   view.Reader
	from, to view.Folder
	does     view.Action
	no       string          // why not, unless it takes a move back; "" when does is done
	alarms   []ticket.Ticket // as they are then
}

func (m *mover) run(mails []imapd.Mail) error {
	switch m.does {
	case view.Admit, view.Reject, view.Release:
		return m.decide(mails)
	}
	err := m.a.g.store.Update(store.Background, func(tx store.Tx) error {
		m.alarms = m.alarms[:0]
		switch m.does {
		case view.Hide:
			return m.hide(tx, mails)
		case view.Show, view.Restore:
			return m.show(tx, mails)
		}
		done := map[uint64]bool{}
		for _, mail := range mails {
			if mail.Ticket == 0 || done[mail.Ticket] {
				continue
			}
			done[mail.Ticket] = true
			if err := m.stillThere(tx, mail); err != nil {
				return err
			}
			if err := m.act(tx, mail.Ticket, m.does); err != nil {
				return err
			}
			renew(tx, mail.Ticket)
		}
		return nil
	})
	if err != nil {
		return m.told(err)
	}
	m.a.g.outbox.Wake()
	for i := range m.alarms {
		m.a.g.scheduler.DueAt(m.alarms[i].Closing.Alarm())
		m.a.g.scheduler.DueAt(m.alarms[i].WaitUntil)
	}
	return nil
}

// told is an error in a sentence for a person, where it is one.
func (m *mover) told(err error) error {
	var said *CommandError
	if errors.As(err, &said) {
		text := said.Error()
		return cannot("%s%s.", strings.ToUpper(text[:1]), strings.TrimSuffix(text[1:], "."))
	}
	return err
}

// nameOf is how sentences call an agent.
func (m *mover) nameOf(address string) string {
	if who := m.s.Agent(address); who != nil {
		return who.Name
	}
	return address
}

// act does to a ticket what the folder says.
func (m *mover) act(tx store.Tx, number uint64, does view.Action) error {
	t, err := tx.Ticket(number)
	if err != nil {
		return err
	}
	if desk := m.s.Desk(t.Desk); desk == nil || !desk.HasAgent(m.a.address) {
		return cannot("Ticket %d is no more on a desk of yours.", number)
	}
	if back, err := m.takeBack(tx, &t); err != nil || back {
		return err
	}
	if m.no != "" {
		return cannot("%s", m.no)
	}
	has := strings.ToLower(t.Assignee)
	others := has != "" && has != m.a.address && !(m.from.Kind == view.Agent && m.from.Of == has && does != view.Wait && does != view.Solve)
	active := view.PhaseOf(&t) == view.Active
	set := SetArgs{Number: number, Who: m.a.address}
	if !active {
		set.Status = string(ticket.Open)
	}
	opens := false // before it is what the folder says
	switch does {
	case view.Take:
		set.Assignee = m.a.address
	case view.HandOn:
		desk := m.s.Desk(t.Desk)
		if !desk.HasAgent(m.to.Of) {
			return cannot("%s is not on the desk %s, whose ticket %d is.", m.nameOf(m.to.Of), t.Desk, number)
		}
		set.Assignee = m.s.Agent(m.to.Of).Address
		if view.PhaseOf(&t) == view.Waiting { // for whoever has it
			set.Status = ""
		}
	case view.GiveBack:
		set.Assignee = "-"
	case view.Wait:
		set.Status, opens = string(ticket.Pending), !active && t.Status != ticket.Pending
	case view.Solve:
		set.Status = string(ticket.Solved)
	case view.ToDesk:
		if set.Desk = m.to.Of; !view.PhaseOf(&t).Closed() { // which the folder does not show
			set.Status = ""
		}
		if to := m.s.Desk(m.to.Of); has != "" && to != nil && !to.HasAgent(has) {
			set.Assignee = "-"
		}
	case view.WorkOn:
	}
	if others {
		return cannot("Ticket %d is with %s.", number, m.nameOf(has))
	}
	if ticket.Status(set.Status) == t.Status {
		set.Status = ""
	}
	owed, err := tx.TicketPromises(number)
	if err != nil {
		return err
	}
	if opens {
		if _, err := m.a.g.setIn(tx, m.s, &SetArgs{Number: number, Who: m.a.address, Status: string(ticket.Open)}); err != nil {
			return err
		}
	}
	now, err := m.a.g.setIn(tx, m.s, &set)
	if err != nil {
		return err
	}
	m.alarms = append(m.alarms, now)
	return m.keep(tx, &t, &now, owed)
}

// stillThere refuses to move a ticket that has left the folder since the client looked at
// it: somebody else was there first.
func (m *mover) stillThere(tx store.Tx, mail imapd.Mail) error {
	places, err := placesOf(tx, refOf(mail))
	if err != nil {
		return err
	}
	if p := placeWith(places, mail.UID); p != nil && m.from.ShowsPlace(m.reader, p) {
		return nil
	}
	t, err := tx.Ticket(mail.Ticket)
	if err != nil {
		return err
	}
	if has := strings.ToLower(t.Assignee); has != "" && has != m.a.address && m.s.deskHas(t.Desk, m.a.address) {
		return cannot("Ticket %d is with %s.", t.Number, m.nameOf(has))
	}
	return errMoved
}

// hide puts mails into the agent's Trash.
func (m *mover) hide(tx store.Tx, mails []imapd.Mail) error {
	h := outTaker{tx: tx, agent: m.a.address}
	return eachMarked(tx, m.a.address, mails, func(marks *view.Marks, list []imapd.Mail) error {
		for _, mail := range list {
			places, err := placesOf(tx, refOf(mail))
			if err != nil {
				return err
			}
			p := placeWith(places, mail.UID)
			if p == nil || !m.from.ShowsPlace(m.reader, p) {
				return errMoved
			}
			marks.SetDeleted(m.from.Key(), mail.UID, false)
			if m.from.Kind == view.Drafts { // it is nowhere else
				if err := m.toShelf(tx, p, h.trash(p.Shelf)); err != nil {
					return err
				}
				continue
			}
			if err := h.hide(m.from, marks, p, mail); err != nil {
				return err
			}
		}
		return nil
	})
}

// toShelf moves a mail of the agent's own to another shelf of hers.
func (m *mover) toShelf(tx store.Tx, p *view.Place, shelf string) error {
	uid, err := tx.NewUIDs(1)
	if err != nil {
		return err
	}
	there := *p
	there.Shelf, there.UID = shelf, uid
	return errors.Join(tx.DeletePlace(p.Shelf, p.UID), tx.PutPlace(&there))
}

// show takes mails out of Trash: they are where they were, under new UIDs, and their
// tickets as the folder says.
func (m *mover) show(tx store.Tx, mails []imapd.Mail) error {
	var tickets []uint64
	err := eachMarked(tx, m.a.address, mails, func(marks *view.Marks, list []imapd.Mail) error {
		for _, mail := range list {
			places, err := placesOf(tx, refOf(mail))
			if err != nil {
				return err
			}
			p := placeWith(places, mail.UID)
			if p == nil || !m.from.ShowsPlace(m.reader, p) {
				return errMoved
			}
			if no := m.outOfTrash(places, p); no != "" {
				return cannot("%s", no)
			}
			marks.SetDeleted(m.from.Key(), mail.UID, false)
			if m.does == view.Restore {
				if err := m.toShelf(tx, p, view.Shelf{Kind: view.OfDrafts, Agent: m.a.address}.String()); err != nil {
					return err
				}
				continue
			}
			was := marks.Get(mail.Seq)
			marks.Set(mail.Seq, was&^(hiddenMark|hiddenSent))
			if err := errors.Join(removeUID(tx, p, mail.UID), m.again(tx, places, mail.Seq, was)); err != nil {
				return err
			}
			if mail.Ticket != 0 && !slices.Contains(tickets, mail.Ticket) {
				tickets = append(tickets, mail.Ticket)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, number := range tickets {
		there, err := m.isIn(tx, number)
		if err != nil {
			return err
		}
		if does, no := view.TicketAction(m.from.Kind, m.to.Kind); !there && no == "" && m.to.Kind != view.Inbox {
			if err := m.act(tx, number, does); err != nil {
				return err
			}
		}
		renew(tx, number)
	}
	return nil
}

// again gives a mail that is shown again new UIDs where no ticket says where it stands: in
// drawers, and among what the agent has sent. Under the old ones, clients that have the
// folder open know that it is gone. was is how it was marked.
func (m *mover) again(tx store.Tx, places []view.Place, seq uint32, was uint64) error {
	for i := range places {
		q := &places[i]
		shelf, ok := view.ParseShelf(q.Shelf)
		switch {
		case !ok || q.Item == 0 && (seq < q.Seq || seq-q.Seq >= q.Count):
			continue
		case (shelf.Kind == view.OfHeld || shelf.Kind == view.OfJunk) && was&hiddenMark != 0:
		case shelf.Kind == view.OfSent && shelf.Agent == m.a.address && was&hiddenSent != 0:
		default:
			continue
		}
		uid, err := tx.NewUIDs(1)
		if err != nil {
			return err
		}
		there := *q
		there.UID, there.Seq, there.Count = uid, seq, 1
		if q.Item != 0 {
			there.Seq = q.Seq
		}
		if err := errors.Join(removeUID(tx, q, q.UID+seq-q.Seq), tx.PutPlace(&there)); err != nil {
			return err
		}
	}
	return nil
}

// outOfTrash says why a mail does not go from Trash into the folder, "" when it does: a
// ticket's goes where tickets are, junk to Junk, what is held to Held, and what is the agent's own where it was.
func (m *mover) outOfTrash(places []view.Place, p *view.Place) string {
	in := func(kind byte) bool {
		return slices.ContainsFunc(places, func(q view.Place) bool {
			shelf, ok := view.ParseShelf(q.Shelf)
			return ok && shelf.Kind == kind
		})
	}
	junk, held := in(view.OfJunk), in(view.OfHeld)
	switch own := p.Item != 0 && !junk && !held; {
	case junk && m.to.Kind != view.Junk:
		return view.NoJunkOut
	case held && m.to.Kind != view.Held:
		return view.NoHeldOut
	case junk, held:
	case !own && (m.to.Kind == view.Junk || m.to.Kind == view.Held):
		return view.NoHold
	case !own && m.to.Kind == view.Drafts:
		return view.NoDrafts
	case !own, m.to.Kind == view.Drafts:
	case m.to.Kind != view.Sent:
		return view.NoOwn
	case !slices.ContainsFunc(places, func(q view.Place) bool { return m.to.ShowsPlace(m.reader, &q) }):
		return view.NoSent
	}
	return ""
}

// isIn reports whether the folder that mails go to shows a ticket already.
func (m *mover) isIn(tx store.Tx, number uint64) (bool, error) {
	places, err := tx.TicketPlaces(number)
	return slices.ContainsFunc(places, func(p view.Place) bool { return m.to.ShowsPlace(m.reader, &p) }), err
}
