// Package rehearsal compares what two configurations make of the same stored mails:
// per ticket ([Compare]), and in sum ([Sum]).
//
// It is pure: it reads no mail, runs no rule and knows no clock; package mailgw runs
// both sets and hands over how each leaves a ticket. Its memory grows with the names
// that configurations have (rules, desks, tags), never with mails or tickets. Values are
// plain data; a Sum is one goroutine's. It has no failure: what both made alike is no
// difference, whatever it is.
package rehearsal

import (
	"slices"
	"time"
)

// Stand is how one configuration leaves a ticket, and what it did on the way.
type Stand struct {
	// Priority is low, normal, high or urgent; empty for a mail that is put to the junk.
	Priority string `json:"priority"`
	// Desk is the name of the ticket's desk.
	Desk string `json:"desk"`
	// Level is the name of the ticket's service level.
	Level string `json:"level"`
	// Tags are sorted, each once. Never nil.
	Tags []string `json:"tags"`
	// Assignee is an agent's address, or in words how one is found; empty for nobody.
	Assignee string `json:"assignee"`
	// Page says that somebody on call is woken.
	Page bool `json:"page"`
	// Hold says that the customer is not answered before somebody has looked.
	Hold bool `json:"hold"`
	// Junk says that a mail is put to the junk.
	Junk bool `json:"junk"`
	// Template names the words of the acknowledgement; empty for the desk's own.
	Template string `json:"template"`
	// Notify, Notes and Forward are who else gets a notice, what agents read in it, and
	// who gets the mail. Never nil.
	Notify  []string `json:"notify"`
	Notes   []string `json:"notes"`
	Forward []string `json:"forward"`
	// DueAt is when the last clock of the ticket ends that one of the mails began; nil
	// when none did.
	DueAt *time.Time `json:"promise_due_at"`
}

// Ticket is the difference of one ticket.
type Ticket struct {
	// Ticket is its number.
	Ticket uint64 `json:"ticket"`
	// Subject is what its customer wrote.
	Subject string `json:"subject"`
	// Mails is how many mails on it were looked at.
	Mails int `json:"mails"`
	// Differs lists what is not the same, by its key in Was and WouldBe; "promises" when
	// a clock on the way ends at another time than before, and the last one does not.
	Differs []string `json:"differs"`
	// Was is what the rules of now make of it.
	Was Stand `json:"was"`
	// WouldBe is what the new ones make of it.
	WouldBe Stand `json:"would_be"`
	// Rules are those that make the difference. Never nil; empty when something else
	// in the configuration does.
	Rules []Rule `json:"rules"`
	// Promises are the clocks that end at another time, oldest first. Never nil.
	Promises []Promise `json:"promises"`
}

// Rule is a rule that took effect in one set and not in the other, or does something
// else there.
type Rule struct {
	// Rule is its name.
	Rule string `json:"rule"`
	// Change is "-" for one that takes effect now, and would not; "+" for one that would;
	// "changed" for one that does in both, and is not the same in them.
	Change string `json:"change"`
}

// The changes of a Rule.
const (
	Gone    = "-"
	Added   = "+"
	Changed = "changed"
)

// Promise is a clock that one mail began.
type Promise struct {
	// Mail is the id of the mail.
	Mail string `json:"mail"`
	// Was and WouldBe are when it ends; nil when it begins no clock.
	Was     *time.Time `json:"was"`
	WouldBe *time.Time `json:"would_be"`
}

// Compare returns the keys of what is not the same in two stands, in the order of the
// struct; nil when nothing is.
func Compare(was, will *Stand) (differs []string) {
	for _, f := range []struct {
		key  string
		same bool
	}{
		{"priority", was.Priority == will.Priority},
		{"desk", was.Desk == will.Desk},
		{"level", was.Level == will.Level},
		{"tags", slices.Equal(was.Tags, will.Tags)},
		{"assignee", was.Assignee == will.Assignee},
		{"page", was.Page == will.Page},
		{"hold", was.Hold == will.Hold},
		{"junk", was.Junk == will.Junk},
		{"template", was.Template == will.Template},
		{"notify", slices.Equal(was.Notify, will.Notify)},
		{"notes", slices.Equal(was.Notes, will.Notes)},
		{"forward", slices.Equal(was.Forward, will.Forward)},
		{"promise_due_at", sameTime(was.DueAt, will.DueAt)},
	} {
		if !f.same {
			differs = append(differs, f.key)
		}
	}
	return differs
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
