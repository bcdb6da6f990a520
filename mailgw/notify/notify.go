// Package notify decides who of the house is told of an event on a ticket, and
// when: at once, at the start of somebody's working time, or in the next list of
// somebody who wants one mail for many things.
//
// It writes nothing and sends nothing: package mailgw hands in who there is and
// what they want, and makes the mails. Reminders and pages have times of their own
// and do not come through here. It is pure, so it is safe for any number of
// goroutines. What it cannot place in time is told at once: a notice too early
// costs a moment, one that does not come costs a customer.
package notify

import (
	"slices"
	"strings"
	"time"

	"supportgw/rules/hours"
)

// Person is what somebody of the house wants to be told, and when. The zero value is
// told everything, at once.
type Person struct {
	// Hours are their working hours, in whose zone Quiet is read and a list is
	// timed; nil: always, in UTC.
	Hours *hours.Calendar
	// Working says that notices wait for working time. False: they come at any hour.
	Working bool
	// Digest collects what is new into one mail; Every is from one to the next,
	// from the start of the working day on.
	Digest bool
	// Every is of Digest; below 15 minutes it is 15 minutes.
	Every time.Duration
	// Quiet are the times of the day at which nothing comes; none: there is no such time.
	Quiet []Span
	// OnlyMine asks for tickets alone that are this person's.
	OnlyMine bool
	// From is the lowest rank of a priority that is told, see [Rank]; zero: all are.
	From int
	// Away says that the person is not there, or has no mailbox that works: they are
	// told, but nobody relies on it.
	Away bool
}

// Event is something on a ticket that people of the house are told.
type Event struct {
	// Now is when it happened.
	Now time.Time
	// People are those whom it concerns: of the desks of the mail. Who stands there
	// twice, in whatever case, is told once.
	People []string
	// Named are told whatever they want to be told: a rule names them, or the ticket
	// was given to them.
	Named []string
	// Paged get a page of the same event, and therefore no notice.
	Paged []string
	// Have are the readers of the mail itself, by its To and Cc.
	Have []string
	// Assignees have the ticket, or stand in for who has it; none: nobody has it.
	Assignees []string
	// Rank is that of the ticket's priority, see [Rank].
	Rank int
	// Waits says that somebody outside waits for an answer: at least one who is there
	// is told.
	Waits bool
	// Due is the time that was told to them; zero: none runs.
	Due time.Time
	// Hours are those in which the time until Due counts; nil: around the clock.
	Hours *hours.Calendar
}

// Delivery is one mail to one person.
type Delivery struct {
	// To is the address, as the event has it.
	To string
	// At is when it leaves, never before the event.
	At time.Time
	// Digest says that it is an entry of the list that leaves at At.
	Digest bool
}

// Rank orders priorities: low is 0, urgent 3; what is none of the four counts as normal.
func Rank(priority string) int {
	if i := slices.Index(priorities[:], priority); i >= 0 {
		return i
	}
	return 1
}

// Plan says who gets a mail about the event, and when, in the order of People and
// then Named. Nobody gets two.
//
// Who has the mail already gets none, unless the ticket is theirs: the notice is
// where their address for answers stands. Nor does who wants other tickets only.
// When somebody waits outside, and of those who are told nobody is there, all are
// told after all.
func Plan(e Event, person func(addr string) Person) []Delivery {
	var told, dropped []Delivery
	seen := keys(e.Paged)
	paged := len(seen) > 0
	safe := paged
	for i, addr := range slices.Concat(e.People, e.Named) {
		key := strings.ToLower(addr)
		if seen[key] {
			continue
		}
		seen[key] = true
		p := person(addr)
		d := e.deliver(addr, &p, paged)
		if i < len(e.People) && !has(e.Named, addr) && !e.wants(addr, &p, paged) {
			dropped = append(dropped, d)
			continue
		}
		safe = safe || !p.Away
		told = append(told, d)
	}
	if !e.Waits || safe {
		return told
	}
	return append(told, dropped...)
}

// wants reports whether somebody is to be told of the event.
func (e *Event) wants(addr string, p *Person, paged bool) bool {
	mine := has(e.Assignees, addr)
	switch {
	case mine:
		return true
	case has(e.Have, addr):
		return false
	case paged:
		return true
	}
	return !p.OnlyMine && e.Rank >= p.From
}

// deliver says when somebody is told.
func (e *Event) deliver(addr string, p *Person, paged bool) Delivery {
	d := Delivery{To: addr, At: e.Now}
	if paged {
		return d
	}
	at, digest := p.next(e.Now), false
	if p.Digest {
		at, digest = p.slot(e.Now), true
	}
	if at.After(e.Now) && e.inTime(at) {
		d.At, d.Digest = at, digest
	}
	return d
}

// inTime reports whether who is told at a time has still half of the working time
// until the told one, and some of it. Where no time runs, there is always time.
func (e *Event) inTime(at time.Time) bool {
	if e.Due.IsZero() {
		return true
	}
	if e.Hours == nil {
		left := e.Due.Sub(at)
		return left > 0 && 2*left >= e.Due.Sub(e.Now)
	}
	left := e.Hours.Between(at, e.Due)
	return left > 0 && 2*left >= e.Hours.Between(e.Now, e.Due)
}

// keys are addresses as they are compared.
func keys(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, a := range list {
		out[strings.ToLower(a)] = true
	}
	return out
}

// has reports whether an address is in a list.
func has(list []string, addr string) bool {
	return slices.ContainsFunc(list, func(a string) bool { return strings.EqualFold(a, addr) })
}
