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
	fits := 0 // the length up to which whole words and the dots fit
	for word := range strings.FieldsSeq(text) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word[:min(len(word), limit+1)])
		if b.Len() > limit {
			s := b.String()
			if fits == 0 {
				fits = limit - len(dots)
				for fits > 0 && !utf8.RuneStart(s[fits]) {
					fits--
				}
			}
			return s[:fits] + dots
		}
		if b.Len()+len(dots) <= limit {
			fits = b.Len()
		}
	}
	return b.String()
}
