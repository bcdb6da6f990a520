package main

import (
	"bytes"
	"context"
	"io"
	"net/smtp"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// example is the configuration that every test begins with.
const example = "../../config.example.toml"

// outcome is what a command did.
type outcome struct {
	status         int
	stdout, stderr string
}

// call runs a command as main does.
func call(t testing.TB, stdin string, args ...string) outcome {
	t.Helper()
	var out, err bytes.Buffer
	status := run(t.Context(), args, strings.NewReader(stdin), &out, &err)
	return outcome{status, out.String(), err.String()}
}

// site is a data folder, with or without a daemon that works in it.
type site struct {
	t     testing.TB
	flags []string
	data  string
	smtp  string // where the daemon listens
	stop  func() // ends it and waits
}

// newSite makes a place for a data folder; there is none yet.
func newSite(t testing.TB) *site {
	t.Helper()
	dir, err := os.MkdirTemp("", "gw") // short: the path of a socket is bounded
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	data := filepath.Join(dir, "data")
	return &site{t: t, data: data, stop: func() {}, flags: []string{
		"--config", example, "--set", "data=" + `"` + data + `"`, "--set", `smtp.listen=["127.0.0.1:0"]`, "--set", `http.listen=["127.0.0.1:0"]`, "--set", "imap.listen=[]", "--set", "submission.listen=[]", "--set", `dns.resolver="127.0.0.1:1"`,
	}}
}

// call runs a command on the gateway.
func (g *site) call(args ...string) outcome {
	g.t.Helper()
	return call(g.t, "", append(args, g.flags...)...)
}

// must is what a command that succeeds prints.
func (g *site) must(args ...string) string {
	g.t.Helper()
	o := g.call(args...)
	if o.status != exitDone || o.stderr != "" {
		g.t.Fatalf("mailgw %v: status %d, stderr %q", args, o.status, o.stderr)
	}
	return o.stdout
}

var readyLine = regexp.MustCompile(`msg=ready .*smtp=(\S+)`)

// serve starts the daemon and waits until it is ready.
func (g *site) serve(more ...string) {
	g.t.Helper()
	log := &watchedLog{found: make(chan string, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append(append([]string{"serve"}, g.flags...), more...), strings.NewReader(""), io.Discard, log)
	}()
	g.stop = sync.OnceFunc(func() {
		cancel()
		if status := <-ended; status != exitDone {
			g.t.Errorf("serve ended with status %d:\n%s", status, log.text())
		}
	})
	g.t.Cleanup(func() { g.stop() })
	select {
	case g.smtp = <-log.found:
	case status := <-ended:
		ended <- status
		g.t.Fatalf("serve ended with status %d:\n%s", status, log.text())
	case <-time.After(time.Minute):
		g.t.Fatalf("serve is not ready:\n%s", log.text())
	}
}

// watchedLog keeps a log and finds in it where the daemon listens.
type watchedLog struct {
	mu    sync.Mutex
	all   bytes.Buffer
	found chan string
}

func (l *watchedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := readyLine.FindSubmatch(b); m != nil {
		l.found <- string(m[1])
	}
	return l.all.Write(b)
}

func (l *watchedLog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// send hands a mail to the daemon.
func (g *site) send(from, mail string) {
	g.t.Helper()
	if err := smtp.SendMail(g.smtp, nil, from, []string{"support@example.com"}, wire(mail)); err != nil {
		g.t.Fatal(err)
	}
}

// wire is a mail with CRLF.
func wire(mail string) []byte { return []byte(strings.ReplaceAll(mail, "\n", "\r\n")) }

// outage is a customer's urgent mail, with an attachment.
const outage = `From: Rosa Maier <rosa@acme.example>
To: support@example.com
Subject: Production down in hall 3
Date: Fri, 20 Nov 2026 15:00:00 +0100
Message-ID: <outage@acme.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Hello, our line three has stopped.

Rosa
--b
Content-Type: text/csv; name="log.csv"
Content-Disposition: attachment; filename="log.csv"

a,b
--b--
`

// question is a stranger's mail.
const question = `From: joe@elsewhere.example
To: support@example.com
Subject: A question
Date: Fri, 20 Nov 2026 15:01:00 +0100
Message-ID: <question@elsewhere.example>

Where do I find my invoice?
`

// write puts a mail into a file.
func write(t testing.TB, mail string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mail.eml")
	if err := os.WriteFile(file, wire(mail), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
