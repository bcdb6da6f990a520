package heard

// item is a phrase of the language, or one token that is none.
type item struct {
	token
	first, last int // tokens
	entries     []entry
	mask        class
}

func (it *item) is(c class) bool { return it.mask&c != 0 }

// value is that of the meaning that the item has in c, or 0.
func (it *item) value(c class) int {
	for _, e := range it.entries {
		if e.class&c != 0 {
			return e.value
		}
	}
	return 0
}

// isMark tells one of the marks.
func (it *item) isMark(marks string) bool {
	if it.kind != mark {
		return false
	}
	for i := range len(marks) {
		if it.low == marks[i:i+1] {
			return true
		}
	}
	return false
}

// blank tells a word that says nothing to us.
func (it *item) blank() bool { return it.kind == word && it.mask&^(neutralWord|callWord) == 0 }

// items finds the longest phrase at each token.
func (l *lexicon) items(tokens []token, out []item) []item {
	if cap(out) < len(tokens) {
		out = make([]item, 0, len(tokens))
	}
	out = out[:0]
	for i := 0; i < len(tokens); {
		it := item{token: tokens[i], first: i, last: i}
		if tokens[i].kind != number {
			at := &l.root
			for j := i; j < len(tokens); j++ {
				if j > i && (tokens[j].lines > 1 || tokens[j].kind == number) {
					break
				}
				if at = at.next[tokens[j].low]; at == nil {
					break
				}
				if at.mask != 0 {
					it.entries, it.mask, it.last, it.end = at.entries, at.mask, j, tokens[j].end
				}
			}
		}
		if it.mask != 0 && it.kind == mark && it.last > it.first {
			it.kind = word
		}
		out = append(out, it)
		i = it.last + 1
	}
	return out
}

// sentences cuts items at the ends of sentences.
func sentences(items []item, yield func([]item, bool)) {
	from := 0
	cut := func(to int, asked bool) {
		if to > from {
			yield(items[from:to], asked)
		}
		from = to
	}
	for i := range items {
		it := &items[i]
		if i > from && (it.lines > 1 || it.lines == 1 && startsLine(items, i)) {
			cut(i, false)
		}
		if it.isMark("!?") || it.isMark(".") && endsSentence(items, i) {
			to := i + 1
			asked := it.low == "?"
			cut(to, asked)
		}
	}
	cut(len(items), false)
}

// startsLine tells a line that does not go on with the sentence of the line above.
func startsLine(items []item, i int) bool {
	it := &items[i]
	if it.isMark("-*+") || it.kind == mark && (it.low == "•" || it.low == "–" || it.low == "·") {
		return true
	}
	return it.kind == number && i+1 < len(items) && items[i+1].isMark(")")
}

// endsSentence tells a full stop from the stop of a number or a short form.
func endsSentence(items []item, i int) bool {
	if i+1 >= len(items) {
		return true
	}
	after := &items[i+1]
	if !after.space {
		return after.kind == mark && after.quoted
	}
	if i == 0 {
		return true
	}
	before := &items[i-1]
	switch {
	case before.kind == word && before.first == before.last && before.end-before.start == 1 && i > 1 && items[i-2].isMark("."): // "i.e."
		return false
	case before.kind == number:
		return !after.is(monthWord|clockWord) && (after.kind != word || after.capital) && after.kind != number && after.kind != mark
	case before.is(weekdayShort | monthWord | amWord | pmWord | aroundWord | hedgeWord):
		return after.kind == word && after.capital && !after.is(timeWords)
	}
	return after.kind != word || after.capital || before.end-before.start > 4 || before.kind == mark
}
