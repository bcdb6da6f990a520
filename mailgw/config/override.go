package config

import (
	"strconv"
	"strings"
)

// override puts those --set arguments into the document for which want holds, in order.
func override(doc map[string]any, args []string, want func(arg string) bool, r *reporter) {
	for _, arg := range args {
		if want(arg) {
			overrideOne(doc, arg, r)
		}
	}
}

// isInclude says whether an argument is about include: which files there are must be
// known before anything in them is replaced.
func isInclude(arg string) bool {
	written, _, _ := splitArgument(arg)
	steps, ok := parseSteps(written)
	return ok && steps[0].key == "include"
}

// overrideOne puts one --set argument, key.path=VALUE, into the document. A list
// of tables is reached by index, desk[0].address, or by the name of a table in
// it, desk.support.address; desk[n] with n tables there adds one.
func overrideOne(doc map[string]any, arg string, r *reporter) {
	written, text, ok := splitArgument(arg)
	if !ok {
		r.set("", "must be key.path=VALUE (got %s); write --set 'data=\"/var/lib/mailgw\"'", show(arg))
		return
	}
	steps, ok := parseSteps(written)
	if !ok {
		r.set(written, "is not the path of a key; write one like smtp.listen, desk[0].address or desk.support.address")
		return
	}
	var value map[string]any
	if err := decodeTOML("v = "+text+"\n", &value); err != nil && strings.Contains(err.Error(), "out of range") {
		r.set(written, "is beyond all numbers (got %s); write one nearer to 0", shorten(text))
		return
	} else if err != nil || len(value) != 1 {
		r.set(written, "the value is not TOML (got %s); write %s", show(text), hintValue(written, text))
		return
	}
	w := &walker{reporter: r, written: written}
	w.put(doc, "", steps, normal(value["v"]))
}

// hintValue is the argument with its value in quotes, which is nearly always
// what a shell has eaten.
func hintValue(written, text string) string {
	quote := func(s string) string { return strconv.Quote(strings.Trim(s, ` "'“”„‘’`)) }
	value := quote(text)
	if inner, ok := strings.CutPrefix(text, "["); ok {
		members := strings.Split(strings.TrimSuffix(inner, "]"), ",")
		for i, m := range members {
			members[i] = quote(m)
		}
		value = "[" + list(members) + "]"
	}
	return "--set '" + written + "=" + value + "'"
}

// splitArgument cuts an argument at the first equals sign outside of quotes.
func splitArgument(arg string) (key, value string, ok bool) {
	inQuotes := byte(0)
	for i := 0; i < len(arg); i++ {
		switch c := arg[i]; {
		case inQuotes != 0:
			if c == inQuotes {
				inQuotes = 0
			}
		case c == '"' || c == '\'':
			inQuotes = c
		case c == '=':
			return strings.TrimSpace(arg[:i]), strings.TrimSpace(arg[i+1:]), i > 0
		}
	}
	return "", "", false
}

// step is one part of a written path: a key, or an index when key is "".
type step struct {
	key   string
	index int
}

// parseSteps reads a path as a person writes it.
func parseSteps(written string) ([]step, bool) {
	s := &scanner{doc: written}
	var steps []step
	for {
		key := ""
		if c := s.peek(); c == '"' || c == '\'' {
			key = unquote(s.str())
		} else {
			start := s.pos
			for isBare(s.peek()) {
				s.advance(1)
			}
			key = s.doc[start:s.pos]
		}
		if key == "" {
			return nil, false
		}
		steps = append(steps, step{key: key})
		for s.peek() == '[' {
			digits, rest, ok := strings.Cut(s.doc[s.pos+1:], "]")
			n, err := strconv.ParseUint(digits, 10, 16)
			if !ok || err != nil {
				return nil, false
			}
			steps = append(steps, step{index: int(n)})
			s.pos = len(s.doc) - len(rest)
		}
		if s.pos == len(s.doc) {
			return steps, true
		}
		if s.peek() != '.' {
			return nil, false
		}
		s.advance(1)
	}
}

// walker follows the steps of one argument through the document.
type walker struct {
	*reporter
	written string
}

// put sets the value below a table and makes the tables on the way.
func (w *walker) put(table map[string]any, path string, steps []step, value any) {
	key := steps[0].key
	path = member(path, key)
	if len(steps) == 1 {
		table[key] = value
		w.origin[path] = w.written
		w.forgetBelow(path)
		return
	}
	if _, ok := table[key]; !ok {
		if steps[1].key == "" {
			table[key] = []any{}
		} else {
			table[key] = map[string]any{}
		}
		w.origin[path] = w.upTo(steps[1:])
	}
	switch inner := table[key].(type) {
	case map[string]any:
		if steps[1].key == "" {
			w.set(w.written, "%s is a table, not a list; write %s.KEY", path, path)
			return
		}
		w.put(inner, path, steps[1:], value)
	case []any:
		table[key] = w.putInList(inner, path, steps[1:], value)
	default:
		w.set(w.written, "%s is neither a table nor a list (got %s); write --set '%s=VALUE'", path, show(inner), path)
	}
}

// putInList sets the value below a member of a list and is the list after that.
func (w *walker) putInList(list []any, path string, steps []step, value any) []any {
	i := steps[0].index
	if name := steps[0].key; name != "" {
		if i = indexByName(list, name); i < 0 {
			w.set(w.written, "nothing in %s has the name %s; write %s", path, show(name), oneOf(names(list), path+"[0]"))
			return list
		}
	}
	if i > len(list) {
		w.set(w.written, "%s has %d members, counted from 0 (got index %d); write %s", path, len(list), i, element(path, len(list)))
		return list
	}
	if len(steps) == 1 {
		if i == len(list) {
			list = append(list, value)
		}
		list[i] = value
		w.origin[element(path, i)] = w.written
		w.forgetBelow(element(path, i))
		return list
	}
	if i == len(list) {
		list = append(list, map[string]any{})
		w.origin[element(path, i)] = w.upTo(steps[1:])
	}
	inner, ok := list[i].(map[string]any)
	if !ok || steps[1].key == "" {
		w.set(w.written, "%s is not a table (got %s); write --set '%s=VALUE'", element(path, i), show(list[i]), element(path, i))
		return list
	}
	w.put(inner, element(path, i), steps[1:], value)
	return list
}

// forgetBelow drops what earlier arguments said about parts of a value that is
// now replaced as a whole.
func (w *walker) forgetBelow(path string) {
	for p := range w.origin {
		if within(p, path) {
			delete(w.origin, p)
		}
	}
}

// upTo is the argument's path without the steps behind.
func (w *walker) upTo(behind []step) string {
	rest := ""
	for i := len(behind) - 1; i >= 0; i-- {
		if s := behind[i]; s.key == "" {
			rest = element("", s.index) + rest
		} else {
			rest = "." + member("", s.key) + rest
		}
	}
	return strings.TrimSuffix(w.written, rest)
}

func indexByName(list []any, name string) int {
	for i, v := range list {
		if t, ok := v.(map[string]any); ok && t["name"] == name {
			return i
		}
	}
	return -1
}

func names(list []any) []string {
	var all []string
	for _, v := range list {
		if t, ok := v.(map[string]any); ok {
			if name, ok := t["name"].(string); ok {
				all = append(all, name)
			}
		}
	}
	return all
}
