package config

import (
	"slices"

	"golang.org/x/text/language"

	"supportgw/rules"
)

// rules reports what package rules says, and names that lead nowhere.
func (c *checker) rules() {
	c.ruleNames()
	set, problems := rules.Compile(c.Rules)
	c.RuleSet = set
	say := c.theirs()
	for _, p := range problems {
		if p.Field == "then" && c.wrongPart(p.Rule) {
			continue // what is wrong there may be the effect
		}
		say(join(element("rule", p.Rule), p.Field), p.Text)
	}
	for i := range c.Rules {
		rule, path := &c.Rules[i], element("rule", i)
		if rule.If != nil {
			c.condition(path+".if", rule.If, 0)
		}
		c.effects(path+".then", &rule.Then)
		if rule.FollowUp != nil {
			c.effects(path+".follow_up", rule.FollowUp)
		}
	}
}

// condition checks languages. What else the conditions name cannot be checked: parts
// of names and patterns may be meant.
func (c *checker) condition(path string, cond *rules.Condition, depth int) {
	if depth > rules.MaxDepth {
		return
	}
	for i := range cond.Any {
		c.condition(element(path+".any", i), &cond.Any[i], depth+1)
	}
	for i := range cond.All {
		c.condition(element(path+".all", i), &cond.All[i], depth+1)
	}
	if cond.Not != nil {
		c.condition(path+".not", cond.Not, depth+1)
	}
	if cond.Language == nil {
		return
	}
	for _, tag := range slices.Concat(cond.Language.Contains, cond.Language.Is) {
		if _, err := language.Parse(tag); err != nil && tag != "" && !c.has(path+".language") {
			c.at(path+".language", `is not a language tag (got %q); write one like "en", "de" or "pt-BR"`, tag)
		}
	}
}

// wrongPart reports whether stop, or a key of a rule that does not exist, was refused.
func (c *checker) wrongPart(rule int) bool {
	path := element("rule", rule)
	for p := range c.seen {
		if parent(p) == path && p != path+".name" && p != path+".if" {
			return true
		}
	}
	return false
}
