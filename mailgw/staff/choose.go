package staff

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/rules/hours"
)

// Ways to choose.
const (
	LeastLoaded = "least_loaded" // who has the fewest open tickets
	RoundRobin  = "round_robin"  // whose last ticket was given the longest ago
)

// Wish says whom to choose.
type Wish struct {
	// By is LeastLoaded or RoundRobin; anything else counts as LeastLoaded.
	By string
	// Among are the addresses to choose from.
	Among []string
	// Skills must all be known to whoever is chosen.
	Skills []string
	// Language is that of the mail, as a BCP 47 tag; empty: any.
	Language string
	// Hours are those of whoever has none of their own; nil: always.
	Hours *hours.Calendar
}

// Load is how much somebody has.
type Load struct {
	// Open is how many open tickets are assigned to them.
	Open int
	// Last is when they were last given one; zero: never.
	Last time.Time
}

// Choose returns who gets a ticket at a time, and why in words; an empty address when
// everybody is away. Whoever is away is never chosen. Of the others those who speak the
// language and have the skills: when there are none the language is given up first, then
// the skills, since somebody has to look at it. Then those who work now, or else who
// work first; then by load or turn; then the first of the list.
func (s *Staff) Choose(w Wish, load func(addr string) Load, at time.Time) (addr, why string) {
	in := s.In(w.Among, at)
	if len(in) == 0 {
		return "", fmt.Sprintf("all %d to choose from are away", len(w.Among))
	}
	var given []string
	can := s.able(in, w.Skills, w.Language)
	if len(can) == 0 && w.Language != "" {
		given = append(given, "nobody who is in speaks "+w.Language)
		can = s.able(in, w.Skills, "")
	}
	if len(can) == 0 && len(w.Skills) > 0 {
		given = append(given, "nobody who is in knows "+strings.Join(w.Skills, ", "))
		if can = s.able(in, nil, w.Language); len(can) == 0 {
			can = in
		}
	}
	can = s.first(can, w.Hours, at)
	best, least := can[0], load(can[0])
	for _, a := range can[1:] {
		if l := load(a); w.less(l, least) {
			best, least = a, l
		}
	}
	reason := fmt.Sprintf("of %d who could take it %s has the fewest open tickets (%d)", len(can), best, least.Open)
	if w.By == RoundRobin {
		reason = fmt.Sprintf("of %d who could take it, it is the turn of %s", len(can), best)
	}
	return best, strings.Join(append([]string{reason}, given...), "; ")
}

// less reports whether the one of load a comes before that of load b.
func (w *Wish) less(a, b Load) bool {
	if w.By != RoundRobin && a.Open != b.Open {
		return a.Open < b.Open
	}
	return a.Last.Before(b.Last)
}

// able are those of a list who have the skills and speak the language.
func (s *Staff) able(list, skills []string, language string) []string {
	var able []string
	for _, addr := range list {
		m := s.member(addr)
		if m == nil {
			m = &Member{}
		}
		knows := !slices.ContainsFunc(skills, func(skill string) bool { return !slices.Contains(m.Skills, skill) })
		if knows && (language == "" || slices.ContainsFunc(m.Languages, func(l string) bool { return sameLanguage(l, language) })) {
			able = append(able, addr)
		}
	}
	return able
}

// sameLanguage compares two tags by what stands before their regions.
func sameLanguage(a, b string) bool {
	a, _, _ = strings.Cut(a, "-")
	b, _, _ = strings.Cut(b, "-")
	return strings.EqualFold(a, b)
}

// first are those of a list who work now; else those who work first.
func (s *Staff) first(list []string, otherwise *hours.Calendar, at time.Time) []string {
	var first []string
	var soonest time.Time
	for _, addr := range list {
		switch back := s.Back(addr, otherwise, at); {
		case back.IsZero():
		case len(first) == 0 || back.Before(soonest):
			first, soonest = []string{addr}, back
		case back.Equal(soonest):
			first = append(first, addr)
		}
	}
	if len(first) == 0 { // nobody ever works: hours that never open
		return list
	}
	return first
}
