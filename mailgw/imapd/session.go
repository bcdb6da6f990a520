package imapd

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-sasl"
)

// session is a client that is connected. go-imap calls one method at a time, but for
// Idle and Close, which may overlap.
type session struct {
	s    *Server
	f    *front
	ctx  context.Context
	stop context.CancelFunc

	mu       sync.Mutex // guards the rest
	account  Account    // nil before the login
	folder   string     // the selected one; "" for none
	readOnly bool
	view     *View    // what the client knows of it
	hold     bool     // the answer to a COPY tells of no mail that has left
	last     body     // the mail that was read last
	saved    []uint32 // UIDs that a search has found and kept
}

// body is a mail's bytes: clients fetch one in pieces.
type body struct {
	uid  uint32
	raw  []byte
	tree *part // nil before it is asked for
}

func (b *body) parts() *part {
	if b.tree == nil {
		b.tree = takeApart(b.raw)
	}
	return b.tree
}

func (s *Server) newSession(c *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
	f, ok := c.NetConn().(*front)
	if !ok {
		return nil, nil, errors.New("imap: a connection without a front")
	}
	ctx, stop := context.WithCancel(context.Background())
	return &session{s: s, f: f, ctx: ctx, stop: stop}, nil, nil
}

// Close ends it.
func (x *session) Close() error {
	x.stop()
	return nil
}

// no is an answer that a person reads.
func no(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
}

// ErrLogin is the answer to a wrong name or password.
var ErrLogin = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeAuthenticationFailed, Text: "the name or the password is wrong"}

// told is an error as the client is told it.
func (x *session) told(err error) error {
	var known *imap.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	name := ""
	if x.account != nil {
		name = x.account.Name()
	}
	x.s.log.Error("imap", "agent", name, "folder", x.folder, "err", err)
	return no(imap.ResponseCodeServerBug, "this cannot be done just now; the log of the server says why")
}

// Login is LOGIN (RFC 9051 §6.2.3).
func (x *session) Login(user, password string) error {
	account, err := x.s.o.Login(x.ctx, peerOf(x.f), user, password)
	if err != nil {
		x.s.refused[noLogin].Add(1)
		var known *imap.Error
		if !errors.As(err, &known) {
			x.s.log.Info("imap: login refused", "peer", peerOf(x.f), "user", user, "err", err)
			return ErrLogin
		}
		return err
	}
	x.opened(account)
	return nil
}

func (x *session) opened(a Account) {
	x.mu.Lock()
	x.account = a
	x.mu.Unlock()
	x.f.logsIn(a)
}

// AuthenticateMechanisms are what AUTHENTICATE knows.
func (x *session) AuthenticateMechanisms() []string {
	if x.s.o.Mechanisms == nil {
		return []string{sasl.Plain}
	}
	return x.s.o.Mechanisms()
}

// Authenticate begins AUTHENTICATE (RFC 9051 §6.2.2).
func (x *session) Authenticate(mechanism string) (sasl.Server, error) {
	if x.s.o.Authenticate != nil {
		srv, err := x.s.o.Authenticate(x.ctx, peerOf(x.f), mechanism, x.opened)
		if srv == nil || err != nil {
			return nil, no("", "this mechanism is not known here")
		}
		return bare{srv, &x.s.refused[noLogin]}, nil
	}
	if mechanism != sasl.Plain {
		return nil, no("", "this mechanism is not known here")
	}
	return bare{Server: sasl.NewPlainServer(func(identity, user, password string) error {
		if identity != "" && identity != user {
			return no(imap.ResponseCodeAuthorizationFailed, "nobody acts for somebody else here")
		}
		return x.Login(user, password)
	})}, nil
}

// bare asks for the first answer without a challenge.
//
// Workaround: go-imap writes an empty challenge as "=", which is none; TestProtocol/authenticate.
type bare struct {
	sasl.Server
	refused *atomic.Uint64 // nil: who checks the password counts
}

// Next is the mechanism's; its refusals are told without saying which part was wrong.
func (b bare) Next(response []byte) (challenge []byte, done bool, err error) {
	challenge, done, err = b.Server.Next(response)
	if len(challenge) == 0 {
		challenge = nil
	}
	if err != nil && b.refused != nil {
		b.refused.Add(1)
	}
	var known *imap.Error
	if err != nil && !errors.As(err, &known) {
		err = ErrLogin
	}
	return challenge, done, err
}

// AppendLimit is APPENDLIMIT (RFC 7889).
func (x *session) AppendLimit() uint32 { return x.s.o.MaxAppend }

// Namespace is NAMESPACE (RFC 2342).
func (x *session) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: delimiter}}}, nil
}

// Poll tells what has changed, between two commands.
func (x *session) Poll(w *imapserver.UpdateWriter, expunge bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.hold {
		x.hold, expunge = false, false
	}
	if err := x.ended(); err != nil {
		return err
	}
	return x.news(w, expunge)
}

// Idle tells what changes until stop (RFC 2177).
func (x *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	news, end := x.account.Watch()
	defer end()
	for {
		x.mu.Lock()
		x.last = body{}
		err := x.ended()
		if err == nil {
			err = x.news(w, true)
		}
		x.mu.Unlock()
		if err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-x.ctx.Done():
			return nil
		case <-news:
		}
		pause := time.NewTimer(idlePause)
		select {
		case <-stop:
			pause.Stop()
			return nil
		case <-pause.C:
		}
	}
}

// ended ends the connection when its account has ended. x.mu is held.
func (x *session) ended() error {
	if x.account == nil {
		return nil
	}
	why := x.account.Ended()
	if why == "" {
		return nil
	}
	x.last = body{}
	x.f.bye(why)
	return no("", why)
}

// errAnew ends a connection whose folder is not the one that its client knows.
var errAnew = no("", "the folder was made anew; please connect again")

// news is tell. When it cannot go on the client is told so: go-imap would close the
// connection without a word, or let it wait for what does not come.
func (x *session) news(w *imapserver.UpdateWriter, expunge bool) error {
	err := x.tell(w, expunge)
	var known *imap.Error
	if errors.As(err, &known) {
		x.f.bye(known.Text)
	}
	return err
}

// tell compares what the client knows with what is. x.mu is held.
func (x *session) tell(w *imapserver.UpdateWriter, expunge bool) error {
	if x.folder == "" {
		return nil
	}
	now, err := x.account.Open(x.folder)
	if err != nil {
		return x.told(err)
	}
	if now == x.view {
		return nil
	}
	d := compare(x.view, now, expunge)
	if d.lost {
		return errAnew
	}
	for _, seq := range d.gone {
		if err := w.WriteExpunge(seq); err != nil {
			return err
		}
	}
	if d.more {
		if err := w.WriteNumMessages(uint32(len(d.view.Mails))); err != nil {
			return err
		}
	}
	if len(now.Keywords) != len(x.view.Keywords) {
		if err := w.WriteMailboxFlags(flagNames(allFlags(now), now.Keywords)); err != nil {
			return err
		}
	}
	for _, i := range d.flags {
		m := d.view.Mails[i]
		if err := w.WriteMessageFlags(uint32(i)+1, imap.UID(m.UID), flagNames(m.Flags, now.Keywords)); err != nil {
			return err
		}
	}
	x.view = d.view
	return nil
}

// Create is refused, and so are its like: folders follow from the tickets.
func (x *session) Create(string, *imap.CreateOptions) error {
	return no(imap.ResponseCodeCannot, "folders follow from the tickets; none can be made")
}

// Delete is refused.
func (x *session) Delete(string) error {
	return no(imap.ResponseCodeCannot, "folders follow from the tickets; none can be deleted")
}

// Rename is refused.
func (x *session) Rename(string, string, *imap.RenameOptions) error {
	return no(imap.ResponseCodeCannot, "folders follow from the tickets; none can be renamed")
}

// Subscribe is SUBSCRIBE (RFC 9051 §6.3.7).
func (x *session) Subscribe(name string) error {
	return x.told(x.account.Subscribe(folderName(name), true))
}

// Unsubscribe is UNSUBSCRIBE.
func (x *session) Unsubscribe(name string) error {
	return x.told(x.account.Subscribe(folderName(name), false))
}
