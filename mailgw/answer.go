package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// acknowledgement is the decision about the automatic first answer.
type acknowledgement struct {
	send       bool
	why        string // send it or not
	overBudget bool
	to         letter.Address
	facts      wording.AckFacts
	language   string
}

// answer makes the rows that leave: the acknowledgement, the agents' notices, and
// the page.
func (d *decision) answer() error {
	if err := d.findReturned(); err != nil {
		return err
	}
	if d.agent.power {
		if err := d.agentWrote(); err != nil {
			return err
		}
	}
	if err := d.sendOpened(); err != nil {
		return err
	}
	if err := errors.Join(d.tellAgent(), d.askWho()); err != nil {
		return err
	}
	if d.pledge == nil {
		d.ack.why = d.noPledge()
	}
	if d.pledge != nil || d.tellsUnderstood() {
		if err := d.judgeAcknowledgement(); err != nil {
			return err
		}
	}
	if err := d.settle(); err != nil {
		return err
	}
	if d.ack.send {
		if err := d.acknowledge(); err != nil {
			return err
		}
	}
	if err := d.moveClocks(); err != nil {
		return err
	}
	if err := d.forward(); err != nil {
		return err
	}
	d.keepNotes()
	if err := d.notify(); err != nil {
		return err
	}
	if d.paged {
		return d.page()
	}
	return nil
}

// noPledge says why no clock was started, so that nothing is said about one.
func (d *decision) noPledge() string {
	switch {
	case !d.isPerson():
		return "not written by a person: " + strings.Join(d.in.mail.Reasons, "; ")
	case d.in.isAgent():
		return "written by an agent"
	case d.said == heard.Yes:
		return "it says that the matter is solved, as we had asked"
	case d.onlyImpact() && d.before.PromiseIs != string(promise.Open):
		return "it only answers what we had asked"
	case d.thanks:
		return "it only says thank you, on a ticket that is " + string(d.ticket.Status)
	case d.desk == d.in.s.admin:
		return "mail to postmaster and abuse goes to admin.address without promise"
	}
	return "the promise of " + d.before.PromiseDue.In(d.in.s.zone(d.desk)).Format(timeFormat) + " is still open"
}

// daemons are local parts behind which nobody reads.
var daemons = [...]string{"mailer-daemon", "postmaster", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "do_not_reply", "bounce", "bounces", "listserv", "majordomo", "root", "nobody"}

// judgeAcknowledgement decides whether the customer is told the time. Never is an
// acknowledgement a weapon: nothing goes to whom the sender was not proven to be
// and more than the budget allows; nothing to programs, lists and ourselves
// (RFC 3834 §2).
func (d *decision) judgeAcknowledgement() error {
	a := &d.ack
	a.to = d.in.answerTo()
	switch {
	case d.in.notAcknowledged() != "":
		a.why = d.in.notAcknowledged()
	case d.heldBy != "":
		a.why = d.heldBy + " lets nothing go to the customer before somebody has looked"
	case d.in.mail.Kind == letter.List:
		a.why = "came through a list: " + strings.Join(d.in.mail.Reasons, "; ")
	case d.in.ReversePath == "":
		a.why = "the envelope sender is null"
	case d.in.auth.Result == "fail":
		a.why = "the sender is forged"
	case d.in.auth.Result == mailauth.None && d.desk.UnprovenSender == config.UnprovenSilent:
		a.why = "nothing proves the sender, and the desk answers none such by itself (unproven_sender)"
	case !sendable(a.to.Addr):
		a.why = "it names no address to answer to"
	case d.in.s.isHouse(a.to.Addr):
		a.why = a.to.Addr + " is an address of ours"
	case isDaemon(a.to.Addr) || isDaemon(d.in.ReversePath):
		a.why = a.to.Addr + " is not read by a person"
	default:
		why, err := unreachable(d.r, a.to.Addr, d.now)
		if a.why = why; err != nil || why != "" {
			return err
		}
		if a.why = d.machine(); a.why != "" {
			return nil
		}
		a.send, a.why = d.withinBudget()
		a.overBudget = !a.send
	}
	return nil
}

// sendable reports whether an address can stand in a mail of ours; package letter
// does not write quoted local parts, and a row that cannot be said never leaves.
func sendable(addr string) bool {
	return strings.Contains(addr, "@") && !strings.ContainsAny(addr, " \t<>,;()\"\\") && len(addr) <= maxAddress
}

// maxAddress is the longest address (RFC 5321 §4.5.3.1.1 and §4.5.3.1.2: 64 and 255 octets).
const maxAddress = 64 + 1 + 255

// isDaemon reports an address behind which a program reads. RFC 3834 §2 names
// "owner-" and "-request" too: what a list's program takes for a command.
func isDaemon(addr string) bool {
	local := localOf(addr)
	for _, name := range daemons {
		if rest, ok := strings.CutPrefix(local, name); ok && (rest == "" || strings.ContainsRune("+-._=", rune(rest[0]))) {
			return true
		}
	}
	for _, end := range listEnds {
		if strings.HasSuffix(local, end) {
			return true
		}
	}
	return strings.HasPrefix(local, "owner-")
}

// listEnds end the addresses of a list's program.
var listEnds = [...]string{"-request", "-bounces", "-owner", "-noreply", "-no-reply", "-subscribe", "-unsubscribe"}

// withinBudget asks the budget, and books once for each mail even if the
// transaction runs again.
func (d *decision) withinBudget() (bool, string) {
	limits := d.in.s.Acknowledge.Budget
	sp := spend{address: d.ack.to.Addr, client: d.in.auth.Client, insider: d.in.s.auth.Trusts(d.in.auth.Client), authenticated: d.in.auth.Authenticated()}
	if d.explain {
		return d.g.budget.peek(limits, d.now, sp)
	}
	if d.in.budget == nil {
		ok, why := d.g.budget.take(limits, d.now, sp)
		d.in.budget = &verdictOfBudget{ok: ok, why: why, spent: sp}
	}
	return d.in.budget.ok, d.in.budget.why
}

// machine says why nothing is sent when the writer has shown to be a machine. It is
// booked once for each mail, as the budget is.
func (d *decision) machine() string {
	if d.explain {
		return d.g.turns.isMachine(d.ack.to.Addr, d.in.auth.Authenticated(), d.now)
	}
	if d.in.machine == nil {
		sp := spend{address: d.ack.to.Addr, authenticated: d.in.auth.Authenticated()}
		why := d.g.turns.wrote(d.in.s.Acknowledge.Budget, d.now, sp, d.in.mail.Matter())
		d.in.machine = &why
	}
	return *d.in.machine
}

// refund takes back what a mail that was not accepted has booked: its sender
// comes again, and must find the budget as it was.
func (g *Gateway) refund(in *incoming) {
	for _, p := range in.passed {
		g.refund(p)
	}
	if in.budget != nil && in.budget.ok {
		g.budget.giveBack(in.s.Acknowledge.Budget, in.At, in.budget.spent)
	}
	for _, b := range in.forwards {
		if b.ok {
			g.budget.giveBack(in.s.Acknowledge.Budget, in.At, b.spent)
		}
	}
}

// acknowledge makes the acknowledgement's row and entry.
func (d *decision) acknowledge() error {
	d.ack.language = d.in.s.Words.Match(d.in.language())
	d.ticket.Entries++
	d.ack.facts = d.ackFacts()
	facts, err := json.Marshal(d.ack.facts)
	if err != nil {
		return fmt.Errorf("facts of acknowledgement: %w", err)
	}
	id, seq := d.g.ids.Next(), d.ticket.Entries
	to := d.ack.to
	to.Name = letter.Excerpt(to.Name, maxName)
	if d.ack.facts.Style != wording.StyleListened {
		to.Name = "" // nothing that a stranger wrote
	}
	inReplyTo, references := d.voice().thread(d.in.mail)
	if d.ack.facts.Style != wording.StyleListened { // his ids are his words, too: short ones only, for the thread
		references = references[:1]
		if len(inReplyTo) > maxStrangersID {
			inReplyTo = ""
		} else if inReplyTo != "" {
			references = append(references, inReplyTo)
		}
	}
	row := ticket.Outgoing{
		ID: id, Ticket: d.ticket.Number, Kind: ticket.Acknowledgement, EntrySeq: seq,
		EnvelopeFrom: d.voice().automaticFrom(seq), EnvelopeTo: []string{to.Addr},
		From: letter.Address{Name: d.desk.FromName, Addr: d.desk.Address}.String(), To: []string{to.String()},
		ReplyTo:   d.voice().replyTo(threading.Ref{Purpose: threading.Reply, Entry: seq}),
		MessageID: d.voice().messageID(seq, 0), Date: d.now.In(d.in.s.zone(d.desk)),
		InReplyTo: inReplyTo, References: references, Tag: d.voice().subjectTag(),
		Template: "acknowledgement", Language: d.ack.language, Facts: facts,
	}
	if d.pledge != nil {
		d.pledge.Mail = row.MessageID
	}
	d.outgoing = append(d.outgoing, d.finish(row))
	d.answers = append(d.answers, ticket.Entry{
		ID: id, Ticket: d.ticket.Number, Seq: seq, Kind: ticket.MailOut, From: row.From, To: row.To, At: d.now, MessageID: row.MessageID,
	})
	return nil
}

// maxStrangersID is the longest Message-ID of a writer who is not proven that an
// acknowledgement names.
const maxStrangersID = 200

// ackFacts fixes what is said. The less is known of the sender, the less of his
// words comes back.
func (d *decision) ackFacts() wording.AckFacts {
	style := wording.StyleNeutral
	switch {
	case d.outcome == ticket.OutcomeHeld, d.admitted == threading.AppendFlagged: // answered like a new matter of an unknown
	case d.in.auth.Authenticated() && (d.ack.to.Addr == d.in.author || d.in.areColleagues(d.in.author, d.ack.to.Addr)):
		style = wording.StyleListened // to somebody else, Reply-To would carry a stranger's words
	case d.in.isKnown(d.in.author) && d.in.isKnown(d.ack.to.Addr):
		style = wording.StyleFull
	}
	if d.pledge == nil {
		d.toldBefore()
	}
	zone := promise.Zone(d.in.mail.Date, d.in.mail.HasZone, d.in.s.zone(d.desk), laterOf(d.due.At, d.now))
	f := wording.AckFacts{
		Style: style, Template: d.verdict.Template, DeskName: d.desk.FromName, DeskAddress: d.desk.Address, Ticket: d.ticket.Number,
		By: d.sayDueOrNot(zone), NextDay: d.due.NextDay, Urgent: d.paged,
		Emergency: d.desk.Emergency, Signature: d.desk.SignatureIn(d.ack.language),
	}
	d.askImpact(&f)
	d.sayUnderstood(&f)
	if style != wording.StyleListened { // whoever can forge a customer's address would choose what he reads from us
		return f
	}
	f.CustomerName, f.Subject, f.Excerpt = d.ack.to.Name, d.in.mail.Subject, d.in.excerpt
	if d.ticket.Confidence != ticket.Claimed { // who our customers are is nobody's business
		f.Company = d.ticket.Customer
	}
	v, seq := d.voice(), d.ticket.Entries
	if f.AskCompany = len(d.identity.Candidates) > 1; f.AskCompany {
		f.ReplyTo = answerable(v.replyTo(threading.Ref{Purpose: threading.Reply, Entry: seq}), v)
		d.ticket.AskedCompany = true
	} else if d.ack.to.Addr == d.in.author {
		f.NameTo = v.nameTo(&d.ticket, d.in.author, seq)
	}
	if f.Impact.Understood { // short: they know what they wrote
		f.Excerpt, f.NameTo = "", ""
	}
	return f
}

// maxName is how many bytes of a stranger's name stand in a field of ours.
const maxName = 120

// maxExcerpt is how many bytes of a mail's words are kept with the entry and said back.
const maxExcerpt = 400

// finish fills what all rows have.
func (d *decision) finish(o ticket.Outgoing) ticket.Outgoing {
	o.NextAt = d.now
	o.Lane = domainOf(o.EnvelopeTo[0])
	o.Clock = d.g.clock.Rehearsal()
	return o
}

// entrySeq is the number of this mail's entry on its ticket.
func (d *decision) entrySeq() uint32 {
	if d.isNew {
		return 1
	}
	return d.before.Entries + 1
}

// voice is how the mail's desk writes about its ticket.
func (d *decision) voice() voice {
	return d.g.voice(d.in.s, d.desk, d.ticket.Number)
}

func names(list []ticket.Attachment) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Name)
	}
	return out
}
