// Package alarm tells people outside of mail that something is wrong: by a webhook, or by a
// command. It is there for the hour in which mail itself is what fails.
//
// So it needs nothing that could have failed: no store, no outbox, no relay. What is looked at
// is asked by functions that have a deadline each; one that hangs, or panics, is an alarm
// itself. What was told is kept in one small file, so that a restart says nothing twice; when
// that cannot be written, alarms go out all the same.
//
// A message has all that has changed since the last one to the same place, so that a storm is
// one message. It goes out again, under the same id, until it is taken.
//
// Concurrency: Run once; the other methods from many goroutines.
package alarm

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Condition is something that is wrong.
type Condition struct {
	Key  string // the same for as long as it is the same trouble
	Kind string // what a Way chooses by
	Text string // what is wrong and what to do, for people: one line
	Step string // "": told again after the Way's Repeat; else only when it changes, as for an end that comes nearer
}

// Check looks at one part of the house. It may take Options.Limit.
type Check struct {
	Name string
	Look func(ctx context.Context) []Condition
}

// Stuck is the kind of a condition that is about a check itself: it hangs, or it panics.
const Stuck = "stuck"

// Options says what is looked at, and who is told.
type Options struct {
	Checks []Check
	Ways   []Way
	Host   string // how the house is called in messages
	File   string // where what was told is kept; "": nowhere
	Log    *slog.Logger

	Every  time.Duration // from one look to the next; 0: half a minute
	Limit  time.Duration // for a check; 0: twenty seconds
	Settle time.Duration // how long something must be so before it is told, or told to be over; 0: a minute
}

// Alarms are the machine. Make them with [New].
type Alarms struct {
	o Options

	mu     sync.Mutex
	begun  time.Time          // when Run was called
	raised map[string]*raised // by key
	looked map[string]bool    // checks that came back last time
	ways   []*wayState
	busy   map[string]bool // checks that have not come back
	file   sync.Mutex      // one writes it at a time
	failed bool            // it could not be written
}

// raised is a condition, and since when.
type raised struct {
	Condition
	check string    // that found it
	since time.Time // when it was first seen
	seen  time.Time // when it was seen last
	ripe  bool      // it has been so for long enough to be told
}

// New makes alarms that tell nobody before Run.
func New(o Options) *Alarms {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		at  *time.Duration
		def time.Duration
	}{{&o.Every, 30 * time.Second}, {&o.Limit, 20 * time.Second}, {&o.Settle, time.Minute}} {
		if *d.at == 0 {
			*d.at = d.def
		}
	}
	a := &Alarms{o: o, raised: map[string]*raised{}, busy: map[string]bool{}}
	for _, w := range o.Ways {
		a.ways = append(a.ways, &wayState{Way: w, told: map[string]toldOf{}})
	}
	a.read()
	return a
}

// Run looks and tells until ctx ends. A check that hangs is left behind.
func (a *Alarms) Run(ctx context.Context) {
	if len(a.ways) == 0 {
		return
	}
	a.mu.Lock()
	a.begun = time.Now()
	a.mu.Unlock()
	var wg sync.WaitGroup
	defer wg.Wait()
	tick := time.NewTicker(a.o.Every)
	defer tick.Stop()
	for {
		found, looked := a.look(ctx)
		if ctx.Err() != nil {
			return
		}
		now := time.Now()
		a.take(found, looked, now)
		for _, w := range a.ways {
			if m := a.next(w, now); m != nil {
				wg.Go(func() { a.tell(ctx, w, m) })
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// answer is what a check has found.
type answer struct {
	name  string
	found []Condition
}

// look asks all checks at the same time. looked are those that came back.
func (a *Alarms) look(ctx context.Context) (found map[string][]Condition, looked map[string]bool) {
	limit, stop := context.WithTimeout(ctx, a.o.Limit)
	defer stop()
	answers := make(chan answer, len(a.o.Checks))
	waiting := map[string]bool{}
	found, looked = map[string][]Condition{}, map[string]bool{}
	for _, c := range a.o.Checks {
		waiting[c.Name] = true
		a.mu.Lock()
		hangs := a.busy[c.Name]
		a.busy[c.Name] = true
		a.mu.Unlock()
		if hangs { // the last question is not answered: no other one is asked
			continue
		}
		go func() {
			got := a.ask(limit, c)
			a.mu.Lock()
			delete(a.busy, c.Name)
			a.mu.Unlock()
			answers <- answer{c.Name, got}
		}()
	}
	for len(waiting) > 0 {
		select {
		case got := <-answers:
			delete(waiting, got.name)
			found[got.name], looked[got.name] = got.found, true
		case <-limit.Done():
			for name := range waiting {
				found[name] = []Condition{{Key: Stuck + ":" + name, Kind: Stuck, Text: fmt.Sprintf("the gateway does not answer its own question about %s within %s; look at its log, and restart it when nothing else helps", name, a.o.Limit)}}
			}
			return found, looked
		}
	}
	return found, looked
}

// ask asks one check.
func (a *Alarms) ask(ctx context.Context, c Check) (found []Condition) {
	defer func() {
		if p := recover(); p != nil {
			a.o.Log.Error("a check panics", "check", c.Name, "panic", p)
			found = []Condition{{Key: Stuck + ":" + c.Name, Kind: Stuck, Text: fmt.Sprintf("the gateway's own question about %s panics; the log says more", c.Name)}}
		}
	}()
	return c.Look(ctx)
}

// take notes what was found. What a check said before that did not come back stays so.
func (a *Alarms) take(found map[string][]Condition, looked map[string]bool, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	there := map[string]bool{}
	for name, list := range found {
		for _, c := range list {
			c.Text = oneLine(c.Text)
			r := a.raised[c.Key]
			if r == nil {
				r = &raised{since: now}
				a.raised[c.Key] = r
			}
			r.Condition, r.check, r.seen = c, name, now
			r.ripe = r.ripe || now.Sub(r.since) >= a.o.Settle
			there[c.Key] = true
		}
	}
	a.looked = looked
	maps.DeleteFunc(a.raised, func(key string, r *raised) bool {
		if there[key] {
			return false
		}
		if !a.back(r.check) { // nobody has said that it is over
			r.seen = now
			return false
		}
		return !r.ripe || now.Sub(r.seen) >= a.o.Settle
	})
}

// back reports whether a check came back, or is none any more.
func (a *Alarms) back(check string) bool {
	return a.looked[check] || !slices.ContainsFunc(a.o.Checks, func(c Check) bool { return c.Name == check })
}

// Raised are the conditions that are told, the oldest first.
func (a *Alarms) Raised() (out []Report) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.raised {
		if r.ripe {
			out = append(out, Report{Key: r.Key, Kind: r.Kind, Text: r.Text, Since: r.since})
		}
	}
	slices.SortFunc(out, func(x, y Report) int { return x.Since.Compare(y.Since) })
	return out
}
