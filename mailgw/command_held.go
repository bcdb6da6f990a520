package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// DrawerArgs of "held.admit", "held.reject" and "junk.release".
type DrawerArgs struct {
	ID  string `json:"id"`  // of the mail, as the list and the 250 reply name it
	Who string `json:"who"` // who does it, for the audit trail; "" = admin
}

// HeldView is a held mail as "held list" prints it.
type HeldView struct {
	ID        ticket.ID `json:"id"`
	From      *string   `json:"from"`
	Subject   string    `json:"subject"`
	Ticket    uint64    `json:"ticket"` // that it asks for
	Why       string    `json:"why"`
	DueAt     time.Time `json:"due_at"`     // then it stays the ticket that it opened
	OwnTicket uint64    `json:"own_ticket"` // that it opened
}

// DecidedView is what "held admit" and "held reject" print.
type DecidedView struct {
	ID        ticket.ID `json:"id"`
	Ticket    uint64    `json:"ticket"`     // that it is on now
	OwnTicket uint64    `json:"own_ticket"` // that it had opened; closed now
	Agent     *string   `json:"agent"`      // of an admitted mail in an agent's name: whose; it was sent to nobody
}

func (g *Gateway) listHeld(_ NoArgs, emit func(any) error) error {
	var rows []HeldView
	err := g.store.View(func(r store.Reader) error {
		rows = rows[:0]
		return r.DrawerItems(func(d ticket.DrawerItem) bool {
			if d.Kind == ticket.DrawerHeld {
				rows = append(rows, HeldView{ID: d.ID, From: orNull(d.From), Subject: d.Subject, Ticket: d.Ticket, Why: d.Why, DueAt: d.DueAt, OwnTicket: d.Own})
			}
			return true
		})
	})
	return emitAll(rows, err, emit)
}

// itemIn finds what a user wants to take out of a drawer.
func itemIn(r store.Reader, kind ticket.DrawerKind, arg string) (ticket.DrawerItem, error) {
	id, err := ticket.ParseID(arg)
	if err != nil {
		return ticket.DrawerItem{}, usage("%q is %v; mailgw %s list shows them", arg, err, kind)
	}
	item, err := r.DrawerItem(id)
	if err == nil && item.Kind == kind {
		return item, nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return item, err
	}
	rc, err := r.Receipt(id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return item, failure("no mail was accepted with the id %s; mailgw %s list shows what waits", id, kind)
	case err == nil && rc.Ticket != 0:
		return item, failure("mail %s is not in the drawer %s (any more): it is on ticket %d", id, kind, rc.Ticket)
	case err == nil:
		return item, failure("mail %s is not in the drawer %s; mailgw %s list shows what waits", id, kind, kind)
	}
	return item, err
}

// decideHeld decides about a held mail, and prints what came of it.
func (g *Gateway) decideHeld(a DrawerArgs, emit func(any) error, decide func(*heldMail) error) error {
	var h *heldMail
	err := g.store.Update(store.Background, func(tx store.Tx) (err error) {
		h, err = g.decideHeldIn(tx, a, decide)
		return err
	})
	if err != nil {
		return err
	}
	g.decidedHeld(h)
	return emit(h.view)
}

// decideHeldIn decides about a held mail as part of a transaction.
func (g *Gateway) decideHeldIn(tx store.Tx, a DrawerArgs, decide func(*heldMail) error) (*heldMail, error) {
	item, err := itemIn(tx, ticket.DrawerHeld, a.ID)
	if err != nil {
		return nil, err
	}
	h := &heldMail{g: g, tx: tx, s: g.settings.Load(), item: item, who: a.Who, now: g.clock.Now()}
	if h.who == "" {
		h.who = "admin"
	}
	if h.own, err = tx.Ticket(item.Own); err != nil {
		return nil, fmt.Errorf("ticket of held mail %s: %w", item.ID, err)
	}
	return h, errors.Join(decide(h), tx.DeleteDrawerItem(item.ID))
}

// decidedHeld does what follows when it is stored.
func (g *Gateway) decidedHeld(h *heldMail) {
	g.outbox.Wake()
	g.log.Info("held mail decided", "id", h.view.ID, "ticket", h.view.Ticket, "own_ticket", h.view.OwnTicket, "who", h.who)
}

// heldMail is a held mail that somebody decides about.
type heldMail struct {
	g      *Gateway
	tx     store.Tx
	s      *settings
	item   ticket.DrawerItem
	who    string
	now    time.Time
	own    ticket.Ticket // that it opened
	asked  ticket.Ticket // that it asked for; only to admit it
	entry  ticket.Entry  // the mail; only to admit it
	author *config.Agent // in whose name it was written; nil for others
	view   DecidedView
}

// happened records events of one ticket, each "what" with its "why".
func (h *heldMail) happened(t *ticket.Ticket, pairs ...string) error {
	id := h.g.ids.Next()
	var events []ticket.Event
	for i := 0; i < len(pairs); i += 2 {
		events = append(events, ticket.Event{Ticket: t.Number, ID: id, At: h.now, Who: h.who, What: pairs[i], Why: pairs[i+1]})
	}
	return h.tx.PutEvents(events)
}

// closeOwn closes the ticket that the mail had opened.
func (h *heldMail) closeOwn(what, why string) error {
	pairs := []string{what, why}
	if then, ok := h.own.Status.After(ticket.Close); ok && then != h.own.Status {
		pairs = append(pairs, "status "+string(h.own.Status)+" to "+string(then), what)
		h.own.Status, h.own.ClosedAt = then, h.now
	}
	h.own.UpdatedAt = h.now
	return errors.Join(h.happened(&h.own, pairs...), h.tx.PutTicket(&h.own), h.g.moveClocks(h.tx, h.s, &h.own, h.now))
}

// withdraw takes a ticket's open promise back.
func (h *heldMail) withdraw(t *ticket.Ticket, cause string) error {
	p, err := h.tx.Promise(t.PromiseID)
	if err != nil {
		return fmt.Errorf("open promise of ticket %d: %w", t.Number, err)
	}
	p.State, p.Cause = promise.Withdrawn, cause
	t.PromiseIs = string(p.State)
	return h.tx.PutPromise(&p)
}

// rejectHeld closes the ticket that a held mail opened. Its writer hears nothing of it.
func (g *Gateway) rejectHeld(a DrawerArgs, emit func(any) error) error {
	return g.decideHeld(a, emit, (*heldMail).reject)
}

// admitHeld puts a held mail onto the ticket that it asked for, as if it had been
// admitted when it came. The words of an agent are kept there, and sent to nobody.
func (g *Gateway) admitHeld(a DrawerArgs, emit func(any) error) error {
	return g.decideHeld(a, emit, (*heldMail).admit)
}

// reject takes the steps of rejecting.
func (h *heldMail) reject() error {
	h.view = DecidedView{ID: h.item.ID, Ticket: h.own.Number, OwnTicket: h.own.Number}
	cause := "held mail rejected by " + h.who
	if h.own.PromiseIs == string(promise.Open) {
		if err := h.withdraw(&h.own, cause); err != nil {
			return err
		}
	}
	return h.closeOwn("held mail rejected", fmt.Sprintf("it does not belong to ticket %d", h.item.Ticket))
}

// admit takes the steps of admitting.
func (h *heldMail) admit() error {
	h.view = DecidedView{ID: h.item.ID, Ticket: h.item.Ticket, OwnTicket: h.own.Number}
	for _, step := range []func() error{h.find, h.move, h.join, h.movePromise} {
		if err := step(); err != nil {
			return err
		}
	}
	err := h.closeOwn("held mail admitted", fmt.Sprintf("it is on ticket %d now", h.asked.Number))
	return errors.Join(err, h.tx.PutTicket(&h.asked), h.notify())
}

// find reads the ticket that the mail asks for, and whose mail it is.
func (h *heldMail) find() (err error) {
	asked, err := locate(h.tx, h.item.Ticket, 0) // it may go on elsewhere by now
	if err != nil {
		return fmt.Errorf("ticket %d that held mail %s asks for: %w", h.item.Ticket, h.item.ID, err)
	}
	if h.asked = asked.ticket; h.asked.Number == h.own.Number {
		return failure("ticket %d, which mail %s asks for, goes on as ticket %d, which the mail opened: the mail is there", h.item.Ticket, h.item.ID, h.own.Number)
	}
	h.asked.MovedTo = 0 // it was opened again: this is where the matter goes on
	h.view.Ticket = h.asked.Number
	if h.entry, err = h.tx.Entry(h.item.ID); err != nil {
		return fmt.Errorf("held mail %s: %w", h.item.ID, err)
	}
	rc, err := h.tx.Receipt(h.item.ID)
	if err != nil {
		return fmt.Errorf("held mail %s: %w", h.item.ID, err)
	}
	if h.author = h.s.Agent(rc.Author); h.author != nil {
		h.view.Agent = &h.author.Address
	}
	return nil
}

// move puts the mail's entry onto the ticket that it asks for. A note tells those
// who look at the closed one.
func (h *heldMail) move() error {
	h.own.Entries++
	note := ticket.Entry{
		ID: h.g.ids.Next(), Ticket: h.own.Number, Seq: h.own.Entries, Kind: ticket.Note, From: h.who, At: h.now,
		Text: fmt.Sprintf("The mail that opened this ticket was admitted to ticket %d.", h.asked.Number),
	}
	note.Excerpt = note.Text
	h.asked.Entries++
	h.asked.UpdatedAt = h.now
	if err := h.tx.MoveEntry(h.entry.ID, h.asked.Number, h.asked.Entries); err != nil {
		return err
	}
	h.own.Leave([]uint32{h.entry.Seq}, h.asked.Number, h.asked.Entries)
	h.own.MovedTo, h.own.MovedAs = h.asked.Number, 0
	h.entry.Ticket, h.entry.Seq = h.asked.Number, h.asked.Entries
	h.entry.Evidence = append(slices.Clone(h.entry.Evidence), "admitted by "+h.who)
	if h.author != nil {
		h.entry.ByAgent = h.author.Address
	}
	return errors.Join(h.tx.PutEntry(&h.entry), h.tx.PutEntry(&note))
}

// join makes the mail's writer one of the ticket's people, whose words are work.
// What is in an agent's name changes nothing: nobody was answered by it.
func (h *heldMail) join() error {
	if !slices.Contains(h.asked.Linked, h.own.Number) {
		h.asked.Linked = append(slices.Clone(h.asked.Linked), h.own.Number)
	}
	why := fmt.Sprintf("it had opened ticket %d: %s", h.own.Number, h.item.Why)
	if h.author != nil {
		return h.happened(&h.asked, "held mail of "+h.author.Address+" admitted, sent to nobody", why)
	}
	pairs := []string{"held mail admitted", why}
	known := func(p string) bool { return strings.EqualFold(p, h.own.Address) }
	if h.own.Address != "" && !slices.ContainsFunc(h.asked.People, known) && len(h.asked.People) < maxPeople {
		h.asked.People = append(slices.Clone(h.asked.People), h.own.Address)
		pairs = append(pairs, h.own.Address+" joined the conversation", "held mail admitted")
	}
	if h.entry.MessageID != "" {
		h.asked.LastIn = h.entry.MessageID
	}
	for _, name := range doneAs(doneFollowUp, h.own.RulesDone) { // they took effect: the next mail is not held by them again
		if done := doneFollowUp + name; !slices.Contains(h.asked.RulesDone, done) {
			h.asked.RulesDone = append(slices.Clone(h.asked.RulesDone), done)
		}
	}
	h.asked.Closing = nil // the customer wrote: whatever was asked before is over
	if then, ok := h.asked.Status.After(ticket.CustomerWrote); ok && then != h.asked.Status {
		pairs = append(pairs, "status "+string(h.asked.Status)+" to "+string(then), "the customer wrote")
		h.asked.Status, h.asked.ClosedAt = then, time.Time{}
	}
	return errors.Join(h.happened(&h.asked, pairs...), h.g.moveClocks(h.tx, h.s, &h.asked, h.now))
}

// movePromise lets the clock that the mail began go on at the ticket that it is
// on now. Of two that run there, what was told comes before what was not, and then
// the earlier one; the other is withdrawn.
func (h *heldMail) movePromise() error {
	owed := h.own.PromiseIs == string(promise.Open) || h.own.PromiseIs == string(promise.Broken) && h.own.Status == ticket.New
	switch {
	case !owed:
		return nil
	case h.author != nil:
		if h.own.PromiseIs == string(promise.Open) {
			return h.withdraw(&h.own, "the mail is an agent's, who waits for no answer")
		}
		return nil
	case h.asked.PromiseIs != string(promise.Open):
	case h.own.PromiseIs == string(promise.Broken): // the ticket has a clock that still runs
		return nil
	case h.own.Told != h.asked.Told && h.asked.Told, h.own.Told == h.asked.Told && !h.own.PromiseDue.Before(h.asked.PromiseDue):
		return h.withdraw(&h.own, fmt.Sprintf("the mail was admitted to ticket %d, whose promise stands", h.asked.Number))
	default:
		if err := h.withdraw(&h.asked, fmt.Sprintf("that of ticket %d, whose mail was admitted, took its place", h.own.Number)); err != nil {
			return err
		}
	}
	p, err := h.tx.Promise(h.own.PromiseID)
	if err != nil {
		return fmt.Errorf("promise of ticket %d: %w", h.own.Number, err)
	}
	p.Ticket, p.Customer = h.asked.Number, h.asked.Customer
	setClock(&h.asked, &p)
	setClock(&h.own, nil)
	return h.tx.PutPromise(&p)
}

// notify shows the mail to the agents of the desk, as one of the ticket that it is on.
func (h *heldMail) notify() error {
	desk := h.s.deskOr(h.asked.Desk)
	to := slices.DeleteFunc(slices.Clone(desk.Agents), func(a string) bool { return h.author != nil && strings.EqualFold(a, h.author.Address) })
	rows, err := h.g.voice(h.s, desk, h.asked.Number).notice(&h.asked, &h.entry, wording.EventReply, to, h.now)
	return errors.Join(err, putRows(h.tx, rows))
}
