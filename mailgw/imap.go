package mailgw

import (
	"context"
	"crypto/tls"
	"errors"
	"math"
	"net/netip"

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
			address, err := g.door.Check(ctx, peer, user, password)
			if err != nil {
				return nil, refusedByIMAP(err)
			}
			return g.account(address)
		},
		Mechanisms: g.mechanisms,
		Authenticate: func(ctx context.Context, peer netip.Addr, mechanism string, opened func(imapd.Account)) (sasl.Server, error) {
			s, who := g.door.SASL(ctx, peer, mechanism)
			if s == nil {
				return nil, nil
			}
			return imapExchange{s, func() error {
				a, err := g.account(who())
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
