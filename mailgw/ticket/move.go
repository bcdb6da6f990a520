package ticket

import "time"

// Move is a run of entries that went to another ticket, where they have the
// numbers from As on. No number is given twice, and moves are only added: so what
// a token says of an entry finds its way however often the entry went on.
type Move struct {
	First uint32 `json:"first"` // the first entry's number here
	Last  uint32 `json:"last"`  // the last one's; First when it is alone
	To    uint64 `json:"to"`    // the ticket that they went to
	As    uint32 `json:"as"`    // the first one's number there; those behind it follow without a gap
}

// has returns where entry n went by this move.
func (m *Move) has(n uint32) bool { return m.First <= n && n <= m.Last }

// Merged is what a merge changed beside the entries, so that it can be taken back.
type Merged struct {
	At       time.Time `json:"at"`
	Moves    int       `json:"moves"`              // how many of the last Moves are the merge's
	Status   Status    `json:"status"`             // of the ticket that was merged, before
	ClosedAt time.Time `json:"closed_at,omitzero"` // of that ticket, before; zero when it was not closed
	Promises []ID      `json:"promises,omitempty"` // rows of the ledger that went along
	People   []string  `json:"people,omitempty"`   // who came to the other ticket's people by it
	Tags     []string  `json:"tags,omitempty"`     // that the other ticket got by it
	ToBefore Merging   `json:"to_before"`          // the other ticket before
	ToAfter  Merging   `json:"to_after"`           // and after: what was changed again since is not taken back
}

// Merging are the fields of a ticket that a merge may change.
type Merging struct {
	Status     Status     `json:"status"`
	ClosedAt   time.Time  `json:"closed_at,omitzero"`
	Priority   Priority   `json:"priority"`
	Assignee   string     `json:"assignee,omitempty"`
	Customer   string     `json:"customer,omitempty"`
	CustomerID uint64     `json:"customer_id,omitempty"`
	Confidence Confidence `json:"customer_confidence"`
	Level      string     `json:"level"`
}

// Next follows one step: where entry n of the ticket is now, or where the ticket
// itself goes on, which is asked by n 0. as is the entry's number there, 0 when
// none is meant. ok is false when it is here. An entry that went away is where it
// went whatever the ticket's status; the rest of a ticket follows it only while the
// ticket is closed: who opens it again wants to go on here. FollowedBy is no step,
// since it depends on how long the ticket has been closed.
func (t *Ticket) Next(n uint32) (to uint64, as uint32, ok bool) {
	if n != 0 {
		for i := range t.Moves {
			if m := &t.Moves[i]; m.has(n) {
				return m.To, m.As + (n - m.First), true
			}
		}
	}
	if t.Status != Closed || t.MovedTo == 0 {
		return 0, 0, false
	}
	if n == 1 && t.MovedAs != 0 { // of before there were moves
		return t.MovedTo, t.MovedAs, true
	}
	return t.MovedTo, 0, true
}

// Gone is how many of the numbers that the ticket has given are those of entries
// that are on other tickets now.
func (t *Ticket) Gone() uint32 {
	var n uint32
	for i := range t.Moves {
		n += t.Moves[i].Last - t.Moves[i].First + 1
	}
	return n
}

// Leave notes that entries went to ticket to. numbers are theirs here, ascending;
// there they have the numbers from as on. It returns how many moves that took.
func (t *Ticket) Leave(numbers []uint32, to uint64, as uint32) int {
	added := 0
	for _, n := range numbers {
		if i := len(t.Moves) - 1; added > 0 && t.Moves[i].Last+1 == n {
			t.Moves[i].Last = n
		} else {
			t.Moves = append(t.Moves[:len(t.Moves):len(t.Moves)], Move{First: n, Last: n, To: to, As: as})
			added++
		}
		as++
	}
	return added
}

// Joined is the status of a ticket on which another one goes on that had status o:
// work stays work, and whoever waits is still waited for.
func (s Status) Joined(o Status) Status {
	work := func(x Status) bool { return x == New || x == Open }
	switch {
	case s == o:
		return s
	case work(s) || work(o):
		return Open
	case s == Pending || o == Pending:
		return Pending
	case s == Solved || o == Solved:
		return Solved
	}
	return s
}
