package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// stepsOf evaluates all rules on a mail and returns what that took, and what the texts
// and conditions alone may take.
func stepsOf(t testing.TB, list []Rule, facts Facts) (steps, base, limit int) {
	t.Helper()
	set, problems := Compile(list)
	if problems != nil {
		t.Fatal(problems[0])
	}
	sc := set.begin(&facts)
	for i := range set.rules {
		if set.rules[i].cond != nil {
			if sc.holds(set.rules[i].cond) {
				sc.tag(set.rules[i].then.Tags)
				base += 6 * 30 // a tag
			}
			base += nodesOf(set.rules[i].cond) * (1 + len(facts.Attachments))
		}
	}
	for f := range sc.texts {
		// Folding, phrases, and four lengths of literals; files are looked at one by one too.
		base += 6 * max(sc.texts[f].bytes, sc.texts[f].wide)
		if field(f) == fieldFileName || field(f) == fieldFileType {
			base += 6 * max(sc.texts[f].bytes, sc.texts[f].wide)
		}
	}
	steps, limit = sc.steps, sc.limit
	sc.end()
	return steps, base, limit
}

func nodesOf(n *node) int {
	count := 1
	for i := range n.kids {
		count += nodesOf(&n.kids[i])
	}
	return count
}

// manyRules has a rule for each pattern, which i makes different from the others.
func manyRules(n int, match func(i int) *Condition) []Rule {
	list := make([]Rule, n)
	for i := range list {
		list[i] = Rule{Name: fmt.Sprint("rule ", i), If: match(i), Then: Effects{Priority: "high"}}
	}
	return list
}

func wordsRegexp(source string) *Condition { return &Condition{Words: &Match{Regexp: source}} }

func wordsGlob(source string) *Condition { return &Condition{Words: &Match{Glob: []string{source}}} }

// TestNoSlowMail counts what the worst rules do that we know of.
func TestNoSlowMail(t *testing.T) {
	mixed := strings.Repeat(benchWords(), 1<<20/len(benchWords()))
	as := strings.Repeat("a", 1<<20)
	var all strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&all, "code%d! ", i)
	}
	names := make([]string, 1000)
	for i := range names {
		names[i] = strings.Repeat("a", i%90)
	}
	files := make([]Attachment, 500)
	for i := range files {
		files[i] = Attachment{Name: fmt.Sprintf("%s %d aaa file", strings.Repeat("a", i), i), Type: "application/octet-stream", Size: int64(i)}
	}
	tags := manyRules(3000, func(i int) *Condition {
		return &Condition{Tags: &Match{Glob: []string{"?*" + strings.Repeat("?", i%60)}, Regexp: fmt.Sprintf(`\d{%d}`, 1+i%7)}}
	})
	for i := range tags {
		tags[i].If = &Condition{Any: []Condition{*tags[i].If, {Size: &Range{AtMost: new(int64)}}}}
		tags[i].Then.Tags = []string{fmt.Sprint("tag", i)}
	}
	tests := []struct {
		name  string
		list  []Rule
		facts Facts
		spent bool // all that is allowed
	}{
		{"3,000 regexps, each with a literal that is not there", manyRules(3000, func(i int) *Condition {
			return wordsRegexp(fmt.Sprintf(`(?i)\bcode%d\b.*[a-z]+\d{3,9}`, i))
		}), Facts{Words: mixed}, false},
		{"3,000 regexps, all literals there", manyRules(3000, func(i int) *Condition {
			return wordsRegexp(fmt.Sprintf(`code%d.*[a-z]+\d{3,9}$`, i))
		}), Facts{Words: all.String() + as}, true},
		{"3,000 regexps without a literal", manyRules(3000, func(i int) *Condition {
			return wordsRegexp(fmt.Sprintf(`[a-z]+[0-9]{%d}[^a-z]*[A-Z]{%d}$`, 1+i%40, 1+i/40))
		}), Facts{Words: mixed}, true},
		{"stars in stars", manyRules(1000, func(i int) *Condition {
			return wordsRegexp(fmt.Sprintf(`(a*)*(a|aa)+(a?){%d}\d$`, 1+i%200))
		}), Facts{Words: as}, true},
		{"the largest regexps", manyRules(300, func(i int) *Condition {
			return wordsRegexp(fmt.Sprintf(`(\w{0,%d}\s){20}\d$`, 20+i%2))
		}), Facts{Words: mixed}, true},
		{"1,000 globs of many stars", manyRules(1000, func(i int) *Condition {
			return wordsGlob(strings.Repeat("*e", 100+i%300) + "*z")
		}), Facts{Words: mixed}, true},
		{"1,000 globs of question marks", manyRules(1000, func(i int) *Condition {
			return wordsGlob("*a" + strings.Repeat("?", i%900) + "b*")
		}), Facts{Words: as}, true},
		{"3,000 phrases in 1 MiB of their words", manyRules(3000, func(i int) *Condition {
			return &Condition{Words: &Match{Contains: []string{strings.Repeat("a ", 1+i%490) + fmt.Sprint(i)}}}
		}), Facts{Words: strings.Repeat("a ", 1<<19)}, false},
		{"500 attachments, 3,000 patterns", manyRules(3000, func(i int) *Condition {
			return &Condition{Attachment: &File{
				Name: &Match{Regexp: fmt.Sprintf(`^[^b]*\d{%d}$`, 1+i%400), Contains: []string{"aaa", fmt.Sprint("file ", i)}},
				Type: &Match{Glob: []string{fmt.Sprintf("*a%s*", strings.Repeat("?", i%20))}},
			}}
		}), Facts{Attachments: files}, true},
		{"1,000 recipients and a huge header, 3,000 patterns", manyRules(3000, func(i int) *Condition {
			return &Condition{
				Header:    &Match{Regexp: fmt.Sprintf(`^X-[^:]*: \d{%d}$`, 1+i%400), Contains: []string{"x header"}},
				Recipient: &Match{Glob: []string{fmt.Sprintf("*%s@example.*", strings.Repeat("?", i%50))}},
			}
		}), Facts{Recipients: names, Header: strings.Repeat("X-Header: 1234567890 of this kind\n", 30000)}, true},
		{"ligatures that fold to eighteen letters", manyRules(1000, func(i int) *Condition {
			return wordsGlob("*ص" + strings.Repeat("?", i%900) + "b*")
		}), Facts{Words: strings.Repeat("ﷺ ", 1<<16)}, true},
		{"tags of 3,000 rules", tags, Facts{Tags: []string{"first"}}, false},
		{"1,000 names of the customer, 3,000 patterns", manyRules(3000, func(i int) *Condition {
			return &Condition{Customer: &Match{Regexp: fmt.Sprintf(`^[^b]*\d{%d}$`, 1+i%400), Glob: []string{fmt.Sprintf("*a%s*", strings.Repeat("?", i%800))}}}
		}), Facts{Customer: "a", CustomerAlso: names}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begun := time.Now()
			steps, base, limit := stepsOf(t, tt.list, tt.facts)
			t.Logf("%d steps, at most %d + %d; patterns see %d bytes; %v with compiling", steps, MaxSteps, base, limit, time.Since(begun).Round(time.Millisecond))
			if steps > MaxSteps+base {
				t.Errorf("%d steps are more than %d + %d", steps, MaxSteps, base)
			}
			if cut := limit < MaxTextBytes; cut != tt.spent {
				t.Errorf("patterns see %d bytes", limit)
			}
		})
	}
}
