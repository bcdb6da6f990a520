package mailgw

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supportgw/mailgw/config"
)

// withRules is the example's configuration with other rules and tests, in a file of theirs.
func withRules(t *testing.T, lines string) *config.Config {
	t.Helper()
	example, err := os.ReadFile("../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	text, _, ok := strings.Cut(string(example), "\n[[rule]]")
	dir := t.TempDir()
	if !ok || os.WriteFile(filepath.Join(dir, "m.toml"), []byte("include = \"r.toml\"\n"+text), 0o600) != nil || os.WriteFile(filepath.Join(dir, "r.toml"), []byte(lines), 0o600) != nil {
		t.Fatal("the files cannot be written")
	}
	c, err := config.Load(filepath.Join(dir, "m.toml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// failed is what fails in them, a line each.
func failed(t *testing.T, lines string) []string {
	t.Helper()
	c := withRules(t, lines)
	failures, err := CheckRules(c)
	if err != nil {
		t.Fatal(err)
	}
	said := []string{}
	for _, f := range failures {
		if f.Test == "" || f.Key == "" || f.Want == "" || f.Got == "" || f.Why == "" || f.Problem.Line == 0 {
			t.Errorf("something is not said: %+v", f)
		}
		said = append(said, strings.TrimPrefix(f.Problem.String(), filepath.Dir(c.Path)+"/"))
	}
	return said
}

// TestExampleOfTests: those that config.example.toml shows in comments hold for its own rules.
func TestExampleOfTests(t *testing.T) {
	text, err := os.ReadFile("../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Split(string(text), "#   [[test]]\n")
	for i := range shown[1:] {
		shown[i+1] = "[[test]]\n" + strings.ReplaceAll(strings.ReplaceAll(shown[i+1], "#   ", ""), "#\n", "\n")
	}
	c, err := config.Parse("example.toml", []byte(strings.Join(shown, "")), nil)
	if err != nil {
		t.Fatal(err)
	}
	if failures, err := CheckRules(c); len(failures) > 0 || err != nil || len(c.Tests) != 2 {
		t.Errorf("%d tests, %+v, %v", len(c.Tests), failures, err)
	}
}

const rulesOfTests = `
[[rule]]
name = "outage"
if.words = "outage"
then = { priority = "urgent", page = true, tags = ["b", "a"], desk = "billing", assignee = "ben@example.com", target = "20m" }
[[rule]]
name = "waits"
if.broken_promises = { at_least = 2 }
then = { priority = "high" }
[[rule]]
name = "last"
if.all = [{ level = "premium" }, { header = { regexp = "(?m)^X-Loop: yes$" } }]
then = { tags = ["loop"] }
stop = true
[[rule]]
name = "never"
then = { tags = ["never"] }
`

// TestRuleFailures: what is expected, what came, and which rule decided, at the place where
// it is expected.
func TestRuleFailures(t *testing.T) {
	tests := []struct {
		name, mail, expect string
		want               []string
	}{
		{"all is right", `from = "Bob <bob@acme.example>", subject = "An outage — ä"`,
			`priority = "urgent", page = true, tags = ["a", "never", "b"], desk = "billing", assignee = "ben@example.com", target = "20m", level = "premium", rules = ["outage"], not_rules = ["waits"]`, nil},
		{"a rule that did not match", `subject = "Our outages"`, `priority = "urgent"`,
			[]string{`expected "urgent", came "normal"; rule "outage" did not match: words contains "outage": false, on "Our outages\n"`}},
		{"another rule", `broken_promises = 2`, `priority = "normal"`,
			[]string{`expected "normal", came "high"; rule "waits" matched: broken_promises at_least 2: true, it is 2`}},
		{"a number that is too low", `broken_promises = 1`, `priority = "high"`,
			[]string{`expected "high", came "normal"; rule "waits" did not match: broken_promises at_least 2: false, it is 1`}},
		{"nobody sets it", ``, `priority = "low"`, []string{`expected "low", came "normal"; no rule sets it`}},
		{"more tags than expected", ``, `tags = []`, []string{`expected [], came ["never"]; rule "never" matched: no condition: true`}},
		{"fewer tags", `subject = "outage"`, `tags = ["a", "never"]`, []string{`expected ["a", "never"], came ["a", "b", "never"]; rule "never" matched: no condition: true`}},
		{"nobody", ``, `assignee = ""`, nil},
		{"somebody", `subject = "outage"`, `assignee = ""`, []string{`expected "", came "ben@example.com"; rule "outage" matched: words contains "outage": true, in "outage"`}},
		{"a target of the level", `from = "bob@acme.example"`, `target = "2h"`, nil},
		{"another target", ``, `target = "2h"`, []string{`expected "2h", came "8h"; no rule sets it`}},
		{"behind a rule that stopped", `from = "bob@acme.example", header = ["X-Loop: yes"]`, `rules = ["never"]`,
			[]string{`expected "never", came no match; rule "never" was not looked at: rule "last" stopped`}},
		{"a rule that must not match", `subject = "outage"`, `not_rules = ["waits", "outage"]`,
			[]string{`expected no match of "outage", came a match; rule "outage" matched: words contains "outage": true, in "outage"`}},
		{"in a quotation", `text = "Thanks.\n\nOn Tue, 3 Mar 2026 at 09:00, Support wrote:\n> outage"`, `page = false`, nil},
		{"in words that are coded", `text = "Une panne… ` + strings.Repeat("é", 100) + ` outage"`, `page = true`, nil},
		{"a rule for new tickets, on one that is there", `status = "open", subject = "outage"`, `priority = "urgent", desk = "support", assignee = "", page = true`, nil},
		{"a follow-up only raises", `status = "open", priority = "urgent", tags = ["z"], broken_promises = 3`, `priority = "urgent", tags = ["never", "z"]`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := []string{}
			for _, w := range tt.want {
				want = append(want, fmt.Sprintf("test %q fails: %s", tt.name, w))
			}
			got := failed(t, rulesOfTests+fmt.Sprintf("[[test]]\nname = %q\nmail = { %s }\nexpect = { %s }\n", tt.name, tt.mail, tt.expect))
			for i, line := range got {
				if !strings.HasPrefix(line, "r.toml:21: test[0].expect.") {
					t.Errorf("no place: %s", line)
				}
				_, got[i], _ = strings.Cut(strings.TrimPrefix(line, "r.toml:21: "), ": ")
			}
			if !slices.Equal(got, want) {
				t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
			}
		})
	}
}

// TestRuleTestsDerive what a mail does not say, and take what it says: each of these rules
// must match its mail, and no other one.
func TestRuleTestsDerive(t *testing.T) {
	cases := []struct{ rule, mail string }{
		{`if.customer = "Acme Instruments AG"`, `from = "bob@acme.example"`},
		{`if.customer = { is = "Acme" }`, `from = "bob@sub.acme.example"`}, // an alias
		{`if.customer = "Nowhere Ltd"`, `customer = "Nowhere Ltd"`},
		{`if.level = "premium"`, `from = "bob@acme.example"`},
		{`if.level = "premium"`, `customer = "Acme Instruments AG"`},
		{`if.level = "premium"`, `level = "premium"`},
		{`if.level = "standard"`, `from = "bob@acme.example", level = "standard"`},
		{`if.desk = "billing"`, `to = "Billing <billing@example.com>"`},
		{`if.desk = "billing"`, `to = ["x@elsewhere.example", "billing@example.com"]`},
		{`if.desk = "billing"`, `desk = "billing"`},
		{`if.desk = "support"`, ``},
		{`if.sender = "somebody@customer.example"`, ``},
		{`if.sender = "bob@acme.example"`, `from = "Bób <bob@acme.example>"`},
		{`if.customer = { is = "" }`, ``},
		{`if.header = { contains = "X-Spam: yes" }`, `header = ["X-Other: a", "X-Spam: yes"]`},
		{`if.header = { regexp = "(?m)^Subject: =\\?utf-8" }`, `subject = "Störung"`},
		{`if.subject = "störung"`, `subject = "Die STÖRUNG"`},
		{`if.words = "bitte"`, `text = "Bitte."`},
		{`if.contacts = { at_least = 3 }`, `contacts = 3`},
		{`if.contacts = { at_most = 1 }`, ``},
		{`if.reopened = { at_least = 1 }`, `reopened = 1`},
		{`if.sender_auth = "pass"`, ``},
		{`if.sender_auth = "none"`, `sender_auth = "none"`},
		{`if.sender_auth = "fail"`, `sender_auth = "fail"`},
		{`if.sender_auth = "trusted"`, `sender_auth = "trusted"`},
		{`if.name.is = "Bób Müller"`, `from = "Bób Müller <bob@acme.example>"`},
		{`if.recipient.is = "x@elsewhere.example"`, `to = ["support@example.com", "X <x@elsewhere.example>"]`},
		{`if.recipient.is = "support@example.com"`, ``},
		{`if.language.is = "de"`, `text = "Guten Tag, unser Drucker funktioniert seit heute Morgen nicht mehr. Können Sie uns bitte helfen?"`},
		{`if.language.is = "fi"`, `language = "fi"`},
		{`if.attachment = { name = "scan", type.is = "image/png", size.at_least = "2MB" }`, `attachments = [{ name = "Scan 1.png", type = "image/png", size = "2MB" }]`},
		{`if.size.at_least = "30MB"`, `size = "30MB"`},
		{`if.size.at_most = 4000`, `text = "short"`},
		{`if.scanner = "spam yes"`, `scanner = ["X-Spam: yes"]`},
		{`if.working_hours = true`, ``},
		{`if.working_hours = false`, `at = 2026-11-20T18:00:00`},
		{`if.time = ["10:00-10:01"]`, ``},
		{`if = { day = ["sun"], time = ["23:00-24:00"] }`, `at = 2026-11-22T22:30:00Z`}, // 23:30 in Zurich
		{`if = { day = ["sun"], time = ["22:00-23:00"] }`, `at = 2026-11-22T22:30:00`},
		{`if = { follow_up = true, status.is = "pending", tags = "vip" }`, `status = "pending", tags = ["a", "VIP"]`},
		{`if.affected.at_least = 1000000000`, `affected = "everybody"`},
		{`if.affected = { at_least = 7, at_most = 7 }`, `affected = 7`},
		{`if.blocked = true`, `blocked = true`},
		{`if.blocked = false`, `blocked = false`},
		{`if.first_contact = true`, ``},
		{`if.first_contact = false`, `contacts = 2`},
		{`if.first_contact = false`, `status = "open"`},
		{`if.first_contact = true`, `contacts = 2, first_contact = true`},
		{`if.needed_before_due = true`, `text = "We need it by 11 am today, please.", at = 2026-11-20T10:00:00`},
	}
	for _, c := range cases {
		t.Run(c.rule+" "+c.mail, func(t *testing.T) {
			lines := fmt.Sprintf("[[rule]]\nname = \"asked\"\n%s\nthen.tags = [\"hit\"]\n", c.rule)
			test := "[[test]]\nname = %q\nmail = { %s }\nexpect = { %s }\n"
			if got := failed(t, lines+fmt.Sprintf(test, "hit", c.mail, `rules = ["asked"]`)); len(got) > 0 {
				t.Errorf("%s: %q", c.mail, got)
			}
			turned := strings.Replace(strings.Replace(lines, "\nif.", "\nif.not.", 1), "\nif =", "\nif.not =", 1)
			if got := failed(t, turned+fmt.Sprintf(test, "turned", c.mail, `rules = ["asked"]`)); len(got) == 0 {
				t.Errorf("the contrary holds, too: %s of %s", turned, c.mail)
			}
		})
	}
}

// TestRuleTestsExpect each effect: what is right passes, and what is not fails, be it more, less
// or something else.
func TestRuleTestsExpect(t *testing.T) {
	const does = `priority = "high", tags = ["x"], desk = "billing", level = "premium", target = "20m", assignee = "ben@example.com", page = true, ` +
		`notify = ["anna@example.com"], note = "Look.", hold = true, forward = ["a@partner.example"]`
	for key, c := range map[string]struct{ right, wrong []string }{
		"priority": {[]string{`"high"`}, []string{`"urgent"`, `"normal"`}},
		"tags":     {[]string{`["x"]`, `"x"`}, []string{`[]`, `["x", "y"]`, `["X"]`}},
		"desk":     {[]string{`"billing"`}, []string{`"support"`}},
		"level":    {[]string{`"premium"`}, []string{`"standard"`}},
		"target":   {[]string{`"20m"`, `"1200s"`}, []string{`"21m"`, `"2h"`}},
		"assignee": {[]string{`"ben@example.com"`}, []string{`""`, `"anna@example.com"`}},
		"page":     {[]string{`true`}, []string{`false`}},
		"notify":   {[]string{`["anna@example.com"]`}, []string{`[]`, `["ben@example.com"]`, `["anna@example.com", "ben@example.com"]`}},
		"note":     {[]string{`["Look."]`, `"Look."`}, []string{`[]`, `["Look"]`}},
		"hold":     {[]string{`true`}, []string{`false`}},
		"forward":  {[]string{`["a@partner.example"]`}, []string{`[]`}},
		"junk":     {[]string{`false`}, []string{`true`}},
		"template": {[]string{`""`}, []string{`"outage"`}},
	} {
		rule := "[[rule]]\nname = \"does\"\nif.words = \"x\"\nthen = { " + does + " }\n"
		test := "[[test]]\nname = \"x\"\nmail = { subject = %q }\nexpect.%s = %s\n"
		for _, value := range c.right {
			if got := failed(t, rule+fmt.Sprintf(test, "x", key, value)); len(got) > 0 {
				t.Errorf("%s = %s: %q", key, value, got)
			}
		}
		for _, value := range c.wrong {
			if got := failed(t, rule+fmt.Sprintf(test, "x", key, value)); len(got) != 1 || !strings.HasPrefix(got[0], "r.toml:8: test[0].expect."+key+": ") {
				t.Errorf("%s = %s: %q", key, value, got)
			}
		}
	}
	junk := "[[rule]]\nname = \"junk\"\nif.words = \"x\"\nthen.junk = true\n[[test]]\nname = \"x\"\nmail = { subject = %q }\nexpect.junk = %s\n"
	for _, c := range []struct {
		subject, junk string
		fails         int
	}{{"x", "true", 0}, {"x", "false", 1}, {"y", "true", 1}, {"y", "false", 0}} {
		if got := failed(t, fmt.Sprintf(junk, c.subject, c.junk)); len(got) != c.fails {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// TestRuleTestsOfPrograms: what an auto-reply says wakes nobody, as when it comes in.
func TestRuleTestsOfPrograms(t *testing.T) {
	for _, mail := range []string{`header = ["Auto-Submitted: auto-replied"]`, `from = "anna@example.com"`, `header = ["List-Id: <a.example>", "List-Post: <mailto:a@a.example>"]`} {
		if got := failed(t, rulesOfTests+"[[test]]\nname = \"x\"\nmail = { subject = \"outage\", "+mail+" }\nexpect = { page = false, rules = [\"outage\"] }\n"); len(got) > 0 {
			t.Errorf("%s: %q", mail, got)
		}
	}
}

// TestReloadRunsTests: rules whose tests fail are not taken over, each failure is a line in
// the log, and mended they are. A gateway starts with them all the same, and says so.
func TestReloadRunsTests(t *testing.T) {
	h, file, load, log := fileHouse(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const test = "\n[[test]]\nname = \"lights\"\nmail = { subject = \"Lights are out\" }\nexpect = { priority = \"urgent\", page = true }\n"
	if err := os.WriteFile(file, append(text, test...), 0o600); err != nil {
		t.Fatal(err)
	}
	h.reload("asked for", load)
	h.wantFigure(0, "mailgw_config_last_reload_success")
	if got := log.String(); strings.Count(got, `msg="configuration refused" problem="`+file+":") != 2 || !strings.Contains(got, `test \"lights\" fails: expected \"urgent\", came \"normal\"`) {
		t.Errorf("the log says\n%s", got)
	}
	if len(h.settings.Load().Tests) == 1 {
		t.Error("the configuration is in use")
	}
	fresh, err := load()
	if err != nil {
		t.Fatal(err)
	}
	h.warnTests(fresh)
	if got := log.String(); strings.Count(got, `level=WARN msg="a test of the rules fails"`) != 2 {
		t.Errorf("the log says\n%s", got)
	}
	edit(t, file, `if.words = ["production down", "outage"]`, `if.words = ["lights are out"]`)
	h.reload("asked for", load)
	h.wantFigure(1, "mailgw_config_last_reload_success")
	if got := h.deliver(mail{subject: "Lights are out"}); got.ticket.Priority != "urgent" {
		t.Errorf("priority %s", got.ticket.Priority)
	}
}

// TestStartWithFailingTests accepts mail: none is lost because of a test.
func TestStartWithFailingTests(t *testing.T) {
	const set = `test=[{name="x",mail={subject="x"},expect={priority="low"}}]`
	log := &lockedLog{}
	over, stop := context.WithCancel(t.Context())
	stop()
	if err := Serve(over, houseConfig(t, t.TempDir(), set), ServeOptions{Log: slog.New(slog.NewTextHandler(log, nil))}); err != nil {
		t.Error(err)
	}
	h := newHouse(t, set)
	if got := log.String(); !strings.Contains(got, `--set test[0].expect.priority: test \"x\" fails`) {
		t.Errorf("the log says\n%s", got)
	}
	if got := h.deliver(mail{subject: "x"}); got.ticket.Number == 0 {
		t.Errorf("no ticket: %+v", got)
	}
}

// FuzzRuleTests: whatever a test's mail is made of, the configuration refuses it or it runs.
func FuzzRuleTests(f *testing.F) {
	f.Add(`from = "Bob <bob@acme.example>", subject = "outage", text = "x\ny", header = ["X-A: b"]`)
	f.Add(`to = "=?utf-8?q?a?= <support+x@example.com>", attachments = [{ name = "a\"b\\c.pdf", type = "a/b", size = "3KB" }], status = "closed", tags = ["", "b"]`)
	f.Add(`from = "\"a b\"@acme.example", header = ["X: =?utf-8?b?", "Auto-Submitted: auto-replied", "Received: x", "From : y"], at = 2026-03-29T02:30:00, language = "zh-Hant"`)
	f.Add(`text = "-- \n> a\n\u0000", customer = "A\u0301cme", sender_auth = "fail", affected = "everybody", blocked = true, scanner = ["X:"], size = 1`)
	const house = `admin.address = "admin@example.com"
calendar = [{ name = "z", zone = "Europe/Zurich", week = { mon-fri = ["09:00-17:30"] } }]
desk = [{ name = "support", address = "support@example.com", calendar = "z", agents = ["ben@example.com"] }, { name = "billing", address = "billing@example.com", calendar = "z", agents = ["ben@example.com"] }]
agent = [{ name = "Ben", address = "ben@example.com" }]
customer = [{ name = "Acme", domains = ["acme.example"] }]
`
	f.Fuzz(func(t *testing.T, mail string) {
		if len(mail) > 1<<10 {
			return
		}
		c, err := config.Parse("f.toml", []byte(house+rulesOfTests+"[[test]]\nname = \"x\"\nmail = { "+mail+" }\nexpect = { page = true, tags = [], rules = [\"never\"] }\n"), nil)
		if err != nil {
			return
		}
		failures, err := CheckRules(c)
		if err != nil {
			t.Error(err)
		}
		for _, f := range failures {
			if f.Problem.Line == 0 || f.Problem.Text == "" {
				t.Errorf("no place: %+v", f)
			}
		}
	})
}
