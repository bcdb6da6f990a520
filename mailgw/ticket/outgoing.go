package ticket

import (
	"encoding/json"
	"time"
)

// OutgoingKind says what a mail that leaves is for.
type OutgoingKind string

// The kinds of outgoing mail.
const (
	Answer          OutgoingKind = "answer"
	Acknowledgement OutgoingKind = "acknowledgement"
	Notice          OutgoingKind = "notice"
	Page            OutgoingKind = "page"
	Forward         OutgoingKind = "forward" // a customer's mail, passed on to somebody outside as a rule says
)

// Waits is why an agent's answer waits for a person's word.
type Waits string

// Why answers wait.
const (
	WaitsGuard     Waits = "guard"     // it may hold what its reader must not see
	WaitsReview    Waits = "review"    // somebody else reads it first
	WaitsCollision Waits = "collision" // another agent has just answered the same mail
	WaitsNew       Waits = "new"       // nothing proves yet that the agent wrote this new mail
)

// Outgoing is an outbox row: what is to be said, to whom, with every fact fixed
// when it was decided. The bytes are composed when the row leaves, and are the
// same each time. A notice or page becomes one mail for each of EnvelopeTo, each
// with that person's own token; what the others are for becomes one mail for all.
type Outgoing struct {
	ID           ID              `json:"id"`
	Ticket       uint64          `json:"ticket"`
	Kind         OutgoingKind    `json:"kind"`
	EnvelopeFrom string          `json:"envelope_from"` // "" is the null reverse path
	EnvelopeTo   []string        `json:"envelope_to"`   // who has not got it yet
	From         string          `json:"from"`          // "Name <addr>"
	To           []string        `json:"to"`
	Cc           []string        `json:"cc,omitempty"`       // of an answer
	Subject      string          `json:"subject,omitempty"`  // of an answer; others have their template's
	Tag          string          `json:"tag,omitempty"`      // stands behind the template's subject
	ReplyTo      string          `json:"reply_to,omitempty"` // "{token}" in it is each person's own token
	MessageID    string          `json:"message_id"`         // without brackets
	Date         time.Time       `json:"date"`               // with the zone that the Date header shows
	InReplyTo    string          `json:"in_reply_to,omitempty"`
	References   []string        `json:"references,omitempty"`
	Template     string          `json:"template"`
	Language     string          `json:"language"`
	Facts        json.RawMessage `json:"facts"`             // of the template, see package wording
	Entry        ID              `json:"entry,omitzero"`    // the mail that it tells of: a notice's words are read from its raw bytes when the row leaves, and a forward has these attached
	EntrySeq     uint32          `json:"entry_seq"`         // the entry that this mail is, or tells of, for its tokens
	Clock        string          `json:"clock,omitempty"`   // the rehearsal clock, when serve runs on one
	Lane         string          `json:"lane,omitempty"`    // the destination that it waits for: the domain of the first recipient in lower case; "" in rows of before there were lanes
	Files        []SentFile      `json:"files,omitempty"`   // those of Entry's raw mail that an answer carries
	Omitted      bool            `json:"omitted,omitempty"` // the files are left out: the next hop does not take their size

	Waits Waits `json:"waits,omitempty"` // why it does not leave before a person has said so, see DrawerUnsent; "" for what may leave at NextAt
	Held  *Held `json:"held,omitempty"`  // of an answer that waits, or can be taken back before it leaves; nil of others

	Attempts  int       `json:"attempts"`
	Released  time.Time `json:"released,omitzero"` // from when its age counts, after somebody released it; zero: from Date
	NextAt    time.Time `json:"next_at"`           // not before this time
	LastReply string    `json:"last_reply,omitempty"`

	ErasedAt time.Time `json:"erased_at,omitzero"` // when an erasure took something out of it; zero when none did
}

// Held is what is to be done when an answer leaves that waits for a person's word, and
// to be put back when one is taken back.
type Held struct {
	Before  Status    `json:"before,omitempty"` // of one that leaves by itself at NextAt: the ticket's status before it, to be put back; "" of one that waits for a word
	Then    Deed      `json:"then,omitempty"`   // of one that waits: what is done to the ticket when it leaves: [Solve], [Close], or [Reopen] when more is owed; "" for nothing
	Asks    bool      `json:"asks,omitempty"`   // with Then: it asks its reader whether the matter is solved
	Promise time.Time `json:"promise,omitzero"` // of one that waits: the time that it names as a command said; zero when none did
	Line    string    `json:"line,omitempty"`   // that command
	Reader  string    `json:"reader,omitempty"` // of one that waits for a review: who was asked
	Why     string    `json:"why,omitempty"`    // why it waits, in words for the desk
}

// SentFile is a file of an agent's mail that goes to the customer.
type SentFile struct {
	Number int    `json:"number"`         // which of the mail's files, from 0, see letter.Files
	Name   string `json:"name,omitempty"` // as decoded, "" when it has none
}

// FileNames are the names of the files that the row carries; those without are left out.
func (o *Outgoing) FileNames() (names []string) {
	for _, f := range o.Files {
		if f.Name != "" {
			names = append(names, f.Name)
		}
	}
	return names
}
