package mailauth

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each field of the real mails in ../shared/corpora is read, but those of Yahoo from
// before the RFC, which have "from=" behind the id.
func TestCorpora(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "corpora")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("SKIPPED: without ../shared/corpora no field of a real mail was read")
	}
	fields, old, hops, clients := 0, 0, 0, 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".eml" {
			return err
		}
		raw, err := os.ReadFile(path)
		for name, v := range header(raw) {
			switch strings.ToLower(name) {
			case fieldReceived:
				hops++
				if h := parseReceived(v); h.client.IsValid() || h.within {
					clients++
				}
			case fieldResults:
				fields++
				f, ok := parseResults(v)
				switch {
				case strings.Contains(v, "  from="):
					old++
				case !ok || f.id == "":
					t.Errorf("%s: not read: %q", path, v)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d fields, %d of them before the RFC; %d Received, %d of them name a client", fields, old, hops, clients)
	if fields-old < 50 || 2*clients < hops {
		t.Error("too few were read")
	}
}
