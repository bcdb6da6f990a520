package smtpd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come; no test depends on its
// length.
const patience = 10 * time.Second

// clock is the gateway's time in all tests.
var clock = time.Date(2026, 7, 4, 9, 5, 7, 0, time.FixedZone("", 2*3600))

// box is a Handler that keeps what it gets. Its functions may be nil.
type box struct {
	recipient func(addr string) error
	deliver   func(ctx context.Context, a *letter.Arrival) error

	mu    sync.Mutex
	mails []*letter.Arrival
	asked []string
}

// Recipient takes everything at example.com, but nobody@, and bare names.
func (b *box) Recipient(_ context.Context, addr string) error {
	b.mu.Lock()
	b.asked = append(b.asked, addr)
	b.mu.Unlock()
	if b.recipient != nil {
		return b.recipient(addr)
	}
	local, domain, found := strings.Cut(addr, "@")
	if !found || domain == "example.com" && local != "nobody" {
		return nil
	}
	return &ReplyError{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "no such mailbox here", Peer: true}
}

func (b *box) Deliver(ctx context.Context, a *letter.Arrival) error {
	if b.deliver != nil {
		if err := b.deliver(ctx, a); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, a)
	return nil
}

// taken returns the mails so far.
func (b *box) taken() []*letter.Arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mails
}

// bodies returns what the peers have sent of each mail so far.
func (b *box) bodies() []string {
	var all []string
	for _, a := range b.taken() {
		all = append(all, string(a.Raw[a.Body:]))
	}
	return all
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// lab is a server that runs.
type lab struct {
	*box
	t      testing.TB
	server *Server
	log    *logBuffer
	listen net.Listener
	stop   context.CancelFunc
	served chan error // what Serve returned
}

// newLab starts a server on a loopback port; it ends with the test.
func newLab(t testing.TB, b *box, change func(*Options)) *lab {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return newLabOn(t, l, b, change)
}

func newLabOn(t testing.TB, l net.Listener, b *box, change func(*Options)) *lab {
	t.Helper()
	if b == nil {
		b = &box{}
	}
	var last atomic.Uint64
	log := &logBuffer{}
	o := Options{
		Hostname: "mx.example.com", MaxMessageBytes: 1 << 20, MaxRecipients: 5, MaxReceivedHops: 5,
		CommandTimeout: patience, MessageTimeout: patience, ShutdownGrace: patience,
		NewID: func() ticket.ID { return ticket.ID(last.Add(1)) },
		Now:   func() time.Time { return clock },
		Log:   slog.New(slog.NewTextHandler(log, nil)),
	}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	lb := &lab{box: b, t: t, server: New(b, o), log: log, listen: l, stop: cancel, served: make(chan error, 1)}
	go func() { lb.served <- lb.server.Serve(ctx, l) }()
	t.Cleanup(func() { cancel(); lb.wait() })
	return lb
}

// pipes is a listener in memory, for tests in which time is not real.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// dial connects as somebody at the address from.
func (p *pipes) dial(from net.Addr) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- elsewhere{theirs, from}:
		return ours, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// elsewhere is a connection from another address.
type elsewhere struct {
	net.Conn
	addr net.Addr
}

func (f elsewhere) RemoteAddr() net.Addr { return f.addr }

// newBubble starts a server in memory, for use in synctest: a minute for each
// command, ten for each mail, two to stop.
func newBubble(t testing.TB, b *box, change func(*Options)) *lab {
	t.Helper()
	return newLabOn(t, newPipes(), b, func(o *Options) {
		o.CommandTimeout, o.MessageTimeout, o.ShutdownGrace = time.Minute, 10*time.Minute, 2*time.Minute
		if change != nil {
			change(o)
		}
	})
}

// wait waits until Serve has returned, and keeps what it returned.
func (l *lab) wait() error {
	l.t.Helper()
	select {
	case err := <-l.served:
		l.served <- err
		return err
	case <-time.After(time.Hour):
		l.t.Fatal("Serve does not return")
		return nil
	}
}

// peer is the other side of a connection.
type peer struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

// dial connects and reads the greeting.
func (l *lab) dial() *peer {
	l.t.Helper()
	p := l.connect()
	p.want("220 ")
	return p
}

func (l *lab) connect() *peer {
	l.t.Helper()
	var c net.Conn
	var err error
	if pipes, ok := l.listen.(*pipes); ok {
		c, err = pipes.dial(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)})
	} else {
		c, err = net.Dial(l.listen.Addr().Network(), l.listen.Addr().String())
	}
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(24 * time.Hour)) // in memory; go test has its own limit
	return &peer{Conn: c, t: l.t, r: bufio.NewReader(c)}
}

// send writes bytes as they are.
func (p *peer) send(s string) {
	p.t.Helper()
	if _, err := io.WriteString(p.Conn, s); err != nil {
		p.t.Fatalf("send %.40q: %v", s, err)
	}
}

// reply reads one reply; lines are joined with LF.
func (p *peer) reply() (string, error) {
	var all []string
	for {
		line, err := p.r.ReadString('\n')
		if err != nil {
			return strings.Join(append(all, line), "\n"), err
		}
		all = append(all, strings.TrimSuffix(line, "\r\n"))
		if len(line) > 3 && line[3] != '-' {
			return strings.Join(all, "\n"), nil
		}
	}
}

// want reads one reply, which must begin with prefix.
func (p *peer) want(prefix string) string {
	p.t.Helper()
	got, err := p.reply()
	if err != nil || !strings.HasPrefix(got, prefix) {
		p.t.Fatalf("reply %q (%v), want %q", got, err, prefix)
	}
	return got
}

// ask sends a line and wants a reply.
func (p *peer) ask(line, prefix string) string {
	p.t.Helper()
	p.send(line + "\r\n")
	return p.want(prefix)
}

// closed wants the connection to be over, with nothing more said.
func (p *peer) closed() {
	p.t.Helper()
	rest, err := io.ReadAll(p.r)
	if len(rest) > 0 {
		p.t.Fatalf("more was said: %q", rest)
	}
	if err != nil && !strings.Contains(err.Error(), "reset") {
		p.t.Fatalf("not closed: %v", err)
	}
}

// begin goes as far as the reply to RCPT.
func (p *peer) begin() {
	p.t.Helper()
	p.ask("EHLO client.example", "250-mx.example.com")
	p.envelope()
}

func (p *peer) envelope() {
	p.t.Helper()
	p.ask("MAIL FROM:<a@b.example>", "250 2.1.0 ")
	p.ask("RCPT TO:<support@example.com>", "250 2.1.5 ")
}

// until waits for a condition.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// wantText compares texts.
func wantText(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

const plain = "Subject: hi\r\n\r\nhello\r\n"

func TestOneMail(t *testing.T) {
	l := newLab(t, nil, nil)
	p := l.dial()
	p.begin()
	p.ask("DATA", "354 ")
	p.ask(plain+".", "250 2.0.0 accepted as 0000000000001")
	p.ask("QUIT", "221 ")
	p.closed()
	mails := l.taken()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	a := mails[0]
	wantText(t, "raw", string(a.Raw), "Return-Path: <a@b.example>\r\n"+
		"Received: from client.example ([127.0.0.1])\r\n\tby mx.example.com with ESMTP id 0000000000001\r\n"+
		"\tfor <support@example.com>;\r\n\tSat, 04 Jul 2026 09:05:07 +0200\r\n"+plain)
	wantText(t, "body", string(a.Raw[a.Body:]), plain)
	got := fmt.Sprintln(a.ID, a.Source, a.ReversePath, a.Recipients, a.ClientIP, a.Helo, a.TLS, a.At.Equal(clock))
	wantText(t, "arrival", got, "0000000000001 mx a@b.example [support@example.com] 127.0.0.1 client.example false true\n")
	c := l.server.Counters()
	if c.Accepted != 1 || c.ConnectionsTotal != 1 {
		t.Errorf("counters: %+v", c)
	}
}
