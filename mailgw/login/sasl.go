package login

import (
	"context"
	"errors"
	"net/netip"

	"github.com/emersion/go-sasl"
)

// errExchange is an exchange that does not follow its mechanism.
var errExchange = errors.New("login: the exchange does not follow its mechanism")

// IsExchange reports whether an error is one of the exchange itself: nothing was tried.
func IsExchange(err error) bool { return errors.Is(err, errExchange) }

// Mechanisms are the SASL mechanisms that SASL knows, the best first.
func Mechanisms() []string { return []string{"SCRAM-SHA-256", "PLAIN", "LOGIN"} }

// SASL returns the server of one exchange, and who is logged in when it is done (the zero
// Pass until then). A mechanism that is none of ours has a nil server. The server waits in Next as Check
// does, until ctx ends; its errors are those of Check, or say true to [IsExchange].
func (d *Door) SASL(ctx context.Context, peer netip.Addr, mechanism string) (sasl.Server, func() Pass) {
	e := &exchange{door: d, ctx: ctx, peer: peer}
	who := func() Pass { return e.who }
	switch mechanism {
	case "PLAIN":
		return &plain{exchange: e}, who
	case "LOGIN":
		return &loginServer{exchange: e}, who
	case "SCRAM-SHA-256":
		return &scram{exchange: e}, who
	}
	return nil, who
}

// exchange is what all mechanisms share.
type exchange struct {
	door *Door
	ctx  context.Context
	peer netip.Addr
	who  Pass
	over bool
}

func (e *exchange) check(user, password string) (err error) {
	e.over = true
	e.who, err = e.door.Check(e.ctx, e.peer, user, password)
	return err
}

// plain is PLAIN (RFC 4616).
//
// Workaround: go-sasl's own PLAIN asks with an empty challenge that is not nil, which
// go-imap v2.0.0-beta.8 writes as "+ =" (TestPlainAsks).
type plain struct {
	*exchange
	asked bool
}

// Next takes the one message; a client that did not send it with its command is asked for it.
func (p *plain) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case p.over:
		return nil, false, errExchange
	case response == nil && !p.asked:
		p.asked = true
		return nil, false, nil
	}
	identity, user, password, ok := splitPlain(response)
	if !ok {
		p.over = true
		return nil, false, errExchange
	}
	if identity != "" && fold(identity) != fold(user) { // nobody acts for another one
		password = ""
	}
	if err := p.check(user, password); err != nil {
		return nil, false, err
	}
	return nil, true, nil
}

func splitPlain(b []byte) (identity, user, password string, ok bool) {
	var at []int
	for i, c := range b {
		if c == 0 {
			at = append(at, i)
		}
	}
	if len(at) != 2 {
		return "", "", "", false
	}
	return string(b[:at[0]]), string(b[at[0]+1 : at[1]]), string(b[at[1]+1:]), true
}

// loginServer is LOGIN (draft-murchison-sasl-login-00), which some old clients know alone.
type loginServer struct {
	*exchange
	asked int
	user  string
}

// Next asks for the user name, then for the password.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if l.over {
		return nil, false, errExchange
	}
	if l.asked == 0 {
		l.asked = 1
		if response == nil {
			return []byte("Username:"), false, nil
		}
	}
	if l.asked == 1 {
		l.asked, l.user = 2, string(response)
		return []byte("Password:"), false, nil
	}
	if err := l.check(l.user, string(response)); err != nil {
		return nil, false, err
	}
	return nil, true, nil
}
