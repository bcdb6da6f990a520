//go:build linux

package main_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"supportgw/mailgw"
)

// relayConnections is relay.connections of the test.
const relayConnections = 4

// relayWindow is how many mails may be on their way, or not recorded yet: twice as
// many rows as connections, and a notice is two mails.
const relayWindow = 2 * 2 * relayConnections

// TestCrashWhileMailLeaves kills the daemon at random instants while mail leaves to
// a next hop: every acknowledgement and notice reaches it, and a kill doubles at
// most what was on its way.
func TestCrashWhileMailLeaves(t *testing.T) {
	kills := envNumber(t, "MAILGW_CRASH_KILLS", 6)
	seed := uint64(envNumber(t, "MAILGW_CRASH_SEED", int(time.Now().UnixNano()&0xffffff)))
	fmt.Printf("crash while mail leaves: seed %d (MAILGW_CRASH_SEED)\n", seed)
	hop := newSink(t)
	d := startDaemon(t, `outbox.yield="0s"`, `relay.kind="smtp"`, `relay.tls="off"`, `relay.retry_first="1s"`,
		fmt.Sprintf("relay.address=%q", hop.address()), fmt.Sprintf("relay.connections=%d", relayConnections))
	rng := rand.New(rand.NewPCG(seed, 0))

	var stop atomic.Bool
	var accepted atomic.Int64
	var senders sync.WaitGroup
	for i := range 6 {
		senders.Go(func() {
			for n := 0; !stop.Load(); n++ {
				if sendOne(d, fmt.Sprintf("p%d.%d@acme.example", i, n)) {
					accepted.Add(1)
				}
			}
		})
	}
	for range kills {
		pause(rng, 300*time.Millisecond)
		d.kill()
		d.start()
	}
	stop.Store(true)
	senders.Wait()
	d.awaitOutbox()
	tickets, arrived := 0, hop.ids()
	for _, v := range ask[ticketJSON](d, "ticket.list", mailgw.ListArgs{}) {
		tickets++
		for _, e := range d.show(v.Number).Entries {
			if e.Kind == "mail_out" && !arrived["<"+*e.MessageID+">"] {
				t.Errorf("ticket %d: the acknowledgement %v did not arrive", v.Number, *e.MessageID)
			}
		}
	}
	d.stop()
	d.verifyClean()
	different, doubled := hop.counted()
	if different != 3*tickets || int64(tickets) < accepted.Load() || accepted.Load() == 0 { // one acknowledgement, two notices
		t.Errorf("%d mails of %d tickets arrived; %d mails were accepted", different, tickets, accepted.Load())
	}
	if doubled > kills*relayWindow {
		t.Errorf("%d mails came twice after %d kills, at most %d may", doubled, kills, kills*relayWindow)
	}
	fmt.Printf("crash while mail leaves: %d tickets, %d mails at the next hop, %d kills, lost %d, doubled %d (at most %d on their way at each kill)\n",
		tickets, different, kills, 3*tickets-different, doubled, relayWindow)
}

// sendOne sends one mail, once.
func sendOne(d *daemon, from string) bool {
	c, err := dial(d.smtp)
	if err != nil {
		breathe()
		return false
	}
	defer c.close()
	r, err := c.send(from, []string{"support@example.com"}, draft{id: from, from: from, subject: "Scale", body: "It does not weigh.\r\n"}.bytes())
	return err == nil && r.id() != ""
}

// ids are the Message-IDs that were taken.
func (s *sink) ids() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]bool{}
	for k := range s.mails {
		id, _, _ := strings.Cut(k, " ")
		out[id] = true
	}
	return out
}
