package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// show is a value of a document as a problem quotes it.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(shorten(v))
	case time.Time:
		if v.Year() == 0 {
			return "the time " + dateText(v)
		}
		return "the date " + dateText(v)
	case float64:
		if s := strconv.FormatFloat(v, 'g', -1, 64); strings.Trim(s, "-0123456789") == "" {
			return s + ".0"
		}
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return fmt.Sprint(v)
}

// dateText is a TOML date or time without what it does not say.
func dateText(t time.Time) string {
	if t.Year() == 0 { // a time of day without a date
		return t.Format("15:04")
	}
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

// shorten cuts a text that is too long to be read in one line.
func shorten(s string) string {
	const limit = 60
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}

// plain is a key as a line of text can hold it.
func plain(key string) string {
	if strings.ContainsFunc(key, unicode.IsControl) {
		key = strconv.Quote(key)
	}
	const limit = 120
	if r := []rune(key); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return key
}

// short is a duration without its zero parts: 8h, not 8h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// list joins texts with commas.
func list(texts []string) string { return strings.Join(texts, ", ") }

// orText joins texts as a choice, each in quotes.
func orText(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = strconv.Quote(t)
	}
	if len(quoted) < 2 {
		return list(quoted)
	}
	last := len(quoted) - 1
	return list(quoted[:last]) + " or " + quoted[last]
}

// oneOf proposes names to choose from, or something else when there are none.
func oneOf(names []string, otherwise string) string {
	const most = 8 // that are read before one looks into the file
	if len(names) == 0 {
		return otherwise
	}
	if len(names) > most {
		return "one that is there, like " + orText(names[:most])
	}
	return orText(names)
}

// suggest proposes the name that is nearest to a wrong one, else all of them.
func suggest(wrong string, names []string, otherwise string) string {
	if near := nearest(wrong, names); near != "" {
		return strconv.Quote(near)
	}
	return oneOf(names, otherwise)
}

// nearest is the candidate that a person most likely meant, "" when none is near.
func nearest(wrong string, candidates []string) string {
	best, distance := "", max(1, len([]rune(wrong))/3)+1
	for _, c := range candidates {
		if n := len([]rune(wrong)) - len([]rune(c)); n >= distance || -n >= distance {
			continue // at least that far
		}
		if d := editDistance(strings.ToLower(wrong), strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// editDistance is how many letters must be put in, taken out, changed or
// swapped with their neighbour to make b of a.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := last[j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

func sortedKeys(t map[string]any) []string { return slices.Sorted(maps.Keys(t)) }
