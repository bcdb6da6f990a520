package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
)

// The mechanisms, in the order in which they are taken: the first is the one that both
// large providers document.
const (
	XOAuth2     = "XOAUTH2"
	OAuthBearer = sasl.OAuthBearer
)

// newToken is how old an access token is at most for its refusal not to be its age:
// another one would be refused as well.
const newToken = time.Minute

// errNoMechanism is returned when a mail server offers no login by token.
var errNoMechanism = errors.New("the mail server offers neither AUTH XOAUTH2 nor OAUTHBEARER")

// Login logs in at a mail server. Offers tells which mechanisms the server has; auth
// runs one on the connection, and tells whether the server refused what it was shown,
// as against all else that can go wrong.
//
// A refused token is a *RefusedError, and not used again. again is true when another
// one may be taken: on a new connection, since servers differ in what they think of a
// second attempt. Other errors are an *Error, those of auth, or that of ctx.
func (a *Account) Login(ctx context.Context, offers func(mechanism string) bool, auth func(sasl.Client) (refused bool, err error)) (again bool, err error) {
	if !offers(XOAuth2) && !offers(OAuthBearer) {
		return false, errNoMechanism
	}
	token, err := a.Token(ctx)
	if err != nil {
		return false, err
	}
	var c tokenClient = &xoauth2{user: a.o.User, token: token}
	if !offers(XOAuth2) {
		c = &bearer{Client: sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: saslName(a.o.User), Token: token})}
	}
	refused, err := auth(c)
	if err == nil {
		return false, nil
	}
	// Workaround: go-imap v2.0.0-beta.8 writes an empty answer as "=", which a server may
	// call no SASL at all (BAD); so the challenge counts, whatever comes behind it (TestIMAPLogin).
	status, challenged := c.challenge()
	if !refused && !(challenged && aboutToken(status)) {
		return false, err
	}
	mechanism, _, _ := c.Start()
	return a.refuse(token), &RefusedError{Account: a.o.Name, Mechanism: mechanism, Status: oneLine(status, token), Err: err}
}

// refuse notes that a token is no good, and reports whether another one may be better.
func (a *Account) refuse(token string) (again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held.Access != token {
		return true // there is another one already
	}
	a.refused = token
	return !a.tooNew(&a.held)
}

// tooNew reports whether a token was got because one was refused, and a moment ago: if
// it is refused as well, then not for its age. It is called with a.mu locked.
func (a *Account) tooNew(r *record) bool {
	age := a.now().Sub(r.Got)
	return a.answer != "" && r.Access == a.answer && age >= 0 && age < newToken
}

// aboutToken reports whether the status of an error challenge is about the token
// (RFC 7628 §3.2.2 and RFC 6750 §3.1; the numbers are those of XOAUTH2).
func aboutToken(status string) bool {
	switch status {
	case "400", "401", "invalid_token", "insufficient_scope", "":
		return true
	}
	return false
}

// tokenClient is a sasl.Client that remembers the server's error challenge.
type tokenClient interface {
	sasl.Client
	challenge() (status string, ok bool)
}

// errTalk is returned when a server asks for more after its error challenge.
var errTalk = errors.New("unexpected challenge")

// xoauth2 is the mechanism XOAUTH2, which no RFC describes: one response, and an
// error challenge that is answered with an empty line, before the server refuses.
type xoauth2 struct{ user, token, said string }

// Start gives the one response.
func (x *xoauth2) Start() (string, []byte, error) {
	return XOAuth2, []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next takes the error challenge. Its answer must not be nil: go-smtp takes that for
// the end, and a login that did not fail.
func (x *xoauth2) Next(challenge []byte) ([]byte, error) {
	if x.said != "" {
		return nil, errTalk
	}
	x.said = string(challenge) + "\n"
	return []byte{}, nil
}

func (x *xoauth2) challenge() (string, bool) { return statusOf(x.said), x.said != "" }

// bearer is the mechanism OAUTHBEARER (RFC 7628).
type bearer struct {
	sasl.Client
	said string
}

// Next takes the error challenge, and lets the server refuse (RFC 7628 §3.2.3), where
// go-sasl would cancel.
func (b *bearer) Next(challenge []byte) ([]byte, error) {
	if b.said != "" {
		return nil, errTalk
	}
	b.said = string(challenge) + "\n"
	return []byte{1}, nil
}

func (b *bearer) challenge() (string, bool) { return statusOf(b.said), b.said != "" }

// statusOf reads an error challenge; "" when it has no status.
func statusOf(challenge string) string {
	var said struct {
		Status string `json:"status"`
	}
	if json.Unmarshal([]byte(challenge), &said) != nil {
		return ""
	}
	return said.Status
}

// saslName is a name as GS2 writes it (RFC 5801 §4), which go-sasl does not.
func saslName(name string) string { return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(name) }
