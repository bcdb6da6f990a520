package shelves

import (
	"errors"
	"fmt"
	"slices"

	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// Keeper writes the places that follow from what one transaction writes. It must be told
// before the transaction writes, since it looks at what was there before.
type Keeper struct {
	tx      Tx
	missing error // what tx returns for what is not there
	seen    [4]seen
	next    int // of seen, to be used again
	tickets []*change
	byTick  map[uint64]*change
	items   []item
}

// seen is how a ticket stood when the transaction's function read it.
type seen struct {
	number uint64
	stood  view.Standing
}

// change is what happened to one ticket.
type change struct {
	number        uint64
	before, now   view.Standing
	known         bool      // before is: the ticket was there and was looked at
	fresh         bool      // there was no such ticket
	put           bool      // now is
	came          []uint32  // entries that are shown now and were not
	left          []uint32  // that were shown and are not
	sent          []sentSeq // answers that an agent has written
	trashed       []sentSeq // mails of other tickets that an agent has put away, and that come
	unsent        []uint32  // that are none any more
	answered      uint32    // the last answer that left now; 0 when none did
	count         bool      // the entries are to be read: some came from other tickets, or went there
	renew, reshow bool      // new UIDs on the shelf; everywhere, what is shown has changed
}

type sentSeq struct {
	agent string
	seq   uint32
}

type item struct {
	id    ticket.ID
	shelf string // "" for none
	gone  bool
}

// NewKeeper makes the keeper of a transaction. missing is the error by which tx says that
// something is not there.
func NewKeeper(tx Tx, missing error) *Keeper { return &Keeper{tx: tx, missing: missing} }

// Saw says how a ticket is, as the transaction has read it: it need not be read again.
func (k *Keeper) Saw(t *ticket.Ticket) {
	k.seen[k.next] = seen{t.Number, view.StandingOf(t)}
	k.next = (k.next + 1) % len(k.seen)
}

// of is the change of a ticket.
func (k *Keeper) of(number uint64) *change {
	if c := k.byTick[number]; c != nil {
		return c
	}
	c := &change{number: number}
	for i := range k.seen {
		if s := &k.seen[(k.next+len(k.seen)-1-i)%len(k.seen)]; s.number == number { // the one that was read last
			c.before, c.known = s.stood, true
			break
		}
	}
	if k.byTick == nil {
		k.byTick = map[uint64]*change{}
	}
	k.byTick[number] = c
	k.tickets = append(k.tickets, c)
	return c
}

// look reads how the ticket stands, unless that is known.
func (k *Keeper) look(c *change) error {
	if c.known || c.fresh || c.put {
		return nil
	}
	t, err := k.tx.Ticket(c.number)
	if errors.Is(err, k.missing) {
		c.fresh = true
		return nil
	}
	c.before, c.known = view.StandingOf(&t), true
	return err
}

// Ticket says that a ticket is about to be written.
func (k *Keeper) Ticket(t *ticket.Ticket) error {
	c := k.of(t.Number)
	if err := k.look(c); err != nil {
		return err
	}
	c.now, c.put = view.StandingOf(t), true
	return nil
}

// Entry says that an entry is about to be written.
func (k *Keeper) Entry(e *ticket.Entry) error {
	old, err := k.tx.Entry(e.ID)
	if err != nil && !errors.Is(err, k.missing) {
		return err
	}
	was := err == nil
	if was && (old.Ticket != e.Ticket || old.Seq != e.Seq) {
		return k.moved(&old, e.Ticket, e.Seq)
	}
	c := k.of(e.Ticket)
	switch is, had := view.IsShown(e), was && view.IsShown(&old); {
	case is && !had:
		c.came = append(c.came, e.Seq)
	case had && !is:
		c.left = append(c.left, e.Seq)
	}
	had := ""
	if was {
		had = view.SentBy(&old)
	}
	switch by := view.SentBy(e); {
	case by != "" && had == "":
		c.sent = append(c.sent, sentSeq{by, e.Seq})
	case had != "" && by == "":
		c.unsent = append(c.unsent, e.Seq)
	}
	if view.Answers(e) && !(was && view.Answers(&old)) {
		c.answered = max(c.answered, e.Seq)
	}
	if was && (old.Kind != e.Kind || old.ErasedAt.IsZero() && !e.ErasedAt.IsZero()) { // it is another mail now
		return k.tx.DeleteShown(view.MailRef{Ticket: e.Ticket, Seq: e.Seq})
	}
	return nil
}

// Moved says that an entry is about to go to another ticket, and which it will be there.
func (k *Keeper) Moved(id ticket.ID, to uint64, seq uint32) error {
	old, err := k.tx.Entry(id)
	if err != nil {
		if errors.Is(err, k.missing) { // the transaction says so
			return nil
		}
		return err
	}
	return k.moved(&old, to, seq)
}

func (k *Keeper) moved(old *ticket.Entry, to uint64, seq uint32) error {
	from, there := k.of(old.Ticket), k.of(to)
	from.count, there.count = true, true
	who, err := k.whoseTrash(from, old.Seq)
	if err != nil {
		return err
	}
	for _, agent := range who {
		there.trashed = append(there.trashed, sentSeq{agent, seq})
	}
	return k.tx.DeleteShown(view.MailRef{Ticket: old.Ticket, Seq: old.Seq})
}

// whoseTrash returns the agents in whose Trash an entry stands: wherever it goes, they do not
// see it elsewhere.
func (k *Keeper) whoseTrash(c *change, seq uint32) (who []string, err error) {
	for _, s := range c.trashed { // it came by this very transaction
		if s.seq == seq {
			who = append(who, s.agent)
		}
	}
	have, err := k.tx.TicketPlaces(c.number)
	for i := range have {
		p := &have[i]
		if kindOf(p) != view.OfTrash || seq < p.Seq || seq-p.Seq >= p.Count {
			continue
		}
		if shelf, ok := view.ParseShelf(p.Shelf); ok && !slices.Contains(who, shelf.Agent) {
			who = append(who, shelf.Agent)
		}
	}
	return who, err
}

// Item says that something that waits for a person is about to be written.
func (k *Keeper) Item(d *ticket.DrawerItem) {
	i := item{id: d.ID}
	if s, ok := view.ItemShelf(d); ok {
		i.shelf = s.String()
	}
	k.items = append(k.items, i)
}

// NoItem says that it is about to be removed.
func (k *Keeper) NoItem(id ticket.ID) { k.items = append(k.items, item{id: id, gone: true}) }

// Renew gives a ticket's mails new UIDs on the shelf that it is on: a client that moved
// them means to remove those that it knows.
func (k *Keeper) Renew(number uint64) { k.of(number).renew = true }

// Reshow forgets how a ticket's mails were shown, and gives them new UIDs wherever they
// stand: their bytes are to be others.
func (k *Keeper) Reshow(number uint64) error {
	k.of(number).reshow = true
	return k.tx.DeleteShown(view.MailRef{Ticket: number})
}

// Recount says that nothing is known of where a ticket's mails stand.
func (k *Keeper) Recount(number uint64) { k.of(number).count = true }

// Settle writes the places that follow from all that the Keeper was told since it last did.
func (k *Keeper) Settle() error {
	tickets, items := k.tickets, k.items
	k.tickets, k.byTick, k.items, k.seen = nil, nil, nil, [4]seen{}
	for _, c := range tickets {
		if err := k.settle(c); err != nil {
			return fmt.Errorf("places of ticket %d: %w", c.number, err)
		}
	}
	for i, it := range items {
		if slices.ContainsFunc(items[i+1:], func(later item) bool { return later.id == it.id }) {
			continue
		}
		if err := k.settleItem(it); err != nil {
			return fmt.Errorf("places of item %s: %w", it.id, err)
		}
	}
	return nil
}

func (k *Keeper) settle(c *change) error {
	if !c.put {
		if err := k.look(c); err != nil || c.fresh {
			return err
		}
		c.now = c.before
	}
	// It comes into folders that show what is overdue, or a customer's, and there behind what they know.
	enters := c.known && (c.now.Overdue && !c.before.Overdue || c.now.Customer != c.before.Customer)
	c.renew = c.renew || enters
	w := wanted{number: c.number, stands: c.now, reshow: c.reshow, renew: c.renew}
	c.count = c.count || len(c.left)+len(c.unsent) > 0
	if c.count {
		entries, err := k.tx.Entries(c.number)
		if err != nil {
			return err
		}
		w.fromEntries(entries)
	} else if (c.fresh || c.now == c.before) && !c.renew && !c.reshow && (c.answered == 0 || c.fresh) {
		w.answered = c.answered
		return k.more(&w, c)
	}
	have, err := k.tx.TicketPlaces(c.number)
	if err != nil {
		return err
	}
	if !c.count {
		w.fromPlaces(have, c)
	}
	for _, s := range c.trashed {
		w.addTrashed(s.agent, s.seq)
	}
	return k.bring(&w, have)
}

// more puts what came behind what is there.
func (k *Keeper) more(w *wanted, c *change) error {
	slices.Sort(c.came)
	c.came = slices.Compact(c.came)
	if err := k.putAll(w, w.stands.Shelf.String(), c.came); err != nil {
		return err
	}
	for _, s := range c.sent {
		if err := k.putAll(w, w.own(view.OfSent, s.agent), []uint32{s.seq}); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) settleItem(it item) error {
	if it.gone {
		return k.tx.DeleteItem(it.id)
	}
	have, err := k.tx.ItemPlaces(it.id)
	if err != nil {
		return err
	}
	for i := range have {
		s, _ := view.ParseShelf(have[i].Shelf)
		if have[i].Shelf == it.shelf {
			it.shelf = "" // it is there
		} else if s.Kind == view.OfHeld || s.Kind == view.OfJunk {
			if err := k.tx.DeletePlace(have[i].Shelf, have[i].UID); err != nil {
				return err
			}
		}
	}
	if it.shelf == "" {
		return nil
	}
	uid, err := k.tx.NewUIDs(1)
	if err != nil {
		return err
	}
	return k.tx.PutPlace(&view.Place{Shelf: it.shelf, UID: uid, Count: 1, Item: it.id})
}
