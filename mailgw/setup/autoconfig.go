package setup

import (
	"fmt"
	"strings"
)

// AutoconfigPaths are where clients ask for an [Autoconfig]: on the domain itself, and on
// the host autoconfig. of it.
var AutoconfigPaths = [...]string{"/.well-known/autoconfig/mail/config-v1.1.xml", "/mail/config-v1.1.xml"}

// Autoconfig is the file that Thunderbird and others read to set up an account, in the
// format of Mozilla's clientConfig 1.1. The address is the one that the client was given,
// or "". Only its domain counts, and it is given back: the answer is the same for each
// address of a domain, and says nothing about which of them exist. The Name and Address of
// the account are not used.
func (a *Account) Autoconfig(address string) string {
	domain := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
	if !isDomain(domain) {
		domain = a.House
	}
	short, _, _ := strings.Cut(a.House, ".")
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<clientConfig version=\"1.1\">\n  <emailProvider id=\"%s\">\n    <domain>%[1]s</domain>\n", domain)
	fmt.Fprintf(&b, "    <displayName>%s</displayName>\n    <displayShortName>%s</displayShortName>\n", escaped(a.House), escaped(short))
	for _, s := range []struct {
		tag, kind string
		Server
	}{{"incomingServer", "imap", a.IMAP}, {"outgoingServer", "smtp", a.Submission}} {
		fmt.Fprintf(&b, "    <%s type=\"%s\">\n      <hostname>%s</hostname>\n      <port>%d</port>\n      <socketType>%s</socketType>\n"+
			"      <authentication>password-cleartext</authentication>\n      <username>%%EMAILADDRESS%%</username>\n    </%s>\n",
			s.tag, s.kind, escaped(s.Host), s.Port, socketType[s.Security], s.tag)
	}
	b.WriteString("  </emailProvider>\n</clientConfig>\n")
	return b.String()
}

// socketType is how the format names what protects a connection.
var socketType = map[Security]string{TLS: "SSL", StartTLS: "STARTTLS", Plain: "plain"}

// isDomain reports whether s can be a domain: letters, digits, hyphens and dots
// (RFC 1035 §2.3.1), and not longer than one may be (§2.3.4).
func isDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				return false
			}
		}
	}
	return true
}

// escaped is text in XML.
func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
