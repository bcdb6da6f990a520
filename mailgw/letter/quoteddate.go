package letter

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// quotedDate reads the date of an earlier mail as programs of all languages write
// it in a text: the date of a header field, ISO 8601, a day with the name of its
// month, or numbers when they can mean only one day. A time without a zone is in
// loc. It is zero when it cannot be told.
func quotedDate(v string, loc *time.Location) time.Time {
	const longest = 200
	r := quotedDateReader{loc: loc, hour: -1}
	v = cutRunes(v, longest)
	for v != "" {
		v = v[r.next(v):]
	}
	return r.time()
}

// quotedDateReader gathers the parts of a date; 0 is missing, for the hour -1.
type quotedDateReader struct {
	year, month, day     int
	hour, minute, second int
	half                 string // "am" or "pm"
	slashed              [3]int // numbers whose order depends on the country
	dots                 []int  // "09.31.08": a time when no other is there
	loc                  *time.Location
	zone                 bool // the text says it
}

// next takes the word, the group of numbers or the sign at the front of s and
// returns its length.
func (r *quotedDateReader) next(s string) int {
	if isDigit(s[0]) {
		return r.group(s)
	}
	if (s[0] == '+' || s[0] == '-') && r.clockSeen() {
		return r.offset(s)
	}
	n := strings.IndexFunc(s, func(c rune) bool { return !unicode.IsLetter(c) })
	if n < 0 {
		n = len(s)
	}
	if n == 0 {
		_, n = utf8.DecodeRuneInString(s)
		return n
	}
	r.word(s[:n])
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// group takes "26", "14:25:08", "26.10.2021" or "2021年".
func (r *quotedDateReader) group(s string) int {
	var numbers [4]int
	var widths [4]int
	count, pos := 0, 0
	sep := byte(0)
	for count < len(numbers) {
		n := pos
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		v, ok := digits(s[pos:n])
		if !ok {
			return n
		}
		numbers[count], widths[count] = v, n-pos
		count, pos = count+1, n
		if pos+1 >= len(s) || !isDigit(s[pos+1]) || strings.IndexByte(":./-h", s[pos]) < 0 || sep != 0 && sep != s[pos] {
			break
		}
		sep = s[pos]
		pos++
	}
	switch {
	case count == 1:
		r.single(numbers[0], widths[0], s[pos:])
	case sep == ':' || sep == 'h':
		if r.hour < 0 {
			r.hour, r.minute, r.second = numbers[0], numbers[1], numbers[2]
		}
	case count == 3 && widths[0] == 4:
		r.year, r.month, r.day = numbers[0], numbers[1], numbers[2]
	case count == 3 && sep == '.' && widths[2] == 4:
		r.day, r.month, r.year = numbers[0], numbers[1], numbers[2]
	case count == 3 && sep != '.':
		copy(r.slashed[:], numbers[:3])
	case sep == '.' && r.dots == nil:
		r.dots = append(r.dots, numbers[:count]...)
	}
	return pos
}

// single takes a number that stands alone: a year, a day, or what the sign behind
// it says in Chinese, Japanese and Korean.
func (r *quotedDateReader) single(v, width int, behind string) {
	sign, _ := utf8.DecodeRuneInString(behind)
	switch {
	case sign == '月' || sign == '월':
		r.month = v
	case width == 4:
		r.year = v
	case width <= 2 && r.day == 0:
		r.day = v
	}
}

// word takes the name of a month or a zone, or the half of the day.
func (r *quotedDateReader) word(w string) {
	switch low := strings.ToLower(w); low {
	case "am", "上午", "午前", "오전":
		r.half = "am"
		return
	case "pm", "下午", "午後", "오후":
		r.half = "pm"
		return
	}
	if m := monthNamed(w); m > 0 {
		r.month = m // the last one: the day of the week stands before it, and may look like one
	} else if hours, ok := zoneHours[strings.ToUpper(w)]; ok && r.clockSeen() {
		r.setZone(hours * 3600)
	}
}

// offset takes +0200, +02:00 and, behind GMT or UTC, +2.
func (r *quotedDateReader) offset(s string) int {
	d := dateReader{}
	n := 1
	for n < len(s) && n <= 6 && (isDigit(s[n]) || s[n] == ':') {
		n++
	}
	if n > 1 {
		if d.numericZone(strings.TrimRight(s[:n], ":")); d.zone {
			r.setZone(d.offset)
		}
	}
	return n
}

func (r *quotedDateReader) setZone(seconds int) {
	r.zone = true
	r.loc = time.UTC
	if seconds != 0 {
		r.loc = time.FixedZone("", seconds)
	}
}

// time puts the parts together.
func (r *quotedDateReader) time() time.Time {
	if r.month == 0 && r.year == 0 {
		r.country()
	}
	if n := len(r.dots); n == 3 && r.hour >= 0 && r.month == 0 { // 06.01.25 10:00
		r.day, r.month, r.year = r.dots[0], r.dots[1], 2000+r.dots[2]%100
	} else if n >= 2 && r.hour < 0 {
		r.hour, r.minute = r.dots[0], r.dots[1]
		if n > 2 {
			r.second = r.dots[2]
		}
	}
	switch {
	case r.half == "pm" && r.hour < 12 && r.hour >= 0:
		r.hour += 12
	case r.half == "am" && r.hour == 12:
		r.hour = 0
	}
	r.hour = max(r.hour, 0)
	if r.loc == nil {
		r.loc = time.UTC
	}
	if r.year < 1970 || r.month < 1 || r.month > 12 || r.day < 1 || r.day > 31 || r.hour > 23 || r.minute > 59 || r.second > 60 {
		return time.Time{}
	}
	t := time.Date(r.year, time.Month(r.month), r.day, r.hour, r.minute, min(r.second, 59), 0, r.loc)
	if t.Day() != r.day { // 31 February
		return time.Time{}
	}
	return t
}

// country decides between day/month and month/day: by the number that is no
// month, or by a clock with two halves, which stands with the month first.
func (r *quotedDateReader) country() {
	a, b, year := r.slashed[0], r.slashed[1], r.slashed[2]
	switch {
	case a > 12 || a == b:
		r.day, r.month = a, b
	case b > 12 || r.half != "":
		r.day, r.month = b, a
	default:
		return
	}
	if r.year = year; year < 100 {
		r.year += 2000
	}
}

// monthNamed returns 1 to 12 for the name of a month, with an ending when it is a
// long one; 0 for other words.
func monthNamed(w string) int {
	const longest = 40
	var buf [2 * longest]byte
	low := lowerInto(buf[:0], cutRunes(w, longest))
	for n := len(low); n >= 5 || n == len(low) && n > 0; n-- {
		if m := quoteWords.months[string(low[:n])]; m > 0 {
			return m
		}
	}
	return 0
}

// clockSeen tells whether a zone may follow.
func (r *quotedDateReader) clockSeen() bool { return r.hour >= 0 || r.dots != nil }
