package letter

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"supportgw/threading"
)

// htmlText turns HTML into readable text: blocks become lines, table cells are
// kept apart, list items get a dash or their number, links show where they lead
// when their text does not, and pictures of the mail (names, by Content-ID) stand
// where they are shown. Scripts, styles and what is hidden (the "preheader" of
// newsletters) are left out; when nothing would remain, or when what hides is
// never closed and so takes the rest with it, it is shown after all.
//
// It walks over the tokens and builds no tree, so depth costs nothing; time is
// linear in len(src).
func htmlText(src string, names map[string]string) string {
	w := seenWalk(src, names)
	return strings.TrimSpace(w.out.String())
}

// seenWalk is the walk that shows what is seen.
func seenWalk(src string, names map[string]string) *htmlWalker {
	w := walkHTML(src, names, htmlPass{hide: true})
	for range 3 {
		if w.swallowed == 0 {
			break
		}
		w = walkHTML(src, names, htmlPass{hide: true, show: w.swallowed})
	}
	if w.out.Len() == 0 {
		w = walkHTML(src, names, htmlPass{})
	}
	return w
}

// htmlPass is how a walk is made.
type htmlPass struct {
	hide  bool         // leave out what is hidden
	show  int          // the start tag of that number hides nothing; 0 for none
	clean *cleanWriter // is told of what is seen; nil for nobody
}

// element is an open element.
type element struct {
	key    uint32 // see elementKey
	tag    atom.Atom
	prev   int  // the element of that key that is open outside of it, -1 for none
	scope  int  // the element that its end tags do not reach beyond
	number int  // which start tag of the text it is, from 1
	from   int  // how much text stood before it
	sep    int  // of a cell: where the space before it stands, 0 for none
	item   int  // of a list: items so far
	blanks int  // how many U+00A0 were before it
	lost   bool // it, or what was in it, had words that were left out
	tight  bool // a paragraph without space around it
	look   look
	href   string // of a link
}

// htmlWalker keeps the open elements, as a browser would.
type htmlWalker struct {
	htmlWriter
	stack     []element
	page      element           // what is around all of them
	last      map[uint32]int    // the innermost open element of a key
	names     map[string]string // Content-ID to the name of the picture
	hide      bool              // leave out what is hidden
	tags      int               // start tags so far
	show      int               // this one hides nothing
	sheet     styleSheet        // nil for none; else what has a class may have any background
	some      bool              // the last style sheet is for some screens
	swallowed int               // this one hid words and was never closed; 0 for none
	steps     int               // bytes and elements that were looked at, for the tests
}

// maxOpen is how many elements may be open; further ones are not nested.
const maxOpen = 10_000

// walkHTML does one pass.
func walkHTML(src string, names map[string]string, pass htmlPass) *htmlWalker {
	w := &htmlWalker{last: map[uint32]int{}, page: element{scope: -1}, names: names, hide: pass.hide, show: pass.show}
	w.clean = pass.clean
	w.stack = make([]element, 0, 16)
	w.out.Grow(len(src) / 4) // about a quarter of it is text
	z := html.NewTokenizer(strings.NewReader(src))
	for pos := 0; ; {
		kind := z.Next()
		size := len(z.Raw())
		w.steps += size
		if kind == html.ErrorToken {
			w.finish()
			return w
		}
		raw := src[pos : pos+size] // the tokens stand one behind the other
		pos += size
		switch kind {
		case html.TextToken:
			w.words(tokenText(z, raw))
		case html.StartTagToken:
			w.start(z, tagName(z, raw[1:]), false)
		case html.SelfClosingTagToken:
			w.start(z, tagName(z, raw[1:]), true)
		case html.EndTagToken:
			w.end(tagName(z, raw[2:]))
		}
	}
}

// tokenText returns the words of a token, which mostly stand in the source as they are.
func tokenText(z *html.Tokenizer, raw string) string {
	if strings.IndexByte(raw, '&') < 0 && strings.IndexByte(raw, '\r') < 0 && strings.IndexByte(raw, 0) < 0 {
		return raw
	}
	return string(z.Text())
}

// tagName returns the name of a tag in small letters, of which raw is what stands behind
// its "<" or "</".
func tagName(z *html.Tokenizer, raw string) string {
	for i := range len(raw) {
		switch c := raw[i]; {
		case 'a' <= c && c <= 'z' || isDigit(c):
			continue
		case c == '>' || c == ' ' || c == '/':
			return raw[:i]
		}
		break
	}
	name, _ := z.TagName()
	return string(name)
}

// finish looks for the outermost element that took all words to the end with it.
func (w *htmlWalker) finish() {
	for i := range w.stack {
		e := &w.stack[i]
		if w.hide && !e.look.seen() && e.lost && e.tag != atom.Script && e.tag != atom.Style && e.number != w.show {
			w.swallowed = e.number
			break
		}
	}
	for len(w.stack) > 0 {
		w.pop()
	}
}

// top returns the innermost open element, or one that stands for the page. It is
// good until the next is opened.
func (w *htmlWalker) top() *element {
	if len(w.stack) == 0 {
		return &w.page
	}
	return &w.stack[len(w.stack)-1]
}

// words adds text where it is seen.
func (w *htmlWalker) words(s string) {
	if w.top().look.seen() {
		w.text(s)
		return
	}
	if w.top().tag == atom.Style {
		w.sheet = w.sheet.and(s, w.some)
	}
	e := &w.stack[len(w.stack)-1]
	e.lost = e.lost || strings.TrimSpace(s) != ""
}

// elementKey tells elements apart; those that HTML does not know, by their name.
func elementKey(tag atom.Atom, name string) uint32 {
	if tag != 0 {
		return uint32(tag)
	}
	return nameKey(name) | 1<<31
}

// open returns the innermost open element of a tag, -1 when none is.
func (w *htmlWalker) open(tag atom.Atom) int { return w.openKey(uint32(tag)) }

func (w *htmlWalker) openKey(key uint32) int {
	if i, ok := w.last[key]; ok {
		return i
	}
	return -1
}

// start handles an opening tag.
func (w *htmlWalker) start(z *html.Tokenizer, name string, closed bool) {
	tag := atom.Lookup([]byte(name))
	e := element{key: elementKey(tag, name), tag: tag}
	w.tags++
	e.number = w.tags
	w.implyEnds(tag)
	var attr attributes
	attr.read(z, w.clean != nil)
	w.some = attr.media != "" && attr.media != "all" && attr.media != "screen"
	outer := w.top()
	e.look = outer.look
	if w.hide && e.number != w.show {
		e.look = w.look(tag, e.look, attr)
	}
	if isSilent(tag) && e.number != w.show {
		e.look.hidden = true
	}
	if isVoid(tag) || closed && tag == 0 || len(w.stack) >= maxOpen {
		if !e.look.hidden {
			w.void(tag, attr)
		}
		return
	}
	if !e.look.hidden {
		w.begin(&e, attr)
	}
	e.scope = outer.scope
	e.prev = w.openKey(e.key)
	switch tag {
	case atom.Table, atom.Td, atom.Th, atom.Caption, atom.Object, atom.Template:
		e.scope = len(w.stack)
	}
	e.from = w.out.Len()
	w.last[e.key] = len(w.stack)
	w.stack = append(w.stack, e)
}

// picture keeps under which name the HTML may show a part (RFC 2392 §2).
func (w *walker) picture(p part, media, name string) {
	if name == "" || !strings.HasPrefix(media, "image/") {
		return
	}
	if ids := threading.ScanIDs(capped(p.header.Get("Content-ID"))); len(ids) > 0 {
		if w.pictures == nil {
			w.pictures = map[string]string{}
		}
		w.pictures[ids[0]] = name
	}
}

// look is how an element with such attributes looks inside of one that looks like l.
func (w *htmlWalker) look(tag atom.Atom, l look, attr attributes) look {
	if attr.bgcolor != "" || attr.color != "" {
		l = l.painted(parseColour(attr.color), parseColour(attr.bgcolor))
	}
	if attr.background != "" || attr.class != "" && w.sheet != nil {
		l.ground = anyColour // a picture, or what a style sheet says
	}
	if attr.style != "" {
		l = l.styled(attr.style)
	}
	l.hidden = l.hidden || attr.hidden || w.sheet.hide(tag, attr)
	return l
}

// void does what an element without content means for the text.
func (w *htmlWalker) void(tag atom.Atom, attr attributes) {
	if w.clean != nil {
		w.clean.void(tag)
	}
	switch tag {
	case atom.Br:
		w.breaks++
	case atom.Hr:
		w.lines(1)
	case atom.Img:
		w.words(w.picture(attr))
	default:
		w.lines(blockBreaks(tag))
	}
}

// begin does what an opening tag means for the text.
func (w *htmlWalker) begin(e *element, attr attributes) {
	e.blanks = w.blanks
	if w.clean != nil {
		w.clean.open(e.tag, attr, e.tag == atom.P && strings.HasPrefix(attr.class, "Mso"))
	}
	switch e.tag {
	case atom.Li:
		w.item()
	case atom.Td, atom.Th:
		e.sep = w.cell()
	case atom.Pre:
		w.lines(1)
		w.pre++
	case atom.Blockquote:
		w.lines(2)
		w.quotes++
	case atom.A:
		e.href = attr.href
	case atom.Ul, atom.Ol:
		w.lines(listBreaks(w.lists))
		w.lists++
	case atom.P:
		// Outlook's paragraphs have no space around them; an empty line is a
		// paragraph that holds a space.
		e.tight = strings.HasPrefix(attr.class, "Mso")
		w.paragraph(e.tight)
	default:
		w.lines(blockBreaks(e.tag))
	}
}

// listBreaks returns how many lines keep a list apart from what is around it,
// inside of so many others.
func listBreaks(depth int) int {
	if depth > 0 {
		return 1
	}
	return 2
}

// picture returns what stands for a picture: the name of the file that it is,
// when the mail brings it, else what its writer says of it.
func (w *htmlWalker) picture(attr attributes) string {
	if id, ok := strings.CutPrefix(attr.src, "cid:"); ok {
		if name := w.names[id]; name != "" {
			return "[image: " + name + "]"
		}
	}
	return attr.alt
}

// item begins an item of the innermost list.
func (w *htmlWalker) item() {
	w.lines(1)
	list := max(w.open(atom.Ul), w.open(atom.Ol))
	w.prefix = "- "
	if list >= 0 && w.stack[list].tag == atom.Ol {
		w.stack[list].item++
		w.prefix = strconv.Itoa(w.stack[list].item) + ". "
	}
	w.prefix = strings.Repeat("  ", min(max(w.lists-1, 0), 10)) + w.prefix
	w.fresh = w.out.Len()
}

// implyEnds closes what a start tag closes without an end tag.
func (w *htmlWalker) implyEnds(tag atom.Atom) {
	switch tag {
	case atom.Li:
		w.closeAfter(w.open(atom.Li), max(w.open(atom.Ul), w.open(atom.Ol), w.top().scope))
	case atom.Dt, atom.Dd:
		w.closeAfter(max(w.open(atom.Dt), w.open(atom.Dd)), max(w.open(atom.Dl), w.top().scope))
	case atom.Td, atom.Th:
		w.closeAfter(max(w.open(atom.Td), w.open(atom.Th)), w.open(atom.Table))
	case atom.Tr:
		w.closeAfter(w.open(atom.Tr), w.open(atom.Table))
	case atom.Tbody, atom.Thead, atom.Tfoot:
		w.closeAfter(max(w.open(atom.Tbody), w.open(atom.Thead), w.open(atom.Tfoot)), w.open(atom.Table))
	case atom.A:
		w.closeAfter(w.open(atom.A), w.top().scope)
	case atom.Body:
		w.closeAfter(w.open(atom.Head), -1)
	case atom.Hr, atom.Pre, atom.Blockquote:
		w.closeAfter(w.open(atom.P), w.top().scope)
	default:
		if blockBreaks(tag) > 0 {
			w.closeAfter(w.open(atom.P), w.top().scope)
		}
	}
}

// closeAfter closes element i and all in it, when it is open and lies behind the
// border.
func (w *htmlWalker) closeAfter(i, border int) {
	if i < 0 || i <= border {
		return
	}
	for len(w.stack) > i {
		w.pop()
	}
}

// end handles a closing tag.
func (w *htmlWalker) end(name string) {
	tag := atom.Lookup([]byte(name))
	i := w.openKey(elementKey(tag, name))
	border := w.top().scope
	switch tag {
	case atom.Td, atom.Th, atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Caption:
		border = w.open(atom.Table)
	case atom.Table, atom.Object, atom.Template, atom.Body, atom.Html:
		border = -1
	case atom.Br: // "</br>" is read as "<br>"
		w.void(tag, attributes{})
	}
	if i < 0 && w.top().look.seen() {
		w.lines(blockBreaks(tag))
		if w.clean != nil && blockBreaks(tag) > 0 {
			w.clean.line()
		}
	}
	w.closeAfter(i, border)
}

// pop closes the innermost element.
func (w *htmlWalker) pop() {
	e := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	w.steps++
	if e.prev < 0 {
		delete(w.last, e.key)
	} else {
		w.last[e.key] = e.prev
	}
	if e.lost && len(w.stack) > 0 {
		w.stack[len(w.stack)-1].lost = true
	}
	if e.look.hidden {
		return
	}
	if w.clean != nil {
		w.clean.close(e.tag, w.blanks > e.blanks)
	}
	switch e.tag {
	case atom.A:
		w.link(e.href, e.from)
	case atom.Pre:
		w.pre--
		w.lines(1)
	case atom.Blockquote:
		w.quotes--
		w.lines(2)
	case atom.Li:
		w.endItem(e.from)
	case atom.Td, atom.Th:
		w.endCell(e.from, e.sep)
	case atom.Ul, atom.Ol:
		w.lists--
		w.lines(listBreaks(w.lists))
	case atom.P:
		w.paragraph(e.tight)
		if w.out.Len() == e.from && w.blanks > e.blanks {
			w.lines(2)
		}
	case atom.Tr:
		w.prefix = ""
		w.lines(1)
	default:
		w.lines(blockBreaks(e.tag))
	}
}

// isSilent tells the elements whose content nobody reads.
func isSilent(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Noscript, atom.Svg, atom.Object, atom.Iframe, atom.Select, atom.Textarea:
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
		atom.Dt, atom.Dd, atom.Body, atom.Tbody, atom.Thead, atom.Tfoot, atom.Caption, atom.Fieldset, atom.Figure, atom.Main, atom.Nav, atom.Title, atom.Html:
		return 1
	}
	return 0
}
