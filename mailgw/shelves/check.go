package shelves

import (
	"fmt"
	"maps"
	"slices"

	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// Problems says where a ticket's mails do not stand where they have to, one sentence each.
// entries and places are all of the ticket's.
func Problems(t *ticket.Ticket, entries []ticket.Entry, places []view.Place) (out []string) {
	w := wanted{number: t.Number, stands: view.StandingOf(t)}
	w.fromEntries(entries)
	problem := func(format string, args ...any) {
		out = append(out, fmt.Sprintf("ticket %d: ", t.Number)+fmt.Sprintf(format, args...))
	}
	want := map[string][]uint32{w.stands.Shelf.String(): w.shown}
	maps.Copy(want, w.sent)
	have := map[string][]uint32{}
	came := map[uint32]bool{} // mails from outside
	for i := range entries {
		came[entries[i].Seq] = entries[i].Kind == ticket.MailIn
	}
	for i := range places {
		p := &places[i]
		for seq := p.Seq; seq < p.Seq+p.Count; seq++ {
			have[p.Shelf] = append(have[p.Shelf], seq)
			if of, _ := view.ParseShelf(p.Shelf); of.Kind == view.OfTrash && (!w.mails(seq) || of.Desk != t.Desk) {
				problem("entry %d is in the trash of %q, and no mail of that desk", seq, p.Shelf)
			}
			if kindOf(p) != view.OfTickets || !came[seq] {
				continue
			}
			if answered := seq <= w.answered; answered != (seq <= p.Answered) {
				problem("entry %d under UID %d says answered %v", seq, p.UID+seq-p.Seq, !answered)
			}
		}
		if s := w.stands; kindOf(p) == view.OfTickets && (p.Customer != s.Customer || p.Urgent != s.Urgent || p.Overdue != s.Overdue) {
			problem("the place with UID %d says customer %d, urgent %v, overdue %v; the ticket %d, %v, %v", p.UID, p.Customer, p.Urgent, p.Overdue, s.Customer, s.Urgent, s.Overdue)
		}
	}
	for _, shelf := range slices.Sorted(maps.Keys(have)) {
		if shelf[0] == view.OfTickets || shelf[0] == view.OfSent {
			want[shelf] = want[shelf][:len(want[shelf]):len(want[shelf])] // also a shelf on which nothing has to stand
		}
	}
	for _, shelf := range slices.Sorted(maps.Keys(want)) {
		slices.Sort(have[shelf])
		if !slices.Equal(have[shelf], want[shelf]) {
			problem("on shelf %q stand the entries %v, not %v", shelf, have[shelf], want[shelf])
		}
	}
	return out
}

// ItemProblems does the same for what waits for a person, or with nil for what does not
// any more.
func ItemProblems(d *ticket.DrawerItem, places []view.Place) (out []string) {
	want := ""
	if d != nil {
		if s, ok := view.ItemShelf(d); ok {
			want = s.String()
		}
	}
	found := 0
	for i := range places {
		switch p := &places[i]; {
		case p.Shelf == want:
			found++
		case kindOf(p) == view.OfHeld || kindOf(p) == view.OfJunk:
			out = append(out, fmt.Sprintf("item %s: it stands on shelf %q, not on %q", p.Item, p.Shelf, want))
		}
	}
	if want != "" && found != 1 {
		out = append(out, fmt.Sprintf("item %s: it stands %d times on shelf %q", d.ID, found, want))
	}
	return out
}
