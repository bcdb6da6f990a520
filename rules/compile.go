package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// atomKey tells atoms apart.
type atomKey struct {
	field   field
	form    form
	pattern string
}

// compiler collects what is shared by all rules, and what is wrong.
type compiler struct {
	set      *Set
	known    map[atomKey]int32
	rule     int
	problems []Problem
}

// Compile checks the rules and makes them ready. All problems are reported,
// in the order of the rules; when there is one the set is nil. The rules
// may be changed afterwards without effect on the set.
func Compile(list []Rule) (*Set, []Problem) {
	c := &compiler{set: &Set{}, known: make(map[atomKey]int32)}
	names := make(map[string]bool)
	for i := range list {
		rule := &list[i]
		c.rule = i
		c.name(rule.Name, names)
		out := compiled{name: rule.Name, then: rule.Then, stop: rule.Stop}
		out.then.Tags = slices.Clone(rule.Then.Tags)
		if rule.If != nil {
			cond := c.condition("if", rule.If, 1)
			out.cond = &cond
		}
		c.effects(rule)
		c.set.rules = append(c.set.rules, out)
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	c.set.finish()
	return c.set, nil
}

func (c *compiler) problem(field, format string, args ...any) {
	c.problems = append(c.problems, Problem{Rule: c.rule, Field: field, Text: fmt.Sprintf(format, args...)})
}

func (c *compiler) name(name string, names map[string]bool) {
	switch {
	case strings.TrimSpace(name) == "":
		c.problem("name", `the rule has no name; write one that says what it is for, like name = "production-down"`)
	case strings.ContainsFunc(name, unicode.IsControl):
		c.problem("name", "the name %q has a line end or another control character; write it on one line", name)
	case names[name]:
		c.problem("name", "the name %q is taken by an earlier rule; give each rule its own", name)
	}
	names[name] = true
}

func (c *compiler) effects(rule *Rule) {
	then := &rule.Then
	switch then.Priority {
	case "", "low", "normal", "high", "urgent":
	default:
		near := nearest(then.Priority, "low", "normal", "high", "urgent")
		if near != "" {
			c.problem("then.priority", "there is no priority %q; write %q", then.Priority, near)
		} else {
			c.problem("then.priority", `there is no priority %q; write "low", "normal", "high" or "urgent"`, then.Priority)
		}
	}
	for i, tag := range then.Tags {
		if strings.TrimSpace(tag) == "" || strings.ContainsFunc(tag, unicode.IsControl) {
			c.problem(fmt.Sprintf("then.tags[%d]", i), "the tag %q has no letters or a control character; write a word, or leave it out", tag)
		}
	}
	switch {
	case then.Target < 0:
		c.problem("then.target", `a target cannot be negative (got %s); write the working time to answer in, like "30m" or "8h"`, then.Target)
	case then.Target != 0 && then.Target < time.Second:
		c.problem("then.target", `a target of %s is too short, or its unit is missing; write it as a string with a unit, like "30m" or "8h"`, then.Target)
	}
	if then.Priority == "" && len(then.Tags) == 0 && then.Desk == "" && then.Target == 0 &&
		!then.Page && then.Assignee.IsZero() && !rule.Stop {
		c.problem("then", "the rule does nothing; give it an effect, like priority = \"high\", or stop = true")
	}
}
