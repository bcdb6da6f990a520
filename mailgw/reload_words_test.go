package mailgw

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeWords writes a file of own phrases beside the configuration.
func writeWords(t *testing.T, file, name, words string) {
	t.Helper()
	folder := filepath.Join(filepath.Dir(file), "words")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(words), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReloadWords: rows that wait when the words change leave in the new ones; a
// file that is wrong is refused, and the old words stay.
func TestReloadWords(t *testing.T) {
	h, file, load, log := fileHouse(t)
	edit(t, file, `#dir = ""`, `dir = "words"`)
	writeWords(t, file, "en.toml", "[phrase]\n\"ack.closing\" = \"From the lake\"\n")
	got := h.deliver(mail{subject: "Lights are out"})
	said := func() string {
		t.Helper()
		mails, err := h.compose(got.ack, material{})
		if err != nil {
			t.Fatal(err)
		}
		return string(mails[0].Bytes)
	}
	if s := said(); !strings.Contains(s, "Kind regards") {
		t.Errorf("at first:\n%s", s)
	}
	h.reload("asked for", load)
	if s := said(); !strings.Contains(s, "From the lake") || strings.Contains(s, "Kind regards") {
		t.Errorf("with own words:\n%s", s)
	}
	writeWords(t, file, "en.toml", "[phrase]\n\"ack.closing\" = \"From the hill\"\n\"ack.promise\" = \"We answer as soon as possible\"\n")
	h.reload("asked for", load)
	if s := said(); !strings.Contains(s, "From the lake") {
		t.Errorf("after a refusal:\n%s", s)
	}
	h.wantFigure(1, "mailgw_config_reload_failures_total")
	if !strings.Contains(log.String(), "en.toml:3: phrase.") || !strings.Contains(log.String(), "as soon as possible") {
		t.Errorf("the log says\n%s", log)
	}
}

// TestWatchedWords: a changed file in the folder is seen, and so is one in the
// folder that a refused configuration names.
func TestWatchedWords(t *testing.T) {
	h, file, load, _ := fileHouse(t)
	w := watchedFile{path: file}
	w.take()
	now := time.Now()
	look := func(what string, want bool) {
		t.Helper()
		for _, expect := range []bool{false, want} {
			now = now.Add(lookEvery)
			if got := w.changed(now); got != expect {
				t.Fatalf("%s: changed is %v, want %v", what, got, expect)
			}
		}
	}
	reload := func(good bool) {
		t.Helper()
		inUse, err := h.reload("test", load)
		if (err == nil) != good {
			t.Fatalf("reload: %v", err)
		}
		w.follow(inUse, err)
	}
	writeWords(t, file, "en.toml", "[phrase]\n\"ack.closin\" = \"x\"\n")
	look("the folder is not named", false)
	edit(t, file, `#dir = ""`, `dir = "words"`)
	look("it is named", true)
	reload(false)
	look("nothing new", false)
	writeWords(t, file, "en.toml", "[phrase]\n\"ack.closing\" = \"x\"\n")
	look("mended", true)
	reload(true)
	look("nothing new", false)
	writeWords(t, file, "de.toml", "[phrase]\n")
	look("another file", true)
	reload(true)
	writeWords(t, file, ".de.toml.swp", "x")
	look("an editor's file", false)
	if err := os.RemoveAll(filepath.Join(filepath.Dir(file), "words")); err != nil {
		t.Fatal(err)
	}
	look("the folder is gone", false)
	edit(t, file, `dir = "words"`, `#dir = ""`)
	h.reload("asked for", load)
	w.follow(h.settings.Load().Config, nil)
	look("without a folder", false)
}

// TestTemplateOfARule: the acknowledgement of a rule's template has that one's words, in
// the languages that it has; when the template is gone, those that wait leave in the
// usual words.
func TestTemplateOfARule(t *testing.T) {
	h, file, load, _ := fileHouse(t)
	edit(t, file, `#dir = ""`, `dir = "words"`)
	writeWords(t, file, "outage.en.toml", "[phrase]\n\"ack.closing\" = \"We know of it\"\n")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func(template string) {
		t.Helper()
		rule := "\n[[rule]]\nname = \"known\"\nif.words = [\"lights\", \"Lichter\"]\nthen.template = \"" + template + "\"\n"
		if err := os.WriteFile(file, append(text, rule...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("outtage")
	if _, err := load(); err == nil || !strings.Contains(err.Error(), `there are no words of that template (got "outtage"); write "outage"`) {
		t.Errorf("an unknown template: %v", err)
	}
	write("outage")
	h.reload("asked for", load)
	said := func(m mail) func() string {
		row := h.deliver(m).ack
		return func() string {
			t.Helper()
			mails, err := h.compose(row, material{})
			if err != nil {
				t.Fatal(err)
			}
			return string(mails[0].Bytes)
		}
	}
	english := said(mail{subject: "Lights are out"})
	if s := english(); !strings.Contains(s, "We know of it") {
		t.Errorf("with the template:\n%s", s)
	}
	if s := said(mail{subject: "Other"})(); strings.Contains(s, "We know of it") {
		t.Errorf("another mail:\n%s", s)
	}
	if s := said(mail{subject: "Die Lichter", body: "Die Lichter sind leider aus, bitte helfen Sie uns damit."})(); strings.Contains(s, "We know of it") || !strings.Contains(s, "Freundliche") {
		t.Errorf("in a language that it lacks:\n%s", s)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(filepath.Dir(file), "words", "outage.en.toml")); err != nil {
		t.Fatal(err)
	}
	h.reload("asked for", load)
	if s := english(); strings.Contains(s, "We know of it") || !strings.Contains(s, "Kind regards") {
		t.Errorf("after it is gone:\n%s", s)
	}
}
