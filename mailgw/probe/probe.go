// Package probe writes mail to a gateway from outside, as its customers do, and
// measures what comes back. [Load] offers many mails over many connections and
// checks every reply.
//
// It is a client that knows nothing of the gateway's inside: it works on any SMTP
// or LMTP server. It reads no mail, keeps nothing but the record that its caller
// hands it, and never gives up on a server that answers.
//
// One goroutine works each connection; Load returns when all have ended. Failure
// policy: a mail that is not accepted is counted with the server's words and the
// next one is sent; with Options.Retry a mail is offered until it is accepted or
// refused for good. Only what makes the whole run worthless is an error of Load.
package probe

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Options says what Load sends, and how. The zero value of a field is its
// default where one is named; the others must be set.
type Options struct {
	Addr          string        // host:port of the server; there is no default
	LMTP          bool          // speak LMTP (RFC 2033 §4) instead of SMTP
	StartTLS      bool          // encrypt; the certificate is not checked, since a server under test signs its own
	Pipeline      bool          // MAIL, RCPT and DATA in one write (RFC 2920 §3.1)
	Connections   int           // at the same time; 0 = 1
	PerConnection int           // mails of one connection, then another is made; 0 = no limit
	Timeout       time.Duration // longest wait for one reply; 0 = 2 minutes
	Retry         bool          // offer a mail again after a broken connection or a 4xx, with pauses, until its 250

	Messages int     // how many mails to send
	Rate     float64 // mails offered per second by all connections; 0 = as fast as they are taken
	To       string  // recipient
	From     string  // sender, in the envelope and the header; %d becomes the number of the sender
	Senders  int     // how many senders take turns; 0 = 1
	Size     int     // bytes of a mail with its header; shorter than its header it cannot be
	Attach   bool    // most of a mail is an attached picture
	Thread   int     // how many of 100 mails reply to an earlier one of this run, from the same sender
	Run      string  // tag of this run in subjects and Message-IDs, RUN.N.load@the sender's domain; letters, digits, - and _
	Corpus   string  // folder: its .eml files are sent instead, as they are, again and again

	Record   io.Writer             // gets "message-id accepted-id\n" in one Write for every 250, before the mail counts as accepted; nil = nothing
	Progress func(accepted, n int) // called now and then with the mails accepted and finished so far; nil = nobody

	// Dial connects; nil = the network's.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// OptionError is returned by Load for options that make no sense together.
type OptionError struct {
	Option string // which one, as the command line names it
	Text   string // what is wrong and what to write instead
}

func (e *OptionError) Error() string { return e.Option + " " + e.Text }

// complete fills in defaults and refuses what makes no sense.
func (o *Options) complete() error {
	refuse := func(option, format string, args ...any) error {
		return &OptionError{option, fmt.Sprintf(format, args...)}
	}
	o.Connections, o.Senders = max(o.Connections, 1), max(o.Senders, 1)
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Minute
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: o.Timeout}).DialContext
	}
	_, _, err := net.SplitHostPort(o.Addr)
	switch {
	case err != nil && o.Addr != "":
		return refuse("addr", "is not host:port (got %q); write 127.0.0.1:2525", o.Addr)
	case o.Messages < 0:
		return refuse("messages", "must not be negative (got %d)", o.Messages)
	case o.Rate < 0:
		return refuse("rate", "must not be negative (got %g); write 0 for no limit", o.Rate)
	case o.Thread < 0 || o.Thread > 100:
		return refuse("thread", "is a percentage from 0 to 100 (got %d)", o.Thread)
	case o.Size < 0 || o.Size > maxSize:
		return refuse("size", "must be from 0 to %d bytes (got %d)", maxSize, o.Size)
	case !isMailbox(o.To):
		return refuse("to", "is not an address (got %q); write support@example.com", o.To)
	case !isMailbox(o.From):
		return refuse("from", "is not an address (got %q); write customer%%d@example.net", o.From)
	case strings.ContainsFunc(o.Run, notInTag):
		return refuse("run", "may have letters, digits, - and _ (got %q)", o.Run)
	case o.Addr == "":
		return refuse("addr", "is missing; there is no default")
	}
	return nil
}

// maxSize bounds a made mail.
const maxSize = 1 << 30

// isMailbox is careful only where a wrong address would break the dialogue.
func isMailbox(addr string) bool {
	local, domain, ok := strings.Cut(addr, "@")
	return ok && local != "" && domain != "" && !strings.ContainsFunc(addr, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' })
}

func notInTag(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
