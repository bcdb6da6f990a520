// Package dnstest is a small DNS for tests: a [Zone] that answers in the process,
// as package mailauth asks, or on a loopback port, as a name server.
//
// It knows TXT, A, AAAA, MX, PTR and CNAME, names that fail, and how often it was asked. It
// is no name server for anything else: no delegation, no TCP, and of a CNAME the answer alone. It may be
// used from many goroutines.
package dnstest

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// Zone is what the DNS knows. The zero Zone knows nothing: all names are not found.
type Zone struct {
	mu      sync.Mutex
	records map[string]map[string][]string // by name, then by type
	failing map[string]bool
	asked   map[string]int
}

// New returns a zone with records, one a line: "name TYPE value", as in
// "acme.example TXT v=spf1 -all" or "acme.example MX 10 mx.acme.example". The type
// FAIL is a name that is never answered.
func New(lines ...string) *Zone {
	z := &Zone{}
	for _, l := range lines {
		name, rest, _ := strings.Cut(l, " ")
		kind, value, _ := strings.Cut(rest, " ")
		if kind == "FAIL" {
			z.Fail(name, true)
			continue
		}
		z.Add(name, kind, value)
	}
	return z
}

func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// Add adds a record.
func (z *Zone) Add(name, kind, value string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.records == nil {
		z.records = map[string]map[string][]string{}
	}
	name = plain(name)
	if z.records[name] == nil {
		z.records[name] = map[string][]string{}
	}
	z.records[name][kind] = append(z.records[name][kind], value)
}

// Remove takes all records of a name away.
func (z *Zone) Remove(name string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	delete(z.records, plain(name))
}

// Fail says whether questions about a name fail: no answer comes. "*" is every name.
func (z *Zone) Fail(name string, fails bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.failing == nil {
		z.failing = map[string]bool{}
	}
	z.failing[plain(name)] = fails
}

// Asked is how often a type of a name was asked for; of "" and "" all questions.
func (z *Zone) Asked(name, kind string) int {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.asked[kind+" "+plain(name)]
}

// look answers a question; there says whether the name exists at all.
func (z *Zone) look(name, kind string) (values []string, there, fails bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.asked == nil {
		z.asked = map[string]int{}
	}
	name = plain(name)
	z.asked[kind+" "+name]++
	z.asked[" "]++
	all, there := z.records[name]
	for hops := 0; len(all["CNAME"]) > 0 && hops < 8; hops++ {
		name = plain(all["CNAME"][0])
		all, there = z.records[name]
	}
	return all[kind], there, z.failing[name] || z.failing["*"]
}

// lookup is look with the errors of package net.
func (z *Zone) lookup(ctx context.Context, name, kind string) ([]string, error) {
	values, _, fails := z.look(name, kind)
	switch {
	case ctx.Err() != nil:
		return nil, &net.DNSError{Err: ctx.Err().Error(), Name: name, IsTimeout: true, IsTemporary: true}
	case fails:
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	case len(values) == 0:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return values, nil
}

// LookupTXT answers as [net.Resolver] does.
func (z *Zone) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return z.lookup(ctx, name, "TXT")
}

// LookupMX answers as [net.Resolver] does.
func (z *Zone) LookupMX(ctx context.Context, name string) (out []*net.MX, err error) {
	values, err := z.lookup(ctx, name, "MX")
	for _, v := range values {
		pref, host := parseMX(v)
		out = append(out, &net.MX{Host: host, Pref: pref})
	}
	return out, err
}

// LookupIPAddr answers as [net.Resolver] does.
func (z *Zone) LookupIPAddr(ctx context.Context, name string) (out []net.IPAddr, err error) {
	for _, kind := range []string{"A", "AAAA"} {
		values, failed := z.lookup(ctx, name, kind)
		if failed != nil {
			err = failed
		}
		for _, v := range values {
			out = append(out, net.IPAddr{IP: net.ParseIP(v)})
		}
	}
	if len(out) > 0 {
		err = nil
	}
	return out, err
}

// LookupAddr answers as [net.Resolver] does.
func (z *Zone) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, &net.DNSError{Err: "no address", Name: addr, IsNotFound: true}
	}
	return z.lookup(ctx, ReverseName(a), "PTR")
}

// ReverseName is under what name the PTR records of an address stand.
func ReverseName(a netip.Addr) string {
	const hex = "0123456789abcdef"
	b := a.Unmap().AsSlice()
	name := ""
	for i := len(b) - 1; i >= 0; i-- {
		if len(b) == net.IPv4len {
			name += strconv.Itoa(int(b[i])) + "."
			continue
		}
		name += string(hex[b[i]&15]) + "." + string(hex[b[i]>>4]) + "."
	}
	if len(b) == net.IPv4len {
		return name + "in-addr.arpa"
	}
	return name + "ip6.arpa"
}

// parseMX reads "10 mx.example".
func parseMX(value string) (pref uint16, host string) {
	first, host, _ := strings.Cut(value, " ")
	n, err := strconv.ParseUint(first, 10, 16)
	if err != nil {
		return 0, value
	}
	return uint16(n), host
}
