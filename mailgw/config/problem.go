package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong in a configuration.
type Problem struct {
	File string // the file as it was named to Load, or another one that it names; "--set" for a value given on the command line
	Line int    // counted from 1; 0 with "--set" and when the file as a whole is meant
	Key  string // path of the key, e.g. desk[0].address; "" when the text is not TOML
	Text string // what is wrong, what was found, and what to write instead
}

// String is the problem in one line: file:line: key: text.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.File == setFile {
		b.WriteString(" ")
	} else {
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Problems is all that is wrong in a configuration, in the order of the file, then
// values from the command line, then other files: those of include, and of
// wording.dir. It is never returned empty.
type Problems []Problem

// Error is all problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// setFile stands for the file name in problems of --set values.
const setFile = "--set"

// reporter collects problems while a configuration is read.
type reporter struct {
	file   string
	lines  lines             // where the file's keys are
	parts  []part            // of included files, in their order
	origin map[string]string // paths set on the command line, and how they were written there
	seen   map[string]bool   // paths that have a problem
	all    Problems
	others Problems // of other files
}

func newReporter(file string) *reporter {
	return &reporter{file: file, origin: map[string]string{}, seen: map[string]bool{}}
}

// at reports a problem of the key at path. Only the first one of each key
// counts, and none of what is inside of a wrong one: what follows from it would
// only distract.
func (r *reporter) at(path, format string, args ...any) {
	for p := path; p != ""; p = parent(p) {
		if r.seen[p] {
			return
		}
	}
	r.seen[path] = true
	p := Problem{Text: fmt.Sprintf(format, args...)}
	if written, ok := r.written(path); ok {
		p.File, p.Key = setFile, written
	} else {
		var where lines
		p.File, where, p.Key = r.home(path)
		p.Line = where.of(p.Key)
	}
	p.Key = plain(p.Key)
	r.all = append(r.all, p)
}

// set reports a problem of a --set argument itself.
func (r *reporter) set(written, format string, args ...any) {
	r.all = append(r.all, Problem{File: setFile, Key: plain(written), Text: fmt.Sprintf(format, args...)})
}

// has says whether the key at path, or anything in it, has a problem.
func (r *reporter) has(path string) bool {
	if r.seen[path] {
		return true
	}
	for p := range r.seen {
		if within(p, path) {
			return true
		}
	}
	return false
}

// given says whether the key at path was written down, and is no default.
func (r *reporter) given(path string) bool {
	_, where, local := r.home(path)
	_, inFile := where[local]
	_, set := r.written(path)
	return inFile || set
}

// written is how the command line named the key at path, when it was set there.
func (r *reporter) written(path string) (string, bool) {
	for p := path; p != ""; p = parent(p) {
		if key, ok := r.origin[p]; ok {
			return key + path[len(p):], true
		}
	}
	return "", false
}

// problems is everything reported, sorted; nil when there is nothing.
func (r *reporter) problems() error {
	if len(r.all)+len(r.others) == 0 {
		return nil
	}
	all := append(r.all, r.others...)
	sortProblems(r.file, all)
	return all
}

// other reports problems of other files.
func (r *reporter) other(problems ...Problem) { r.others = append(r.others, problems...) }

// sortProblems puts problems in the order of the configuration file, then those of the
// command line, then those of other files, by their names.
func sortProblems(file string, all []Problem) {
	place := func(p Problem) (group int, name string) {
		switch p.File {
		case file:
			return 0, ""
		case setFile:
			return 1, ""
		}
		return 2, p.File
	}
	slices.SortStableFunc(all, func(a, b Problem) int {
		x, nameX := place(a)
		y, nameY := place(b)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(nameX, nameY), cmp.Compare(a.Line, b.Line))
	})
}
