package letter

import (
	"strings"
	"time"
)

// parseDate reads a Date field as sloppy as it comes: with or without the day,
// with comments, two-digit years, names of zones, months in other languages, as ISO
// 8601 or in numbers. zone is true when the writer's zone is known.
//
// RFC 5322 §3.3: "-0000" gives the time but says nothing about the zone.
func parseDate(v string) (t time.Time, zone bool) {
	if len(v) > 200 {
		v = v[:200]
	}
	v, _ = splitComment(unfold(v))
	// RFC 5322 §4.3: white space around the colons is obsolete, and read.
	v = strings.ReplaceAll(strings.ReplaceAll(strings.Join(strings.Fields(v), " "), " :", ":"), ": ", ":")
	if len(v) > 10 && v[4] == '-' {
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t, true
		}
	}
	d := dateReader{day: -1, month: -1, year: -1, hour: -1}
	for rest := v; rest != ""; {
		i := strings.IndexAny(rest, " ,\t")
		if i < 0 {
			i = len(rest)
		}
		if i > 0 {
			d.word(rest[:i])
		}
		rest = rest[min(i+1, len(rest)):]
	}
	if d.day < 1 || d.day > 31 || d.month < 1 || d.year < 1900 || d.hour < 0 || d.hour > 23 {
		return time.Time{}, false
	}
	loc := time.UTC
	if d.zone && d.offset != 0 {
		loc = time.FixedZone("", d.offset)
	}
	t = time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, min(d.second, 59), 0, loc)
	if t.Day() != d.day { // 31 February
		return time.Time{}, false
	}
	return t, d.zone
}

// dateReader gathers a date's parts; -1 is missing.
type dateReader struct {
	day, month, year     int
	hour, minute, second int
	offset               int // seconds east
	zone                 bool
	zoneSeen             bool
	first                bool // the month stands before the day: it may be a Tuesday, "mar."
}

// word takes the next word of the field by its shape.
func (d *dateReader) word(w string) {
	switch {
	case w == "":
	case w[0] >= '0' && w[0] <= '9' && d.day < 0 && d.numbers(w):
	case strings.Count(w, "-") == 2 && w[0] != '-': // 01-Jan-2025
		for part := range strings.SplitSeq(w, "-") {
			d.word(part)
		}
	case strings.IndexByte(w, ':') > 0 && d.hour < 0:
		d.clock(w)
	case w[0] == '+' || w[0] == '-':
		d.numericZone(w)
	case w[0] >= '0' && w[0] <= '9':
		d.number(w)
	case (d.month < 0 || d.first) && len(w) >= 3 && monthOf(w) > 0:
		d.first = d.month < 0 && d.day < 0
		d.month = monthOf(w)
	case d.hour > 0 && d.hour <= 12 && (strings.EqualFold(w, "am") || strings.EqualFold(w, "pm")):
		d.hour %= 12
		if w[0]|0x20 == 'p' {
			d.hour += 12
		}
	case d.hour >= 0 && !d.zoneSeen:
		d.namedZone(w)
	}
}

// numbers takes a day that is written in numbers only: 2026-07-14, 14.07.2026, or
// 7/14/2026 when it is plain which number is the month. A time may be glued to the
// first form with a "T".
func (d *dateReader) numbers(w string) bool {
	sep := w[strings.IndexFunc(w+" ", func(r rune) bool { return r < '0' || r > '9' }):]
	if sep == "" || !strings.Contains("-./", sep[:1]) {
		return false
	}
	w, clock, _ := strings.Cut(w, "T")
	parts := strings.Split(w, sep[:1])
	if len(parts) != 3 {
		return false
	}
	var n [3]int
	for i, part := range parts {
		v, ok := digits(part)
		if !ok {
			return false
		}
		n[i] = v
	}
	switch {
	case len(parts[0]) == 4:
		d.year, d.month, d.day = n[0], n[1], n[2]
	case len(parts[2]) != 4:
		return false
	case sep[0] == '.' || n[0] > 12:
		d.day, d.month, d.year = n[0], n[1], n[2]
	case n[1] > 12:
		d.month, d.day, d.year = n[0], n[1], n[2]
	default:
		return false
	}
	if d.month > 12 {
		d.month = -1
	}
	if clock != "" {
		d.clock(clock)
	}
	return true
}

// clock reads 15:04:05, with + or - and a zone glued to it.
func (d *dateReader) clock(w string) {
	if i := strings.IndexAny(w, "+-"); i > 0 {
		d.numericZone(w[i:])
		w = w[:i]
	}
	var n [3]int
	i := 0
	for part := range strings.SplitSeq(w, ":") {
		part, _, _ = strings.Cut(part, ".")
		v, ok := digits(part)
		if !ok || i == 3 || v > 60 {
			return
		}
		n[i] = v
		i++
	}
	d.hour, d.minute, d.second = n[0], min(n[1], 59), n[2]
}

// number takes a day or a year.
// RFC 5322 §4.3: two digits below 50 are 20xx, other ones and three digits 19xx.
func (d *dateReader) number(w string) {
	v, ok := digits(w)
	switch {
	case !ok || len(w) > 4:
	case d.day < 0 && len(w) <= 2:
		d.day = v
	case d.year >= 0:
	case len(w) == 4:
		d.year = v
	case len(w) == 2 && v < 50:
		d.year = 2000 + v
	default:
		d.year = 1900 + v
	}
}

// numericZone takes +0200, -05:00 or +2.
func (d *dateReader) numericZone(w string) {
	d.zoneSeen = true
	v, ok := digits(strings.Replace(w[1:], ":", "", 1))
	if !ok || len(w) > 6 {
		return
	}
	if len(w) <= 3 {
		v *= 100
	}
	if v/100 > 14 || v%100 > 59 {
		return
	}
	d.offset = v/100*3600 + v%100*60
	d.zone = v != 0 || w[0] != '-'
	if w[0] == '-' {
		d.offset = -d.offset
	}
}

// zoneHours are the named zones, in hours east.
var zoneHours = map[string]int{
	"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 1, "CET": 1, "MET": 1, "MEZ": 1, "CEST": 2, "MEST": 2, "MESZ": 2, "EET": 2, "EEST": 3,
	"MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}

// namedZone takes the names that RFC 5322 §4.3 defines, and those that mean one zone
// only, also with an offset, GMT+0200. All other ones "should be considered
// equivalent to -0000".
func (d *dateReader) namedZone(w string) {
	w = strings.Trim(w, `"'`)
	if i := strings.IndexAny(w, "+-"); i > 0 {
		if hours, ok := zoneHours[strings.ToUpper(w[:i])]; ok && hours == 0 {
			d.numericZone(w[i:])
		}
		return
	}
	if hours, ok := zoneHours[strings.ToUpper(w)]; ok {
		d.zoneSeen, d.zone, d.offset = true, true, hours*3600
	}
}

// monthOf returns 1 to 12 for a name that begins like an English month, or like one
// of the languages around, where programs write dates in their user's; else 0.
func monthOf(w string) int {
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	for i := 0; i < len(names); i += 3 {
		if strings.EqualFold(names[i:i+3], w[:3]) {
			return i/3 + 1
		}
	}
	w = strings.ToLower(w)
	for month, starts := range otherMonths {
		for start := range strings.FieldsSeq(starts) {
			if strings.HasPrefix(w, start) {
				return month + 1
			}
		}
	}
	return 0
}

// otherMonths are the beginnings of months in German, Dutch, French, Spanish, Italian,
// Portuguese and the languages of the North, where they differ from English.
var otherMonths = [12]string{
	"ene gen", "fév", "mär mrt maa mrz", "avr abr", "mai mei mag maj", "juin giu", "juil lug", "aoû ago", "set", "okt ott out", "", "dez déc dic des",
}

// digits reads a short decimal number.
func digits(s string) (int, bool) {
	if s == "" || len(s) > 4 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}
