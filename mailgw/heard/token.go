package heard

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is made of.
type kind uint8

const (
	word   kind = iota // letters; an apostrophe ends a word and belongs to it: "i'" "ll"
	number             // digits
	mark               // one other character
)

// token is one word, number or mark of the text.
type token struct {
	kind       kind
	start, end int    // bytes of the text
	low        string // a word in small letters, with a plain apostrophe; a mark as it is
	num        int    // a number's value, -1 above four digits
	space      bool   // white space stands before it
	lines      int    // how many line breaks stand before it
	capital    bool   // a word that begins with a capital letter
	quoted     bool   // within quotation marks
}

// maxText is how much of a text is read, in bytes: a promise stands in the words
// that a person has typed.
const maxText = 64 << 10

// tokenize cuts the text. Lines that quote another mail are left out.
func tokenize(text string) []token {
	if len(text) > maxText {
		text = text[:maxText]
	}
	out := make([]token, 0, len(text)/5+8)
	space, lines := true, 2
	for i := quotedLines(text); i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\n':
			lines++
			space = true
			i += n
			i += quotedLines(text[i:])
		case unicode.IsSpace(r):
			space = true
			i += n
		default:
			t := next(text, i, r)
			t.space, t.lines = space, lines
			if joinsWords(t, out, text) {
				i = t.end
				continue
			}
			out = append(out, t)
			space, lines, i = false, 0, t.end
		}
	}
	quotations(out)
	return out
}

// quotedLines is the length of the lines at the start that quote.
func quotedLines(text string) int {
	n := 0
	for strings.HasPrefix(strings.TrimLeft(text[n:min(len(text), n+8)], " \t"), ">") {
		end := strings.IndexByte(text[n:], '\n')
		if end < 0 {
			return len(text)
		}
		n += end + 1
	}
	return n
}

// joinsWords tells a hyphen between two letters, "après-midi": it is no token.
func joinsWords(t token, before []token, text string) bool {
	if t.kind != mark || (t.low != "-" && t.low != "\u2010" && t.low != "\u2011") || t.space || len(before) == 0 || before[len(before)-1].kind != word {
		return false
	}
	r, _ := utf8.DecodeRuneInString(text[t.end:])
	return unicode.IsLetter(r)
}

// next is the token at i, which begins with r.
func next(text string, i int, r rune) token {
	switch {
	case r >= '0' && r <= '9':
		return digits(text, i)
	case unicode.IsLetter(r):
		return letters(text, i, r)
	}
	n := utf8.RuneLen(r)
	if n < 1 || r == utf8.RuneError {
		n = 1
	}
	t := token{kind: mark, start: i, end: i + n, low: text[i : i+n]}
	if r == '’' {
		t.low = "'"
	}
	return t
}

func digits(text string, i int) token {
	end, value := i, 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		if end-i < 4 {
			value = value*10 + int(text[end]-'0')
		} else {
			value = -1
		}
		if value < 0 {
			value = -1
		}
		end++
	}
	if end-i > 4 {
		value = -1
	}
	return token{kind: number, start: i, end: end, num: value}
}

func letters(text string, i int, first rune) token {
	end, plain := i, true
	for end < len(text) {
		r, n := utf8.DecodeRuneInString(text[end:])
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) {
			break
		}
		plain = plain && r < utf8.RuneSelf && !(r >= 'A' && r <= 'Z')
		end += n
	}
	low := text[i:end]
	if !plain {
		low = strings.ToLower(low)
	}
	if r, n := utf8.DecodeRuneInString(text[end:]); r == '\'' {
		end += n
		low = low + "'"
	} else if r == '’' || r == '´' {
		end += n
		low += "'"
	}
	return token{kind: word, start: i, end: end, low: low, capital: unicode.IsUpper(first)}
}

// maxQuotation is how many tokens a quotation may have: a mark without its
// partner must not swallow the letter.
const maxQuotation = 40

// quotations marks what stands between quotation marks.
func quotations(tokens []token) {
	open := -1
	for i := range tokens {
		if tokens[i].kind != mark {
			continue
		}
		if open >= 0 && (i-open > maxQuotation || tokens[i].lines > 1) {
			open = -1
		}
		switch tokens[i].low {
		case "„", "«", "‹":
			open = i
		case `"`, "“", "”", "»", "›":
			if open < 0 {
				open = i
				continue
			}
			for j := open; j <= i; j++ {
				tokens[j].quoted = true
			}
			open = -1
		}
	}
}
