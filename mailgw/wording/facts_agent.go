package wording

// AnswerFacts is an agent's answer to a customer.
type AnswerFacts struct {
	// Subject is the customer's, decoded; "" says that this is an answer.
	Subject string `json:"subject,omitempty"`
	// Text is the agent's words, cleaned of what no customer must see. They are
	// shown whole.
	Text string `json:"text,omitempty"`
	// AgentName is who answers; "" is not said.
	AgentName string `json:"agent_name,omitempty"`
	// DeskName signs when Signature is empty.
	DeskName string `json:"desk_name,omitempty"`
	// Signature is the desk's, one or more lines; "" signs with DeskName.
	Signature string `json:"signature,omitempty"`
	// By is by when the customer hears from us again, said in the mail's language:
	// "by 15:00 today, Tuesday 14 July (CEST)"; "" is not said.
	By string `json:"by,omitempty"`
	// Call says that By is when they are called.
	Call bool `json:"call,omitempty"`
	// Again are the first words of a mail of ours that waits for their answer: then this
	// mail says no more than that; "" is not said.
	Again string `json:"again,omitempty"`
	// Omitted are the names of files that were too large for this mail; 20 are named.
	Omitted []string `json:"omitted,omitempty"`
	// Asks asks the customer at the end whether that solves their matter. ReplyTo and
	// Subject are then those of the mail that answers it, see SolvedFacts.
	Asks bool `json:"asks,omitempty"`
	// ReplyTo is where an answer comes home to; "" offers no links.
	ReplyTo string `json:"reply_to,omitempty"`
	// NameTo is the address of the link by which the customer says how they want to be
	// called; "" offers none.
	NameTo string `json:"name_to,omitempty"`
}

// The reasons why an agent's mail was not sent.
const (
	ReasonNoWords          = "no_words"          // nothing but a quotation, a signature or commands
	ReasonOnlyCommands     = "only_commands"     // nothing but commands, which are done
	ReasonNotProven        = "not_proven"        // the mail does not prove that the agent wrote it
	ReasonNotOnDesk        = "not_on_desk"       // the agent does not belong to the ticket's desk
	ReasonWhoWrote         = "who_wrote"         // it passes on a mail, and whose cannot be told
	ReasonForwarded        = "forwarded"         // it passes on another mail, which may be somebody else's
	ReasonMisplacedCommand = "misplaced_command" // a command stands below the first words
	ReasonUnknownAgent     = "unknown_agent"     // nobody of that address answers here
	ReasonNoRecipient      = "no_recipient"      // nobody is left to send it to
	ReasonCannedUnknown    = "canned_unknown"    // it names a canned answer that does not exist
	ReasonCannedUnfilled   = "canned_unfilled"   // a place of a canned answer is not filled, or words fill none
	ReasonSolutionUnseen   = "solution_unseen"   // it asks for a solution that the agent was not shown, or not as it is now
)

// NotSentFacts tells an agent that a mail did not go to the customer.
type NotSentFacts struct {
	// Ticket is the number; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// Subject is the ticket's, decoded.
	Subject string `json:"subject,omitempty"`
	// Reason is one of the Reason constants; another one says no more than that it
	// was not sent, and Detail must tell why.
	Reason string `json:"reason,omitempty"`
	// Detail is one line more: the command, the address.
	Detail string `json:"detail,omitempty"`
	// Words is what the agent wrote; shown up to 4096 bytes.
	Words string `json:"words,omitempty"`
}

// CommandLine is a line that was not understood.
type CommandLine struct {
	Line  string `json:"line"`            // as the agent wrote it
	Meant string `json:"meant,omitempty"` // the command that was probably meant, without the sign; "" when none is near
}

// CommandFacts tells an agent which of the commands were not understood.
type CommandFacts struct {
	// Ticket is the number; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// Subject is the ticket's, decoded.
	Subject string `json:"subject,omitempty"`
	// Unknown are the lines, in order; 20 are listed.
	Unknown []CommandLine `json:"unknown,omitempty"`
}

// UndeliveredRecipient is one whom an answer did not reach.
type UndeliveredRecipient struct {
	Address string `json:"address"`         // local@domain
	Why     string `json:"why,omitempty"`   // in plain words, see WhyUndelivered
	Reply   string `json:"reply,omitempty"` // the server's own words; shown small at the end
}

// UndeliveredFacts tells an agent that an answer did not arrive, or not whole.
type UndeliveredFacts struct {
	// Ticket is the number; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// Subject is the ticket's, decoded.
	Subject string `json:"subject,omitempty"`
	// Recipients are those whom it did not reach; 20 are listed.
	Recipients []UndeliveredRecipient `json:"recipients,omitempty"`
	// TooBig are the names of files that the next mail server does not take; 20 are listed.
	TooBig []string `json:"too_big,omitempty"`
	// GaveUp says that it was tried for days; else the refusal was final.
	GaveUp bool `json:"gave_up,omitempty"`
	// Words is what the agent wrote; shown up to 4096 bytes.
	Words string `json:"words,omitempty"`
}

// The kinds of what waits in a drawer.
const (
	DrawerHeld        = "held"        // its writer could not be proven
	DrawerJunk        = "junk"        // taken for a mail of no matter
	DrawerOverBudget  = "over_budget" // its writer was not told a time
	DrawerUndelivered = "undelivered" // an answer that did not arrive
	DrawerUnsent      = "unsent"      // an answer of an agent that waits for somebody's word
	DrawerUnassigned  = "unassigned"  // a ticket that nobody took
	DrawerPromised    = "promised"    // an answer that a customer was promised
	DrawerTarget      = "target"      // a time of which no customer was told
)

// DrawerItem is one thing that waits for a person.
type DrawerItem struct {
	Kind    string `json:"kind"`              // one of the Drawer constants; another one is shown as it is
	From    string `json:"from,omitempty"`    // who wrote: "Name <addr>"
	Subject string `json:"subject,omitempty"` // decoded
	Since   string `json:"since,omitempty"`   // said in the desk's zone
	Why     string `json:"why,omitempty"`     // why it waits, one line
	Ticket  uint64 `json:"ticket,omitempty"`  // the number; 0 is not said
	Command string `json:"command,omitempty"` // what takes it out of the drawer, to be typed
}

// DrawerFacts is the daily list of what nobody has looked at.
type DrawerFacts struct {
	// DeskName is whose list it is.
	DeskName string `json:"desk_name,omitempty"`
	// Items are what waits, in the order to be shown; 50 are listed.
	Items []DrawerItem `json:"items,omitempty"`
	// More is how many wait besides Items.
	More int `json:"more,omitempty"`
}
