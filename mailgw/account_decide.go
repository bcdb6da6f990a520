package mailgw

import (
	"errors"
	"fmt"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// decide decides about mails that wait in a drawer: about all of them, or none. It refuses
// when one does not stand in the folder any more: somebody else was there first, or the
// agent has left the desk.
func (m *mover) decide(mails []imapd.Mail) error {
	junk, err := m.readJunk(mails)
	if err != nil {
		return err
	}
	var after []func()
	err = m.a.g.store.Update(store.Background, func(tx store.Tx) error {
		after = after[:0]
		for i, mail := range mails {
			places, err := placesOf(tx, refOf(mail))
			if err != nil {
				return err
			}
			if p := placeWith(places, mail.UID); p == nil || !m.from.ShowsPlace(m.reader, p) {
				return errMoved
			}
			did, err := m.decideOne(tx, m.args(mail), junk, i)
			if err != nil {
				return m.told(fmt.Errorf("mail %s: %w", ticket.ID(mail.Item), err))
			}
			after = append(after, did)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, did := range after {
		did()
	}
	return nil
}

func (m *mover) args(mail imapd.Mail) DrawerArgs {
	return DrawerArgs{ID: ticket.ID(mail.Item).String(), Who: m.a.address}
}

// decideOne decides about the i-th mail as part of a transaction, and returns what follows
// when it is stored.
func (m *mover) decideOne(tx store.Tx, a DrawerArgs, junk []*incoming, i int) (func(), error) {
	g := m.a.g
	if m.does == view.Release {
		d, err := g.releaseIn(tx, junk[i], a)
		return func() { g.releasedJunk(d, a) }, err
	}
	decide := (*heldMail).admit
	if m.does == view.Reject {
		decide = (*heldMail).reject
	}
	h, err := g.decideHeldIn(tx, a, decide)
	return func() { g.decidedHeld(h) }, err
}

// readJunk reads the mails that are to be released, outside of any transaction; nothing
// when it is about others.
func (m *mover) readJunk(mails []imapd.Mail) (list []*incoming, err error) {
	if m.does != view.Release {
		return nil, nil
	}
	for _, mail := range mails {
		in, err := m.a.g.quarantined(m.args(mail).ID)
		if _, left := errors.AsType[*CommandError](err); left { // the drawer
			return nil, errMoved
		}
		if err != nil {
			return nil, fmt.Errorf("mail %s: %w", ticket.ID(mail.Item), err)
		}
		list = append(list, in)
	}
	return list, nil
}
