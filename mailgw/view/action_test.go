package view

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of what moving does into docs/agents.md")

// The table in docs/agents.md is that of the code; each place has an action or a sentence.
func TestActionTable(t *testing.T) {
	t.Parallel()
	const file, begin, end = "../../docs/agents.md", "<!-- written by go test ./mailgw/view -run TestActionTable -update -->\n", "<!-- end of what moving does -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), begin)
	was, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatal("docs/agents.md has no place for the table")
	}
	if want := "\n" + ActionTable() + "\n"; was != want {
		if !*update {
			t.Fatal("the table in docs/agents.md is not that of the code: go test ./mailgw/view -run TestActionTable -update")
		}
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, from := range Kinds() {
		for _, to := range Kinds() {
			if does, no := ActionOf(from, to); (does == "") == (no == "") {
				t.Errorf("from %s to %s: %q, %q", from, to, does, no)
			}
		}
	}
}
