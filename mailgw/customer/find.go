package customer

import (
	"math/bits"
	"slices"
	"strings"
)

// manner is how a text is read.
type manner int

const (
	lines   manner = iota // a display name, a signature: who stands there, signs
	running               // sentences: a name may be anybody's
	subject               // a subject
	passed                // what somebody else wrote: whoever is named is a candidate
)

// finder looks for names in one text.
type finder struct {
	d          *Directory
	manner     manner
	display    string // the author's display name, unless it is the text
	w          words
	named      []int  // customers that the author says to be of
	resembling []int  // customers whose name is part of a longer one, or only mentioned
	words      string // the first name found, as folded
}

// search reads a text. Work grows with its length alone: at each word only the
// lengths of names that begin with this word are looked up.
func (f *finder) search(text string) {
	text = compose(text)
	f.scan(text)
	if f.w.doubled && len(f.named) == 0 {
		f.w.plain = true
		f.scan(text)
		f.w.plain = false
	}
}

func (f *finder) scan(text string) {
	f.w.reset(len(text))
	f.w.fold(text)
	for i := 0; i < len(f.w.list); {
		i += max(1, f.at(i))
	}
}

// reset forgets a text, and makes room for one of n bytes.
func (w *words) reset(n int) {
	*w = words{text: w.text[:0], list: w.list[:0], plain: w.plain}
	w.text = slices.Grow(w.text, n+n/8)
	w.list = slices.Grow(w.list, n/5+4)
}

// at looks for the longest name that begins with word i, and returns its words.
func (f *finder) at(i int) int {
	entries, n := f.longest(i)
	if n > 0 {
		f.found(entries, i, i+n)
	}
	return n
}

// longest is the longest name that begins with word i, and of how many words it is; 0
// when none does.
func (f *finder) longest(i int) ([]named, int) {
	x := f.w.list[i]
	first := f.w.text[x.start:x.end]
	if x.before == glueGap {
		return nil, 0
	}
	var lengths uint64
	if f.d.starts[first[0]]&startBit(len(first)) != 0 {
		lengths = f.d.lengths[string(first)]
	}
	if x.stem > 0 {
		lengths |= f.d.lengths[string(first[:x.stem])] & (1 << 1)
	}
	if lengths == 0 {
		return nil, 0
	}
	for n := f.w.reach(i, bits.Len64(lengths)-1); n > 0; n-- {
		if lengths&(1<<n) == 0 {
			continue
		}
		entries := f.d.phrases[string(f.w.phrase(i, i+n))]
		if stem := f.w.list[i+n-1].stem; len(entries) == 0 && stem > 0 {
			entries = f.d.phrases[string(f.w.text[x.start:f.w.list[i+n-1].start+stem])]
		}
		if len(entries) > 0 {
			return entries, n
		}
	}
	return nil, 0
}

// startBit is the bit of Directory.starts for a first word of n bytes.
func startBit(n int) uint64 { return 1 << min(n, 63) }

// reach returns how many words from i on, at most limit, can be one name.
func (w *words) reach(i, limit int) int {
	n := 1
	for i+n < len(w.list) && n < limit && !w.list[i+n].before.ends() {
		n++
	}
	return n
}

// found judges a name that stands at [i, j).
func (f *finder) found(entries []named, i, j int) {
	form := 0
	if j < len(f.w.list) {
		form = f.w.formAt(j)
	}
	full := f.w.phrase(i, j+form)
	end := f.tail(j+form, form > 0)
	from := f.lead(i, j, j+form)
	switch {
	case f.theirs(i, from):
		return
	case f.manner == passed, f.custom(end), form == 0 && j-i == 1 && f.personal(i, from):
		f.resembles(entries)
		return
	case f.continues(i, from, end, form > 0):
		f.resembles(entries)
		return
	case form == 0 && isWord(f.w.phrase(i, j)) && !f.alone(from, end) && !f.ours(i, from, end):
		return
	case f.manner != lines && !f.ours(i, from, end) && !f.topic(i, j, end) && !f.labelled(from):
		f.resembles(entries)
		return
	case f.manner == lines && form == 0 && j-i == 1 && end < len(f.w.list) && f.w.list[end].before == labelGap && f.w.list[i].line:
		f.resembles(entries) // "Post: Main Street 1"
		return
	}
	entries = f.choose(entries, string(full), form > 0, form > 0 || f.alone(from, end) || f.ours(i, from, end))
	for _, e := range entries {
		f.named = appendOnce(f.named, e.customer)
		if e.weak && form == 0 {
			f.sisters(string(full))
		}
	}
	if f.words == "" && len(entries) > 0 {
		f.words = string(full)
	}
}

func (f *finder) resembles(entries []named) {
	for _, e := range entries {
		f.resembling = appendOnce(f.resembling, e.customer)
	}
}

// choose takes those of the entries that a name with this full form can be. With its
// legal form a name may tell sisters apart; weak ones must stand alone.
func (f *finder) choose(entries []named, full string, form, alone bool) []named {
	var exact, strong []named
	for _, e := range entries {
		if form && e.full == full {
			exact = append(exact, e)
		}
		if !e.weak {
			strong = append(strong, e)
		}
	}
	switch {
	case len(exact) > 0:
		return exact
	case alone || len(strong) == len(entries):
		return entries
	case len(strong) == 0:
		f.resembles(entries)
	}
	return strong
}

// tail returns where what belongs to a name's house ends behind it: "Acme Group
// Ltd", "Acme Support".
func (f *finder) tail(j int, form bool) int {
	if form {
		return j
	}
	for n := 2; n > 0; n-- {
		if j+n <= len(f.w.list) && f.w.list[j].before == spaceGap && vocab.groupBehind[string(f.w.phrase(j, j+n))] {
			return j + n + f.formAfter(j+n)
		}
	}
	if f.manner != lines || j >= len(f.w.list) || f.w.list[j].before != spaceGap || !vocab.department[string(f.w.phrase(j, j+1))] {
		return j
	}
	end := j + 1
	for end < len(f.w.list) && f.w.list[end].before == spaceGap && vocab.department[string(f.w.phrase(end, end+1))] {
		end++
	}
	if f.formAfter(end) > 0 {
		return j // "Acme Service GmbH" is another company
	}
	return end
}

func (f *finder) formAfter(j int) int {
	if j < len(f.w.list) {
		return f.w.formAt(j)
	}
	return 0
}

// lead returns where what belongs to a name begins before it: an article, a legal
// form, "Groupe". Behind the name stands the legal form [j, end).
func (f *finder) lead(i, j, end int) int {
	form := ""
	if j < end {
		form = string(f.w.phrase(j, end))
	}
again:
	for n := min(forms.longest, i); n > 0; n-- {
		if f.w.list[i].before > spaceGap || !f.w.oneLine(i-n, i) {
			continue
		}
		phrase := f.w.phrase(i-n, i)
		companion, alone := forms.alone[string(phrase)]
		if vocab.article[string(phrase)] || vocab.groupBefore[string(phrase)] || forms.before[string(phrase)] || alone && (form == "" || form == companion) {
			i -= n
			goto again
		}
	}
	return i
}

// oneLine tells whether no hard gap stands within [i, j).
func (w *words) oneLine(i, j int) bool {
	for k := i + 1; k < j; k++ {
		if w.list[k].before.ends() {
			return false
		}
	}
	return true
}

// alone tells whether nothing but what ends a name stands beside [i, j).
func (f *finder) alone(i, j int) bool {
	w := &f.w
	left := i == 0 || w.list[i].before >= softGap || w.list[i].before <= spaceGap && vocab.before[string(w.phrase(i-1, i))] && f.manner == lines
	return left && (j == len(w.list) || w.list[j].before >= softGap && w.list[j].before != glueGap)
}

// ours tells whether the words beside a name say that it is the author's company. The
// name begins at i, what belongs to it at from.
func (f *finder) ours(i, from, j int) bool {
	w := &f.w
	for k := from; k <= i; k++ {
		if vocab.ours.endsAt(f, k) {
			return true
		}
		if p := w.prepositions(k); p < k && p > 0 && w.list[p].before == spaceGap && f.isAuthor(p-1) {
			return true // "Eva of Globex"
		}
	}
	if from > 0 && w.list[from].before == softGap && vocab.we[string(w.phrase(from-1, from))] && (j == len(w.list) || w.list[j].before == softGap) {
		return true // "we, the Paper Company, …"
	}
	apart := from == 0 || w.list[from].before >= softGap || w.list[from].before == noGap || vocab.before[string(w.phrase(from-1, from))]
	return apart && vocab.oursBehind.beginsAt(w, j)
}

// theirs tells whether the words before a name say that it is somebody else's.
func (f *finder) theirs(i, from int) bool {
	for k := from; k <= i; k++ {
		if vocab.notOurs.endsAt(f, k) {
			return true
		}
		if p := f.w.prepositions(k); p < k && p > 0 && f.w.list[p].before == spaceGap && vocab.outsider[string(f.w.phrase(p-1, p))] {
			return true // "a customer of Globex"
		}
	}
	return false
}

// isWord tells whether a name is likely to be an ordinary word or a number.
func isWord(name []byte) bool { return tooShort(name) || vocab.ordinary[string(name)] }

// topic tells whether a subject begins or ends with the name at [i, end), set apart,
// whose house ends at j.
func (f *finder) topic(i, end, j int) bool {
	if f.manner != subject || end == j && isWord(f.w.phrase(i, end)) {
		return false
	}
	w := &f.w
	if single := end == j && end-i == 1; single && (w.list[i].small || i == 0 && j == len(w.list)) {
		return false // a subject of one word, or a word among others
	}
	if j < len(w.list) {
		return i == 0 && w.list[j].before >= softGap && w.list[j].before != glueGap
	}
	return i == 0 || w.list[i].before == softGap || w.list[i].before == hardGap
}

// labelled tells whether a line begins with "Company:" before word i.
func (f *finder) labelled(i int) bool {
	w := &f.w
	if i == 0 || w.list[i].before != labelGap {
		return false
	}
	for n := 1; n <= 2 && n <= i; n++ {
		if w.list[i-n].line && vocab.label[string(w.phrase(i-n, i))] {
			return true
		}
	}
	return false
}

// tooShort tells whether a name is too short to stand for a company, or a number.
func tooShort(name []byte) bool {
	return len(name) <= 3 || strings.Trim(string(name), "0123456789 ") == ""
}
