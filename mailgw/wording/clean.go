package wording

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is shown, in characters unless noted.
const (
	maxSubject      = 250
	maxName         = 60
	maxLine         = 200 // one-line facts: company, a line of history, a file name
	maxExcerpt      = 400
	maxExcerptLines = 6
	maxBlock        = 1000 // the desk's own sentences
	maxWordsBytes   = 4096
)

// block cleans words of several lines: LF between lines, no blank ones around
// them, never two blank lines in a row, nothing invisible that could turn the
// reading direction or hide a word.
func block(s string) string {
	s = strings.TrimSpace(visible(s))
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return s
}

// line cleans words that must stay on one line, and cuts them to limit.
func line(s string, limit int) string {
	if len(s) > 8*limit {
		// What is cut off need not be cleaned; 8 leaves room for what cleaning removes.
		s = cutBytes(s, 8*limit)
	}
	if s = visible(s); !single(s) {
		// No-break spaces inside stay: "15 h 00" must not fall apart.
		s = strings.TrimSpace(strings.Join(strings.FieldsFunc(s, breaking), " "))
	}
	return cut(s, limit)
}

func breaking(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }

// single reports whether all spaces in s are plain, single and between words.
// Most facts are so, and are then not copied.
func single(s string) bool {
	space := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			if space {
				return false
			}
			space = true
		case c < ' ' || c >= utf8.RuneSelf: // not looked at closer
			return false
		default:
			space = false
		}
	}
	return !space || s == ""
}

// visible removes what cannot be seen and must not be in a mail that we write.
func visible(s string) string {
	if plain(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085' || r == '\v' || r == '\f':
			b.WriteByte('\n')
		case r == utf8.RuneError || hidden(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < ' ' && c != '\n' && c != '\t') || c > '~' {
			return false
		}
	}
	return true
}

// hidden reports characters that have no glyph. The joiners U+200C and U+200D
// and the marks U+200E, U+200F and U+061C stay: Persian, emoji, Hebrew and
// Arabic are written with them, and none of them reorders the words of others.
func hidden(r rune) bool {
	switch {
	case r == '\u200c' || r == '\u200d' || r == '\u200e' || r == '\u200f' || r == '\u061c':
		return false
	case r < 0x300: // most of what comes, without asking the tables
		return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u00ad'
	}
	// Cf has the direction overrides and isolates, zero-width spaces and language
	// tags; Co and Cs mean nothing outside of the machine they were written on.
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// cut shortens to at most limit characters, at a word's end when one is near,
// and shows that it did.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end, n := 0, 0
	for i := range s {
		if n == limit-1 {
			end = i
		}
		if n++; n > limit {
			break
		}
	}
	if n <= limit {
		return s
	}
	head := s[:end]
	if i := strings.LastIndexAny(head, " \n"); i > len(head)*3/4 && s[end] != ' ' && s[end] != '\n' {
		head = head[:i]
	}
	return strings.TrimRight(head, " \n\t\u200d") + "…"
}

// cutBytes shortens to at most limit bytes without splitting a character.
func cutBytes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// sentence is one of the desk's own, of one or more lines.
func sentence(s string) string {
	return cut(block(cutBytes(s, 8*maxBlock)), maxBlock)
}

// excerpt is the beginning of somebody's words.
func excerpt(s string) string {
	s = block(cutBytes(s, 8*maxExcerpt))
	s = strings.ReplaceAll(s, "\n\n", "\n")
	if parts := strings.SplitN(s, "\n", maxExcerptLines+1); len(parts) > maxExcerptLines {
		s = strings.TrimRight(strings.Join(parts[:maxExcerptLines], "\n"), " .") + " …"
	}
	return cut(s, maxExcerpt)
}

// words is what somebody wrote, in full as far as a notice goes.
func words(s string) string {
	if len(s) <= maxWordsBytes {
		return block(s)
	}
	return block(cutBytes(s, maxWordsBytes)) + " …"
}
