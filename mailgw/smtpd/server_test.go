package smtpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"supportgw/mailgw/letter"
)

// What the Handler returns becomes a reply; go-smtp would pass inner texts on,
// lose wrapped errors and answer unknown ones 554 after DATA.
func TestHandlerErrors(t *testing.T) {
	full := &ReplyError{Code: 452, Enhanced: [3]int{4, 3, 1}, Text: "no room for the mail now", Cause: errors.New("disk secret")}
	for name, c := range map[string]struct {
		err   error
		reply string
		level string
	}{
		"unknown":       {errors.New("secret of bbolt"), "451 4.3.0 the mail could not be taken now, try again later", "ERROR"},
		"reply":         {full, "452 4.3.1 no room for the mail now", "ERROR"},
		"wrapped reply": {fmt.Errorf("secret: %w", full), "452 4.3.1 no room for the mail now", "ERROR"},
		"peer's fault":  {&ReplyError{Code: 550, Enhanced: [3]int{5, 7, 1}, Text: "not wanted", Peer: true}, "550 5.7.1 not wanted", "INFO"},
		"no class":      {&ReplyError{Code: 554, Text: "no"}, "554 5.0.0 no", "ERROR"},
		"wrong class":   {&ReplyError{Code: 451, Enhanced: [3]int{5, 1, 1}, Text: "no"}, "451 4.0.0 no", "ERROR"},
		"no error code": {&ReplyError{Code: 250, Text: "fine"}, "451 4.0.0 fine", "ERROR"},
		"many lines":    {&ReplyError{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "a\r\n250 ok\n"}, "550 5.1.1 a  250 ok", "ERROR"},
		"no text":       {&ReplyError{Code: 550, Enhanced: [3]int{5, 1, 1}}, "550 5.1.1 refused", "ERROR"},
		"timeout":       {context.DeadlineExceeded, "451 4.3.2 the service is busy or stopping, try again later", "ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, &box{
				recipient: func(addr string) error {
					if strings.HasPrefix(addr, "bad@") {
						return c.err
					}
					return nil
				},
				deliver: func(context.Context, *letter.Arrival) error { return c.err },
			}, nil)
			p := l.dial()
			p.begin()
			wantText(t, "RCPT", p.ask("RCPT TO:<bad@example.com>", ""), c.reply)
			p.ask("DATA", "354 ")
			wantText(t, "DATA", p.ask("text\r\n.", ""), c.reply)
			p.envelope()
			wantText(t, "BDAT", p.ask("BDAT 6 LAST\r\ntext", ""), c.reply)
			p.ask("NOOP", "250 ")
			log := l.log.String()
			if n := strings.Count(log, "level="+c.level+" msg=refused"); n != 3 {
				t.Errorf("%d lines at level %s in the log, want 3:\n%s", n, c.level, log)
			}
			if strings.Contains(c.err.Error(), "secret") && !strings.Contains(log, "secret") {
				t.Errorf("the cause is not in the log:\n%s", log)
			}
		})
	}
}

// A panic costs its own mail a 451; go-smtp would close the connection.
func TestPanic(t *testing.T) {
	l := newLab(t, &box{
		recipient: func(addr string) error {
			if strings.HasPrefix(addr, "panic@") {
				panic("poison in Recipient")
			}
			return nil
		},
		deliver: func(_ context.Context, a *letter.Arrival) error {
			if strings.Contains(string(a.Raw), "poison") {
				panic("poison in Deliver")
			}
			return nil
		},
	}, nil)
	other := l.dial()
	other.begin()
	p := l.dial()
	p.begin()
	p.ask("RCPT TO:<panic@example.com>", "451 4.3.0 ")
	p.ask("DATA", "354 ")
	p.ask("poison\r\n.", "451 4.3.0 ")
	p.envelope()
	p.send("BDAT 6 LAST\r\npoison")
	p.want("451 4.3.0 ")
	p.envelope()
	p.ask("DATA", "354 ")
	p.ask("good\r\n.", "250 ")
	other.ask("DATA", "354 ")
	other.ask("good\r\n.", "250 ")
	log := l.log.String()
	if strings.Count(log, "poison in Deliver") < 2 || !strings.Contains(log, "poison in Recipient") || !strings.Contains(log, "server_test.go") {
		t.Errorf("no stack in the log:\n%s", log)
	}
}

// The limits on connections, shared by all listeners.
func TestConnectionLimits(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"in all":      func(o *Options) { o.MaxConnections = 2 },
		"per address": func(o *Options) { o.MaxConnectionsPerIP = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, nil, change)
			second, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			served := make(chan error)
			go func() { served <- l.server.Serve(ctx, second) }()
			a := l.dial()
			b := *l
			b.listen = second
			b.dial()
			for range 3 {
				p := l.connect()
				p.want("421 4.7.0 too many connections, try again later")
				p.closed()
			}
			a.ask("QUIT", "221 ")
			a.closed()
			until(t, "the place is free", func() bool { return l.server.Counters().Connections == 1 })
			l.dial().begin()
			c := l.server.Counters()
			if c.Refused["connections"]+c.Refused["connections_per_ip"] != 3 || c.ConnectionsTotal != 3 {
				t.Errorf("counters: %+v", c)
			}
			cancel()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}

// Each address has its own limit; an IPv6 /64 is one address.
func TestLimitsByHost(t *testing.T) {
	u, o := &Usage{}, &Options{MaxConnectionsPerIP: 1}
	for _, c := range []struct {
		addr string
		ok   bool
	}{
		{"192.0.2.1", true}, {"192.0.2.2", true}, {"192.0.2.1", false},
		{"2001:db8::1", true}, {"2001:db8::2", false}, {"2001:db8:0:1::1", true},
		{"::ffff:192.0.2.3", true}, {"192.0.2.3", false},
	} {
		ip := peerIP(&net.TCPAddr{IP: net.ParseIP(c.addr)})
		if why, ok := u.connect(ip, o); ok != c.ok || !ok && why != refusedHost {
			t.Errorf("%s: %v %v", c.addr, ok, why)
		}
	}
	for range 3 { // peers without an address are not one host
		if _, ok := u.connect(peerIP(&net.UnixAddr{}), o); !ok {
			t.Error("a peer without an address was refused")
		}
	}
}

func TestUnixSocket(t *testing.T) {
	n, err := net.Listen("unix", filepath.Join(t.TempDir(), "lmtp"))
	if err != nil {
		t.Fatal(err)
	}
	l := newLabOn(t, n, nil, func(o *Options) { o.LMTP = true })
	p := l.dial()
	p.ask("LHLO localhost", "250-")
	p.ask("MAIL FROM:<>", "250 ")
	p.ask("RCPT TO:<support@example.com>", "250 ")
	p.ask("RCPT TO:<billing@example.com>", "250 ")
	p.ask("DATA", "354 ")
	p.send(plain + ".\r\n")
	p.want("250 ")
	p.want("250 ")
	a := l.taken()[0]
	if a.ClientIP.IsValid() || a.Source != "lmtp" {
		t.Errorf("%+v", a)
	}
	wantText(t, "trace", string(a.Raw[:a.Body]), "Return-Path: <>\r\nReceived: from localhost\r\n"+
		"\tby mx.example.com with LMTP id 0000000000001;\r\n\tSat, 04 Jul 2026 09:05:07 +0200\r\n")
}

// go-smtp ends a connection at a line of more than 2,000 octets, in a mail too.
func TestLongLine(t *testing.T) {
	l := newLab(t, nil, nil)
	p := l.dial()
	p.begin()
	p.ask("DATA", "354 ")
	long := strings.Repeat("x", 300_000) + "\r\n"
	p.ask(long+".", "250 ")
	wantText(t, "mail", l.bodies()[0], long)
	p.ask("NOOP "+strings.Repeat("x", 1900), "250 ")
	for _, n := range []int{2000, 9000} {
		p := l.dial()
		p.ask("NOOP "+strings.Repeat("x", n), "500 5.5.2 the command line is too long")
		p.closed()
	}
}

// What a peer that goes away has begun is no mail. go-smtp takes a last BDAT
// chunk that ends early for whole.
func TestCutOff(t *testing.T) {
	for _, begun := range []string{
		"DATA\r\nhalf a mail", "DATA\r\nhalf a mail\r\n.", "DATA\r\n.\r", "DATA\r\nhalf a mail\n.\n",
		"BDAT 100 LAST\r\nhalf a mail", "BDAT 100 LAST\r\n", "BDAT 4\r\nhalf", "BDAT 4\r\nhalfBDAT 3 LAST\r\na",
		"BDAT 4\r\nhalfBDAT 0 LAST", "DATA\r\n.\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nBDAT 9 LAST\r\n1234",
	} {
		t.Run(begun, func(t *testing.T) {
			whole := strings.Count(begun, "\r\n.\r\n")
			l := newLab(t, nil, nil)
			p := l.dial()
			p.begin()
			p.send(begun)
			p.Conn.(*net.TCPConn).CloseWrite()
			for {
				if reply, err := p.reply(); err != nil {
					break
				} else if strings.HasPrefix(reply, "250 2.0.0 accepted") {
					whole--
				}
			}
			until(t, "the connection ends", func() bool { return l.server.Counters().Connections == 0 })
			if whole != 0 || len(l.taken()) > 1 {
				t.Errorf("mails taken: %q", l.bodies())
			}
		})
	}
}

// go-smtp runs Data of BDAT in another goroutine, and RSET may come meanwhile.
func TestChunksReset(t *testing.T) {
	l := newLab(t, nil, nil)
	var peers sync.WaitGroup
	for range 4 {
		p := l.dial()
		p.begin()
		peers.Go(func() {
			for range 50 {
				p.send("BDAT 5\r\nwrongRSET\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nBDAT 0\r\nRSET\r\n" +
					"MAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nright\r\n.\r\n" +
					"MAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\n")
				for range 12 {
					if reply, err := p.reply(); err != nil || reply[0] > '3' {
						t.Errorf("%q %v", reply, err)
						return
					}
				}
			}
		})
	}
	peers.Wait()
	for _, body := range l.bodies() {
		wantText(t, "mail", body, "right\r\n")
	}
	if n := len(l.taken()); n != 200 {
		t.Errorf("%d mails", n)
	}
}

// Many mails at once end in as many places, each whole.
func TestManyAtOnce(t *testing.T) {
	l := newLab(t, nil, nil)
	var peers sync.WaitGroup
	for i := range 20 {
		p := l.dial()
		p.begin()
		peers.Go(func() {
			for k := range 5 {
				line := fmt.Sprintf("%d/%d\r\n", i, k)
				p.send("DATA\r\n")
				p.send(strings.Repeat(line, 2000) + ".\r\nMAIL FROM:<>\r\nRCPT TO:<support@example.com>\r\n")
				for _, want := range []string{"354", "250", "250", "250"} {
					if reply, err := p.reply(); err != nil || !strings.HasPrefix(reply, want) {
						t.Errorf("%q %v", reply, err)
						return
					}
				}
			}
		})
	}
	peers.Wait()
	seen := map[string]bool{}
	for _, body := range l.bodies() {
		first, _, _ := strings.Cut(body, "\r\n")
		if seen[first] || body != strings.Repeat(first+"\r\n", 2000) {
			t.Errorf("mail %s is twice there or not whole", first)
		}
		seen[first] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d mails", len(seen))
	}
}

// Refusals are logged with the connection and the peer.
func TestRefusalsAreLogged(t *testing.T) {
	l := newLab(t, nil, nil)
	p := l.dial()
	p.begin()
	p.ask("RCPT TO:<nobody@example.com>", "550 ")
	p.ask("DATA", "354 ")
	p.ask("bare\n\r\n.", "554 ")
	log := l.log.String()
	for _, want := range []string{
		"conn=1", "peer=127.0.0.1", "recipient=nobody@example.com", "reason=recipient", "reason=bare_newline", "id=0000000000001", "code=554",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %s in the log:\n%s", want, log)
		}
	}
	c := l.server.Counters()
	if c.Refused["recipient"] != 1 || c.Refused["bare_newline"] != 1 || c.Refused["mail"] != 0 {
		t.Errorf("counters: %+v", c)
	}
}

// The Handler gets each recipient once, in the form that stands in a mail.
func TestRecipients(t *testing.T) {
	l := newLab(t, nil, func(o *Options) { o.MaxRecipients = 0 })
	p := l.dial()
	p.ask("EHLO h", "250-")
	p.ask(`MAIL FROM:<"a b@c"@b.example>`, "250 ")
	for _, path := range []string{
		"<support@example.com>", "<support@example.com>", "<PostMaster>", "<@relay.example:billing@example.com>",
		`<"quoted word"@example.com>`, `<"support"@example.com>`, "<Abuse>", "<postmaster>", "<postmaster@example.com>",
	} {
		p.ask("RCPT TO:"+path, "250 ")
	}
	p.ask("DATA", "354 ")
	p.ask(".", "250 ")
	a := l.taken()[0]
	wantText(t, "reverse path", a.ReversePath, `"a b@c"@b.example`)
	wantText(t, "recipients", strings.Join(a.Recipients, " "),
		`support@example.com postmaster billing@example.com "quoted word"@example.com abuse postmaster@example.com`)
	if n := len(l.asked); n != 9 {
		t.Errorf("asked %d times", n)
	}
}
