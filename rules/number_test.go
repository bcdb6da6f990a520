package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// rulesOf reads rules of a TOML text.
func rulesOf(t *testing.T, text string) []Rule {
	t.Helper()
	var file struct{ Rule []Rule }
	if _, err := toml.Decode(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Rule
}

func TestNumbers(t *testing.T) {
	for _, tc := range []struct {
		name, cond string
		facts      Facts
		want       bool
		why        string
	}{
		{"below", `broken_promises = { at_least = 2 }`, Facts{BrokenPromises: 1}, false, "broken_promises at_least 2: false, it is 1"},
		{"at the bound", `broken_promises = { at_least = 2 }`, Facts{BrokenPromises: 2}, true, "broken_promises at_least 2: true, it is 2"},
		{"another number", `broken_promises = { at_least = 2 }`, Facts{Reopened: 2, Contacts: 2}, false, "broken_promises at_least 2: false, it is 0"},
		{"at most", `reopened = { at_most = 0 }`, Facts{}, true, "reopened at_most 0: true, it is 0"},
		{"above at most", `reopened = { at_most = 0 }`, Facts{Reopened: 1}, false, "reopened at_most 0: false, it is 1"},
		{"within", `contacts = { at_least = 3, at_most = 5 }`, Facts{Contacts: 5}, true, "contacts at_least 3, at_most 5: true, it is 5"},
		{"beyond", `contacts = { at_least = 3, at_most = 5 }`, Facts{Contacts: 6}, false, "contacts at_least 3, at_most 5: false, it is 6"},
		{"with a text, both needed", `{ desk.is = "support", contacts = { at_least = 3 } }`, Facts{Contacts: 3, Desk: "billing"}, false, "all: false"},
		{"not", `not = { contacts = { at_least = 3 } }`, Facts{Contacts: 2}, true, "not: true"},
		{"any", `any = [{ contacts = { at_least = 3 } }, { reopened = { at_least = 1 } }]`, Facts{Reopened: 1}, true, "any: true"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cond := tc.cond
			if !strings.HasPrefix(cond, "{") {
				cond = "{" + cond + "}"
			}
			set, problems := Compile(rulesOf(t, "[[rule]]\nname = \"r\"\nif = "+cond+"\nstop = true\n"))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if !set.AsksCounts() {
				t.Error("it does not ask for the counts")
			}
			got := set.Explain(tc.facts).Trace[0]
			if got.Matched != tc.want || got.Why[0] != tc.why || set.Eval(tc.facts).Trace[0].Matched != tc.want {
				t.Errorf("got %v, %q", got.Matched, got.Why)
			}
		})
	}
	if set, _ := Compile([]Rule{{Name: "r", Stop: true}}); set.AsksCounts() || (*Set)(nil).AsksCounts() {
		t.Error("rules without numbers ask for counts")
	}
}

func TestWrongNumbers(t *testing.T) {
	for cond, want := range map[string]string{
		`contacts = 3`:                            `if.contacts: the number 3 does not say whether more or less is meant; write { at_least = 3 }, { at_most = 3 } or both`,
		`contacts = -3`:                           `if.contacts: the number -3 is no range; write { at_least = 2 }, { at_most = 5 } or both`,
		`contacts = "3"`:                          `if.contacts: the string "3" is no range; write { at_least = 2 }, { at_most = 5 } or both`,
		`contacts = {}`:                           `if.contacts: the range asks nothing; write { at_least = 2 }, { at_most = 5 } or both`,
		`reopened = { at_least = "2" }`:           `if.reopened.at_least: the string "2" is no count; write a whole number from 0 on, without quotes, like at_least = 2`,
		`reopened = { at_least = -1 }`:            `if.reopened.at_least: the number -1 is below 0, and no count is; write a whole number from 0 on`,
		`reopened = { at_most = 1.5 }`:            `if.reopened.at_most: the number 1.5 is no count; write a whole number from 0 on, without quotes, like at_most = 2`,
		`reopened = { at_leat = 1 }`:              `if.reopened.at_leat: there is no "at_leat" here; write at_least`,
		`reopened = { min = 1 }`:                  `if.reopened.min: there is no "min" here; write at_least`,
		`reopened = { at_least = 0 }`:             `if.reopened.at_least: every count is at least 0, so it always holds; write at_least = 1, or leave it out`,
		`contacts = { at_least = 5, at_most = 3}`: `if.contacts: at_least is more than at_most (5, 3), so it never holds; write { at_least = 3, at_most = 5 }`,
		`not = { contacts = true }`:               `if.not.contacts: the truth value true is no range; write { at_least = 2 }, { at_most = 5 } or both`,
	} {
		_, problems := Compile(rulesOf(t, "[[rule]]\nname = \"r\"\nif = {"+cond+"}\nstop = true\n"))
		var got []string
		for _, p := range problems {
			got = append(got, p.Field+": "+p.Text)
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%s\ngot  %q\nwant %q", cond, got, want)
		}
	}
}
