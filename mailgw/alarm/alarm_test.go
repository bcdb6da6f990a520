package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is what is looked at, and a place that is told.
type house struct {
	mu    sync.Mutex
	wrong []Condition
	look  func(ctx context.Context) []Condition // in place of wrong
	sent  []*Message
	at    []time.Duration // since the start
	begun time.Time
	fails func() error
}

func (h *house) Look(ctx context.Context) []Condition {
	h.mu.Lock()
	look, wrong := h.look, slices.Clone(h.wrong)
	h.mu.Unlock()
	if look != nil {
		return look(ctx)
	}
	return wrong
}

func (h *house) Send(_ context.Context, m *Message) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent, h.at = append(h.sent, m), append(h.at, time.Since(h.begun))
	if h.fails != nil {
		return h.fails()
	}
	return nil
}

func (h *house) set(keys ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wrong = nil
	for _, k := range keys {
		h.wrong = append(h.wrong, Condition{Key: k, Kind: k, Text: k + " is wrong"})
	}
}

// said are the messages: when, and what of each condition.
func (h *house) said() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for i, m := range h.sent {
		var list []string
		for _, r := range m.List {
			list = append(list, r.State+" "+r.Key)
		}
		out = append(out, fmt.Sprintf("%s %s", h.at[i].Round(time.Second), strings.Join(list, ", ")))
	}
	h.sent, h.at = nil, nil
	return strings.Join(out, "; ")
}

func (h *house) options() Options {
	h.begun = time.Now()
	return Options{Checks: []Check{{"house", h.Look}}, Ways: []Way{{Name: "ops", Repeat: time.Hour, Send: h}}, Host: "gw.example"}
}

// during runs alarms while do goes on.
func during(o Options, do func(a *Alarms)) {
	ctx, stop := context.WithCancel(context.Background())
	a := New(o)
	over := make(chan struct{})
	go func() { defer close(over); a.Run(ctx) }()
	do(a)
	stop()
	<-over
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestLifeOfACondition: it is told when it has been so for a minute, again each hour, and when
// it is over; what comes and goes is not told.
func TestLifeOfACondition(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		during(h.options(), func(a *Alarms) {
			time.Sleep(10 * time.Second)
			h.set("outbox")
			time.Sleep(40 * time.Second)
			h.set() // it was nothing
			time.Sleep(5 * time.Minute)
			equal(t, "of what comes and goes", h.said(), "")
			h.set("outbox", "store")
			time.Sleep(2*time.Hour + 10*time.Minute)
			equal(t, "while it lasts", h.said(), "7m0s raised outbox, raised store; 1h7m0s still outbox, still store; 2h7m0s still outbox, still store")
			equal(t, "raised", len(a.Raised()), 2)
			h.set("store")
			time.Sleep(30 * time.Second)
			h.set("outbox", "store") // back before it was told to be over
			time.Sleep(5 * time.Minute)
			equal(t, "of a short pause", h.said(), "")
			h.set()
			time.Sleep(10 * time.Minute)
			equal(t, "at the end", h.said(), "2h22m0s cleared outbox, cleared store")
			equal(t, "raised", len(a.Raised()), 0)
		})
	})
}

// TestStorm: a thousand conditions are one message; those that come while it cannot be sent
// are the next one.
func TestStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		down := true
		h.fails = func() error {
			if down {
				return errors.New("no answer")
			}
			return nil
		}
		var keys []string
		for i := range 1000 {
			keys = append(keys, fmt.Sprintf("k%03d", i))
		}
		h.set(keys[:500]...)
		during(h.options(), func(a *Alarms) {
			time.Sleep(5 * time.Minute)
			h.set(keys...)
			time.Sleep(55 * time.Minute)
			h.mu.Lock()
			tries, id := len(h.sent), h.sent[0].ID
			for _, m := range h.sent {
				if m.ID != id || len(m.List) != 500 {
					t.Errorf("tried %s with %d conditions, first %s", m.ID, len(m.List), id)
				}
			}
			h.sent, h.at = nil, nil
			down = false
			h.mu.Unlock()
			if tries < 6 || tries > 15 {
				t.Errorf("an hour without an answer makes %d tries", tries)
			}
			if s := a.Status()[0]; s.Failure != "no answer" || !s.Last.IsZero() {
				t.Errorf("%+v", s)
			}
			time.Sleep(15 * time.Minute)
			h.mu.Lock()
			defer h.mu.Unlock()
			if len(h.sent) != 2 || h.sent[0].ID != id || h.sent[1].ID == id || len(h.sent[1].List) != 500 || h.sent[1].List[0].Key != "k500" {
				t.Errorf("%d messages", len(h.sent))
			}
		})
	})
}

// TestRestart: what was told is not told again after a restart, nor forgotten: it is told when it
// lasts, and when it is over.
func TestRestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		o := h.options()
		o.File = filepath.Join(t.TempDir(), "alarms.json")
		h.set("outbox", "store")
		during(o, func(*Alarms) { time.Sleep(10 * time.Minute) })
		equal(t, "before", h.said(), "1m0s raised outbox, raised store")
		h.set("store")
		during(o, func(*Alarms) { time.Sleep(30 * time.Minute) })
		equal(t, "after", h.said(), "11m0s cleared outbox")
		h.look = func(ctx context.Context) []Condition { <-ctx.Done(); time.Sleep(time.Second); return nil }
		during(o, func(*Alarms) { time.Sleep(5 * time.Minute) })
		if said := h.said(); !strings.Contains(said, "raised stuck:house") || strings.Contains(said, "cleared") {
			t.Errorf("nobody knows whether it is over: %s", said)
		}
		if err := os.WriteFile(o.File, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		h.look = nil
		during(o, func(*Alarms) { time.Sleep(5 * time.Minute) })
		if said := h.said(); !strings.Contains(said, "raised store") {
			t.Errorf("with a file that is damaged: %s", said)
		}
	})
}

// TestNoPlaceForTheFile: what was told cannot be kept (the disk is full, say), and alarms go out.
func TestNoPlaceForTheFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		o := h.options()
		o.File = filepath.Join(t.TempDir(), "gone", "alarms.json")
		h.set("store")
		during(o, func(*Alarms) { time.Sleep(90 * time.Minute) })
		equal(t, "said", h.said(), "1m0s raised store; 1h1m0s still store")
	})
}

// TestChecksThatFail: one that hangs or panics is an alarm itself, is asked once, and keeps no
// other from being told.
func TestChecksThatFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, other := &house{}, &house{}
		o := h.options()
		var asked atomic.Int32
		release := make(chan struct{})
		o.Checks = append(o.Checks, Check{"other", other.Look}, Check{"panics", func(context.Context) []Condition { panic("no") }})
		h.look = func(context.Context) []Condition {
			asked.Add(1)
			<-release
			return nil
		}
		other.set("token")
		during(o, func(*Alarms) {
			time.Sleep(10 * time.Minute)
			equal(t, "said", h.said(), "1m20s raised stuck:house, raised stuck:panics, raised token")
			equal(t, "asked", asked.Load(), 1)
			other.set()
			time.Sleep(10 * time.Minute)
			if said := h.said(); !strings.HasSuffix(said, "cleared token") {
				t.Errorf("said %s", said)
			}
			h.mu.Lock()
			h.look = nil
			h.mu.Unlock()
			close(release)
			time.Sleep(10 * time.Minute)
			if said := h.said(); !strings.HasSuffix(said, "cleared stuck:house") {
				t.Errorf("said %s", said)
			}
		})
	})
}

// TestKinds: a way is told of its kinds alone, and one that fails holds no other.
func TestKinds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, down, gone := &house{}, &house{begun: time.Now()}, &house{begun: time.Now()}
		down.fails = func() error { return errors.New("no answer") }
		gone.fails = func() error { return fmt.Errorf("there: %w", ErrGone) }
		o := h.options()
		o.Ways[0].Kinds = []string{"store"}
		o.Ways = append(o.Ways, Way{Name: "down", Send: down}, Way{Name: "gone", Send: gone})
		h.set("outbox", "store")
		during(o, func(a *Alarms) {
			time.Sleep(10 * time.Hour)
			said := h.said()
			if !strings.HasPrefix(said, "1m0s raised store; 1h1m0s still store") || strings.Contains(said, "outbox") {
				t.Errorf("said %s", said)
			}
			equal(t, "where nobody wants it", gone.said(), "1m0s raised outbox, raised store")
			if s := a.Status()[2]; !strings.Contains(s.Failure, "410") {
				t.Errorf("%+v", s)
			}
		})
	})
}

// TestBody: what others read stays what it is.
func TestBody(t *testing.T) {
	t.Parallel()
	m := &Message{ID: "msg_1", At: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), Host: "gw.example", List: []Report{
		{Key: "a", Kind: "store", State: Cleared, Text: "x", Since: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)}, {Key: "b", Kind: "outbox", State: Still}, {Key: "c", State: Raised},
	}}
	body, err := m.Body()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type, Timestamp string
		Data            struct {
			Host       string
			Conditions []struct{ Key, Kind, State, Text, Since string }
		}
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	equal(t, "body", got, `{mailgw.alarm.raised 2026-11-24T09:00:00Z {gw.example [{a store cleared x 2026-11-24T08:00:00Z} {b outbox still  0001-01-01T00:00:00Z} {c  raised  0001-01-01T00:00:00Z}]}}`)
}

// TestSteps: an end that comes nearer is told at each step, and not in between.
func TestSteps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		o := h.options()
		o.File = filepath.Join(t.TempDir(), "alarms.json")
		step := func(s string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.wrong = []Condition{{Key: "token", Kind: "token", Text: "it ends: " + s, Step: s}}
		}
		step("month")
		during(o, func(*Alarms) {
			time.Sleep(100*time.Hour + time.Second)
			step("week")
			time.Sleep(100 * time.Hour)
		})
		equal(t, "said", h.said(), "1m0s raised token; 100h0m30s still token")
		during(o, func(*Alarms) { time.Sleep(100 * time.Hour) })
		equal(t, "behind a restart", h.said(), "")
		h.set()
		during(o, func(*Alarms) { time.Sleep(time.Hour) })
		equal(t, "at the end", h.said(), "300h1m1s cleared token")
	})
}

// TestUntoldBehindRestart: who could not be told before a restart is told after it, whoever else was.
func TestUntoldBehindRestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, other := &house{}, &house{begun: time.Now()}
		other.fails = func() error { return errors.New("no answer") }
		o := h.options()
		o.File = filepath.Join(t.TempDir(), "alarms.json")
		o.Ways = append(o.Ways, Way{Name: "other", Send: other})
		h.set("store")
		during(o, func(*Alarms) { time.Sleep(10 * time.Minute) })
		other.said()
		other.fails = nil
		during(o, func(*Alarms) { time.Sleep(10 * time.Minute) })
		equal(t, "who was told", h.said(), "1m0s raised store")
		equal(t, "who was not", other.said(), "11m0s raised store")
	})
}
