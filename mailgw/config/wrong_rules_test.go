package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestWrongRules has what admins write wrong in a rule, each with all that they are told:
// the line, the key, what is wrong, and what to write instead. Below a rule of
// testdata/wrong_rules.txt stands what is said of it.
func TestWrongRules(t *testing.T) {
	const file = "testdata/wrong_rules.txt"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	count := 0
	for block := range strings.SplitSeq(string(data), "---\n") {
		rule := wrongRule(block)
		head := ""
		if !strings.HasPrefix(rule, "name") {
			head = "name = \"asked\"\n"
		}
		before := wrongRuleHouse + "[[rule]]\n" + head
		_, err := Parse("m.toml", []byte(before+rule), nil)
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("nothing is said of:\n%s%v", rule, err)
		}
		count++
		if count > 1 {
			out.WriteString("---\n")
		}
		out.WriteString(rule)
		for _, p := range problems {
			checkForm(t, p)
			fmt.Fprintf(&out, "# line %d: %s: %s\n", p.Line-strings.Count(before, "\n"), p.Key, p.Text)
		}
	}
	if count < 130 {
		t.Errorf("%d wrong rules, want 130", count)
	}
	golden(t, file, out.String())
}

// wrongRuleHouse is what stands above each rule.
const wrongRuleHouse = minimal + `skills = ["linux", "network"]

[[agent]]
name = "Ben Ott"
address = "ben@example.com"
skills = ["billing"]

[[desk]]
name = "billing"
address = "billing@example.com"
calendar = "zurich"
agents = ["ben@example.com"]

`

// wrongRule is a block without what is said of it.
func wrongRule(block string) string {
	var b strings.Builder
	for line := range strings.Lines(block) {
		if !strings.HasPrefix(line, "# ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
