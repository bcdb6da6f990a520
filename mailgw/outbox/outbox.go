// Package outbox is the one way out: it takes rows that are due, has their bytes
// composed, hands them to the relay, and tells the queue what became of them.
//
// It keeps nothing itself. A row leaves the queue only after the relay has taken
// it and what the relay wrote is durable; a crash in between hands the same mail,
// with the same bytes, over again. What fails is tried again after a growing
// pause. One dispatcher goroutine fetches; Options.Workers goroutines compose and
// hand over.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"supportgw/mailgw/ticket"
)

// Mail is one mail, composed, on its way to the relay.
type Mail struct {
	Name  string // unique and the same each time this mail is composed
	From  string // reverse path; "" is null
	To    []string
	Bytes []byte // complete, CRLF line ends
}

// Result is what became of a row.
type Result struct {
	Row   ticket.Outgoing
	Left  []string // recipients that have not got it; empty when all have
	Reply string   // what the relay said last
}

// Queue is where rows wait.
type Queue interface {
	// Due returns rows that are due at now, earliest first, at most limit, and
	// when the next one after them will be (zero: none is known).
	Due(now time.Time, limit int) (rows []ticket.Outgoing, next time.Time, err error)
	// Compose makes the mails of a row.
	Compose(row *ticket.Outgoing) ([]Mail, error)
	// Done records results durably, all at once: rows whose Left is empty are
	// removed, others wait until their NextAt, which is set already.
	Done(results []Result) error
	// Busy reports whether mail is arriving just now, which goes first.
	Busy() bool
}

// Relay hands mail to the next hop.
type Relay interface {
	// Send hands one mail over. The reply is what the next hop said.
	Send(ctx context.Context, m *Mail) (reply string, err error)
	// Flush makes all that Send took since the last Flush durable.
	Flush() error
}

// Options says how mail leaves.
type Options struct {
	Queue      Queue
	Relay      Relay
	Workers    int              // mails handed over at the same time
	Yield      time.Duration    // how long a due row lets arriving mail go first
	Now        func() time.Time // the gateway's clock
	Wait       func(ctx context.Context, until time.Time, wake <-chan struct{})
	RetryFirst time.Duration // first pause after a failure; each next doubles
	RetryMax   time.Duration // the longest pause
	Log        *slog.Logger
}

// batch is how many rows are fetched, and recorded in one commit.
const batch = 256

// Outbox is the machine. Make it with New; Run runs it.
type Outbox struct {
	o    Options
	wake chan struct{}
}

// New makes an Outbox that does nothing until Run.
func New(o Options) *Outbox { return &Outbox{o: o, wake: make(chan struct{}, 1)} }

// Wake says that rows have become due. It never blocks.
func (b *Outbox) Wake() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run hands mail over until ctx ends. Batches under way are finished and recorded.
func (b *Outbox) Run(ctx context.Context) {
	for ctx.Err() == nil {
		rows, next, err := b.o.Queue.Due(b.o.Now(), batch)
		if err != nil {
			b.o.Log.Error("read outbox", "err", err)
			b.pause(ctx, time.Second)
			continue
		}
		if len(rows) == 0 {
			b.o.Wait(ctx, next, b.wake)
			continue
		}
		if b.yield(ctx, rows[0].NextAt) {
			continue
		}
		if err := b.handOver(ctx, rows); err != nil {
			b.o.Log.Error("record outbox", "err", err)
			b.pause(ctx, time.Second)
		}
	}
}

// yieldStep is how often a waiting outbox looks whether mail still arrives.
const yieldStep = 10 * time.Millisecond

// yield lets arriving mail go first, while the oldest row has not waited too
// long. It reports whether it waited.
func (b *Outbox) yield(ctx context.Context, oldest time.Time) bool {
	if !b.o.Queue.Busy() || b.o.Now().Sub(oldest) >= b.o.Yield {
		return false
	}
	b.pause(ctx, yieldStep)
	return true
}

func (b *Outbox) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// handOver sends a batch and records what became of it.
func (b *Outbox) handOver(ctx context.Context, rows []ticket.Outgoing) error {
	results := make([]Result, len(rows))
	var wg sync.WaitGroup
	todo := make(chan int)
	for range max(1, min(b.o.Workers, len(rows))) {
		wg.Go(func() {
			for i := range todo {
				results[i] = b.send(ctx, &rows[i])
			}
		})
	}
	for i := range rows {
		todo <- i
	}
	close(todo)
	wg.Wait()
	if err := b.o.Relay.Flush(); err != nil {
		for i := range results {
			results[i] = b.failed(rows[i], rows[i].EnvelopeTo, err)
		}
	}
	for i := range results {
		b.log(&results[i])
	}
	return b.o.Queue.Done(results)
}

// send composes one row and hands its mails over.
func (b *Outbox) send(ctx context.Context, row *ticket.Outgoing) Result {
	mails, err := b.compose(row)
	if err != nil {
		return b.failed(*row, row.EnvelopeTo, err)
	}
	var left []string
	var failures []error
	reply := ""
	for i := range mails {
		r, err := b.o.Relay.Send(ctx, &mails[i])
		if err != nil {
			left = append(left, mails[i].To...)
			failures = append(failures, err)
			continue
		}
		reply = r
	}
	if len(left) > 0 {
		return b.failed(*row, left, errors.Join(failures...))
	}
	return Result{Row: *row, Reply: reply}
}

// compose makes a row's mails. A row whose words make it panic waits like one
// that fails: it must not stop the others, nor the gateway at each start.
func (b *Outbox) compose(row *ticket.Outgoing) (mails []Mail, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("compose %s: panic: %v", row.ID, p)
		}
	}()
	return b.o.Queue.Compose(row)
}

// failed sets a row's next attempt.
func (b *Outbox) failed(row ticket.Outgoing, left []string, err error) Result {
	row.Attempts++
	pause := b.o.RetryFirst
	for i := 1; i < row.Attempts && pause < b.o.RetryMax; i++ {
		pause *= 2
	}
	row.NextAt = b.o.Now().Add(min(pause, b.o.RetryMax))
	row.LastReply = err.Error()
	return Result{Row: row, Left: left, Reply: row.LastReply}
}

func (b *Outbox) log(r *Result) {
	if len(r.Left) > 0 {
		b.o.Log.Warn("mail waits", "id", r.Row.ID, "ticket", r.Row.Ticket, "kind", r.Row.Kind, "to", r.Left, "attempts", r.Row.Attempts, "next_at", r.Row.NextAt, "reply", r.Reply)
		return
	}
	b.o.Log.Info("mail left", "id", r.Row.ID, "ticket", r.Row.Ticket, "kind", r.Row.Kind, "to", r.Row.EnvelopeTo, "reply", r.Reply)
}
