package mailgw

import (
	"fmt"
	"strings"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// knowEchoes takes two kinds of mail for a program's that say nothing of it: a
// mail of ours that comes back, as forwarders send it, and one that came to the
// address in an agent's notice with the subject of an absence note.
func (g *Gateway) knowEchoes(in *incoming) {
	if k := in.mail.Kind; k != letter.Person && k != letter.List {
		return
	}
	switch {
	case g.cameBack(in):
		in.mail.Kind, in.mail.Reasons = letter.AutoReply, []string{"a mail of ours that came back"}
	case letter.AutoSubject(in.mail.Subject) && g.toNotice(in):
		in.mail.Kind, in.mail.Reasons = letter.AutoReply, []string{"the subject, and an address that stands in notices only"}
	}
}

// cameBack reports whether a mail has a Message-ID that we made.
func (g *Gateway) cameBack(in *incoming) bool {
	_, ok := g.keys.OpenMessageID(in.mail.MessageID, in.s.domains...)
	return ok
}

// toNotice reports whether a mail came to the address of an agent's notice, or to the
// one that reports about it come to.
func (g *Gateway) toNotice(in *incoming) bool {
	m := threading.Match(threading.Mail{Recipients: in.recipients()}, in.s.addresses, g.keys, in.s.domains, anyTicket{})
	return isAgents(m.Ref.Purpose) || m.Ref.Purpose == threading.Bounce && m.Ref.Person != 0
}

// anyTicket is an index in which every ticket is.
type anyTicket struct{}

func (anyTicket) ByMessageID(string) (uint64, bool)    { return 0, false }
func (anyTicket) ByClue(threading.Clue) []uint64       { return nil }
func (anyTicket) Copy(string) (uint64, bool)           { return 0, false }
func (anyTicket) Learned(string) (threading.Ref, bool) { return threading.Ref{}, false }
func (anyTicket) Ticket(uint64, uint32) (threading.TicketFacts, bool) {
	return threading.TicketFacts{}, true
}

// echoes reports whether a program of the house speaks: it answers or returns what
// somebody here was told. Whoever were told of it might have a program that
// answers, too, and the two would never end.
func (d *decision) echoes() bool {
	if d.isPerson() {
		return false
	}
	ref := d.matched.Ref
	if d.g.cameBack(d.in) || d.in.s.isHouse(d.in.author) || isAgents(ref.Purpose) || ref.Purpose == threading.Bounce && ref.Person != 0 {
		return true
	}
	ids := append([]string(nil), d.in.mail.InReplyTo...)
	if b := d.in.mail.Bounce; b != nil && ref.Purpose != threading.Bounce { // to an address in no notice's envelope: about no notice
		ids = append(ids, b.OriginalMessageID)
	}
	for _, id := range ids {
		if ref, ok := d.g.keys.OpenMessageID(id, d.in.s.domains...); ok && ref.Person != 0 {
			return true
		}
	}
	return false
}

// tellReturned tells the admin that what somebody of the house was told came back
// undelivered: a ticket may wait for a person who does not know of it.
func (d *decision) tellReturned() error {
	b := d.in.mail.Bounce
	if b == nil || d.in.auth.Result == "fail" {
		return nil
	}
	admin := d.in.s.Admin.Address
	f := wording.UndeliveredFacts{Ticket: d.ticket.Number, Subject: d.ticket.Subject}
	for _, r := range b.Recipients {
		if d.returned != nil && d.returned.person != "" {
			r.Address = d.returned.person // a forwarder names another one
		}
		if strings.EqualFold(r.Address, admin) {
			return nil
		}
		if d.in.s.isHouse(r.Address) && r.Action != "delayed" {
			f.Recipients = append(f.Recipients, wording.UndeliveredRecipient{Address: r.Address, Why: d.in.s.Words.WhyUndelivered(0, statusOf(r.Status), "en"), Reply: r.Status})
		}
	}
	if len(f.Recipients) == 0 {
		return nil
	}
	return d.add(d.g.voice(d.in.s, d.in.s.admin, d.ticket.Number).toHouse(houseMail{
		kind: ticket.Notice, template: "undelivered", facts: forAll(f), to: []string{admin}, name: "mailgw", seq: d.entrySeq(), now: d.now,
	}))
}

// statusOf reads "5.1.1" (RFC 3463 §2); zero for anything else.
func statusOf(s string) (out [3]int) {
	if _, err := fmt.Sscanf(s, "%d.%d.%d", &out[0], &out[1], &out[2]); err != nil {
		return [3]int{}
	}
	return out
}

// statusText writes such a code; "" for none.
func statusText(c [3]int) string {
	if c == [3]int{} {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", c[0], c[1], c[2])
}
