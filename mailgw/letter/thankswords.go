package letter

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// thanksWord is one word of a text, with what stands around it.
type thanksWord struct {
	text  string // without case and accents
	name  bool   // it begins with a capital letter and goes on with small ones
	apart bool   // a comma, a full stop or the like stands before it
	line  bool   // it begins a line
}

// take reads a text into words. It is false when the text has what no thanks have:
// a digit, a question, anything of an address, a picture that says something.
func (r *thanksReader) take(text string) bool {
	// NFKD also turns full-width marks, "…" and the Greek question mark into ASCII.
	text = smileys.Replace(norm.NFKD.String(text))
	var w thanksWord
	var b strings.Builder
	capitals, letters := 0, 0
	next := thanksWord{line: true}
	finish := func() bool {
		if w.text = strings.Trim(b.String(), "'"); w.text != "" {
			w.name = w.name && capitals == 1 && letters > 1
			r.words, next = append(r.words, w), thanksWord{}
		}
		b.Reset()
		return len(r.words) <= maxThanksWords
	}
	for _, c := range text {
		switch {
		case unicode.IsLetter(c):
			if b.Len() == 0 {
				w, capitals, letters = next, 0, 0
				w.name = unicode.IsUpper(c)
			}
			if unicode.IsUpper(c) {
				capitals++
			}
			letters++
			writeFolded(&b, c)
			continue
		case c == '\'' || c == '’' || c == 'ʼ':
			if b.Len() > 0 {
				b.WriteByte('\'')
			}
			continue
		case unicode.Is(unicode.Mn, c) || c == '\u200b' || c == '\u200d' || c == '\ufeff' || c == '\u00ad' || '\U0001F3FB' <= c && c <= '\U0001F3FF':
			continue // an accent, or nothing to be seen; a picture's color of skin
		}
		if !finish() {
			return false
		}
		switch {
		case c == '\n':
			next.line = true
		case c == ' ' || c == '\t' || c == '-' || strings.ContainsRune(`"“”„«»*_~`, c):
		case strings.ContainsRune(".,!:–—¡。、", c) || r.signs[c]:
			next.apart = true
		default:
			return false
		}
	}
	return finish()
}

// smileys are friendly, and hold marks that would make a mail say something.
var smileys = strings.NewReplacer(":-)", ". ", ":)", ". ", ";-)", ". ", ";)", ". ", ":-D", ". ", ":D", ". ", "=)", ". ", ":o)", ". ", ":-P", ". ", ":P", ". ", "^^", ". ")

// writeFolded writes a letter without case; those that are no plain letter with an
// accent are written out.
func writeFolded(b *strings.Builder, c rune) {
	switch c = unicode.ToLower(c); c {
	case 'ß':
		b.WriteString("ss")
	case 'æ':
		b.WriteString("ae")
	case 'œ':
		b.WriteString("oe")
	case 'ø':
		b.WriteByte('o')
	case 'ł':
		b.WriteByte('l')
	case 'đ':
		b.WriteByte('d')
	case 'ı':
		b.WriteByte('i')
	default:
		b.WriteRune(c)
	}
}

// foldWords are the words of a text in the form in which they are compared.
func foldWords(text string) []string {
	r := thanksReader{}
	r.take(text)
	words := make([]string, len(r.words))
	for i, w := range r.words {
		words[i] = w.text
	}
	return words
}

// maxSignedBytes is how much of a name is read.
const maxSignedBytes = 200

// ownNames are the words that the writer may sign with: the display name's, their
// initials, and what stands in the address before the @.
func (m *Mail) ownNames() map[string]bool {
	author, names := m.Author(), map[string]bool{}
	local, _, _ := strings.Cut(author.Addr, "@")
	words := foldNames(author.Name)
	initials := ""
	for _, w := range words {
		_, n := utf8.DecodeRuneInString(w)
		initials += w[:n]
		names[w[:n]] = true
	}
	if initials != "" {
		names[initials] = true
	}
	for _, w := range append(words, foldNames(local)...) {
		names[w] = true
	}
	for w := range names {
		if neverNames[w] {
			delete(names, w)
		}
	}
	return names
}

// otherNames are the words of the recipients' display names.
func (m *Mail) otherNames() map[string]bool {
	names := map[string]bool{}
	for _, as := range [][]Address{m.To, m.Cc} {
		for _, a := range as[:min(len(as), maxThanksWords)] {
			for _, w := range foldNames(a.Name) {
				names[w] = !neverNames[w]
			}
		}
	}
	return names
}

// foldNames are the words of a name or the local part of an address.
func foldNames(name string) []string {
	return foldWords(strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.Is(unicode.Mn, c) || c == '\'' || c == '’' {
			return c
		}
		return ' '
	}, cutRunes(name, maxSignedBytes)))
}
