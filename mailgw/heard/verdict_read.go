package heard

// verdictReader reads one text by the tables of languages.
type verdictReader struct {
	words []verdictWord
	names map[string]bool
	asks  bool // there is a question in it
}

// read reads the text by one language's table; nil says nothing. heard tells that
// there was something in it that means good or bad news in that language.
func (r *verdictReader) read(t *verdictTable) (v Verdict, heard bool) {
	if t == nil {
		return Unclear, false
	}
	h := r.hits(t)
	good, plain := r.covered(t)
	switch {
	case good && !r.asks:
		return Yes, true
	case plain:
		return Unclear, true
	case h.partly, h.begins == kindYes && (h.but || h.unsolved), h.solved && h.unsolved:
		return Partly, true
	case h.unsolved, h.begins == kindNo && !h.solved: // "no, all good now": is it, or is it not?
		return No, true
	}
	return Unclear, h.solved || h.begins != kindNone
}

// hits are the phrases of each kind that stand in a text.
type hits struct {
	begins                        phraseKind // what the text begins with, behind greetings and thanks
	partly, but, solved, unsolved bool
}

// hits takes at each place the longest phrase, so that "no problem" is no "no".
func (r *verdictReader) hits(t *verdictTable) (h hits) {
	begun, bad := false, false // behind words that mean something; right behind bad news
	for i := 0; i < len(r.words); {
		kind, end := r.phrase(t, i)
		if kind == kindSolved && bad && !r.words[i].apart { // "not solved": of the bad news
			kind = kindPlain
		}
		bad = kind == kindUnsolved || kind == kindPartly || kind == kindNo
		switch kind {
		case kindNone:
			end = i + 1
			begun = begun || !r.names[r.words[i].text]
		case kindPartly:
			h.partly = true
		case kindBut:
			h.but = true
		case kindSolved:
			h.solved = true
		case kindUnsolved:
			h.unsolved = true
		case kindHello:
			end = r.greeted(end)
		}
		if !begun && (kind == kindYes || kind == kindNo && (r.ends(end) || t.starts(r.words, end))) {
			h.begins = kind
		}
		if !begun && kind == kindSolved {
			h.begins = kindYes
		}
		begun = begun || kind > kindFarewell
		i = end
	}
	return h
}

// phrase is the longest phrase at i. Good news gives way to bad news that begins in
// it and goes further: "it works still not".
func (r *verdictReader) phrase(t *verdictTable, i int) (phraseKind, int) {
	kind, end := t.longest(r.words, i)
	if kind == kindAlone {
		kind = kindYes
	}
	if kind != kindSolved && kind != kindYes {
		return kind, end
	}
	for j := i + 1; j < end; j++ {
		if worse, further := t.longest(r.words, j); worse == kindUnsolved && further > end {
			return worse, further
		}
	}
	return kind, end
}

// ends tells whether a sentence, a clause or the text ends before i.
func (r *verdictReader) ends(i int) bool {
	return i >= len(r.words) || r.words[i].apart || r.words[i].line
}

// covered tells whether phrases that say yes, good news or nothing lead from the
// first word to the last: good when one of them says that it is solved, plain when
// they can all say nothing.
func (r *verdictReader) covered(t *verdictTable) (isGood, isPlain bool) {
	n := len(r.words)
	reached := make([]bool, n+1) // by phrases that say nothing
	good := make([]bool, n+1)    // and by at least one that says yes
	reached[0] = true
	for i := range n {
		if !reached[i] && !good[i] {
			continue
		}
		step := func(end int, says bool) {
			good[end] = good[end] || good[i] || says
			reached[end] = reached[end] || reached[i] && !says
		}
		t.each(r.words, i, func(kind phraseKind, end int) {
			switch kind {
			case kindYes, kindSolved:
				step(end, true)
			case kindAlone:
				if r.ends(end) {
					step(end, true)
				}
			case kindPlain:
				step(end, false)
			case kindHello:
				step(end, false)
				step(r.greeted(end), false)
			case kindFarewell:
				step(end, false)
				if r.signed(end) {
					step(n, false)
				}
			}
		})
		if r.names[r.words[i].text] {
			step(i+1, false)
		}
	}
	return good[n], reached[n]
}

// maxNameWords is how many words a name has at most.
const maxNameWords = 3

// greeted is the place behind the name that follows a greeting at i: words with
// capitals, up to a comma or the line's end; i when there is none.
func (r *verdictReader) greeted(i int) int {
	end := i
	for end < len(r.words) && end-i < maxNameWords && !r.ends(end) && r.words[end].upper {
		end++
	}
	if !r.ends(end) {
		return i
	}
	return end
}

// signed tells whether nothing but a name follows a farewell: the last line of the
// text, of words with capitals.
func (r *verdictReader) signed(i int) bool {
	if n := len(r.words) - i; n == 0 || n > maxNameWords {
		return false
	}
	known := 0
	for j := i; j < len(r.words); j++ {
		if !r.words[j].upper || j > i && r.ends(j) {
			return false
		}
		if r.names[r.words[j].text] {
			known++
		}
	}
	return known == 0 || known == len(r.words)-i
}
