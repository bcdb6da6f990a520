package mailgw

import (
	"sync"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

func TestCountersDelivered(t *testing.T) {
	c := newCounters(0)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				c.delivered(ticket.Answer, resultDelivered)
				c.delivered(ticket.Notice, resultDeferred)
				c.delivered(ticket.Notice, resultFailed)
			}
		})
	}
	wg.Wait()
	got := c.attempts()
	for _, d := range []delivery{{ticket.Answer, resultDelivered}, {ticket.Notice, resultDeferred}, {ticket.Notice, resultFailed}} {
		if got[d] != 800 {
			t.Errorf("%v: %d, want 800", d, got[d])
		}
	}
	if len(got) != 3 {
		t.Errorf("%v", got)
	}
}

// What was accepted before a restart still counts.
func TestCountersAcrossRestart(t *testing.T) {
	h := newHouse(t)
	sum := func() (n uint64) {
		h.view(func(r store.Reader) (err error) {
			n, err = outcomeSum(r)
			return err
		})
		return n
	}
	first := h.deliver(mail{})
	h.deliver(mail{id: first.MessageID, subject: first.ticket.Subject}) // a duplicate
	if h.counters.before != 0 || h.counters.accepted.Load() != 2 || sum() != 2 {
		t.Errorf("accepted %d+%d, outcomes %d; want 2", h.counters.before, h.counters.accepted.Load(), sum())
	}
	h.reopen()
	h.deliver(mail{})
	if h.counters.before != 2 || h.counters.accepted.Load() != 1 || sum() != 3 {
		t.Errorf("after a restart: accepted %d+%d, outcomes %d; want 2+1, 3", h.counters.before, h.counters.accepted.Load(), sum())
	}
}
