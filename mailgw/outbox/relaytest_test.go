package outbox

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// scripted is a next hop that does at each step what its script says. Steps are
// greeting, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA, dot, RSET and QUIT. A
// line of the script is a reply, or one of
//
//	hang     say nothing more, but keep the connection
//	close    close it
//	take     (at the dot) keep the mail, and close without a reply
//	endless  a reply whose lines have no end
//	long     a reply of one line of a megabyte
//	garbage  something that is no reply
//	deaf     (at DATA) 354, and read nothing
//	early    (at STARTTLS) 220 and a further reply in plain text
type scripted struct {
	script  func(step, line string) string // "" is the usual reply
	offers  []string                       // of EHLO; nil: what Postfix offers
	tls     *tls.Config                    // for STARTTLS
	atOnce  bool                           // TLS from the first byte
	refused bool                           // nobody listens
	token   string                         // that AUTH XOAUTH2 takes for user "support@x.example"

	mu      sync.Mutex
	got     []taken
	dialled int
	log     []string // all commands
}

// taken is a mail that the hop took.
type taken struct {
	from, body string
	to         []string
	secure     bool
}

// pipe is a connection as from this machine.
type pipe struct{ net.Conn }

func (p pipe) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 587} }

func (h *scripted) dial(context.Context, string, string) (net.Conn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dialled++
	if h.refused {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	ours, theirs := net.Pipe()
	go (&dialogue{scripted: h, conn: theirs}).serve()
	return pipe{ours}, nil
}

// said are the commands that the hop got.
func (h *scripted) said() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.log)
}

// dialFar is as from another machine.
func (h *scripted) dialFar(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := h.dial(ctx, network, address)
	return c.(pipe).Conn, err
}

// dialogue is the hop's side of one connection.
type dialogue struct {
	*scripted
	conn   net.Conn
	r      *bufio.Reader
	secure bool
	mail   taken
}

func (d *dialogue) serve() {
	defer func() { _ = d.conn.Close() }() // closed already, when the script says so
	if d.atOnce {
		d.conn, d.secure = tls.Server(d.conn, d.tls), true
	}
	d.r = bufio.NewReader(d.conn)
	if !d.step("greeting", "", "220 hop ESMTP") {
		return
	}
	for {
		line, err := d.r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		d.mu.Lock()
		d.log = append(d.log, line)
		d.mu.Unlock()
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if !d.command(strings.TrimSuffix(verb, ":"), line) {
			return
		}
	}
}

func (d *dialogue) command(verb, line string) bool {
	switch verb {
	case "EHLO":
		offers := d.offers
		if offers == nil {
			offers = []string{"PIPELINING", "SIZE 10000000", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8"}
			if d.tls != nil && !d.secure {
				offers = append(offers, "STARTTLS")
			}
			offers = append(offers, "AUTH PLAIN LOGIN")
		}
		lines := append([]string{"hop"}, offers...)
		return d.step(verb, line, "250-"+strings.Join(lines[:len(lines)-1], "\r\n250-")+"\r\n250 "+lines[len(lines)-1])
	case "STARTTLS":
		answer := d.script(verb, line)
		if !d.say(answer, "220 2.0.0 go") {
			return false
		}
		if answer != "" && answer != "early" {
			return true
		}
		d.conn, d.secure = tls.Server(d.conn, d.tls), true
		d.r = bufio.NewReader(d.conn)
		return true
	case "AUTH":
		return d.auth(line)
	case "MAIL":
		from, _, _ := strings.Cut(strings.TrimPrefix(line[len("MAIL FROM:"):], "<"), ">")
		d.mail = taken{from: from, secure: d.secure}
		return d.step(verb, line, "250 2.1.0 ok")
	case "RCPT":
		to, _, _ := strings.Cut(line[len("RCPT TO:<"):], ">")
		answer := d.script("RCPT", line)
		if answer == "" || strings.HasPrefix(answer, "25") {
			d.mail.to = append(d.mail.to, to)
		}
		return d.say(answer, "250 2.1.5 ok")
	case "DATA":
		return d.data()
	case "RSET":
		return d.step(verb, line, "250 2.0.0 ok")
	case "QUIT":
		d.step(verb, line, "221 2.0.0 bye")
		return false
	}
	return d.step(verb, line, "502 5.5.2 what?")
}

// auth takes PLAIN with an initial response, and LOGIN, for user "mailgw" with password "secret".
func (d *dialogue) auth(line string) bool {
	words := strings.Fields(line)
	if strings.HasSuffix(words[1], "OAUTH2") {
		return d.authToken(line, words)
	}
	ok := false
	if words[1] == "PLAIN" {
		b, err := base64.StdEncoding.DecodeString(words[2])
		ok = err == nil && string(b) == "\x00mailgw\x00secret"
	} else {
		var got []string
		for _, ask := range []string{"Username:", "Password:"} {
			if !d.say("334 "+base64.StdEncoding.EncodeToString([]byte(ask)), "") {
				return false
			}
			answer, err := d.r.ReadString('\n')
			b, err2 := base64.StdEncoding.DecodeString(strings.TrimSpace(answer))
			if err != nil || err2 != nil {
				return false
			}
			got = append(got, string(b))
		}
		ok = strings.Join(got, " ") == "mailgw secret"
	}
	if !ok {
		return d.say("535 5.7.8 wrong", "")
	}
	return d.step("AUTH", line, "235 2.7.0 welcome")
}

func (d *dialogue) data() bool {
	answer := d.script("DATA", "DATA")
	if answer == "deaf" {
		_, err := io.WriteString(d.conn, "354 go on\r\n")
		return err == nil && d.hang(false)
	}
	if !d.say(answer, "354 go on") {
		return false
	}
	if answer != "" {
		return true
	}
	body, err := textproto.NewReader(d.r).ReadDotBytes()
	if err != nil {
		return false
	}
	d.mail.body = string(body)
	answer = d.script("dot", d.mail.body)
	if answer == "" || answer == "take" || strings.HasPrefix(answer, "250") {
		d.mu.Lock()
		d.got = append(d.got, d.mail)
		d.mu.Unlock()
	}
	return d.say(answer, "250 2.0.0 queued as 1")
}

func (d *dialogue) step(step, line, usual string) bool { return d.say(d.script(step, line), usual) }

// say does what the script says. It returns false when the connection is at its end.
func (d *dialogue) say(answer, usual string) bool {
	var err error
	switch answer {
	case "":
		_, err = io.WriteString(d.conn, usual+"\r\n")
	case "hang":
		return d.hang(true)
	case "close", "take":
		return false
	case "endless":
		for err == nil {
			_, err = io.WriteString(d.conn, "250-and\r\n")
		}
	case "long":
		_, err = io.WriteString(d.conn, "250 "+strings.Repeat("x", 1<<20)+"\r\n")
	case "garbage":
		_, err = io.WriteString(d.conn, "\x00\xffhello?\r\n")
	case "early":
		_, err = io.WriteString(d.conn, "220 go\r\n250 injected\r\n")
	default:
		_, err = io.WriteString(d.conn, answer+"\r\n")
		if strings.HasPrefix(answer, "421") {
			return false
		}
	}
	return err == nil
}

// hang waits for the other side to close.
func (d *dialogue) hang(reading bool) bool {
	for reading {
		if _, err := d.r.ReadByte(); err != nil {
			return false
		}
	}
	time.Sleep(2 * time.Hour) // longer than any deadline of ours
	return false
}

// usual always gives the usual reply.
func usual(string, string) string { return "" }

// relay makes a relay that reaches the hop.
func (h *scripted) relay(t *testing.T, change func(*SMTPOptions)) *SMTPRelay {
	t.Helper()
	if h.script == nil {
		h.script = usual
	}
	o := SMTPOptions{Address: "hop.example:587", Hostname: "support.example", TLS: "off", CommandTimeout: 5 * time.Minute, Dial: h.dial}
	if change != nil {
		change(&o)
	}
	r, err := NewSMTPRelay(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// authority is a certificate for hop.example and the file of its authority.
var authority = sync.OnceValues(func() (tls.Certificate, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hop.example"}, DNSNames: []string{"hop.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
})

func serverTLS() *tls.Config {
	cert, _ := authority()
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

func caFile(t *testing.T) string {
	t.Helper()
	_, ca := authority()
	return writeFile(t, "ca.pem", string(ca))
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
