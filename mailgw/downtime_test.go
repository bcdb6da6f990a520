package mailgw

import (
	"context"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// sizeFrom is a test's size: n, or what the environment says.
func sizeFrom(t testing.TB, name string, n int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return n
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// After a week in which the gateway did not run, what fell due is done once, oldest
// first, a batch at a time: each customer hears once, no agent gets a mail about
// each, but each desk one list. Half way it is killed.
func TestWeekOfDowntime(t *testing.T) {
	n := sizeFrom(t, "MAILGW_DOWNTIME", 400)
	h := newHouse(t, "acknowledge.budget.per_address=0", "acknowledge.budget.per_domain=0", "acknowledge.budget.per_network=0", "acknowledge.budget.total=0")
	var wg sync.WaitGroup
	work := make(chan int)
	for range 64 {
		wg.Go(func() {
			for i := range work {
				raw := h.raw(mail{from: "gus" + strconv.Itoa(i) + "@globex.example", id: strconv.Itoa(i) + "@globex.example"})
				at := monday.Add(time.Duration(i) * 72 * time.Hour / time.Duration(n))
				a := &letter.Arrival{ID: h.ids.Next(), Raw: raw, ReversePath: "gus@globex.example", Recipients: []string{"support@example.com"}, ClientIP: netip.MustParseAddr("127.0.0.1"), At: at}
				if err := h.Deliver(context.Background(), a); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
	before := map[ticket.ID]bool{}
	h.view(func(r store.Reader) error {
		return r.OutgoingRows(func(o ticket.Outgoing) bool { before[o.ID] = true; return true })
	})

	h.at(monday.Add(7*24*time.Hour + 3*time.Hour))
	now, rounds, most := h.clock.Now(), 0, 0
	for last := len(before); ; rounds++ {
		next, err := h.round(now)
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		h.view(func(r store.Reader) error {
			return r.Timers(store.TimerOutbox, endOfTime, func(store.Timer) bool { rows++; return true })
		})
		most, last = max(most, rows-last), rows
		if next.IsZero() || next.After(now) {
			break
		}
		if rounds == n/dueBatch/2 {
			h.reopen()
		}
	}
	late, lists, others := map[uint64]int{}, 0, 0
	var order []time.Time
	h.view(func(r store.Reader) error {
		return r.OutgoingRows(func(o ticket.Outgoing) bool {
			switch {
			case before[o.ID]:
			case o.Template == wording.TemplateLate:
				late[o.Ticket]++
				list, err := r.TicketPromises(o.Ticket)
				if err != nil || len(list) != 2 || list[0].State != promise.Broken || list[1].State != promise.Open || !list[1].DueAt.After(now) || !strings.Contains(list[0].Why, "nobody took it") {
					t.Fatalf("ticket %d: %v, %+v", o.Ticket, err, list)
				}
				order = append(order, list[0].DueAt)
			case o.Template == wording.TemplateBehind:
				lists++
			default:
				others++
			}
			return true
		})
	})
	for i := 1; i < len(order); i++ {
		if order[i].Before(order[i-1]) {
			t.Fatalf("the customer of %s heard before the one of %s", order[i-1], order[i])
		}
	}
	t.Logf("%d promises fell due in a week without the gateway: %d rounds, at most %d mails in one; %d customers told once, %d lists, %d other mails", n, rounds+1, most, len(late), lists, others)
	if len(late) != n || len(order) != n || lists != 1 || others != 0 || most > 51 {
		t.Errorf("%d told in %d mails, %d lists, %d others, %d in a round", len(late), len(order), lists, others, most)
	}
}

// A gap in what the gateway notes of itself is the cause of what broke in it.
func TestDowntimeIsACause(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	if _, err := h.noteAlive(monday); err != nil {
		t.Fatal(err)
	}
	h.flush()
	h.reopen()
	h.at(monday.Add(5 * time.Hour))
	if _, err := h.noteAlive(h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	h.lookUntilQuiet(h.clock.Now())
	var broken promise.Promise
	h.view(func(r store.Reader) error {
		list, err := r.TicketPromises(1)
		broken = list[0]
		return err
	})
	if broken.State != promise.Broken || !strings.Contains(broken.Why, "mailgw did not run from 2026-07-13 10:00 CEST to 2026-07-13 15:00 CEST") {
		t.Errorf("%+v", broken)
	}
	if h.reopen(); len(h.down.spans) != 0 { // read with the next note
		t.Error("spans before the first note")
	}
	if _, err := h.noteAlive(h.clock.Now().Add(time.Minute)); err != nil || len(h.down.spans) != 1 {
		t.Errorf("after a restart at once: %v, %v", h.down.spans, err)
	}
}
