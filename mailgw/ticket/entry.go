package ticket

import "time"

// Kind is what an entry is.
type Kind string

// The kinds of entries.
const (
	MailIn  Kind = "mail_in"
	MailOut Kind = "mail_out"
	Note    Kind = "note" // internal: no customer ever sees it
)

// Attachment describes one attached file of a mail; the bytes are in the raw mail.
type Attachment struct {
	Name   string `json:"name"`             // the sender's, cleaned: to be shown, never a path; "" when the part has none
	Type   string `json:"type"`             // media type in lower case
	Size   int    `json:"size"`             // bytes after decoding
	SHA256 string `json:"sha256,omitempty"` // of the decoded bytes, hexadecimal: the same file has it wherever it comes; "" when it was too large to decode, and in old data
}

// Entry is one thing on a ticket.
type Entry struct {
	ID          ID           `json:"id"`
	Ticket      uint64       `json:"ticket"`
	Seq         uint32       `json:"seq"` // from 1 within the ticket
	Kind        Kind         `json:"kind"`
	From        string       `json:"from"` // "Name <addr>"
	To          []string     `json:"to,omitempty"`
	Cc          []string     `json:"cc,omitempty"`
	At          time.Time    `json:"at"`
	Subject     string       `json:"subject,omitempty"`
	MessageID   string       `json:"message_id,omitempty"` // without brackets
	Excerpt     string       `json:"excerpt,omitempty"`    // the first new words, at most 400 bytes; all of them come from the raw mail
	Text        string       `json:"text,omitempty"`       // a note's or an answer's own words; "" for mail_in
	Outcome     Outcome      `json:"outcome,omitempty"`    // of a mail_in
	Evidence    []string     `json:"evidence,omitempty"`   // why it is on this ticket
	SenderAuth  string       `json:"sender_auth,omitempty"`
	SenderWhy   []string     `json:"sender_auth_reasons,omitempty"` // of SenderAuth, one sentence each
	ByAgent     string       `json:"by_agent,omitempty"`            // address of the agent who really wrote it; "" when a customer, a program or somebody unproven did
	Attachments []Attachment `json:"attachments,omitempty"`
	Problems    []string     `json:"problems,omitempty"`     // what was broken in the mail and how it was read
	Outgoing    *Outgoing    `json:"outgoing,omitempty"`     // of a mail_out: what was said, so that its bytes can be made again
	SentAt      time.Time    `json:"sent_at,omitzero"`       // of a mail_out: when the next hop took it; zero while it waits
	Reply       string       `json:"reply,omitempty"`        // of a mail_out: what the next hop said to it
	TakenBackAt time.Time    `json:"taken_back_at,omitzero"` // of a note that was an answer: when it was taken back before it left; zero of all else
	Became      ID           `json:"became,omitzero"`        // of an agent's mail: the answer that was made from it, which is shown instead; 0 of all else
	ErasedAt    time.Time    `json:"erased_at,omitzero"`     // when its words, people and bytes were erased; zero: they were not
}

// Event is one change in a ticket's life: who did what when, and why.
type Event struct {
	Ticket uint64    `json:"ticket"`
	ID     ID        `json:"id"`
	At     time.Time `json:"at"`
	Who    string    `json:"who"` // an agent's address, "customer", "rule NAME" or "mailgw"
	What   string    `json:"what"`
	Why    string    `json:"why,omitempty"`
}
