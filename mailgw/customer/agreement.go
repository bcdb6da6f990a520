package customer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/rules"
)

// Asked is what a mail is, as far as agreements ask.
type Asked struct {
	// Desk is the name of the desk that it is for.
	Desk string
	// Sender is the author's bare address.
	Sender string
	// Words are the subject and the new words, never quotes.
	Words string
	// Now is when it came, in the desk's time zone: its day there counts.
	Now time.Time
	// Levels are the names of the service levels, the best first. A level that is not
	// among them is given to nobody.
	Levels []string
}

// soon is how many days before its end, and after, agents hear of an agreement's end.
const soon = 30

// Entitlement is which level a mail is given, and why.
type Entitlement struct {
	// Level is the level; "" when the customer has none, and the desk's counts.
	Level string
	// Agreement is the one that gives it; nil when it is the customer's own level.
	Agreement *Agreement
	// Why says so in one phrase for the agent; "" when the customer has neither a
	// level nor an agreement.
	Why string
	// Others say, one phrase each, why the other agreements do not count.
	Others []string
	// Ending are those that end soon, or have ended not long ago, one phrase each. It is
	// for the agent, never for the customer.
	Ending []string
}

// Best returns the best level that the customer has for a mail: of all agreements that
// apply the one whose level comes first in asked.Levels, the first in order when there
// are several; when none applies, or the customer's own level is better, that one, which
// may be "". which is nil then. why says it in one phrase for the agent.
func (c *Customer) Best(asked Asked) (level string, which *Agreement, why string) {
	e := c.Entitled(asked)
	return e.Level, e.Agreement, e.Why
}

// Entitled is Best with all that is to be said of it.
func (c *Customer) Entitled(asked Asked) Entitlement {
	today := dayOf(asked.Now)
	named := c.named(asked.Words)
	best, rank := -1, 0
	var reasons []string // why it does not apply; "": it does
	for i := range c.Agreements {
		a := &c.Agreements[i]
		at := slices.Index(asked.Levels, a.Level)
		reason := a.excludes(&asked, today, named[i])
		if at < 0 {
			reason = fmt.Sprintf("there is no level %q", a.Level)
		}
		reasons = append(reasons, reason)
		if reason == "" && (best < 0 || at < rank) {
			best, rank = i, at
		}
	}
	// What it has for everything is not taken away by what it bought for a part.
	if own := slices.Index(asked.Levels, c.Level); best >= 0 && own >= 0 && own < rank {
		best = -1
	}
	return c.said(best, reasons, named, today)
}

// said puts into words which agreement counts, -1 for none.
func (c *Customer) said(best int, reasons, named []string, today day) Entitlement {
	s := Entitlement{Level: c.Level}
	if c.Level != "" {
		s.Why = c.Level + ", the customer's own level"
		switch {
		case slices.Contains(reasons, ""):
			s.Why += ": better than those of the agreements that apply"
		case len(c.Agreements) > 0:
			s.Why += ": no agreement applies"
		}
	} else if len(c.Agreements) > 0 {
		s.Why = "the desk's level: no agreement applies"
	}
	for i := range c.Agreements {
		a := &c.Agreements[i]
		if text := a.ending(today); text != "" {
			s.Ending = append(s.Ending, text)
		}
		switch {
		case i == best:
			s.Level, s.Agreement, s.Why = a.Level, a, a.applies(named[i])
		case reasons[i] != "":
			s.Others = append(s.Others, a.title()+": "+reasons[i])
		default:
			s.Others = append(s.Others, a.title()+": gives "+a.Level)
		}
	}
	return s
}

// named finds for each agreement the first of its products that the words name; ""
// for none.
func (c *Customer) named(words string) []string {
	out := make([]string, len(c.Agreements))
	var products []string
	for i := range c.Agreements {
		products = append(products, c.Agreements[i].Products...)
	}
	if len(products) == 0 {
		return out
	}
	found := rules.Contains(words, products)
	for i := range c.Agreements {
		for _, p := range c.Agreements[i].Products {
			if found[0] && out[i] == "" {
				out[i] = p
			}
			found = found[1:]
		}
	}
	return out
}

// excludes says why the agreement does not apply to a mail; "" when it does.
func (a *Agreement) excludes(asked *Asked, today day, named string) string {
	from, until, ok := a.term()
	switch {
	case !ok:
		return "its days cannot be read"
	case from != "" && today < from:
		return "begins on " + from.say()
	case until != "" && today > until:
		return "ended on " + until.say()
	case len(a.Desks) > 0 && !slices.Contains(a.Desks, asked.Desk):
		return "for " + list(a.Desks, "desk", "desks")
	case len(a.People) > 0 && !a.isFor(asked.Sender):
		return "for other people"
	case len(a.Products) > 0 && named == "":
		return "the mail does not name " + anyOf(a.Products)
	}
	return ""
}

// isFor reports whether an address is one of its people's.
func (a *Agreement) isFor(address string) bool {
	key := AddressKey(address)
	return key != "" && slices.ContainsFunc(a.People, func(p string) bool { return AddressKey(p) == key })
}

// applies says that the agreement counts, and why.
func (a *Agreement) applies(named string) string {
	text := fmt.Sprintf("%s by the agreement %s", a.Level, a.title())
	if _, until, _ := a.term(); until != "" {
		text += " (until " + until.say() + ")"
	}
	var because []string
	if named != "" {
		because = append(because, fmt.Sprintf("the mail names the product %q", named))
	}
	if len(a.People) > 0 {
		because = append(because, "the sender is one of its people")
	}
	if len(a.Desks) > 0 {
		because = append(because, "it is for this desk")
	}
	if len(because) > 0 {
		text += ": " + strings.Join(because, ", ")
	}
	return text
}

// ending says that the agreement ends soon, or has ended not long ago; "" else.
func (a *Agreement) ending(today day) string {
	_, until, ok := a.term()
	if !ok || until == "" {
		return ""
	}
	switch left := until.minus(today); {
	case left < -soon || left > soon:
		return ""
	case left < 0:
		return a.title() + " ended on " + until.say()
	case left == 0:
		return a.title() + " ends today"
	}
	return a.title() + " ends on " + until.say()
}

// title is how agents know the agreement.
func (a *Agreement) title() string {
	if name := strings.TrimSpace(a.Name); name != "" {
		return name
	}
	return a.Level
}

// term is its first and its last day; "" for no bound. ok is false when one cannot be read.
func (a *Agreement) term() (from, until day, ok bool) {
	from, until = day(a.From), day(a.Until)
	return from, until, from.isOne() && until.isOne()
}

// day is a date as 2026-12-31, so that days compare as strings do; "" for none.
type day string

// dayOf is the day that a time has in its zone.
func dayOf(t time.Time) day { return day(t.Format(time.DateOnly)) }

// isOne reports whether it is a day, or none.
func (d day) isOne() bool {
	t, err := time.Parse(time.DateOnly, string(d))
	return d == "" || err == nil && t.Year() > 0
}

// say writes it for people: 31 Dec 2026.
func (d day) say() string { return d.time().Format("2 Jan 2006") }

// minus is how many days d lies behind e.
func (d day) minus(e day) int { return int(d.time().Sub(e.time()) / (24 * time.Hour)) }

// time is its beginning in UTC, where each day has 24 hours.
func (d day) time() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d)) // it is one
	return t
}

// list says one or several names.
func list(names []string, one, several string) string {
	if len(names) == 1 {
		return one + " " + names[0]
	}
	return several + " " + strings.Join(names, ", ")
}

// anyOf quotes the first few of some texts.
func anyOf(texts []string) string {
	const shown = 3
	var out []string
	for i, t := range texts {
		if i == shown {
			return strings.Join(out, ", ") + fmt.Sprintf(" or one of %d more", len(texts)-shown)
		}
		out = append(out, fmt.Sprintf("%q", t))
	}
	return strings.Join(out, " or ")
}
