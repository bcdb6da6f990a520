package letter

import (
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// The limits of [CleanHTML]. What is larger is shown as text.
const (
	maxCleanSource = 1 << 20  // bytes of the HTML that is read
	maxCleanTags   = 20_000   // start tags in it
	maxCleanDepth  = 50       // elements within each other that are written
	maxCleanBytes  = 64 << 10 // bytes that are written
)

// CleanHTML writes the HTML of a stranger anew so that it can stand in a mail of
// ours: the structure of its text (paragraphs, lists, tables, emphasis, links),
// with dir and lang, and nothing else. Nothing of it is fetched from anywhere: no
// picture, no style, no form, no frame. What [Mail.Text] leaves out because nobody
// sees it is left out here too, and a picture that the mail brings is its name in
// brackets, at its place; pictures is Content-ID to name.
//
// Links lead to http, https, mailto and tel; one whose words name another host than
// its own says where it leads. Each piece of text has its own direction, unless its
// writer gave one.
//
// The result is balanced and is what an HTML parser makes of it, so it stays within
// the element that it is put into; cleaning it again changes nothing. ok is false
// when a limit is passed or nothing is left: then the text must be shown instead.
// The work is linear in len(src).
func CleanHTML(src string, pictures map[string]string) (clean string, ok bool) {
	if len(src) > maxCleanSource {
		return "", false
	}
	src = strings.ToValidUTF8(src, "")
	return cleanWalk(src, pictures, seenWalk(src, pictures), nil)
}

// cleanWalk walks once more as first did, and writes the words that stand in keep:
// parts of its text in order, nil for all. ok is false when a word lies only partly
// in one of them.
func cleanWalk(src string, pictures map[string]string, first *htmlWalker, keep []stretch) (clean string, ok bool) {
	if first.tags > maxCleanTags {
		return "", false
	}
	c := &cleanWriter{keep: keep, all: keep == nil}
	walkHTML(src, pictures, htmlPass{hide: first.hide, show: first.show, clean: c})
	if c.failed || c.out.Len() == 0 || c.out.Len() > maxCleanBytes {
		return "", false
	}
	// Nothing that the policy forbids is written; it holds even if that is wrong.
	clean = cleanPolicy.Sanitize(c.out.String())
	return clean, clean != "" && len(clean) <= maxCleanBytes
}

// stretch is a part of a text, in bytes.
type stretch struct{ from, to int }

// cleanPolicy is the second fence around a customer's HTML. It is not changed once
// it is made, and may be used by many at the same time.
var cleanPolicy = makeCleanPolicy()

// cleanRel is said of each link: where it leads learns nothing of the mail.
const cleanRel = "noreferrer noopener"

func makeCleanPolicy() *bluemonday.Policy {
	exactly := func(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) }
	p := bluemonday.NewPolicy()
	blocks := []string{"p", "div", "blockquote", "ul", "ol", "li", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
	cells := []string{"td", "th"}
	p.AllowElements(blocks...)
	p.AllowElements("br", "hr", "b", "strong", "em", "i", "u", "s", "code")
	p.AllowElements("table", "thead", "tbody", "tr", "td", "th", "span", "a")
	p.AllowAttrs("dir").Matching(exactly("ltr|rtl|auto")).Globally()
	p.AllowAttrs("lang").Matching(exactly(cleanLang)).Globally()
	p.AllowAttrs("colspan", "rowspan").Matching(exactly("[1-9][0-9]?")).OnElements(cells...)
	p.AllowAttrs("start").Matching(exactly("[0-9]{1,4}")).OnElements("ol")
	// A style is one of these, to the letter: no value of a stranger's is among them.
	p.AllowAttrs("style").Matching(exactly("text-align:(?:left|right|center)")).OnElements(cells...)
	p.AllowAttrs("style").Matching(exactly("border-collapse:collapse")).OnElements("table")
	p.AllowAttrs("border").Matching(exactly("1")).OnElements("table")
	p.AllowAttrs("cellpadding").Matching(exactly("4")).OnElements("table")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(exactly(cleanRel)).OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	return p
}

// cleanLang is a language tag as far as mail needs it (RFC 5646 §2.1).
const cleanLang = "[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}"
