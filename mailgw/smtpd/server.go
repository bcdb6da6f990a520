// Package smtpd is the door through which mail comes in by SMTP (MX) and LMTP.
//
// It speaks the protocol, enforces the limits, puts our Return-Path and
// Received lines on top of each mail and hands it, whole, to a [Handler]. It
// does not know desks, tickets or stores: which recipients are ours and when a
// mail is durable is the Handler's to say. It neither parses bodies nor checks
// senders.
//
// The commands are go-smtp's work. Between it and the network stands a wire
// (one for each connection) that gives go-smtp one vetted command line at a
// time, reads mail bodies itself, and sees each reply before the peer does;
// most of go-smtp's traps are handled there. A comment "Workaround:" names each
// and its test.
//
// Concurrency: one goroutine for each connection, made by go-smtp. The Handler
// is called from many of them at once. A connection keeps about 20 KiB between
// mails; while a mail comes in, up to twice its bytes so far, within
// [Options.MaxBufferedBytes].
//
// Failure policy: 250 is said only after Handler.Deliver returned nil. An error
// that is no [ReplyError] is answered 451, so that the sender keeps the mail;
// its text goes to the log and never to the peer. After a read error inside a
// mail the connection is dead: no byte that follows is taken for a command. A
// panic of the Handler costs its mail a 451.
package smtpd

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

	"github.com/emersion/go-smtp"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
)

// Handler decides about recipients and takes mails. Its methods are called from
// many goroutines at once. Their context ends when the connection does, or
// when [Options.ShutdownGrace] has passed after the stop.
type Handler interface {
	// Recipient says whether the gateway takes mail for addr: local@domain,
	// the local part quoted if it must be, or one of the bare names
	// "postmaster" and "abuse", in lower case. It returns nil, or a
	// *ReplyError (which may be wrapped); any other error is answered 451.
	Recipient(ctx context.Context, addr string) error
	// Deliver takes one complete mail, which then belongs to the Handler. A nil
	// error means that the mail is durable. A *ReplyError (which may be
	// wrapped) is answered as it says, any other error with 451.
	Deliver(ctx context.Context, a *letter.Arrival) error
}

// Options configures a [Server]. A limit of zero means no limit.
type Options struct {
	Hostname             string           // our name in the greeting and in Received; "" = localhost
	LMTP                 bool             // speak LMTP (RFC 2033 §4) instead of SMTP
	Source               string           // Arrival.Source of each mail; "" = "mx", or "lmtp" with LMTP
	MaxMessageBytes      int64            // octets of a mail as sent, without dot stuffing; exactly so many pass
	MaxRecipients        int              // RCPTs of one mail
	MaxBufferedBytes     int64            // room for all mails that come in or are being delivered; never less than one mail of MaxMessageBytes needs
	MaxConnections       int              // open connections of all listeners together
	MaxConnectionsPerIP  int              // open connections of one IPv4 address or one IPv6 /64
	Usage                *Usage           // counts connections and room together with the other Servers that have it; nil = this Server alone
	MaxConnectionsPerNet int              // open connections of one IPv4 /24 or one IPv6 /48, other than of House
	GreetPause           time.Duration    // how long a peer, other than of House, is listened to before the greeting; one who speaks first is sent away
	MaxCommands          int              // command lines of one connection
	MaxErrors            int              // commands of one connection that were answered 4xx or 5xx, other than for a temporary failure of ours or a limit on recipients
	MaxReceivedHops      int              // Received fields in a mail that comes in
	CommandTimeout       time.Duration    // for a whole command line to come in; within a mail for each read; for each write
	MessageTimeout       time.Duration    // from DATA or the first BDAT to the end of the mail
	ShutdownGrace        time.Duration    // how long mails in flight may take after the stop
	BareNewline          string           // "reject" (also "") refuses mails with a bare CR or LF, "fix" makes them CRLF
	Certificates         *Certificates    // for STARTTLS, offered while there is one; nil = never
	Logins               Logins           // who hands in mail must have logged in with one of these; nil = nobody can
	ImplicitTLS          bool             // TLS from the first byte, with Certificates; there is no STARTTLS then
	NewID                func() ticket.ID // names each mail when its MAIL command is accepted; required
	Now                  func() time.Time // the gateway's clock, for Received and Arrival.At; nil = time.Now. Time limits run on the real clock.
	Log                  *slog.Logger     // nil = no log

	// Forged is asked about each mail of a peer (the zero Addr is that of a Unix
	// socket) and returns what is then asked about each of its Received and
	// Authentication-Results fields, top to bottom, the name in lower case: whether
	// the field claims what it may not, and is stripped. nil, or a nil answer, strips none.
	Forged func(peer netip.Addr) func(name, value string) bool

	// House reports peers that are no strangers. nil = all are strangers.
	House func(peer netip.Addr) bool

	// Scan is called with each mail when its sender was accepted, and what it returns is
	// asked about the rest of it. An error refuses the mail: a *ReplyError says how.
	// ctx ends with the mail. nil = nobody scans.
	Scan func(ctx context.Context, a *letter.Arrival) (Scan, error)

	// Early is called with each mail when its first recipient was accepted, and what
	// it returns is the mail's Arrival.Early. It must not wait. What it begins ends
	// with ctx: when the mail was delivered or given up, or the connection has ended.
	// nil = nothing is begun.
	Early func(ctx context.Context, a *letter.Arrival) any
}

// Scan is one mail in the hands of the scanners; all calls come from one goroutine. A
// *ReplyError says how a mail or recipient is refused.
type Scan interface {
	// Recipient is asked about a recipient that was accepted.
	Recipient(addr string) error
	// Message is asked about a mail that is complete. It may put another Raw in its
	// place, whose first Body bytes are the same.
	Message(a *letter.Arrival) error
	// Close ends what is open, whether or not the mail was accepted.
	Close()
}

// isHouse reports whether a peer is no stranger.
func (o *Options) isHouse(ip netip.Addr) bool { return o.House != nil && o.House(ip) }

// Server takes mail on any number of listeners that share its limits. Servers
// with the same [Usage] share those on connections and room.
type Server struct {
	handler  Handler
	terms    atomic.Pointer[terms] // for connections that come now
	tally    tally
	lastConn atomic.Uint64
}

// terms are what a connection is held to, from its beginning to its end.
type terms struct {
	Options
	tls *tls.Config // nil = no STARTTLS
}

// New returns a Server that hands its mails to h.
func New(h Handler, o Options) *Server {
	if o.Hostname == "" {
		o.Hostname = "localhost"
	}
	if o.Source == "" {
		o.Source = "mx"
		if o.LMTP {
			o.Source = "lmtp"
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Usage == nil {
		o.Usage = &Usage{}
	}
	s := &Server{handler: h}
	s.terms.Store(newTerms(o))
	return s
}

func newTerms(o Options) *terms {
	if o.MaxBufferedBytes > 0 {
		o.MaxBufferedBytes = max(o.MaxBufferedBytes, o.MaxMessageBytes+mailMargin)
	}
	t := &terms{Options: o}
	if o.Certificates != nil {
		// Suites, curves and the order of both are Go's own: TLS 1.3 with X25519, alone
		// or with ML-KEM, first; below TLS 1.2 nobody is talked to (RFC 8996 §2).
		t.tls = &tls.Config{GetCertificate: o.Certificates.Get, MinVersion: tls.VersionTLS12}
	}
	return t
}

// Change sets the limits, the treatment of bare newlines and of forged fields, what is begun early, and the certificates for
// connections that come from now on; those that are open keep theirs. The rest of
// o counts for nothing: it stays as New got it. It may be called at any time, from
// one goroutine at once.
func (s *Server) Change(o Options) {
	old := s.terms.Load()
	o.Hostname, o.LMTP, o.Source, o.Usage = old.Hostname, old.LMTP, old.Source, old.Usage
	o.Logins, o.ImplicitTLS = old.Logins, old.ImplicitTLS
	o.NewID, o.Now, o.Log = old.NewID, old.Now, old.Log
	s.terms.Store(newTerms(o))
}

// Serve takes connections from l until ctx ends, and closes l. Then connections
// without a mail in flight get a 421; mails in flight have ShutdownGrace to
// come to a true answer. What is left gets a 421 (or, while it is being
// delivered, the answer of a Deliver whose context has ended). Serve returns
// nil when all connections are closed, or an error when l failed, or when a
// Handler does not come back for another ShutdownGrace (and a second).
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	g := &gate{Listener: l, server: s, terms: s.terms.Load(), base: base, wires: make(map[*wire]struct{})}

	stopped := context.AfterFunc(ctx, func() { l.Close() })
	defer stopped()
	err := g.engine().Serve(g)
	for errors.Is(err, errChanged) {
		err = g.engine().Serve(g)
	}
	l.Close()
	if ctx.Err() != nil {
		err = nil
	} else if err != nil {
		err = fmt.Errorf("accept connections: %w", err)
	}
	return errors.Join(err, g.drain(cancel, s.terms.Load().ShutdownGrace))
}

// engine returns go-smtp's server as we use it, for connections under the gate's
// terms. Its own limits on time and lines are off: the wire has them.
//
// Workaround: go-smtp v0.25.1 closes nothing in a Close that follows a
// Shutdown, and Shutdown leaves idle connections open; neither is called. The
// gate keeps the connections (TestStopAfterGrace, TestStopIdle).
func (g *gate) engine() *smtp.Server {
	e := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return newSession(c), nil
	}))
	e.Domain = g.terms.Hostname
	e.LMTP = g.terms.LMTP
	e.MaxRecipients = g.terms.MaxRecipients
	e.MaxMessageBytes = g.terms.MaxMessageBytes
	e.MaxLineLength = 0
	e.EnableSMTPUTF8 = true
	e.ErrorLog = engineLog{g.terms.Log}
	return e
}

// engineLog takes what go-smtp has to say, which is nothing that happens in
// good order: accept errors, and panics of its own.
type engineLog struct{ log *slog.Logger }

// Printf logs a formatted text as an error.
func (l engineLog) Printf(format string, v ...any) { l.log.Error(fmt.Sprintf(format, v...)) }

// Println logs a text as an error.
func (l engineLog) Println(v ...any) { l.log.Error(fmt.Sprint(v...)) }

// gate is a listener that admits connections within the limits, wraps each in
// a wire, and knows all that are open.
type gate struct {
	net.Listener
	server *Server
	terms  *terms          // for the connections of the engine that accepts now
	next   net.Conn        // accepted, and waits for an engine with other terms
	base   context.Context // parent of the connections' contexts

	mu    sync.Mutex
	stage stage
	wires map[*wire]struct{}
	open  sync.WaitGroup // connections
}

// errChanged ends an engine's accepting: another one goes on under other terms. The
// connections that it has stay with it.
var errChanged = errors.New("the terms have changed")

// Accept returns the next connection that is within the limits, as a *wire. The
// others get a 421.
func (g *gate) Accept() (net.Conn, error) {
	s := g.server
	for {
		c := g.next
		if g.next = nil; c == nil {
			var err error
			if c, err = g.Listener.Accept(); err != nil {
				return nil, err
			}
		}
		if now := s.terms.Load(); now != g.terms {
			g.terms, g.next = now, c
			return nil, errChanged
		}
		ip := peerIP(c.RemoteAddr())
		if why, ok := g.terms.Usage.connect(ip, &g.terms.Options); !ok {
			s.tally.refuse(why)
			g.terms.Log.Info("connection refused", "peer", peerName(ip), "reason", why.String())
			c.SetWriteDeadline(time.Now().Add(time.Second))
			c.Write(tooManyConnections.line())
			c.Close()
			continue
		}
		s.tally.total.Add(1)
		s.tally.now.Add(1)
		return g.admit(c, ip), nil
	}
}

// drain ends the connections when the listener is closed: the idle ones at
// once, the others when they are done or grace has passed. cancel ends the
// context of the handlers.
func (g *gate) drain(cancel context.CancelFunc, grace time.Duration) error {
	g.stop(stopIdle)
	done := make(chan struct{})
	go func() {
		g.open.Wait()
		close(done)
	}()
	limit := time.NewTimer(grace)
	defer limit.Stop()
	select {
	case <-done:
		return nil
	case <-limit.C:
	}
	g.stop(stopAll)
	cancel()
	limit.Reset(grace + time.Second)
	select {
	case <-done:
		return nil
	case <-limit.C:
		return errors.New("stop: some mails are still being delivered")
	}
}

// stop brings all connections, and those that are still to come, to stage to.
func (g *gate) stop(to stage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stage = to
	for w := range g.wires {
		w.stop(to)
	}
}
