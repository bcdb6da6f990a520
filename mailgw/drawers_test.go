package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// zurichTime reads a time as the desk's clock shows it.
func zurichTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, zurich(t))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// items are what waits for a person.
func (h *house) items() (out []ticket.DrawerItem) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		return r.DrawerItems(func(d ticket.DrawerItem) bool { out = append(out, d); return true })
	})
	return out
}

// look does what the drawers' clocks ask for at an instant, and returns the lists
// that this made.
func (h *house) look(at time.Time) (lists []ticket.Outgoing) {
	h.t.Helper()
	before := h.rows()
	if _, err := h.at(at).emptyDrawers(at); err != nil {
		h.t.Fatal(err)
	}
	for id, row := range h.rows() {
		if _, old := before[id]; !old {
			lists = append(lists, row)
		}
	}
	return lists
}

// code is a mail that is quarantined.
func code() mail {
	return mail{from: "Shop <no-reply@shop.example>", subject: "Your verification code", body: "Your verification code is 493021.\r\nIt expires in 10 minutes."}
}

// intruder is a mail that asks for the ticket of a known Message-ID without any
// right to it.
func intruder(asks string) mail {
	return mail{from: "Eve <eve@elsewhere.example>", client: stranger, subject: "Re: Printer portal", body: "And what about me?", head: []string{"In-Reply-To: <" + asks + ">"}}
}

// inDrawer makes a house in which one mail waits in a drawer.
func inDrawer(t *testing.T, kind ticket.DrawerKind, at time.Time) (*house, arrived) {
	t.Helper()
	h := newHouse(t, "acknowledge.budget.per_address=1")
	h.at(at)
	first := h.deliver(mail{id: "one@acme.example", client: stranger})
	switch kind {
	case ticket.DrawerHeld:
		return h, h.want(h.deliver(intruder(first.MessageID)), ticket.OutcomeHeld)
	case ticket.DrawerJunk:
		return h, h.want(h.deliver(code()), ticket.OutcomeQuarantined)
	case ticket.DrawerUnacknowledged:
		return h, h.want(h.deliver(mail{subject: "Another matter", id: "two@acme.example", client: stranger}), ticket.OutcomeNew)
	}
	t.Fatalf("no mail for the drawer %s", kind)
	return nil, arrived{}
}

// Clocks count the desk's working time, over nights, weekends and holidays.
func TestDrawerClocks(t *testing.T) {
	for _, c := range []struct{ name, at, held, rest string }{ // Zurich
		{"in the morning", "2026-07-13 10:00", "2026-07-13 10:30", "2026-07-14 09:00"},
		{"before the desk opens", "2026-07-13 03:00", "2026-07-13 09:30", "2026-07-14 09:00"},
		{"over the evening", "2026-07-14 17:10", "2026-07-15 09:10", "2026-07-15 09:00"},
		{"over a weekend", "2026-07-17 17:15", "2026-07-20 09:15", "2026-07-20 09:00"},
		{"on a Sunday", "2026-07-19 12:00", "2026-07-20 09:30", "2026-07-20 09:00"},
		{"over a holiday and a weekend", "2026-12-31 17:20", "2027-01-04 09:20", "2027-01-04 09:00"},
		{"over the end of summer time", "2026-10-23 17:29", "2026-10-26 09:29", "2026-10-26 09:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for kind, due := range map[ticket.DrawerKind]string{ticket.DrawerHeld: c.held, ticket.DrawerJunk: c.rest, ticket.DrawerUnacknowledged: c.rest} {
				at := zurichTime(t, c.at)
				h, a := inDrawer(t, kind, at)
				list := h.items()
				if len(list) != 1 {
					t.Fatalf("%s: %d things wait", kind, len(list))
				}
				item := list[0]
				if item.ID != a.ID || item.Kind != kind || !item.DueAt.Equal(zurichTime(t, due)) || !item.Since.Equal(at) || item.Desk != "support" || item.Why == "" {
					t.Errorf("%s, due %s, must be %s: %+v", kind, item.DueAt.In(zurich(t)), due, item)
				}
			}
		})
	}
}

// A desk that never opens has a clock all the same, and one that never closes has
// one that goes on.
func TestDrawerClockOfOddDesks(t *testing.T) {
	h := newHouse(t, `calendar=[{name="zurich", zone="America/Santiago", always_open=true}]`)
	s := h.settings.Load()
	desk := s.desk("support")
	for at := time.Date(2026, 9, 5, 0, 0, 0, 0, time.UTC); at.Before(time.Date(2026, 9, 8, 0, 0, 0, 0, time.UTC)); at = at.Add(7 * time.Minute) { // a midnight is skipped
		if due := s.opening(desk, at); !due.After(at) || due.Sub(at) > 25*time.Hour {
			t.Errorf("at %s: due %s", at, due)
		}
	}
	gone := *desk
	gone.Calendar = "gone"
	if due := s.opening(&gone, monday); !due.Equal(monday.Add(24 * time.Hour)) {
		t.Errorf("without a calendar: %s", due)
	}
	if due := s.afterWork(&gone, monday, heldFor); !due.Equal(monday.Add(24 * time.Hour)) {
		t.Errorf("without a calendar: %s", due)
	}
}

// What does not wait for a person is in no drawer.
func TestNoDrawer(t *testing.T) {
	h := newHouse(t, "acknowledge.budget.per_address=1")
	h.deliver(mail{id: "one@acme.example"})
	h.deliver(mail{id: "one@acme.example"})                                                     // a duplicate
	h.deliver(mail{from: "List <list@globex.example>", head: []string{"List-Id: <x.example>"}}) // a list's readers wait for nothing
	h.deliver(mail{from: "Tom <tom@initech.example>", head: []string{"Auto-Submitted: auto-replied"}, subject: "Out of office"})
	h.deliver(mail{from: anna})
	h.deliver(mail{head: []string{"In-Reply-To: <one@acme.example>"}}) // its clock runs, and was told
	if list := h.items(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	if lists := h.look(monday.Add(100 * time.Hour)); len(lists) != 0 {
		t.Errorf("nothing waits, and a list was mailed: %+v", lists)
	}
}

// A failing sender and one without a usable address are told nothing, and so are
// in front of the desk.
func TestNobodyTold(t *testing.T) {
	for name, change := range map[string]func(*incoming){
		"failing": func(in *incoming) { in.auth.Result = "fail" },
		"no usable address": func(in *incoming) {
			in.mail.ReplyTo = []letter.Address{{Addr: `"a b"@acme.example`}}
		},
	} {
		h := newHouse(t)
		in := h.newIncoming(t.Context(), h.arrival(mail{}))
		change(in)
		err := h.store.Update(store.Intake, func(tx store.Tx) error {
			d, err := h.decide(tx, in, tx.NewTicketNumber)
			if err != nil {
				return err
			}
			return d.record(tx)
		})
		if list := h.items(); err != nil || len(list) != 1 || list[0].Kind != ticket.DrawerUnacknowledged || list[0].Ticket != 1 {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}

// The item is in the mail's own commit: no mail without it, no item without a mail.
func TestDrawerItemIsInTheCommit(t *testing.T) {
	for _, kind := range []ticket.DrawerKind{ticket.DrawerHeld, ticket.DrawerJunk, ticket.DrawerUnacknowledged} {
		for allowed := range 2 {
			h := newHouse(t, "acknowledge.budget.per_address=1")
			h.deliver(mail{id: "one@acme.example", client: stranger})
			m := map[ticket.DrawerKind]mail{ticket.DrawerHeld: intruder("one@acme.example"), ticket.DrawerJunk: code(), ticket.DrawerUnacknowledged: {id: "two@acme.example", client: stranger}}[kind]
			a := h.arrival(m)
			h.limit(allowed)
			err := h.Deliver(t.Context(), a)
			h.reopen()
			if got := len(h.items()); (err == nil) != (allowed == 1) || got != allowed {
				t.Errorf("%s, %d commits: %v, %d items", kind, allowed, err, got)
			}
		}
	}
}

// limit lets the store make that many commits, and no more until the house is
// opened again: as if it had been killed then.
func (h *house) limit(commits int) { h.Gateway.store = &limited{h.Gateway.store, commits} }

type limited struct {
	store.Store
	left int
}

var errKilled = errors.New("killed here")

func (l *limited) Update(c store.Class, fn func(store.Tx) error) error {
	if l.left == 0 {
		return errKilled
	}
	l.left--
	return l.Store.Update(c, fn)
}

// A held mail that nobody decided about stays the ticket that it is.
func TestHeldMailStays(t *testing.T) {
	h, a := inDrawer(t, ticket.DrawerHeld, monday)
	due := h.items()[0].DueAt
	before := h.dump(a.Ticket)
	if lists := h.look(due.Add(-time.Millisecond)); len(lists) != 0 || len(h.items()) != 1 || h.dump(a.Ticket) != before {
		t.Errorf("before its time: %d lists, %d items", len(lists), len(h.items()))
	}
	lists := h.look(due)
	p, own := h.promiseOf(a.Ticket)
	if len(lists) != 0 || len(h.items()) != 0 || own.Status != ticket.New || p.State != promise.Open || fmt.Sprint(own.Linked) != "[1]" {
		t.Errorf("%d lists, %d items, ticket %s, promise %s, linked %v", len(lists), len(h.items()), own.Status, p.State, own.Linked)
	}
	events := h.events(a.Ticket)
	if last := events[len(events)-1]; last != "mailgw: held mail stays a ticket of its own" {
		t.Errorf("%q", last)
	}
	before = h.dump(a.Ticket)
	if h.look(due.Add(time.Hour)); h.dump(a.Ticket) != before {
		t.Error("it happened twice")
	}
}

// Urgent words wake who is on call at once, held or not.
func TestHeldUrgentMailPages(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{id: "one@acme.example"})
	m := intruder("one@acme.example")
	m.body = "Production down since five minutes!"
	if a := h.want(h.deliver(m), ticket.OutcomeHeld); len(a.pages) == 0 {
		t.Error("nobody was paged")
	}
}

// Who was held and told nothing goes on waiting, now for that.
func TestHeldAndUntoldGoesOn(t *testing.T) {
	h := newHouse(t, "acknowledge.budget.per_address=1")
	h.deliver(mail{id: "one@acme.example"})
	h.deliver(mail{from: "Eve <eve@elsewhere.example>", client: stranger}) // spends Eve's budget
	held := h.want(h.deliver(intruder("one@acme.example")), ticket.OutcomeHeld)
	if held.ack != nil {
		t.Fatal("acknowledged over budget")
	}
	h.look(monday.Add(30 * time.Minute))
	list := h.items()
	if len(list) != 1 || list[0].Kind != ticket.DrawerUnacknowledged || list[0].Ticket != held.Ticket || list[0].Own != 0 || !list[0].DueAt.Equal(zurichTime(t, "2026-07-14 09:00")) {
		t.Fatalf("%+v", list)
	}
	if lists := h.look(list[0].DueAt); len(lists) != 1 {
		t.Errorf("%d lists", len(lists))
	}
}

// One item that is damaged keeps nothing else from being done, and is said.
func TestDamagedItemKeepsNothing(t *testing.T) {
	h, _ := inDrawer(t, ticket.DrawerUnacknowledged, monday)
	damaged := ticket.DrawerItem{ID: 7, Kind: ticket.DrawerHeld, Ticket: 1, Own: 99, DueAt: monday}
	h.put(&damaged)
	if _, err := h.emptyDrawers(zurichTime(t, "2026-07-14 09:00")); err == nil {
		t.Error("no error about a ticket that is not there")
	}
	lists := 0
	for _, row := range h.rows() {
		if row.Template == "drawer" {
			lists++
		}
	}
	if lists != 1 {
		t.Errorf("%d lists", lists)
	}
	if err := h.store.Update(store.Background, func(tx store.Tx) error { return tx.DeleteDrawerItem(7) }); err != nil {
		t.Fatal(err)
	}
}

func (h *house) put(item *ticket.DrawerItem) {
	h.t.Helper()
	if err := h.store.Update(store.Background, func(tx store.Tx) error { return tx.PutDrawerItem(item) }); err != nil {
		h.t.Fatal(err)
	}
}

// A clock that runs out within a millisecond is not missed for a minute.
func TestDrawerClockWithinAMillisecond(t *testing.T) {
	at := monday.Add(999_999 * time.Nanosecond)
	h, _ := inDrawer(t, ticket.DrawerHeld, at)
	timer := at.Add(30 * time.Minute).Truncate(time.Millisecond)
	if h.look(timer); len(h.items()) != 0 {
		t.Error("the timer rang, and nothing happened")
	}
}

// The watcher knows when the next clock runs out, of promises and drawers.
func TestWatcherLooksInTime(t *testing.T) {
	h, _ := inDrawer(t, ticket.DrawerHeld, monday)
	if next, err := h.round(monday); err != nil || !next.Equal(monday.Add(30*time.Minute)) {
		t.Errorf("%s, %v", next, err)
	}
	h.at(monday.Add(30 * time.Minute))
	if next, err := h.round(h.clock.Now()); err != nil || !next.After(h.clock.Now()) || next.After(monday.Add(2*time.Hour)) { // a promise of two hours
		t.Errorf("%s, %v", next, err)
	}
}

// do runs a command of the admin socket, and returns the last thing that it prints.
func (h *house) do(name string, args any) (last any) {
	h.t.Helper()
	last, err := h.try(name, args)
	if err != nil {
		h.t.Fatalf("%s: %v", name, err)
	}
	return last
}

func (h *house) try(name string, args any) (last any, err error) {
	h.t.Helper()
	raw, err := json.Marshal(args)
	if err != nil {
		h.t.Fatal(err)
	}
	err = h.Gateway.command(name, raw, func(v any) error { last = v; return nil })
	return last, err
}
