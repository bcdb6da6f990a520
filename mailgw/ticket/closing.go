package ticket

import "time"

// Closing is how a solved ticket comes to be closed: its customer is asked whether it
// is solved, and when they say nothing, told when it will be closed.
type Closing struct {
	AskedAt  time.Time `json:"asked_at,omitzero"`    // when they were asked; zero: they were not, or their answer made it work again
	Mails    []uint32  `json:"mails,omitempty"`      // the numbers of our mails that asked
	Subjects []string  `json:"subjects,omitempty"`   // theirs: an answer has one of them
	NoticeAt time.Time `json:"notice_at,omitzero"`   // when the last notice is due; zero: the ticket is not closed by itself
	CloseAt  time.Time `json:"close_at,omitzero"`    // when it is closed by silence
	ToldAt   time.Time `json:"told_at,omitzero"`     // when the last notice was made, or nobody was found to get one; zero: not yet
	NoticeID ID        `json:"notice,omitzero"`      // the last notice; zero when there is none
	Silent   bool      `json:"by_silence,omitempty"` // the ticket was closed by silence
}

// Alarm is when something is to be done; zero when nothing is.
func (c *Closing) Alarm() time.Time {
	switch {
	case c == nil || c.Silent || c.NoticeAt.IsZero():
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
	HalfSo      Satisfaction = "partly"
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
