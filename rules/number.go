package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Range says what a number must be. In TOML it is a table like { at_least = 2 }; of
// several keys all must hold. A size may have a unit: { at_least = "10MB" }.
type Range struct {
	// AtLeast is the lowest number that holds, from 0. Nil is not asked.
	AtLeast *int64 `toml:"at_least"`
	// AtMost is the highest number that holds, from 0. Nil is not asked.
	AtMost *int64 `toml:"at_most"`

	// wrong keeps what the TOML had in a form that is none of ours, until
	// [Compile] can say in which rule it stands.
	wrong []wrongShape
	units bool // one was written as a size
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
	if text, isText := data.(string); isText {
		if n, ok := bytesOf(text); ok && n <= maxNumber {
			r.units = true
			return &n
		}
	}
	n, ok := data.(int64)
	if !ok || n < 0 || n > maxNumber {
		r.refuse(key, "%s is no number here; write a whole number from 0 on, without quotes, like %s = 2, or for a size one like %s = \"10MB\"", kind(data), key, key)
		return nil
	}
	return &n
}

func (r *Range) refuse(key, format string, args ...any) {
	r.wrong = append(r.wrong, wrongShape{key: key, text: fmt.Sprintf(format, args...)})
}

// bytesOf reads a size with its unit.
func bytesOf(text string) (int64, bool) {
	text = strings.ToLower(strings.ReplaceAll(text, " ", ""))
	digits := strings.TrimRight(text, "bkmgi")
	factor, ok := map[string]int64{"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}[text[len(digits):]]
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(n >= 0 && n <= maxNumber) {
		return 0, false
	}
	return int64(n * float64(factor)), true
}

// count is one number of the facts.
type count uint8

const (
	countSize count = iota
	countAffected
	countBroken
	countReopened
	countContacts
	countCount

	countFileSize = countCount // asked of each file
)

// name is the count's key in TOML.
func (n count) name() string {
	return [countCount + 1]string{"size", "affected", "broken_promises", "reopened", "contacts", "attachment size"}[n]
}

// of takes the count from the facts.
func (n count) of(f *Facts) int64 {
	return [countCount]int64{f.Size, f.Affected, int64(f.BrokenPromises), int64(f.Reopened), int64(f.Contacts)}[n]
}

// asked takes the count's range from a condition.
func (n count) asked(c *Condition) *Range {
	return [countCount]*Range{c.Size, c.Affected, c.BrokenPromises, c.Reopened, c.Contacts}[n]
}

// isSize says that units may be written.
func (n count) isSize() bool { return n == countSize || n == countFileSize }

// bounds are a compiled range.
type bounds struct {
	count   count
	low     int64
	high    int64 // -1: none
	written string
}

func (b *bounds) holds(f *Facts) bool {
	n := b.count.of(f)
	return b.within(n) && !(b.count == countAffected && n == 0)
}

func (b *bounds) within(n int64) bool { return n >= b.low && (b.high < 0 || n <= b.high) }

// why says what was asked of the number, the answer, and the number.
func (b *bounds) why(f *Facts) string {
	n := b.count.of(f)
	is := fmt.Sprintf("it is %d", n)
	switch {
	case b.count == countAffected && n == 0:
		is = "they have not said"
	case b.count == countAffected && n >= Everybody:
		is = "it is everybody"
	}
	return fmt.Sprintf("%s %s: %t, %s", b.count.name(), b.written, b.holds(f), is)
}

// number compiles a range.
func (c *compiler) number(path string, n count, r *Range) node {
	c.refused(path, r.wrong)
	if r.units && !n.isSize() {
		c.problem(path, "a size is no count; write a whole number, like at_least = 2")
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
		c.problem(path, "at_least is more than at_most (%d, %d), so it never holds; write { at_least = %d, at_most = %d }", b.low, b.high, b.high, b.low)
	case r.AtLeast != nil && b.low == 0 && r.AtMost == nil && len(r.wrong) == 0:
		c.problem(path+".at_least", "every count is at least 0, so it always holds; write at_least = 1, or leave it out")
	}
	c.set.counts = c.set.counts || n == countBroken || n == countReopened || n == countContacts
	c.set.impact = c.set.impact || n == countAffected
	return node{op: opNumber, number: b}
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}
