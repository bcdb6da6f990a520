package outbox

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// SMTPOptions says how the next hop is reached.
type SMTPOptions struct {
	Address            string        // host:port of the server that takes all mail
	ServerName         string        // that its certificate is to be for; "": the host of Address
	Hostname           string        // how we name ourselves (EHLO)
	TLS                string        // "off", "opportunistic" (encrypt, verify nothing) or "required" (verified)
	CAFile             string        // PEM file of a private authority, read for each connection; "": those of the system
	Username           string        // for AUTH; "": none
	PasswordFile       string        // its first line is the password, read for each connection
	Token              TokenLogin    // logs in with access tokens, in place of Username; nil: a password, or none
	CommandTimeout     time.Duration // longest silence after a command; twice that after the end of a mail
	IdleTimeout        time.Duration // how long an unused connection stays open; 0: ten seconds
	MailsPerConnection int           // mails after which a connection is closed; 0: a hundred
	// Dial connects; nil: by TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// SMTPRelay is the relay of kind "smtp": it hands each mail to one server
// (RFC 5321 §4.1), over connections that it keeps for a while. Make it with NewSMTPRelay.
type SMTPRelay struct {
	o        SMTPOptions
	host     string // that the certificate is for
	implicit bool   // TLS from the first byte
	dialTime time.Duration
	labelled bool // who asks says which server it was

	mu      sync.Mutex
	idle    []*session // the one used last at the end
	closed  bool
	closing sync.WaitGroup // connections that are being closed
}

// NewSMTPRelay makes a relay. It connects, and reads its files, when there is mail.
func NewSMTPRelay(o SMTPOptions) (*SMTPRelay, error) {
	if _, _, err := net.SplitHostPort(o.Address); err != nil {
		return nil, fmt.Errorf("relay.address: %w", err)
	}
	return newSMTPRelay(o), nil
}

// newSMTPRelay is NewSMTPRelay for an address that is one.
func newSMTPRelay(o SMTPOptions) *SMTPRelay {
	host, port, _ := net.SplitHostPort(o.Address)
	if o.ServerName != "" {
		host = o.ServerName
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = 10 * time.Second
	}
	if o.MailsPerConnection == 0 {
		o.MailsPerConnection = 100
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	// RFC 8314 §3.3: port 465 speaks TLS at once.
	return &SMTPRelay{o: o, host: host, implicit: port == "465" && o.TLS != "off", dialTime: dialTime}
}

// resting is how many connections wait for the next mail, or are being closed.
func (r *SMTPRelay) resting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.idle)
}

// Send hands one mail over, on a connection that is open or a new one.
func (r *SMTPRelay) Send(ctx context.Context, m *Mail) Sent {
	if s := r.take(); s != nil {
		sent, stale := r.on(ctx, s, m)
		if !stale {
			return sent
		}
	}
	s, err := r.open(ctx)
	if err != nil {
		return r.away(m, err)
	}
	sent, _ := r.on(ctx, s, m)
	return sent
}

// on hands a mail over on one connection, and keeps that if it still serves. It
// reports stale, when a connection that was kept is found closed: nothing was sent.
func (r *SMTPRelay) on(ctx context.Context, s *session, m *Mail) (sent Sent, stale bool) {
	kept := s.mails > 0
	release := s.wire.until(ctx)
	sent = s.send(m)
	stale = kept && s.refusedAtOnce && ctx.Err() == nil
	s.mails++
	switch {
	case !release() || s.broken:
		s.wire.shut()
	case s.mails >= r.o.MailsPerConnection:
		r.quit(s)
	default:
		r.keep(s) // from here on it may be another's
	}
	return sent, stale
}

// take is the connection that was used last, nil when none is open.
func (r *SMTPRelay) take() *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) == 0 {
		return nil
	}
	s := r.idle[len(r.idle)-1]
	r.idle = r.idle[:len(r.idle)-1]
	s.expiry.Stop()
	return s
}

// keep lets a connection wait for the next mail.
func (r *SMTPRelay) keep(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		r.closing.Go(s.quit)
		return
	}
	s.expiry = time.AfterFunc(r.o.IdleTimeout, func() { r.expire(s) })
	r.idle = append(r.idle, s)
}

// expire closes a connection that was not used for long.
func (r *SMTPRelay) expire(s *session) {
	r.mu.Lock()
	i := slices.Index(r.idle, s)
	if i >= 0 {
		r.idle = slices.Delete(r.idle, i, i+1)
		r.closing.Go(s.quit)
	}
	r.mu.Unlock()
}

// quit closes a connection without waiting for that.
func (r *SMTPRelay) quit(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closing.Go(s.quit)
}

// Flush has nothing to do: what the next hop took is its to keep.
func (r *SMTPRelay) Flush() error { return nil }

// Close ends the idle connections, and waits for their end, which is short.
func (r *SMTPRelay) Close() error {
	r.mu.Lock()
	r.closed = true
	for _, s := range r.idle {
		s.expiry.Stop()
		r.closing.Go(s.quit)
	}
	r.idle = nil
	r.mu.Unlock()
	r.closing.Wait()
	return nil
}

// tlsConfig is how TLS is spoken with the next hop.
func (r *SMTPRelay) tlsConfig() (*tls.Config, error) {
	c := &tls.Config{ServerName: r.host, MinVersion: tls.VersionTLS12}
	if r.o.TLS == "opportunistic" {
		c.InsecureSkipVerify = true // RFC 7435 §3: better than plain text, and no more is claimed
		return c, nil
	}
	if r.o.CAFile == "" {
		return c, nil
	}
	pool, err := readPool(r.o.CAFile)
	c.RootCAs = pool
	return c, err
}
