package mailgw

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/rules/hours"
)

// What is kept of the answers of one desk and priority: chunks in a ring, so that
// one answer writes one small value. All of it is derived from the ledger.
const (
	chunkCases = 128 // of one value: 3 KiB at most
	chunkRing  = 8
	keptCases  = chunkCases * (chunkRing - 1) // of which an estimate may be made: the oldest chunk is being written over
	chunkForm  = 1                            // first byte of each value
	chunkHead  = 1 + 4                        // form, and which chunk it is since the first one
)

// answeredName marks a store whose answers have been gathered from the ledger, in this form.
const answeredName = "answered"

func ringName(desk string, p ticket.Priority) string {
	return answeredName + "/" + desk + "/" + string(p)
}

func chunkName(ring string, n uint32) string { return fmt.Sprintf("%s/%d", ring, n%chunkRing) }

// past is what the desks have achieved: in how much time they answered, and who
// still waits. It is a copy of what the store has, and may be lost at any time.
type past struct {
	mu      sync.Mutex
	desks   map[string]*deskPast
	ready   bool                     // the store's answers are all here
	marked  bool                     // the store says so
	waiting map[string][]waitingCase // by desk, as of looked
	looked  time.Time

	slow atomic.Bool // a desk has to be alarmed
}

// deskPast is one desk's.
type deskPast struct {
	answered []promise.Case // oldest first
	asked    map[askedKey]askedEstimate
}

// waitingCase is a case without an answer; what it took depends on when one asks.
type waitingCase struct {
	promise.Case
	since time.Time
}

// askedKey is a question that was answered a moment ago.
type askedKey struct {
	target   time.Duration
	priority ticket.Priority
	kind     promise.Kind
	around   bool
	wide     bool
	hour     int
}

type askedEstimate struct {
	at  time.Time
	est promise.Estimate
	ok  bool
}

// askedFor is how long an answer stands while no mail is answered: who waits, waits longer.
const askedFor = time.Minute

// caseOf makes a case of the row of a clock; false for rows that are none: of times
// announced later, of agents' own words, of old versions.
func caseOf(p *promise.Promise, zone *time.Location) (promise.Case, bool) {
	if p.Wanted <= 0 || p.GivenUp || p.State == promise.Withdrawn || p.Kind != promise.First && p.Kind != promise.Next {
		return promise.Case{}, false
	}
	return promise.Case{
		ID: p.ID, Target: p.Wanted, Priority: p.Priority, Kind: p.Kind, Around: p.Clock, Hour: promise.HourOfWeek(p.MadeAt.In(zone)),
	}, true
}

// took is the time from one instant to another as a case counts it.
func took(cal *hours.Calendar, around bool, from, to time.Time) time.Duration {
	if around {
		return max(0, to.Sub(from))
	}
	return max(0, cal.Between(from, to))
}

// answered keeps what an answer has achieved, in the commit that settles its promise.
func (g *Gateway) answered(tx store.Tx, desk string, p *promise.Promise) error {
	s := g.settings.Load()
	d := s.desk(desk)
	if d == nil {
		return nil
	}
	cal, err := s.calendar(d)
	if err != nil {
		return nil // a desk without hours promises nothing
	}
	c, ok := caseOf(p, cal.Location())
	if !ok {
		return nil
	}
	if c.AnsweredAt = p.KeptAt; !p.KeptAt.IsZero() { // else its answer came back: it waits again
		c.Took = took(cal, c.Around, p.MadeAt, p.KeptAt)
	}
	if err := keepCase(tx, desk, &c); err != nil {
		return err
	}
	g.past.add(desk, c) // nothing is lost when the commit fails: the same case comes again
	return nil
}

// keepCase appends a case to the ring of its desk and priority.
func keepCase(tx store.Tx, desk string, c *promise.Case) error {
	ring := ringName(desk, c.Priority)
	head, err := tx.Meta(ring)
	if err != nil {
		return err
	}
	n, ok := chunkNumber(head)
	chunk := []byte(nil)
	if ok {
		if chunk, err = tx.Meta(chunkName(ring, n)); err != nil {
			return err
		}
	}
	if at, whole := chunkNumber(chunk); whole && at == n && len(chunk) >= chunkHead+chunkCases*promise.CaseBytes {
		n, chunk = n+1, nil
	} else if !whole || at != n {
		chunk = nil
	}
	if chunk == nil {
		chunk = binary.BigEndian.AppendUint32([]byte{chunkForm}, n)
		if err := tx.PutMeta(ring, slices.Clone(chunk)); err != nil {
			return err
		}
	}
	return tx.PutMeta(chunkName(ring, n), promise.AppendCase(chunk, c))
}

// chunkNumber reads the head of a value; false when it is not of this form.
func chunkNumber(b []byte) (uint32, bool) {
	if len(b) < chunkHead || b[0] != chunkForm {
		return 0, false
	}
	return binary.BigEndian.Uint32(b[1:]), true
}

// keptOf reads what is kept of a desk and priority, oldest first. Values of another
// form, or damaged ones, hold nothing.
func keptOf(r store.Reader, desk string, p ticket.Priority) ([]promise.Case, error) {
	ring := ringName(desk, p)
	head, err := r.Meta(ring)
	last, ok := chunkNumber(head)
	if err != nil || !ok {
		return nil, err
	}
	var out []promise.Case
	for n := last - min(last, chunkRing-1); n <= last; n++ {
		chunk, err := r.Meta(chunkName(ring, n))
		if err != nil {
			return nil, err
		}
		if at, ok := chunkNumber(chunk); !ok || at != n {
			continue
		}
		if list, err := promise.Cases(chunk[chunkHead:]); err == nil {
			out = append(out, list...)
		}
	}
	return out, nil
}

// priorities are those of tickets.
var priorities = [...]ticket.Priority{ticket.Low, ticket.Normal, ticket.High, ticket.Urgent}

// loadPast reads what the desks have achieved. A store of an older form gets it
// from the ledger, when the gateway runs.
func (g *Gateway) loadPast() error {
	return g.store.View(func(r store.Reader) error {
		mark, err := r.Meta(answeredName)
		if err != nil {
			return err
		}
		for _, d := range g.settings.Load().Desks {
			for _, p := range priorities {
				list, err := keptOf(r, d.Name, p)
				if err != nil {
					return err
				}
				for i := range list {
					g.past.add(d.Name, list[i])
				}
			}
		}
		none := true
		err = r.Promises(func(promise.Promise) bool { none = false; return false })
		g.past.mu.Lock()
		defer g.past.mu.Unlock()
		g.past.marked = len(mark) == 1 && mark[0] == chunkForm
		g.past.ready = g.past.marked || none
		return err
	})
}

// add takes a case in, instead of what it has of the same promise: an answer may
// come back, and go again. A case without an answer is taken out.
func (a *past) add(desk string, c promise.Case) {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.desks[desk]
	if d == nil {
		d = &deskPast{}
		if a.desks == nil {
			a.desks = map[string]*deskPast{}
		}
		a.desks[desk] = d
	}
	clear(d.asked)
	d.answered = slices.DeleteFunc(d.answered, func(o promise.Case) bool { return o.ID == c.ID })
	if !c.IsAnswered() {
		return
	}
	d.answered = append(d.answered, c)
	if n, of := 0, c.Priority; len(d.answered) > keptCases {
		for i := range d.answered {
			if d.answered[i].Priority == of {
				n++
			}
		}
		if n > keptCases {
			first := slices.IndexFunc(d.answered, func(o promise.Case) bool { return o.Priority == of })
			d.answered = slices.Delete(d.answered, first, first+1)
		}
	}
}

// quantile is the part of cases by which a calibrated promise is made.
const quantile = 0.95

// estimate returns in which time a case like this one is answered; false when there
// is too little history.
func (a *past) estimate(desk string, cal *hours.Calendar, ask promise.Question, now time.Time) (promise.Estimate, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.desks[desk]
	if d == nil || !a.ready {
		return promise.Estimate{}, false
	}
	l := &ask.Like
	key := askedKey{l.Target, l.Priority, l.Kind, l.Around, ask.Wide, l.Hour}
	if said, ok := d.asked[key]; ok && ask.Waited == 0 && !now.Before(said.at) && now.Sub(said.at) < askedFor {
		return said.est, said.ok
	}
	est, ok := promise.Achieved(d.answered, a.stillWaiting(desk, cal, now), ask, now)
	if ask.Waited == 0 {
		if d.asked == nil {
			d.asked = map[askedKey]askedEstimate{}
		}
		d.asked[key] = askedEstimate{now, est, ok}
	}
	return est, ok
}

// stillWaiting are the desk's cases without an answer. The lock is held.
func (a *past) stillWaiting(desk string, cal *hours.Calendar, now time.Time) []promise.Case {
	waiting := a.waiting[desk]
	open := make(map[ticket.ID]bool, len(waiting))
	for i := range waiting {
		open[waiting[i].ID] = true
	}
	for i := range a.desks[desk].answered { // since it was looked
		delete(open, a.desks[desk].answered[i].ID)
	}
	out := make([]promise.Case, 0, len(open))
	for _, w := range waiting {
		if !open[w.ID] {
			continue
		}
		c := w.Case
		c.Took = took(cal, c.Around, w.since, now)
		out = append(out, c)
	}
	return out
}
