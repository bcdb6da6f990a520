package mailgw

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// deadRows is how many mails wait for the dead destination, at most.
const deadRows = 100_000

// hop is a relay whose dead.example never takes anything.
type hop struct {
	memoryRelay
	hangs bool
	dead  atomic.Int64
	took  chan time.Time
}

func (r *hop) Send(ctx context.Context, m *outbox.Mail) outbox.Sent {
	if !strings.HasSuffix(m.To[0], "@dead.example") {
		s := r.memoryRelay.Send(ctx, m)
		r.took <- time.Now()
		return s
	}
	r.dead.Add(1)
	s := outbox.Sent{Failures: []outbox.Failure{{To: m.To[0], Reply: "450 4.4.1 no answer from dead.example", Code: 450}}}
	if r.hangs {
		<-ctx.Done()
		s.Hung = true
	}
	return s
}

// TestDeadDestination puts 10,000 mails (100,000 with MAILGW_DEAD_ROWS=1) to a destination that fails, or hangs, in
// front of mail to others, in a real store, and prints what that costs the others.
func TestDeadDestination(t *testing.T) {
	t.Parallel()
	rows := deadRows / 10
	if os.Getenv("MAILGW_DEAD_ROWS") != "" {
		rows = deadRows
	}
	for _, c := range []struct {
		name  string
		rows  int
		hangs bool
	}{{"nothing in front", 0, false}, {"fails", rows, false}, {"hangs", rows, true}} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, `admin.address="oncall@dead.example"`, "acknowledge.budget.per_address=0", "acknowledge.budget.per_domain=0", "acknowledge.budget.per_network=0")
			h.deliver(mail{})
			h.flush()
			h.crowd(c.rows)
			relay := &hop{hangs: c.hangs, took: make(chan time.Time, 10)}
			ctx, stop := context.WithCancel(context.Background())
			b := outbox.New(outbox.Options{
				Queue: &queue{h.Gateway}, Relay: relay, Workers: 4, PerLane: 2, Now: h.clock.Now, Wait: realWait,
				RetryFirst: time.Minute, RetryMax: 4 * time.Hour, GiveUpAfter: 120 * time.Hour, Log: slog.New(slog.DiscardHandler),
			})
			ended := make(chan struct{})
			go func() { b.Run(ctx); close(ended) }()
			var waits []time.Duration
			for range 100 {
				if err := h.Deliver(ctx, h.arrival(mail{from: "joe@globex.example"})); err != nil {
					t.Fatal(err)
				}
				at := time.Now()
				b.Wake()
				for range 3 { // the acknowledgement, and a notice for each agent
					waits = append(waits, (<-relay.took).Sub(at))
				}
			}
			stop()
			<-ended
			slices.Sort(waits)
			untouched := 0
			h.view(func(r store.Reader) error {
				return r.OutgoingRows(func(o ticket.Outgoing) bool {
					if o.Attempts == 0 {
						untouched++
					}
					return true
				})
			})
			t.Logf("%d mails in front: from the commit to the next hop %s (half), %s (99 of 100), %s (longest); the dead destination was tried %d times",
				c.rows, waits[len(waits)/2].Round(time.Microsecond), waits[len(waits)*99/100].Round(time.Microsecond), waits[len(waits)-1].Round(time.Microsecond), relay.dead.Load())
			if c.rows > 0 && (untouched < c.rows-30 || relay.dead.Load() == 0) {
				t.Errorf("%d of %d mails to the dead destination are untouched, it was tried %d times", untouched, c.rows, relay.dead.Load())
			}
		})
	}
}

// crowd makes rows to dead.example that were due before all others.
func (h *house) crowd(n int) {
	h.t.Helper()
	due := h.clock.Now().Add(-time.Hour)
	for n > 0 {
		some := min(n, 10_000)
		err := h.store.Update(store.Background, func(tx store.Tx) error {
			for range some {
				o := ticket.Outgoing{
					ID: h.ids.Next(), Ticket: 1, Kind: ticket.Page, EnvelopeTo: []string{"oncall@dead.example"}, To: []string{"oncall@dead.example"}, From: "support@example.com",
					MessageID: "x@example.com", Date: due, Template: "page", Language: "en", Facts: []byte(`{}`), Lane: "dead.example", NextAt: due,
				}
				if err := tx.PutOutgoing(&o); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			h.t.Fatal(err)
		}
		n -= some
	}
}

// realWait waits on the real clock, for an outbox whose own stands still.
func realWait(ctx context.Context, _ time.Time, wake <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-wake:
	}
}
