package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"supportgw/mailgw/ticket"
)

// world is a queue, a relay and a clock that tests turn. The outbox's waiting is
// a call of idle, which decides how the test goes on.
type world struct {
	mu      sync.Mutex
	now     time.Time
	rows    []ticket.Outgoing
	sent    []Mail
	results []Result
	waits   []time.Time

	perRecipient bool // one mail for each recipient
	busy         func() bool
	send         func(m *Mail) error
	compose      func(*ticket.Outgoing) error
	flush        func() error
	due          func() error
	done         func() error
}

var start = time.Date(2026, 7, 13, 8, 0, 0, 0, time.UTC)

func newWorld(rows ...ticket.Outgoing) *world {
	for i := range rows {
		if rows[i].NextAt.IsZero() {
			rows[i].NextAt = start
		}
	}
	return &world{now: start, rows: rows}
}

func (w *world) Due(now time.Time, limit int) (out []ticket.Outgoing, next time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := call(w.due); err != nil {
		return nil, next, err
	}
	slices.SortStableFunc(w.rows, func(a, b ticket.Outgoing) int { return a.NextAt.Compare(b.NextAt) })
	for _, r := range w.rows {
		if len(out) == limit || r.NextAt.After(now) {
			return out, r.NextAt, nil
		}
		out = append(out, r)
	}
	return out, next, nil
}

func (w *world) Compose(row *ticket.Outgoing) ([]Mail, error) {
	if w.compose != nil {
		if err := w.compose(row); err != nil {
			return nil, err
		}
	}
	if !w.perRecipient {
		return []Mail{{Name: row.ID.String(), To: row.EnvelopeTo, Bytes: []byte("mail " + row.ID.String())}}, nil
	}
	var out []Mail
	for _, to := range row.EnvelopeTo {
		out = append(out, Mail{Name: row.ID.String() + "-" + to, To: []string{to}, Bytes: []byte("mail to " + to)})
	}
	return out, nil
}

func (w *world) Done(results []Result) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := call(w.done); err != nil {
		return err
	}
	w.results = append(w.results, results...)
	for _, r := range results {
		w.rows = slices.DeleteFunc(w.rows, func(o ticket.Outgoing) bool { return o.ID == r.Row.ID })
		if len(r.Left) > 0 {
			r.Row.EnvelopeTo = r.Left
			w.rows = append(w.rows, r.Row)
		}
	}
	return nil
}

func (w *world) Busy() bool { return w.busy != nil && w.busy() }

func (w *world) Send(_ context.Context, m *Mail) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.send != nil {
		if err := w.send(m); err != nil {
			return "", err
		}
	}
	w.sent = append(w.sent, *m)
	return "250 ok", nil
}

func (w *world) Flush() error { return call(w.flush) }

func call(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

// run lets the outbox work until it has waited for times, each time going on to
// the time that it waits for.
func (w *world) run(t *testing.T, times int, workers int) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	wait := func(_ context.Context, until time.Time, _ <-chan struct{}) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.waits = append(w.waits, until)
		if until.After(w.now) {
			w.now = until
		}
		if len(w.waits) >= times || until.IsZero() {
			stop()
		}
	}
	New(w.options(wait, workers)).Run(ctx)
}

func (w *world) options(wait func(context.Context, time.Time, <-chan struct{}), workers int) Options {
	now := func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.now
	}
	return Options{Queue: w, Relay: w, Workers: workers, Yield: 10 * time.Second, Now: now, Wait: wait,
		RetryFirst: time.Minute, RetryMax: 10 * time.Minute, Log: slog.New(slog.DiscardHandler)}
}

func row(id ticket.ID, to ...string) ticket.Outgoing { return ticket.Outgoing{ID: id, EnvelopeTo: to} }

func TestAllLeaves(t *testing.T) {
	for _, workers := range []int{0, 1, 4, 1000} {
		var rows []ticket.Outgoing
		for i := range 2*batch + 3 {
			rows = append(rows, row(ticket.ID(i+1), "a@x.example"))
		}
		w := newWorld(rows...)
		w.run(t, 1, workers)
		names := map[string]int{}
		for _, m := range w.sent {
			names[m.Name]++
		}
		if len(w.rows) != 0 || len(names) != len(rows) || len(w.sent) != len(rows) {
			t.Errorf("%d workers: %d rows stay, %d mails of %d left", workers, len(w.rows), len(w.sent), len(rows))
		}
		if w.results[0].Reply != "250 ok" || len(w.results[0].Left) != 0 {
			t.Errorf("result %+v", w.results[0])
		}
	}
}

// The pauses double up to the longest, whatever fails.
func TestRetryPauses(t *testing.T) {
	boom := errors.New("450 not now")
	for name, fail := range map[string]func(*world){
		"send":    func(w *world) { w.send = func(*Mail) error { return boom } },
		"compose": func(w *world) { w.compose = func(*ticket.Outgoing) error { return boom } },
		"flush":   func(w *world) { w.flush = func() error { return boom } },
		"panic":   func(w *world) { w.compose = func(*ticket.Outgoing) error { panic(boom) } },
		"send and flush": func(w *world) {
			w.send = func(*Mail) error { return boom }
			w.flush = func() error { return boom }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(row(1, "a@x.example"))
			fail(w)
			w.run(t, 6, 2)
			at, want := start, ""
			for i, minutes := range []int{1, 2, 4, 8, 10, 10} {
				at = at.Add(time.Duration(minutes) * time.Minute)
				want = at.Format(time.TimeOnly)
				if got := w.waits[i].Format(time.TimeOnly); got != want {
					t.Errorf("attempt %d is tried again at %s, want %s", i+1, got, want)
				}
			}
			if r := w.rows[0]; r.Attempts != 6 || !strings.Contains(r.LastReply, "450 not now") || !slices.Equal(r.EnvelopeTo, []string{"a@x.example"}) {
				t.Errorf("row %+v", r)
			}
		})
	}
}

// What has reached some recipients goes only to the others again, with the same bytes.
func TestPartialFailure(t *testing.T) {
	w := newWorld(row(1, "a@x.example", "b@x.example", "c@x.example"))
	w.perRecipient = true
	bad := 2
	w.send = func(m *Mail) error {
		if m.To[0] == "b@x.example" && bad > 0 {
			bad--
			return errors.New("450 not now")
		}
		return nil
	}
	w.run(t, 3, 1)
	got := ""
	for _, m := range w.sent {
		got += m.Name + " " + string(m.Bytes) + "; "
	}
	id := ticket.ID(1).String()
	if want := fmt.Sprintf("%[1]s-a@x.example mail to a@x.example; %[1]s-c@x.example mail to c@x.example; %[1]s-b@x.example mail to b@x.example; ", id); got != want {
		t.Errorf("sent %s", got)
	}
	if len(w.rows) != 0 || !slices.Equal(w.results[0].Left, []string{"b@x.example"}) {
		t.Errorf("rows %+v, first result %+v", w.rows, w.results[0])
	}
}

// What was not made durable was not sent: all of it goes again.
func TestFlushFails(t *testing.T) {
	w := newWorld(row(1, "a@x.example"), row(2, "b@x.example"))
	fails := 1
	w.flush = func() error {
		if fails--; fails >= 0 {
			return errors.New("no space")
		}
		return nil
	}
	w.run(t, 2, 1)
	if len(w.sent) != 4 || len(w.rows) != 0 || len(w.results) != 4 || len(w.results[0].Left) != 1 || len(w.results[2].Left) != 0 {
		t.Errorf("%d sent, %d rows stay, results %+v", len(w.sent), len(w.rows), w.results)
	}
}

// The result could not be recorded: the same mail, with the same bytes, is handed over again.
func TestDoneFails(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: the pause after a failing queue takes a second")
	}
	w := newWorld(row(1, "a@x.example"))
	fails := 1
	w.done = func() error {
		if fails--; fails >= 0 {
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
	w.run(t, 1, 1)
	if len(w.sent) != 2 || w.sent[0].Name != w.sent[1].Name || string(w.sent[0].Bytes) != string(w.sent[1].Bytes) || len(w.rows) != 0 {
		t.Errorf("sent %+v, rows %+v", w.sent, w.rows)
	}
}

// Arriving mail goes first, as long as the oldest row has not waited for Yield.
func TestYield(t *testing.T) {
	w := newWorld(row(1, "a@x.example"))
	asked := 0
	w.busy = func() bool {
		asked++
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.sent) > 0 {
			t.Error("it asked after the mail had left")
		}
		if w.now.Sub(start) >= 10*time.Second {
			return true // still busy, but now the row goes
		}
		w.now = w.now.Add(4 * time.Second)
		return true
	}
	w.run(t, 1, 1)
	if asked != 3 || len(w.sent) != 1 || w.now.Sub(start) != 12*time.Second {
		t.Errorf("asked %d times, %d mails left after %s", asked, len(w.sent), w.now.Sub(start))
	}
}

// Wake never blocks, and ends a wait; the end of the context ends Run.
func TestWakeAndStop(t *testing.T) {
	w := newWorld()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	waits := 0
	var b *Outbox
	b = New(w.options(func(ctx context.Context, until time.Time, wake <-chan struct{}) {
		if waits++; waits == 1 {
			w.rows = append(w.rows, ticket.Outgoing{ID: 1, EnvelopeTo: []string{"a@x.example"}, NextAt: start})
			for range 3 {
				b.Wake()
			}
			select {
			case <-wake:
			case <-ctx.Done():
			}
			return
		}
		stop()
	}, 1))
	b.Run(ctx)
	if len(w.sent) != 1 || waits != 2 {
		t.Errorf("%d mails left, %d waits", len(w.sent), waits)
	}
	New(w.options(func(context.Context, time.Time, <-chan struct{}) { t.Error("it ran after its end") }, 1)).Run(ctx)
}

// A batch under way when the context ends is recorded.
func TestStopInTheMiddle(t *testing.T) {
	w := newWorld(row(1, "a@x.example"), row(2, "b@x.example"))
	ctx, stop := context.WithCancel(context.Background())
	w.send = func(*Mail) error { stop(); return nil }
	New(w.options(func(context.Context, time.Time, <-chan struct{}) { t.Error("it waited") }, 1)).Run(ctx)
	if len(w.sent) != 2 || len(w.rows) != 0 {
		t.Errorf("%d mails left, rows %+v", len(w.sent), w.rows)
	}
}
