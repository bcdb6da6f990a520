package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"supportgw/mailgw/ticket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a queue and a relay whose faults tests choose. Tests run in a synctest
// bubble, whose clock goes on when nothing else can.
type world struct {
	mu      sync.Mutex
	rows    map[ticket.ID]ticket.Outgoing
	sent    []sending
	results []Result
	fetches int

	perRecipient bool // one mail for each recipient
	busy         func() bool
	send         func(ctx context.Context, m *Mail) Sent
	compose      func(*ticket.Outgoing) error
	row          func(ticket.ID) error
	flush        func() error
	due          func() error
	takes        func() // how long Due takes, when it has looked
	done         func([]Result) error
}

// sending is a mail that the relay got, and when.
type sending struct {
	Mail
	at time.Duration // since the start
}

// start is when a bubble's clock begins.
var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func newWorld(rows ...ticket.Outgoing) *world {
	w := &world{rows: map[ticket.ID]ticket.Outgoing{}}
	for _, r := range rows {
		if r.NextAt.IsZero() {
			r.NextAt = start
		}
		if r.Date.IsZero() {
			r.Date = start
		}
		r.Lane = strings.TrimPrefix(r.EnvelopeTo[0][strings.IndexByte(r.EnvelopeTo[0], '@'):], "@")
		w.rows[r.ID] = r
	}
	return w
}

func (w *world) Due(now time.Time, limit int, skip func(ticket.ID, string) bool) (out []Waiting, next time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fetches++
	if w.due != nil {
		if err := w.due(); err != nil {
			return nil, next, err
		}
	}
	var all []Waiting
	for _, r := range w.rows {
		all = append(all, Waiting{ID: r.ID, Lane: r.Lane, At: r.NextAt})
	}
	slices.SortFunc(all, func(a, b Waiting) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	if w.takes != nil { // what happens meanwhile is not in the answer
		w.mu.Unlock()
		defer func() {
			w.takes()
			w.mu.Lock()
		}()
	}
	for _, r := range all {
		if len(out) == limit || r.At.After(now) {
			return out, r.At, nil
		}
		if !skip(r.ID, r.Lane) {
			out = append(out, r)
		}
	}
	return out, next, nil
}

func (w *world) Row(id ticket.ID) (ticket.Outgoing, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.row != nil {
		if err := w.row(id); err != nil {
			return ticket.Outgoing{}, false, err
		}
	}
	r, ok := w.rows[id]
	return r, ok, nil
}

func (w *world) Compose(row *ticket.Outgoing) ([]Mail, error) {
	if w.compose != nil {
		if err := w.compose(row); err != nil {
			return nil, err
		}
	}
	if !w.perRecipient {
		return []Mail{{Name: row.ID.String(), From: row.EnvelopeFrom, To: row.EnvelopeTo, Bytes: []byte("mail " + row.ID.String())}}, nil
	}
	var out []Mail
	for _, to := range row.EnvelopeTo {
		out = append(out, Mail{Name: row.ID.String() + "-" + to, From: row.EnvelopeFrom, To: []string{to}, Bytes: []byte("mail to " + to)})
	}
	return out, nil
}

func (w *world) ReturnPath(row *ticket.Outgoing) string {
	return "bounce-" + row.ID.String() + "@x.example"
}

func (w *world) Done(results []Result) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done != nil {
		if err := w.done(results); err != nil {
			return err
		}
	}
	w.results = append(w.results, results...)
	for _, r := range results {
		delete(w.rows, r.Row.ID)
		if len(r.Left) > 0 {
			r.Row.EnvelopeTo = r.Left
			w.rows[r.Row.ID] = r.Row
		}
	}
	return nil
}

func (w *world) Busy() bool { return w.busy != nil && w.busy() }

func (w *world) Send(ctx context.Context, m *Mail) Sent {
	w.mu.Lock()
	w.sent = append(w.sent, sending{*m, time.Since(start)})
	send := w.send
	w.mu.Unlock()
	if send == nil {
		return Sent{Reply: "250 ok"}
	}
	return send(ctx, m)
}

func (w *world) Flush() error {
	if w.flush == nil {
		return nil
	}
	return w.flush()
}

func (w *world) Close() error { return nil }

// options are those of a relay with four workers, of which a lane may have two.
func (w *world) options() Options {
	return Options{
		Queue: w, Relay: w, Workers: 4, PerLane: 2, Yield: 10 * time.Second, Now: time.Now, Wait: wait,
		RetryFirst: time.Minute, RetryMax: 10 * time.Minute, GiveUpAfter: 120 * time.Hour, Grace: time.Second,
		Random: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler),
	}
}

func wait(ctx context.Context, until time.Time, wake <-chan struct{}) {
	var alarm <-chan time.Time
	if !until.IsZero() {
		t := time.NewTimer(time.Until(until))
		defer t.Stop()
		alarm = t.C
	}
	select {
	case <-ctx.Done():
	case <-wake:
	case <-alarm:
	}
}

// in plays a test in a bubble.
func in(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// run lets an outbox work for a while of the bubble's time.
func (w *world) run(o Options, d time.Duration) *Outbox {
	ctx, stop := context.WithTimeout(context.Background(), d)
	defer stop()
	b := New(o)
	b.Run(ctx)
	return b
}

// times are the times at which mails to an address were handed over.
func (w *world) times(to string) string {
	out := []string{}
	for _, s := range w.sent {
		if slices.Contains(s.To, to) {
			out = append(out, s.at.String())
		}
	}
	return strings.Join(out, " ")
}

func row(id ticket.ID, to ...string) ticket.Outgoing { return ticket.Outgoing{ID: id, EnvelopeTo: to} }

// rowsTo makes n rows from an ID on, each to one address.
func rowsTo(from ticket.ID, n int, to string) (out []ticket.Outgoing) {
	for i := range n {
		out = append(out, row(from+ticket.ID(i), to))
	}
	return out
}

var errNotNow = errors.New("450 not now")

// later answers every recipient "not now".
func later(_ context.Context, m *Mail) Sent { return Sent{Failures: failAll(m.To, errNotNow.Error())} }

// only answers so for recipients of one address, and takes the others.
func only(addr string, answer func(ctx context.Context, m *Mail) Sent) func(ctx context.Context, m *Mail) Sent {
	return func(ctx context.Context, m *Mail) Sent {
		if slices.Contains(m.To, addr) {
			return answer(ctx, m)
		}
		return Sent{Reply: "250 ok"}
	}
}

// hang answers nothing for five minutes, or until the end.
func hang(ctx context.Context, m *Mail) Sent {
	select {
	case <-ctx.Done():
	case <-time.After(5 * time.Minute):
	}
	return Sent{Failures: failAll(m.To, "no answer"), Hung: true}
}

func away(_ context.Context, m *Mail) Sent {
	return Sent{Failures: failAll(m.To, "connection refused"), HopAway: true}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
