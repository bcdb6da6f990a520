package setup

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
)

// MobileConfig is a configuration profile of Apple's with the account, for Macs, iPhones
// and iPads. It holds no password: the device asks for it when the profile is installed.
// Its identifiers follow from house and address, so that a newer profile replaces the old.
func (a *Account) MobileConfig() string {
	mail, profile := a.uuid("mail"), a.uuid("profile")
	var p plist
	p.begin()
	p.open("<dict>")
	p.key("PayloadContent")
	p.open("<array>")
	p.open("<dict>")
	p.text("EmailAccountDescription", a.House)
	p.text("EmailAccountName", a.Name)
	p.text("EmailAccountType", "EmailTypeIMAP")
	p.text("EmailAddress", a.Address)
	p.server("Incoming", a.IMAP, a.Address)
	p.server("Outgoing", a.Submission, a.Address)
	p.flag("OutgoingPasswordSameAsIncomingPassword", true)
	p.payload("com.apple.mail.managed", "mailgw.mail."+mail, mail, a.House)
	p.close("</dict>")
	p.close("</array>")
	p.text("PayloadDescription", "The mail account of "+a.Address+" on "+a.House)
	p.payload("Configuration", "mailgw.profile."+profile, profile, a.House+": "+a.Address)
	p.close("</dict>")
	p.WriteString("</plist>\n")
	return p.String()
}

// nameSpace is the one for URLs (RFC 9562 §6.6).
var nameSpace = [16]byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}

// uuid is an identifier made of names (RFC 9562 §5.5): the same for the same account.
func (a *Account) uuid(part string) string {
	h := sha1.New()
	h.Write(nameSpace[:])
	fmt.Fprintf(h, "mailto:%s?mailgw=%s&house=%s", strings.ToLower(a.Address), part, strings.ToLower(a.House))
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	s := strings.ToUpper(hex.EncodeToString(u))
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// plist is a property list in the making.
type plist struct {
	strings.Builder
	depth int
}

func (p *plist) begin() {
	p.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`)
}

func (p *plist) line(s string) { p.WriteString(strings.Repeat("  ", p.depth) + s + "\n") }

func (p *plist) open(tag string) { p.line(tag); p.depth++ }

func (p *plist) close(tag string) { p.depth--; p.line(tag) }

func (p *plist) key(name string) { p.line("<key>" + name + "</key>") }

func (p *plist) text(name, value string) {
	p.key(name)
	p.line("<string>" + escaped(value) + "</string>")
}

func (p *plist) number(name string, n int) {
	p.key(name)
	p.line(fmt.Sprintf("<integer>%d</integer>", n))
}

func (p *plist) flag(name string, value bool) {
	p.key(name)
	p.line(fmt.Sprintf("<%t/>", value))
}

// server is one of the two; with UseSSL a device takes TLS from the first byte or STARTTLS,
// as the server has it.
func (p *plist) server(way string, s Server, user string) {
	p.text(way+"MailServerAuthentication", "EmailAuthPassword")
	p.text(way+"MailServerHostName", s.Host)
	p.number(way+"MailServerPortNumber", s.Port)
	p.flag(way+"MailServerUseSSL", s.Security != Plain)
	p.text(way+"MailServerUsername", user)
}

// payload is what each payload says of itself.
func (p *plist) payload(kind, identifier, uuid, name string) {
	p.text("PayloadDisplayName", name)
	p.text("PayloadIdentifier", identifier)
	p.text("PayloadType", kind)
	p.text("PayloadUUID", uuid)
	p.number("PayloadVersion", 1)
}
