// Package view says what agents see as folders: which mails stand where, what a folder
// is called, and what moving a mail from one to the other does.
//
// It is pure. A ticket's mails stand on one shelf at a time, which follows from the
// ticket alone, see [ShelfOf]; a folder shows the mails of some shelves, see
// [Folder.Shows]. UIDs are given for a shelf, from one row of numbers for all of them
// (see [Place]), so that folders that show several shelves, or shelves that several
// agents see, need nothing kept of their own.
package view

import (
	"strconv"
	"strings"

	"supportgw/mailgw/ticket"
)

// Phase is which part of its life a ticket is in, as far as folders go.
type Phase string

// The phases. A closed ticket's is the year in which it was closed.
const (
	Active  Phase = "active"  // somebody of the desk has to do something
	Waiting Phase = "waiting" // for its customer, or a date
	Solved  Phase = "solved"
)

// PhaseOf returns a ticket's phase.
func PhaseOf(t *ticket.Ticket) Phase {
	switch t.Status {
	case ticket.Pending:
		return Waiting
	case ticket.Solved:
		return Solved
	case ticket.Closed:
		return Phase(strconv.Itoa(t.ClosedAt.UTC().Year()))
	}
	return Active
}

// Closed reports whether p is that of closed tickets.
func (p Phase) Closed() bool { return p != Active && p != Waiting && p != Solved }

// Shelf is where mails stand.
type Shelf struct {
	Kind  byte   // what stands there, see OfTickets and the others
	Desk  string // the desk's name; "" of what is an agent's alone
	Phase Phase  // of tickets
	Agent string // whose tickets, or whose own shelf: an address in lower case; "" for nobody's
}

// The kinds of shelves.
const (
	OfTickets byte = 't'
	OfHeld    byte = 'h' // mails that wait for a person
	OfJunk    byte = 'j'
	OfDrafts  byte = 'd' // an agent's own
	OfSent    byte = 's' // what an agent wrote, by the desks that their tickets are on
	OfTrash   byte = 'x' // what an agent does not want to see, by desks too
)

// sep stands between the parts of a shelf's name; no name or address has it.
const sep = "\x1f"

// shelfParts are how many of them a shelf's name has.
const shelfParts = 4

// ShelfOf is where a ticket's mails stand.
func ShelfOf(t *ticket.Ticket) Shelf {
	return Shelf{OfTickets, t.Desk, PhaseOf(t), strings.ToLower(t.Assignee)}
}

// IsOwn reports whether only its agent looks at it.
func (s Shelf) IsOwn() bool { return s.Kind == OfDrafts || s.Kind == OfSent || s.Kind == OfTrash }

// On is the same shelf of another desk.
func (s Shelf) On(desk string) Shelf {
	s.Desk = desk
	return s
}

// String is the shelf's name in the store. Shelves of one kind and desk lie together.
func (s Shelf) String() string {
	return string(s.Kind) + sep + s.Desk + sep + string(s.Phase) + sep + s.Agent
}

// ParseShelf reads what String wrote.
func ParseShelf(name string) (Shelf, bool) {
	part := strings.Split(name, sep)
	if len(part) != shelfParts || len(part[0]) != 1 {
		return Shelf{}, false
	}
	return Shelf{part[0][0], part[1], Phase(part[2]), part[3]}, true
}

// IsOverdue reports whether what a ticket's customer was told, or what the desk aims
// at, is past, and there is work to do on it. A later time that they were told instead
// does not make it less so.
func IsOverdue(t *ticket.Ticket) bool {
	return PhaseOf(t) == Active && (t.PromiseIs == "broken" || t.PromiseIs == "open" && t.PutOff)
}
