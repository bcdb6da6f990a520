package rules

import "fmt"

// flag is one fact that is true or false.
type flag uint8

const (
	flagFollowUp flag = iota
	flagBlocked
	flagNeededBeforeDue
	flagWorkingHours
	flagFirstContact
	flagCount
)

// name is the flag's key in TOML.
func (f flag) name() string {
	return [flagCount]string{"follow_up", "blocked", "needed_before_due", "working_hours", "first_contact"}[f]
}

// asked takes what a condition wants the flag to be, nil when it is not asked.
func (f flag) asked(c *Condition) *bool {
	return [flagCount]*bool{c.FollowUp, c.Blocked, c.NeededBeforeDue, c.WorkingHours, c.FirstContact}[f]
}

// of takes the flag from the facts; said is false where nobody has said.
func (f flag) of(facts *Facts) (is, said bool) {
	switch f {
	case flagFollowUp:
		return facts.FollowUp, true
	case flagBlocked:
		return facts.Blocked == Yes, facts.Blocked != Unsaid
	case flagNeededBeforeDue:
		return facts.NeededBeforeDue, true
	case flagWorkingHours:
		return facts.WorkingHours, true
	}
	return facts.FirstContact, true
}

// flagged asks a flag.
func (sc *scratch) flagged(n *node) bool {
	is, said := n.flag.of(sc.facts)
	return said && is == n.want
}

// whyFlag says what was asked of a flag, the answer, and what it is.
func (sc *scratch) whyFlag(n *node) string {
	is, said := n.flag.of(sc.facts)
	if !said {
		return fmt.Sprintf("%s %t: false, they have not said", n.flag.name(), n.want)
	}
	return fmt.Sprintf("%s %t: %t, it is %t", n.flag.name(), n.want, is == n.want, is)
}
