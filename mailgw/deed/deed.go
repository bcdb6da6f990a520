// Package deed keeps what an agent changed on a ticket by mail, so that it can be
// taken back: [Between] finds what one mail changed, [Done.TakeBack] puts it back as
// far as nobody has changed it since.
//
// What leaves the house is not kept here: a mail that has left cannot be taken back.
//
// It is pure: no clock, no disk, no state. Nothing fails.
package deed

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/ticket"
)

// Kept is how many deeds are kept of one ticket; older ones cannot be taken back.
const Kept = 10

// Change is one field of a ticket, before and after a deed, as text.
type Change struct {
	Field  string `json:"field"`            // one of the names in fields
	Before string `json:"before,omitempty"` // "" when it was not set
	After  string `json:"after,omitempty"`  // "" when it is not set any more
}

// Mail is a mail by its place.
type Mail struct {
	On  uint64 `json:"on"`  // the ticket that it came to
	Seq uint32 `json:"seq"` // its number there, from 1; 0: no mail
}

// Done is what one mail of an agent did on a ticket.
type Done struct {
	ID        ticket.ID   `json:"id"` // of the mail
	Mail                  // where the mail was
	Who       string      `json:"who"`                 // address of the agent
	At        time.Time   `json:"at"`                  // when
	Changes   []Change    `json:"changes,omitempty"`   // of the ticket
	Promised  []ticket.ID `json:"promised,omitempty"`  // rows of the ledger that it made
	Withdrawn []ticket.ID `json:"withdrawn,omitempty"` // rows of the ledger that were open, and that it withdrew
	Kept      []ticket.ID `json:"kept,omitempty"`      // rows of the ledger that were open, and of which it said that they are done
	Merged    uint64      `json:"merged,omitempty"`    // the ticket that was merged into this one; 0: none
	Part      uint64      `json:"part,omitempty"`      // the ticket that was split off; 0: none
	Answer    ticket.ID   `json:"answer,omitzero"`     // the answer that it made; zero: none
	Way       string      `json:"way,omitempty"`       // from which folder to which, when it was a move in a mail client and no mail; "" of mails
	Back      bool        `json:"back,omitempty"`      // it was taken back
}

// Empty reports whether there is nothing to take back.
func (d *Done) Empty() bool {
	return len(d.Changes) == 0 && len(d.Promised) == 0 && len(d.Withdrawn) == 0 && len(d.Kept) == 0 && d.Merged == 0 && d.Part == 0
}

// field is one that deeds change.
type field struct {
	name string
	get  func(*ticket.Ticket) string
	set  func(*ticket.Ticket, string)
}

// fields are those that deeds change, in the order in which they are put back.
func fields() [11]field {
	return [...]field{
		{"status", status, setStatus},
		{"priority", func(t *ticket.Ticket) string { return string(t.Priority) }, func(t *ticket.Ticket, s string) { t.Priority = ticket.Priority(s) }},
		{"assignee", func(t *ticket.Ticket) string { return t.Assignee }, func(t *ticket.Ticket, s string) { t.Assignee = s }},
		{"desk", func(t *ticket.Ticket) string { return t.Desk }, func(t *ticket.Ticket, s string) { t.Desk = s }},
		{"tags", func(t *ticket.Ticket) string { return join(t.Tags) }, func(t *ticket.Ticket, s string) { t.Tags = split(s) }},
		{"copies", func(t *ticket.Ticket) string { return join(t.Copies) }, func(t *ticket.Ticket, s string) { t.Copies = split(s) }},
		{"people", func(t *ticket.Ticket) string { return join(t.People) }, func(t *ticket.Ticket, s string) { t.People = split(s) }},
		{"customer", company, setCompany},
		{"requester", requester, setRequester},
		{"workaround", func(t *ticket.Ticket) string { return t.Workaround }, func(t *ticket.Ticket, s string) { t.Workaround = s }},
		{"solution", func(t *ticket.Ticket) string { return t.Solution }, func(t *ticket.Ticket, s string) { t.Solution = s }},
	}
}

// Between finds what has changed from one state of a ticket to another.
func Between(before, after *ticket.Ticket) (out []Change) {
	for _, f := range fields() {
		if was, is := f.get(before), f.get(after); was != is {
			out = append(out, Change{f.name, was, is})
		}
	}
	return out
}

// TakeBack puts back on t what d changed. It returns the fields that it put back, and
// those that somebody has changed since, which stay. events are the ticket's: what others
// have done to the status, the agent or the desk is theirs, even when it is by now as d
// left it.
func (d *Done) TakeBack(t *ticket.Ticket, events []ticket.Event) (back, changed []Change) {
	for _, f := range fields() {
		for _, c := range d.Changes {
			switch {
			case c.Field != f.name || f.get(t) == c.Before:
			case f.get(t) == c.After && !d.changedSince(c.Field, events):
				f.set(t, c.Before)
				back = append(back, c)
			default:
				changed = append(changed, c)
			}
		}
	}
	return back, changed
}

// changedSince reports whether events say that somebody else has changed a field after the
// deed.
func (d *Done) changedSince(field string, events []ticket.Event) bool {
	begin := []string{field + " "} // "status open to solved", "desk taken back: billing"
	if field == "assignee" {
		begin = append(begin, "assigned to ", "no longer assigned to ")
	}
	return slices.ContainsFunc(events, func(e ticket.Event) bool {
		// A mail has its id from when it came in, which may be before the deed.
		return (e.ID > d.ID || e.At.After(d.At)) && !strings.EqualFold(e.Who, d.Who) &&
			slices.ContainsFunc(begin, func(b string) bool { return strings.HasPrefix(e.What, b) })
	})
}

// Add puts a deed behind the others of its ticket, of which the last are kept.
func Add(list []Done, d Done) []Done {
	list = append(slices.Clone(list), d)
	return list[max(0, len(list)-Kept):]
}

// Last is the place of the last deed of an agent that was not taken back; -1 when there
// is none. With the place of a mail it is the deed of that one, whoever wrote it.
func Last(list []Done, who string, by Mail) int {
	for i := len(list) - 1; i >= 0; i-- {
		d := &list[i]
		if !d.Back && (by.Seq == 0 && strings.EqualFold(d.Who, who) || by.Seq != 0 && d.Mail == by) {
			return i
		}
	}
	return -1
}

// unit stands between the parts of a value of several: no address or name has it.
const unit = "\x1f"

func join(list []string) string { return strings.Join(list, unit) }

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, unit)
}

func part(s string, n int) string {
	if list := strings.Split(s, unit); n < len(list) {
		return list[n]
	}
	return ""
}

// Shown is a value of a [Change] as people read it; "–" for one that is not set. Of a
// status it is the bare one, of a customer or a requester the name.
func Shown(field, value string) string {
	switch field {
	case "status", "customer", "requester":
		value = part(value, 0)
	}
	if value == "" {
		return "–"
	}
	return strings.Join(split(value), ", ")
}

// status is the status with what goes with it: when it was closed, until when it waits.
func status(t *ticket.Ticket) string {
	if t.ClosedAt.IsZero() && t.WaitUntil.IsZero() {
		return string(t.Status)
	}
	return join([]string{string(t.Status), instant(t.ClosedAt), instant(t.WaitUntil)})
}

func setStatus(t *ticket.Ticket, s string) {
	t.Status, t.ClosedAt, t.WaitUntil = ticket.Status(part(s, 0)), toInstant(part(s, 1)), toInstant(part(s, 2))
}

func company(t *ticket.Ticket) string {
	return join([]string{t.Customer, strconv.FormatUint(t.CustomerID, 10), string(t.Confidence), t.Level, t.LevelWhy})
}

func setCompany(t *ticket.Ticket, s string) {
	t.Customer, t.Confidence, t.Level, t.LevelWhy = part(s, 0), ticket.Confidence(part(s, 2)), part(s, 3), part(s, 4)
	t.CustomerID, _ = strconv.ParseUint(part(s, 1), 10, 64) // written by company
}

func requester(t *ticket.Ticket) string { return t.Requester + unit + t.Address }

func setRequester(t *ticket.Ticket, s string) { t.Requester, t.Address = part(s, 0), part(s, 1) }

func instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

func toInstant(s string) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, s) // "" is the zero time
	return at
}
