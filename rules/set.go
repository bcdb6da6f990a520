package rules

import (
	"regexp"
	"slices"
	"sync"
)

// Limits. They keep the time of one mail bounded whatever the rules are.
const (
	// MaxTextBytes is how much of a text is looked at: 1 MiB.
	MaxTextBytes = 1 << 20
	// MaxRegexpBytes is how much of a text a regexp sees: 64 KiB.
	MaxRegexpBytes = 64 << 10
	// MaxPatternRunes is how many characters a phrase, glob, regexp or text
	// in a match may have, folded and not.
	MaxPatternRunes = 1000
	// MaxDepth is how deep any, all and not may stand inside each other.
	MaxDepth = 32
	// maxRegexpSteps is how large a compiled regexp may be, in instructions.
	maxRegexpSteps = 1000
)

// Set is a compiled list of rules. It never changes, so any number of
// goroutines may use it at once. A nil Set has no rules. It must not be copied.
type Set struct {
	rules []compiled
	atoms []atom
	base  []truth // of each atom before its texts were read
	asked [fieldCount]bool
	folds [fieldCount]bool // some atom needs the folded text
	// The indexes of each field's atoms, nil where there are none: those of
	// contains, of globs and regexps, and of is by their text.
	phrases  [fieldCount]*phrases
	grams    [fieldCount]*grams
	whole    [fieldCount]map[string][]int32
	patterns []int32   // the atoms that are globs and regexps
	tags     []int32   // the atoms that look at tags, which change from rule to rule
	tagBytes int       // how long all tags are that rules can put there
	loose    []int32   // those of them that are patterns without literals
	nodes    int       // of the largest index
	counts   bool      // some rule asks for a number of the past, or for the first contact
	impact   bool      // some rule asks for affected or blocked
	scratch  sync.Pool // of *scratch
}

// compiled is one rule; cond is nil when it matches always.
type compiled struct {
	name string
	cond *node
	then Effects
	next *Effects // on a follow-up; nil: what then may do there
	stop bool
}

// form is one way to look at a text.
type form uint8

const (
	formContains form = iota
	formGlob
	formRegexp
	formIs
)

// name is the form's key in TOML.
func (f form) name() string { return [...]string{"contains", "glob", "regexp", "is"}[f] }

// atom is one question about one text. Equal ones of different rules are
// one atom and are answered once for a mail.
type atom struct {
	field  field
	form   form
	rule   int    // the first one that asks
	source string // as the admin wrote it there
	folded string
	glob   *glob
	re     *regexp.Regexp
	need   []string // of these one stands in the folded text where a pattern holds, nil when not known
	steps  int      // of a pattern, for each byte
}

// op says how a node combines what is below it.
type op uint8

const (
	opAtoms op = iota // one of the atoms holds
	opAny
	opAll
	opNot
	opNumber // the number is within its bounds
	opFlag   // the fact is as asked
	opDay    // the day of the week is one of those
	opTime   // the time of the day is in a span
	opFile   // one file has all that is below
)

// node is a compiled condition.
type node struct {
	op    op
	atoms []int32
	kids  []node

	number *bounds // of opNumber
	flag   flag    // of opFlag
	want   bool    // of opFlag
	clock  *clock  // of opDay and opTime
	sizes  *bounds // of opFile, nil when not asked
}

// AsksHeader says whether a rule looks at the header, or at what filters added to it:
// to have those texts ready costs more than most mails' rules.
func (s *Set) AsksHeader() bool {
	if s == nil {
		return false
	}
	for i := range s.atoms {
		if f := s.atoms[i].field; f == fieldHeader || f == fieldScanner {
			return true
		}
	}
	return false
}

// AsksCounts says whether a rule looks at what was before this mail: the counts of the
// customer, or whether it is the first contact. The store must be asked for those.
func (s *Set) AsksCounts() bool { return s != nil && s.counts }

// AsksImpact says whether a rule looks at how many people are affected, or at whether
// work is blocked: only then is there a reason to ask a customer.
func (s *Set) AsksImpact() bool { return s != nil && s.impact }

// finish builds the indexes over all atoms.
func (s *Set) finish() {
	for i := range s.rules {
		of := s.rules[i].then.Tags
		if next := s.rules[i].next; next != nil {
			of = slices.Concat(of, next.Tags)
		}
		for _, tag := range of {
			s.tagBytes += max(len(tag), len(foldString(tag))) + 1
		}
	}
	s.base = make([]truth, len(s.atoms))
	var wants [fieldCount][]wanted
	for i := range s.atoms {
		a, id := &s.atoms[i], int32(i)
		s.asked[a.field] = true
		s.folds[a.field] = s.folds[a.field] || a.form != formRegexp || a.need != nil
		s.base[i] = no
		switch {
		case a.form == formContains:
			if s.phrases[a.field] == nil {
				s.phrases[a.field] = newPhrases()
			}
			s.phrases[a.field].add(a.folded, id)
		case a.form == formIs:
			if s.whole[a.field] == nil {
				s.whole[a.field] = make(map[string][]int32)
			}
			s.whole[a.field][a.folded] = append(s.whole[a.field][a.folded], id)
		case a.need != nil:
			wants[a.field] = append(wants[a.field], wanted{id, a.need})
		default:
			s.base[i] = unknown
		}
		if a.pattern() {
			s.patterns = append(s.patterns, id)
		}
		if a.field == fieldTags {
			s.tags = append(s.tags, id)
			if s.base[i] == unknown {
				s.loose = append(s.loose, id)
			}
		}
	}
	for f := range fieldCount {
		if p := s.phrases[f]; p != nil {
			p.finish()
			s.nodes = max(s.nodes, len(p.out))
		}
		if g := newGrams(wants[f]); g != nil {
			s.grams[f] = g
			s.nodes = max(s.nodes, len(g.atoms))
		}
	}
}
