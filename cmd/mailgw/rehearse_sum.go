package main

import (
	"fmt"
	"strings"
	"time"

	"supportgw/mailgw"
)

// rehearsedSum says in sum what a rehearsal found.
func rehearsedSum(r *mailgw.RehearsedSum) string {
	s := &story{}
	s.head("%s on %s: %d would differ", count(r.Mails, "mail"), count(r.Tickets, "ticket"), r.Differ)
	arrow := func(was, will int) string { return fmt.Sprintf("%d → %d", was, will) }
	if r.Tickets > 0 {
		var parts []string
		for _, p := range r.Priorities {
			parts = append(parts, p.Name+" "+arrow(p.Was, p.WouldBe))
		}
		s.field("priority", strings.Join(parts, ", "))
		s.field("so", fmt.Sprintf("%d more urgent, %d less", r.MoreUrgent, r.LessUrgent))
		for _, p := range []struct {
			name      string
			was, will int
		}{{"pages", r.Pages.Was, r.Pages.WouldBe}, {"holds", r.Holds.Was, r.Holds.WouldBe}, {"junk", r.Junked.Was, r.Junked.WouldBe},
			{"forwards", r.Forwarded.Was, r.Forwarded.WouldBe}, {"assigned", r.Assigned.Was, r.Assigned.WouldBe}} {
			if p.was+p.will > 0 {
				s.field(p.name, arrow(p.was, p.will))
			}
		}
		s.fields("promises", saidPromises(r))
	}
	var parts []string
	for _, d := range r.Desks {
		parts = append(parts, safe(d.Name)+" "+arrow(d.Was, d.WouldBe))
	}
	s.fields("desks", parts)
	parts = nil
	for _, d := range r.Tags {
		parts = append(parts, safe(d.Name)+" "+arrow(d.Was, d.WouldBe))
	}
	s.fields("tags", parts)
	s.fields("rules", saidRules(r))
	l := &r.LeftOut
	s.field("left out", fmt.Sprintf("%d by programs, %d by agents, %d in the junk, %d erased, %d unreadable", l.Automatic, l.Agents, l.Junk, l.Erased, l.Unreadable))
	s.fields("note", r.Notes)
	return s.String()
}

// saidPromises says which clocks end at another time.
func saidPromises(r *mailgw.RehearsedSum) (out []string) {
	p := &r.Promises
	say := func(minutes int) string {
		return strings.TrimSuffix((time.Duration(minutes) * time.Minute).String(), "0s")
	}
	out = append(out, fmt.Sprintf("%d earlier, %d later, %d the same", p.Earlier, p.Later, p.Same))
	if p.Earlier > 0 {
		out = append(out, fmt.Sprintf("earlier by %s (half of them at most), %s at most", say(p.MedianEarlier), say(p.MostEarlier)))
	}
	if p.Later > 0 {
		out = append(out, fmt.Sprintf("later by %s (half of them at most), %s at most", say(p.MedianLater), say(p.MostLater)))
	}
	if p.New+p.Gone > 0 {
		out = append(out, fmt.Sprintf("%d more begin, %d do not begin", p.New, p.Gone))
	}
	return out
}

// saidRules says how often each rule took effect, and which never did.
func saidRules(r *mailgw.RehearsedSum) (out []string) {
	for i := range r.Rules {
		u := &r.Rules[i]
		name := safe(u.Rule)
		switch {
		case !u.InNew:
			out = append(out, fmt.Sprintf("%s: %d, and is taken out", name, u.Was))
		case !u.InOld:
			out = append(out, fmt.Sprintf("%s: %d, and is new", name, u.WouldBe)+never(u.WouldBe))
		default:
			out = append(out, fmt.Sprintf("%s: %d → %d", name, u.Was, u.WouldBe)+never(u.Was+u.WouldBe))
		}
	}
	return out
}

func never(n int) string {
	if n == 0 {
		return " (no mail matched)"
	}
	return ""
}
