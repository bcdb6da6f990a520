package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/staff"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/rules"
	"supportgw/threading"
)

// houseMail is something that people of the house are told.
type houseMail struct {
	kind     ticket.OutgoingKind
	template string
	facts    func(able bool) any // for those who have power on the desk, and for the others
	to       []string            // bare addresses; none: nobody is told
	name     string              // of the sender, as the readers see it
	entry    ticket.ID           // whose raw mail it tells of; zero for none
	seq      uint32              // the entry that an answer to it answers
	closed   bool                // there is nothing to answer: nobody gets a token
	private  bool                // it is for the house alone: it stands in a conversation of its own, and so does what answers it
	now      time.Time           // when it leaves
	zone     *time.Location      // the readers'; nil: the desk's
	digest   bool                // it is an entry of the list that its one reader gets then
}

// tokenRoom stands where each person's token goes when a row leaves.
const tokenRoom = "{token}"

// toHouse makes the rows of a houseMail: one for those who have power on the
// desk, who can answer the customer by answering it; one for those who have none.
func (v voice) toHouse(m houseMail) ([]ticket.Outgoing, error) {
	var rows []ticket.Outgoing
	if m.zone == nil {
		m.zone = v.s.zone(v.desk)
	}
	for _, able := range []bool{true, false} {
		to := slices.DeleteFunc(v.instead(m.to, m.now), func(a string) bool { return (v.hasPower(a) && !m.closed) != able })
		if len(to) == 0 {
			continue
		}
		facts, err := json.Marshal(m.facts(able))
		if err != nil {
			return nil, fmt.Errorf("facts of %s: %w", m.template, err)
		}
		row := ticket.Outgoing{
			ID: v.g.ids.Next(), Ticket: v.ticket, Kind: m.kind, EntrySeq: m.seq, Entry: m.entry, EnvelopeTo: to,
			From: letter.Address{Name: m.name, Addr: v.desk.Address}.String(), To: to,
			MessageID: v.messageID(m.seq, 0), Date: m.now.In(m.zone),
			Template: m.template, Language: v.s.Words.Match(v.desk.Language), Facts: facts,
			NextAt: m.now, Clock: v.g.clock.Rehearsal(), Lane: domainOf(to[0]),
		}
		if m.digest {
			row.Lane = digestLane + strings.ToLower(to[0])
		}
		if v.ticket != 0 { // a list tells of no single one
			row.References = []string{v.pseudoID()}
		}
		if v.ticket != 0 { // so that we hear of it when it does not arrive
			row.EnvelopeFrom = v.tokenAddress(v.houseMode(), tokenRoom)
		}
		if able {
			row.ReplyTo = v.tokenAddress(v.houseMode(), tokenRoom)
		}
		if m.private {
			row.References = []string{v.privatePseudoID()}
			if able {
				row.ReplyTo = v.personalAddress(threading.Private, m.seq)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// forAll are facts that are the same for all.
func forAll(facts any) func(bool) any { return func(bool) any { return facts } }

// hasPower reports whether somebody may answer the desk's customers by mail, now.
func (v voice) hasPower(addr string) bool {
	return v.houseMode() != config.TokenOff && v.s.Agent(addr) != nil && v.s.deskHas(v.desk.Name, addr)
}

// notice is what agents are told about an entry of a ticket, each when they want to be.
func (v voice) notice(t *ticket.Ticket, e *ticket.Entry, event string, to []string, now time.Time) ([]ticket.Outgoing, error) {
	writer := letter.ParseAddress(e.From)
	name := letter.Excerpt(writer.Name, maxName)
	if name == "" {
		name = writer.Addr
	}
	f := wording.NoticeFacts{
		Ticket: t.Number, Desk: v.desk.Name, DeskName: v.desk.FromName, From: e.From, Company: v.s.companyName(t),
		Confidence: string(t.Confidence), Level: t.Level, Priority: string(t.Priority), Status: string(t.Status),
		Subject: e.Subject, Attachments: names(e.Attachments), Evidence: e.Evidence, Tags: t.Tags, Event: event, Maybe: v.maybe,
		Impact: v.impact, Phones: v.phones, Needs: v.needs, Said: v.said, LevelWhy: v.level, Ending: v.ending, Before: v.before,
	}
	f.Candidates, f.CandidatesWhy = v.candidates, v.candidatesWhy
	f.Left, f.LeftUnproven = v.left, v.leftUnproven
	f.RuleNotes = v.notes
	if event == wording.EventNote || event == wording.EventAnswered {
		f.Words = e.Text // without the commands
	}
	if e.Outcome == ticket.OutcomeHeld && event == wording.EventNew && len(t.Linked) > 0 { // no reader must take its words or its name for proven
		f.Asks, f.HeldID = t.Linked[0], e.ID.String()
	}
	told, err := v.told(t, e, event, to, now)
	if err != nil {
		return nil, err
	}
	var rows []ticket.Outgoing
	for _, one := range told {
		if f.Due = ""; event != wording.EventAnswered {
			f.Due = v.sayDueIn(t, one.at, one.zone)
		}
		more, err := v.toHouse(houseMail{
			kind: ticket.Notice, template: "notice", name: strings.TrimSpace(name + " via " + v.desk.FromName), to: one.to, entry: e.ID, seq: e.Seq,
			private: event == wording.EventNote, now: one.at, zone: one.zone, digest: one.digest,
			facts: func(able bool) any {
				f.CanReply, f.Links = able, wording.NoticeLinks{}
				if able {
					f.Links = v.noticeLinks(t, e.Seq, event, one.mine)
				}
				return f
			},
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// sayDue says when the answer is due, in the desk's zone and language.
func (v voice) sayDue(t *ticket.Ticket, now time.Time) string {
	return v.sayDueIn(t, now, v.s.zone(v.desk))
}

// sayDueIn is sayDue in another zone.
func (v voice) sayDueIn(t *ticket.Ticket, now time.Time, zone *time.Location) string {
	if t.PromiseDue.IsZero() || t.PromiseIs != string(promise.Open) {
		return ""
	}
	return promise.Say(t.PromiseDue, now, zone, v.s.Words.Match(v.desk.Language))
}

// notify tells the agents of the desk, and of the further desks that the same
// mail was sent to.
func (d *decision) notify() error {
	switch {
	case d.onto != nil && strings.TrimSpace(d.in.mail.NewText) == "": // all is told of the mail that it passes on
		return nil
	case d.agent.power && d.agent.why != "": // nothing was said; only its writer hears so, and who was given the ticket
		return d.tellAssigned()
	case d.agent.aboutTime, d.agent.action, d.in.isAgent() && d.matched.Ref.Purpose.IsAction(): // between mailgw and one agent; who presses a colleague's link hears that it is not theirs
		return nil
	case d.agent.waits: // nothing was said yet
		return d.tellAssigned()
	case d.returned != nil && d.returned.row != nil: // told when it is recorded, in words that are not a program's; a delay to nobody
		return nil
	case d.echoes():
		return d.tellReturned()
	}
	event := wording.EventReply
	e := d.entry()
	switch {
	case d.opened && !d.drafted:
		event, e.Text = wording.EventAnswered, d.in.mail.NewText
	case d.isNew:
		event = wording.EventNew
	case d.agent.note != "":
		event = wording.EventNote
	case d.agent.power:
		event, e.Text = wording.EventAnswered, d.answers[0].Text
	}
	e.Evidence = d.matched.Evidence
	d.suggest()
	if e.ByAgent != "" { // that of a reply to a notice, which names the ticket once more
		e.Subject = d.ticket.Subject
	}
	if d.in.vouched != nil {
		e.Evidence = append(slices.Clone(e.Evidence), d.in.saidPassed()...)
	}
	if d.outcome == ticket.OutcomeHeld { // why it is not where it wants to be
		e.Evidence = []string{d.why}
	}
	if d.forPeople != "" {
		e.Evidence = append(slices.Clone(e.Evidence), d.forPeople)
	}
	if d.admitted == threading.AppendFlagged {
		e.Evidence = append(slices.Clone(e.Evidence), d.why)
	}
	given, err := d.givenTo()
	if err != nil {
		return err
	}
	to := slices.DeleteFunc(d.audience(), func(a string) bool { return among(given, a) })
	v := d.voice()
	v.named = d.notified
	if by := d.in.vouched; by != nil { // who passed it on has it, and not the address for answers
		v.named = append(slices.Clone(v.named), by.agent)
	}
	v.staff = func() (*staff.Staff, error) { return d.in.s.staffIn(d.r) }
	if d.drafted { // who answers it writes to the customer, with proof
		author := d.in.s.Agent(d.in.author).Address
		to, v.named = append(to, author), append(slices.Clone(v.named), author)
	}
	if d.paged {
		v.paged = d.onCall()
	}
	v.maybe = d.suggested
	if event == wording.EventNew || event == wording.EventReply { // the customer's, not a colleague's
		v.phones, v.needs, v.said = d.in.mail.Phones, d.saidNeeds(), string(d.said)
		v.impact = d.noticeImpact()
		v.level, v.ending, v.before = d.saidLevel(), d.saidEnding(), d.saidBefore()
		if d.ticket.Customer == "" {
			v.candidates, v.candidatesWhy = d.in.identity.Candidates, d.in.identity.Reason
		}
		v.left, v.leftUnproven = d.saysLeft()
		v.notes = d.saidNotes()
	}
	return errors.Join(d.add(v.notice(&d.ticket, &e, event, to, d.now)), d.tellAssigned())
}

// assigned is the agent whom another one gave the ticket by this mail; "" for nobody.
func (d *decision) assigned() string {
	if to := d.ticket.Assignee; d.agent.power && to != d.before.Assignee && !strings.EqualFold(to, d.in.author) {
		return to
	}
	return ""
}

// givenTo are those who hear that they were given the ticket: the agent, and who stands in
// for them; none for nobody.
func (d *decision) givenTo() ([]string, error) {
	to := d.assigned()
	if to == "" {
		return nil, nil
	}
	people, err := d.in.s.staffIn(d.r)
	if err != nil {
		return nil, err
	}
	who := []string{to}
	if by := people.StandIn(to, d.desk.Agents, d.now); by != "" && !strings.EqualFold(by, d.in.author) {
		who = joined(who, []string{by})
	}
	return who, nil
}

// tellAssigned puts the customer's last mail in front of the one who was given the ticket.
func (d *decision) tellAssigned() error {
	who, err := d.givenTo()
	if err != nil || len(who) == 0 {
		return err
	}
	last, err := d.r.LastEntries(d.ticket.Number, 0, searched)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(last, func(e ticket.Entry) bool { return fromCustomer(&e) })
	if i < 0 {
		return nil
	}
	raw, err := d.r.Raw(last[i].ID)
	if err != nil {
		return fmt.Errorf("the customer's last mail: %w", err)
	}
	v := d.voice()
	v.impact, v.phones = d.noticeImpact(), letter.Parse(raw, letter.ParseAddress(last[i].From).Addr, letter.DefaultLimits()).Phones
	return d.add(v.notice(&d.ticket, &last[i], wording.EventYours, who, d.now))
}

// add takes rows over.
func (d *decision) add(rows []ticket.Outgoing, err error) error {
	d.outgoing = append(d.outgoing, rows...)
	return err
}

// audience are the people who get a notice: of the desk and of further desks that
// the mail names, each once, without the one who wrote it. In whose name an
// unproven mail comes gets none either, since an absence note without a mark would
// answer each notice; but when nobody else is on the desk, the admin hears of it,
// or that very person of what does not answer a mail of ours.
func (d *decision) audience() []string {
	out := d.others()
	if len(out) > 0 || d.in.isAgent() || d.desk == d.in.s.admin {
		return out
	}
	if admin := d.in.s.Admin.Address; !strings.EqualFold(admin, d.in.author) {
		return []string{admin}
	}
	if d.matched.Ref.Ticket == 0 && d.in.s.Agent(d.in.author) != nil {
		return []string{d.in.author}
	}
	return nil
}

// others are the people of the mail's desks, and those whom rules name, without its author.
func (d *decision) others() (out []string) {
	seen := map[string]bool{strings.ToLower(d.in.author): true}
	add := func(list []string) {
		for _, a := range list {
			if key := strings.ToLower(a); !seen[key] {
				seen[key] = true
				out = append(out, a)
			}
		}
	}
	for _, desk := range append([]*config.Desk{d.desk}, d.in.others...) {
		add(desk.Agents)
	}
	add(d.notified)
	return out
}

// onCall are those whom a page wakes: who is on call, or the desk's agents when nobody is.
func (d *decision) onCall() []string {
	if len(d.desk.OnCall) > 0 {
		return d.desk.OnCall
	}
	return d.desk.Agents
}

// page wakes those on call.
func (d *decision) page() error {
	to := d.onCall()
	rule := d.ruleThat(func(e *rules.Effects) bool { return e.Page })
	d.event(rule, "paged "+strings.Join(to, ", "), "")
	name := letter.Excerpt(d.in.mail.Author().Name, maxName)
	if name == "" {
		name = d.in.author
	}
	return d.add(d.voice().toHouse(houseMail{
		kind: ticket.Page, template: "page", to: to, name: strings.TrimSpace(name + " via " + d.desk.FromName), entry: d.in.ID, seq: d.entrySeq(), now: d.now,
		facts: forAll(wording.PageFacts{
			Ticket: d.ticket.Number, From: d.in.requester(), Company: d.ticket.Customer, Subject: d.in.mail.Subject,
			Due: d.voice().sayDue(&d.ticket, d.now), Rule: strings.TrimPrefix(rule, "rule "), Desk: d.desk.Name,
		}),
	}))
}
