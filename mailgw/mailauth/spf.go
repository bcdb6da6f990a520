package mailauth

import (
	"context"
	"net/netip"
	"strings"
)

// finding is what one method found out.
type finding struct {
	method string // "SPF", "SPF of HELO" or "DKIM"
	result string // in the words of RFC 8601 §2.7: pass, fail, none, temperror …
	domain string // that was checked, "" for none
	why    string // in some words, "" when the result says it all
}

// The results of a finding.
const (
	resultPass      = "pass"
	resultFail      = "fail"
	resultSoftFail  = "softfail"
	resultNeutral   = "neutral"
	resultNone      = "none"
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
		path = "postmaster@" + helo
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
	if i := strings.LastIndexByte(sender, '@'); i >= 0 { // a quoted local part can hold another
		local, name = sender[:i], sender[i+1:]
	}
	// RFC 7208 §4.3: what is no name of the DNS has no result, nor has a single label.
	f := finding{method: method, result: resultNone, domain: domainOf(name)}
	if f.domain == "" || !canBeAsked(f.domain) {
		f.why = "its domain can have no record"
		return f
	}
	if local == "" {
		local = "postmaster"
	}
	s := &spfCheck{ctx: ctx, dns: r, client: client.Unmap(), helo: helo, local: local, origin: f.domain}
	f.result, f.why = s.check(f.domain)
	f.why = clip(f.why)
	return f
}

// canBeAsked reports a name that fits into a question. RFC 1035 §2.3.4: labels of 63
// octets, names of 253 without the dot at the end.
func canBeAsked(name string) bool {
	name = strings.TrimSuffix(name, ".")
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	return len(name) <= maxName
}

// maxName is the longest name that can be asked for.
const maxName = 253
