package promise

import (
	"errors"
	"time"

	"supportgw/rules/hours"
)

// Errors of [Due].
var (
	// ErrNoTarget is returned when the target's time is zero or negative.
	ErrNoTarget = errors.New("the target has no time in which to answer")
	// ErrNeverOpen is returned when the calendar does not hold the target's
	// working time in the ten years from now.
	ErrNeverOpen = errors.New("the calendar does not open long enough to meet the target")
)

// Target is the time within which a desk wants to answer.
type Target struct {
	Answer         time.Duration // working time; must be positive
	AroundTheClock bool          // counts nights, weekends and holidays too, as for what is urgent
}

// DueTime is a time that can be promised.
type DueTime struct {
	At      time.Time // what to promise: Exact rounded down, in the calendar's zone
	Exact   time.Time // the end of the target, to the nanosecond
	NextDay bool      // At lies on another local day of the calendar than now
}

// The steps of rounding: people read a quarter hour as a time that was chosen,
// and 14:37 as one that a machine made up. When the answer is close, a
// quarter hour would take too much of it.
const (
	step      = 15 * time.Minute
	shortStep = 5 * time.Minute
	closeBy   = time.Hour // below this a due time is close
)

// Due returns the time to promise for a mail that came in now: the target's
// working time from now, rounded down to the quarter hour (five minutes when it
// is less than an hour away), never across the start of a working interval, and
// never so far that less than half of the target's working time is left. When a
// step would take more than that, a finer one is used.
// It returns [ErrNoTarget] or [ErrNeverOpen].
func Due(cal *hours.Calendar, now time.Time, target Target) (DueTime, error) {
	if target.Answer <= 0 {
		return DueTime{}, ErrNoTarget
	}
	if target.AroundTheClock {
		cal = hours.AroundTheClock(cal.Location())
	}
	exact, ok := cal.Add(now, target.Answer)
	if !ok {
		return DueTime{}, ErrNeverOpen
	}
	at := round(cal, now, exact, target.Answer)
	today := hours.DateOf(now.In(cal.Location()))
	return DueTime{At: at, Exact: exact, NextDay: hours.DateOf(at) != today}, nil
}

// DueByHistory returns the time to promise when cases take as long as took, in
// working time or around the clock: its end, rounded up to the quarter hour (five
// minutes when it is less than an hour away), but no further than the working
// interval in which it ends. Exact is the end itself.
// It returns [ErrNoTarget] or [ErrNeverOpen].
func DueByHistory(cal *hours.Calendar, now time.Time, took Target) (DueTime, error) {
	if took.Answer <= 0 {
		return DueTime{}, ErrNoTarget
	}
	if took.AroundTheClock {
		cal = hours.AroundTheClock(cal.Location())
	}
	exact, ok := cal.Add(now, took.Answer)
	if !ok {
		return DueTime{}, ErrNeverOpen
	}
	by := step
	if exact.Sub(now) < closeBy {
		by = shortStep
	}
	at := floor(exact, by)
	if at.Before(exact) {
		at = at.Add(by)
	}
	if open, ok := cal.LastOpen(at); ok && !open.Before(exact) {
		at = open
	}
	today := hours.DateOf(now.In(cal.Location()))
	return DueTime{At: at, Exact: exact, NextDay: hours.DateOf(at) != today}, nil
}

func round(cal *hours.Calendar, now, exact time.Time, target time.Duration) time.Time {
	start := cal.IntervalStart(exact)
	for _, by := range [...]time.Duration{step, shortStep, time.Minute} {
		if by > shortStep && exact.Sub(now) < closeBy {
			continue
		}
		at := floor(exact, by)
		if at.Before(start) {
			at = start
		}
		if left := cal.Between(now, at); left >= target-left {
			return at
		}
	}
	return exact
}

// floor returns the last multiple of step on the clock that t's zone shows:
// time.Truncate counts from year 1 in UTC, which is off where an offset is no
// multiple of the step.
func floor(t time.Time, step time.Duration) time.Time {
	_, east := t.Zone()
	offset := time.Duration(east) * time.Second
	return t.Add(offset).Truncate(step).Add(-offset)
}
