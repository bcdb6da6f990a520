package mailgw

import (
	"errors"
	"slices"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/view"
)

// Expunge takes out of a folder those mails that have Deleted in it still, and stand there
// still. Nothing of the desk's is destroyed: this agent does not see them any more but in her
// Trash, and when she takes them out of that, nowhere.
func (a *account) Expunge(folder string, mails []imapd.Mail) error {
	f, err := a.folder(folder)
	if err != nil {
		return err
	}
	reader, key := a.reader(a.g.settings.Load()), f.Key()
	return a.g.store.Update(store.Background, func(tx store.Tx) error {
		h := outTaker{tx: tx, agent: a.address}
		return eachMarked(tx, a.address, mails, func(m *view.Marks, list []imapd.Mail) error {
			for _, mail := range list {
				places, err := placesOf(tx, refOf(mail)) // as the mail before has left them
				if err != nil {
					return err
				}
				p := placeWith(places, mail.UID)
				if !m.IsDeleted(key, mail.UID) || p == nil || !f.ShowsPlace(reader, p) {
					continue
				}
				m.SetDeleted(key, mail.UID, false)
				if err := h.takeOut(f, m, p, mail); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// outTaker takes mails out of one agent's sight.
type outTaker struct {
	tx    store.Tx
	agent string
}

// trash is the name of her Trash's shelf for what is shown on a shelf.
func (h *outTaker) trash(of string) string {
	s, _ := view.ParseShelf(of)
	return view.Shelf{Kind: view.OfTrash, Desk: s.Desk, Agent: h.agent}.String()
}

// takeOut takes a mail out of a folder, in which it stands at p. What is her own alone and
// is taken out of Drafts or Trash goes for good.
func (h *outTaker) takeOut(f view.Folder, m *view.Marks, p *view.Place, mail imapd.Mail) error {
	switch {
	case p.Item != 0 && (f.Kind == view.Drafts || f.Kind == view.Trash):
		err := h.tx.DeleteDraft(p.Item)
		if err == nil {
			*m = view.Marks{}
		}
		if !errors.Is(err, store.ErrExists) {
			return err
		}
		return removeUID(h.tx, p, mail.UID)
	case f.Kind == view.Trash:
		return removeUID(h.tx, p, mail.UID)
	}
	return h.hide(f, m, p, mail)
}

// hide hides a mail that a folder shows at p, and puts it into Trash.
func (h *outTaker) hide(f view.Folder, m *view.Marks, p *view.Place, mail imapd.Mail) error {
	m.Set(mail.Seq, m.Get(mail.Seq)|hides(f.Kind))
	places, err := placesOf(h.tx, refOf(mail))
	if err != nil {
		return err
	}
	trash := h.trash(p.Shelf)
	if slices.ContainsFunc(places, func(q view.Place) bool {
		return q.Shelf == trash && mail.Seq >= q.Seq && mail.Seq-q.Seq < q.Count
	}) {
		return nil // by way of another folder
	}
	uid, err := h.tx.NewUIDs(1)
	if err != nil {
		return err
	}
	there := *p
	there.Shelf, there.UID, there.Seq, there.Count = trash, uid, mail.Seq, 1
	return h.tx.PutPlace(&there)
}

// removeUID takes one mail out of a place.
func removeUID(tx store.Tx, p *view.Place, uid uint32) error {
	before, after := *p, *p
	before.Count = uid - p.UID
	after.UID, after.Count = uid+1, p.Count-before.Count-1
	if p.Item == 0 {
		after.Seq = p.Seq + before.Count + 1
	}
	if before.Count == 0 {
		if err := tx.DeletePlace(p.Shelf, p.UID); err != nil {
			return err
		}
	} else if err := tx.PutPlace(&before); err != nil {
		return err
	}
	if after.Count == 0 {
		return nil
	}
	return tx.PutPlace(&after)
}
