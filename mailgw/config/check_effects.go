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
		if !c.address(at, addr) {
			continue
		}
		if d := c.deskOf(addr); d != nil {
			c.at(at, "is an address of ours, so the mail would come in again (got %q); write desk = %q to give it to that desk", addr, d.Name)
		}
	}
}

// deskOf is the desk to which mail to an address comes, with or without what may stand
// behind a + before the @; nil when it goes elsewhere.
func (c *checker) deskOf(addr string) *Desk {
	if d := c.DeskByAddress(addr); d != nil {
		return d
	}
	local, _, _ := strings.Cut(addr[:strings.LastIndexByte(addr, '@')], "+")
	return c.DeskByAddress(local + "@" + domainOf(addr))
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
	if !c.seen["agent"] && !c.has(path) {
		c.able(path, a)
	}
}

// able reports skills and languages by which nobody is found.
func (c *checker) able(path string, a *rules.Assignee) {
	var skills []string
	together, spoken := false, false // somebody has all that is asked, or says a language
	for i := range c.Agents {
		who := &c.Agents[i]
		if len(a.Among) > 0 && !slices.ContainsFunc(a.Among, func(addr string) bool { return strings.EqualFold(addr, who.Address) }) {
			continue
		}
		skills = append(skills, who.Skills...)
		spoken = spoken || len(who.Languages) > 0
		together = together || !slices.ContainsFunc(a.Skills, func(s string) bool { return !slices.Contains(who.Skills, s) })
	}
	for k, skill := range a.Skills {
		if !slices.Contains(skills, skill) {
			c.at(element(path+".skills", k), "no agent to choose from has that skill (got %q); write %s", skill,
				suggest(skill, skills, "it into the skills of those who have it: skills = ["+strconv.Quote(skill)+"]"))
			together = true // it has been said
		}
	}
	if !together {
		c.at(path+".skills", "no agent to choose from has all of these skills, so nobody is found (got %s); write fewer of them, or give all to one in skills of [[agent]]", list(a.Skills))
	}
	if a.Language && !spoken {
		c.at(path+".language", `no agent to choose from says what they speak, so nobody is found by it; write languages = ["en"] in [[agent]]`)
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
	c.reviews(path+".review_by", a)
}

// reviews checks that somebody else reads an agent's answers, and that in the end there
// is one whose own leave by themselves.
func (c *checker) reviews(path string, a *Agent) {
	switch {
	case a.ReviewBy == "":
		return
	case strings.EqualFold(a.ReviewBy, a.Address):
		c.at(path, "is the person's own address (got %q); write that of another [[agent]], or leave it out", a.ReviewBy)
		return
	}
	c.agentExists(path, a.ReviewBy)
	for by, n := c.Agent(a.ReviewBy), 0; by != nil && n < len(c.Agents); by, n = c.Agent(by.ReviewBy), n+1 {
		if strings.EqualFold(by.ReviewBy, a.Address) {
			c.at(path, "goes around in a ring, so nobody's answers leave by themselves (got %q); leave it out for one of them", a.ReviewBy)
			return
		}
	}
}
