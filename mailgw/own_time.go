package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// ownTime of the agent who wrote this mail.
func (d *decision) ownTime() *ownTime {
	return &ownTime{voice: d.voice(), t: &d.ticket, who: d.agent.who, now: d.now}
}

// tellTime tells the agent of a time.
func (d *decision) tellTime(f wording.ClockFacts, seq uint32) error {
	return d.add(d.ownTime().mails(f, seq, d.now))
}

// typedTime reads the time of #promise, #call or #update; zero when the agent gave none that can be
// read. Of that they are told, and their words are handled as with any line that is
// not understood.
func (d *decision) typedTime() (at time.Time, line string, err error) {
	c, asked := d.agent.read.Has(agent.Promise)
	for _, name := range []string{agent.Call, agent.Update} {
		if more, has := d.agent.read.Has(name); !asked && has && more.Arg != "" {
			c, asked = more, true
		}
	}
	if !asked {
		return at, "", nil
	}
	at, why := d.ownTime().read(c.Arg)
	if why == nil {
		return at, c.Line, nil
	}
	f := d.ownTime().facts(wording.ClockUnread)
	f.Words, f.Detail = c.Line, why.Error()
	d.agent.untimed = &f
	return time.Time{}, c.Line, nil
}

// noteTime notes what an answer promises: the time that the agent typed, else what
// their words say. It reports whether we owe the customer something by a time now.
func (d *decision) noteTime(typed time.Time, line, words string, answer *ticket.Entry) (bool, error) {
	o := d.ownTime()
	if !typed.IsZero() {
		kind := promise.ByAgent
		if calls(line) {
			kind = promise.Callback
		}
		p, err := o.row(kind, typed, answer.MessageID, line)
		if err != nil {
			return false, err
		}
		f := o.facts(wording.ClockTold)
		f.When = o.say(typed)
		return true, errors.Join(d.note(p), d.tellTime(f, answer.Seq))
	}
	p, f, err := o.promised(words, d.in.mail.Language, answer.MessageID)
	if err != nil {
		return false, err
	}
	if d.agent.untimed != nil {
		err = d.tellTime(*d.agent.untimed, answer.Seq)
	} else if f != nil {
		err = d.tellTime(*f, answer.Seq)
	}
	if p == nil {
		return false, err
	}
	return true, errors.Join(err, d.note(*p))
}

// note takes a new row over.
func (d *decision) note(p promise.Promise) error {
	d.noted = append(d.noted, p)
	what := "noted as promised: "
	if p.Kind == promise.Callback {
		what = "noted as promised, a call: "
	}
	d.event(d.agent.who.Address, what+p.DueAt.In(d.in.s.zone(d.desk)).Format(timeFormat), p.Words)
	return nil
}

// answered moves the ticket on: to whom a time was promised, we owe something.
func (d *decision) answered(owed bool) {
	if owed {
		d.happened(ticket.Reopen, d.agent.who.Address, "answered, and promised a time")
		return
	}
	d.happened(ticket.AgentAnswered, d.agent.who.Address, "answered")
}

// timeReply does what an agent's reply to a mail about a time asks for: its first
// line drops the time, moves it, or says that it is done. Nothing of it leaves the
// house, but the line that names a time to a customer who knows none yet.
func (d *decision) timeReply() error {
	d.agent.aboutTime = true
	about, err := d.answerOf(d.matched.Ref.Entry)
	if err != nil {
		return err
	}
	row, err := d.rowOf(about)
	if err != nil {
		return err
	}
	line := firstWords(d.in.mail.NewText)
	if d.in.mail.OldOnly {
		line = ""
	}
	over := d.ticket.Status == ticket.Solved || d.ticket.Status == ticket.Closed
	switch {
	case says(line, dropWords[:]):
		return d.dropTime(row, about)
	case says(line, doneWords[:]):
		return d.keepTime(row)
	}
	at, why := d.ownTime().read(line)
	if why != nil {
		if _, rest, cut := strings.Cut(line, ","); cut && says(line[:len(line)-len(rest)-1], dropWords[:]) { // "no, Friday 12:00"
			at, why = d.ownTime().read(strings.TrimSpace(rest))
		}
	}
	switch {
	case why != nil:
		f := d.ownTime().facts(wording.ClockUnread)
		f.Words, f.Detail = line, why.Error()
		return d.tellTime(f, d.matched.Ref.Entry)
	case over:
		return d.tellTime(d.ownTime().facts(wording.ClockOver), d.matched.Ref.Entry)
	}
	return d.newTime(at, line, row, about)
}

// answerOf is the answer of this agent that a mail about a time tells of; nil when it
// tells of none.
func (d *decision) answerOf(seq uint32) (*ticket.Entry, error) {
	list, err := d.r.LastEntries(d.ticket.Number, 0, searched)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(e ticket.Entry) bool {
		return e.Seq == seq && e.Kind == ticket.MailOut && strings.EqualFold(e.ByAgent, d.agent.who.Address)
	})
	if i < 0 {
		return nil, nil
	}
	return &list[i], nil
}

// rowOf is the latest row that an answer of the agent made; nil when it made none.
func (d *decision) rowOf(answer *ticket.Entry) (*promise.Promise, error) {
	if answer == nil {
		return nil, nil
	}
	list, err := d.r.TicketPromises(d.ticket.Number)
	if err != nil {
		return nil, err
	}
	var last *promise.Promise
	for i := range list {
		if p := &list[i]; p.Mail == answer.MessageID && p.MadeBy == d.agent.who.Address && (last == nil || p.ID > last.ID) {
			last = p
		}
	}
	return last, nil
}

// openTimes are the rows that are still open of a time: itself, and the later ones that
// the customer was told instead.
func (d *decision) openTimes(row *promise.Promise) (open []promise.Promise, err error) {
	if row == nil {
		return nil, nil
	}
	list, err := d.r.TicketPromises(d.ticket.Number)
	for _, p := range list {
		later := p.ID > row.ID && p.Late > row.Late && p.Kind == row.Kind && p.Agent == row.Agent
		if p.State == promise.Open && (p.ID == row.ID || later) {
			open = append(open, p)
		}
	}
	return open, err
}

// dropTime withdraws what was noted. Who asked us to tell the customer hears that
// they know of it.
func (d *decision) dropTime(row *promise.Promise, about *ticket.Entry) error {
	open, err := d.openTimes(row)
	switch {
	case err != nil:
		return err
	case row == nil:
		d.event(d.agent.who.Address, "says that no time was promised", "")
		return nil
	case len(open) == 0:
		return d.tellTime(d.ownTime().facts(wording.ClockOver), about.Seq)
	}
	told := typedByAgent(row) || len(open) > 1 || open[0].ID != row.ID
	for i := range open {
		if err := d.settleTime(&open[i], promise.Withdrawn, "dropped by "+d.agent.who.Address, "promise withdrawn"); err != nil {
			return err
		}
	}
	if !told {
		return nil
	}
	f := d.ownTime().facts(wording.ClockWasTold)
	f.When = d.ownTime().say(open[len(open)-1].DueAt)
	return d.tellTime(f, about.Seq)
}

// typedByAgent reports whether the customer was told the time in words of ours: not
// only read in what the agent wrote.
func typedByAgent(p *promise.Promise) bool {
	return p.Kind == promise.Update || strings.HasPrefix(p.Words, "#")
}

// keepTime notes that it is done: a call leaves no mail.
func (d *decision) keepTime(row *promise.Promise) error {
	open, err := d.openTimes(row)
	if err != nil || len(open) == 0 {
		return errors.Join(err, d.tellTime(d.ownTime().facts(wording.ClockOver), d.matched.Ref.Entry))
	}
	for i := range open {
		if err := d.settleDone(&open[i]); err != nil {
			return err
		}
	}
	return nil
}

// settleDone ends a row that is done, as the agent's mail says.
func (d *decision) settleDone(row *promise.Promise) error {
	by := d.in.mail.MessageID
	if by == "" {
		by = d.in.ID.String()
	}
	state, what := promise.Kept, "promise kept"
	if row.DueAt.Before(d.now) { // its time has come, and was not looked at yet
		state, what = promise.Broken, "done after the promised time"
	}
	row.KeptAt, row.KeptBy = d.now, []string{by}
	return d.settleTime(row, state, "", what)
}

// settleTime ends a row. The ticket shows what else is open.
func (d *decision) settleTime(row *promise.Promise, state promise.State, why, what string) error {
	row.State, row.Why, row.AlarmAt = state, why, time.Time{}
	d.noted = append(d.noted, *row)
	d.event(d.agent.who.Address, what, "due "+row.DueAt.In(d.in.s.zone(d.desk)).Format(timeFormat)+", said by the agent")
	if d.ticket.PromiseID != row.ID {
		return nil
	}
	list, err := d.r.TicketPromises(d.ticket.Number)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(p promise.Promise) bool {
		return slices.ContainsFunc(d.noted, func(q promise.Promise) bool { return q.ID == p.ID })
	})
	if next := standing(list); next != nil && next.State == promise.Open {
		row = next
	}
	setClock(&d.ticket, row)
	return nil
}

// newTime moves what was noted, notes what was asked about, or, where the customer
// knows of no time yet, tells them this one.
func (d *decision) newTime(at time.Time, line string, row *promise.Promise, about *ticket.Entry) error {
	if row == nil && (about == nil || !d.ownTime().mayPromise(about)) {
		return d.tellCustomer(at, line)
	}
	o := d.ownTime()
	kind, reason, told := promise.ByAgent, wording.ClockNoted, row != nil && typedByAgent(row)
	open, err := d.openTimes(row)
	if err != nil {
		return err
	}
	if row != nil {
		kind = row.Kind
		told = told || len(open) > 0 && open[len(open)-1].ID != row.ID
	}
	for i := range open {
		if err := d.settleTime(&open[i], promise.Withdrawn, "moved by agent", "promise withdrawn: another time"); err != nil {
			return err
		}
	}
	if told {
		reason = wording.ClockMovedTold
		line = row.Words
	}
	p, err := o.row(kind, at, about.MessageID, line)
	if err != nil {
		return err
	}
	f := o.facts(reason)
	f.When = o.say(at)
	d.happened(ticket.Reopen, d.agent.who.Address, "promised a time")
	return errors.Join(d.note(p), d.tellTime(f, about.Seq))
}

// tellCustomer tells the customer a time in one line, in the agent's name.
func (d *decision) tellCustomer(at time.Time, line string) error {
	m, err := d.g.mailToAnswer(d.r, &d.before, d.matched.Ref.Entry)
	if err != nil {
		return err
	}
	draft := answerDraft{voice: d.voice(), t: &d.ticket, agent: d.agent.who, mail: m, entry: d.in.ID, now: d.now}
	if err := draft.endWith(at, false); err != nil {
		return err
	}
	row, entry, err := draft.row(d.ticket.Entries + 1)
	if errors.Is(err, errNobody) {
		f := d.ownTime().facts(wording.ClockUnread)
		f.Detail = errNobody.Error()
		return d.tellTime(f, d.matched.Ref.Entry)
	}
	if err != nil {
		return err
	}
	d.ticket.Entries++
	d.outgoing, d.answers = append(d.outgoing, row), append(d.answers, entry)
	o := d.ownTime()
	p, err := o.row(promise.Update, at, entry.MessageID, line)
	if err != nil {
		return err
	}
	d.happened(ticket.Reopen, d.agent.who.Address, "promised a time")
	f := o.facts(wording.ClockTold)
	f.When = o.say(at)
	return errors.Join(d.note(p), d.tellTime(f, entry.Seq))
}

// calls reports whether a line promises a call.
func calls(line string) bool {
	c := agent.Read(line, agent.Names{})
	_, call := c.Has(agent.Call)
	_, other := c.Has(agent.Promise)
	return call && !other
}

// endWith puts at the end of an answer by when the customer hears more, or is called, in
// their language and zone.
func (a *answerDraft) endWith(at time.Time, call bool) error {
	lang := a.s.Words.Match(a.language())
	zone := promise.Zone(a.mail.Date, a.mail.HasZone, a.s.zone(a.desk), at)
	m, err := a.s.Words.Answer(lang, wording.AnswerFacts{By: promise.Say(at, a.now, zone, lang), Call: call})
	if err != nil {
		return fmt.Errorf("say a time: %w", err)
	}
	a.words = strings.TrimSpace(a.words + "\n\n" + strings.TrimSpace(m.Text))
	return nil
}

// The words, folded, by which an agent drops a time, or says that it is done.
var (
	dropWords = [...]string{"no", "nein", "non", "nee", "nie", "não", "drop", "weg", "streichen", "none"}
	doneWords = [...]string{"done", "erledigt", "fait", "called", "angerufen", "gemacht", "appelé", "hecho", "fatto", "gedaan", "zrobione", "feito", "kept"}
)

// says reports whether a line is one of some words and nothing else.
func says(line string, words []string) bool {
	return slices.Contains(words, strings.ToLower(strings.Trim(line, " \t.,;:!?\"'“”„«»#*_`")))
}

// firstWords is the first line of a text that has words.
func firstWords(text string) string {
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			return strings.TrimRight(l, " .!,;")
		}
	}
	return ""
}
