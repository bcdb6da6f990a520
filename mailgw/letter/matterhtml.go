package letter

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// htmlSource is the HTML of a mail that has one, and only one.
type htmlSource struct {
	html     string            // "" for none
	pictures map[string]string // see htmlText
	isText   bool              // the text was made of it; else it stands beside the text
}

// sourceOf returns the HTML of the block that is shown, when only one is.
func sourceOf(blocks []block, named bool, pictures map[string]string) (src htmlSource) {
	shown := 0
	for _, b := range blocks {
		if b.named != named || strings.TrimSpace(b.plain) == "" && strings.TrimSpace(b.html) == "" {
			continue
		}
		shown++
		src = htmlSource{html: b.html, pictures: pictures, isText: b.isHTML}
	}
	if shown != 1 {
		return htmlSource{}
	}
	return src
}

// beside gives a plain text the HTML that says the same, when there is one.
func beside(plain block, all []block) block {
	for _, b := range all {
		switch {
		case !b.isHTML:
		case plain.html != "":
			plain.html = ""
			return plain
		default:
			plain.html = b.html
		}
	}
	return plain
}

// MatterHTML returns the words of [Mail.Matter] as the HTML that their writer gave
// them, cleaned: see [CleanHTML]. Which words of the HTML these are is told by their
// places in the text. ok is false when the mail has no HTML, or more than one; when
// it is not sure that the HTML says the same words as the text; when it shows
// nothing that plain words do not; and for what CleanHTML does not write.
func (m *Mail) MatterHTML() (clean string, ok bool) {
	src := m.source
	if src.html == "" || len(src.html) > maxCleanSource {
		return "", false
	}
	walk := seenWalk(src.html, src.pictures)
	whole := walk.out.String()
	text := strings.TrimSpace(whole)
	spans := m.Split
	switch {
	case src.isText && text != m.Text:
		return "", false
	case !src.isText:
		spans = splitAbout(text, m.passing(), topicOf(m.Subject)).spans
	}
	kinds := []SpanKind{SpanNew}
	switch {
	case slices.ContainsFunc(spans, func(s Span) bool { return s.Kind == SpanForwarded }):
		kinds = append(kinds, SpanForwarded)
	case m.Forwarded != nil: // it is attached, and its words stand elsewhere
		return "", false
	}
	words := joined(text, spans, kinds...)
	all := words == ""
	if all {
		words = text
	}
	if !src.isText && !sameWords(words, m.Matter()) {
		return "", false
	}
	clean, ok = cleanWalk(src.html, src.pictures, walk, stretches(spans, kinds, all, strings.Index(whole, text)))
	if !ok || !saysMore(clean) {
		return "", false
	}
	return clean, true
}

// stretches returns where spans of some kinds stand in a text that begins with lead
// bytes more; nil for all of it.
func stretches(spans []Span, kinds []SpanKind, all bool, lead int) []stretch {
	if all {
		return nil
	}
	out := []stretch{}
	for _, s := range spans {
		if slices.Contains(kinds, s.Kind) {
			out = append(out, stretch{lead + s.Start, lead + s.End})
		}
	}
	return out
}

// saysMore tells whether clean HTML shows what plain words do not.
func saysMore(clean string) bool {
	for _, tag := range []string{"<table", "<ul", "<ol", "<li", "<b>", "<b ", "<strong", "<i>", "<i ", "<em", "<u>", "<u ", "<s>", "<code", "<pre", "<h", "<a "} {
		if strings.Contains(clean, tag) {
			return true
		}
	}
	return false
}

// sameWords tells whether two texts have the same letters and digits. Programs make
// plain text of HTML in their own ways: signs, spaces, and where links and pictures
// lead to do not count.
func sameWords(a, b string) bool {
	x, y := wordReader{rest: a}, wordReader{rest: b}
	for {
		r, s := x.next(), y.next()
		if r != s {
			return false
		}
		if r == 0 {
			return true
		}
	}
}

// wordReader reads the letters and digits of a text.
type wordReader struct{ rest string }

// next returns the next letter or digit, 0 at the end.
func (w *wordReader) next() rune {
	for w.rest != "" {
		if c := w.rest[0]; c == '<' || c == '[' {
			if n := targetLength(w.rest); n > 0 {
				w.rest = w.rest[n:]
				continue
			}
		}
		r, n := utf8.DecodeRuneInString(w.rest)
		w.rest = w.rest[n:]
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
	}
	return 0
}

// targetLength returns how long the brackets are that a text begins with, when they
// hold where a link leads or which picture stands there; else 0.
func targetLength(s string) int {
	const longest = 2000
	end := strings.IndexAny(s[1:min(len(s), longest)], "<>[]\n")
	if end < 0 || s[1+end] != '>' && s[1+end] != ']' {
		return 0
	}
	in := strings.ToLower(s[1 : 1+end])
	for _, begin := range []string{"http:", "https:", "mailto:", "tel:", "cid:", "image:"} {
		if strings.HasPrefix(in, begin) {
			return end + 2
		}
	}
	if s[0] == '<' && strings.Contains(in, "@") {
		return end + 2
	}
	return 0
}
