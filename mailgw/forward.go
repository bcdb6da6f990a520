package mailgw

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/rules"
	"supportgw/threading"
)

// forward passes the mail on to those whom the rules name, each once. What is kept
// back from the customer, or may be forged, is passed on to nobody.
func (d *decision) forward() error {
	if len(d.verdict.Forward) == 0 || !d.mayForward() {
		return nil
	}
	seen := map[string]bool{strings.ToLower(d.in.author): true} // nobody gets back what they wrote
	for _, to := range d.verdict.Forward {
		key := strings.ToLower(to)
		if seen[key] || d.in.s.isHouse(to) || !sendable(to) {
			continue
		}
		seen[key] = true
		who := d.ruleThat(func(e *rules.Effects) bool { return slices.Contains(e.Forward, to) })
		why, err := d.forwardable(to)
		if err != nil {
			return err
		}
		if why != "" {
			d.event(who, "not forwarded to "+to, why)
			d.notes = append(d.notes, ruleNote{strings.TrimPrefix(who, "rule "), "not forwarded to " + to + ": " + why})
			continue
		}
		row, err := d.forwardTo(to)
		if err != nil {
			return err
		}
		d.event(who, "forwarded to "+to, "")
		d.outgoing, d.forwarded = append(d.outgoing, row), append(d.forwarded, to)
	}
	return nil
}

// mayForward reports whether the mail is one to pass on: a person wrote it, who is
// not shown to be somebody else, and nobody has to look at it first. Two gateways
// that forward to each other end here: what they send is marked as a program's.
func (d *decision) mayForward() bool {
	machine := d.in.machine != nil && *d.in.machine != ""
	return d.in.mail.Kind == letter.Person && d.in.ReversePath != "" && !machine && d.in.auth.Result != "fail" &&
		d.heldBy == "" && d.outcome != ticket.OutcomeHeld
}

// forwardable says why nothing may be forwarded to an address now; "" when it may.
// The budget is asked once for each mail and address, even if the transaction runs again.
func (d *decision) forwardable(to string) (string, error) {
	why, err := unreachable(d.r, to, d.now)
	if err != nil || why != "" {
		return why, err
	}
	limits := d.in.s.Acknowledge.Budget
	sp := spend{address: to, client: d.in.auth.Client, insider: d.in.s.auth.Trusts(d.in.auth.Client), authenticated: d.in.auth.Authenticated()}
	if d.explain {
		if ok, why := d.g.budget.peek(limits, d.now, sp); !ok {
			return why, nil
		}
		return "", nil
	}
	if d.in.forwards[to] == nil {
		ok, why := d.g.budget.take(limits, d.now, sp)
		if d.in.forwards == nil {
			d.in.forwards = map[string]*verdictOfBudget{}
		}
		d.in.forwards[to] = &verdictOfBudget{ok: ok, why: why, spent: sp}
	}
	if b := d.in.forwards[to]; !b.ok {
		return b.why, nil
	}
	return "", nil
}

// forwardTo makes the row. Its token names the customer's mail, which did not go to
// the one who gets it now: an answer comes onto the ticket as a stranger's.
func (d *decision) forwardTo(to string) (ticket.Outgoing, error) {
	v, seq := d.voice(), d.entrySeq()
	facts, err := json.Marshal(wording.ForwardFacts{DeskName: d.desk.FromName, Ticket: d.ticket.Number, Subject: d.in.mail.Subject})
	if err != nil {
		return ticket.Outgoing{}, fmt.Errorf("facts of what is forwarded: %w", err)
	}
	return d.finish(ticket.Outgoing{
		ID: d.g.ids.Next(), Ticket: d.ticket.Number, Kind: ticket.Forward, Entry: d.in.ID, EntrySeq: seq,
		EnvelopeFrom: v.automaticFrom(seq), EnvelopeTo: []string{to},
		From: letter.Address{Name: d.desk.FromName, Addr: d.desk.Address}.String(), To: []string{to},
		ReplyTo:   v.replyTo(threading.Ref{Purpose: threading.Reply, Entry: seq}),
		MessageID: v.messageID(seq, d.g.keys.PersonTag(to)), Date: d.now.In(d.in.s.zone(d.desk)),
		References: []string{v.pseudoID()}, Tag: v.subjectTag(),
		Template: wording.TemplateForward, Language: d.in.s.Words.Match(d.desk.Language), Facts: facts,
	}), nil
}

// original is the mail that is forwarded, as it came. Where a mail inside of a mail
// could not stay as it is, it is a file.
func original(raw []byte) letter.File {
	f := letter.File{Name: "original.eml", Type: "message/rfc822", Bytes: raw}
	if bytes.Count(raw, []byte("\n")) != bytes.Count(raw, []byte("\r\n")) { // its lines would be ended anew
		f.Type = "application/octet-stream"
	}
	return f
}

// unforwarded keeps in front of the desk's eyes that somebody did not get what a
// rule forwards. The customer has lost nothing by it.
func (g *Gateway) unforwarded(tx store.Tx, u *undelivery, failed []outbox.Failure) error {
	var text []string
	var events []ticket.Event
	for i := range failed {
		x := &failed[i]
		text = append(text, x.To+": "+x.Reply)
		events = append(events, ticket.Event{Ticket: u.t.Number, ID: u.id, At: u.now, Who: "mailgw", What: "forward not delivered to " + x.To, Why: x.Reply})
		if err := g.markUnreachable(tx, x, u.t.Number, u.now); err != nil {
			return err
		}
	}
	u.t.Entries++
	u.t.UpdatedAt = u.now
	note := ticket.Entry{
		ID: u.id, Ticket: u.t.Number, Seq: u.t.Entries, Kind: ticket.Note, From: "mailgw", At: u.now, Subject: u.t.Subject,
		Text: notDelivered + u.row.MessageID + "\n" + strings.Join(text, "\n"),
	}
	note.Excerpt = letter.Excerpt(note.Text, maxExcerpt)
	return errors.Join(u.intoDrawer(text), tx.PutEntry(&note), tx.PutEvents(events), tx.PutTicket(u.t))
}
