package main

import (
	"fmt"
	"strings"
	"time"

	"supportgw/mailgw"
)

// explainStory tells what would become of a mail: in short, and then step by step,
// each with its why.
func explainStory(v *mailgw.ExplainView) *story {
	s := &story{}
	s.head("%s: %s", v.File, v.Outcome)
	for _, line := range inShort(v) {
		s.line(line)
	}
	steps := []func(*story, *mailgw.ExplainView){tellParse, tellJudge, tellClassify}
	if !isFinal(v) {
		steps = append(steps, tellMatch, tellAdmit, tellAgent, tellIdentify, tellTriage, tellPromise, tellAcknowledge, tellHouse)
	}
	for _, step := range steps {
		step(s, v)
	}
	return s
}

// isFinal reports an outcome behind which nothing more is decided.
func isFinal(v *mailgw.ExplainView) bool {
	return v.Outcome == "duplicate" || v.Outcome == "quarantined"
}

func tellParse(s *story, v *mailgw.ExplainView) {
	s.head("parse")
	s.field("from", or(v.From, "nobody"))
	s.field("subject", v.Subject)
	s.field("language", or(v.Language, "not known"))
	s.field("solved?", or(v.Solved, ""))
	s.fields("phones", v.Phones)
	s.fields("needs it", needed(v.NeededBy))
	s.fields("attached", attached(v.Attachments))
	s.fields("repaired", v.Problems)
	if f := v.Forwarded; f != nil {
		s.field("forwards", fmt.Sprintf("%q of %s (sure to %d %%)", f.Subject, or(f.From, "nobody"), f.Confidence))
	}
	for i := range v.PassedOn {
		p := &v.PassedOn[i]
		s.field("passes on", fmt.Sprintf("%q of %s, for ticket %s", p.Subject, or(p.From, "nobody"), numberOr(p.Ticket, "-")))
		s.fields("  answered", whetherTold(p))
	}
	if v.AsksWho != nil {
		s.field("passes on", "somebody's mail; the agent is asked whose: "+*v.AsksWho)
	}
	s.field("quotes", lines(v.QuotedText))
	s.field("signature", lines(v.Signature))
	s.quote(v.NewText)
}

// lines says how long a text is that is not shown.
func lines(text string) string {
	text = strings.Trim(text, "\n")
	if text == "" {
		return ""
	}
	return count(strings.Count(text, "\n")+1, "line")
}

func tellJudge(s *story, v *mailgw.ExplainView) {
	s.head("judge: the sender is %s", v.SenderAuth)
	s.fields("because", v.AuthReasons)
}

func tellClassify(s *story, v *mailgw.ExplainView) {
	s.head("classify: %s", v.Kind)
	if v.Kind == "person" {
		s.field("because", "nothing in it says that a program wrote it")
	}
	s.fields("because", v.Reasons)
	if b := v.Bounce; b != nil {
		s.field("bounced mail", or(b.OriginalMessageID, "not named"))
		for _, r := range b.Recipients {
			s.field("recipient", fmt.Sprintf("%s: %s %s (%s)", r.Address, r.Action, r.Status, permanence(r.Permanent)))
		}
	}
}

func permanence(permanent bool) string {
	if permanent {
		return "for good"
	}
	return "for now"
}

// mostLookedAt is how many of the places are named that led to no ticket.
const mostLookedAt = 6

func tellMatch(s *story, v *mailgw.ExplainView) {
	if v.Match.Ticket != nil {
		s.head("match: ticket %d", *v.Match.Ticket)
		s.fields("because", v.Match.Evidence)
	} else {
		s.head("match: no ticket")
		s.fields("because", append(v.Match.Evidence, "nothing of this leads to one:"))
		at := v.Match.LookedAt
		if more := len(at) - mostLookedAt; more > 0 {
			at = append(at[:mostLookedAt:mostLookedAt], fmt.Sprintf("and %d more", more))
		}
		s.fields("looked at", at)
	}
	s.fields("rejected", v.Match.Rejected)
	for _, n := range v.Match.Also {
		s.field("also names", fmt.Sprintf("ticket %d, which an agent is told of", n))
	}
	for _, x := range v.Match.Suggestions {
		s.field("suggested", fmt.Sprintf("ticket %d: %s", x.Ticket, x.Why))
	}
	s.fields("never seen", v.Match.Unresolved)
}

func tellAdmit(s *story, v *mailgw.ExplainView) {
	if v.Admit == nil {
		s.head("admit: nothing to decide")
		s.field("because", or(v.AdmitWhy, "it is a new matter, and anybody may write one"))
		return
	}
	s.head("admit: %s", *v.Admit)
	s.field("because", or(v.AdmitWhy, ""))
	s.fields("proofs", v.Match.Proofs)
}

func tellIdentify(s *story, v *mailgw.ExplainView) {
	s.head("identify: %s", or(v.Customer, "no customer"))
	if v.Customer != nil {
		s.field("sure", string(v.Confidence))
	}
	why := v.CustomerWhy
	if why == "" && v.Match.Ticket != nil {
		why = "the ticket keeps the customer that it has"
	}
	s.field("because", why)
}

func tellTriage(s *story, v *mailgw.ExplainView) {
	s.head("triage: %s", joined("priority", or(v.Priority, ""), "level", or(v.Level, ""), "desk", or(v.Desk, "")))
	s.field("level because", or(v.LevelWhy, ""))
	s.fields("agreements", v.Agreements)
	for _, r := range v.Rules {
		verdict := "does not match"
		if r.Matched {
			verdict = "matches"
		}
		if r.Done {
			verdict += ", but took effect on this ticket before"
		}
		s.field("rule", r.Name+" "+verdict)
		s.fields("", r.Why)
	}
}

// joined says each name with its value, without those that have none.
func joined(pairs ...string) string {
	var said []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			said = append(said, pairs[i]+" "+pairs[i+1])
		}
	}
	if said == nil {
		return "nothing to decide"
	}
	return strings.Join(said, ", ")
}

func tellPromise(s *story, v *mailgw.ExplainView) {
	if v.PromiseDueAt == nil {
		s.head("promise: none")
		s.field("because", v.Acknowledge.Why)
		return
	}
	due := inZone(v, *v.PromiseDueAt)
	s.head("promise: by %s", due)
	s.field("because", brief(v.TargetWhy))
	var counted, skipped []string
	for _, seg := range v.Segments {
		counted = append(counted, brief(seg.Text))
	}
	for _, skip := range v.Skipped {
		skipped = append(skipped, skip.Text)
	}
	s.fields("counted", counted)
	s.fields("not counted", skipped)
	if end := v.TargetEndsAt; end != nil && inZone(v, *end) != due {
		s.field("rounded", "down, from "+inZone(v, *end))
	}
}

// inZone is a time as the desk's clock shows it.
func inZone(v *mailgw.ExplainView, t time.Time) string {
	if zone, err := time.LoadLocation(or(v.Zone, "UTC")); err == nil {
		t = t.In(zone)
	}
	return t.Format("Mon 2 Jan 2006 15:04 MST")
}

// brief leaves the zeros out of durations: 2h0m0s is 2h.
func brief(text string) string {
	return strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(text)
}

func tellAcknowledge(s *story, v *mailgw.ExplainView) {
	if !v.Acknowledge.Send {
		s.head("acknowledge: no")
		s.field("because", v.Acknowledge.Why)
		return
	}
	s.head("acknowledge: yes")
	s.field("because", v.Acknowledge.Why)
	s.field("to", or(v.Acknowledge.To, ""))
	s.field("subject", or(v.Acknowledge.Subject, ""))
	s.quote(or(v.Acknowledge.Text, ""))
}

// tellHouse says who of the house would hear of it.
func tellHouse(s *story, v *mailgw.ExplainView) {
	if len(v.Forwards) > 0 {
		s.head("forward: yes")
		s.field("would be forwarded to", strings.Join(v.Forwards, ", "))
	}
	if len(v.Tells) == 0 {
		s.head("tell: nobody")
		return
	}
	s.head("tell: the people of the house")
	for _, t := range v.Tells {
		s.field(string(t.Kind), strings.Join(t.To, ", "))
	}
}

// whetherTold says whether the author of a mail that is passed on hears of it.
func whetherTold(v *mailgw.ExplainView) []string {
	if v.Acknowledge.Send {
		return []string{or(v.Acknowledge.To, "the writer") + " is told a time at once"}
	}
	return []string{"nobody by itself: " + v.Acknowledge.Why}
}
