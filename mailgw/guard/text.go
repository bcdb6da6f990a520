package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// words is a text in folded words: small letters without accents, umlauts
// without their e. An apostrophe joins, all
// else that is no letter or digit parts.
type words struct {
	list []string
	line []int // of each word, the line in which it stands
}

// foldLines takes lines apart.
func foldLines(lines []string) (w words) {
	for n, line := range lines {
		var b strings.Builder
		end := func() {
			if b.Len() > 0 {
				w.list, w.line = append(w.list, oneWay(b.String())), append(w.line, n)
				b.Reset()
			}
		}
		for _, r := range norm.NFKD.String(line) {
			switch {
			case unicode.Is(unicode.Mn, r), isApostrophe(r):
			case r == 'ß':
				b.WriteString("ss")
			case unicode.IsLetter(r), unicode.IsDigit(r):
				b.WriteRune(unicode.ToLower(r))
			case r == '\u00ad', r == '\u200b', r == '\u200c', r == '\u200d', r == '\ufeff', r == '\u2060': // nobody sees them
			default:
				end()
			}
		}
		end()
	}
	return w
}

// seen is a text without the characters that nobody sees, soft hyphens among them: a name
// with one in it is read as the name.
func seen(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
}

// oneWay writes a word the same whether its umlauts were typed as one letter or as two.
func oneWay(word string) string {
	for _, v := range [...]string{"a", "o", "u"} {
		word = strings.ReplaceAll(word, v+"e", v)
	}
	return word
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == '‘' || r == '´' || r == '`' }

// spaced is all of them, a space around each.
func (w words) spaced() string { return " " + strings.Join(w.list, " ") + " " }

// addressesIn are the mail addresses in a text, as they stand there.
func addressesIn(text string) (out []string) {
	for at := strings.IndexByte(text, '@'); at >= 0; {
		from, to := at, at+1
		for from > 0 {
			r, size := utf8.DecodeLastRuneInString(text[:from])
			if !isLocal(r) {
				break
			}
			from -= size
		}
		for to < len(text) {
			r, size := utf8.DecodeRuneInString(text[to:])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '-' {
				break
			}
			to += size
		}
		if local, domain := strings.TrimLeft(text[from:at], "."), strings.TrimRight(text[at+1:to], ".-"); local != "" && strings.Contains(domain, ".") {
			out = append(out, local+"@"+domain)
		}
		next := strings.IndexByte(text[to:], '@')
		if next < 0 {
			break
		}
		at = to + next
	}
	return out
}

// isLocal reports whether a letter can stand before the @ of an address.
func isLocal(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(".!#$%&*+/=?^_{|}~-", r)
}
