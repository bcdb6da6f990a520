package letter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFileName is how many bytes of a file's name are kept.
const maxFileName = 200

// cleanFileName makes a sender's name for a file fit to be shown and passed on: one
// visible line, which is no path and no name that a system takes for something
// else. What has nothing left has no name.
//
// RFC 2183 §2.3: a name must not be used as it is, nor the path that it may seem to have.
func cleanFileName(s string) string {
	if !isClean(s) {
		s = strings.Map(inFileName, cleanLine(s))
	}
	s = strings.TrimRight(strings.TrimRightFunc(s, aroundFileName), `/\`)
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	// From here on each round looks only at what it takes away, and what is beside it.
	for before := -1; before != len(s); {
		before = len(s)
		s = strings.TrimRightFunc(s, aroundFileName)
		s = strings.TrimLeftFunc(s, aroundFileName)
		if len(s) > 1 && s[1] == ':' && ('a' <= s[0]|0x20 && s[0]|0x20 <= 'z') { // a drive
			s = s[2:]
		}
	}
	if isDevice(s) {
		s = "_" + s
	}
	return shortFileName(s)
}

// inFileName drops what is not seen or turns the direction of writing.
func inFileName(r rune) rune {
	switch {
	case r >= ' ' && r < 0x7f:
		return r
	case r == '\u2800': // the blank of Braille
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Noncharacter_Code_Point):
		return -1
	}
	return r
}

// aroundFileName are the characters that a name neither begins nor ends with: a
// dot hides a file, and Windows drops dots and spaces at the end.
func aroundFileName(r rune) bool { return r == '.' || unicode.IsSpace(r) }

// isDevice reports whether Windows takes a name for a device, whatever stands
// behind its first dot.
func isDevice(s string) bool {
	s, _, _ = strings.Cut(s, ".")
	s = strings.ToUpper(strings.TrimRightFunc(s, unicode.IsSpace))
	switch s {
	case "CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$":
		return true
	}
	digit, isPort := strings.CutPrefix(s, "COM")
	if !isPort {
		digit, isPort = strings.CutPrefix(s, "LPT")
	}
	return isPort && utf8.RuneCountInString(digit) == 1 && strings.Contains("0123456789¹²³", digit)
}

// shortFileName cuts a name that is too long, and keeps what tells its type.
func shortFileName(s string) string {
	if len(s) <= maxFileName {
		return s
	}
	const longest = 16
	ext := ""
	if i := strings.LastIndexByte(s, '.'); len(s)-i <= longest {
		s, ext = s[:i], s[i:]
	}
	n := maxFileName - len(ext)
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRightFunc(s[:n], aroundFileName) + ext
}
