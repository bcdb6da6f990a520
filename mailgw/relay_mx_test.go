package mailgw

import (
	"context"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"supportgw/mailgw/mailauth/dnstest"
	"supportgw/mailgw/store"
)

// elsewhereServer is the mail server of other companies: at first it has no time.
type elsewhereServer struct {
	mu      sync.Mutex
	busy    int // so many mails are put off
	putOff  []string
	arrived []string // recipients
}

// NewSession is for a connection.
func (s *elsewhereServer) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &elsewhereSession{s: s}, nil
}

type elsewhereSession struct {
	s  *elsewhereServer
	to []string
}

func (x *elsewhereSession) Mail(string, *smtp.MailOptions) error { return nil }

func (x *elsewhereSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	x.to = append(x.to, to)
	return nil
}

func (x *elsewhereSession) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	if len(x.s.putOff) < x.s.busy {
		x.s.putOff = append(x.s.putOff, x.to...)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "no time"}
	}
	x.s.arrived = append(x.s.arrived, x.to...)
	return nil
}

func (x *elsewhereSession) Reset()        { x.to = nil }
func (x *elsewhereSession) Logout() error { return nil }

// has returns who has a mail.
func (s *elsewhereServer) has() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.arrived)
	slices.Sort(out)
	return out
}

// TestDirectDelivery: with relay.kind = "mx" what a customer's mail makes leaves to the servers
// that the DNS names, also when they put it off and the gateway is restarted in between, each
// mail once; a domain that takes no mail is given up at once, in words.
func TestDirectDelivery(t *testing.T) {
	zone := dnstest.New()
	for _, domain := range []string{"acme.example", "example.com"} {
		zone.Add(domain, "MX", "10 mx."+domain+".")
	}
	zone.Add("mx.acme.example", "A", "192.0.2.1")
	zone.Add("mx.example.com", "A", "192.0.2.2")
	there := &elsewhereServer{busy: 2}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(there)
	server.Domain = "mx.example"
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Close()
		<-served
	})

	h := newHouse(t, `relay.kind="mx"`, `relay.per_destination=1`, `outbox.yield="0s"`, `dns.resolver="`+dnstest.Serve(t, zone)+`"`)
	h.c.Relay.RetryFirst = 50 * time.Millisecond
	run := func(until func() bool) {
		t.Helper()
		mx := mxOptions(h.c, h.log)
		mx.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != "192.0.2.1:25" && address != "192.0.2.2:25" {
				t.Errorf("dialled %s", address)
			}
			return (&net.Dialer{}).DialContext(ctx, network, l.Addr().String())
		}
		h.outbox = newMXOutbox(outboxOptions(h.Gateway, h.c, h.log), h.c, mx)
		ctx, stop := context.WithCancel(context.Background())
		over := make(chan struct{})
		go func() { defer close(over); h.outbox.Run(ctx) }()
		for limit := time.Now().Add(20 * time.Second); !until(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(limit) {
				t.Errorf("it does not end; %v have their mail, %d rows are left", there.has(), len(h.rows()))
				break
			}
		}
		stop()
		<-over
	}

	h.deliver(mail{from: "Mia Meier <" + miaAt + ">"})
	run(func() bool {
		there.mu.Lock()
		defer there.mu.Unlock()
		return len(there.putOff) == 2
	})
	h.at(monday.Add(time.Hour)).reopen()
	run(func() bool { return len(h.rows()) == 0 })
	if got, want := there.has(), []string{"anna@example.com", "ben@example.com", miaAt}; !slices.Equal(got, want) {
		t.Errorf("%v have a mail, want %v; put off were %v", got, want, there.putOff)
	}

	zone.Add("globex.example", "MX", "0 .")
	got := h.deliver(mail{from: "Olaf <olaf@globex.example>", subject: "Scale"})
	run(func() bool { return len(h.rows()) == 0 })
	said := ""
	h.view(func(r store.Reader) error {
		list, err := r.Events(got.Ticket)
		for _, e := range list {
			said += e.What + ": " + e.Why + "\n"
		}
		return err
	})
	if !strings.Contains(said, "null MX") {
		t.Errorf("the ticket does not say why nothing was delivered:\n%s", said)
	}
}

// TestOwnAt: nothing is handed to the gateway itself, and another mail server on its machine
// is another one.
func TestOwnAt(t *testing.T) {
	here := func() ([]net.Addr, error) {
		return []net.Addr{&net.IPNet{IP: net.ParseIP("192.0.2.5"), Mask: net.CIDRMask(24, 32)}}, nil
	}
	for _, c := range []struct {
		listen     []string
		host, addr string
		want       bool
	}{
		{[]string{"127.0.0.1:2525"}, "gw.example", "192.0.2.5", false},
		{[]string{":2525"}, "mx.example", "192.0.2.5", false},
		{[]string{":25"}, "mx.example", "192.0.2.5", true},
		{[]string{"[::]:25"}, "mx.example", "192.0.2.5", true},
		{[]string{"0.0.0.0:25"}, "mx.example", "192.0.2.6", false},
		{[]string{"192.0.2.7:25"}, "mx.example", "192.0.2.7", true},
		{[]string{"192.0.2.7:25"}, "mx.example", "192.0.2.5", false},
		{[]string{"192.0.2.7:25"}, "GW.example", "192.0.2.100", true},
		{[]string{":25"}, "gw.example", "192.0.2.100", true},
		{nil, "gw.example", "192.0.2.5", false},
	} {
		if got := ownAt("gw.example", c.listen, here)(c.host, netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("listening on %q, %s [%s]: %v", c.listen, c.host, c.addr, got)
		}
	}
}
