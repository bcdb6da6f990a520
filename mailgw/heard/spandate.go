package heard

import "time"

// duration reads a length of time behind "in" or "within".
func (r *reader) duration(i int, lead class, s *span) int {
	if lead&inWord == 0 && !(r.typed && s.components == 0) {
		return 0
	}
	if it := r.at(i); it.is(minutesWord) && (lead&inWord != 0) {
		s.setLength(unitMinute, it.value(minutesWord))
		return 1
	}
	if r.at(i).is(fuzzyWord) {
		return 0
	}
	n, c := 1, r.count(i)
	if it := r.at(i); it.is(unitWord) && lead&inWord != 0 { // "within the hour"
		if it.value(unitWord) != unitHour || r.lex.tag != "en" {
			return 0
		}
		s.setLength(unitMinute, 60)
		return 1
	}
	if c < 0 {
		return 0
	}
	if b := r.at(i + 1); (b.is(rangeWord) && !b.is(andWord) || b.isMark("-") || b.low == "–") && r.count(i+2) > c {
		n, c = 3, r.count(i+2)
	}
	unit := r.at(i + n)
	u := unit.value(unitWord)
	if !unit.is(unitWord) {
		if !unit.is(clockWord) || lead&byWord != 0 && c <= 24 || r.typed && lead&inWord == 0 && r.lex.tag != "en" {
			return 0
		}
		u = unitHour
	}
	s.setLength(u, c)
	n++
	if r.at(i+n).is(clockBehind) && u == unitHour { // "une heure et demie"
		s.length = &length{unitMinute, c*60 + r.at(i+n).value(clockBehind)}
		n++
	}
	return n
}

func (s *span) setLength(unit, count int) {
	s.twice(s.length != nil && s.length.unit*s.length.count != unit*count, "lengths of time")
	s.length = &length{unit, count}
}

// datePart reads a date in numbers or with the name of a month.
func (r *reader) datePart(i int, lead class, s *span) int {
	it := r.at(i)
	if it.is(monthWord) { // March 3, Nov. 27th, 2026
		n := 1
		if r.at(i + n).isMark(".") {
			n++
		}
		d := r.at(i + n)
		if d.kind != number || d.num < 1 || d.num > 31 || r.at(i+n+1).isMark(":") || r.at(i+n+1).is(amWord|pmWord) {
			return 0
		}
		return n + r.dayAndYear(i+n, d.num, it.value(monthWord), s)
	}
	if it.kind != number || !r.freeNumber(i) {
		return 0
	}
	if it.num > 1000 {
		return r.isoDate(i, s)
	}
	if it.num < 1 || it.num > 31 {
		return 0
	}
	n := 1
	sep := r.at(i + 1)
	switch {
	case sep.is(ordinalWord) || sep.low == "°" || sep.isMark(".") && !sep.space:
		n = 2
	}
	for k := 0; k < 2; k++ { // the 3rd of March, 3. März, 3 mars
		m := r.at(i + n + k)
		if m.is(monthWord) {
			if r.at(i+n+k+1).isMark(".") && r.at(i+n+k+2).kind == number {
				k++
			}
			return n + k + 1 + r.year(i+n+k+1, it.num, m.value(monthWord), s)
		}
		if !m.is(ofWord | glueWord) {
			break
		}
	}
	if m := r.numericDate(i, lead, s); m > 0 {
		return m
	}
	return r.monthDay(i, n, lead, s)
}

// dayAndYear reads what stands behind the day of "March 3".
func (r *reader) dayAndYear(i, day, month int, s *span) int {
	n := 1
	if r.at(i + n).is(ordinalWord) {
		n++
	}
	if r.at(i+n).isMark(",") && r.at(i+n+1).kind == number && r.at(i+n+1).num > 2000 {
		n++
	}
	return n + r.year(i+n, day, month, s)
}

// year reads a year, if there is one, and sets the date.
func (r *reader) year(i, day, month int, s *span) int {
	it := r.at(i)
	n := 0
	if it.is(ofWord) && r.at(i+1).kind == number { // 3 de marzo de 2027
		it, n = r.at(i+1), 1
	}
	if it.kind == number && it.end-it.start == 4 && it.num >= 2000 && it.num < 2200 {
		s.setDate(it.num, month, day)
		return n + 1
	}
	s.setDate(0, month, day)
	return 0
}

func (r *reader) isoDate(i int, s *span) int {
	a, b, c, d := r.at(i+1), r.at(i+2), r.at(i+3), r.at(i+4)
	if !a.isMark("-/.") || a.low != c.low || b.kind != number || d.kind != number || b.space || d.space || r.at(i).num < 2000 || r.at(i).num > 2200 {
		return 0
	}
	s.setDate(r.at(i).num, b.num, d.num)
	n := 5
	if t := r.at(i + 5); t.kind == word && t.low == "t" && !t.space { // 2026-11-27T12:00
		n++
	}
	return n
}

// numericDate reads 27.11., 27.11.26, 27/11/2026, 11/27.
func (r *reader) numericDate(i int, lead class, s *span) int {
	a, b, c, d := r.at(i+1), r.at(i+2), r.at(i+3), r.at(i+4)
	if !a.isMark("./-") || a.space || b.kind != number || b.space && a.low != "." || b.num < 1 || b.num > 31 || b.end-b.start > 2 {
		return 0
	}
	year, n := 0, 3
	if c.isMark(a.low) && !c.space && d.kind == number && (!d.space || a.low == ".") && (d.end-d.start == 4 || d.end-d.start == 2 && !d.space) && r.at(i+5).low != ":" {
		year, n = d.num, 5
		if year < 100 {
			year += 2000
		}
		if year < 2000 || year > 2200 {
			return 0
		}
	}
	if year == 0 && c.isMark(a.low) && !c.space && d.kind == number && !d.space {
		return 0 // 5.5.0
	}
	day, month := r.at(i).num, b.num
	switch {
	case a.low == "-" && year == 0:
		return 0 // 2-4 is a range
	case a.low == ".":
		if year == 0 && !(c.isMark(".") && !c.space) && !(lead&(onWord) != 0 && r.lex.file.OrdinalDot || s.weekday != 0 && r.lex.file.OrdinalDot) {
			return 0 // 3.15
		}
		if year == 0 && c.isMark(".") {
			n = 4
		}
		if r.lex.tag == "en" && day <= 12 && month <= 12 && day != month {
			s.bad = "the date can be read in two ways, with the day or with the month first"
		}
	case day > 12 && month <= 12:
	case month > 12 && day <= 12:
		day, month = month, day
		if r.lex.tag != "en" {
			s.bad = "the date can be read in two ways, with the day or with the month first"
		}
	case day == month || r.lex.file.SlashDay:
	default:
		s.bad = "the date can be read in two ways, with the day or with the month first"
	}
	if month > 12 {
		return 0
	}
	if year == 0 && a.low == "/" && lead&(onWord|byWord|beforeWord|untilWord|latestWord) == 0 && s.weekday == 0 && !r.typed {
		s.bad = "it can be a date or two numbers"
	}
	s.setDate(year, month, day)
	return n
}

// monthDay reads "the 27th", "am 27.", "le 27".
func (r *reader) monthDay(i, n int, lead class, s *span) int {
	it := r.at(i)
	marked := r.at(i+1).is(ordinalWord) && !r.at(i+1).space || n == 2 && r.lex.file.OrdinalDot && lead&onWord != 0 && r.at(i+2).kind != number
	if !marked && !(r.lex.file.BareDay && lead&onWord != 0 && !r.at(i+1).is(unitWord|clockWord) && !r.at(i+1).isMark(":/-") && !(r.at(i + 1).blank())) {
		return 0
	}
	if r.at(i+n).is(unitWord) || s.monthDay != 0 {
		return 0
	}
	if lead&prepositions == 0 && s.weekday == 0 && !r.typed {
		return 0
	}
	s.monthDay = it.num
	return n
}

func (s *span) setDate(year, month, day int) {
	d := time.Date(max(year, 2000), time.Month(month), day, 0, 0, 0, 0, time.UTC) // 2000 has a 29 February
	if int(d.Month()) != month || d.Day() != day {
		s.bad = "there is no such date"
	}
	s.twice(!s.date.IsZero() && !s.date.Equal(d), "dates")
	s.date, s.noYear = d, year == 0
}
