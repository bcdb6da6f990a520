package probe

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// writer makes mails: the same for the same run and number, so that a mail that is
// sent again is the same mail. Making one costs little beside sending it, because
// the bodies come from a pool; header and subject differ.
type writer struct {
	*Options
	date   string
	texts  []string // lines of words
	binary []string // lines of base64; only with Attach
}

// The pool has at most so many bodies, and at most about so many bytes.
const (
	poolBodies = 64
	poolBytes  = 32 << 20
)

// vocabulary is what people write to support about. Nothing in it is urgent.
var vocabulary = strings.Fields(`the printer on floor three does not answer since we moved it and I cannot find
	where to change its address please tell me which menu has the setting for invoices our accountant needs a copy of
	every order from last quarter with the tax number in its header thank you for your quick reply a screenshot follows
	when we open the export page it shows an empty table but yesterday there were forty rows in it maybe a filter stayed
	on the calendar shows meetings one hour late for colleagues abroad how do we add another person to our account`)

func newWriter(o *Options) *writer {
	w := &writer{Options: o, date: time.Now().Format(time.RFC1123Z)}
	size := max(o.Size, 1)
	for i := range min(poolBodies, max(1, poolBytes/size)) {
		random := rand.New(rand.NewPCG(uint64(i), 5321))
		if o.Attach {
			w.texts = append(w.texts, lines(random, attachText))
			w.binary = append(w.binary, base64Lines(random, size))
		} else {
			w.texts = append(w.texts, lines(random, size))
		}
	}
	return w
}

// lines makes at least n bytes of text in lines that need no dot stuffing.
func lines(random *rand.Rand, n int) string {
	var b strings.Builder
	column := 0
	for b.Len() < n {
		word := vocabulary[random.IntN(len(vocabulary))]
		if column+len(word) > 72 {
			b.WriteString("\r\n")
			column = 0
		}
		b.WriteString(word + " ")
		column += len(word) + 1
	}
	b.WriteString("\r\n")
	return b.String()
}

// base64Lines makes about n bytes of an encoded attachment (RFC 2045 §6.8).
func base64Lines(random *rand.Rand, n int) string {
	var b strings.Builder
	raw := make([]byte, 57)
	for b.Len() < n {
		for i := range raw {
			raw[i] = byte(random.Uint32())
		}
		b.WriteString(base64.StdEncoding.EncodeToString(raw) + "\r\n")
	}
	return b.String()
}

func (w *writer) message(n int) (message, error) {
	parent, isReply := w.parent(n)
	sender := strconv.Itoa(w.origin(n) % w.Senders)
	m := message{id: w.id(n), from: numbered(w.From, sender), to: w.To}
	var head strings.Builder
	subject := fmt.Sprintf("Question %d of %s", n, orDash(w.Run))
	if isReply {
		subject = fmt.Sprintf("Re: Question %d of %s", w.origin(n), orDash(w.Run))
	}
	fmt.Fprintf(&head, "Date: %s\r\nFrom: Customer %s <%s>\r\nTo: <%s>\r\nSubject: %s\r\nMessage-ID: <%s>\r\nMIME-Version: 1.0\r\n",
		w.date, sender, m.from, w.To, subject, m.id)
	if isReply {
		fmt.Fprintf(&head, "In-Reply-To: <%s>\r\nReferences: <%s>\r\n", w.id(parent), w.id(parent))
	}
	pool := n % len(w.texts)
	if w.Attach {
		m.parts = attached(head.String(), w.texts[pool], w.binary[pool], w.Size)
	} else {
		m.parts = plain(head.String(), w.texts[pool], w.Size)
	}
	for _, p := range m.parts {
		m.size += len(p)
	}
	m.size -= len(finalDot)
	return m, nil
}

// id is the Message-ID of a mail, without brackets.
func (w *writer) id(n int) string {
	_, domain, _ := strings.Cut(numbered(w.From, "0"), "@")
	return fmt.Sprintf("%s.%d.load@%s", orDash(w.Run), n, domain)
}

// parent is the mail that a mail replies to: so much earlier that it was accepted
// long before.
func (w *writer) parent(n int) (int, bool) {
	if n < 4*w.Connections || n*37%100 >= w.Thread { // 37 spreads the replies over each hundred
		return 0, false
	}
	return n / 2, true
}

// origin is the first mail of the conversation that a mail is in.
func (w *writer) origin(n int) int {
	for {
		parent, isReply := w.parent(n)
		if !isReply {
			return n
		}
		n = parent
	}
}

const plainType = "Content-Type: text/plain; charset=us-ascii\r\n\r\n"

// plain makes a mail of size bytes (or one less), if its header leaves room for a line.
func plain(head, text string, size int) []string {
	n := min(max(size-len(head)-len(plainType)-2, 1), len(text))
	if text[n-1] == '\r' {
		n-- // a CR stands with its LF only
	}
	return []string{head, plainType, text[:n], "\r\n", finalDot}
}

// The frame of a mail with an attachment (RFC 2046 §5.1.1).
const (
	attachText = 1200 // bytes of its text
	boundary   = "=_load"
	openText   = "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n" + plainType
	openBinary = "\r\n--" + boundary + "\r\nContent-Type: image/png; name=\"screen.png\"\r\n" +
		"Content-Disposition: attachment; filename=\"screen.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	closeAll    = "--" + boundary + "--\r\n"
	base64Width = 78
)

// attached makes a mail of about size bytes: whole lines of the attachment.
func attached(head, text, binary string, size int) []string {
	room := size - len(head) - len(openText) - len(text) - len(openBinary) - len(closeAll)
	n := min(max(room/base64Width, 1)*base64Width, len(binary))
	return []string{head, openText, text, openBinary, binary[:n], closeAll, finalDot}
}
