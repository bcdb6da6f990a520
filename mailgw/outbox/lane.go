package outbox

import "time"

// path is what is known of a way that mail takes: a lane (a destination), or the
// next hop with everything behind it. Its times are real ones.
type path struct {
	name    string
	rows    []Waiting // of a lane: fetched, not yet taken by a worker
	busy    int       // of a lane: rows with the workers
	failed  int       // failures in a row
	rests   int       // rests in a row; above 0 it is in trouble, and one row at a time asks
	until   time.Time // it rests until then; zero: it does not
	since   time.Time // when the trouble began
	epoch   int       // counts the rests: who began before one tells nothing about it
	probing bool      // one row asks whether it works again
	cut     bool      // more of its rows are due than are fetched
	paced   time.Time // no other row before then, see Options.LaneGap
}

// failures are how many failures in a row make a lane rest.
const failures = 5

// The rests of a lane or of the next hop: the first, and the longest.
const (
	restFirst = time.Second
	restMax   = 5 * time.Minute
)

// open reports whether the next row may take this way now.
func (p *path) open(now time.Time) bool {
	return p.rests == 0 || !p.probing && !now.Before(p.until)
}

// rest begins the next rest, with a pause that doubles, give or take a fifth.
func (p *path) rest(now time.Time, random float64) {
	if p.rests == 0 {
		p.since = now
	}
	p.rests++
	p.epoch++
	p.until = now.Add(spread(doubled(restFirst, restMax, p.rests), random))
}

// recover ends all trouble.
func (p *path) recover() { p.failed, p.rests, p.until = 0, 0, time.Time{} }

// idle reports whether nothing needs to be remembered.
func (p *path) idle() bool {
	return p.busy == 0 && len(p.rows) == 0 && p.failed == 0 && p.rests == 0 && !p.cut
}

// doubled is first, doubled with each further time, at most longest.
func doubled(first, longest time.Duration, times int) time.Duration {
	d := first
	for i := 1; i < times && d < longest; i++ {
		d *= 2
	}
	return min(d, longest)
}

// spread makes d up to a fifth shorter or longer, so that what failed together
// does not come again together.
func spread(d time.Duration, random float64) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*random))
}
