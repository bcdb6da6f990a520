package imapd

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// front stands between go-imap and a connection. What comes in it sees line by line, and
// literals as such; what goes out it gathers.
type front struct {
	net.Conn
	s         *Server
	br        *bufio.Reader
	encrypted bool

	ended   chan struct{} // closed when go-imap has closed it
	once    sync.Once
	upgrade bool                    // TLS begins; the connection stays open
	account atomic.Pointer[Account] // nil before the login; mu may be held for as long as a client does not read

	// Read's own:
	ready   []byte // to be handed to go-imap
	gone    error  // there is nothing more to read, whoever asks
	literal int64  // so many octets are no command
	midLine bool   // what comes goes on with a command, behind a literal
	length  int    // of the command, without its literals
	tail    []byte // the end of the last line, also of one that is not kept as a whole
	carried int64  // octets of its literals
	appends bool   // the command is APPEND

	mu       sync.Mutex
	out      []byte
	said     said // of what went into out
	failed   error
	timer    *time.Timer
	armed    bool
	swallow  bool   // the greeting, which the client has had
	loggedIn bool   // commands are not looked at for what is good before only
	tag      []byte // of the command that was handed on last
	utf8     bool   // names are written in UTF-8
	caps     bool   // its answer says what we can
	asks     bool   // it is AUTHENTICATE: lines are no commands before its answer
	idles    bool   // it is IDLE: the next line is DONE
	wants    int64  // octets of a literal that the client sends when it is told to
	parted   bool   // there is nothing more to say: BYE was said, or the client has gone
	over     bool   // it was answered before all of it was there: the rest is no command
}

func newFront(s *Server, c net.Conn, encrypted, greeted bool) *front {
	f := &front{Conn: c, s: s, br: bufio.NewReaderSize(c, 4096), encrypted: encrypted, swallow: greeted, ended: make(chan struct{})}
	f.timer = time.AfterFunc(time.Hour, f.late)
	f.timer.Stop()
	return f
}

// Close ends it for go-imap; who served it closes the connection.
func (f *front) Close() error {
	f.once.Do(func() {
		f.mu.Lock()
		if !f.upgrade && !f.parted && !f.said.within { // Workaround: go-imap goes without a word; TestNoLiteralIsRun
			f.out = append(f.out, "* BYE the command cannot be read\r\n"...)
		}
		err := f.flush()
		f.mu.Unlock()
		f.timer.Stop()
		if err != nil && !errors.Is(err, net.ErrClosed) {
			f.s.log.Debug("imap: last words", "err", err)
		}
		if f.upgrade {
			close(f.ended)
			return
		}
		f.Conn.Close()
		close(f.ended)
	})
	return nil
}

// goodbye tells the client why it is over (RFC 9051 §7.1.5), unless an answer is
// being written: within a literal, that would be taken for octets of a mail.
func (f *front) goodbye(why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		return
	}
	f.parted = true
	if !f.said.within {
		f.out = append(append(append(f.out, "* BYE "...), why...), "\r\n"...)
	}
	if err := f.flush(); err == nil {
		f.failed = net.ErrClosed // these were the last words
	}
}

// SetReadDeadline gives who has not logged in more time than go-imap does.
//
// Workaround: go-imap ends a connection after 30 seconds without a login;
// TestPasswordPrompt.
func (f *front) SetReadDeadline(t time.Time) error {
	f.mu.Lock()
	in := f.loggedIn
	f.mu.Unlock()
	if !in && !t.IsZero() {
		t = time.Now().Add(beforeLogin)
	}
	return f.Conn.SetReadDeadline(t)
}

// SetWriteDeadline is go-imap's, which does not know when we write: each write has its own.
func (f *front) SetWriteDeadline(time.Time) error { return nil }

// logsIn says that commands are those of somebody known.
func (f *front) logsIn(a Account) {
	f.account.Store(&a)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loggedIn = true
}

// endedFor says why its account has ended, "" while it has not.
func (f *front) endedFor() string {
	if a := f.account.Load(); a != nil {
		return (*a).Ended()
	}
	return ""
}

// Write gathers answers.
//
// Workaround: go-imap writes each line of an answer by itself; TestGathered.
func (f *front) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		return 0, f.failed
	}
	n := len(b)
	if f.swallow {
		_, rest, whole := bytes.Cut(b, []byte("\n"))
		f.swallow = !whole
		b = rest
	}
	if !f.said.within { // what a mail says is no answer of ours; TestMailIsNoAnswer
		b = f.answer(b)
	}
	for len(b) > 0 { // a large mail, too, is written piece by piece, each in its time
		piece := b[:min(len(b), gatherBytes)]
		b = b[len(piece):]
		f.said.add(piece)
		if f.out = append(f.out, piece...); len(f.out) >= gatherBytes {
			if err := f.flush(); err != nil {
				return 0, err
			}
		}
	}
	if !f.armed && len(f.out) > 0 {
		f.armed = true
		f.timer.Reset(gatherTime)
	}
	return n, nil
}

// answer looks at what go-imap writes at once, which is one answer or a part of one.
//
// Workaround: go-imap says LITERAL- beside LITERAL+, which RFC 7888 §6 forbids;
// TestProtocol/rev2. What it cannot read in a SEARCH it answers as a fault of the server;
// TestProtocol/search. It escapes "&" in names that it writes in UTF-8, as only modified UTF-7
// does; TestProtocol/names.
func (f *front) answer(b []byte) []byte {
	switch {
	case bytes.HasPrefix(b, []byte("* BYE")):
		f.parted = true
	case bytes.HasPrefix(b, []byte("* ENABLED ")):
		f.utf8 = f.utf8 || bytes.Contains(b, []byte("UTF8=ACCEPT")) || bytes.Contains(b, []byte("IMAP4rev2"))
	case f.utf8 && slices.ContainsFunc(namesIn, func(begin string) bool { return bytes.HasPrefix(b, []byte(begin)) }):
		b = bytes.ReplaceAll(b, []byte("&-"), []byte("&"))
	}
	if f.caps && bytes.Contains(b, []byte("LITERAL+")) {
		b = bytes.Replace(b, []byte(" LITERAL-"), nil, 1)
	}
	if bytes.HasPrefix(b, []byte("+ ")) {
		f.literal, f.wants = f.literal+f.wants, 0
		return b
	}
	if len(f.tag) == 0 || !bytes.HasPrefix(b, f.tag) || len(b) == len(f.tag) || b[len(f.tag)] != ' ' {
		return b
	}
	f.over = f.literal > 0
	f.asks, f.idles, f.wants, f.midLine = false, false, 0, false
	if string(b[len(f.tag):]) == " NO [SERVERBUG] Internal server error\r\n" {
		return fmt.Appendf(nil, "%s BAD the command cannot be read\r\n", f.tag)
	}
	return b
}

// namesIn is how answers begin that have names of folders in them.
var namesIn = []string{"* LIST ", "* LSUB ", "* STATUS "}

func (f *front) late() {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.flush() // who writes next is told
	if cap(f.out) > idleBytes {
		f.out = nil
	}
}

// flush writes what was gathered. f.mu is held.
func (f *front) flush() error {
	f.armed = false
	if len(f.out) == 0 || f.failed != nil {
		return f.failed
	}
	if err := f.Conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		f.failed = err
		return err
	}
	if _, err := f.Conn.Write(f.out); err != nil {
		f.failed = err
		f.Conn.Close() // or who reads would wait for a client that is gone
	}
	if cap(f.out) > 2*gatherBytes {
		f.out = nil
	}
	f.out = f.out[:0]
	return f.failed
}

// say puts an answer of our own between those of go-imap.
func (f *front) say(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out = fmt.Appendf(f.out, format, args...)
}

// Read hands go-imap the next octets. After an error there are none: go-imap asks again.
func (f *front) Read(p []byte) (n int, err error) {
	if f.gone == nil {
		if n, f.gone = f.next(p); f.gone != nil {
			f.mu.Lock()
			f.parted = true
			f.mu.Unlock()
		}
	}
	return n, f.gone
}

// next reads octets of a literal, or of one line.
func (f *front) next(p []byte) (int, error) {
	for len(f.ready) == 0 {
		f.mu.Lock()
		err := f.flush()
		literal, over := f.literal, f.over
		f.over = false
		f.mu.Unlock()
		if err != nil {
			return 0, err
		}
		switch {
		case over:
			err = f.rest(literal)
		case literal > 0:
			n, err := f.br.Read(p[:min(int64(len(p)), literal)])
			f.mu.Lock()
			f.literal -= int64(n)
			f.mu.Unlock()
			return n, err
		default:
			err = f.line()
		}
		if err != nil {
			return 0, err
		}
	}
	n := copy(p, f.ready)
	f.ready = f.ready[n:]
	return n, nil
}

// rest reads what is left of a command that was answered: go-imap would take its literal,
// and the line behind it, for commands.
func (f *front) rest(literal int64) error {
	f.mu.Lock()
	f.literal = 0
	f.mu.Unlock()
	if _, err := io.CopyN(io.Discard, f.br, literal); err != nil {
		return err
	}
	b, err := f.read()
	if err != nil {
		return err
	}
	return f.skip(b, true)
}

// read reads a line. A longer one than commands have is read to its end, and its beginning returned
// without the end of a line.
func (f *front) read() ([]byte, error) {
	b, err := f.br.ReadSlice('\n')
	long := bytes.Clone(b)
	for errors.Is(err, bufio.ErrBufferFull) {
		b, err = f.br.ReadSlice('\n')
		if len(long) <= longest {
			long = append(long, b...)
		}
	}
	f.tail = bytes.Clone(b[max(0, len(b)-longestAnnounced):])
	if len(long) > longest {
		long = long[:longest]
	}
	return long, err
}

// errHandedOver ends go-imap's part of a connection that goes on by TLS.
var errHandedOver = fmt.Errorf("the connection goes on by TLS: %w", io.EOF)

// line reads a line and makes it ready, as it is or as go-imap understands it.
func (f *front) line() error {
	b, err := f.read()
	if err != nil {
		return err
	}
	first := !f.midLine
	f.midLine = false
	f.mu.Lock()
	asks, idles := f.asks, f.idles
	f.idles = false
	f.mu.Unlock()
	if f.length += len(b); first {
		f.length, f.carried = len(b), 0
	}
	switch {
	case f.length >= longest:
		return f.tooLongCommand(b, first && !asks)
	case idles:
		// Workaround: go-imap knows DONE in capitals only, and goes on while its IDLE still
		// does when something else comes; TestProtocol/idle.
		f.ready = []byte("DONE\r\n")
		if !strings.EqualFold(string(bytes.TrimRight(b, "\r\n")), "DONE") {
			f.say("* BAD only DONE ends IDLE\r\n")
			return f.skip(b, true)
		}
		return nil
	case !first && !asks && openQuote(b): // what was handed on of the command cannot be taken back
		f.say("* BYE a quote is not closed\r\n")
		return io.EOF
	case !first || asks:
		f.ready = b
	default:
		if done, err := f.instead(b); done || err != nil {
			return err
		}
		f.ready = asUTF7(b)
		f.command(b)
	}
	return f.follows(b)
}

// tooLongCommand refuses a line that makes a command too long; alone says that it is all of it.
//
// Workaround: go-imap takes what is behind the 50th KiB of a command for the next one;
// TestLongCommands.
func (f *front) tooLongCommand(b []byte, alone bool) error {
	if n, _ := literalOf(f.tail); n >= 0 || !alone { // a literal behind it would be taken for commands
		f.say("* BYE the command is too long\r\n")
		return io.EOF
	}
	if word := bytes.Fields(b[:200]); len(word) > 1 {
		f.say("%s BAD the command is too long\r\n", printable(word[0]))
	}
	return nil
}

// command notes what a line begins.
func (f *front) command(b []byte) {
	word := bytes.Fields(b[:min(len(b), 200)])
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tag, f.wants, f.appends, f.caps = nil, 0, false, false
	if len(word) > 1 {
		f.appends = bytes.EqualFold(word[1], []byte("APPEND"))
		f.tag = bytes.Clone(word[0])
		f.caps = slices.ContainsFunc([]string{"CAPABILITY", "LOGIN", "AUTHENTICATE"}, func(c string) bool { return strings.EqualFold(c, string(word[1])) })
		f.asks = bytes.EqualFold(word[1], []byte("AUTHENTICATE"))
		f.idles = f.loggedIn && bytes.EqualFold(word[1], []byte("IDLE"))
	}
}

// instead does what is not for go-imap; done says that there is nothing left of the line.
//
// Workaround: go-imap closes a connection at an empty line, at one without a command, and
// at a command that it does not know before the login, as ID is; TestProtocol/lines.
func (f *front) instead(b []byte) (done bool, err error) {
	word := bytes.Fields(b[:min(len(b), 200)])
	f.mu.Lock()
	in := f.loggedIn
	f.mu.Unlock()
	switch {
	case len(word) == 0:
		return true, nil
	case bytes.ContainsRune(word[0], '+'): // RFC 9051 §9: a tag has none, for "+" is what the server says
		f.say("* BAD a tag has no +\r\n")
		return true, f.skip(b, true)
	case len(word) == 1:
		f.say("%s BAD a command is missing\r\n", printable(word[0]))
		return true, f.skip(b, true)
	case in && !begins(b):
		f.say("%s BAD this is no command\r\n", printable(word[0]))
		return true, f.skip(b, true)
	case openQuote(b):
		f.say("%s BAD a quote is not closed\r\n", printable(word[0]))
		return true, f.skip(b, true)
	case bytes.EqualFold(word[1], []byte("ID")) && !in:
		if err := f.skip(b, false); err != nil {
			return true, err
		}
		f.ready = fmt.Appendf(nil, "%s NOOP\r\n", word[0])
		f.command(f.ready)
		return true, nil
	case bytes.EqualFold(word[1], []byte("STARTTLS")) && len(word) == 2 && !f.encrypted && !in && f.s.hasTLS():
		if f.br.Buffered() > 0 { // RFC 9051 §11.1: what was sent in the clear is not taken for what comes by TLS
			f.say("%s BAD commands behind STARTTLS\r\n* BYE\r\n", printable(word[0]))
			return true, io.EOF
		}
		f.say("%s OK begin TLS now\r\n", printable(word[0]))
		f.upgrade = true
		return true, errHandedOver
	}
	return false, nil
}

// skip reads what belongs to a command: its literals and the lines behind them. When it
// was answered, those that wait to be asked for do not come.
func (f *front) skip(b []byte, answered bool) error {
	for {
		n, now := literalOf(b)
		if n < 0 || answered && !now {
			return nil
		}
		if n > freeLiteral {
			return f.tooLong(b, n)
		}
		if !now {
			f.say("+ go on\r\n")
			f.mu.Lock()
			err := f.flush()
			f.mu.Unlock()
			if err != nil {
				return err
			}
		}
		if _, err := f.br.Discard(int(n)); err != nil {
			return err
		}
		var err error
		if b, err = f.read(); err != nil {
			return err
		}
	}
}

// begun is how a command begins: atoms (RFC 9051 §9), with one space between them.
var begun = regexp.MustCompile(`^` + atom + ` (` + atom + `)(?: (` + atom + `))?[ \r\n]`)

const atom = `[^\x00-\x1f\x7f (){%*"\\\]]+`

// begins reports whether a line begins with a tag and a command.
func begins(b []byte) bool {
	m := begun.FindSubmatch(b)
	return m != nil && (len(m[2]) > 0 || !bytes.EqualFold(m[1], []byte("UID")))
}

// openQuote reports whether a quoted string does not end on its line (RFC 9051 §4.3).
//
// Workaround: go-imap v2.0.0-beta.8 reads on for the other quote, and takes the commands
// behind for text; TestProtocol/quotes.
func openQuote(b []byte) bool {
	open := false
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '"':
			open = !open
		case open && b[i] == '\\':
			i++
		}
	}
	return open
}

// follows looks for a literal behind a line.
//
// Workaround: a literal that go-imap refuses, and the client sends all the same, it would
// take for commands; TestRefusedLiterals.
func (f *front) follows(b []byte) error {
	n, now := literalOf(b)
	if n < 0 {
		return nil
	}
	f.mu.Lock()
	limit := int64(freeLiteral)
	if f.carried += n; f.appends {
		limit = int64(f.s.o.MaxAppend)
	} else if !f.loggedIn && f.carried > 2*freeLiteral || f.carried > mostCarried { // Workaround: go-imap keeps them all, whoever asks; TestManyLiterals
		limit = -1
	}
	f.midLine = true // what comes behind it belongs to the same command
	if !now {        // go-imap says whether it comes
		f.wants = n
	} else if n <= limit {
		f.literal = n
	}
	f.mu.Unlock()
	if now && n > limit || limit < 0 {
		return f.tooLong(b, n)
	}
	return nil
}

// tooLong ends a connection on which octets come that nobody can take.
func (f *front) tooLong(b []byte, n int64) error {
	f.ready = nil
	if word := bytes.Fields(b[:min(len(b), 200)]); len(word) > 1 {
		f.say("%s NO [TOOBIG] %d octets are too many\r\n", printable(word[0]), n)
	}
	f.say("* BYE %d octets are too many here\r\n", n)
	f.mu.Lock()
	err := f.flush()
	f.mu.Unlock()
	if err != nil {
		return err
	}
	// What is on its way is taken off the wire, or the client would never read why.
	if err := f.Conn.SetReadDeadline(time.Now().Add(drainTime)); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, f.br, min(n, drainBytes)); err != nil {
		return io.EOF
	}
	return io.EOF
}

// bye ends a connection that cannot go on, with a sentence.
func (f *front) bye(text string) {
	f.say("* BYE %s\r\n", text)
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.flush() // it ends anyway
	f.Conn.Close()
}

// printable is a client's tag as we may say it again.
func printable(tag []byte) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '?'
		}
		return r
	}, string(tag))
}

// hasTLS reports whether there is a certificate.
func (s *Server) hasTLS() bool { return s.o.TLS != nil && s.o.TLS() != nil }

// ConnectionState is that of TLS; nil without.
func (f *front) ConnectionState() *tls.ConnectionState {
	if t, ok := f.Conn.(*tls.Conn); ok {
		s := t.ConnectionState()
		return &s
	}
	return nil
}
