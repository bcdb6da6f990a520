package mailgw

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/rules"
)

// compared is one key of what is expected.
type compared struct {
	key       string
	want, got string // as TOML; want "" is not asked
	sets      func(*rules.Effects) bool
	would     func(*rules.Effects) bool // sets what is wanted
}

// failures runs the test and compares what is asked. Reasons are looked for only when
// something fails: they cost more than the test.
func (r *ruleTest) failures() ([]RuleFailure, error) {
	d, err := r.decide(false)
	if err != nil || len(r.wrong(d)) == 0 {
		return nil, err
	}
	if d, err = r.decide(true); err != nil {
		return nil, err
	}
	return r.wrong(d), nil
}

// wrong is what is not as it should be.
func (r *ruleTest) wrong(d *decision) []RuleFailure {
	var out []RuleFailure
	fail := func(key, want, got, why string) {
		text := fmt.Sprintf("test %q fails: expected %s, came %s; %s", r.test.Name, want, got, why)
		out = append(out, RuleFailure{Problem: r.s.ProblemOfTest(r.index, key, text), Test: r.test.Name, Key: strings.TrimPrefix(key, "expect."), Want: want, Got: got, Why: why})
	}
	for _, c := range r.effects(d) {
		if c.want != "" && c.want != c.got {
			fail("expect."+c.key, c.want, c.got, r.why(d, &c))
		}
	}
	matched := map[string]bool{}
	for _, t := range d.verdict.Trace {
		matched[t.Rule] = t.Matched
	}
	for k, name := range r.test.Expect.Rules {
		if !matched[name] {
			fail(fmt.Sprintf("expect.rules[%d]", k), strconv.Quote(name), "no match", r.whyNot(d, name))
		}
	}
	for k, name := range r.test.Expect.NotRules {
		if matched[name] {
			fail(fmt.Sprintf("expect.not_rules[%d]", k), "no match of "+strconv.Quote(name), "a match", whyMatched(d, name))
		}
	}
	return out
}

// effects is what can be expected of the ticket and of the verdict.
func (r *ruleTest) effects(d *decision) []compared {
	e, v := &r.test.Expect, &d.verdict
	target := `"none"`
	if d.target.Answer > 0 {
		target = strconv.Quote(shortDuration(d.target.Answer))
	}
	wantTarget := ""
	if e.Target > 0 {
		wantTarget = strconv.Quote(shortDuration(e.Target))
	}
	return []compared{
		{"priority", quotedIf(e.Priority), strconv.Quote(string(d.ticket.Priority)), func(x *rules.Effects) bool { return x.Priority != "" }, func(x *rules.Effects) bool { return x.Priority == e.Priority }},
		{"tags", setOf(e.Tags), setOf(orEmpty(d.ticket.Tags)), func(x *rules.Effects) bool { return x.Tags != nil }, anyOf(e.Tags, func(x *rules.Effects) []string { return x.Tags })},
		{"desk", quotedIf(e.Desk), strconv.Quote(d.ticket.Desk), func(x *rules.Effects) bool { return x.Desk != "" }, func(x *rules.Effects) bool { return x.Desk == e.Desk }},
		{"assignee", quotedAt(e.Assignee), strconv.Quote(d.ticket.Assignee), func(x *rules.Effects) bool { return !x.Assignee.IsZero() }, func(x *rules.Effects) bool { return !x.Assignee.IsZero() }},
		{"level", quotedIf(e.Level), strconv.Quote(d.ticket.Level), func(x *rules.Effects) bool { return x.Level != "" }, func(x *rules.Effects) bool { return x.Level == e.Level }},
		{"target", wantTarget, target, func(x *rules.Effects) bool { return x.Target != 0 }, func(x *rules.Effects) bool { return x.Target == e.Target }},
		{"template", quotedAt(e.Template), strconv.Quote(v.Template), func(x *rules.Effects) bool { return x.Template != "" }, func(x *rules.Effects) bool { return e.Template != nil && x.Template == *e.Template }},
		{"page", saidAt(e.Page), strconv.FormatBool(d.paged), func(x *rules.Effects) bool { return x.Page }, func(x *rules.Effects) bool { return x.Page }},
		{"notify", setOf(e.Notify), setOf(orEmpty(v.Notify)), func(x *rules.Effects) bool { return x.Notify != nil }, anyOf(e.Notify, func(x *rules.Effects) []string { return x.Notify })},
		{"note", setOf(e.Note), setOf(orEmpty(v.Notes)), func(x *rules.Effects) bool { return x.Note != "" }, anyOf(e.Note, func(x *rules.Effects) []string { return []string{x.Note} })},
		{"hold", saidAt(e.Hold), strconv.FormatBool(v.Hold), func(x *rules.Effects) bool { return x.Hold }, func(x *rules.Effects) bool { return x.Hold }},
		{"forward", setOf(e.Forward), setOf(orEmpty(v.Forward)), func(x *rules.Effects) bool { return x.Forward != nil }, anyOf(e.Forward, func(x *rules.Effects) []string { return x.Forward })},
		{"junk", saidAt(e.Junk), strconv.FormatBool(v.Junk), func(x *rules.Effects) bool { return x.Junk }, func(x *rules.Effects) bool { return x.Junk }},
	}
}

// shortDuration is one without its zero parts: 8h, not 8h0m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func quotedIf(s string) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(s)
}

func quotedAt(s *string) string {
	if s == nil {
		return ""
	}
	return strconv.Quote(*s)
}

func saidAt(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}

// setOf is a list in one order, each member once; "" of nil, which asks nothing.
func setOf(list []string) string {
	if list == nil {
		return ""
	}
	return config.Members(slices.Compact(slices.Sorted(slices.Values(list))))
}

// anyOf holds for effects that give one of the texts.
func anyOf(want []string, of func(*rules.Effects) []string) func(*rules.Effects) bool {
	return func(x *rules.Effects) bool {
		return slices.ContainsFunc(of(x), func(s string) bool { return slices.Contains(want, s) })
	}
}

// why says which rule has set a thing, else which one would have set what is wanted.
func (r *ruleTest) why(d *decision, c *compared) string {
	by, could := "", ""
	for _, t := range d.verdict.Trace {
		x := r.does(t.Rule)
		switch {
		case x == nil:
		case t.Matched && !t.Done && c.sets(x):
			by = t.Rule
		case could == "" && c.would(x):
			could = t.Rule
		}
	}
	switch {
	case by != "":
		return whyMatched(d, by)
	case could != "":
		return r.whyNot(d, could)
	}
	for i := range r.s.Rules {
		if x := r.does(r.s.Rules[i].Name); c.would(x) {
			return r.whyNot(d, r.s.Rules[i].Name)
		}
	}
	return "no rule sets it"
}

// does are a rule's effects on such a mail; nil when there is no such rule.
func (r *ruleTest) does(name string) *rules.Effects {
	for i := range r.s.Rules {
		rule := &r.s.Rules[i]
		switch {
		case rule.Name != name:
		case r.test.Mail.Status != "" && rule.FollowUp != nil:
			return rule.FollowUp
		default:
			return &rule.Then
		}
	}
	return nil
}

// whyMatched says on what a rule matched.
func whyMatched(d *decision, name string) string {
	for _, t := range d.verdict.Trace {
		if t.Rule == name {
			return fmt.Sprintf("rule %q matched%s", name, deciding(t.Why, "true"))
		}
	}
	return fmt.Sprintf("rule %q matched", name)
}

// whyNot says why a rule had no effect.
func (r *ruleTest) whyNot(d *decision, name string) string {
	last := ""
	for _, t := range d.verdict.Trace {
		switch last = t.Rule; {
		case t.Rule != name:
		case t.Done:
			return fmt.Sprintf("rule %q took effect on the ticket before", name)
		case t.Matched:
			return fmt.Sprintf("rule %q matched, and has no such effect on this mail%s", name, deciding(t.Why, "true"))
		default:
			return fmt.Sprintf("rule %q did not match%s", name, deciding(t.Why, "false"))
		}
	}
	return fmt.Sprintf("rule %q was not looked at: rule %q stopped", name, last)
}

// deciding is the first line about one text or number that was answered so: those of
// groups say less.
func deciding(why []string, answer string) string {
	group := ""
	for _, line := range why {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasSuffix(line, ": "+answer):
			if group == "" {
				group = ": " + line
			}
		case strings.Contains(line, ": "+answer):
			return ": " + line
		}
	}
	return group
}
