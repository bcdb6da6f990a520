//go:build linux

package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// screen starts a program in a terminal of its own, which ends with it.
func (m *mailDesk) screen(name, command string) *terminal {
	m.t.Helper()
	s := &terminal{agentDesk: m.agentDesk, socket: filepath.Join(m.home, name)}
	s.tmux("new-session", "-d", "-x", "150", "-y", "44", command, ";", "set-option", "-g", "status", "off", ";", "set-option", "-g", "remain-on-exit", "on")
	m.t.Cleanup(func() {
		if m.t.Failed() {
			m.t.Logf("the screen %s:\n%s\nthe wire:\n%s", name, s.tmux("capture-pane", "-p"), m.imap.tail())
		}
		s.tmux("kill-server")
	})
	return s
}

// keys types, one key after the other; a word is typed as it stands.
func (s *terminal) keys(keys ...string) {
	s.t.Helper()
	s.tmux(append([]string{"send-keys"}, keys...)...)
}

// muttrc are the settings of an agent, with those that a test needs.
const muttrc = `set imap_user="anna@example.com" imap_pass=demo folder="imap://{host}:{imap}/" spoolfile="+INBOX" record="+Sent" postponed="+Drafts" trash="+Trash"
set ssl_starttls=no ssl_force_tls=no imap_idle=yes imap_check_subscribed=yes sort=threads header_cache={home}/hc message_cachedir={home}/mc timeout=1 mail_check=1
set smtp_url="smtp://anna%40example.com@{host}:{smtp}/" smtp_pass=demo smtp_authenticators=plain from="anna@example.com" realname="Anna Keller"
set editor="sed -i '1i Please clear the cache, then start the export again.\\n'" fast_reply=yes include=yes abort_unmodified=no confirmappend=no delete=yes quit=yes wait_key=no
set tmpdir={home} help=no pager_index_lines=0 mark_old=no copy=yes
`

// TestClientMutt reads in mutt, takes a ticket by moving a mail of it, answers it, hears of a
// new one, and fetches nothing twice.
func TestClientMutt(t *testing.T) { testMutt(t, "mutt") }

// TestClientNeomutt is the same with NeoMutt.
func TestClientNeomutt(t *testing.T) { testMutt(t, "neomutt") }

func testMutt(t *testing.T, program string) {
	needClients(t, program, "tmux")
	t.Parallel()
	m := withMatters(t)
	rc := m.file("rc", muttrc)
	for _, cache := range []string{"hc", "mc"} { // NeoMutt makes none
		if err := os.Mkdir(filepath.Join(m.home, cache), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s := m.screen("tmux", program+" -n -F "+rc+" -f +Unassigned")
	for _, c := range matters {
		s.shows(c.subject)
	}
	s.keys("/", "A new printer", "Enter") // the cursor goes to it
	s.keys("Enter")
	s.shows("which printer do you recommend?")
	s.keys("i")
	s.shows("Invoice 4711 twice")

	s.keys("/", "export stops", "Enter")
	s.keys("s")
	s.keys("C-u", "=Mine", "Enter")
	s.keys("$")
	m.wantOf(1, "anna@example.com")
	waitFor(t, "the ticket to leave the list", func() bool { return !strings.Contains(s.tmux("capture-pane", "-p"), "export stops") })
	m.wantOnlyTaken(1)
	m.wantNoneDeleted("INBOX", "Mine", "Unassigned")

	s.keys("c", "C-u", "=Mine", "Enter")
	s.shows("export stops")
	s.keys("r")
	s.shows("Reply to")
	s.keys("y")
	s.shows("Compose", "support+")
	s.keys("y")
	m.wantAnswerOnce("berta@acme.example", "Please clear the cache, then start the export again.")
	waitFor(t, "the answer in Sent, once", func() bool { return len(m.folder("Sent")) == 1 })

	s.keys("c", "C-u", "=Unassigned", "Enter")
	s.shows("Invoice 4711 twice")
	m.news()
	s.shows("Where is my parcel")
	s.keys("q")

	m.imap.forget()
	again := m.screen("again", program+" -n -F "+rc+" -f +Unassigned")
	again.shows("Where is my parcel")
	again.keys("/", "A new printer", "Enter")
	again.keys("Enter")
	again.shows("which printer do you recommend?")
	if n := m.imap.bodies(); n != 0 {
		t.Errorf("what %s has read it fetched again: %d mails", program, n)
	}
}

// TestClientAerc lists in aerc, takes a ticket, answers it, hears of a new one, and fetches
// nothing twice.
func TestClientAerc(t *testing.T) {
	needClients(t, "aerc", "tmux")
	t.Parallel()
	m := withMatters(t)
	m.file(".config/aerc/accounts.conf", `[Desk]
source = imap+insecure://anna%40example.com:demo@{host}:{imap}
outgoing = smtp+plain://anna%40example.com:demo@{host}:{smtp}
smtp-starttls = no
from = Anna Keller <anna@example.com>
copy-to = Sent
cache-headers = true
default = Unassigned
`)
	m.file(".config/aerc/aerc.conf", `[compose]
editor=sed -i '1i Please clear the cache, then start the export again.'
[filters]
text/plain=cat
[ui]
timestamp-format=2006-01-02
`)
	start := "XDG_CONFIG_HOME=" + m.home + "/.config aerc"
	s := m.screen("tmux", start)
	for _, c := range matters {
		s.shows(c.subject)
	}
	s.keys(":", "filter export", "Enter")
	waitFor(t, "the others to leave the list", func() bool { return !strings.Contains(s.tmux("capture-pane", "-p"), "Invoice") })
	s.keys(":", "select 0", "Enter")
	s.keys(":", "mv Mine", "Enter")
	m.wantOf(1, "anna@example.com")
	s.keys(":", "clear", "Enter") // the filter
	s.shows("Invoice 4711 twice")
	m.wantOnlyTaken(1)
	m.imap.forget()
	s.keys(":", "cf Mine", "Enter")
	waitFor(t, "the list of Mine", func() bool { return m.imap.asked(`SELECT "Mine"`) > 0 && m.imap.told(`FETCH \(`) >= 3 }) // before, the screen shows the other folder
	s.shows("export stops")
	s.keys(":", "view", "Enter")
	s.shows("support@example.com") // its header
	s.keys(":", "reply -q", "Enter")
	s.shows("Send this email?")
	s.keys("y")
	m.wantAnswerOnce("berta@acme.example", "Please clear the cache, then start the export again.")
	waitFor(t, "the answer in Sent, once", func() bool { return len(m.folder("Sent")) == 1 })
	m.wantNoneDeleted("INBOX", "Mine", "Unassigned", "Sent")

	s.keys(":", "close", "Enter") // the mail
	s.keys(":", "cf Unassigned", "Enter")
	s.shows("Invoice 4711 twice")
	m.news()
	s.shows("Where is my parcel")
	s.keys(":", "quit", "Enter")
	waitFor(t, "aerc to end", func() bool { return strings.TrimSpace(s.tmux("display-message", "-p", "#{pane_dead}")) == "1" })

	m.imap.forget()
	again := m.screen("again", start)
	again.shows("Where is my parcel")
	if bodies, headers := m.imap.bodies(), m.imap.told(`ENVELOPE \(`); bodies != 0 || headers > 1 { // it may not have kept the last one when it ended
		t.Errorf("to list them again aerc fetched %d mails and %d headers", bodies, headers)
	}
}

// TestClientAlpine saves the first mail of a ticket with several by its sequence number: it
// copies, marks the number deleted, and expunges. No other ticket's mail may be marked. It hears of
// news, answers, and lists again without a mail's text.
func TestClientAlpine(t *testing.T) {
	needClients(t, "alpine", "tmux")
	t.Parallel()
	m := withMatters(t)
	rc := m.file("pinerc", `inbox-path={{host}:{imap}/imap/user=anna@example.com/notls}INBOX
folder-collections="Desk" {{host}:{imap}/imap/user=anna@example.com/notls}[]
default-fcc={{host}:{imap}/imap/user=anna@example.com/notls}Sent
smtp-server={host}:{smtp}/user=anna@example.com/notls
feature-list=quit-without-confirm,no-expunge-without-confirm
sort-key=Arrival
customized-hdrs=From: Anna Keller <anna@example.com>
`)
	start := "alpine -p " + rc + " -i -f '" + strings.NewReplacer("HOST", m.imap.host(), "PORT", m.imap.port()).Replace("{HOST:PORT/imap/user=anna@example.com/notls}Unassigned") + "'"
	s := m.screen("tmux", start)
	m.alpineLogin(s, "Scale shows nothing")
	s.shows("Invoice 4711 twice")
	before := len(m.folder("Unassigned"))
	s.keys("j")
	s.shows("umber")
	s.keys("1", "Enter")
	s.keys("S")
	m.alpineLogin(s, "SAVE")
	s.keys("C-k", "Mine", "Enter")
	m.wantOf(1, "anna@example.com")
	waitFor(t, "alpine to mark what it has copied", func() bool { return m.imap.asked(`(?i)STORE [0-9:]+ \+FLAGS`) > 0 })
	m.wantNoneDeleted("INBOX", "Mine", "Unassigned", "Waiting", "Solved")
	s.keys("x")
	waitFor(t, "alpine to expunge", func() bool {
		screen := s.tmux("capture-pane", "-p")
		if strings.Contains(screen, "Y [Yes]") {
			s.keys("y")
		}
		return m.imap.asked(`(?i)EXPUNGE\r\n`) > 0 || strings.Contains(strings.ToLower(screen), "no messages marked deleted")
	})
	m.wantOnlyTaken(1)
	m.wantNoneDeleted("INBOX", "Mine", "Unassigned", "Waiting", "Solved")
	gone := 0
	for _, mail := range m.folder("Mine") {
		if strings.Contains(mail.subject, "export stops") {
			gone++
		}
	}
	if after := len(m.folder("Unassigned")); gone < 3 || before-after != gone {
		t.Errorf("Unassigned had %d mails and has %d; Mine has %d of the ticket", before, after, gone)
	}

	m.news()
	waitFor(t, "the new mail in alpine", func() bool {
		s.keys("C-l") // which asks for news
		return strings.Contains(s.tmux("capture-pane", "-p"), "Where is my parcel")
	})
	m.answerInAlpine(s)

	m.imap.forget()
	again := m.screen("again", start)
	m.alpineLogin(again, "Where is my parcel")
	if n := m.imap.bodies(); n != 0 {
		t.Errorf("to list them again alpine fetched %d mails", n)
	}
}

// answerInAlpine answers the ticket that was taken.
func (m *mailDesk) answerInAlpine(s *terminal) {
	m.t.Helper()
	s.keys("g")
	s.shows("GOTO folder")
	s.keys("C-k", "Mine", "Enter")
	m.alpineLogin(s, "export stops")
	s.keys("R")
	waitFor(m.t, "the answer to be written", func() bool {
		screen := s.tmux("capture-pane", "-p")
		switch {
		case strings.Contains(screen, "COMPOSE MESSAGE"):
			return true
		case strings.Contains(screen, "Reply to all recipients"):
			s.keys("n")
		case strings.Contains(screen, "Use \"Reply-To:\""), strings.Contains(screen, "Include original"):
			s.keys("y")
		}
		return false
	})
	s.shows("support+")
	s.keys("Please clear the cache, then start the export again.", "Enter", "Enter", "C-x")
	s.shows("Send message?")
	s.keys("y")
	m.alpineLogin(s, "No messages in folder") // the ticket waits for its customer
	m.wantAnswerOnce("berta@acme.example", "Please clear the cache, then start the export again.")
	waitFor(m.t, "the answer in Sent, once", func() bool { return len(m.folder("Sent")) == 1 })
}

// alpineLogin gives the password each time that alpine asks for it, until a word is shown.
func (m *mailDesk) alpineLogin(s *terminal, until string) {
	m.t.Helper()
	asked := false
	waitFor(m.t, until+" in alpine", func() bool {
		screen := s.tmux("capture-pane", "-p")
		prompt := strings.Contains(screen, "ENTER PASSWORD:")
		switch {
		case prompt && !asked:
			s.keys("demo", "Enter")
		case strings.Contains(screen, "GREETING TEXT"):
			s.keys("e")
		case strings.Contains(screen, "password on DISK"):
			s.keys("n")
		}
		asked = prompt
		return strings.Contains(screen, until)
	})
}
