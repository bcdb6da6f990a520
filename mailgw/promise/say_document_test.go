package promise

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestDocumentedTimes holds the table of docs/wording.md to what is said.
func TestDocumentedTimes(t *testing.T) {
	raw, err := os.ReadFile("../../docs/wording.md")
	if err != nil {
		t.Fatal(err)
	}
	loc, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	today, now := at(t, "2026-07-14T15:00:00+02:00"), at(t, "2026-07-14T09:12:00+02:00")
	for _, lang := range Languages() {
		line := "| " + lang + " | " + Say(today, now, loc, lang) + " | " + Say(at(t, "2026-07-15T00:00:00+02:00"), now, loc, lang) + " |\n"
		if !strings.Contains(string(raw), line) {
			t.Errorf("docs/wording.md lacks %q", line)
		}
	}
}
