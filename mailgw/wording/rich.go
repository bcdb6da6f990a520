package wording

import (
	htmltemplate "html/template"
	"strings"
)

// The styles of what richHTML makes.
const (
	paragraphStyle = "margin:0 0 16px"
	listStyle      = "margin:0 0 16px;padding:0 24px"
	quoteStyle     = "margin:0 0 16px;padding:0 0 0 16px;border-left:2px solid #a0a0a0"
)

// richHTML shows words that were written as plain text: paragraphs, lists,
// quotations, indentation and links. Every character of theirs is escaped.
func richHTML(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/4 + 200)
	w := richWriter{out: &b}
	for line := range strings.SplitSeq(s, "\n") {
		w.line(line)
	}
	w.open("")
	return b.String()
}

// richWriter writes one block after another.
type richWriter struct {
	out   *strings.Builder
	block string // the element that is open: "", p, ul, ol or blockquote
}

// line adds one line to the block that it belongs to.
func (w *richWriter) line(line string) {
	kind, text := lineKind(line)
	switch {
	case kind == "":
		w.open("")
	case kind == "ul" || kind == "ol":
		if w.block != kind {
			w.openList(kind, line)
		}
		w.out.WriteString("<li>" + linked(text) + "</li>\n")
	case kind == "p" && (w.block == "ul" || w.block == "ol") && strings.HasPrefix(line, "  "):
		// A list item goes on in the next line; its end tag is optional in HTML, but
		// mail clients are no browsers: it becomes an item without a mark.
		w.out.WriteString(`<li style="list-style:none">` + linked(strings.TrimSpace(line)) + "</li>\n")
	case w.block == kind:
		w.out.WriteString("<br>\n" + linked(text))
	default:
		w.open(kind)
		w.out.WriteString(linked(text))
	}
}

// open ends the open block and begins the named one.
func (w *richWriter) open(kind string) {
	if w.block != "" {
		w.out.WriteString("</" + w.block + ">\n")
	}
	w.block = kind
	switch kind {
	case "p":
		w.out.WriteString(`<p dir="auto" style="` + paragraphStyle + `">`)
	case "blockquote":
		w.out.WriteString(`<blockquote dir="auto" style="` + quoteStyle + `">`)
	}
}

// openList begins a list, an ordered one with the number that was written.
func (w *richWriter) openList(kind, line string) {
	w.open(kind)
	start := ""
	if digits := itemDigits(strings.TrimLeft(line, " ")); kind == "ol" && digits != "1" {
		start = ` start="` + digits + `"`
	}
	w.out.WriteString("<" + kind + start + ` dir="auto" style="` + listStyle + `">` + "\n")
}

// lineKind tells to which element a line belongs, and its words.
func lineKind(line string) (kind, text string) {
	t := strings.TrimSpace(line)
	if t == "" {
		return "", ""
	}
	for _, mark := range []string{"- ", "* ", "• ", "– ", "· "} {
		if rest, ok := strings.CutPrefix(t, mark); ok {
			return "ul", strings.TrimSpace(rest)
		}
	}
	if d := itemDigits(t); d != "" {
		return "ol", strings.TrimSpace(t[len(d)+1:])
	}
	if rest, ok := strings.CutPrefix(t, ">"); ok {
		return "blockquote", strings.TrimPrefix(rest, " ")
	}
	return "p", line
}

// itemDigits returns the number that a line of an ordered list begins with:
// "1. " or "1) ", at most two digits; "" for other lines.
func itemDigits(t string) string {
	n := 0
	for n < len(t) && '0' <= t[n] && t[n] <= '9' {
		n++
	}
	if n == 0 || n > 2 || n+1 >= len(t) || t[n] != '.' && t[n] != ')' || t[n+1] != ' ' {
		return ""
	}
	return t[:n]
}

// linked escapes one line, keeps its indentation, and makes links of its web
// addresses.
func linked(line string) string {
	body := strings.TrimLeft(line, " \t")
	var b strings.Builder
	for _, c := range line[:len(line)-len(body)] {
		b.WriteString(map[rune]string{' ': "&nbsp;", '\t': "&nbsp;&nbsp;&nbsp;&nbsp;"}[c])
	}
	for body != "" {
		i := nextLink(body)
		if i < 0 {
			break
		}
		n := linkLength(body[i:])
		b.WriteString(escape(body[:i]))
		if url := body[i : i+n]; n > len("https://") {
			b.WriteString(`<a href="` + escape(url) + `">` + escape(url) + `</a>`)
		} else {
			b.WriteString(escape(url))
		}
		body = body[i+n:]
	}
	b.WriteString(escape(body))
	return b.String()
}

// nextLink returns where a web address begins, -1 when there is none.
func nextLink(s string) int {
	for from := 0; ; {
		i := strings.Index(s[from:], "http")
		if i < 0 {
			return -1
		}
		i += from
		if rest := s[i:]; strings.HasPrefix(rest, "https://") || strings.HasPrefix(rest, "http://") {
			return i
		}
		from = i + len("http")
	}
}

// linkLength is how much of s is the address that it begins with: up to a space,
// a quote or a bracket, without the punctuation of the sentence around it.
func linkLength(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r == 0xa0 || strings.ContainsRune("<>\"'`{}|\\^“”„«»", r)
	})
	if n < 0 {
		n = len(s)
	}
	for n > 0 && strings.IndexByte(".,;:!?)]*_", s[n-1]) >= 0 {
		if s[n-1] == ')' && strings.Count(s[:n], "(") >= strings.Count(s[:n], ")") {
			break // "…/Solder_(alloy)" ends with a bracket of its own
		}
		n--
	}
	return n
}

func escape(s string) string { return htmltemplate.HTMLEscapeString(s) }
