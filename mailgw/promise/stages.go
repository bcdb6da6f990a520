package promise

import (
	"time"

	"supportgw/rules/hours"
)

// Stage is what is done about a promise that is not kept yet.
type Stage string

// The stages, in their order. Each comes once.
const (
	Half     Stage = "half"     // half of its time is over: who has the ticket is reminded
	Most     Stage = "most"     // four fifths: who has the ticket is reminded again
	Nearly   Stage = "nearly"   // nine tenths: the desk is told
	Announce Stage = "announce" // the customer is told that it will not be kept, and by when instead
	Break    Stage = "break"    // its time is over
)

// stages are all stages in their order, with the share of the time after which
// each comes. That of Announce counts from Nearly on: so late that an answer may
// still leave, and before the time is over.
var stages = [...]struct {
	name  Stage
	share float64
}{{Half, 0.5}, {Most, 0.8}, {Nearly, 0.9}, {Announce, 2.0 / 3}, {Break, 1}}

// After returns the stages behind s in their order; all of them behind "".
func (s Stage) After() []Stage {
	var out []Stage
	past := s == ""
	for i := range stages {
		if past {
			out = append(out, stages[i].name)
		}
		past = past || stages[i].name == s
	}
	return out
}

// NextStage returns what is to be done about an open promise next, and when: the first
// stage behind the one that was done last. What the clock has passed over already
// is left out, but for the last of it: whoever slept through two reminders needs
// one. It is counted in the working time of cal, the desk's, and comes while that
// is open where there is such a time before the promise is due; with p.Clock
// nights count.
func (p *Promise) NextStage(cal *hours.Calendar, now time.Time) (Stage, time.Time) {
	var stage Stage
	var at time.Time
	for _, s := range p.Stage.After() {
		if s == Announce && (!p.Told || !p.Announced.IsZero()) || s == Half && p.Late > 0 { // who knows of it needs no word so early
			continue
		}
		when := p.StageAt(s, cal)
		if stage != "" && when.After(now) {
			break
		}
		stage, at = s, when
		if when.After(now) || s == Announce && p.Told { // who was told a time hears of it, however late
			break
		}
	}
	return stage, at
}

// StageAt is when a stage of a promise comes.
func (p *Promise) StageAt(s Stage, cal *hours.Calendar) time.Time {
	if s == Break {
		return p.DueAt
	}
	from, share := p.MadeAt, 0.0
	for i := range stages {
		if stages[i].name == s {
			share = stages[i].share
		}
	}
	if s == Announce {
		from = p.StageAt(Nearly, cal)
		if last, ok := cal.LastOpen(p.DueAt); !p.Clock && ok && last.Before(p.DueAt) { // due while nobody works: whoever promised that may still be at it
			return p.DueAt.Add(-min(p.DueAt.Sub(from)/3, sparesNobody)).Truncate(time.Second)
		}
	}
	at := part(p, cal, from, share)
	if p.Clock || cal.Open(at) {
		return at
	}
	if opening, ok := cal.NextOpen(at); ok && opening.Before(p.DueAt) {
		return opening
	}
	if closing, ok := cal.LastOpen(at); ok && closing.Add(-beforeClosing).After(from) && s != Announce {
		return closing.Add(-beforeClosing)
	}
	return at
}

// sparesNobody is how long before a time outside of the working hours a customer
// hears that it will not be kept.
const sparesNobody = time.Hour

// beforeClosing is how long before the desk goes home it hears of what comes due
// while it is away.
const beforeClosing = 10 * time.Minute

// part is the instant at which a share of the time from an instant to the due time
// is over, in whole seconds.
func part(p *Promise, cal *hours.Calendar, from time.Time, share float64) time.Time {
	if !p.Resumed.IsZero() && from.Equal(p.MadeAt) { // what was over before it stood still counts
		left := between(p, cal, p.Resumed, p.DueAt)
		need := time.Duration(float64(p.Spent+left)*share) - p.Spent
		if from = p.Resumed; left > 0 {
			share = max(0, float64(need)/float64(left))
		}
	}
	if !p.Clock {
		if work := cal.Between(from, p.DueAt); work > 0 {
			if at, ok := cal.Add(from, time.Duration(float64(work)*share)); ok {
				return at.Truncate(time.Second)
			}
		}
	}
	return from.Add(time.Duration(float64(p.DueAt.Sub(from)) * share)).Truncate(time.Second)
}

// between is the time that counts of p between two instants.
func between(p *Promise, cal *hours.Calendar, from, to time.Time) time.Duration {
	if p.Clock {
		return to.Sub(from)
	}
	return cal.Between(from, to)
}

// Pause stops the clock of an open promise: the customer is waited for.
func (p *Promise) Pause(cal *hours.Calendar, now time.Time) {
	from := p.MadeAt
	if !p.Resumed.IsZero() {
		from = p.Resumed
	}
	p.Left, p.Spent = between(p, cal, now, p.DueAt), p.Spent+between(p, cal, from, now)
	p.PausedAt = now
}

// Resume lets it go on with the working time that was left. It reports whether
// the calendar has that much; else it stays as it is.
func (p *Promise) Resume(cal *hours.Calendar, now time.Time) bool {
	due, ok := now.Add(p.Left), true
	if !p.Clock {
		due, ok = cal.Add(now, p.Left)
	}
	if !ok {
		return false
	}
	p.DueAt, p.Resumed, p.PausedAt, p.Left = due, now, time.Time{}, 0
	p.Reset(cal, now)
	return true
}

// Reset sets the alarm to what is to be done next.
func (p *Promise) Reset(cal *hours.Calendar, now time.Time) {
	stage, at := p.NextStage(cal, now)
	if p.AlarmAt = at; stage == Break || stage == "" {
		p.AlarmAt = time.Time{}
	}
}
