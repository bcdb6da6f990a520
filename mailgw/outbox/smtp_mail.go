package outbox

import (
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// session is one connection to the next hop, ready for mail.
type session struct {
	wire   *wire
	client *smtp.Client
	limit  time.Duration // for each command
	mails  int           // that were tried on it
	expiry *time.Timer   // closes it, while it is idle

	size        int  // longest mail that the server takes; 0: it did not say
	eight, utf8 bool // it takes 8-bit mails, addresses beyond ASCII

	broken        bool // nothing more can be sent on it
	refusedAtOnce bool // the first command of the last mail found it closed
}

// slowest is the rate, in bytes a second, that a server must at least take a mail at.
const slowest = 4 << 10

// learn notes what the server offers.
func (s *session) learn() {
	s.size, _ = s.client.MaxMessageSize()
	s.eight, _ = s.client.Extension("8BITMIME")
	s.utf8, _ = s.client.Extension("SMTPUTF8")
}

// quit says goodbye and closes.
func (s *session) quit() {
	s.wire.begin(quitTime)
	_ = s.client.Quit() // all that was sent has its reply
	s.wire.shut()
}

// attempt is one mail on a session.
type attempt struct {
	s        *session
	m        *Mail
	accepted []string
	sent     Sent
}

// send hands a mail over: one transaction (RFC 5321 §3.3).
func (s *session) send(m *Mail) Sent {
	a := &attempt{s: s, m: m}
	s.refusedAtOnce = false
	to := a.sendable()
	if len(to) == 0 || !a.mail(to) {
		return a.sent
	}
	for i, rcpt := range to {
		if !a.rcpt(rcpt, to[i:]) {
			return a.sent
		}
	}
	if len(a.accepted) == 0 {
		a.reset()
		return a.sent
	}
	a.data()
	return a.sent
}

// sendable are the recipients to whom the server can be asked to send at all; the
// others fail for good.
func (a *attempt) sendable() (to []string) {
	s, m := a.s, a.m
	switch {
	case s.size > 0 && len(m.Bytes) > s.size:
		// RFC 1870 §5: a mail that is longer than the limit need not be tried.
		a.refuse(m.To, Failure{Reply: fmt.Sprintf("the mail has %d bytes, the server takes %d", len(m.Bytes), s.size), TooBig: true, Permanent: true})
		return nil
	case !s.utf8 && !ascii(m.From):
		a.refuse(m.To, Failure{Reply: "the server does not take the sender's address, which has letters beyond ASCII", Permanent: true})
		return nil
	case !s.eight && !s.utf8 && !ascii(string(m.Bytes)):
		a.refuse(m.To, Failure{Reply: "the server does not take mails with letters beyond ASCII", Permanent: true})
		return nil
	}
	for _, rcpt := range m.To {
		if !s.utf8 && !ascii(rcpt) {
			a.refuse([]string{rcpt}, Failure{Reply: "the server does not take addresses with letters beyond ASCII", Permanent: true})
			continue
		}
		to = append(to, rcpt)
	}
	return to
}

func (a *attempt) refuse(to []string, f Failure) {
	for _, t := range to {
		f.To = t
		a.sent.Failures = append(a.sent.Failures, f)
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// mail begins the transaction.
func (a *attempt) mail(to []string) bool {
	o := &smtp.MailOptions{Size: int64(len(a.m.Bytes)), UTF8: !ascii(a.m.From)}
	for _, rcpt := range to {
		o.UTF8 = o.UTF8 || !ascii(rcpt)
	}
	a.s.wire.begin(a.s.limit)
	err := a.s.client.Mail(a.m.From, o)
	if err == nil {
		return true
	}
	f := a.failure("MAIL", err)
	switch f.Code {
	case 0, 421: // nothing of this mail was said yet, so this is not about it
		a.s.refusedAtOnce = true
		a.sent.HopAway, a.sent.Hung, a.sent.untried, a.sent.reached = true, false, true, true
	case 500, 502, 503, 504, 552, 555:
	case 530, 535, 538: // RFC 4954 §6: it wants a login, so the configuration is wrong
		f.Permanent, f.Login, a.sent.HopAway = false, true, true
	default:
		f.NullRefused = f.Permanent && a.m.From == ""
	}
	a.refuse(to, f)
	return false
}

// rcpt names one recipient. rest are those from this one on. It returns false when
// the transaction is over.
func (a *attempt) rcpt(to string, rest []string) bool {
	a.s.wire.begin(a.s.limit)
	err := a.s.client.Rcpt(to, nil)
	if err == nil {
		a.accepted = append(a.accepted, to)
		return true
	}
	f := a.failure("RCPT", err)
	if a.s.broken {
		a.refuse(append(a.accepted, rest...), f)
		return false
	}
	if f.Code == 552 && f.Enhanced == [3]int{} {
		// RFC 5321 §4.5.3.1.10: 552 here means too many recipients, for now.
		f.Permanent, f.TooBig = false, false
	}
	a.refuse([]string{to}, f)
	return true
}

// data sends the mail to those who were accepted.
func (a *attempt) data() {
	s := a.s
	s.wire.begin(s.limit)
	w, err := s.client.Data()
	if err != nil {
		a.refuse(a.accepted, a.failure("DATA", err))
		if !s.broken {
			a.reset()
		}
		return
	}
	s.wire.begin(s.limit + time.Duration(len(a.m.Bytes)/slowest)*time.Second)
	if _, err := w.Write(a.m.Bytes); err != nil {
		a.refuse(a.accepted, a.failure("within the mail", err))
		return
	}
	// RFC 5321 §4.5.3.2.6: ten minutes, where the others have five.
	s.wire.begin(2*s.limit + time.Duration(len(a.m.Bytes)/slowest)*time.Second)
	reply, err := w.CloseWithResponse()
	if err != nil {
		f := a.failure("after the mail", err)
		a.refuse(a.accepted, f)
		return
	}
	a.sent.Reply = oneLine("250 " + reply.StatusText)
}

// reset ends a transaction that did not come to its mail.
func (a *attempt) reset() {
	a.s.wire.begin(a.s.limit)
	if a.s.client.Reset() != nil {
		a.s.broken = true
	}
}

// failure reads what an error says, and whether the connection still serves.
func (a *attempt) failure(at string, err error) Failure {
	reply, code, enhanced := words(err)
	f := Failure{Reply: reply, Code: code, Enhanced: enhanced, Permanent: code >= 500 && code < 600}
	switch {
	case code == 421: // RFC 5321 §3.8: the server is about to close
		a.s.broken, a.sent.HopAway, a.sent.Hung = true, true, true
	case code < 400 || code >= 600: // silence, a break, or no reply that fits
		a.s.broken, a.sent.Hung = true, true
		f.Code = 0
		f.Reply = at + ": " + reply
	}
	f.TooBig = f.Permanent && tooBig(f)
	f.NullRefused = f.Permanent && a.m.From == "" && namesNull(f.Reply)
	return f
}

// tooBig reports whether a refusal is for the mail's size (RFC 3463 §3.3 and §3.4:
// x.2.3 and x.3.4; RFC 1870 §6.1: 552).
func tooBig(f Failure) bool {
	detail := [2]int{f.Enhanced[1], f.Enhanced[2]}
	return detail == [2]int{2, 3} || detail == [2]int{3, 4} || f.Code == 552 && f.Enhanced == [3]int{}
}

// nullWords stand in replies that refuse the null sender.
var nullWords = [...]string{"<>", "null sender", "null reverse", "null return", "null envelope", "null from", "empty sender", "empty reverse", "empty return", "empty envelope", "empty from", "blank sender"}

// namesNull reports whether a refusal says that it is for the null sender.
func namesNull(reply string) bool {
	reply = strings.ToLower(reply)
	for _, w := range nullWords {
		if strings.Contains(reply, w) {
			return true
		}
	}
	return false
}
