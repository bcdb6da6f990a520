package letter

import (
	"strconv"
	"strings"
)

// colour is red, green and blue of eight bits each, and how it is known.
type colour uint32

const (
	noColour    colour = 0       // not said: black on white
	anyColour   colour = 1 << 24 // said in a way that is not understood
	clearColour colour = 2 << 24 // nothing is painted
	knownColour colour = 3 << 24 // with the 24 bits below
)

const whiteColour = knownColour | 0xffffff

// parseColour reads a colour of CSS, or of an old attribute.
func parseColour(v string) colour {
	v = strings.ToLower(strings.TrimSpace(v))
	v = strings.TrimSpace(strings.TrimSuffix(v, "!important"))
	hex, marked := strings.CutPrefix(v, "#")
	switch {
	case v == "" || v == "inherit" || v == "initial" || v == "unset" || v == "windowtext":
		return noColour
	case v == "white":
		return whiteColour
	case v == "black":
		return knownColour
	case v == "transparent":
		return clearColour
	case strings.HasPrefix(v, "rgb"):
		return parseRGB(v)
	case len(hex) == 8 && strings.HasSuffix(hex, "00") && marked:
		return clearColour
	case len(hex) == 3 && marked:
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	if n, err := strconv.ParseUint(hex, 16, 32); err == nil && len(hex) == 6 {
		return knownColour | colour(n)
	}
	return anyColour
}

// parseRGB reads rgb(1, 2, 3) and rgba(1, 2, 3, 0).
func parseRGB(v string) colour {
	_, v, _ = strings.Cut(v, "(")
	v, _, _ = strings.Cut(v, ")")
	parts := strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' || r == '/' })
	if len(parts) < 3 || len(parts) > 4 {
		return anyColour
	}
	if len(parts) == 4 && size(parts[3]) != 1 {
		if size(parts[3]) == 0 {
			return clearColour
		}
		return anyColour
	}
	var c colour
	for _, p := range parts[:3] {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return anyColour
		}
		c = c<<8 | colour(n)
	}
	return knownColour | c
}

// painted sets the colours of a look; those that are not said stay.
func (l look) painted(ink, ground colour) look {
	if ink != noColour {
		l.ink = ink
	}
	if ground != noColour && ground != clearColour {
		l.ground = ground
	}
	return l
}

// faint tells whether words have the colour of what is behind them: newsletters hide
// their "preheader" so, white on white.
func (l look) faint() bool {
	const near = 8 // steps of 256, in each of the three
	ground := l.ground
	if ground == noColour {
		ground = whiteColour
	}
	if l.ink == clearColour {
		return true
	}
	if l.ink&knownColour != knownColour || ground&knownColour != knownColour {
		return false
	}
	for shift := 0; shift < 24; shift += 8 {
		a, b := int(l.ink>>shift&0xff), int(ground>>shift&0xff)
		if a-b > near || b-a > near {
			return false
		}
	}
	return true
}

// backgroundOf reads what a background is painted with.
func backgroundOf(value string) colour {
	if strings.Contains(value, "url(") || strings.Contains(value, "gradient") {
		return anyColour
	}
	value = strings.TrimSpace(strings.TrimSuffix(value, "!important"))
	if value == "none" || value == "0" || value == "0 0" {
		return noColour
	}
	if first, _, ok := strings.Cut(value, " "); ok && !strings.HasPrefix(value, "rgb") {
		value = first
	}
	return parseColour(value)
}
