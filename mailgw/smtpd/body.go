package smtpd

import "errors"

const (
	firstBody   = 8 << 10  // room for a mail that has not said its size
	trustedSize = 64 << 10 // the most room that a mail gets for having said its size
	traceRoom   = 1 << 10  // for our lines, and for the end of the mail
	mailMargin  = 32 << 10 // more than our lines and the last pieces of a mail, with CRLF for each bare LF, can have
)

// Verdicts on a mail that was read to its end.
var (
	bareNewline = peerError(554, 5, 6, 0, "the mail has a bare CR or LF, lines must end in CRLF")
	tooManyHops = peerError(554, 5, 4, 6, "too many Received lines, this looks like a mail loop")
	noRoom      = &ReplyError{Code: 452, Enhanced: [3]int{4, 3, 1}, Text: "too much mail is coming in at this moment; please try again later"}
)

// errCutOff is returned when the connection ended inside a mail.
var errCutOff = errors.New("the mail was cut off")

// intake collects one mail.
type intake struct {
	scanner
	raw     []byte // our lines, then the mail; nil when it is refused
	body    int    // where the mail begins
	opts    *Options
	size    int64 // that the peer has announced; 0 = not
	held    int64 // counted in opts.Usage
	tooBig  bool
	noRoom  bool   // opts.MaxBufferedBytes were in use
	discard []byte // what need not be kept is written here
}

// newIntake makes room for a mail of the announced size, 0 if it is not known.
// Whoever made the intake must drop it in the end.
func newIntake(size int64, o *Options) *intake {
	n := &intake{opts: o, size: size}
	n.fix = o.BareNewline == "fix"
	room := int64(firstBody)
	if size > 0 {
		room = min(size, trustedSize)
	}
	n.resize(int(room + traceRoom))
	return n
}

// take reads a piece and returns how much of it was used.
func (n *intake) take(p []byte) (used int) {
	if n.refused() || !n.makeRoom(len(p)) {
		// Only the mail's end matters.
		n.drop()
		n.discard, used = n.feed(n.discard[:0], p)
		return used
	}
	n.raw, used = n.feed(n.raw, p)
	limit := n.opts.MaxMessageBytes
	n.tooBig = limit > 0 && int64(len(n.raw)-n.body) > limit
	if n.refused() {
		n.drop() // at once: the peer may be slow with the rest
	}
	return used
}

// makeRoom makes sure that a piece of so many octets has room, and says whether
// it has.
func (n *intake) makeRoom(piece int) bool {
	need := len(n.raw) + piece + len(crlf)
	if n.fix {
		need += piece
	}
	return need <= cap(n.raw) || n.grow(need)
}

// grow makes room for need octets: twice what there was, or what the peer has
// announced once an eighth of it is there. A mail gets no more room than the
// largest one needs.
func (n *intake) grow(need int) bool {
	room := 2 * cap(n.raw)
	if limit := n.opts.MaxMessageBytes; limit > 0 {
		room = int(min(int64(room), limit+mailMargin))
	}
	if told := n.size + traceRoom; told >= int64(need) && told <= 8*int64(cap(n.raw)) {
		room = int(told)
	}
	return n.resize(max(need, room))
}

// resize moves the mail to a buffer of room octets, unless there is no room for
// it, which it notes.
func (n *intake) resize(room int) bool {
	more := int64(room) - n.held
	if !n.opts.Usage.reserve(more, n.opts.MaxBufferedBytes) {
		n.noRoom = true
		return false
	}
	n.held += more
	raw := make([]byte, room)
	copy(raw, n.raw)
	n.raw = raw[:len(n.raw)]
	return true
}

// drop lets go of the mail and gives its room back.
func (n *intake) drop() {
	n.opts.Usage.release(n.held)
	n.raw, n.body, n.held = nil, 0, 0
}

// refused says whether the mail cannot be taken, whatever still comes.
func (n *intake) refused() bool { return n.tooBig || n.noRoom || n.bare && !n.fix }

// verdict says whether the mail can be taken as it came in. What is wrong with
// it for good comes before what may be right the next time.
func (n *intake) verdict() (*ReplyError, reason) {
	switch {
	case n.tooBig:
		return tooLarge, refusedSize
	case n.bare && !n.fix:
		return bareNewline, refusedNewline
	case n.noRoom:
		return noRoom, refusedBuffer
	}
	return nil, 0
}

// hasRoom says whether a mail of an announced size would have room now.
func (t *terms) hasRoom(size int64) bool {
	limit := t.MaxBufferedBytes
	return limit <= 0 || size <= limit-t.Usage.buffered()
}

// readBody reads a mail to its end. After an error other than errReset the
// connection is dead.
//
// Workaround: go-smtp v0.25.1 goes on with the next line as a command after a
// read error within a mail, counts one octet too many, and ends the connection
// at a line of more than 2,000 octets. Here it sees none of the mail
// (TestDeadlineInMail, TestDialogues, TestLongLine).
func (w *wire) readBody(n *intake) error {
	if w.mode != modeBody {
		return errCutOff
	}
	if w.chunked {
		return w.readChunks(n)
	}
	n.dots = true
	for n.state != atEnd {
		if len(w.in) == 0 {
			if err := w.fill(); err != nil {
				return errors.Join(errCutOff, err)
			}
		}
		w.in = w.in[n.take(w.in):]
	}
	w.mode = modeBodyDone
	return nil
}
