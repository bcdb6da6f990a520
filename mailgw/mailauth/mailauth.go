// Package mailauth answers one question: is this mail really from whom it says?
//
// Now it knows two answers: "trusted" for a mail that was born on a peer in the
// trusted networks, and "none" for all others, about which nothing is known. It
// looks up nothing, keeps nothing, and may be used from many goroutines.
package mailauth

import (
	"fmt"
	"net/netip"
)

// Result is the answer.
type Result string

// The results.
const (
	Pass    Result = "pass"    // SPF or DKIM passes and aligns with the From domain
	None    Result = "none"    // nothing is known
	Fail    Result = "fail"    // the domain says that it is not
	Trusted Result = "trusted" // born on a peer that we trust
)

// Verdict is the answer with its reasons.
type Verdict struct {
	Result  Result
	Reasons []string // one sentence each, for the entry and for explain
}

// Authenticated reports whether the author is really the one named.
func (v Verdict) Authenticated() bool { return v.Result == Pass || v.Result == Trusted }

// Checker judges mails.
type Checker struct {
	// TrustedNetworks are the peers whose own mail is believed. Mail that such a
	// peer relays for somebody else (it carries a Received field) is not.
	TrustedNetworks []netip.Prefix
}

// Check judges a mail that the peer at client handed over, with this many
// Received fields of its own.
func (c *Checker) Check(client netip.Addr, received int) Verdict {
	if !c.Trusts(client) {
		return Verdict{None, []string{fmt.Sprintf("nothing is known about mail from %s", client)}}
	}
	if received > 0 {
		return Verdict{None, []string{fmt.Sprintf("%s is in smtp.trusted_networks, but relays this mail for somebody else (%d Received)", client, received)}}
	}
	return Verdict{Trusted, []string{fmt.Sprintf("born on %s, which is in smtp.trusted_networks", client)}}
}

// Trusts reports whether a peer is in the trusted networks.
func (c *Checker) Trusts(client netip.Addr) bool {
	client = client.Unmap()
	for _, n := range c.TrustedNetworks {
		if n.Contains(client) {
			return true
		}
	}
	return false
}
