package mailgw

import (
	"errors"
	"time"

	"supportgw/mailgw/shelves"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// followed is a store whose Updates also write where mails stand in what agents see, in
// the same commit as what that follows from. After the commit it tells a feed which tickets
// were written, and a hub which places.
type followed struct {
	store.Store
	feed   *feed
	hub    *shelves.Hub
	marked func(agent string, of view.MailRef)
	agents func() []string
}

// Update is the store's, with the places that follow from what fn writes.
func (f *followed) Update(class store.Class, fn func(store.Tx) error) error {
	var t *followedTx
	err := f.Store.Update(class, func(tx store.Tx) error {
		t = newFollowedTx(tx) // it may run again: nothing of the run before is left
		t.agents = f.agents
		if err := fn(t); err != nil {
			return err
		}
		return t.keeper.Settle()
	})
	if err != nil || t == nil {
		return err
	}
	if len(t.written) > 0 {
		f.feed.add(t.written, time.Now())
	}
	if len(t.places) > 0 {
		f.hub.Apply(t.version, t.places)
	}
	for _, m := range t.marked {
		f.marked(m.agent, m.of)
	}
	return nil
}

// Purge is the store's.
func (f *followed) Purge(step func(what string, done, of uint64)) (store.PurgeReport, error) {
	p, ok := f.Store.(store.Purger)
	if !ok {
		return store.PurgeReport{}, errors.New("this store cannot clear its storage")
	}
	return p.Purge(step)
}

// Check is the store's; nothing when it has none.
func (f *followed) Check() []error {
	if c, ok := f.Store.(interface{ Check() []error }); ok {
		return c.Check()
	}
	return nil
}

// Stats is the store's; nothing when it has none.
func (f *followed) Stats() (s store.Stats) {
	if c, ok := f.Store.(interface{ Stats() store.Stats }); ok {
		s = c.Stats()
	}
	return s
}

// followedTx notes which tickets and places are written, and lets a keeper write the
// places that follow.
type followedTx struct {
	store.Tx
	keeper  *shelves.Keeper
	written []uint64
	places  []shelves.Write
	version uint64 // that these writes of places make
	marked  []markedBy
	agents  func() []string // who may have marked something
}

// markedBy is whose marks of what were written.
type markedBy struct {
	agent string
	of    view.MailRef
}

func newFollowedTx(tx store.Tx) *followedTx {
	t := &followedTx{Tx: tx}
	t.keeper = shelves.NewKeeper(t, store.ErrNotFound)
	return t
}

// Ticket is the transaction's.
func (t *followedTx) Ticket(number uint64) (ticket.Ticket, error) {
	v, err := t.Tx.Ticket(number)
	if err == nil {
		t.keeper.Saw(&v)
	}
	return v, err
}

// PutTicket is the transaction's.
func (t *followedTx) PutTicket(v *ticket.Ticket) error {
	t.written = append(t.written, v.Number)
	if err := t.keeper.Ticket(v); err != nil {
		return err
	}
	return t.Tx.PutTicket(v)
}

// PutEntry is the transaction's.
func (t *followedTx) PutEntry(e *ticket.Entry) error {
	if err := t.keeper.Entry(e); err != nil {
		return err
	}
	return t.Tx.PutEntry(e)
}

// MoveEntry is the transaction's.
func (t *followedTx) MoveEntry(id ticket.ID, to uint64, seq uint32) error {
	own, err := t.ownShown(id)
	if err := errors.Join(err, t.keeper.Moved(id, to, seq), t.moveMarks(id, to, seq)); err != nil {
		return err
	}
	if err := t.Tx.MoveEntry(id, to, seq); err != nil || own == nil {
		return err
	}
	return t.PutShown(view.MailRef{Ticket: to, Seq: seq}, own)
}

// ownShown is what is kept of an answer of ours, wherever it goes; nil of other mails.
func (t *followedTx) ownShown(id ticket.ID) ([]byte, error) {
	e, err := t.Entry(id)
	if err == nil && e.Kind == ticket.MailOut {
		var b []byte
		if b, err = t.Shown(view.MailRef{Ticket: e.Ticket, Seq: e.Seq}); err == nil {
			return carriedShown(b)
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return nil, err
}

// PutDrawerItem is the transaction's.
func (t *followedTx) PutDrawerItem(d *ticket.DrawerItem) error {
	t.keeper.Item(d)
	return t.Tx.PutDrawerItem(d)
}

// DeleteDrawerItem is the transaction's.
func (t *followedTx) DeleteDrawerItem(id ticket.ID) error {
	t.keeper.NoItem(id)
	return t.Tx.DeleteDrawerItem(id)
}

// PutPlace is the transaction's.
func (t *followedTx) PutPlace(p *view.Place) error {
	if err := t.note(shelves.Write{Place: *p}); err != nil {
		return err
	}
	return t.Tx.PutPlace(p)
}

// DeletePlace is the transaction's.
func (t *followedTx) DeletePlace(shelf string, uid uint32) error {
	if err := t.note(shelves.Write{Place: view.Place{Shelf: shelf, UID: uid}, Removed: true}); err != nil {
		return err
	}
	return t.Tx.DeletePlace(shelf, uid)
}

// DeleteItem is the transaction's.
func (t *followedTx) DeleteItem(id ticket.ID) error {
	return errors.Join(t.noteItem(id), t.Tx.DeleteItem(id))
}

// DeleteDraft is the transaction's.
func (t *followedTx) DeleteDraft(id ticket.ID) error {
	before := len(t.places)
	err := errors.Join(t.noteItem(id), t.Tx.DeleteDraft(id))
	if err != nil { // what is no draft stays where it is
		t.places = t.places[:before]
	}
	return err
}

// PutMarks is the transaction's.
func (t *followedTx) PutMarks(agent string, of view.MailRef, value []byte) error {
	t.marked = append(t.marked, markedBy{agent, of})
	return t.Tx.PutMarks(agent, of, value)
}

// note notes a write of a place.
func (t *followedTx) note(w shelves.Write) error {
	if len(t.places) == 0 {
		before, err := t.PlaceVersion()
		if err != nil {
			return err
		}
		t.version = before + 1
	}
	t.places = append(t.places, w)
	return nil
}

// noteItem notes that the places of a mail on no ticket go.
func (t *followedTx) noteItem(id ticket.ID) error {
	list, err := t.ItemPlaces(id)
	for i := range list {
		err = errors.Join(err, t.note(shelves.Write{Place: list[i], Removed: true}))
	}
	return err
}

// renew gives a ticket's mails new UIDs on the shelf that it is on, when the transaction
// ends or [settlePlaces] is called: the client that moved them means to remove those that
// it knows.
func renew(tx store.Tx, number uint64) { tx.(*followedTx).keeper.Renew(number) }

// settlePlaces writes at once the places that follow from what the transaction has
// written, for those who have to know the UIDs.
func settlePlaces(tx store.Tx) error { return tx.(*followedTx).keeper.Settle() }

// reshow forgets how a ticket's mails were shown: they are shown anew, under new UIDs.
func reshow(tx store.Tx, number uint64) error { return tx.(*followedTx).keeper.Reshow(number) }

// newHub makes the hub of a store.
func newHub(s store.Store) *shelves.Hub {
	return shelves.NewHub(shelves.Source{
		Tops: func() (tops map[string]uint32, version uint64, err error) {
			err = s.View(func(r store.Reader) error {
				tops = map[string]uint32{}
				err := r.Shelves("", func(shelf string, top uint32) bool { tops[shelf] = top; return true })
				if err == nil {
					version, err = r.PlaceVersion()
				}
				return err
			})
			return tops, version, err
		},
		Places: func(shelf string) (places []view.Place, top uint32, version uint64, err error) {
			err = s.View(func(r store.Reader) error {
				places = nil
				err := errors.Join(r.Places(shelf, 0, func(p view.Place) bool { places = append(places, p); return true }),
					r.Shelves(shelf, func(name string, highest uint32) bool {
						if name == shelf {
							top = highest
						}
						return false
					}))
				if err == nil {
					version, err = r.PlaceVersion()
				}
				return err
			})
			return places, top, version, err
		},
	})
}
