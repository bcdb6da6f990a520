package wording

// LateFacts tells a customer that the time which was told will not be kept.
// Empty fields leave out their sentence, except where noted.
type LateFacts struct {
	// DeskName is the desk's display name; it also signs when Signature is empty.
	DeskName string `json:"desk_name,omitempty"`
	// DeskAddress is the address the customer wrote to; named in the last line.
	DeskAddress string `json:"desk_address,omitempty"`
	// CustomerName is the person's display name. When "" or not like a name nobody
	// is greeted by name. Never shown when Neutral.
	CustomerName string `json:"customer_name,omitempty"`
	// Subject is theirs, decoded; the mail's own subject is made of it and nothing
	// else shows it. Never shown when Neutral.
	Subject string `json:"subject,omitempty"`
	// Ticket is the number, said small at the end; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// Told is the time that was told and will not be kept, said in the mail's
	// language and the customer's zone: "by 15:00 today, Tuesday 14 July (CEST)". ""
	// says that it will not be kept without naming it.
	Told string `json:"told,omitempty"`
	// By is the new time, said in the same way. "" promises nothing.
	By string `json:"by,omitempty"`
	// NextDay says that the new time lies on another working day: how to say that it
	// is an emergency then stands before everything else.
	NextDay bool `json:"next_day,omitempty"`
	// Emergency is the desk's sentence on how to say that it cannot wait.
	Emergency string `json:"emergency,omitempty"`
	// Signature is the desk's, one or more lines, set below our closing words; ""
	// signs with DeskName.
	Signature string `json:"signature,omitempty"`
	// Neutral shows nothing that the customer wrote, for a sender who is not
	// authenticated and not known; the subject is then ours.
	Neutral bool `json:"neutral,omitempty"`
}

// DueFacts tells the agents and the person on call that a promise breaks: no
// answer has gone out, and the told time is near or over. Empty fields leave out
// their part.
type DueFacts struct {
	// Ticket is the number; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// Desk is the desk's short name in the configuration.
	Desk string `json:"desk,omitempty"`
	// DeskName is its display name; "" shows Desk.
	DeskName string `json:"desk_name,omitempty"`
	// From is who waits: "Name <addr>".
	From string `json:"from,omitempty"`
	// Company is the customer's name.
	Company string `json:"company,omitempty"`
	// Level is the service level's name.
	Level string `json:"level,omitempty"`
	// Subject is the customer's, decoded.
	Subject string `json:"subject,omitempty"`
	// Words is what the customer wrote; the first 400 characters or 6 lines are shown.
	Words string `json:"words,omitempty"`
	// Due is the time that the customer was told, said in the agent's zone: "by 15:00
	// today, Tuesday 14 July (CEST)".
	Due string `json:"due,omitempty"`
	// NewDue is the new time that we have just told the customer, said in the same
	// way; "" when none was told. It then stands first, and Due after it.
	NewDue string `json:"new_due,omitempty"`
	// Broken says that Due is over and the customer was told no new time. It says
	// nothing when NewDue is set.
	Broken bool `json:"broken,omitempty"`
	// Early says that there is time left: this is a reminder.
	Early bool `json:"early,omitempty"`
	// Target says that no customer was told Due: it is a clock of the house.
	Target bool `json:"target,omitempty"`
	// Unsent says that an answer is written and waits for somebody's word.
	Unsent bool `json:"unsent,omitempty"`
	// CanReply says that a reply to this mail goes to the customer; the mail then
	// says so. Else it says that a reply does not reach them.
	CanReply bool `json:"can_reply,omitempty"`
}
