package mailgw

import (
	"fmt"
	"slices"

	"supportgw/mailgw/guard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
)

// guard looks through the answer for what its reader must not see.
func (a *gate) guard() ([]guard.Finding, error) {
	entries, err := a.r.Entries(a.t.Number)
	if err != nil {
		return nil, fmt.Errorf("what the answer must not say: %w", err)
	}
	id, company := a.s.company(a.t)
	k := &guard.Known{
		Ticket: a.t.Number, Customer: id, Company: company, Customers: a.s.customers,
		People: append(append([]string{a.t.Address}, a.t.People...), a.row.EnvelopeTo...),
		Ours:   []string{a.desk.FromName, a.desk.Signature, a.who.Name}, IsOurs: a.s.isHouse,
		Avoid: a.s.Avoided(), Open: a.g.keys.Open,
		Said: func() []string { return a.said(entries) },
	}
	for i := range entries {
		if e := &entries[i]; e.Kind == ticket.Note && e.ErasedAt.IsZero() && e.TakenBackAt.IsZero() { // what was an answer is none
			k.Notes = append(k.Notes, e.Text)
		}
	}
	return guard.Check(a.entry.Text, k), nil
}

// said is what was written on the ticket that its customer knows: their own mails, and
// what we wrote to them. A mail that cannot be read says nothing.
func (a *gate) said(entries []ticket.Entry) []string {
	out := []string{a.t.Subject}
	for i := range entries {
		e := &entries[i]
		switch {
		case !e.ErasedAt.IsZero() || e.ID == a.entry.ID:
		case e.Kind == ticket.MailIn && e.ByAgent == "":
			raw, err := a.r.Raw(e.ID)
			if err != nil {
				a.g.log.Warn("a mail cannot be read to compare an answer with it", "id", e.ID, "err", err)
				continue
			}
			m := letter.Parse(raw, "", letter.DefaultLimits())
			out = append(out, m.Subject, m.Text, e.From)
		case e.Kind == ticket.MailOut && e.Text != "":
			if row, err := a.r.Outgoing(e.ID); err != nil || row.Waits == "" {
				out = append(out, e.Text)
			}
		}
	}
	return out
}

// recentEntries is how many of a ticket's last entries are looked through for an answer
// that waits.
const recentEntries = 20

// hasUnsent reports whether an answer to the ticket is written and waits for somebody's
// word. What cannot be read says nothing: a reminder is sent all the same.
func (o *overdue) hasUnsent() bool {
	list, err := o.tx.LastEntries(o.t.Number, 0, recentEntries)
	return err == nil && slices.ContainsFunc(list, func(e ticket.Entry) bool {
		if e.Kind != ticket.MailOut || !e.SentAt.IsZero() {
			return false
		}
		row, err := o.tx.Outgoing(e.ID)
		return err == nil && row.Waits != ""
	})
}
