package outbox

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// dialTime is how long connecting may take.
const dialTime = 30 * time.Second

// quitTime is how long a server has to say goodbye.
const quitTime = 5 * time.Second

// errNotEncrypted is returned when TLS is required and not to be had.
var errNotEncrypted = errors.New(`it offers no STARTTLS; relay.tls = "required" sends nothing without`)

// errHandshake is returned when the server promised TLS and broke it.
var errHandshake = errors.New("TLS")

// open connects, greets, encrypts and logs in. Errors tell about the hop, not about
// a mail.
func (r *SMTPRelay) open(ctx context.Context) (*session, error) {
	s, err := r.connect(ctx, r.o.TLS)
	if errors.Is(err, errHandshake) && r.o.TLS == "opportunistic" && ctx.Err() == nil {
		s, err = r.connect(ctx, "off") // what cannot be encrypted goes in plain text
	}
	if refusedToken(err) && ctx.Err() == nil {
		s, err = r.connect(ctx, r.o.TLS) // once: another token is taken
	}
	return s, err
}

func (r *SMTPRelay) connect(ctx context.Context, mode string) (*session, error) {
	dialing, stop := context.WithTimeout(ctx, min(r.dialTime, r.o.CommandTimeout))
	defer stop()
	conn, err := r.o.Dial(dialing, "tcp", r.o.Address)
	if err != nil {
		if dialing.Err() != nil {
			err = fmt.Errorf("connect: %w", os.ErrDeadlineExceeded)
		}
		return nil, err
	}
	s := &session{wire: &wire{Conn: conn}, limit: r.o.CommandTimeout}
	release := s.wire.until(ctx)
	err = r.greet(ctx, s, mode)
	if !release() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.wire.shut()
		return nil, err
	}
	return s, nil
}

// greet brings a new connection to where mail can be sent.
func (r *SMTPRelay) greet(ctx context.Context, s *session, mode string) error {
	var conn net.Conn = s.wire
	verified := false
	if mode != "off" {
		conf, err := r.tlsConfig()
		if err != nil {
			return err
		}
		if !r.implicit {
			conn, err = r.startTLS(s, mode == "required")
			if err != nil {
				return err
			}
		}
		if conn == net.Conn(s.wire) { // what comes next is a handshake
			s.wire.begin(r.o.CommandTimeout)
			secure := tls.Client(s.wire, conf)
			if err := secure.HandshakeContext(ctx); err != nil {
				return fmt.Errorf("%w: %w", errHandshake, err)
			}
			conn, verified = secure, mode == "required"
			if !r.implicit {
				conn = &greeted{secure, strings.NewReader("220 again\r\n")}
			}
		}
	}
	s.client = smtp.NewClient(conn)
	s.wire.begin(r.o.CommandTimeout)
	if err := s.client.Hello(r.o.Hostname); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	s.learn()
	if r.o.Token != nil {
		return r.loginByToken(ctx, s, verified)
	}
	return r.login(s, verified)
}

// startTLS reads the greeting and asks for TLS. It returns the connection itself
// when the handshake comes next, and a greeted one when there is no TLS to be had.
//
// Workaround: go-smtp v0.25.1 names itself localhost in NewClientStartTLS, and
// cannot go on without TLS on the same connection (TestSTARTTLS).
func (r *SMTPRelay) startTLS(s *session, required bool) (net.Conn, error) {
	buffered := bufio.NewReader(s.wire)
	text := textproto.NewReader(buffered)
	say := func(command string, want int) (string, error) {
		s.wire.begin(r.o.CommandTimeout)
		if command != "" {
			if _, err := s.wire.Write([]byte(command + "\r\n")); err != nil {
				return "", err
			}
		}
		_, msg, err := text.ReadResponse(want)
		var refused *textproto.Error
		if errors.As(err, &refused) {
			err = &smtp.SMTPError{Code: refused.Code, Message: refused.Msg}
		}
		return msg, err
	}
	if _, err := say("", 220); err != nil {
		return nil, fmt.Errorf("greeting: %w", err)
	}
	offers, err := say("EHLO "+r.o.Hostname, 250)
	var refused *smtp.SMTPError
	if err != nil && (required || !errors.As(err, &refused)) {
		return nil, fmt.Errorf("EHLO: %w", err)
	}
	plain := &greeted{s.wire, strings.NewReader("220 again\r\n")}
	if !hasLine(offers, "STARTTLS") {
		if required {
			return nil, errNotEncrypted
		}
		return plain, quiet(buffered)
	}
	if _, err := say("STARTTLS", 220); err != nil {
		if !required && errors.As(err, &refused) {
			return plain, quiet(buffered)
		}
		return nil, fmt.Errorf("%w: STARTTLS: %w", errHandshake, err)
	}
	// RFC 3207 §6: what was said in plain text must not count afterwards.
	return s.wire, quiet(buffered)
}

// quiet makes sure that the server has said no more than it was asked.
func quiet(r *bufio.Reader) error {
	if r.Buffered() > 0 {
		return fmt.Errorf("%w: the server speaks out of turn", errHandshake)
	}
	return nil
}

// hasLine reports whether a reply has a line, in any case of letters.
func hasLine(reply, want string) bool {
	for line := range strings.SplitSeq(reply, "\n") {
		if strings.EqualFold(strings.TrimSpace(line), want) {
			return true
		}
	}
	return false
}

// login authenticates, when the relay has a name for that. A refusal is a fault of
// the configuration, never of a mail.
func (r *SMTPRelay) login(s *session, verified bool) error {
	if r.o.Username == "" {
		return nil
	}
	if !verified && !loopback(s.wire.RemoteAddr()) {
		return errors.New(`the password is sent only through verified TLS; write relay.tls = "required"`)
	}
	password, err := r.password()
	if err != nil {
		return err
	}
	s.wire.begin(r.o.CommandTimeout)
	switch {
	case s.client.SupportsAuth("PLAIN"):
		err = s.client.Auth(&plainAuth{r.o.Username, password})
	case s.client.SupportsAuth("LOGIN"):
		err = s.client.Auth(&loginAuth{r.o.Username, password})
	default:
		return errors.New("it offers neither AUTH PLAIN nor LOGIN, and there is a relay.username")
	}
	if err != nil {
		return &passwordError{err}
	}
	return nil
}

// errPassword is what a login with a password that failed is.
var errPassword = errors.New("AUTH")

// passwordError is a login with a password that the server refused, or broke off.
type passwordError struct{ err error }

// Error begins as all replies to AUTH do.
func (e *passwordError) Error() string { return fmt.Sprintf("AUTH: %v", e.err) }

// Unwrap is errPassword, and the reply.
func (e *passwordError) Unwrap() []error { return []error{errPassword, e.err} }

func loopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

// password reads the first line of the password file.
func (r *SMTPRelay) password() (string, error) {
	b, err := os.ReadFile(r.o.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("relay.password_file: %w", err)
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return "", fmt.Errorf("relay.password_file: %s: its first line is empty", r.o.PasswordFile)
	}
	return string(line), nil
}

func readPool(file string) (*x509.CertPool, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("relay.tls_ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("relay.tls_ca_file: %s has no certificate", file)
	}
	return pool, nil
}

// plainAuth is AUTH PLAIN (RFC 4616 §2).
type plainAuth struct{ username, password string }

// Start gives the one response.
func (a *plainAuth) Start() (string, []byte, error) {
	return "PLAIN", []byte("\x00" + a.username + "\x00" + a.password), nil
}

// Next refuses: nothing more is to be asked.
func (a *plainAuth) Next([]byte) ([]byte, error) { return nil, errors.New("unexpected challenge") }

// loginAuth is AUTH LOGIN, which some servers offer alone.
type loginAuth struct{ username, password string }

// Start begins without a response.
func (a *loginAuth) Start() (string, []byte, error) { return "LOGIN", nil, nil }

// Next gives the name, then the password.
func (a *loginAuth) Next(challenge []byte) ([]byte, error) {
	switch {
	case bytes.EqualFold(bytes.TrimSpace(challenge), []byte("username:")):
		return []byte(a.username), nil
	case bytes.EqualFold(bytes.TrimSpace(challenge), []byte("password:")):
		return []byte(a.password), nil
	}
	return nil, errors.New("unexpected challenge")
}
