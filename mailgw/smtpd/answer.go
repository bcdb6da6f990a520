package smtpd

import "bytes"

// The replies that the wire gives by itself.
var (
	tooManyConnections = peerError(421, 4, 7, 0, "too many connections, try again later")
	spokeFirst         = peerError(554, 5, 5, 1, "wait for the greeting before you speak")
	tooManyCommands    = peerError(421, 4, 7, 0, "too many commands in one connection")
	tooManyErrors      = peerError(421, 4, 7, 0, "too many errors in one connection")
	slowCommand        = peerError(421, 4, 4, 2, "no command came in time")
	slowMail           = peerError(421, 4, 4, 2, "the mail did not come in time")
	stopping           = peerError(421, 4, 3, 2, "the service is stopping, try again later")
)

// maxHeldReplies is how many bytes of replies wait for the next read.
const maxHeldReplies = 4 << 10

// Write takes one line of a reply from go-smtp. It is sent when more input is
// needed.
func (w *wire) Write(p []byte) (int, error) {
	if w.dead {
		return len(p), nil
	}
	switch {
	case w.mute:
		return len(p), nil
	case p[0] == '4' || p[0] == '5':
		w.refused = true
		w.excused = w.excused || w.harmless(p)
	case p[0] == '3':
		w.beginMail()
		w.mode = modeBody
		if w.chunked { // the chunk is here already
			return len(p), nil
		}
	}
	w.out = w.translate(w.out, p)
	if len(w.out) >= maxHeldReplies {
		w.flush()
	}
	return len(p), nil
}

// translate appends a line of go-smtp's reply in our words.
func (w *wire) translate(out, line []byte) []byte {
	switch w.verb {
	case "EHLO", "LHLO", "HELO":
		if bytes.HasPrefix(line, replyHello) || bytes.HasPrefix(line, replyHelloMore) {
			return w.translateHello(out, line)
		}
	case "MAIL":
		if line[0] == '2' {
			return append(out, "250 2.1.0 sender ok\r\n"...)
		}
	case "RCPT":
		if line[0] == '2' {
			return append(out, "250 2.1.5 recipient ok\r\n"...)
		}
	}
	// RFC 5321 §4.1.4: commands out of order are answered 503.
	// Workaround: go-smtp v0.25.1 answers them 502 (testdata/order.txt).
	if bytes.HasPrefix(line, replyOrder) && transactionVerb(w.verb) {
		return append(out, outOfOrder.line()...)
	}
	// RFC 5321 §4.1.1.11: unknown parameters are answered 555.
	// Workaround: go-smtp v0.25.1 answers them 500 or 504 (testdata/syntax.txt).
	if bytes.HasPrefix(line, replyParameter) || bytes.HasPrefix(line, replyExtension) {
		return append(out, "555 5.5.4 the parameter is not known or not offered\r\n"...)
	}
	// LMTP names the recipient of each reply.
	if i := bytes.Index(line, bareMark); i >= 0 {
		out = append(out, line[:i]...)
		return append(out, line[i+len(bareMark):]...)
	}
	return append(out, line...)
}

var (
	replyHello      = []byte("250 2.0.0 Hello ")
	replyHelloMore  = []byte("250-Hello ")
	replyOrder      = []byte("502 5.5.1 ")
	replySequence   = []byte("503 5.5.1 ")
	replyParameter  = []byte("500 5.5.4 ")
	replyExtension  = []byte("504 5.5.4 ")
	replyRecipients = []byte("452 4.5.3 ")
	bareMark        = []byte("@" + bareDomain)
)

// translateHello appends the first line of the reply to HELO or EHLO, and
// STARTTLS when it is offered.
//
// RFC 5321 §4.1.1.1: the line begins with the server's name.
// Workaround: go-smtp v0.25.1 says the peer's instead (testdata/hello.txt).
func (w *wire) translateHello(out, line []byte) []byte {
	w.greeted = true
	w.esmtp = line[3] == '-'
	out = append(out, line[:4]...)
	out = append(out, w.opts.Hostname...)
	out = append(out, "\r\n"...)
	if w.esmtp && !w.secure && w.opts.Certificates.Leaf() != nil {
		out = append(out, "250-STARTTLS\r\n"...)
	}
	if w.esmtp {
		out = w.offerAuth(out)
	}
	return out
}

// transactionVerb says whether go-smtp's 502 to verb means "not now".
func transactionVerb(verb string) bool {
	return verb == "MAIL" || verb == "RCPT" || verb == "DATA" || verb == "BDAT"
}

// say appends a reply of our own.
func (w *wire) say(r *ReplyError) {
	if !w.dead {
		w.out = append(w.out, r.line()...)
		w.refused = w.refused || r.Code >= 400
		w.excuse(r)
	}
}

// excuse notes that a reply is no fault of the peer's, when it is none: a good
// sender is not to lose its connection for a failure of ours.
func (w *wire) excuse(r *ReplyError) {
	if !r.Peer && 400 <= r.Code && r.Code < 500 {
		w.excused, w.failed = true, true
	}
}

// harmless says whether a refusal of go-smtp's is no fault of the peer's: a
// recipient too many, and what was sent already behind a command that failed here.
//
// RFC 5321 §4.5.3.1.10: a peer that is told 452 sends to the recipients that were
// taken, and to the others later. RFC 2920 §3.1: RCPT and DATA may come without
// waiting for the reply to MAIL.
func (w *wire) harmless(line []byte) bool {
	if bytes.HasPrefix(line, replyRecipients) {
		return true
	}
	return w.failed && w.verb != "MAIL" && transactionVerb(w.verb) && (bytes.HasPrefix(line, replyOrder) || bytes.HasPrefix(line, replySequence))
}

// die says a last reply, after which nothing is read any more.
func (w *wire) die(r *ReplyError, why reason, cause error) {
	if w.dead {
		return
	}
	w.say(r)
	w.flush()
	w.dead = true
	w.server.tally.refuse(why)
	args := []any{"reason", why.String(), "reply", r.Text}
	if cause != nil {
		args = append(args, "error", cause)
	}
	w.note("connection ended", args...)
}

// flush sends the replies that wait, and says whether the connection lives.
func (w *wire) flush() bool {
	if w.dead || len(w.out) == 0 {
		return !w.dead
	}
	w.armWrite()
	_, err := w.stream.Write(w.out)
	w.out = w.out[:0]
	w.dead = w.dead || err != nil
	return !w.dead
}
