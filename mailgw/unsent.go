package mailgw

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/guard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// gate is where an agent's answer is looked at before it may leave: it may wait for
// somebody's word, or for a while in which it can be taken back.
type gate struct {
	voice
	r     store.Reader
	t     *ticket.Ticket
	who   *config.Agent
	row   *ticket.Outgoing
	entry *ticket.Entry // the answer
	seen  uint32        // the latest entry that its writer had in front of them
	now   time.Time

	found []guard.Finding // why WaitsGuard
	other *ticket.Entry   // why WaitsCollision
}

// seesAll is gate.seen of whoever had the ticket itself in front of them.
const seesAll = math.MaxUint32

// look says why the answer waits, "" when it may leave.
func (a *gate) look() (ticket.Waits, error) {
	var err error
	if a.found, err = a.guard(); err != nil {
		return "", err
	}
	if len(a.found) > 0 {
		return ticket.WaitsGuard, nil
	}
	if a.other, err = a.collides(); err != nil {
		return "", err
	}
	switch {
	case a.other != nil:
		return ticket.WaitsCollision, nil
	case a.who.ReviewBy != "":
		return ticket.WaitsReview, nil
	}
	return "", nil
}

// collides is the answer of somebody else to the same mail, that the writer cannot have
// seen; nil when there is none.
func (a *gate) collides() (*ticket.Entry, error) {
	within := a.desk.CollisionWithin
	if within <= 0 || a.seen == seesAll {
		return nil, nil
	}
	list, err := a.r.LastEntries(a.t.Number, 0, searched)
	if err != nil {
		return nil, err
	}
	for i := range list { // newest first
		e := &list[i]
		if fromCustomer(e) {
			return nil, nil
		}
		if e.Kind != ticket.MailOut || e.ByAgent == "" || strings.EqualFold(e.ByAgent, a.who.Address) || e.Seq <= a.seen || a.now.Sub(e.At) > within {
			continue
		}
		if row, err := a.r.Outgoing(e.ID); err == nil && row.Waits != "" { // it has said nothing yet
			continue
		}
		if slices.ContainsFunc(list, func(x ticket.Entry) bool { return x.Seq == a.seen && x.Seq+1 == e.Seq && x.ByAgent == e.ByAgent }) {
			continue // the mail that it was: they were told of it
		}
		handed, err := a.handed(e.At)
		if err != nil || handed {
			return nil, err
		}
		return e, nil
	}
	return nil, nil
}

// handed reports whether the ticket came into the writer's hands at some time or later,
// with all that had been said: they go on where the other one left it.
func (a *gate) handed(since time.Time) (bool, error) {
	events, err := a.r.Events(a.t.Number)
	if err != nil {
		return false, fmt.Errorf("who has had the ticket: %w", err)
	}
	return slices.ContainsFunc(events, func(e ticket.Event) bool {
		given := strings.EqualFold(e.What, "assigned to "+a.who.Address) && !strings.EqualFold(e.Who, a.who.Address)
		return !e.At.Before(since) && (given || strings.HasPrefix(e.What, "desk "))
	}), nil
}

// hold keeps the answer until somebody says that it may leave, and returns what waits
// for them.
func (a *gate) hold(w ticket.Waits) ticket.DrawerItem {
	a.row.Waits, a.row.NextAt = w, endOfTime
	if a.row.Held == nil {
		a.row.Held = &ticket.Held{}
	}
	a.row.Held.Why = a.why(w)
	if w == ticket.WaitsReview {
		a.row.Held.Reader = a.who.ReviewBy
	}
	return ticket.DrawerItem{
		ID: a.row.ID, Kind: ticket.DrawerUnsent, Ticket: a.t.Number, Desk: a.desk.Name, From: letter.Address{Name: a.who.Name, Addr: a.who.Address}.String(),
		Subject: a.t.Subject, Why: a.row.Held.Why, Since: a.now, DueAt: a.s.afterWork(a.desk, a.now, heldFor),
	}
}

// why says it to the desk, in one line.
func (a *gate) why(w ticket.Waits) string {
	switch w {
	case ticket.WaitsGuard:
		var found []string
		for _, f := range a.found {
			said := string(f.Kind)
			if f.What != "" {
				said += " “" + letter.Excerpt(f.What, maxName) + "”"
			}
			found = append(found, said)
		}
		return "it may say what its reader must not see: " + strings.Join(found, ", ")
	case ticket.WaitsCollision:
		return a.other.ByAgent + " has just answered the same mail"
	}
	return "it waits for a review by " + a.who.ReviewBy
}

// waitsFor are the reasons of wording.UnsentFacts.
func waitsFor(w ticket.Waits) string {
	switch w {
	case ticket.WaitsGuard:
		return wording.UnsentGuard
	case ticket.WaitsCollision:
		return wording.UnsentCollision
	}
	return wording.UnsentReview
}

// mails tell whose word is asked for, or, of an answer that leaves by itself, its writer.
func (a *gate) mails(why string) ([]ticket.Outgoing, error) {
	seq := a.entry.Seq
	f := wording.UnsentFacts{
		Ticket: a.t.Number, Subject: a.t.Subject, Why: why, To: slices.Concat(a.entry.To, a.entry.Cc), Answer: a.entry.Text, Due: a.sayDue(a.t, a.now),
	}
	m := houseMail{kind: ticket.Notice, template: wording.TemplateUnsent, to: []string{a.who.Address}, name: a.desk.FromName, seq: seq, now: a.now}
	switch why {
	case wording.UnsentGuard:
		for _, x := range a.found {
			f.Found = append(f.Found, wording.UnsentFinding{Kind: string(x.Kind), What: x.What, Line: shownLine(x)})
		}
	case wording.UnsentCollision:
		f.Who, f.Other = a.s.nameOf(a.other.ByAgent), a.other.Text
	case wording.UnsentReview:
		f.Who = a.who.Name
		to, err := a.readers()
		if err != nil {
			return nil, err
		}
		m.to, m.private = to, true // nothing of a reply may reach the customer
	case wording.UnsentHold:
		f.At, f.Due = a.row.NextAt.In(a.s.zone(a.desk)).Format(secondsFormat), ""
	}
	m.facts = func(able bool) any {
		f.CanReply = able && why != wording.UnsentHold
		f.Send, f.TakeBack = "", ""
		if able && why != wording.UnsentHold {
			f.Send = a.personalAddress(threading.ActSend, seq)
		}
		if able {
			f.TakeBack = a.personalAddress(threading.ActTakeBack, seq)
		}
		return f
	}
	return a.toHouse(m)
}

// shownLine is the line in which something was found; of a token nothing is repeated,
// since whoever reads it could use it.
func shownLine(x guard.Finding) string {
	if x.Kind == guard.Token {
		return ""
	}
	return x.Line
}

// nameOf is what an agent is called; the address of one who has left.
func (s *settings) nameOf(addr string) string {
	if a := s.Agent(addr); a != nil && a.Name != "" {
		return a.Name
	}
	return addr
}

// readers are whose word an answer waits for that somebody else reads first: the one of
// review_by, or who stands in while they are away. When neither may answer on the desk,
// all who may let it go are asked.
func (a *gate) readers() ([]string, error) {
	people, err := a.s.staffIn(a.r)
	if err != nil {
		return nil, fmt.Errorf("who reads the answer: %w", err)
	}
	by := a.who.ReviewBy
	if other := people.StandIn(by, a.desk.Agents, a.now); other != "" {
		by = other
	}
	if a.s.mayRead(a.desk, a.who.Address, by) {
		return []string{by}, nil
	}
	if a.s.mayRead(a.desk, a.who.Address, a.who.ReviewBy) {
		return []string{a.who.ReviewBy}, nil
	}
	if all := slices.DeleteFunc(slices.Clone(a.desk.Agents), func(x string) bool { return !a.s.mayRead(a.desk, a.who.Address, x) }); len(all) > 0 {
		return all, nil
	}
	return []string{a.who.ReviewBy}, nil
}

// mayRead reports whether somebody may let go the answer of a writer that waits for a
// review: another agent of the desk whose own answers leave by themselves.
func (s *settings) mayRead(desk *config.Desk, writer, who string) bool {
	agent := s.Agent(who)
	return agent != nil && !strings.EqualFold(who, writer) && agent.ReviewBy == "" && s.deskHas(desk.Name, who)
}
