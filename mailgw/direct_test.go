package mailgw

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/mailauth/dnstest"
	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// outside is a sender's own mail server.
const outside = "203.0.113.25"

// abroad is a listener whose clients come from outside.
type abroad struct{ net.Listener }

type foreign struct{ net.Conn }

func (foreign) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(outside), Port: 40000} }

func (l abroad) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return foreign{c}, nil
}

// mxDoor opens the door for clients from outside; its end is waited for.
func (h *house) mxDoor() (addr string) {
	h.t.Helper()
	door := smtpd.New(h.Gateway, h.doorOptions(h.settings.Load(), nil, nil, false))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- door.Serve(ctx, abroad{l}) }()
	h.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
	})
	return l.Addr().String()
}

// nameServer has the house ask a real name server on a loopback port.
func (h *house) nameServer(lines ...string) *dnstest.Zone {
	h.t.Helper()
	z := dnstest.New(lines...)
	h.dns = mailauth.NewCache(mailauth.NewResolver(dnstest.Serve(h.t, z)))
	h.settings.Store(newSettings(h.c, h.dns))
	return z
}

// eventually waits for something that happens on another goroutine.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 2000 {
		if is() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("it never came to this: %s", what)
}

// lastEntry is the mail that opened the newest ticket.
func (h *house) lastEntry() (e ticket.Entry) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) {
		return r.Tickets(0, func(t ticket.Ticket) bool {
			list, failed := r.Entries(t.Number)
			if failed != nil || len(list) == 0 {
				h.t.Fatal("no entry", failed)
			}
			e = list[0]
			return false
		})
	})
	return e
}

// Over SMTP, with a name server: SPF is asked while the mail still comes in, and the
// verdict with its reasons is on the entry.
func TestSenderOverSMTP(t *testing.T) {
	h := newHouse(t)
	z := h.nameServer("acme.example TXT v=spf1 ip4:"+outside+" -all", "_dmarc.acme.example TXT v=DMARC1; p=reject", "client TXT v=spf1 -all")
	p := talk(t, h.mxDoor())
	p.want("220 ")
	for _, c := range []struct {
		from string
		want string
		why  string
		ack  bool
	}{
		{"mia@acme.example", "pass", "SPF: pass for acme.example (ip4:203.0.113.25), aligned with From (acme.example)", true},
		{"mia@forger.example", "fail", "nothing proves the author, and acme.example wants such mail: reject", false},
	} {
		p.ask("EHLO mx.forger.example", "250 ")
		p.ask("MAIL FROM:<"+c.from+">", "250 ")
		p.ask("RCPT TO:<support@example.com>", "250 ")
		domain := domainOf(c.from)
		eventually(t, "SPF is asked before DATA", func() bool { return z.Asked(domain, "TXT") > 0 })
		if n := z.Asked("_dmarc.acme.example", "TXT"); n != 0 && c.want == "pass" {
			t.Errorf("the policy was asked for before From was known")
		}
		before := h.rows()
		p.ask("DATA", "354 ")
		p.ask("From: Mia <mia@acme.example>\r\nTo: support@example.com\r\nSubject: Export "+c.want+"\r\n\r\nIt does nothing.\r\n.", "250 2.0.0 accepted as ")
		e := h.lastEntry()
		if e.SenderAuth != c.want || !slices.Contains(e.SenderWhy, c.why) {
			t.Errorf("%s: %s %q, want %s with %q", c.from, e.SenderAuth, e.SenderWhy, c.want, c.why)
		}
		if acked := h.stored(e.ID, before).ack != nil; acked != c.ack {
			t.Errorf("%s: acknowledged %v", c.from, acked)
		}
	}
}

// What was begun for a mail ends with it: when the sender gives it up, and when he
// goes away. No goroutine is left.
func TestEarlyEndsWithTheMail(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Run("door", func(t *testing.T) {
		h := newHouse(t)
		silent, err := net.ListenPacket("udp", "127.0.0.1:0") // takes questions and never answers
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		h.dns = mailauth.NewCache(mailauth.NewResolver(silent.LocalAddr().String()))
		h.settings.Store(newSettings(h.c, h.dns))
		addr := h.mxDoor()
		for _, last := range []string{"RSET", "QUIT", ""} {
			p := talk(t, addr)
			p.want("220 ")
			p.ask("EHLO mx.acme.example", "250 ")
			p.ask("MAIL FROM:<mia@acme.example>", "250 ")
			p.ask("RCPT TO:<support@example.com>", "250 ")
			if _, err := silent.(*net.UDPConn).Read(make([]byte, 512)); err != nil {
				t.Fatal(err)
			}
			switch last {
			case "":
				p.Close()
			default:
				p.ask(last, "2")
			}
		}
	})
	goleak.VerifyNone(t, ignore)
}

// A mail without a proof is what it was before: a new matter, answered in the
// neutral words; and no mail from the machine itself asks the DNS to be explained.
func TestExplainAsksOnlyAboutAClient(t *testing.T) {
	h := newHouse(t, `smtp.trusted_networks=[]`)
	a := h.arrival(mail{client: outside})
	args := ExplainArgs{File: "f", Raw: a.Raw[a.Body:]}
	var v ExplainView
	for _, c := range []struct {
		client string
		asks   bool
	}{{"", false}, {outside, true}} {
		args.ClientIP = c.client
		before := h.zone.Asked("", "")
		if err := h.explainMail(args, func(x any) error { v = x.(ExplainView); return nil }); err != nil {
			t.Fatal(err)
		}
		if asked := h.zone.Asked("", "") > before; asked != c.asks {
			t.Errorf("client %q: asked %v", c.client, asked)
		}
		if v.SenderAuth != "none" || len(v.AuthReasons) == 0 || strings.Contains(strings.Join(v.AuthReasons, " "), "%!") {
			t.Errorf("client %q: %s %q", c.client, v.SenderAuth, v.AuthReasons)
		}
	}
}
