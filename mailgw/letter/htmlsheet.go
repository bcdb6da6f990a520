package letter

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// styleSheet is what the style sheets of a text say about classes that hide what has
// them: by selectors like ".preheader" and "div.preheader". Others are not looked at.
type styleSheet map[string]sheetWord

// sheetWord is what a style sheet says about a selector.
type sheetWord uint8

const (
	sheetHides sheetWord = iota + 1
	sheetShows           // on some screens, so its words are meant to be read
)

// and returns the sheet with the rules of one more. What is hidden on some screens
// alone (some, or @media) is read on others.
func (h styleSheet) and(css string, some bool) styleSheet {
	const longest = 64 << 10 // of a sheet
	if h == nil {
		h = styleSheet{}
	}
	css = uncommented(css[:min(len(css), longest)])
	depth := 0 // of @media around
	for css != "" {
		i := strings.IndexAny(css, "{};")
		if i < 0 {
			break
		}
		selectors, mark := css[:i], css[i]
		css = css[i+1:]
		switch {
		case mark == '}':
			depth = max(0, depth-1)
		case mark == ';': // @import
		case strings.Contains(selectors, "@"):
			depth++
		default:
			var rule string
			rule, css, _ = strings.Cut(css, "}")
			h.rule(selectors, displayOf(rule), some || depth > 0)
		}
	}
	return h
}

// uncommented returns a sheet without its comments.
func uncommented(css string) string {
	var b strings.Builder
	for {
		rule, rest, ok := strings.Cut(css, "/*")
		b.WriteString(rule)
		if !ok {
			return b.String()
		}
		_, css, _ = strings.Cut(rest, "*/")
	}
}

// displayOf returns the last word of a rule about "display", "" for none.
func displayOf(rule string) (word string) {
	for decl := range strings.SplitSeq(strings.ToLower(rule), ";") {
		if name, value, ok := strings.Cut(decl, ":"); ok && strings.TrimSpace(name) == "display" {
			word = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		}
	}
	return word
}

// rule takes what one rule says about "display"; some says that it counts on some
// screens.
func (h styleSheet) rule(selectors, display string, some bool) {
	if display == "" {
		return
	}
	for s := range strings.SplitSeq(selectors, ",") {
		s = strings.TrimSpace(s)
		if strings.Count(s, ".") != 1 || strings.ContainsAny(s, " \t\r\n>+~:[#*") || h[s] == sheetShows {
			continue
		}
		switch hides := display == "none"; {
		case hides && !some:
			h[s] = sheetHides
		case !hides && some:
			h[s] = sheetShows
		case !hides:
			delete(h, s)
		}
	}
}

// hide tells whether an element is hidden by its classes. Its own style goes first.
func (h styleSheet) hide(tag atom.Atom, a attributes) bool {
	if len(h) == 0 || a.class == "" || strings.Contains(strings.ToLower(a.style), "display") {
		return false
	}
	const enough = 10 // classes
	for i, class := range strings.Fields(cutRunes(a.class, 1000)) {
		if i == enough {
			break
		}
		if h["."+class] == sheetHides || h[tag.String()+"."+class] == sheetHides {
			return true
		}
	}
	return false
}
