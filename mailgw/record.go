package mailgw

import (
	"crypto/sha256"
	"errors"
	"slices"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
	"supportgw/threading"
)

// record writes the decision: everything that follows from one mail, in one
// transaction. Nothing is written before all has been decided.
func (d *decision) record(tx store.Tx) error {
	rc := d.receipt()
	if d.outcome == ticket.OutcomeDuplicate {
		return d.recordDuplicate(tx, &rc)
	}
	if d.released {
		return d.recordReleased(tx)
	}
	sum := sha256.Sum256(d.in.Raw)
	rc.RawSum = sum[:]
	if err := tx.PutRaw(d.in.ID, d.in.Raw, d.in.bodies()); err != nil { // first: when there is no room for it, nothing has to be undone
		return err
	}
	if err := tx.PutReceipt(&rc); err != nil {
		return err
	}
	if err := d.recordItem(tx); err != nil {
		return err
	}
	if d.ticket.Number == 0 { // quarantined, or filed
		return d.recordApart(tx)
	}
	return d.recordTicket(tx)
}

// bodies are where in the raw bytes large files stand.
func (in *incoming) bodies() []store.Range {
	out := make([]store.Range, len(in.mail.Bodies))
	for i, b := range in.mail.Bodies { // the peer's bytes were parsed, without our trace
		out[i] = store.Range{Start: in.Body + b.Start, End: in.Body + b.End}
	}
	if store.CheckRanges(len(in.Raw), out) != nil { // a defect of ours costs space, not the mail
		return nil
	}
	return out
}

// recordItem puts the mail into the drawer that it waits in.
func (d *decision) recordItem(tx store.Tx) error {
	if d.item = d.drawerItem(); d.item == nil {
		return nil
	}
	if err := tx.PutDrawerItem(d.item); err != nil || d.in.apart == nil {
		return err
	}
	if _, folder := view.ItemShelf(d.item); !folder {
		return nil
	}
	m := &shownMail{entry: d.item.ID, key: d.g.keys.KeyID()}
	return m.list(itemFacts(d.item), d.in.apart, d.item.Since).put(tx, view.MailRef{Item: d.item.ID})
}

// recordReleased writes the decision about a mail that was quarantined before: its
// bytes and its receipt are there, and it leaves its drawer.
func (d *decision) recordReleased(tx store.Tx) error {
	if err := tx.MoveReceipt(d.in.ID, d.outcome, d.ticket.Number); err != nil {
		return err
	}
	if err := tx.DeleteDrawerItem(d.in.ID); err != nil {
		return err
	}
	if err := d.recordItem(tx); err != nil {
		return err
	}
	return d.recordTicket(tx)
}

// recordApart writes what follows from a mail that stands on no ticket.
func (d *decision) recordApart(tx store.Tx) error {
	err := errors.Join(putRows(tx, d.outgoing), d.absence.record(tx))
	if d.deed != nil {
		err = errors.Join(err, d.deed(tx))
	}
	return err
}

func (d *decision) recordTicket(tx store.Tx) error {
	if err := tx.PutTicket(&d.ticket); err != nil {
		return err
	}
	if err := errors.Join(d.recordFollowed(tx), d.recordProof(tx), d.recordLearned(tx), d.recordDeparted(tx), d.absence.record(tx), d.recordGiven(tx)); err != nil {
		return err
	}
	e := d.entry()
	if err := errors.Join(tx.PutEntry(&e), d.recordShown(tx, &e), d.askAgain(tx), d.recordStanding(tx), d.recordCopies(tx)); err != nil {
		return err
	}
	if err := d.leaveClues(tx); err != nil {
		return err
	}
	for i := range d.answers {
		if err := tx.PutEntry(&d.answers[i]); err != nil {
			return err
		}
	}
	if err := tx.PutEvents(d.events); err != nil {
		return err
	}
	for _, p := range []*promise.Promise{d.replaced, d.givenUp, d.pledge} {
		if p == nil {
			continue
		}
		if err := tx.PutPromise(p); err != nil {
			return err
		}
	}
	for i := range d.noted {
		if err := errors.Join(tx.PutPromise(&d.noted[i]), brokeTo(tx, &d.ticket, &d.noted[i], d.now)); err != nil {
			return err
		}
	}
	for i := range d.clocks {
		if err := tx.PutPromise(&d.clocks[i]); err != nil {
			return err
		}
	}
	return errors.Join(putRows(tx, d.outgoing), d.recordReturned(tx), d.reached(tx), d.recordSlow(tx), d.recordClosing(tx), d.recordWait(tx), d.recordDeeds(tx), d.recordUnsent(tx))
}

// recordShown keeps how agents' mail clients are shown the mail, of which nothing is read again for that.
func (d *decision) recordShown(tx store.Tx, e *ticket.Entry) error {
	if d.in.listed == nil || e.Kind != ticket.MailIn || !view.IsShown(e) {
		return nil
	}
	f := d.g.shownFacts(d.in.s, &d.ticket, e)
	if f.ReplyTo == "" {
		return nil
	}
	m := &shownMail{entry: e.ID, key: d.g.keys.KeyID(), purpose: threading.AgentReply}
	return m.list(f, d.in.listed, e.At).put(tx, view.MailRef{Ticket: e.Ticket, Seq: e.Seq})
}

// receipt is the record that the mail was accepted.
func (d *decision) receipt() ticket.Receipt {
	in := d.in
	rc := ticket.Receipt{
		ID: in.ID, MessageID: in.mail.MessageID, Outcome: d.outcome, Ticket: d.ticket.Number, At: in.At, Source: in.Source,
		MailFrom: in.ReversePath, RcptTo: in.Recipients, Helo: in.Helo, Author: in.author, Hash: in.hash, Size: len(in.Raw), Original: d.original,
	}
	if in.ClientIP.IsValid() {
		rc.Peer = in.ClientIP.String()
	}
	return rc
}

// entry is the mail as a thing on its ticket.
func (d *decision) entry() ticket.Entry {
	in := d.in
	e := ticket.Entry{
		ID: in.ID, Ticket: d.ticket.Number, Seq: d.entrySeq(), Kind: ticket.MailIn, From: in.requester(), At: in.At,
		To: addresses(in.mail.To), Cc: addresses(in.mail.Cc), Subject: in.mail.Subject, MessageID: in.mail.MessageID,
		Excerpt: in.excerpt, Outcome: d.outcome, Evidence: d.matched.Evidence,
		SenderAuth: string(in.auth.Result), SenderWhy: in.auth.Reasons, Attachments: in.mail.Attachments, Problems: in.mail.Problems,
	}
	if in.isAgent() && (!d.isNew || d.opened || in.unsure.Unsure != "") {
		e.ByAgent = in.author
	}
	if d.agent.note != "" {
		e.Kind, e.Text = ticket.Note, d.agent.note
	}
	if i := slices.IndexFunc(d.answers, func(a ticket.Entry) bool { return a.ByAgent != "" }); i >= 0 && e.ByAgent != "" && e.Kind == ticket.MailIn {
		e.Became = d.answers[i].ID
	}
	if d.why != "" {
		e.Evidence = append(append([]string(nil), e.Evidence...), d.why)
	}
	return e
}

// maxShown bounds how many addresses of one field an entry shows; the raw mail has all.
const maxShown = 50

func addresses(list []letter.Address) []string {
	var out []string
	for i := range list {
		if i == maxShown {
			break
		}
		out = append(out, list[i].String())
	}
	return out
}
