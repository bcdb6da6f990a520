package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"supportgw/mailgw/ticket"
)

// TestNobodyForgets: whatever happens while rows are looked for (rests that begin and end, rows
// that cannot be read, mails that leave), a quarter of an hour after all is well again
// nothing waits any more.
func TestNobodyForgets(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		in(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			var rows []ticket.Outgoing
			lanes := 1 + random.IntN(4)
			for i := range 20 + random.IntN(300) {
				rows = append(rows, row(ticket.ID(i+1), fmt.Sprintf("a@x%d.example", random.IntN(lanes))))
			}
			w := newWorld(rows...)
			well := func() bool { return time.Since(start) > 20*time.Minute }
			const most = 2 * time.Second
			chance := func(of int) bool {
				w.mu.Lock()
				defer w.mu.Unlock()
				return random.IntN(of) == 0
			}
			pause := func(longest time.Duration) {
				w.mu.Lock()
				d := time.Duration(random.Int64N(int64(longest)))
				w.mu.Unlock()
				time.Sleep(d)
			}
			w.takes = func() { pause(3 * most) }
			w.row = func(ticket.ID) error { // the lock is held
				if !well() && random.IntN(10) == 0 {
					return errors.New("the disk is away")
				}
				return nil
			}
			w.send = func(ctx context.Context, m *Mail) Sent {
				pause(most)
				minute := int(time.Since(start) / time.Minute)
				switch {
				case well():
				case minute%5 == 1 || chance(20):
					return away(ctx, m)
				case minute%5 == 2 || chance(4):
					return later(ctx, m)
				}
				return Sent{Reply: "250 ok"}
			}
			o := w.options()
			o.RetryMax, o.PerLane = 5*time.Minute, random.IntN(3)
			o.Workers = 1 + random.IntN(4)
			b := w.run(o, 40*time.Minute)
			if len(w.rows) != 0 || b.Pending() != 0 {
				t.Errorf("seed %d: %d of %d rows in %d lanes stay, %d pending; the last try was at %s", seed, len(w.rows), len(rows), lanes, b.Pending(), w.sent[len(w.sent)-1].at)
			}
		})
	}
}

// due is a row that is due a while after the start.
func due(id ticket.ID, after time.Duration, to string) ticket.Outgoing {
	r := row(id, to)
	r.NextAt = start.Add(after)
	return r
}

// A row that was found while the next hop, or its lane, began to rest leaves when that ends.
func TestFoundWhileResting(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T) {
		w := newWorld(due(1, 0, "a@x.example"), due(2, 500*time.Millisecond, "b@x.example"))
		w.takes = func() {
			if time.Since(start) > 0 {
				time.Sleep(time.Second)
			}
		}
		w.send = only("a@x.example", func(ctx context.Context, m *Mail) Sent {
			time.Sleep(time.Second)
			return away(ctx, m)
		})
		w.run(w.options(), 30*time.Second)
		equal(t, "tries", w.times("b@x.example"), "2s")
	})
}

// A row that was passed over, since its lane was being asked whether it works again, leaves
// when it does, also when that was said while rows were looked for.
func TestPassedOverWhileAsked(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T) {
		rows := append(rowsTo(1, failures, "a@x.example"), due(10, 0, "probe@x.example"), due(11, 1500*time.Millisecond, "b@x.example"))
		w := newWorld(rows...)
		w.takes = func() {
			if time.Since(start) > time.Second {
				time.Sleep(3 * time.Second)
			}
		}
		w.send = func(ctx context.Context, m *Mail) Sent {
			switch m.To[0] {
			case "a@x.example":
				return later(ctx, m)
			case "probe@x.example":
				time.Sleep(2 * time.Second)
			}
			return Sent{Reply: "250 ok"}
		}
		o := w.options()
		o.Workers, o.PerLane = 2, 1
		w.run(o, 30*time.Second)
		equal(t, "the question", w.times("probe@x.example"), "1s")
		equal(t, "the row behind it", w.times("b@x.example"), "7.5s")
	})
}

// A row that could not be read is read again in its time, also when the next hop has
// rested, and nobody has asked it since.
func TestUnreadBehindRest(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T) {
		w := newWorld(due(1, time.Second, "a@x.example"), due(2, 0, "b@x.example"))
		fails := 2
		w.row = func(id ticket.ID) error {
			if id == 2 && fails > 0 { // at once, and after a second
				fails--
				return errors.New("the disk is away")
			}
			return nil
		}
		w.send = only("a@x.example", func(ctx context.Context, m *Mail) Sent {
			time.Sleep(500 * time.Millisecond)
			return away(ctx, m) // until 2.5 seconds
		})
		w.run(w.options(), 30*time.Second)
		equal(t, "tries", w.times("b@x.example"), "3s")
	})
}

// TestAway: since when the next hop takes nothing is told, and whether it is our login that it refuses,
// until it takes mail again.
func TestAway(t *testing.T) {
	t.Parallel()
	for reply, login := range map[string]bool{"535 5.7.8 wrong": true, "454 4.7.0 not now": true, "close": true, "": false} {
		in(t, func(t *testing.T) {
			h := &scripted{script: says("AUTH", reply)}
			if reply == "" {
				h = &scripted{script: says("greeting", "421 4.3.2 busy")}
			}
			password := writeFile(t, "password", "secret\n")
			r := h.relay(t, func(o *SMTPOptions) { o.Username, o.PasswordFile = "mailgw", password })
			w := newWorld(due(1, time.Minute, "a@x.example"))
			w.send = r.Send
			o := w.options()
			o.RetryFirst = time.Minute
			b := New(o)
			ctx, stop := context.WithCancel(context.Background())
			over := make(chan struct{})
			go func() { defer close(over); b.Run(ctx) }()
			time.Sleep(30 * time.Second)
			if since, _, _ := b.Away(); !since.IsZero() {
				t.Errorf("away since %s before anything was sent", since)
			}
			time.Sleep(time.Minute)
			if since, why, is := b.Away(); !since.Equal(start.Add(time.Minute)) || is != login || why == "" {
				t.Errorf("%q: away since %s, %q, login %v; want %v", reply, since, why, is, login)
			}
			h.mu.Lock()
			h.script = usual
			h.mu.Unlock()
			time.Sleep(10 * time.Minute)
			if since, _, is := b.Away(); !since.IsZero() || is {
				t.Errorf("%q: it took mail, and is away since %s", reply, since)
			}
			stop()
			<-over
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
