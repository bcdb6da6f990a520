package outbox

import (
	"slices"
	"time"

	"supportgw/mailgw/ticket"
)

// state is what dispatcher, workers and recorder share, below Outbox.mu.
type state struct {
	lanes  map[string]*path
	order  []*path // lanes that have rows, each once, the next one to serve first
	hop    path
	ready  int                    // rows of all lanes
	known  map[ticket.ID]struct{} // rows that are not to be fetched: ready, flying or unread
	unread map[ticket.ID]unread   // rows that could not be read
	flying map[ticket.ID]flight   // rows that a worker has or had, until they are recorded
	held   bool                   // arriving mail goes first
	busy   int                    // rows with the workers
	stale  bool                   // a fetch may find further rows
	next   time.Time              // gateway's time: when the next row is due; zero: none is known
	gap    time.Duration          // from a row of a lane to its next
	why    string                 // what the next hop said, or did, when it was away last
	login  bool                   // it was about our login
}

// flight is a row on its way.
type flight struct {
	lane                *path
	laneEpoch, hopEpoch int
	laneProbe, hopProbe bool
	trouble             time.Time // since when its lane or the hop is in trouble; zero: neither is
}

// unread is a row that could not be read. It is not fetched meanwhile: it may be
// damaged for good, which verify names.
type unread struct {
	times int       // in a row
	again time.Time // real time at which it may be fetched again; zero: it may now
}

func newState() state {
	return state{
		lanes: map[string]*path{}, known: map[ticket.ID]struct{}{}, unread: map[ticket.ID]unread{}, flying: map[ticket.ID]flight{}, stale: true,
	}
}

// manyLanes is how many lanes are remembered before those that do nothing are forgotten.
const manyLanes = 4096

func (s *state) lane(name string, now time.Time) *path {
	p := s.lanes[name]
	if p != nil {
		return p
	}
	if len(s.lanes) >= manyLanes {
		for n, q := range s.lanes {
			if q.busy == 0 && len(q.rows) == 0 && q.until.IsZero() && !now.Before(q.paced) {
				delete(s.lanes, n)
			}
		}
	}
	p = &path{name: name}
	s.lanes[name] = p
	return p
}

// add puts a fetched row into its lane.
func (s *state) add(w Waiting, now time.Time) {
	p := s.lane(w.Lane, now)
	if len(p.rows) == 0 {
		s.order = append(s.order, p)
	}
	p.rows = append(p.rows, w)
	s.known[w.ID] = struct{}{}
	s.ready++
}

// clear forgets the fetched rows of a lane; they stay due.
func (s *state) clear(p *path) {
	s.ready -= len(p.rows)
	for _, w := range p.rows {
		delete(s.known, w.ID)
	}
	p.rows, p.cut = nil, true
	s.order = slices.DeleteFunc(s.order, func(q *path) bool { return q == p })
}

// pick takes the next row whose way is open. Lanes take turns.
func (s *state) pick(now time.Time, perLane int) (w Waiting, ok bool) {
	i := s.pickable(now, perLane)
	if i < 0 {
		return w, false
	}
	p := s.order[i]
	w, p.rows = p.rows[0], p.rows[1:]
	s.ready--
	s.order = slices.Delete(s.order, i, i+1)
	if len(p.rows) > 0 {
		s.order = append(s.order, p)
	} else {
		p.rows = nil
		s.stale = s.stale || p.cut
	}
	p.paced = now.Add(s.gap)
	s.take(w.ID, p)
	return w, true
}

// pickable is the place in order of the lane to serve next, -1 for none.
func (s *state) pickable(now time.Time, perLane int) int {
	if s.held || !s.hop.open(now) {
		return -1
	}
	return slices.IndexFunc(s.order, func(p *path) bool {
		return p.open(now) && !now.Before(p.paced) && (perLane == 0 || p.busy < perLane)
	})
}

// take notes that a row is on its way.
func (s *state) take(id ticket.ID, p *path) {
	f := flight{lane: p, laneEpoch: p.epoch, hopEpoch: s.hop.epoch, laneProbe: p.rests > 0, hopProbe: s.hop.rests > 0}
	if f.laneProbe {
		p.probing, f.trouble = true, p.since
	}
	if f.hopProbe {
		s.hop.probing, f.trouble = true, s.hop.since
	}
	p.busy++
	s.busy++
	s.flying[id] = f
}

// read notes whether a row could be read. One that could not, perhaps because the
// store was away, is fetched again after a pause that doubles.
func (s *state) read(id ticket.ID, found bool, err error, now time.Time, random float64) {
	if err != nil {
		times := s.unread[id].times + 1
		s.unread[id] = unread{times: times, again: now.Add(spread(doubled(restFirst, restMax, times), random))}
		return
	}
	delete(s.unread, id)
	if !found {
		delete(s.known, id)
	}
}

// verdict is what one attempt tells about the way.
type verdict int

// The verdicts.
const (
	saysNothing verdict = iota // it was not tried
	saysWell                   // it answered: taken, or refused for good
	saysLater                  // it answered: not now
	saysHung                   // it stopped answering in the middle
	saysAway                   // the next hop is away
	saysLeft                   // the next hop went away in the middle: its own doing, or the lane's
)

// landed notes what a row's attempt tells about its lane and the hop. Only lanes
// with a share of the workers rest.
func (s *state) landed(id ticket.ID, v verdict, now time.Time, random float64, shares bool) {
	f := s.flying[id]
	p := f.lane
	p.busy--
	s.busy--
	if f.laneProbe {
		p.probing = false
	}
	if f.hopProbe {
		s.hop.probing = false
	}
	if v == saysWell || v == saysLater || v == saysHung {
		s.recovered(&s.hop)
	}
	if v == saysWell {
		s.recovered(p)
	}
	if v == saysLater || v == saysHung || v == saysLeft {
		if p.failed++; shares && p.failed >= failures && f.laneEpoch == p.epoch {
			p.rest(now, random)
			s.clear(p)
		}
	}
	if (v == saysAway || v == saysLeft) && f.hopEpoch == s.hop.epoch {
		s.hop.rest(now, random)
		s.hop.cut = true
		for len(s.order) > 0 {
			s.clear(s.order[0])
		}
	}
	if p.idle() && !now.Before(p.paced) {
		delete(s.lanes, p.name)
	}
}

// recovered ends a path's trouble; rows that were passed over may go.
func (s *state) recovered(p *path) {
	if p.rests > 0 && p.cut {
		s.stale = true
	}
	p.recover()
}

// reopen ends the rests that are over: one row may ask then.
func (s *state) reopen(now time.Time) {
	wake := func(p *path) {
		if !p.until.IsZero() && !now.Before(p.until) {
			p.until, s.stale = time.Time{}, true
		}
	}
	wake(&s.hop)
	for _, p := range s.lanes {
		wake(p)
	}
	for id, u := range s.unread {
		if !u.again.IsZero() && !now.Before(u.again) {
			s.unread[id], s.stale = unread{times: u.times}, true
			delete(s.known, id)
		}
	}
}

// alarm is the next real time at which a rest ends, a lane may go on, or a row is read again; zero: none.
func (s *state) alarm(now time.Time) (at time.Time) {
	if !s.hop.until.IsZero() { // nothing goes before
		return s.hop.until
	}
	for _, p := range s.lanes {
		if !p.until.IsZero() && (at.IsZero() || p.until.Before(at)) {
			at = p.until
		}
	}
	if s.gap > 0 {
		for _, p := range s.order {
			if p.paced.After(now) && (at.IsZero() || p.paced.Before(at)) {
				at = p.paced
			}
		}
	}
	for _, u := range s.unread {
		if !u.again.IsZero() && (at.IsZero() || u.again.Before(at)) {
			at = u.again
		}
	}
	return at
}

// closed are the lanes of which nothing is to be fetched now.
func (s *state) closed(now time.Time, perLane int) map[string]*path {
	out := map[string]*path{}
	for name, p := range s.lanes {
		p.cut = false
		if !p.open(now) || perLane > 0 && len(p.rows) >= laneRows {
			out[name] = p
		}
	}
	return out
}
