package mailgw

import (
	"errors"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// returned is a mail of ours that a delivery report is about, and who did not get it.
type returned struct {
	row    *ticket.Outgoing // the customer's mail; nil when the report is about a notice
	failed []outbox.Failure // none: it is on its way still
	late   []string         // who may get it yet, each with the reason
	person string           // of the house whom a notice did not reach; "" for none
}

// findReturned finds the mail of ours that a delivery report is about: by the address
// that the report came to, which stands in that mail's envelope only, else by the
// Message-ID in what was returned. Both are sealed, so that nobody else can name a
// mail of ours. A report that names neither is a mail like any other.
func (d *decision) findReturned() error {
	b := d.in.mail.Bounce
	if d.outcome != ticket.OutcomeBounce || b == nil || d.in.auth.Result == "fail" || d.matched.Ticket == 0 {
		return nil
	}
	ref := d.matched.Ref
	if ref.Purpose != threading.Bounce {
		var ok bool
		if ref, ok = d.g.keys.OpenMessageID(b.OriginalMessageID, d.in.s.domains...); !ok {
			return nil
		}
	}
	if ref.Person != 0 {
		d.noticeReturned(ref.Person)
		return nil
	}
	p, err := locate(d.r, ref.Ticket, ref.Entry)
	if err != nil || p.entry == 0 {
		return ignoreMissing(err)
	}
	list, err := d.r.LastEntries(p.ticket.Number, 0, searched)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(e ticket.Entry) bool { return e.Seq == p.entry && e.Kind == ticket.MailOut })
	if i < 0 {
		return nil
	}
	row := list[i].Outgoing
	if row == nil { // the report was quicker than our record of the hand-over
		waiting, err := d.r.Outgoing(list[i].ID)
		if err != nil {
			return ignoreMissing(err)
		}
		row = &waiting
	}
	d.returned = sortReturned(row, b)
	for _, why := range d.returned.late {
		d.event("mailgw", "not delivered yet", why)
	}
	return nil
}

// ignoreMissing is err, unless it says that something is not there.
func ignoreMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// sortReturned tells from a report who did not get a mail and who may get it yet. A
// report of a forwarder names an address that we never wrote to: of a mail with one
// recipient it is about that one, else about nobody whom we know.
func sortReturned(row *ticket.Outgoing, b *letter.BounceInfo) *returned {
	var to []string
	for _, a := range slices.Concat(row.To, row.Cc) {
		to = append(to, letter.ParseAddress(a).Addr)
	}
	r := &returned{row: row}
	for i := range b.Recipients {
		x := &b.Recipients[i]
		addr := x.Address
		if k := slices.IndexFunc(to, func(a string) bool { return strings.EqualFold(a, addr) }); k >= 0 {
			addr = to[k]
		} else if len(to) == 1 {
			addr = to[0]
		} else {
			continue
		}
		switch {
		case x.Action == "delayed" || x.Action == "" && !x.Permanent:
			r.late = append(r.late, addr+": "+said(x))
		case x.Action == "failed" || x.Permanent:
			r.failed = append(r.failed, outbox.Failure{To: addr, Reply: said(x), Enhanced: statusOf(x.Status), Permanent: x.Permanent, TooBig: x.Status == "5.3.4"})
		}
	}
	return r
}

// said are a report's words about a recipient, on one line.
func said(x *letter.BounceRecipient) string {
	return letter.Excerpt(strings.TrimSpace(x.Status+" "+strings.Join(strings.Fields(x.Diagnostic), " ")), maxExcerpt)
}

// noticeReturned knows whom a notice did not reach: their tag is in the address that
// reports about it come to. The id of a notice tells that it is one; whose, the report
// must say.
func (d *decision) noticeReturned(tag uint32) {
	d.returned = &returned{}
	byAddress := d.matched.Ref.Purpose == threading.Bounce
	for _, r := range d.in.mail.Bounce.Recipients {
		if r.Action == "delayed" || r.Action != "failed" && !r.Permanent {
			continue
		}
		for _, a := range d.in.s.house() {
			if byAddress && d.g.keys.PersonTag(a) == tag || !byAddress && strings.EqualFold(a, r.Address) {
				d.returned.person = a
				d.returned.failed = []outbox.Failure{{To: a, Reply: said(&r), Enhanced: statusOf(r.Status), Permanent: r.Permanent}}
			}
		}
	}
}

// recordReturned does what follows from a mail that came back: the clock that its
// answer stopped runs on, the one who wrote it is told, and an address at which
// nobody is gets nothing automatic any more. Nothing goes to the side that returned it.
func (d *decision) recordReturned(tx store.Tx) error {
	r := d.returned
	if r == nil || len(r.failed) == 0 {
		return nil
	}
	if r.row == nil { // the admin is told, see tellReturned
		return d.g.markUnreachable(tx, &r.failed[0], d.ticket.Number, d.now)
	}
	if err := d.g.runOn(tx, r, d.now); err != nil {
		return err
	}
	return d.g.undelivered(tx, r.row, r.failed, d.now)
}

// runOn takes back that an answer settled promises to those whom it did not reach.
func (g *Gateway) runOn(tx store.Tx, r *returned, now time.Time) error {
	if r.row.Kind != ticket.Answer {
		return nil
	}
	t, _, err := ticketOf(tx, r.row)
	if err != nil {
		return err
	}
	list, err := tx.TicketPromises(t.Number)
	if err != nil {
		return err
	}
	lost := func(addr string) bool {
		return slices.ContainsFunc(r.failed, func(f outbox.Failure) bool { return strings.EqualFold(f.To, addr) })
	}
	var events []ticket.Event
	for i := range list {
		p := &list[i]
		owed := p.OwedTo
		if owed == "" && len(r.row.To) > 0 {
			owed = letter.ParseAddress(r.row.To[0]).Addr
		}
		if !slices.Contains(p.KeptBy, r.row.MessageID) || !lost(owed) {
			continue
		}
		p.KeptAt, p.KeptBy = time.Time{}, nil
		what := "still unanswered: the answer came back"
		if p.State == promise.Kept {
			p.State, p.AlarmAt, what = promise.Open, time.Time{}, "the clock runs on: the answer came back"
		}
		if p.State == promise.Open && !p.DueAt.After(now) {
			p.State, what = promise.Broken, "promise broken: the answer came back"
			if err := brokeTo(tx, &t, p, now); err != nil {
				return err
			}
		}
		if err := errors.Join(tx.PutPromise(p), g.answered(tx, t.Desk, p)); err != nil {
			return err
		}
		if p.ID == t.PromiseID {
			t.PromiseIs = string(p.State)
		}
		why := "due " + p.DueAt.In(g.settings.Load().zoneOf(t.Desk)).Format(timeFormat) + ", <" + r.row.MessageID + "> did not arrive"
		events = append(events, ticket.Event{Ticket: t.Number, ID: g.ids.Next(), At: now, Who: "mailgw", What: what, Why: why})
	}
	if len(events) == 0 {
		return nil
	}
	if next := standing(list); next != nil && t.PromiseIs != string(promise.Open) && next.State == promise.Open {
		setClock(&t, next)
	}
	t.UpdatedAt = now
	for _, e := range events { // each under an id of its own
		err = errors.Join(err, tx.PutEvents([]ticket.Event{e}))
	}
	return errors.Join(err, tx.PutTicket(&t))
}
