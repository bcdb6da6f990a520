package mailgw

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/config"
)

// Included files are followed like the configuration: one that changes, comes or goes is
// seen, a wrong one refused, and mended it is read again, also when the configuration that
// named it was refused.
func TestIncludedFilesAreFollowed(t *testing.T) {
	dir := t.TempDir()
	file, included := filepath.Join(dir, "m.toml"), filepath.Join(dir, "rules.d")
	example, err := os.ReadFile("../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	put := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rule := func(name string) string { return "[[rule]]\nname = '" + name + "'\nstop = true\n" }
	load := func() (*config.Config, error) { return config.Load(file, nil) }
	put(file, string(example))
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	w := watchedFile{path: c.Path, beside: c.Beside(), used: c.Sum, seen: c.Sum}
	now := time.Now()
	settle := func() bool {
		now = now.Add(lookEvery)
		first := w.changed(now)
		now = now.Add(lookEvery)
		return w.changed(now) || first
	}
	read := func(what, wantErr string, more int) { // rules beside those of the example
		t.Helper()
		if !settle() {
			t.Errorf("%s: not seen", what)
		}
		fresh, err := load()
		if err == nil {
			c = fresh
		}
		if wantErr == "" && err != nil || wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)) {
			t.Errorf("%s: %v, want %q", what, err, wantErr)
		}
		if len(c.Rules) != exampleRules+more {
			t.Errorf("%s: %d rules, want %d", what, len(c.Rules), exampleRules+more)
		}
		w.follow(c, err)
		if w.beside.Words != "" {
			t.Errorf("%s: %s is taken for the folder of own phrases", what, w.beside.Words)
		}
		if settle() {
			t.Errorf("%s: seen twice", what)
		}
	}
	if err := os.Mkdir(included, 0o700); err != nil {
		t.Fatal(err)
	}
	a, b := filepath.Join(included, "a.toml"), filepath.Join(included, "b.toml")
	put(a, "[[rule]]\nnam = 'a'\n")
	put(file, strings.Replace(string(example), "#include = []", `include = ["rules.d/*.toml"]`, 1))
	read("a configuration with a wrong file", "a.toml:2: rule[0].nam", 0)
	put(a, rule("a"))
	read("mended", "", 1)
	put(b, rule("b"))
	read("one more", "", 2)
	put(b, rule("a"))
	read("a name twice", "b.toml:2: rule[0].name", 2)
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	read("gone", "", 1)
	if err := os.Remove(a); err != nil {
		t.Fatal(err)
	}
	read("the last one gone", "", 0)
}

// exampleRules is how many rules config.example.toml has.
const exampleRules = 3
