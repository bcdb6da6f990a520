package mailgw

import (
	"cmp"
	"slices"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// Mark changes the flags of mails in a folder: set is put, clear is taken away. Flagged
// and Answered are not the client's and stay as they are, without an error.
func (a *account) Mark(folder string, mails []imapd.Mail, set, clear imapd.Flags) error {
	f, err := a.folder(folder)
	if err != nil {
		return err
	}
	key := f.Key()
	return a.g.store.Update(store.Background, func(tx store.Tx) error {
		return eachMarked(tx, a.address, mails, func(m *view.Marks, list []imapd.Mail) error {
			for _, mail := range list {
				m.Set(mail.Seq, m.Get(mail.Seq)&^(uint64(clear)&settable)|uint64(set)&settable)
				switch {
				case set&imapd.Deleted != 0:
					m.SetDeleted(key, mail.UID, true)
				case clear&imapd.Deleted != 0:
					m.SetDeleted(key, mail.UID, false)
				}
			}
			return nil
		})
	})
}

// refOf names what the marks of a mail belong to: its ticket, or the mail that is on none.
func refOf(m imapd.Mail) view.MailRef {
	if m.Item != 0 {
		return view.MailRef{Item: ticket.ID(m.Item)}
	}
	return view.MailRef{Ticket: m.Ticket}
}

// eachMarked changes an agent's marks of mails, those of one ticket together, and keeps
// what has changed.
func eachMarked(tx store.Tx, agent string, mails []imapd.Mail, change func(m *view.Marks, list []imapd.Mail) error) error {
	list := slices.SortedStableFunc(slices.Values(mails), func(x, y imapd.Mail) int {
		return cmp.Or(cmp.Compare(x.Ticket, y.Ticket), cmp.Compare(x.Item, y.Item), cmp.Compare(x.UID, y.UID))
	})
	for len(list) > 0 {
		of, n := refOf(list[0]), 1
		for n < len(list) && refOf(list[n]) == of {
			n++
		}
		if err := changeMarks(tx, agent, of, func(m *view.Marks) error { return change(m, list[:n]) }); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// changeMarks changes an agent's marks of a ticket, or of a mail on none.
func changeMarks(tx store.Tx, agent string, of view.MailRef, change func(m *view.Marks) error) error {
	was, err := tx.MarksOf(agent, of)
	if err != nil {
		return err
	}
	var m view.Marks
	if err := view.ReadMarks(&m, was); err != nil {
		return err
	}
	if err := change(&m); err != nil {
		return err
	}
	if err := forgetDeleted(tx, of, &m); err != nil {
		return err
	}
	now := m.Bytes()
	if string(now) == string(was) {
		return nil
	}
	return tx.PutMarks(agent, of, now)
}

// forgetDeleted takes away what is flagged as deleted under UIDs at which nothing stands
// any more.
func forgetDeleted(tx store.Tx, of view.MailRef, m *view.Marks) error {
	if len(m.Deleted) == 0 {
		return nil
	}
	places, err := placesOf(tx, of)
	m.Deleted = slices.DeleteFunc(m.Deleted, func(d view.At) bool { return placeWith(places, d.UID) == nil })
	return err
}

// placesOf are the places of a ticket's mails, or of a mail on none.
func placesOf(r store.Reader, of view.MailRef) ([]view.Place, error) {
	if of.Item != 0 {
		return r.ItemPlaces(of.Item)
	}
	return r.TicketPlaces(of.Ticket)
}

// placeWith is the place that has a UID; nil for none.
func placeWith(places []view.Place, uid uint32) *view.Place {
	i := slices.IndexFunc(places, func(p view.Place) bool { return uid >= p.UID && uid-p.UID < p.Count })
	if i < 0 {
		return nil
	}
	return &places[i]
}
