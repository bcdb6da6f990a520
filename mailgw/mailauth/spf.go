package mailauth

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"blitiri.com.ar/go/spf"
)

// finding is what one method found out.
type finding struct {
	method string // "SPF", "SPF of HELO" or "DKIM"
	result string // in the words of RFC 8601 §2.7: pass, fail, none, temperror …
	domain string // that was checked, "" for none
	why    string // in some words, "" when the result says it all
}

// The results that a verdict looks at.
const (
	resultPass      = "pass"
	resultFail      = "fail"
	resultNone      = "none"
	resultNeutral   = "neutral"
	resultTempError = "temperror"
	resultPermError = "permerror"
)

// The methods of a finding.
const (
	methodSPF  = "SPF"
	methodHelo = "SPF of HELO"
	methodDKIM = "DKIM"
)

// checkMailFrom asks whether a client may send for the domain of an envelope's
// sender.
//
// RFC 7208 §2.4: the null sender is postmaster of the name in HELO.
func checkMailFrom(ctx context.Context, r Resolver, client netip.Addr, helo, path string) finding {
	if path == "" {
		return checkSPF(ctx, r, client, helo, "postmaster@"+helo, methodSPF)
	}
	return checkSPF(ctx, r, client, helo, path, methodSPF)
}

// checkHelo asks whether a client may call itself as it does. It says nothing about
// an author.
//
// RFC 7208 §2.3: the HELO identity.
func checkHelo(ctx context.Context, r Resolver, client netip.Addr, helo string) finding {
	return checkSPF(ctx, r, client, helo, "postmaster@"+helo, methodHelo)
}

func checkSPF(ctx context.Context, r Resolver, client netip.Addr, helo, sender, method string) finding {
	local, name := "", sender
	if i := strings.LastIndexByte(sender, '@'); i >= 0 {
		local, name = sender[:i], sender[i+1:]
	}
	// RFC 7208 §4.3: what is no name of the DNS has no result, nor has a single label.
	f := finding{method: method, result: resultNone, domain: domainOf(name)}
	if f.domain == "" || longLabel(f.domain) {
		f.why = "its domain can have no record"
		return f
	}
	if local == "" {
		local = "postmaster"
	}
	// Workaround: spf v1.6.0 splits a sender at its first "@", so that the sender
	// could choose the domain (TestSPFOfQuotedLocalPart).
	local = strings.ReplaceAll(local, "@", ".")
	result, err := spf.CheckHostWithSender(net.IP(client.Unmap().AsSlice()), helo, local+"@"+f.domain,
		spf.WithContext(ctx), spf.WithResolver(r))
	f.result = string(result)
	if err != nil && result != spf.Pass && result != spf.None {
		f.why = clip(err.Error())
	}
	return f
}

// longLabel reports a label that no name of the DNS has. RFC 1035 §2.3.4: 63 octets.
func longLabel(domain string) bool {
	for label := range strings.SplitSeq(domain, ".") {
		if len(label) > 63 {
			return true
		}
	}
	return false
}
