package ticket

import "time"

// Closing is how a solved ticket comes to be closed: its customer is asked whether it
// is solved, and when they say nothing, told when it will be closed. It ends with the
// ticket's being solved, but for what the question was: their word may come later.
type Closing struct {
	AskedAt  time.Time `json:"asked_at,omitzero"`    // when they were asked; zero: they were not, or have answered
	Subjects []string  `json:"subjects,omitempty"`   // of our mails that asked: an answer has one of them
	CloseAt  time.Time `json:"close_at,omitzero"`    // when it is closed by silence; zero: it is not closed by itself
	NoticeAt time.Time `json:"notice_at,omitzero"`   // when the last notice is due
	ToldAt   time.Time `json:"told_at,omitzero"`     // when the last notice left, or it was found that nobody can get one; zero: not yet
	Silent   bool      `json:"by_silence,omitempty"` // the ticket was closed by silence
}

// Alarm is when something is to be done; zero when nothing is.
func (c *Closing) Alarm() time.Time {
	switch {
	case c == nil || c.Silent:
		return time.Time{}
	case c.ToldAt.IsZero():
		return c.NoticeAt
	}
	return c.CloseAt
}

// Satisfaction is what a ticket's customer said last about whether it is solved.
type Satisfaction string

// What they said. Silence is no word of theirs.
const (
	Satisfied   Satisfaction = "yes"
	Unsatisfied Satisfaction = "no"
	PartlySo    Satisfaction = "partly"
)

// Raised is the next higher priority, without ever being urgent: what wakes people
// takes more than a no.
func (p Priority) Raised() Priority {
	switch p {
	case Low:
		return Normal
	case Normal:
		return High
	}
	return p
}
