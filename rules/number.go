package rules

import (
	"fmt"
	"slices"
)

// Range says what a number must be. In TOML it is a table like { at_least = 2 }; of
// several keys all must hold.
type Range struct {
	// AtLeast is the lowest number that holds, from 0. Nil is not asked.
	AtLeast *int64 `toml:"at_least"`
	// AtMost is the highest number that holds, from 0. Nil is not asked.
	AtMost *int64 `toml:"at_most"`

	// wrong keeps what the TOML had in a form that is none of ours, until
	// [Compile] can say in which rule it stands.
	wrong []wrongShape
}

// maxNumber is the highest number that can be asked for.
const maxNumber = 1_000_000_000

// UnmarshalTOML reads a table with at_least and at_most. Like that of [Match] it never
// returns an error.
func (r *Range) UnmarshalTOML(data any) error {
	*r = Range{}
	table, ok := data.(map[string]any)
	if !ok {
		text := "%s is no range; write { at_least = 2 }, { at_most = 5 } or both"
		if n, isNumber := data.(int64); isNumber && n >= 0 {
			text = fmt.Sprintf("%%s does not say whether more or less is meant; write { at_least = %d }, { at_most = %d } or both", n, n)
		}
		r.refuse("", text, kind(data))
		return nil
	}
	keys := make([]string, 0, len(table))
	for key := range table {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		switch key {
		case "at_least":
			r.AtLeast = r.number(key, table[key])
		case "at_most":
			r.AtMost = r.number(key, table[key])
		default:
			if near := nearest(key, "at_least", "at_most"); near != "" {
				r.refuse(key, "there is no %q here; write %s", key, near)
				continue
			}
			r.refuse(key, "there is no %q here; write at_least or at_most", key)
		}
	}
	return nil
}

func (r *Range) number(key string, data any) *int64 {
	n, ok := data.(int64)
	if !ok || n < 0 || n > maxNumber {
		r.refuse(key, "%s is no count; write a whole number from 0 on, without quotes, like %s = 2", kind(data), key)
		return nil
	}
	return &n
}

func (r *Range) refuse(key, format string, args ...any) {
	r.wrong = append(r.wrong, wrongShape{key: key, text: fmt.Sprintf(format, args...)})
}

// count is one number of the facts.
type count uint8

const (
	countBroken count = iota
	countReopened
	countContacts
	countCount
)

// name is the count's key in TOML.
func (n count) name() string {
	return [countCount]string{"broken_promises", "reopened", "contacts"}[n]
}

// of takes the count from the facts.
func (n count) of(f *Facts) int64 {
	return int64([countCount]int{f.BrokenPromises, f.Reopened, f.Contacts}[n])
}

// asked takes the count's range from a condition.
func (n count) asked(c *Condition) *Range {
	return [countCount]*Range{c.BrokenPromises, c.Reopened, c.Contacts}[n]
}

// bounds are a compiled range.
type bounds struct {
	count   count
	low     int64
	high    int64 // -1: none
	written string
}

func (b *bounds) holds(f *Facts) bool {
	n := b.count.of(f)
	return n >= b.low && (b.high < 0 || n <= b.high)
}

// why says what was asked of the number, the answer, and the number.
func (b *bounds) why(f *Facts) string {
	return fmt.Sprintf("%s %s: %t, it is %d", b.count.name(), b.written, b.holds(f), b.count.of(f))
}

// number compiles a range.
func (c *compiler) number(path string, n count, r *Range) node {
	for _, wrong := range r.wrong {
		at := path
		if wrong.key != "" {
			at += "." + wrong.key
		}
		c.problem(at, "%s", wrong.text)
	}
	b := &bounds{count: n, high: -1}
	if len(r.wrong) == 0 && r.AtLeast == nil && r.AtMost == nil {
		c.problem(path, "the range asks nothing; write { at_least = 2 }, { at_most = 5 } or both")
	}
	if r.AtLeast != nil {
		b.low, b.written = *r.AtLeast, fmt.Sprintf("at_least %d", *r.AtLeast)
	}
	if r.AtMost != nil {
		b.high, b.written = *r.AtMost, joined(b.written, fmt.Sprintf("at_most %d", *r.AtMost))
	}
	switch {
	case r.AtLeast != nil && r.AtMost != nil && b.low > b.high:
		c.problem(path, "at_least is more than at_most (%d, %d), so it never holds; exchange the two", b.low, b.high)
	case r.AtLeast != nil && b.low == 0 && r.AtMost == nil && len(r.wrong) == 0:
		c.problem(path+".at_least", "every count is at least 0, so it always holds; write at_least = 1, or leave it out")
	}
	c.set.counts = true
	return node{op: opNumber, number: b}
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// AsksCounts says whether a rule looks at a number: what those are the store must be
// asked for.
func (s *Set) AsksCounts() bool { return s != nil && s.counts }
