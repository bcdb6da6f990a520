package smtpd

import (
	"net"
	"net/netip"
	"sync/atomic"
)

// hostOf returns what counts as one host: an IPv4 address or an IPv6 /64, since
// whoever has one address of it has them all.
func hostOf(ip netip.Addr) netip.Addr {
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return ip
}

// netOf returns what counts as one network: an IPv4 /24 or an IPv6 /48, as small as
// they are given to one customer.
func netOf(ip netip.Addr) netip.Prefix {
	bits := 24
	if ip.Is6() {
		bits = 48
	}
	p, err := ip.Prefix(bits)
	if err != nil { // there is no address
		return netip.Prefix{}
	}
	return p
}

// peerIP returns the address of a peer, invalid when it has none (a Unix
// socket).
func peerIP(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// peerName returns a peer's address for the log.
func peerName(ip netip.Addr) string {
	if !ip.IsValid() {
		return "local"
	}
	return ip.String()
}

// reason is why something was refused.
type reason int

const (
	refusedConnections reason = iota // too many connections in all
	refusedHost                      // too many of one host
	refusedCommands                  // too many commands
	refusedErrors                    // too many errors
	refusedCommand                   // a command that was not understood, or came out of order
	refusedTimeout                   // the peer was too slow
	refusedTLS                       // the TLS handshake was not done
	refusedSender                    // a MAIL command
	refusedRecipient                 // a RCPT command
	refusedSize                      // a mail that is too large
	refusedNewline                   // a bare CR or LF in a mail
	refusedHops                      // a mail that was relayed too often
	refusedMail                      // a mail that Deliver refused
	failedMail                       // a mail that Deliver could not take
	refusedBuffer                    // a mail for which there was no room
	refusedNet                       // too many of one network
	refusedEarly                     // who spoke before the greeting
	refusedScan                      // a sender, recipient or mail that a scanner refused, or could not be asked about
	refusedLogin                     // an AUTH command
	reasons
)

var reasonNames = [reasons]string{
	"connections", "connections_per_ip", "commands", "errors", "command", "timeout", "tls",
	"sender", "recipient", "size", "bare_newline", "received_hops", "mail", "failure", "buffered_bytes", "connections_per_network", "early", "scan", "login",
}

// String returns the reason's name in logs and counters.
func (r reason) String() string { return reasonNames[r] }

// tally counts what happened.
type tally struct {
	now      atomic.Int64
	total    atomic.Uint64
	accepted atomic.Uint64
	refused  [reasons]atomic.Uint64
}

func (t *tally) refuse(r reason) { t.refused[r].Add(1) }

// Counters is what a Server has counted since it was made.
type Counters struct {
	Connections      int               // open now
	ConnectionsTotal uint64            // admitted
	Accepted         uint64            // mails answered 250
	BufferedBytes    int64             // room that mails in flight have now, those of all Servers with the same Usage
	Refused          map[string]uint64 // what was refused, by reason; each reason is there, also with 0
}

// Counters returns a snapshot.
func (s *Server) Counters() Counters {
	c := Counters{
		Connections:      int(s.tally.now.Load()),
		ConnectionsTotal: s.tally.total.Load(),
		Accepted:         s.tally.accepted.Load(),
		BufferedBytes:    s.terms.Load().Usage.buffered(),
		Refused:          make(map[string]uint64, reasons),
	}
	for r := range reasons {
		c.Refused[r.String()] = s.tally.refused[r].Load()
	}
	return c
}
