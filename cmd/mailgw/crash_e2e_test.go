//go:build linux

package main_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// crashSenders is how many connections send at the same time.
const crashSenders = 50

// TestCrash kills the daemon at random instants while 50 connections send, and
// then looks from the outside for what senders were told is safe.
func TestCrash(t *testing.T) {
	kills := envNumber(t, "MAILGW_CRASH_KILLS", 6)
	seed := uint64(envNumber(t, "MAILGW_CRASH_SEED", int(time.Now().UnixNano()&0xffffff)))
	fmt.Printf("crash: seed %d (MAILGW_CRASH_SEED)\n", seed)
	d := startDaemon(t, `outbox.yield="100ms"`)
	c := &crash{d: d, rng: rand.New(rand.NewPCG(seed, 0)), left: map[string][32]byte{}}

	var senders sync.WaitGroup
	for i := range crashSenders + 1 { // one beside them gives mails up: what was cut off is there whole or not at all
		rng := rand.New(rand.NewPCG(seed, uint64(i)+1))
		senders.Go(func() { c.sender(i, rng, i == crashSenders) })
	}
	for n := range kills {
		c.killOnce(n)
	}
	c.stop.Store(true)
	senders.Wait()

	a := d.audit(c.mails)
	c.compareSent()
	d.stop()
	d.verifyClean() // again, as the commands open the store without a daemon
	accepted := 0
	for _, m := range c.mails {
		if m.accepted != "" {
			accepted++
		}
	}
	if accepted == 0 || c.cut.Load() == 0 {
		t.Errorf("%d mails were accepted and %d cut off: the kills hit nothing", accepted, c.cut.Load())
	}
	fmt.Printf("crash: %d mails, %d kills, lost %d, doubled %d (cut off by a kill: %d, given up by their sender: %d)\n",
		accepted, kills, a.lost, a.doubled, c.cut.Load(), len(c.mails)-accepted)
}

// crash is one run.
type crash struct {
	d    *daemon
	rng  *rand.Rand
	stop atomic.Bool
	cut  atomic.Int64 // attempts that a kill cut off
	gate sync.RWMutex // held for writing while nobody shall send

	mu    sync.Mutex
	mails []*handed

	left map[string][32]byte // what was in sent/ after a kill, by name
}

// sender sends mails until the end, each until its 250, or, if it gives up, until
// it was cut off.
func (c *crash) sender(number int, rng *rand.Rand, givesUp bool) {
	var conn *smtpClient
	defer func() {
		if conn != nil {
			conn.close()
		}
	}()
	for n := 0; !c.stop.Load(); n++ {
		m := c.mail(number, n, rng)
		for m.accepted == "" {
			var cut bool
			if conn, cut = c.attempt(conn, m); cut && givesUp {
				break
			}
		}
	}
}

// attempt sends a mail once, on the connection that there is or on a new one. It
// returns the connection, nil when it is dead, and whether the mail was cut off.
func (c *crash) attempt(conn *smtpClient, m *handed) (*smtpClient, bool) {
	c.gate.RLock()
	defer c.gate.RUnlock()
	var err error
	if conn == nil {
		if conn, err = dial(c.d.smtp); err != nil {
			breathe()
			return nil, false
		}
	}
	r, err := conn.send(m.from, []string{"support@example.com"}, m.raw)
	if err != nil {
		c.cut.Add(1)
		conn.close()
		return nil, true
	}
	m.accepted = r.id()
	if m.accepted == "" {
		c.d.t.Errorf("<%s>: %s", m.id, r)
		m.accepted = "refused"
	}
	return conn, false
}

// mail makes a mail of 1 to 60 KiB: half of them small enough for the database
// itself, the others for files beside it.
func (c *crash) mail(number, n int, rng *rand.Rand) *handed {
	size := 1<<10 + rng.IntN(12<<10)
	if rng.IntN(2) == 0 {
		size = 17<<10 + rng.IntN(43<<10)
	}
	m := &handed{id: fmt.Sprintf("%d.%d.%x@acme.example", number, n, rng.Uint32()), from: fmt.Sprintf("p%d.%d@acme.example", number, n)}
	m.raw = draft{id: m.id, from: m.from, subject: fmt.Sprintf("Scale %d.%d", number, n), body: filler(rng, size)}.bytes()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mails = append(c.mails, m)
	return m
}

// killOnce lets the daemon run, kills it and starts it again.
func (c *crash) killOnce(n int) {
	c.d.t.Helper()
	switch n % 3 {
	case 0: // at any instant of its work
		pause(c.rng, 250*time.Millisecond)
		c.d.kill()
	case 1: // while only the outbox works
		c.gate.Lock()
		before := c.countSent()
		waitFor(c.d.t, "the outbox to work", func() bool {
			return c.countSent() > before || len(c.d.outbox()) == 0
		})
		pause(c.rng, 15*time.Millisecond)
		c.d.kill()
		c.gate.Unlock()
	default: // while it starts, or just after
		c.d.kill()
		c.d.launch()
		pause(c.rng, 60*time.Millisecond)
		c.d.kill()
	}
	c.keepSent()
	c.d.start()
}

// pause waits for a random part of d: a kill comes at any time.
func pause(rng *rand.Rand, d time.Duration) { <-time.After(time.Duration(rng.Int64N(int64(d)))) }

func (c *crash) countSent() int { return len(c.d.sentNames()) }

// keepSent notes what has left: it must never change again.
func (c *crash) keepSent() {
	for _, name := range c.d.sentNames() {
		if _, known := c.left[name]; known {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			c.d.t.Fatal(err)
		}
		if !bytes.HasSuffix(b, []byte("\r\n")) {
			c.d.t.Errorf("%s was cut off by a kill", name)
		}
		c.left[name] = sha256.Sum256(b)
	}
}

// compareSent checks that a mail which was handed over twice was the same both times.
func (c *crash) compareSent() {
	for name, sum := range c.left {
		b, err := os.ReadFile(name)
		if err != nil {
			c.d.t.Errorf("it had left, and is gone: %v", err)
		} else if sha256.Sum256(b) != sum {
			c.d.t.Errorf("%s was handed over again with other bytes", name)
		}
	}
}
