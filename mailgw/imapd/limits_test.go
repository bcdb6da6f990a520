package imapd

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// conf is TLS of a server that nobody needs to know.
func conf(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

// elsewhere makes connections those of another network.
type elsewhere struct{ net.Listener }

func (e elsewhere) Accept() (net.Conn, error) {
	c, err := e.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return far{c}, nil
}

type far struct{ net.Conn }

func (far) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.7:1234"))
}

// afar serves clients of another network.
func afar(t *testing.T, implicit bool) string {
	t.Helper()
	c := conf(t)
	s := New(Options{MaxAppend: 1000, TLS: func() *tls.Config { return c }, Login: func(context.Context, netip.Addr, string, string) (Account, error) {
		return newFake(1), nil
	}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- s.serve(ctx, elsewhere{l}, implicit) }()
	t.Cleanup(func() {
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// TestNoLoginInTheClear has a client of another network: without TLS there is no login,
// with it there is, and what was sent before TLS is not taken for what comes after.
func TestNoLoginInTheClear(t *testing.T) {
	t.Parallel()
	addr := afar(t, false)
	w := dialed(t, addr)
	if got := w.do("a CAPABILITY"); !strings.Contains(got, "LOGINDISABLED") || !strings.Contains(got, "STARTTLS") || strings.Contains(got, "AUTH=") {
		t.Error(got)
	}
	if got := w.do("b LOGIN anna demo"); !strings.HasPrefix(got, "b NO [PRIVACYREQUIRED]") {
		t.Error(got)
	}
	if got := w.do("c AUTHENTICATE PLAIN AGFubmEAZGVtbw=="); !strings.HasPrefix(got, "c NO [PRIVACYREQUIRED]") {
		t.Error(got)
	}
	if got := w.do("d STARTTLS"); !strings.HasPrefix(got, "d OK") {
		t.Fatal(got)
	}
	secure := overTLS(t, w.Conn)
	if got := secure.do("e CAPABILITY"); strings.Contains(got, "LOGINDISABLED") || strings.Contains(got, "STARTTLS") || !strings.Contains(got, "AUTH=PLAIN") || !strings.HasPrefix(got, "* CAPABILITY") {
		t.Error(got)
	}
	if got := secure.do("f STARTTLS"); strings.Contains(got, "f OK") {
		t.Error(got)
	}
	// The front reads plain text here as well.
	if got := secure.do("g ID NIL"); !strings.HasPrefix(got, "g OK") {
		t.Error(got)
	}
	if got := secure.do("h LOGIN anna demo"); !strings.HasPrefix(got, "h OK") {
		t.Error(got)
	}

	w = dialed(t, addr)
	w.say("a STARTTLS\r\nb LOGIN anna demo\r\n")
	if got := strings.Join(w.until("(never)"), "\n"); !strings.Contains(got, "a BAD") || strings.Contains(got, "b ") {
		t.Error(got)
	}
}

// overTLS goes on by TLS; the greeting, if any, is the caller's.
func overTLS(t *testing.T, c net.Conn) *wire {
	t.Helper()
	s := tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) //nolint:gosec // nobody signed it
	if err := s.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return newWire(t, s)
}

// TestTLSAtOnce is port 993.
func TestTLSAtOnce(t *testing.T) {
	t.Parallel()
	c, err := net.Dial("tcp", afar(t, true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	w := overTLS(t, c)
	if got := w.line(); !strings.HasPrefix(got, "* OK") || strings.Contains(got, "LOGINDISABLED") {
		t.Error(got)
	}
	if got := w.do("a LOGIN anna demo"); !strings.HasPrefix(got, "a OK") {
		t.Error(got)
	}
}

// TestTooManyConnections sends the third one away, until another one has ended.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	addr, s := served(t, newFake(1), func(o *Options) { o.MaxConnectionsPerIP = 2 })
	first := in(t, addr, "")
	in(t, addr, "")
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if b, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(b), "* BYE [UNAVAILABLE]") {
		t.Errorf("%q %v", b, err)
	}
	if got := s.Counters(); got.Connections != 2 || got.ConnectionsTotal != 2 || got.Refused["connections_per_ip"] != 1 || got.Refused["connections"] != 0 {
		t.Errorf("counted %+v", got)
	}
	first.Close()
	for n := 0; s.Counters().Connections > 1; n++ {
		if n > 1000 {
			t.Fatal("it is still counted")
		}
		time.Sleep(time.Millisecond)
	}
	in(t, addr, "")
}

// TestSourceOf looks at what counts as one source.
func TestSourceOf(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{"192.0.2.7:1": "192.0.2.7", "[::ffff:192.0.2.7]:1": "192.0.2.7", "[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::", "[fe80::1%eth0]:1": "fe80::"} {
		if got := sourceOf(at{from: from}); got.String() != want {
			t.Errorf("%s: %s", from, got)
		}
	}
}

type at struct {
	net.Conn
	from string
}

func (a at) RemoteAddr() net.Addr { return &net.UnixAddr{Name: a.from} }

// TestManyIdle has 200 clients that wait for news of a folder of 20,000 mails, each having
// read all flags: what they cost in memory, and how long the news take to the last one.
func TestManyIdle(t *testing.T) { // alone: it looks at the memory of the process
	const clients, limit = 200, 64 << 20
	f := newFake()
	for i := range 20_000 {
		f.next++
		f.folders["Unassigned"] = append(f.folders["Unassigned"], fakeMail{Mail{UID: f.next, Ticket: uint64(i + 1), Seq: 1}, nil})
	}
	addr, _ := served(t, f, nil)
	before := inUse()
	var all []*wire
	for range clients {
		w := in(t, addr, "Unassigned")
		all = append(all, w)
	}
	for _, w := range all[:clients/10] {
		w.do("f FETCH 1:* FLAGS")
	}
	for _, w := range all {
		w.say("i IDLE\r\n")
		w.until("+")
	}
	time.Sleep(20 * time.Millisecond)
	if got := inUse() - before; got > limit {
		t.Errorf("%d clients take %d KiB", clients, got>>10)
	} else {
		t.Logf("%d clients take %d KiB", clients, got>>10)
	}
	begun := time.Now()
	f.arrive("Unassigned", 30_000, fakeRaw(30_000, 1))
	for _, w := range all {
		if got := w.line(); got != "* 20001 EXISTS\r\n" {
			t.Fatal(got)
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the last one waited %s", took)
	}
}

// inUse is memory of the heap and of stacks.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// BenchmarkFlags reads all flags of a folder.
func BenchmarkFlags(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint("mails=", n), func(b *testing.B) {
			f := newFake()
			for i := range n {
				f.next++
				f.folders["Unassigned"] = append(f.folders["Unassigned"], fakeMail{Mail{UID: f.next, Ticket: uint64(i + 1), Seq: 1}, nil})
			}
			addr, _ := served(b, f, nil)
			w := in(b, addr, "Unassigned")
			for b.Loop() {
				w.say("f FETCH 1:* FLAGS\r\n")
				for {
					line, err := w.r.ReadSlice('\n')
					if err != nil {
						b.Fatal(err)
					}
					if line[0] == 'f' {
						break
					}
				}
			}
		})
	}
}

// Who is connected when the server stops is told so: at a prompt, in IDLE, over TLS; and who
// reads nothing does not hold it up.
func TestGoodbye(t *testing.T) {
	t.Parallel()
	f := newFake(3)
	f.add("INBOX", 9, 1, []byte("Subject: long\r\n\r\n"+strings.Repeat("0123456789abcdef\r\n", 1_000_000)))
	addr, _, stop, over := serving(t, f, func(o *Options) { o.TLS = func() *tls.Config { return conf(t) } })
	prompt, idle, encrypted, deaf := dialed(t, addr), in(t, addr, "INBOX"), dialed(t, addr), in(t, addr, "INBOX")
	idle.say("i IDLE\r\n")
	idle.until("+ ")
	encrypted.do("t STARTTLS")
	encrypted = overTLS(t, encrypted.Conn)
	encrypted.do("n NOOP") // it has begun there, too
	deaf.say("f FETCH * BODY.PEEK[]\r\n")
	if _, err := deaf.r.ReadByte(); err != nil { // it has begun, and will not all be taken
		t.Fatal(err)
	}
	stop()
	for what, w := range map[string]*wire{"at the prompt": prompt, "in IDLE": idle, "over TLS": encrypted} {
		if line := w.line(); line != "* BYE the server stops; please come back\r\n" {
			t.Errorf("%s: %q", what, line)
		}
		if b, err := io.ReadAll(w.r); len(b) > 0 {
			t.Errorf("%s: behind it %q %v", what, b, err)
		}
	}
	select {
	case err := <-over:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the server does not stop")
	}
}

// TestRecheck ends sessions whose account has ended, whatever they do: they idle, they wait,
// or they do not take a long mail, so that nothing can be said to them. The others go on.
func TestRecheck(t *testing.T) {
	t.Parallel()
	long := newFake()
	long.add("INBOX", 1, 1, []byte("Subject: long\r\n\r\n"+strings.Repeat("0123456789\r\n", 3<<20)))
	still := newFake(1)
	accounts := map[string]*fake{"anna": long, "ben": still}
	addr, s := served(t, long, func(o *Options) {
		o.Login = func(_ context.Context, _ netip.Addr, user, _ string) (Account, error) { return accounts[user], nil }
	})
	idle, quiet, slow := in(t, addr, "INBOX"), in(t, addr, "INBOX"), in(t, addr, "INBOX")
	before, other := dialed(t, addr), dialed(t, addr)
	if got := other.do("l LOGIN ben demo"); !strings.HasPrefix(got, "l OK") {
		t.Fatal(got)
	}
	idle.say("i IDLE\r\n")
	if got := idle.line(); !strings.HasPrefix(got, "+") {
		t.Fatal(got)
	}
	slow.say("f FETCH 1 BODY.PEEK[]\r\n")
	if _, err := slow.r.Peek(100); err != nil { // it is within
		t.Fatal(err)
	}
	s.Recheck()
	if got := quiet.do("n NOOP"); !strings.HasPrefix(got, "n OK") {
		t.Errorf("while nothing has ended: %s", got)
	}
	long.mu.Lock()
	long.ended = "no more"
	long.mu.Unlock()
	s.Recheck()
	for name, w := range map[string]*wire{"who idles": idle, "who waits": quiet} {
		if got := w.until("* BYE"); !slices.Equal(got, []string{"* BYE no more"}) {
			t.Errorf("%s is told %q", name, got)
		}
		if got := w.line(); got != "" {
			t.Errorf("and %q behind it", got)
		}
	}
	for limit := time.Now().Add(20 * time.Second); s.Counters().Connections > 2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("who does not read stays connected")
		}
	}
	if n, err := io.Copy(io.Discard, slow.r); n >= 36<<20 {
		t.Errorf("who does not read got %d octets, %v", n, err)
	}
	if got := other.do("n NOOP"); !strings.HasPrefix(got, "n OK") {
		t.Errorf("somebody else: %s", got)
	}
	if got := before.do("n NOOP"); !strings.HasPrefix(got, "n OK") {
		t.Errorf("who has not logged in: %s", got)
	}
}
