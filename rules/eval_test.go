package rules

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const storyRules = `
	[[rule]]
	name = "everything"
	then = { priority = "normal", tags = ["mail"] }

	[[rule]]
	name = "production-down"
	if.words = ["production down", "outage"]
	then = { priority = "urgent", target = "30m", tags = ["outage", "mail"], page = true }

	[[rule]]
	name = "newsletters"
	if.sender = { glob = ["*@news.example", "noreply@*"] }
	then = { priority = "low", page = false }
	stop = true

	[[rule]]
	name = "premium-invoices"
	then = { desk = "billing", assignee = "ben@example.com", tags = ["invoice"] }
	[rule.if]
	level = { is = "premium" }
	any = [
	  { subject = "invoice" },
	  { words = { regexp = '(?i)\binv-\d{6}\b' } },
	]
	not = { sender = { glob = "*@partner.example" } }

	[[rule]]
	name = "nobody-known"
	if = { customer = { is = "" }, desk = "support" }
	then = { target = "4h", desk = "front" }
`

func TestVerdict(t *testing.T) {
	set, problems := load(t, storyRules)
	if problems != nil {
		t.Fatal(problems)
	}
	tests := []struct {
		name  string
		facts Facts
		want  Verdict
		rules string // those that matched
	}{
		{
			"only the first", Facts{Subject: "hello", Words: "hello", Customer: "Acme", Desk: "support"},
			Verdict{Priority: "normal", Tags: []string{"mail"}}, "everything",
		},
		{
			"a later rule overrides what it sets; tags add up once",
			Facts{Words: "PRODUCTION\r\ndown!", Customer: "Acme"},
			Verdict{Priority: "urgent", Tags: []string{"mail", "outage"}, Target: 30 * time.Minute, Page: true}, "everything production-down",
		},
		{
			"stop ends the list; page stays", Facts{Words: "an outage", Sender: "noreply@x.example", Level: "premium", Subject: "invoice"},
			Verdict{Priority: "low", Tags: []string{"mail", "outage"}, Target: 30 * time.Minute, Page: true}, "everything production-down newsletters",
		},
		{
			"nested, by regexp", Facts{Words: "about Inv-123456.", Level: "Premium", Customer: "Acme", Sender: "a@b.example"},
			Verdict{Priority: "normal", Tags: []string{"mail", "invoice"}, Desk: "billing", Assignee: Assignee{Agent: "ben@example.com"}}, "everything premium-invoices",
		},
		{
			"nested, refused by not", Facts{Subject: "Invoice", Level: "premium", Customer: "Acme", Sender: "a@partner.example"},
			Verdict{Priority: "normal", Tags: []string{"mail"}}, "everything",
		},
		{
			"the last desk wins", Facts{Subject: "Invoice", Level: "premium", Desk: "support"},
			Verdict{Priority: "normal", Tags: []string{"mail", "invoice"}, Desk: "front", Assignee: Assignee{Agent: "ben@example.com"}, Target: 4 * time.Hour},
			"everything premium-invoices nobody-known",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := set.Eval(tt.facts)
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(Verdict{}, "Trace")); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			var matched []string
			for _, trace := range got.Trace {
				if trace.Matched {
					matched = append(matched, trace.Rule)
				}
				if trace.Why != nil {
					t.Errorf("Eval says why: %q", trace.Why)
				}
			}
			if got := strings.Join(matched, " "); got != tt.rules {
				t.Errorf("matched %s, want %s", got, tt.rules)
			}
			sameVerdict(t, got, set.Explain(tt.facts))
		})
	}
}

func sameVerdict(t failer, eval, explain Verdict) {
	t.Helper()
	if diff := cmp.Diff(eval, explain, cmpopts.IgnoreFields(Trace{}, "Why")); diff != "" {
		t.Fatalf("Eval and Explain differ (-eval +explain):\n%s", diff)
	}
	for _, trace := range explain.Trace {
		if len(trace.Why) == 0 {
			t.Fatalf("Explain has no reason for %q", trace.Rule)
		}
	}
}

func TestNoRules(t *testing.T) {
	var none *Set
	empty, problems := Compile(nil)
	if problems != nil {
		t.Fatal(problems)
	}
	for _, set := range []*Set{none, empty} {
		if diff := cmp.Diff(Verdict{}, set.Explain(Facts{Words: "a"})); diff != "" {
			t.Errorf("verdict (-want +got):\n%s", diff)
		}
	}
}

func TestSetKeepsItsOwnTags(t *testing.T) {
	list := []Rule{{Name: "a", Then: Effects{Tags: []string{"one"}}}}
	set, _ := Compile(list)
	list[0].Then.Tags[0] = "changed"
	first := set.Eval(Facts{})
	first.Tags[0] = "changed"
	if got := set.Eval(Facts{}).Tags; got[0] != "one" {
		t.Errorf("tags = %q", got)
	}
}

func TestLimits(t *testing.T) {
	set, problems := load(t, `
		[[rule]]
		name = "phrase"
		if.words = "needle"
		then.page = true
		[[rule]]
		name = "regexp"
		if.words.regexp = "needle"
		then.page = true
	`)
	if problems != nil {
		t.Fatal(problems)
	}
	at := func(n int) string { return strings.Repeat("x", n-7) + " needle" }
	for _, tt := range []struct {
		end            int
		phrase, regexp bool
	}{
		{MaxRegexpBytes, true, true},
		{MaxRegexpBytes + 1, true, false},
		{MaxTextBytes, true, false},
		{MaxTextBytes + 1, false, false},
	} {
		got := set.Eval(Facts{Words: at(tt.end)})
		if got.Trace[0].Matched != tt.phrase || got.Trace[1].Matched != tt.regexp {
			t.Errorf("ending at %d: phrase %t, regexp %t; want %t, %t", tt.end, got.Trace[0].Matched, got.Trace[1].Matched, tt.phrase, tt.regexp)
		}
	}
	if got := cut("aé本", 2); got != "a" {
		t.Errorf("cut in a character = %q", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	list := benchRules(300, true)
	set, _ := Compile(list)
	facts := []Facts{benchFacts(), {Words: "error code 7", Sender: "x@customer15.example"}, {}}
	var want []Verdict
	for i := range facts {
		want = append(want, set.Eval(facts[i]))
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 40 {
				k := (i + j) % len(facts)
				if diff := cmp.Diff(want[k], set.Eval(facts[k])); diff != "" {
					t.Errorf("verdict (-alone +together):\n%s", diff)
				}
			}
		})
	}
	wg.Wait()
}

func TestEvalAllocations(t *testing.T) {
	set, _ := Compile(benchRules(300, true))
	facts := benchFacts()
	// The trace, the tags, and now and then a new scratch after a collection.
	if n := testing.AllocsPerRun(50, func() { set.Eval(facts) }); n > 4 && !raceEnabled {
		t.Errorf("Eval allocates %.0f times", n)
	}
}

// TestCustomerAlso: what is asked of the customer holds for each of its names, in each
// form, and what is said of it names the one that it holds for.
func TestCustomerAlso(t *testing.T) {
	for form, m := range map[string]*Match{
		"contains": {Contains: []string{"acme"}}, "glob": {Glob: []string{"acme*"}}, "is": {Is: []string{"ACME ag"}}, "regexp": {Regexp: "^Acme"},
	} {
		set, problems := Compile([]Rule{{Name: "theirs", If: &Condition{Customer: m}, Stop: true}, {Name: "others", If: &Condition{Not: &Condition{Customer: m}}, Stop: true}})
		if problems != nil {
			t.Fatal(problems)
		}
		for _, c := range []struct {
			also []string
			want bool
		}{{[]string{"Road Runner", "Acme AG"}, true}, {[]string{"Acme AG"}, true}, {[]string{"Road Runner"}, false}, {nil, false}} {
			f := Facts{Customer: "Spectra Lab", CustomerAlso: c.also}
			if got := set.Eval(f).Trace[0].Matched; got != c.want {
				t.Errorf("%s, also called %q: %t", form, c.also, got)
			}
			v := set.Explain(f)
			if v.Trace[0].Matched != c.want || !c.want && !v.Trace[1].Matched {
				t.Errorf("%s, also called %q: explained %+v", form, c.also, v.Trace)
			}
			if why := strings.ToLower(strings.Join(v.Trace[0].Why, "\n")); c.want && (form == "contains" || form == "regexp") && !strings.Contains(why, `in "acme ag"`) {
				t.Errorf("%s: %s", form, why)
			}
		}
		if set.Eval(Facts{Subject: "Acme AG", CustomerAlso: []string{"x"}}).Trace[0].Matched {
			t.Errorf("%s: another text", form)
		}
	}
}
