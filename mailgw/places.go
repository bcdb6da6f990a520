package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"supportgw/mailgw/shelves"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// placedName is the name under which it is stored how far the mails of a store of before
// there were folders have got their places.
const placedName = "places"

// placed is its value.
type placed struct {
	Through uint64 `json:"through"` // the tickets up to this one have
	Done    bool   `json:"done"`    // everything has
}

// placesAtOnce is how many tickets get their places in one Update.
const placesAtOnce = 500

// mostAstray bounds how many mails that do not stand where they have to are told of.
const mostAstray = 100

// placeAll gives the mails of a store of before there were folders their places, tickets
// in the order of their numbers. A crash in between costs nothing: it goes on.
func placeAll(s *followed, log *slog.Logger) error {
	var at placed
	var numbers []uint64
	var items []ticket.DrawerItem
	err := s.View(func(r store.Reader) (err error) {
		at, numbers, items = placed{}, nil, nil
		if at, err = placedThrough(r); err != nil || at.Done {
			return err
		}
		return errors.Join(
			r.Tickets(0, func(t ticket.Ticket) bool {
				if t.Number > at.Through {
					numbers = append(numbers, t.Number)
				}
				return t.Number > at.Through
			}),
			r.DrawerItems(func(d ticket.DrawerItem) bool { items = append(items, d); return true }))
	})
	if err != nil || at.Done {
		return err
	}
	slices.Reverse(numbers)
	began := time.Now()
	for list := range slices.Chunk(numbers, placesAtOnce) {
		if err := s.Update(store.Background, func(tx store.Tx) error { return placeTickets(tx.(*followedTx), list) }); err != nil {
			return fmt.Errorf("places of tickets from %d on: %w", list[0], err)
		}
	}
	for list := range slices.Chunk(items, placesAtOnce) {
		err := s.Update(store.Background, func(tx store.Tx) error {
			for i := range list {
				tx.(*followedTx).keeper.Item(&list[i])
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("places of what waits for a person: %w", err)
		}
	}
	if err := s.Update(store.Background, func(tx store.Tx) error { return putPlaced(tx, placed{Done: true}) }); err != nil {
		return err
	}
	if len(numbers)+len(items) > 0 {
		log.Info("mails have their places in folders", "tickets", len(numbers), "drawer_items", len(items), "took", time.Since(began).Round(time.Millisecond))
	}
	return nil
}

func placedThrough(r store.Reader) (at placed, err error) {
	raw, err := r.Meta(placedName)
	if err == nil && raw != nil {
		err = json.Unmarshal(raw, &at)
	}
	if err != nil {
		return at, fmt.Errorf("how far mails have got their places: %w", err)
	}
	return at, nil
}

func putPlaced(tx store.Tx, at placed) error {
	raw, err := json.Marshal(at)
	if err != nil {
		return err
	}
	return tx.PutMeta(placedName, raw)
}

// placeTickets gives the mails of some tickets, in the order of their numbers, their places.
func placeTickets(tx *followedTx, numbers []uint64) error {
	for _, n := range numbers {
		entries, err := tx.Entries(n)
		if err != nil {
			return err
		}
		if err := noteBecame(tx, entries); err != nil {
			return err
		}
		tx.keeper.Recount(n)
	}
	return putPlaced(tx, placed{Through: numbers[len(numbers)-1]})
}

// noteBecame notes on agents' mails of before that was noted from which of them an answer
// was made.
func noteBecame(tx store.Tx, entries []ticket.Entry) error {
	for i := range entries {
		e := &entries[i]
		if e.Kind != ticket.MailOut || e.ByAgent == "" {
			continue
		}
		row := e.Outgoing
		if waits, err := tx.Outgoing(e.ID); err == nil {
			row = &waits
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if row == nil || row.Entry == 0 {
			continue
		}
		j := slices.IndexFunc(entries, func(x ticket.Entry) bool {
			return x.ID == row.Entry && x.Kind == ticket.MailIn && x.ByAgent != "" && x.Became == 0
		})
		if j < 0 {
			continue
		}
		entries[j].Became = e.ID
		if err := tx.PutEntry(&entries[j]); err != nil {
			return err
		}
	}
	return nil
}

// placeProblems says which mails do not stand where they have to, one sentence each, at
// most so many; nothing while a store of before there were folders has not got its places.
func placeProblems(r store.Reader, most int) (out []string, err error) {
	at, err := placedThrough(r)
	if err != nil || !at.Done {
		return nil, err
	}
	var failed error
	err = r.Tickets(0, func(t ticket.Ticket) bool {
		entries, err := r.Entries(t.Number)
		places, perr := r.TicketPlaces(t.Number)
		failed = errors.Join(err, perr)
		out = append(out, shelves.Problems(&t, entries, places)...)
		return failed == nil && len(out) < most
	})
	if err := errors.Join(err, failed); err != nil {
		return out, err
	}
	err = r.DrawerItems(func(d ticket.DrawerItem) bool {
		var places []view.Place
		places, failed = r.ItemPlaces(d.ID)
		out = append(out, shelves.ItemProblems(&d, places)...)
		return failed == nil && len(out) < most
	})
	if err := errors.Join(err, failed); err != nil {
		return out, err
	}
	for _, kind := range []byte{view.OfHeld, view.OfJunk} {
		var names []string
		if err := r.Shelves(string(kind), func(name string, _ uint32) bool { names = append(names, name); return true }); err != nil {
			return out, err
		}
		for _, name := range names {
			err := r.Places(name, 0, func(p view.Place) bool {
				if _, err := r.DrawerItem(p.Item); errors.Is(err, store.ErrNotFound) {
					out = append(out, shelves.ItemProblems(nil, []view.Place{p})...)
				} else if err != nil {
					failed = err
				}
				return failed == nil && len(out) < most
			})
			if err := errors.Join(err, failed); err != nil {
				return out, err
			}
		}
	}
	return out[:min(len(out), most)], nil
}
