package rules

import (
	"slices"
	"time"
)

// Facts is what rules may look at. A zero field is an empty text: it
// contains nothing, and `is = ""` holds for it.
type Facts struct {
	// Subject is the decoded subject line.
	Subject string
	// Words is the subject and the new words of the mail, never quotes.
	// What lies beyond [MaxTextBytes] is not looked at.
	Words string
	// Sender is the author's bare address, without a display name.
	Sender string
	// Customer is the customer's name; empty when it is not known.
	Customer string
	// CustomerAlso are its other names, among them those that it once had: what is
	// asked of the customer holds when it holds for one of all these names.
	CustomerAlso []string
	// Name is the name with which the author signs in From.
	Name string
	// Recipients are the bare addresses that the mail went to.
	Recipients []string
	// SenderAuth is pass, none, fail or trusted.
	SenderAuth string
	// Level is the name of the service level.
	Level string
	// Desk is the name of the desk that the mail came to.
	Desk string
	// FollowUp says that the mail goes onto a ticket that is there.
	FollowUp bool
	// Status is how that ticket stood before; empty for a mail that opens one.
	Status string
	// Priority is that of this ticket before; empty for a mail that opens one.
	Priority string
	// Tags are those of the ticket before the rules.
	Tags []string
	// Done names the rules that took effect on the ticket before, with a mail that did
	// the same to it (opened it, or went onto it): they do not again.
	Done []string
	// Language is that of the new words, as a BCP 47 tag; empty when not known.
	Language string
	// Header has the fields of the header, unfolded, one a line: "Name: value".
	// It need not be there unless [Set.AsksHeader].
	Header string
	// Scanner has the fields that our own filters have added, in the same form.
	Scanner string
	// Attachments are the attached files.
	Attachments []Attachment
	// Size is the length of the mail in bytes.
	Size int64
	// Affected is how many people are affected, as far as the customer has said, at most
	// [Everybody]; zero: not said.
	Affected int64
	// Blocked says whether the customer cannot work.
	Blocked Answer
	// NeededBeforeDue says that the customer needs it before their level's time.
	NeededBeforeDue bool
	// WorkingHours says that the desk works when the mail comes.
	WorkingHours bool
	// Local is when the mail came, in the desk's time zone.
	Local time.Time
	// FirstContact says that nobody of the customer has written before. Like the counts
	// it need not be there unless [Set.AsksCounts].
	FirstContact bool
	// BrokenPromises is how many promises to the customer were broken in 90 days.
	// This and the other counts need not be there unless [Set.AsksCounts].
	BrokenPromises int
	// Reopened is how many of the customer's tickets were opened again in 90 days.
	Reopened int
	// Contacts is how many mails the customer's people wrote in 7 days, with this one.
	Contacts int
}

// Everybody is how many people are affected when the customer says that all are.
const Everybody = maxNumber

// Answer is what a customer has said to a question of yes or no.
type Answer uint8

// The answers.
const (
	Unsaid Answer = iota // they have not said
	Yes
	No
)

// Attachment is an attached file.
type Attachment struct {
	// Name is its file name; empty when it has none.
	Name string
	// Type is its media type, in lower case, without parameters.
	Type string
	// Size is its length in bytes, decoded.
	Size int64
}

// Verdict is what the matching rules said together.
type Verdict struct {
	// Priority is low, normal, high or urgent; empty when no rule set one. On a follow-up
	// it may be below that of the ticket only when a rule's own follow_up says so.
	Priority string
	// Tags are those of all matching rules, in their order, each once; nil
	// when there are none. The caller owns the slice.
	Tags []string
	// Desk is the desk to move to; empty when no rule set one.
	Desk string
	// Level is the service level to give to the ticket; empty when no rule set one.
	Level string
	// Template names the words of the acknowledgement; empty when no rule set one.
	Template string
	// Assignee is whom to give the ticket to; zero when no rule set one.
	Assignee Assignee
	// Notify, Notes and Forward are those of all matching rules, in their order, each
	// once; nil when there are none.
	Notify, Notes, Forward []string
	// Hold says that nothing goes to the customer before somebody has looked.
	Hold bool
	// Junk says that the mail goes to the junk.
	Junk bool
	// Target is the working time to answer in; zero when no rule set one.
	Target time.Duration
	// Page says that the on-call is to be woken.
	Page bool
	// Trace has one entry for each rule that was looked at, in order; rules
	// behind one that stopped are not in it.
	Trace []Trace
}

// Trace says what became of one rule.
type Trace struct {
	// Rule is its name.
	Rule string
	// Matched says whether its condition held.
	Matched bool
	// Done says that it took effect on the ticket before (Facts.Done), and did not now.
	Done bool
	// Why has a line for each condition: what was asked, true or false, and
	// on what text (so it holds words of the customer). Groups come before
	// their members, which are indented by two spaces. Nil from [Set.Eval].
	Why []string
}

// priorities in order, least first.
var priorities = [...]string{"low", "normal", "high", "urgent"}

// take adds what one matching rule does.
func (v *Verdict) take(r *compiled, facts *Facts) {
	if !facts.FollowUp {
		v.apply(&r.then)
		return
	}
	if r.next != nil {
		v.apply(r.next)
		return
	}
	now := v.Priority
	if now == "" {
		now = facts.Priority
	}
	e := Effects{Tags: r.then.Tags, Target: r.then.Target}
	if slices.Index(priorities[:], r.then.Priority) > slices.Index(priorities[:], now) {
		e.Priority, e.Page = r.then.Priority, r.then.Page
	}
	v.apply(&e)
}

// apply adds effects.
func (v *Verdict) apply(e *Effects) {
	if e.Priority != "" {
		v.Priority = e.Priority
	}
	if e.Desk != "" {
		v.Desk = e.Desk
	}
	if e.Level != "" {
		v.Level = e.Level
	}
	if e.Template != "" {
		v.Template = e.Template
	}
	if !e.Assignee.IsZero() {
		v.Assignee = e.Assignee
	}
	if e.Target != 0 {
		v.Target = e.Target
	}
	v.Page = v.Page || e.Page
	v.Hold = v.Hold || e.Hold
	v.Junk = v.Junk || e.Junk
	v.Tags = addEach(v.Tags, e.Tags)
	v.Notify = addEach(v.Notify, e.Notify)
	v.Forward = addEach(v.Forward, e.Forward)
	if e.Note != "" {
		v.Notes = addEach(v.Notes, []string{e.Note})
	}
}

// addEach adds what is not there yet.
func addEach(to, more []string) []string {
	for _, s := range more {
		if !slices.Contains(to, s) {
			to = append(to, s)
		}
	}
	return to
}
