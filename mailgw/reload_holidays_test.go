package mailgw

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/config"
	"supportgw/rules/hours"
)

// A file of holidays is followed like the configuration: a change is seen, a wrong one
// refused, and mended it is read again, also when the configuration that named it was refused.
func TestHolidaysAreFollowed(t *testing.T) {
	dir := t.TempDir()
	file, days := filepath.Join(dir, "m.toml"), filepath.Join(dir, "days.ics")
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
	ics := func(day string) string {
		return "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:X\nDTSTART;VALUE=DATE:" + day + "\nEND:VEVENT\nEND:VCALENDAR\n"
	}
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
	read := func(what string, wantErr string) {
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
		w.follow(c, err)
		if settle() {
			t.Errorf("%s: seen twice", what)
		}
	}
	put(days, ics("20261399"))
	put(file, strings.Replace(string(example), `#holidays_file = ""`, `holidays_file = "days.ics"`, 1))
	read("a configuration with a wrong file", "days.ics:4: DTSTART is no date")
	put(days, ics("20261225"))
	read("mended", "")
	put(days, ics("20261224"))
	read("changed", "")
	put(days, "")
	read("emptied", "days.ics: has no event")
	put(days, ics("20261226"))
	read("mended again", "")
	if h, ok := c.Hours["zurich"].HolidayOn(hours.Date{Year: 2026, Month: 12, Day: 26}); !ok || h.Source != "days.ics" {
		t.Errorf("%+v, %v", h, ok)
	}
}
