package mailgw

import (
	"cmp"
	"errors"
	"slices"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// history is what went before the mail that a row tells of, on the row's ticket,
// newest first: the same when the row waits while that ticket is merged with
// another one, or split, so that it says the same each time.
func history(r store.Reader, row *ticket.Outgoing) ([]ticket.Entry, error) {
	list, err := r.LastEntries(row.Ticket, row.Entry, historyShown)
	if err != nil || isRun(list, row.EntrySeq) {
		return list, err
	}
	// Entries came from elsewhere or went there: the numbers tell which were here.
	list = nil
	there := map[uint64][]ticket.Entry{} // of the tickets that they are on
	for n := uint32(1); n < row.EntrySeq; n++ {
		p, err := locate(r, row.Ticket, n)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		number := p.ticket.Number
		if _, have := there[number]; !have {
			if there[number], err = r.Entries(number); err != nil {
				return nil, err
			}
		}
		for _, e := range there[number] {
			if p.entry != 0 && e.Seq == p.entry && e.ID < row.Entry {
				list = append(list, e)
			}
		}
	}
	slices.SortFunc(list, func(a, b ticket.Entry) int { return cmp.Compare(b.ID, a.ID) })
	return list[:min(len(list), historyShown)], nil
}

// isRun reports whether a list is the entries just before one, without a gap, and
// is full or goes to the first.
func isRun(list []ticket.Entry, before uint32) bool {
	for i := range list {
		if list[i].Seq != before-1-uint32(i) {
			return false
		}
	}
	return len(list) == historyShown || uint32(len(list))+1 == before
}
