package heard

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// numberAt reads digits: "12", "1'200", "1.200".
func (c *impactCutter) numberAt(at int, tok *impactToken) int {
	s, start := c.text, at
	tok.digits = true
	value, digits := int64(0), 0
	for at < len(s) {
		b := s[at]
		if b >= '0' && b <= '9' {
			if digits < maxImpactDigits+2 {
				value = value*10 + int64(b-'0')
			}
			digits++
			at++
			continue
		}
		if strings.IndexByte("'.,", b) >= 0 && at-start <= 3 && groupOfThree(s[at+1:]) {
			at++
			continue
		}
		break
	}
	if digits <= maxImpactDigits && (digits == 1 || s[start] != '0') && !joinedBefore(s, start) && !joinedBehind(s[at:]) {
		tok.num = value
	}
	return at
}

// joinedBefore tells what in front of a number says that it counts no people: "v12", "€ 12", "9:12".
func joinedBefore(s string, at int) bool {
	c, n := utf8.DecodeLastRuneInString(s[:at])
	if last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s[max(0, at-8):at], " ")); n > 0 && strings.ContainsRune("€£$#", last) {
		return true
	}
	if n == 0 || c == ' ' || c == '\n' {
		return false
	}
	if unicode.IsLetter(c) || c == '_' || c == '@' {
		return true
	}
	before := byte(' ')
	if at > n {
		before = s[at-n-1]
	}
	digit := before >= '0' && before <= '9'
	switch c {
	case '.', ',', ':', '/', '\'':
		return digit
	case '-':
		return !digit && before != ' ' && before != '\n' // "10-15" is a range
	}
	return false
}

// joinedBehind tells the same of what follows it: "12%", "9:30", "9h15".
func joinedBehind(s string) bool {
	c, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return false
	}
	digit := len(s) > n && s[n] >= '0' && s[n] <= '9'
	return unicode.IsLetter(c) || strings.ContainsRune("%$€£_@°", c) || strings.ContainsRune(".,/:", c) && digit
}

// groupOfThree tells digits of a thousand: "200" and no digit more.
func groupOfThree(s string) bool {
	for i := range 3 {
		if i >= len(s) || s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 3 || s[3] < '0' || s[3] > '9'
}
