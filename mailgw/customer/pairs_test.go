package customer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pair is two names, and whether they are one company's.
type pair struct {
	a, b string
	same bool
}

// readPairs reads a file of testdata: "= A | B" and "! A | B".
func readPairs(t *testing.T, name string) (list []pair) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		a, b, ok := strings.Cut(line[1:], " | ")
		if !ok || line[0] != '=' && line[0] != '!' {
			t.Fatalf("%s: no pair: %s", name, line)
		}
		list = append(list, pair{strings.TrimSpace(a), strings.TrimSpace(b), line[0] == '='})
	}
	return list
}

// names tells whether a directory that knows the one name finds it in a mail whose
// author calls himself the other.
func names(known, said string) bool {
	d, _ := New([]Customer{{Name: known}}, nil)
	return d.Identify("x@y.example", true, said).Customer != ""
}

// TestPairs judges pairs of many countries: no two companies may become one, in
// either direction.
func TestPairs(t *testing.T) {
	for _, file := range []string{"pairs-heldback.txt", "pairs-second.txt"} {
		t.Run(file, func(t *testing.T) {
			same, right, others, merged := 0, 0, 0, 0
			for _, p := range readPairs(t, file) {
				there, back := names(p.a, p.b), names(p.b, p.a)
				switch {
				case p.same:
					same++
					right += count(there && back)
					if !there || !back {
						t.Logf("missed: %q, %q (%v, %v)", p.a, p.b, there, back)
					}
				default:
					others++
					merged += count(there || back)
					if there || back {
						t.Errorf("false merge: %q, %q (%v, %v)", p.a, p.b, there, back)
					}
				}
			}
			t.Logf("%d pairs of one company: %d found both ways; %d pairs of two: %d merged", same, right, others, merged)
			if right*100 < same*95 {
				t.Error("less than 95 % of the true pairs")
			}
		})
	}
}
