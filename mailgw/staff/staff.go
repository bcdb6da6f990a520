// Package staff knows which agents are in: who is away and until when, who stands in,
// and who of several gets a ticket.
//
// It decides and does nothing else: absences are read and kept elsewhere, times are
// given by the caller. It knows no promise: none of them waits for anybody.
//
// It is pure: no network, no disk, no clock, no goroutine. A [Staff] is immutable and
// safe for concurrent use. Nothing here fails.
package staff

import (
	"strings"
	"time"

	"supportgw/rules/hours"
)

// Member is an agent.
type Member struct {
	// Address is the agent's bare address.
	Address string
	// Name is how people call the agent.
	Name string
	// Hours are the agent's own working hours; nil: always.
	Hours *hours.Calendar
	// Skills are what the agent knows, in the words of the configuration.
	Skills []string
	// Languages are those that the agent answers in, as BCP 47 tags.
	Languages []string
	// StandIn is the address of who takes over; empty: nobody in particular.
	StandIn string
}

// Absence says that an agent is away.
type Absence struct {
	// Agent is the bare address of who is away.
	Agent string `json:"agent"`
	// From is when it began.
	From time.Time `json:"from"`
	// Until is when the agent is in again; zero: nobody knows.
	Until time.Time `json:"until,omitzero"`
	// StandIn is the address of who takes over this time; empty: whom the configuration
	// says.
	StandIn string `json:"stand_in,omitempty"`
	// Why says where it is known from, in words.
	Why string `json:"why"`
	// Own says that the agent typed it, or somebody who may; else it was read from an
	// absence mail.
	Own bool `json:"own,omitempty"`
}

// Unended is how long an absence counts that nobody gave an end: whoever has not said
// when they are back is not to be passed over for ever.
const Unended = 14 * 24 * time.Hour

// Ends returns when the absence ends, whatever was said.
func (a *Absence) Ends() time.Time {
	if a.Until.IsZero() {
		return a.From.Add(Unended)
	}
	return a.Until
}

// At reports whether the agent is away at a time.
func (a *Absence) At(t time.Time) bool { return !t.Before(a.From) && t.Before(a.Ends()) }

// Staff is who there is, and who is away. A nil Staff has nobody.
type Staff struct {
	members []Member
	away    map[string]Absence // by folded address
}

// New takes the agents in their order, and the latest absence of each; those of others
// are left out.
func New(members []Member, absences []Absence) *Staff {
	s := &Staff{members: members, away: make(map[string]Absence)}
	for _, a := range absences {
		if s.member(a.Agent) != nil {
			s.away[strings.ToLower(a.Agent)] = a
		}
	}
	return s
}

// member finds an agent, nil when there is none of that address.
func (s *Staff) member(addr string) *Member {
	if s == nil {
		return nil
	}
	for i := range s.members {
		if strings.EqualFold(s.members[i].Address, addr) {
			return &s.members[i]
		}
	}
	return nil
}

// Away returns the absence of an agent at a time; nil for one who is in, and for
// somebody who is no agent.
func (s *Staff) Away(addr string, at time.Time) *Absence {
	if s == nil {
		return nil
	}
	a, ok := s.away[strings.ToLower(addr)]
	if !ok || !a.At(at) {
		return nil
	}
	return &a
}

// In returns those of a list who are not away, in its order.
func (s *Staff) In(list []string, at time.Time) []string {
	var in []string
	for _, addr := range list {
		if s.Away(addr, at) == nil {
			in = append(in, addr)
		}
	}
	return in
}

// StandIn returns who does an agent's work at a time: the agent who is not away, else
// who stands in, else who stands in for that one, as far as they are in the list; empty
// when nobody does.
func (s *Staff) StandIn(addr string, on []string, at time.Time) string {
	for range on { // a chain that is longer goes round
		away := s.Away(addr, at)
		if away == nil {
			break
		}
		addr = away.StandIn
		if m := s.member(away.Agent); addr == "" && m != nil {
			addr = m.StandIn
		}
		if addr == "" {
			return ""
		}
	}
	if s.Away(addr, at) != nil {
		return ""
	}
	for _, a := range on {
		if strings.EqualFold(a, addr) {
			return a
		}
	}
	return ""
}

// Working reports whether an agent is in and within working hours: their own, else
// those that are given; nil: always.
func (s *Staff) Working(addr string, otherwise *hours.Calendar, at time.Time) bool {
	if s.Away(addr, at) != nil {
		return false
	}
	cal := s.hours(addr, otherwise)
	return cal == nil || cal.Open(at)
}

func (s *Staff) hours(addr string, otherwise *hours.Calendar) *hours.Calendar {
	if m := s.member(addr); m != nil && m.Hours != nil {
		return m.Hours
	}
	return otherwise
}

// Back returns when an agent works again from a time on: at once who works, else the
// next opening of their hours after their absence; zero when that never comes.
func (s *Staff) Back(addr string, otherwise *hours.Calendar, at time.Time) time.Time {
	if away := s.Away(addr, at); away != nil {
		at = away.Ends()
	}
	cal := s.hours(addr, otherwise)
	if cal == nil || cal.Open(at) {
		return at
	}
	next, ok := cal.NextOpen(at)
	if !ok {
		return time.Time{}
	}
	return next
}
