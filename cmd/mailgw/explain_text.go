package main

import (
	"fmt"
	"strings"

	"supportgw/mailgw"
)

// explainStory tells what would become of a mail, step by step, each with its why.
func explainStory(v *mailgw.ExplainView) *story {
	s := &story{}
	s.head("%s: %s", v.File, outcomeOf(v))
	for _, step := range [...]func(*story, *mailgw.ExplainView){
		tellParse, tellJudge, tellClassify, tellMatch, tellAdmit, tellIdentify, tellTriage, tellPromise, tellAcknowledge,
	} {
		step(s, v)
	}
	return s
}

// outcomeOf says the outcome in one line.
func outcomeOf(v *mailgw.ExplainView) string {
	text := string(v.Outcome)
	if v.Match.Ticket != nil {
		text += fmt.Sprintf(" (ticket %d)", *v.Match.Ticket)
	}
	return text
}

func tellParse(s *story, v *mailgw.ExplainView) {
	s.head("parse")
	s.field("from", or(v.From, "nobody"))
	s.field("subject", v.Subject)
	s.field("language", or(v.Language, "not known"))
	s.fields("attached", attached(v.Attachments))
	s.fields("repaired", v.Problems)
	if f := v.Forwarded; f != nil {
		s.field("forwards", fmt.Sprintf("%q of %s", f.Subject, or(f.From, "nobody")))
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

func tellMatch(s *story, v *mailgw.ExplainView) {
	if v.Match.Ticket != nil {
		s.head("match: ticket %d", *v.Match.Ticket)
	} else {
		s.head("match: no ticket")
	}
	s.fields("because", v.Match.Evidence)
	s.fields("did not count", v.Match.Rejected)
}

func tellAdmit(s *story, v *mailgw.ExplainView) {
	s.head("admit: %s", or(v.Admit, "nothing to decide"))
	s.field("because", or(v.AdmitWhy, ""))
}

func tellIdentify(s *story, v *mailgw.ExplainView) {
	s.head("identify: %s", or(v.Customer, "no customer"))
	s.field("sure", string(v.Confidence))
	s.field("because", v.CustomerWhy)
}

func tellTriage(s *story, v *mailgw.ExplainView) {
	s.head("triage: %s", joined("priority", or(v.Priority, ""), "level", or(v.Level, ""), "desk", or(v.Desk, "")))
	for _, r := range v.Rules {
		verdict := "does not match"
		if r.Matched {
			verdict = "matches"
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
	s.head("promise: by %s", v.PromiseDueAt.Format("Mon 2 Jan 2006 15:04 MST"))
	s.field("target", or(v.Target, ""))
	s.fields("counted", v.Segments)
}

func tellAcknowledge(s *story, v *mailgw.ExplainView) {
	if !v.Acknowledge.Send {
		s.head("acknowledge: no")
		s.field("because", v.Acknowledge.Why)
		return
	}
	s.head("acknowledge: yes")
	s.field("because", v.Acknowledge.Why)
	s.field("subject", or(v.Acknowledge.Subject, ""))
	s.quote(or(v.Acknowledge.Text, ""))
}
