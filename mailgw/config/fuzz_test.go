package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"supportgw/rules"
)

// maxFuzzed keeps the library's cubic time for tables within tables in bounds.
const maxFuzzed = 2 << 10

// FuzzParse: whatever the text and the argument are, Parse ends with a
// complete configuration or with problems that have a place.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds: ", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, `desk.support.address="a@example.com"`)
	}
	f.Add([]byte(minimal), `smtp.listen[0]=[{}]`)
	f.Add([]byte(minimal), `desk[0].agents[0].x="`)
	f.Add([]byte(minimal), `"a\"."[1]='''`)
	f.Fuzz(func(t *testing.T, data []byte, arg string) {
		if len(data)+len(arg) > maxFuzzed {
			return
		}
		c, err := Parse("f.toml", data, []string{arg})
		var problems Problems
		switch {
		case err == nil && (len(c.Desks) == 0 || c.Admin.Address == "" || c.RuleSet == nil || c.Directory == nil):
			t.Errorf("incomplete, and no problem: %+v", c)
		case err != nil && (c != nil || !errors.As(err, &problems) || len(problems) == 0):
			t.Errorf("Parse = %v, %v", c, err)
		}
		if err == nil {
			problems = c.Warnings()
		}
		for _, p := range problems {
			if p.Text == "" || p.File != setFile && p.Line < 1 {
				t.Errorf("a problem without text or place: %+v", p)
			}
		}
	})
}

// FuzzLocate: every value that the library finds in a document has a line of
// its own, and no line lies outside of the document.
func FuzzLocate(f *testing.F) {
	for _, seed := range []string{
		minimal, "a.b.c = 1\n[a.d]\ne = [[1], {f = 2}]", "[[x]]\n[[x.y]]\nz=1\n[[x]]\n[[x.y]]\n", "a = { b.c = 1, 'd e' = '''\n]''' }",
		"\"\\u0041\" = \"\"\"\\\n  x\"\"\"\"\"", "a=[\n#]\n[],\n[1]]\r\nb=1979-05-27 07:32:00Z # x", "''.\"\" = 1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		if len(doc) > maxFuzzed {
			return
		}
		all := locate(doc) // ends, also with what is not TOML
		var v map[string]any
		if decodeTOML(doc, &v) != nil {
			return
		}
		last := 1
		for _, c := range doc {
			if c == '\n' {
				last++
			}
		}
		var look func(path string, v any)
		look = func(path string, v any) {
			if n := all[path]; path != "" && (n < 1 || n > last) {
				t.Errorf("%s is on line %d of %d", path, n, last)
			}
			switch rv := reflect.ValueOf(v); rv.Kind() {
			case reflect.Map:
				for _, k := range rv.MapKeys() {
					look(member(path, k.String()), rv.MapIndex(k).Interface())
				}
			case reflect.Slice:
				for i := range rv.Len() {
					look(element(path, i), rv.Index(i).Interface())
				}
			}
		}
		look("", v)
	})
}

// FuzzRules: whatever stands behind a right configuration as its rules, it is refused
// with a place and a text, or each mail gets the same verdict with reasons as without.
func FuzzRules(f *testing.F) {
	data, err := os.ReadFile("testdata/wrong_rules.txt")
	if err != nil {
		f.Fatal(err)
	}
	for block := range strings.SplitSeq(string(data), "---\n") {
		f.Add([]byte("[[rule]]\nname = \"a\"\n" + wrongRule(block)))
	}
	f.Add([]byte("[[rule]]\nname = 'a'\nthen = { tags = ['x'], hold = true }\nstop = true\n[rule.if]\nattachment = { name = { glob = '*.e?e' } }\n" +
		"any = [{ day = 'sat-mon', time = '22:00-06:00' }, { not = { tags = { is = '' } } }]\n[rule.follow_up]\nassignee = { by = 'round_robin' }\n"))
	facts := []rules.Facts{
		{Subject: "outage", Words: "outage\nall is down"}, {FollowUp: true, Status: "solved", Tags: []string{"x"}, Affected: 5, Blocked: rules.Yes},
		{Attachments: []rules.Attachment{{Name: "a.exe", Size: 5}, {Type: "image/png"}}, Header: "X: y\nZ: a", Local: time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)},
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxFuzzed {
			return
		}
		c, err := Parse("f.toml", append([]byte(minimal), data...), nil)
		var problems Problems
		if err != nil && (c != nil || !errors.As(err, &problems) || len(problems) == 0) {
			t.Fatalf("Parse = %v, %v", c, err)
		}
		for _, p := range problems {
			if p.Text == "" || p.File != setFile && p.Line < 1 {
				t.Errorf("a problem without text or place: %+v", p)
			}
		}
		if err != nil {
			return
		}
		for i := range facts {
			fast, slow := c.RuleSet.Eval(facts[i]), c.RuleSet.Explain(facts[i])
			for k := range slow.Trace {
				if len(slow.Trace[k].Why) == 0 {
					t.Errorf("no reasons for rule %q", slow.Trace[k].Rule)
				}
				slow.Trace[k].Why = nil
			}
			if !reflect.DeepEqual(fast, slow) {
				t.Errorf("%+v\n%+v", fast, slow)
			}
		}
	})
}
