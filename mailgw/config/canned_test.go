package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withAnswers writes the example with a folder of canned answers beside it.
func withAnswers(t *testing.T, folder string, answers map[string]string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "mailgw.toml")
	put(t, file, readExample(t), 0o600)
	if err := os.Mkdir(filepath.Join(filepath.Dir(file), folder), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range answers {
		put(t, filepath.Join(filepath.Dir(file), folder, name), []byte(text), 0o600)
	}
	return file
}

func TestAnswersFolder(t *testing.T) {
	good := map[string]string{"install.en.txt": "Open {{link}}.", "install.de.txt": "x", ".git": "x", "install.en.txt~": "x"}
	for name, c := range map[string]struct {
		folder string
		set    []string
		names  string
	}{
		"the default one":        {"answers", nil, "install"},
		"another one":            {"canned", []string{`wording.answers="canned"`}, "install"},
		"turned off":             {"answers", []string{`wording.answers=""`}, ""},
		"the default is missing": {"canned", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := withAnswers(t, c.folder, good)
			got, err := Load(file, c.set)
			if err != nil {
				t.Fatal(err)
			}
			if names := strings.Join(got.Canned.Names(), " "); names != c.names {
				t.Errorf("answers %q, want %q", names, c.names)
			}
			if sum, err := Sum(file, got.Beside()); err != nil || sum != got.Sum {
				t.Errorf("the sum is not that of the configuration (%v)", err)
			}
		})
	}
	file := withAnswers(t, "canned", nil)
	if _, err := Load(file, []string{`wording.answers="gone"`}); err == nil || !strings.Contains(err.Error(), "--set wording.answers: cannot be read: ") {
		t.Errorf("a folder that is named and not there: %v", err)
	}
	put(t, filepath.Join(filepath.Dir(file), "answers"), []byte("x"), 0o600)
	if _, err := Load(file, nil); err == nil || !strings.Contains(err.Error(), "wording.answers: cannot be read: ") {
		t.Errorf("a file in place of the default folder: %v", err)
	}
}

// What is wrong in canned answers is told with that in the configuration, and counts in its sum.
func TestAnswersProblems(t *testing.T) {
	file := withAnswers(t, "answers", map[string]string{"install.en.txt": "Hello,\n{{customer.nam}}\n", "refund.de.txt": "so schnell wie möglich"})
	_, err := Load(file, []string{"smtp.max_errors=0"})
	if err == nil {
		t.Fatal("no error")
	}
	folder := filepath.Join(filepath.Dir(file), "answers")
	said := strings.Split(err.Error(), "\n")
	for i, want := range []string{"--set smtp.max_errors: ", folder + "/install.en.txt:2: there is no such fact", folder + "/refund.de.txt:1: says what is not said here"} {
		if len(said) != 3 || !strings.HasPrefix(said[i], want) {
			t.Errorf("said %q, want %q", said, want)
		}
	}
	put(t, filepath.Join(folder, "install.en.txt"), []byte("x"), 0o600)
	put(t, filepath.Join(folder, "refund.de.txt"), []byte("x"), 0o600)
	before, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(folder, "refund.de.txt"), []byte("y"), 0o600)
	if after, err := Load(file, nil); err != nil || after.Sum == before.Sum {
		t.Errorf("a changed answer changes no sum (%v)", err)
	}
	if err := os.Mkdir(filepath.Join(folder, "more"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file, nil); err == nil || !strings.Contains(err.Error(), "more: cannot be read: it is no file") {
		t.Errorf("a folder in it: %v", err)
	}
	if _, err := Sum(file, before.Beside()); err == nil {
		t.Error("a sum of what cannot be read")
	}
}

// TestAnswersAvoid: what stops an agent's answer stops a canned one when it is loaded.
func TestAnswersAvoid(t *testing.T) {
	for text, c := range map[string]struct{ avoid, wrong string }{
		"Hello,\nwe answer as soon\u00a0as possible.": {"[]", ":2: says what is not said here (got \"as soon as possible\")"},
		"as soon as possible":                         {`["none"]`, ""},
		"As soon as possible,\nhand on  heart":        {`["Hand on heart"]`, ":2: says what is not said here (got \"Hand on heart\")"},
		"as soon as\npossible":                        {`["possible words"]`, ""},
	} {
		file := withAnswers(t, "answers", map[string]string{"a.en.txt": text})
		_, err := Load(file, []string{"wording.avoid=" + c.avoid})
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), "a.en.txt"+c.wrong) {
			t.Errorf("%q without %s: %v, want %q", text, c.avoid, err, c.wrong)
		}
	}
}

func TestAnswersBy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mailgw.toml")
	for text, want := range map[string]string{
		"[wording]\nanswers = \"canned\"\ncolour = 1\n": filepath.Join(filepath.Dir(file), "canned"),
		"[wording]\nanswers = 3\n":                      "",
		"wording = 3\n":                                 "",
		"[[desk]]\n":                                    "",
	} {
		put(t, file, []byte(text), 0o600)
		if got := AnswersBy(file); got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
	if got := AnswersBy(file + "x"); got != "" {
		t.Errorf("no file names %q", got)
	}
}

func TestSignatures(t *testing.T) {
	for name, c := range map[string]struct{ value, want string }{
		"right":        {`{de="Ihr Team", "pt-BR"="Sua\nequipe"}`, ""},
		"no tag":       {`{german="x"}`, `--set desk[0].signatures.german: is not a language tag (got "german"); write one like en, de or "pt-BR"`},
		"twice":        {`{de="x", DE="y"}`, `--set desk[0].signatures.de: is already desk[0].signatures.DE, --set (got "de"); write another one`},
		"empty":        {`{de=" "}`, `--set desk[0].signatures.de: is empty (got " "); write lines below mails in that language, or leave it out for those of signature`},
		"no text":      {`{de=3}`, `--set desk[0].signatures.de: must be a string (got 3); write "Ihr Beispiel-Team"`},
		"not a table":  {`"x"`, `--set desk[0].signatures: must be a table (got "x"); write { … } with its keys and values`},
		"a tag of two": {`{"de,en"="x"}`, `--set desk[0].signatures."de,en": is not a language tag (got "de,en"); write one like en, de or "pt-BR"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse("p", readExample(t), []string{"desk[0].signatures=" + c.value})
			if c.want == "" {
				if err != nil || got.Desks[0].SignatureIn("de-CH") != "Ihr Team" || got.Desks[0].SignatureIn("pt") != "Sua\nequipe" || got.Desks[0].SignatureIn("en") != "Example Support" {
					t.Errorf("%v", err)
				}
				return
			}
			if err == nil || !slices.Contains(strings.Split(err.Error(), "\n"), c.want) {
				t.Errorf("said\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}
