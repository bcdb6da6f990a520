package wording

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Forbidden returns the phrases in text that we do not say, in any of our
// languages: promises without a time, "do not reply", a ticket closed over
// somebody's head, politeness that nobody means. It takes plain text; case, line
// breaks and the shape of apostrophes don't matter. nil means that all is well.
func Forbidden(text string) []string {
	c, err := loaded()
	if err != nil {
		return nil
	}
	text = fold(text)
	var found []string
	for _, phrase := range c.never {
		if !slices.Contains(found, phrase) && contains(text, phrase) {
			found = append(found, phrase)
		}
	}
	return found
}

// contains finds phrase at the beginning of a word. Its end is open, so that
// "schnellstmöglich" finds "schnellstmögliche" as well.
func contains(text, phrase string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], phrase)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:from+i])
		if !unicode.IsLetter(before) && !unicode.IsDigit(before) {
			return true
		}
		from += i + len(phrase)
	}
}

// fold makes texts comparable: lower case, single spaces, straight apostrophes,
// no quotation marks of replies between the lines.
func fold(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, "’", "'"))
	fields := strings.Fields(s) // knows no-break spaces too
	return strings.Join(slices.DeleteFunc(fields, func(f string) bool { return f == ">" }), " ")
}
