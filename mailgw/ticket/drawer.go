package ticket

import "time"

// DrawerKind says in which drawer a mail waits for a person.
type DrawerKind string

// The drawers.
const (
	DrawerHeld           DrawerKind = "held"           // its sender could not prove to belong to the ticket that it asked for
	DrawerJunk           DrawerKind = "junk"           // quarantined: taken for spam, poison or a third service's mail
	DrawerUnacknowledged DrawerKind = "unacknowledged" // its writer was told nothing: over budget, or a failing sender
	DrawerUndelivered    DrawerKind = "undelivered"    // a mail of ours that the next hop refused for good
	DrawerUnsent         DrawerKind = "unsent"         // an agent's answer that waits for a person's word, see Outgoing.Waits
)

// Valid reports whether k is one of the drawers.
func (k DrawerKind) Valid() bool {
	switch k {
	case DrawerHeld, DrawerJunk, DrawerUnacknowledged, DrawerUndelivered, DrawerUnsent:
		return true
	}
	return false
}

// DrawerItem is a mail that waits for a person. It waits in one drawer at a time.
type DrawerItem struct {
	ID       ID         `json:"id"`                 // of the accepted mail that waits, or of the outgoing row that failed
	Kind     DrawerKind `json:"kind"`               // the drawer
	Ticket   uint64     `json:"ticket,omitempty"`   // the ticket that it concerns; of a held one, the ticket that it asked for; 0 when none
	Own      uint64     `json:"own,omitempty"`      // of a held one: the ticket that it opened meanwhile; 0 when none
	Desk     string     `json:"desk"`               // name of the desk whose people look at it
	From     string     `json:"from"`               // "Name <addr>" of the mail's author
	Subject  string     `json:"subject"`            // decoded
	Why      string     `json:"why"`                // why it waits, in one sentence for the desk
	Since    time.Time  `json:"since"`              // when it came into the drawer
	DueAt    time.Time  `json:"due_at,omitzero"`    // when its clock runs out; zero when it has none
	ListedAt time.Time  `json:"listed_at,omitzero"` // when the desk's list last named it; zero: not yet mailed to the desk
}
