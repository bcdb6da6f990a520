package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// document decodes text. The parser ends at the first mistake; so that all are
// found at once, a line that is wrong by itself gets an empty value and the text
// is read again. The text returned is the one that was decoded at last, doc is
// nil when no way was found to go on. What an empty value leads to must not be
// reported: see dropAfter.
func document(file, text string) (doc map[string]any, mended string, wrong Problems) {
	for {
		doc = map[string]any{}
		err := decodeTOML(text, &doc)
		if err == nil {
			return doc, text, wrong
		}
		m := newMistake(file, text, err)
		if slices.ContainsFunc(wrong, func(p Problem) bool { return p.Line == m.line }) || len(wrong) == enough {
			return nil, text, wrong // the line was no line by itself, or this is no TOML at all
		}
		wrong = append(wrong, m.problem())
		ok := false
		if text, ok = m.mend(); !ok {
			return nil, text, wrong
		}
	}
}

// enough is how many mistakes one looks at.
const enough = 50

// dropAfter takes out the problems that come from lines which document emptied:
// those at the lines themselves, and those of keys that are missing beside one.
func (r *reporter) dropAfter(file string, where lines, syntax Problems) {
	r.all = slices.DeleteFunc(r.all, func(p Problem) bool {
		_, written := where[p.Key]
		table := parent(p.Key)
		return p.Line > 0 && p.File == file && slices.ContainsFunc(syntax, func(s Problem) bool {
			return s.Line == p.Line || !written && table != "" && within(s.Key, table)
		})
	})
}

// mistake is what the library says about text that is not TOML, and the line.
type mistake struct {
	file, text  string
	line, col   int // counted from 1; col 0 is not known
	said        string
	lines       []string // of the text
	start, rest string   // the key, and what stands behind the sign that ends it; "" when it is no assignment
	path        string   // of the key or table on the line, "" when it has none
	listed      bool     // the table is one of a list
}

// startOfLine is a key with an equals sign, or with what people write for one.
var startOfLine = regexp.MustCompile(`^(\s*[A-Za-z0-9_."'-]+)\s*(?:[=:](.*))?$`)

func newMistake(file, text string, err error) *mistake {
	m := &mistake{file: file, text: text, line: 1, said: err.Error(), lines: strings.Split(text, "\n")}
	var perr toml.ParseError
	if errors.As(err, &perr) {
		m.said = perr.Message
		// Workaround: BurntSushi/toml v1.6.0 counts a line end as part of the next
		// line, and a line's first byte as part of the one before (TestBadConfigurations
		// with syntax_header and syntax_duplicate_key); the offset is right.
		if at := perr.Position.Start; perr.Position.Line > 0 && at >= 0 && at <= len(text) {
			m.line, m.col = 1+strings.Count(text[:at], "\n"), at-strings.LastIndexByte(text[:at], '\n')
		}
	}
	m.said = strings.Join(strings.Fields(m.said), " ")
	own := strings.TrimRight(m.lines[m.line-1], "\r")
	if found := startOfLine.FindStringSubmatch(own); found != nil {
		m.start, m.rest = found[1], strings.TrimSpace(found[2])
		own = m.start + ` = ""`
	}
	if strings.Contains(m.said, "control characters") || strings.Contains(m.said, "NULL") {
		return m // the key is not to blame
	}
	if m.start != "" || strings.HasPrefix(strings.TrimSpace(own), "[") && !strings.Contains(m.said, "cannot be empty") {
		m.path = lastPath(strings.Join(append(slices.Clone(m.lines[:m.line-1]), own), "\n"))
		if m.twice() && strings.HasSuffix(m.path, "]") {
			m.path, m.listed = parent(m.path), true
		}
	}
	return m
}

// lastPath is what the last line of a document is about.
func lastPath(doc string) string {
	s := &scanner{doc: doc, line: 1, lines: lines{}, tables: map[string]int{}}
	s.document()
	return s.last
}

// mend is the text without the mistake, if that is on one line.
func (m *mistake) mend() (string, bool) {
	if m.start == "" || !balanced(m.rest) {
		return m.text, false
	}
	own := m.start + ` = ""`
	if strings.HasSuffix(m.rest, ",") && !strings.Contains(m.said, "top-level") {
		own += "," // a member of an inline table
	}
	if m.twice() {
		own = ""
	}
	lines := slices.Clone(m.lines)
	lines[m.line-1] = own
	return strings.Join(lines, "\n"), true
}

// balanced says whether a value ends on its line, as far as can be seen.
func balanced(value string) bool {
	return !strings.Contains(value, `"""`) && !strings.Contains(value, "'''") &&
		strings.Count(value, "[") == strings.Count(value, "]") && strings.Count(value, "{") == strings.Count(value, "}")
}

func (m *mistake) twice() bool {
	return strings.Contains(m.said, "already been defined") || strings.Contains(m.said, "already created")
}

func (m *mistake) problem() Problem {
	p := Problem{File: m.file, Line: m.line, Key: plain(m.path), Text: m.explain()}
	if m.col > 0 && !m.twice() {
		p.Text = fmt.Sprintf("column %d: %s", m.col, p.Text)
	}
	return p
}
