package customer

import "strings"

// maxWild is how many words "*" stands for at most.
const maxWild = 4

// cue is a phrase in folded words; "*" stands for up to maxWild words; before a
// name, one of them with a capital, or a title.
type cue []string

// cues are phrases that stand beside a name, under the word that is next to it.
type cues map[string][]cue

// parts are the folded words of a phrase, with "*" as it is.
func parts(phrase string, plain bool) (out cue) {
	for field := range strings.FieldsSeq(phrase) {
		if field == "*" {
			out = append(out, field)
			continue
		}
		w := words{plain: plain}
		w.fold(compose(field))
		for k := range w.list {
			out = append(out, string(w.phrase(k, k+1)))
		}
	}
	return out
}

// add adds a phrase that stands before names.
func (c cues) add(phrase string, plain bool) {
	if p := parts(phrase, plain); len(p) > 0 {
		last := p[len(p)-1]
		c[last] = append(c[last], p)
	}
}

// addBehind adds a phrase that stands behind names.
func (c cues) addBehind(phrase string, plain bool) {
	if p := parts(phrase, plain); len(p) > 0 {
		c[p[0]] = append(c[p[0]], p)
	}
}

// alike compares words: a small "i" is "and", which a cue's "I" is not.
func alike(cue string, word []byte) bool {
	return cue == string(word) || cue == "i" && string(word) == "and" || cue == "and" && string(word) == "i"
}

// endsAt tells whether one of the phrases ends before word i, within one sentence:
// commas may stand between its words, line ends may not.
func (c cues) endsAt(f *finder, i int) bool {
	w := &f.w
	if i == 0 || w.list[i].before.ends() {
		return false
	}
	for _, p := range c[string(w.phrase(i-1, i))] {
		if f.matchBack(p, i-1) {
			return true
		}
	}
	return false
}

// matchBack tells whether a phrase ends with word i.
func (f *finder) matchBack(p cue, i int) bool {
	w := &f.w
	for k := len(p) - 1; k >= 0; k-- {
		if p[k] == "*" {
			titled := false
			for n := 1; n <= maxWild && i-n+1 >= 0; n++ {
				x := w.list[i-n+1]
				if vocab.outsider[string(w.phrase(i-n+1, i-n+2))] {
					return false
				}
				titled = titled || f.presents(i-n+1)
				if x.before.ends() {
					return false
				}
				if titled && i-n >= 0 && f.matchBack(p[:k], i-n) {
					return true
				}
			}
			return false
		}
		if i < 0 || !alike(p[k], w.phrase(i, i+1)) {
			return false
		}
		if k > 0 && w.list[i].before.ends() {
			return false
		}
		i--
	}
	return true
}

// beginsAt tells whether one of the phrases begins with word j, on the same line.
func (c cues) beginsAt(w *words, j int) bool {
	if j >= len(w.list) || w.list[j].before.ends() {
		return false
	}
	for _, p := range c[string(w.phrase(j, j+1))] {
		if w.match(p, j) {
			return true
		}
	}
	return false
}

// match tells whether a phrase begins with word j.
func (w *words) match(p cue, j int) bool {
	for k := range p {
		if p[k] == "*" {
			for n := 1; n <= maxWild; n++ {
				if w.match(p[k+1:], j+n) {
					return true
				}
			}
			return false
		}
		if j >= len(w.list) || k > 0 && w.list[j].before.ends() || !alike(p[k], w.phrase(j, j+1)) {
			return false
		}
		j++
	}
	return true
}

// presents tells whether word i is what people present themselves with: their name or a
// title. Any word with a capital may be a name where the author's is not known.
func (f *finder) presents(i int) bool {
	x, word := f.w.list[i], f.w.phrase(i, i+1)
	switch {
	case vocab.title[string(word)]:
		return true
	case x.upper:
		return f.display == "" || vocab.before[string(word)] || f.isAuthor(i)
	}
	return !x.small
}
