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
	// Level is the name of the service level.
	Level string
	// Desk is the name of the desk that the mail came to.
	Desk string
	// Header has the fields of the header, unfolded, one a line: "Name: value".
	// It need not be there unless [Set.AsksHeader].
	Header string
	// BrokenPromises is how many promises to the customer were broken in 90 days.
	// This and the other counts need not be there unless [Set.AsksCounts].
	BrokenPromises int
	// Reopened is how many of the customer's tickets were opened again in 90 days.
	Reopened int
	// Contacts is how many mails the customer's people wrote in 7 days, with this one.
	Contacts int
}

// Verdict is what the matching rules said together.
type Verdict struct {
	// Priority is low, normal, high or urgent; empty when no rule set one.
	Priority string
	// Tags are those of all matching rules, in their order, each once; nil
	// when there are none. The caller owns the slice.
	Tags []string
	// Desk is the desk to move to; empty when no rule set one.
	Desk string
	// Assignee is the agent to give the ticket to; empty when no rule set one.
	Assignee string
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
	// Matched says whether it took effect.
	Matched bool
	// Why has a line for each condition: what was asked, true or false, and
	// on what text (so it holds words of the customer). Groups come before
	// their members, which are indented by two spaces. Nil from [Set.Eval].
	Why []string
}

// apply adds the effects of one matching rule.
func (v *Verdict) apply(e *Effects) {
	if e.Priority != "" {
		v.Priority = e.Priority
	}
	if e.Desk != "" {
		v.Desk = e.Desk
	}
	if e.Assignee != "" {
		v.Assignee = e.Assignee
	}
	if e.Target != 0 {
		v.Target = e.Target
	}
	v.Page = v.Page || e.Page
	for _, tag := range e.Tags {
		if !slices.Contains(v.Tags, tag) {
			v.Tags = append(v.Tags, tag)
		}
	}
}
