package customer

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxDomainBytes is the longest domain name.
//
// RFC 5321 §4.5.3.1.2: 255 octets.
const maxDomainBytes = 255

// toASCII maps a domain to its A-labels, leniently: underscores and hyphens in
// odd places exist.
var toASCII = idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.CheckHyphens(false))

// normalDomain returns a domain in lower case, with A-labels and without the
// final dot. It refuses what names no domain: IP addresses, empty labels.
func normalDomain(s string) (string, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	if s == "" || len(s) > maxDomainBytes || s[0] == '[' {
		return "", false
	}
	ascii := true
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == '@' || s[i] == 0x7f {
			return "", false
		}
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		s = strings.ToLower(s)
	} else {
		var err error
		if s, err = toASCII.ToASCII(s); err != nil {
			return "", false
		}
	}
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return "", false
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return "", false
	}
	return s, true
}

// normalAddress returns a bare address in the form it is compared in, and its
// domain. Local parts are compared without case: no known host tells Max@ from
// max@, whatever RFC 5321 §2.4 allows.
func normalAddress(s string) (address, domain string, ok bool) {
	i := strings.LastIndexByte(s, '@')
	if i <= 0 {
		return "", "", false
	}
	domain, ok = normalDomain(s[i+1:])
	if !ok {
		return "", "", false
	}
	return strings.ToLower(strings.TrimSpace(s[:i])) + "@" + domain, domain, true
}

// isPublicSuffix tells whether everybody can register below the domain.
func isPublicSuffix(domain string) bool {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	return suffix == domain
}

// parent cuts the first label off; "" when there is none left.
func parent(domain string) string {
	_, rest, _ := strings.Cut(domain, ".")
	return rest
}
