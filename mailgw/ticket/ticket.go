// Package ticket holds the records of the gateway and the life of a ticket:
// Ticket, Entry, Event, Receipt (the record that a mail was accepted) and
// Outgoing (a mail that waits to leave). It is pure: no clock, no disk, no
// goroutines. The store keeps these values, the pipeline in package mailgw makes
// them, and every room may import them. Values are plain data; whoever holds one
// owns it.
package ticket

import "time"

// Status is where a ticket stands in its life.
type Status string

// The states of a ticket.
const (
	New     Status = "new"     // nobody has answered yet
	Open    Status = "open"    // work for the desk
	Pending Status = "pending" // waits for the customer or a date
	Solved  Status = "solved"  // answered; the customer has not confirmed
	Closed  Status = "closed"  // over
)

// Priority says how soon a ticket has to be looked at.
type Priority string

// The priorities, least first.
const (
	Low    Priority = "low"
	Normal Priority = "normal"
	High   Priority = "high"
	Urgent Priority = "urgent"
)

// priorities in order, least first.
var priorities = [...]Priority{Low, Normal, High, Urgent}

// rank is the place in priorities, -1 for an unknown one.
func (p Priority) rank() int {
	for i, q := range priorities {
		if p == q {
			return i
		}
	}
	return -1
}

// Valid reports whether p is one of the priorities.
func (p Priority) Valid() bool { return p.rank() >= 0 }

// Above reports whether p has to be looked at before q.
func (p Priority) Above(q Priority) bool { return p.rank() > q.rank() }

// Valid reports whether s is one of the states.
func (s Status) Valid() bool {
	return s == New || s == Open || s == Pending || s == Solved || s == Closed
}

// Unsure reports whether it is not certain whose the ticket is.
func (t *Ticket) Unsure() bool {
	return t.CustomerID == 0 || t.Confidence != Known && t.Confidence != Domain
}

// Confidence says how sure the gateway is of a ticket's customer.
type Confidence string

// The degrees of confidence, surest first.
const (
	Known   Confidence = "known"   // the exact address is registered
	Domain  Confidence = "domain"  // the address is in one of the customer's domains
	Claimed Confidence = "claimed" // the mail names the company
	Unknown Confidence = "unknown"
)

// Ticket is one matter, with a number.
type Ticket struct {
	Number       uint64       `json:"number"` // from 1, never reused
	Desk         string       `json:"desk"`   // the desk's name in the config
	Status       Status       `json:"status"`
	Priority     Priority     `json:"priority"`
	Subject      string       `json:"subject"`                // as the customer wrote it, decoded
	Requester    string       `json:"requester"`              // "Name <addr>" of the first mail's author
	Address      string       `json:"address"`                // the requester's bare address, domain in lower case
	People       []string     `json:"people,omitempty"`       // bare addresses that belong to the conversation, without ours
	Copies       []string     `json:"copies,omitempty"`       // bare addresses that get a copy of each answer, as an agent has said
	Customer     string       `json:"customer,omitempty"`     // the company's name when it was last written, "" when not known
	CustomerID   uint64       `json:"customer_id,omitempty"`  // the company's record; 0: not known, or from before there were records
	Confidence   Confidence   `json:"customer_confidence"`    // how sure Customer is
	AskedCompany bool         `json:"asked_who,omitempty"`    // the requester was asked which company they write for, and has not said
	Level        string       `json:"level"`                  // the service level's name
	LevelWhy     string       `json:"level_why,omitempty"`    // which agreement gave it, in words; "" when there is no more to say of it
	Assignee     string       `json:"assignee,omitempty"`     // an agent's address, "" when nobody's
	Tags         []string     `json:"tags,omitempty"`         // sorted, each once
	RulesDone    []string     `json:"rules_done,omitempty"`   // the rules that took effect on it: "new NAME" when it was opened, "follow-up NAME" later
	Affected     int64        `json:"affected,omitempty"`     // how many people are affected, as far as its customer has said, at most rules.Everybody; 0: not said
	Blocked      string       `json:"blocked,omitempty"`      // whether they cannot work: "yes", "no", "" when not said
	AskedImpact  bool         `json:"asked_impact,omitempty"` // they were asked for those two
	Linked       []uint64     `json:"linked,omitempty"`       // numbers of tickets about the same matter
	MovedTo      uint64       `json:"moved_to,omitempty"`     // the ticket that this one was merged into, or to which the mail that opened it was admitted; while this one is closed, that one goes on with its matter. 0: none
	MovedAs      uint32       `json:"moved_as,omitempty"`     // only in records of before there were Moves: the number that entry 1 has on MovedTo
	Moves        []Move       `json:"moves,omitempty"`        // which entries went to other tickets, oldest first
	Merged       *Merged      `json:"merged,omitempty"`       // what the merge into MovedTo changed; nil when it is not merged
	SplitFrom    uint64       `json:"split_from,omitempty"`   // the ticket that this one was split from; 0: none
	FollowedBy   uint64       `json:"followed_by,omitempty"`  // the ticket that was opened for mail that came long after this one was closed; 0: none
	Closing      *Closing     `json:"closing,omitempty"`      // how it comes to be closed; nil before an agent has solved it
	WaitUntil    time.Time    `json:"wait_until,omitzero"`    // of one that waits for a date: when it is work again; zero when it waits for its customer
	Workaround   string       `json:"workaround,omitempty"`   // how its customer can go on until it is solved, in an agent's words; "" when nobody has said
	Solution     string       `json:"solution,omitempty"`     // what solved it, in an agent's words; "" when nobody has said
	Satisfaction Satisfaction `json:"satisfaction,omitempty"` // what its customer said last; "" when nothing
	CreatedAt    time.Time    `json:"created_at"`             // when its first mail was accepted
	UpdatedAt    time.Time    `json:"updated_at"`             // when anything last changed
	ClosedAt     time.Time    `json:"closed_at,omitzero"`     // when it became Closed; zero when not closed
	PromiseID    ID           `json:"promise_id,omitzero"`    // the latest promise or target; zero when none
	PromiseDue   time.Time    `json:"promise_due,omitzero"`   // its due time
	PromiseIs    string       `json:"promise_state"`          // open, kept, broken, withdrawn or none
	Told         bool         `json:"told,omitempty"`         // the customer was told PromiseDue; else it is only a target
	PutOff       bool         `json:"put_off,omitempty"`      // PromiseDue was told instead of an earlier time
	Language     string       `json:"language,omitempty"`     // of the customer's words, BCP 47; "" when not known
	Entries      uint32       `json:"entries"`                // how many numbers of entries it has given: the next one's is one more; those in Moves are on other tickets
	LastIn       string       `json:"last_in_mid,omitempty"`  // Message-ID of the customer's last mail, without brackets
	ErasedAt     time.Time    `json:"erased_at,omitzero"`     // when what was said on it was erased; zero: it was not. No mail comes onto it any more.
}
