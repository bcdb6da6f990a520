package mailauth

import (
	"bufio"
	"encoding/json"
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

// jsonLines reads a file with one object a line; it skips the test loudly when there
// is none.
func jsonLines[T any](t *testing.T, path string) (out []T) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("SKIPPED, NOTHING IS SHOWN: %v", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if len(out) == 0 || lines.Err() != nil {
		t.Fatalf("%s: %d lines: %v", path, len(out), lines.Err())
	}
	return out
}
