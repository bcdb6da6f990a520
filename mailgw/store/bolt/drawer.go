package bolt

import (
	"errors"
	"fmt"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

func (r *reader) DrawerItem(id ticket.ID) (ticket.DrawerItem, error) {
	return get[ticket.DrawerItem](r.bucket(inDrawer), idKey(id))
}

func (r *reader) DrawerItems(fn func(ticket.DrawerItem) bool) error {
	c := r.bucket(inDrawer).Cursor()
	for k, raw := c.First(); k != nil; k, raw = c.Next() {
		var d ticket.DrawerItem
		if err := decode(raw, &d); err != nil {
			return fmt.Errorf("drawer item %x: %w", k, err)
		}
		if !fn(d) {
			return nil
		}
	}
	return nil
}

func (t *tx) PutDrawerItem(d *ticket.DrawerItem) error {
	if err := t.stopDrawer(d.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err := t.put(inDrawer, idKey(d.ID), d); err != nil || d.DueAt.IsZero() {
		return err
	}
	return t.putBytes(inTimer, drawerTimer(d.ID, d.DueAt), []byte{})
}

func (t *tx) DeleteDrawerItem(id ticket.ID) error {
	if err := t.stopDrawer(id); err != nil {
		return err
	}
	return t.delete(inDrawer, idKey(id))
}

// stopDrawer removes the timer of a stored item, when it has one; of the item it
// reads no more than that. It returns store.ErrNotFound when there is no item.
func (t *tx) stopDrawer(id ticket.ID) error {
	old, err := get[struct {
		DueAt time.Time `json:"due_at"`
	}](t.bucket(inDrawer), idKey(id))
	if err != nil || old.DueAt.IsZero() {
		return err
	}
	return t.delete(inTimer, drawerTimer(id, old.DueAt))
}

// drawerTimer is the key of an item's timer.
func drawerTimer(id ticket.ID, due time.Time) []byte {
	return timerKey(store.Timer{At: due, Kind: store.TimerDrawer, Ref: id})
}
