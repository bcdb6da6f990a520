package threading

// Mail is what [Match] wants to know about a mail.
type Mail struct {
	Recipients  []string // bare addresses: the envelope's first, then To and Cc
	MessageID   string   // its own id without brackets; "" when it has none
	InReplyTo   []string // ids without brackets, see [ScanIDs]
	References  []string // ids without brackets, oldest first
	Subject     string   // decoded
	ThreadIndex string   // the header field Thread-Index as it stands; "" when there is none
	Author      string   // bare address of From; no evidence for matching, so Match leaves it to [Admit]
	Scope       string   // whose subjects and foreign tags are compared: the customer's name, else the author's address; "" = nobody's, so neither counts
	Day         int      // days since 1970 of the mail's arrival
	OwnTags     []string // prefixes of our desks' subject tags: "SUP" for [SUP-123]; nil when no desk has one
	JoinSubject bool     // evidence 7 joins, as the mail's desk asks for; false = it only suggests
}

// TicketFacts is what an [Index] tells about a ticket.
type TicketFacts struct {
	Number      uint64 // where the entry (or the ticket) that was asked for is now, after merges and splits; 0 = where it was
	Entry       uint32 // the entry's number there; 0 = unknown, or the whole ticket was asked for
	ClosedLong  bool   // closed for longer than replies to it reopen it
	BareSubject string // [BareSubject] of the ticket's subject
	Known       bool   // the mail's author is one of its people; prefers it to others with the same weak evidence, and opens no door
}

// Index is what the store knows. All methods must see all that was committed.
type Index interface {
	// ByMessageID returns the ticket on which a mail of others with this
	// Message-ID (without brackets) is. Our own mails' ids are not asked for.
	ByMessageID(id string) (ticket uint64, ok bool)
	// Ticket returns what is known about a ticket, and where its entry with this
	// number is now; entry 0 means the ticket as a whole. False when there is no
	// such ticket.
	Ticket(number uint64, entry uint32) (TicketFacts, bool)
	// ByClue returns the tickets on which mails left this clue, the newest
	// first, each once, at most a few; nil when there is none.
	ByClue(c Clue) []uint64
	// Copy returns the ticket on which a mail of the same author with this
	// Message-ID is already: the same one, but for what a list or a gateway has put
	// below its words. Some programs give one id to all that they send.
	Copy(id string) (ticket uint64, ok bool)
	// Learned returns the mail of ours that a relay gave this id, see [LearnedClue].
	Learned(id string) (Ref, bool)
}

// Decision says where a mail belongs, and why.
type Decision struct {
	Ticket      uint64       // the ticket, 0 when none matched: a new matter
	Evidence    []string     // why, in words, for the entry and for explain
	Rejected    []string     // what looked like evidence and did not count, and why
	Proof       bool         // the mail came to an address with a token that entitles its writer (proof A)
	Weak        bool         // Ticket stands on evidence 4 to 7 alone: whoever proves nothing opens a new ticket
	Tagged      bool         // Weak: a tag of ours names Ticket, which an author writes on purpose or by answering us
	Ref         Ref          // what the token or the id of ours said, with ticket and entry as they are now; zero when others' ids matched
	NewLinkedTo uint64       // Ticket is 0, and the new ticket is to be linked to this one
	Also        []uint64     // other tickets that ids in the mail name: they may be one matter. Those linked already are for the caller to leave out.
	Suggestions []Suggestion // tickets that a person may want to look at; none is joined
	Unresolved  []string     // ids that the mail names and nobody has seen, the farthest ancestor first
	left        []leftClue   // clues of the mail that are there already
}

// Suggestion is a ticket that a mail may belong to, on evidence too weak to join it.
type Suggestion struct {
	Ticket uint64 // the ticket's number
	Why    string // in words, for the agent
}
