package heard

import "time"

// clock is an hour of the day as it was written.
type clock struct {
	hour, minute int
	half         bool // it can be of the morning and of the afternoon
	colon        bool // written with minutes
	written      bool // as a clock, in a language that counts to 24
	bad          string
}

// length is a length of time.
type length struct {
	unit, count int
}

// span is a time as it was said: its parts, before they are made an instant.
type span struct {
	from, to int   // items
	prep     class // the prepositions that stand before it and within it
	lead     class // those before its first part
	bare     bool  // the first part stands without any

	hasDay     bool
	day        int // from today
	weekday    int // Monday is 1; 0: none
	nextDay    bool
	date       time.Time // midnight UTC; zero: none
	noYear     bool
	monthDay   int // "the 27th"
	part       int
	clock      *clock
	length     *length
	weekEnd    int // 1 + weeks
	monthEnd   int // 1 + months
	workday    bool
	zone       int
	bad        string // why it is not sure
	fuzzy      bool
	last       bool // "last Friday"
	ranged     bool
	components int
}

// reader finds times in the items of a sentence.
type reader struct {
	lex   *lexicon
	items []item
	typed bool // the whole text is meant to be a time
}

func (r *reader) at(i int) *item {
	if i < 0 || i >= len(r.items) {
		return &item{token: token{kind: mark}}
	}
	return &r.items[i]
}

// maxLead is how many prepositions and articles may stand between two parts of a time.
const maxLead = 5

// spans finds the times in the items.
func (r *reader) spans(out []span) []span {
	for i := 0; i < len(r.items); {
		if s, ok := r.span(i); ok {
			out = append(out, s)
			i = s.to
			continue
		}
		i++
	}
	return out
}

// span reads the time that begins at i, its prepositions with it.
func (r *reader) span(i int) (span, bool) {
	s := span{from: i, to: i}
	j := i
	for {
		lead, k := r.lead(j, s.components > 0)
		n := r.component(k, lead, &s)
		if n == 0 && k > j+1 { // what was taken for a preposition can be a part: "on", "in the morning"
			lead, k = 0, j
			n = r.component(k, lead, &s)
		}
		if n == 0 {
			break
		}
		if s.components == 0 {
			s.lead = lead
			s.bare = lead&prepositions == 0
		}
		s.prep |= lead
		s.components++
		j = k + n
		s.to = j
	}
	if s.components == 0 {
		return s, false
	}
	for r.at(s.to).is(latestWord) || r.at(s.to).isMark(",(") && r.at(s.to+1).is(latestWord) { // ", at the latest"
		if !r.at(s.to).is(latestWord) {
			s.to++
		}
		s.prep |= latestWord
		s.to++
	}
	return s, true
}

// lead reads prepositions and what else may stand before a part of a time.
func (r *reader) lead(i int, within bool) (class, int) {
	var lead class
	for n := 0; n < maxLead; n++ {
		it := r.at(i)
		switch {
		case it.is(prepositions):
			lead |= it.mask & prepositions
		case it.is(glueWord) && (within || lead != 0):
		case it.is(articleOne|thisWord) && lead == 0 && !within:
			return lead, i
		case within && it.isMark(",()"):
		default:
			return lead, i
		}
		i++
	}
	return lead, i
}

// component reads one part of a time at i and returns how many items it has.
func (r *reader) component(i int, lead class, s *span) int {
	it := r.at(i)
	if it.mask == 0 && it.kind != number {
		return 0
	}
	for _, read := range []func(int, class, *span) int{r.duration, r.datePart, r.clockPart, r.dayPart} {
		if n := read(i, lead, s); n > 0 {
			return n
		}
	}
	return 0
}

// dayPart reads a word for a day, for a part of one, or for more than one.
func (r *reader) dayPart(i int, lead class, s *span) int {
	it := r.at(i)
	n := 0
	for it.is(nextWord|thisWord|lastWord) && !it.is(timeWords) {
		if n++; n > 2 || !r.at(i+n).is(weekdayWord|weekdayShort|partWord|monthWord|nextWord) {
			return 0
		}
		s.nextDay = s.nextDay || it.is(nextWord)
		s.last = s.last || it.is(lastWord)
		it = r.at(i + n)
	}
	switch {
	case it.is(fuzzyWord):
		s.fuzzy = true
	case it.is(dayWord) && it.last > it.first && it.value(dayWord) == 0 && s.anyDay(): // "vendredi dans la journée"
	case it.is(dayWord) && !(it.is(partWord) && s.anyDay()):
		s.setDay(it.value(dayWord))
		if it.is(partWord) && it.value(partWord) != morning {
			s.setPart(it.value(partWord))
		}
	case it.is(weekdayWord):
		v := it.value(weekdayWord)
		s.setWeekday(v & 0xff)
		if v>>8 != noPart {
			s.setPart(v >> 8)
		}
	case it.is(weekdayShort) && r.shortDay(i+n, lead, s):
		s.setWeekday(it.value(weekdayShort))
		if r.at(i + n + 1).isMark(".") {
			n++
		}
	case it.is(partWord):
		s.setPart(it.value(partWord))
	case it.is(weekEnd):
		s.weekEnd = 1 + it.value(weekEnd)
	case it.is(monthEnd):
		s.monthEnd = 1 + it.value(monthEnd)
	case it.is(nextWorkday):
		s.workday = true
	case it.is(zoneWord) && s.clock != nil:
		s.zone = it.value(zoneWord)
	default:
		return 0
	}
	if r.at(i+n+1).is(nextWord|lastWord) && it.is(weekdayWord) && r.lex.tag != "en" { // vendredi prochain
		s.nextDay, s.last = s.nextDay || r.at(i+n+1).is(nextWord), s.last || r.at(i+n+1).is(lastWord)
		n++
	}
	return n + 1
}

// shortDay tells "Fr." of a date from a word that is only written like it.
func (r *reader) shortDay(i int, lead class, s *span) bool {
	if r.typed {
		return true
	}
	after := r.at(i + 1)
	if after.isMark(".") {
		after = r.at(i + 2)
	}
	strong := lead&(byWord|onWord|beforeWord) != 0
	return after.kind == number && !after.is(0) || after.is(partWord) || (strong || s.anyDay()) && (r.lex.tag != "de" || r.at(i).capital)
}

func (s *span) anyDay() bool {
	return s.hasDay || s.weekday != 0 || !s.date.IsZero() || s.monthDay != 0 || s.weekEnd != 0
}

func (s *span) twice(again bool, what string) {
	if again && s.bad == "" {
		s.bad = "it names two " + what
	}
}

func (s *span) setDay(days int) {
	s.twice(s.hasDay && s.day != days, "days")
	s.hasDay, s.day = true, days
}

func (s *span) setWeekday(d int) {
	s.twice(s.weekday != 0 && s.weekday != d, "weekdays")
	s.weekday = d
}

func (s *span) setPart(p int) {
	s.twice(s.part != noPart && s.part != p, "parts of the day")
	s.part = p
}

func (s *span) setClock(c clock) {
	s.twice(s.clock != nil && !s.ranged, "hours")
	s.clock = &c
}
