//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// reply is what a server said to one command; the text has its lines with "\n"
// between them, without the codes.
type reply struct {
	code int
	text string
}

func (r reply) String() string { return fmt.Sprintf("%d %s", r.code, r.text) }

var acceptedAs = regexp.MustCompile(`2\.0\.0 accepted as ([0-9a-z]{13})$`)

// id is the id of a mail that was accepted, "" of any other reply.
func (r reply) id() string {
	if m := acceptedAs.FindStringSubmatch(r.text); r.code == 250 && m != nil {
		return m[1]
	}
	return ""
}

// smtpClient speaks SMTP as the RFC says and knows nothing of the program's own code.
type smtpClient struct {
	conn net.Conn
	in   *bufio.Reader
}

// dial connects and says EHLO.
func dial(addr string) (*smtpClient, error) { return dialAs(addr, "EHLO") }

// dialAs connects and says hello, with EHLO or LHLO.
func dialAs(addr, hello string) (*smtpClient, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	c := &smtpClient{conn: conn, in: bufio.NewReader(conn)}
	r, err := c.read()
	if err == nil && r.code == 220 {
		r, err = c.say("%s client.example.net", hello)
	}
	if err == nil && r.code != 250 && r.code != 220 {
		err = fmt.Errorf("greeting: %s", r)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func (c *smtpClient) close() { c.conn.Close() }

// say sends a command and reads its reply.
func (c *smtpClient) say(format string, args ...any) (reply, error) {
	if err := c.write(fmt.Appendf(nil, format+"\r\n", args...)); err != nil {
		return reply{}, err
	}
	return c.read()
}

func (c *smtpClient) write(b []byte) error {
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	return err
}

func (c *smtpClient) read() (reply, error) {
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return reply{}, err
	}
	var lines []string
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return reply{}, err
		}
		line = strings.TrimRight(line, "\r\n")
		if len(line) < 3 {
			return reply{}, fmt.Errorf("malformed reply %q", line)
		}
		code, err := strconv.Atoi(line[:3])
		if err != nil {
			return reply{}, fmt.Errorf("malformed reply %q", line)
		}
		lines = append(lines, strings.TrimLeft(line[3:], "- "))
		if len(line) == 3 || line[3] != '-' {
			return reply{code, strings.Join(lines, "\n")}, nil
		}
	}
}

// startTLS takes the connection into TLS and returns the server's certificate.
func (c *smtpClient) startTLS(conf *tls.Config) (*tls.ConnectionState, error) {
	if r, err := c.say("STARTTLS"); err != nil || r.code != 220 {
		return nil, fmt.Errorf("STARTTLS: %s, %w", r, err)
	}
	conn := tls.Client(c.conn, conf)
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	c.conn, c.in = conn, bufio.NewReader(conn)
	state := conn.ConnectionState()
	r, err := c.say("EHLO client.example.net")
	if err == nil && r.code != 250 {
		err = fmt.Errorf("EHLO after STARTTLS: %s", r)
	}
	return &state, err
}

// envelope opens a mail: MAIL, RCPTs and DATA. It returns the first reply that
// refuses, else the 354.
func (c *smtpClient) envelope(from string, to []string) (reply, error) {
	r, err := c.say("MAIL FROM:<%s>", from)
	for i := 0; err == nil && r.code == 250 && i < len(to); i++ {
		r, err = c.say("RCPT TO:<%s>", to[i])
	}
	if err == nil && r.code == 250 {
		r, err = c.say("DATA")
	}
	return r, err
}

// send hands one mail over and returns the reply that decided.
func (c *smtpClient) send(from string, to []string, raw []byte) (reply, error) {
	r, err := c.envelope(from, to)
	if err != nil {
		return r, err
	}
	if r.code != 354 { // the connection stays good for the next mail
		if reset, err := c.say("RSET"); err != nil || reset.code != 250 {
			return r, fmt.Errorf("RSET: %s, %w", reset, err)
		}
		return r, nil
	}
	if err := c.write(stuffed(raw)); err != nil {
		return reply{}, err
	}
	return c.read()
}

// sendOne hands one mail to support@ on a connection of its own.
func (d *daemon) sendOne(from string, raw []byte) reply {
	d.t.Helper()
	r, err := d.trySend(from, raw)
	if err != nil {
		d.t.Fatalf("send a mail of %s: %v", from, err)
	}
	return r
}

func (d *daemon) trySend(from string, raw []byte) (reply, error) {
	c, err := dial(d.smtp)
	if err != nil {
		return reply{}, err
	}
	defer c.close()
	return c.send(from, []string{"support@example.com"}, raw)
}

// stuffed is a mail as it goes over the wire, with its end.
//
// RFC 5321 §4.5.2: a line that begins with a dot gets another one.
func stuffed(raw []byte) []byte {
	b := bytes.ReplaceAll(raw, []byte("\r\n."), []byte("\r\n.."))
	if len(b) > 0 && b[0] == '.' {
		b = append([]byte("."), b...)
	}
	if len(b) > 0 && !bytes.HasSuffix(b, []byte("\r\n")) {
		b = append(b[:len(b):len(b)], "\r\n"...)
	}
	return append(b[:len(b):len(b)], ".\r\n"...)
}

// draft is a customer's mail in the making.
type draft struct {
	id      string // Message-ID without brackets
	from    string // bare address
	name    string // of the author
	subject string
	date    string   // "" is now
	headers []string // further header lines
	body    string   // with CRLF; "" is a short text
}

// bytes are the mail as its author sends it.
func (m draft) bytes() []byte {
	var b bytes.Buffer
	from := "<" + m.from + ">"
	if m.name != "" {
		from = m.name + " " + from
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: support@example.com\r\nSubject: %s\r\n", from, m.subject)
	date := m.date
	if date == "" {
		date = time.Now().Format(time.RFC1123Z)
	}
	fmt.Fprintf(&b, "Date: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n", date)
	if m.id != "" {
		fmt.Fprintf(&b, "Message-ID: <%s>\r\n", m.id)
	}
	for _, h := range m.headers {
		fmt.Fprintf(&b, "%s\r\n", h)
	}
	body := m.body
	if body == "" {
		body = "Hello,\r\n\r\nthe scale in hall 3 shows nothing since this morning.\r\n\r\nMaria\r\n"
	}
	fmt.Fprintf(&b, "\r\n%s", body)
	return b.Bytes()
}

// filler is text of a size: lines of letters, some of which begin with a dot.
func filler(rng *rand.Rand, size int) string {
	b := make([]byte, 0, size+80)
	for len(b) < size {
		if rng.IntN(8) == 0 {
			b = append(b, '.')
		}
		for range 20 + rng.IntN(50) {
			b = append(b, "abcdefghijklmnop qrstuvwxyz "[rng.IntN(28)])
		}
		b = append(b, "x\r\n"...)
	}
	return string(b)
}
