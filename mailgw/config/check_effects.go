package config

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"supportgw/rules"
)

// effects reports names that a rule's effects give and nobody has.
func (c *checker) effects(path string, e *rules.Effects) {
	if e.Desk != "" {
		c.known(path+".desk", "desk", e.Desk, deskNames(c.Desks))
	}
	if e.Level != "" {
		c.known(path+".level", "level", e.Level, levelNames(c.Levels))
	}
	for k, who := range e.Notify {
		c.agentExists(element(path+".notify", k), who)
	}
	c.assignee(path+".assignee", &e.Assignee)
	for k, addr := range e.Forward {
		at := element(path+".forward", k)
		if c.address(at, addr) && c.isOurs(addr) {
			c.at(at, "is an address of ours, so the mail would come in again (got %q); write desk or notify instead, or an address elsewhere", addr)
		}
	}
}

// isOurs reports whether mail to an address comes to one of the desks.
func (c *checker) isOurs(addr string) bool {
	return slices.ContainsFunc(c.Desks, func(d Desk) bool {
		return strings.EqualFold(d.Address, addr) || strings.EqualFold(d.ReplyAddress, addr) ||
			slices.ContainsFunc(d.Aliases, func(a string) bool { return strings.EqualFold(a, addr) })
	})
}

// assignee reports agents and skills that nobody has.
func (c *checker) assignee(path string, a *rules.Assignee) {
	if a.Agent != "" {
		at := path
		if c.given(path + ".agent") {
			at += ".agent"
		}
		c.agentExists(at, a.Agent)
	}
	for k, who := range a.Among {
		c.agentExists(element(path+".among", k), who)
	}
	var skills []string
	spoken := false
	for i := range c.Agents {
		skills = append(skills, c.Agents[i].Skills...)
		spoken = spoken || len(c.Agents[i].Languages) > 0
	}
	for k, skill := range a.Skills {
		if !slices.Contains(skills, skill) && !c.seen["agent"] {
			c.at(element(path+".skills", k), "no [[agent]] has that skill (got %q); write %s", skill,
				suggest(skill, skills, "it into the skills of those who have it: skills = ["+strconv.Quote(skill)+"]"))
		}
	}
	if a.Language && !spoken && !c.seen["agent"] {
		c.at(path+".language", `no [[agent]] says what they speak, so nobody can be chosen by it; write languages = ["en"] there`)
	}
}

// knows looks at what is said of an agent for the rules that look for one.
func (c *checker) knows(path string, a *Agent) {
	for k, skill := range a.Skills {
		if strings.TrimSpace(skill) == "" {
			c.at(element(path+".skills", k), "has no letters (got %q); write a word, or leave it out", skill)
		}
	}
	for k, tag := range a.Languages {
		if _, err := language.Parse(tag); err != nil {
			c.at(element(path+".languages", k), `is not a language tag (got %q); write one like "en", "de" or "pt-BR"`, tag)
		}
	}
	switch {
	case a.StandIn == "":
	case strings.EqualFold(a.StandIn, a.Address):
		c.at(path+".stand_in", "is the person's own address (got %q); write that of another [[agent]], or leave it out", a.StandIn)
	default:
		c.agentExists(path+".stand_in", a.StandIn)
	}
}
