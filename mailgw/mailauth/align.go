package mailauth

import (
	"net/netip"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// toASCII maps a domain to its A-labels, leniently: underscores exist.
var toASCII = idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.CheckHyphens(false))

// maxDomain is the longest domain name. RFC 5321 §4.5.3.1.2: 255 octets.
const maxDomain = 255

// domainOf returns the domain of an address or of a domain, in lower case and
// A-labels; "" when it has none that could be somebody's.
func domainOf(s string) string {
	s = strings.Trim(s, "<>")
	s = strings.TrimSuffix(s[strings.LastIndexByte(s, '@')+1:], ".")
	if s == "" || len(s) > maxDomain || strings.ContainsFunc(s, notInDomain) {
		return ""
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return ""
	}
	s, err := toASCII.ToASCII(s)
	if err != nil || s == "" || s[0] == '.' || strings.Contains(s, "..") || !strings.Contains(s, ".") {
		return ""
	}
	return strings.ToLower(s)
}

// notInDomain reports what stands in no name of a host.
func notInDomain(r rune) bool {
	return r <= ' ' || !unicode.IsGraphic(r) || strings.ContainsRune("\"'()<>[]{}:;,=/\\%!?*", r)
}

// aligned reports whether two domains belong to one organisation.
//
// RFC 7489 §3.1: relaxed alignment; §3.2: the organisational domain is one label
// below a public suffix. A suffix itself is aligned with itself only.
func aligned(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if a == b {
		return true
	}
	org, err := publicsuffix.EffectiveTLDPlusOne(a)
	if err != nil {
		return false
	}
	other, err := publicsuffix.EffectiveTLDPlusOne(b)
	return err == nil && org == other
}
