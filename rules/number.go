package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Range says what a number must be. In TOML it is a table like { at_least = 2 }; of
// several keys all must hold. A size may have a unit, { at_least = "10MB" }, and of people
// there is { at_least = "everybody" }.
type Range struct {
	// AtLeast is the lowest number that holds, from 0; a size as a string with its unit
	// too, and of people "everybody". Nil is not asked.
	AtLeast *int64 `toml:"at_least"`
	// AtMost is the highest number that holds, from 0; a size as a string with its unit
	// too. Nil is not asked.
	AtMost *int64 `toml:"at_most"`

	// wrong keeps what the TOML had in a form that is none of ours, until
	// [Compile] can say in which rule it stands.
	wrong     []wrongShape
	units     bool // one was written as a size
	everybody bool // one was written as "everybody"
}

// maxNumber is the highest number that can be asked for.
const maxNumber = 1_000_000_000

// UnmarshalTOML reads a table with at_least and at_most. Like that of [Match] it never
// returns an error.
func (r *Range) UnmarshalTOML(data any) error {
	*r = Range{}
	table, ok := data.(map[string]any)
	if !ok {
		r.refuse("", "%s", notRange(data))
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
			r.refuse(key, "there is no %q here; write %s", key, meantBound(key))
		}
	}
	return nil
}

// notRange says what to write in place of a value that is no table.
func notRange(data any) string {
	like := ""
	switch data := data.(type) {
	case int64:
		if data >= 0 {
			like = strconv.FormatInt(data, 10)
		}
	case string:
		if _, ok := bytesOf(data); ok {
			like = strconv.Quote(data)
		}
	}
	if like == "" {
		return kind(data) + " is no range; write { at_least = 2 }, { at_most = 5 } or both"
	}
	return fmt.Sprintf("%s does not say whether more or less is meant; write { at_least = %s }, { at_most = %[2]s } or both", kind(data), like)
}

func (r *Range) number(key string, data any) *int64 {
	n, ok := data.(int64)
	if text, isText := data.(string); isText {
		if strings.EqualFold(strings.TrimSpace(text), "everybody") {
			n, r.everybody = Everybody, true
			return &n
		}
		if n, ok = bytesOf(text); ok {
			r.units = true
		}
	}
	switch {
	case !ok:
		r.wrong = append(r.wrong, wrongShape{key: key, text: kind(data), number: true})
	case n < 0:
		r.refuse(key, "%s is below 0, and no count is; write a whole number from 0 on", kind(data))
	case n > maxNumber:
		r.refuse(key, "%s is more than %d; write a smaller number", kind(data), int64(maxNumber))
	default:
		return &n
	}
	return nil
}

// meantBound is what is written here for a bound by another name.
func meantBound(key string) string {
	switch strings.ToLower(key) {
	case "min", "minimum", "from", "ge", "gte", "not_less_than":
		return "at_least"
	case "max", "maximum", "to", "le", "lte", "not_more_than", "up_to":
		return "at_most"
	case "gt", "above", "over", "more_than", "greater_than":
		return "at_least, with the next number"
	case "lt", "below", "under", "less_than":
		return "at_most, with the number before"
	case "is", "eq", "equals", "exactly":
		return "at_least and at_most, both with that number"
	}
	return "at_least or at_most"
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
	if err != nil || !(n >= 0) {
		return 0, false
	}
	return int64(min(n*float64(factor), 2*maxNumber)), true // beyond, it is too large whatever it is
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
	c.refused(path, n.wrong(r))
	switch {
	case r.units && !n.isSize():
		c.problem(path, "a size is no count; write a whole number, like at_least = 2")
	case r.everybody && n != countAffected:
		c.problem(path, "only people can be everybody; write a whole number, like at_least = 2")
	case len(r.wrong) == 0 && r.AtLeast == nil && r.AtMost == nil:
		c.problem(path, "the range asks nothing; write { at_least = 2 }, { at_most = 5 } or both")
	}
	b := &bounds{count: n, high: -1}
	if r.AtLeast != nil {
		b.low, b.written = *r.AtLeast, "at_least "+n.show(*r.AtLeast)
	}
	if r.AtMost != nil {
		b.high, b.written = *r.AtMost, joined(b.written, "at_most "+n.show(*r.AtMost))
	}
	c.senseless(path, n, b, r)
	c.set.counts = c.set.counts || n == countBroken || n == countReopened || n == countContacts
	c.set.impact = c.set.impact || n == countAffected
	return node{op: opNumber, number: b}
}

// senseless reports bounds that always or never hold.
func (c *compiler) senseless(path string, n count, b *bounds, r *Range) {
	atLeast, atMost := r.AtLeast != nil, r.AtMost != nil
	switch {
	case atLeast && atMost && b.low > b.high:
		c.problem(path, "at_least is more than at_most (%s, %s), so it never holds; write { at_least = %[2]s, at_most = %[1]s }", n.show(b.low), n.show(b.high))
	case n == countAffected && atMost && b.high == 0:
		c.problem(path+".at_most", "whoever says how many says at least 1, so it never holds; write at_most = 1")
	case n == countAffected && atLeast && b.low == 0 && len(r.wrong) == 0:
		c.problem(path+".at_least", "whoever says how many says at least 1; write at_least = 1 for all who have said it")
	case atLeast && b.low == 0 && !atMost && len(r.wrong) == 0:
		c.problem(path+".at_least", "every count is at least 0, so it always holds; write at_least = 1, or leave it out")
	case n == countAffected && atMost && b.high == Everybody && !atLeast && len(r.wrong) == 0:
		c.problem(path+".at_most", "no more than everybody can be affected; write at_least = 1 for all who have said it")
	}
}

// wrong is what could not be read of a range, in words for what it counts.
func (n count) wrong(r *Range) []wrongShape {
	out := slices.Clone(r.wrong)
	for i := range out {
		w := &out[i]
		switch {
		case !w.number:
		case n.isSize():
			w.text += fmt.Sprintf(` is no size; write how many bytes, or a string with its unit (kB, MB, KiB, MiB), like %s = "10MB"`, w.key)
		case n == countAffected:
			w.text += fmt.Sprintf(` is no number of people; write a whole number from 1 on, or "everybody", like %s = 2`, w.key)
		default:
			w.text += fmt.Sprintf(" is no count; write a whole number from 0 on, without quotes, like %s = 2", w.key)
		}
	}
	return out
}

// show is a bound as it is told.
func (n count) show(bound int64) string {
	if n == countAffected && bound == Everybody {
		return "everybody"
	}
	return strconv.FormatInt(bound, 10)
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}
