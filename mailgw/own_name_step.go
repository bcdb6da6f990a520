package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/roster"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// step is something that a link in a mail of ours does, once, for those whom the mail
// went to: their links say for whom. The store keeps it until it is done, without an
// address in it.
type step struct {
	Kind     string    `json:"kind"`
	Ticket   uint64    `json:"ticket"`
	Customer uint64    `json:"customer"`
	Event    ticket.ID `json:"event,omitzero"` // to take back
	New      string    `json:"new,omitempty"`  // the name that is asked for
	At       time.Time `json:"at"`
}

// The kinds of steps.
const (
	stepUndo    = "undo"
	stepConfirm = "confirm"
)

// stepPlace is where a step is kept, and what its links hold.
type stepPlace struct {
	ticket uint64
	number uint32
}

// stepPrefix begins the names under which steps are kept.
const stepPrefix = "step/"

func (p stepPlace) name() string { return fmt.Sprintf("%s%d/%d", stepPrefix, p.ticket, p.number) }

// ownNamePrefix begins the names under which it stands where the open question for a
// customer's name is kept.
const ownNamePrefix = "own_name/"

// forgetOwnName takes away the open question for the name of a customer that is erased.
func forgetOwnName(tx store.Tx, customer uint64) error {
	at, err := tx.Meta(ownNameAt(customer))
	if err != nil || at == nil {
		return err
	}
	return errors.Join(ignoreNotFound(tx.DeleteMeta(string(at))), tx.DeleteMeta(ownNameAt(customer)))
}

func ownNameAt(customer uint64) string { return fmt.Sprintf("%s%d", ownNamePrefix, customer) }

// readStep reads a step; nil when it was done, or never was.
func readStep(r store.Reader, name string) (*step, error) {
	raw, err := r.Meta(name)
	if err != nil || raw == nil {
		return nil, err
	}
	var s step
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &s, nil
}

// keepStep writes a new step.
func (d *decision) keepStep(tx store.Tx, s step) (stepPlace, error) {
	s.At = d.now
	p := stepPlace{s.Ticket, uint32(d.in.ID>>8) & threading.MaxEntry}
	for range 64 { // one that is free
		raw, err := tx.Meta(p.name())
		if err != nil {
			return p, err
		}
		if raw == nil {
			break
		}
		p.number = (p.number + 1) & threading.MaxEntry
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return p, fmt.Errorf("step of ticket %d: %w", s.Ticket, err)
	}
	return p, tx.PutMeta(p.name(), raw)
}

// stepAddress is where the links to a step lead, of one person alone; "" when the
// desk's addresses carry no tokens.
func (d *decision) stepAddress(p stepPlace, who string) string {
	v := d.g.voice(d.in.s, d.desk, p.ticket)
	return v.replyTo(threading.Ref{Purpose: threading.Step, Entry: p.number, Person: d.g.keys.PersonTag(who)})
}

// takeStep does what a link was for. A link is for the one whom its mail went to, and
// for words that it wrote itself.
func (d *decision) takeStep(ref threading.Ref) error {
	if !d.g.keys.IsPerson(ref.Person, d.in.author) {
		return nil
	}
	words, back := heard.Agrees(d.in.mail.NewText), heard.TakesBack(d.in.mail.NewText)
	if words == heard.Unclear && !back {
		return nil
	}
	p := stepPlace{ref.Ticket, ref.Entry}
	s, err := readStep(d.r, p.name())
	if err != nil {
		return err
	}
	if err := d.judgeStep(); err != nil || !d.ack.send {
		return err
	}
	if s == nil {
		d.file("a link that was used")
		d.deed = func(tx store.Tx) error {
			return d.tellName(tx, d.in.author, wording.OwnNameFacts{Reason: wording.OwnRefused, Why: wording.OwnWhyOver})
		}
		return nil
	}
	switch {
	case s.Kind == stepUndo && back:
		d.file("takes a name back, by a link of ours")
		d.deed = func(tx store.Tx) error { return d.undoName(tx, p, s) }
	case s.Kind == stepConfirm && words != heard.Unclear:
		return d.answerName(p, s, words == heard.Yes)
	}
	return nil
}

// undoName takes a name back.
func (d *decision) undoName(tx store.Tx, p stepPlace, s *step) error {
	_, err := d.editor(tx, d.in.author, "by a link in a mail of ours").Undo(s.Customer, s.Event)
	c, was := customer.Customer{}, ""
	if err == nil {
		c, err = d.standing(s.Customer)
		was = c.Name
	}
	f := wording.OwnNameFacts{Reason: wording.OwnUndone, Old: was}
	var no *roster.Refused
	if errors.As(err, &no) { // something changed since
		f, err = wording.OwnNameFacts{Reason: wording.OwnRefused, Why: wording.OwnWhyOver}, nil
	}
	if err != nil {
		return err
	}
	return errors.Join(tx.DeleteMeta(p.name()), d.noteName(tx, s, "customer "+was+" is called so again"), d.tellName(tx, d.in.author, f))
}

// noteName puts an event on the ticket whose mail began it, if that is there.
func (d *decision) noteName(tx store.Tx, s *step, what string) error {
	if _, err := tx.Ticket(s.Ticket); err != nil {
		return ignoreNotFound(err)
	}
	return tx.PutEvents([]ticket.Event{{Ticket: s.Ticket, ID: d.in.ID, At: d.now, Who: d.in.author, What: what}})
}

// answerName takes a colleague's yes or no.
func (d *decision) answerName(p stepPlace, s *step, yes bool) error {
	c, err := d.standing(s.Customer)
	if err != nil {
		return err
	}
	if id := d.in.s.customers.Identify(d.in.author, true); c.ID == 0 || id.ID != c.ID { // no longer there
		return nil
	}
	d.file("says whether a name is right, by a link of ours")
	d.deed = func(tx store.Tx) error {
		if err := errors.Join(tx.DeleteMeta(p.name()), ignoreNotFound(tx.DeleteMeta(ownNameAt(s.Customer)))); err != nil {
			return err
		}
		if yes {
			n := &ownName{d: d, c: c, name: s.New}
			n.t.Number = s.Ticket
			return n.rename(tx, d.in.author, "asked for on ticket "+strconv.FormatUint(s.Ticket, 10)+", and confirmed")
		}
		f := wording.OwnNameFacts{Reason: wording.OwnStays, Old: c.Name}
		return errors.Join(d.noteName(tx, s, "customer "+c.Name+" is not called "+s.New), d.tellName(tx, d.in.author, f))
	}
	return nil
}

// askColleagues asks those of the customer who are known, since nothing proves that the
// writer is of it. Nobody answers: nothing changes.
func (n *ownName) askColleagues() error {
	d := n.d
	waits, err := d.waitsForName(n.c.ID)
	if err != nil {
		return err
	}
	d.desk = d.in.desk
	contacts, err := n.contacts()
	if err != nil {
		return err
	}
	switch {
	case waits:
		d.forPeople = "asks to be called “" + n.name + "”; the customer's people were asked about a name already, and have not answered"
		return nil
	case len(contacts) == 0 || d.stepAddress(stepPlace{n.t.Number, 1}, contacts[0]) == "":
		d.forPeople = "asks to be called “" + n.name + "”; nothing proves who wrote, and there is nobody of " + n.c.Name + " to ask"
		return nil
	}
	asker := ""
	if d.in.auth.Authenticated() {
		d.ack.to = d.in.mail.Author()
		if err := d.judgeStep(); err != nil {
			return err
		}
		if d.ack.send {
			asker = d.in.author
		}
	}
	d.file("a name, by a link of ours; the customer's people are asked")
	d.deed = func(tx store.Tx) error { return n.ask(tx, contacts, asker) }
	return nil
}

// waitsForName reports whether colleagues were asked for a customer's name and may
// still answer.
func (d *decision) waitsForName(id uint64) (bool, error) {
	at, err := d.r.Meta(ownNameAt(id))
	if err != nil || at == nil {
		return false, err
	}
	s, err := readStep(d.r, string(at))
	return s != nil && d.now.Sub(s.At) < ownNameWaits, err
}

func (n *ownName) ask(tx store.Tx, contacts []string, asker string) error {
	d := n.d
	s := step{Kind: stepConfirm, Ticket: n.t.Number, Customer: n.c.ID, New: n.name}
	p, err := d.keepStep(tx, s)
	if err != nil {
		return err
	}
	if old, err := tx.Meta(ownNameAt(n.c.ID)); err != nil {
		return err
	} else if old != nil { // nobody answered that
		if err := ignoreNotFound(tx.DeleteMeta(string(old))); err != nil {
			return err
		}
	}
	if err := tx.PutMeta(ownNameAt(n.c.ID), []byte(p.name())); err != nil {
		return err
	}
	for _, to := range contacts {
		f := wording.OwnNameFacts{Reason: wording.OwnConfirm, New: n.name, Old: n.c.Name, Who: d.in.author, ReplyTo: d.stepAddress(p, to)}
		if err := d.tellName(tx, to, f); err != nil {
			return err
		}
	}
	if asker != "" {
		err = d.tellName(tx, asker, wording.OwnNameFacts{Reason: wording.OwnAsked, New: n.name, Old: n.c.Name})
	}
	return errors.Join(err, d.noteName(tx, &s, "asked "+strings.Join(contacts, ", ")+" whether customer "+n.c.Name+" may be called "+n.name))
}

// contacts are known people of the customer: of the ticket first, those who wrote last,
// then of the record. Not who asks.
func (n *ownName) contacts() (out []string, err error) {
	add := func(addr string) {
		id := n.d.in.s.customers.Identify(addr, true)
		if id.ID != n.c.ID || strings.EqualFold(addr, n.d.in.author) || !sendable(addr) || n.d.in.s.isHouse(addr) || isDaemon(addr) || len(out) == maxAskedOf {
			return
		}
		if why, e := unreachable(n.d.r, addr, n.d.now); why != "" || e != nil {
			err = errors.Join(err, e)
			return
		}
		if !slices.ContainsFunc(out, func(have string) bool { return strings.EqualFold(have, addr) }) {
			out = append(out, addr)
		}
	}
	list, e := n.d.r.LastEntries(n.t.Number, 0, searched)
	if e != nil {
		return nil, e
	}
	for i := range list {
		if fromCustomer(&list[i]) {
			add(letter.ParseAddress(list[i].From).Addr)
		}
	}
	for _, addr := range append(slices.Clone(n.t.People), n.c.AllAddresses()...) {
		add(customer.AddressKey(addr))
	}
	return out, err
}
