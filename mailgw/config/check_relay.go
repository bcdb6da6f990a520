package config

import (
	"net"
	"net/netip"
	"strconv"
)

// relay checks what belongs together in [relay].
func (c *checker) relay() {
	r := &c.Relay
	if r.Kind == "smtp" && r.Address == "" && !c.has("relay.address") {
		c.at("relay.address", `must not be empty with kind = "smtp" (got ""); write the mail server's host:port, like "mail.example.com:587"`)
	}
	if r.Address != "" {
		c.relayAddress(r.Address)
	}
	switch {
	case r.Username != "" && r.PasswordFile == "" && !c.has("relay.password_file"):
		c.at("relay.password_file", "is missing, and there is a username; write the file whose first line is the password")
	case r.PasswordFile != "" && r.Username == "" && !c.has("relay.username"):
		c.at("relay.username", "is missing, and there is a password_file; write the name to log in with")
	}
	if r.Username != "" && r.TLS != "required" && !isLoopback(r.Address) && !c.has("relay.tls") && !c.has("relay.address") {
		c.at("relay.tls", `sends the password without verified TLS (got %q); write tls = "required"`, r.TLS)
	}
	if r.TLSCAFile != "" && r.TLS != "required" && !c.has("relay.tls") && !c.has("relay.tls_ca_file") {
		c.at("relay.tls_ca_file", `verifies nothing with tls = %q; write tls = "required"`, r.TLS)
	}
}

// relayAddress checks the next hop's host:port.
func (c *checker) relayAddress(addr string) {
	const at = "relay.address"
	if c.has(at) {
		return
	}
	host, port, err := net.SplitHostPort(addr)
	n, perr := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil:
		guess := "mail.example.com:587"
		if isDomain(addr) {
			guess = addr + ":587"
		}
		c.at(at, "is not host:port (got %q); write %q", addr, guess)
	case perr != nil || n == 0:
		c.at(at, "the port must be a number from 1 to 65535 (got %q); write %q", addr, net.JoinHostPort(host, "587"))
	case host == "" || !isListenHost(host):
		c.at(at, `the host is neither an address nor a name (got %q); write one like "mail.example.com:587"`, addr)
	}
}

// isLoopback says whether host:port is on this machine.
func isLoopback(addr string) bool {
	host, _, _ := net.SplitHostPort(addr) // an address that is none was reported
	ip, err := netip.ParseAddr(host)
	return host == localhost || err == nil && ip.IsLoopback()
}
