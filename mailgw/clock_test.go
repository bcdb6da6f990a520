package mailgw

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"supportgw/mailgw/ticket"
)

func TestParseClock(t *testing.T) {
	start := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text   string
		start  time.Time
		factor float64 // 0: an error
	}{
		{"", time.Time{}, 1},
		{"  ", time.Time{}, 1},
		{"2026-11-20T16:00:00+01:00", start, 1},
		{"2026-11-20T16:00:00+01:00 x600", start, 600},
		{" 2026-11-20T15:00:00Z   x0.5 ", start, 0.5},
		{"2026-11-20T15:00:00Z x1e6", start, 1e6},
		{"2026-11-20T15:00:00Z x0.001", start, 0.001},
		{"2026-11-20T15:00:00Z x0.0001", start, 0},
		{"2026-11-20T15:00:00Z x0", start, 0},
		{"2026-11-20T15:00:00Z x-1", start, 0},
		{"2026-11-20T15:00:00Z xNaN", start, 0},
		{"2026-11-20T15:00:00Z xInf", start, 0},
		{"2026-11-20T15:00:00Z x1000001", start, 0},
		{"2026-11-20T15:00:00Z 600", start, 0},
		{"2026-11-20T15:00:00Z x600 x2", start, 0},
		{"2026-11-20 15:00", start, 0},
		{"x600", start, 0},
		{"now", start, 0},
	} {
		got, err := ParseClock(c.text)
		if (err != nil) != (c.factor == 0) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if err == nil && (!got.start.Equal(c.start) || got.factor != c.factor || (got.Rehearsal() == "") != c.start.IsZero()) {
			t.Errorf("%q: %+v", c.text, got)
		}
	}
}

// A fast clock's hour is over in a moment of real time; one that nobody wakes
// returns when its context ends.
func TestClockWait(t *testing.T) {
	ctx := context.Background()
	fast, err := ParseClock("2026-11-20T15:00:00Z x1000000")
	if err != nil {
		t.Fatal(err)
	}
	until := fast.Now().Add(time.Hour)
	fast.Wait(ctx, until, nil)
	if now := fast.Now(); now.Before(until) {
		t.Errorf("it is %s, and the wait was until %s", now, until)
	}
	slow := &Clock{factor: 1}
	wake := make(chan struct{}, 1)
	wake <- struct{}{}
	slow.Wait(ctx, time.Time{}, wake)
	slow.Wait(ctx, slow.Now().Add(-time.Hour), nil)
	ended, stop := context.WithCancel(ctx)
	stop()
	slow.Wait(ended, slow.Now().Add(time.Hour), wake)
}

func TestIDsOnlyGrow(t *testing.T) {
	now := ticket.ID(uint64(time.Now().UnixMilli()) << 20)
	s := newIDSource(0)
	if first := s.Next(); first < now {
		t.Errorf("the first id %d is older than the start %d", first, now)
	}
	ahead := now + 1<<40 // what the store has is from a clock that was ahead
	s = newIDSource(ahead)
	for last := ahead; last < ahead+100; last++ {
		if next := s.Next(); next != last+1 {
			t.Fatalf("after %d came %d", last, next)
		}
	}
	h := newHouse(t)
	a := h.arrival(mail{})
	a.ID = ahead
	if err := h.Deliver(context.Background(), a); err != nil {
		t.Fatal(err)
	}
	h.flush()
	h.reopen()
	if next := h.ids.Next(); next <= ahead {
		t.Errorf("after a restart %d came behind %d", next, ahead)
	}
}

func TestRehearsalNeedsTheFileRelay(t *testing.T) {
	c := houseConfig(t, t.TempDir())
	c.Relay.Kind = "smtp"
	if g, err := Open(c, &Clock{start: monday, text: "x"}, nil); err == nil {
		t.Errorf("a rehearsal would send mail: %v", g.Close())
	}
	h := newHouse(t)
	h.clock.text = "2026-07-13T10:00:00+02:00 x600"
	h.deliver(mail{})
	for _, m := range h.flush() {
		if m.read.Header.Get("X-Mailgw-Clock") != h.clock.text {
			t.Errorf("X-Mailgw-Clock %q", m.read.Header.Get("X-Mailgw-Clock"))
		}
	}
}

// A time that never comes is waited for: the sum of the greatest duration and a
// millisecond would be over at once, and the outbox would never rest.
func TestWaitForTheEndOfTime(t *testing.T) {
	for _, text := range []string{"", "2026-11-20T16:00:00+01:00 x600", "2026-11-20T16:00:00+01:00 x0.5"} {
		c, err := ParseClock(text)
		if err != nil {
			t.Fatal(err)
		}
		wake := make(chan struct{}, 1)
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, stop)
		c.Wait(ctx, endOfTime, wake)
		if ctx.Err() == nil {
			t.Errorf("%q: it came", text)
		}
		stop()
	}
}

// Two processes after one another, as fast as can be, give no ID twice, nor one that the store does not find.
func TestIDsOfNextProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for range 3 {
			before := newIDSource(0)
			kept := before.Next()
			event := before.Next()
			before.end()
			if next := newIDSource(kept).Next(); next <= event {
				t.Errorf("%s is given behind %s", next, event)
			}
		}
		at := time.Now()
		newIDSource(ticket.ID(uint64(at.Add(time.Hour).UnixMilli()) << 20)).end()
		if took := time.Since(at); took > 10*time.Millisecond {
			t.Errorf("a clock that was put back is waited for for %s", took)
		}
	})
}
