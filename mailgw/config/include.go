package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxIncludeFile is the longest included file that is read, in bytes: tens of thousands
// of rules.
const maxIncludeFile = 4 << 20

// Included are the patterns of include as they are looked for, each with its folder.
func (c *Config) Included() []string {
	patterns := make([]string, len(c.Include))
	for i, p := range c.Include {
		patterns[i] = c.beside(p)
	}
	return patterns
}

// IncludedFiles are the files that the patterns of [Config.Included] name now, in the
// order in which they are read. What cannot be looked at is left out.
func IncludedFiles(patterns []string) []string {
	var files []string
	for _, p := range patterns {
		found, _ := matching(p)
		files = append(files, found...)
	}
	return files
}

// IncludedBy are the patterns that a configuration file has in include, each with its folder,
// whatever else is wrong in it. None when it cannot be read that far.
func IncludedBy(file string) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	doc, _, _ := document(file, strings.TrimPrefix(string(text), "\ufeff"))
	var patterns []string
	c := &Config{Path: file}
	for _, p := range patternsOf(doc) {
		if s, ok := p.(string); ok {
			patterns = append(patterns, c.beside(s))
		}
	}
	return patterns
}

// patternsOf is the value of include as a list.
func patternsOf(doc map[string]any) []any {
	switch v := doc["include"].(type) {
	case []any:
		return v
	case string:
		if v != "" {
			return []any{v}
		}
	}
	return nil
}

// isPattern says whether a name has a character by which one pattern names several files.
func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// matching are the files that a pattern names, by name; one without any character of a
// pattern names itself, be it there or not.
//
// The order is that of the bytes of the names, whatever the file system's is. Files that
// editors hide are left out. filepath.Glob would do nearly the same, and says nothing of a
// folder that it cannot read: its rules would be gone without a word.
func matching(pattern string) ([]string, error) {
	folder, name := filepath.Split(pattern)
	if !isPattern(name) {
		return []string{pattern}, nil
	}
	if _, err := filepath.Match(name, ""); err != nil {
		return nil, fmt.Errorf("match %q: %w", name, err)
	}
	entries, err := os.ReadDir(filepath.Clean(folder + "."))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		if ok, _ := filepath.Match(name, e.Name()); ok && (e.Name()[0] != '.' || name[0] == '.') {
			found = append(found, folder+e.Name())
		}
	}
	slices.Sort(found)
	return found, nil
}

// includer reads the files of include into the document of the configuration file.
type includer struct {
	*reporter
	*Config                   // the path alone is known
	files   map[string][]byte // what was read, by the name under which it was opened
	syntax  map[string]Problems
}

// include puts the rules and tests of included files behind those of the configuration
// file, in the order of the list and then by name; a file that is named twice is read
// where it comes first. Values that are no list of strings are left to the decoder.
func (in *includer) include(doc map[string]any) {
	in.files, in.syntax = map[string][]byte{}, map[string]Problems{}
	_, isList := doc["include"].([]any)
	for i, v := range patternsOf(doc) {
		if pattern, ok := v.(string); ok {
			at := "include"
			if isList {
				at = element(at, i)
			}
			in.pattern(doc, at, i, pattern)
		}
	}
}

// pattern includes the files that one pattern names.
func (in *includer) pattern(doc map[string]any, at string, i int, pattern string) {
	folder, name := filepath.Split(pattern)
	switch {
	case !in.oneFile(at, pattern):
		return
	case isPattern(folder):
		in.at(at, "has a pattern in the name of a folder (got %s); write one in the name of the file alone, like rules.d/*.toml", show(pattern))
		return
	}
	found, err := matching(in.beside(pattern))
	switch {
	case errors.Is(err, filepath.ErrBadPattern):
		in.at(at, "is no pattern: a [ has no ], or a \\ has nothing behind it (got %s); write one like rules.d/*.toml", show(pattern))
		return
	case err != nil:
		in.at(at, "%s (got %s); write a folder that the gateway can read, or leave it out", reason(err), show(pattern))
		return
	}
	if len(found) == 0 {
		in.NoFile = append(in.NoFile, i)
	}
	for _, path := range found {
		if _, read := in.files[path]; read {
			continue
		}
		text, err := readIncluded(in.Path, path)
		switch {
		case err != nil && isPattern(name):
			in.other(Problem{File: path, Text: reason(err) + " (got " + show(filepath.Base(path)) + "); write a file with [[rule]] and [[test]] that the gateway can read, or another include than " + show(pattern)})
			continue
		case err != nil:
			in.at(at, "%s (got %s); write a file with [[rule]] and [[test]], or leave it out", reason(err), show(pattern))
			continue
		}
		in.files[path] = text
		in.merge(doc, path, string(text))
	}
}

// oneFile looks at how a pattern is written.
func (in *includer) oneFile(at, pattern string) bool {
	switch {
	case filepath.Ext(pattern) != ".toml":
		in.at(at, "names no TOML file (got %s); write one that ends with .toml, like rules.d/*.toml", show(pattern))
		return false
	case strings.ContainsRune(pattern, 0):
		in.at(at, "has a character that no file has (got %s); write one like rules.d/*.toml", show(pattern))
		return false
	}
	return true
}

// errItself is what is wrong with a configuration file that includes itself.
var errItself = errors.New("it is the configuration file itself")

// readIncluded reads an included file; it must be another one than the configuration.
func readIncluded(config, path string) ([]byte, error) {
	if one, err := os.Stat(config); err == nil {
		if other, err := os.Stat(path); err == nil && os.SameFile(one, other) {
			return nil, &fs.PathError{Op: "read", Path: path, Err: errItself}
		}
	}
	return readFile(path, maxIncludeFile)
}

// merge puts one file's rules and tests behind those that are there.
func (in *includer) merge(doc map[string]any, path, text string) {
	own, text, syntax := document(path, strings.TrimPrefix(text, "\ufeff"))
	in.syntax[path] = syntax
	in.other(syntax...)
	if own == nil {
		return
	}
	p := part{file: path, lines: locate(text), first: map[string]int{}, count: map[string]int{}}
	normal(own)
	in.strangers(&p, own)
	for _, list := range includable() {
		mine, ok := own[list].([]any)
		if v, given := own[list]; given && !ok {
			in.other(Problem{File: path, Line: p.lines.of(list), Key: list, Text: "must be a list of tables (got " + show(v) + "); write [[" + list + "]]"})
		}
		all, isList := doc[list].([]any)
		if _, given := doc[list]; given && !isList || len(mine) == 0 {
			continue
		}
		p.first[list], p.count[list] = len(all), len(mine)
		doc[list] = append(all, mine...)
	}
	in.parts = append(in.parts, p)
}

// includable are the lists that an included file may have.
func includable() []string { return []string{"rule", "test"} }

// strangers reports the keys that must not stand in an included file, in one problem.
func (in *includer) strangers(p *part, own map[string]any) {
	var wrong []string
	for _, key := range sortedKeys(own) {
		if !slices.Contains(includable(), key) {
			wrong = append(wrong, key)
		}
	}
	slices.SortStableFunc(wrong, func(a, b string) int { return p.lines.of(member("", a)) - p.lines.of(member("", b)) })
	if len(wrong) == 0 {
		return
	}
	key := member("", wrong[0])
	said := Problem{File: p.file, Line: p.lines.of(key), Key: plain(key)}
	near := nearest(wrong[0], includable())
	switch {
	case len(wrong) == 1 && near != "":
		said.Text = "there is no such key; write [[" + near + "]]"
	case len(wrong) == 1:
		said.Text = "only [[rule]] and [[test]] stand in an included file; write this key in " + filepath.Base(in.Path)
	default:
		said.Text = "only [[rule]] and [[test]] stand in an included file; write this key and " + strconv.Itoa(len(wrong)-1) + " more (" + plain(list(wrong[1:])) + ") in " + filepath.Base(in.Path)
	}
	in.other(said)
}

// part is what an included file gave: members of lists that follow each other.
type part struct {
	file  string
	lines lines          // of the file, whose own lists begin at 0
	first map[string]int // by the name of the list, the index of its first member in all
	count map[string]int
}

// home is the file where the value at a path was written, its lines, and its path there.
func (r *reporter) home(path string) (file string, where lines, local string) {
	list, rest, _ := strings.Cut(path, "[")
	digits, rest, _ := strings.Cut(rest, "]")
	if i, err := strconv.Atoi(digits); err == nil && len(r.parts) > 0 {
		for k := range r.parts {
			p := &r.parts[k]
			if at := i - p.first[list]; at >= 0 && at < p.count[list] {
				return p.file, p.lines, element(list, at) + rest
			}
		}
	}
	return r.file, r.lines, path
}
