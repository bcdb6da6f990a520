package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is an SMTP server in memory that follows a script.
type fake struct {
	t *testing.T
	// script returns the reply to a command: its lines without CRLF, "" for the
	// usual one, "hang up" or "silence". conn and mail count from 1, mail within all
	// connections; at is the first word of the command, "greeting" or "dot".
	script func(conn, mail int, at string) string
	offer  string // a line more in the answer to EHLO
	tls    *tls.Config

	mu    sync.Mutex
	conns int
	mails []received
}

// received is a mail that the fake said 250 to.
type received struct {
	from, to, text string
	conn           int
	group          bool // MAIL, RCPT and DATA came together
}

// usual are the replies of a server that takes everything.
var usual = map[string]string{
	"greeting": "220 fake", "EHLO": "250-fake\n250-PIPELINING\n250 8BITMIME", "LHLO": "250-fake\n250 PIPELINING",
	"MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "DATA": "354 go on", "QUIT": "221 bye", "STARTTLS": "220 ready",
}

func (f *fake) dial(context.Context, string, string) (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conns++
	n := f.conns
	near, far := net.Pipe()
	go func() {
		f.serve(far, n)
		_ = far.Close()
	}()
	return patient{near}, nil
}

// patient is an end of a pipe that takes deadlines after the other end was closed,
// as a TCP connection does: what came before can still be read.
type patient struct{ net.Conn }

func (p patient) SetDeadline(t time.Time) error {
	_ = p.Conn.SetDeadline(t)
	return nil
}

func (p patient) SetReadDeadline(t time.Time) error {
	_ = p.Conn.SetReadDeadline(t)
	return nil
}

// answer writes a reply, and says whether the dialogue goes on.
func (f *fake) answer(c net.Conn, conn int, at string) bool {
	f.mu.Lock()
	mail := len(f.mails) + 1
	f.mu.Unlock()
	reply := ""
	if f.script != nil {
		reply = f.script(conn, mail, at)
	}
	switch reply {
	case "hang up":
		return false
	case "silence":
		_, _ = io.Copy(io.Discard, c)
		return false
	case "":
		reply = usual[at]
		if at == "EHLO" && f.offer != "" {
			reply = strings.Replace(reply, "\n", "\n250-"+f.offer+"\n", 1)
		}
	}
	_, err := io.WriteString(c, strings.ReplaceAll(reply, "\n", "\r\n")+"\r\n")
	return err == nil && reply != "" && !strings.HasPrefix(reply, "421") && at != "QUIT"
}

func (f *fake) serve(c net.Conn, conn int) {
	if !f.answer(c, conn, "greeting") {
		return
	}
	r := bufio.NewReader(c)
	var m received
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		switch verb {
		case "MAIL":
			m = received{from: rest, conn: conn, group: r.Buffered() > 0}
		case "RCPT":
			m.to = rest
		}
		if !f.answer(c, conn, verb) {
			return
		}
		switch verb {
		case "STARTTLS":
			c = tls.Server(c, f.tls)
			r = bufio.NewReader(c)
		case "DATA":
			if m.text, err = readText(r); err != nil || !f.take(c, conn, m) {
				return
			}
		}
	}
}

// take answers the dot, and keeps the mail if that was a 250.
func (f *fake) take(c net.Conn, conn int, m received) bool {
	reply := ""
	f.mu.Lock()
	n := len(f.mails) + 1
	f.mu.Unlock()
	if f.script != nil {
		reply = f.script(conn, n, "dot")
	}
	switch {
	case reply == "hang up" || reply == "silence":
		return false
	case reply != "":
		_, err := io.WriteString(c, reply+"\r\n")
		return err == nil && !strings.HasPrefix(reply, "421")
	}
	f.mu.Lock()
	f.mails = append(f.mails, m)
	n = len(f.mails)
	f.mu.Unlock()
	_, err := fmt.Fprintf(c, "250 2.0.0 accepted as id%d\r\n", n)
	return err == nil
}

// readText reads up to the final dot and takes the stuffed dots out.
func readText(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return b.String(), nil
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}
