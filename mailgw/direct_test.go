package mailgw

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-milter"
	"github.com/emersion/go-msgauth/dkim"
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
	door := smtpd.New(h.Gateway, h.doorOptions("smtp", h.settings.Load(), nil, nil))
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
	h.settings.Store(h.derive(h.c, h.dns))
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
		h.settings.Store(h.derive(h.c, h.dns))
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

// A signature is for what the peer sent, whatever a scanner makes of the header; and
// when a scanner may have changed a mail, a later fail is not taken for one.
func TestSignedBeforeScanners(t *testing.T) {
	h := newHouse(t, `milter=[{address="127.0.0.1:1"}]`)
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	h.zone.Add("s._domainkey.acme.example", "TXT", "v=DKIM1; k=ed25519; p="+base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey)))
	h.zone.Add("_dmarc.acme.example", "TXT", "v=DMARC1; p=reject")
	for name, answered := range map[string]bool{"at once": true, "later": false} {
		a := h.arrival(mail{client: outside, subject: "Export " + name})
		var signed bytes.Buffer
		if err := dkim.Sign(&signed, bytes.NewReader(a.Raw[a.Body:]), &dkim.SignOptions{Domain: "acme.example", Selector: "s", Signer: key, HeaderKeys: []string{"From", "Subject"}}); err != nil {
			t.Fatal(err)
		}
		a.Sent = signed.Bytes()
		a.Raw = append(a.Raw[:a.Body:a.Body], bytes.Replace(a.Sent, []byte("Subject: "), []byte("Subject: [maybe spam] "), 1)...)
		h.zone.Fail("s._domainkey.acme.example", !answered)
		h.dns = mailauth.NewCache(h.zone)
		h.settings.Store(h.derive(h.c, h.dns))
		got := h.take(a)
		want := map[bool]string{true: "pass", false: "none"}[answered]
		if got.entry.SenderAuth != want || !strings.Contains(got.entry.Subject, "[maybe spam]") {
			t.Errorf("%s: %s %q", name, got.entry.SenderAuth, got.entry.SenderWhy)
		}
		h.zone.Fail("s._domainkey.acme.example", false)
		h.askDueAt(h.clock.Now().Add(time.Minute))
		if e := h.entry(got.ID); e.SenderAuth != want {
			t.Errorf("%s: asked again, it is %s", name, e.SenderAuth)
		}
	}
}

// marker is a filter that marks each subject.
type marker struct{ milter.NoOpMilter }

func (marker) Body(m *milter.Modifier) (milter.Response, error) {
	return milter.RespAccept, m.ChangeHeader(1, "Subject", "[maybe spam] Export")
}

// Over SMTP, with a filter that changes what was signed.
func TestSignedBehindAFilter(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	filter := &milter.Server{NewMilter: func() milter.Milter { return marker{} }, Actions: milter.OptChangeHeader}
	served := make(chan error, 1)
	go func() { served <- filter.Serve(l) }()
	t.Cleanup(func() { filter.Close(); <-served })
	h := newHouse(t, `milter=[{address="`+l.Addr().String()+`"}]`)
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	h.zone.Add("s._domainkey.acme.example", "TXT", "v=DKIM1; k=ed25519; p="+base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey)))
	var signed bytes.Buffer
	const raw = "From: Mia <mia@acme.example>\r\nSubject: Export\r\n\r\nIt does nothing.\r\n"
	if err := dkim.Sign(&signed, strings.NewReader(raw), &dkim.SignOptions{Domain: "acme.example", Selector: "s", Signer: key, HeaderKeys: []string{"From", "Subject"}}); err != nil {
		t.Fatal(err)
	}
	p := talk(t, h.mxDoor())
	p.want("220 ")
	p.ask("EHLO mx.acme.example", "250 ")
	p.ask("MAIL FROM:<mia@acme.example>", "250 ")
	p.ask("RCPT TO:<support@example.com>", "250 ")
	p.ask("DATA", "354 ")
	p.ask(signed.String()+".", "250 ")
	if e := h.lastEntry(); e.SenderAuth != "pass" || e.Subject != "[maybe spam] Export" {
		t.Errorf("%q is %s: %q", e.Subject, e.SenderAuth, e.SenderWhy)
	}
}
