package customer

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Likeness is a customer whose name is like another one.
type Likeness struct {
	ID       uint64 // the customer's; 0 of one that only the configuration has
	Customer string // its name
	Name     string // the name or alias that is alike
	Reason   string // how, in one phrase
	rank     int    // the smaller, the more alike
	slot     int
}

// The bounds of the work for one suggestion, however many customers there are.
const (
	maxAlong  = 64  // names looked at under one key
	maxLooked = 400 // names looked at in all
	maxWords  = 8   // words of a name that are keys
)

// Similar suggests customers whose names are like a name, the most alike first, at
// most limit: one letter is another, words are in another order, one is missing, or
// one name is the other's initials. It suggests only: nobody is identified by it.
func (d *Directory) Similar(name string, limit int) []Likeness {
	if d == nil {
		return nil
	}
	w, from, to := core(name, false)
	if from == to {
		return nil
	}
	list, _ := d.alike(string(w.phrase(from, to)), limit)
	return list
}

// alike is Similar of a folded name; looked is how many names were compared.
func (d *Directory) alike(folded string, limit int) (list []Likeness, looked int) {
	for _, key := range searchKeys(folded) {
		along := 0
		for l := d.near.heads[key]; l != 0 && along < maxAlong && looked < maxLooked; along++ {
			link := d.near.links[l]
			l = link.next
			looked++
			rank, reason := likeness(folded, d.near.names[link.name])
			if reason == "" {
				continue
			}
			c := d.slots[link.slot]
			found := Likeness{ID: c.ID, Customer: c.Name, Name: nameOf(c, d.near.names[link.name]), Reason: reason, rank: rank, slot: int(link.slot)}
			at := slices.IndexFunc(list, func(l Likeness) bool { return l.slot == found.slot })
			switch {
			case at < 0:
				list = append(list, found)
			case rank < list[at].rank:
				list[at] = found
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Likeness) int {
		return cmp.Or(a.rank-b.rank, strings.Compare(a.Customer, b.Customer))
	})
	return list[:min(len(list), max(limit, 0))], looked
}

// nameOf is which of a customer's names has a folded form.
func nameOf(c *Customer, folded string) string {
	for _, n := range c.Aliases {
		if slices.Contains(foldedNames(n), folded) {
			return n
		}
	}
	return c.Name
}

// likeness says how two folded names are alike; "" when they are not.
func likeness(a, b string) (rank int, reason string) {
	if a == b {
		return 0, "the same but for the legal form"
	}
	if min(len(a), len(b)) >= 4 && oneEdit(a, b) {
		return 1, "one letter is another"
	}
	n, m := strings.Count(a, " "), strings.Count(b, " ")
	if n-m > 1 && m > 0 || m-n > 1 && n > 0 || n == m && len(a) != len(b) {
		return 0, "" // the words need not be looked at
	}
	x, y := strings.Fields(a), strings.Fields(b)
	switch n - m {
	case 0:
		slices.Sort(x)
		slices.Sort(y)
		if slices.Equal(x, y) {
			return 2, "the same words in another order"
		}
	case 1:
		if missesOne(x, y) {
			return 3, "a word more"
		}
	case -1:
		if missesOne(y, x) {
			return 3, "a word less"
		}
	}
	if len(y) >= 3 && initials(y) == a || len(x) >= 3 && initials(x) == b {
		return 4, "its initials"
	}
	return 0, ""
}

// missesOne tells whether short is long without one word.
func missesOne(long, short []string) bool {
	rest := slices.Clone(long)
	size := 0
	for _, s := range short {
		i := slices.Index(rest, s)
		if i < 0 {
			return false
		}
		size += len(s)
		rest = slices.Delete(rest, i, i+1)
	}
	return size >= 4
}

// initials are the first letters of words.
func initials(words []string) string {
	var b strings.Builder
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		b.WriteRune(r)
	}
	return b.String()
}

// oneEdit tells whether one letter too many, too few, or another, or two that
// changed places, are all that tells a from b.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	if len(x) < len(y) {
		return slices.Equal(x[i:], y[i+1:])
	}
	if i == len(x) || slices.Equal(x[i+1:], y[i+1:]) {
		return true
	}
	return i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && slices.Equal(x[i+2:], y[i+2:])
}
