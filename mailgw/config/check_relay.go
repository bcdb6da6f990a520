package config

import (
	"net"
	"net/netip"
	"strconv"
)

// TLSMode is what relay.tls comes to: "off", "opportunistic" or "required".
func (r *Relay) TLSMode() string {
	switch {
	case r.TLS != "":
		return r.TLS
	case r.Kind == "mx": // most servers have no certificate that could be verified
		return "opportunistic"
	}
	return "required"
}

// Share is how many connections work for one destination at most.
func (r *Relay) Share() int {
	if r.PerDestination > 0 {
		return r.PerDestination
	}
	return max(1, r.Connections/2)
}

// relay checks what belongs together in [relay].
func (c *checker) relay() {
	r := &c.Relay
	if r.Kind == "mx" {
		for _, k := range []struct{ key, value string }{{"address", r.Address}, {"username", r.Username}, {"password_file", r.PasswordFile}, {"oauth", r.OAuth}} {
			if at := "relay." + k.key; k.value != "" && !c.has(at) {
				c.at(at, `is for kind = "smtp" alone (got %q): with "mx" the DNS says where mail goes, and nobody logs in; take it out, or write kind = "smtp"`, k.value)
			}
		}
		if c.has("relay.address") || c.has("relay.username") || c.has("relay.password_file") || c.has("relay.oauth") {
			return
		}
	}
	if r.PerDestination > r.Connections && !c.has("relay.per_destination") && !c.has("relay.connections") {
		c.at("relay.per_destination", "is more than there are connections (got %d, and connections = %d); write at most %d", r.PerDestination, r.Connections, r.Connections)
	}
	if r.Kind == "smtp" && r.Address == "" && !c.has("relay.address") {
		c.at("relay.address", `must not be empty with kind = "smtp" (got ""); write the mail server's host:port, like "mail.example.com:587"`)
	}
	if r.Address != "" {
		c.serverAddress("relay.address", r.Address, "mail.example.com", "587")
	}
	switch {
	case r.Username != "" && r.PasswordFile == "" && !c.has("relay.password_file"):
		c.at("relay.password_file", "is missing, and there is a username; write the file whose first line is the password")
	case r.PasswordFile != "" && r.Username == "" && !c.has("relay.username"):
		c.at("relay.username", "is missing, and there is a password_file; write the name to log in with")
	}
	if r.Username != "" && r.TLSMode() != "required" && !isLoopback(r.Address) && !c.has("relay.tls") && !c.has("relay.address") {
		c.at("relay.tls", `sends the password without verified TLS (got %q); write tls = "required"`, r.TLSMode())
	}
	c.relayOAuth()
	if r.TLSCAFile != "" && r.TLSMode() != "required" && !c.has("relay.tls") && !c.has("relay.tls_ca_file") {
		c.at("relay.tls_ca_file", `verifies nothing with tls = %q; write tls = "required"`, r.TLSMode())
	}
}

// serverAddress checks the host:port of a server that we connect to; host and port are
// those to propose.
func (c *checker) serverAddress(at, addr, host, port string) {
	if c.has(at) {
		return
	}
	example := net.JoinHostPort(host, port)
	host, p, err := net.SplitHostPort(addr)
	n, perr := strconv.ParseUint(p, 10, 16)
	switch {
	case err != nil:
		if isListenHost(addr) {
			example = net.JoinHostPort(addr, port)
		}
		c.at(at, "is not host:port (got %q); write %q", addr, example)
	case perr != nil || n == 0:
		c.at(at, "the port must be a number from 1 to 65535 (got %q); write %q", addr, net.JoinHostPort(host, port))
	case host == "" || !isListenHost(host):
		c.at(at, `the host is neither an address nor a name (got %q); write one like %q`, addr, example)
	}
}

// isLoopback says whether host:port is on this machine.
func isLoopback(addr string) bool {
	host, _, _ := net.SplitHostPort(addr) // an address that is none was reported
	ip, err := netip.ParseAddr(host)
	return host == localhost || err == nil && ip.IsLoopback()
}
