package config

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"reflect"
	"strings"
)

// Load reads a configuration file, and the included files, the folder of own phrases
// and the files of holidays when it names them. The overrides are the arguments of --set,
// each key.path=VALUE with a TOML value; they are applied in their order, after
// the file. The error wraps that of the file system when the file cannot be
// read, and is a Problems when the content is wrong.
func Load(path string, overrides []string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return parse(path, data, overrides, true)
}

// Parse reads a configuration from text; name is what problems call the file. The
// folder of own phrases is not read: the words are the built-in ones; nor is any
// holidays_file, nor are included files. See Load for the rest. It never panics, whatever the text is.
func Parse(name string, data []byte, overrides []string) (*Config, error) {
	return parse(name, data, overrides, false)
}

func parse(name string, data []byte, overrides []string, withFiles bool) (*Config, error) {
	r := newReporter(name)
	text := strings.TrimPrefix(string(data), "\ufeff") // some editors put a byte order mark first
	doc, text, syntax := document(name, text)
	if doc == nil {
		return nil, syntax
	}
	r.lines = locate(text)
	normal(doc)
	if _, ok := doc["level"]; !ok {
		doc["level"] = levelTables()
	}
	c := builtin()
	c.Path, c.Sum = name, sha256.Sum256(data)
	included := &includer{reporter: r, Config: c}
	override(doc, overrides, isInclude, r)
	if withFiles {
		included.include(doc)
	}
	override(doc, overrides, func(arg string) bool { return !isInclude(arg) }, r) // may be about what was included
	(&decoder{r}).table("", doc, reflect.ValueOf(c).Elem())
	check, beside := &checker{reporter: r, Config: c}, map[string][]byte{}
	if withFiles {
		check.read = func(path string) (text []byte, err error) {
			if text, err = readWordFile(path); err == nil {
				beside[path] = text
			}
			return text, err
		}
	}
	check.all()
	r.dropAfter(name, r.lines, syntax)
	for _, p := range r.parts {
		r.dropAfter(p.file, p.lines, included.syntax[p.file])
	}
	r.all = append(r.all, syntax...)
	if withFiles {
		maps.Copy(beside, included.files)
		c.canned(r, beside)
		c.words(r, data, beside)
	}
	if err := r.problems(); err != nil {
		return nil, err
	}
	c.source = r
	return c, nil
}
