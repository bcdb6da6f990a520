package wording

// MaxDigest is how many tickets one list of news names.
const MaxDigest = 100

// DigestItem is a ticket with news in a list of many.
type DigestItem struct {
	// Ticket is its number.
	Ticket uint64 `json:"ticket"`
	// Seq is the entry that the news is, and that an answer answers.
	Seq uint32 `json:"seq,omitempty"`
	// Entry is the ID of that entry, from which From and Words are read when the list
	// leaves; it is not shown.
	Entry string `json:"entry,omitempty"`
	// From is who wrote, "Name <addr>"; "" is not said.
	From string `json:"from,omitempty"`
	// Company is the customer's name; "" is not said.
	Company string `json:"company,omitempty"`
	// Subject is the ticket's, decoded.
	Subject string `json:"subject,omitempty"`
	// Words are the first of the news; one line.
	Words string `json:"words,omitempty"`
	// Due is by when the answer was promised, as it was said; "" when nothing is.
	Due string `json:"due,omitempty"`
	// Urgent marks it.
	Urgent bool `json:"urgent,omitempty"`
	// Reply is the address at which the reader answers the customer; "" when they cannot.
	Reply string `json:"reply,omitempty"`
	// Links are of what the reader does in one step; Take and Solve are offered.
	Links NoticeLinks `json:"links,omitzero"`
}

// DigestFacts is the list of what is new since the last one, for one reader.
type DigestFacts struct {
	// DeskName is where the tickets are; "" is not said.
	DeskName string `json:"desk_name,omitempty"`
	// Items are what is new, in the order to be shown; MaxDigest are listed.
	Items []DigestItem `json:"items,omitempty"`
	// More is how many there are besides Items.
	More int `json:"more,omitempty"`
	// Settled are the numbers of tickets that had news, and were answered or solved before
	// the list left.
	Settled []uint64 `json:"settled,omitempty"`
}
