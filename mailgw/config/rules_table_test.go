package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"supportgw/rules"
)

// ruleTables are the tables of docs/rules.md: the keys of each type in its order, and how
// an example of a key becomes a rule.
var ruleTables = []struct {
	title string
	typ   reflect.Type
	whole string
}{
	{"Conditions: the keys of `if`", reflect.TypeFor[rules.Condition](), "if.%s\nthen.priority = \"high\""},
	{"Texts: the keys of `words = { … }` and of other texts", reflect.TypeFor[rules.Match](), "if.words = { %s }\nthen.priority = \"high\""},
	{"Attached files: the keys of `attachment = { … }`", reflect.TypeFor[rules.File](), "if.attachment = { %s }\nthen.priority = \"high\""},
	{"Numbers: the keys of `size = { … }` and of other numbers", reflect.TypeFor[rules.Range](), "if.affected = { %s }\nthen.priority = \"high\""},
	{"Effects: the keys of `then` and `follow_up`", reflect.TypeFor[rules.Effects](), "then.%s"},
	{"Whom it is given to: the keys of `assignee = { … }`", reflect.TypeFor[rules.Assignee](), "then.assignee = { %s }"},
}

// ruleExamples has one for each key, by its type and key. What stands in a table's
// braces may need other keys beside it.
var ruleExamples = map[string]string{
	"Condition.any":               `any = [{ subject = "outage" }, { tags = "outage" }]`,
	"Condition.all":               `all = [{ words = "invoice" }, { not.words = "thank you" }]`,
	"Condition.not":               `not = { sender = { glob = "*@partner.example" } }`,
	"Condition.follow_up":         `follow_up = true`,
	"Condition.status":            `status = ["solved", "closed"]`,
	"Condition.subject":           `subject = "production down"`,
	"Condition.words":             `words = ["production down", "outage"]`,
	"Condition.sender":            `sender = { glob = "*@acme.example" }`,
	"Condition.name":              `name = "Backup Monitor"`,
	"Condition.recipient":         `recipient = { is = "security@example.com" }`,
	"Condition.sender_auth":       `sender_auth = ["none", "fail"]`,
	"Condition.customer":          `customer = { is = "Acme Instruments AG" }`,
	"Condition.level":             `level = { is = "premium" }`,
	"Condition.desk":              `desk = { is = "billing" }`,
	"Condition.tags":              `tags = { is = ["outage", "data-loss"] }`,
	"Condition.language":          `language = { is = ["de", "fr"] }`,
	"Condition.header":            `header = { glob = "X-Priority: 1*" }`,
	"Condition.scanner":           `scanner = { glob = "X-Spam-Flag: yes*" }`,
	"Condition.attachment":        `attachment = { name = { glob = "*.exe" } }`,
	"Condition.size":              `size = { at_least = "10MB" }`,
	"Condition.affected":          `affected = { at_least = 10 }`,
	"Condition.blocked":           `blocked = true`,
	"Condition.needed_before_due": `needed_before_due = true`,
	"Condition.working_hours":     `working_hours = false`,
	"Condition.day":               `day = ["mon-thu", "sun"]`,
	"Condition.time":              `time = "22:00-06:00"`,
	"Condition.first_contact":     `first_contact = true`,
	"Condition.broken_promises":   `broken_promises = { at_least = 1 }`,
	"Condition.reopened":          `reopened = { at_least = 2 }`,
	"Condition.contacts":          `contacts = { at_least = 3 }`,
	"Match.contains":              `contains = ["does not start", "broken"]`,
	"Match.glob":                  `glob = "*order ??? is late*"`,
	"Match.regexp":                `regexp = '(?i)\binv-\d{6}\b'`,
	"Match.is":                    `is = ""`,
	"File.name":                   `name = { glob = ["*.exe", "*.js"] }`,
	"File.type":                   `type = { glob = "image/*" }`,
	"File.size":                   `size = { at_least = "5MiB" }`,
	"Range.at_least":              `at_least = "everybody"`,
	"Range.at_most":               `at_least = 2, at_most = 9`,
	"Effects.priority":            `priority = "urgent"`,
	"Effects.tags":                `tags = ["outage"]`,
	"Effects.desk":                `desk = "billing"`,
	"Effects.level":               `level = "premium"`,
	"Effects.target":              `target = "30m"`,
	"Effects.template":            `template = "outage"`,
	"Effects.page":                `page = true`,
	"Effects.assignee":            `assignee = { by = "least_loaded" }`,
	"Effects.notify":              `notify = ["ben@example.com"]`,
	"Effects.note":                `note = "Call them before you write."`,
	"Effects.forward":             `forward = ["legal@law.example"]`,
	"Effects.hold":                `hold = true`,
	"Effects.junk":                `junk = true`,
	"Assignee.agent":              `agent = "anna@example.com"`,
	"Assignee.by":                 `by = "round_robin"`,
	"Assignee.among":              `by = "least_loaded", among = ["anna@example.com", "ben@example.com"]`,
	"Assignee.skills":             `by = "least_loaded", skills = ["linux"]`,
	"Assignee.language":           `by = "round_robin", language = true`,
}

const (
	rulesFile  = "../../docs/rules.md"
	tableBegin = "<!-- written by go test ./mailgw/config -run TestRulesTable -update -->\n"
	tableEnd   = "<!-- end of what is written -->\n"
)

// TestRulesTable holds the tables of docs/rules.md to the types, with an example of each
// key that must be right.
func TestRulesTable(t *testing.T) {
	ref := &reference{t: t, comments: map[string]map[string]string{}}
	used := 0
	for _, table := range ruleTables {
		fmt.Fprintf(&ref.b, "\n### %s\n\n| key | takes | what it is | example |\n|---|---|---|---|\n", table.title)
		for _, f := range fieldsOf(table.typ) {
			name := table.typ.Name() + "." + f.key
			example, ok := ruleExamples[name]
			if !ok || !strings.Contains(example, f.key) {
				t.Errorf("no example of %s", name)
				continue
			}
			used++
			text := wrongRuleHouse + "[[rule]]\nname = \"example\"\n" + fmt.Sprintf(table.whole, example) + "\n"
			if _, err := Parse("example.toml", []byte(strings.Replace(text, "skills = [\"linux\"", "languages = [\"de\"]\nskills = [\"linux\"", 1)), nil); err != nil {
				t.Errorf("the example of %s: %v", name, err)
			}
			comment := ref.comment(table.typ, table.typ.FieldByIndex(f.index).Name)
			fmt.Fprintf(&ref.b, "| `%s` | %s | %s | `%s` |\n", f.key, ref.kind(f), afterName(comment), strings.ReplaceAll(example, "|", `\|`))
		}
	}
	if used != len(ruleExamples) {
		t.Errorf("%d examples are of no key", len(ruleExamples)-used)
	}
	data, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(data), tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatal(errors.New("docs/rules.md has no place for the tables"))
	}
	golden(t, rulesFile, before+tableBegin+ref.b.String()+"\n"+tableEnd+after)
}

// afterName is a comment without the Go name that it begins with: "Looks at …".
func afterName(comment string) string {
	_, rest, ok := strings.Cut(comment, " ")
	if !ok || rest == "" {
		return comment
	}
	rest = strings.TrimPrefix(rest, "is ")
	return strings.ToUpper(rest[:1]) + rest[1:]
}
