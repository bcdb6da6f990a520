package probe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// progressEvery is how often the caller hears how far the run is.
const progressEvery = 200 * time.Millisecond

// Load sends the mails and returns what it measured. It ends early with ctx; what
// was measured until then is in the report. Its error is an *OptionError, or says
// why nothing could be sent or recorded.
func Load(ctx context.Context, o Options) (Report, error) {
	if err := o.complete(); err != nil {
		return Report{}, err
	}
	mails, err := newSource(&o)
	if err != nil {
		return Report{}, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &run{Options: &o, mails: mails, start: time.Now(), stop: stop}
	watched := r.watch(ctx)
	workers := make([]*worker, o.Connections)
	var wg sync.WaitGroup
	for i := range workers {
		workers[i] = &worker{run: r}
		wg.Go(func() { workers[i].work(ctx) })
	}
	wg.Wait()
	seconds := time.Since(r.start).Seconds()
	watched()
	var broken *recordError
	if errors.As(context.Cause(ctx), &broken) {
		err = broken
	}
	return r.report(workers, seconds), err
}

// run is what the workers share.
type run struct {
	*Options
	mails source
	start time.Time
	stop  context.CancelCauseFunc

	next     atomic.Int64 // the number of the next mail
	accepted atomic.Int64
	finished atomic.Int64 // accepted or given up

	mu     sync.Mutex // guards what follows, and Record
	errors []string   // the first different ones
}

// watch tells the caller how far the run is, until the returned function is called.
func (r *run) watch(ctx context.Context) func() {
	if r.Progress == nil {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				r.Progress(int(r.accepted.Load()), int(r.finished.Load()))
			}
		}
	})
	return func() {
		stop()
		wg.Wait()
		r.Progress(int(r.accepted.Load()), int(r.finished.Load()))
	}
}

// recordError is why the run had to end: a 250 that is not recorded proves nothing.
type recordError struct{ cause error }

func (e *recordError) Error() string { return fmt.Sprintf("write the record: %v", e.cause) }
func (e *recordError) Unwrap() error { return e.cause }

// record writes down a 250.
func (r *run) record(messageID, acceptedID string) error {
	if r.Record == nil {
		return nil
	}
	line := []byte(orDash(messageID) + " " + orDash(acceptedID) + "\n")
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.Record.Write(line); err != nil {
		return &recordError{err}
	}
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// maxErrors is how many different errors are told.
const maxErrors = 5

// note keeps the text of an error, if it is one of the first.
func (r *run) note(err error) {
	text := err.Error()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, known := range r.errors {
		if known == text {
			return
		}
	}
	if len(r.errors) < maxErrors {
		r.errors = append(r.errors, text)
	}
}
