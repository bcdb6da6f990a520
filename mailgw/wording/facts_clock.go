package wording

// The reasons why an agent hears of a time that they promised.
const (
	ClockNoted     = "noted"       // read in the agent's words: it is watched
	ClockTold      = "told"        // the customer is told it, as the agent asked
	ClockAsk       = "ask"         // perhaps promised in the agent's words: nothing is noted
	ClockNext      = "next"        // an answer has left without a time for the next step
	ClockWasTold   = "was_told"    // it is dropped, and the customer knows of it
	ClockMovedTold = "moved_told"  // it is moved, and the customer knows the one of before
	ClockUnread    = "unread"      // what the agent wrote is no time that is understood
	ClockOver      = "over"        // nothing is open that could be dropped or moved
	ClockAway      = "away"        // the agent is away until When; Detail is who stands in
	ClockAwayOpen  = "away_open"   // the agent is away, and has not said until when
	ClockBack      = "back"        // the agent is in again
	ClockAwayWhat  = "away_unread" // it was not understood until when the agent is away, or who stands in
)

// ClockFacts tells an agent of a time by which they owe a customer something. A
// reply to it stays in the house.
type ClockFacts struct {
	// Ticket is the number; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// Subject is the ticket's, decoded.
	Subject string `json:"subject,omitempty"`
	// Reason is one of the Clock constants; another one says nothing of itself, and
	// Detail must tell why.
	Reason string `json:"reason,omitempty"`
	// When is the time, said in the agent's zone; "" for none.
	When string `json:"when,omitempty"`
	// Words is what the agent wrote; shown up to 4096 bytes.
	Words string `json:"words,omitempty"`
	// Also are further times in the same words, which bind nobody; 20 are listed.
	Also []string `json:"also,omitempty"`
	// Detail is one line more: how it was understood, or why it was not.
	Detail string `json:"detail,omitempty"`
	// CanReply says that a reply to this mail is read; the mail then says how.
	CanReply bool `json:"can_reply,omitempty"`
}

// The states in which a customer's matter is, as [UpdateFacts] tells them.
const (
	UpdateOnIt   = "on_it"  // Agent has it since Since
	UpdatePassed = "passed" // it went to Desk at Since, and nobody has it yet
	UpdateNobody = "nobody" // nobody has it
)

// UpdateFacts tells a customer who waits how their matter stands. Empty fields
// leave out their sentence.
type UpdateFacts struct {
	// DeskName is the desk's display name; it also signs when Signature is empty.
	DeskName string `json:"desk_name,omitempty"`
	// DeskAddress is the address the customer wrote to; named in the last line.
	DeskAddress string `json:"desk_address,omitempty"`
	// CustomerName is the person's display name. When "" or not like a name nobody
	// is greeted by name. Never shown when Neutral.
	CustomerName string `json:"customer_name,omitempty"`
	// Subject is theirs, decoded; the mail's own subject is made of it. Never shown
	// when Neutral.
	Subject string `json:"subject,omitempty"`
	// Ticket is the number, said small at the end; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// State is one of the Update constants; "" says nothing of it.
	State string `json:"state,omitempty"`
	// Agent is who has it, a display name.
	Agent string `json:"agent,omitempty"`
	// To is the display name of the desk that it was passed to.
	To string `json:"to,omitempty"`
	// Since is since when: a clock time of today, or a date with one.
	Since string `json:"since,omitempty"`
	// Told is the time that was told and will not be kept, said in the mail's
	// language and the customer's zone: "by 15:00 today, Tuesday 14 July (CEST)".
	Told string `json:"told,omitempty"`
	// By is by when they hear more, said in the same way. "" promises nothing.
	By string `json:"by,omitempty"`
	// Signature is the desk's, one or more lines; "" signs with DeskName.
	Signature string `json:"signature,omitempty"`
	// Neutral shows nothing that the customer wrote, for a sender who is not
	// authenticated and not known; the subject is then ours.
	Neutral bool `json:"neutral,omitempty"`
}
