package letter

import (
	"strings"
	"unicode/utf8"
)

// Excerpt returns the first words of a text in at most limit bytes: whole words,
// white space squeezed to single spaces, "…" at the end when something was left
// out. A first word that is too long by itself is cut.
func Excerpt(text string, limit int) string {
	const dots = "…"
	if limit < len(dots) {
		return ""
	}
	var b strings.Builder
	b.Grow(min(len(text), limit) + utf8.UTFMax)
	fits := 0 // the length up to which whole words and the dots fit
	for word := range strings.FieldsSeq(text) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word[:min(len(word), limit+1)])
		if b.Len() > limit {
			s := b.String()
			if fits == 0 {
				return cutRunes(s, limit-len(dots)) + dots
			}
			return s[:fits] + dots
		}
		if b.Len()+len(dots) <= limit {
			fits = b.Len()
		}
	}
	return b.String()
}

// cutRunes cuts s to at most limit bytes and leaves no character in half.
func cutRunes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
