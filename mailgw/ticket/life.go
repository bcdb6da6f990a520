package ticket

import (
	"fmt"
	"strings"
)

// Deed is what happens to a ticket and may change its status.
type Deed string

// The deeds.
const (
	CustomerWrote Deed = "customer wrote"    // new words of a person who belongs to it
	AgentAnswered Deed = "answered"          // an agent's answer is on its way to the customer
	NotDelivered  Deed = "not delivered"     // an answer could not be delivered for good
	Solve         Deed = "solve"             // an agent thinks that it is done
	Close         Deed = "close"             // it is over
	Wait          Deed = "wait"              // nothing to do before the customer writes or a date comes
	Reopen        Deed = "reopen"            // there is work to do after all
	Confirmed     Deed = "customer said yes" // asked whether it is solved, the customer says that it is
	Silence       Deed = "silence"           // asked and told when it will be closed, the customer said nothing
)

// Deeds are all deeds, in the order of the table in docs/life-of-a-ticket.md.
func Deeds() []Deed {
	return []Deed{CustomerWrote, AgentAnswered, NotDelivered, Solve, Close, Wait, Reopen, Confirmed, Silence}
}

// Statuses are all states, in the order of a life.
func Statuses() []Status { return []Status{New, Open, Pending, Solved, Closed} }

// After is the life of a ticket: the status that a deed leaves it in. ok is
// false when the deed cannot be done to a ticket in this status. The customer's
// words always count: no status keeps them from being work.
func (s Status) After(d Deed) (then Status, ok bool) {
	switch d {
	case CustomerWrote, NotDelivered:
		if s == New {
			return New, true // nobody has answered yet, still
		}
		return Open, s.Valid()
	case AgentAnswered:
		return Pending, s.Valid()
	case Solve:
		if s == Closed { // over is more than solved
			return Closed, false
		}
		return Solved, s.Valid()
	case Close:
		return Closed, s.Valid()
	case Wait:
		if s == Solved || s == Closed { // would be work again
			return s, false
		}
		return Pending, s.Valid()
	case Reopen:
		return Open, s.Valid()
	case Confirmed:
		if s != Solved && s != Closed { // nobody has said that there is something to confirm
			return s, false
		}
		return Closed, true
	case Silence:
		if s != Solved {
			return s, false
		}
		return Closed, true
	}
	return s, false
}

// DeedFor is the deed by which a person sets a status; false for [New], which
// only a new ticket has.
func DeedFor(to Status) (Deed, bool) {
	switch to {
	case Open:
		return Reopen, true
	case Pending:
		return Wait, true
	case Solved:
		return Solve, true
	case Closed:
		return Close, true
	}
	return "", false
}

// LifeTable is the table of [Status.After] in Markdown, for the docs.
func LifeTable() string {
	var b strings.Builder
	b.WriteString("| deed |")
	for _, s := range Statuses() {
		fmt.Fprintf(&b, " %s |", s)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(Statuses())) + "\n")
	for _, d := range Deeds() {
		fmt.Fprintf(&b, "| %s |", d)
		for _, s := range Statuses() {
			then, ok := s.After(d)
			if !ok {
				then = "refused"
			}
			fmt.Fprintf(&b, " %s |", then)
		}
		b.WriteString("\n")
	}
	return b.String()
}
