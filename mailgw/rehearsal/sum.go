package rehearsal

import (
	"slices"
	"strings"
	"time"
)

// Pair is a number under the rules of now, and under the new ones.
type Pair struct {
	// Was counts under the rules of now.
	Was int `json:"was"`
	// WouldBe counts under the new ones.
	WouldBe int `json:"would_be"`
}

// Named is a pair of something that has a name.
type Named struct {
	// Name is the priority, desk, tag or rule.
	Name string `json:"name"`
	Pair
}

// RuleSum is how often a rule took effect.
type RuleSum struct {
	// Rule is its name.
	Rule string `json:"rule"`
	// InOld and InNew say which of the sets has it.
	InOld bool `json:"in_old"`
	InNew bool `json:"in_new"`
	// Was and WouldBe count the mails with which it took effect.
	Pair
}

// LeftOut counts mails that no rule is asked about, or that cannot be.
type LeftOut struct {
	// Automatic were written by programs: delivery reports, absences, receipts.
	Automatic int `json:"automatic"`
	// Agents were written by agents.
	Agents int `json:"agents"`
	// Erased have no words any more.
	Erased int `json:"erased"`
	// Unreadable are mails whose bytes or records cannot be read.
	Unreadable int `json:"unreadable"`
	// Junk are those of the time that wait in the junk drawer: they are on no ticket.
	Junk int `json:"junk"`
}

// Promises is how the ends of clocks move.
type Promises struct {
	// Same, Earlier and Later count clocks that both begin.
	Same    int `json:"same"`
	Earlier int `json:"earlier"`
	Later   int `json:"later"`
	// Gone count those that would not begin any more, and New those that begin only
	// under the new rules.
	Gone int `json:"gone"`
	New  int `json:"new"`
	// How much earlier and later, of those that move: half of them move by no more than
	// the median. In whole minutes, of real time; zero when there are none.
	MedianEarlier int `json:"median_earlier_minutes"`
	MostEarlier   int `json:"most_earlier_minutes"`
	MedianLater   int `json:"median_later_minutes"`
	MostLater     int `json:"most_later_minutes"`
}

// Result is a rehearsal in sum.
type Result struct {
	// Sum is always true: it tells this object from those of tickets.
	Sum bool `json:"sum"`
	// Partial says that it was ended before all mails were looked at.
	Partial bool `json:"partial"`
	// Mails is how many mails both sets were asked about, on so many Tickets, of which
	// so many Differ.
	Mails   int `json:"mails"`
	Tickets int `json:"tickets"`
	Differ  int `json:"differ"`
	// MoreUrgent and LessUrgent count tickets by the priority in which they end.
	MoreUrgent int `json:"more_urgent"`
	LessUrgent int `json:"less_urgent"`
	// Priorities counts tickets of each, the most urgent first.
	Priorities []Named `json:"priorities"`
	// Pages, Holds, Junked and Forwarded count tickets.
	Pages     Pair `json:"pages"`
	Holds     Pair `json:"holds"`
	Junked    Pair `json:"junked"`
	Forwarded Pair `json:"forwarded"`
	// Assigned counts tickets that somebody gets.
	Assigned Pair `json:"assigned"`
	// Desks and Tags count tickets of each of which the numbers differ, by name.
	Desks []Named `json:"desks"`
	Tags  []Named `json:"tags"`
	// Promises is how the ends of clocks move.
	Promises Promises `json:"promises"`
	// Rules are those of both sets, in the order of the new one, then those that it has not.
	Rules []RuleSum `json:"rules"`
	// LeftOut counts mails that were not rehearsed.
	LeftOut LeftOut `json:"left_out"`
	// Notes say in a sentence each what these mails cannot show. Never nil.
	Notes []string `json:"notes"`
}

// priorities in order, the most urgent first.
var priorities = [...]string{"urgent", "high", "normal", "low"}

// Sum adds up tickets. Make it with NewSum.
type Sum struct {
	// LeftOut, Partial and Notes are the caller's to write.
	LeftOut LeftOut
	Partial bool
	Notes   []string

	r              Result
	rules          map[string]*RuleSum
	order          []string
	desks, tags    map[string]*Pair
	byPriority     map[string]*Pair
	earlier, later map[int]int // minutes: how many
}

// NewSum begins a sum over two sets of rules, by their names in order.
func NewSum(was, will []string) *Sum {
	s := &Sum{rules: map[string]*RuleSum{}, desks: map[string]*Pair{}, tags: map[string]*Pair{}, byPriority: map[string]*Pair{}, earlier: map[int]int{}, later: map[int]int{}}
	for i, names := range [][]string{will, was} {
		for _, n := range names {
			r := s.rules[n]
			if r == nil {
				r = &RuleSum{Rule: n}
				s.rules[n] = r
				s.order = append(s.order, n)
			}
			r.InNew, r.InOld = r.InNew || i == 0, r.InOld || i == 1
		}
	}
	return s
}

// Took counts a mail with which rules took effect under both sets.
func (s *Sum) Took(was, will []string) {
	s.r.Mails++
	for _, n := range was {
		if r := s.rules[n]; r != nil {
			r.Was++
		}
	}
	for _, n := range will {
		if r := s.rules[n]; r != nil {
			r.WouldBe++
		}
	}
}

// Clock counts a clock that a mail begins; zero when it does not.
func (s *Sum) Clock(was, will time.Time) {
	p := &s.r.Promises
	switch by := was.Sub(will); {
	case was.IsZero() && will.IsZero():
	case was.IsZero():
		p.New++
	case will.IsZero():
		p.Gone++
	case by > 0:
		p.Earlier++
		s.earlier[int(by/time.Minute)]++
	case by < 0:
		p.Later++
		s.later[int(-by/time.Minute)]++
	default:
		p.Same++
	}
}

// Add counts a ticket, whether it differs or not.
func (s *Sum) Add(was, will *Stand, differs bool) {
	s.r.Tickets++
	if differs {
		s.r.Differ++
	}
	for i, st := range []*Stand{was, will} {
		add := func(p *Pair, n bool) {
			switch {
			case !n:
			case i == 0:
				p.Was++
			default:
				p.WouldBe++
			}
		}
		add(&s.r.Pages, st.Page)
		add(&s.r.Holds, st.Hold)
		add(&s.r.Junked, st.Junk)
		add(&s.r.Forwarded, len(st.Forward) > 0)
		add(&s.r.Assigned, st.Assignee != "")
		add(pairOf(s.byPriority, st.Priority), true)
		add(pairOf(s.desks, st.Desk), true)
		for _, tag := range st.Tags {
			add(pairOf(s.tags, tag), true)
		}
	}
	switch a, b := slices.Index(priorities[:], was.Priority), slices.Index(priorities[:], will.Priority); {
	case a < 0 || b < 0:
	case b < a:
		s.r.MoreUrgent++
	case b > a:
		s.r.LessUrgent++
	}
}

func pairOf(m map[string]*Pair, name string) *Pair {
	if m[name] == nil {
		m[name] = &Pair{}
	}
	return m[name]
}

// Result returns what was added up. The Sum may go on.
func (s *Sum) Result() Result {
	r := s.r
	r.Sum, r.Partial, r.LeftOut, r.Notes = true, s.Partial, s.LeftOut, append([]string{}, s.Notes...)
	r.Priorities, r.Rules = []Named{}, []RuleSum{}
	for _, p := range priorities {
		r.Priorities = append(r.Priorities, Named{p, *pairOf(s.byPriority, p)})
	}
	r.Desks, r.Tags = differing(s.desks), differing(s.tags)
	for _, n := range s.order {
		r.Rules = append(r.Rules, *s.rules[n])
	}
	p := &r.Promises
	p.MedianEarlier, p.MostEarlier = middle(s.earlier)
	p.MedianLater, p.MostLater = middle(s.later)
	return r
}

// differing are those of which the numbers differ, by name.
func differing(m map[string]*Pair) []Named {
	out := []Named{}
	for n, p := range m {
		if p.Was != p.WouldBe {
			out = append(out, Named{n, *p})
		}
	}
	slices.SortFunc(out, func(a, b Named) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// middle is the value that half of the counted ones do not exceed, and the largest.
func middle(counts map[int]int) (median, most int) {
	values, n := make([]int, 0, len(counts)), 0
	for v, c := range counts {
		values, n = append(values, v), n+c
	}
	if n == 0 {
		return 0, 0
	}
	slices.Sort(values)
	seen := 0
	for _, v := range values {
		if seen += counts[v]; 2*seen >= n {
			return v, values[len(values)-1]
		}
	}
	return 0, 0
}
