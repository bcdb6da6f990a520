package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportgw/mailgw/ticket"
)

func TestAllLeave(t *testing.T) {
	for _, c := range []struct{ workers, perLane int }{{0, 0}, {1, 0}, {1, 1}, {4, 0}, {4, 2}, {1000, 7}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			in(t, func(t *testing.T) {
				w := newWorld(append(rowsTo(1, 2*fetchRows+3, "a@x.example"), rowsTo(10_000, 10, "b@y.example")...)...)
				all := len(w.rows)
				o := w.options()
				o.Workers, o.PerLane = c.workers, c.perLane
				b := w.run(o, time.Minute)
				names := map[string]int{}
				for _, m := range w.sent {
					names[m.Name]++
				}
				if len(w.rows) != 0 || len(names) != all || len(w.sent) != all || len(w.results) != all {
					t.Errorf("%d rows stay, %d mails left as %d, of %d", len(w.rows), len(names), len(w.sent), all)
				}
				if r := w.results[0]; r.Reply != "250 ok" || len(r.Left) != 0 || len(r.Taken) != 1 || r.Row.Attempts != 0 {
					t.Errorf("result %+v", r)
				}
				equal(t, "pending", b.Pending(), 0)
			})
		})
	}
}

// The pauses double up to the longest, whatever fails, and are a fifth longer or
// shorter by chance.
func TestRetryPauses(t *testing.T) {
	for name, c := range map[string]struct {
		fail    func(*world)
		random  float64
		minutes []float64
	}{
		"send":     {func(w *world) { w.send = later }, 0.5, []float64{0, 1, 3, 7, 15, 25, 35}},
		"earliest": {func(w *world) { w.send = later }, 0, []float64{0, 0.8, 2.4, 5.6, 12, 20, 28}},
		"latest":   {func(w *world) { w.send = later }, 1, []float64{0, 1.2, 3.6, 8.4, 18, 28, 38}},
		"flush":    {func(w *world) { w.flush = func() error { return errNotNow } }, 0.5, []float64{0, 1, 3, 7, 15, 25, 35}},
		"send and flush": {func(w *world) {
			w.send, w.flush = later, func() error { return errNotNow }
		}, 0.5, []float64{0, 1, 3, 7, 15, 25, 35}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				w := newWorld(row(1, "a@x.example"))
				c.fail(w)
				o := w.options()
				o.PerLane, o.Random = 0, func() float64 { return c.random }
				w.run(o, 44*time.Minute)
				for i, m := range c.minutes {
					if got, want := w.sent[i].at, time.Duration(m*float64(time.Minute)); got.Round(time.Second) != want.Round(time.Second) {
						t.Errorf("attempt %d after %s, want %s", i+1, got, want)
					}
				}
				if r := w.rows[1]; r.Attempts != len(w.sent) || !strings.Contains(r.LastReply, "450 not now") || !slices.Equal(r.EnvelopeTo, []string{"a@x.example"}) {
					t.Errorf("%d attempts, row %+v", len(w.sent), r)
				}
			})
		})
	}
}

// A row that cannot be composed, or makes the composer panic, waits like one that
// fails, and holds no other.
func TestComposeFails(t *testing.T) {
	for name, fail := range map[string]func() error{"error": func() error { return errNotNow }, "panic": func() error { panic(errNotNow) }} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				w := newWorld(append(rowsTo(1, 20, "a@x.example"), row(99, "b@x.example"))...)
				w.compose = func(o *ticket.Outgoing) error {
					if o.ID < 99 {
						return fail()
					}
					return nil
				}
				w.run(w.options(), 30*time.Second)
				equal(t, "b", w.times("b@x.example"), "0s")
				if len(w.rows) != 20 || w.rows[1].Attempts != 1 || !strings.Contains(w.rows[1].LastReply, "450 not now") {
					t.Errorf("%d rows, %+v", len(w.rows), w.rows[1])
				}
			})
		})
	}
}

// What has reached some recipients goes only to the others again, with the same bytes.
func TestPartialFailure(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld(row(1, "a@x.example", "b@x.example", "c@x.example"))
		w.perRecipient = true
		bad := 2
		w.send = only("b@x.example", func(ctx context.Context, m *Mail) Sent {
			if bad--; bad >= 0 {
				return later(ctx, m)
			}
			return Sent{Reply: "250 at last"}
		})
		w.run(w.options(), time.Hour)
		equal(t, "a", w.times("a@x.example"), "0s")
		equal(t, "b", w.times("b@x.example"), "0s 1m0s 3m0s")
		equal(t, "c", w.times("c@x.example"), "0s")
		first, last := w.results[0], w.results[2]
		if len(w.rows) != 0 || !slices.Equal(first.Left, []string{"b@x.example"}) || !slices.Equal(first.Taken, []string{"a@x.example", "c@x.example"}) {
			t.Errorf("rows %+v, first result %+v", w.rows, first)
		}
		if len(last.Left) != 0 || last.Reply != "250 at last" || !slices.Equal(last.Taken, []string{"b@x.example"}) {
			t.Errorf("last result %+v", last)
		}
	})
}

// One mail to three: taken, refused for good, and not now.
func TestMixedAnswers(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld(row(1, "a@x.example", "b@x.example", "c@x.example"))
		gone := Failure{To: "b@x.example", Reply: "550 5.1.1 no such user", Code: 550, Enhanced: [3]int{5, 1, 1}, Permanent: true}
		w.send = func(_ context.Context, m *Mail) Sent {
			if len(m.To) == 1 {
				return Sent{Reply: "250 two"}
			}
			return Sent{Reply: "250 one", Failures: []Failure{gone, {To: "c@x.example", Reply: "450 not\r\nnow", Code: 450}}}
		}
		w.run(w.options(), time.Hour)
		r := w.results[0]
		if !slices.Equal(r.Left, []string{"c@x.example"}) || !slices.Equal(r.Taken, []string{"a@x.example"}) || !slices.Equal(r.Failures, []Failure{gone}) || r.Row.LastReply != "450 not now" {
			t.Errorf("%+v", r)
		}
		if r := w.results[1]; !slices.Equal(r.Taken, []string{"c@x.example"}) || r.Reply != "250 two" || len(w.results) != 2 {
			t.Errorf("%+v", w.results)
		}
	})
}

// What was not made durable was not sent: all of it goes again.
func TestFlushFails(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld(row(1, "a@x.example"), row(2, "b@x.example"))
		fails := 1
		w.flush = func() error {
			if fails--; fails >= 0 {
				return errors.New("no space")
			}
			return nil
		}
		o := w.options()
		o.Linger = 20 * time.Millisecond
		w.run(o, time.Hour)
		if len(w.sent) != 4 || len(w.rows) != 0 || len(w.results) != 4 || len(w.results[0].Left) != 1 || len(w.results[2].Left) != 0 {
			t.Errorf("%d sent, %d rows stay, results %+v", len(w.sent), len(w.rows), w.results)
		}
	})
}

// What could not be recorded is recorded later, and is not handed over a second time.
func TestDoneFails(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld(rowsTo(1, 100, "a@x.example")...)
		w.done = func([]Result) error {
			if time.Since(start) < time.Minute {
				return errors.New("store: storage does not work")
			}
			return nil
		}
		broken := 1
		w.due = func() error {
			if broken--; broken >= 0 {
				return errors.New("store: storage does not work")
			}
			return nil
		}
		o := w.options()
		w.run(o, 30*time.Second)
		if len(w.sent) != New(o).o.Window {
			t.Errorf("%d mails went while nothing could be recorded", len(w.sent))
		}
		w.sent = nil
		w.run(o, 2*time.Minute) // the restart: those may go twice
		if len(w.sent) != 100 || len(w.rows) != 0 {
			t.Errorf("sent %d, %d rows stay", len(w.sent), len(w.rows))
		}
	})
}

// One result that cannot be recorded holds no other, and its mail does not go again.
func TestOneCannotBeRecorded(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld(rowsTo(1, 50, "a@x.example")...)
		w.done = func(list []Result) error {
			if slices.ContainsFunc(list, func(r Result) bool { return r.Row.ID == 7 }) {
				return errors.New("its ticket is damaged")
			}
			return nil
		}
		w.run(w.options(), 10*time.Minute)
		if len(w.sent) != 50 || len(w.rows) != 1 {
			t.Errorf("sent %d, %d rows stay", len(w.sent), len(w.rows))
		}
	})
}

// A row that is taken out after it was seen does not leave, and one that cannot be
// read holds no other.
func TestGoneAndUnreadable(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld(rowsTo(1, 10, "a@x.example")...)
		asked := 0
		w.row = func(id ticket.ID) error {
			switch id {
			case 3:
				delete(w.rows, 3)
			case 4:
				asked++
				return errors.New("damaged")
			}
			return nil
		}
		o := w.options()
		o.Window = 3
		b := w.run(o, 10*time.Minute)
		if len(w.sent) != 8 || asked > 12 || b.Pending() != 0 {
			t.Errorf("sent %d, asked %d times, pending %d", len(w.sent), asked, b.Pending())
		}
	})
}

// Rows that cannot be read for a while, because the store is away, leave when they
// can, although nothing new comes that would have them fetched.
func TestUnreadableForAWhile(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld(rowsTo(1, 10, "a@x.example")...)
		w.row = func(ticket.ID) error {
			if time.Since(start) < 20*time.Second {
				return errors.New("the store is away")
			}
			return nil
		}
		b := w.run(w.options(), 2*time.Minute)
		if len(w.sent) != 10 || len(w.rows) != 0 || b.Pending() != 0 || len(b.state.unread) != 0 {
			t.Errorf("sent %d, rows %d, pending %d, unread %d", len(w.sent), len(w.rows), b.Pending(), len(b.state.unread))
		}
	})
}

// Arriving mail goes first, as long as the oldest row has not waited for Yield.
func TestYield(t *testing.T) {
	for _, c := range []struct{ busy, want time.Duration }{{time.Hour, 10 * time.Second}, {4 * time.Second, 4 * time.Second}, {0, 0}} {
		in(t, func(t *testing.T) {
			w := newWorld(row(1, "a@x.example"))
			w.busy = func() bool { return time.Since(start) < c.busy }
			w.run(w.options(), time.Minute)
			if len(w.sent) != 1 || w.sent[0].at.Round(time.Second) != c.want {
				t.Errorf("busy for %s: left at %v", c.busy, w.times("a@x.example"))
			}
		})
	}
}

// Wake never blocks, and ends a wait.
func TestWake(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld()
		ctx, stop := context.WithCancel(context.Background())
		b := New(w.options())
		ended := make(chan struct{})
		go func() { b.Run(ctx); close(ended) }()
		synctest.Wait()
		w.mu.Lock()
		w.rows[1] = ticket.Outgoing{ID: 1, EnvelopeTo: []string{"a@x.example"}, NextAt: time.Now(), Date: time.Now()}
		w.mu.Unlock()
		for range 3 {
			b.Wake()
		}
		synctest.Wait()
		equal(t, "sent", w.times("a@x.example"), "0s")
		stop()
		<-ended
	})
}

// A barred row stays until it is released, and not when it was taken out
// meanwhile; one that is being handed over cannot be barred.
func TestBar(t *testing.T) {
	for _, c := range []struct {
		takenOut bool
		want     string
	}{{false, "1m0s"}, {true, ""}} {
		in(t, func(t *testing.T) {
			w := newWorld(row(1, "a@x.example"))
			b := New(w.options())
			release, ok := b.Bar(1)
			if !ok {
				t.Fatal("not barred")
			}
			w.send = func(_ context.Context, m *Mail) Sent {
				if _, ok := b.Bar(1); ok {
					t.Error("barred while it is handed over")
				}
				return Sent{Reply: "250 ok"}
			}
			ctx, stop := context.WithCancel(context.Background())
			ended := make(chan struct{})
			go func() { b.Run(ctx); close(ended) }()
			time.Sleep(time.Minute)
			if c.takenOut {
				w.mu.Lock()
				delete(w.rows, 1)
				w.mu.Unlock()
			}
			release()
			synctest.Wait()
			equal(t, "sent", w.times("a@x.example"), c.want)
			stop()
			<-ended
		})
	}
}

// At the end what is on its way has the time of grace, and is recorded; nothing
// more begins.
func TestStop(t *testing.T) {
	for _, c := range []struct {
		takes, grace time.Duration
		taken        bool
	}{{500 * time.Millisecond, time.Second, true}, {time.Hour, time.Second, false}} {
		in(t, func(t *testing.T) {
			w := newWorld(rowsTo(1, 5, "a@x.example")...)
			w.send = func(ctx context.Context, m *Mail) Sent {
				select {
				case <-time.After(c.takes):
					return Sent{Reply: "250 ok"}
				case <-ctx.Done():
					return Sent{Failures: failAll(m.To, "stopped"), Hung: true}
				}
			}
			o := w.options()
			o.Workers, o.PerLane, o.Grace = 2, 2, c.grace
			b := w.run(o, 100*time.Millisecond)
			if len(w.sent) != 2 || len(w.results) != 2 || len(w.results[0].Taken) == 1 != c.taken || b.Pending() > 3 {
				t.Errorf("%d went, results %+v", len(w.sent), w.results)
			}
			equal(t, "ended in good time", time.Since(start) <= 100*time.Millisecond+c.grace, true)
		})
	}
}

// A mail that fails is given up at its age, not before it was tried three times.
func TestGiveUp(t *testing.T) {
	for name, c := range map[string]struct {
		born time.Duration
		want int
	}{"young": {0, 0}, "old": {-200 * time.Hour, 3}} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r := row(1, "a@x.example")
				r.Date = start.Add(c.born)
				w := newWorld(r)
				w.send = later
				o := w.options()
				w.run(o, 5*time.Hour)
				if c.want == 0 {
					equal(t, "rows", len(w.rows), 1)
					return
				}
				last := w.results[len(w.results)-1]
				if len(w.rows) != 0 || len(w.results) != c.want || len(last.Failures) != 1 || last.Failures[0].Permanent || len(last.Left) != 0 {
					t.Errorf("%d rows, results %+v", len(w.rows), w.results)
				}
			})
		})
	}
}

// A relay that refuses the null sender gets a bounce address, at once and from then on.
func TestNullRefused(t *testing.T) {
	in(t, func(t *testing.T) {
		answer := row(2, "b@x.example")
		answer.EnvelopeFrom = "support@x.example"
		w := newWorld(row(1, "a@x.example", "b@x.example"), answer, row(3, "c@x.example"))
		w.send = func(_ context.Context, m *Mail) Sent {
			s := Sent{Reply: "250 ok"}
			for _, to := range m.To {
				if m.From == "" && to != "b@x.example" {
					s.Failures = append(s.Failures, Failure{To: to, Reply: "550 no null sender", Code: 550, Permanent: true, NullRefused: true})
				}
			}
			return s
		}
		o := w.options()
		o.Workers = 1
		w.run(o, time.Minute)
		var got []string
		for _, m := range w.sent {
			got = append(got, "<"+strings.ReplaceAll(m.From, "000000000000", "")+"> "+strings.Join(m.To, " "))
		}
		equal(t, "sent", strings.Join(got, "; "), "<> a@x.example b@x.example; <bounce-1@x.example> a@x.example; <support@x.example> b@x.example; <bounce-3@x.example> c@x.example")
		if r := w.results[0]; len(w.rows) != 0 || len(r.Taken) != 2 || len(r.Failures) != 0 || r.Row.EnvelopeFrom == "" {
			t.Errorf("%+v", r)
		}
	})
}
