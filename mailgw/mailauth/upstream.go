package mailauth

import (
	"net/netip"
	"slices"
	"strings"
)

// The fields that the walk looks at, in lower case.
const (
	fieldResults  = "authentication-results"
	fieldReceived = "received"
)

// loopback stands for the peer of a Unix socket.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// upstream reports whether a peer is in the upstream networks. The zero Addr is
// the peer of a Unix socket: a program of this machine.
func (c *Checker) upstream(peer netip.Addr) bool {
	if !peer.IsValid() {
		peer = loopback
	}
	return contains(c.UpstreamNetworks, peer)
}

// believes reports whether an authserv-id is one of the trusted ones.
func (c *Checker) believes(id string) bool {
	return slices.ContainsFunc(c.AuthservIDs, func(known string) bool { return normalID(known) == id })
}

// zone is a part of a header, by who can have written it.
type zone int

const (
	above zone = iota // above the border: nobody but our upstream
	below             // right below it: what the upstream's filters insert there, or the sender
	past              // below the next Received: anybody
)

// walk goes down the header of a mail from an upstream, and knows in which zone it
// is. The border is the last Received field that our upstream wrote: the first one
// from the top whose client is not an upstream itself.
type walk struct {
	c      *Checker
	zone   zone
	hops   int        // Received fields so far
	client netip.Addr // who handed the mail to our upstream; invalid until known
}

// newWalk begins at the top. The fields of a peer that is no upstream are
// anybody's.
func (c *Checker) newWalk(peer netip.Addr) *walk {
	w := &walk{c: c, zone: past}
	if c.upstream(peer) {
		w.zone = above
	}
	return w
}

// received goes past a Received field.
func (w *walk) received(v string) {
	w.hops++
	if w.zone != above {
		w.zone = past
		return
	}
	h := parseReceived(v)
	switch {
	case h.within || h.client.IsValid() && w.c.upstream(h.client):
		return
	case !h.client.IsValid() || h.submitted:
		w.zone = past
	default:
		w.zone = below
	}
	w.client = h.client
}

// counts reports whether an Authentication-Results field that stands here may be
// the upstream's.
func (w *walk) counts() bool { return w.zone != past }

// Door returns what smtpd asks for each Authentication-Results and Received field
// of one mail from a peer, top to bottom: whether the field is to be stripped,
// since it claims a trusted id and stands where our upstream does not write. It
// returns nil when no id is trusted: there is nothing to strip then. The function
// is for one mail and one goroutine.
func (c *Checker) Door(peer netip.Addr) func(name, value string) bool {
	if len(c.AuthservIDs) == 0 {
		return nil
	}
	w := c.newWalk(peer)
	return func(name, value string) bool {
		switch strings.ToLower(name) {
		case fieldReceived:
			w.received(value)
		case fieldResults:
			return !w.counts() && c.believes(readID(&scanner{text: value}))
		}
		return false
	}
}

// contains reports whether an address is in one of the networks.
func contains(networks []netip.Prefix, a netip.Addr) bool {
	a = a.Unmap()
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a) })
}
