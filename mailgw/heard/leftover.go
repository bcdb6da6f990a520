package heard

// What was not understood of a time must not be left out: these look for it.

const notAll = "not all of the time was understood"

// leftover looks for more of the time than was understood.
func (j *judge) leftover(s *span) string {
	if j.joined(s.to) || s.from > 0 && j.joined(s.from-1) { // "Thu/Fri", "Friday-ish"
		return notAll
	}
	if s.to+1 < len(j.items) && j.items[s.to].isMark(",(") && j.items[s.to+1].kind == number && !j.inSpan[s.to+1] { // "tomorrow, 9 sharp"
		return notAll
	}
	if s.to+1 < len(j.items) && j.items[s.to].isMark("/") && j.items[s.to+1].is(weekdayShort) && !j.inSpan[s.to+1] { // "Thu/Fri"
		return notAll
	}
	for k := s.to; k < len(j.items) && k < s.to+4 && j.clause[k] == j.clause[s.to-1] && !j.inSpan[k]; k++ {
		it := &j.items[k]
		if it.kind == number || it.is(zoneWord) || k == s.to && it.is(unitWord|clockWord|amWord|pmWord|clockBefore|clockBehind|nextWord|lastWord) {
			return notAll
		}
	}
	if s.part == morning && s.lead&inWord != 0 && !s.anyDay() && j.lex.tag == "en" {
		return "it is not clear which morning is meant"
	}
	for k := range j.items {
		if !j.inSpan[k] && (j.loneHour(k) || !s.anyDay() && s.length == nil && j.perhapsDay(k)) {
			return notAll
		}
	}
	return ""
}

// joined tells a stroke or hyphen, outside of a time, that ties it to what stands beside it.
func (j *judge) joined(k int) bool {
	if k < len(j.items) && !j.inSpan[k] && j.items[k].low == "ish" {
		return true
	}
	return k < len(j.items) && !j.inSpan[k] && j.items[k].isMark("/-") && !j.items[k].space && k+1 < len(j.items) && !j.items[k+1].space
}

// loneHour tells a small number that belongs to nothing: an hour, or a day, perhaps.
func (j *judge) loneHour(k int) bool {
	it := &j.items[k]
	if it.is(numberWord) && !it.is(articleOne) && k > 0 && j.items[k-1].is(atWord|byWord|beforeWord|aroundWord|afterWord) && !j.items[k-1].is(inWord) {
		return true
	}
	if it.kind != number || it.num < 0 || it.num > 31 || !it.space && k > 0 {
		return false
	}
	if k+1 == len(j.items) {
		return true
	}
	after := &j.items[k+1]
	return after.kind == mark && after.space || after.isMark(",;.!?:") || after.is(prepositions) || after.is(amWord|pmWord|clockWord|monthWord)
}

// perhapsDay tells a word that may name a day: a short one that was not taken for it, or one with a slip of the pen.
func (j *judge) perhapsDay(k int) bool {
	it := &j.items[k]
	if it.is(weekdayShort) {
		return j.lex.tag == "en" || it.capital && k > 0
	}
	if !it.blank() || it.quoted || len(it.low) < 5 || len(it.low) > 12 {
		return false
	}
	for _, day := range j.lex.days {
		if day[0] == it.low[0] && slip(it.low, day) {
			return true
		}
	}
	return false
}

// slip tells two words that differ in one letter, or in two when they are long; letters that are swapped count once.
func slip(a, b string) bool {
	most := 1
	if len(b) > 6 {
		most = 2
	}
	if d := len(a) - len(b); d > most || -d > most {
		return false
	}
	var rows [3][16]int
	for i := range rows[1][:len(b)+1] {
		rows[1][i] = i
	}
	for i := 1; i <= len(a); i++ {
		rows[2][0] = i
		for k := 1; k <= len(b); k++ {
			cost := 1
			if a[i-1] == b[k-1] {
				cost = 0
			}
			rows[2][k] = min(rows[1][k]+1, rows[2][k-1]+1, rows[1][k-1]+cost)
			if i > 1 && k > 1 && a[i-1] == b[k-2] && a[i-2] == b[k-1] {
				rows[2][k] = min(rows[2][k], rows[0][k-2]+1)
			}
		}
		rows[0], rows[1] = rows[1], rows[2]
	}
	return rows[1][len(b)] <= most
}
