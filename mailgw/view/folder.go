package view

import "strings"

// Kind is what a folder is for.
type Kind string

// The kinds of folders.
const (
	Inbox      Kind = "INBOX"      // what waits for me: mine, and nobody's
	Mine       Kind = "Mine"       // active tickets of mine
	Unassigned Kind = "Unassigned" // active tickets of nobody
	WaitingFor Kind = "Waiting"    // tickets of mine and of nobody that wait
	SolvedBy   Kind = "Solved"     // tickets of mine and of nobody that are solved
	Overdue    Kind = "Overdue"    // active ones of my desks, whoever's, that are late
	Held       Kind = "Held"
	Junk       Kind = "Junk"
	Drafts     Kind = "Drafts"
	Sent       Kind = "Sent"
	Trash      Kind = "Trash"
	Desk       Kind = "Desk"     // Desk/NAME: all of a desk that is not closed
	Agent      Kind = "Agent"    // Agent/NAME: active and waiting tickets of a colleague
	Customer   Kind = "Customer" // Customer/NAME: all of a customer that is not closed
	Archive    Kind = "Archive"  // Archive/YEAR: closed tickets
)

// Folder is a folder of one agent.
type Folder struct {
	Kind     Kind
	Of       string // of Desk: its name; of Agent: an address in lower case; of Archive: the year; else ""
	Customer uint64 // of Customer
	Name     string // the whole name, UTF-8, "/" between its parts; "INBOX" in capitals
}

// Reader is who looks: an agent and her desks.
type Reader struct {
	Agent string   // address in lower case
	Desks []string // names
}

// Shelves are the shelves, or beginnings of their names, that a folder shows to a
// reader. What begins so still has to pass [Folder.Shows].
func (f Folder) Shelves(r Reader) (begin []string) {
	each := func(kind byte, phase Phase, agents ...string) {
		for _, desk := range r.Desks {
			for _, a := range agents {
				begin = append(begin, Shelf{kind, desk, phase, a}.String())
			}
		}
	}
	switch f.Kind {
	case Inbox:
		each(OfTickets, Active, "", r.Agent)
	case Mine:
		each(OfTickets, Active, r.Agent)
	case Unassigned:
		each(OfTickets, Active, "")
	case WaitingFor:
		each(OfTickets, Waiting, "", r.Agent)
	case SolvedBy:
		each(OfTickets, Solved, "", r.Agent)
	case Held:
		each(OfHeld, "", "")
	case Junk:
		each(OfJunk, "", "")
	case Drafts:
		return []string{f.OwnShelf(r.Agent)}
	case Sent:
		each(OfSent, "", r.Agent)
		begin = append(begin, f.OwnShelf(r.Agent))
	case Trash:
		each(OfTrash, "", r.Agent)
		begin = append(begin, f.OwnShelf(r.Agent))
	case Agent:
		each(OfTickets, Active, f.Of)
		each(OfTickets, Waiting, f.Of)
	case Overdue, Customer, Archive:
		for _, desk := range r.Desks {
			begin = append(begin, string(OfTickets)+sep+desk+sep)
		}
	case Desk:
		for _, desk := range r.Desks {
			if desk == f.Of {
				begin = append(begin, string(OfTickets)+sep+desk+sep)
			}
		}
	}
	return begin
}

// OwnShelf is where what is an agent's own stands in Drafts, Sent and Trash, whatever desks
// she is on.
func (f Folder) OwnShelf(agent string) string {
	kind := OfDrafts
	switch f.Kind {
	case Sent:
		kind = OfSent
	case Trash:
		kind = OfTrash
	}
	return Shelf{kind, "", "", agent}.String()
}

// Facts are what a place says of its mails beside where they stand.
type Facts struct {
	Customer uint64
	Overdue  bool
}

// Shows reports whether a folder shows what stands on a shelf that begins as
// [Folder.Shelves] says.
func (f Folder) Shows(s Shelf, facts Facts) bool {
	switch f.Kind {
	case Overdue:
		return s.Phase == Active && facts.Overdue
	case Customer:
		return !s.Phase.Closed() && facts.Customer == f.Customer
	case Desk:
		return !s.Phase.Closed()
	case Archive:
		return string(s.Phase) == f.Of
	}
	return true
}

// ShowsPlace reports whether a folder shows a reader what stands at a place.
func (f Folder) ShowsPlace(r Reader, p *Place) bool {
	shelf, ok := ParseShelf(p.Shelf)
	if !ok {
		return false
	}
	for _, begin := range f.Shelves(r) {
		if p.Shelf == begin || !IsShelf(begin) && strings.HasPrefix(p.Shelf, begin) {
			return f.Shows(shelf, Facts{p.Customer, p.Overdue})
		}
	}
	return false
}

// Subscribed reports whether clients show the folder without being asked to.
func (f Folder) Subscribed() bool {
	switch f.Kind {
	case Inbox, Mine, Unassigned, WaitingFor, SolvedBy, Drafts, Sent, Trash:
		return true
	}
	return false
}

// IsOwn reports whether it holds what is the agent's alone.
func (f Folder) IsOwn() bool { return f.Kind == Drafts || f.Kind == Sent || f.Kind == Trash }

// nameRoom is how many bytes of a desk's, agent's or customer's name a folder's has.
const nameRoom = 80

// Part is a name as a part of a folder's: without what clients and the protocol take
// for something else. Two names can become the same part.
func Part(name string) string {
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune("/\\%*\"", r) }), " ")
	name = strings.Join(strings.Fields(name), " ")
	for len(name) > nameRoom {
		name = strings.TrimSpace(name[:strings.LastIndexFunc(name[:nameRoom+1], func(rune) bool { return true })])
	}
	if name == "" || name == "." || name == ".." {
		return "-"
	}
	return name
}
