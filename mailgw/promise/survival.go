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
func quantile(done, open []time.Duration, q float64) (time.Duration, bool) {
	events, waits := slices.Sorted(slices.Values(done)), slices.Sorted(slices.Values(open))
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
func lowest(done, open []time.Duration, q float64) time.Duration {
	all := slices.Sorted(slices.Values(slices.Concat(done, open)))
	k := int(math.Ceil(float64(len(all)+1)*q - rounding))
	return all[min(k, len(all))-1]
}

// A desk has changed when its last answers lie on the other side of the middle so
// much more often than those before that chance does it once in ten thousand times.
const changedBy = 4.0 // standard deviations

// lastAnswers are how many of the last answers are compared with those before.
func lastAnswers() []int { return []int{60, 120} }

// horizon is from when on the answers of a class count: the last recentCases, or
// fewer when the desk has changed since.
func horizon(answered []Case, c *class, now time.Time) time.Time {
	var took []time.Duration // newest first
	var at []time.Time
	for i := len(answered) - 1; i >= 0 && len(took) < recentCases && now.Sub(answered[i].AnsweredAt) <= recentFor; i-- {
		if a := &answered[i]; c.has(a) {
			took, at = append(took, a.Took), append(at, a.AnsweredAt)
		}
	}
	for _, n := range lastAnswers() {
		if len(took) >= 2*n && hasChanged(took, n) {
			return at[n-1]
		}
	}
	if len(at) < recentCases {
		return time.Time{}
	}
	return at[recentCases-1]
}

// hasChanged compares the first n with the rest: how many took longer than the median of all.
func hasChanged(took []time.Duration, n int) bool {
	middle := slices.Sorted(slices.Values(took))[len(took)/2]
	var above [2]float64
	for i, d := range took {
		if d > middle {
			above[min(1, i/n)]++
		}
	}
	of := [2]float64{float64(n), float64(len(took) - n)}
	p := (above[0] + above[1]) / (of[0] + of[1])
	deviation := math.Sqrt(p * (1 - p) * (1/of[0] + 1/of[1]))
	return deviation > 0 && math.Abs(above[0]/of[0]-above[1]/of[1]) > changedBy*deviation
}
