package mailgw

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/shelves"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// placesHouse is a house of which everything that agents could have been shown is remembered.
type placesHouse struct {
	*house
	rnd  *rand.Rand
	was  map[uint32]view.MailRef // what each UID has ever meant
	gone map[string]bool         // shelf and UID of what left the shelf
	on   map[string]bool         // of what stands on one
	ids  []string                // Message-IDs of customers
	done []string                // what was done, for messages
}

// What is done to tickets at random leaves their mails where they have to stand, in the
// store and in memory alike; no UID ever means two mails, nor comes back.
func TestPlacesAtRandom(t *testing.T) {
	t.Parallel()
	rounds, seed := 2, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("MAILGW_PLACES")); err == nil {
		rounds, seed = n, uint64(time.Now().UnixNano())
	}
	for i := range rounds {
		h := &placesHouse{house: newHouse(t, `desk.support.answers_hold="1m"`, "acknowledge.budget.per_address=0", "acknowledge.budget.per_domain=0", "acknowledge.budget.per_network=0"),
			rnd: rand.New(rand.NewPCG(seed, uint64(i))), was: map[uint32]view.MailRef{}, gone: map[string]bool{}, on: map[string]bool{}}
		h.live(60)
		if t.Failed() {
			t.Logf("seed %d, round %d:\n%s", seed, i, strings.Join(h.done, "\n"))
			return
		}
	}
}

func (h *placesHouse) live(steps int) {
	h.write()
	deeds := []func() string{
		h.write, h.write, h.reply, h.reply, h.reply, h.byMail, h.byMail, h.command, h.command, h.command, h.set, h.set, h.set, h.set, h.merge, h.unmerge, h.split,
		h.held, h.decide, h.decide, h.junk, h.release, h.takeBack, h.leave, h.leave, h.later, h.restart, h.renews, h.trash,
	}
	for i := range steps {
		deed := deeds[h.rnd.IntN(len(deeds))]
		if i == steps-5 {
			deed = h.forget
		}
		h.done = append(h.done, deed())
		if h.check(); h.t.Failed() {
			return
		}
	}
}

// pick is a ticket, or 0.
func (h *placesHouse) pick() uint64 {
	var all []uint64
	h.view(func(r store.Reader) error {
		return r.Tickets(0, func(t ticket.Ticket) bool { all = append(all, t.Number); return true })
	})
	return all[h.rnd.IntN(len(all))]
}

func (h *placesHouse) writer() string {
	return []string{"Mia <mia@acme.example>", "Tom <tom@acme.example>", "Olaf <olaf@globex.example>"}[h.rnd.IntN(3)]
}

func (h *placesHouse) write() string {
	h.n++
	id := fmt.Sprintf("w%d@acme.example", h.n)
	a := h.deliver(mail{from: h.writer(), id: id, subject: fmt.Sprint("Matter ", h.n), body: fmt.Sprintf("It is broken in way %d.", h.n)})
	h.ids = append(h.ids, id)
	return fmt.Sprintf("wrote %d", a.Ticket)
}

func (h *placesHouse) reply() string {
	h.n++
	id, to := fmt.Sprintf("w%d@acme.example", h.n), h.ids[h.rnd.IntN(len(h.ids))]
	a := h.deliver(mail{from: h.writer(), id: id, subject: "Re: Matter", body: fmt.Sprintf("More of %d.", h.n), head: []string{"In-Reply-To: <" + to + ">"}})
	h.ids = append(h.ids, id)
	return fmt.Sprintf("%s to %d", a.Outcome, a.Ticket)
}

func (h *placesHouse) byMail() string {
	n := h.pick()
	body := []string{"Please try it again.", "#note\r\nHe sounds angry.", "#take", "#solve\r\nDone for you.", "#wait 2d", "Look at it, as for Globex Ltd.", "#assign ben"}[h.rnd.IntN(7)]
	a := h.deliver(h.byAgent(anna, n, body))
	return fmt.Sprintf("by mail to %d: %q, %s", n, body, a.Outcome)
}

func (h *placesHouse) command() string {
	n, name := h.pick(), []string{"ticket.reply", "ticket.note"}[h.rnd.IntN(2)]
	_, err := h.try(name, ReplyArgs{Number: n, As: "anna", Text: fmt.Sprintf("Words %d.", len(h.done))})
	return fmt.Sprintln(name, n, err)
}

func (h *placesHouse) set() string {
	a := SetArgs{Number: h.pick()}
	say := func(list ...string) string { return list[h.rnd.IntN(len(list))] }
	switch h.rnd.IntN(4) {
	case 0:
		a.Status = say("open", "pending", "solved", "closed")
	case 1:
		a.Assignee = say("anna@example.com", "ben@example.com", "-")
	case 2:
		a.Priority = say("urgent", "normal")
	case 3:
		a.Desk = say("support", "billing")
	}
	_, err := h.try("ticket.set", a)
	return fmt.Sprintln("set", a.Number, err)
}

func (h *placesHouse) merge() string {
	a := MergeArgs{From: h.pick(), To: h.pick(), Force: true}
	_, err := h.try("ticket.merge", a)
	return fmt.Sprintln("merge", a, err)
}

func (h *placesHouse) unmerge() string {
	from := h.pick()
	_, err := h.try("ticket.merge", MergeArgs{From: from, To: h.ticket(from).MovedTo, Undo: true})
	return fmt.Sprintln("unmerge", from, err)
}

func (h *placesHouse) split() string {
	var all []ticket.Entry
	h.view(func(r store.Reader) (err error) { all, err = r.Entries(h.pick()); return err })
	if len(all) == 0 {
		return "nothing to split"
	}
	e := all[h.rnd.IntN(len(all))]
	_, err := h.try("ticket.split", SplitArgs{Number: e.Ticket, Entry: e.ID.String(), Undo: h.rnd.IntN(3) == 0})
	return fmt.Sprintln("split", e.Ticket, e.Seq, err)
}

func (h *placesHouse) held() string {
	a := h.deliver(intruder(h.ids[h.rnd.IntN(len(h.ids))]))
	return fmt.Sprintf("intruder: %s", a.Outcome)
}

func (h *placesHouse) decide() string {
	for _, d := range h.items() {
		if d.Kind == ticket.DrawerHeld {
			name := []string{"held.admit", "held.admit", "held.reject"}[h.rnd.IntN(3)]
			_, err := h.try(name, DrawerArgs{ID: d.ID.String()})
			return fmt.Sprintln(name, err)
		}
	}
	return "nothing held"
}

func (h *placesHouse) junk() string { return fmt.Sprint("junk: ", h.deliver(code()).Outcome) }

func (h *placesHouse) release() string {
	for _, d := range h.items() {
		if d.Kind == ticket.DrawerJunk {
			_, err := h.try("junk.release", DrawerArgs{ID: d.ID.String()})
			return fmt.Sprintln("release", err)
		}
	}
	return "no junk"
}

// takeBack drops a row, which takes an answer back that has not left.
func (h *placesHouse) takeBack() string {
	for id, row := range h.rows() {
		if row.Kind == ticket.Answer {
			_, err := h.try("outbox.drop", RowsArgs{IDs: []string{id.String()}})
			return fmt.Sprintln("drop", row.Ticket, err)
		}
	}
	return "no answer waits"
}

func (h *placesHouse) leave() string { return fmt.Sprintf("%d left", len(h.flushDue())) }

// later lets time pass, and what is due happen.
func (h *placesHouse) later() string {
	h.at(h.clock.Now().Add(time.Duration(1+h.rnd.IntN(300)) * time.Minute))
	_, err := h.round(h.clock.Now())
	return fmt.Sprintln("it is", h.clock.Now(), err)
}

func (h *placesHouse) restart() string { h.reopen(); return "restart" }

// renews gives a ticket's mails new UIDs, as an action does.
func (h *placesHouse) renews() string {
	n := h.pick()
	h.update(func(tx store.Tx) error { renew(tx, n); return settlePlaces(tx) })
	return fmt.Sprint("renewed ", n)
}

// trash lets an agent hide one mail.
func (h *placesHouse) trash() string {
	n := h.pick()
	trash := view.Shelf{Kind: view.OfTrash, Desk: h.ticket(n).Desk, Agent: "anna@example.com"}
	h.update(func(tx store.Tx) error {
		have, err := tx.TicketPlaces(n)
		if err != nil || len(have) == 0 {
			return err
		}
		uid, err := tx.NewUIDs(1)
		if err != nil {
			return err
		}
		return tx.PutPlace(&view.Place{Shelf: trash.String(), UID: uid, Count: 1, Ticket: n, Seq: have[0].Seq})
	})
	return fmt.Sprint("hid one of ", n)
}

// forget erases a customer.
func (h *placesHouse) forget() string {
	_, err := h.try("customer.erase", EraseArgs{Who: "mia@acme.example"})
	return fmt.Sprintln("erase", err)
}

// check compares tickets, places and what is held in memory.
func (h *placesHouse) check() {
	h.t.Helper()
	stored := map[string][]shelves.Mail{}
	on := map[string]bool{}
	h.view(func(r store.Reader) error {
		problems, err := placeProblems(r, mostAstray)
		for _, p := range problems {
			h.t.Error(p)
		}
		var names []string
		err = cmp.Or(err, r.Shelves("", func(name string, _ uint32) bool { names = append(names, name); return true }))
		for _, name := range names {
			err = cmp.Or(err, r.Places(name, 0, func(p view.Place) bool {
				for n := range p.Count {
					ref := view.MailRef{Ticket: p.Ticket, Item: p.Item}
					if p.Item == 0 {
						ref.Seq = p.Seq + n
					}
					uid := p.UID + n
					if had, ok := h.was[uid]; ok && had != ref {
						h.t.Errorf("UID %d was %+v and is %+v", uid, had, ref)
					}
					h.was[uid] = ref
					key := fmt.Sprint(name, uid)
					if on[key] = true; h.gone[key] {
						h.t.Errorf("UID %d has come back to %q", uid, name)
					}
					stored[name] = append(stored[name], shelves.Mail{UID: uid, Ticket: ref.Ticket, Seq: ref.Seq, Item: ref.Item, Customer: p.Customer, Urgent: p.Urgent, Overdue: p.Overdue, Answered: p.Item == 0 && ref.Seq <= p.Answered})
				}
				return true
			}))
			stored[name] = slices.Clip(stored[name]) // also one that is empty
		}
		return err
	})
	for key := range h.on {
		if !on[key] {
			h.gone[key] = true
		}
	}
	h.on = on
	names, err := h.shelves.Shelves("")
	if err != nil || len(names) != len(stored) {
		h.t.Errorf("in memory %d shelves, in the store %d; %v", len(names), len(stored), err)
	}
	for name, want := range stored {
		s, err := h.shelves.Shelf(name)
		if err != nil {
			h.t.Fatal(err)
		}
		if !slices.EqualFunc(s.Mails, want, func(a, b shelves.Mail) bool { return fmt.Sprint(shownBy(a)) == fmt.Sprint(shownBy(b)) }) {
			h.t.Errorf("shelf %q: in memory %v, in the store %v", name, s.Mails, want)
		}
	}
}

// shownBy is all of a mail that others see.
func shownBy(m shelves.Mail) []any {
	return []any{m.UID, m.Ticket, m.Seq, m.Item, m.Customer, m.Answered, m.Urgent, m.Overdue}
}

// twice is a store whose Updates run each function once in vain.
type twice struct{ store.Store }

var errInVain = errors.New("in vain")

func (s twice) Update(class store.Class, fn func(store.Tx) error) error {
	err := s.Store.Update(class, func(tx store.Tx) error { return cmp.Or(fn(tx), errInVain) })
	if !errors.Is(err, errInVain) {
		return err
	}
	err = s.Store.Update(class, func(tx store.Tx) error { _, err := tx.NewUIDs(1); return err }) // another one goes first
	return cmp.Or(err, s.Store.Update(class, fn))
}

// A run of an Update's function that came to nothing leaves nothing, neither in the store
// nor in memory.
func TestPlacesRunAgain(t *testing.T) {
	t.Parallel()
	h := &placesHouse{house: newHouse(t), rnd: rand.New(rand.NewPCG(1, 1)), was: map[uint32]view.MailRef{}, gone: map[string]bool{}, on: map[string]bool{}}
	h.check() // what is in memory follows from here on
	f := h.store.(*followed)
	f.Store = twice{f.Store}
	first := h.deliver(mail{id: "one@acme.example"})
	h.check()
	h.deliver(mail{id: "two@acme.example", subject: "Another matter"}) // onto a shelf that is in memory
	h.check()
	h.deliver(h.byAgent(anna, first.Ticket, "Please try it again."))
	h.flush()
	h.check()
	h.house.set(SetArgs{Number: first.Ticket, Status: "solved"})
	h.check()
	f.Store = f.Store.(twice).Store
}
