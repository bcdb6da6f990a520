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
	ink       colour
	ground    colour
}

// seen tells whether words in that look are read by anybody.
func (l look) seen() bool { return !l.hidden && !l.tiny && !l.invisible && !l.faint() }

// styled returns the look of an element with that style attribute, inside of one
// that looks like l. Newsletters hide their "preheader" by it. Layout made by
// machines sets font-size:0 around columns that set their own, so sizes are
// inherited, and not taken for hiding at once.
func (l look) styled(style string) look {
	clipped, flat, moved, away := false, false, false, false
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
		case "color":
			l = l.painted(parseColour(value), noColour)
		case "background", "background-color":
			l = l.painted(noColour, backgroundOf(value))
		case "background-image":
			if value != "none" {
				l.ground = anyColour
			}
		case "text-indent":
			l.hidden = l.hidden || isFarOut(value)
		case "left", "top", "right":
			away = away || isFarOut(value)
		case "position":
			moved = value == "absolute" || value == "fixed"
		case "height", "width":
			flat = flat || size(value) == 0
		case "overflow":
			clipped = value == "hidden"
		}
	}
	l.hidden = l.hidden || clipped && flat || moved && away
	return l
}

// isFarOut tells a length that moves words out of the page.
func isFarOut(value string) bool {
	far, ok := strings.CutPrefix(value, "-")
	return ok && size(far) >= 500
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
