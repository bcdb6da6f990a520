package rules

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// verdict looks at all rules, in their order, as plainly as it can be said.
func (p *plainEval) verdict(list []Rule) Verdict {
	var v Verdict
	p.tags = p.facts.Tags
	for _, r := range list {
		t := Trace{Rule: r.Name, Matched: r.If == nil || p.holds(r.If)}
		t.Done = t.Matched && slices.Contains(p.facts.Done, r.Name)
		v.Trace = append(v.Trace, t)
		if !t.Matched {
			continue
		}
		p.hits["matched"]++
		if t.Done {
			p.hits["done"]++
		} else {
			p.take(&v, p.effects(&r, v.Priority))
			p.tags = slices.Concat(p.facts.Tags, v.Tags)
		}
		if r.Stop {
			p.hits["stop"]++
			return v
		}
	}
	return v
}

// effects are those that count with this mail, when earlier rules have said a priority.
func (p *plainEval) effects(r *Rule, priority string) Effects {
	switch {
	case !p.facts.FollowUp:
		return r.Then
	case r.FollowUp != nil:
		p.hits["own effects"]++
		return *r.FollowUp
	}
	if priority == "" {
		priority = p.facts.Priority
	}
	e := Effects{Tags: r.Then.Tags, Target: r.Then.Target}
	if order := " low normal high urgent"; strings.Index(order, r.Then.Priority) > strings.Index(order, priority) && r.Then.Priority != "" {
		p.hits["raised"]++
		e.Priority, e.Page = r.Then.Priority, r.Then.Page
	}
	return e
}

// take adds the effects of a rule that matched.
func (p *plainEval) take(v *Verdict, e Effects) {
	set := func(kind string, to *string, s string) {
		if s != "" {
			*to = s
			p.hits["then."+kind]++
		}
	}
	add := func(kind string, to *[]string, list ...string) {
		for _, s := range list {
			p.hits["then."+kind]++
			if s != "" && !slices.Contains(*to, s) {
				*to = append(*to, s)
			}
		}
	}
	on := func(kind string, to *bool, is bool) {
		if is {
			*to = true
			p.hits["then."+kind]++
		}
	}
	set("priority", &v.Priority, e.Priority)
	set("desk", &v.Desk, e.Desk)
	set("level", &v.Level, e.Level)
	set("template", &v.Template, e.Template)
	add("tags", &v.Tags, e.Tags...)
	add("notify", &v.Notify, e.Notify...)
	add("forward", &v.Forward, e.Forward...)
	if e.Note != "" {
		add("note", &v.Notes, e.Note)
	}
	on("page", &v.Page, e.Page)
	on("hold", &v.Hold, e.Hold)
	on("junk", &v.Junk, e.Junk)
	if e.Target != 0 {
		v.Target = e.Target
		p.hits["then.target"]++
	}
	if e.Assignee.Agent != "" {
		v.Assignee = e.Assignee
		p.hits["then.assignee"]++
	}
}

// known are the kinds of conditions that Compile takes.
func known(t *testing.T) []string {
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		var c Condition
		kinds[kind](gen{rand.New(rand.NewPCG(1, 2))}, &c)
		if _, problems := Compile([]Rule{{Name: "asked", If: &c, Stop: true}}); problems != nil {
			t.Errorf("no rule asks for %s: %s", kind, problems[0].Text)
			continue
		}
		out = append(out, kind)
	}
	return out
}

// TestAgainstPlain draws rules and mails, and compares verdict and trace with those of
// the plain evaluator. MAILGW_RULES says how many lists of rules; MAILGW_RULES_SEED
// draws others.
func TestAgainstPlain(t *testing.T) {
	n, seed := 1000, 1
	for name, to := range map[string]*int{"MAILGW_RULES": &n, "MAILGW_RULES_SEED": &seed} {
		if s := os.Getenv(name); s != "" {
			var err error
			if *to, err = strconv.Atoi(s); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	if raceEnabled {
		n = min(n, 300)
	}
	list, hits := known(t), make(map[string]int)
	for i := range n {
		g := gen{rand.New(rand.NewPCG(uint64(seed), uint64(i)))}
		rules := g.rules(list)
		set, problems := Compile(rules)
		if problems != nil {
			t.Fatalf("list %d: %+v", i, problems)
		}
		for range 2 { // the second time with used buffers
			facts := g.facts()
			p := plainEval{facts: &facts, hits: hits}
			want, got, explained := p.verdict(rules), set.Eval(facts), set.Explain(facts)
			if !reflect.DeepEqual(want, got) {
				at := 0
				for at+1 < len(want.Trace) && at+1 < len(got.Trace) && want.Trace[at].Matched == got.Trace[at].Matched {
					at++
				}
				t.Fatalf("list %d, on %+v (-plain +compiled):\n%s\nthe first other one is\n%s", i, facts, cmp.Diff(want, got), strings.Join(explained.Trace[at].Why, "\n"))
			}
			for j := range explained.Trace {
				checkWhy(t, &rules[j], explained.Trace[j])
				explained.Trace[j].Why = nil
			}
			if !reflect.DeepEqual(want, explained) {
				t.Fatalf("list %d, explained (-plain +compiled):\n%s", i, cmp.Diff(want, explained))
			}
		}
	}
	t.Logf("%d lists with 2 mails each: %v", n, hits)
	everyKind(t, hits, list, n)
}

// everyKind fails for what never held, or was never asked in vain.
func everyKind(t *testing.T, hits map[string]int, list []string, n int) {
	want := []string{"matched", "done", "stop", "own effects", "raised", "any", "not any", "all", "not all", "not", "not not"}
	for _, effect := range []string{"priority", "desk", "level", "template", "tags", "notify", "forward", "note", "page", "hold", "junk", "target", "assignee"} {
		want = append(want, "then."+effect)
	}
	for _, kind := range list {
		var c Condition
		kinds[kind](gen{rand.New(rand.NewPCG(1, 2))}, &c)
		forms := []string{""}
		switch kind {
		case "subject", "words", "sender", "name", "recipient", "customer", "level", "desk", "tags", "language", "header", "scanner":
			forms = []string{".contains", ".glob", ".is", ".regexp"}
		case "attachment":
			forms = []string{"", ".name.contains", ".name.glob", ".name.is", ".name.regexp", ".type.contains", ".size"}
		case "status", "sender_auth":
			forms = []string{".is"}
		}
		for _, form := range forms {
			want = append(want, kind+form, "not "+kind+form)
		}
	}
	for _, kind := range want {
		if hits[kind] < max(1, n/1000) {
			t.Errorf("%s: only %d times", kind, hits[kind])
		}
	}
}

var whyLine = regexp.MustCompile(`^( *)(any|all|not)?(?:: |.*?: )(true|false)`)

// checkWhy works the truth of a rule out from the lines that explain it.
func checkWhy(t *testing.T, r *Rule, trace Trace) {
	t.Helper()
	lines := trace.Why
	var read func(depth int) (truths []bool)
	read = func(depth int) (truths []bool) {
		for len(lines) > 0 {
			m := whyLine.FindStringSubmatch(lines[0])
			if m == nil {
				t.Fatalf("a line without truth: %q", lines[0])
			}
			if len(m[1]) < 2*depth {
				return truths
			}
			line, is := lines[0], m[3] == "true"
			lines = lines[1:]
			if below := read(depth + 1); len(below) > 0 {
				want := is && !slices.Contains(below, false) // of an attached file
				switch m[2] {
				case "any":
					want = slices.Contains(below, true)
				case "all":
					want = !slices.Contains(below, false)
				case "not":
					want = len(below) == 1 && !below[0]
				}
				if want != is {
					t.Fatalf("%q does not follow from what is below it:\n%s", line, strings.Join(trace.Why, "\n"))
				}
			}
			truths = append(truths, is)
		}
		return truths
	}
	if top := read(0); len(top) != 1 || top[0] != trace.Matched {
		t.Fatalf("rule %s matched is %t, and its lines say %v:\n%s", r.Name, trace.Matched, top, fmt.Sprint(strings.Join(trace.Why, "\n")))
	}
}
