package smtpd

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// errReset is returned when the peer has given up a mail between two chunks.
var errReset = errors.New("the mail was given up")

// beginChunk reads the parameters of BDAT, and says whether they are right.
// go-smtp gets a DATA command in its place, and the session reads the chunks.
//
// RFC 3030 §2: the chunk follows its command at once, also when that is
// refused.
// Workaround: go-smtp v0.25.1 refuses some BDAT lines without reading their
// chunk, which it then takes for commands; after such a line the connection
// ends here (testdata/bdat-syntax.txt). It takes a last chunk that is cut off
// for whole (TestCutOff). It gives each mail a goroutine; one that RSET has
// ended may answer for the next mail (TestChunksReset). So it sees no BDAT.
func (w *wire) beginChunk(rest []byte) bool {
	f := bytes.Fields(rest)
	if len(f) == 0 || len(f) > 2 || len(f) == 2 && !strings.EqualFold(string(f[1]), "LAST") {
		return false
	}
	size, err := strconv.ParseUint(string(f[0]), 10, 32)
	if err != nil {
		return false
	}
	w.chunked, w.chunk, w.last = true, size, len(f) == 2
	return true
}

// skipChunk reads past the chunk of a BDAT command that was refused.
func (w *wire) skipChunk() error {
	w.beginMail()
	defer w.endMail()
	w.mode = modeBody
	for w.chunk > 0 {
		if _, err := w.piece(); err != nil {
			return err
		}
	}
	w.mode, w.chunked = modeCommands, false
	return nil
}

// piece returns what is there of the chunk, at least one octet.
func (w *wire) piece() ([]byte, error) {
	if len(w.in) == 0 {
		if err := w.fill(); err != nil {
			return nil, errors.Join(errCutOff, err)
		}
	}
	p := w.in[:min(w.chunk, uint64(len(w.in)))]
	w.in = w.in[len(p):]
	w.chunk -= uint64(len(p))
	return p, nil
}

// readChunks reads a mail to the end of its last chunk.
func (w *wire) readChunks(n *intake) error {
	for {
		for w.chunk > 0 {
			p, err := w.piece()
			if err != nil {
				return err
			}
			n.take(p)
		}
		switch {
		case w.last:
			n.raw = n.finish(n.raw)
			w.chunked, w.mode = false, modeBodyDone
			return nil
		case n.tooBig || n.noRoom:
			refusal, why := n.verdict()
			w.server.tally.refuse(why)
			w.say(refusal)
			w.note("mail refused between its chunks", "reason", why.String())
			return w.giveUp(nil)
		}
		w.say(nextChunk)
		line, err := w.betweenChunks()
		if err != nil {
			return errors.Join(errCutOff, err)
		}
		if line != nil {
			return w.giveUp(line)
		}
	}
}

// betweenChunks waits for the next BDAT. It returns a command that ends the
// mail instead.
func (w *wire) betweenChunks() ([]byte, error) {
	for {
		line, err := w.command()
		if err != nil {
			return nil, err
		}
		switch w.verb {
		case "BDAT":
			return nil, nil
		case "RSET", "QUIT", "EHLO", "HELO", "LHLO":
			return line, nil
		case "NOOP":
			w.say(noop)
		default:
			w.server.tally.refuse(refusedCommand)
			w.say(outOfOrder)
		}
	}
}

// giveUp ends a mail that is not complete; go-smtp works on line next.
func (w *wire) giveUp(line []byte) error {
	w.chunked, w.mode = false, modeBodyDone
	w.mute, w.replay = true, line
	return errReset
}
