package smtpd

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/emersion/go-smtp"

	"supportgw/mailgw/letter"
)

// Refusals of MAIL and RCPT.
var (
	secondMail   = peerError(503, 5, 5, 1, "a mail is being sent already, say RSET first")
	needUTF8     = peerError(553, 5, 6, 7, "the address needs SMTPUTF8")
	badSender    = peerError(501, 5, 1, 7, "the sender's address is malformed")
	badRecipient = peerError(501, 5, 1, 3, "the recipient's address is malformed")
)

// session is what go-smtp calls for the mails of one connection, always in the
// same goroutine.
type session struct {
	conn   *smtp.Conn
	wire   *wire
	server *Server
	open   *transaction // nil when there is none
}

// transaction is a mail from MAIL to the end of DATA.
type transaction struct {
	arrival  letter.Arrival
	protocol string // the word behind "with" in Received
	utf8     bool
	size     int64              // announced, 0 = not
	ctx      context.Context    // ends with the mail
	stop     context.CancelFunc // ends ctx
	scan     Scan               // nil: nobody scans it
	early    bool               // Early was called
}

// end ends what was begun for the mail.
func (t *transaction) end() {
	if t == nil {
		return
	}
	if t.scan != nil {
		t.scan.Close()
	}
	t.stop()
}

func newSession(c *smtp.Conn) *session {
	w := c.Conn().(*wire)
	return &session{conn: c, wire: w, server: w.server}
}

// Reset forgets the open transaction.
func (s *session) Reset() {
	s.open.end()
	s.open, s.wire.open = nil, false
	s.wire.endMail()
}

// Logout ends what was begun for an open transaction. The wire knows by itself when
// the connection is over.
func (s *session) Logout() error {
	s.open.end()
	s.open = nil
	return nil
}

// Mail opens a transaction.
//
// RFC 1870 §6.1: a mail whose announced size has no room now is answered 452.
// Workaround: go-smtp v0.25.1 takes a second MAIL and keeps the recipients of
// the first (testdata/order.txt), and takes 8-bit addresses without SMTPUTF8
// (testdata/utf8.txt).
func (s *session) Mail(from string, o *smtp.MailOptions) error {
	if s.open != nil {
		return s.refuse(secondMail, refusedSender, "sender", from)
	}
	path, ok := "", from == ""
	if !ok {
		path, ok = address(from)
	}
	w := s.wire
	switch {
	case w.opts.Logins != nil && w.user == "":
		return s.refuse(loginFirst, refusedLogin, "sender", from)
	case !ok:
		return s.refuse(badSender, refusedSender, "sender", from)
	case !o.UTF8 && !isASCII(path):
		return s.refuse(needUTF8, refusedSender, "sender", from)
	case !s.wire.opts.hasRoom(o.Size):
		return s.refuse(noRoom, refusedBuffer, "sender", from)
	}
	if w.user != "" { // whoever the client says: reports come to who is known
		path = w.user
	}
	t := &transaction{utf8: o.UTF8, size: o.Size, protocol: protocolName(s.wire.opts.LMTP, w.esmtp, w.secure, o.UTF8)}
	if w.user != "" {
		t.protocol += "A" // RFC 3848: logged in
	}
	t.arrival = letter.Arrival{
		ID: s.wire.opts.NewID(), Source: s.wire.opts.Source, ReversePath: path, ClientIP: w.ip, TLS: w.secure, Helo: s.conn.Hostname(),
	}
	t.ctx, t.stop = context.WithCancel(w.ctx)
	if err := s.beginScan(t); err != nil {
		t.end()
		return s.refuse(asReply(err), refusedScan, "sender", from)
	}
	s.open, w.open = t, true
	return nil
}

// beginScan shows the scanners who sends.
func (s *session) beginScan(t *transaction) error {
	begin := s.wire.opts.Scan
	if begin == nil {
		return nil
	}
	return s.guard(func() (err error) {
		t.scan, err = begin(t.ctx, &t.arrival)
		return err
	})
}

// Rcpt adds a recipient to the transaction.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	t := s.open
	if t == nil {
		return s.refuse(outOfOrder, refusedRecipient, "recipient", to)
	}
	addr, ok := strings.CutSuffix(to, "@"+bareDomain)
	if !ok || bareName(addr) == "" {
		addr, ok = address(to)
	}
	switch {
	case !ok:
		return s.refuse(badRecipient, refusedRecipient, "recipient", to)
	case !t.utf8 && !isASCII(addr):
		return s.refuse(needUTF8, refusedRecipient, "recipient", to)
	}
	err := s.guard(func() error { return s.server.handler.Recipient(s.wire.ctx, addr) })
	if err != nil {
		return s.refuse(asReply(err), refusedRecipient, "recipient", to)
	}
	if t.scan != nil {
		if err := s.guard(func() error { return t.scan.Recipient(addr) }); err != nil {
			return s.refuse(asReply(err), refusedScan, "recipient", to)
		}
	}
	if early := s.wire.opts.Early; early != nil && !t.early {
		t.early = true
		t.arrival.Early = early(t.ctx, &t.arrival)
	}
	if !slices.Contains(t.arrival.Recipients, addr) {
		t.arrival.Recipients = append(t.arrival.Recipients, addr)
	}
	return nil
}

// Data takes the mail and gives the verdict; 250 is an "error" with our text.
// Our session reads the mail itself; r holds nothing but the dot at its end.
//
// RFC 2033 §4.2: with LMTP go-smtp repeats the verdict for each RCPT, since the
// session is no smtp.LMTPSession (testdata/lmtp.txt).
func (s *session) Data(io.Reader) error {
	t := s.open
	if t == nil {
		return outOfOrder.engineError()
	}
	a := &t.arrival
	opts := &s.wire.opts.Options
	n := newIntake(t.size, opts)
	defer n.drop()
	n.raw = appendTrace(n.raw, a, opts.Hostname, t.protocol)
	n.body = len(n.raw)
	if err := s.wire.readBody(n); err != nil {
		return slowMail.engineError() // the connection is dead or mute: nobody hears it
	}
	if err := s.deliver(t, n); err != nil {
		return err
	}
	s.server.tally.accepted.Add(1)
	return &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}, Message: "accepted as " + a.ID.String()}
}

// deliver hands a mail that is complete to the Handler.
func (s *session) deliver(t *transaction, n *intake) error {
	a := &t.arrival
	refusal, why := n.verdict()
	if refusal != nil {
		return s.refuse(refusal, why, "id", a.ID)
	}
	var forged func(name, value string) bool
	if ask := s.wire.opts.Forged; ask != nil {
		forged = ask(a.ClientIP)
	}
	raw, hops := cleanHeader(n.raw, n.body, forged)
	if limit := s.wire.opts.MaxReceivedHops; limit > 0 && hops > limit {
		return s.refuse(tooManyHops, refusedHops, "id", a.ID)
	}
	a.At = s.wire.opts.Now()
	setDate(raw, n.body, a.At)
	a.Raw, a.Body = raw, n.body
	if t.scan != nil {
		if err := s.guard(func() error { return t.scan.Message(a) }); err != nil {
			return s.refuse(asReply(err), refusedScan, "id", a.ID)
		}
	}
	err := s.guard(func() error { return s.server.handler.Deliver(s.wire.ctx, a) })
	if err == nil {
		return nil
	}
	r := asReply(err)
	why = refusedMail
	if !r.Peer {
		why = failedMail
	}
	return s.refuse(r, why, "id", a.ID)
}

// refuse counts and logs a refusal and returns it in go-smtp's form.
func (s *session) refuse(r *ReplyError, why reason, args ...any) error {
	s.server.tally.refuse(why)
	s.wire.excuse(r)
	level := slog.LevelError
	if r.Peer {
		level = slog.LevelInfo
	}
	args = append(args, "conn", s.wire.id, "peer", s.wire.peer, "reason", why.String(), "code", r.Code, "reply", r.Text)
	if r.Cause != nil {
		args = append(args, "error", r.Cause)
	}
	s.wire.opts.Log.Log(s.wire.ctx, level, "refused", args...)
	return r.engineError()
}

// guard calls the Handler. A panic becomes an error, and its stack a log line.
//
// Workaround: go-smtp v0.25.1 recovers from panics too, but closes the
// connection (TestPanic).
func (s *session) guard(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.wire.opts.Log.Error("panic", "conn", s.wire.id, "peer", s.wire.peer, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return call()
}
