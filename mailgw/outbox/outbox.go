// Package outbox is the one way out: it takes rows that are due, has their bytes
// composed, hands them to the relay, and tells the queue what became of each
// recipient.
//
// It keeps nothing itself. A row leaves the queue only after the next hop has
// taken it (and what a relay wrote is durable); a crash in between hands the same
// mail, with the same bytes, over again. What fails for now is tried again after a
// growing pause, and given up when it is too old; what is refused is given up at
// once. No row waits for another: a destination that fails or hangs (a lane) has
// at most Options.PerLane workers and rests after some failures, and a next hop
// that is away is asked by one row at a time.
//
// One dispatcher goroutine fetches rows, Options.Workers goroutines compose and
// hand over, one recorder records what has come together in one commit. Outbox
// may be used from many goroutines.
package outbox

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"supportgw/mailgw/ticket"
)

// Mail is one mail, composed, on its way to the relay.
type Mail struct {
	Name  string   // unique and the same each time this mail is composed
	From  string   // reverse path; "" is null
	To    []string // recipients of the envelope
	Bytes []byte   // complete, CRLF line ends
	ID    string   // its Message-ID without brackets, for the log
}

// Failure is why one recipient has not got a mail.
type Failure struct {
	To          string // the recipient
	Reply       string // what the next hop said, or what went wrong, on one line
	Code        int    // of the reply; 0: there was none
	Enhanced    [3]int // RFC 3463 §2 code of the reply; zero: it had none
	Permanent   bool   // refused for good; else it may go another time
	TooBig      bool   // refused for the mail's size
	NullRefused bool   // refused because the reverse path is null
	Login       bool   // refused, or not to be had, because of our login at the next hop
	Ours        bool   // for now, by our own login at the next hop: it is never the last failure
}

// Sent is what the next hop made of one mail. Who is not among Failures has it.
type Sent struct {
	Reply    string    // what was said to those who have it
	Failures []Failure // at most one for each recipient
	HopAway  bool      // the next hop was not reached, or said that it closes
	Hung     bool      // in the middle of this mail it said nothing in time, or broke off
	untried  bool      // nothing of the mail was taken in by the hop: another one may be asked
	reached  bool      // of one that is untried: the hop answered, if only to refuse
}

// Result is what became of a row.
type Result struct {
	Row      ticket.Outgoing // with its next attempt, while some are left
	Left     []string        // recipients that will be tried again at Row.NextAt
	Taken    []string        // recipients that have got it this time
	Failures []Failure       // of recipients that are given up; one that is not Permanent was tried for too long
	Reply    string          // what the relay said last
	IDs      []string        // Message-IDs of its mails; nil when none was composed
}

// Waiting is a row that is due.
type Waiting struct {
	ID   ticket.ID // the row's
	Lane string    // the destination that it waits for; rows of one lane are one crowd
	At   time.Time // since when it is due
}

// Queue is where rows wait. Its methods may be called from many goroutines.
type Queue interface {
	// Due returns rows that are due at now, earliest first, at most limit, and
	// when the next one after them will be (zero: none is known). Rows for which
	// skip says true are passed over.
	Due(now time.Time, limit int, skip func(id ticket.ID, lane string) bool) (rows []Waiting, next time.Time, err error)
	// Row reads a row as it is now. It returns false when the row is not there any more.
	Row(id ticket.ID) (row ticket.Outgoing, found bool, err error)
	// Compose makes the mails of a row.
	Compose(row *ticket.Outgoing) ([]Mail, error)
	// ReturnPath is the address to which a row's bounces come, for a relay that
	// refuses the null reverse path; "" when the row has none.
	ReturnPath(row *ticket.Outgoing) string
	// Done records results durably, all at once: rows with nobody left are
	// removed, others wait until their NextAt, which is set already.
	Done(results []Result) error
	// Busy reports whether mail is arriving just now, which goes first.
	Busy() bool
}

// Relay hands mail to the next hop. Its methods may be called from many goroutines.
type Relay interface {
	// Send hands one mail over. The end of ctx ends it soon, with what is then true.
	Send(ctx context.Context, m *Mail) Sent
	// Flush makes all that Send took since the last Flush durable. When it fails,
	// none of that counts as sent.
	Flush() error
	// Close ends idle connections. Nothing is sent afterwards.
	io.Closer
}

// Options says how mail leaves.
type Options struct {
	Queue       Queue            // where rows wait
	Relay       Relay            // where they go
	Workers     int              // rows handed over at the same time, at least 1
	PerLane     int              // workers for one lane; 0: all, and no lane ever rests
	Window      int              // rows handed over and not yet recorded, which a crash hands over again; 0: twice the workers
	Linger      time.Duration    // how long a result may wait for others, to be recorded in one commit
	Yield       time.Duration    // how long a due row lets arriving mail go first
	Now         func() time.Time // the gateway's clock, on which rows are due
	Wait        func(ctx context.Context, until time.Time, wake <-chan struct{})
	RetryFirst  time.Duration  // first pause of a row after a failure; each next doubles, give or take 20 %
	RetryMax    time.Duration  // its longest pause
	LaneGap     time.Duration  // real time from one mail to a lane to the next, at least; 0: none
	ManyHops    bool           // what one next hop says about the null sender says nothing of others
	GiveUpAfter time.Duration  // the age of a row at which a failure is the last one; 0: never
	Grace       time.Duration  // real time that mails on their way still have when Run is to end
	Random      func() float64 // from 0 to below 1, for the pauses; nil: a good one
	Log         *slog.Logger   // one line for each delivery
}

// Outbox is the machine. Make it with New; Run runs it.
type Outbox struct {
	o     Options
	wake  chan struct{} // has one when there is something to look at
	fresh atomic.Bool   // rows may have become due that were not seen
	null  atomic.Bool   // the relay refuses the null reverse path
	login atomic.Bool   // the last attempt failed by our login, of whichever kind
	ours  atomic.Bool   // the last attempt failed by our own login at the next hop

	results chan Result

	mu     sync.Mutex // guards what follows
	state  state
	barred map[ticket.ID]int // by Bar: how many times
	more   *sync.Cond        // of mu: a row may be taken, or none will come any more
}

// New makes an Outbox that does nothing until Run.
func New(o Options) *Outbox {
	o.Workers = max(1, o.Workers)
	if o.Window <= 0 {
		o.Window = 2 * o.Workers
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	b := &Outbox{o: o, wake: make(chan struct{}, 1), results: make(chan Result, o.Window), barred: map[ticket.ID]int{}}
	b.more = sync.NewCond(&b.mu)
	b.state = newState()
	b.state.gap = o.LaneGap
	return b
}

// Wake says that rows have become due. It never blocks.
func (b *Outbox) Wake() {
	b.fresh.Store(true)
	b.poke()
}

// poke has the dispatcher look around.
func (b *Outbox) poke() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Pending is the number of rows that are fetched, on their way or not yet recorded.
func (b *Outbox) Pending() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.ready + len(b.state.flying)
}

// Bar keeps a row from being handed over until release is called, which must be
// soon, and once: a worker waits for it. It returns false when the row is being handed over just now, or
// waits to be recorded; release is then nil.
func (b *Outbox) Bar(id ticket.ID) (release func(), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, flying := b.state.flying[id]; flying {
		return nil, false
	}
	b.barred[id]++
	return func() {
		b.mu.Lock()
		if b.barred[id]--; b.barred[id] == 0 {
			delete(b.barred, id)
		}
		b.more.Broadcast()
		b.mu.Unlock()
	}, true
}

// Away tells since when the next hop takes nothing, and why; login is true when it is our
// login that it refuses. The zero time: it is not known to be so.
func (b *Outbox) Away() (since time.Time, why string, login bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state.hop.rests == 0 {
		return since, "", false
	}
	return b.state.hop.since, b.state.why, b.state.login
}

// Hurry ends all rests: rows that are due are tried at once, one of each lane first.
func (b *Outbox) Hurry() {
	b.mu.Lock()
	b.state.reopen(time.Now().Add(2 * restMax))
	b.more.Broadcast()
	b.mu.Unlock()
	b.Wake()
}

// Run hands mail over until ctx ends. Mails on their way have Options.Grace to
// come to an end, and are recorded.
func (b *Outbox) Run(ctx context.Context) {
	hand, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var workers, recorder sync.WaitGroup
	for range b.o.Workers {
		workers.Go(func() { b.work(ctx, hand) })
	}
	recorder.Go(func() { b.record(ctx) })
	b.dispatch(ctx)
	b.broadcast()
	end := time.AfterFunc(b.o.Grace, stop)
	workers.Wait()
	end.Stop()
	close(b.results)
	recorder.Wait()
	if err := b.o.Relay.Close(); err != nil {
		b.o.Log.Warn("close relay", "err", err)
	}
}

// broadcast lets all workers look for a row, and see that ctx has ended.
func (b *Outbox) broadcast() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.more.Broadcast()
}
