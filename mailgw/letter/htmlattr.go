package letter

import "golang.org/x/net/html"

// attributes are those that matter here.
type attributes struct {
	style, class, href, alt, src string
	bgcolor, color, background   string
	hidden                       bool
	media                        string // of <style>

	// Those that only a cleanWriter asks for.
	dir, lang, colspan, rowspan, align, start, border string
}

// read reads the attributes of a tag; all of them when somebody writes it anew.
func (a *attributes) read(z *html.Tokenizer, all bool) {
	const enough = 50
	for more, i := true, 0; more && i < enough; i++ {
		var key, val []byte
		key, val, more = z.TagAttr()
		switch string(key) {
		case "style":
			a.style = string(val)
		case "class":
			a.class = string(val)
		case "media":
			a.media = string(val)
		case "hidden":
			a.hidden = true
		case "href":
			a.href = string(val)
		case "alt":
			a.alt = string(val)
		case "src":
			a.src = string(val)
		case "bgcolor":
			a.bgcolor = string(val)
		case "color":
			a.color = string(val)
		case "background":
			a.background = string(val)
		default:
			if all {
				a.shape(string(key), string(val))
			}
		}
	}
}

// shape takes an attribute that is written anew.
func (a *attributes) shape(key, val string) {
	switch key {
	case "dir":
		a.dir = val
	case "lang":
		a.lang = val
	case "colspan":
		a.colspan = val
	case "rowspan":
		a.rowspan = val
	case "align":
		a.align = val
	case "start":
		a.start = val
	case "border":
		a.border = val
	}
}
