package mailauth

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

// Outside is what a domain of ours shows to the servers that get our mail, as far as
// the configuration knows it.
type Outside struct {
	Domain   string      // of a desk's address
	Hostname string      // how the gateway calls itself
	TakesMX  bool        // it takes mail from the world itself, and does not wait behind another server
	Keys     []Published // that sign the domain's mail
	WayOut   string      // host of the server that takes all outgoing mail; "" when none does
}

// Published is a public key that the DNS should show.
type Published struct {
	Name   string // of the record
	Record string // its text
}

// Grade is how a finding of a survey is to be taken.
type Grade string

// The grades.
const (
	Good    Grade = "ok"      // as it should be
	Doubt   Grade = "warning" // right in some houses, or not to be seen from here
	Wrong   Grade = "problem" // mail is lost, refused or taken for forged because of it
	Unknown Grade = "unknown" // the DNS gave no answer
)

// Advice is one finding of a survey.
type Advice struct {
	Domain string // or the host that it is about
	About  string // MX, SPF, DKIM, DMARC or PTR
	Grade  Grade
	Text   string // what was found, and what to do about it
}

// Survey looks at what the DNS says about a domain: where its mail goes (RFC 5321
// §5.1), who may send for it (RFC 7208), its keys (RFC 6376), its policy (RFC 7489), and
// whether the gateway's name and address name each other. It ends with ctx.
func Survey(ctx context.Context, r Resolver, o Outside) []Advice {
	s := survey{ctx: ctx, r: r, o: o}
	s.mx()
	s.spf()
	s.dkim()
	s.dmarc()
	return s.found
}

// SurveyHost looks whether a host's addresses lead back to its name: many servers
// refuse mail from one where they do not (RFC 1912 §2.1).
func SurveyHost(ctx context.Context, r Resolver, host string) []Advice {
	s := survey{ctx: ctx, r: r, o: Outside{Domain: host}}
	s.ptr()
	return s.found
}

// survey collects findings.
type survey struct {
	ctx   context.Context
	r     Resolver
	o     Outside
	found []Advice
}

func (s *survey) say(about string, g Grade, format string, args ...any) {
	s.found = append(s.found, Advice{s.o.Domain, about, g, fmt.Sprintf(format, args...)})
}

// failed notes that a question has no answer; it returns false when it has one, or the
// answer is that there is nothing.
func (s *survey) failed(about, name string, err error) bool {
	if err == nil || isNotFound(err) {
		return false
	}
	s.say(about, Unknown, "the DNS did not answer about %s: %v; try again, or name another server in dns.resolver", name, err)
	return true
}

func (s *survey) mx() {
	list, err := s.r.LookupMX(s.ctx, rooted(s.o.Domain))
	if s.failed("MX", s.o.Domain, err) {
		return
	}
	if len(list) == 0 {
		s.say("MX", Wrong, "no server takes mail for the domain; publish: %s. IN MX 10 %s.", s.o.Domain, s.o.Hostname)
		return
	}
	var hosts []string
	ours := false
	for _, m := range list {
		host := strings.ToLower(strings.TrimSuffix(m.Host, "."))
		if host == "" { // RFC 7505
			s.say("MX", Wrong, "the domain says that it takes no mail (null MX); publish: %s. IN MX 10 %s.", s.o.Domain, s.o.Hostname)
			return
		}
		hosts = append(hosts, host)
		ours = ours || host == strings.ToLower(s.o.Hostname)
		if addrs, err := s.r.LookupIPAddr(s.ctx, rooted(host)); !s.failed("MX", host, err) && len(addrs) == 0 {
			s.say("MX", Wrong, "%s, which shall take the domain's mail, has no address; publish one, or another MX", host)
		}
	}
	switch {
	case ours:
		s.say("MX", Good, "mail comes to %s", strings.Join(hosts, ", "))
	case s.o.TakesMX:
		s.say("MX", Doubt, "mail comes to %s, not to %s; let that server hand it on, or publish: %s. IN MX 10 %s.", strings.Join(hosts, ", "), s.o.Hostname, s.o.Domain, s.o.Hostname)
	default:
		s.say("MX", Good, "mail comes to %s, which must hand it to the gateway", strings.Join(hosts, ", "))
	}
}

// records are the TXT records of a name that begin with a tag.
func (s *survey) records(about, name, tag string) (all []string, ok bool) {
	list, err := s.r.LookupTXT(s.ctx, rooted(name))
	if s.failed(about, name, err) {
		return nil, false
	}
	for _, txt := range list {
		if first, _, _ := strings.Cut(strings.ReplaceAll(txt, ";", " "), " "); strings.EqualFold(first, tag) {
			all = append(all, txt)
		}
	}
	return all, true
}

func (s *survey) spf() {
	all, ok := s.records("SPF", s.o.Domain, "v=spf1")
	switch {
	case !ok:
		return
	case len(all) == 0:
		s.say("SPF", Wrong, `no record says who may send for the domain; publish: %s. IN TXT "v=spf1 mx a:%s -all"`, s.o.Domain, firstOf(s.o.WayOut, s.o.Hostname))
		return
	case len(all) > 1:
		s.say("SPF", Wrong, "there are %d records, which counts as an error (RFC 7208 §4.5): %q; make them one", len(all), all)
		return
	}
	for term := range strings.FieldsSeq(strings.ToLower(all[0])) {
		if term == "+all" || term == "all" || term == "?all" {
			s.say("SPF", Wrong, "%q lets everybody send for the domain; end it with -all", all[0])
			return
		}
	}
	s.mayLeave(all[0])
}

// mayLeave asks whether the server that takes our mail may send for the domain.
func (s *survey) mayLeave(record string) {
	host := firstOf(s.o.WayOut, s.o.Hostname)
	ips, err := s.addresses(host)
	if s.failed("SPF", host, err) {
		return
	}
	var refused []string
	for _, ip := range ips {
		f := checkMailFrom(s.ctx, s.r, ip, host, "postmaster@"+s.o.Domain)
		switch f.result {
		case resultPass:
		case resultTempError:
			s.say("SPF", Unknown, "the DNS did not answer while %q was looked at: %s; try again", record, f.why)
			return
		case resultPermError:
			s.say("SPF", Wrong, "%q is broken: %s; mend it", record, f.why)
			return
		default:
			refused = append(refused, ip.String())
		}
	}
	switch {
	case len(ips) == 0:
		s.say("SPF", Doubt, "%s, through which mail leaves, has no address that could be looked for in %q", host, record)
	case len(refused) > 0:
		s.say("SPF", Doubt, "%q does not allow %s (%s); if mail goes to the world from there, put ip4: or ip6: and that address into it", record, host, strings.Join(refused, ", "))
	default:
		s.say("SPF", Good, "%q allows %s", record, host)
	}
}

// addresses are those of a host, or of an address written as one.
func (s *survey) addresses(host string) (all []netip.Addr, err error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	list, err := s.r.LookupIPAddr(s.ctx, rooted(host))
	for _, a := range list {
		if ip, ok := netip.AddrFromSlice(a.IP); ok {
			all = append(all, ip.Unmap())
		}
	}
	return all, err
}

func (s *survey) dkim() {
	if len(s.o.Keys) == 0 {
		s.say("DKIM", Doubt, "no key signs the domain's mail here; unless %s signs it, run: mailgw dkim new %s", firstOf(s.o.WayOut, "another server"), s.o.Domain)
		return
	}
	for _, k := range s.o.Keys {
		list, err := s.r.LookupTXT(s.ctx, rooted(k.Name))
		switch {
		case s.failed("DKIM", k.Name, err):
		case len(list) == 0:
			s.say("DKIM", Wrong, "%s has no record, so that signatures count for nothing; mailgw dkim list prints it", k.Name)
		case len(list) > 1:
			s.say("DKIM", Wrong, "%s has %d records; leave the one that mailgw dkim list prints", k.Name, len(list))
		case keyTags(list[0])["p"] == "":
			s.say("DKIM", Wrong, "%s says that its key is revoked; take its [[dkim]] out of the configuration, and make another", k.Name)
		case keyTags(list[0])["p"] != keyTags(k.Record)["p"]:
			s.say("DKIM", Wrong, "%s shows another key than the one that signs; mailgw dkim list prints the right record", k.Name)
		case slices.Contains(strings.Split(keyTags(list[0])["t"], ":"), "y"):
			s.say("DKIM", Doubt, "%s is marked as a test (t=y), so that signatures count for nothing; take that out", k.Name)
		default:
			s.say("DKIM", Good, "%s shows the key that signs", k.Name)
		}
	}
}

// keyTags are the tags of a key's record, without white space in their values (RFC
// 6376 §3.2).
func keyTags(record string) map[string]string {
	tags := map[string]string{}
	for tag := range strings.SplitSeq(record, ";") {
		name, value, _ := strings.Cut(tag, "=")
		tags[strings.TrimSpace(name)] = strings.Join(strings.Fields(value), "")
	}
	return tags
}

func (s *survey) dmarc() {
	own := "_dmarc." + s.o.Domain
	all, ok := s.records("DMARC", own, "v=DMARC1")
	where := own
	if ok && len(all) == 0 {
		if org, err := publicsuffix.EffectiveTLDPlusOne(s.o.Domain); err == nil && org != s.o.Domain {
			where = "_dmarc." + org
			all, ok = s.records("DMARC", where, "v=DMARC1")
		}
	}
	if !ok {
		return
	}
	switch {
	case len(all) == 0:
		s.say("DMARC", Wrong, `no policy protects the domain, and large receivers want one; publish: %s. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@%s", and p=reject once the reports show that all your mail passes`, own, s.o.Domain)
	case len(all) > 1:
		s.say("DMARC", Wrong, "%s has %d records, which count as none (RFC 7489 §6.6.3); leave one", where, len(all))
	default:
		s.policy(where, all[0])
	}
}

// policy judges the one record.
func (s *survey) policy(where, txt string) {
	rec, ok := parseRecord(txt)
	p := rec.p
	if where != "_dmarc."+s.o.Domain && rec.sp != "" {
		p = rec.sp
	}
	switch {
	case !ok:
		s.say("DMARC", Wrong, "%s cannot be read: %q; write v=DMARC1; p=reject", where, txt)
	case rec.strictDKIM && len(s.o.Keys) > 0 && !slices.ContainsFunc(s.o.Keys, func(k Published) bool { return strings.HasSuffix(k.Name, "._domainkey."+s.o.Domain) }):
		s.say("DMARC", Wrong, "%s wants signatures of the very domain (adkim=s), and the keys are of one above it; take adkim=s out, or run: mailgw dkim new %s", where, s.o.Domain)
	case p == policyNone:
		s.say("DMARC", Doubt, "%s asks for nothing (p=none), so everybody can write as this domain; write p=quarantine, then p=reject, once the reports show that all your mail passes", where)
	default:
		s.say("DMARC", Good, "%s: p=%s", where, p)
	}
}

func (s *survey) ptr() {
	host := s.o.Domain
	ips, err := s.addresses(host)
	if s.failed("PTR", host, err) {
		return
	}
	if len(ips) == 0 {
		s.say("PTR", Wrong, "the gateway calls itself so, and the name has no address; publish one, or set hostname to a name that has")
		return
	}
	for _, ip := range ips {
		names, err := s.r.LookupAddr(s.ctx, ip.String())
		switch {
		case s.failed("PTR", ip.String(), err):
		case ip.IsLoopback() || ip.IsPrivate():
			s.say("PTR", Doubt, "%s is an address of your own network: whether the one that the world sees leads back cannot be seen from here", ip)
		case len(names) == 0:
			s.say("PTR", Wrong, "%s leads to no name, and many servers refuse mail from such an address; have whoever gave you the address set it to %s", ip, host)
		case !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSuffix(n, "."), host) }):
			s.say("PTR", Doubt, "%s leads to %s, not to %s; have whoever gave you the address set it to %s, or set hostname to that name", ip, strings.Join(names, ", "), host, host)
		default:
			s.say("PTR", Good, "%s leads back to it", ip)
		}
	}
}

// firstOf is a, or b when a is empty.
func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// SurveyTime bounds a whole survey.
const SurveyTime = 30 * time.Second
