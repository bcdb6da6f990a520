package mailgw

import (
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/ticket"
)

// The parts of an ExplainView that are about the house.
type (
	// AgentView is what a mail of an agent, or in an agent's name, may do and would do.
	AgentView struct {
		Token         bool         `json:"token"`         // it came to the address in a notice
		TokenOf       *string      `json:"token_of"`      // whom that notice went to; null when nobody here has it (any more)
		Author        *string      `json:"author"`        // the agent whose address stands in From; null when none does
		Authenticated bool         `json:"authenticated"` // the author alone stands in From, and is proven
		OnDesk        bool         `json:"on_desk"`       // the author is on the ticket's desk now
		Power         bool         `json:"power"`         // all three fit: it is an answer, and its commands count
		Commands      []string     `json:"commands"`      // lines that were understood
		Unknown       []string     `json:"unknown"`       // lines that look like commands and are none
		Misplaced     []string     `json:"misplaced"`     // commands below the first words
		Note          *string      `json:"note"`          // what would be an internal note
		Answer        *AnswerView  `json:"answer"`        // what the customer would get; null: nothing
		NotSent       *NotSentView `json:"not_sent"`      // why nothing would go out; null: all would be done
	}
	// AnswerView is the mail that the customer would get.
	AnswerView struct {
		From    string   `json:"from"`
		To      []string `json:"to"`
		Cc      []string `json:"cc"`
		Subject string   `json:"subject"`
		Text    string   `json:"text"`
		Files   []string `json:"files"`
	}
	// NotSentView is what the agent would be told.
	NotSentView struct {
		Reason string  `json:"reason"` // not_proven, not_on_desk, no_words, misplaced_command, no_recipient
		Detail string  `json:"detail"`
		Told   *string `json:"told"` // the registered address; null: nobody is told
	}
	// TellView is a mail that people of the house would get.
	TellView struct {
		Kind ticket.OutgoingKind `json:"kind"` // notice or page
		To   []string            `json:"to"`
	}
)

// lookedAt says what in the mail could have led to a ticket.
func (d *decision) lookedAt() []string {
	out := []string{}
	for _, rcpt := range d.in.recipients() { // of the envelope and of the header
		if said := "recipient " + rcpt; !slices.Contains(out, said) {
			out = append(out, said)
		}
	}
	for _, id := range d.in.mail.InReplyTo {
		out = append(out, "In-Reply-To <"+id+">")
	}
	for _, id := range d.in.mail.References {
		out = append(out, "References <"+id+">")
	}
	if b := d.in.mail.Bounce; b != nil && b.OriginalMessageID != "" {
		out = append(out, "the mail that came back <"+b.OriginalMessageID+">")
	}
	return out
}

// viewTells shows who of the house would hear of the mail.
func (d *decision) viewTells() []TellView {
	out := []TellView{}
	for i := range d.outgoing {
		if o := &d.outgoing[i]; o.Kind == ticket.Notice || o.Kind == ticket.Page {
			out = append(out, TellView{o.Kind, o.EnvelopeTo})
		}
	}
	return out
}

// viewAgent shows the decision about an agent's power, and what comes of it.
func (d *decision) viewAgent() (*AgentView, error) {
	token := d.matched.Proof && isAgents(d.matched.Ref.Purpose)
	author := d.in.s.Agent(d.in.author)
	if d.matched.Ticket == 0 || !token && author == nil {
		return nil, nil
	}
	a := &d.agent
	v := &AgentView{
		Token: token, Power: a.power, Commands: orEmpty(lines(a.read.Commands)), Unknown: orEmpty(lines(a.read.Unknown)),
		Misplaced: orEmpty(a.read.Misplaced), Note: orNull(a.note),
	}
	if token {
		v.TokenOf = orNull(d.g.personOf(d.in.s, d.matched.Ref.Person))
	}
	if author != nil {
		v.Author = &author.Address
		v.Authenticated = d.in.auth.Authenticated() && namesOne(d.in.mail)
		v.OnDesk = d.in.s.deskHas(d.before.Desk, author.Address)
	}
	if a.why != "" {
		v.NotSent = &NotSentView{a.why, a.more, orNull(a.tell)}
	}
	return v, d.viewAnswer(v)
}

// viewAnswer shows the mail that the customer would get.
func (d *decision) viewAnswer(v *AgentView) error {
	for i := range d.outgoing {
		o := &d.outgoing[i]
		if o.Kind != ticket.Answer {
			continue
		}
		msg, err := d.in.s.Words.Render(o.Template, o.Language, o.Facts)
		if err != nil {
			return fmt.Errorf("say the answer: %w", err)
		}
		v.Answer = &AnswerView{From: o.From, To: o.To, Cc: orEmpty(o.Cc), Subject: o.Subject, Text: strings.TrimRight(msg.Text, "\n"), Files: []string{}}
		for _, f := range o.Files {
			v.Answer.Files = append(v.Answer.Files, f.Name)
		}
	}
	return nil
}
