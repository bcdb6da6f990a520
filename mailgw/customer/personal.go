package customer

import (
	"slices"
	"strings"
)

// maxNameWords is how many words of a person's name stand alone in a line,
// maxNameLine how many bytes.
const (
	maxNameWords = 4
	maxNameLine  = 60
)

// isNameOf tells whether a line is the name in display, or a part of it; titles may
// stand before it.
func isNameOf(line, display string) bool {
	if len(line) > maxNameLine || display == "" {
		return false
	}
	words := strings.Fields(line)
	if len(words) == 0 || len(words) > maxNameWords {
		return false
	}
	name, found := strings.Fields(display), false
	for _, word := range words {
		switch {
		case slices.ContainsFunc(name, func(n string) bool { return strings.EqualFold(trimName(n), trimName(word)) }):
			found = true
		case !strings.Contains(word, ".") || len(word) > maxTitle: // "Ing.", "Dott.ssa"
			return false
		}
	}
	return found
}

// maxTitle is the length in bytes of the longest title before a name.
const maxTitle = 10

func trimName(word string) string { return strings.Trim(word, ".,;()\"'") }

// isAuthor tells whether word i is a word of the author's display name.
func (f *finder) isAuthor(i int) bool {
	if f.display == "" {
		return false
	}
	w := words{plain: f.w.plain}
	w.fold(compose(clip(f.display, maxDisplay)))
	for k := range w.list {
		if string(w.phrase(k, k+1)) == string(f.w.phrase(i, i+1)) {
			return true
		}
	}
	return false
}

// maxDisplay bounds in bytes what is read of a display name for each name found.
const maxDisplay = 200

// personal tells whether the name of one word at i is rather the author's own: it
// stands in the display name, behind an initial ("M. Weber"), or where people write
// their name, alone below the words that end a mail. What belongs to it begins at from.
func (f *finder) personal(i, from int) bool {
	w := &f.w
	if f.isAuthor(i) {
		return true
	}
	if f.manner != lines || f.display == "" {
		return false
	}
	if from > 0 && from == i {
		first := w.list[i-1]
		if first.upper && first.end-first.start == 1 && w.list[i].before <= softGap && (i == 1 || first.before >= softGap) {
			return true
		}
	}
	return from == i && f.signs(i)
}

// signs tells whether nothing stands before word i but words that end a mail.
func (f *finder) signs(i int) bool {
	w := &f.w
	for k := 1; k < i; k++ {
		if w.list[k].before >= softGap {
			return false
		}
	}
	for n := min(vocab.longest, i); n > 0; n-- {
		if vocab.signOff[string(w.phrase(0, n))] {
			return true
		}
	}
	return i == 0
}

// custom tells whether the word at j says that the name before it is that of a company
// which somebody deals with ("we are Globex customers").
func (f *finder) custom(j int) bool {
	w := &f.w
	if j >= len(w.list) || w.list[j].before != spaceGap || !vocab.outsider[string(w.phrase(j, j+1))] {
		return false
	}
	return j+1 == len(w.list) || w.list[j+1].before != spaceGap || !vocab.department[string(w.phrase(j+1, j+2))]
}

// prepositions returns where the words begin that lead to the name at i ("of", "von der").
func (w *words) prepositions(i int) int {
	for n := 0; n < 2 && i > 0 && w.list[i].before <= spaceGap && vocab.of[string(w.phrase(i-1, i))]; n++ {
		i--
	}
	return i
}

// sisters adds the customers whose names go on where the name ends that somebody
// left a word out of: "Acme" may be Acme Group and Acme Services.
func (f *finder) sisters(name string) {
	list, _ := f.d.alike(name, maxSisters)
	for _, l := range list {
		for _, have := range foldedNames(l.Name) {
			if strings.HasPrefix(have, name+" ") {
				f.named = appendOnce(f.named, l.slot)
			}
		}
	}
}

// maxSisters is how many like names are looked at.
const maxSisters = 8
