package mailgw

import (
	"slices"
	"strings"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
	"supportgw/rules"
)

// ruleNote is what a rule tells the agents. No customer sees it.
type ruleNote struct {
	rule string // its name
	text string
}

// doesTell notes whom of the house the rules let know, and what they tell them.
func (d *decision) doesTell() {
	for _, who := range d.verdict.Notify {
		if a := d.in.s.Agent(who); a != nil {
			d.notified = append(d.notified, a.Address)
		}
	}
	if len(d.notified) > 0 {
		d.event(d.ruleThat(func(e *rules.Effects) bool { return len(e.Notify) > 0 }), "tells "+strings.Join(d.notified, ", "), "")
	}
	for _, text := range d.verdict.Notes {
		who, _ := d.decides(func(e *rules.Effects) bool { return e.Note == text })
		d.notes = append(d.notes, ruleNote{strings.TrimPrefix(who, "rule "), text})
	}
}

// keepNotes puts the rules' notes on the ticket, behind what was said to the customer.
func (d *decision) keepNotes() {
	for _, n := range d.notes {
		d.ticket.Entries++
		d.answers = append(d.answers, ticket.Entry{
			ID: d.g.ids.Next(), Ticket: d.ticket.Number, Seq: d.ticket.Entries, Kind: ticket.Note, From: "rule " + n.rule, At: d.now,
			Text: n.text, Excerpt: letter.Excerpt(n.text, maxExcerpt),
		})
	}
}

// saidNotes are the rules' notes as a notice shows them, a line each.
func (d *decision) saidNotes() (out []string) {
	for _, n := range d.notes {
		out = append(out, n.rule+": "+n.text)
	}
	return out
}

// stillHeld names the rule that let nothing go to the customer when the ticket was
// opened, as long as nobody has looked at it since; "" when none does.
func (d *decision) stillHeld() string {
	if d.isNew || d.before.Status != ticket.New {
		return ""
	}
	done := doneAs(doneNew, d.before.RulesDone)
	for i := range d.in.s.Rules {
		if r := &d.in.s.Rules[i]; r.Then.Hold && slices.Contains(done, r.Name) {
			return "rule " + r.Name
		}
	}
	return ""
}
