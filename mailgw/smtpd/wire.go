package smtpd

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

const (
	wireBuffer = 8 << 10 // input kept per connection
	// RFC 5321 §4.5.3.1.4: command lines have 512 octets, and more with
	// extensions; this is generous.
	maxCommandLine = 2000
	lastWrite      = time.Second // for the last words to a peer that does not read
)

// stage is how far the server has stopped.
type stage int

const (
	running  stage = iota
	stopIdle       // connections without a mail in flight end
	stopAll        // all end
)

// mode is what the bytes are that come in next.
type mode int

const (
	modeCommands mode = iota // command lines
	modeBody                 // a mail, read by the session
	modeBodyDone             // go-smtp is still to be told that the mail is over
)

// wire is one connection, between the network and go-smtp. go-smtp takes it for
// a net.Conn. Read gives it one command line at a time, so that each reply has
// been written when the next line is looked for; that keeps both in step.
//
// All methods but stop belong to the goroutine in which go-smtp works on the
// connection.
type wire struct {
	net.Conn // the connection as it was accepted; deadlines are set here

	gate   *gate
	server *Server
	opts   *terms // as they were when it came
	id     uint64
	ip     netip.Addr // the peer; invalid without one
	peer   string     // the peer in logs
	ctx    context.Context
	cancel context.CancelFunc

	stream  io.ReadWriter // Conn, or TLS on top of it
	in      []byte        // read and not yet used
	room    []byte        // where in lies
	pending []byte        // for go-smtp's next Read
	line    []byte        // the command line that go-smtp gets
	out     []byte        // replies not yet sent
	mode    mode
	chunked bool   // the mail comes in BDAT chunks
	chunk   uint64 // octets of the BDAT chunk still to come
	last    bool   // the chunk is the last one
	replay  []byte // the command that ended a mail between two chunks
	dead    bool   // nothing more is read or written

	listened bool          // for words before the greeting
	verb     string        // of the command that go-smtp works on
	esmtp    bool          // the peer said EHLO or LHLO
	greeted  bool          // the peer has said a HELO since the connection or TLS began
	secure   bool          // TLS is on
	user     string        // who has logged in
	who      func() string // asks that again
	open     bool          // the session has a mail that was begun
	mute     bool          // what go-smtp says is swallowed until it reads the next command
	refused  bool          // the command was answered 4xx or 5xx
	excused  bool          // that answer is no fault of the peer's
	failed   bool          // the mail was refused for a temporary failure of our own
	commands int
	errors   int

	mailLimit time.Time // when the mail in flight must be complete

	mu     sync.Mutex // guards the rest
	stage  stage
	inMail bool // a mail is in flight

	closing sync.Once
}

// admit wraps a connection that is within the limits.
func (g *gate) admit(c net.Conn, ip netip.Addr) *wire {
	w := &wire{
		Conn: c, gate: g, server: g.server, opts: g.terms, id: g.server.lastConn.Add(1), ip: ip, peer: peerName(ip),
		stream: c, room: make([]byte, wireBuffer),
	}
	w.ctx, w.cancel = context.WithCancel(g.base)
	g.mu.Lock()
	defer g.mu.Unlock()
	w.stage = g.stage
	g.wires[w] = struct{}{}
	g.open.Add(1)
	return w
}

// Close sends what is still to be sent and closes the connection.
func (w *wire) Close() error {
	err := net.ErrClosed
	w.closing.Do(func() {
		w.flush()
		w.dead = true
		if t, ok := w.stream.(*tls.Conn); ok {
			err = t.Close()
		} else {
			err = w.Conn.Close()
		}
		w.cancel()
		w.opts.Usage.disconnect(w.ip)
		w.server.tally.now.Add(-1)
		w.gate.mu.Lock()
		delete(w.gate.wires, w)
		w.gate.mu.Unlock()
		w.gate.open.Done()
	})
	return err
}

// Read gives go-smtp what it may see: one command line or, when the session has
// read the mail itself, the lone dot at its end.
func (w *wire) Read(p []byte) (int, error) {
	if len(w.pending) == 0 {
		if err := w.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, w.pending)
	w.pending = w.pending[n:]
	return n, nil
}

// next puts into pending what go-smtp reads next.
func (w *wire) next() error {
	switch {
	case w.dead:
		return io.EOF
	case w.mode == modeBody:
		// The session gave up before the end of the mail. Nobody may take the
		// rest of it for commands.
		w.dead = true
		return io.EOF
	case w.mode == modeBodyDone:
		w.mode = modeCommands
		w.pending = loneDot
		return nil
	}
	if !w.listened {
		w.listened = true
		if !w.beginTLS() {
			return io.EOF
		}
		if err := w.listenFirst(); err != nil {
			return err
		}
	}
	line, err := w.nextCommand()
	w.pending = line
	return err
}

// listenFirst holds the greeting back for a while. Mail servers wait for it; who sends
// their commands into the blue does not read the answers.
//
// RFC 5321 §4.3.1: a client should wait for the greeting before it sends.
func (w *wire) listenFirst() error {
	pause := w.opts.GreetPause
	if pause <= 0 || w.opts.isHouse(w.ip) {
		return nil
	}
	w.mu.Lock()
	w.arm(time.Now().Add(pause))
	w.mu.Unlock()
	n, err := w.stream.Read(w.room)
	switch {
	case n > 0:
		w.out = w.out[:0]
		w.die(spokeFirst, refusedEarly, nil)
		return io.EOF
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil // silence; if the server has stopped meanwhile, the next read says so
	}
	w.lost(err)
	return io.EOF
}

// readLine returns the next line with its LF. The line is valid until the next
// fill.
func (w *wire) readLine() ([]byte, error) {
	for looked, armed := 0, false; ; {
		if k := bytes.IndexByte(w.in[looked:], '\n'); k >= 0 && looked+k < maxCommandLine {
			line := w.in[:looked+k+1]
			w.in = w.in[len(line):]
			return line, nil
		}
		looked = len(w.in)
		if looked >= maxCommandLine {
			w.die(longCommand, refusedCommand, nil)
			return nil, io.EOF
		}
		if !armed {
			w.armCommand()
			armed = true
		}
		if err := w.fill(); err != nil {
			return nil, err
		}
	}
}

// fill sends the replies that wait and reads more input behind what is there.
// An error ends the connection, after a last word to the peer if it can hear it.
//
// RFC 2920 §3.2: replies may wait while there is input, and must be sent before
// the server waits for more.
func (w *wire) fill() error {
	if w.dead || !w.flush() {
		return io.EOF
	}
	if w.mode == modeBody && (!w.chunked || w.chunk > 0) {
		w.armMail()
	}
	kept := copy(w.room, w.in)
	n, err := w.stream.Read(w.room[kept:])
	w.in = w.room[:kept+n]
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	w.lost(err)
	return err
}

// lost ends the connection after a read error.
func (w *wire) lost(err error) {
	w.mu.Lock()
	stage, inMail := w.stage, w.inMail
	w.mu.Unlock()
	switch {
	case !errors.Is(err, os.ErrDeadlineExceeded):
		w.dead = true
		if inMail {
			w.note("mail cut off", "error", err)
		}
	case stage == stopAll || stage == stopIdle && !inMail:
		w.say(stopping)
		w.flush()
		w.dead = true
	case inMail:
		w.die(slowMail, refusedTimeout, nil)
	default:
		w.die(slowCommand, refusedTimeout, nil)
	}
}

// armCommand sets the time within which a whole command line must have come in.
func (w *wire) armCommand() {
	var limit time.Time
	if d := w.opts.CommandTimeout; d > 0 {
		limit = time.Now().Add(d)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.inMail { // between two BDAT chunks
		limit = sooner(limit, w.mailLimit)
	}
	w.arm(limit)
}

// armMail sets the time within which the next piece of a mail must come in.
//
// Workaround: go-smtp v0.25.1 sets its read deadline once, when it waits for
// the DATA line, and never renews it inside the mail (TestSlowButSteadyMail).
func (w *wire) armMail() {
	limit := w.mailLimit
	if d := w.opts.CommandTimeout; d > 0 {
		limit = sooner(limit, time.Now().Add(d))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arm(limit)
}

// arm sets the read deadline, unless the server has stopped. w.mu is held.
func (w *wire) arm(limit time.Time) {
	if w.stage == stopAll || w.stage == stopIdle && !w.inMail {
		limit = past
	}
	w.Conn.SetReadDeadline(limit)
}

// stop wakes the connection when it must end at stage to. It is called from
// outside.
func (w *wire) stop(to stage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stage = max(w.stage, to)
	if w.stage == stopAll || !w.inMail {
		w.Conn.SetReadDeadline(past)
	}
	if w.stage == stopAll {
		w.Conn.SetWriteDeadline(time.Now().Add(lastWrite))
	}
}

// armWrite sets the time within which replies must have gone out.
func (w *wire) armWrite() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stage == stopAll {
		w.Conn.SetWriteDeadline(time.Now().Add(lastWrite))
	} else if d := w.opts.CommandTimeout; d > 0 {
		w.Conn.SetWriteDeadline(time.Now().Add(d))
	}
}

// beginMail notes that a mail is in flight; endMail that there is none.
func (w *wire) beginMail() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.inMail {
		return
	}
	w.inMail = true
	w.mailLimit = time.Time{}
	if d := w.opts.MessageTimeout; d > 0 {
		w.mailLimit = time.Now().Add(d)
	}
}

func (w *wire) endMail() {
	w.mu.Lock()
	w.inMail = false
	w.mu.Unlock()
}

// stopped says whether the server has stopped.
func (w *wire) stopped() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stage != running && !w.inMail
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// sooner returns the earlier of two deadlines; a zero one is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// note logs something that the peer did.
func (w *wire) note(text string, args ...any) {
	w.opts.Log.Info(text, append([]any{"conn", w.id, "peer", w.peer}, args...)...)
}
