package mailgw

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// again looks at tickets until there is nothing more, and returns in how many goes.
func (h *house) again() (goes int) {
	h.t.Helper()
	for {
		more, err := h.lookAgainOnce()
		if err != nil {
			h.t.Fatal(err)
		}
		if !more {
			return goes
		}
		goes++
	}
}

// TestLookAgain: what is learned of customers later settles the tickets that are open,
// and only those: by domain, by address, by alias, by who was only claimed.
func TestLookAgain(t *testing.T) {
	h := newHouse(t, `relay.kind="file"`)
	byDomain := h.deliver(mail{from: "Ida <ida@hooli.example>", subject: "One"})
	forged := h.deliver(mail{from: "Ida <ida@hooli.example>", subject: "Two", client: stranger})
	byName := h.deliver(mail{from: "Jo <jo@free.example>", subject: "Three", body: "Hello,\n\nnothing works.\n\n-- \nJo\nHooli International", client: stranger})
	claimed := h.deliver(mail{from: "Kim <kim@elsewhere.example>", subject: "Four", body: "Hello,\n\nnothing works.\n\n-- \nKim\nGlobex Ltd"})
	closed := h.deliver(mail{from: "Leo <leo@hooli.example>", subject: "Five"})
	sure := h.deliver(mail{subject: "Six"})
	h.set(SetArgs{Number: closed.Ticket, Status: "closed"})
	h.again()
	due := h.ticket(byDomain.Ticket).PromiseDue
	if _, err := h.imports(ImportArgs{Data: []byte("name,domain,email,level,alias\nHooli AG,hooli.example,,premium,Hooli International\nGlobex Ltd,,kim@elsewhere.example,premium,\n")}); err != nil {
		t.Fatal(err)
	}
	h.at(monday.Add(5 * time.Minute))
	h.reopen() // what is to be looked at is kept
	h.again()
	for _, c := range []struct {
		a         arrived
		customer  string
		sure      ticket.Confidence
		level     string
		untouched bool
	}{
		{byDomain, "Hooli AG", ticket.Domain, "premium", false}, {forged, "Hooli AG", ticket.Claimed, "premium", false}, {byName, "Hooli AG", ticket.Claimed, "premium", false},
		{claimed, "Globex Ltd", ticket.Known, "premium", false}, {closed, "", ticket.Unknown, "standard", true}, {sure, "Acme Instruments AG", ticket.Domain, "premium", true},
	} {
		got := h.ticket(c.a.Ticket)
		if got.Customer != c.customer || got.Confidence != c.sure || got.Level != c.level {
			t.Errorf("%s: %q %s %s", got.Subject, got.Customer, got.Confidence, got.Level)
		}
		if log := strings.Join(h.events(c.a.Ticket), "\n"); strings.Contains(log, "mailgw: customer ") == c.untouched {
			t.Errorf("%s: the log is\n%s", got.Subject, log)
		}
	}
	// What was told stays told; the house's own clock ends sooner.
	if got := h.ticket(byDomain.Ticket); !got.PromiseDue.Equal(due) || !got.Told {
		t.Errorf("told %s, now %s", due, got.PromiseDue)
	}
	for _, p := range h.owed(byDomain.Ticket, promise.Resolution) {
		if fresh := h.owed(sure.Ticket, promise.Resolution)[0]; p.DueAt.After(fresh.DueAt.Add(24 * time.Hour)) {
			t.Errorf("the solution is due %s, as that of standard; of premium it is %s", p.DueAt, fresh.DueAt)
		}
	}
	before := h.dump(byDomain.Ticket)
	if goes := h.again(); goes != 0 || h.dump(byDomain.Ticket) != before {
		t.Errorf("looked again though nothing changed: %d goes", goes)
	}
}

// TestLookAgainAfterKill: cut off behind any commit, each ticket is settled once.
func TestLookAgainAfterKill(t *testing.T) {
	h := newHouse(t)
	for i := range 3 {
		h.deliver(mail{from: fmt.Sprintf("P <p%d@hooli.example>", i), subject: fmt.Sprint("Matter ", i)})
	}
	h.again()
	if _, err := h.imports(ImportArgs{Data: []byte("name,domain\nHooli AG,hooli.example\n")}); err != nil {
		t.Fatal(err)
	}
	h.limit(0)
	if _, err := h.lookAgainOnce(); err == nil {
		t.Error("nothing was written")
	}
	h.reopen()
	h.again()
	for n := uint64(1); n <= 3; n++ {
		if log := strings.Join(h.events(n), "\n"); strings.Count(log, "to Hooli AG") != 1 {
			t.Errorf("ticket %d:\n%s", n, log)
		}
	}
}

// TestLookAgainIsBounded: tickets that are closed or certain are not read, however many.
func TestLookAgainIsBounded(t *testing.T) {
	h := newHouse(t)
	for i := range 20 {
		a := h.deliver(mail{subject: fmt.Sprint("Matter ", i)}) // certain
		if i%2 == 0 {
			h.set(SetArgs{Number: a.Ticket, Status: "closed"})
		}
	}
	h.deliver(mail{from: "Ida <ida@hooli.example>", subject: "One"})
	h.change("alias", CustomerChangeArgs{Who: "1", Name: "Something"})
	c := &countingReads{Store: h.store}
	h.Gateway.store = c
	h.again()
	if c.tickets > 2 { // the one, when it is looked at and when it would be settled
		t.Errorf("%d tickets were read", c.tickets)
	}
	h.Gateway.store = c.Store
}

// countingReads counts the tickets that are read.
type countingReads struct {
	store.Store
	tickets int
}

type countingReader struct {
	store.Reader
	c *countingReads
}

func (r countingReader) Ticket(n uint64) (ticket.Ticket, error) {
	r.c.tickets++
	return r.Reader.Ticket(n)
}

func (c *countingReads) View(fn func(store.Reader) error) error {
	return c.Store.View(func(r store.Reader) error { return fn(countingReader{r, c}) })
}

// TestSetCustomer: an agent says whose a ticket is, and takes it back; the address is
// learned only when asked for.
func TestSetCustomer(t *testing.T) {
	h := newHouse(t)
	a := h.deliver(mail{from: "Ida <ida@free.example>", subject: "One", client: stranger})
	if v := h.set(SetArgs{Number: a.Ticket, Customer: "acme.example"}); *v.Customer != "Acme Instruments AG" || v.Confidence != ticket.Known || v.Level != "premium" {
		t.Errorf("%+v", v)
	}
	log := strings.Join(h.events(a.Ticket), "\n")
	if !strings.Contains(log, "customer nobody (unknown) to Acme Instruments AG (known)") {
		t.Errorf("log:\n%s", log)
	}
	if b := h.deliver(mail{from: "Ida <ida@free.example>", subject: "Two", client: stranger}); b.ticket.Customer != "" {
		t.Errorf("learned by itself: %q", b.ticket.Customer)
	}
	h.set(SetArgs{Number: a.Ticket, Customer: "-"})
	if got := h.ticket(a.Ticket); got.Customer != "" || got.Confidence != ticket.Unknown {
		t.Errorf("taken back: %+v", got)
	}
	h.set(SetArgs{Number: a.Ticket, Customer: "Globex Ltd", Learn: true})
	if b := h.deliver(mail{from: "Ida <ida@free.example>", subject: "Three"}); b.ticket.Customer != "Globex Ltd" || b.ticket.Confidence != ticket.Known {
		t.Errorf("not learned: %q", b.ticket.Customer)
	}
	for _, c := range []struct {
		a    SetArgs
		want string
	}{
		{SetArgs{Number: a.Ticket, Customer: "nobody at all"}, `there is no customer "nobody at all"`},
		{SetArgs{Number: a.Ticket, Customer: "1", Learn: true}, `"ida@free.example" is "Globex Ltd"'s already`},
		{SetArgs{Number: a.Ticket, Learn: true}, "whose is the address?"},
	} {
		before := h.dump(a.Ticket)
		if _, err := h.try("ticket.set", c.a); err == nil || !strings.Contains(err.Error(), c.want) || h.dump(a.Ticket) != before {
			t.Errorf("%+v: %v", c.a, err)
		}
	}
}
