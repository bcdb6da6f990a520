//go:build linux

package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// demoKeys are the SCRAM keys of "demo".
const demoKeys = "SCRAM-SHA-256$32768:/1iqN4siztDwoMIxA09o4g==$DuOVbM933uhnjuq0kAezHeZ6Jq2+5YW2+8DFh4PCMSY=:EQXJGFFlcfejfO7Op+okraZ/p8OLGFrlYl+z/0Duxpo="

// submitWith runs a mail program that is not ours; its output says what the server did.
func submitWith(t *testing.T, program string, args ...string) string {
	t.Helper()
	tool, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("!!! SKIPPED: there is no %s", program)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, _ := exec.CommandContext(ctx, tool, args...).CombinedOutput() // a refused login is an error of theirs
	return string(out)
}

// TestSubmission: programs that are not ours log in with each mechanism, in plain text on this
// machine and after STARTTLS, and the mail goes out as the desk's.
func TestSubmission(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeCertificate(t, cert, key, 1)
	d := startDaemon(t, `submission.listen="127.0.0.1:0"`, `smtp.tls_certificate="`+cert+`"`, `smtp.tls_key="`+key+`"`, `agent[0].scram="`+demoKeys+`"`)
	mail := []string{"--server", d.submission, "-f", "anna@example.com", "-t", "mia@acme.example", "--body", "We work on Friday.", "-au", "anna"}
	mia := func() (n int) {
		files, _ := filepath.Glob(filepath.Join(d.sent(), "*.eml"))
		for _, f := range files {
			if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), "X-Envelope-To: <mia@acme.example>") {
				n++
				if strings.Contains(string(text), "From: anna@example.com") || !strings.Contains(string(text), "<support@example.com>") {
					t.Errorf("it did not go as the desk:\n%s", text)
				}
			}
		}
		return n
	}
	for i, how := range [][]string{{"--auth", "PLAIN"}, {"--auth", "LOGIN"}, {"--auth", "PLAIN", "--tls"}} {
		t.Run(strings.Join(how, " "), func(t *testing.T) {
			out := submitWith(t, "swaks", append(append(mail, how...), "-ap", "demo", "--h-From", "anna@example.com", "--h-Subject", strings.Join(how, " "))...)
			if strings.Contains(out, "TLS not available") {
				t.Skip("!!! SKIPPED: this swaks knows no TLS; libnet-ssleay-perl has it")
			}
			if !strings.Contains(out, "235 2.7.0 logged in") || !strings.Contains(out, "accepted as") {
				t.Fatalf("%s", out)
			}
			for limit := time.Now().Add(10 * time.Second); mia() < i+1 && time.Now().Before(limit); {
				time.Sleep(10 * time.Millisecond)
			}
			if n := mia(); n != i+1 {
				t.Errorf("%d mails went out, want %d", n, i+1)
			}
		})
	}
	t.Run("a wrong password", func(t *testing.T) {
		out := submitWith(t, "swaks", append(mail, "--auth", "PLAIN", "-ap", "wrong")...)
		if !strings.Contains(out, "535 5.7.8 wrong user name or password") || strings.Contains(out, "accepted as") {
			t.Errorf("%s", out)
		}
	})
	t.Run("SCRAM-SHA-256", func(t *testing.T) {
		out := submitWith(t, "gsasl", "--smtp", "--connect", d.submission, "--mechanism", "SCRAM-SHA-256", "--authentication-id", "anna@example.com", "--password", "demo", "--no-starttls", "--no-cb")
		if !strings.Contains(out, "235 2.7.0 logged in") || !strings.Contains(out, "server trusted") {
			t.Errorf("%s", out)
		}
	})
}
