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
