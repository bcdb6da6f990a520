package agent

import (
	"strings"
	"unicode"
)

// splitLines cuts a text at every line end that there is.
func splitLines(s string) []string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if strings.ContainsAny(s, "\r\v\f\u0085\u2028\u2029") {
		s = strings.Map(func(r rune) rune {
			switch r {
			case '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
				return '\n'
			}
			return r
		}, s)
	}
	return strings.Split(s, "\n")
}

// joinLines joins lines without empty ones around them; of several empty lines
// in a row two stay.
func joinLines(lines []string) string {
	var kept []string
	empty := 0
	for _, l := range lines {
		if strings.TrimFunc(l, blank) != "" {
			empty = 0
		} else if empty++; empty > 2 || len(kept) == 0 {
			continue
		}
		kept = append(kept, l)
	}
	return strings.TrimRightFunc(strings.Join(kept, "\n"), blank)
}

// blank tells what leaves no ink.
func blank(r rune) bool { return unicode.IsSpace(r) || invisible(r) }

// invisible tells characters that have no width, as clients and input methods
// leave them around a word; the keycap of an emoji among them.
func invisible(r rune) bool {
	switch r {
	case '\u00ad', '\u034f', '\u061c', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u180e', '\u20e3', '\u3164', '\uffa0', '\ufeff':
		return true
	}
	return r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r >= 0xfe00 && r <= 0xfe0f || r < ' ' && r != '\t'
}

// fold makes a line comparable: invisible characters gone, every kind of space
// one plain space, full-width signs and letters their plain forms, no space
// around.
func fold(line string) string {
	var b strings.Builder
	b.Grow(len(line))
	space := false
	for _, r := range line {
		switch {
		case invisible(r):
			continue
		case unicode.IsSpace(r):
			space = true
			continue
		case r >= 0xff01 && r <= 0xff5e:
			r -= 0xfee0
		case r == '\ufe5f' || r == '♯':
			r = '#'
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// unwrapped takes off what clients write around a command: emphasis, the bullet of a
// list, the backslash of those that escape a #.
func unwrapped(plain string) string {
	if t := strings.TrimLeft(plain, "*_`\\-–—•· "); strings.HasPrefix(t, "#") {
		return strings.TrimRight(t, "*_` ")
	}
	return plain
}
