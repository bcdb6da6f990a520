package smtpd

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/emersion/go-sasl"
)

// logins lets Anna in, with PLAIN and the password "demo".
type logins struct {
	tried []string
	over  atomic.Bool // her password is good no more
}

func (*logins) Mechanisms() []string { return []string{"PLAIN", "LOGIN"} }

func (l *logins) SASL(_ context.Context, _ netip.Addr, mechanism string) (sasl.Server, func() string) {
	if mechanism != "PLAIN" {
		return nil, nil
	}
	who := ""
	return sasl.NewPlainServer(func(_, user, password string) error {
			l.tried = append(l.tried, user)
			switch password {
			case "demo":
				who = "anna@example.com"
				return nil
			case "broken":
				return errors.New("the secret disk is broken")
			}
			return peerError(535, 5, 7, 8, "wrong user name or password")
		}), func() string {
			if l.over.Load() {
				return ""
			}
			return who
		}
}

func plainly(password string) string {
	return base64.StdEncoding.EncodeToString([]byte("\x00anna\x00" + password))
}

func submission(o *Options) { o.Logins, o.Source = &logins{}, "submission" }

func TestAuth(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil, submission)
	p := l.dial()
	p.ask("AUTH PLAIN "+plainly("demo"), "503 5.5.1 introduce yourself first")
	if caps := p.ask("EHLO h", "250-"); !strings.Contains(caps, "\n250-AUTH PLAIN LOGIN\n") {
		t.Errorf("not offered: %q", caps)
	}
	p.ask("MAIL FROM:<anna@example.com>", "530 5.7.0 ")
	p.ask("RCPT TO:<support@example.com>", "503 ")
	for ask, want := range map[string]string{
		"AUTH":                            "501 5.5.2 ",
		"AUTH SCRAM-SHA-1":                "504 5.5.4 ",
		"AUTH PLAIN *":                    "501 5.5.2 ",
		"AUTH PLAIN =":                    "454 4.7.0 ",
		"AUTH PLAIN x y":                  "501 5.5.2 ",
		"AUTH PLAIN " + plainly("wrong"):  "535 5.7.8 wrong user name or password",
		"AUTH PLAIN " + plainly("broken"): "454 4.7.0 the login could not be checked now, try again later",
	} {
		p.ask(ask, want)
	}
	p.ask("AUTH PLAIN", "334 ")
	p.ask("*", "501 5.7.0 ")
	p.ask("AUTH PLAIN", "334 ")
	p.ask("MAIL FROM:<anna@example.com>", "501 5.5.2 ")
	p.ask("auth plain", "334 ")
	p.ask(plainly("demo"), "235 2.7.0 ")
	p.ask("AUTH PLAIN "+plainly("demo"), "503 5.5.1 you are logged in already")
	if caps := p.ask("EHLO h", "250-"); strings.Contains(caps, "AUTH") {
		t.Errorf("offered again: %q", caps)
	}
	p.ask("MAIL FROM:<somebody@else.example> AUTH=<>", "250 ")
	p.ask("RCPT TO:<support@example.com>", "250 ")
	p.ask("DATA", "354 ")
	p.ask("Subject: x\r\n\r\nHello\r\n.", "250 ")
	a := l.taken()[0]
	if a.ReversePath != "anna@example.com" || a.Source != "submission" || !strings.Contains(string(a.Raw), "with ESMTPA id") || !strings.HasPrefix(string(a.Raw), "Return-Path: <anna@example.com>") {
		t.Errorf("%+v\n%s", a, a.Raw)
	}
	if log := l.log.String(); strings.Contains(log, plainly("demo")) || strings.Contains(log, "demo") || !strings.Contains(log, "user=anna@example.com") {
		t.Errorf("the log:\n%s", log)
	}
}

// What is said behind AUTH at once is answered in order; nothing of it counts before the
// login is done, and a login within a mail changes nothing of that mail.
func TestAuthPipelined(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil, submission)
	p := l.dial()
	p.send("EHLO h\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@example.com>\r\nAUTH PLAIN\r\n" + plainly("wrong") + "\r\nMAIL FROM:<a@b.example>\r\nAUTH PLAIN " + plainly("demo") + "\r\nMAIL FROM:<>\r\nAUTH PLAIN " + plainly("demo") + "\r\nRCPT TO:<x@example.com>\r\nDATA\r\n")
	for _, want := range []string{"250-", "530 ", "503 ", "334 ", "535 ", "530 ", "235 ", "250 ", "503 ", "250 ", "354 "} {
		p.want(want)
	}
	p.ask("x\r\n.", "250 ")
	p.ask("MAIL FROM:<anna@example.com>", "250 ")
	if n := len(l.asked); n != 1 {
		t.Errorf("%d recipients were asked for", n)
	}
	q := l.dial()
	q.ask("EHLO h", "250-")
	q.ask("MAIL FROM:<anna@example.com>", "530 ") // another connection
}

// TestLoginOver: a login that is good no more ends before the next mail; a mail that was
// begun is taken to its end.
func TestLoginOver(t *testing.T) {
	t.Parallel()
	door := &logins{}
	l := newLab(t, nil, func(o *Options) { o.Logins, o.Source = door, "submission" })
	p := l.dial()
	p.ask("EHLO h", "250-")
	p.ask("AUTH PLAIN "+plainly("demo"), "235 ")
	p.ask("MAIL FROM:<anna@example.com>", "250 ")
	p.ask("RCPT TO:<x@example.com>", "250 ")
	door.over.Store(true)
	p.ask("MAIL FROM:<anna@example.com>", "503 ")
	p.ask("DATA", "354 ")
	p.ask("x\r\n.", "250 ")
	p.ask("RSET", "250 ")
	p.ask("MAIL FROM:<anna@example.com>", "421 4.7.0 the password of this login is good no more")
	if rest, err := io.ReadAll(p.r); len(rest) > 0 || err != nil {
		t.Errorf("behind it: %q, %v", rest, err)
	}
	if n := len(l.asked); n != 1 {
		t.Errorf("%d recipients were asked for", n)
	}
}

// From another machine no password is taken before TLS, not even looked at; after
// STARTTLS what was said before counts for nothing.
func TestAuthWithoutTLS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newKeys(t, newPair(t, 1))
		certs, err := LoadCertificates(k.cert, k.key)
		if err != nil {
			t.Fatal(err)
		}
		in := &logins{}
		l := newBubble(t, nil, func(o *Options) { o.Logins, o.Certificates = in, certs })
		p := l.dial()
		if caps := p.ask("EHLO h", "250-"); strings.Contains(caps, "AUTH") || !strings.Contains(caps, "STARTTLS") {
			t.Errorf("offered: %q", caps)
		}
		p.ask("AUTH PLAIN "+plainly("demo"), "538 5.7.11 ")
		p.ask("MAIL FROM:<anna@example.com>", "530 5.7.0 ")
		if len(in.tried) > 0 {
			t.Error("a password was looked at")
		}
		p.ask("STARTTLS", "220 ")
		p.secure()
		if caps := p.ask("EHLO h", "250-"); !strings.Contains(caps, "\n250-AUTH PLAIN LOGIN\n") {
			t.Errorf("not offered: %q", caps)
		}
		p.ask("MAIL FROM:<anna@example.com>", "530 5.7.0 ")
		p.ask("AUTH PLAIN "+plainly("demo"), "235 ")
		p.ask("MAIL FROM:<anna@example.com>", "250 ")
		p.ask("AUTH PLAIN "+plainly("demo"), "503 ")
		p.Close()
		l.stop()
		l.wait()
	})
}

// A login on this machine itself is forgotten when TLS begins (RFC 3207 §4.2).
func TestAuthForgottenByTLS(t *testing.T) {
	t.Parallel()
	l, _ := withTLS(t, submission)
	p := l.dial()
	p.ask("EHLO h", "250-")
	p.ask("AUTH PLAIN "+plainly("demo"), "235 ")
	p.ask("STARTTLS", "220 ")
	p.secure()
	p.ask("EHLO h", "250-")
	p.ask("MAIL FROM:<anna@example.com>", "530 ")
}

// TLS from the first byte: the greeting comes through it, and who speaks in plain text
// hears nothing of ours.
func TestImplicitTLS(t *testing.T) {
	t.Parallel()
	l, _ := withTLS(t, func(o *Options) { submission(o); o.ImplicitTLS = true })
	c, err := tls.Dial("tcp", l.listen.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := &peer{Conn: c, t: t, r: bufio.NewReader(c)}
	p.want("220 ")
	if caps := p.ask("EHLO h", "250-"); strings.Contains(caps, "STARTTLS") || !strings.Contains(caps, "250-AUTH") {
		t.Errorf("offered: %q", caps)
	}
	p.ask("STARTTLS", "503 ")
	p.ask("AUTH PLAIN "+plainly("demo"), "235 ")
	p.ask("MAIL FROM:<anna@example.com>", "250 ")
	p.ask("RCPT TO:<support@example.com>", "250 ")
	p.ask("DATA", "354 ")
	p.ask("x\r\n.", "250 ")
	if a := l.taken()[0]; !a.TLS || !strings.Contains(string(a.Raw), "with ESMTPSA id") {
		t.Errorf("%+v\n%s", a, a.Raw)
	}
	n, err := net.Dial("tcp", l.listen.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	q := &peer{Conn: n, t: t, r: bufio.NewReader(n)}
	q.send("EHLO h\r\nAUTH PLAIN " + plainly("demo") + "\r\n")
	if line, err := q.r.ReadString('\n'); strings.Contains(line, "220") || err == nil && strings.Contains(line, "mx.") {
		t.Errorf("in plain text: %q", line)
	}
}

// The MX door knows no logins.
func TestNoAuthAtMX(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil, nil)
	p := l.dial()
	if caps := p.ask("EHLO h", "250-"); strings.Contains(caps, "AUTH") {
		t.Errorf("offered: %q", caps)
	}
	p.ask("AUTH PLAIN "+plainly("demo"), "502 ")
	p.begin()
}
