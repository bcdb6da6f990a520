package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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
		out := compiled{name: rule.Name, stop: rule.Stop}
		out.then = rule.Then.clone()
		if rule.FollowUp != nil {
			next := rule.FollowUp.clone()
			out.next = &next
		}
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

// clone copies what the caller might change.
func (e *Effects) clone() Effects {
	out := *e
	out.Tags, out.Notify, out.Forward = slices.Clone(e.Tags), slices.Clone(e.Notify), slices.Clone(e.Forward)
	out.Assignee.Among, out.Assignee.Skills = slices.Clone(e.Assignee.Among), slices.Clone(e.Assignee.Skills)
	return out
}

// isZero reports whether nothing is done.
func (e *Effects) isZero() bool {
	return e.Priority == "" && len(e.Tags) == 0 && e.Desk == "" && e.Level == "" && e.Target == 0 && e.Template == "" &&
		!e.Page && e.Assignee.IsZero() && len(e.Notify) == 0 && e.Note == "" && len(e.Forward) == 0 && !e.Hold && !e.Junk
}

func (c *compiler) effects(rule *Rule) {
	c.does("then", &rule.Then)
	if rule.FollowUp != nil {
		c.does("follow_up", rule.FollowUp)
		if rule.FollowUp.isZero() && rule.Then.isZero() && !rule.Stop {
			c.problem("follow_up", "the rule does nothing; give it an effect, like priority = \"high\", or stop = true")
		}
		return
	}
	if rule.Then.isZero() && !rule.Stop && !rule.Then.Assignee.given {
		c.problem("then", "the rule does nothing; give it an effect, like priority = \"high\", or stop = true")
	}
}

// does checks one set of effects.
func (c *compiler) does(path string, then *Effects) {
	switch then.Priority {
	case "", "low", "normal", "high", "urgent":
	default:
		near := nearest(then.Priority, priorities[:]...)
		if near != "" {
			c.problem(path+".priority", "there is no priority %q; write %q", then.Priority, near)
		} else {
			c.problem(path+".priority", `there is no priority %q; write "low", "normal", "high" or "urgent"`, then.Priority)
		}
	}
	for i, tag := range then.Tags {
		if strings.TrimSpace(tag) == "" || strings.ContainsFunc(tag, unicode.IsControl) {
			c.problem(fmt.Sprintf("%s.tags[%d]", path, i), "the tag %q has no letters or a control character; write a word, or leave it out", tag)
		}
	}
	switch {
	case then.Target < 0:
		c.problem(path+".target", `a target cannot be negative (got %s); write the working time to answer in, like "30m" or "8h"`, then.Target)
	case then.Target != 0 && then.Target < time.Second:
		c.problem(path+".target", `a target of %s is too short, or its unit is missing; write it as a string with a unit, like "30m" or "8h"`, then.Target)
	}
	if utf8.RuneCountInString(then.Note) > MaxPatternRunes {
		c.problem(path+".note", "the note has more than %d characters; write a shorter one, and put the rest where agents find it", MaxPatternRunes)
	}
	if then.Note != "" && strings.TrimSpace(then.Note) == "" {
		c.problem(path+".note", "the note has no words; write some, or leave it out")
	}
	if t := then.Template; t != "" && strings.ContainsFunc(t, notInName) {
		c.problem(path+".template", "the name of a template has lower-case letters, digits, - and _ only (got %q); write one like \"outage\"", t)
	}
	c.assignee(path+".assignee", &then.Assignee)
	if rest := *then; then.Junk {
		rest.Junk = false
		if !rest.isZero() {
			c.problem(path+".junk", "a mail in the junk opens no ticket, so the other effects do nothing; write junk = true alone, or leave it out")
		}
	}
}

// notInName says that the name of a template, which is part of a file's, cannot have it.
func notInName(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// assignee checks whom a rule gives a ticket to.
func (c *compiler) assignee(path string, a *Assignee) {
	c.refused(path, a.wrong)
	switch a.By {
	case "", "least_loaded", "round_robin":
	default:
		if near := nearest(a.By, "least_loaded", "round_robin"); near != "" {
			c.problem(path+".by", "there is no way %q to find somebody; write %q", a.By, near)
		} else {
			c.problem(path+".by", `there is no way %q to find somebody; write "least_loaded" or "round_robin"`, a.By)
		}
	}
	chosen := len(a.Among) > 0 || len(a.Skills) > 0 || a.Language
	switch {
	case a.Agent != "" && a.By != "":
		c.problem(path+".by", "either the agent is named or one is found; write agent or by, not both")
	case a.Agent != "" && chosen:
		c.problem(path, "the agent is named, so there is nobody to choose from; write by in place of agent, or leave out among, skills and language")
	case a.Agent == "" && a.By == "" && (chosen || a.given && len(a.wrong) == 0):
		c.problem(path, `nobody is named and none is looked for; write by = "least_loaded", or agent`)
	}
}
