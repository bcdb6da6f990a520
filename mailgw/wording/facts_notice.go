package wording

// The kinds of what a notice says of the matter so far.
const (
	MatterFirst      = "first"      // what it was about first
	MatterAsked      = "asked"      // what the desk asked, and what was answered
	MatterOpen       = "open"       // what the desk asked, and nobody has answered
	MatterDone       = "done"       // what the customer has tried or done already
	MatterSent       = "sent"       // files that they sent
	MatterTold       = "told"       // a time that they were told; State says what became of it
	MatterWorkaround = "workaround" // how they can go on until it is solved
	MatterSolution   = "solution"   // what solved it
	MatterHad        = "had"        // who has had the ticket
	MatterNotes      = "notes"      // how many notes of the house there are, which stand in other mails
)

// The most lines that a notice says of the matter so far, the last exchanges
// included, and the most characters of each.
const (
	MaxMatter     = 10
	MaxMatterLine = 100
)

// MatterLine is one thing that is known of the matter.
type MatterLine struct {
	// Is is one of the Matter constants; another one is shown as it is.
	Is string `json:"is"`
	// Text is what is known, in the words of who said it.
	Text string `json:"text"`
	// State is kept, broken, withdrawn or open, of a time that was told; "" of all else.
	State string `json:"state,omitempty"`
}

// NoticeSimilar is a ticket that is solved and was about something similar.
type NoticeSimilar struct {
	// Ticket is its number, by which “#use” puts its solution into an answer.
	Ticket uint64 `json:"ticket"`
	// Subject is its customer's, decoded. It must name nobody.
	Subject string `json:"subject,omitempty"`
	// Solution is what solved it, in an agent's words.
	Solution string `json:"solution,omitempty"`
}

// NoticeLinks are the addresses of what an agent does in one step. Whoever mails the
// notice puts each reader's own token into them; "" offers no such step.
type NoticeLinks struct {
	Take          string `json:"take,omitempty"`           // the ticket is the reader's
	Solve         string `json:"solve,omitempty"`          // it is solved
	Wait          string `json:"wait,omitempty"`           // it waits three days
	Ask           string `json:"ask,omitempty"`            // the customer is asked again
	WrongCustomer string `json:"wrong_customer,omitempty"` // it is not of this customer
	NotForUs      string `json:"not_for_us,omitempty"`     // it is no matter of the desk
	Call          string `json:"call,omitempty"`           // the customer is called back
	Private       string `json:"private,omitempty"`        // what is written there is a note for the house
}

// NoticeGoes is whom an answer to a notice goes to.
type NoticeGoes struct {
	// To get the answer, "Name <addr>" or the bare address each.
	To []string `json:"to,omitempty"`
	// Nobody says that it goes to nobody, since there is no address.
	Nobody bool `json:"nobody,omitempty"`
	// Not are people whom the mail names and who do not get it.
	Not []string `json:"not,omitempty"`
	// Only gets the answer when it is for the writer alone; "" when that is the same.
	Only string `json:"only,omitempty"`
}
