package smtpd

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// bareDomain stands behind a recipient that was given without a domain, on its
// way through go-smtp. RFC 2606 §2: nobody has mail there.
const bareDomain = "bare.invalid"

// Replies to commands that go-smtp does not get to see.
var (
	badControl  = peerError(501, 5, 5, 2, "control characters in a command")
	longCommand = peerError(500, 5, 5, 2, "the command line is too long")
	unknownVerb = peerError(500, 5, 5, 1, "command not recognized")
	badChunk    = peerError(501, 5, 5, 4, "BDAT needs a size, and nothing or LAST behind it")
	noAuth      = peerError(502, 5, 5, 1, "authentication is not offered here")
	outOfOrder  = peerError(503, 5, 5, 1, "bad sequence of commands")
	helloFirst  = peerError(503, 5, 5, 1, "introduce yourself first")
	tooLarge    = peerError(552, 5, 3, 4, "the mail is larger than the limit")
	noTLS       = peerError(502, 5, 5, 1, "TLS is not offered")
	twiceTLS    = peerError(503, 5, 5, 1, "TLS is on already")
	badTLS      = peerError(501, 5, 5, 4, "STARTTLS has no parameters")
	nextChunk   = &ReplyError{Code: 250, Enhanced: [3]int{2, 0, 0}, Text: "go on"}
	noop        = &ReplyError{Code: 250, Enhanced: [3]int{2, 0, 0}, Text: "ok"}
	readyTLS    = &ReplyError{Code: 220, Enhanced: [3]int{2, 0, 0}, Text: "ready to start TLS"}
)

// verbs are the commands that are known, here or to go-smtp.
var verbs = map[string]string{
	"EHLO": "EHLO", "HELO": "HELO", "LHLO": "LHLO", "MAIL": "MAIL", "RCPT": "RCPT", "DATA": "DATA",
	"BDAT": "BDAT", "RSET": "RSET", "NOOP": "NOOP", "VRFY": "VRFY", "EXPN": "EXPN", "HELP": "HELP",
	"QUIT": "QUIT", "AUTH": "AUTH", "STARTTLS": "STARTTLS",
	"SEND": "SEND", "SOML": "SOML", "SAML": "SAML", "TURN": "TURN",
}

// nextCommand returns the next command line for go-smtp. Commands that are not
// for it are answered here. io.EOF means that the connection is over.
func (w *wire) nextCommand() ([]byte, error) {
	w.mute = false
	if w.replay != nil {
		line := w.replay
		w.replay = nil
		return line, nil
	}
	if w.verb == "DATA" || w.verb == "BDAT" {
		w.flush() // nobody waits for the verdict on a mail
	}
	if w.chunked {
		if err := w.skipChunk(); err != nil {
			return nil, io.EOF
		}
	}
	return w.command()
}

// command returns the next command line that is for go-smtp.
func (w *wire) command() ([]byte, error) {
	for {
		if !w.mayGoOn() {
			return nil, io.EOF
		}
		line, err := w.readLine()
		if err != nil {
			return nil, io.EOF
		}
		w.commands++
		if limit := w.opts.MaxCommands; limit > 0 && w.commands > limit {
			w.die(tooManyCommands, refusedCommands, nil)
			return nil, io.EOF
		}
		line, refusal := w.vet(line)
		if refusal == nil && !w.dead {
			return line, nil
		}
		if refusal != nil {
			if refusal.Code >= 400 && w.verb != "AUTH" {
				w.server.tally.refuse(refusedCommand)
			}
			w.say(refusal)
		}
	}
}

// mayGoOn settles the last command and says whether there may be another one.
func (w *wire) mayGoOn() bool {
	fault := w.refused && !w.excused
	w.refused, w.excused = false, false
	if fault {
		w.errors++
		if limit := w.opts.MaxErrors; limit > 0 && w.errors > limit {
			w.die(tooManyErrors, refusedErrors, nil)
		}
	}
	if w.stopped() {
		w.say(stopping)
		w.flush()
		w.dead = true
	}
	return !w.dead
}

// vet looks at a command line. It returns what go-smtp gets in its place, or
// the reply that the peer gets instead.
//
// Workaround: go-smtp v0.25.1 closes the connection at the fourth line that it
// does not understand, and repeats the peer's words in its replies; it sees no
// such line (testdata/syntax.txt).
func (w *wire) vet(line []byte) ([]byte, *ReplyError) {
	text := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
	w.verb = ""
	for _, c := range text {
		if c < ' ' && c != '\t' || c == 0x7f {
			return nil, badControl
		}
	}
	text = bytes.TrimRight(text, " \t")
	word, rest, _ := bytes.Cut(text, []byte{' '})
	w.verb = knownVerb(word)
	w.failed = w.failed && w.verb != "MAIL" && w.verb != "RSET"
	switch w.verb {
	case "":
		return nil, unknownVerb
	case "AUTH":
		if refusal := w.auth(rest); refusal != nil {
			w.server.tally.refuse(refusedLogin)
			return nil, refusal
		}
		if w.dead {
			return nil, nil
		}
		return nil, loggedIn
	case "STARTTLS":
		return w.startTLS(rest)
	case "MAIL":
		if w.user != "" && !w.open && w.who() == "" {
			w.die(loginOver, refusedLogin, nil)
			return nil, nil
		}
		return w.vetMail(text, rest)
	case "RCPT":
		text = w.vetRcpt(text, rest)
	case "BDAT":
		if !w.beginChunk(rest) {
			w.die(badChunk, refusedCommand, nil)
			return nil, nil
		}
		return dataLine, nil
	}
	w.line = append(append(w.line[:0], text...), '\r', '\n')
	return w.line, nil
}

// knownVerb returns the verb in upper case, "" for one that is not known.
func knownVerb(word []byte) string {
	var upper [len("STARTTLS")]byte
	if len(word) > len(upper) {
		return ""
	}
	for i, c := range word {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	return verbs[string(upper[:len(word)])]
}

// vetMail refuses a mail that says of itself that it is too large.
//
// RFC 1870 §3: the size has up to 20 digits.
// Workaround: go-smtp v0.25.1 takes those beyond 32 bits for a syntax error
// (testdata/size.txt).
func (w *wire) vetMail(text, rest []byte) ([]byte, *ReplyError) {
	if !w.greeted {
		return nil, helloFirst
	}
	limit := w.opts.MaxMessageBytes
	for _, p := range bytes.Fields(rest[bytes.LastIndexByte(rest, '>')+1:]) {
		const name = "SIZE="
		if limit <= 0 || len(p) < len(name) || !strings.EqualFold(string(p[:len(name)]), name) {
			continue
		}
		size, err := strconv.ParseUint(string(p[len(name):]), 10, 64)
		if errors.Is(err, strconv.ErrRange) || err == nil && size > uint64(limit) {
			w.server.tally.refuse(refusedSize)
			return nil, tooLarge
		}
	}
	w.line = append(append(w.line[:0], text...), '\r', '\n')
	return w.line, nil
}

// vetRcpt gives the bare names postmaster and abuse a domain.
//
// RFC 5321 §4.5.1: "RCPT TO:<postmaster>" must be taken.
// Workaround: go-smtp v0.25.1 refuses it with 501 (testdata/postmaster.txt).
func (w *wire) vetRcpt(text, rest []byte) []byte {
	rest = bytes.TrimLeft(rest, " ")
	if len(rest) < 3 || !strings.EqualFold(string(rest[:3]), "TO:") {
		return text
	}
	path := bytes.TrimLeft(rest[3:], " ")
	end := bytes.IndexByte(path, '>')
	if end < 1 || path[0] != '<' {
		return text
	}
	name := bareName(string(path[1:end]))
	if name == "" {
		return text
	}
	return []byte("RCPT TO:<" + name + "@" + bareDomain + string(path[end:]))
}

// startTLS turns TLS on. What the peer has sent behind the command is thrown
// away, and go-smtp is told to forget the transaction.
//
// RFC 3207 §4.2: all that is known from the peer must be forgotten.
// Workaround: go-smtp v0.25.1 would put TLS on top of the wire, which could
// then read no commands; it does not know that there is TLS (TestStartTLS).
func (w *wire) startTLS(rest []byte) ([]byte, *ReplyError) {
	switch {
	case len(rest) > 0:
		return nil, badTLS
	case w.chunked:
		return nil, outOfOrder
	case w.secure:
		return nil, twiceTLS
	case w.opts.tls == nil || w.opts.Certificates.Leaf() == nil:
		return nil, noTLS
	}
	w.say(readyTLS)
	w.flush()
	w.in = nil
	if !w.shake() {
		return nil, nil
	}
	w.greeted, w.user = false, ""
	w.verb, w.mute = "RSET", true
	return resetLine, nil
}

// Lines that we say to go-smtp in the peer's place.
var (
	resetLine = []byte("RSET\r\n")
	dataLine  = []byte("DATA\r\n")
	loneDot   = []byte(".\r\n")
)
