package mailgw

import (
	"context"
	"slices"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/smtpd"
	"supportgw/threading"
)

// Recipient says whether the gateway takes mail for an address: a desk's, an
// alias's, a reply_address, their reply forms (whatever the token is worth: mail with a stale one
// is mail to the desk), each also quoted or in the wrapping of SRS and BATV, or postmaster and abuse, with a domain of ours or without
// one (RFC 5321 §4.5.1, RFC 2142 §4 and §5).
func (g *Gateway) Recipient(_ context.Context, addr string) error {
	if g.settings.Load().route(addr) != nil {
		return nil
	}
	return &smtpd.ReplyError{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "no such address here", Peer: true}
}

// route returns the desk that an address belongs to, nil when it is none of ours.
func (s *settings) route(addr string) *config.Desk {
	if d := s.DeskByAddress(addr); d != nil {
		return d
	}
	if inner := unquoted(threading.UnwrapAddress(addr)); inner != addr {
		// What a forwarder wrapped in a domain of its own comes back to the forwarder.
		if !s.takes(domainOf(addr)) {
			return nil
		}
		if d := s.DeskByAddress(inner); d != nil {
			return d
		}
		addr = inner
	}
	at := strings.LastIndexByte(addr, '@')
	if at < 0 {
		if isRole(addr) {
			return s.admin
		}
		return nil
	}
	local, domain := addr[:at], strings.ToLower(addr[at+1:])
	for i := range s.Desks {
		d := &s.Desks[i]
		if tokenForm(local, domain, d) {
			return d
		}
		if slices.ContainsFunc(d.Addresses(), func(ours string) bool { return replyForm(local, domain, ours) }) {
			return d
		}
	}
	if isRole(local) && s.ours(domain) {
		return s.admin
	}
	return nil
}

func replyForm(local, domain, desk string) bool {
	if domain != domainOf(desk) {
		return false
	}
	_, ok := threading.ParseReply(local, localOf(desk))
	return ok
}

// tokenForm reports whether an address is a token in the desk's reply domain.
func tokenForm(local, domain string, d *config.Desk) bool {
	return d.ReplyToken == config.TokenSubdomain && strings.EqualFold(domain, d.ReplyDomain) && threading.TokenShaped(local)
}

// plusForm writes token@reply.example.com as support+token@example.com, the form
// that package threading reads; other addresses stay as they are.
func (s *settings) plusForm(addr string) string {
	inner := unquoted(threading.UnwrapAddress(addr))
	at := max(0, strings.LastIndexByte(inner, '@'))
	for i := range s.Desks {
		if d := &s.Desks[i]; tokenForm(inner[:at], domainOf(inner), d) {
			return threading.ReplyAddress(d.Address, inner[:at])
		}
	}
	return addr
}

// unquoted is an address without quotes that its local part does not need
// (RFC 5321 §4.1.2: "support+x"@example.com is support+x@example.com).
func unquoted(addr string) string {
	at := strings.LastIndexByte(addr, '@')
	if at < 3 || addr[0] != '"' || addr[at-1] != '"' {
		return addr
	}
	local := addr[1 : at-1]
	if strings.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("\"\\()<>[]:;,@", r) }) {
		return addr
	}
	return local + addr[at:]
}

func isRole(local string) bool {
	return strings.EqualFold(local, "postmaster") || strings.EqualFold(local, "abuse")
}

// ours reports whether a domain is one of the desks', or the host's own.
func (s *settings) ours(domain string) bool {
	if strings.EqualFold(domain, s.Hostname) {
		return true
	}
	for _, d := range s.domains {
		if d == domain {
			return true
		}
	}
	return false
}

// takes reports whether mail for some address in a domain is taken.
func (s *settings) takes(domain string) bool {
	return s.ours(domain) || slices.ContainsFunc(s.Desks, func(d config.Desk) bool {
		return d.ReplyDomain != "" && strings.EqualFold(d.ReplyDomain, domain)
	})
}

// isOwn reports whether an address is one that mail to us goes to.
func (s *settings) isOwn(addr string) bool { return s.route(addr) != nil }

// works reports whether somebody of the house has this address now: an agent, who
// is on call, or who stands on a desk.
func (s *settings) works(addr string) bool {
	return s.isHouse(addr) || slices.ContainsFunc(s.Desks, func(d config.Desk) bool { return d.HasAgent(addr) })
}

// isHouse reports whether an address is ours or of somebody who works here: an
// agent, admin.address, who is on call. They get notices, never acknowledgements:
// a stranger could else wake people by writing in their name.
func (s *settings) isHouse(addr string) bool {
	if s.isOwn(addr) || s.Agent(addr) != nil || strings.EqualFold(addr, s.Admin.Address) {
		return true
	}
	for i := range s.Desks {
		if slices.ContainsFunc(s.Desks[i].OnCall, func(a string) bool { return strings.EqualFold(a, addr) }) {
			return true
		}
	}
	return false
}

// house are the addresses of all who work here, some more than once.
func (s *settings) house() []string {
	all := []string{s.Admin.Address}
	for i := range s.Agents {
		all = append(all, s.Agents[i].Address)
	}
	for i := range s.Desks {
		all = append(append(all, s.Desks[i].Agents...), s.Desks[i].OnCall...)
	}
	return all
}
