// Package promise computes by when a person will answer, says it in the
// customer's language and zone, and describes the row of the ledger in which
// every such promise is kept until it is kept or broken.
//
// It does not store, watch or send anything: the store holds the rows, the
// scheduler watches them, package wording puts what [Say] returns into a mail.
// It reads no clock; every time is a parameter. Nothing here has state, so all
// of it is safe for concurrent use. Failure policy: [Due] fails when there is no
// time to promise (no target, a calendar that never opens), and never invents one;
// everything else always has an answer.
package promise

import (
	"time"

	"supportgw/mailgw/ticket"
)

// State is where a promise stands.
type State string

// The states of a promise. Only Open changes, and only once, unless the answer that
// settled it comes back.
const (
	Open      State = "open"      // not yet due or not yet answered; again, when the answer that kept it came back
	Kept      State = "kept"      // the next hop took the answer by the due time
	Broken    State = "broken"    // the due time passed first
	Withdrawn State = "withdrawn" // no longer owed, for a reason that Cause tells
)

// Kind is what was promised.
type Kind string

// The kinds of promises.
const (
	First      Kind = "first"      // the first answer of a person
	Next       Kind = "next"       // the answer to a later mail of the customer
	Update     Kind = "update"     // news, whether or not it is solved
	Resolution Kind = "resolution" // that it works again
	Callback   Kind = "callback"   // a call
	ByAgent    Kind = "agent"      // what an agent promised in their own words
)

// Promise is a row of the ledger. With Told false it is only a target: a clock
// that no customer knows of.
type Promise struct {
	ID        ticket.ID     `json:"id"`                    // never zero in a stored row
	Ticket    uint64        `json:"ticket"`                // the ticket's number
	Customer  string        `json:"customer"`              // the customer's name, "" when unknown
	Agent     string        `json:"agent"`                 // the address of the agent who owes it; "" is the desk
	Kind      Kind          `json:"kind"`                  // what was promised
	Told      bool          `json:"told"`                  // whether the customer was told the time
	State     State         `json:"state"`                 // where it stands
	DueAt     time.Time     `json:"due_at"`                // the time that was told
	AlarmAt   time.Time     `json:"alarm_at,omitzero"`     // when to look at it before DueAt; zero: not before
	Stage     Stage         `json:"stage,omitempty"`       // what was done last because it is not kept yet; "" is nothing
	Late      int           `json:"late,omitempty"`        // how many promises before this one were announced late, in a row
	Announced time.Time     `json:"announced_at,omitzero"` // when the customer was told that it will not be kept; zero: they were not
	PausedAt  time.Time     `json:"paused_at,omitzero"`    // since when it stands still, because the customer is waited for; zero: it runs
	Resumed   time.Time     `json:"resumed_at,omitzero"`   // when it last went on; zero: it has never stood still
	Left      time.Duration `json:"left,omitempty"`        // of one that stands still: the working time that is left of it
	Spent     time.Duration `json:"spent,omitempty"`       // the working time that was over when it last stood still
	Clock     bool          `json:"clock,omitempty"`       // nights and weekends count, as for what is urgent
	MadeAt    time.Time     `json:"made_at"`               // when it was made
	MadeBy    string        `json:"made_by"`               // an agent's address, "rule NAME" or "mailgw"
	Mail      string        `json:"mail,omitempty"`        // Message-ID, without brackets, of the mail that told it; of a target, of the mail that started it
	Words     string        `json:"words,omitempty"`       // the agent's own words that made it; "" when it was no words
	KeptAt    time.Time     `json:"kept_at,omitzero"`      // when the next hop took the answer; zero while there is none
	KeptBy    []string      `json:"kept_by,omitempty"`     // Message-IDs of the answers, without brackets; nil while there is none
	Cause     string        `json:"cause"`                 // the mail or deed that started it
	Why       string        `json:"why,omitempty"`         // why it was broken or withdrawn; "" while it is neither
	OwedTo    string        `json:"owed_to,omitempty"`     // the bare address that alone it is owed to, since a merge put it beside another person's; "" = any answer on the ticket keeps it

	// What history is made of, in the row of the clock that a mail began; Wanted is
	// zero in all other rows, as in those of times that were announced later.
	Wanted   time.Duration   `json:"wanted,omitempty"`   // the time in which the desk wanted to answer; around the clock with Clock
	Priority ticket.Priority `json:"priority,omitempty"` // of the ticket when the clock began

	Calibrated bool `json:"calibrated,omitempty"` // DueAt is what history told, not the target
	GivenUp    bool `json:"given_up,omitempty"`   // a target that was missed as soon as it was made, since history told so: another row holds the time that the customer was told
}

// Alarm is when to look at an open promise next; zero while it stands still.
func (p *Promise) Alarm() time.Time {
	switch {
	case !p.PausedAt.IsZero():
		return time.Time{}
	case p.AlarmAt.IsZero():
		return p.DueAt
	}
	return p.AlarmAt
}

// KeptByAnswer reports whether a person's answer to the customer is what was
// promised: a solution is not, and a call is not.
func (p *Promise) KeptByAnswer() bool { return p.Kind != Resolution && p.Kind != Callback }

// Shown reports whether a ticket may show it as its clock: not one of the house's own
// clocks until news and until the solution, of which the customer knows nothing.
func (p *Promise) Shown() bool { return p.Kind != Resolution && (p.Kind != Update || p.Told) }
