// Package mailauth answers one question: is this mail really from whom it says?
//
// It knows three witnesses. A mail that was born on a peer in the trusted networks is
// "trusted". A peer in the upstream networks (the mail server in front of us) has
// checked the mail before us, and its word is read from the Authentication-Results
// fields that it wrote: "pass", "fail", or "none". All other mail is checked by
// SPF, DKIM and DMARC of our own.
//
// The hard part of the first is which fields the upstream wrote and which the
// sender, see [Checker.Judge]; of the second, that all who read a mail see what was
// signed, and that a forger gains nothing by making answers fail, see
// [Checker.Examine]. docs/sender.md tells both.
//
// A [Cache] keeps what the DNS answered; nothing else is kept, and all may be used
// from many goroutines. Failure policy: what cannot be read cleanly, or was not
// answered in time, counts for nothing; it never proves an author, nor does it
// condemn one.
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
	// Client is who handed the mail to the outermost server of ours: the peer, or
	// behind an upstream the client that it names; invalid when that is not known.
	Client netip.Addr
	// Policy is what the domain of From asks for, of a Fail: "reject", "quarantine",
	// or "" when that is not known.
	Policy string
	// Direct says that the peer is the sender's own server, so that a refusal reaches
	// the sender, and nobody whose address was forged.
	Direct bool
	// Again says, of a None, that not all answers came in time: asked later, it may be
	// something else.
	Again bool
}

// Authenticated reports whether the author is really the one named.
func (v Verdict) Authenticated() bool { return v.Result == Pass || v.Result == Trusted }

// Checker judges mails.
type Checker struct {
	// TrustedNetworks are the peers whose own mail is believed. Mail that such a
	// peer relays for somebody else (it carries a Received field) is not.
	TrustedNetworks []netip.Prefix
	// UpstreamNetworks are the mail servers in front of us, whose results are
	// believed. None: nobody's are.
	UpstreamNetworks []netip.Prefix
	// AuthservIDs are the names by which they sign their results, in any case; "-"
	// stands for a field without a name.
	AuthservIDs []string
	// DNS is asked about mail of other peers; nil = nobody is.
	DNS *Cache
}

// Check judges a mail that the peer at client handed over, with this many
// Received fields of its own, by the trusted networks alone.
func (c *Checker) Check(client netip.Addr, received int) Verdict {
	if !c.Trusts(client) {
		return Verdict{Result: None, Client: client, Reasons: []string{fmt.Sprintf("nothing is known about mail from %s", client)}}
	}
	if received > 0 {
		return Verdict{Result: None, Client: client, Reasons: []string{fmt.Sprintf("%s is in smtp.trusted_networks, but relays this mail for somebody else (%d Received)", client, received)}}
	}
	return Verdict{Result: Trusted, Client: client, Reasons: []string{fmt.Sprintf("born on %s, which is in smtp.trusted_networks", client)}}
}

// Trusts reports whether a peer is in the trusted networks.
func (c *Checker) Trusts(client netip.Addr) bool { return contains(c.TrustedNetworks, client) }

// IsUpstream reports whether a peer is one of the mail servers in front of us; the
// zero Addr is that of a Unix socket.
func (c *Checker) IsUpstream(peer netip.Addr) bool { return c.upstream(peer) }
