package config

import (
	"net/mail"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// tests looks for tests that cannot be run, or would compare nothing.
func (c *checker) tests() {
	names := map[string]string{}
	for i := range c.Tests {
		t, path := &c.Tests[i], element("test", i)
		c.unique(names, path+".name", t.Name)
		c.testMail(path+".mail", &t.Mail)
		c.testTicket(path+".mail", &t.Mail)
		c.expect(path+".expect", &t.Expect)
	}
}

func (c *checker) testMail(path string, m *TestMail) {
	if m.From != "" && !isMailbox(m.From) {
		c.at(path+".from", "is not an address (got %q); write one like Bob <bob@acme.example>", m.From)
	}
	ours := len(m.To) == 0
	for k, to := range m.To {
		if !isMailbox(to) {
			c.at(element(path+".to", k), "is not an address (got %q); write one like support@example.com", to)
		}
		ours = ours || c.goesToDesk(to)
	}
	if !ours && !c.has("desk") && !c.has(path+".to") {
		c.at(path+".to", "none of them is the address of a desk, so no mail would come in (got %q); write one like %s", m.To[0], oneOf(deskAddresses(c.Desks), "support@example.com"))
	}
	if m.Desk != "" {
		c.known(path+".desk", "desk", m.Desk, deskNames(c.Desks))
		if len(m.To) > 0 {
			c.at(path+".desk", "says who gets the mail, and so does to (got %q); remove one of the two", m.Desk)
		}
	}
	if m.Level != "" {
		c.known(path+".level", "level", m.Level, levelNames(c.Levels))
	}
	if _, err := language.Parse(m.Language); m.Language != "" && err != nil {
		c.at(path+".language", `is not a language tag (got %q); write one like "en", "de" or "pt-BR"`, m.Language)
	}
	for k, line := range m.Header {
		c.headerField(element(path+".header", k), line, true)
	}
	for k, line := range m.Scanner {
		c.headerField(element(path+".scanner", k), line, false)
	}
	for k, f := range m.Attachments {
		if f.Name == "" && f.Type == "" {
			c.at(element(path+".attachments", k), `says nothing of the file; write { name = "invoice.pdf", type = "application/pdf" }`)
		}
		if kind, sub, ok := strings.Cut(f.Type, "/"); f.Type != "" && (!ok || !isToken(kind) || !isToken(sub)) {
			c.at(element(path+".attachments", k)+".type", "is not a media type (got %q); write one like application/pdf", f.Type)
		}
	}
}

// goesToDesk says whether an address is one of a desk, with or without what follows a plus
// sign.
func (c *checker) goesToDesk(to string) bool {
	a, err := mail.ParseAddress(to)
	if err != nil {
		return false
	}
	local, domain, _ := strings.Cut(a.Address, "@")
	local, _, _ = strings.Cut(local, "+")
	return c.DeskByAddress(a.Address) != nil || c.DeskByAddress(local+"@"+domain) != nil
}

func deskAddresses(desks []Desk) []string {
	all := make([]string, len(desks))
	for i := range desks {
		all[i] = desks[i].Address
	}
	return all
}

// testTicket looks for what only a ticket that is there can have.
func (c *checker) testTicket(path string, m *TestMail) {
	for k, name := range m.Done {
		c.ruleExists(element(path+".done", k), name)
	}
	if m.Status != "" {
		return
	}
	for _, key := range []struct {
		name  string
		given bool
	}{{"priority", m.Priority != ""}, {"tags", len(m.Tags) > 0}, {"done", len(m.Done) > 0}} {
		if key.given {
			c.at(path+"."+key.name, `is of a ticket that is there, and this mail opens one; write status = "open" beside it, or leave it out`)
		}
	}
}

// madeByTest is the key of a test's mail that says a field of the header; "" when none does.
func madeByTest(field string) string {
	switch field = strings.ToLower(field); field {
	case "from", "to", "subject":
		return field
	case "date":
		return "at"
	case "mime-version", "content-type", "content-transfer-encoding":
		return "text and attachments"
	}
	return ""
}

// headerField looks at a line of a header.
func (c *checker) headerField(path, line string, own bool) {
	name, _, ok := strings.Cut(line, ":")
	switch key := madeByTest(name); {
	case !ok || !isToken(name):
		c.at(path, "is no field of a header (got %q); write one like X-Spam: yes", line)
	case own && key != "":
		c.at(path, "is said by %s (got %q); write it there", key, line)
	}
}

// isToken says whether a text can be the name of a field, or half of a media type.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`()<>@,;:\"/[]?=`, r) })
}

func isMailbox(s string) bool {
	_, err := mail.ParseAddress(s)
	return err == nil
}

func (c *checker) expect(path string, e *Expect) {
	if reflect.ValueOf(*e).IsZero() && !c.has(path) && c.given(path) {
		c.at(path, `has nothing that could be compared; write { priority = "urgent" }`)
		return
	}
	v := reflect.ValueOf(*e)
	for _, f := range fieldsOf(v.Type()) { // an empty text for a list of none: the decoder takes it for a key left out
		if at := path + "." + f.key; v.FieldByIndex(f.index).IsZero() && c.literally(at) {
			instead := "leave it out"
			if f.typ.Kind() == reflect.Slice {
				instead = "write [] for none, or " + instead
			}
			c.at(at, `says nothing that could be compared (got ""); %s`, instead)
		}
	}
	if e.Desk != "" {
		c.known(path+".desk", "desk", e.Desk, deskNames(c.Desks))
	}
	if e.Level != "" {
		c.known(path+".level", "level", e.Level, levelNames(c.Levels))
	}
	if e.Assignee != nil && *e.Assignee != "" {
		c.agentExists(path+".assignee", *e.Assignee)
	}
	for k, who := range e.Notify {
		c.agentExists(element(path+".notify", k), who)
	}
	for k, name := range e.Rules {
		c.ruleExists(element(path+".rules", k), name)
	}
	for k, name := range e.NotRules {
		at := element(path+".not_rules", k)
		if c.ruleExists(at, name); slices.Contains(e.Rules, name) {
			c.at(at, "must match and must not (got %q); remove it here or in rules", name)
		}
	}
}

// literally says whether the key itself was written, and not a table with it in braces
// on the command line, of which nothing more is known.
func (r *reporter) literally(path string) bool {
	if _, set := r.written(path); set {
		_, exact := r.origin[path]
		return exact
	}
	_, where, local := r.home(path)
	_, inFile := where[local]
	return inFile
}

// ruleExists reports the name of a rule that is not there. It is silent when included files
// were not read, for it may be in one of them.
func (c *checker) ruleExists(path, name string) {
	if c.read == nil && len(c.Include) > 0 || c.has("include") {
		return
	}
	names := make([]string, len(c.Rules))
	for i := range c.Rules {
		names[i] = c.Rules[i].Name
	}
	c.known(path, "rule", name, names)
}

// ruleNames reports the second of two rules of one name in different files, with the place
// of the first; package rules knows of no files.
func (c *checker) ruleNames() {
	first := map[string]string{}
	for i := range c.Rules {
		path, name := element("rule", i)+".name", c.Rules[i].Name
		before, taken := first[name]
		if !taken {
			first[name] = path
			continue
		}
		here, _, _ := c.home(path)
		if there, _, _ := c.home(before); here != there && name != "" {
			c.at(path, "the name %q is taken by an earlier rule, %s; give each rule its own", name, c.place(before))
		}
	}
}
