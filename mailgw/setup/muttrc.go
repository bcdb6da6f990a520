package setup

import (
	"fmt"
	"net/url"
	"strings"
)

// Muttrc are the lines for the configuration of mutt and neomutt.
func (a *Account) Muttrc() string {
	user := url.PathEscape(a.Address)
	user = strings.ReplaceAll(user, "@", "%40")
	var b strings.Builder
	set := func(name, value string) { fmt.Fprintf(&b, "set %s = %s\n", name, quoted(value)) }
	fmt.Fprintf(&b, "# %s\n", line(a.House))
	set("realname", a.Name)
	set("from", a.Address)
	fmt.Fprint(&b, "set use_from = yes\n")
	set("imap_user", a.Address)
	set("folder", mailURL("imap", user, a.IMAP))
	set("spoolfile", "+INBOX")
	set("postponed", "+Drafts")
	set("trash", "+Trash")
	set("smtp_url", mailURL("smtp", user, a.Submission))
	fmt.Fprint(&b, "# The gateway puts what was sent into Sent.\nset copy = no\n")
	set("record", "+Sent")
	tls := a.IMAP.Security != Plain && a.Submission.Security != Plain
	fmt.Fprintf(&b, "set ssl_starttls = %s\nset ssl_force_tls = %s\n", yes(tls), yes(tls))
	fmt.Fprint(&b, "# News at once; only the folders that you subscribe to.\nset imap_idle = yes\nset imap_check_subscribed = yes\nset timeout = 15\nset mail_check = 30\nset sort = threads\n")
	return b.String()
}

// mailURL is a server as mutt writes it; the s behind the scheme is TLS from the first byte.
func mailURL(scheme, user string, s Server) string {
	if s.Security == TLS {
		scheme += "s"
	}
	return scheme + "://" + user + "@" + s.address() + "/"
}

// quoted is a value in double quotes, in which mutt would look into ", \, ` and $.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(line(s)) + `"`
}

// line is a text in which no line ends.
func line(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
