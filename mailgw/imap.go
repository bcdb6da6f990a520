package mailgw

import (
	"context"
	"crypto/tls"
	"errors"
	"math"
	"net/netip"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/login"
	"supportgw/mailgw/smtpd"
)

// newIMAP makes the server on which mail clients of agents read the queue as folders.
// The certificates are those of the listeners for mail; nil: there are none.
func (g *Gateway) newIMAP(c *settings, certs *smtpd.Certificates) *imapd.Server {
	o := imapd.Options{
		Login: func(ctx context.Context, peer netip.Addr, user, password string) (imapd.Account, error) {
			pass, err := g.door.Check(ctx, peer, user, password)
			if err != nil {
				return nil, refusedByIMAP(err)
			}
			return g.open(pass)
		},
		Mechanisms: g.mechanisms,
		Authenticate: func(ctx context.Context, peer netip.Addr, mechanism string, opened func(imapd.Account)) (sasl.Server, error) {
			s, who := g.door.SASL(ctx, peer, mechanism)
			if s == nil {
				return nil, nil
			}
			return imapExchange{s, func() error {
				a, err := g.open(who())
				if err == nil {
					opened(a)
				}
				return err
			}}, nil
		},
		MaxConnections: c.IMAP.MaxConnections, MaxConnectionsPerIP: c.IMAP.MaxConnectionsPerIP,
		MaxAppend: uint32(min(c.SMTP.MaxMessageBytes, math.MaxUint32)), Log: g.log,
	}
	if certs != nil {
		o.TLS = func() *tls.Config {
			if certs.Leaf() == nil { // one is still awaited
				return nil
			}
			return &tls.Config{GetCertificate: certs.Get, MinVersion: tls.VersionTLS12}
		}
	}
	return imapd.New(o)
}

// loggedIn is an account as one connection has it: for as long as the password is good
// that opened it.
type loggedIn struct {
	*account
	pass login.Pass

	mu   sync.Mutex
	seen uint64 // how often passwords had changed when it was last asked
	over string
}

// open returns the account of who has logged in.
func (g *Gateway) open(pass login.Pass) (imapd.Account, error) {
	a, err := g.account(pass.Address)
	if err != nil {
		return nil, err
	}
	return &loggedIn{account: a, pass: pass, seen: math.MaxUint64}, nil
}

// Ended is that of the account, and says when the password is good no more. It is asked at
// each command: the door is when something has changed.
func (l *loggedIn) Ended() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.g.relogins.Load(); l.over == "" && now != l.seen {
		ok, err := l.g.door.Good(l.pass)
		switch {
		case err != nil: // asked again
			l.g.log.Error("whether a login is good still cannot be read", "agent", l.address, "err", err)
		case ok:
			l.seen = now
		default:
			l.over = "the password of this login is good no more; please log in again"
		}
	}
	if why := l.account.Ended(); why != "" {
		return why
	}
	return l.over
}

// passwordsChanged ends what was opened with passwords that are good no more.
func (g *Gateway) passwordsChanged() {
	g.relogins.Add(1)
	if g.folders != nil {
		g.folders.Recheck()
	}
}

// imapExchange is an exchange of the door that opens an account at its end.
type imapExchange struct {
	sasl.Server
	passed func() error
}

// Next goes on with the exchange.
func (e imapExchange) Next(response []byte) ([]byte, bool, error) {
	challenge, done, err := e.Server.Next(response)
	switch {
	case err != nil:
		err = refusedByIMAP(err)
	case done:
		err = e.passed()
	}
	return challenge, done, err
}

// refusedByIMAP is why the door lets nobody in, as a client is told (RFC 5530 §3).
func refusedByIMAP(err error) error {
	var wait *login.WaitError
	switch {
	case errors.Is(err, login.ErrWrong):
		return imapd.ErrLogin
	case errors.As(err, &wait):
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeUnavailable, Text: wait.Error()}
	case login.IsExchange(err):
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeAuthenticationFailed, Text: "this is not what the mechanism asks for"}
	}
	return err
}
