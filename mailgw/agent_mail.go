package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// agentMail is what the pipeline knows of a mail that an agent wrote, or that
// somebody wrote in an agent's name.
type agentMail struct {
	waits       bool // its answer waits for somebody's word
	aboutUnsent bool // it says what becomes of an answer that has not left: nothing more is missing

	power bool          // it is an answer, and its commands count
	tell  string        // the registered address that is told what became of it; "" tells nobody
	why   string        // nothing was sent: one of the reasons of wording.NotSentFacts; "" when all was done
	more  string        // details of why
	note  string        // the words of an internal note; "" when it is none
	asked bool          // the answer asks whether the matter is solved
	read  agent.Reply   // of a mail with power
	who   *config.Agent // of a mail with power

	action    bool                // it came to the address of a one-step action: nothing of it is for a customer
	helped    bool                // they asked for help, and get it: nothing more is missing
	aboutAway bool                // it says until when the agent is away: nothing more is missing
	aboutTime bool                // it answers a mail about a time: nothing of it is for a customer
	untimed   *wording.ClockFacts // of #promise, when its time could not be read: what the agent hears
}

// admitAgent decides about an agent's power: to answer customers and to give
// commands. It needs the token that was made for this agent, an authenticated
// From that is this agent's, alone in its field, and the right to the desk now.
// Whoever lacks one of them is not believed, and the agent hears of it at the
// registered address.
func (d *decision) admitAgent(t *ticket.Ticket) {
	in, ref := d.in, d.matched.Ref
	byToken := d.matched.Proof && isAgents(ref.Purpose)
	author := in.s.Agent(in.author)
	really := author != nil && in.auth.Authenticated() && namesOne(in.mail)
	desk := t.Desk
	if in.s.desk(desk) == nil { // it has another name now: the address tells which
		desk = in.desk.Name
	}
	onDesk := author != nil && in.s.deskHas(desk, author.Address)
	owner := ""
	if byToken {
		owner = d.g.personOf(in.s, ref.Person)
	}
	if really && onDesk && !byToken && d.toOthersAlone(t) {
		d.matched.NewLinkedTo, d.matched.Ticket = d.matched.Ticket, 0
		d.admitted, d.why = "", "handed in for people alone who are not in the conversation: a matter of its own, linked"
		return
	}
	if really && onDesk && d.admitSubmitted(t, author) {
		return
	}
	switch {
	case byToken && really && onDesk && owner == author.Address && in.mail.Kind == letter.Person:
		d.admitted, d.why = threading.Append, "an agent's own token, the agent's authenticated address, and on the desk now"
		d.agent = agentMail{power: true, tell: author.Address, who: author}
	case really && onDesk: // no token of his own
		d.admitted, d.why = threading.Append, "written by an agent of the desk, but not to the address in a notice to this agent: kept on the ticket, sent to nobody"
		if !d.reachesCustomer(t) {
			d.agent = agentMail{tell: author.Address, why: wording.ReasonNotProven, more: "it did not come to the address in your notice"}
		}
	case byToken && d.admitted != threading.Append:
		d.admitted = threading.Hold
		d.agent = agentMail{tell: owner, why: wording.ReasonNotProven, more: "it came from " + in.requester() + ", and nothing proves that you wrote it"}
		d.why = "an agent's token, but not from that agent's authenticated address"
		if really && !onDesk {
			d.agent.why, d.agent.more = wording.ReasonNotOnDesk, "you are not on the desk "+t.Desk
			d.why = "an agent's token, but the agent is not on the desk " + t.Desk
		}
	case author != nil && (d.admitted != threading.Append || !in.auth.Authenticated()): // a customer's token lets nobody in under an agent's name, were it in Cc, too
		d.admitted = threading.Hold
		d.why = "in an agent's name, and nothing proves that the agent wrote it"
		d.agent = agentMail{tell: author.Address, why: wording.ReasonNotProven, more: "nothing proves that you wrote it"}
	}
	if in.auth.Result == "fail" { // a forged mail causes no mail
		d.agent.tell = ""
	}
}

// namesOne reports whether From names one author, and no group, whose name other
// programs would not take for an address (RFC 5322 §3.4).
func namesOne(m *letter.Mail) bool {
	plain, quoted := true, false
	for _, r := range m.Header.Get("From") {
		quoted = quoted != (r == '"')
		plain = plain && (quoted || r != ':' && r != ';')
	}
	return len(m.From) == 1 && plain
}

// reachesCustomer reports whether the mail went to the customer by itself.
func (d *decision) reachesCustomer(t *ticket.Ticket) bool {
	for _, list := range [][]letter.Address{d.in.mail.To, d.in.mail.Cc} {
		for _, a := range list {
			if strings.EqualFold(a.Addr, t.Address) {
				return true
			}
		}
	}
	return false
}

// personOf returns the registered address that a person's tag stands for, "" when
// nobody who works here has it (any more).
func (g *Gateway) personOf(s *settings, tag uint32) string {
	for i := range s.Agents {
		if g.keys.IsPerson(tag, s.Agents[i].Address) {
			return s.Agents[i].Address
		}
	}
	return ""
}

// agentWrote does what an agent's mail asks for: the answer to the customer, the
// note, and the commands on its first lines.
func (d *decision) agentWrote() error {
	a := &d.agent
	if p := d.matched.Ref.Purpose; p == threading.Clock {
		return d.timeReply()
	} else if p.IsAction() {
		return d.takeAction()
	}
	a.read = agent.Read(d.in.mail.NewText, agent.Names{Agent: a.who.Name})
	if d.in.mail.OldOnly { // there are no words of its own, or they cannot be told from older ones
		a.read = agent.Reply{}
	}
	if a.read.Doubtful() && d.matched.Ref.Purpose != threading.Private || d.toldTwoWays() {
		a.why = wording.ReasonMisplacedCommand
		a.more = strings.Join(append(slices.Clone(a.read.Misplaced), lines(a.read.Unknown)...), "; ")
		return nil
	}
	if a.read.Asks {
		return d.tellWhy()
	}
	if done, err := d.replyToUnsent(); done || err != nil {
		return err
	}
	if ok, err := d.useCanned(); err != nil || !ok {
		return err
	}
	unknown := slices.Clone(a.read.Unknown)
	isNote := d.isNote()
	if letter.IsForward(d.in.mail.Subject) && !isNote { // a client may have completed a customer's name to a notice's address
		a.why = wording.ReasonForwarded
		return nil
	}
	switch {
	case isNote:
		a.note = strings.TrimSpace(a.read.NoteText() + "\n\n" + d.in.mail.Of(letter.SpanForwarded))
		if len(a.read.Misplaced) > 0 { // at the private address they are words like others
			a.note = strings.TrimSpace(a.note + "\n\n" + strings.Join(a.read.Misplaced, "\n"))
		}
		if a.note == "" && !d.in.files.alone {
			a.why = wording.ReasonNoWords
		}
	default:
		first, err := d.doCommands(agent.Cc, agent.Customer) // they say whom it goes to
		if err != nil {
			return err
		}
		unknown = append(unknown, first...)
		if err := d.agentAnswers(); err != nil {
			return err
		}
	}
	more, err := d.doCommands()
	if err != nil {
		return err
	}
	unknown = append(unknown, more...)
	if err := errors.Join(d.finishByCommand(), d.finishSolved()); err != nil {
		return err
	}
	if a.untimed != nil && (len(d.answers) == 0 || a.waits) { // nothing has left that it could stand with
		if err := d.tellTime(*a.untimed, d.matched.Ref.Entry); err != nil {
			return err
		}
	}
	if a.why == wording.ReasonNoWords && (len(d.deeds.done)+len(d.deeds.after) > 0 || len(unknown) > 0 && len(a.read.Unknown) == 0) { // what was done, and what was not, have mails of their own
		a.why = wording.ReasonOnlyCommands
	}
	if len(unknown) > 0 {
		return d.tellCommands(unknown)
	}
	return nil
}

// agentAnswers makes the answer, when there is something to say and somebody to
// say it to.
func (d *decision) agentAnswers() error {
	a := &d.agent
	words := agent.Clean(a.read.Words, d.cleanContext())
	typed, line, err := d.typedTime()
	if err != nil {
		return err
	}
	if words == "" && !d.in.files.alone && typed.IsZero() {
		a.why = wording.ReasonNoWords
		return nil
	}
	m, err := d.g.mailToAnswer(d.r, &d.before, d.matched.Ref.Entry)
	if err != nil {
		return err
	}
	_, only := a.read.Has(agent.Only)
	draft := answerDraft{
		voice: d.voice(), t: &d.ticket, agent: a.who, mail: m, words: words, files: d.in.files.kept, entry: d.in.ID, only: only, now: d.now,
	}
	if !typed.IsZero() {
		if err := draft.endWith(typed, calls(line)); err != nil {
			return err
		}
	}
	draft.asks = d.solves(m)
	row, entry, err := draft.row(d.ticket.Entries + 1)
	if errors.Is(err, errNobody) {
		a.why = wording.ReasonNoRecipient
		return nil
	}
	if err != nil {
		return err
	}
	d.sendsTyped(&row, &entry)
	if err := d.gateAnswer(&row, &entry, d.thenDeed(typed, line, draft.asks)); err != nil {
		return err
	}
	d.ticket.Entries++
	d.outgoing, d.answers = append(d.outgoing, row), append(d.answers, entry)
	a.asked = draft.asks
	if d.ticket.Assignee == "" {
		d.event(a.who.Address, "assigned to "+a.who.Address, "answered first")
		d.ticket.Assignee = a.who.Address
	}
	if a.waits { // what follows from it is done when it leaves
		return nil
	}
	owed, err := d.noteTime(typed, line, words, &entry)
	d.answered(owed || d.owes())
	return err
}

// answerFiles are the files of an agent's mail that a customer may see.
type answerFiles struct {
	kept  []ticket.SentFile
	alone bool // they say something without words
}

// answerFiles looks through the files of an agent's mail. They may be large, so it
// is done before the transaction.
func (in *incoming) answerFiles() (out answerFiles) {
	if !in.isAgent() || len(in.mail.Attachments) == 0 {
		return out
	}
	c := cleanContext(in.s, in.s.Agent(in.author), in.desk)
	all := letter.Files(in.Raw, letter.DefaultLimits())
	for i := range all {
		kept, says := agent.Files(all[i:i+1], c)
		if len(kept) > 0 {
			out.kept = append(out.kept, ticket.SentFile{Number: i, Name: all[i].Name})
		}
		out.alone = out.alone || says
	}
	return out
}

// cleanContext says what a customer must not see.
func (d *decision) cleanContext() agent.CleanContext {
	return cleanContext(d.in.s, d.agent.who, d.desk)
}

func cleanContext(s *settings, who *config.Agent, desk *config.Desk) agent.CleanContext {
	c := agent.CleanContext{DeskAddresses: s.addresses, AgentName: who.Name, AgentAddress: who.Address, DeskAddress: desk.Address, DeskName: desk.FromName}
	for i := range s.Desks {
		if domain := s.Desks[i].ReplyDomain; domain != "" {
			c.ReplyDomains = append(c.ReplyDomains, domain)
		}
	}
	return c
}

// happened moves the ticket on in its life, when the deed does.
func (d *decision) happened(deed ticket.Deed, who, why string) {
	then, ok := d.ticket.Status.After(deed)
	if !ok || then == d.ticket.Status {
		return
	}
	d.event(who, "status "+string(d.ticket.Status)+" to "+string(then), why)
	d.ticket.Status = then
	d.ticket.ClosedAt, d.ticket.WaitUntil = time.Time{}, time.Time{}
	if then == ticket.Closed {
		d.ticket.ClosedAt = d.now
	}
}

// finishByCommand solves or closes the ticket. Without an answer on its way
// nothing will keep the open promise: it is withdrawn.
func (d *decision) finishByCommand() error {
	if d.agent.waits || d.agent.aboutUnsent {
		return nil
	}
	who := d.agent.who.Address
	for _, c := range d.agent.read.Commands {
		switch c.Name {
		case agent.Solve:
			d.happened(ticket.Solve, who, "#solve")
			d.did(wording.DoneSolve, "")
		case agent.Close:
			d.happened(ticket.Close, who, "#close")
			d.did(wording.DoneClose, "")
		}
	}
	over := d.ticket.Status == ticket.Solved || d.ticket.Status == ticket.Closed
	if !over || d.before.Status == d.ticket.Status || len(d.answers) > 0 || d.ticket.PromiseIs != string(promise.Open) {
		return nil
	}
	p, err := d.r.Promise(d.ticket.PromiseID)
	if err != nil {
		return fmt.Errorf("open promise of ticket %d: %w", d.ticket.Number, err)
	}
	p.State, p.Cause = promise.Withdrawn, "set to "+string(d.ticket.Status)+" by "+who
	d.ticket.PromiseIs = string(p.State)
	d.replaced = &p
	d.event(who, "promise withdrawn", p.Cause)
	return nil
}

// colleague finds an agent of a desk by a name; nil when none or several have it.
func (s *settings) colleague(desk *config.Desk, whom string) *config.Agent {
	whom = strings.ToLower(strings.Trim(strings.TrimSpace(whom), "<>"))
	var found *config.Agent
	for i := range s.Agents {
		a := &s.Agents[i]
		if whom == "" || !desk.HasAgent(a.Address) {
			continue
		}
		if strings.EqualFold(a.Address, whom) {
			return a
		}
		if localOf(a.Address) != whom && strings.ToLower(a.Name) != whom && !slices.Contains(strings.Fields(strings.ToLower(a.Name)), whom) {
			continue
		}
		if found != nil {
			return nil
		}
		found = a
	}
	return found
}

// colleagues are the names that #assign understands on the desk.
func (d *decision) colleagues() []string {
	var out []string
	for _, addr := range d.desk.Agents {
		out = append(out, localOf(addr))
	}
	return out
}

// tellAgent tells the agent that nothing was sent to the customer, and why.
func (d *decision) tellAgent() error {
	a := &d.agent
	if a.tell == "" || a.why == "" || a.why == wording.ReasonOnlyCommands || a.why == wording.ReasonNoWords && (a.aboutAway || a.helped) { // those have mails of their own
		return nil
	}
	return d.addTold(a.tell, "not_sent", wording.NotSentFacts{Ticket: d.toldTicket(), Subject: d.in.mail.Subject, Reason: a.why, Detail: a.more})
}

// toldTicket is the ticket that an agent knows: of a held mail the one that it
// asked for.
func (d *decision) toldTicket() uint64 {
	if d.outcome == ticket.OutcomeHeld && d.matched.Ticket != 0 {
		return d.matched.Ticket
	}
	return d.ticket.Number
}

func (d *decision) tellCommands(unknown []agent.Command) error {
	f := wording.CommandFacts{Ticket: d.ticket.Number, Subject: d.in.mail.Subject}
	for _, c := range unknown {
		f.Unknown = append(f.Unknown, wording.CommandLine{Line: c.Line, Meant: c.Meant})
	}
	return d.addTold(d.agent.tell, "commands", f)
}

// addTold makes a row that tells one person of the house about this mail. What
// they answer is about the ticket that they know.
func (d *decision) addTold(to, template string, facts any) error {
	v, seq := d.voice(), d.entrySeq()
	if v.ticket = d.toldTicket(); d.matched.Ref.Purpose == threading.AgentReply {
		seq = d.matched.Ref.Entry
	}
	return d.add(v.toHouse(houseMail{kind: ticket.Notice, template: template, facts: forAll(facts), to: []string{to}, name: d.desk.FromName, entry: d.in.ID, seq: seq, now: d.now}))
}

func lines(list []agent.Command) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Line)
	}
	return out
}
