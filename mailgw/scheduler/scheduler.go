// Package scheduler is the clock's machine: it does what falls due, when it falls
// due. What is due is kept by those who give it [Job]s, in durable timers; the
// scheduler only asks each job again when its time has come, or when it is woken.
//
// One goroutine runs all jobs, one after the other: what two of them write never
// races. A job does a batch at a time; when more waits than one batch (after a
// downtime of days), the scheduler pauses between batches, so that neither the
// storage nor the mail servers meet a storm. It keeps nothing: a job must make sure
// itself that what was done is not done again, in the commit in which it is done.
//
// The clock may be set, and the machine may sleep. Both look alike: the clock on
// the wall has gone otherwise than the time that passed. Set back, everything
// waits until it is that time again. Set forward by much, the scheduler lets some
// real time pass before it believes it: a clock that was set wrongly and is set
// right at once must not break a hundred promises.
//
// Failure policy: a job that fails is asked again a little later, in real time;
// the others are asked all the same.
package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"sync/atomic"
	"time"
)

// Clock is the time that the jobs live in.
type Clock interface {
	// Now is the time.
	Now() time.Time
	// Wait returns at until (zero: never), when wake is signalled, or when ctx ends.
	Wait(ctx context.Context, until time.Time, wake <-chan struct{})
}

// Job is one sort of thing that falls due.
type Job struct {
	// Name stands in the log.
	Name string
	// Do does what is due at now, oldest first and no more than a batch, and returns
	// when it has to be asked again: zero when nothing waits, a time that is not
	// after now when more of it is due already. What fails keeps nothing else of
	// the batch from being done.
	Do func(now time.Time) (next time.Time, err error)
}

// Options says how a scheduler runs. Zero durations stand for the defaults.
type Options struct {
	Clock Clock         // required
	Jobs  []Job         // asked in this order
	Log   *slog.Logger  // required
	Pace  time.Duration // real time between two batches while more waits; 250 ms
	Retry time.Duration // real time after a failure; 2 s
	Least time.Duration // how often the jobs are asked when nothing is known to be due, by Clock; 1 min
	Doubt time.Duration // real time that a clock set forward is not believed; 30 s
}

// A clock that goes otherwise than time passes by more than tolerance was set, or
// the machine has slept; by more than leap, forward, it is doubted first.
const (
	tolerance = 2 * time.Second
	leap      = 10 * time.Minute
)

// Scheduler runs jobs. Make it with New.
type Scheduler struct {
	o    Options
	wake chan struct{}
	next atomic.Int64 // when it looks again, in Unix nanoseconds of the clock
}

// New makes a scheduler; nothing happens before Run.
func New(o Options) *Scheduler {
	for _, d := range []struct {
		v   *time.Duration
		std time.Duration
	}{{&o.Pace, 250 * time.Millisecond}, {&o.Retry, 2 * time.Second}, {&o.Least, time.Minute}, {&o.Doubt, 30 * time.Second}} {
		if *d.v == 0 {
			*d.v = d.std
		}
	}
	s := &Scheduler{o: o, wake: make(chan struct{}, 1)}
	s.next.Store(math.MinInt64) // before Run nobody has to be woken
	return s
}

// DueAt says that something new is due at a time. The scheduler is woken when it
// would look later.
func (s *Scheduler) DueAt(at time.Time) {
	if at.IsZero() || at.UnixNano() >= s.next.Load() {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run does what is due until ctx ends.
func (s *Scheduler) Run(ctx context.Context) {
	last := s.o.Clock.Now()
	for ctx.Err() == nil {
		s.next.Store(math.MaxInt64) // what comes while it looks wakes it
		now := s.o.Clock.Now()
		if s.leapt(now.Sub(last), now.Round(0).Sub(last.Round(0))) {
			s.pause(ctx, s.o.Doubt)
			last = s.o.Clock.Now()
			continue
		}
		last = now
		next, err := s.Round(now)
		switch {
		case err != nil:
			s.o.Log.Error("do what is due", "err", err)
			s.pause(ctx, s.o.Retry) // a storage recovers by no rehearsal's clock
		case !next.IsZero() && !next.After(now):
			s.pause(ctx, s.o.Pace)
		default:
			if limit := now.Add(s.o.Least); next.IsZero() || next.After(limit) {
				next = limit
			}
			s.next.Store(next.UnixNano())
			s.o.Clock.Wait(ctx, next, s.wake)
		}
	}
}

// Round asks each job once, and returns when the first of them has to be asked again.
func (s *Scheduler) Round(now time.Time) (next time.Time, err error) {
	for _, job := range s.o.Jobs {
		at, failed := job.Do(now)
		if failed != nil {
			err = errors.Join(err, &JobError{Job: job.Name, Err: failed})
		}
		if next.IsZero() || !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next, err
}

// JobError is what a job failed with.
type JobError struct {
	Job string // its name
	Err error  // what it returned
}

// Error names the job.
func (e *JobError) Error() string { return e.Job + ": " + e.Err.Error() }

// Unwrap returns the job's own error.
func (e *JobError) Unwrap() error { return e.Err }

// leapt reports whether the clock has leapt forward so far that it is doubted, and
// says in the log when what it has shown is not the time that passed.
func (s *Scheduler) leapt(passed, shown time.Duration) bool {
	jump := shown - passed
	switch {
	case jump < -tolerance:
		s.o.Log.Warn("the clock was set back: what is due waits until it is that time again", "by", -jump)
	case jump > leap:
		s.o.Log.Warn("the clock leapt forward, or the machine has slept: waiting before it is believed", "by", jump, "for", s.o.Doubt)
		return true
	case jump > tolerance:
		s.o.Log.Warn("the clock was set forward, or the machine has slept", "by", jump)
	}
	return false
}

func (s *Scheduler) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
