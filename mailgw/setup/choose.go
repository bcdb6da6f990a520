package setup

import (
	"net/netip"
	"strconv"
	"strings"
)

// Listeners are where one service is listened for, as host:port with an IP address or no host.
type Listeners struct {
	TLS   []string // TLS from the first byte
	Plain []string // TLS by STARTTLS, where there is a certificate
}

// Choose is the listener that a client is told of: TLS from the first byte before
// STARTTLS (RFC 8314 §3.1), and what others can reach before loopback. Host is the name of
// the certificate, "" when there is none: then only loopback can be had, for no password
// goes over a network in the clear. False when there is none to be told of.
func Choose(l Listeners, host string) (Server, bool) {
	for _, way := range []struct {
		listen []string
		how    Security
	}{{l.TLS, TLS}, {l.Plain, StartTLS}} {
		for _, at := range way.listen {
			if ip, port, ok := split(at); ok && host != "" && !ip.IsLoopback() {
				return Server{host, port, way.how}, true
			}
		}
	}
	for _, at := range l.Plain {
		if ip, port, ok := split(at); ok && ip.IsLoopback() {
			return Server{ip.String(), port, Plain}, true
		}
	}
	return Server{}, false
}

// split reads host:port; no host is every address of the machine, and so is a name, for it
// cannot be told here what it stands for.
func split(at string) (ip netip.Addr, port int, ok bool) {
	i := strings.LastIndexByte(at, ':')
	if i < 0 {
		return ip, 0, false
	}
	port, err := strconv.Atoi(at[i+1:])
	if err != nil || port < 1 || port > 65535 {
		return ip, 0, false
	}
	host := strings.Trim(at[:i], "[]")
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err = netip.ParseAddr(host)
	if err != nil {
		ip = netip.IPv4Unspecified()
	}
	return ip, port, true
}
