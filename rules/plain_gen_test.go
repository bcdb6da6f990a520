package rules

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// gen draws rules and mails that have to do with each other.
type gen struct{ *rand.Rand }

func one[T any](g gen, list ...T) T { return list[g.IntN(len(list))] }

func (g gen) in(n int) bool { return g.IntN(n) == 0 }

// few draws up to n, or none.
func few[T any](g gen, n int, draw func() T) []T {
	var out []T
	for range g.IntN(n + 1) {
		out = append(out, draw())
	}
	return out
}

// text is a short text of words that the patterns know.
func (g gen) text() string {
	var b strings.Builder
	for range g.IntN(5) {
		b.WriteString(one(g, "server", "Störung", "DOWN", "production", "a", "b", "ß", "ä", "本番", "ダウン", "서버", "inv-123", "Strasse", "7", "no-reply@acme.example", "ﬁle", "Сервер", "can’t"))
		b.WriteString(one(g, " ", " ", "  ", ", ", "\u00a0", "-", "", "!", "\t"))
	}
	if g.in(12) {
		b.WriteString(strings.Repeat("the server answers with an error, ", 1+g.IntN(4)))
		b.WriteString(one(g, "down", "Störung", "ende"))
	}
	return b.String()
}

// pattern is one of the same words, as a form takes it.
func (g gen) pattern(form string) string {
	switch form {
	case "contains":
		return one(g, "server", "STORUNG", "down", "production down", "a b", "b", "strasse", "番", "ダ", "서", "inv", "123", "file", "сервер", "an error", "acme example", "can't")
	case "glob":
		return one(g, "*", "?*", "*down*", "*server?*", "*störung*", "a*", "*b", "*本*", "server*down*", "*an?error*ende", "*@acme.example*", "??", "*a*b*", "*7*")
	case "is":
		return one(g, "", "a", "SERVER", "störung", "7", "down", "本番", "a b")
	}
	return one(g, "down", "(?i)down", "^a", "b$", `\d`, `inv-\d+`, "(?i)STÖRUNG|ende", "[ab]+", `(server|Störung)\s+\w`, "^$", "本", "(?i)strasse", `\bs`, "(a*)*b", "error.*(down|ende)", "ß")
}

func (g gen) match(draw func(form string) string) *Match {
	m := &Match{}
	for m.Contains == nil && m.Glob == nil && m.Is == nil && m.Regexp == "" {
		if g.in(3) {
			m.Contains = append(few(g, 2, func() string { return draw("contains") }), draw("contains"))
		}
		if g.in(5) {
			m.Glob = append(few(g, 2, func() string { return draw("glob") }), draw("glob"))
		}
		if g.in(5) {
			m.Is = append(few(g, 2, func() string { return draw("is") }), draw("is"))
		}
		if g.in(5) {
			m.Regexp = draw("regexp")
		}
	}
	return m
}

// names draws patterns for a text that is one of a few names.
func (g gen) names(list ...string) *Match {
	return g.match(func(form string) string {
		name := one(g, list...)
		if form == "glob" {
			return name[:1] + "*"
		}
		return name
	})
}

func (g gen) number() *Range {
	low, high := int64(1+g.IntN(4)), int64(2+g.IntN(9))
	switch {
	case g.in(3):
		return &Range{AtLeast: &low}
	case g.in(2):
		return &Range{AtMost: &high}
	}
	high += low
	return &Range{AtLeast: &low, AtMost: &high}
}

func (g gen) answer() *bool {
	is := g.in(2)
	return &is
}

var (
	someStatus = []string{"new", "open", "pending", "solved", "closed"}
	someAuth   = []string{"pass", "none", "fail", "trusted"}
	someTags   = []string{"outage", "vip", "invoice", "Störung"}
	someDesks  = []string{"support", "billing"}
	someLevels = []string{"standard", "premium"}
	someTongue = []string{"de", "en", "pt-BR"}
	someTypes  = []string{"application/pdf", "image/png"}
	someFiles  = []string{"log.txt", "rechnung.pdf", "Störung.png"}
)

// kinds are the conditions, each filled in for itself.
var kinds = map[string]func(g gen, c *Condition){
	"status": func(g gen, c *Condition) {
		c.Status = &Match{Is: []string{one(g, someStatus...), one(g, someStatus...)}}
	},
	"subject":     func(g gen, c *Condition) { c.Subject = g.match(g.pattern) },
	"words":       func(g gen, c *Condition) { c.Words = g.match(g.pattern) },
	"sender":      func(g gen, c *Condition) { c.Sender = g.match(g.pattern) },
	"name":        func(g gen, c *Condition) { c.Name = g.match(g.pattern) },
	"recipient":   func(g gen, c *Condition) { c.Recipient = g.match(g.pattern) },
	"sender_auth": func(g gen, c *Condition) { c.SenderAuth = &Match{Is: []string{one(g, someAuth...)}} },
	"customer":    func(g gen, c *Condition) { c.Customer = g.match(g.pattern) },
	"level":       func(g gen, c *Condition) { c.Level = g.names(someLevels...) },
	"desk":        func(g gen, c *Condition) { c.Desk = g.names(someDesks...) },
	"tags": func(g gen, c *Condition) {
		if c.Tags = g.names(someTags...); g.in(5) {
			c.Tags = one(g, &Match{Is: []string{""}}, &Match{Glob: []string{"*"}}, &Match{Glob: []string{"?*"}}, &Match{Glob: []string{"???", "????????"}}, &Match{Regexp: "^[a-p]+$"}, &Match{Regexp: "^$"})
		}
	},
	"language": func(g gen, c *Condition) { c.Language = g.names(someTongue...) },
	"header":   func(g gen, c *Condition) { c.Header = g.match(g.pattern) },
	"scanner":  func(g gen, c *Condition) { c.Scanner = g.match(g.pattern) },
	"attachment": func(g gen, c *Condition) {
		c.Attachment = &File{Name: g.names(someFiles...)}
		if g.in(2) {
			c.Attachment.Type = g.names(someTypes...)
		}
		if g.in(2) {
			c.Attachment.Size = g.number()
		}
	},
	"size":              func(g gen, c *Condition) { c.Size = g.number() },
	"affected":          func(g gen, c *Condition) { c.Affected = g.number() },
	"blocked":           func(g gen, c *Condition) { c.Blocked = g.answer() },
	"follow_up":         func(g gen, c *Condition) { c.FollowUp = g.answer() },
	"needed_before_due": func(g gen, c *Condition) { c.NeededBeforeDue = g.answer() },
	"working_hours":     func(g gen, c *Condition) { c.WorkingHours = g.answer() },
	"first_contact":     func(g gen, c *Condition) { c.FirstContact = g.answer() },
	"day": func(g gen, c *Condition) {
		c.Day = &Days{List: []string{one(g, "mon", "thu", "mon-fri", "sat-mon", "sun")}}
	},
	"time": func(g gen, c *Condition) {
		c.Time = &Spans{List: []string{one(g, "08:00-12:30", "22:00-06:00", "17:00-24:00")}}
	},
	"broken_promises": func(g gen, c *Condition) { c.BrokenPromises = g.number() },
	"reopened":        func(g gen, c *Condition) { c.Reopened = g.number() },
	"contacts":        func(g gen, c *Condition) { c.Contacts = g.number() },
}

// condition draws one or two kinds, and groups where depth is left.
func (g gen) condition(list []string, depth int) Condition {
	var c Condition
	for range 1 + g.IntN(2) {
		kinds[one(g, list...)](g, &c)
	}
	if depth > 0 && g.in(3) {
		more := func() Condition { return g.condition(list, depth-1) }
		c.Any = append(few(g, 2, more), more())
	}
	if depth > 0 && g.in(5) {
		c.All = []Condition{g.condition(list, depth-1), g.condition(list, depth-1)}
	}
	if depth > 0 && g.in(3) {
		not := g.condition(list, depth-1)
		c.Not = &not
	}
	return c
}

func (g gen) effects() Effects {
	e := Effects{
		Priority: one(g, "", "low", "normal", "high", "urgent"), Desk: one(g, "", "", "support", "billing"),
		Level: one(g, "", "", "premium"), Template: one(g, "", "", "outage"), Note: one(g, "", "", "look here", "or there"),
		Target: time.Duration(g.IntN(3)) * time.Hour, Page: g.in(4), Hold: g.in(6),
		Tags: few(g, 2, func() string { return one(g, someTags...) }),
	}
	if g.in(3) {
		e.Assignee = Assignee{Agent: one(g, "anna@example.com", "ben@example.com")}
	}
	if g.in(3) {
		e.Notify = []string{one(g, "anna@example.com", "ben@example.com")}
	}
	if g.in(4) {
		e.Forward = []string{one(g, "them@other.example", "us@other.example")}
	}
	if g.in(20) {
		return Effects{Junk: true}
	}
	if e.Priority == "" { // so that it does something
		e.Target = time.Minute
	}
	return e
}

// rules draws a list.
func (g gen) rules(list []string) []Rule {
	out := make([]Rule, 1+g.IntN(8))
	for i := range out {
		r := &out[i]
		r.Name, r.Then, r.Stop = fmt.Sprint("rule ", i), g.effects(), g.in(9)
		if g.in(3) {
			e := g.effects()
			r.FollowUp = &e
		}
		if !g.in(12) {
			c := g.condition(list, 2)
			r.If = &c
		}
	}
	return out
}

// lines are some fields of a header, of which none is empty.
func (g gen) lines() string {
	return strings.Join(few(g, 3, func() string { return cmp.Or(g.text(), "a") }), "\n")
}

func (g gen) facts() Facts {
	f := Facts{
		Subject: g.text(), Words: g.text(), Sender: g.text(), Customer: g.text(), CustomerAlso: few(g, 2, g.text), Name: g.text(),
		Recipients: few(g, 3, g.text), SenderAuth: one(g, someAuth...), Level: one(g, someLevels...), Desk: one(g, someDesks...),
		Language: one(g, append(someTongue, "")...), Header: g.lines(), Scanner: g.lines(), Size: int64(g.IntN(12)),
		Affected: one[int64](g, 0, 0, 1, 2, 3, 5, 9, Everybody), Blocked: one(g, Unsaid, Yes, No), NeededBeforeDue: g.in(2), WorkingHours: g.in(2),
		Local: time.Date(2026, 11, 1+g.IntN(28), g.IntN(24), g.IntN(60), 0, 0, time.UTC), FirstContact: g.in(2),
		BrokenPromises: g.IntN(4), Reopened: g.IntN(4), Contacts: 1 + g.IntN(9),
		Attachments: few(g, 3, func() Attachment {
			return Attachment{one(g, append(someFiles, "")...), one(g, someTypes...), int64(g.IntN(9))}
		}),
	}
	if f.FollowUp = g.in(2); f.FollowUp {
		f.Status, f.Priority = one(g, someStatus...), one(g, "low", "normal", "high", "urgent")
		f.Tags = few(g, 3, func() string { return one(g, someTags...) })
		f.Done = few(g, 2, func() string { return fmt.Sprint("rule ", g.IntN(8)) })
	}
	return f
}
