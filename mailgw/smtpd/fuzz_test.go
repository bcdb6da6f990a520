package smtpd

import (
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
)

// replyLine is what a line of a reply looks like. RFC 5321 §4.2.
var replyLine = regexp.MustCompile(`^[2345][0-5][0-9](-[^\r\n]*| [^\r\n]*)$`)

// states are dialogues that bring a connection into a state.
var states = map[string]string{
	"greeting":   "",
	"after EHLO": "EHLO h\r\n",
	"after MAIL": "EHLO h\r\nMAIL FROM:<a@b.example>\r\n",
	"after RCPT": "EHLO h\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\n",
	"in DATA":    "EHLO h\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n",
	"in BDAT":    "EHLO h\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nBDAT 70\r\n",
	"after BDAT": "EHLO h\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nBDAT 2\r\na\r",
	"LMTP":       "LHLO h\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.com>\r\nRCPT TO:<support@example.com>\r\n",
}

// FuzzDialogue says a text in each state and hangs up. All replies must be well
// formed, the connection must end, and nothing inside a mail may have been
// taken for a command.
func FuzzDialogue(f *testing.F) {
	for _, seed := range []string{
		"", "\r\n", "\n", "\r", "NOOP\r\n", "QUIT\r\n", "RSET\r\nDATA\r\n", "DATA\r\n.\r\n", "DATA\r\nx\n.\r\n.\r\n",
		"MAIL FROM:<x@y> SIZE=5 SMTPUTF8\r\nRCPT TO:<postmaster>\r\nDATA\r\n", "RCPT TO:<postmaster>", "BDAT 3 LAST\r\nabc",
		"BDAT 0\r\nRSET\r\n", "BDAT 99999999\r\nx", "BDAT -1\r\n", "BDAT 1 2 3\r\n", "STARTTLS\r\n\x16\x03\x01", "AUTH PLAIN\r\n*\r\n",
		"EHLO \xff\r\n", "HELO a\rb\r\n", "VRFY \x00\r\n", "RCPT TO:<\"a\\\"@b\"@example.com>\r\n", "RCPT TO:<@a,@b:c@example.com>\r\n",
		strings.Repeat("x", 3000) + "\r\n", strings.Repeat("NOOP\r\n", 50), "\r\n.\r\nMAIL FROM:<>\r\n", ".\r\nRCPT TO:<in@example.com>\r\n",
	} {
		f.Add(seed)
	}
	k := newKeys(f, newPair(f, 1))
	c, err := LoadCertificates(k.cert, k.key)
	must(f, err)
	change := func(o *Options) {
		o.Certificates = c
		o.MaxMessageBytes = 200
		o.MaxErrors, o.MaxCommands = 20, 40
	}
	smtp := newLab(f, nil, change)
	lmtp := newLab(f, nil, func(o *Options) { change(o); o.LMTP = true })
	f.Fuzz(func(t *testing.T, text string) {
		for name, begin := range states {
			l := smtp
			if name == "LMTP" {
				l = lmtp
			}
			tell(t, l, name, begin, text)
		}
		for _, l := range []*lab{smtp, lmtp} {
			if log := l.log.String(); strings.Contains(log, "panic") {
				t.Fatal(log)
			}
			l.mu.Lock()
			l.mails, l.asked = nil, nil
			l.mu.Unlock()
		}
	})
}

// tell has one dialogue. Where the text leaves a mail open, a command follows
// that must never reach the Handler.
func tell(t *testing.T, l *lab, name, begin, text string) {
	const canary = "\r\nRCPT TO:<canary@example.com>\r\n"
	if name == "in DATA" && !ends(text+canary) || name == "in BDAT" && len(text)+len(canary) <= 70 {
		text += canary
	}
	conn, err := net.Dial("tcp", l.listen.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		io.WriteString(conn, begin+text) // an error means that the server had enough
		conn.(*net.TCPConn).CloseWrite()
	}()
	heard, _ := io.ReadAll(conn)
	<-sent
	for line := range strings.SplitAfterSeq(string(heard), "\r\n") {
		// RFC 3207 §4: behind the reply to STARTTLS there is no plain text.
		if strings.HasPrefix(line, "220 2.0.0 ready to start TLS") {
			break
		}
		if whole, ok := strings.CutSuffix(line, "\r\n"); line != "" && (!ok || !replyLine.MatchString(whole)) {
			t.Fatalf("%s: %q: malformed reply %q", name, text, line)
		}
	}
	until(t, "the connection ends", func() bool { return l.server.Counters().Connections == 0 })
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.asked {
		if strings.HasPrefix(a, "canary@") {
			t.Fatalf("%s: %q: a line of the mail was taken for a command", name, text)
		}
	}
}

// ends says whether a text ends the mail that DATA has begun.
func ends(text string) bool {
	return strings.HasPrefix(text, ".\r\n") || strings.Contains(text, "\r\n.\r\n")
}
