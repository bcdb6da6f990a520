package ticket

import "time"

// Outcome is where an accepted mail ended. Each has exactly one, and the
// counters of the outcomes add up to the accepted mails (the sum law).
type Outcome string

// The outcomes.
const (
	OutcomeNew         Outcome = "new"         // opened a ticket
	OutcomeAppended    Outcome = "appended"    // joined a ticket
	OutcomeHeld        Outcome = "held"        // waits for a person: its sender could not prove to belong to the ticket
	OutcomeAutomatic   Outcome = "automatic"   // written by a program; filed, never answered
	OutcomeBounce      Outcome = "bounce"      // a delivery report, attributed to the mail that bounced
	OutcomeQuarantined Outcome = "quarantined" // visible as junk
	OutcomeDuplicate   Outcome = "duplicate"   // the same mail again; changed nothing
)

// outcomes in the order in which they are shown.
var outcomes = [...]Outcome{OutcomeNew, OutcomeAppended, OutcomeHeld, OutcomeAutomatic, OutcomeBounce, OutcomeQuarantined, OutcomeDuplicate}

// Outcomes returns all outcomes in the order in which they are shown.
func Outcomes() []Outcome { return append([]Outcome(nil), outcomes[:]...) }

// Receipt is the record that one mail was accepted. There is one for each 250.
type Receipt struct {
	ID        ID        `json:"id"`         // the id of the 250 reply; a mail_in entry has the same
	MessageID string    `json:"message_id"` // without brackets, "" when the mail has none
	Outcome   Outcome   `json:"outcome"`
	Ticket    uint64    `json:"ticket,omitempty"` // the ticket it is on; of a duplicate, the first one's; 0 when none
	At        time.Time `json:"at"`
	Source    string    `json:"source"`         // mx, lmtp, submission …
	Peer      string    `json:"peer"`           // the client's IP address
	Helo      string    `json:"helo,omitempty"` // what the client called itself
	MailFrom  string    `json:"mail_from"`
	RcptTo    []string  `json:"rcpt_to"`
	Author    string    `json:"author"`            // bare address of From, domain in lower case
	Hash      []byte    `json:"hash"`              // SHA-256 over subject and decoded parts
	Size      int       `json:"size"`              // bytes of the raw mail as kept, our own trace lines included
	RawSum    []byte    `json:"raw_sum,omitempty"` // SHA-256 of the raw mail as kept; empty for a duplicate, which keeps none
	Original  ID        `json:"original,omitzero"` // of a duplicate: the receipt it repeats
	Erased    *Erased   `json:"erased,omitempty"`  // what is kept of a mail that was erased, instead of all but ID, At, Outcome, Ticket and Original; nil of others
}

// Erased is by what a mail that was erased is known when it comes again. Its hashes
// are keyed, so that nobody without the key can try out Message-IDs.
type Erased struct {
	MessageID []byte `json:"message_id,omitempty"` // of its Message-ID, ErasedHash bytes; nil when it had none
	Same      []byte `json:"same,omitempty"`       // of its Message-ID, author and content hash; nil when it had no Message-ID
}

// ErasedHash is the length of the hashes in [Erased].
const ErasedHash = 16
