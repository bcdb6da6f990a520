package customer

import "strings"

// entry is one form in which a name is looked for.
type entry struct {
	phrase string // folded words
	full   string // with the legal form
	weak   bool   // a word was left out that others have in their names: it must stand alone
}

// first is the first word of the phrase.
func (e entry) first() string {
	first, _, _ := strings.Cut(e.phrase, " ")
	return first
}

// words is how many words the phrase has.
func (e entry) words() int { return strings.Count(e.phrase, " ") + 1 }

// entriesOf returns the forms in which a name is looked for, each once: as it is
// without its legal form, with ä as ae and as a; and weak ones, without its article
// and without the word that says that there are more companies of the name.
func entriesOf(name string) []entry {
	var l entryList
	for _, plain := range []bool{false, true} {
		w, from, to := core(name, plain)
		if to-from < 1 || to-from > maxPhrase {
			continue
		}
		full := string(w.phrase(from, len(w.list)))
		l.add(string(w.phrase(from, to)), full, false)
		l.moved(&w, from, to, full)
		for k := from + 1; k+1 < to; k++ { // "Il Forno S.a.s. di Verdi & C."
			if forms.behind[string(w.phrase(k, k+1))] && string(w.phrase(k+1, k+2)) == "di" {
				l.add(string(w.phrase(from, k)), full, false)
			}
		}
		for _, a := range w.shorter(from, to) {
			l.add(string(w.phrase(a[0], a[1])), full, true)
		}
		if stem := w.list[to-1].stem; stem > 0 {
			l.add(string(w.text[w.list[from].start:w.list[to-1].start+stem]), full, true)
		}
	}
	return l
}

// entryList gathers entries.
type entryList []entry

func (l *entryList) add(phrase, full string, weak bool) {
	for _, have := range *l {
		if have.phrase == phrase && have.full == full {
			return
		}
	}
	*l = append(*l, entry{phrase, full, weak})
}

// moved adds a name with its legal form on the other side ("AS Vesi", "Vesi AS"),
// for forms that are words of names elsewhere ("AS Roma").
func (l *entryList) moved(w *words, from, to int, full string) {
	name := string(w.phrase(from, to))
	if to < len(w.list) {
		if form := string(w.phrase(to, len(w.list))); forms.moved[form] {
			l.add(form+" "+name, full, false)
		}
		return
	}
	if first := string(w.phrase(from, from+1)); to-from > 1 && forms.moved[first] {
		l.add(string(w.phrase(from+1, to))+" "+first, full, false)
	}
}

// shorter returns the ranges of [from, to) without an article, and without words
// for a group of companies.
func (w *words) shorter(from, to int) (out [][2]int) {
	starts, ends := []int{from}, []int{to}
	if to-from > 1 && vocab.article[string(w.phrase(from, from+1))] {
		starts = append(starts, from+1)
	}
	for n := 1; n <= 3 && n < to-from; n++ {
		if vocab.groupBefore[string(w.phrase(from, from+n))] {
			starts = append(starts, from+n)
		}
		if vocab.groupBehind[string(w.phrase(to-n, to))] {
			ends = append(ends, to-n)
		}
	}
	for _, a := range starts {
		for _, b := range ends {
			if a < b && (a > from || b < to) {
				out = append(out, [2]int{a, b})
			}
		}
	}
	return out
}
