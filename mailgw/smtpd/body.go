package smtpd

import (
	"errors"
	"slices"
)

const (
	firstBody   = 8 << 10  // room for a mail that has not said its size
	trustedSize = 64 << 10 // the most room that a mail gets for having said its size
	traceRoom   = 1 << 10  // for our lines, and for the end of the mail
)

// Verdicts on a mail that was read to its end.
var (
	bareNewline = peerError(554, 5, 6, 0, "the mail has a bare CR or LF, lines must end in CRLF")
	tooManyHops = peerError(554, 5, 4, 6, "too many Received lines, this looks like a mail loop")
)

// errCutOff is returned when the connection ended inside a mail.
var errCutOff = errors.New("the mail was cut off")

// intake collects one mail.
type intake struct {
	scanner
	raw     []byte // our lines, then the mail
	body    int    // where the mail begins
	limit   int64  // of the mail's octets; 0 = none
	size    int64  // that the peer has announced; 0 = not
	tooBig  bool
	discard []byte // what need not be kept is written here
}

// newIntake makes room for a mail of the announced size, 0 if it is not known.
func newIntake(size int64, o *Options) *intake {
	n := &intake{limit: o.MaxMessageBytes, size: size}
	n.fix = o.BareNewline == "fix"
	room := int64(firstBody)
	if size > 0 {
		room = min(size, trustedSize)
	}
	n.raw = make([]byte, 0, room+traceRoom)
	return n
}

// take reads a piece and returns how much of it was used.
func (n *intake) take(p []byte) int {
	if n.tooBig || n.bare && !n.fix {
		// The mail is refused: only its end matters.
		n.raw = n.raw[:n.body]
		var used int
		n.discard, used = n.feed(n.discard[:0], p)
		return used
	}
	need := len(n.raw) + len(p) + len(crlf)
	if n.fix {
		need += len(p)
	}
	if need > cap(n.raw) {
		n.grow(need)
	}
	var used int
	n.raw, used = n.feed(n.raw, p)
	n.tooBig = n.tooBig || n.limit > 0 && int64(len(n.raw)-n.body) > n.limit
	return used
}

// grow makes room for need octets: twice what there was, or what the peer has
// announced once an eighth of it is there.
func (n *intake) grow(need int) {
	room := max(need, 2*cap(n.raw))
	if told := n.size + traceRoom; told >= int64(need) && told <= 8*int64(cap(n.raw)) {
		room = int(told)
	}
	n.raw = slices.Grow(n.raw, room-len(n.raw))
}

// verdict says whether the mail can be taken as it came in.
func (n *intake) verdict() (*ReplyError, reason) {
	switch {
	case n.tooBig:
		return tooLarge, refusedSize
	case n.bare && !n.fix:
		return bareNewline, refusedNewline
	}
	return nil, 0
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
