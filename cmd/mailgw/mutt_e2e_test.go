//go:build linux

package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// terminal is a screen of text in which mutt runs.
type terminal struct {
	*agentDesk
	socket string
}

// tmux runs one of its commands and returns what that prints.
func (m *terminal) tmux(args ...string) string {
	m.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", m.socket, "-f", os.DevNull}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+m.home, "LC_ALL=C.UTF-8", "TERM=xterm-256color")
	cmd.Dir = m.home
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

// shows waits until all these words are on the screen.
func (m *terminal) shows(words ...string) {
	m.t.Helper()
	waitFor(m.t, fmt.Sprintf("%q on the screen", words), func() bool {
		screen := m.tmux("capture-pane", "-p")
		for _, w := range words {
			if !strings.Contains(screen, w) {
				return false
			}
		}
		return true
	})
}

// TestMutt reads a notice in mutt, does one of its steps there, and answers it there: the
// ticket is taken, and the customer gets the words alone.
func TestMutt(t *testing.T) {
	needClients(t, "mutt", "tmux")
	m := &terminal{agentDesk: newAgentDesk(t)}
	m.socket = filepath.Join(m.home, "tmux")
	for _, dir := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(m.home, "mail", dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	rc := fmt.Sprintf(`set from="anna@example.com" realname="Anna Keller" use_envelope_from=yes hostname=laptop.example.com
set smtp_url="smtp://%s/" ssl_starttls=no ssl_force_tls=no record="" signature="printf 'Anna Keller\nTel. +41 44 000 00 00\n'|"
set editor="sed -i '1i Please clear the cache, then start the export again.\\n'" fast_reply=yes include=yes abort_unmodified=no sort=date
set tmpdir=. folder=mail mbox_type=Maildir quit=yes delete=yes wait_key=no timeout=1 pager_index_lines=0 help=no
ignore *
unignore from to reply-to subject date
`, m.smtp)
	for name, text := range map[string]string{"rc": rc, "mail/new/1.notice": string(m.received()), "rc.link": strings.Replace(rc, "sed -i '1i Please clear the cache, then start the export again.\\\\n'", "true", 1)} {
		if err := os.WriteFile(filepath.Join(m.home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.tmux("new-session", "-d", "-x", "110", "-y", "34", "mutt -n -F rc -f mail", ";", "set-option", "-g", "status", "off")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the screen:\n%s", m.tmux("capture-pane", "-p"))
		}
		m.tmux("kill-server")
	})
	m.shows("The export stops at page 9")
	m.tmux("send-keys", "Enter")
	m.shows("Acme Instruments AG", "> Hello,", "What can we do?", "premium")
	if os.Getenv("MAILGW_CLIENT_PICTURES") != "" {
		display := m.display("775x480")
		m.run([]string{display}, "xterm", "-geometry", "110x34", "-fa", "DejaVu Sans Mono", "-fs", "8", "-e", "tmux", "-S", m.socket, "attach")
		waitFor(t, "the terminal's window", func() bool { return strings.TrimSpace(m.tmux("list-clients")) != "" })
		m.shows("Acme Instruments AG")
		m.picture(display, "mutt")
	}
	m.tmux("new-window", "-n", "link", "mutt -n -F rc.link 'mailto:"+m.step("Take it")+"'")
	m.shows("To: support+")
	m.tmux("send-keys", "Enter")
	m.shows("Subject:")
	m.tmux("send-keys", "Mine", "Enter")
	m.shows("Mutt: Compose", "support+")
	m.tmux("send-keys", "y")
	m.wantAssigned("anna@example.com")

	m.shows("What can we do?") // that window has gone
	m.tmux("send-keys", "r")
	m.shows("Reply to support+")
	m.tmux("send-keys", "y")
	m.shows("Mutt: Compose", "support+")
	m.tmux("send-keys", "y")
	m.wantAnswer("Please clear the cache, then start the export again.")
}
