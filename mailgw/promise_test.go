package mailgw

import (
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

func zurich(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// What is told in words is what the ledger holds and the ticket shows, at times
// on which clocks, weeks and years turn.
func TestPromiseIsToldAsKept(t *testing.T) {
	const standard, premium = "gus@globex.example", "mia@acme.example"
	for _, c := range []struct {
		name, from, subject string
		at, due             string // Zurich
		said                string
	}{
		{"standard, over a night", standard, "", "2026-07-13 10:00", "2026-07-14 09:30", "by 09:30 tomorrow, Tuesday 14 July (CEST)"},
		{"standard, over a weekend", standard, "", "2026-07-17 15:00", "2026-07-20 14:30", "by 14:30 on Monday, 20 July (CEST)"},
		{"standard, written on Saturday", standard, "", "2026-07-18 12:00", "2026-07-20 17:00", "by 17:00 on Monday, 20 July (CEST)"},
		{"premium", premium, "", "2026-07-13 10:00", "2026-07-13 12:00", "by 12:00 today, Monday 13 July (CEST)"},
		{"premium, over the evening", premium, "", "2026-07-13 17:00", "2026-07-14 10:30", "by 10:30 tomorrow, Tuesday 14 July (CEST)"},
		{"urgent, at night", premium, "production down", "2026-07-18 03:00", "2026-07-18 03:30", "by 03:30 today, Saturday 18 July (CEST)"},
		{"over the end of summer time", standard, "", "2026-10-23 16:30", "2026-10-26 16:00", "by 16:00 on Monday, 26 October (CET)"},
		{"over the begin of summer time", standard, "", "2027-03-26 16:30", "2027-03-29 16:00", "by 16:00 on Monday, 29 March (CEST)"},
		{"urgent, while the hour is skipped", premium, "outage", "2027-03-28 01:45", "2027-03-28 03:15", "by 03:15 today, Sunday 28 March (CEST)"},
		{"over holidays and the year's end", standard, "", "2026-12-31 17:00", "2027-01-04 16:30", "by 16:30 on Monday, 4 January 2027 (CET)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loc := zurich(t)
			parse := func(s string) time.Time {
				at, err := time.ParseInLocation("2006-01-02 15:04", s, loc)
				if err != nil {
					t.Fatal(err)
				}
				return at
			}
			h := newHouse(t).at(parse(c.at))
			a := h.deliver(mail{from: c.from, subject: c.subject})
			if due := a.ticket.PromiseDue; !due.Equal(parse(c.due)) {
				t.Errorf("due %s, want %s", due.In(loc), c.due)
			}
			h.view(func(r store.Reader) error {
				p, err := r.Promise(a.ticket.PromiseID)
				if !p.DueAt.Equal(a.ticket.PromiseDue) || p.State != promise.Open || !p.Told || p.Kind != promise.First || !p.MadeAt.Equal(parse(c.at)) || p.Ticket != 1 {
					t.Errorf("ledger %+v", p)
				}
				return err
			})
			text := strings.Join(strings.Fields(to(h.flush(), c.from)[0].read.Text), " ")
			if !strings.Contains(text, c.said) {
				t.Errorf("said %q, want %q", text, c.said)
			}
		})
	}
}

func (h *house) promiseOf(number uint64) (p promise.Promise, tk ticket.Ticket) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) {
		if tk, err = r.Ticket(number); err == nil {
			p, err = r.Promise(tk.PromiseID)
		}
		return err
	})
	return p, tk
}

// runOut lets the time of a ticket's promises pass, one after the other; when n
// later times have been told, mail does not reach the customer any more, and the
// last one only breaks.
func (h *house) runOut(number uint64, n int) {
	h.t.Helper()
	for _, tk := h.promiseOf(number); tk.PromiseIs == string(promise.Open); _, tk = h.promiseOf(number) {
		if n--; n < 0 {
			gone := ticket.Unreachable{Address: tk.Address, Since: h.clock.Now(), Until: h.clock.Now().AddDate(9, 0, 0)}
			if err := h.store.Update(store.Background, func(tx store.Tx) error { return tx.PutUnreachable(&gone) }); err != nil {
				h.t.Fatal(err)
			}
		}
		h.at(tk.PromiseDue)
		h.lookUntilQuiet(tk.PromiseDue)
	}
}

// lookUntilQuiet does what is due about promises, batch by batch.
func (h *house) lookUntilQuiet(at time.Time) (next time.Time) {
	h.t.Helper()
	for range 1000 {
		next, err := h.breakDue(at)
		if err != nil {
			h.t.Fatal(err)
		}
		if next.IsZero() || next.After(at) {
			return next
		}
	}
	h.t.Fatal("something is due for ever")
	return next
}

// A clock that nobody was told wakes the desk, and is missed at its time.
func TestTargetIsMissedAtItsTime(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{client: stranger, head: []string{"List-Id: <x.example>"}})
	due, alarm := monday.Add(2*time.Hour), monday.Add(2*time.Hour-12*time.Minute)
	half, most := monday.Add(time.Hour), monday.Add(96*time.Minute) // nobody has it: nobody is reminded
	for _, c := range []struct {
		at, next time.Time
		state    promise.State
	}{
		{half.Add(-time.Millisecond), half, promise.Open},
		{half, most, promise.Open},
		{most, alarm, promise.Open},
		{alarm.Add(-time.Millisecond), alarm, promise.Open},
		{alarm, due, promise.Open},
		{due.Add(-time.Millisecond), due, promise.Open},
		{due, time.Time{}, promise.Broken},
	} {
		next, err := h.breakDue(c.at)
		if p, tk := h.promiseOf(1); err != nil || !next.Equal(c.next) || p.State != c.state || tk.PromiseIs != string(c.state) {
			t.Errorf("at %s: next %s, %v; ledger %s, ticket %s", c.at, next, err, p.State, tk.PromiseIs)
		}
	}
	if events := h.events(1); events[len(events)-1] != "mailgw: target missed" {
		t.Errorf("%q", events)
	}
	before := h.dump(1)
	if _, err := h.breakDue(due.Add(time.Hour)); err != nil || h.dump(1) != before {
		t.Errorf("it broke again: %v", err)
	}
}

// More than one commit's worth of promises break, none twice.
func TestManyPromisesBreak(t *testing.T) {
	h := newHouse(t)
	for range 2*dueBatch + 7 {
		h.deliver(mail{from: "gus@globex.example", head: []string{"List-Id: <x.example>"}}) // only targets
	}
	h.lookUntilQuiet(monday.Add(48 * time.Hour))
	h.view(func(r store.Reader) error {
		return r.Promises(func(p promise.Promise) bool {
			if p.State != promise.Broken {
				t.Errorf("promise of ticket %d is %s", p.Ticket, p.State)
			}
			return true
		})
	})
}

// A promise that was settled between the watcher's look and its commit stays so.
func TestSettledPromiseDoesNotBreak(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{})
	h.set(SetArgs{Number: 1, Status: "solved"})
	before := h.dump(1)
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		return h.lookAtAll(tx, []ticket.ID{a.ticket.PromiseID}, monday.Add(3*time.Hour), false)
	})
	if p, _ := h.promiseOf(1); err != nil || p.State != promise.Withdrawn || h.dump(1) != before {
		t.Errorf("%v: %s", err, p.State)
	}
}

func (h *house) set(a SetArgs) (v TicketView) {
	h.t.Helper()
	if err := h.setTicket(a, func(x any) error { v = x.(TicketView); return nil }); err != nil {
		h.t.Fatal(err)
	}
	return v
}

// Who solves a ticket takes its promise back; a later mail opens it again, with
// the next promise.
func TestPromiseOfAClosedTicket(t *testing.T) {
	for _, status := range []string{"solved", "closed", "pending"} {
		t.Run(status, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{})
			h.set(SetArgs{Number: 1, Status: status})
			p, _ := h.promiseOf(1)
			if want := map[bool]promise.State{true: promise.Open, false: promise.Withdrawn}[status == "pending"]; p.State != want {
				t.Fatalf("promise %s, want %s", p.State, want)
			}
			if _, err := h.breakDue(monday.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			h.at(monday.Add(time.Hour))
			again := h.want(h.deliver(mail{rcpt: []string{letterAddr(first.ack.ReplyTo)}}), ticket.OutcomeAppended)
			p, tk := h.promiseOf(1)
			if tk.Status != ticket.Open || !tk.ClosedAt.IsZero() || p.State != promise.Open {
				t.Errorf("ticket %s, closed at %s, promise %s", tk.Status, tk.ClosedAt, p.State)
			}
			if next := status != "pending"; next != (p.Kind == promise.Next) || next != (again.ack != nil) {
				t.Errorf("kind %s, acknowledged %v", p.Kind, again.ack != nil)
			}
			if again.ack != nil && again.ack.MessageID == first.ack.MessageID {
				t.Error("two acknowledgements with one Message-ID")
			}
		})
	}
}
