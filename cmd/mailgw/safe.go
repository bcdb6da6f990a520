package main

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// safe is text of strangers made fit for a terminal: control characters, which
// could move the cursor or rewrite the screen, and marks that turn the direction of
// writing become spaces. It keeps to one line.
func safe(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || isUnsafe(r) {
			return ' '
		}
		return r
	}, s)
}

// safeText is safe for text of many lines.
func safeText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\r':
			return -1
		case r == '\t' || isUnsafe(r):
			return ' '
		}
		return r
	}, s)
}

func isUnsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// columns is how many columns of a terminal a text takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

func columnsOf(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// fit makes a text exactly n columns wide: cut with an ellipsis, or filled up.
func fit(s string, n int) string {
	s = clip(s, n)
	return s + strings.Repeat(" ", max(0, n-columns(s)))
}

// clip cuts a text that is wider than n columns.
func clip(s string, n int) string {
	s = safe(s)
	if columns(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		if used += columnsOf(r); used >= n {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}
