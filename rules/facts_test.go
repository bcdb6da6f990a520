package rules

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// fromTOML compiles the rules of a text.
func fromTOML(t *testing.T, text string) *Set {
	t.Helper()
	var file struct{ Rule []Rule }
	if _, err := toml.Decode(text, &file); err != nil {
		t.Fatal(err)
	}
	set, problems := Compile(file.Rule)
	if problems != nil {
		t.Fatal(problems)
	}
	return set
}

// TestFacts asks each fact that is no simple text, with one that holds and one that does
// not.
func TestFacts(t *testing.T) {
	saturday := time.Date(2026, 11, 21, 23, 59, 0, 0, time.UTC)
	monday := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	tests := []struct {
		name, cond string
		holds      []Facts
		not        []Facts
		line       string // of the trace, for the first that holds
	}{
		{"follow-up", `follow_up = true`, []Facts{{FollowUp: true}}, []Facts{{}}, "follow_up true: true, it is true"},
		{"no follow-up", `follow_up = false`, []Facts{{}}, []Facts{{FollowUp: true}}, "follow_up false: true, it is false"},
		{"status", `status = ["pending", "solved"]`, []Facts{{Status: "solved"}}, []Facts{{Status: "open"}, {}}, `status contains "pending", "solved": true by "solved", in "solved"`},
		{"one of the recipients", `recipient = { is = "vip@example.com" }`, []Facts{{Recipients: []string{"a@example.com", "VIP@example.com"}}},
			[]Facts{{Recipients: []string{"a@example.com"}}, {}}, `recipient is "vip@example.com": true, on "VIP@example.com"`},
		{"one field of the header", `header = { glob = "x-spam: yes*" }`, []Facts{{Header: "A: b\nX-Spam: yes, 8.1\n"}},
			[]Facts{{Header: "A: x-spam: yes\n"}, {Scanner: "X-Spam: yes\n"}}, `header glob "x-spam: yes*": true, on "X-Spam: yes, 8.1"`},
		{"a filter's field", `scanner = { regexp = '^X-Virus: .' }`, []Facts{{Scanner: "X-Spam: no\nX-Virus: Eicar\n"}},
			[]Facts{{Header: "X-Virus: Eicar\n"}}, `scanner regexp "^X-Virus: .": true, in "X-Virus: Eicar"`},
		{"no tag", `tags = { is = "" }`, []Facts{{}}, []Facts{{Tags: []string{"late"}}}, `tags is "": true, on an empty text`},
		{"size with its unit", `size = { at_least = "1.5kB", at_most = "2 KiB" }`, []Facts{{Size: 1500}, {Size: 2048}}, []Facts{{Size: 1499}, {Size: 2049}},
			"size at_least 1500, at_most 2048: true, it is 1500"},
		{"affected", `affected = { at_least = 3 }`, []Facts{{Affected: 3}, {Affected: Everybody}}, []Facts{{Affected: 2}, {}}, "affected at_least 3: true, it is 3"},
		{"everybody affected", `affected = { at_least = "everybody" }`, []Facts{{Affected: Everybody}}, []Facts{{Affected: 5000}, {}}, "affected at_least everybody: true, it is everybody"},
		{"few affected, when they said so", `affected = { at_most = 3 }`, []Facts{{Affected: 3}}, []Facts{{Affected: 4}, {}}, "affected at_most 3: true, it is 3"},
		{"blocked", `blocked = true`, []Facts{{Blocked: Yes}}, []Facts{{Blocked: No}, {}}, "blocked true: true, it is true"},
		{"not blocked, when they said so", `blocked = false`, []Facts{{Blocked: No}}, []Facts{{Blocked: Yes}, {}}, "blocked false: true, it is false"},
		{"needed before due", `needed_before_due = true`, []Facts{{NeededBeforeDue: true}}, []Facts{{}}, "needed_before_due true: true, it is true"},
		{"outside of working hours", `working_hours = false`, []Facts{{}}, []Facts{{WorkingHours: true}}, "working_hours false: true, it is false"},
		{"first contact", `first_contact = true`, []Facts{{FirstContact: true}}, []Facts{{}}, "first_contact true: true, it is true"},
		{"a run of days over Sunday", `day = "Saturday-mon"`, []Facts{{Local: saturday}, {Local: monday}, {Local: monday.AddDate(0, 0, -1)}},
			[]Facts{{Local: monday.AddDate(0, 0, 1)}, {}}, `day "Saturday-mon": true, it is sat`},
		{"a span past midnight", `time = "22:00-06:00"`, []Facts{{Local: saturday}, {Local: monday.Add(-time.Minute)}}, []Facts{{Local: monday}, {}},
			`time "22:00-06:00": true, it is 23:59`},
		{"until the end of the day", `time = ["00:00-01:00", "23:30-24:00"]`, []Facts{{Local: saturday}}, []Facts{{Local: saturday.Add(time.Hour * 2)}},
			`time "00:00-01:00", "23:30-24:00": true, it is 23:59`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set := fromTOML(t, "[[rule]]\nname = \"asked\"\nthen.tags = [\"x\"]\n[rule.if]\n"+tt.cond)
			for i, f := range append(slices.Clone(tt.holds), tt.not...) {
				if got, want := set.Eval(f).Trace[0].Matched, i < len(tt.holds); got != want {
					t.Errorf("%+v: %t, want %t", f, got, want)
				}
			}
			if got := strings.Join(set.Explain(tt.holds[0]).Trace[0].Why, "\n"); got != tt.line {
				t.Errorf("trace:\n%s\nwant:\n%s", got, tt.line)
			}
		})
	}
}

// TestOneFileHasAll asks for a file that has all that is asked: two files that have a
// part each are none.
func TestOneFileHasAll(t *testing.T) {
	set := fromTOML(t, `
[[rule]]
name = "large pictures"
if.attachment = { name = { glob = "*.png" }, type = ["image png"], size = { at_least = "1MB" } }
then.tags = ["x"]`)
	small, other := Attachment{"a.PNG", "image/png", 10}, Attachment{"b.zip", "application/zip", 5e6}
	whole := Attachment{"c.png", "image/png", 1e6}
	for _, tt := range []struct {
		files []Attachment
		want  bool
		why   []string
	}{
		{nil, false, []string{
			"attachment: false, there is none", `  attachment name glob "*.png": false, there is none`,
			`  attachment type contains "image png": false, there is none`, "  attachment size at_least 1000000: false, there is none",
		}},
		{[]Attachment{small, other}, false, []string{
			"attachment: false, none of the 2 files has all of it", `  attachment name glob "*.png": true, on "a.PNG"`,
			`  attachment type contains "image png": true, in "image/png"`, "  attachment size at_least 1000000: true, it is 5000000",
		}},
		{[]Attachment{small, other, whole}, true, []string{
			`attachment: true, "c.png"`, `  attachment name glob "*.png": true, on "a.PNG"`,
			`  attachment type contains "image png": true, in "image/png"`, "  attachment size at_least 1000000: true, it is 1000000",
		}},
	} {
		trace := set.Explain(Facts{Attachments: tt.files}).Trace[0]
		if trace.Matched != tt.want || !slices.Equal(trace.Why, tt.why) {
			t.Errorf("%v: %t\n%s", tt.files, trace.Matched, strings.Join(trace.Why, "\n"))
		}
	}
}

// TestTagsOfEarlierRules are seen by later ones, in each form, and never by earlier ones.
func TestTagsOfEarlierRules(t *testing.T) {
	set := fromTOML(t, `
[[rule]]
name = "too early"
if.tags = "from-a-rule"
then.tags = ["wrong"]
[[rule]]
name = "never"
if.tags = { glob = "from-*" }
then.tags = ["wrong"]
[[rule]]
name = "sets"
if.words = "outage"
then.tags = ["from-a-rule"]
[[rule]]
name = "word"
if.tags = "from-a-rule"
then.tags = ["word"]
[[rule]]
name = "glob"
if.tags = { glob = "from-*" }
then.tags = ["glob"]
[[rule]]
name = "regexp"
if.tags = { regexp = '^f.*e$' }
then.tags = ["regexp"]
[[rule]]
name = "is"
if.not.tags = { is = "from-a-rule" }
then.tags = ["wrong"]`)
	got := set.Eval(Facts{Words: "an outage", Tags: []string{"old"}}).Tags
	if want := []string{"from-a-rule", "word", "glob", "regexp"}; !slices.Equal(got, want) {
		t.Errorf("tags %q, want %q", got, want)
	}
	if got := set.Eval(Facts{Words: "all is well"}).Tags; !slices.Equal(got, []string{"wrong"}) {
		t.Errorf("without the rule that sets it: tags %q", got)
	}
}

// TestFollowUps has their own effects, or may only raise; and what has been done to the
// ticket is not done again.
func TestFollowUps(t *testing.T) {
	set := fromTOML(t, `
[[rule]]
name = "raises"
if.words = "outage"
then = { priority = "high", tags = ["outage"], desk = "billing", page = true, note = "look" }
[[rule]]
name = "own"
if.words = "solved"
then = { priority = "urgent" }
follow_up = { priority = "low", note = "they say so" }
[[rule]]
name = "stops"
if.words = "stop here"
then.tags = ["stopped"]
stop = true
[[rule]]
name = "last"
then.tags = ["last"]`)
	for _, tt := range []struct {
		name  string
		facts Facts
		want  Verdict
		done  string
	}{
		{"new", Facts{Words: "outage"}, Verdict{Priority: "high", Tags: []string{"outage", "last"}, Desk: "billing", Page: true, Notes: []string{"look"}}, ""},
		{"raised", Facts{Words: "outage", FollowUp: true, Priority: "normal"}, Verdict{Priority: "high", Tags: []string{"outage", "last"}, Page: true}, ""},
		{"not lowered, nobody paged", Facts{Words: "outage", FollowUp: true, Priority: "urgent"}, Verdict{Tags: []string{"outage", "last"}}, ""},
		{"own effects", Facts{Words: "outage, solved", FollowUp: true, Priority: "normal"},
			Verdict{Priority: "low", Tags: []string{"outage", "last"}, Page: true, Notes: []string{"they say so"}}, ""},
		{"done before", Facts{Words: "outage, solved", FollowUp: true, Priority: "normal", Done: []string{"raises"}},
			Verdict{Priority: "low", Tags: []string{"last"}, Notes: []string{"they say so"}}, "raises"},
		{"done before, and stops all the same", Facts{Words: "stop here", FollowUp: true, Done: []string{"stops"}}, Verdict{}, "stops"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := set.Eval(tt.facts)
			var done []string
			for _, trace := range got.Trace {
				if trace.Done {
					done = append(done, trace.Rule)
				}
			}
			got.Trace = nil
			if got.Priority != tt.want.Priority || got.Page != tt.want.Page || got.Desk != tt.want.Desk ||
				!slices.Equal(got.Tags, tt.want.Tags) || !slices.Equal(got.Notes, tt.want.Notes) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if strings.Join(done, " ") != tt.done {
				t.Errorf("done before: %q, want %q", done, tt.done)
			}
		})
	}
}
