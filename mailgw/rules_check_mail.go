package mailgw

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	netmail "net/mail"
	"net/netip"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/customer"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/ticket"
)

// testServer is the name of the mail server that hands in the mails of tests.
const testServer = "tests.invalid"

// judging are the settings under which a mail is judged as the test says.
func (r *ruleTest) judging() *settings {
	s, auth := *r.s, &mailauth.Checker{}
	here := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	switch mailauth.Result(r.test.Mail.SenderAuth) {
	case mailauth.Trusted:
		auth.TrustedNetworks = here
	case mailauth.Pass, mailauth.Fail:
		auth.UpstreamNetworks, auth.AuthservIDs = here, []string{testServer}
	}
	s.auth = auth
	return &s
}

// incoming reads and judges the test's mail.
func (r *ruleTest) incoming() (*incoming, error) {
	m := &r.test.Mail
	d := r.desk()
	cal, err := r.s.calendar(d)
	if err != nil {
		return nil, err
	}
	at, err := m.At.In(cal.Location())
	if err != nil {
		return nil, err
	}
	author, recipients := testMailbox(m.From), testRecipients(m, d)
	raw := testMail(m, author, recipients, at)
	var scanned []byte // our filters' fields are in what is kept, and not in what was sent
	for _, field := range m.Scanner {
		scanned = append(scanned, field+"\r\n"...)
	}
	a := &letter.Arrival{
		ID: r.g.ids.Next(), Source: "test", ReversePath: author.Address, ClientIP: netip.AddrFrom4([4]byte{127, 0, 0, 1}), Helo: testServer, At: at,
		Raw: append(scanned, raw...), Sent: append(testResults(m.SenderAuth, domainOf(author.Address)), raw...),
	}
	for _, to := range recipients {
		a.Recipients = append(a.Recipients, to.Address)
	}
	in := r.g.readMail(context.Background(), r.judging(), a)
	if m.Language != "" {
		in.mail.Language = m.Language
	}
	for k := range in.mail.Attachments {
		if k < len(m.Attachments) && m.Attachments[k].Size > 0 {
			in.mail.Attachments[k].Size = int(m.Attachments[k].Size)
		}
	}
	if m.Customer != "" {
		in.identity = customer.Identity{Customer: m.Customer, Confidence: ticket.Known, Reason: "the test says so"}
		if c := r.s.Customer(m.Customer); c != nil {
			in.identity.Level = c.Level
		}
		in.entitled = in.entitle(in.identity, in.desk)
		in.identity.Level = in.entitled.Level
	}
	if in.desk == r.s.admin {
		return nil, errors.New("no desk has that address")
	}
	return in, nil
}

// desk is the one that gets the mail, by what the test says.
func (r *ruleTest) desk() *config.Desk {
	if d := r.s.Desk(r.test.Mail.Desk); d != nil {
		return d
	}
	for _, to := range r.test.Mail.To {
		if d := r.s.route(testMailbox(to).Address); d != nil && d != r.s.admin {
			return d
		}
	}
	return &r.s.Desks[0]
}

// testMailbox reads an address; the configuration has looked at it.
func testMailbox(s string) netmail.Address {
	if a, err := netmail.ParseAddress(s); err == nil {
		return *a
	}
	return netmail.Address{Address: "somebody@customer.example"}
}

// testRecipients are those of a test's mail.
func testRecipients(m *config.TestMail, d *config.Desk) []netmail.Address {
	if len(m.To) == 0 {
		return []netmail.Address{{Address: d.Address}}
	}
	all := make([]netmail.Address, len(m.To))
	for i, to := range m.To {
		all[i] = testMailbox(to)
	}
	return all
}

// testResults are the lines by which a mail server in front would have said who wrote.
func testResults(auth, domain string) []byte {
	result := auth
	if auth != string(mailauth.Pass) && auth != string(mailauth.Fail) {
		return nil
	}
	return fmt.Appendf(nil, "Authentication-Results: %s; dmarc=%s header.from=%s\r\n"+
		"Received: from client.invalid (client.invalid [192.0.2.1]) by %s with ESMTP id 1; Wed, 4 Mar 2026 09:00:00 +0000\r\n", testServer, result, domain, testServer)
}

// testMail writes the mail as its author's program would.
func testMail(m *config.TestMail, author netmail.Address, to []netmail.Address, at time.Time) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("From: %s", author.String())
	named := make([]string, len(to))
	for i := range to {
		named[i] = to[i].String()
	}
	line("To: %s", strings.Join(named, ", "))
	line("Subject: %s", mime.BEncoding.Encode("utf-8", m.Subject))
	line("Date: %s", at.Format(time.RFC1123Z))
	line("MIME-Version: 1.0")
	for _, field := range m.Header {
		line("%s", field)
	}
	text := "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + inLines(crlf(m.Text))
	if len(m.Attachments) == 0 {
		b.WriteString(text)
		return b.Bytes()
	}
	const boundary = "=_part_of_a_test"
	line("Content-Type: multipart/mixed; boundary=%q\r\n", boundary)
	line("--%s\r\n%s", boundary, text)
	for i, f := range m.Attachments {
		kind := f.Type
		if kind == "" {
			kind = "application/octet-stream"
		}
		line("--%s\r\nContent-Type: %s\r\nContent-Disposition: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s", boundary, kind, disposition(f.Name), inLines(fmt.Sprintf("file %d of a test", i)))
	}
	line("--%s--", boundary)
	return b.Bytes()
}

// disposition is that of an attached file.
func disposition(name string) string {
	params := map[string]string{}
	if name != "" {
		params["filename"] = name
	}
	return mime.FormatMediaType("attachment", params)
}

// crlf has the line ends of mail.
func crlf(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// inLines is a text in base64.
func inLines(text string) string {
	const width = 76 // RFC 2045 §6.8
	coded := base64.StdEncoding.EncodeToString([]byte(text))
	var b strings.Builder
	for len(coded) > width {
		b.WriteString(coded[:width] + "\r\n")
		coded = coded[width:]
	}
	return b.String() + coded + "\r\n"
}
