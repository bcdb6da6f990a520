package config

import (
	"slices"
	"strings"

	"supportgw/threading"
)

// replyToken checks that reply addresses can be made.
func (c *checker) replyToken(path string, d *Desk) {
	domain := path + ".reply_domain"
	mode, _ := d.TokenMode()
	switch {
	case mode == TokenSubdomain && d.ReplyDomain == "" && !c.has(domain):
		c.at(domain, `is missing, and reply_token is "subdomain"; write reply_domain = "reply.%s"`, domainOf(d.Address))
	case mode != TokenSubdomain && d.ReplyDomain != "":
		c.at(domain, `is only for reply_token = "subdomain" (got %q); remove it, or write reply_token = "subdomain"`, d.ReplyDomain)
	case mode == TokenSubdomain && d.ReplyDomain != "":
		c.replyDomain(domain, d.ReplyDomain)
	}
	switch {
	case d.ReplyAddress != "":
		c.replyAddress(path+".reply_address", mode, d)
	case mode == TokenPlus && localLength(d.Address) > threading.MaxDeskLocal && !c.has(path+".address") && !c.has(path+".reply_address"):
		c.at(path+".address", `leaves no room for reply tokens: at most %d octets before the @ (got %d); write a shorter one as reply_address, or reply_token = "subdomain" or "off"`,
			threading.MaxDeskLocal, localLength(d.Address))
	}
}

// replyAddress checks the address that tokens are put into.
func (c *checker) replyAddress(path, mode string, d *Desk) {
	addr := d.ReplyAddress
	switch n := localLength(addr); {
	case c.has(path):
	case mode != TokenPlus:
		c.at(path, `is only for reply_token = "plus" (got %q, and reply_token = %q); remove it, or write reply_token = "plus"`, addr, mode)
	case n > threading.MaxDeskLocal:
		c.at(path, `leaves no room for reply tokens: at most %d octets before the @ (got %d); write a shorter one`, threading.MaxDeskLocal, n)
	case strings.Contains(addr[:n], "+"):
		c.at(path, `has a + before the @, and tokens begin with one (got %q); write an address without`, addr)
	case !slices.ContainsFunc(c.domains(), func(ours string) bool { return strings.EqualFold(ours, domainOf(addr)) }):
		c.at(path, "is in no domain of a desk, so no mail to it is taken (got %q); write one like %q", addr, addr[:n]+"@"+domainOf(d.Address))
	}
}

// domains are those of the desks' addresses and aliases.
func (c *checker) domains() []string {
	var all []string
	for _, d := range c.Desks {
		all = append(all, domainOf(d.Address))
		for _, a := range d.Aliases {
			all = append(all, domainOf(a))
		}
	}
	return all
}

// localLength is how many octets stand before the last @.
// RFC 5321 §4.5.3.1.1: a local part has at most 64.
func localLength(addr string) int { return max(0, strings.LastIndexByte(addr, '@')) }

// replyDomain refuses a domain in which there are other addresses: any of them
// could look like a token.
func (c *checker) replyDomain(path, domain string) {
	if !isDomain(domain) {
		c.at(path, `is not a domain (got %q); write one like "reply.example.com"`, domain)
		return
	}
	for i, d := range c.Desks {
		if strings.EqualFold(domainOf(d.Address), domain) {
			c.at(path, "is also the domain of %s (got %q); write one that is used for nothing else, like %q", element("desk", i)+".address", domain, "reply."+domain)
			return
		}
	}
}

// subjectTag checks what stands in subjects: [SUP-1234] has to be found again in
// any of them, and must belong to one desk.
func (c *checker) subjectTag(seen map[string]string, path, tag string) {
	const shortest, longest = 2, 12
	letters := 0
	for _, b := range []byte(tag) {
		switch {
		case b|0x20 >= 'a' && b|0x20 <= 'z':
			letters++
		case b < '0' || b > '9':
			c.at(path, `must be of letters and digits, A to Z and 0 to 9 (got %s); write one like "SUP"`, show(tag))
			return
		}
	}
	switch {
	case tag == "" || c.has(path):
	case len(tag) < shortest || len(tag) > longest:
		c.at(path, `must have from %d to %d letters and digits (got %q); write one like "SUP"`, shortest, longest, tag)
	case letters == 0:
		c.at(path, `must not be digits alone, for the number stands beside it (got %q); write one like "SUP"`, tag)
	default:
		c.unique(seen, path, tag)
	}
}
