package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/web"
	"supportgw/threading"
)

// silence is how a ticket's end is counted whose customer said nothing.
const silence = "silence"

// saidKinds are what is counted of the answers to our question whether it is solved.
func saidKinds() []string {
	return []string{string(heard.Yes), string(heard.Partly), string(heard.No), silence}
}

// saidName is under what a desk's answers are counted.
func saidName(desk string) string { return "solved_said/" + desk }

// saidOf reads how many answers of each kind a desk has got.
func saidOf(r store.Reader, desk string) (map[string]uint64, error) {
	n := map[string]uint64{}
	raw, err := r.Meta(saidName(desk))
	if err != nil || raw == nil {
		return n, err
	}
	if err := json.Unmarshal(raw, &n); err != nil {
		return n, fmt.Errorf("answers of desk %s: %w", desk, err)
	}
	return n, nil
}

// countSaid counts one answer, in the commit that it is recorded in.
func countSaid(tx store.Tx, desk, kind string) error {
	n, err := saidOf(tx, desk)
	if err != nil {
		return err
	}
	n[kind]++
	raw, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("answers of desk %s: %w", desk, err)
	}
	return tx.PutMeta(saidName(desk), raw)
}

// saidMetric is what customers answered, by desk.
func (g *Gateway) saidMetric() (web.Metric, error) {
	m := web.Metric{Name: "mailgw_solved_answers_total", Kind: web.Counter, Help: "What became of the question whether a matter is solved, by desk: the customer's words (yes, partly, no), or silence. From the store; a click on a link counts nothing."}
	s := g.settings.Load()
	err := g.store.View(func(r store.Reader) error {
		for i := range s.Desks {
			n, err := saidOf(r, s.Desks[i].Name)
			if err != nil {
				return err
			}
			for _, kind := range saidKinds() {
				m.Add(float64(n[kind]), "desk", s.Desks[i].Name, "said", kind)
			}
		}
		return nil
	})
	return m, err
}

// hear reads a customer's mail as the answer to our question whether the matter is
// solved, when it is one: the ticket's people were asked, one of them writes, and
// answers the mail that asked.
func (d *decision) hear() heard.Verdict {
	c, m := d.before.Closing, d.in.mail
	over := d.before.Status == ticket.Solved || d.before.Status == ticket.Closed
	if c == nil || c.AskedAt.IsZero() || !over || !d.isPerson() || d.in.isAgent() || m.Kind != letter.Person || m.OldOnly || m.Forwarded != nil {
		return heard.Unclear
	}
	if d.admitted != threading.Append { // a stranger who has got a token has no say in it
		return heard.Unclear
	}
	lang := m.Language
	if lang == "" {
		lang = d.before.Language
	}
	said := heard.Solved(m.NewText, lang, d.writersNames()...)
	if said == heard.Yes && (!d.answersOneOf(c.Mails) || !m.OnlyWords(append(slices.Clone(c.Subjects), d.before.Subject)...)) {
		return heard.Unclear // a yes to something else, or with something else
	}
	return said
}

// writersNames are names that may stand below the mail, or behind its greeting: the
// writer's, the desk's, and that of the agent who has the ticket.
func (d *decision) writersNames() []string {
	a := d.in.mail.Author()
	names := []string{a.Name, localOf(a.Addr), d.before.Desk}
	if desk := d.in.s.desk(d.before.Desk); desk != nil {
		names = append(names, desk.FromName)
	}
	if agent := d.in.s.Agent(d.before.Assignee); agent != nil {
		names = append(names, agent.Name)
	}
	return names
}

// answersOneOf reports whether the mail answers one of our mails, by their numbers on
// the ticket: which one, its In-Reply-To says, else the token that it was sent to.
func (d *decision) answersOneOf(mails []uint32) bool {
	for _, id := range d.in.mail.InReplyTo {
		for _, domain := range d.in.s.domains {
			if ref, ok := d.g.keys.OpenMessageID(id, domain); ok && ref.Entry != 0 {
				return slices.Contains(mails, ref.Entry)
			}
		}
	}
	return d.matched.Ref.Entry != 0 && slices.Contains(mails, d.matched.Ref.Entry)
}

// takeSaid does what the customer's words on a ticket do to its closing: an answer
// to our question is kept, and no and not really raise the ticket by one step. Whatever
// makes it work again ends the question.
func (d *decision) takeSaid() {
	t := &d.ticket
	switch d.said {
	case heard.Yes:
		d.happened(ticket.Confirmed, "customer", "the customer says that it is solved")
	case heard.No, heard.Partly:
		if p := t.Priority.Raised(); p != t.Priority {
			d.event("customer", "priority "+string(t.Priority)+" to "+string(p), "the customer says that it is not solved")
			t.Priority = p
		}
	}
	if d.said != heard.Unclear {
		t.Satisfaction = ticket.Satisfaction(d.said)
		d.event("customer", "asked whether it is solved: "+string(d.said), "")
	}
	if t.Closing != nil && d.said != heard.Yes {
		t.Closing = nil
	}
}

// recordClosing writes what a mail means for the ticket's closing.
func (d *decision) recordClosing(tx store.Tx) error {
	var err error
	if d.said != heard.Unclear {
		err = countSaid(tx, d.ticket.Desk, string(d.said))
	}
	if d.ticket.Closing.Alarm().Equal(d.before.Closing.Alarm()) {
		return err
	}
	return errors.Join(err, setAlarm(tx, &d.ticket))
}
