package mailauth

import (
	"context"
	"net/netip"
	"strings"
)

// Limits of one check. RFC 7208 §4.6.4.
const (
	maxLookups = 10 // terms that ask
	maxVoid    = 2  // of them, those that find nothing
	maxHosts   = 10 // MX records of a term, and names of an address
)

// spfCheck asks whether one client may send for one sender. RFC 7208 §4.
//
// Deviation: §6.2, explanations are not fetched: nobody is shown one.
type spfCheck struct {
	ctx     context.Context
	dns     Resolver
	client  netip.Addr
	helo    string
	local   string // of the sender
	origin  string // the sender's domain
	lookups int
	void    int

	names []string // of the client, each leading back to it; asked for once
	named bool
}

// check is check_host of the RFC. A result is empty as long as there is none.
func (s *spfCheck) check(domain string) (result, why string) {
	if !canBeAsked(domain) {
		return resultNone, domain + " can have no record"
	}
	txts, err := s.dns.LookupTXT(s.ctx, domain)
	switch {
	case isNotFound(err):
	case isTemporary(err):
		return resultTempError, err.Error()
	case err != nil:
		return resultPermError, err.Error()
	}
	var found []string
	for _, txt := range txts {
		if isSPF(txt) {
			found = append(found, txt)
		}
	}
	switch len(found) {
	case 0:
		return resultNone, "no record at " + domain
	case 1:
	default:
		return resultPermError, domain + " has several records"
	}
	record, term, err := parseSPF(found[0])
	if err != nil {
		return resultPermError, term + " in the record of " + domain + " " + err.Error()
	}
	return s.evaluate(&record, domain)
}

// evaluate goes through the terms, up to the first that matches.
func (s *spfCheck) evaluate(r *spfRecord, domain string) (result, why string) {
	for i := range r.mechanisms {
		m := &r.mechanisms[i]
		matched, result, why := s.match(m, domain)
		if result != "" {
			return result, why
		}
		if matched {
			return m.result, m.text
		}
	}
	if r.redirect == "" {
		return resultNeutral, "no term of " + domain + " matches"
	}
	// RFC 7208 §6.1: what it leads to must have a record.
	if s.lookups++; s.lookups > maxLookups {
		return resultPermError, tooManyLookups
	}
	if result, why = s.check(s.expand(r.redirect, domain)); result == resultNone {
		result = resultPermError
	}
	return result, why
}

const (
	tooManyLookups = "the record asks too much"
	tooManyVoid    = "the record asks for too much that is not there"
)

// match reports whether a term matches; a result ends the check.
func (s *spfCheck) match(m *mechanism, domain string) (matched bool, result, why string) {
	switch m.name {
	case "all":
		return true, "", ""
	case "ip4", "ip6":
		return m.net.Contains(s.client), "", ""
	}
	if s.lookups++; s.lookups > maxLookups {
		return false, resultPermError, tooManyLookups
	}
	name := s.expand(m.domain, domain)
	switch m.name {
	case "include":
		return s.include(name)
	case "a":
		return s.hasAddress(name, m, true)
	case "mx":
		return s.hasMX(name, m)
	case "ptr":
		return s.hasName(name)
	}
	return s.exists(name)
}

// include asks another domain's record. RFC 7208 §5.2.
func (s *spfCheck) include(name string) (matched bool, result, why string) {
	switch result, why := s.check(name); result {
	case resultPass:
		return true, "", ""
	case resultTempError:
		return false, resultTempError, why
	case resultPermError, resultNone:
		return false, resultPermError, why
	}
	return false, "", ""
}

// answered looks at an answer with n records; a result ends the check.
func (s *spfCheck) answered(n int, err error) (result, why string) {
	switch {
	case n > 0:
		return "", ""
	case err == nil || isNotFound(err):
		if s.void++; s.void > maxVoid {
			return resultPermError, tooManyVoid
		}
		return "", ""
	case isTemporary(err):
		return resultTempError, err.Error()
	}
	return resultPermError, err.Error()
}

// addresses asks for the addresses of a name; what cannot be asked is not there.
func (s *spfCheck) addresses(name string) (out []netip.Addr, err error) {
	if !canBeAsked(name) {
		return nil, nil
	}
	list, err := s.dns.LookupIPAddr(s.ctx, name)
	for _, ip := range list {
		if a, ok := netip.AddrFromSlice(ip.IP); ok {
			out = append(out, a.Unmap())
		}
	}
	return out, err
}

// hasAddress reports whether the client is in a network of one of a name's
// addresses. RFC 7208 §5.3; §4.6.4: void counts what a term itself asks for.
func (s *spfCheck) hasAddress(name string, m *mechanism, void bool) (matched bool, result, why string) {
	list, err := s.addresses(name)
	mine := 0
	for _, a := range list {
		if a.Is4() != s.client.Is4() {
			continue
		}
		mine++
		bits := m.bits4
		if a.Is6() {
			bits = m.bits6
		}
		if netip.PrefixFrom(a, bits).Contains(s.client) {
			return true, "", ""
		}
	}
	if void || isTemporary(err) {
		result, why = s.answered(mine, err)
	}
	return false, result, why
}

// hasMX asks the addresses of a name's mail servers. RFC 7208 §5.4.
func (s *spfCheck) hasMX(name string, m *mechanism) (matched bool, result, why string) {
	if !canBeAsked(name) {
		result, why = s.answered(0, nil)
		return false, result, why
	}
	hosts, err := s.dns.LookupMX(s.ctx, name)
	if result, why = s.answered(len(hosts), err); result != "" {
		return false, result, why
	}
	// RFC 7208 §4.6.4: more than ten are an error.
	if len(hosts) > maxHosts {
		return false, resultPermError, name + " has too many mail servers"
	}
	for _, h := range hosts {
		if matched, result, why = s.hasAddress(h.Host, m, false); matched || result != "" {
			return matched, result, why
		}
	}
	return false, "", ""
}

// hasName reports whether the client has a name in a domain. RFC 7208 §5.5.
func (s *spfCheck) hasName(domain string) (matched bool, result, why string) {
	names, err := s.validated()
	if !isTemporary(err) {
		if result, why = s.answered(len(names), err); result != "" {
			return false, result, why
		}
	}
	for _, n := range names {
		if isWithin(n, domain) {
			return true, "", ""
		}
	}
	return false, "", ""
}

// validated returns the names of the client that lead back to it. RFC 7208 §5.5:
// errors on the way make no match, since not the sender's domain answers for them.
func (s *spfCheck) validated() ([]string, error) {
	if s.named {
		return s.names, nil
	}
	s.named = true
	all, err := s.dns.LookupAddr(s.ctx, s.client.String())
	for _, n := range all[:min(len(all), maxHosts)] {
		n = strings.TrimSuffix(n, ".")
		list, _ := s.addresses(n)
		for _, a := range list {
			if a == s.client {
				s.names = append(s.names, n)
				break
			}
		}
	}
	if len(all) > 0 { // it was no void lookup, whatever they lead to
		return s.names, nil
	}
	return nil, err
}

// validatedName is the value of %{p}: a name in the domain if there is one.
// RFC 7208 §7.2.
func (s *spfCheck) validatedName(domain string) string {
	names, _ := s.validated()
	best := "unknown"
	for i, n := range names {
		if strings.EqualFold(n, domain) {
			return n
		}
		if i == 0 || isWithin(n, domain) && !isWithin(best, domain) {
			best = n
		}
	}
	return best
}

// exists reports whether a name has an IPv4 address. RFC 7208 §5.7.
func (s *spfCheck) exists(name string) (matched bool, result, why string) {
	list, err := s.addresses(name)
	n := 0
	for _, a := range list {
		if a.Is4() {
			n++
		}
	}
	result, why = s.answered(n, err)
	return n > 0, result, why
}

// isWithin reports a name that is a domain or below it.
func isWithin(name, domain string) bool {
	name, domain = strings.ToLower(strings.TrimSuffix(name, ".")), strings.ToLower(strings.TrimSuffix(domain, "."))
	return name == domain || strings.HasSuffix(name, "."+domain)
}
