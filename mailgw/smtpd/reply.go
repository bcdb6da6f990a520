package smtpd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-smtp"
)

// ReplyError is an error with the reply that the peer gets. It is made where
// the decision is taken.
type ReplyError struct {
	Code     int    // the reply's code, 400 to 599; anything else is answered as 451
	Enhanced [3]int // RFC 3463 §2; zero, or of another class than Code = x.0.0
	Text     string // what the peer reads: constant, one line; never an inner error's text
	Cause    error  // for the log; may be nil
	Peer     bool   // it is the peer's fault: logged at info, not as an error
}

// Error returns the reply and, behind it, the cause.
func (e *ReplyError) Error() string {
	s := fmt.Sprintf("%d %d.%d.%d %s", e.Code, e.Enhanced[0], e.Enhanced[1], e.Enhanced[2], e.Text)
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause, which may be nil.
func (e *ReplyError) Unwrap() error { return e.Cause }

// line returns the reply as it is sent.
func (e *ReplyError) line() []byte {
	return fmt.Appendf(nil, "%d %d.%d.%d %s\r\n", e.Code, e.Enhanced[0], e.Enhanced[1], e.Enhanced[2], e.Text)
}

// peerError returns the ReplyError of something that the peer did wrong.
func peerError(code int, a, b, c int, text string) *ReplyError {
	return &ReplyError{Code: code, Enhanced: [3]int{a, b, c}, Text: text, Peer: true}
}

// asReply finds the reply in err, mended so that it can be sent. For an error
// without one it is a 451: the sender keeps the mail.
//
// Workaround: go-smtp v0.25.1 looks for *smtp.SMTPError by type assertion only,
// sends the text of any other error to the peer, and answers it 554 when it
// comes out of Data (TestHandlerErrors).
func asReply(err error) *ReplyError {
	var r *ReplyError
	if !errors.As(err, &r) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return &ReplyError{Code: 451, Enhanced: [3]int{4, 3, 2}, Text: "the service is busy or stopping, try again later", Cause: err}
		}
		return &ReplyError{Code: 451, Enhanced: [3]int{4, 3, 0}, Text: "the mail could not be taken now, try again later", Cause: err}
	}
	fixed := *r
	if fixed.Code < 400 || fixed.Code > 599 {
		fixed.Code = 451
	}
	if class := fixed.Code / 100; fixed.Enhanced[0] != class {
		fixed.Enhanced = [3]int{class, 0, 0}
	}
	fixed.Text = oneLine(fixed.Text)
	fixed.Cause = err
	return &fixed
}

// oneLine makes s fit for a reply: printable ASCII, not empty, not too long.
//
// RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets.
func oneLine(s string) string {
	const longest = 400
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s))
	if s == "" {
		return "refused"
	}
	return s[:min(len(s), longest)]
}

// engineError is the reply in the one form that go-smtp passes on as it is.
func (e *ReplyError) engineError() *smtp.SMTPError {
	return &smtp.SMTPError{Code: e.Code, EnhancedCode: smtp.EnhancedCode(e.Enhanced), Message: e.Text}
}
