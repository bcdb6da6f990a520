package imapd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-sasl"
)

// Options configures a [Server]. A limit of zero means no limit.
type Options struct {
	// Login returns the account of who has this name and password. Its error is told to
	// the client only when it is an *imap.Error.
	Login func(ctx context.Context, peer netip.Addr, user, password string) (Account, error)
	// Mechanisms are the SASL mechanisms that are offered, by name; nil: PLAIN alone.
	Mechanisms func() []string
	// Authenticate begins an exchange of a mechanism; opened is called with the account
	// when it has succeeded, before the exchange says that it is done.
	Authenticate func(ctx context.Context, peer netip.Addr, mechanism string, opened func(Account)) (sasl.Server, error)

	TLS                 func() *tls.Config // for STARTTLS and ServeTLS; nil, or a nil result: there is none
	MaxConnections      int                // open at the same time
	MaxConnectionsPerIP int                // of one address
	MaxAppend           uint32             // octets of a mail that a client puts into a folder
	Log                 *slog.Logger       // nil = silent
}

// The limits of time.
const (
	beforeLogin = 3 * time.Minute // a person may sit at the prompt for the password
	handshake   = 30 * time.Second
	writeTime   = 2 * time.Minute       // for a client to take what was written
	gatherBytes = 64 << 10              // of answers, written at once
	idleBytes   = 8 << 10               // of memory for them that a connection keeps
	longest     = 50 << 10              // a command, without its literals; go-imap takes as much
	gatherTime  = 2 * time.Millisecond  // how long they wait for more
	idlePause   = 50 * time.Millisecond // news within it are told together
	fetchAtOnce = 512                   // mails whose listings are read together
	byeTime     = time.Second           // to say goodbye, when the server stops
	drainTime   = time.Second           // how long, and for how much, a refused client is listened to
	drainBytes  = 1 << 20
	mostCarried = 256 << 10 // octets of all literals of a command that is not APPEND; before the login two small ones
	freeLiteral = 4096      // octets of a literal outside of APPEND that a client may send unasked (RFC 7888 §5)
)

// Server serves accounts to mail clients. Make it with [New].
type Server struct {
	o   Options
	log *slog.Logger

	plain, local, secure *imapserver.Server // by what a connection may do, see serveConn
	doors                [3]*door           // of those three

	mu     sync.Mutex
	conns  map[net.Conn]netip.Addr
	fronts map[*front]bool
	perIP  map[netip.Addr]int
	over   bool
	wg     sync.WaitGroup

	total   atomic.Uint64               // connections
	refused [len(reasons)]atomic.Uint64 // see reasons
}

// New makes a server. Nothing is served before Serve.
func New(o Options) *Server {
	s := &Server{o: o, log: o.Log, conns: map[net.Conn]netip.Addr{}, fronts: map[*front]bool{}, perIP: map[netip.Addr]int{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	make := func(i int, insecure, starttls bool) *imapserver.Server {
		options := &imapserver.Options{NewSession: s.newSession, Caps: capabilities(), Logger: quiet{s.log}, InsecureAuth: insecure}
		if starttls && o.TLS != nil {
			options.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12} // says that there is STARTTLS, which the front does
		}
		lib := imapserver.New(options)
		s.doors[i] = newDoor()
		go func() {
			if err := lib.Serve(s.doors[i]); err != nil {
				s.log.Error("imap", "err", err)
			}
		}()
		return lib
	}
	s.plain, s.local, s.secure = make(0, false, true), make(1, true, true), make(2, true, false)
	return s
}

// capabilities are what we tell clients. ID is not among them: clients that see it send
// it, some before they log in, and one fails then.
func capabilities() imap.CapSet {
	out := imap.CapSet{}
	for _, c := range []imap.Cap{
		imap.CapIMAP4rev1, imap.CapIMAP4rev2, imap.CapNamespace, imap.CapUIDPlus, imap.CapESearch, imap.CapListExtended,
		imap.CapListStatus, imap.CapMove, imap.CapStatusSize, imap.CapChildren, imap.CapSpecialUse, imap.CapLiteralPlus, imap.CapAppendLimit,
	} {
		out[c] = struct{}{}
	}
	return out
}

// Serve accepts connections until ctx ends, then closes all.
func (s *Server) Serve(ctx context.Context, l net.Listener) error { return s.serve(ctx, l, false) }

// ServeTLS is Serve for a port on which TLS begins at once (RFC 8314 §3.2).
func (s *Server) ServeTLS(ctx context.Context, l net.Listener) error { return s.serve(ctx, l, true) }

func (s *Server) serve(ctx context.Context, l net.Listener, implicit bool) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	defer s.shut(ctx)
	for wait := time.Millisecond; ; {
		c, err := l.Accept()
		switch {
		case err == nil:
			wait = time.Millisecond
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return nil
		default: // out of files, perhaps: they come back
			s.log.Warn("imap: accept", "err", err)
			time.Sleep(wait)
			wait = min(2*wait, time.Second)
			continue
		}
		if !s.admit(c) {
			continue
		}
		go func() {
			defer s.wg.Done()
			if implicit {
				s.serveTLS(c, false)
				return
			}
			s.serveConn(c, c, false, false)
		}()
	}
}

// shut says goodbye on all connections when the service has ended, closes them, and waits
// for them.
func (s *Server) shut(ctx context.Context) {
	if ctx.Err() == nil {
		return
	}
	var said sync.WaitGroup
	s.mu.Lock()
	s.over = true
	for f := range s.fronts {
		said.Go(func() { f.goodbye("the server stops; please come back") })
	}
	s.mu.Unlock()
	all := make(chan struct{})
	go func() { said.Wait(); close(all) }()
	select {
	case <-all:
	case <-time.After(byeTime): // who reads nothing hears nothing
	}
	s.mu.Lock()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	for _, d := range s.doors {
		d.Close()
	}
}

// Recheck ends the connections whose accounts have ended, at once: no command more is
// answered. It is called when one may have.
func (s *Server) Recheck() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	for f := range s.fronts {
		s.wg.Go(func() {
			if why := f.endedFor(); why != "" {
				stop := time.AfterFunc(byeTime, func() { f.Conn.Close() }) // who reads nothing hears nothing
				f.goodbye(why)
				stop.Stop()
				f.Conn.Close()
			}
		})
	}
}

// admit counts a connection, whose end is the caller's to tell s.wg, or sends it away.
func (s *Server) admit(c net.Conn) bool {
	peer := sourceOf(c)
	s.mu.Lock()
	full := s.over || s.o.MaxConnections > 0 && len(s.conns) >= s.o.MaxConnections
	crowd := !full && s.o.MaxConnectionsPerIP > 0 && s.perIP[peer] >= s.o.MaxConnectionsPerIP
	switch {
	case full:
		s.refused[tooMany].Add(1)
	case crowd:
		s.refused[tooManyOfOne].Add(1)
	default:
		s.conns[c] = peer
		s.perIP[peer]++
		s.total.Add(1)
		s.wg.Add(1) // here, or another listener's end would wait for none
	}
	s.mu.Unlock()
	if full || crowd {
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		fmt.Fprint(c, "* BYE [UNAVAILABLE] too many connections; please try again later\r\n")
		c.Close()
	}
	return !full && !crowd
}

// forget is the end of a connection.
func (s *Server) forget(c net.Conn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if peer, ok := s.conns[c]; ok {
		delete(s.conns, c)
		if s.perIP[peer]--; s.perIP[peer] == 0 {
			delete(s.perIP, peer)
		}
	}
}

// Counters are what a [Server] has counted since it was made.
type Counters struct {
	Connections      int               // open now
	ConnectionsTotal uint64            // admitted
	Refused          map[string]uint64 // what was refused, by reason; each reason is there, also with 0
}

// Counters returns a snapshot.
func (s *Server) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	refused := map[string]uint64{}
	for i, reason := range reasons {
		refused[reason] = s.refused[i].Load()
	}
	return Counters{len(s.conns), s.total.Load(), refused}
}

// Why something is refused.
const (
	tooMany      = iota // connections
	tooManyOfOne        // connections of one host
	noLogin
)

// reasons are the names of those in the figures.
var reasons = [...]string{tooMany: "connections", tooManyOfOne: "connections_per_ip", noLogin: "login"}

// serveTLS begins TLS on a connection and serves it; greeted says that it has had its greeting.
func (s *Server) serveTLS(c net.Conn, greeted bool) {
	var conf *tls.Config
	if s.o.TLS != nil {
		conf = s.o.TLS()
	}
	if conf == nil {
		s.forget(c)
		return
	}
	t := tls.Server(c, conf)
	ctx, stop := context.WithTimeout(context.Background(), handshake)
	err := t.HandshakeContext(ctx)
	stop()
	if err != nil {
		s.log.Info("imap: no TLS", "peer", peerOf(c), "err", err)
		s.forget(c)
		return
	}
	s.serveConn(c, t, true, greeted)
}

// serveConn serves a connection until it ends, or goes on by TLS. raw is what is counted.
func (s *Server) serveConn(raw, c net.Conn, encrypted, greeted bool) {
	d := s.doors[0]
	switch {
	case encrypted:
		d = s.doors[2]
	case peerOf(c).IsLoopback():
		d = s.doors[1]
	}
	f := newFront(s, c, encrypted, greeted)
	s.mu.Lock()
	s.fronts[f] = true
	s.mu.Unlock()
	there := d.put(f)
	if there {
		<-f.ended
	}
	s.mu.Lock()
	delete(s.fronts, f)
	s.mu.Unlock()
	if !there {
		s.forget(raw)
		return
	}
	if f.upgrade {
		s.serveTLS(raw, true)
		return
	}
	s.forget(raw)
}

// peerOf is a connection's address; the zero one for what is none of the network.
func peerOf(c net.Conn) netip.Addr {
	if a, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil {
		return a.Addr().Unmap()
	}
	return netip.IPv6LinkLocalAllNodes()
}

// sourceOf is what connections are counted by: an IPv4 address, or the /64 that one
// customer of a provider has of IPv6.
func sourceOf(c net.Conn) netip.Addr {
	a := peerOf(c).WithZone("")
	if p, err := a.Prefix(64); err == nil && a.Is6() {
		return p.Masked().Addr()
	}
	return a
}

// door is a listener that gives go-imap the connections that it is handed.
type door struct {
	conns chan net.Conn
	over  chan struct{}
	once  sync.Once
}

func newDoor() *door { return &door{conns: make(chan net.Conn), over: make(chan struct{})} }

func (d *door) put(c net.Conn) bool {
	select {
	case d.conns <- c:
		return true
	case <-d.over:
		return false
	}
}

// Accept waits for the next connection.
func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.over:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (d *door) Close() error {
	d.once.Do(func() { close(d.over) })
	return nil
}

// Addr is none.
func (d *door) Addr() net.Addr { return &net.UnixAddr{Name: "imapd", Net: "unix"} }

// quiet is the log for go-imap, which tells of each client's mistake.
type quiet struct{ log *slog.Logger }

// Printf logs a line.
func (q quiet) Printf(format string, args ...any) {
	q.log.Debug("imap: " + fmt.Sprintf(format, args...))
}
