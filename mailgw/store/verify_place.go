package store

import (
	"errors"
	"fmt"
	"slices"

	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// standing checks that what is said of a ticket's mails is said of mails that it has.
func (v *verifier) standing(number uint64, has map[uint32]bool) error {
	places, err := v.r.TicketPlaces(number)
	if err != nil {
		v.rep.problem("ticket %d: where its mails stand: %v", number, err)
	}
	v.found += uint64(len(places))
	for _, p := range places {
		for i := range p.Count {
			if !has[p.Seq+i] {
				v.rep.problem("ticket %d: UID %d is said to be its entry %d, which it does not have", number, p.UID+i, p.Seq+i)
				break
			}
		}
	}
	err = v.r.ShownFrom(number, 0, func(seq uint32, _ []byte) bool {
		if !has[seq] {
			v.rep.problem("ticket %d: it is kept how its entry %d is shown, which it does not have", number, seq)
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("how the mails of ticket %d are shown: %w", number, err)
	}
	return nil
}

// uids are UIDs from first to last.
type uids struct{ first, last uint32 }

// places checks that each place is that of a mail, that it is found by that, and that
// no UID stands for two mails, or was not given yet.
func (v *verifier) places() error {
	last, err := v.r.LastUID()
	if err != nil {
		return fmt.Errorf("the last UID: %w", err)
	}
	var (
		bad       error
		given     []uids
		ofTickets uint64
	)
	err = v.r.Shelves("", func(shelf string, top uint32) bool {
		if top > last {
			v.rep.problem("shelf %q: its highest UID is %d, and none was given above %d", shelf, top, last)
		}
		bad = v.r.Places(shelf, 0, func(p view.Place) bool {
			v.rep.Places++
			v.tick("places", v.rep.Places)
			end := p.UID + (p.Count - 1)
			given = append(given, uids{p.UID, end})
			if end > top {
				v.rep.problem("shelf %q: UID %d is above its highest, %d", shelf, end, top)
			}
			if p.Item == 0 {
				ofTickets++
			}
			v.place(&p)
			return true
		})
		return bad == nil
	})
	if err = errors.Join(err, bad); err != nil {
		return fmt.Errorf("places: %w", err)
	}
	if ofTickets != v.found {
		v.rep.problem("%d places of tickets' mails, and tickets lead to %d", ofTickets, v.found)
	}
	slices.SortFunc(given, func(a, b uids) int { return int(int64(a.first) - int64(b.first)) })
	for i := 1; i < len(given); i++ {
		if given[i].first <= given[i-1].last {
			v.rep.problem("UID %d stands for two mails", given[i].first)
		}
	}
	return nil
}

// place checks that a place is that of a mail; that a ticket has it was looked at with the ticket.
func (v *verifier) place(p *view.Place) {
	if p.Item == 0 {
		if _, err := v.r.Ticket(p.Ticket); err != nil {
			v.rep.problem("shelf %q: UID %d is of ticket %d: %v", p.Shelf, p.UID, p.Ticket, err)
		}
		return
	}
	if !IsItem(v.r, p.Item) {
		v.rep.problem("shelf %q: UID %d is of mail %s, which is not there", p.Shelf, p.UID, p.Item)
	}
	if found, err := v.r.ItemPlaces(p.Item); err != nil || !slices.Contains(found, *p) {
		v.rep.problem("shelf %q: UID %d is not found by its mail %s: %v", p.Shelf, p.UID, p.Item, err)
	}
}

// IsItem reports whether there is something that can stand on a shelf without a
// ticket: what waits for a person, an accepted mail, or a draft.
func IsItem(r Reader, id ticket.ID) bool {
	_, err := r.DrawerItem(id)
	if err != nil {
		_, err = r.Receipt(id)
	}
	if err != nil {
		_, err = r.Raw(id)
	}
	return err == nil
}
