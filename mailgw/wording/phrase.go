package wording

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// mustStay are the facts by which people act: a phrase that says one of them in
// the built-in words says it in an admin's own, too.
func mustStay() []string {
	return []string{"Told", "By", "Due", "NewDue", "Ticket", "Asks", "HeldID", "Omitted", "When", "Since", "Agent", "To"}
}

// signs are the commands by which package agent knows what is left of a notice
// among an agent's words, and keeps it from the customer: they stay as well.
func signs() []string { return []string{"#note", "#only"} }

// severalLines are the facts that may have line breaks. They have their place in
// the layouts, where words of others are marked as such; a phrase may only ask for them.
func severalLines() []string {
	return []string{"Again", "Also", "Attachments", "Emergency", "Excerpt", "Found", "Here", "History", "Items", "Matter", "MatterToo", "Needs", "Other", "Recipients", "Replies", "RuleNotes", "Signature", "Similar", "SoFar", "Text", "TooBig", "Unknown", "WhyCompany", "WhyPriority", "WhyTime", "Words", "WordsHTML"}
}

// onlyAsked are the facts that have no words of their own: they are for {{if}}; and
// links and the like, which have their place in the layouts.
func onlyAsked() []string {
	return append(stepFacts(), "All", "AllLink", "AlsoMails", "AlsoReopened", "AskAffected", "AskBlocked", "AskBoth", "AskCompany", "AskImpact", "AskedAffected", "AskedBlocked", "AskedBoth", "AskedImpact", "Before", "Broken", "Call", "Can", "CanAllLink", "CanLink", "CanMeLink", "CanReply", "CanSeveralLink", "Cannot", "CannotAllLink", "CannotLink", "CannotMeLink", "CannotSeveralLink", "Collision", "EmergencyFirst", "EmergencyLater", "GaveUp", "GoesNobody", "Gone", "Guard", "Hold", "ImpactBoth", "Lang", "Links", "Me", "MeLink", "Neutral", "No", "NoLink", "Nobody", "Number", "OnIt", "One", "Partly", "PartlyLink", "Passed", "PeopleAll", "PeopleOne", "PeopleSeveral", "Private", "PrivateLink", "Question", "Reply", "Returned", "Review", "Said", "SendLink", "SendTo", "Sent", "Several", "SeveralLink", "Sooner", "Stays", "Steps", "Stopped", "TakeBackLink", "TakeBackTo", "TakenBack", "Understood", "Undo", "UndoLink", "Unsent", "Urgent", "Where", "Yes", "YesLink")
}

// shows says whether a phrase may show a fact.
func shows(fact string) bool {
	return !slices.Contains(severalLines(), fact) && !slices.Contains(onlyAsked(), fact)
}

// usesOf is, for each phrase of a language, the views of the templates that say it.
func usesOf(t *tongue) (map[string][]view, error) {
	uses := make(map[string][]view)
	for template, facts := range t.bare() {
		c := compiler{trees: make(map[string]*parse.Tree)}
		if err := c.layouts(template+".text", template+".html", "mail.html"); err != nil {
			return nil, err
		}
		called := make(map[string]bool)
		for _, part := range []string{".subject", ".text", ".html"} {
			c.calls(template+part, called)
		}
		for name := range called {
			if _, phrase := t.data.Phrase[name]; phrase {
				uses[name] = append(uses[name], facts)
			}
		}
	}
	return uses, nil
}

// calls collects the named template, and all that it calls.
func (c *compiler) calls(name string, called map[string]bool) {
	if called[name] {
		return
	}
	called[name] = true
	if tree := c.trees[name]; tree != nil {
		c.callsOf(tree.Root, called)
	}
}

func (c *compiler) callsOf(list *parse.ListNode, called map[string]bool) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.TemplateNode:
			c.calls(n.Name, called)
		case *parse.IfNode:
			c.callsOf(n.List, called)
			c.callsOf(n.ElseList, called)
		}
	}
}

// compilePhrase makes the program of one phrase by itself, for templates that all
// have the facts.
func compilePhrase(name, text string, facts view) (program, error) {
	c := compiler{trees: make(map[string]*parse.Tree), facts: facts}
	if err := c.source(name, text); err != nil {
		_, said, _ := strings.Cut(err.Error(), "template: "+name+":1: ")
		return nil, errors.New(said)
	}
	if len(c.trees) != 1 || c.trees[name] == nil {
		return nil, errors.New("define is not for wording")
	}
	p, err := c.compile(name, 0)
	if inner := errors.Unwrap(err); inner != nil {
		err = inner // without the phrase's name, which is told beside it
	}
	return p, err
}

// braces is a fact as phrases write it.
func braces(fact string) string { return "{{." + fact + "}}" }

// sayable are the facts that a phrase may show, as it writes them, sorted.
func sayable(facts view) []string {
	var names []string
	for _, fact := range slices.Sorted(maps.Keys(facts)) {
		if shows(fact) {
			names = append(names, braces(fact))
		}
	}
	return names
}

// shared are the facts that all of the views have.
func shared(uses []view) view {
	facts := maps.Clone(uses[0])
	for _, v := range uses[1:] {
		maps.DeleteFunc(facts, func(name, _ string) bool { _, ok := v[name]; return !ok })
	}
	return facts
}

// check looks at one phrase: it must be a template of facts that are there, it must
// say something and what people act by, and nothing that we do not say.
func (f *ownFile) check(name, text string, uses []view) {
	path := []string{"phrase", name}
	facts := shared(uses)
	own, err := compilePhrase(name, text, facts)
	var unknown noFact
	switch {
	case errors.As(err, &unknown):
		f.wrong = append(f.wrong, Problem{File: f.name, Path: path, Text: "this phrase has no such fact (got " + braces(string(unknown)) + ")", Wrong: braces(string(unknown)), Names: sayable(facts)})
		return
	case err != nil:
		f.at(path, "is no template: %v (got %s); write {{.Fact}}, or {{if .Fact}}…{{else}}…{{end}}", err, shown(text))
		return
	}
	if fact := own.unfit(); fact != "" {
		f.at(path, "shows what only layouts can show, or nobody (got {{.%s}}); write {{if .%s}}…{{end}} to ask for it, or take it out", fact, fact)
		return
	}
	if found := Forbidden(text); found != nil {
		f.at(path, "says what mailgw does not say (got %q); write what will happen, and when", found[0])
		return
	}
	builtin, err := compilePhrase(name, f.tongue.data.Phrase[name], facts)
	if err != nil {
		f.at(path, "the built-in phrase cannot be read: %v; write to those who made this program", err)
		return
	}
	for _, v := range samples(facts) {
		if !f.compare(path, builtin.say(v), own.say(v), v) {
			return
		}
	}
}

// compare holds what an own phrase says of some facts to what the built-in one says.
func (f *ownFile) compare(path []string, builtin, own string, v view) bool {
	if strings.TrimSpace(own) == "" && strings.TrimSpace(builtin) != "" {
		f.at(path, `says nothing for some mails (got ""); write words that stand there whatever facts there are`)
		return false
	}
	for _, fact := range mustStay() {
		if v[fact] != "" && strings.Contains(builtin, v[fact]) && !strings.Contains(own, v[fact]) {
			f.at(path, "leaves out what the reader must know (got no {{.%s}}, or not always); write {{.%s}} where it belongs", fact, fact)
			return false
		}
	}
	for _, sign := range signs() {
		if strings.Contains(builtin, sign) && !strings.Contains(own, sign) {
			f.at(path, "leaves out what tells a quoted notice from an agent's words (got no %s, or not always); write %s where it belongs", sign, sign)
			return false
		}
	}
	if found := Forbidden(own); found != nil {
		f.at(path, "says what mailgw does not say (got %q); write what will happen, and when", found[0])
		return false
	}
	return true
}

// together looks at whole messages: phrases that stand beside each other must not
// say together what none of them may.
func (f *ownFile) together(t *tongue) {
	for template, facts := range t.bare() {
		all := samples(facts)[0]
		first := maps.Clone(all)
		first["Understood"] = "" // a first acknowledgement says other phrases
		for _, v := range []view{all, first} {
			m := t.write(template, v)
			if found := Forbidden(m.Subject + "\n" + m.Text); found != nil {
				f.at([]string{"phrase"}, "the phrases of %s say together what mailgw does not say (got %q); write one of them in another way", template, found[0])
				return
			}
		}
	}
}

// samples are views of a phrase's facts: all there, none, each one alone, each one
// missing. What stands for a fact is like no word.
func samples(facts view) []view {
	all, none := make(view), make(view)
	for name := range facts {
		all[name], none[name] = "⟨"+name+"⟩", ""
	}
	out := []view{all, none}
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		alone, missing := maps.Clone(none), maps.Clone(all)
		alone[name], missing[name] = all[name], ""
		out = append(out, alone, missing)
	}
	return out
}

// say runs the program as text.
func (p program) say(v view) string {
	var b strings.Builder
	p.run(&b, v, false)
	return b.String()
}

// unfit is the first fact that p shows as only layouts may; "" when there is none.
func (p program) unfit() string {
	for i := range p {
		s := &p[i]
		if s.fact != "" && (s.shape != asItIs || !shows(s.fact)) {
			return s.fact
		}
		if fact := or(s.yes.unfit(), s.no.unfit()); fact != "" {
			return fact
		}
	}
	return ""
}
