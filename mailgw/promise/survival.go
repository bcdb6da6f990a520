package promise

import (
	"math"
	"slices"
	"time"
)

// leastCases is how many answers a quantile needs: ceil((n+1)q) must not be more than n.
func leastCases(q float64) int {
	return max(1, int(math.Ceil(q/(1-q)-rounding)))
}

// rounding is by how much sums of fractions may be off.
const rounding = 1e-9

// quantile is the shortest time by which the part q of all cases is answered, by
// the product limit of Kaplan and Meier with one more case that is never answered.
// It returns false when too many wait for that to be known.
func quantile(done, open []Case, q float64) (time.Duration, bool) {
	events := make([]time.Duration, len(done))
	for i := range done {
		events[i] = done[i].Took
	}
	waits := make([]time.Duration, len(open))
	for i := range open {
		waits[i] = open[i].Took
	}
	slices.Sort(events)
	slices.Sort(waits)
	unanswered, gone := 1.0, 0 // gone: how many of waits are shorter than the event
	for i, t := range events {
		for gone < len(waits) && waits[gone] < t {
			gone++
		}
		atRisk := float64(len(events) - i + len(waits) - gone + 1)
		unanswered *= 1 - 1/atRisk
		if last := i+1 == len(events) || events[i+1] > t; last && unanswered <= 1-q+rounding {
			return t, true
		}
	}
	return 0, false
}

// lowest is what the quantile would be if all that wait were answered now: it
// cannot be shorter.
func lowest(done, open []Case, q float64) time.Duration {
	all := make([]time.Duration, 0, len(done)+len(open))
	for _, list := range [][]Case{done, open} {
		for i := range list {
			all = append(all, list[i].Took)
		}
	}
	slices.Sort(all)
	k := int(math.Ceil(float64(len(all)+1)*q - rounding))
	return all[min(k, len(all))-1]
}
