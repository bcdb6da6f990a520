package mailgw

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"supportgw/mailgw/config"
)

// aBlock is a piece of a document that is TOML.
var aBlock = regexp.MustCompile("(?ms)^```toml\n(.*?)^```$")

// TestLibraryOfRules loads each example of docs/rules.md as an admin would and runs its tests:
// one mail at least that each rule is for, and one that it is not.
func TestLibraryOfRules(t *testing.T) {
	text, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	house, _, _ := strings.Cut(string(example), "\n[[rule]]")
	house = strings.Replace(house, "#skills = []\n#languages = []", `languages = ["de", "en"]`, 1)
	house = strings.Replace(house, `address = "ben@example.com"`, "address = \"ben@example.com\"\nlanguages = [\"fr\", \"en\"]\nskills = [\"invoices\"]", 1)
	names, examples := map[string]bool{}, 0
	for _, block := range aBlock.FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(block[1], "[[rule]]") {
			continue
		}
		examples++
		c, err := config.Parse("rules.md", []byte(house+"\n"+block[1]), nil)
		if err != nil {
			t.Errorf("%v\n%s", err, block[1])
			continue
		}
		failures, err := CheckRules(c)
		if err != nil {
			t.Errorf("%v\n%s", err, block[1])
		}
		for _, f := range failures {
			t.Error(f.Problem.Text)
		}
		for i := range c.Rules {
			if names[c.Rules[i].Name] {
				t.Errorf("two examples have a rule %q", c.Rules[i].Name)
			}
			names[c.Rules[i].Name] = true
			hits, misses := matches(t, c, c.Rules[i].Name)
			if hits == 0 || misses == 0 {
				t.Errorf("rule %q matches the mails of %d tests, and not those of %d: write one of each", c.Rules[i].Name, hits, misses)
			}
		}
		for _, w := range c.Warnings() {
			t.Errorf("a warning: %s", w)
		}
	}
	if examples < 26 {
		t.Errorf("%d examples, want at least 26", examples)
	}
}

// matches counts the tests of a configuration whose mails a rule matches, and the others.
func matches(t *testing.T, c *config.Config, rule string) (hits, misses int) {
	t.Helper()
	for i := range c.Tests {
		one := *c
		one.Tests = []config.RuleTest{c.Tests[i]}
		one.Tests[0].Expect = config.Expect{Rules: []string{rule}}
		failures, err := CheckRules(&one)
		if err != nil {
			t.Fatal(err)
		}
		hits, misses = hits+1-len(failures), misses+len(failures)
	}
	return hits, misses
}
