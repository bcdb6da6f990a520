//go:build linux

package main_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw"
)

// entrance is a way from outside through Postfix to a gateway of its own. To the
// gateway all its mail comes from loopback, which is in smtp.trusted_networks.
type entrance struct {
	name   string
	doors  string // options of Postfix's smtpd, as master.cf has them
	checks bool   // Postfix writes what it found, and the gateway believes it
	lmtp   bool   // handed over by LMTP
	tokens bool   // Postfix delivers plus addresses
}

// row is one line of the table of cases.
type row struct{ entrance, mail, auth, outcome, outside, house string }

// TestRelayed takes mail from outside through a real Postfix on the same machine.
// The outside is what XCLIENT says: Postfix treats the connection as that client's.
func TestRelayed(t *testing.T) {
	t.Parallel() // it waits for Postfix
	p := newPostfix(t)
	p.write("strangers", "/^Authentication-Results: *mx\\.example\\.com/ IGNORE\n", 0o644)
	p.write("minus", "/^([a-z]+)\\+([0-9a-z]+)@example\\.com$/ ${1}-${2}@example.com\n", 0o644)
	byMilter := "\n  -o smtpd_milters=inet:" + milter(t)
	entrances := []entrance{
		{name: "plain, SMTP", tokens: true},
		{name: "plain, LMTP", tokens: true, lmtp: true},
		{name: "milter, SMTP", doors: "\n  -o cleanup_service_name=clean" + byMilter, checks: true, tokens: true},
		{name: "milter, LMTP", doors: "\n  -o cleanup_service_name=clean" + byMilter, checks: true, tokens: true, lmtp: true},
		{name: "milter, + to -", doors: "\n  -o cleanup_service_name=minus" + byMilter, checks: true, tokens: true},
		{name: "milter, no +", doors: "\n  -o cleanup_service_name=clean\n  -o recipient_delimiter=" + byMilter, checks: true},
		{name: "PREPEND, SMTP", doors: "\n  -o { smtpd_data_restrictions = check_policy_service inet:" + policy(t) + " }", checks: true, tokens: true},
	}
	var outsides []*outside
	services := "clean unix n - n - 0 cleanup\n  -o header_checks=regexp:" + p.file("strangers") + "\n" +
		"minus unix n - n - 0 cleanup\n  -o header_checks=regexp:" + p.file("strangers") + "\n  -o recipient_canonical_maps=regexp:" + p.file("minus") + "\n"
	for _, e := range entrances {
		o := newOutside(t, e)
		outsides = append(outsides, o)
		services += o.service()
	}
	p.start(`relay_domains = example.com
relay_recipient_maps = inline:{ support@example.com=yes billing@example.com=yes }
recipient_delimiter = +
smtpd_relay_restrictions = reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.0.0.0/8
default_destination_recipient_limit = 1
`, services)
	for _, o := range outsides {
		t.Run(o.name, func(t *testing.T) {
			o.office, o.p = o.sub(t), p
			o.story()
		})
	}
	if !strings.Contains(p.log(), "to=<support-") {
		t.Error("Postfix has not rewritten any + to -")
	}
	var table strings.Builder
	for _, o := range outsides {
		for _, r := range o.rows {
			fmt.Fprintf(&table, "%-15s | %-50s | %-5s | %-11s | %-32s | %s\n", r.entrance, r.mail, r.auth, r.outcome, r.outside, r.house)
		}
	}
	t.Logf("what came, what the gateway made of it, and who got something\n%s", table.String())
}

// outside is the world beyond one entrance.
type outside struct {
	*office
	entrance
	p    *postfix
	port string
	rows []row
}

func newOutside(t *testing.T, e entrance) *outside {
	t.Helper()
	sets := []string{`desk.support.subject_tag="SUP"`, `desk.support.agents=["anna@example.com", "ben@example.com"]`, `desk.billing.agents=["cleo@example.com"]`,
		`agent=[{name="Anna Keller", address="anna@example.com", notices_at="always"}, {name="Ben Ortiz", address="ben@example.com", notices_at="always"}, {name="Cleo Ng", address="cleo@example.com", notices_at="always"}]`, `outbox.yield="0s"`}
	if e.checks {
		sets = append(sets, `sender.upstream_networks=["127.0.0.0/8"]`, fmt.Sprintf("sender.trusted_authserv_ids=[%q]", authservID))
	} else {
		sets = append(sets, `desk.support.reply_token="plus"`)
	}
	if e.lmtp {
		sets = append(sets, `lmtp.listen=["127.0.0.3:0"]`)
	}
	return &outside{office: &office{startDaemon(t, sets...), t}, entrance: e, port: freePort(t)}
}

// service is the line of master.cf that opens the entrance.
func (o *outside) service() string {
	transport, next := "smtp", o.daemon.smtp
	if o.entrance.lmtp {
		transport, next = "lmtp", o.daemon.lmtp
	}
	host, port, _ := strings.Cut(next, ":")
	if o.entrance.lmtp {
		host = "inet:" + host
	} else {
		host = "[" + host + "]"
	}
	return fmt.Sprintf("127.0.0.1:%s inet n - n - - smtpd\n  -o content_filter=%s:%s:%s%s\n", o.port, transport, host, port, o.doors)
}

// try hands a mail to Postfix as the client at that address, and returns what
// Postfix said.
func (o *outside) try(client, from string, to []string, m draft) reply {
	o.t.Helper()
	c, err := dial("127.0.0.1:" + o.port)
	if err != nil {
		o.t.Fatal(err)
	}
	defer c.close()
	name := "mail." + servers[client]
	if r, err := c.say("XCLIENT NAME=%s ADDR=%s", name, client); err != nil || r.code != 220 {
		o.t.Fatalf("XCLIENT: %s, %v", r, err)
	}
	if r, err := c.say("EHLO %s", name); err != nil || r.code != 250 {
		o.t.Fatalf("EHLO: %s, %v", r, err)
	}
	r, err := c.send(from, to, m.bytes())
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

// landing is what became of a mail, and what left because of it.
type landing struct {
	outcome string
	ticket  ticketJSON
	entry   entryJSON   // the mail's
	outside []*sentMail // what left to people who are not of the house
	house   []*sentMail
}

// come lets a mail come in, and waits for all copies and for what they cause.
func (o *outside) come(what, client string, m draft, to ...string) landing {
	o.t.Helper()
	before := map[string]bool{}
	for _, name := range o.sentNames() {
		before[filepath.Base(name)] = true
	}
	if r := o.try(client, m.from, to, m); r.code != 250 {
		o.t.Fatalf("%s: Postfix says %s", what, r)
	}
	var found []findJSON
	waitFor(o.t, what+" at the gateway", func() bool {
		found, _ = tryAsk[findJSON](o.daemon, "ticket.find", mailgw.FindArgs{IDs: []string{m.id}}) // not known yet is an error, too
		return len(found) == len(to)
	})
	o.awaitOutbox()
	var l landing
	for _, f := range found {
		if f.Outcome != "duplicate" {
			l.outcome = f.Outcome
			l.ticket = o.show(*f.Ticket)
		}
	}
	for _, e := range l.ticket.Entries {
		if text(e.MessageID) == m.id {
			l.entry = e
		}
	}
	all := o.mails()
	for _, s := range all {
		if to := strings.Trim(s.envelopeTo, "<>"); before[s.name] {
			continue
		} else if strings.HasSuffix(to, "@example.com") {
			l.house = append(l.house, s)
		} else {
			l.outside = append(l.outside, s)
		}
	}
	o.rows = append(o.rows, row{o.name, what, text(l.entry.SenderAuth), l.outcome, receivers(l.outside), receivers(l.house)})
	return l
}

func receivers(mails []*sentMail) string {
	var out []string
	for _, m := range mails {
		kind := ""
		if m.get("Auto-Submitted") == "auto-replied" {
			kind = " (auto)"
		}
		out = append(out, strings.Trim(m.envelopeTo, "<>")+kind)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
