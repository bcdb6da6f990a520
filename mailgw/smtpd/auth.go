package smtpd

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"net/netip"
	"strings"

	"github.com/emersion/go-sasl"
)

// Logins lets people in who hand in mail of their own (RFC 6409). Its methods are called
// from many goroutines at once.
type Logins interface {
	// Mechanisms are the names of the SASL mechanisms that are offered, in upper case.
	Mechanisms() []string
	// SASL returns the server of one exchange, which ends with ctx, and who is logged in
	// when it is done; a nil server for a mechanism that is not offered. An error of the
	// server is a *ReplyError (which may be wrapped); any other is answered 454. Who is
	// logged in is asked again at each mail: "" says that the login is good no more.
	SASL(ctx context.Context, peer netip.Addr, mechanism string) (sasl.Server, func() string)
}

// Replies about logins. RFC 4954 §4 and §6.
var (
	loggedIn     = &ReplyError{Code: 235, Enhanced: [3]int{2, 7, 0}, Text: "logged in"}
	loginFirst   = peerError(530, 5, 7, 0, "log in first")
	twiceAuth    = peerError(503, 5, 5, 1, "you are logged in already")
	authInMail   = peerError(503, 5, 5, 1, "not while a mail is being sent")
	authNeedsTLS = peerError(538, 5, 7, 11, "passwords are taken through TLS only, say STARTTLS first")
	noMechanism  = peerError(504, 5, 5, 4, "no such mechanism is offered here")
	badAuth      = peerError(501, 5, 5, 2, "this is not base64")
	loginOver    = &ReplyError{Code: 421, Enhanced: [3]int{4, 7, 0}, Text: "the password of this login is good no more; log in again", Peer: true}
	authCanceled = peerError(501, 5, 7, 0, "the login was cancelled")
)

// mayLogIn says whether a password could be taken now: nobody else reads what goes
// through TLS, or stays on this machine.
func (w *wire) mayLogIn() bool {
	return w.opts.Logins != nil && (w.secure || w.ip.IsLoopback())
}

// auth plays the exchange of an AUTH command. go-smtp sees none of it.
//
// Workaround: go-smtp v0.25.1 knows nothing of TLS under our wire, and answers whatever
// goes wrong with 454, which has clients try the same again (TestAuth).
func (w *wire) auth(rest []byte) *ReplyError {
	switch {
	case w.opts.Logins == nil:
		return noAuth
	case !w.greeted || !w.esmtp:
		return helloFirst
	case !w.mayLogIn():
		return authNeedsTLS
	case w.user != "":
		return twiceAuth
	case w.open || w.chunked:
		return authInMail
	}
	fields := bytes.Fields(rest)
	if len(fields) == 0 || len(fields) > 2 {
		return badAuth
	}
	server, who := w.opts.Logins.SASL(w.ctx, w.ip, strings.ToUpper(string(fields[0])))
	if server == nil {
		return noMechanism
	}
	var response []byte
	if len(fields) == 2 {
		var ok bool
		if response, ok = decodeResponse(fields[1]); !ok {
			return badAuth
		}
	}
	if refusal := w.exchange(server, response); refusal != nil {
		return refusal
	}
	if w.user = who(); w.user == "" {
		return asLoginReply(nil)
	}
	w.who = who
	w.note("logged in", "user", w.user)
	return nil
}

// exchange plays it from the initial response on, nil for none.
func (w *wire) exchange(server sasl.Server, response []byte) *ReplyError {
	for {
		challenge, done, err := server.Next(response)
		if err != nil {
			return asLoginReply(err)
		}
		if done {
			return nil
		}
		w.out = append(append(append(w.out, "334 "...), base64.StdEncoding.EncodeToString(challenge)...), "\r\n"...)
		line, err := w.readLine()
		if err != nil {
			return nil // the connection is dead
		}
		line = bytes.TrimRight(line, "\r\n")
		if string(line) == "*" {
			return authCanceled
		}
		var ok bool
		if response, ok = decodeResponse(line); !ok {
			return badAuth
		}
	}
}

// decodeResponse reads a client's response; it is never nil. RFC 4954 §4: an empty one
// is "=" on the line of the command, and an empty line behind it.
func decodeResponse(text []byte) ([]byte, bool) {
	if string(text) == "=" {
		return []byte{}, true
	}
	b := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(b, text)
	return b[:n], err == nil
}

// asLoginReply is asReply for logins: who meets a failure of ours comes again.
func asLoginReply(err error) *ReplyError {
	r := asReply(err)
	if r.Code == 451 {
		r = &ReplyError{Code: 454, Enhanced: [3]int{4, 7, 0}, Text: "the login could not be checked now, try again later", Cause: err}
	}
	return r
}

// offerAuth appends the line of AUTH to the reply to EHLO, when a password could be taken.
func (w *wire) offerAuth(out []byte) []byte {
	if !w.mayLogIn() || w.user != "" {
		return out
	}
	out = append(out, "250-AUTH "...)
	out = append(out, strings.Join(w.opts.Logins.Mechanisms(), " ")...)
	return append(out, "\r\n"...)
}

// beginTLS does the handshake of a listener that speaks TLS from the first byte
// (RFC 8314 §3.3), and says whether it was done.
func (w *wire) beginTLS() bool {
	if !w.opts.ImplicitTLS {
		return true
	}
	if w.opts.tls == nil {
		w.dead = true
		return false
	}
	return w.shake()
}

// shake does a handshake.
func (w *wire) shake() bool {
	w.armCommand()
	w.armWrite()
	t := tls.Server(w.Conn, w.opts.tls)
	if err := t.Handshake(); err != nil {
		w.dead = true
		w.server.tally.refuse(refusedTLS)
		w.note("TLS handshake not done", "error", err)
		return false
	}
	w.stream, w.secure = t, true
	return true
}
