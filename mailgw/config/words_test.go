package config

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"supportgw/mailgw/wording"
)

// withWords writes the example, with a folder of own phrases beside it.
func withWords(t *testing.T, dir string, files map[string]string) (file, folder string) {
	t.Helper()
	root := t.TempDir()
	file, folder = filepath.Join(root, "mailgw.toml"), filepath.Join(root, "words")
	text := strings.Replace(string(readExample(t)), `#dir = ""`, "dir = "+strconv.Quote(dir), 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, words := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(words), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file, folder
}

// TestBadWords loads the example with each folder in testdata/wording; what is
// wrong must be exactly what the .txt beside it says.
func TestBadWords(t *testing.T) {
	folders, err := filepath.Glob("testdata/wording/*.txt")
	if err != nil || !*update && len(folders) < 5 {
		t.Fatalf("found %d cases in testdata/wording, want at least 5 (%v)", len(folders), err)
	}
	for _, name := range []string{"many", "form", "syntax", "together", "no_language"} {
		t.Run(name, func(t *testing.T) {
			folder, err := filepath.Abs("testdata/wording/" + name)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Load(exampleFile, []string{"wording.dir=" + strconv.Quote(folder)})
			var problems Problems
			if !errors.As(err, &problems) || c != nil {
				t.Fatalf("Load = %v, %v; want Problems", c, err)
			}
			golden(t, "testdata/wording/"+name+".txt", strings.ReplaceAll(problems.Error(), filepath.Dir(folder)+"/", "")+"\n")
			for _, p := range problems {
				if !strings.Contains(p.Text, "write ") {
					t.Errorf("%q does not say what to write instead", p)
				}
			}
		})
	}
}

func TestWords(t *testing.T) {
	file, folder := withWords(t, "words", map[string]string{"de.toml": "\ufeff[phrase]\n\"ack.closing\" = \"Mit Gruss vom See\"\n", "de.toml~": "x", ".git": "x"})
	c, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Folder() != folder {
		t.Errorf("folder %q, want %q", c.Folder(), folder)
	}
	for lang, want := range map[string]string{"de": "Mit Gruss vom See", "en": "Kind regards"} {
		m, err := c.Words.Render(wording.TemplateAcknowledgement, lang, json.RawMessage(`{"by":"15:00"}`))
		if err != nil || !strings.Contains(m.Text, want) || !strings.Contains(m.HTML, want) || !strings.Contains(m.Text, "15:00") {
			t.Errorf("%s: no %q (%v) in\n%s", lang, want, err, m.Text)
		}
	}
	if builtin, err := Parse("p", readExample(t), nil); err != nil || builtin.Words != wording.Builtin() {
		t.Errorf("Parse has other words than the built-in ones (%v)", err)
	}
}

// What is wrong in the configuration and what is wrong in its words are told together.
func TestWordsAndConfigurationAtOnce(t *testing.T) {
	file, folder := withWords(t, "words", map[string]string{"de.toml": "[phrase]\n\"ack.closin\" = \"Gruss\"\n"})
	_, err := Load(file, []string{"smtp.max_errors=0", `hostname="not a host"`})
	if err == nil {
		t.Fatal("no error")
	}
	said := strings.Split(err.Error(), "\n")
	if len(said) < 2 || !strings.HasPrefix(said[0], "--set ") || said[len(said)-1] != filepath.Join(folder, "de.toml")+`:2: phrase."ack.closin": there is no such phrase (got "ack.closin"); write "ack.closing"` {
		t.Errorf("said %q", said)
	}
}

func TestWordsFolderProblems(t *testing.T) {
	for name, dir := range map[string]string{"missing": "no-such", "a file": "mailgw.toml"} {
		file, _ := withWords(t, dir, nil)
		_, err := Load(file, nil)
		if err == nil || !strings.Contains(err.Error(), ": wording.dir: cannot be read: ") || !strings.Contains(err.Error(), strconv.Quote(dir)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	file, folder := withWords(t, "words", nil)
	if err := os.WriteFile(filepath.Join(folder, "en.toml"), make([]byte, maxWordFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file, nil); err == nil || !strings.Contains(err.Error(), "en.toml: cannot be read: it has 1048577 bytes") {
		t.Errorf("a huge file: %v", err)
	}
	if _, err := Sum(file, Beside{Words: folder}); err == nil {
		t.Error("a sum of a file that is not read")
	}
}

// TestSum: it is that of the loaded configuration, and each change of a file that
// counts changes it.
func TestSum(t *testing.T) {
	file, folder := withWords(t, "words", nil)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[32]byte]string{}
	for _, step := range []struct{ what, name, words string }{
		{"nothing in the folder", "", ""},
		{"a file", "en.toml", "[phrase]\n"},
		{"another content", "en.toml", "[phrase]\n# new\n"},
		{"another file", "de.toml", "[phrase]\n# new\n"},
	} {
		if step.name != "" {
			if err := os.WriteFile(filepath.Join(folder, step.name), []byte(step.words), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := Load(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Sum(file, Beside{Words: folder})
		if err != nil || got != c.Sum {
			t.Errorf("%s: sum %x, the loaded one has %x (%v)", step.what, got, c.Sum, err)
		}
		if step.name == "" && got != sha256.Sum256(text) {
			t.Error("without files it is not that of the text")
		}
		if before, ok := seen[got]; ok {
			t.Errorf("%s has the sum of %s", step.what, before)
		}
		seen[got] = step.what
	}
}
