package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

// load compiles the [[rule]]s of a TOML text.
func load(t *testing.T, text string) (*Set, []Problem) {
	t.Helper()
	var file struct {
		Rule []Rule `toml:"rule"`
	}
	md, err := toml.Decode(text, &file)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	if keys := md.Undecoded(); len(keys) > 0 {
		t.Fatalf("unknown keys: %v", keys)
	}
	return Compile(file.Rule)
}

func TestProblems(t *testing.T) {
	tests := []struct{ name, rule, field, text string }{
		{"no name", `name = " "`, "name", `the rule has no name; write one that says what it is for, like name = "production-down"`},
		{"name with line end", `name = "a\nb"`, "name", `the name "a\nb" has a line end or another control character; write it on one line`},
		{"priority in capitals", `then.priority = "Urgent"`, "then.priority", `there is no priority "Urgent"; write "urgent"`},
		{"priority misspelt", `then.priority = "hihg"`, "then.priority", `there is no priority "hihg"; write "high"`},
		{"priority unknown", `then.priority = "critical"`, "then.priority", `there is no priority "critical"; write "low", "normal", "high" or "urgent"`},
		{"negative target", `then.target = "-30m"`, "then.target", `a target cannot be negative (got -30m0s); write the working time to answer in, like "30m" or "8h"`},
		{"target without unit", `then.target = 30`, "then.target", `a target of 30ns is too short, or its unit is missing; write it as a string with a unit, like "30m" or "8h"`},
		{"empty tag", `then.tags = ["a", ""]`, "then.tags[1]", `the tag "" has no letters or a control character; write a word, or leave it out`},
		{"no effect", `then = {}`, "then", `the rule does nothing; give it an effect, like priority = "high", or stop = true`},
		{"empty condition", `if = {}`, "if", `the condition asks nothing; write one, like subject = "outage", or leave it out to match every mail`},
		{"empty any", `if.any = []`, "if.any", `the list is empty; write conditions, like [{ subject = "outage" }], or leave it out`},
		{"empty member", `if.any = [{subject = "a"}, {}]`, "if.any[1]", `the condition asks nothing; write one, like subject = "outage", or leave it out to match every mail`},
		{"empty match", `if.level = {}`, "if.level", `the match asks nothing; write "a phrase", or a table with contains, glob, regexp or is`},
		{"empty list", `if.level = []`, "if.level.contains", `the list is empty; write at least one text, like ["outage"], or leave it out`},
		{"empty phrase", `if.subject = ""`, "if.subject.contains", `"" has no letter or digit, so it is no word; write a word, or is = "" for no text at all`},
		{"phrase of symbols", `if.not.words = "🔥"`, "if.not.words.contains", `"🔥" has no letter or digit, so it is no word; write a word, or glob = "*🔥*"`},
		{"long phrase", `if.subject = "` + strings.Repeat("a", 1001) + `"`, "if.subject.contains", "the text has more than 1000 characters; write a shorter one"},
		{"phrase long when folded", `if.subject = "` + strings.Repeat("ﷺ", 100) + `"`, "if.subject.contains", "the text has more than 1000 characters once its compatibility forms are written out; write a shorter one"},
		{"empty glob", `if.sender.glob = ""`, "if.sender.glob", `the glob is empty; write "*" for any text, or is = "" for none`},
		{"regexp open", `if.subject.regexp = "(a"`, "if.subject.regexp", `missing closing ) at "(a" in the regexp "(a"; write RE2 syntax (it has no look-around and no back-references)`},
		{"regexp look-ahead", `if.subject.regexp = "a(?!b)"`, "if.subject.regexp", `invalid or unsupported Perl syntax at "(?!" in the regexp "a(?!b)"; write RE2 syntax (it has no look-around and no back-references)`},
		{"regexp empty", `if.subject.regexp = ""`, "if.subject.regexp", "an empty regexp matches everything; write a pattern, or leave it out"},
		{"regexp too large", `if.subject.regexp = "(abc){500}"`, "if.subject.regexp", `the regexp "(abc){500}" is too large once its repeats are written out; write smaller counts, or * and +`},
		{"regexp too long", `if.subject.regexp = "` + strings.Repeat("a", 1001) + `"`, "if.subject.regexp", "the regexp has more than 1000 characters; write a shorter one, or several rules"},
		{"regexp as a list", `if.subject.regexp = ["a"]`, "if.subject.regexp", `a list is no pattern; write one string, regexp = '…', with | between alternatives`},
		{"match as a number", `if.subject = 5`, "if.subject", `the number 5 is no match; write "a phrase", or a table like { contains = ["a phrase"] }`},
		{"list in a list", `if.subject = [["a"]]`, "if.subject", `a list stands in the list; write strings only, each in quotes`},
		{"number in a list", `if.all = [{subject = ["a", 5.5]}]`, "if.all[0].subject", `the number 5.5 stands in the list; write strings only, each in quotes`},
		{"date as a list", `if.subject.is = 2026-01-01`, "if.subject.is", `a date or time is no text; write "a text" or ["one", "another"]`},
		{"truth as a glob", `if.subject.glob = true`, "if.subject.glob", `the truth value true is no text; write "a text" or ["one", "another"]`},
		{"misspelt form", `if.subject.contain = "a"`, "if.subject.contain", `there is no "contain" here; write contains`},
		{"unknown form", `if.subject.equals = "a"`, "if.subject.equals", `there is no "equals" here; write is`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "[[rule]]\n" + tt.rule + "\n"
			if !strings.HasPrefix(tt.rule, "name") {
				text += "name = \"x\"\n"
			}
			if !strings.HasPrefix(tt.rule, "then") {
				text += "then.page = true\n"
			} else if strings.Contains(tt.rule, "tags") {
				text += "then.page = true\n"
			}
			set, got := load(t, text)
			if set != nil {
				t.Error("a set came with the problems")
			}
			if diff := cmp.Diff([]Problem{{0, tt.field, tt.text}}, got); diff != "" {
				t.Errorf("problems of %s (-want +got):\n%s", tt.rule, diff)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, got := load(t, `
		[[rule]]
		name = "a"
		then.priority = "hi"
		if = { sender = { glob = 5, globs = "x" }, not = { words = "!" } }
		[[rule]]
		name = "a"
	`)
	var paths []string
	for _, p := range got {
		paths = append(paths, string(rune('0'+p.Rule))+" "+p.Field)
	}
	want := []string{"0 if.sender.glob", "0 if.sender.globs", "0 if.not.words.contains", "0 then.priority", "1 name", "1 then"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if want := `the name "a" is taken by an earlier rule; give each rule its own`; got[4].Text != want {
		t.Errorf("text = %q, want %q", got[4].Text, want)
	}
}

func TestDepth(t *testing.T) {
	nested := func(n int) []Rule {
		cond := Condition{Subject: &Match{Contains: []string{"a"}}}
		for range n - 1 {
			inner := cond
			cond = Condition{Not: &inner}
		}
		return []Rule{{Name: "x", If: &cond, Stop: true}}
	}
	set, problems := Compile(nested(MaxDepth))
	if problems != nil {
		t.Fatalf("%d deep: %v", MaxDepth, problems)
	}
	if got := set.Eval(Facts{Subject: "a"}).Trace[0].Matched; got != (MaxDepth%2 == 1) {
		t.Errorf("%d deep matched = %t", MaxDepth, got)
	}
	if _, problems := Compile(nested(MaxDepth + 1)); len(problems) != 1 || problems[0].Field != "if"+strings.Repeat(".not", MaxDepth) {
		t.Errorf("%d deep: problems %v", MaxDepth+1, problems)
	}
}

func TestDecodeForms(t *testing.T) {
	var got struct {
		A, B, C, D Match
		Then       Effects
	}
	_, err := toml.Decode(`
		a = "outage"
		b = ["outage", "down"]
		c = { contains = "x", glob = ["a*", "b"], is = "", regexp = '^\d' }
		[d]
		glob = "*"
		[then]
		target = "1h30m"
	`, &got)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]Match{
		"string": {got.A, {Contains: []string{"outage"}}},
		"list":   {got.B, {Contains: []string{"outage", "down"}}},
		"inline": {got.C, {Contains: []string{"x"}, Glob: []string{"a*", "b"}, Is: []string{""}, Regexp: `^\d`}},
		"table":  {got.D, {Glob: []string{"*"}}},
	} {
		if diff := cmp.Diff(pair[1], pair[0], cmp.AllowUnexported(Match{}, wrongShape{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got.Then.Target != 90*time.Minute {
		t.Errorf("target = %s", got.Then.Target)
	}
}

// TestUnknownKeysStayVisible shows that reading a match hides no misspelt key
// beside it from the configuration's strict check.
func TestUnknownKeysStayVisible(t *testing.T) {
	var file struct {
		Rule []Rule `toml:"rule"`
	}
	md, err := toml.Decode(`
		[[rule]]
		name = "x"
		if = { subject = { glob = "a" }, sbject = "b" }
		then = { glob = "c" }
	`, &file)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, key := range md.Undecoded() {
		keys = append(keys, key.String())
	}
	if diff := cmp.Diff([]string{"rule.if.sbject", "rule.then.glob"}, keys); diff != "" {
		t.Errorf("undecoded (-want +got):\n%s", diff)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("[[rule]]\nname='a'\nif.subject={glob='*a?'}\nthen.page=true", "a")
	f.Add("[[rule]]\nname='a'\nif={any=[{words=5},{not={sender='x'}}]}\nstop=true", "x")
	f.Add("[[rule]]\nname='a'\nif.words.regexp='(?i)a|b'\nthen.target=5", "B")
	f.Fuzz(func(t *testing.T, text, words string) {
		var file struct {
			Rule []Rule `toml:"rule"`
		}
		if _, err := toml.Decode(text, &file); err != nil {
			return
		}
		set, problems := Compile(file.Rule)
		if (set == nil) != (len(problems) > 0) {
			t.Fatalf("set %v with problems %v", set, problems)
		}
		for _, p := range problems {
			if p.Field == "" || p.Text == "" || p.Rule < 0 || p.Rule >= len(file.Rule) {
				t.Fatalf("bad problem %+v", p)
			}
		}
		facts := Facts{Subject: words, Words: words, Sender: words}
		sameVerdict(t, set.Eval(facts), set.Explain(facts))
	})
}
