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
		}
		if rule.If == nil && rule.Stop && i+1 < len(w.Rules) {
			w.at(element("rule", i+1), "no mail comes to this rule: %s has stop = true and no condition; write it further up", path)
			return
		}
	}
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
