package config

import "supportgw/rules"

// rules looks for rules that nothing ever reaches, and for conditions about
// names that nobody has.
func (w *warner) rules() {
	if bytes, rule := w.RuleSet.Reach(); bytes < rules.MaxRegexpBytes/4 {
		w.at(element("rule", rule), "the regexps that spell nothing out would take too long together: in a long mail each sees only its first %d bytes; "+
			"write into the pattern a word that has to be there, or use contains", bytes)
	}
	for i := range w.Rules {
		rule, path := &w.Rules[i], element("rule", i)
		if rule.If != nil {
			w.condition(path+".if", rule.If)
			w.kindOfMail(path, rule)
		}
		if rule.If == nil && rule.Stop && i+1 < len(w.Rules) {
			w.at(element("rule", i+1), "no mail comes to this rule: %s has stop = true and no condition; write it further up", path)
			return
		}
	}
}

// kindOfMail warns of effects for one kind of mail in a rule for the other.
func (w *warner) kindOfMail(path string, rule *rules.Rule) {
	opens, later := true, true // such mails can match
	only(rule.If, &opens, &later)
	switch {
	case !opens && !later:
		w.at(path+".if", "a mail that opens a ticket has no status, and this is asked of such a mail, so it never holds; write follow_up = true, or leave it out")
	case !later && rule.FollowUp != nil:
		w.at(path+".follow_up", "it is for mails that go onto a ticket, and the condition for those that open one; write it in then")
	case !opens && rule.FollowUp == nil:
		if never := onlyNew(&rule.Then); len(never) > 0 {
			w.at(path+".then", "%s: only for mails that open a ticket, and the condition is for those that go onto one; write follow_up = { … } for what happens then", list(never))
		}
	}
}

// only takes away the kinds of mails for which a condition cannot hold.
func only(c *rules.Condition, opens, later *bool) {
	if c.FollowUp != nil {
		*opens, *later = *opens && !*c.FollowUp, *later && *c.FollowUp
	}
	if c.Status != nil && !holds(rules.Condition{Status: c.Status}, rules.Facts{}) {
		*opens = false
	}
	for i := range c.All {
		only(&c.All[i], opens, later)
	}
	some, others := len(c.Any) == 0, len(c.Any) == 0
	for i := range c.Any {
		o, l := true, true
		only(&c.Any[i], &o, &l)
		some, others = some || o, others || l
	}
	*opens, *later = *opens && some, *later && others
}

// onlyNew are the keys of effects that happen on new tickets only.
func onlyNew(e *rules.Effects) []string {
	var keys []string
	for _, of := range []struct {
		key   string
		given bool
	}{
		{"desk", e.Desk != ""}, {"level", e.Level != ""}, {"template", e.Template != ""}, {"assignee", !e.Assignee.IsZero()},
		{"notify", len(e.Notify) > 0}, {"note", e.Note != ""}, {"forward", len(e.Forward) > 0}, {"hold", e.Hold}, {"junk", e.Junk},
		{"page", e.Page && e.Priority == ""},
	} {
		if of.given {
			keys = append(keys, of.key)
		}
	}
	return keys
}

// condition looks at one condition and those in it. Under "not" a condition that
// never holds is as little meant as elsewhere.
func (w *warner) condition(path string, c *rules.Condition) {
	for i := range c.Any {
		w.condition(element(path+".any", i), &c.Any[i])
	}
	for i := range c.All {
		w.condition(element(path+".all", i), &c.All[i])
	}
	if c.Not != nil {
		w.condition(path+".not", c.Not)
	}
	var desks, customers []string
	for _, d := range w.Desks {
		desks = append(desks, d.Name)
	}
	for _, cu := range w.Customers {
		customers = append(customers, cu.Name)
	}
	w.names(path+".desk", "desk", rules.Condition{Desk: c.Desk}, desks, func(n string) rules.Facts { return rules.Facts{Desk: n} })
	w.names(path+".level", "level", rules.Condition{Level: c.Level}, levelNames(w.Levels), func(n string) rules.Facts { return rules.Facts{Level: n} })
	w.names(path+".customer", "customer", rules.Condition{Customer: c.Customer}, customers, func(n string) rules.Facts { return rules.Facts{Customer: n} })
}

// names warns when a condition holds for none of the names that there are, nor
// for "", which stands for an unknown customer.
func (w *warner) names(path, kind string, c rules.Condition, all []string, facts func(string) rules.Facts) {
	if c.Desk == nil && c.Level == nil && c.Customer == nil {
		return
	}
	for _, name := range append([]string{""}, all...) {
		if holds(c, facts(name)) {
			return
		}
	}
	w.at(path, "no %s is called that, so it never holds; write %s", kind, oneOf(all, "the name of one that is there"))
}

// holds says whether a condition holds; one that is wrong, which Parse has
// refused, does.
func holds(c rules.Condition, facts rules.Facts) bool {
	set, problems := rules.Compile([]rules.Rule{{Name: "asked", If: &c, Stop: true}})
	return len(problems) > 0 || set.Eval(facts).Trace[0].Matched
}
