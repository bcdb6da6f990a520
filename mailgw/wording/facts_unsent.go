package wording

// Why somebody of the house is told of an agent's answer that has not left.
const (
	UnsentGuard     = "guard"      // it may hold what its reader must not see; to its writer
	UnsentReview    = "review"     // somebody else reads it first; to that one
	UnsentCollision = "collision"  // another agent has just answered the same mail; to its writer
	UnsentHold      = "hold"       // it leaves in a moment, and can be taken back; to its writer
	UnsentReturned  = "returned"   // who was to read it does not send it; to its writer
	UnsentTakenBack = "taken_back" // it is not sent; to who took it back
	UnsentSent      = "sent"       // it is on its way; to who let it go
	UnsentGone      = "gone"       // it had left, or was taken back before
)

// UnsentFinding is one thing that an answer may not say.
type UnsentFinding struct {
	Kind string `json:"kind"` // name, address, token, note or phrase; another one is shown as it is
	What string `json:"what"` // the name, the address, the phrase or the words
	Line string `json:"line"` // the line of the answer in which it stands
}

// UnsentFacts tells somebody of the house of an answer that has not left, and what they
// can do about it. Empty fields leave out their part.
type UnsentFacts struct {
	// Ticket is the number; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// Subject is the ticket's, decoded.
	Subject string `json:"subject,omitempty"`
	// Why is one of the Unsent constants; another one says no more than that it has not left.
	Why string `json:"why,omitempty"`
	// Who wrote the answer (review), wrote the other one (collision), or has read it
	// (returned); "" says "somebody".
	Who string `json:"who,omitempty"`
	// To gets the answer, "Name <addr>" or the bare address each; 20 are listed.
	To []string `json:"to,omitempty"`
	// Found is what was found in it; 20 are listed.
	Found []UnsentFinding `json:"found,omitempty"`
	// Answer is its words, up to 4096 bytes of them.
	Answer string `json:"answer,omitempty"`
	// Other are the words of Who: the other answer, or what they say of this one.
	Other string `json:"other,omitempty"`
	// At is when it leaves, said: "at 15:00 today".
	At string `json:"at,omitempty"`
	// Due is by when an answer is due, said; "" when no promise is open.
	Due string `json:"due,omitempty"`
	// Send and TakeBack are the addresses of the two steps, with rooms for the reader's
	// own tokens; "" offers no such step.
	Send     string `json:"send,omitempty"`
	TakeBack string `json:"take_back,omitempty"`
	// CanReply says that a reply to this mail comes to the ticket.
	CanReply bool `json:"can_reply,omitempty"`
}
