package customer

import "slices"

// Mention is a customer whom a text names, whoever it is about.
type Mention struct {
	ID   uint64 // the customer's; 0 of one that only the configuration has
	Name string // how the customer is called
	Said string // the words that name it, folded
	Form bool   // its legal form stands beside them
}

// leastMention is how many bytes a name has at least that is looked for: shorter ones
// stand in ordinary words.
const leastMention = 4

// Mentions are the customers that a text names by a name or an alias, each once
// for the words that do. Unlike
// [Directory.Identify] it does not ask whose company it is: it is for texts of which it
// matters that somebody is named. A name that is an ordinary word counts with its legal
// form only, one of a single word only where it is not written small. Work grows with
// the text alone.
func (d *Directory) Mentions(text string) (out []Mention) {
	if d == nil || len(d.phrases) == 0 {
		return nil
	}
	text = compose(clip(text, maxTextBytes))
	f := finder{d: d}
	for _, plain := range [...]bool{false, true} {
		f.w.plain = plain
		f.w.reset(len(text))
		f.w.fold(text)
		for i := 0; i < len(f.w.list); {
			entries, n := f.longest(i)
			if n == 0 {
				i++
				continue
			}
			if m := (Mention{Said: string(f.w.phrase(i, i+n)), Form: f.hasForm(i + n)}); m.Form || f.names(i, i+n, m.Said) {
				out = f.mention(out, entries, m)
			}
			i += n
		}
		if !f.w.doubled {
			break
		}
	}
	return out
}

// hasForm reports whether a legal form stands at word j, behind a name.
func (f *finder) hasForm(j int) bool {
	return f.formAfter(j) > 0 && f.w.list[j].before <= softGap
}

// names reports whether the words [i, j) stand for a company, and not for themselves.
func (f *finder) names(i, j int, said string) bool {
	if len(said) < leastMention || isWord([]byte(said)) {
		return false
	}
	return j-i > 1 || !f.w.list[i].small
}

// mention adds those of the entries that are not there yet. A weak form is a part of a
// name: it may be anybody's.
func (f *finder) mention(out []Mention, entries []named, m Mention) []Mention {
	for _, e := range entries {
		c := f.d.slots[e.customer]
		if e.weak || slices.ContainsFunc(out, func(x Mention) bool { return x.Name == c.Name && x.Said == m.Said }) {
			continue
		}
		m.ID, m.Name = c.ID, c.Name
		out = append(out, m)
	}
	return out
}
