package wording_test

import (
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/wording"
)

// canned reads canned answers that are right.
func canned(t *testing.T, files map[string]string) *wording.Canned {
	t.Helper()
	raw := map[string][]byte{}
	for name, text := range files {
		raw[name] = []byte(text)
	}
	c, wrong := wording.LoadCanned(raw, wording.Forbidden)
	if len(wrong) > 0 {
		t.Fatalf("%+v", wrong)
	}
	return c
}

func TestCannedFill(t *testing.T) {
	c := canned(t, map[string]string{
		"install.en.txt":    "\ufeff\r\n\r\nOpen {{ link }}, {{customer.name}}.\r\nVersion {{version}}, {{link}}\r\n\r\n",
		"install.de.txt":    "Öffnen Sie {{link}}.",
		"install.pt-br.txt": "Abra {{link}}.",
		"hello.fr.txt":      "Bonjour !",
	})
	for name, f := range map[string]struct {
		answer   string
		wanted   []string
		values   []string
		text     string
		language string
		missing  string
	}{
		"all filled":                {"install", []string{"en"}, []string{"link", "https://x.example", "customer.name", "Berta", "version", "4"}, "Open https://x.example, Berta.\nVersion 4, https://x.example", "en", ""},
		"in the order of the text":  {"install", []string{"en"}, nil, "", "en", "link customer.name version"},
		"an empty value fills none": {"install", []string{"en"}, []string{"link", " ", "customer.name", "B", "version", "4"}, "", "en", "link"},
		"braces in a value":         {"install", []string{"de"}, []string{"link", "{{version}}"}, "Öffnen Sie {{version}}.", "de", ""},
		"a region of the language":  {"install", []string{"de-CH", "en"}, []string{"link", "x"}, "Öffnen Sie x.", "de", ""},
		"a language of the region":  {"install", []string{"pt"}, []string{"link", "x"}, "Abra x.", "pt-BR", ""},
		"the second wish":           {"install", []string{"sv", "", "de"}, []string{"link", "x"}, "Öffnen Sie x.", "de", ""},
		"the first there is":        {"install", []string{"sv", ""}, []string{"link", "x"}, "Öffnen Sie x.", "de", ""},
		"none wanted":               {"hello", nil, nil, "Bonjour !", "fr", ""},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{}
			for i := 0; i < len(f.values); i += 2 {
				values[f.values[i]] = f.values[i+1]
			}
			got, ok := c.Fill(f.answer, f.wanted, values)
			if !ok || got.Language != f.language || strings.Join(got.Missing, " ") != f.missing || f.missing == "" && got.Text != f.text {
				t.Errorf("%+v, %v", got, ok)
			}
		})
	}
	if _, ok := c.Fill("instal", nil, nil); ok {
		t.Error("an answer that is not there")
	}
	if got := c.Names(); !slices.Equal(got, []string{"hello", "install"}) {
		t.Errorf("names %q", got)
	}
	if got := c.Languages("install"); !slices.Equal(got, []string{"de", "en", "pt-BR"}) {
		t.Errorf("languages %q", got)
	}
	var none *wording.Canned
	if _, ok := none.Fill("install", nil, nil); ok || none.Names() != nil || none.Nearest("install") != "" || none.Languages("install") != nil {
		t.Error("none is some")
	}
}

func TestCannedNearest(t *testing.T) {
	c := canned(t, map[string]string{"install.en.txt": "x", "refund.en.txt": "x", "password-reset.en.txt": "x"})
	for typed, want := range map[string]string{
		"instal": "install", "instlal": "install", "refnd": "refund", "password": "password-reset", "passwort-reset": "password-reset",
		"installation": "install", "outage": "", "": "", "x": "", strings.Repeat("install", 20): "install",
	} {
		if got := c.Nearest(typed); got != want && len(typed) < 40 {
			t.Errorf("%q is near %q, want %q", typed, got, want)
		}
	}
}

// TestCannedProblems holds what is told of wrong files: each with its line, and with what to
// write instead.
func TestCannedProblems(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"no language":         {"install.txt", "x", "install.txt:0: is no name of a canned answer"},
		"another kind":        {"install.en.md", "x", "install.en.md:0: is no name of a canned answer"},
		"capitals":            {"Install.en.txt", "x", "Install.en.txt:0: its name must begin with a letter"},
		"a number":            {"42.en.txt", "x", "42.en.txt:0: its name must begin with a letter"},
		"no tag":              {"install.english-text-x.txt", "x", `install.english-text-x.txt:0: has no language tag behind its name (got "english-text-x")`},
		"no language at all":  {"install.und.txt", "x", "install.und.txt:0: has no language tag"},
		"empty":               {"install.en.txt", " \n\t\n", "install.en.txt:0: is empty"},
		"too long":            {"install.en.txt", strings.Repeat("x", 64<<10+1), "install.en.txt:0: has 65537 bytes"},
		"no UTF-8":            {"install.en.txt", "good\nGr\xfc\xdfe\n", `install.en.txt:2: is no UTF-8 (got "Gr\xfc\xdfe")`},
		"a null":              {"install.en.txt", "a\x00b", "install.en.txt:1: has a character that nobody sees"},
		"an override":         {"install.en.txt", "a\u202eb", "install.en.txt:1: has a character that nobody sees"},
		"an unknown fact":     {"install.en.txt", "x\n\n{{customer.nam}}", "install.en.txt:3: there is no such fact (got {{customer.nam}}); write one of {{agent.name}}"},
		"a template's fact":   {"install.en.txt", "{{.Name}}", "install.en.txt:1: is no name of a place (got {{.Name}})"},
		"two words":           {"install.en.txt", "{{the version}}", "install.en.txt:1: is no name of a place"},
		"nothing":             {"install.en.txt", "{{}}", "install.en.txt:1: is no name of a place"},
		"capitals in a place": {"install.en.txt", "{{Version}}", "install.en.txt:1: is no name of a place"},
		"not closed":          {"install.en.txt", "a {{version\n}}", "install.en.txt:1: has {{ without }} on the same line"},
		"not opened":          {"install.en.txt", "a version}} b", "install.en.txt:1: has }} without {{"},
		"single braces":       {"install.en.txt", "Dear {customer.name},", "install.en.txt:1: has single braces (got {customer.name}); write {{customer.name}}"},
		"a command":           {"install.en.txt", "a\n #solve\n", "install.en.txt:2: begins like a command"},
		"a quoted command":    {"install.en.txt", "> #note x", "install.en.txt:1: begins like a command"},
		"a signature":         {"install.en.txt", "a\n-- \nAnna", "install.en.txt:2: begins a signature"},
		"not said here":       {"install.en.txt", "Hello,\nwe answer as soon as\npossible. We answer ASAP.\nas soon as possible", `install.en.txt:4: says what is not said here (got "as soon as possible")`},
		"not said, two lines": {"install.en.txt", "we answer as soon as\npossible", `install.en.txt:0: says what is not said here (got "as soon as possible")`},
	} {
		t.Run(name, func(t *testing.T) {
			got, wrong := wording.LoadCanned(map[string][]byte{c.file: []byte(c.text)}, wording.Forbidden)
			if got != nil || len(wrong) == 0 {
				t.Fatalf("taken: %v", got)
			}
			var said []string
			found := false
			for _, p := range wrong {
				line := p.File + ":" + string(rune('0'+p.Line)) + ": " + p.Text
				said, found = append(said, line), found || strings.HasPrefix(line, c.want)
				if !strings.Contains(p.Text, "write ") && !strings.Contains(p.Text, "leave it out") && !strings.Contains(p.Text, "save ") && !strings.Contains(p.Text, "put ") {
					t.Errorf("%q does not say what to do instead", line)
				}
			}
			if !found {
				t.Errorf("said %q, want %q", said, c.want)
			}
		})
	}
	_, wrong := wording.LoadCanned(map[string][]byte{"a.de.txt": []byte("x"), "a.DE.txt": []byte("{{"), "b.en.txt": []byte("y")}, nil)
	if len(wrong) != 2 || wrong[0].File != "a.DE.txt" || !strings.Contains(wrong[1].Text, "same answer in the same language as a.DE.txt") {
		t.Errorf("of two files of one answer: %+v", wrong)
	}
}

func TestSignatureIn(t *testing.T) {
	texts := map[string]string{"de": "Ihr Team", "pt-BR": "Sua equipe", "EN": "Your team"}
	for lang, want := range map[string]string{
		"de": "Ihr Team", "de-CH": "Ihr Team", "DE": "Ihr Team", "de_AT": "Ihr Team", "pt": "Sua equipe", "pt-PT": "Sua equipe", "en": "Your team", "fr": "Desk", "": "Desk", "d": "Desk",
	} {
		if got := wording.SignatureIn(texts, lang, "Desk"); got != want {
			t.Errorf("%q is signed %q, want %q", lang, got, want)
		}
	}
	if got := wording.SignatureIn(nil, "de", "Desk"); got != "Desk" {
		t.Errorf("without any: %q", got)
	}
}

// FuzzLoadCanned: whatever stands in a file, it is refused, or fills without a brace of a
// place left over and without a line that begins like a command.
func FuzzLoadCanned(f *testing.F) {
	f.Add("install.en.txt", "Open {{link}}, {{customer.name}}.\n")
	f.Add("a.de.txt", "{{{{a}}}}\n}}{{")
	f.Add("a.zh-Hant.txt", "\xff{{ a }}\r\n#x")
	f.Fuzz(func(t *testing.T, file, text string) {
		c, wrong := wording.LoadCanned(map[string][]byte{file: []byte(text)}, wording.Forbidden)
		if (c == nil) == (len(wrong) == 0) {
			t.Fatalf("%v and %+v", c, wrong)
		}
		for _, name := range c.Names() {
			bare, _ := c.Fill(name, nil, nil)
			values := map[string]string{}
			for _, p := range bare.Places {
				values[p] = "x"
			}
			full, ok := c.Fill(name, nil, values)
			if !ok || len(full.Missing) > 0 || strings.Contains(full.Text, "}}") || full.Text == "" {
				t.Errorf("%q becomes %+v", text, full)
			}
		}
	})
}
