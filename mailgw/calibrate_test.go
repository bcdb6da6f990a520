package mailgw

import (
	"context"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// Calibrated promises, at the desk of config.example.toml.
const calibrated = `promise.mode="calibrated"`

// past fills the history of the support desk with answers to like, each in the time
// that it took, as the commits that keep promises do.
func (h *house) pastOf(like promise.Case, took ...time.Duration) {
	h.t.Helper()
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		for i, d := range took {
			c := like
			c.ID, c.AnsweredAt, c.Took = ticket.ID(i+1), h.clock.Now().Add(-time.Duration(len(took)-i)*time.Hour), d
			if err := keepCase(tx, "support", &c); err != nil {
				return err
			}
		}
		return tx.PutMeta(answeredName, []byte{chunkForm})
	})
	if err == nil {
		err = h.loadPast()
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// each is n times the same.
func each(n int, d time.Duration) (out []time.Duration) {
	for range n {
		out = append(out, d)
	}
	return out
}

// Cases like a premium customer's first mail, and a mail that is urgent.
var (
	premiumCase = promise.Case{Target: 2 * time.Hour, Priority: ticket.Normal, Kind: promise.First, Hour: 10}
	urgentCase  = promise.Case{Target: 30 * time.Minute, Priority: ticket.Urgent, Kind: promise.First, Hour: 10, Around: true}
)

// With enough history the customer is told the time in which 95 of 100 were
// answered; with too little, the target's.
func TestCalibrated(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   []string
		like  promise.Case
		past  []time.Duration
		mail  mail
		due   time.Duration // from monday 10:00
		used  bool
		broke bool // the target is booked as missed
	}{
		{name: "little history", past: each(18, time.Hour), due: 2 * time.Hour},
		{name: "enough", past: each(19, time.Hour), due: time.Hour, used: true},
		{name: "rounded up", past: each(19, 61*time.Minute), due: 75 * time.Minute, used: true},
		{name: "rounded up, under an hour", past: each(19, 31*time.Minute), due: 35 * time.Minute, used: true},
		{name: "the other tail", past: append(each(1, 3*time.Minute), each(18, 91*time.Minute)...), due: 105 * time.Minute, used: true},
		{name: "the longest of twenty", past: append(each(19, 10*time.Minute), 80*time.Minute), due: 90 * time.Minute, used: true},
		{name: "capped by the target", past: each(19, 119*time.Minute), due: 2 * time.Hour},
		{name: "behind, honest", past: each(19, 150*time.Minute), due: 150 * time.Minute, used: true, broke: true},
		{name: "behind, the target told", set: []string{`promise.behind="target"`}, past: each(19, 150*time.Minute), due: 2 * time.Hour},
		{name: "target mode", set: []string{`promise.mode="target"`}, past: each(19, time.Hour), due: 2 * time.Hour},
		{name: "urgent", like: urgentCase, mail: mail{subject: "production down"}, past: each(19, 12*time.Minute), due: 15 * time.Minute, used: true},
		{name: "urgent, behind", like: urgentCase, mail: mail{subject: "production down"}, past: each(19, 50*time.Minute), due: 50 * time.Minute, used: true, broke: true},
		{name: "urgent is not like the rest", mail: mail{subject: "production down"}, past: each(99, 12*time.Minute), due: 30 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, append([]string{calibrated}, c.set...)...)
			if c.like.Target == 0 {
				c.like = premiumCase
			}
			h.pastOf(c.like, c.past...)
			a := h.deliver(c.mail)
			if got := a.ticket.PromiseDue.Sub(monday); got != c.due {
				t.Errorf("promised in %v, want %v", got, c.due)
			}
			if p := h.promise(a.ticket.PromiseID); p.Calibrated != c.used || !p.Told || p.Clock != (p.Priority == ticket.Urgent) || p.Wanted != map[bool]time.Duration{false: 2 * time.Hour, true: 30 * time.Minute}[p.Clock] {
				t.Errorf("%+v", p)
			}
			if missed := h.givenUp(1); (missed != nil) != c.broke {
				t.Errorf("the target in the ledger: %+v", missed)
			} else if c.broke && (missed.Told || missed.State != promise.Broken || !missed.DueAt.Equal(monday.Add(c.like.Target)) || !strings.HasPrefix(missed.Cause, "95 of 100 of 19 such cases")) {
				t.Errorf("the target in the ledger: %+v", missed)
			}
			why := h.reasonOf(1, "promised an answer")
			if history := strings.Contains(why, "the time is history's: 95 of 100 of"); history != c.used {
				t.Errorf("the log says %q", why)
			}
		})
	}
}

// givenUp is the target of a ticket that was given up; nil when none was.
func (h *house) givenUp(number uint64) (out *promise.Promise) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		list, err := r.TicketPromises(number)
		for i := range list {
			if list[i].GivenUp {
				out = &list[i]
			}
		}
		return err
	})
	return out
}

// reasonOf is why something happened to a ticket.
func (h *house) reasonOf(number uint64, what string) (why string) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		list, err := r.Events(number)
		for _, e := range list {
			if strings.HasPrefix(e.What, what) {
				why = e.Why
			}
		}
		return err
	})
	return why
}

// What explain says is what is promised.
func TestExplainCalibrated(t *testing.T) {
	h := newHouse(t, calibrated)
	v := h.explain(h.arrival(mail{}))
	if v.PromiseFrom != "target" || !strings.HasSuffix(v.TargetWhy, "; too little history to tell another time") {
		t.Errorf("%q: %s", v.PromiseFrom, v.TargetWhy)
	}
	h.pastOf(premiumCase, each(40, time.Hour)...)
	v = h.explain(h.arrival(mail{}))
	if v.PromiseFrom != "history" || !v.PromiseDueAt.Equal(monday.Add(time.Hour)) || !strings.Contains(v.TargetWhy, "95 of 100 of 40 such cases since 2026-07-11 (normal, target 2h, first answers) were answered within 1h") {
		t.Errorf("%q %v: %s", v.PromiseFrom, v.PromiseDueAt, v.TargetWhy)
	}
}

// Who is not told a time has the target: nobody can be told the truth.
func TestCalibratedButNotTold(t *testing.T) {
	h := newHouse(t, calibrated)
	h.pastOf(premiumCase, each(19, 5*time.Hour)...)
	a := h.deliver(mail{head: []string{"List-Id: <l.example>", "Precedence: list"}})
	if p := h.promise(a.ticket.PromiseID); p.Told || p.Calibrated || !p.DueAt.Equal(monday.Add(2*time.Hour)) || h.givenUp(1) != nil {
		t.Errorf("%+v, %+v", p, h.givenUp(1))
	}
}

// answerIn has Anna answer the mail of a notice after some time.
func (h *house) answerIn(d time.Duration) {
	h.t.Helper()
	n := h.noticeTo("anna@example.com")
	h.at(h.clock.Now().Add(d))
	h.deliver(n.reply(anna, "Here you are."))
	h.flush()
}

// An answer is kept as history in the commit that keeps the promise, and is there
// after a restart; the time is the working time from the mail on, whatever was
// told in between.
func TestAnswersBecomeHistory(t *testing.T) {
	h := newHouse(t, calibrated)
	h.deliver(mail{})
	h.answerIn(50 * time.Minute)
	h.at(monday.Add(7 * time.Hour)) // 17:00, and the next answer comes at 10:00
	h.deliver(mail{subject: "Another", from: "Gus <gus@globex.example>"})
	h.answerIn(17 * time.Hour)
	for _, when := range []string{"at once", "after a restart"} {
		got := h.past.desks["support"].answered
		if len(got) != 2 || got[0].Took != 50*time.Minute || got[0].Hour != 10 || got[0].Target != 2*time.Hour || got[0].Kind != promise.First || got[0].Around ||
			got[1].Took != 90*time.Minute || got[1].Hour != 17 || got[1].Target != 8*time.Hour {
			t.Errorf("%s: %+v", when, got)
		}
		h.reopen()
	}
	h.at(monday.Add(41 * time.Hour)) // at three in the night
	h.deliver(mail{subject: "production down"})
	h.answerIn(11 * time.Minute)
	if got := h.past.desks["support"].answered; len(got) != 3 || got[2].Took != 11*time.Minute || !got[2].Around || got[2].Priority != ticket.Urgent {
		t.Errorf("%+v", got)
	}
}

// The answer to a promise that was broken counts with its true time, once, however
// many times were told.
func TestLateAnswersCount(t *testing.T) {
	h := newHouse(t, calibrated)
	a := h.deliver(mail{})
	n := h.noticeTo("anna@example.com")
	for range 6 {
		if p, _ := h.promiseOf(1); p.State == promise.Open {
			h.tick(p.Alarm())
		}
	}
	if h.promise(a.ticket.PromiseID).State != promise.Broken {
		t.Fatal("it is not broken")
	}
	h.at(monday.Add(7 * time.Hour))
	h.deliver(n.reply(anna, "At last."))
	h.flush()
	if got := h.past.desks["support"].answered; len(got) != 1 || got[0].Took != 7*time.Hour {
		t.Errorf("%+v", got)
	}
}

// What is withdrawn is no case; what broke and waits is one that waits.
func TestWhoWaits(t *testing.T) {
	h := newHouse(t, calibrated)
	look := func() []waitingCase {
		t.Helper()
		h.past.looked = time.Time{}
		if _, err := h.lookPast(h.clock.Now()); err != nil {
			t.Fatal(err)
		}
		return h.past.waiting["support"]
	}
	a := h.deliver(mail{})
	h.deliver(mail{subject: "Another"})
	h.flush()
	if got := look(); len(got) != 2 || !got[0].since.Equal(monday) || got[0].Target != 2*time.Hour {
		t.Errorf("%+v", got)
	}
	for range 8 {
		h.tick(h.clock.Now().Add(time.Hour))
	}
	if p := h.promise(a.ticket.PromiseID); p.State != promise.Broken {
		t.Fatalf("%+v", p)
	}
	if got := look(); len(got) != 2 {
		t.Errorf("after they broke: %+v", got)
	}
	h.set(SetArgs{Number: 1, Status: "solved"})
	if got := look(); len(got) != 1 {
		t.Errorf("after one was solved: %+v", got)
	}
	h.reopen()
	if got := look(); len(got) != 1 {
		t.Errorf("after a restart: %+v", got)
	}
}

// An overloaded desk is not fast: those who wait count.
func TestOverloadIsSeen(t *testing.T) {
	h := newHouse(t, calibrated)
	h.pastOf(premiumCase, each(40, 30*time.Minute)...)
	for range 10 {
		h.deliver(mail{})
	}
	h.at(monday.Add(90 * time.Minute))
	h.past.looked = time.Time{}
	if _, err := h.lookPast(h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	a := h.deliver(mail{subject: "One more"})
	if p := h.promise(a.ticket.PromiseID); p.Calibrated {
		t.Errorf("with ten who have waited for 1h30m: promised by %v: %s", p.DueAt, h.reasonOf(a.ticket.Number, "promised"))
	}
}

// An answer that comes back is none; the one that arrives is.
func TestReturnedAnswerIsNoHistory(t *testing.T) {
	h := newHouse(t, calibrated)
	h.past.ready = true
	c := premiumCase
	c.ID, c.AnsweredAt, c.Took = 7, monday, time.Hour
	h.past.add("support", c)
	c.AnsweredAt = time.Time{}
	h.past.add("support", c)
	if got := h.past.desks["support"].answered; len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// The ring holds the last ones, and what is read is what is remembered.
func TestAnswersAreBounded(t *testing.T) {
	h := newHouse(t)
	var list []time.Duration
	for i := range 3 * chunkCases * chunkRing {
		list = append(list, time.Duration(i+1)*time.Second)
	}
	h.pastOf(premiumCase, list...)
	kept := h.past.desks["support"].answered
	if n := len(kept); n != keptCases {
		t.Errorf("%d are remembered", n)
	}
	if first, last := kept[0].Took, kept[len(kept)-1].Took; last != list[len(list)-1] || first != last-(keptCases-1)*time.Second {
		t.Errorf("from %v to %v", first, last)
	}
	h.view(func(r store.Reader) error {
		bytes := 0
		for n := range uint32(chunkRing) {
			b, err := r.Meta(chunkName(ringName("support", ticket.Normal), n))
			if err != nil {
				return err
			}
			bytes += len(b)
		}
		t.Logf("%d bytes for a desk and priority", bytes)
		if bytes > chunkRing*(chunkHead+chunkCases*promise.CaseBytes) {
			t.Errorf("%d bytes", bytes)
		}
		return nil
	})
}

// A store of another form gets its history from the ledger, while it runs; what is
// answered meanwhile counts, too.
func TestGatherFromTheLedger(t *testing.T) {
	h := newHouse(t, calibrated)
	for i := range 5 {
		h.at(monday.Add(time.Duration(i) * time.Hour))
		h.deliver(mail{subject: "Matter " + strings.Repeat("x", i)})
		h.answerIn(time.Duration(i+1) * time.Minute)
	}
	want := h.past.desks["support"].answered
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		if err := tx.PutMeta(ringName("support", ticket.Normal), []byte{99, 0, 0, 0, 3}); err != nil {
			return err
		}
		return tx.PutMeta(answeredName, []byte{99})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.reopen()
	if h.past.ready || h.past.desks["support"] != nil {
		t.Fatal("a form of the future was read")
	}
	h.gather(context.Background())
	for range 2 {
		got := h.past.desks["support"].answered
		if !h.past.ready || len(got) != len(want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
		for i := range got {
			if got[i].ID != want[i].ID || got[i].Took != want[i].Took || got[i].Hour != want[i].Hour {
				t.Errorf("%+v, want %+v", got[i], want[i])
			}
		}
		h.reopen()
	}
}

// A time that is announced later is that of those who waited as long.
func TestLaterTimeIsCalibrated(t *testing.T) {
	h := newHouse(t, calibrated, `promise.behind="target"`)
	long := make([]time.Duration, 0, 100)
	for i := range 100 { // 30 of 100 took between 2 and 4 hours
		long = append(long, 30*time.Minute+time.Duration(i)*time.Second)
	}
	for i := range 30 {
		long[i] = 2*time.Hour + time.Duration(i+1)*4*time.Minute
	}
	h.pastOf(premiumCase, long...)
	h.deliver(mail{})
	h.flush()
	p, _ := h.promiseOf(1)
	for range 8 {
		if p, _ = h.promiseOf(1); p.Late == 0 {
			h.tick(p.Alarm())
		}
	}
	if p.Late != 1 || p.DueAt.Before(monday.Add(3*time.Hour+50*time.Minute)) || p.DueAt.After(monday.Add(4*time.Hour+15*time.Minute)) {
		t.Errorf("%+v", p)
	}
}

// Of those that broke only the ones that still wait are kept.
func TestUnansweredAreForgotten(t *testing.T) {
	h := newHouse(t, calibrated, "acknowledge.budget.per_address=0")
	var due time.Time
	for range unansweredSlack + 2 {
		due = laterOf(due, h.deliver(mail{}).ticket.PromiseDue)
	}
	h.flush()
	h.tick(due.Add(time.Minute))
	kept := func() int {
		h.past.looked = time.Time{}
		if _, err := h.lookPast(h.clock.Now()); err != nil {
			t.Fatal(err)
		}
		var b []byte
		h.view(func(r store.Reader) (err error) {
			b, err = r.Meta(unansweredName)
			return err
		})
		return len(b) / 8
	}
	if n := kept(); n != unansweredSlack+2 {
		t.Fatalf("%d broke", n)
	}
	for n := range uint64(unansweredSlack + 1) {
		h.set(SetArgs{Number: n + 1, Status: "solved"})
	}
	if n := kept(); n != 1 || len(h.past.waiting["support"]) != 1 {
		t.Errorf("%d are kept, %d wait", n, len(h.past.waiting["support"]))
	}
}

// The hour is that of the desk's week, not UTC's: Monday at 10 has cases of its own.
func TestCalibratedByTheHour(t *testing.T) {
	h := newHouse(t, calibrated)
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		for i := range 160 {
			c := premiumCase
			c.ID, c.AnsweredAt, c.Took = ticket.ID(i+1), monday.Add(time.Duration(i-160)*time.Hour), time.Hour
			if i%2 == 1 { // at 8, which it is in UTC
				c.Hour, c.Took = 8, 100*time.Minute
			}
			if err := keepCase(tx, "support", &c); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = h.loadPast()
	}
	if err != nil {
		t.Fatal(err)
	}
	if a := h.deliver(mail{}); !a.ticket.PromiseDue.Equal(monday.Add(time.Hour)) {
		t.Errorf("promised by %v: %s", a.ticket.PromiseDue, h.reasonOf(1, "promised"))
	}
}
