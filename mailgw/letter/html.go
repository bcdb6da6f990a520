package letter

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlText turns HTML into readable text: blocks become lines, table cells are
// kept apart, list items get a dash, links show where they lead when their text
// does not. Scripts, styles and what is hidden (the "preheader" of newsletters)
// are left out; when nothing would remain, the hidden text is shown after all.
//
// It walks over the tokens and builds no tree, so depth costs nothing; time is
// linear in len(src).
func htmlText(src string) string {
	text := walkHTML(src, true)
	if text == "" {
		text = walkHTML(src, false)
	}
	return text
}

// htmlWriter gathers the text. White space is written late, so that runs of it
// become one.
type htmlWriter struct {
	out    strings.Builder
	breaks int    // line breaks that are due
	space  bool   // a space is due
	prefix string // written before the next text: a list item's dash
	pre    int    // depth of <pre>

	skip      atom.Atom // the element whose content is skipped, 0 when none
	skipName  string    // its name, for those that have no atom
	skipDepth int       // elements of that name that are open

	href     string // of the open link
	hrefFrom int    // where the link's text begins in out
	quotes   int    // depth of <blockquote>
}

// walkHTML does one pass.
func walkHTML(src string, hide bool) string {
	w := &htmlWriter{}
	z := html.NewTokenizer(strings.NewReader(src))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(w.out.String())
		case html.TextToken:
			if w.skipDepth == 0 {
				w.text(string(z.Text()))
			}
		case html.StartTagToken:
			w.start(z, hide, false)
		case html.SelfClosingTagToken:
			w.start(z, hide, true)
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(string(name))
		}
	}
}

// start handles an opening tag.
func (w *htmlWriter) start(z *html.Tokenizer, hide, closed bool) {
	raw, more := z.TagName()
	tag, name := atom.Lookup(raw), string(raw)
	if w.skipDepth > 0 {
		if name == w.skipName && !closed {
			w.skipDepth++
		}
		return
	}
	hidden, href, alt := false, "", ""
	const enough = 50 // attributes
	for i := 0; more && i < enough; i++ {
		var key, val []byte
		key, val, more = z.TagAttr()
		switch string(key) {
		case "style":
			hidden = hidden || hidesText(string(val))
		case "hidden":
			hidden = true
		case "href":
			href = string(val)
		case "alt":
			alt = string(val)
		}
	}
	if !closed && !isVoid(tag) && (isSilent(tag) || (hide && hidden)) {
		w.skip, w.skipName, w.skipDepth = tag, name, 1
		return
	}
	switch tag {
	case atom.Br:
		w.breaks++
	case atom.Hr:
		w.lines(1)
	case atom.Li:
		w.lines(1)
		w.prefix = "- "
	case atom.Td, atom.Th:
		w.cell()
	case atom.Pre:
		w.lines(1)
		w.pre++
	case atom.Blockquote:
		w.lines(2)
		w.quotes++
	case atom.A:
		w.href, w.hrefFrom = href, w.out.Len()
	case atom.Img:
		if strings.TrimSpace(alt) != "" && w.skipDepth == 0 {
			w.text(alt)
		}
	default:
		w.lines(blockBreaks(tag))
	}
}

// end handles a closing tag.
func (w *htmlWriter) end(name string) {
	if w.skipDepth > 0 {
		if name == w.skipName {
			w.skipDepth--
		}
		return
	}
	switch tag := atom.Lookup([]byte(name)); tag {
	case atom.A:
		w.link()
	case atom.Pre:
		w.pre = max(0, w.pre-1)
		w.lines(1)
	case atom.Blockquote:
		w.quotes = max(0, w.quotes-1)
		w.lines(2)
	case atom.Li, atom.Tr:
		w.lines(1)
		w.prefix = ""
	default:
		w.lines(blockBreaks(tag))
	}
}

// text adds words.
func (w *htmlWriter) text(s string) {
	if w.pre > 0 {
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				w.breaks++
			}
			if line = cleanText(strings.TrimRight(line, "\r")); line != "" {
				w.flush()
				w.out.WriteString(line)
			}
		}
		return
	}
	for i := 0; i < len(s); {
		n := strings.IndexAny(s[i:], " \t\r\n\f\u00a0")
		word := s[i:]
		if n >= 0 {
			word = s[i : i+n]
		}
		if word = cleanWord(word); word != "" {
			w.flush()
			w.out.WriteString(word)
		}
		if n < 0 {
			break
		}
		w.space = true
		i += n + 1
		if s[i-1] == 0xc2 { // the first byte of U+00A0
			i++
		}
	}
}

// flush writes the white space that is due.
func (w *htmlWriter) flush() {
	if w.breaks > 0 && w.out.Len() > 0 {
		w.out.WriteString("\n\n"[:min(w.breaks, 2)])
	}
	if w.breaks > 0 || w.out.Len() == 0 {
		w.out.WriteString(strings.Repeat("> ", min(w.quotes, 20)))
	} else if w.space {
		w.out.WriteByte(' ')
	}
	w.out.WriteString(w.prefix)
	w.breaks, w.space, w.prefix = 0, false, ""
}

// lines makes sure that at least n line breaks are due.
func (w *htmlWriter) lines(n int) { w.breaks = max(w.breaks, n) }

// cell keeps a table cell apart from the one before it in its row.
func (w *htmlWriter) cell() {
	if w.breaks == 0 && w.out.Len() > 0 {
		w.prefix = "  "
		w.space = false
	}
}

// link shows where a link leads, unless its text says so already.
func (w *htmlWriter) link() {
	href := strings.TrimSpace(w.href)
	w.href = ""
	if w.hrefFrom >= w.out.Len() || len(href) > 500 {
		return
	}
	shown := w.out.String()[w.hrefFrom:]
	bare, ok := strings.CutPrefix(href, "mailto:")
	if !ok && !strings.HasPrefix(href, "http://") && !strings.HasPrefix(href, "https://") {
		return
	}
	if strings.Contains(shown, strings.TrimSuffix(trimScheme(bare), "/")) || !isClean(href) {
		return
	}
	w.out.WriteString(" <" + bare + ">")
}

// trimScheme drops http:// or https://.
func trimScheme(s string) string {
	return strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
}

// cleanWord drops control characters and characters of no width, which
// newsletters use to fill the preview.
func cleanWord(s string) string {
	invisible := func(r rune) bool {
		return (r < utf8.RuneSelf && badInText[r]) || r == '\u200b' || r == '\u200c' || r == '\ufeff' || r == '\u00ad' || r == '\u034f' || r == '\u2060'
	}
	if strings.IndexFunc(s, invisible) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, s)
}

// hidesText tells whether a style attribute hides its element.
func hidesText(style string) bool {
	style = strings.ToLower(strings.Join(strings.Fields(style), ""))
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") ||
		strings.Contains(style, "mso-hide:all") || hasZero(style, "font-size:") || hasZero(style, "max-height:")
}

// hasZero tells whether the style sets the property to 0.
func hasZero(style, property string) bool {
	_, v, ok := strings.Cut(style, property)
	if !ok || !strings.HasPrefix(v, "0") {
		return false
	}
	v = strings.TrimLeft(v, "0")
	return v == "" || v[0] == ';' || v[0] == 'p' || v[0] == 'e' || v[0] == '!'
}

// isSilent tells the elements whose content nobody reads.
func isSilent(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Template, atom.Noscript, atom.Svg, atom.Object, atom.Iframe, atom.Select, atom.Textarea:
		return true
	}
	return false
}

// isVoid tells the elements that have no end tag.
func isVoid(tag atom.Atom) bool {
	switch tag {
	case atom.Br, atom.Hr, atom.Img, atom.Input, atom.Meta, atom.Link, atom.Area, atom.Base, atom.Col, atom.Embed, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// blockBreaks returns how many line breaks an element brings.
func blockBreaks(tag atom.Atom) int {
	switch tag {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Ul, atom.Ol, atom.Dl:
		return 2
	case atom.Div, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Center, atom.Form,
		atom.Dt, atom.Dd, atom.Body, atom.Tbody, atom.Thead, atom.Tfoot, atom.Caption, atom.Fieldset, atom.Figure, atom.Main, atom.Nav:
		return 1
	}
	return 0
}
