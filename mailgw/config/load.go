package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// Load reads a configuration file. The overrides are the arguments of --set,
// each key.path=VALUE with a TOML value; they are applied in their order, after
// the file. The error wraps that of the file system when the file cannot be
// read, and is a Problems when the content is wrong.
func Load(path string, overrides []string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, data, overrides)
}

// Parse reads a configuration from text; name is what problems call the file.
// See Load for the rest. It never panics, whatever the text is.
func Parse(name string, data []byte, overrides []string) (*Config, error) {
	r := newReporter(name)
	text := strings.TrimPrefix(string(data), "\ufeff") // some editors put a byte order mark first
	doc := map[string]any{}
	if err := decodeTOML(text, &doc); err != nil {
		return nil, Problems{syntaxProblem(name, err)}
	}
	r.lines = locate(text)
	normal(doc)
	if _, ok := doc["level"]; !ok {
		doc["level"] = levelTables()
	}
	for _, arg := range overrides {
		override(doc, arg, r)
	}

	c := builtin()
	c.Path = name
	(&decoder{r}).table("", doc, reflect.ValueOf(c).Elem())
	(&checker{reporter: r, Config: c}).all()
	if err := r.problems(); err != nil {
		return nil, err
	}
	return c, nil
}

// syntaxProblem is the library's error about text that is not TOML.
func syntaxProblem(file string, err error) Problem {
	p := Problem{File: file, Line: 1, Text: err.Error()}
	var perr toml.ParseError
	if errors.As(err, &perr) {
		p.Line = max(1, perr.Position.Line)
		p.Text = perr.Message
		if perr.Position.Col > 0 {
			p.Text = fmt.Sprintf("column %d: %s", perr.Position.Col, perr.Message)
		}
	}
	p.Text = "is not TOML: " + strings.Join(strings.Fields(p.Text), " ")
	if strings.Contains(p.Text, "expected value") {
		p.Text += "; write strings in quotes"
	}
	return p
}
