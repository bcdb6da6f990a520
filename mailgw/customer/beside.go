package customer

// continues tells whether the name at [i, j) is only a part of a longer one: what
// is joined to it, a capital behind it ("Delta Air"), another name's word before it
// ("SE Labs"). What stands in [from, i) belongs to it.
func (f *finder) continues(i, from, j int, form bool) bool {
	return f.continuesLeft(i, from) || f.continuesRight(i, j, form)
}

// continuesLeft looks before the name.
func (f *finder) continuesLeft(i, from int) bool {
	w := &f.w
	if w.list[i].before == joinGap {
		return true
	}
	if from == 0 || from < i && w.list[from].before > spaceGap {
		return false
	}
	i = from
	prev := w.list[i-1]
	word := w.phrase(i-1, i)
	switch w.list[i].before {
	case joinGap:
		return true
	case noGap:
		return f.joinedScript(i, i-1)
	case spaceGap:
		if vocab.before[string(word)] {
			return i > 1 && w.list[i-1].before == spaceGap && vocab.house[string(w.phrase(i-2, i-1))]
		}
		if f.manner != lines || vocab.ours.endsAt(f, i) {
			return prev.upper && (forms.behind[string(word)] || forms.moved[string(word)])
		}
		return !prev.small || w.list[i].small
	}
	return false
}

// continuesRight looks behind the name and its legal form. Where a line begins with
// it in small letters ("delta air"), capitals tell nothing, and any word behind it
// may belong to it.
func (f *finder) continuesRight(i, j int, form bool) bool {
	w := &f.w
	if j >= len(w.list) {
		return false
	}
	next := w.list[j]
	size := next.end - next.start
	switch next.before {
	case joinGap, glueGap:
		return !form || next.before == joinGap && f.kin(j)
	case noGap:
		return !form && f.joinedScript(j-1, j)
	case spaceGap:
		switch {
		case f.kin(j):
			return true
		case form || vocab.oursBehind.beginsAt(w, j):
			return false
		case w.list[i].before.ends() && w.list[i].small, f.manner == lines && f.formBeyond(j):
			return true
		case size <= 2 && j+1 < len(w.list) && w.list[j+1].before == joinGap && next.small:
			return true // "Sixt e-mobility"
		case !next.upper && !next.small && f.manner == lines:
			return !isDigits(w.phrase(j, j+1)) || size <= 2
		}
		return next.upper && size > 1 // not "Acme. I have" without its full stop
	}
	return false
}

func isDigits(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// formBeyond tells whether the words from j on end with a legal form: then they and
// the name are one ("Teehaus am See GmbH").
func (f *finder) formBeyond(j int) bool {
	w := &f.w
	for k := j + 1; k < len(w.list) && k < j+6 && w.list[k].before <= joinGap; k++ {
		if w.formAt(k) > 0 {
			return true
		}
	}
	return false
}

// kin tells whether "and sons" stands at j.
func (f *finder) kin(j int) bool {
	w := &f.w
	return j+1 < len(w.list) && string(w.phrase(j, j+1)) == "and" && !w.list[j+1].before.ends() && vocab.kin[string(w.phrase(j+1, j+2))]
}

// joinedScript tells whether a word beside a name's edge, between which nothing
// stands, is of the name: in Chinese and Japanese, all that is not known to stand
// around names.
func (f *finder) joinedScript(edge, beside int) bool {
	w := &f.w
	inner, outer := string(w.phrase(edge, edge+1)), string(w.phrase(beside, beside+1))
	if scriptOf(outer) == hiragana && scriptOf(inner) != hiragana || isElision([]byte(outer)) {
		return false
	}
	return !vocab.hanAround[inner] && !vocab.hanAround[outer]
}

// scriptOf is the script of a word.
func scriptOf(word string) int {
	for _, r := range word {
		return script(r)
	}
	return alphabetic
}
