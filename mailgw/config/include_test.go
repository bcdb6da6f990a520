package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withFiles writes a folder with m.toml, which is the least configuration behind some lines,
// and other files; names that end with a slash are folders, texts that begin with -> links.
func withFiles(t *testing.T, top string, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"m.toml": top + minimal} {
		putFile(t, dir, name, text)
	}
	for name, text := range files {
		putFile(t, dir, name, text)
	}
	return dir
}

func putFile(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	target, isLink := strings.CutPrefix(text, "->")
	switch {
	case strings.HasSuffix(name, "/"):
		err = errors.Join(err, os.MkdirAll(path, 0o700))
	case isLink:
		err = errors.Join(err, os.Symlink(target, path))
	default:
		err = errors.Join(err, os.WriteFile(path, []byte(text), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// aRule is a rule on its own line, behind an empty one.
func aRule(name string) string {
	return fmt.Sprintf("\n[[rule]]\nname = %q\nthen.tags = [%q]\n", name, name)
}

// TestInclude: files come in the order of the list and then by name, each once, and hidden
// ones and copies of editors do not.
func TestInclude(t *testing.T) {
	top := `include = ["rules.d/zz.toml", "rules.d/*.toml", "own.toml"]` + "\n"
	dir := withFiles(t, top, map[string]string{
		"rules.d/10-b.toml": aRule("10-b"), "rules.d/B.toml": aRule("B"), "rules.d/9.toml": aRule("9"), "rules.d/a.toml": "\ufeff" + aRule("a") + aRule("a2"),
		"rules.d/zz.toml": aRule("zz"), "rules.d/.#a.toml": "wrong", "rules.d/a.toml~": "wrong", "rules.d/README": "wrong", "own.toml": "->elsewhere/own", "elsewhere/own": aRule("own"),
		"rules.d/empty.toml": "# nothing yet\n",
	})
	for _, set := range [][]string{{"smtp.listen=':0'"}, {"smtp.listen=':0'", `rule.a2.then.priority="high"`}} {
		c, err := Load(filepath.Join(dir, "m.toml"), set)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range c.Rules {
			names = append(names, r.Name)
		}
		want := []string{"zz", "10-b", "9", "B", "a", "a2", "own"}
		if !slices.Equal(names, want) || c.RuleSet == nil || len(c.Warnings()) > 0 {
			t.Errorf("rules %q, want %q; warnings %q", names, want, c.Warnings())
		}
		if p := c.Rules[5].Then.Priority; p != "" != (len(set) > 1) {
			t.Errorf("--set of an included rule: priority %q", p)
		}
	}
}

// TestIncludeProblems names the file and its own line, or the key of include.
func TestIncludeProblems(t *testing.T) {
	long := "#" + strings.Repeat("x", 10<<20)
	tests := []struct {
		name, include string
		files         map[string]string
		want          string // DIR stands for the folder, with its slash
	}{
		{"a wrong key of the second file", `["*/*.toml"]`, nil, `DIRm.toml:1: include[0]: has a pattern in the name of a folder (got "*/*.toml"); write one in the name of the file alone, like rules.d/*.toml`},
		{"a key", `"r/*.toml"`, map[string]string{"r/a.toml": aRule("a"), "r/b.toml": aRule("b") + "whn = 3\n" + aRule("c") + "stop = 1\n"},
			"DIRr/b.toml:5: rule[0].whn: there is no such key; write one of name, if, then, follow_up, stop\nDIRr/b.toml:10: rule[1].stop: must be true or false (got 1); write true or false, without quotes"},
		{"what package rules says", `["r.toml"]`, map[string]string{"r.toml": aRule("a") + "if.subject.regexp = '('\n"},
			"DIRr.toml:5: rule[0].if.subject.regexp: "},
		{"names that lead nowhere", `["r.toml"]`, map[string]string{"r.toml": aRule("a") + "then.desk = 'suport'\n"},
			`DIRr.toml:5: rule[0].then.desk: there is no [[desk]] of that name (got "suport"); write "support"`},
		{"one name twice", `["a.toml", "b.toml"]`, map[string]string{"a.toml": aRule("x"), "b.toml": aRule("y") + aRule("x")},
			`DIRb.toml:7: rule[1].name: the name "x" is taken by an earlier rule, line 3 of DIRa.toml; give each rule its own`},
		{"no TOML", `["a.toml"]`, map[string]string{"a.toml": aRule("x") + "stop = yes\n" + aRule("y") + "stop = 3\n"},
			"DIRa.toml:5: rule[0].stop: column 8: "},
		{"other tables", `["a.toml"]`, map[string]string{"a.toml": aRule("x") + "[smtp]\nlisten = []\n[[desk]]\n"},
			"DIRa.toml:5: smtp: only [[rule]] and [[test]] stand in an included file; write this key and 1 more (desk) in m.toml"},
		{"include in an included file", `["a.toml"]`, map[string]string{"a.toml": "include = ['a.toml']\n"},
			"DIRa.toml:1: include: only [[rule]] and [[test]] stand in an included file; write this key in m.toml"},
		{"nearly", `["a.toml"]`, map[string]string{"a.toml": "\n[[rules]]\nname = 'x'\n"}, "DIRa.toml:2: rules: there is no such key; write [[rule]]"},
		{"one table", `["a.toml"]`, map[string]string{"a.toml": "[rule]\nname = 'x'\n"}, "DIRa.toml:1: rule: must be a list of tables (got a table); write [[rule]]"},
		{"not there", `["a.toml"]`, nil, `DIRm.toml:1: include[0]: cannot be read: no such file or directory (got "a.toml"); write a file with [[rule]] and [[test]], or leave it out`},
		{"itself", `"m.toml"`, nil, `DIRm.toml:1: include: cannot be read: it is the configuration file itself (got "m.toml"); write a file with [[rule]] and [[test]], or leave it out`},
		{"itself, by a pattern and a link", `["l*.toml"]`, map[string]string{"link.toml": "->m.toml"},
			`DIRlink.toml: cannot be read: it is the configuration file itself (got "link.toml"); write a file with [[rule]] and [[test]] that the gateway can read, or another include than "l*.toml"`},
		{"links in a circle", `["a.toml"]`, map[string]string{"a.toml": "->b.toml", "b.toml": "->a.toml"},
			`DIRm.toml:1: include[0]: cannot be read: too many levels of symbolic links (got "a.toml"); write a file with [[rule]] and [[test]], or leave it out`},
		{"a link to nowhere, by a pattern", `["r/*.toml"]`, map[string]string{"r/a.toml": "->gone"},
			`DIRr/a.toml: cannot be read: no such file or directory (got "a.toml"); write a file with [[rule]] and [[test]] that the gateway can read, or another include than "r/*.toml"`},
		{"a folder", `["r/*.toml"]`, map[string]string{"r/a.toml/": ""},
			`DIRr/a.toml: cannot be read: it is no file (got "a.toml"); write a file with [[rule]] and [[test]] that the gateway can read, or another include than "r/*.toml"`},
		{"ten megabytes", `["a.toml"]`, map[string]string{"a.toml": long},
			`DIRm.toml:1: include[0]: cannot be read: it has 10485761 bytes, and at most 4194304 are read (got "a.toml"); write a file with [[rule]] and [[test]], or leave it out`},
		{"a folder that is a file", `["m.toml/*.toml"]`, nil, `DIRm.toml:1: include[0]: cannot be read: not a directory (got "m.toml/*.toml"); write a folder that the gateway can read, or leave it out`},
		{"a bad pattern", `["r/[.toml"]`, nil, `DIRm.toml:1: include[0]: is no pattern: a [ has no ], or a \ has nothing behind it (got "r/[.toml"); write one like rules.d/*.toml`},
		{"another ending", `["r/*"]`, nil, `DIRm.toml:1: include[0]: names no TOML file (got "r/*"); write one that ends with .toml, like rules.d/*.toml`},
		{"no texts", `[1]`, nil, `DIRm.toml:1: include[0]: must be a string (got 1); write "rules.d/*.toml"`},
		{"a number", `1`, nil, `DIRm.toml:1: include: must be a list (got 1); write ["rules.d/*.toml"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := withFiles(t, "include = "+tt.include+"\n", tt.files)
			_, err := Load(filepath.Join(dir, "m.toml"), nil)
			if err == nil {
				t.Fatal("it was taken")
			}
			got := strings.ReplaceAll(err.Error(), dir+"/", "DIR")
			if got != tt.want && !(strings.HasSuffix(tt.want, ": ") && strings.HasPrefix(got, tt.want) && !strings.Contains(got, "\nDIRm.toml")) {
				t.Errorf("problems\n%s\nwant\n%s", got, tt.want)
			}
			var problems Problems
			if errors.As(err, &problems) {
				for _, p := range problems {
					if strings.ContainsAny(p.Text, "\n\r") {
						t.Errorf("%q is not one line", p)
					}
				}
			}
		})
	}
}

// TestIncludeOrderOfProblems: the file's own, the command line's, then those of included files.
func TestIncludeOrderOfProblems(t *testing.T) {
	dir := withFiles(t, "include = ['b.toml', 'a.toml']\ncolour = 1\n", map[string]string{"a.toml": "x = 1\n", "b.toml": aRule("b") + "y = 1\n"})
	_, err := Load(filepath.Join(dir, "m.toml"), []string{"smtp.max_errors=0", "rule.b.stop=3"})
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprint(filepath.Base(p.File), " ", p.Key))
	}
	want := []string{"m.toml colour", "--set rule.b.stop", "--set smtp.max_errors", "a.toml x", "b.toml rule[0].y"}
	if !slices.Equal(got, want) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
}

// TestIncludeOfNothing warns, and Parse looks at no file.
func TestIncludeOfNothing(t *testing.T) {
	dir := withFiles(t, "include = ['r/*.toml', 'gone/*.toml']\n", map[string]string{"r/": ""})
	c, err := Load(filepath.Join(dir, "m.toml"), []string{"smtp.listen=':0'"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`m.toml:1: include[0]: no file yet (got "r/*.toml"); write one with [[rule]] and [[test]] there, or leave it out`,
		`m.toml:1: include[1]: no file yet (got "gone/*.toml"); write one with [[rule]] and [[test]] there, or leave it out`}
	var got []string
	for _, p := range c.Warnings() {
		got = append(got, strings.TrimPrefix(p.String(), dir+"/"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
	if _, err := Parse("m.toml", []byte("include = 'gone.toml'\n"+minimal+"[[test]]\nname = 'x'\nmail.subject = 'x'\nexpect.rules = ['of-gone']\n"), nil); err != nil {
		t.Errorf("Parse looked at files: %v", err)
	}
}

// TestIncludeBySet: include on the command line is read before anything in its files is set.
func TestIncludeBySet(t *testing.T) {
	dir := withFiles(t, "", map[string]string{"a.toml": aRule("a")})
	c, err := Load(filepath.Join(dir, "m.toml"), []string{"rule.a.stop=true", "include='a.toml'"})
	if err != nil || len(c.Rules) != 1 || !c.Rules[0].Stop {
		t.Errorf("%+v, %v", c, err)
	}
	_, err = Load(filepath.Join(dir, "m.toml"), []string{"include=['b.toml']"})
	if err == nil || !strings.HasPrefix(err.Error(), "--set include[0]: cannot be read: no such file") {
		t.Errorf("error %v", err)
	}
}

// TestSumOfIncluded: the sum is another when an included file changes, comes or goes.
func TestSumOfIncluded(t *testing.T) {
	dir := withFiles(t, "include = ['r/*.toml']\n", map[string]string{"r/a.toml": aRule("a")})
	file := filepath.Join(dir, "m.toml")
	c, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if by := IncludedBy(file); !slices.Equal(by, c.Included()) || len(by) != 1 {
		t.Errorf("the file includes %q, the configuration %q", by, c.Included())
	}
	seen := map[[32]byte]string{}
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"as it was", func() {}},
		{"changed", func() { putFile(t, dir, "r/a.toml", aRule("b")) }},
		{"one more", func() { putFile(t, dir, "r/b.toml", "") }},
		{"another name", func() {
			if err := os.Rename(filepath.Join(dir, "r/b.toml"), filepath.Join(dir, "r/c.toml")); err != nil {
				t.Fatal(err)
			}
		}},
		{"gone", func() {
			if err := os.RemoveAll(filepath.Join(dir, "r")); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		step.do()
		sum, err := Sum(file, Beside{Included: c.Included()})
		again, lerr := Load(file, nil)
		if err != nil || lerr != nil || sum != again.Sum {
			t.Errorf("%s: Sum = %x, %v; Load has %x, %v", step.name, sum[:4], err, again.Sum[:4], lerr)
		}
		if other, ok := seen[sum]; ok {
			t.Errorf("%s has the sum of %s", step.name, other)
		}
		seen[sum] = step.name
	}
	if _, err := Sum(file, Beside{Included: []string{filepath.Join(dir, "gone.toml")}}); err == nil {
		t.Error("a file that is not there has a sum")
	}
}
