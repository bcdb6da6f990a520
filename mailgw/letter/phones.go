package letter

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPhones is how many phone numbers of one mail are kept.
const maxPhones = 10

// phones returns the phone numbers in texts as E.164 has them, each once. domain is
// the writer's, for numbers without a calling code.
//
// Most numbers in mails are none. What counts is written as one: with a plus sign,
// with 00 and a calling code that stands apart, or behind a word such as "Tel.".
func phones(domain string, texts ...string) (found []string) {
	for _, text := range texts {
		r := phoneReader{text: text, domain: domain}
		for len(found) < maxPhones {
			number := r.next()
			if number == "" {
				break
			}
			if !slices.Contains(found, number) {
				found = append(found, number)
			}
		}
	}
	return found
}

// phoneReader looks for phone numbers in a text, from front to back.
type phoneReader struct {
	text, domain string
	pos          int
	steps        int // bytes that were looked at, for the tests
}

// next returns the next number, "" when there is no more.
func (r *phoneReader) next() string {
	for {
		from := r.pos
		for r.pos < len(r.text) && r.text[r.pos] != '+' && !isDigit(r.text[r.pos]) {
			r.pos++
		}
		r.steps += r.pos - from + 1
		if r.pos == len(r.text) {
			return ""
		}
		run := r.readRun()
		r.pos = run.end
		if number := r.judge(&run); number != "" {
			return number
		}
	}
}

// numberRun is a row of digits with what may stand between them.
type numberRun struct {
	digits  [maxRun]byte
	size    int // how many digits
	plus    bool
	start   int              // where it begins, with its plus sign
	end     int              // behind its last digit
	marks   int              // how often something stands between digits
	mark    byte             // what it is, when it is always the same ASCII sign; else 0
	first   byte             // what the first two signs are, when they are the same
	groups  [4]int           // how many digits the first groups have
	apart   [maxRun + 1]bool // apart[i]: something stands before digit i
	overrun bool             // it has more digits than any number
}

// maxRun is more digits than a phone number has.
const maxRun = 20

// readRun reads the run that begins at r.pos.
func (r *phoneReader) readRun() (run numberRun) {
	run.start = r.pos
	i, between, sign := r.pos, 0, ' ' // signs since the last digit, and the last of them
	if r.text[i] == '+' {
		run.plus, i = true, i+1
	}
	run.end = i
	for i < len(r.text) {
		r.steps++
		c, size := rune(r.text[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(r.text[i:])
		}
		switch {
		case c >= '0' && c <= '9':
			if strings.HasPrefix(r.text[i:], "0)") && run.plus && between > 0 && r.text[i-1] == '(' { // "+41 (0)44"
				i, between = i+size, 0
				continue
			}
			run.digit(byte(c), between, sign)
			i += size
			run.end, between = i, 0
			continue
		case !isNumberSign(c):
			return run
		}
		const areaCode = 5 // digits; behind them as much as " / " may stand
		if between++; between > 3 || between > 2 && run.size > areaCode {
			return run
		}
		i, sign = i+size, c
	}
	return run
}

// isNumberSign tells what may stand between the digits of a number.
func isNumberSign(c rune) bool {
	switch c {
	case ' ', '-', '.', '/', '(', ')', '\u00a0', '\u2009', '\u202f', '\u2010', '\u2011', '\u2013':
		return true
	}
	return false
}

// digit adds a digit, before which so many signs stand, the last of which is sign.
func (n *numberRun) digit(c byte, signs int, sign rune) {
	if n.size == maxRun {
		n.overrun = true
		return
	}
	if signs > 0 && n.size > 0 {
		switch {
		case signs > 1 || sign >= utf8.RuneSelf || n.marks > 0 && n.mark != byte(sign):
			n.mark = 0
		case n.marks == 0:
			n.mark = byte(sign)
		}
		n.apart[n.size] = true
		if n.marks++; n.marks == 2 {
			n.first = n.mark
		}
	}
	n.digits[n.size] = c
	n.size++
	if n.marks < len(n.groups) {
		n.groups[n.marks]++
	}
}

// judge makes a number of a run that is written as one; "" of all others.
func (r *phoneReader) judge(n *numberRun) string {
	const shortest = 6
	if n.size < shortest || n.overrun || !r.standsAlone(n) || n.isDateOrAddress() || phoneWords.measures(r.text[n.end:min(len(r.text), n.end+longestLabel)]) {
		return ""
	}
	digits := string(n.digits[:n.size])
	if n.plus {
		// "+47.3769381" is a place on earth.
		if n.marks == 1 && n.mark == '.' {
			return ""
		}
		number, _ := phoneNumbers.international(digits)
		return number
	}
	line := strings.LastIndexByte(r.text[max(0, n.start-2*longestLabel):n.start], '\n') + 1 + max(0, n.start-2*longestLabel)
	r.steps += min(n.start, 2*longestLabel)
	name := phoneWords.name(strings.TrimRight(r.text[line:n.start], "("))
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		number, code := phoneNumbers.international(rest)
		if name == namedPhone || name == namedNothing && code > 0 && n.apart[2+code] {
			return number
		}
		return ""
	}
	if name != namedPhone {
		return ""
	}
	return phoneNumbers.national(digits, r.domain)
}

// standsAlone tells a run that is no part of something longer: a code, a name, a
// time, an amount, an address of the web.
func (r *phoneReader) standsAlone(n *numberRun) bool {
	before, size := utf8.DecodeLastRuneInString(r.text[:n.start])
	switch {
	case size == 0:
	case strings.ContainsRune("+_@&/=\\'’,", before), unicode.IsDigit(before), unicode.IsLetter(before) && before < 0x2e80, unicode.Is(unicode.Sc, before):
		return false
	case before == '-' || before == '.' || before == ':' || before == '#':
		// "A-4711", "1:23", but "Tel.-044" and "Tel.:044".
		outer, _ := utf8.DecodeLastRuneInString(r.text[:n.start-1])
		if unicode.IsDigit(outer) || before == '#' || before == '-' && unicode.IsUpper(outer) {
			return false
		}
	}
	behind := r.text[n.end:]
	after, size := utf8.DecodeRuneInString(behind)
	if size == 0 {
		return true
	}
	next, _ := utf8.DecodeRuneInString(behind[size:])
	switch {
	case (after == 'x' || after == '#') && unicode.IsDigit(next): // an extension
	case unicode.IsDigit(after), after == '_', after == '@', after == '\'', after == '+', unicode.IsLetter(after) && after < 0x2e80:
		return false
	case after == ':' || after == ',' || after == '-' || after == '.' || after == '/':
		return !unicode.IsDigit(next) && (after != '-' && after != '/' || !unicode.IsLetter(next))
	}
	return true
}

// isDateOrAddress tells 2026-07-14, 14.07.2026 and 192.168.100.200.
func (n *numberRun) isDateOrAddress() bool {
	if n.plus {
		return false
	}
	g := n.groups
	isDate := (n.first == '-' || n.first == '.' || n.first == '/') && (g[0] == 4 && g[1] == 2 && g[2] == 2 || g[0] == 2 && g[1] == 2 && g[2] == 4)
	isIP := n.marks == 3 && n.mark == '.' && max(g[0], g[1], g[2], g[3]) <= 3 && g != [4]int{2, 2, 2, 2} && n.digits[0] != '0'
	return isDate || isIP
}
