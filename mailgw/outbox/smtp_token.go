package outbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// TokenLogin logs in with access tokens (OAuth 2.0) in place of a password. It may be
// used from many goroutines.
type TokenLogin interface {
	// Login logs in on one connection. Offers tells which mechanisms the server has;
	// auth runs one, and tells whether the server refused what it was shown. again is
	// true when the token was refused, and another one may be taken on a new connection.
	Login(ctx context.Context, offers func(mechanism string) bool, auth func(sasl.Client) (refused bool, err error)) (again bool, err error)
}

// loginError is returned when a login by token failed. That is a matter between us and
// the provider, and of no mail: mails wait until it is settled, however old they are.
type loginError struct {
	err   error
	again bool // with another token it may go
}

func (e *loginError) Error() string { return fmt.Sprintf("AUTH: %v", e.err) }

func (e *loginError) Unwrap() error { return e.err }

// refusedToken reports whether a login failed in a way that is worth a second one.
func refusedToken(err error) bool {
	var e *loginError
	return errors.As(err, &e) && e.again
}

// loginFailed reports whether a connection failed at its login by token.
func loginFailed(err error) bool {
	var e *loginError
	return errors.As(err, &e)
}

// loginByToken authenticates with an access token.
func (r *SMTPRelay) loginByToken(ctx context.Context, s *session, verified bool) error {
	if !verified && !loopback(s.wire.RemoteAddr()) {
		return &loginError{err: errors.New(`the token is sent only through verified TLS; write relay.tls = "required"`)}
	}
	again, err := r.o.Token.Login(ctx, s.client.SupportsAuth, func(c sasl.Client) (refused bool, err error) {
		s.wire.begin(r.o.CommandTimeout)
		err = s.client.Auth(c)
		var reply *smtp.SMTPError
		// RFC 4954 §6: 535 says that the credentials are no good.
		return errors.As(err, &reply) && reply.Code == 535, err
	})
	if err != nil {
		return &loginError{err, again}
	}
	return nil
}

// away are the failures of all recipients of a mail for which there is no connection.
func (r *SMTPRelay) away(m *Mail, err error) Sent {
	reply, code, enhanced := words(err)
	if !r.labelled {
		reply = r.o.Address + ": " + reply
	}
	f := failAll(m.To, reply)
	for i := range f {
		f[i].Code, f[i].Enhanced, f[i].Ours = code, enhanced, loginFailed(err)
		f[i].Login = f[i].Ours || errors.Is(err, errPassword)
	}
	return Sent{Failures: f, HopAway: true, untried: true, reached: code != 0}
}

// likewise are the failures of a mail that was not tried, since it would find what the
// one before has found.
func likewise(m *Mail, found Failure) []Failure {
	f := failAll(m.To, found.Reply)
	for i := range f {
		f[i].Ours = found.Ours
	}
	return f
}

// isOurs and isNotOurs tell failures of our own login from those of a mail or its way.
func isOurs(f Failure) bool    { return f.Ours }
func isNotOurs(f Failure) bool { return !f.Ours }
