package config

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"supportgw/mailgw/wording"
)

// desks checks each desk and that no address has two meanings.
func (c *checker) desks() {
	if len(c.Desks) == 0 && !c.has("desk") {
		c.at("desk", "there is no desk, so no mail is taken; write [[desk]] with name, address, calendar and agents")
	}
	names, addresses, tags := map[string]string{}, map[string]string{}, map[string]string{}
	for i := range c.Desks {
		d, path := &c.Desks[i], element("desk", i)
		if c.deskName(path+".name", d.Name) {
			c.unique(names, path+".name", d.Name)
		}
		c.deskAddresses(addresses, path, d)
		if d.Calendar != "" {
			c.known(path+".calendar", "calendar", d.Calendar, c.calendarNames())
		}
		if !c.has("level") {
			c.known(path+".level", "level", d.Level, levelNames(c.Levels))
		}
		c.deskPeople(path, d)
		d.direct = len(c.SMTP.Listen) > 0 && len(c.LMTP.Listen)+len(c.Sender.UpstreamNetworks) == 0
		c.replyToken(path, d)
		c.subjectTag(tags, path+".subject_tag", d.SubjectTag)
		if _, err := language.Parse(d.Language); err != nil && !c.has(path+".language") {
			c.at(path+".language", `is not a language tag (got %q); write one like "en", "de" or "pt-BR"`, d.Language)
		}
		c.signatures(path+".signatures", d.Signatures)
	}
	c.peopleAreNotDesks(addresses)
}

// signatures checks the languages of signatures.
func (c *checker) signatures(path string, texts map[string]string) {
	seen := map[string]string{}
	for _, tag := range slices.Sorted(maps.Keys(texts)) {
		at := member(path, tag)
		if parsed, err := language.Parse(tag); err != nil || parsed == language.Und {
			c.at(at, `is not a language tag (got %q); write one like en, de or "pt-BR"`, tag)
			continue
		}
		c.unique(seen, at, tag)
		if strings.TrimSpace(texts[tag]) == "" {
			c.at(at, "is empty (got %q); write lines below mails in that language, or leave it out for those of signature", texts[tag])
		}
	}
}

// SignatureIn are the lines below the desk's mails in a language.
func (d *Desk) SignatureIn(lang string) string {
	return wording.SignatureIn(d.Signatures, lang, d.Signature)
}

func (c *checker) deskName(path, name string) bool {
	for _, b := range []byte(name) {
		if !isBare(b) || b >= 'A' && b <= 'Z' {
			c.at(path, "must be of lower-case letters, digits, - and _ (got %q); write it like %q", name, bareName(name))
			return false
		}
	}
	if len(name) > 64 {
		c.at(path, "must have at most 64 characters (got %d); write a shorter one", len(name))
		return false
	}
	return true
}

// bareName makes a desk name of a text, or proposes one.
func bareName(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r > 'z' || !isBare(byte(r)) })
	if name := strings.Join(words, "-"); name != "" && len(name) == len(text) {
		return name
	}
	return "support"
}

func (c *checker) deskAddresses(seen map[string]string, path string, d *Desk) {
	if c.address(path+".address", d.Address) {
		c.unique(seen, path+".address", d.Address)
	}
	for k, alias := range d.Aliases {
		if at := element(path+".aliases", k); c.address(at, alias) {
			c.unique(seen, at, alias)
		}
	}
	if at := path + ".reply_address"; d.ReplyAddress != "" && c.address(at, d.ReplyAddress) {
		c.unique(seen, at, d.ReplyAddress)
	}
}

// deskPeople checks that the agents exist and that each stands there once.
func (c *checker) deskPeople(path string, d *Desk) {
	agents, onCall := map[string]string{}, map[string]string{}
	for k, addr := range d.Agents {
		at := element(path+".agents", k)
		c.agentExists(at, addr)
		c.unique(agents, at, addr)
	}
	for k, addr := range d.OnCall {
		if at := element(path+".on_call", k); c.address(at, addr) {
			c.unique(onCall, at, addr)
		}
	}
}

// peopleAreNotDesks refuses people with the address of a desk: what the gateway
// writes to them would come back as a customer's mail.
func (c *checker) peopleAreNotDesks(desks map[string]string) {
	check := func(path, addr string) {
		if desk, ok := desks[strings.ToLower(addr)]; ok && addr != "" {
			c.at(path, "is also %s, so mail to it would come back as a ticket (got %q); write the address of a person", desk, addr)
		}
	}
	check("admin.address", c.Admin.Address)
	for i, a := range c.Agents {
		check(element("agent", i)+".address", a.Address)
	}
	for i, d := range c.Desks {
		for k, addr := range d.OnCall {
			check(element(element("desk", i)+".on_call", k), addr)
		}
	}
}

func (c *checker) calendarNames() []string {
	var all []string
	for _, cal := range c.Calendars {
		all = append(all, cal.Name)
	}
	return all
}
