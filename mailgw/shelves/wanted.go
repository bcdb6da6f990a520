package shelves

import (
	"maps"
	"slices"

	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// wanted is where a ticket's mails have to stand.
type wanted struct {
	number        uint64
	stands        view.Standing
	shown         []uint32            // entries on the ticket's shelf, ascending
	sent          map[string][]uint32 // by shelf: what agents wrote
	trashed       map[string][]uint32 // by shelf: what agents had put away on another ticket
	answered      uint32              // the last answer that left
	renew, reshow bool
}

// own is an agent's own shelf of the ticket's desk: what is hers follows the ticket there.
func (w *wanted) own(kind byte, agent string) string {
	return view.Shelf{Kind: kind, Desk: w.stands.Shelf.Desk, Agent: agent}.String()
}

func (w *wanted) addSent(agent string, seq uint32) {
	if w.sent == nil {
		w.sent = map[string][]uint32{}
	}
	shelf := w.own(view.OfSent, agent)
	w.sent[shelf] = append(w.sent[shelf], seq)
}

// addTrashed adds a mail that an agent has put away, if it is one of the ticket's.
func (w *wanted) addTrashed(agent string, seq uint32) {
	if !w.mails(seq) {
		return
	}
	if w.trashed == nil {
		w.trashed = map[string][]uint32{}
	}
	shelf := w.own(view.OfTrash, agent)
	w.trashed[shelf] = append(w.trashed[shelf], seq)
}

func (w *wanted) fromEntries(entries []ticket.Entry) {
	for i := range entries {
		e := &entries[i]
		if view.IsShown(e) {
			w.shown = append(w.shown, e.Seq)
		}
		if by := view.SentBy(e); by != "" {
			w.addSent(by, e.Seq)
		}
		if view.Answers(e) {
			w.answered = max(w.answered, e.Seq)
		}
	}
	w.sort()
}

// fromPlaces says it by where they stand and what came since.
func (w *wanted) fromPlaces(have []view.Place, c *change) {
	w.answered = c.answered
	for i := range have {
		p := &have[i]
		w.answered = max(w.answered, p.Answered)
		for seq := p.Seq; seq < p.Seq+p.Count; seq++ {
			switch kindOf(p) {
			case view.OfTickets:
				w.shown = append(w.shown, seq)
			case view.OfSent:
				shelf, _ := view.ParseShelf(p.Shelf)
				w.addSent(shelf.Agent, seq)
			}
		}
	}
	w.shown = append(w.shown, c.came...)
	for _, s := range c.sent {
		w.addSent(s.agent, s.seq)
	}
	w.sort()
}

func (w *wanted) sort() {
	slices.Sort(w.shown)
	w.shown = slices.Compact(w.shown)
	for shelf := range w.sent {
		slices.Sort(w.sent[shelf])
		w.sent[shelf] = slices.Compact(w.sent[shelf])
	}
}

// kindOf is the kind of the shelf that a place is on.
func kindOf(p *view.Place) byte {
	if p.Shelf == "" {
		return 0
	}
	return p.Shelf[0]
}

// mails reports whether the ticket has a mail with this number at all.
func (w *wanted) mails(seq uint32) bool {
	if _, ok := slices.BinarySearch(w.shown, seq); ok {
		return true
	}
	for _, list := range w.sent {
		if _, ok := slices.BinarySearch(list, seq); ok {
			return true
		}
	}
	return false
}

// place fills in what a place says of the ticket.
func (w *wanted) place(shelf string, uid, seq, count uint32) view.Place {
	return view.Place{
		Shelf: shelf, UID: uid, Count: count, Ticket: w.number, Seq: seq,
		Customer: w.stands.Customer, Urgent: w.stands.Urgent, Overdue: w.stands.Overdue, Answered: w.answered,
	}
}

// bring lets the mails stand where they have to.
func (k *Keeper) bring(w *wanted, have []view.Place) error {
	shelf := w.stands.Shelf.String()
	byShelf := map[string][]view.Place{}
	var order []string
	for _, p := range have {
		if _, ok := byShelf[p.Shelf]; !ok {
			order = append(order, p.Shelf)
		}
		byShelf[p.Shelf] = append(byShelf[p.Shelf], p)
	}
	for _, name := range order {
		there, kind, trash := byShelf[name], kindOf(&byShelf[name][0]), name
		if kind == view.OfTrash {
			of, _ := view.ParseShelf(name)
			trash = w.own(view.OfTrash, of.Agent)
		}
		again := kind == view.OfTrash && (w.reshow || trash != name) // with other bytes, or on another desk
		var stay []uint32
		switch {
		case w.reshow && kind != view.OfTrash:
		case kind == view.OfTickets && name == shelf && !w.renew:
			stay = w.shown
		case kind == view.OfSent:
			stay = w.sent[name]
		case kind == view.OfTrash && !again:
			stay = w.mailsOf(there)
		}
		if err := k.keep(w, there, stay); err != nil {
			return err
		}
		if again {
			if err := k.putAll(w, trash, w.mailsOf(there)); err != nil {
				return err
			}
		}
	}
	add := func(name string, want []uint32, all bool) error {
		if all {
			return k.putAll(w, name, want)
		}
		return k.putAll(w, name, without(want, byShelf[name]))
	}
	if err := add(shelf, w.shown, w.renew || w.reshow); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(w.sent)) {
		if err := add(name, w.sent[name], w.reshow); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.trashed)) {
		if err := k.putAll(w, name, w.trashed[name]); err != nil {
			return err
		}
	}
	return nil
}

// mailsOf are those mails of places that the ticket still has, ascending.
func (w *wanted) mailsOf(places []view.Place) (out []uint32) {
	for i := range places {
		for seq := places[i].Seq; seq < places[i].Seq+places[i].Count; seq++ {
			if w.mails(seq) {
				out = append(out, seq)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// without are the numbers that no place has.
func without(want []uint32, places []view.Place) (out []uint32) {
	have := map[uint32]bool{}
	for i := range places {
		for seq := places[i].Seq; seq < places[i].Seq+places[i].Count; seq++ {
			have[seq] = true
		}
	}
	for _, seq := range want {
		if !have[seq] {
			out = append(out, seq)
		}
	}
	return out
}

// keep leaves of the places on a shelf those mails that stay, with their UIDs, and lets
// them say what the ticket is like now.
func (k *Keeper) keep(w *wanted, places []view.Place, stay []uint32) error {
	for i := range places {
		p := &places[i]
		pieces := w.pieces(p, stay)
		if len(pieces) == 0 || pieces[0].UID != p.UID {
			if err := k.tx.DeletePlace(p.Shelf, p.UID); err != nil {
				return err
			}
		}
		for j := range pieces {
			if same(&pieces[j], p) {
				continue
			}
			if err := k.tx.PutPlace(&pieces[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// pieces are what is left of a place.
func (w *wanted) pieces(p *view.Place, stay []uint32) (out []view.Place) {
	for n := uint32(0); n < p.Count; n++ {
		if _, ok := slices.BinarySearch(stay, p.Seq+n); !ok {
			continue
		}
		if last := len(out) - 1; last >= 0 && out[last].Seq+out[last].Count == p.Seq+n {
			out[last].Count++
			continue
		}
		out = append(out, view.Place{UID: p.UID + n, Seq: p.Seq + n, Count: 1})
	}
	for i := range out {
		out[i] = w.place(p.Shelf, out[i].UID, out[i].Seq, out[i].Count)
	}
	return out
}

// same reports whether two places of the same UIDs say the same of each mail.
func same(a, b *view.Place) bool {
	x, y := *a, *b
	x.Answered, y.Answered = upTo(a), upTo(b)
	return x == y
}

// upTo is how many of a place's mails are answered.
func upTo(p *view.Place) uint32 {
	if p.Answered < p.Seq {
		return 0
	}
	return min(p.Answered-p.Seq+1, p.Count)
}

// putAll puts mails behind all others on a shelf, under new UIDs. Numbers that follow each
// other are one place.
func (k *Keeper) putAll(w *wanted, shelf string, seqs []uint32) error {
	for len(seqs) > 0 {
		n := 1
		for n < len(seqs) && seqs[n] == seqs[0]+uint32(n) {
			n++
		}
		uid, err := k.tx.NewUIDs(uint32(n))
		if err != nil {
			return err
		}
		p := w.place(shelf, uid, seqs[0], uint32(n))
		if err := k.tx.PutPlace(&p); err != nil {
			return err
		}
		seqs = seqs[n:]
	}
	return nil
}
