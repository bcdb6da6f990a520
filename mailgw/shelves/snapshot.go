package shelves

import (
	"slices"
	"sort"

	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// Mail is one mail on a shelf.
type Mail struct {
	UID      uint32
	Seq      uint32 // its entry on Ticket, or
	Ticket   uint64
	Item     ticket.ID // the mail that is on none
	Customer uint64    // whose it is; 0: not known
	place    uint32    // UID of the first one of its place
	Answered bool
	Urgent   bool
	Overdue  bool
}

// Snapshot is a shelf at one instant. Nobody changes it.
type Snapshot struct {
	Shelf string
	Top   uint32 // the highest UID that the shelf has ever had
	Mails []Mail // by UID

	line *int // snapshots with the same one only got longer
}

// Extends reports whether a snapshot shows what an earlier one of the shelf did, and only
// more behind that.
func (s *Snapshot) Extends(earlier *Snapshot) bool {
	if earlier.Top == 0 { // nothing has ever been there
		return true
	}
	return s == earlier || s.line == earlier.line && len(s.Mails) >= len(earlier.Mails)
}

// expand appends the mails of a place.
func expand(mails []Mail, p *view.Place) []Mail {
	for n := uint32(0); n < p.Count; n++ {
		m := Mail{UID: p.UID + n, Ticket: p.Ticket, Item: p.Item, Customer: p.Customer, place: p.UID, Urgent: p.Urgent, Overdue: p.Overdue}
		if p.Item == 0 {
			m.Seq = p.Seq + n
			m.Answered = m.Seq <= p.Answered
		}
		mails = append(mails, m)
	}
	return mails
}

// with is a snapshot after some writes, in their order. It may share memory with the one
// before it, of which it must be the only one that was made so.
func (s *Snapshot) with(writes []Write) *Snapshot {
	next := &Snapshot{Shelf: s.Shelf, Top: s.Top, Mails: s.Mails, line: s.line}
	now := map[uint32]*view.Place{} // what is at each UID that was written; nil for nothing
	appends := true
	for i := range writes {
		w := &writes[i]
		appends = appends && !w.Removed && w.Place.UID > next.Top
		if w.Removed {
			now[w.Place.UID] = nil
			continue
		}
		now[w.Place.UID] = &w.Place
		next.Top = max(next.Top, w.Place.UID+(w.Place.Count-1))
	}
	if appends { // the usual case: mail has come
		for i := range writes {
			next.Mails = expand(next.Mails, &writes[i].Place)
		}
		return next
	}
	next.line = new(int)
	uids := make([]uint32, 0, len(now))
	for uid := range now {
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	rest := s.Mails
	next.Mails = make([]Mail, 0, len(rest)+len(writes))
	for _, uid := range uids {
		i := sort.Search(len(rest), func(i int) bool { return rest[i].UID >= uid })
		next.Mails = append(next.Mails, rest[:i]...)
		for rest = rest[i:]; len(rest) > 0 && rest[0].place == uid; {
			rest = rest[1:]
		}
		if p := now[uid]; p != nil {
			next.Mails = expand(next.Mails, p)
		}
	}
	next.Mails = append(next.Mails, rest...)
	return next
}
