package heard

// clockPart reads an hour of the day, or two with a word between them.
func (r *reader) clockPart(i int, lead class, s *span) int {
	c, n := r.clock(i, lead, s)
	if n == 0 {
		return r.firstOfRange(i, lead, s)
	}
	s.setClock(c)
	between := r.at(i + n)
	if !between.is(rangeWord) && !between.isMark("-–—/") && between.low != "–" {
		return n
	}
	if between.is(andWord) && lead&betweenWord == 0 {
		return n
	}
	if d, m := r.clock(i+n+1, lead|atWord, s); m > 0 {
		s.ranged = true
		if d.half && !c.half && c.hour >= 12 && d.hour < 12 {
			d.hour += 12
			d.half = false
		}
		s.setClock(d)
		return n + 1 + m
	}
	return n
}

// firstOfRange reads "2 and 4 pm", where only the second hour is one by itself.
func (r *reader) firstOfRange(i int, lead class, s *span) int {
	if r.at(i).kind != number || lead&(betweenWord|atWord|byWord|ofWord) == 0 && !r.at(i+1).isMark("-–") && r.at(i+1).low != "–" {
		return 0
	}
	between := r.at(i + 1)
	if !between.is(rangeWord) && !between.isMark("-") && between.low != "–" || between.is(andWord) && lead&betweenWord == 0 {
		return 0
	}
	if r.count(i) > 24 || r.count(i) < 0 {
		return 0
	}
	c, n := r.clock(i+2, lead|atWord, s)
	if n == 0 {
		return 0
	}
	s.ranged = true
	s.setClock(c)
	return n + 2
}

// count is the number at i, in digits or as a word, or -1.
func (r *reader) count(i int) int {
	it := r.at(i)
	switch {
	case it.kind == number && r.freeNumber(i):
		return it.num
	case it.is(numberWord):
		return it.value(numberWord)
	case it.is(articleOne):
		return 1
	}
	return -1
}

// freeNumber tells a number from a piece of a code, a price or a version.
func (r *reader) freeNumber(i int) bool {
	it := r.at(i)
	if it.kind != number || it.num < 0 {
		return false
	}
	if !it.space && i > 0 {
		before := r.at(i - 1)
		if before.kind == word && !before.is(clockWord) || before.isMark("#+.,_$&=@") || before.low == "€" || before.low == "£" {
			return false
		}
	}
	if before := r.at(i - 1); before.isMark("$#+") || before.low == "€" || before.low == "£" {
		return false
	}
	after := r.at(i + 1)
	if after.isMark("%$") || after.low == "€" || after.low == "£" {
		return false
	}
	return after.space || after.kind != word || after.low == "°" || after.is(clockWord|amWord|pmWord|ordinalWord|unitWord)
}

// clock reads one hour at i.
func (r *reader) clock(i int, lead class, s *span) (clock, int) {
	it := r.at(i)
	if it.is(clockBefore) {
		if c, n := r.hour(i+1, atWord, s, true); n > 0 && !c.colon {
			return c.add(it.value(clockBefore)), n + 1
		}
		return clock{}, 0
	}
	if it.is(partWord) && it.value(partWord) == noon && r.at(i+1).is(clockBehind) {
		return clock{hour: 12}.add(r.at(i + 1).value(clockBehind)), 2
	}
	return r.hour(i, lead, s, false)
}

// impossible is the minute that a phrase adds which means two things: "half three".
const impossible = 999

func (c clock) add(minutes int) clock {
	if minutes == impossible {
		c.bad = "the half or quarter hour can be meant in two ways"
		return c
	}
	t := (c.hour*60 + c.minute + minutes + 24*60) % (24 * 60)
	if c.half && c.hour <= 12 && t >= 12*60+60 { // half past twelve
		t -= 12 * 60
	}
	c.hour, c.minute = t/60, t%60
	return c
}

// hour reads the number of an hour with what belongs to it. Behind "half past" the number is enough.
func (r *reader) hour(i int, lead class, s *span, enough bool) (clock, int) {
	it := r.at(i)
	h := -1
	if it.kind == number || it.is(numberWord) && !it.is(articleOne) || it.is(numberWord) && (lead&atWord != 0 || enough) {
		h = r.count(i)
	}
	if h < 0 || h > 24 {
		return clock{}, 0
	}
	c := clock{hour: h, half: h <= 12 && !(it.kind == number && it.end-it.start == 2 && h < 10)}
	n, marked := 1, false
	sep, min := r.at(i+1), r.at(i+2)
	dot := false
	switch {
	case it.kind != number:
	case sep.isMark(":") && !sep.space && min.kind == number && !min.space && min.end-min.start == 2 && min.num < 60:
		c.minute, c.colon, marked, n = min.num, true, true, 3
		if r.at(i+3).isMark(":") && r.at(i+4).kind == number && !r.at(i+3).space {
			n = 5
		}
	case sep.isMark(".") && !sep.space && min.kind == number && !min.space && min.end-min.start == 2 && min.num < 60 && !(r.at(i+3).isMark(".") && !r.at(i+3).space && r.at(i+4).kind == number):
		c.minute, c.colon, dot, n = min.num, true, true, 3
	}
	m, suffixed := r.clockSuffix(i+n, &c, lead&(prepositions&^inWord) == 0 && !s.anyDay() && s.part == noPart)
	n += m
	if c.bad == "" && c.hour == 24 && c.minute > 0 {
		return clock{}, 0
	}
	switch {
	case marked || suffixed:
		c.written = r.lex.file.TwentyFour
		return c, n
	case dot:
		return c, r.dotClock(i, n, lead, s, &c)
	case enough:
		return c, n
	case r.lonelyHour(i, n, lead, s):
		return c, n
	}
	return clock{}, 0
}

// dotClock judges "15.30" with nothing behind it: a clock, a date, a price or a version.
func (r *reader) dotClock(i, n int, lead class, s *span, c *clock) int {
	if lead&(atWord|byWord|beforeWord) == 0 && !s.anyDay() {
		return 0
	}
	if r.at(i+n).kind == word && r.at(i+n).blank() {
		return 0
	}
	if !r.lex.file.DotClock || lead&atWord == 0 && c.minute <= 12 && c.minute > 0 {
		c.bad = "it can be a clock, a date or a number"
	}
	return n
}

// clockSuffix reads what stands behind the number of an hour.
// Without a preposition "3 horas" is a length of time.
func (r *reader) clockSuffix(i int, c *clock, bare bool) (int, bool) {
	n, marked := 0, false
	if it := r.at(i); it.is(clockWord) && !(it.is(unitWord) && bare) {
		n, marked = 1, true
		if min := r.at(i + 1); min.kind == number && min.num < 60 && min.end-min.start == 2 && !c.colon && (!min.space || r.at(i+2).kind != word || !r.at(i+2).blank()) {
			c.minute, c.colon, n = min.num, true, 2
		}
	}
	if it := r.at(i + n); it.is(clockBehind) && !c.colon {
		*c = c.add(it.value(clockBehind))
		n, marked = n+1, true
	}
	it := r.at(i + n)
	if it.is(amWord|pmWord) && c.hour <= 12 && c.hour > 0 {
		n, marked = n+1, true
		switch {
		case c.hour == 12 && it.is(amWord) && r.lex.tag == "en":
			c.bad = "12 am can be meant in two ways"
		case c.hour == 12 || it.is(amWord):
		default:
			c.hour += 12
		}
		if c.hour == 12 && it.is(amWord) {
			c.bad = "12 in the morning can be meant in two ways"
		}
		c.half = false
		if r.at(i+n).isMark(".") && !r.at(i+n).space && r.lex.tag == "en" && n > 0 && r.at(i+n-1).end-r.at(i+n-1).start == 3 && r.at(i+n+1).kind == word && !r.at(i+n+1).capital {
			n++ // "p.m." with the sentence going on
		}
	} else if it.is(amWord | pmWord) {
		n++
		marked = true
	}
	return n, marked
}

// lonelyHour tells "by 3" from "by 3 colleagues".
func (r *reader) lonelyHour(i, n int, lead class, s *span) bool {
	if lead&(atWord|byWord|beforeWord|aroundWord|untilWord|afterWord) == 0 && !(r.typed && s.anyDay()) {
		return false
	}
	if lead&inWord != 0 && lead&atWord == 0 { // "entro 3" can be days
		return false
	}
	after := r.at(i + n)
	switch {
	case after.kind == number, after.is(unitWord | monthWord | ordinalWord), after.isMark("/:%"):
		return false
	case after.isMark(".") && r.lex.file.OrdinalDot && lead&atWord == 0:
		return false
	case after.isMark(".,") && r.at(i+n+1).kind == number && !r.at(i+n+1).space:
		return false
	case after.kind == mark:
		return true
	}
	if lead&(atWord|afterWord|untilWord) != 0 && lead&byWord == 0 && r.lex.tag == "de" && after.kind == word && !after.capital { // "um zehn an"
		return true
	}
	return after.is(timeWords | thisWord | zoneWord | prepositions | andWord | latestWord | glueWord | verbWord | phraseWord | formWord)
}
