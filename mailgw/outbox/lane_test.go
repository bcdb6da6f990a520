package outbox

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"supportgw/mailgw/ticket"
)

// A destination that hangs has half of the workers and no more; all others leave
// at once. After five failures it rests, and is asked by one row at a time.
func TestLaneHangs(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld(append(rowsTo(1, 500, "a@dead.example"), rowsTo(1000, 500, "b@x.example")...)...)
		most, now := 0, 0
		w.send = only("a@dead.example", func(ctx context.Context, m *Mail) Sent {
			w.mu.Lock()
			now++
			most = max(most, now)
			w.mu.Unlock()
			defer func() {
				w.mu.Lock()
				now--
				w.mu.Unlock()
			}()
			return hang(ctx, m)
		})
		o := w.options()
		o.RetryMax = 4 * time.Hour
		w.run(o, 90*time.Minute)
		left := 0
		for _, m := range w.sent {
			if m.To[0] == "b@x.example" {
				left++
				if m.at > time.Second {
					t.Fatalf("a mail to another destination left after %s", m.at)
				}
			}
		}
		dead := len(w.sent) - left
		equal(t, "others", left, 500)
		equal(t, "workers of the lane that hangs", most, 2)
		// Two every five minutes up to the fifth failure, then one, five minutes and a rest apart.
		if dead < 15 || dead > 20 {
			t.Errorf("the dead destination was tried %d times: %s", dead, w.times("a@dead.example"))
		}
		untouched := 0
		for _, r := range w.rows {
			if r.Attempts == 0 && r.NextAt.Equal(start) {
				untouched++
			}
		}
		if untouched < 480 {
			t.Errorf("%d rows are untouched", untouched)
		}
	})
}

// A lane's rests double from one second to five minutes, and end with its first success.
func TestLaneRests(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld(rowsTo(1, 1000, "a@slow.example")...)
		until := 20 * time.Minute
		w.send = func(ctx context.Context, m *Mail) Sent {
			if time.Since(start) < until {
				return later(ctx, m)
			}
			return Sent{Reply: "250 ok"}
		}
		o := w.options()
		o.Workers, o.PerLane, o.RetryFirst, o.RetryMax = 1, 1, 4*time.Hour, 4*time.Hour
		w.run(o, 30*time.Minute)
		equal(t, "attempts", w.times("a@slow.example")[:len("0s 0s 0s 0s 0s 1s 3s 7s 15s 31s 1m3s 2m7s 4m15s 8m31s 13m31s 18m31s 23m31s 23m31s")],
			"0s 0s 0s 0s 0s 1s 3s 7s 15s 31s 1m3s 2m7s 4m15s 8m31s 13m31s 18m31s 23m31s 23m31s")
		equal(t, "rows that stay", len(w.rows), 16)
	})
}

// Greylisting, or a full mailbox, is about one recipient: the lane goes on, and all
// arrive at their second attempt.
func TestLaneThatGreylists(t *testing.T) {
	for _, f := range []Failure{{Code: 450, Enhanced: [3]int{4, 2, 0}}, {Code: 451, Reply: "451 4.7.1 Greylisting in action"}} {
		in(t, func(t *testing.T) {
			var rows []ticket.Outgoing
			for i := range 200 {
				rows = append(rows, row(ticket.ID(i+1), fmt.Sprintf("a%d@x.example", i)))
			}
			w := newWorld(rows...)
			seen := map[string]bool{}
			w.send = func(_ context.Context, m *Mail) Sent {
				w.mu.Lock()
				defer w.mu.Unlock()
				if !seen[m.To[0]] {
					seen[m.To[0]] = true
					f.To = m.To[0]
					return Sent{Failures: []Failure{f}}
				}
				return Sent{Reply: "250 ok"}
			}
			w.run(w.options(), 2*time.Minute)
			if len(w.rows) != 0 || len(w.sent) != 400 {
				t.Errorf("%d rows stay after %d attempts", len(w.rows), len(w.sent))
			}
		})
	}
}

// A next hop that is away is asked by one row at a time; the others stay as they
// are, and all leave when it is back.
func TestHopAway(t *testing.T) {
	in(t, func(t *testing.T) {
		var rows []ticket.Outgoing
		for i := range 200 {
			rows = append(rows, row(ticket.ID(i+1), fmt.Sprintf("a@x%d.example", i)))
		}
		w := newWorld(rows...)
		w.send = func(ctx context.Context, m *Mail) Sent {
			time.Sleep(time.Millisecond)
			if time.Since(start) < 10*time.Minute {
				return away(ctx, m)
			}
			return Sent{Reply: "250 ok"}
		}
		o := w.options()
		o.RetryFirst, o.RetryMax = 4*time.Hour, 4*time.Hour
		w.run(o, 20*time.Minute)
		tried, left := 0, 0
		for _, m := range w.sent {
			if m.at < 10*time.Minute {
				tried++
			} else {
				left++
			}
		}
		// Four at once, then after 1, 2, 4 … 256 s, and five minutes.
		if tried != 4+9 || left != 200-tried || len(w.rows) != tried {
			t.Errorf("tried %d times while away, %d left, %d rows stay", tried, left, len(w.rows))
		}
		for _, m := range w.sent[tried+1:] {
			if m.at > w.sent[tried].at+time.Second {
				t.Fatalf("%s is late", m.at)
			}
		}
	})
}

// Rows that are too old do not wait for their turn in a way that has been failing for long.
func TestOldRowsInTrouble(t *testing.T) {
	in(t, func(t *testing.T) {
		rows := rowsTo(1, 300, "a@dead.example")
		for i := range rows {
			rows[i].Date = start.Add(-119 * time.Hour)
		}
		w := newWorld(rows...)
		w.send = later
		o := w.options()
		o.RetryMax = 30 * time.Minute
		w.run(o, 50*time.Minute)
		equal(t, "given up before their time", countGivenUp(w), 0)
		w.run(o, 3*time.Hour)
		if n := countGivenUp(w); n < 290 {
			t.Errorf("%d of 300 are given up, after %d mails", n, len(w.sent))
		}
	})
}

func countGivenUp(w *world) (n int) {
	for _, r := range w.results {
		n += len(r.Failures)
	}
	return n
}

// A crowd of rows that cannot leave does not make the dispatcher read them for ever.
func TestFetchesAreFew(t *testing.T) {
	in(t, func(t *testing.T) {
		w := newWorld(rowsTo(1, 3000, "a@dead.example")...)
		w.send = hang
		w.run(w.options(), time.Hour)
		if w.fetches > 200 {
			t.Errorf("%d fetches in an hour in which nothing could leave", w.fetches)
		}
	})
}

// Whatever the relay answers, every recipient ends in one way: taken once, or given
// up; and none is forgotten.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		workers := rapid.IntRange(1, 5).Draw(rt, "workers")
		in(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			var rows []ticket.Outgoing
			for i := range 60 {
				to := []string{fmt.Sprintf("a%d@d%d.example", i, random.IntN(4)), fmt.Sprintf("b%d@x.example", i)}
				rows = append(rows, row(ticket.ID(i+1), to[:1+random.IntN(2)]...))
			}
			w := newWorld(rows...)
			took := map[string]int{}
			w.send = func(_ context.Context, m *Mail) (s Sent) {
				w.mu.Lock()
				defer w.mu.Unlock()
				switch random.IntN(8) {
				case 0:
					return Sent{Failures: failAll(m.To, "away"), HopAway: true}
				case 1:
					return Sent{Failures: failAll(m.To, "hung"), Hung: true}
				}
				for _, to := range m.To {
					switch random.IntN(4) {
					case 0:
						s.Failures = append(s.Failures, Failure{To: to, Reply: "450"})
					case 1:
						s.Failures = append(s.Failures, Failure{To: to, Reply: "550", Permanent: true, NullRefused: m.From == "" && random.IntN(2) == 0})
					default:
						took[to]++
						s.Reply = "250"
					}
				}
				return s
			}
			w.done = func([]Result) error {
				if random.IntN(10) == 0 {
					return errNotNow
				}
				return nil
			}
			o := w.options()
			o.Workers, o.PerLane, o.Random = workers, (workers+1)/2, nil
			b := w.run(o, 400*time.Hour)
			if len(w.rows) != 0 || b.Pending() != 0 {
				rt.Fatalf("%d rows stay, %d pending", len(w.rows), b.Pending())
			}
			var said, given []string
			for _, r := range w.results {
				said = append(said, r.Taken...)
				for _, f := range r.Failures {
					given = append(given, f.To)
				}
			}
			for _, r := range rows {
				for _, to := range r.EnvelopeTo {
					n := strings.Count(" "+strings.Join(append(slices.Clone(said), given...), " ")+" ", " "+to+" ")
					if n != 1 || took[to] > 1 || took[to] == 1 != slices.Contains(said, to) {
						rt.Fatalf("%s ended %d times, was taken %d times", to, n, took[to])
					}
				}
			}
		})
	})
}
