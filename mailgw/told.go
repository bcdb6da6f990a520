package mailgw

import (
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/notify"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// toldAt are people who are told at the same time, as the clocks on their walls show it.
type toldAt struct {
	to     []string
	at     time.Time
	zone   *time.Location
	digest bool // as an entry of the list that the one of them gets then
	mine   bool // it is the one who has the ticket
}

// told decides who of some people gets a notice of an entry, and when.
func (v voice) told(t *ticket.Ticket, e *ticket.Entry, event string, to []string, now time.Time) (out []toldAt, err error) {
	plan := notify.Event{
		Now: now, People: v.instead(to, now), Paged: v.paged, Named: intersect(to, v.named), Rank: notify.Rank(string(t.Priority)),
		Waits: event == wording.EventNew || event == wording.EventReply, Hours: v.s.Hours[v.desk.Calendar],
	}
	if event == wording.EventYours {
		plan.Named = to
	} else {
		plan.Have = readers(e)
	}
	if t.Told && t.PromiseIs == string(promise.Open) {
		plan.Due = t.PromiseDue
	}
	away, err := v.whoIsAway(&plan, t)
	if err != nil {
		return nil, err
	}
	for _, d := range notify.Plan(plan, func(a string) notify.Person { return v.person(a, away) }) {
		one := toldAt{to: []string{d.To}, at: d.At, zone: v.zoneOf(d.To), digest: d.Digest, mine: strings.EqualFold(d.To, t.Assignee)}
		i := slices.IndexFunc(out, func(o toldAt) bool {
			return !o.digest && !one.digest && o.mine == one.mine && o.at.Equal(one.at) && o.zone.String() == one.zone.String()
		})
		if i < 0 {
			out = append(out, one)
			continue
		}
		out[i].to = append(out[i].to, d.To)
	}
	return out, nil
}

// whoIsAway are those of an event's people who are away, when it matters; who stands
// in for whoever has the ticket has it, too.
func (v voice) whoIsAway(plan *notify.Event, t *ticket.Ticket) (away func(string) bool, err error) {
	away = func(string) bool { return false }
	if t.Assignee != "" {
		plan.Assignees = []string{t.Assignee}
	}
	matters := len(plan.Have) > 0 || slices.ContainsFunc(plan.People, func(addr string) bool {
		a := v.s.Agent(addr)
		return a != nil && (a.OnlyMine || notify.Rank(a.NoticesFrom) > plan.Rank)
	})
	if v.staff == nil || !matters {
		return away, nil
	}
	people, err := v.staff()
	if err != nil {
		return nil, err
	}
	if by := people.StandIn(t.Assignee, v.desk.Agents, plan.Now); t.Assignee != "" && by != "" {
		plan.Assignees = append(plan.Assignees, by)
	}
	return func(addr string) bool { return people.Away(addr, plan.Now) != nil }, nil
}

// person is what somebody of the house wants to be told. Who is no agent is told
// everything at once.
func (v voice) person(addr string, away func(string) bool) notify.Person {
	a := v.s.Agent(addr)
	if a == nil {
		return notify.Person{}
	}
	p := a.Told()
	p.Hours, p.Away = v.s.workHours(addr, v.desk), away(addr)
	return p
}

// zoneOf is where somebody of the house works: as their own calendar says, else the
// desk's.
func (v voice) zoneOf(addr string) *time.Location {
	if cal := v.s.workHours(addr, v.desk); cal != nil {
		return cal.Location()
	}
	return v.s.zone(v.desk)
}

// readers are whom a mail itself went to, by its To and Cc. A forger can name people
// there who never got it: notify.Plan relies on none of them alone.
func readers(e *ticket.Entry) (out []string) {
	for _, list := range [][]string{e.To, e.Cc} {
		for _, a := range list {
			out = append(out, letter.ParseAddress(a).Addr)
		}
	}
	return out
}

// intersect are those of a list who are in another one.
func intersect(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(a string) bool { return !among(other, a) })
}

// among reports whether an address is in a list, whatever its case.
func among(list []string, addr string) bool {
	return slices.ContainsFunc(list, func(a string) bool { return strings.EqualFold(a, addr) })
}
