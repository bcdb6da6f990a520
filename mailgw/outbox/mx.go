package outbox

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Resolver asks the DNS. Names end in a dot. A *net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// MXOptions says how mail is handed to the servers of its recipients.
type MXOptions struct {
	Hostname       string        // how we name ourselves (EHLO)
	TLS            string        // "off", "opportunistic" or "required", for domains that say nothing by MTA-STS
	CAFile         string        // PEM file of a private authority; "": those of the system
	CommandTimeout time.Duration // longest silence after a command
	Resolver       Resolver
	// Own reports whether this machine takes mail by SMTP at an address: nothing is handed to ourselves.
	Own func(host string, addr netip.Addr) bool
	// Policies is the folder in which policies of MTA-STS are kept over restarts.
	Policies string
	Log      *slog.Logger // nil: none
	// Dial connects; nil: by TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Transport fetches policies; nil: HTTPS with the system's authorities.
	Transport http.RoundTripper
}

// MXRelay is the relay of kind "mx": it hands each mail to the servers of its recipients'
// domains (RFC 5321 §5.1). Make it with [NewMXRelay].
//
// Nothing is ever said of a hop that is away, for there are many: a domain that cannot be
// reached fails for now.
type MXRelay struct {
	o     MXOptions
	hosts *hosts
	sts   *policies
}

var _ io.Closer = (*MXRelay)(nil)

// The bounds of one attempt to reach a domain.
const (
	mostHosts     = 10               // of MX records, the best
	mostAddresses = 8                // of all hosts that are tried
	mxDialTime    = 15 * time.Second // for one address: there are others
	routeTime     = 30 * time.Second // for the DNS
	smtpPort      = "25"
)

// NewMXRelay makes a relay. It connects when there is mail.
func NewMXRelay(o MXOptions) *MXRelay {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if o.Own == nil {
		o.Own = func(string, netip.Addr) bool { return false }
	}
	return &MXRelay{o: o, hosts: newHosts(o), sts: newPolicies(o)}
}

// Send hands a mail to the servers of each domain among its recipients, one domain after the other.
func (r *MXRelay) Send(ctx context.Context, m *Mail) (sent Sent) {
	for _, g := range byDomain(m.To) {
		part := *m
		part.To = g.to
		s := r.toDomain(ctx, g.domain, &part)
		sent.Failures = append(sent.Failures, s.Failures...)
		sent.Hung = sent.Hung || s.Hung
		if s.Reply != "" {
			sent.Reply = s.Reply
		}
	}
	return sent
}

// Flush has nothing to do: what the next hop took is its to keep.
func (r *MXRelay) Flush() error { return nil }

// Close ends idle connections.
func (r *MXRelay) Close() error { return r.hosts.close() }

// domainGroup are recipients at one domain.
type domainGroup struct {
	domain string // as an A-label, or an address literal in brackets
	to     []string
}

// byDomain puts recipients together, in the order in which their domains come.
func byDomain(to []string) (out []domainGroup) {
	for _, addr := range to {
		domain := asciiDomain(addr[strings.LastIndexByte(addr, '@')+1:])
		i := slices.IndexFunc(out, func(g domainGroup) bool { return g.domain == domain })
		if i < 0 {
			i, out = len(out), append(out, domainGroup{domain: domain})
		}
		out[i].to = append(out[i].to, addr)
	}
	return out
}

// toDomain hands a mail to the servers of one domain, the best first, until one has heard of it.
func (r *MXRelay) toDomain(ctx context.Context, domain string, m *Mail) Sent {
	finding, stop := context.WithTimeout(ctx, routeTime)
	route, err := r.route(finding, domain)
	var policy *policy
	if err == nil && r.o.TLS != "off" && !route.literal {
		policy = r.sts.of(finding, domain)
	}
	stop()
	if err != nil {
		return unreachable(m, domain, err)
	}
	var said []string // why each did not work
	var last Failure
	refuse := func(host, reply string) {
		if len(said) < 3 {
			said = append(said, host+": "+reply)
		}
	}
	tried := 0
	for _, h := range route.hosts {
		if policy.enforced() && !policy.allows(h.name) {
			refuse(h.name, "the policy of "+domain+" (MTA-STS) does not name it")
			continue
		}
		addrs, err := r.addresses(ctx, h)
		if err != nil {
			refuse(h.name, err.Error())
			continue
		}
		for _, addr := range addrs {
			if tried++; tried > mostAddresses || ctx.Err() != nil {
				break
			}
			s, untried := r.toHost(ctx, policy, h.name, addr, m)
			if !untried {
				return s
			}
			last = s.Failures[0]
			refuse(label(h.name, addr), last.Reply)
		}
	}
	if ctx.Err() != nil {
		refuse(domain, "the gateway stops")
	}
	f := failAll(m.To, strings.Join(said, "; "))
	for i := range f {
		f[i].Code, f[i].Enhanced = last.Code, last.Enhanced
	}
	return Sent{Failures: f}
}

// toHost hands a mail to one server. It reports untried when nothing of the mail was said
// to it: another one may be asked.
func (r *MXRelay) toHost(ctx context.Context, p *policy, name string, addr netip.Addr, m *Mail) (s Sent, untried bool) {
	mode := r.o.TLS
	if p.enforced() {
		mode = "required"
	}
	relay, release := r.hosts.borrow(hostKey{name, addr, mode})
	defer release()
	s = relay.Send(ctx, m)
	r.hosts.heard(addr, !s.untried || s.reached)
	if s.untried {
		return s, true
	}
	for i := range s.Failures {
		s.Failures[i].Reply = label(name, addr) + ": " + s.Failures[i].Reply
	}
	if s.Reply != "" {
		s.Reply = label(name, addr) + ": " + s.Reply
	}
	s.HopAway = false // of many hops one is
	return s, false
}

// label names a server in what people read.
func label(name string, addr netip.Addr) string {
	if name == "" {
		return "[" + addr.String() + "]"
	}
	return name + " [" + addr.String() + "]"
}

// unreachable are the failures of a mail whose domain has no way to it.
func unreachable(m *Mail, domain string, err error) Sent {
	f := failAll(m.To, domain+": "+err.Error())
	if gone, ok := err.(*routeError); ok {
		for i := range f {
			f[i].Permanent, f[i].Code, f[i].Enhanced = true, 550, gone.enhanced
			f[i].Reply = fmt.Sprintf("%s: %d.%d.%d %s", domain, gone.enhanced[0], gone.enhanced[1], gone.enhanced[2], gone.text)
		}
	}
	return Sent{Failures: f}
}
