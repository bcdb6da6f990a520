package letter

import (
	"strconv"
	"strings"
)

// look is how an element is shown, as far as its words are concerned.
type look struct {
	hidden    bool // nothing in it is seen, whatever the elements inside say
	tiny      bool // too small to be read; an element inside may be larger
	invisible bool // not seen; an element inside may be
}

// seen tells whether words in that look are read by anybody.
func (l look) seen() bool { return !l.hidden && !l.tiny && !l.invisible }

// styled returns the look of an element with that style attribute, inside of one
// that looks like l. Newsletters hide their "preheader" by it. Layout made by
// machines sets font-size:0 around columns that set their own, so sizes are
// inherited, and not taken for hiding at once.
func (l look) styled(style string) look {
	clipped, flat := false, false
	for style != "" {
		var decl string
		decl, style, _ = strings.Cut(style, ";")
		name, value, ok := strings.Cut(decl, ":")
		if !ok {
			continue
		}
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.ToLower(strings.TrimSpace(value))
		value = strings.TrimSpace(strings.TrimSuffix(value, "!important"))
		switch name {
		case "display":
			l.hidden = l.hidden || value == "none"
		case "visibility":
			l.invisible = value == "hidden" || value == "collapse"
		case "opacity":
			l.hidden = l.hidden || size(value) == 0
		case "font-size":
			s := size(value)
			l.tiny = s == 0 || s > 0 && s <= 1 && (strings.HasSuffix(value, "px") || strings.HasSuffix(value, "pt"))
		case "max-height":
			l.hidden = l.hidden || size(value) == 0
		case "height", "width":
			flat = flat || size(value) == 0
		case "overflow":
			clipped = value == "hidden"
		}
	}
	l.hidden = l.hidden || clipped && flat
	return l
}

// size returns the number that a CSS value begins with, -1 when it begins with none.
func size(value string) float64 {
	i := 0
	for i < len(value) && (value[i] == '.' || '0' <= value[i] && value[i] <= '9') {
		i++
	}
	n, err := strconv.ParseFloat(value[:i], 64)
	if err != nil {
		return -1
	}
	return n
}
