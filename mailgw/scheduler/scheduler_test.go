package scheduler

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// wall is the real clock.
type wall struct{}

func (w *wall) Now() time.Time { return time.Now() }

func (w *wall) Wait(ctx context.Context, until time.Time, wake <-chan struct{}) {
	t := time.NewTimer(max(0, until.Sub(w.Now())))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-t.C:
	}
}

// timers is a job whose timers can be looked at.
type timers struct {
	at    []time.Time // sorted
	batch int
	done  []time.Time // the clock's time of each that was done
	asked []time.Time
	fail  int // how many times it fails first
}

func (t *timers) do(now time.Time) (time.Time, error) {
	t.asked = append(t.asked, now)
	if t.fail > 0 {
		t.fail--
		return time.Time{}, errors.New("the disk is full")
	}
	for n := 0; len(t.at) > 0 && !t.at[0].After(now); n++ {
		if n == t.batch {
			return now, nil
		}
		t.at, t.done = t.at[1:], append(t.done, now)
	}
	if len(t.at) == 0 {
		return time.Time{}, nil
	}
	return t.at[0], nil
}

func run(t *testing.T, jobs []Job, length time.Duration, between func(*Scheduler)) string {
	t.Helper()
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Clock: &wall{}, Jobs: jobs, Log: slog.New(slog.NewTextHandler(&log, nil))})
		ctx, cancel := context.WithCancel(context.Background())
		go s.Run(ctx)
		synctest.Wait()
		if between != nil {
			between(s)
		}
		time.Sleep(length)
		cancel()
		synctest.Wait()
	})
	return log.String()
}

// What is due is done at its time, and asked for no more often than needed.
func TestInTime(t *testing.T) {
	job := &timers{batch: 10}
	var start time.Time
	synctest.Test(t, func(t *testing.T) {
		start = time.Now()
		job.at = []time.Time{start.Add(90 * time.Second), start.Add(2 * time.Hour)}
		s := New(Options{Clock: &wall{}, Jobs: []Job{{"x", job.do}}, Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(context.Background())
		go s.Run(ctx)
		time.Sleep(3 * time.Hour)
		cancel()
	})
	if len(job.done) != 2 || job.done[0].Sub(start) != 90*time.Second || job.done[1].Sub(start) != 2*time.Hour {
		t.Errorf("done at %v, from %v", job.done, start)
	}
	if n := len(job.asked); n < 180 || n > 190 { // once a minute
		t.Errorf("asked %d times in three hours", n)
	}
}

// A hundred thousand that are due at once leave at a bounded rate, oldest first.
func TestManyDueAtOnce(t *testing.T) {
	const many, batch = 100_000, 50
	job := &timers{batch: batch}
	var start, end time.Time
	synctest.Test(t, func(t *testing.T) {
		start = time.Now()
		for i := range many {
			job.at = append(job.at, start.Add(-7*24*time.Hour+time.Duration(i)*time.Second))
		}
		want := slices.Clone(job.at)
		var left atomic.Int64
		left.Store(many)
		order := Job{"x", func(now time.Time) (time.Time, error) {
			first := len(want) - len(job.at)
			if first < len(want) && !job.at[0].Equal(want[first]) {
				t.Errorf("the %d. is not the oldest", first)
			}
			next, err := job.do(now)
			left.Store(int64(len(job.at)))
			return next, err
		}}
		s := New(Options{Clock: &wall{}, Jobs: []Job{order}, Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(context.Background())
		go s.Run(ctx)
		for left.Load() > 0 {
			time.Sleep(time.Second)
		}
		end = time.Now()
		cancel()
		synctest.Wait()
	})
	rate := float64(many) / end.Sub(start).Seconds()
	t.Logf("%d due at once: done in %s, %.0f a second", many, end.Sub(start), rate)
	if len(job.done) != many || rate > 201 || rate < 190 {
		t.Errorf("%d done, %.0f a second", len(job.done), rate)
	}
	perSecond := map[int64]int{}
	for _, at := range job.done {
		perSecond[at.Unix()]++
	}
	for at, n := range perSecond {
		if n > 5*batch {
			t.Fatalf("%d in second %d", n, at)
		}
	}
}

// A job that fails is asked again, and keeps no other from being asked.
func TestFailure(t *testing.T) {
	bad, good := &timers{batch: 1, fail: 3}, &timers{batch: 1}
	log := run(t, []Job{{"bad", bad.do}, {"good", good.do}}, 30*time.Second, nil)
	if len(bad.asked) != 4 || len(good.asked) != 4 || bad.asked[1].Sub(bad.asked[0]) != 2*time.Second {
		t.Errorf("asked %d and %d times", len(bad.asked), len(good.asked))
	}
	if strings.Count(log, "bad: the disk is full") != 3 {
		t.Error(log)
	}
}

// DueAt wakes it for what is due before it would look, and not for other things.
func TestDueAt(t *testing.T) {
	job := &timers{batch: 10}
	run(t, []Job{{"x", job.do}}, time.Second, func(s *Scheduler) {
		s.DueAt(time.Now().Add(time.Hour))
		s.DueAt(time.Time{})
		synctest.Wait()
		if len(job.asked) != 1 {
			t.Errorf("woken for what is far away: asked %d times", len(job.asked))
		}
		job.at = []time.Time{time.Now().Add(500 * time.Millisecond)}
		s.DueAt(job.at[0])
		synctest.Wait()
	})
	if len(job.asked) != 3 || len(job.done) != 1 || job.done[0].Sub(job.asked[0]) != 500*time.Millisecond {
		t.Errorf("asked at %v, done at %v", job.asked, job.done)
	}
}

// A clock that is set, or a machine that sleeps, is noticed; who leaps far forward
// is not believed at once.
func TestLeapt(t *testing.T) {
	for _, c := range []struct {
		name          string
		passed, shown time.Duration
		doubt         bool
		logged        string
	}{
		{"a minute passed", time.Minute, time.Minute, false, ""},
		{"an hour passed, at a slow pace", time.Hour, time.Hour + time.Second, false, ""},
		{"set back by an hour", time.Minute, time.Minute - time.Hour, false, "set back"},
		{"set forward by a minute", time.Minute, 2 * time.Minute, false, "set forward"},
		{"slept for a night", time.Minute, 8 * time.Hour, true, "leapt forward"},
		{"set to another year", time.Second, 9 * 365 * 24 * time.Hour, true, "leapt forward"},
	} {
		var log bytes.Buffer
		s := New(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		if got := s.leapt(c.passed, c.shown); got != c.doubt || (log.Len() > 0) != (c.logged != "") || !strings.Contains(log.String(), c.logged) {
			t.Errorf("%s: %v, logged %q", c.name, got, log.String())
		}
	}
}
