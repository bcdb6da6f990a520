package heard

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxPromises = 20  // that are found in one text
	maxWords    = 200 // bytes of Words
	maxItems    = 400 // of one sentence: a longer one is no sentence
)

// Promises finds the times that an agent's new words promise: what "I", "we" or
// a colleague will do. What the customer should do, what was, what has a
// condition, and what others do is not among them, or is not Sure.
func Promises(text string, c Context) []Promise {
	return find(text, c, (*judge).promises)
}

// Needs finds the times by which a customer's words need something.
func Needs(text string, c Context) []Promise {
	return find(text, c, (*judge).needs)
}

// heard is a time that was found, before it is made an instant.
type heard struct {
	span span
	ruling
}

// find reads the text in its language and, when that finds nothing, in the others.
func find(text string, c Context, look func(*judge) []heard) []Promise {
	all, err := loaded()
	if err != nil || strings.TrimSpace(text) == "" {
		return nil
	}
	tokens := tokenize(text)
	first := tongue(c.Lang)
	var buffer []item
	known, most := 0, 0 // words of the language that was named, and of the one that knows most
	var counts [len(languages)]int
	for n, l := range all {
		if first != "" && l.tag != first {
			continue
		}
		buffer = l.items(tokens, buffer)
		if first != "" {
			if out := findIn(text, l, buffer, c, look); len(out) > 0 {
				return out
			}
		}
		counts[n] = familiar(buffer)
		known = counts[n]
	}
	for n, l := range all {
		if first != "" && l.tag != first {
			buffer = l.items(tokens, buffer)
			counts[n] = familiar(buffer)
		}
		most = max(most, counts[n])
	}
	var out []Promise
	for n, l := range all {
		if l.tag == first || first != "" && counts[n] <= known || counts[n]*10 < most*8 {
			continue // it is written in another one: a weekday would not be seen
		}
		buffer = l.items(tokens, buffer)
		out = merge(out, findIn(text, l, buffer, c, look))
	}
	return out
}

// familiar counts the words that the language knows.
func familiar(items []item) int {
	n := 0
	for i := range items {
		if items[i].kind == word && items[i].mask != 0 {
			n += items[i].last - items[i].first + 1
		}
	}
	return n
}

// tongue is the first part of a language's tag, or "" for one that we do not read.
func tongue(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	tag, _, _ = strings.Cut(tag, "_")
	if slices.Contains(languages[:], tag) {
		return tag
	}
	return ""
}

// merge joins what two languages found. Where they do not agree, nothing is sure.
func merge(have, more []Promise) []Promise {
	for _, p := range more {
		clash := false
		for i := range have {
			if have[i].Start >= p.End || p.Start >= have[i].End {
				continue
			}
			clash = true
			switch {
			case !p.Sure:
			case !have[i].Sure:
				have[i] = p
			case !have[i].At.Equal(p.At):
				have[i].Sure, have[i].Why = false, "it means different times in different languages"
			}
		}
		if !clash && len(have) < maxPromises {
			have = append(have, p)
		}
	}
	slices.SortStableFunc(have, func(a, b Promise) int { return a.Start - b.Start })
	return have
}

// findIn finds the promises of one language.
func findIn(text string, l *lexicon, items []item, c Context, look func(*judge) []heard) []Promise {
	var out []Promise
	r := resolver{now: c.Now, desk: desk{c.Hours, c.Now.Location()}}
	j := judge{}
	sentences(items, func(sentence []item, asked bool) {
		if len(out) >= maxPromises || len(sentence) > maxItems || !hopeful(sentence) {
			return
		}
		j.begin(l, sentence, asked)
		if len(j.spans) == 0 {
			return
		}
		for _, h := range look(&j) {
			p := h.promise(text, sentence, r)
			if n := len(out); n > 0 && out[n-1].Sure && p.Sure && out[n-1].At.Equal(p.At) && out[n-1].Words == p.Words {
				out[n-1].Callback = out[n-1].Callback || p.Callback // the same time, said twice
				continue
			}
			if len(out) < maxPromises {
				out = append(out, p)
			}
		}
	})
	return out
}

// hopeful tells a sentence that may have a time.
func hopeful(sentence []item) bool {
	var all class
	numbers := false
	for i := range sentence {
		all |= sentence[i].mask
		numbers = numbers || sentence[i].kind == number
	}
	return (numbers || all&(timeWords|numberWord) != 0) &&
		all&(willWord|weakWord|formWord|phraseWord|subjectWord|colleagueWord|willOther|needWord|pleaseWord) != 0
}

// begin prepares a sentence.
func (j *judge) begin(l *lexicon, sentence []item, asked bool) {
	j.reader = reader{lex: l, items: sentence}
	j.asked = asked
	j.spans = j.reader.spans(j.spans[:0])
	if len(j.spans) == 0 {
		return
	}
	j.clause = append(j.clause[:0], make([]int, len(sentence))...)
	j.inSpan = append(j.inSpan[:0], make([]bool, len(sentence))...)
	j.mark()
	j.divide()
	j.find()
}

// promises rules on each time of the sentence, and joins the day and the hour of one promise.
func (j *judge) promises() []heard {
	if len(j.commits) == 0 {
		return nil
	}
	var out []heard
	for i := range j.spans {
		r := j.rule(&j.spans[i])
		if !r.show {
			continue
		}
		h := heard{j.spans[i], r}
		if h.sure && j.otherDay(i) {
			h.ruling = ask(r.by, "another day is named beside the hour")
		}
		if n := len(out); n > 0 && out[n-1].by == h.by {
			out[n-1].join(h)
			continue
		}
		out = append(out, h)
	}
	return out
}

// otherDay tells an hour without a day in a sentence that names a day elsewhere.
func (j *judge) otherDay(i int) bool {
	s := &j.spans[i]
	if s.anyDay() || s.clock == nil && s.part == noPart {
		return false
	}
	for k := range j.spans {
		o := &j.spans[k]
		if k != i && o.anyDay() && !(o.hasDay && o.day == 0) && o.lead&ofWord == 0 && !o.last {
			return true
		}
	}
	return false
}

// join puts a second time of the same promise to the first.
func (h *heard) join(o heard) {
	a, b := &h.span, &o.span
	dayFirst := a.anyDay() && a.weekEnd == 0 && a.clock == nil && a.part == noPart && b.clock != nil && !b.anyDay() && b.length == nil
	hourFirst := a.clock != nil && !a.anyDay() && a.length == nil && b.anyDay() && b.weekEnd == 0 && b.clock == nil && b.part == noPart && b.length == nil
	h.sure = h.sure && o.sure
	if h.why == "" {
		h.why = o.why
	}
	switch {
	case dayFirst && a.lead&byWord == 0:
		a.clock, a.ranged, a.zone = b.clock, b.ranged, b.zone
	case hourFirst && b.lead&byWord == 0:
		a.hasDay, a.day, a.weekday, a.nextDay, a.date, a.noYear, a.monthDay = b.hasDay, b.day, b.weekday, b.nextDay, b.date, b.noYear, b.monthDay
	default:
		a.bad = "several times are named"
	}
	if a.bad == "" {
		a.bad = b.bad
	}
	a.prep |= b.prep
	a.to = b.to
}

// promise makes the instant.
func (h heard) promise(text string, sentence []item, r resolver) Promise {
	m := r.resolve(&h.span)
	p := Promise{
		Start: sentence[h.span.from].start, End: sentence[h.span.to-1].end,
		At: m.at, Sure: h.ruling.sure && m.sure, Callback: h.call, Why: m.why,
	}
	if !h.ruling.sure {
		p.Why = h.ruling.why
	}
	p.Words = words(text, sentence[0].start, sentence[len(sentence)-1].end, p)
	return p
}

// words is the sentence, or as much of it as may be shown, with the time in it.
func words(text string, from, to int, p Promise) string {
	if to-from > maxWords {
		from = max(from, p.End-maxWords)
		if p.Start-from < maxWords/2 {
			from = max(from, p.End-maxWords)
		}
		to = min(to, from+maxWords)
	}
	for from < to && !utf8.RuneStart(text[from]) {
		from++
	}
	for to > from && to < len(text) && !utf8.RuneStart(text[to]) {
		to--
	}
	return strings.TrimSpace(text[from:to])
}
