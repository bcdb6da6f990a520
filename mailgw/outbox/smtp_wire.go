package outbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// maxReplyBytes is how much a server may say to one command.
const maxReplyBytes = 64 << 10

// errTalkative is returned when a server says more than that.
var errTalkative = errors.New("the reply has no end")

// wire is a connection whose deadlines and limits are ours.
//
// Workaround: go-smtp v0.25.1 clears the deadline while a body is written, and
// collects replies of any number of lines (TestRelayFaults: "DATA stops reading",
// "MAIL endless"). Its own deadlines do nothing here; begin sets them.
type wire struct {
	net.Conn
	left int // bytes that the server may still say
}

// begin gives what comes next, one command and its reply, its time.
func (w *wire) begin(d time.Duration) {
	w.left = maxReplyBytes
	_ = w.Conn.SetDeadline(time.Now().Add(d)) // a closed connection shows at the next read
}

// Read reads within the limit of begin.
func (w *wire) Read(b []byte) (int, error) {
	if w.left <= 0 {
		return 0, errTalkative
	}
	n, err := w.Conn.Read(b[:min(len(b), w.left)])
	w.left -= n
	return n, err
}

// SetDeadline does nothing: begin does.
func (w *wire) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing: begin does.
func (w *wire) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: begin does.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// until lets the end of ctx close the connection. The function that it returns
// ends that, and reports whether the connection is still open.
func (w *wire) until(ctx context.Context) func() bool {
	return context.AfterFunc(ctx, w.shut)
}

// shut closes the connection without a word.
func (w *wire) shut() {
	_ = w.Conn.Close() // nothing can be done about it, and nothing depends on it
}

// greeted is a connection whose greeting was read already.
type greeted struct {
	net.Conn
	greeting *strings.Reader
}

// Read gives a greeting, and then what the connection says.
func (g *greeted) Read(b []byte) (int, error) {
	if g.greeting.Len() > 0 {
		return g.greeting.Read(b)
	}
	return g.Conn.Read(b)
}

// words says what went wrong: the server's reply with its codes, or in our words.
func words(err error) (reply string, code int, enhanced [3]int) {
	var refused *smtp.SMTPError
	var network *net.OpError
	switch {
	case errors.As(err, &refused):
		reply = fmt.Sprintf("%d ", refused.Code)
		if refused.EnhancedCode != (smtp.EnhancedCode{}) {
			reply += fmt.Sprintf("%d.%d.%d ", refused.EnhancedCode[0], refused.EnhancedCode[1], refused.EnhancedCode[2])
		}
		prefix, _, found := strings.Cut(err.Error(), refused.Error())
		if found {
			reply = prefix + reply
		}
		return oneLine(reply + refused.Message), refused.Code, refused.EnhancedCode
	case errors.Is(err, os.ErrDeadlineExceeded):
		reply = "no answer in time"
	case errors.As(err, &network):
		reply = network.Err.Error()
	default:
		return oneLine(err.Error()), 0, enhanced
	}
	if at, _, ok := strings.Cut(err.Error(), ": "); ok && !strings.Contains(at+" ", " tcp ") {
		reply = at + ": " + reply
	}
	return oneLine(reply), 0, enhanced
}
