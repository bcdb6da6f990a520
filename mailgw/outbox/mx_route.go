package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// routeError says that a domain can never be reached as it is.
type routeError struct {
	enhanced [3]int // RFC 3463
	text     string
}

// Error is its text.
func (e *routeError) Error() string { return e.text }

// route is the way to a domain.
type route struct {
	hosts   []mxHost // the best first
	literal bool     // the address says where
}

// mxHost is a server that takes a domain's mail.
type mxHost struct {
	name  string     // without a dot at its end; "" for an address literal
	pref  uint16     // the less the better
	addr  netip.Addr // of a literal
	addrs []netip.Addr
}

// route finds the servers of a domain (RFC 5321 §5.1, RFC 7505). A *routeError says that
// there is no way, any other error that none is known now.
func (r *MXRelay) route(ctx context.Context, domain string) (route, error) {
	if addr, ok, err := literal(domain); ok || err != nil {
		if err == nil && r.o.Own("", addr) {
			err = errOwn
		}
		return route{hosts: []mxHost{{addr: addr}}, literal: true}, err
	}
	if domain == "" || strings.ContainsAny(domain, " \x00") {
		return route{}, &routeError{[3]int{5, 1, 3}, "this is no domain"}
	}
	records, err := r.o.Resolver.LookupMX(ctx, domain+".")
	if len(records) > 0 {
		err = nil // of records that are none the others count
	}
	var missing *net.DNSError
	switch {
	case errors.As(err, &missing) && missing.IsNotFound:
		return r.implicit(ctx, domain)
	case err != nil:
		return route{}, fmt.Errorf("its MX is not known now: %w", plainDNS(err))
	}
	var out route
	for _, mx := range records {
		name := strings.ToLower(strings.TrimSuffix(mx.Host, "."))
		if name == "" { // RFC 7505 §3
			if len(records) == 1 {
				return route{}, &routeError{[3]int{5, 1, 10}, "the domain says that it takes no mail (null MX)"}
			}
			continue
		}
		out.hosts = append(out.hosts, mxHost{name: name, pref: mx.Pref})
	}
	if len(out.hosts) == 0 {
		return r.implicit(ctx, domain)
	}
	rand.Shuffle(len(out.hosts), func(i, j int) { out.hosts[i], out.hosts[j] = out.hosts[j], out.hosts[i] })
	slices.SortStableFunc(out.hosts, func(a, b mxHost) int { return int(a.pref) - int(b.pref) })
	out.hosts = out.hosts[:min(len(out.hosts), mostHosts)]
	return out, r.withoutOwn(ctx, &out)
}

// errOwn is returned for a domain whose mail comes to this machine.
var errOwn = &routeError{[3]int{5, 4, 6}, "its mail comes to this machine, which does not take it: the address is none of a desk, or the MX is wrong"}

// withoutOwn leaves out this machine and what is no better: mail would go in a circle (RFC 5321 §5.1).
func (r *MXRelay) withoutOwn(ctx context.Context, out *route) error {
	for i := range out.hosts {
		h := &out.hosts[i]
		list, err := r.addresses(ctx, *h)
		if err != nil { // it is asked again when its turn comes
			continue
		}
		h.addrs = list
		if slices.ContainsFunc(list, func(a netip.Addr) bool { return r.o.Own(h.name, a) }) {
			own := h.pref
			out.hosts = slices.DeleteFunc(out.hosts, func(h mxHost) bool { return h.pref >= own })
			break
		}
	}
	if len(out.hosts) == 0 {
		return errOwn
	}
	return nil
}

// implicit is the way to a domain without MX: its own addresses (RFC 5321 §5.1).
func (r *MXRelay) implicit(ctx context.Context, domain string) (route, error) {
	out := route{hosts: []mxHost{{name: domain}}}
	list, err := r.addresses(ctx, out.hosts[0])
	var missing *net.DNSError
	switch {
	case errors.As(err, &missing) && missing.IsNotFound:
		return out, &routeError{[3]int{5, 1, 2}, "there is no such domain, or it takes no mail: it has neither MX nor address"}
	case err != nil:
		return out, fmt.Errorf("its address is not known now: %w", plainDNS(err))
	}
	out.hosts[0].addrs = list
	return out, r.withoutOwn(ctx, &out)
}

// addresses are those of a host: IPv6 and IPv4 in turns, those that did not answer lately last.
func (r *MXRelay) addresses(ctx context.Context, h mxHost) ([]netip.Addr, error) {
	if h.addr.IsValid() {
		return []netip.Addr{h.addr}, nil
	}
	if h.addrs != nil {
		return h.addrs, nil
	}
	list, err := r.o.Resolver.LookupIPAddr(ctx, h.name+".")
	if err != nil {
		return nil, plainDNS(err)
	}
	var six, four, out []netip.Addr
	for _, a := range list {
		addr, ok := netip.AddrFromSlice(a.IP)
		switch addr = addr.Unmap(); {
		case !ok || addr.IsUnspecified() || addr.IsMulticast() || addr.IsLoopback():
		case addr.Is4():
			four = append(four, addr)
		default:
			six = append(six, addr)
		}
	}
	for i := range max(len(six), len(four)) {
		if i < len(six) {
			out = append(out, six[i])
		}
		if i < len(four) {
			out = append(out, four[i])
		}
	}
	if len(out) == 0 {
		return nil, errors.New("it has no address that mail could go to")
	}
	slices.SortStableFunc(out, func(a, b netip.Addr) int { return r.hosts.silent(a) - r.hosts.silent(b) })
	return out, nil
}

// plainDNS is a failure of the DNS as people read it.
func plainDNS(err error) error {
	var d *net.DNSError
	if !errors.As(err, &d) || d.IsNotFound {
		return err
	}
	if d.IsTimeout {
		return errors.New("the DNS does not answer")
	}
	return fmt.Errorf("the DNS fails: %s", d.Err)
}

// literal reads an address literal (RFC 5321 §4.1.3).
func literal(domain string) (addr netip.Addr, ok bool, err error) {
	text, ok := strings.CutPrefix(domain, "[")
	if !ok {
		return addr, false, nil
	}
	text = strings.TrimSuffix(text, "]")
	if len(text) > 5 && strings.EqualFold(text[:5], "IPv6:") {
		text = text[5:]
	}
	if addr, err = netip.ParseAddr(text); err != nil || addr.Zone() != "" || addr.IsLoopback() || addr.IsUnspecified() || addr.IsMulticast() {
		return addr, true, &routeError{[3]int{5, 1, 3}, "mail cannot go to this address literal"}
	}
	return addr.Unmap(), true, nil
}

// asciiDomain is a domain as the DNS has it: in lower case, as A-labels (RFC 5891).
func asciiDomain(domain string) string {
	domain = strings.TrimSuffix(strings.ToLower(domain), ".")
	if ascii(domain) {
		return domain
	}
	if a, err := idna.Lookup.ToASCII(domain); err == nil {
		return a
	}
	return domain
}
