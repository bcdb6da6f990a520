// Package setup says how a mail client is set up for the account of an agent: as a card
// for people, as the files that clients read by themselves (Thunderbird's autoconfig,
// Apple's configuration profile), and as lines for mutt.
//
// Everything follows from an [Account] alone: the same account gives the same bytes on
// each machine and at any time. No password is in any of it.
package setup

import (
	"fmt"
	"strings"
)

// Security says how a connection is protected, in the words that clients use.
type Security string

// The ways in which a connection is protected.
const (
	TLS      Security = "SSL/TLS"  // from the first byte (RFC 8314 §3)
	StartTLS Security = "STARTTLS" // a plain connection is taken into TLS before the login
	Plain    Security = "none"     // not at all; on the gateway's own machine alone
)

// Server is where a client connects to.
type Server struct {
	Host     string // a name of the certificate, or an address of loopback
	Port     int
	Security Security
}

// address is host:port, an IPv6 address in brackets.
func (s Server) address() string {
	if strings.Contains(s.Host, ":") {
		return fmt.Sprintf("[%s]:%d", s.Host, s.Port)
	}
	return fmt.Sprintf("%s:%d", s.Host, s.Port)
}

// Account is one agent's mail account. The user name is the address.
type Account struct {
	Name       string // the person's name
	Address    string // what they log in with, and write from
	House      string // the gateway's host name: what the account is called in a client
	IMAP       Server // for folders and mails
	Submission Server // for what they send
}

// Card is what to type where, for people.
func (a *Account) Card() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s <%s>: the account for a mail client\n\n", a.Name, a.Address)
	row := func(what, value string) { fmt.Fprintf(&b, "  %-11s%s\n", what, value) }
	row("incoming", a.IMAP.row("IMAP"))
	row("outgoing", a.Submission.row("SMTP"))
	row("user name", a.Address+", for both")
	row("password", "the same for both; mailgw passwd "+a.Address+" --device NAME makes one for a device")
	row("login", "normal password; not OAuth, not Kerberos")
	if a.IMAP.Security == Plain || a.Submission.Security == Plain {
		row("", "Without TLS only from the gateway's own machine.")
	}
	for _, c := range clients {
		fmt.Fprintf(&b, "\n%s\n", c.name)
		for _, step := range c.steps {
			fmt.Fprintf(&b, "  - %s\n", step)
		}
	}
	return b.String()
}

// row is a server in one line.
func (s Server) row(kind string) string {
	return fmt.Sprintf("%s  %s  port %d  security: %s", kind, s.Host, s.Port, s.Security)
}

// clients are the steps that each client wants beside what the card's head says. The
// gateway puts what was sent into Sent itself: a client's own copy is thrown away, and
// costs Thunderbird the connection on which it hears of news.
var clients = [...]struct {
	name  string
	steps []string
}{
	{"Thunderbird", []string{
		"New Account, Mail Account: name, address and password. Where the address's domain points here (docs/agents.md) it finds the rest; else Configure manually.",
		"Account Settings, Copies & Folders: no copy of sent messages in a folder; the gateway has put it into Sent.",
		"Account Settings, Server Settings, Advanced: 10 server connections to cache, in place of 5; with fewer an open folder may hear of news late.",
		"Overdue, Desk, Agent, Customer and Archive: right-click on the account, Subscribe, for those that you want to see.",
	}},
	{"Apple Mail, iPhone, iPad", []string{
		"Open the file that --mobileconfig FILE writes, and install it in the settings (General, VPN & Device Management; on a Mac: Profiles). It asks for the password.",
		"Or add an account by hand: Other, and the lines above.",
	}},
	{"Outlook", []string{
		"Add account, advanced: let me set up my account manually, IMAP, and the lines above.",
		"Leave \"Require logon using Secure Password Authentication\" off. No copy of sent items needs to be kept by Outlook.",
	}},
	{"Android and others", []string{
		"Add an account of the kind IMAP by hand, with the lines above.",
		"Folders: Drafts, Sent and Trash are found by themselves.",
	}},
	{"mutt, neomutt", []string{
		"Put what --muttrc prints into ~/.muttrc.",
	}},
}
