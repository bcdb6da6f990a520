package config

import (
	"net"
	"net/mail"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// server checks what is about the process: names, listeners, certificates.
func (c *checker) server() {
	if !isDomain(c.Hostname) && !c.has("hostname") {
		c.at("hostname", `is not a host name (got %q); write one like "support.example.com"`, c.Hostname)
	}
	if c.Data == "" && !c.has("data") {
		c.at("data", `must not be empty (got ""); write data = "data"`)
	}
	if rel, err := filepath.Rel(c.Data, c.ErasedLog); c.ErasedLog != "" && err == nil && filepath.IsLocal(rel) {
		c.at("erased_log", "must not lie in the data folder: an old copy of that would bring back an old one of it (got %q); write a file beside it", c.ErasedLog)
	}
	listeners := map[string]string{}
	c.listen(listeners, "smtp.listen", c.SMTP.Listen, "2525")
	c.listen(listeners, "lmtp.listen", c.LMTP.Listen, "2524")
	c.clients(listeners)
	c.listen(listeners, "http.listen", c.HTTP.Listen, "2580")
	c.certificate()
	c.acme(listeners)
	if at, most := "smtp.max_buffered_bytes", c.SMTP.MaxMessageBytes; c.SMTP.MaxBufferedBytes < most && !c.has(at) && !c.has("smtp.max_message_bytes") {
		c.at(at, "must not be less than smtp.max_message_bytes, which is %d (got %d); write %d", most, c.SMTP.MaxBufferedBytes, most)
	}
	c.notTheWorld("smtp.trusted_networks", c.SMTP.TrustedNetworks)
	c.notTheWorld("sender.upstream_networks", c.Sender.UpstreamNetworks)
	c.authservIDs()
	if addr := c.DNS.Resolver; addr != "" {
		c.serverAddress("dns.resolver", addr, "127.0.0.1", "53")
	}
	for i, name := range c.SMTP.BlockLists {
		if at := element("smtp.block_lists", i); (!isDomain(name) || !strings.Contains(name, ".")) && !c.has(at) {
			c.at(at, "is not the domain of a block list (got %q); write one like zen.spamhaus.org", name)
		}
	}
	for i, phrase := range c.Wording.Avoid {
		if at := element("wording.avoid", i); strings.TrimSpace(phrase) == "" && !c.has(at) {
			c.at(at, "is empty (got %q), and would stand in every answer; write the phrase, or take it out", phrase)
		}
	}
	for i, m := range c.Milters {
		c.socket(element("milter", i)+".address", m.Address, "11332")
	}
	c.socket("clamd.address", c.Clamd.Address, "3310")
}

// socket checks where a scanner listens.
func (c *checker) socket(path, addr, port string) {
	socket, isUnix := strings.CutPrefix(addr, "unix:")
	switch {
	case addr == "": // none, or reported as missing
	case !isUnix:
		c.serverAddress(path, addr, "127.0.0.1", port)
	case !strings.HasPrefix(socket, "/") && !c.has(path):
		c.at(path, "the path of the socket must begin with / (got %q); write one like unix:/run/scanner.sock", addr)
	}
}

// notTheWorld reports networks that hold everybody.
func (c *checker) notTheWorld(path string, networks []netip.Prefix) {
	for i, p := range networks {
		if p.IsValid() && p.Bits() == 0 {
			c.at(element(path, i), `trusts the whole world (got %q); write your own networks, like "192.0.2.0/24"`, p)
		}
	}
}

// authservIDs checks the names that upstreams sign with.
//
// RFC 8601 §2.2: an authserv-id is a word; most are host names. "-" is ours.
func (c *checker) authservIDs() {
	seen := map[string]string{}
	for i, id := range c.Sender.TrustedAuthservIDs {
		at := element("sender.trusted_authserv_ids", i)
		switch {
		case c.has(at):
		case id == "" || strings.ContainsFunc(id, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`;=()"/\`, r) }):
			c.at(at, `is not the id of a mail server (got %q); write the first word of its Authentication-Results, like "mx.example.com"`, id)
		default:
			c.unique(seen, at, strings.ToLower(strings.TrimSuffix(id, ".")))
		}
	}
}

// listen checks addresses to listen on; seen has those that are taken, and usual
// is the port to propose.
func (c *checker) listen(seen map[string]string, path string, addrs []string, usual string) {
	local := net.JoinHostPort("127.0.0.1", usual)
	for i, addr := range addrs {
		at := element(path, i)
		if c.has(at) {
			continue
		}
		if name, ok := strings.CutPrefix(addr, "unix:"); ok {
			switch {
			case path != "lmtp.listen":
				c.at(at, `a socket is for lmtp.listen only (got %q); write one like %q`, addr, local)
			case name == "":
				c.at(at, `has no path (got %q); write one like "unix:/run/mailgw/lmtp.sock"`, addr)
			default:
				c.unique(seen, at, addr)
			}
			continue
		}
		host, port, err := net.SplitHostPort(addr)
		switch n, perr := strconv.ParseUint(port, 10, 16); {
		case err != nil:
			c.at(at, `is not host:port (got %q); write %q`, addr, guessListen(addr, usual))
		case perr != nil:
			c.at(at, "the port must be a number from 0 to 65535 (got %q); write %q", addr, net.JoinHostPort(host, usual))
		case !isListenHost(host):
			c.at(at, `the host is neither an address nor a name (got %q); write one like %q`, addr, local)
		case n != 0: // port 0 is another free one each time
			c.uniquePort(seen, at, addr, host, strconv.FormatUint(n, 10))
		}
	}
}

// uniquePort reports an address to listen on that another one has taken. One that
// means every address of the machine has taken the port everywhere.
func (c *checker) uniquePort(seen map[string]string, path, addr, host, port string) {
	const every, any = "every address, port ", "some address, port "
	if a, err := netip.ParseAddr(host); err == nil {
		host = a.Unmap().String()
		if a.IsUnspecified() {
			host = ""
		}
	}
	own := net.JoinHostPort(strings.ToLower(host), port)
	taken := []string{own, every + port}
	if host == "" {
		taken = []string{every + port, any + port}
	}
	for _, name := range taken {
		if first, ok := seen[name]; ok {
			c.at(path, "the port is taken by %s, %s (got %q); write another one", first, c.place(first), addr)
			return
		}
	}
	seen[any+port] = path
	if seen[own] = path; host == "" {
		seen[every+port] = path
	}
}

// guessListen is the host:port that was probably meant.
func guessListen(addr, usual string) string {
	if n, err := strconv.ParseUint(addr, 10, 16); err == nil {
		return "127.0.0.1:" + strconv.FormatUint(n, 10)
	}
	if a, err := netip.ParseAddr(strings.Trim(addr, "[]")); err == nil {
		return net.JoinHostPort(a.String(), usual)
	}
	if isDomain(addr) {
		return net.JoinHostPort(addr, usual)
	}
	return net.JoinHostPort("127.0.0.1", usual)
}

func isListenHost(host string) bool {
	if host == "" {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil || isDomain(host)
}

func (c *checker) certificate() {
	cert, key := c.SMTP.TLSCertificate, c.SMTP.TLSKey
	switch {
	case cert != "" && key == "" && !c.has("smtp.tls_key"):
		c.at("smtp.tls_key", "is missing, and there is a tls_certificate; write the file of its private key")
	case key != "" && cert == "" && !c.has("smtp.tls_certificate"):
		c.at("smtp.tls_certificate", "is missing, and there is a tls_key; write the file of the certificate chain")
	}
}

// address reports a text that is no mail address; "" is reported elsewhere.
func (c *checker) address(path, addr string) bool {
	if addr == "" || c.has(path) {
		if addr == "" && !c.has(path) {
			c.at(path, `must not be empty (got ""); write an address like "anna@example.com"`)
		}
		return false
	}
	a, err := mail.ParseAddress(addr)
	switch local := strings.LastIndexByte(addr, '@'); {
	case err == nil && a.Address != addr && a.Name == "" && strings.HasPrefix(addr, `"`):
		c.at(path, `has quotes before the @ (got %s); write one like "anna@example.com"`, show(addr))
	case err == nil && a.Address != addr:
		c.at(path, "must be the bare address (got %s); write %q", show(addr), a.Address)
	case err != nil || !isDomain(domainOf(addr)):
		c.at(path, `is not a mail address (got %s); write one like "anna@example.com"`, show(addr))
	case local > 64: // RFC 5321 §4.5.3.1.1
		c.at(path, "has more than 64 octets before the @ (got %d); write a shorter one", local)
	default:
		return true
	}
	return false
}

// domainOf is what stands behind the last @.
func domainOf(addr string) string { return addr[strings.LastIndexByte(addr, '@')+1:] }

// isDomain says whether a text has the form of a domain name; international
// ones may be written in their own letters.
func isDomain(s string) bool {
	if len(s) > 255 { // RFC 5321 §4.5.3.1.2
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
				return false
			}
		}
	}
	return true
}
