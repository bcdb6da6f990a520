//go:build linux

package main_test

import (
	"fmt"
	"math/rand/v2"
	netmail "net/mail"
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
// a next hop, and while an agent answers each notice that arrives: every answer,
// acknowledgement and notice reaches it, and a kill doubles at most what was on its
// way.
func TestCrashWhileMailLeaves(t *testing.T) {
	kills := envNumber(t, "MAILGW_CRASH_KILLS", 6)
	seed := uint64(envNumber(t, "MAILGW_CRASH_SEED", int(time.Now().UnixNano()&0xffffff)))
	fmt.Printf("crash while mail leaves: seed %d (MAILGW_CRASH_SEED)\n", seed)
	hop := newSink(t)
	d := startDaemon(t, `outbox.yield="0s"`, `relay.kind="smtp"`, `relay.tls="off"`, `relay.retry_first="1s"`,
		fmt.Sprintf("relay.address=%q", hop.address()), fmt.Sprintf("relay.connections=%d", relayConnections))
	rng := rand.New(rand.NewPCG(seed, 0))
	anna := newAnsweringAgent(d, hop)

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
		before := accepted.Load() // on a busy machine a kill must hit something all the same
		waitFor(t, "a mail that is accepted", func() bool { return accepted.Load() > before })
		pause(rng, 300*time.Millisecond)
		d.kill()
		d.start()
	}
	stop.Store(true)
	senders.Wait()
	d.awaitOutbox()
	anna.finish()
	d.awaitOutbox()
	tickets, answers, wanted, arrived := 0, 0, 0, hop.ids()
	for _, v := range ask[ticketJSON](d, "ticket.list", mailgw.ListArgs{}) {
		tickets++
		mine := 0
		for _, e := range d.show(v.Number).Entries {
			switch {
			case e.Kind == "mail_out":
				wanted++
				if !arrived["<"+*e.MessageID+">"] {
					t.Errorf("ticket %d: %v did not arrive", v.Number, *e.MessageID)
				}
			case strings.Contains(*e.From, "anna@"):
				mine++
				wanted++ // Ben's notice
			default:
				wanted += 2 // both agents' notices
			}
		}
		if answers += mine; mine != 1 {
			t.Errorf("ticket %d has %d answers", v.Number, mine)
		}
	}
	d.stop()
	d.verifyClean()
	different, doubled := hop.counted()
	if different != wanted || int64(tickets) < accepted.Load() || accepted.Load() == 0 || answers == 0 {
		t.Errorf("%d mails of %d tickets arrived, want %d; %d mails were accepted", different, tickets, wanted, accepted.Load())
	}
	if doubled > kills*relayWindow {
		t.Errorf("%d mails came twice after %d kills, at most %d may", doubled, kills, kills*relayWindow)
	}
	fmt.Printf("crash while mail leaves: %d tickets, %d answers of an agent, %d mails at the next hop, %d kills, lost %d, doubled %d (at most %d on their way at each kill)\n",
		tickets, answers, different, kills, wanted-different, doubled, relayWindow)
}

// answeringAgent answers each notice that comes to Anna, until its 250.
type answeringAgent struct {
	queue chan string // addresses to answer to
	done  sync.WaitGroup
}

func newAnsweringAgent(d *daemon, hop *sink) *answeringAgent {
	a := &answeringAgent{queue: make(chan string, 1<<16)}
	hop.mu.Lock()
	defer hop.mu.Unlock()
	hop.first = func(m *netmail.Message, rcpt string) {
		if to := m.Header.Get("Reply-To"); rcpt == "anna@example.com" && strings.Contains(to, "+") {
			a.queue <- to
		}
	}
	a.done.Go(func() {
		for to := range a.queue {
			mail := draft{id: "answer-" + to, from: "anna@example.com", subject: "Re: Scale", body: "Please plug it in.\r\n"}.bytes()
			for !sendMail(d, "anna@example.com", to, mail) {
			}
		}
	})
	return a
}

// finish answers what has come, and ends.
func (a *answeringAgent) finish() {
	close(a.queue)
	a.done.Wait()
}

// sendOne sends one mail, once.
func sendOne(d *daemon, from string) bool {
	return sendMail(d, from, "support@example.com", draft{id: from, from: from, subject: "Scale", body: "It does not weigh.\r\n"}.bytes())
}

func sendMail(d *daemon, from, to string, mail []byte) bool {
	c, err := dial(d.smtp)
	if err != nil {
		breathe()
		return false
	}
	defer c.close()
	r, err := c.send(from, []string{to}, mail)
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
