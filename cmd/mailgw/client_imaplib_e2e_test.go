//go:build linux

package main_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestClientImaplib runs Python's library by hand: folders, reading twice, IDLE, a move, an
// answer, and input that no client should send.
func TestClientImaplib(t *testing.T) {
	needClients(t, "python3")
	t.Parallel()
	m := withMatters(t)
	script, err := filepath.Abs("testdata/imaplib_client.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", script, m.imap.host(), m.imap.port(), m.submission.port())
	cmd.Dir, cmd.Env = m.home, append(os.Environ(), "HOME="+m.home, "PYTHONDONTWRITEBYTECODE=1")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if last = lines.Text(); last == "new please" {
			m.news()
		}
	}
	if err := cmd.Wait(); err != nil || last != "done" {
		t.Fatalf("%v: %s%s\n%s", err, last, errs.String(), m.imap.tail())
	}
	m.wantOf(1, "anna@example.com")
	m.wantOnlyTaken(1)
	m.wantAnswerOnce("berta@acme.example", "Please clear the cache, then start the export again.")
}
