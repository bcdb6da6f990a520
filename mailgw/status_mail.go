package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// maxStatusLooked bounds how many open tickets of a company are looked at for one list.
const maxStatusLooked = 2000

// status answers a customer who asks for nothing but how their matters stand. The mail
// is filed and opens no ticket. Whoever is not provenly of a customer gets no list, nor
// does who has nothing open: to them it is a mail like any other, which a person reads.
func (d *decision) status() error {
	if !d.asksStatus() {
		return nil
	}
	list, err := d.openMatters()
	if err != nil || len(list) == 0 {
		return err
	}
	if err := d.judgeStep(); err != nil || !d.ack.send { // what cannot be answered by itself is for people, too
		d.ack, d.desk = acknowledgement{}, nil
		return err
	}
	d.file("it asks how the matters stand, and the list is the answer")
	return d.addStatus(list)
}

// asksStatus reports whether the mail is a customer's, provenly, to a desk's plain
// address, and says "status" alone. Elsewhere than to its writer no list goes.
func (d *decision) asksStatus() bool {
	m, id := d.in.mail, d.in.identity
	if d.outcome != "" || m.Kind != letter.Person || d.in.isAgent() || d.in.desk == d.in.s.admin || d.matched.Ticket != 0 || d.matched.NewLinkedTo != 0 {
		return false
	}
	if !d.in.auth.Authenticated() || id.ID == 0 || id.Confidence != ticket.Known && id.Confidence != ticket.Domain {
		return false
	}
	if len(m.From) != 1 || !strings.EqualFold(d.in.answerTo().Addr, d.in.author) || len(m.Attachments) > 0 || m.Forwarded != nil || strings.TrimSpace(m.QuotedText) != "" {
		return false
	}
	if words := strings.TrimSpace(m.NewText); words != "" {
		return heard.Status(words)
	}
	return heard.Status(m.Subject)
}

// openMatters are the open tickets of the customer on which the writer is one of the
// people, the oldest first. Those of colleagues are the colleagues' matter.
func (d *decision) openMatters() (out []ticket.Ticket, err error) {
	numbers, err := d.g.openTicketsOf(d.r, d.in.identity.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		t, err := d.r.Ticket(n)
		if err != nil {
			return nil, fmt.Errorf("open ticket of customer %d: %w", d.in.identity.ID, err)
		}
		if t.Status != ticket.Solved && belongs(&t, d.in.author) {
			out = append(out, t)
		}
	}
	return out, nil
}

// openTicketsOf are the numbers of the open tickets of a customer and of those that
// were merged into it, the oldest first, within bounds.
func (g *Gateway) openTicketsOf(r store.Reader, id uint64) (numbers []uint64, err error) {
	of, err := g.allOf(r, id)
	if err != nil {
		return nil, fmt.Errorf("open tickets of customer %d: %w", id, err)
	}
	for _, one := range of {
		err = errors.Join(err, r.OpenTickets(one, 0, func(n uint64) bool { numbers = append(numbers, n); return len(numbers) < maxStatusLooked }))
	}
	slices.Sort(numbers)
	return numbers, err
}

// addStatus makes the row of the list. It stands on no ticket, and carries no token: a
// reply to it is a new mail.
func (d *decision) addStatus(list []ticket.Ticket) error {
	lang := d.in.s.Words.Match(d.in.language())
	facts := wording.StatusFacts{
		DeskName: d.desk.FromName, DeskAddress: d.desk.Address, Signature: d.desk.SignatureIn(lang),
		CustomerName: letter.Excerpt(d.ack.to.Name, maxName), Subject: d.in.mail.Subject,
	}
	for i := range list {
		facts.Items = append(facts.Items, d.statusOf(&list[i], lang))
	}
	raw, err := json.Marshal(facts)
	if err != nil {
		return fmt.Errorf("facts of the status: %w", err)
	}
	row := d.rowApart(d.in.author, wording.TemplateStatus, raw)
	row.To = []string{letter.Address{Name: facts.CustomerName, Addr: d.in.author}.String()}
	if id := d.in.mail.MessageID; !unwritable(id) {
		row.InReplyTo, row.References = id, []string{id}
	}
	d.outgoing = append(d.outgoing, row)
	return nil
}

// statusOf says how one matter stands, in the writer's zone.
func (d *decision) statusOf(t *ticket.Ticket, lang string) wording.StatusItem {
	item := wording.StatusItem{Ticket: t.Number, Subject: letter.Excerpt(t.Subject, maxExcerpt), State: wording.StatusWorking}
	say := func(at time.Time) string {
		return promise.Say(at, d.now, promise.Zone(d.in.mail.Date, d.in.mail.HasZone, d.in.s.zone(d.desk), at), lang)
	}
	switch {
	case t.PromiseIs == string(promise.Open) && t.Told && t.PromiseDue.After(d.now):
		item.State, item.By = wording.StatusPromised, say(t.PromiseDue)
	case t.Told && (t.PromiseIs == string(promise.Open) || t.PromiseIs == string(promise.Broken) && t.Status != ticket.Pending):
		item.State, item.By = wording.StatusLate, say(t.PromiseDue)
	case t.Status == ticket.Pending:
		item.State = wording.StatusYours
	}
	return item
}
