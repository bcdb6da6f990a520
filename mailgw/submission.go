package mailgw

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// sourceSubmission is the Source of what agents hand in after logging in. The reverse path
// of such a mail is the agent's address, whatever the mail program said.
const sourceSubmission = "submission"

// submitter takes what agents hand in. No such mail leaves as it is: its words go to
// customers as the desk's.
type submitter struct{ *Gateway }

// Recipient takes all whom a mail of ours can go to. Who they are to us is decided when the
// mail is read.
func (s submitter) Recipient(ctx context.Context, addr string) error {
	if sendable(addr) {
		return nil
	}
	return s.Gateway.Recipient(ctx, addr)
}

// isSubmission reports whether an agent who has logged in handed the mail in.
func (in *incoming) isSubmission() bool { return in.Source == sourceSubmission }

// believe takes over who has logged in: nothing else is asked about the author.
func (in *incoming) believe() {
	in.auth = mailauth.Verdict{Result: mailauth.Trusted, Client: in.ClientIP, Reasons: []string{"handed in by " + in.ReversePath + ", who had logged in"}}
	if in.writesAs() {
		in.author = strings.ToLower(in.ReversePath)
		if a := in.s.Agent(in.author); a != nil {
			in.author = a.Address
		}
	}
	if in.mail.Kind == letter.List { // whatever its program writes on top: a person has handed it in
		in.mail.Kind = letter.Person
	}
	if in.mail.MessageID == "" { // RFC 6409 §8.3. Handed in again, it is the same one
		sum := sha256.Sum256(in.Raw[in.Body:])
		in.mail.MessageID = fmt.Sprintf("%x@submitted.invalid", sum[:16])
	}
}

// writesAs reports whether From is that of the agent who has logged in, or of a desk that
// they are on.
func (in *incoming) writesAs() bool {
	if !namesOne(in.mail) {
		return false
	}
	from := in.mail.Author().Addr
	if strings.EqualFold(from, in.ReversePath) {
		return true
	}
	d := in.s.DeskByAddress(from)
	return d != nil && d.HasAgent(in.ReversePath)
}

// refusedSubmission says why a mail is not taken from the agent who hands it in; the mail
// program shows it. nil when it is taken.
func (in *incoming) refusedSubmission() *smtpd.ReplyError {
	no := func(text string) *smtpd.ReplyError {
		return &smtpd.ReplyError{Code: 550, Enhanced: [3]int{5, 7, 1}, Text: text, Peer: true}
	}
	switch on := in.s.deskOf(in.ReversePath); {
	case in.s.Agent(in.ReversePath) == nil || on == nil:
		return no(in.ReversePath + " is on no desk, so nothing can be sent from here")
	case !in.writesAs():
		return no("you have logged in as " + in.ReversePath + ": From must be that address, or one of a desk that you are on")
	case in.mail.Kind == letter.Calendar:
		return no("an answer to an invitation is not sent from here, for it would name you and not the desk: write a mail instead")
	case len(in.mail.To)+len(in.mail.Cc) > maxPeople:
		return no("a mail to so many people is not sent from here")
	case len(in.outside()) > 0 || slices.ContainsFunc(in.Recipients, in.s.isOwn):
		return nil
	}
	return no("this goes to colleagues alone: write to them with the account that you have for that, or to the desk")
}

// deskOf is the first desk that an agent is on, nil for none.
func (s *settings) deskOf(address string) *config.Desk {
	for i := range s.Desks {
		if s.Desks[i].HasAgent(address) {
			return &s.Desks[i]
		}
	}
	return nil
}

// submittedDesk is the desk of a mail that names none: that of From, else the first one that
// its writer is on.
func (in *incoming) submittedDesk() *config.Desk {
	if d := in.s.DeskByAddress(in.mail.Author().Addr); d != nil {
		return d
	}
	if d := in.s.deskOf(in.ReversePath); d != nil {
		return d
	}
	return in.s.admin
}

// addressed are the people outside to whom a mail that was handed in is to go: those whom its
// header shows, and those whom only the envelope has.
func (in *incoming) addressed() (shown []letter.Address, blind []string) {
	has := func(addr string) bool {
		return slices.ContainsFunc(shown, func(o letter.Address) bool { return strings.EqualFold(o.Addr, addr) })
	}
	goes := func(addr string) bool { return sendable(addr) && !in.s.isHouse(addr) && !has(addr) }
	for _, list := range [][]letter.Address{in.mail.To, in.mail.Cc} {
		for _, a := range list {
			if goes(a.Addr) {
				shown = append(shown, a)
			}
		}
	}
	for _, addr := range in.Recipients {
		if goes(addr) {
			blind = append(blind, addr)
		}
	}
	return shown, blind
}

// admitSubmitted decides about what an agent of the desk hands in: it proves who wrote by
// the login, so it needs no token to be an answer. Words go to the customer, but those
// that came to an address for the house alone, or answer a note and name no customer. It
// reports whether it has decided.
func (d *decision) admitSubmitted(t *ticket.Ticket, author *config.Agent) bool {
	in := d.in
	if !in.isSubmission() || in.mail.Kind != letter.Person || d.matched.Weak && !d.matched.Tagged {
		return false
	}
	ref := &d.matched.Ref
	if !d.matched.Proof || !isAgents(ref.Purpose) {
		e, ok := d.repliedTo(t.Number)
		shown, blind := in.addressed()
		ref.Purpose = threading.AgentReply
		switch {
		case ok && e.Kind == ticket.Note && len(shown)+len(blind) == 0:
			ref.Purpose = threading.Private
		case ok:
			ref.Entry = e.Seq
		}
		if ref.Ticket == 0 {
			ref.Ticket = t.Number
		}
	}
	d.admitted, d.why = threading.Append, "handed in by an agent of the desk, who had logged in"
	d.agent = agentMail{power: true, tell: author.Address, who: author}
	return true
}

// toOthersAlone reports whether a mail that was handed in goes to people, none of whom has to
// do with the ticket: whatever it seems to reply to, its words are not for the ticket's customer.
func (d *decision) toOthersAlone(t *ticket.Ticket) bool {
	if !d.in.isSubmission() {
		return false
	}
	shown, blind := d.in.addressed()
	for _, a := range shown {
		blind = append(blind, a.Addr)
	}
	if len(blind) == 0 {
		return false
	}
	list, err := d.r.LastEntries(t.Number, 0, searched)
	if err != nil { // the transaction fails
		return false
	}
	has := slices.Concat([]string{t.Address}, t.People, t.Copies)
	for i := range list {
		has = append(append(append(has, list[i].From), list[i].To...), list[i].Cc...)
	}
	return !slices.ContainsFunc(has, func(have string) bool {
		have = letter.ParseAddress(have).Addr
		return slices.ContainsFunc(blind, func(addr string) bool { return strings.EqualFold(addr, have) })
	})
}

// repliedTo finds the entry of a ticket that the mail is a reply to.
func (d *decision) repliedTo(number uint64) (ticket.Entry, bool) {
	for _, id := range d.in.mail.InReplyTo {
		found, err := d.r.ReceiptsByMessageID(id, maxSameID)
		if err != nil {
			return ticket.Entry{}, false
		}
		for i := range found {
			if e, err := d.r.Entry(found[i].ID); err == nil && e.Ticket == number {
				return e, true
			}
		}
	}
	if seq := d.matched.Ref.Entry; seq != 0 {
		list, err := d.r.LastEntries(number, 0, searched)
		for i := range list {
			if err == nil && list[i].Seq == seq {
				return list[i], true
			}
		}
	}
	return ticket.Entry{}, false
}

// sendsTyped adds those to an answer whom its writer has put among the addressees.
func (d *decision) sendsTyped(row *ticket.Outgoing, e *ticket.Entry) {
	if !d.in.isSubmission() {
		return
	}
	has := func(addr string) bool {
		return len(row.EnvelopeTo) >= maxPeople || slices.ContainsFunc(row.EnvelopeTo, func(o string) bool { return strings.EqualFold(o, addr) })
	}
	shown, blind := d.in.addressed()
	for _, a := range shown {
		if !has(a.Addr) {
			row.EnvelopeTo, row.Cc = append(row.EnvelopeTo, a.Addr), append(row.Cc, a.String())
		}
	}
	e.Cc = row.Cc
	for _, addr := range blind {
		if !has(addr) {
			row.EnvelopeTo = append(row.EnvelopeTo, addr)
		}
	}
}

// sendOpened sends what an agent wrote to a customer as the first mail of a new ticket: as
// the desk, with what must not leave taken out. What cannot be sent stays as a note,
// and the agent is told why.
func (d *decision) sendOpened() error {
	a := &d.agent
	if !d.opened || !d.in.isSubmission() || d.outcome != ticket.OutcomeNew {
		return nil
	}
	a.who = d.in.s.Agent(d.in.author)
	a.tell = a.who.Address
	a.read = agent.Read(d.in.mail.NewText, agent.Names{Agent: a.who.Name})
	words := agent.Clean(a.read.Words, d.cleanContext())
	if a.why = d.unsendable(words); a.why != "" {
		a.more = strings.Join(a.read.Misplaced, "; ")
		a.note = strings.TrimSpace(d.in.mail.NewText + "\n\n" + d.in.mail.Of(letter.SpanForwarded))
		d.drafted = true
		return nil
	}
	out := d.in.outside()
	draft := answerDraft{
		voice: d.voice(), t: &d.ticket, agent: a.who, mail: &letter.Mail{Subject: d.in.mail.Subject, ReplyTo: out}, words: words,
		files: d.in.files.kept, entry: d.in.ID, opens: true, now: d.now,
	}
	row, entry, err := draft.row(d.ticket.Entries + 1)
	if err != nil {
		return err
	}
	d.sendsTyped(&row, &entry)
	if err := d.gateAnswer(&row, &entry, &ticket.Held{}); err != nil {
		return err
	}
	d.ticket.Entries++
	d.outgoing, d.answers = append(d.outgoing, row), append(d.answers, entry)
	if !a.waits {
		d.happened(ticket.AgentAnswered, a.who.Address, "handed in to be sent")
	}
	return nil
}

// unsendable says why nothing of a first mail can go to a customer, one of the reasons of
// wording.NotSentFacts; "" when it can.
func (d *decision) unsendable(words string) string {
	a := &d.agent
	switch {
	case d.in.mail.OldOnly || letter.IsForward(d.in.mail.Subject) || d.in.mail.Forwarded != nil:
		return wording.ReasonForwarded
	case a.read.Doubtful() || len(a.read.Commands) > 0:
		return wording.ReasonMisplacedCommand
	case words == "" && !d.in.files.alone:
		return wording.ReasonNoWords
	}
	return ""
}
