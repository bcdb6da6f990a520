package mailgw

import (
	"errors"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// handedOver is called in the commit that records that the next hop took a row's
// mail for some recipients. An answer keeps what was promised before it was
// written, once the next hop has taken it for the person who was promised.
func (g *Gateway) handedOver(tx store.Tx, row *ticket.Outgoing, taken []string, now time.Time) error {
	if row.Kind != ticket.Answer || len(row.To) == 0 {
		return nil
	}
	answered := slices.Contains(taken, letter.ParseAddress(row.To[0]).Addr)
	t, _, err := ticketOf(tx, row)
	if err != nil {
		return err
	}
	owed, err := tx.TicketPromises(t.Number)
	if err != nil {
		return err
	}
	var events []ticket.Event
	id, zone := g.ids.Next(), g.settings.Load().zoneOf(t.Desk)
	for i := range owed {
		p := &owed[i]
		if p.OwedTo == "" && !answered || p.OwedTo != "" && !slices.ContainsFunc(taken, func(a string) bool { return strings.EqualFold(a, p.OwedTo) }) {
			continue
		}
		before := p.State
		what := settled(p, row, now)
		if what == "" {
			continue
		}
		if err := errors.Join(tx.PutPromise(p), g.answered(tx, t.Desk, p), answeredTo(tx, &t, p, before, now)); err != nil {
			return err
		}
		if p.ID == t.PromiseID {
			t.PromiseIs = string(p.State)
		}
		why := "due " + p.DueAt.In(zone).Format(timeFormat) + ", answered by <" + row.MessageID + ">"
		events = append(events, ticket.Event{Ticket: t.Number, ID: id, At: now, Who: "mailgw", What: what, Why: why})
	}
	after := func() error { return nil }
	if answered {
		after = func() error { return g.nextStep(tx, row, now) }
	}
	if len(events) == 0 {
		return after()
	}
	if next := standing(owed); t.PromiseIs != string(promise.Open) && next != nil && next.State == promise.Open { // another one waits, too
		setClock(&t, next)
	}
	t.UpdatedAt = now
	return errors.Join(tx.PutEvents(events), tx.PutTicket(&t), after())
}

// settled settles a promise by an answer, and says what became of it; "" when the
// answer has nothing to do with it: it was made later, or an earlier answer or
// something else has settled it.
func settled(p *promise.Promise, answer *ticket.Outgoing, now time.Time) string {
	if !p.KeptByAnswer() || len(p.KeptBy) > 0 || p.State == promise.Withdrawn || p.State == promise.Kept || p.ID > answer.ID { // IDs go on when a clock is set back
		return ""
	}
	p.KeptAt, p.KeptBy = now, []string{answer.MessageID}
	in := p.State == promise.Open && !now.After(p.DueAt)
	if p.State = promise.Broken; in {
		p.State = promise.Kept
	}
	switch {
	case p.GivenUp:
		return "answered; the target had been given up"
	case in && p.Told:
		return "promise kept"
	case in:
		return "target met"
	case p.Told:
		return "answered after the promised time"
	}
	return "answered after the target"
}

// undelivered is called in the commit that records that recipients of a row are
// given up. A mail whose files the next hop does not take goes again without
// them, at once. What else does not reach a customer becomes a note on the
// ticket, which is work again, a mail to the desk, and an item in its drawer.
func (g *Gateway) undelivered(tx store.Tx, row *ticket.Outgoing, failed []outbox.Failure, now time.Time) error {
	if row.Kind == ticket.Notice || row.Kind == ticket.Page {
		return g.unnoticed(tx, row, failed, now)
	}
	if row.Ticket == 0 { // nobody waits for it
		for i := range failed {
			g.log.Warn("an automatic mail did not arrive", "id", row.ID, "template", row.Template, "to", failed[i].To, "reply", failed[i].Reply)
		}
		return nil
	}
	t, seq, err := ticketOf(tx, row)
	if err != nil {
		return err
	}
	s := g.settings.Load()
	desk := s.desk(t.Desk)
	if desk == nil {
		desk = s.admin
	}
	u := undelivery{g: g, tx: tx, s: s, desk: desk, row: row, t: &t, seq: seq, now: now, id: g.ids.Next()}
	if row.Kind == ticket.Forward {
		return g.unforwarded(tx, &u, failed)
	}
	without := u.withoutFiles(failed)
	if err := u.record(failed, without); err != nil {
		return err
	}
	if len(without) == 0 {
		return nil
	}
	again := *row
	again.Omitted, again.EnvelopeTo, again.NextAt, again.LastReply = true, without, now, ""
	if _, err := tx.Outgoing(row.ID); err == nil { // it waits for others, too
		again.EnvelopeTo = append(slices.Clone(row.EnvelopeTo), without...)
	}
	return tx.PutOutgoing(&again)
}

// undelivery is an answer or acknowledgement that did not reach somebody.
type undelivery struct {
	g    *Gateway
	tx   store.Tx
	s    *settings
	desk *config.Desk
	row  *ticket.Outgoing
	t    *ticket.Ticket
	seq  uint32 // the row's entry on t
	now  time.Time
	id   ticket.ID
}

// notDelivered begins the note about an undelivered mail; its Message-ID follows.
const notDelivered = "Not delivered: "

// withoutFiles are the recipients who can get the mail without its files.
func (u *undelivery) withoutFiles(failed []outbox.Failure) (to []string) {
	if len(u.row.Files) == 0 || u.row.Omitted {
		return nil
	}
	for i := range failed {
		if failed[i].TooBig {
			to = append(to, failed[i].To)
		}
	}
	return to
}

// record writes the note, the events, the drawer's item and the desk's mail.
func (u *undelivery) record(failed []outbox.Failure, without []string) error {
	lang := u.s.Words.Match(u.desk.Language)
	f := wording.UndeliveredFacts{Ticket: u.t.Number, Subject: u.t.Subject}
	var text []string
	lost := false
	events := make([]ticket.Event, 0, len(failed)+1)
	for i := range failed {
		x := &failed[i]
		why := u.s.Words.WhyUndelivered(x.Code, x.Enhanced, lang)
		if err := u.g.markUnreachable(u.tx, x, u.t.Number, u.now); err != nil {
			return err
		}
		if slices.Contains(without, x.To) {
			f.TooBig = u.row.FileNames()
			text = append(text, x.To+": "+why+" ("+strings.Join(u.row.FileNames(), ", ")+"); sent without files")
		} else {
			lost = true
			f.Recipients = append(f.Recipients, wording.UndeliveredRecipient{Address: x.To, Why: why, Reply: x.Reply})
			f.GaveUp = f.GaveUp || !x.Permanent
			text = append(text, x.To+": "+why+" ("+x.Reply+")")
		}
		events = append(events, ticket.Event{Ticket: u.t.Number, ID: u.id, At: u.now, Who: "mailgw", What: "not delivered to " + x.To, Why: why + ": " + x.Reply})
	}
	if then, ok := u.t.Status.After(ticket.NotDelivered); lost && u.row.Kind == ticket.Answer && ok && then != u.t.Status {
		events = append(events, ticket.Event{Ticket: u.t.Number, ID: u.id, At: u.now, Who: "mailgw", What: "status " + string(u.t.Status) + " to " + string(then), Why: "the answer was not delivered"})
		u.t.Status, u.t.ClosedAt = then, time.Time{}
	}
	if lost {
		forgetAsked(u.t, u.seq)
	}
	if err := u.unsay(failed, without); err != nil {
		return err
	}
	u.t.Entries++
	u.t.UpdatedAt = u.now
	note := ticket.Entry{
		ID: u.id, Ticket: u.t.Number, Seq: u.t.Entries, Kind: ticket.Note, From: "mailgw", At: u.now, Subject: u.t.Subject,
		Text: notDelivered + u.row.MessageID + "\n" + strings.Join(text, "\n"),
	}
	note.Excerpt = letter.Excerpt(note.Text, maxExcerpt)
	rows, err := u.g.voice(u.s, u.desk, u.t.Number).toHouse(houseMail{
		kind: ticket.Notice, template: "undelivered", facts: forAll(f), to: u.audience(), name: u.desk.FromName, entry: u.row.Entry, seq: u.seq, now: u.now,
	})
	if lost {
		err = errors.Join(err, u.intoDrawer(text))
	}
	return errors.Join(err, putRows(u.tx, rows), u.tx.PutEntry(&note), u.tx.PutEvents(events), u.tx.PutTicket(u.t), u.g.moveClocks(u.tx, u.s, u.t, u.now))
}

// unsay takes back what the answer promised to the one whom it did not reach.
func (u *undelivery) unsay(failed []outbox.Failure, without []string) error {
	lost := func(f outbox.Failure) bool {
		return len(u.row.To) > 0 && strings.EqualFold(f.To, letter.ParseAddress(u.row.To[0]).Addr) && !slices.Contains(without, f.To)
	}
	if !slices.ContainsFunc(failed, lost) {
		return nil
	}
	return u.g.unsay(u.tx, u.t, u.row, "the answer that says it was not delivered", u.now)
}

// audience is the agent who wrote the answer, as long as they are on the desk;
// else all of its agents.
func (u *undelivery) audience() []string {
	if e, err := u.tx.Entry(u.row.ID); err == nil && e.ByAgent != "" && u.desk.HasAgent(e.ByAgent) {
		return []string{e.ByAgent}
	}
	return u.desk.Agents
}

// intoDrawer keeps what was not delivered in front of the desk's eyes.
func (u *undelivery) intoDrawer(why []string) error {
	return u.tx.PutDrawerItem(&ticket.DrawerItem{
		ID: u.row.ID, Kind: ticket.DrawerUndelivered, Ticket: u.t.Number, Desk: u.desk.Name, From: u.t.Requester, Subject: u.t.Subject,
		Why: strings.Join(why, "; "), Since: u.now, DueAt: u.s.opening(u.desk, u.now),
	})
}

// unnoticed tells the admin that somebody of the house does not get their mail:
// a ticket may wait for a person who does not know of it.
func (g *Gateway) unnoticed(tx store.Tx, row *ticket.Outgoing, failed []outbox.Failure, now time.Time) error {
	s := g.settings.Load()
	f := wording.UndeliveredFacts{Ticket: row.Ticket}
	var events []ticket.Event
	id := g.ids.Next()
	for i := range failed {
		x := &failed[i]
		g.log.Error("a notice did not reach its reader", "id", row.ID, "ticket", row.Ticket, "to", x.To, "reply", x.Reply)
		if err := g.markUnreachable(tx, x, row.Ticket, now); err != nil {
			return err
		}
		events = append(events, ticket.Event{Ticket: row.Ticket, ID: id, At: now, Who: "mailgw", What: string(row.Kind) + " not delivered to " + x.To, Why: x.Reply})
		if !strings.EqualFold(x.To, s.Admin.Address) {
			f.Recipients = append(f.Recipients, wording.UndeliveredRecipient{Address: x.To, Why: s.Words.WhyUndelivered(x.Code, x.Enhanced, "en"), Reply: x.Reply})
			f.GaveUp = f.GaveUp || !x.Permanent
		}
	}
	if t, err := tx.Ticket(row.Ticket); err == nil {
		f.Subject = t.Subject
		if err := tx.PutEvents(events); err != nil {
			return err
		}
	}
	if len(f.Recipients) == 0 {
		return nil
	}
	rows, err := g.voice(s, s.admin, row.Ticket).toHouse(houseMail{
		kind: ticket.Notice, template: "undelivered", facts: forAll(f), to: []string{s.Admin.Address}, name: "mailgw", seq: row.EntrySeq, now: now,
	})
	return errors.Join(err, putRows(tx, rows))
}
