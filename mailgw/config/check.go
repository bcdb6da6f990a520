package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"supportgw/mailgw/customer"
)

// checker finds what is wrong between values that are right by themselves, and
// compiles the tables that other packages understand.
type checker struct {
	*reporter
	*Config
	read func(path string) ([]byte, error) // reads a holidays_file; nil: the files are not looked at
}

func (c *checker) all() {
	c.address("admin.address", c.Admin.Address)
	c.server()
	c.relay()
	c.oauth()
	c.alarms()
	c.dkim()
	c.calendars()
	c.levels()
	c.agents()
	c.desks()
	c.customers()
	c.rules()
	c.tests()
}

func (c *checker) levels() {
	seen := map[string]string{}
	for i, l := range c.Levels {
		c.unique(seen, element("level", i)+".name", l.Name)
	}
	if len(c.Levels) == 0 {
		c.at("level", "must not be empty (got []); leave it out for the built-in standard and premium")
	}
}

func (c *checker) agents() {
	seen := map[string]string{}
	for i, a := range c.Agents {
		path := element("agent", i) + ".address"
		if c.address(path, a.Address) {
			c.unique(seen, path, a.Address)
		}
		if a.Calendar != "" {
			c.known(element("agent", i)+".calendar", "calendar", a.Calendar, c.calendarNames())
		}
		c.passwords(element("agent", i), &a)
		c.knows(element("agent", i), &a)
		c.told(element("agent", i), &a)
	}
}

// customers reports what package customer says, and levels that do not exist.
func (c *checker) customers() {
	directory, problems := customer.New(c.Customers, c.FreeMail, c.CompanyDomains...)
	c.Directory = directory
	say := c.theirs()
	for _, p := range problems {
		path := p.Field // of free_mail_domains or company_domains, when no customer is meant
		if p.Customer >= 0 {
			path = join(element("customer", p.Customer), p.Field)
		}
		say(path, p.Text)
	}
	for i, cu := range c.Customers {
		for k, d := range cu.Domains { // the directory compares them with those of mails, whatever they are
			if at := element(element("customer", i)+".domains", k); !isDomain(strings.TrimSuffix(d, ".")) && !c.has(at) {
				c.at(at, "is not a domain (got %q); write it like acme.example", d)
			}
		}
		if cu.Level != "" {
			c.known(element("customer", i)+".level", "level", cu.Level, levelNames(c.Levels))
		}
		c.agreements(i, say)
	}
}

// agreements reports what package customer says of a customer's agreements.
func (c *checker) agreements(i int, say func(path, text string)) {
	levels, desks := levelNames(c.Levels), deskNames(c.Desks)
	if slices.Contains(levels, "") || c.seen["level"] { // what is wrong there is said there
		levels = nil
	}
	if slices.Contains(desks, "") || c.seen["desk"] {
		desks = nil
	}
	for _, p := range customer.Problems(&c.Customers[i], levels, desks) {
		if p.Field != "level" {
			say(join(element("customer", i), p.Field), p.Text)
		}
	}
}

// theirs reports what other packages say about a table. All of it counts, even
// several things about one key, but for keys that were wrong before.
func (c *checker) theirs() func(path, text string) {
	before := maps.Clone(c.seen)
	return func(path, text string) {
		for p := range before {
			if p == path || within(p, path) || within(path, p) {
				return
			}
		}
		delete(c.seen, path)
		c.at(path, "%s", text)
	}
}

// known reports a name that is not among those of its kind. It is silent when
// one of them could not be read, for that one may be meant.
func (c *checker) known(path, kind, name string, all []string) {
	if slices.Contains(all, name) || slices.Contains(all, "") || c.seen[kind] || c.has(path) {
		return
	}
	got := strconv.Quote(name)
	if !c.given(path) && !(strings.HasSuffix(path, "]") && c.given(parent(path))) { // one text may stand for a list
		got = "the default " + got
	}
	c.at(path, "there is no [[%s]] of that name (got %s); write %s", kind, got, suggest(name, all, "[["+kind+"]] with name = "+strconv.Quote(name)))
}

// agentExists reports an address that is no agent's; silent like known.
func (c *checker) agentExists(path, addr string) {
	var all []string
	for _, a := range c.Agents {
		all = append(all, a.Address)
	}
	if c.Agent(addr) != nil || slices.Contains(all, "") || c.seen["agent"] || c.has(path) {
		return
	}
	c.at(path, "there is no [[agent]] with that address (got %q); write %s", addr, suggest(addr, all, "[[agent]] with address = "+strconv.Quote(addr)))
}

// unique reports a name or address that stands somewhere else already; seen
// has the paths of those that came before.
func (c *checker) unique(seen map[string]string, path, name string) {
	if name == "" {
		return // missing, and reported as such
	}
	folded := strings.ToLower(name)
	if first, ok := seen[folded]; ok {
		c.at(path, "is already %s, %s (got %q); write another one", first, c.place(first), name)
		return
	}
	seen[folded] = path
}

// place is where the value at a path was written, in a few words.
func (c *checker) place(path string) string {
	if _, set := c.written(path); set {
		return setFile
	}
	file, where, local := c.home(path)
	line := "line " + strconv.Itoa(where.of(local))
	if file != c.file {
		line += " of " + file
	}
	return line
}

// join is the path of a field, or of its table when no field is named.
func join(table, field string) string {
	if field == "" {
		return table
	}
	return table + "." + field
}

func deskNames(desks []Desk) []string {
	all := make([]string, len(desks))
	for i := range desks {
		all[i] = desks[i].Name
	}
	return all
}

func levelNames(levels []Level) []string {
	all := make([]string, len(levels))
	for i, l := range levels {
		all[i] = l.Name
	}
	return all
}
