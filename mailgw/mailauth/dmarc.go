package mailauth

import (
	"context"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// The policies of DMARC. RFC 7489 §6.3.
const (
	policyNone       = "none"
	policyQuarantine = "quarantine"
	policyReject     = "reject"
)

// record is a DMARC record.
type record struct {
	p, sp, np    string // policies; sp and np are "" when the record does not say
	strictDKIM   bool   // adkim=s
	strictSPF    bool   // aspf=s
	percent      int    // of the failing mails that p is meant for
	testing      bool   // t=y: as one step less
	reportsWhere string // rua
}

// parseRecord reads a TXT record; false when it is no DMARC record, or one that
// asks for nothing.
//
// RFC 7489 §6.3: v comes first, unknown tags and bad values count as not there;
// §6.6.3 (6): without a good p a record with a rua is one of p=none, else none.
// RFC 9091 §3 and DMARCbis: np is for subdomains that do not exist, t=y for tests.
func parseRecord(txt string) (r record, ok bool) {
	version, rest, _ := strings.Cut(txt, ";")
	name, value, _ := strings.Cut(version, "=")
	if strings.TrimSpace(name) != "v" || strings.TrimSpace(value) != "DMARC1" {
		return r, false
	}
	r.percent = 100
	bad := false
	for tag := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(tag, "=")
		value = strings.ToLower(strings.TrimSpace(value))
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "p":
			r.p = policyOf(value)
			bad = bad || r.p == ""
		case "sp":
			r.sp = policyOf(value)
			bad = bad || r.sp == ""
		case "np":
			r.np = policyOf(value)
		case "adkim":
			r.strictDKIM = value == "s"
		case "aspf":
			r.strictSPF = value == "s"
		case "pct":
			if n, err := strconv.Atoi(value); err == nil && n >= 0 && n <= 100 {
				r.percent = n
			}
		case "t":
			r.testing = value == "y"
		case "rua":
			r.reportsWhere = value
		}
	}
	if bad || r.p == "" {
		r.p, r.sp, r.np = policyNone, "", ""
		return r, r.reportsWhere != ""
	}
	return r, true
}

// policyOf returns a policy that exists, else "".
func policyOf(s string) string {
	switch s {
	case policyNone, policyQuarantine, policyReject:
		return s
	}
	return ""
}

// published is what the DNS says about the policy of a From domain.
type published struct {
	record
	found   bool
	unknown bool   // no answer came: there may be a record
	domain  string // where the record stands: From's, or that of its organisation
	wants   string // the policy for From's domain, before percent and testing
	why     string // in words
}

// lookUpPolicy finds the record that is for a From domain.
//
// RFC 7489 §6.6.3: at the domain itself, else at that of its organisation; several
// records at one place are none.
func lookUpPolicy(ctx context.Context, r Resolver, from string) (p published) {
	places := []string{from}
	if org, err := publicsuffix.EffectiveTLDPlusOne(from); err == nil && org != from {
		places = append(places, org)
	}
	for _, domain := range places {
		all, err := recordsAt(ctx, r, domain)
		switch {
		case isTemporary(err):
			p.unknown, p.why = true, "no answer about the policy of "+domain+" came: "+clip(err.Error())
			return p
		case len(all) > 1:
			p.why = domain + " publishes several policies, which is none"
			return p
		case len(all) == 0:
			continue
		}
		p.record, p.found, p.domain = all[0], true, domain
		p.choose(ctx, r, from)
		return p
	}
	p.why = "no policy is published for " + from
	return p
}

// recordsAt returns the DMARC records of a domain.
func recordsAt(ctx context.Context, r Resolver, domain string) (all []record, err error) {
	txts, err := r.LookupTXT(ctx, "_dmarc."+domain)
	if err != nil && !isTemporary(err) {
		err = nil
	}
	for _, txt := range txts {
		if rec, ok := parseRecord(txt); ok {
			all = append(all, rec)
		}
	}
	return all, err
}

// choose takes the policy that is meant for a From domain.
//
// RFC 7489 §6.3: sp is for subdomains; RFC 9091 §3: np for those that do not exist.
func (p *published) choose(ctx context.Context, r Resolver, from string) {
	p.wants = p.p
	tag := "p"
	if from != p.domain {
		if p.sp != "" {
			p.wants, tag = p.sp, "sp"
		}
		if p.np != "" && p.np != p.wants && missing(ctx, r, from) {
			p.wants, tag = p.np, "np"
		}
	}
	p.why = p.domain + " publishes " + tag + "=" + p.wants
	if p.percent < 100 {
		p.why += " for " + strconv.Itoa(p.percent) + " % of what fails"
	}
	if p.testing {
		p.why += ", for tests (t=y)"
	}
}

// missing reports a domain that the DNS knows nothing of. While no answer comes it
// counts as there.
func missing(ctx context.Context, r Resolver, domain string) bool {
	_, noMX := r.LookupMX(ctx, domain)
	_, noIP := r.LookupIPAddr(ctx, domain)
	return isNotFound(noMX) && isNotFound(noIP)
}

// asks is what the policy asks for with one mail that fails; sample is from 0 to 99
// and the same for the same mail.
//
// RFC 7489 §6.6.4: those outside the percentage have the next weaker policy.
func (p *published) asks(sample int) string {
	if sample < p.percent && !p.testing {
		return p.wants
	}
	if p.wants == policyReject {
		return policyQuarantine
	}
	return policyNone
}

// matches reports whether the domain of a finding speaks for a From domain.
// RFC 7489 §3.1: strict is the same domain, relaxed the same organisation.
func (p *published) matches(f finding, from string) bool {
	if f.method == methodHelo || f.domain == "" {
		return false
	}
	if p.found && (f.method == methodSPF && p.strictSPF || f.method == methodDKIM && p.strictDKIM) {
		return f.domain == from
	}
	return aligned(f.domain, from)
}
