package agent

import (
	"regexp"
	"strings"
)

// UseArgs is what stands behind [Use]: a canned answer and what fills its places.
type UseArgs struct {
	Name   string            // lower case; "" when nothing stands there
	Values map[string]string // by place; a value has no quotes around it
	Stray  string            // words that stand before the first place and fill none; "" when there are none
}

// usePlace begins a value: "version=".
var usePlace = regexp.MustCompile(`(?:^| )([\pL][\pL\pN_.-]*) ?= ?`)

// ReadUse reads "install version=4.2 date=27 November". A value goes on until the next
// place; quotes around it may stand, and don't matter. Of two values for a place the last counts.
func ReadUse(arg string) UseArgs {
	name, rest, _ := strings.Cut(strings.TrimSpace(arg), " ")
	u := UseArgs{Name: strings.ToLower(strings.Trim(name, `"'“”„«».,;:`)), Values: map[string]string{}}
	found := usePlace.FindAllStringSubmatchIndex(rest, -1)
	if len(found) == 0 {
		u.Stray = strings.TrimSpace(rest)
		return u
	}
	u.Stray = strings.TrimSpace(rest[:found[0][0]])
	for i, at := range found {
		end := len(rest)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		u.Values[strings.ToLower(rest[at[2]:at[3]])] = unquoted(rest[at[1]:end])
	}
	return u
}

// unquoted takes quotes off that stand around a value, and commas behind it.
func unquoted(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), ", ")
	for _, pair := range [...][2]string{{`"`, `"`}, {"“", "”"}, {"„", "“"}, {"”", "”"}, {"«", "»"}, {"'", "'"}, {"‘", "’"}} {
		if inner, ok := strings.CutPrefix(s, pair[0]); ok && strings.HasSuffix(inner, pair[1]) {
			return strings.TrimSpace(strings.TrimSuffix(inner, pair[1]))
		}
	}
	return s
}
