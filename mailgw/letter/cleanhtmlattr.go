package letter

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// cleanTag returns the element that is written for one of a mail, 0 for none.
func cleanTag(tag atom.Atom) atom.Atom {
	switch tag {
	case atom.P, atom.Div, atom.Blockquote, atom.Ul, atom.Ol, atom.Li, atom.Pre, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Table, atom.Thead, atom.Tbody, atom.Tr, atom.Td, atom.Th,
		atom.B, atom.Strong, atom.I, atom.Em, atom.U, atom.S, atom.Code, atom.Span, atom.A:
		return tag
	case atom.Tfoot:
		return atom.Tbody
	case atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Center, atom.Dl, atom.Dt, atom.Dd, atom.Figure, atom.Main, atom.Nav:
		return atom.Div
	case atom.Menu, atom.Dir:
		return atom.Ul
	case atom.Strike, atom.Del:
		return atom.S
	case atom.Ins:
		return atom.U
	case atom.Tt, atom.Kbd, atom.Samp:
		return atom.Code
	}
	return 0
}

// direction says who chose the direction of an element's words.
type direction uint8

const (
	ownDirection   direction = iota // nobody: the words, or what is around them
	askedDirection                  // the words, since their writer said so
	givenDirection                  // their writer
)

// cleanAttributes returns what is written of an element's attributes. A link that leads
// nowhere, and a span that says nothing, become no element.
func cleanAttributes(tag *atom.Atom, a attributes) (attrs, href string, dir direction) {
	if *tag == 0 {
		return "", "", ownDirection
	}
	var b strings.Builder
	add := func(name, value string) { b.WriteString(" " + name + `="` + html.EscapeString(value) + `"`) }
	if *tag == atom.A {
		if href = cleanHref(a.href); href == "" {
			*tag = 0
			return "", "", ownDirection
		}
		add("href", href)
	}
	switch d := strings.ToLower(strings.TrimSpace(a.dir)); {
	case d == "rtl" || d == "ltr":
		dir = givenDirection
		add("dir", d)
	case d == "auto":
		dir = askedDirection
	}
	if langTag.MatchString(a.lang) {
		add("lang", a.lang)
	}
	switch *tag {
	case atom.Td, atom.Th:
		span(add, "colspan", a.colspan)
		span(add, "rowspan", a.rowspan)
		if side := sideOf(a); side != "" {
			add("style", "text-align:"+side)
		}
	case atom.Table:
		add("style", "border-collapse:collapse")
		add("cellpadding", "4")
	case atom.Ol:
		if n, err := strconv.Atoi(a.start); err == nil && n >= 0 && n != 1 && n < 10_000 {
			add("start", strconv.Itoa(n))
		}
	case atom.A:
		add("rel", cleanRel)
	case atom.Span:
		if b.Len() == 0 && dir != askedDirection {
			*tag = 0
		}
	}
	return b.String(), href, dir
}

var langTag = regexp.MustCompile(`^` + cleanLang + `$`)

// turns tells the elements whose words each have a direction of their own.
func turns(tag atom.Atom) bool {
	switch tag {
	case atom.P, atom.Div, atom.Blockquote, atom.Pre, atom.Ul, atom.Ol, atom.Td, atom.Th:
		return true
	}
	return isHeading(tag)
}

// span adds how many columns or rows a cell takes; 1 is not said.
func span(add func(name, value string), name, value string) {
	const most = 99
	if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 1 && n <= most {
		add(name, strconv.Itoa(n))
	}
}

// sideOf returns to which side the words of a cell stand, "" when it is not said.
func sideOf(a attributes) string {
	side := a.align
	for decl := range strings.SplitSeq(a.style, ";") {
		if name, value, ok := strings.Cut(decl, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "text-align") {
			side = value
		}
	}
	switch side = strings.ToLower(strings.TrimSpace(side)); side {
	case "left", "right", "center":
		return side
	}
	return ""
}

// noMargin tells a style of a paragraph without space around it.
func noMargin(style string) bool {
	for decl := range strings.SplitSeq(strings.ToLower(style), ";") {
		name, value, _ := strings.Cut(decl, ":")
		switch strings.TrimSpace(name) {
		case "margin", "margin-bottom":
			first, _, _ := strings.Cut(strings.TrimSpace(value), " ")
			return size(first) == 0
		}
	}
	return false
}
