package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// UnmarshalTOML reads a string, a list of strings, or a table with contains,
// glob, regexp and is. It never returns an error: what has a wrong form is
// kept, and [Compile] reports it with rule and field, so that an admin sees
// all mistakes of a file at once instead of the first.
func (m *Match) UnmarshalTOML(data any) error {
	*m = Match{}
	table, ok := data.(map[string]any)
	if !ok {
		m.Contains = m.list("", data)
		return nil
	}
	keys := make([]string, 0, len(table))
	for key := range table {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		m.set(key, table[key])
	}
	return nil
}

// set takes one key of the table form.
func (m *Match) set(key string, data any) {
	switch key {
	case "contains":
		m.Contains = m.list(key, data)
	case "glob":
		m.Glob = m.list(key, data)
	case "is":
		m.Is = m.list(key, data)
	case "regexp":
		text, ok := data.(string)
		if !ok {
			m.refuse(key, "%s is no pattern; write one string, regexp = '…', with | between alternatives", kind(data))
			return
		}
		if text == "" {
			m.refuse(key, "an empty regexp matches everything; write a pattern, or leave it out")
		}
		m.Regexp = text
	default:
		if near := nearest(key, "contains", "glob", "regexp", "is"); near != "" {
			m.refuse(key, "there is no %q here; write %s", key, near)
			return
		}
		m.refuse(key, "there is no %q here; write %s", key, meantForm(key))
	}
}

// meantForm is what is written here for a form by another name.
func meantForm(key string) string {
	switch strings.ToLower(key) {
	case "equals", "equal", "eq", "exact", "exactly", "text":
		return "is"
	case "starts_with", "startswith", "begins_with", "prefix":
		return `glob = "…*"`
	case "ends_with", "endswith", "suffix":
		return `glob = "*…"`
	case "like", "wildcard", "pattern":
		return "glob"
	case "matches", "match", "regular_expression":
		return "regexp"
	case "includes", "include", "has", "phrase", "word", "words", "any", "any_of", "in", "one_of":
		return "contains"
	}
	return "contains, glob, regexp or is"
}

// list reads one string or a list of them.
func (m *Match) list(key string, data any) []string {
	switch data := data.(type) {
	case string:
		return []string{data}
	case []any:
		list := make([]string, 0, len(data))
		for _, item := range data {
			text, ok := item.(string)
			if !ok {
				m.refuse(key, "%s stands in the list; write strings only, each in quotes", kind(item))
				continue
			}
			list = append(list, text)
		}
		return list
	}
	if key == "" {
		m.refuse(key, `%s is no match; write "a phrase", or a table like { contains = ["a phrase"] }`, kind(data))
	} else {
		m.refuse(key, `%s is no text; write "a text" or ["one", "another"]`, kind(data))
	}
	return nil
}

func (m *Match) refuse(key, format string, args ...any) {
	m.wrong = append(m.wrong, wrongShape{key: key, text: fmt.Sprintf(format, args...)})
}

// kind names a TOML value for an error text.
func kind(data any) string {
	switch data := data.(type) {
	case bool:
		return fmt.Sprintf("the truth value %t", data)
	case int64:
		return fmt.Sprintf("the number %d", data)
	case float64:
		return fmt.Sprintf("the number %g", data)
	case map[string]any, []map[string]any:
		return "a table"
	case []any:
		return "a list"
	case string:
		return fmt.Sprintf("the string %q", data)
	}
	return "a date or time"
}

// nearest returns the one of the words that a misspelt one most likely
// means: same letters but for case, the start of it or it plus an ending,
// or one letter changed, missing or added. Empty when none is near.
func nearest(got string, words ...string) string {
	low := strings.ToLower(strings.TrimSpace(got))
	if low == "" {
		return ""
	}
	for _, word := range words {
		if low == word || len(low) > 1 && (strings.HasPrefix(word, low) || strings.HasPrefix(low, word)) || oneOff(low, word) {
			return word
		}
	}
	return ""
}

// oneOff reports whether one edit leads from a to b.
func oneOff(a, b string) bool {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	a, b = a[start:], b[start:]
	switch len(a) - len(b) {
	case 0:
		return len(a) > 0 && a[1:] == b[1:] || len(a) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
	case 1:
		return a[1:] == b
	case -1:
		return a == b[1:]
	}
	return false
}

// UnmarshalTOML reads an agent's address, or a table with agent, by, among, skills and
// language. Like that of [Match] it never returns an error.
func (a *Assignee) UnmarshalTOML(data any) error {
	*a = Assignee{given: true}
	switch data := data.(type) {
	case string:
		a.Agent = data
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(data)) {
			a.set(key, data[key])
		}
	default:
		a.refuse("", `%s is no assignee; write "anna@example.com", or { by = "least_loaded" }`, kind(data))
	}
	return nil
}

// set takes one key of the table form.
func (a *Assignee) set(key string, data any) {
	var m Match
	switch key {
	case "agent", "by":
		text, ok := data.(string)
		if !ok {
			a.refuse(key, "%s is no text; write one in quotes", kind(data))
			return
		}
		if key == "agent" {
			a.Agent = text
		} else {
			a.By = text
		}
	case "among":
		a.Among = m.list(key, data)
	case "skills":
		a.Skills = m.list(key, data)
	case "language":
		yes, ok := data.(bool)
		if !ok {
			a.refuse(key, "%s is neither true nor false; write language = true", kind(data))
		}
		a.Language = yes
	default:
		if near := nearest(key, "agent", "by", "among", "skills", "language"); near != "" {
			a.refuse(key, "there is no %q here; write %s", key, near)
			return
		}
		a.refuse(key, "there is no %q here; write agent, by, among, skills or language", key)
	}
	a.wrong = append(a.wrong, m.wrong...)
}

func (a *Assignee) refuse(key, format string, args ...any) {
	a.wrong = append(a.wrong, wrongShape{key: key, text: fmt.Sprintf(format, args...)})
}
