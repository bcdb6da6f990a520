package view

import (
	"strings"

	"supportgw/mailgw/ticket"
)

// IsShown reports whether an entry is a mail on its ticket's shelf: a mail of ours once it
// has left, and of an agent's mail what was made of it instead. What was erased is gone.
func IsShown(e *ticket.Entry) bool {
	switch {
	case !e.ErasedAt.IsZero():
		return false
	case e.Kind == ticket.MailOut:
		return !e.SentAt.IsZero()
	}
	return e.Became == 0
}

// SentBy is the agent, an address in lower case, whose answer an entry is, also one that
// still waits to leave; "" of all else.
func SentBy(e *ticket.Entry) string {
	if e.Kind != ticket.MailOut || !e.ErasedAt.IsZero() {
		return ""
	}
	return strings.ToLower(e.ByAgent)
}

// Answers reports whether an entry is an agent's answer that has left, so that what came
// before it is answered. An answer that was erased since still was one.
func Answers(e *ticket.Entry) bool {
	return e.Kind == ticket.MailOut && e.ByAgent != "" && !e.SentAt.IsZero()
}

// Standing is all of a ticket that its mails' places follow from.
type Standing struct {
	Shelf    Shelf
	Customer uint64 // 0: it is not certain whose it is
	Urgent   bool
	Overdue  bool
}

// StandingOf is a ticket's.
func StandingOf(t *ticket.Ticket) Standing {
	s := Standing{Shelf: ShelfOf(t), Urgent: t.Priority == ticket.Urgent, Overdue: IsOverdue(t)}
	if !t.Unsure() {
		s.Customer = t.CustomerID
	}
	return s
}

// ItemShelf is where a mail stands that waits for a person in a drawer; ok is false for
// drawers that are no folder.
func ItemShelf(d *ticket.DrawerItem) (s Shelf, ok bool) {
	switch d.Kind {
	case ticket.DrawerHeld:
		return Shelf{Kind: OfHeld, Desk: d.Desk}, true
	case ticket.DrawerJunk:
		return Shelf{Kind: OfJunk, Desk: d.Desk}, true
	}
	return s, false
}
