package promise

import (
	"fmt"
	"slices"
	"time"

	"supportgw/mailgw/ticket"
)

// Case is one wait for an answer, as a desk achieved it: from the mail that began
// a clock to the answer that the next hop took. A time that was announced later
// belongs to the same case; what was withdrawn is none.
type Case struct {
	ID         ticket.ID       // of the promise that began with it
	AnsweredAt time.Time       // kept to the second; zero: the answer is still waited for
	Took       time.Duration   // until the answer, or up to now: working time of the desk, or all time when AroundTheClock
	Target     time.Duration   // the time in which the desk wanted to answer
	Priority   ticket.Priority // of the ticket when the clock began
	Kind       Kind            // First or Next
	Around     bool            // Took and Target count nights, weekends and holidays, too
	Hour       int             // of the desk's local week when the clock began: 0 is Monday from 00:00 to 01:00, 167 the last
}

// IsAnswered reports whether there is an answer.
func (c *Case) IsAnswered() bool { return !c.AnsweredAt.IsZero() }

// HourOfWeek is the hour in which t lies of the week that its zone shows.
func HourOfWeek(t time.Time) int {
	return (int(t.Weekday())+6)%7*24 + t.Hour()
}

// The parts of a day that stand together where there is too little of one hour.
var dayParts = [...]struct {
	from, to int
	said     string
}{{0, 7, "at night"}, {7, 12, "in the morning"}, {12, 17, "in the afternoon"}, {17, 24, "in the evening"}}

func partOf(hour int) int {
	return slices.IndexFunc(dayParts[:], func(p struct {
		from, to int
		said     string
	}) bool {
		return hour%24 < p.to
	})
}

func weekend(hour int) bool { return hour >= 5*24 }

// Bounds of what counts: a desk changes, and what was achieved long ago says
// nothing about tomorrow.
const (
	// recentCases is how many of the last answers of one priority and target count.
	recentCases = 250
	// recentFor is for how long an answer counts.
	recentFor = 120 * 24 * time.Hour
	// narrowTimes is how many times the fewest answers a narrower class needs, so
	// that it does not win by its noise.
	narrowTimes = 4
)

// Question asks in which time a new case will be answered.
type Question struct {
	Like   Case          // what is known of it: Target, Priority, Kind, Around, Hour
	Waited time.Duration // what it has waited already, 0 for a new one: only cases that waited longer count
	Wide   bool          // of all hours and kinds of answers, to compare it with the target
	Q      float64       // the part of such cases that must have been answered, such as 0.95
}

// Estimate is an answer to a Question.
type Estimate struct {
	Took    time.Duration // in which the part Q of such cases was answered, counted as the question's Like is
	AtLeast bool          // it is longer, nobody knows by how much: too many still wait
	Cases   int           // answered ones that it is made of
	Waiting int           // those that still wait, which count as at least as long as they have waited
	Since   time.Time     // the first of the answers
	Class   string        // what "such cases" are: "normal, first answers, Monday 10:00 to 11:00"
	Q       float64       // the question's
}

// String says the estimate: "95 of 100 of 212 such cases since 2026-05-01 (normal,
// first answers) were answered within 3h10m of working time".
func (e Estimate) String() string {
	within := "within"
	if e.AtLeast {
		within = "in no less than"
	}
	said := fmt.Sprintf("%.0f of 100 of %d such cases since %s (%s) were answered %s %s", 100*e.Q, e.Cases, e.Since.Format(time.DateOnly), e.Class, within, SayLength(e.Took))
	if e.Waiting > 0 {
		said += fmt.Sprintf(", with %d that still wait", e.Waiting)
	}
	return said
}

// SayLength says a length of time in hours and minutes, rounded up to the minute: "3h10m".
func SayLength(d time.Duration) string {
	m := (d + time.Minute - 1) / time.Minute
	switch {
	case m < 60:
		return fmt.Sprintf("%dm", m)
	case m%60 == 0:
		return fmt.Sprintf("%dh", m/60)
	}
	return fmt.Sprintf("%dh%02dm", m/60, m%60)
}

// class is a choice of cases, narrow ones first.
type class struct {
	said string
	has  func(*Case) bool
}

// The places of two classes in the list of classes.
const (
	sameClass   = 3 // all of the same target and priority
	pooledClass = 4
)

// classes are those that may answer for a case. All but the last hold cases of the
// same target and priority. The last one takes all whose target was as long or
// longer: those were given no more hurry, and so make no promise too early.
func classes(like Case) []class {
	same := func(c *Case) bool {
		return c.Priority == like.Priority && c.Target == like.Target && c.Around == like.Around
	}
	kind := "first answers"
	if like.Kind == Next {
		kind = "further answers"
	}
	day := time.Weekday((like.Hour/24 + 1) % 7)
	part, days := dayParts[partOf(like.Hour)], "on working days"
	if weekend(like.Hour) {
		days = "on weekends"
	}
	base := fmt.Sprintf("%s, target %s", like.Priority, SayLength(like.Target))
	list := []class{
		{fmt.Sprintf("%s, %s, %s %02d:00 to %02d:00", base, kind, day, like.Hour%24, like.Hour%24+1), func(c *Case) bool {
			return same(c) && c.Kind == like.Kind && c.Hour == like.Hour
		}},
		{fmt.Sprintf("%s, %s, %s %s", base, kind, part.said, days), func(c *Case) bool {
			return same(c) && c.Kind == like.Kind && partOf(c.Hour) == partOf(like.Hour) && weekend(c.Hour) == weekend(like.Hour)
		}},
		{base + ", " + kind, func(c *Case) bool { return same(c) && c.Kind == like.Kind }},
		{base, same},
	}
	if !like.Around {
		list = append(list, class{"all priorities whose target was " + SayLength(like.Target) + " or longer", func(c *Case) bool {
			return !c.Around && c.Target >= like.Target
		}})
	}
	return list
}

// Achieved returns the time in which the part Q of the cases like the question's
// was answered, of the narrowest class of which there is enough; false when there
// is too little of all. answered is in the order of the answers, oldest first; now
// decides which of them are too old to count.
//
// A case that still waits counts as at least as long as it has waited (Kaplan and
// Meier 1958), and one more that nobody will ever answer is thought to be among
// them: with n answers and none waiting the result is the ceil((n+1)Q)-th
// shortest, in which the next case is answered with probability Q or more,
// whatever the distribution; there is none below 19 answers for 0.95.
//
// A desk that has changed is known by its last answers: when they differ too much
// from those before, they count alone.
//
// When so many wait that the quantile is nowhere in sight, and for certain behind
// the target, the estimate is what it is at least.
func Achieved(answered, waiting []Case, ask Question, now time.Time) (Estimate, bool) {
	least := leastCases(ask.Q)
	list := classes(ask.Like)
	since := now.Add(-recentFor)
	if ask.Waited == 0 {
		since = laterOf(since, horizon(answered, &list[sameClass], now))
	}
	narrow := 2
	if ask.Wide {
		list, narrow = list[sameClass:sameClass+1], 0
	}
	var behind Estimate
	for i := range list {
		from := since
		if i == pooledClass {
			from = now.Add(-recentFor)
		}
		done, first := choose(answered, &list[i], ask.Waited, from)
		need := least
		if i < narrow {
			need *= narrowTimes
		}
		if len(done) < need {
			continue
		}
		var open []time.Duration
		for k := range waiting {
			if c := &waiting[k]; c.Took > ask.Waited && list[i].has(c) {
				open = append(open, c.Took)
			}
		}
		e := Estimate{Cases: len(done), Waiting: len(open), Since: first, Class: list[i].said, Q: ask.Q}
		var ok bool
		if e.Took, ok = quantile(done, open, ask.Q); ok {
			return e, true
		}
		if e.Took = lowest(done, open, ask.Q); behind.Q == 0 && e.Took > ask.Like.Target {
			e.AtLeast = true
			behind = e
		}
	}
	return behind, behind.Q != 0
}

// choose returns what the last cases of a class took that were answered since an
// instant and took longer than waited, and when the first of them was answered.
func choose(answered []Case, c *class, waited time.Duration, since time.Time) (took []time.Duration, first time.Time) {
	for i := len(answered) - 1; i >= 0; i-- {
		if waited == 0 && len(took) == recentCases || answered[i].AnsweredAt.Before(since) {
			break
		}
		if a := &answered[i]; a.Took > waited && c.has(a) {
			took, first = append(took, a.Took), a.AnsweredAt
		}
	}
	return took, first
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
