package main

import (
	"fmt"
	"strings"

	"supportgw/mailgw"
)

// inShort says what would become of a mail in a few sentences.
func inShort(v *mailgw.ExplainView) []string {
	said := []string{whereTo(v)}
	if isFinal(v) {
		return said
	}
	if v.Agent != nil {
		said = append(said, agentInShort(v.Agent))
	}
	switch {
	case v.Acknowledge.Send:
		said = append(said, or(v.Acknowledge.To, "the writer")+" is told at once: an answer by "+inZone(v, *v.PromiseDueAt)+".")
	case v.PromiseDueAt != nil:
		said = append(said, "An answer is due by "+inZone(v, *v.PromiseDueAt)+", and nobody is told so: "+v.Acknowledge.Why+".")
	case v.Agent == nil || !v.Agent.Power:
		said = append(said, "No time is promised: "+v.Acknowledge.Why+".")
	}
	for _, t := range v.Tells {
		verb := "hears of it: "
		if t.Kind == "page" {
			verb = "is paged: "
		}
		said = append(said, "Who "+verb+strings.Join(t.To, ", ")+".")
	}
	if len(v.Forwards) > 0 {
		said = append(said, "It would be forwarded to "+strings.Join(v.Forwards, ", ")+", as it came.")
	}
	return said
}

// whereTo says on which ticket the mail would be.
func whereTo(v *mailgw.ExplainView) string {
	var number, wanted uint64
	if v.Ticket != nil {
		number = *v.Ticket
	}
	if v.Match.Ticket != nil {
		wanted = *v.Match.Ticket
	}
	fresh := fmt.Sprintf("a new ticket, %d, on the desk %s with priority %s", number, or(v.Desk, "-"), or(v.Priority, "-"))
	switch v.Outcome {
	case "duplicate":
		where := ""
		if number != 0 {
			where = fmt.Sprintf(" and is on ticket %d", number)
		}
		return fmt.Sprintf("The same mail was accepted before (%s)%s: this one changes nothing.", or(v.DuplicateOf, "-"), where)
	case "quarantined":
		if v.Refused != nil {
			return "It is not taken; its sender's server is told: " + *v.Refused + "."
		}
		return "It is kept, with no ticket: nobody is told, and ticket find shows it."
	case "held":
		return fmt.Sprintf("It asks for ticket %d and proves nothing: it is kept apart, as %s.", wanted, fresh)
	}
	if wanted != 0 && wanted == number {
		return fmt.Sprintf("It goes onto ticket %d.", number)
	}
	return "It becomes " + fresh + "."
}

// agentInShort says what a mail in an agent's name does.
func agentInShort(a *mailgw.AgentView) string {
	switch {
	case a.Answer != nil:
		return strings.Join(append(a.Answer.To, a.Answer.Cc...), ", ") + " gets these words, from " + a.Answer.From + "."
	case a.Note != nil:
		return "It is a note for the house: the customer gets nothing."
	case a.NotSent != nil && a.NotSent.Told != nil:
		return "The customer gets nothing (" + plainReason(a.NotSent.Reason) + "), and " + *a.NotSent.Told + " is told so."
	case a.NotSent != nil:
		return "The customer gets nothing (" + plainReason(a.NotSent.Reason) + ")."
	}
	return "The customer gets nothing of it through the gateway."
}

// plainReason says in words why nothing is sent.
func plainReason(reason string) string {
	return strings.ReplaceAll(reason, "_", " ")
}

// tellAgent shows an agent's power: the three things that it needs, and what the mail
// would do with it.
func tellAgent(s *story, v *mailgw.ExplainView) {
	a := v.Agent
	if a == nil {
		return
	}
	verdict := "no power: its words go to no customer"
	if a.Power {
		verdict = "power to answer and to command"
	}
	s.head("agent: %s", verdict)
	switch {
	case a.TokenOf != nil:
		s.field("token", "it came to the address in the notice for "+*a.TokenOf)
	case a.Token:
		s.field("token", "it came to the address in a notice for somebody who is no agent here")
	default:
		s.field("token", "none: it did not come to the address in a notice")
	}
	switch {
	case a.Author == nil:
		s.field("written by", or(v.From, "nobody")+", no agent")
	case a.Authenticated:
		s.field("written by", *a.Author+", authenticated")
	default:
		s.field("written by", *a.Author+" as it says, and nothing proves it")
	}
	if a.Author != nil {
		on := "is on the ticket's desk now"
		if !a.OnDesk {
			on = "is not on the ticket's desk"
		}
		s.field("right", *a.Author+" "+on)
	}
	s.fields("commands", a.Commands)
	s.fields("no command", a.Unknown)
	s.fields("too late", a.Misplaced)
	if a.NotSent != nil {
		s.field("not sent", plainReason(a.NotSent.Reason)+joinDetail(a.NotSent.Detail))
		s.field("told", or(a.NotSent.Told, "nobody"))
	}
	if a.Note != nil {
		s.field("note", "for the house")
		s.quote(*a.Note)
	}
	if m := a.Answer; m != nil {
		s.field("goes out", "From: "+m.From)
		s.field("", "To: "+strings.Join(m.To, ", "))
		if len(m.Cc) > 0 {
			s.field("", "Cc: "+strings.Join(m.Cc, ", "))
		}
		s.field("", "Subject: "+m.Subject)
		s.fields("attached", m.Files)
		s.quote(m.Text)
	}
}

func joinDetail(detail string) string {
	if detail == "" {
		return ""
	}
	return ": " + detail
}
