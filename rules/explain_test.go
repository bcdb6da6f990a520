package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhy(t *testing.T) {
	long := strings.Repeat("früher ", 10) + "die Störung " + strings.Repeat("später ", 10)
	facts := Facts{Subject: "Invoice  4", Words: long, Sender: "bob@acme.example", Level: "premium"}
	tests := []struct {
		name, cond string
		want       []string
	}{
		{"phrase", `if.subject = "INVOICE 4"`, []string{`subject contains "INVOICE 4": true, in "invoice 4"`}},
		{"phrase in a long text", `if.words = "STORUNG"`, []string{`words contains "STORUNG": true, in "…r fruher fruher die storung spater spater spater spater spat…"`}},
		{"not found", `if.subject = ["a", "b"]`, []string{`subject contains "a", "b": false, on "Invoice  4"`}},
		{"found by one of many", `if.subject = ["1", "2", "3", "4", "5", "6", "7"]`, []string{`subject contains "1", "2", "3", "4", "5", … (7 in all): true by "4", in "invoice 4"`}},
		{"empty text", `if.customer.is = ""`, []string{`customer is "": true, on an empty text`}},
		{"glob", `if.sender.glob = "*@ACME.example"`, []string{`sender glob "*@ACME.example": true, on "bob@acme.example"`}},
		{"regexp", `if.words.regexp = "St.rung"`, []string{`words regexp "St.rung": true, in "…r früher früher die Störung später später später später spät…"`}},
		{"regexp not found", `if.sender.regexp = "^x"`, []string{`sender regexp "^x": false, on "bob@acme.example"`}},
		{
			"all parts, also those that no longer matter",
			`if = { level.is = "standard", any = [{ subject = "invoice" }, { subject = "bill", desk.is = "" }], not = { sender.glob = "bob@*" } }`,
			[]string{
				`all: false`,
				`  level is "standard": false, on "premium"`,
				`  any: true`,
				`    subject contains "invoice": true, in "invoice 4"`,
				`    all: false`,
				`      subject contains "bill": false, on "Invoice  4"`,
				`      desk is "": true, on an empty text`,
				`  not: false`,
				`    sender glob "bob@*": true, on "bob@acme.example"`,
			},
		},
		{"no condition", ``, []string{`no condition: true`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set, problems := load(t, "[[rule]]\nname = \"x\"\nstop = true\n"+tt.cond)
			if problems != nil {
				t.Fatal(problems)
			}
			if diff := cmp.Diff(tt.want, set.Explain(facts).Trace[0].Why); diff != "" {
				t.Errorf("why (-want +got):\n%s", diff)
			}
		})
	}
}
