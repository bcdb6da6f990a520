//go:build linux

package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
)

// maildir lists the mails of a folder that a client has on its disk, by file.
func (m *mailDesk) maildir(dir string) map[string][]byte {
	m.t.Helper()
	all := map[string][]byte{}
	for _, sub := range []string{"cur", "new"} {
		files, err := os.ReadDir(filepath.Join(m.home, dir, sub))
		if err != nil {
			m.t.Fatal(err)
		}
		for _, f := range files {
			name := filepath.Join(m.home, dir, sub, f.Name())
			if all[name], err = os.ReadFile(name); err != nil {
				m.t.Fatal(err)
			}
		}
	}
	return all
}

// moveFile moves the file of Berta's first mail from one maildir to another, as a program
// does that knows nothing of IMAP; tag is what the client keeps in the file's name.
func (m *mailDesk) moveFile(from, to, tag string) {
	m.t.Helper()
	for name, mail := range m.maildir(from) {
		if strings.Contains(string(mail), "<mail-1@acme.example>") && strings.Contains(string(mail), "Hello,") && !strings.Contains(string(mail), "In-Reply-To:") {
			base := regexp.MustCompile(tag).ReplaceAllString(filepath.Base(name), "")
			if err := os.Rename(name, filepath.Join(m.home, to, "cur", base)); err != nil {
				m.t.Fatal(err)
			}
			return
		}
	}
	m.t.Fatalf("Berta's mail is not in %s", from)
}

// wantSame fails when a client's copy of a folder is not what the gateway has.
func (m *mailDesk) wantSame(dir, folder string) {
	m.t.Helper()
	messageID := regexp.MustCompile(`(?im)^message-id:\s*<([^>]+)>`)
	var have, want []string
	for name, mail := range m.maildir(dir) {
		id := messageID.FindSubmatch(mail)
		if id == nil {
			m.t.Fatalf("%s has no Message-ID", name)
		}
		have = append(have, string(id[1]))
	}
	for _, mail := range m.folder(folder) {
		want = append(want, mail.messageID)
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		m.t.Errorf("%s: the client has %q\nthe gateway %q", folder, have, want)
	}
}

// mbsyncrc has mbsync copy folders to {home}/mb.
func mbsyncrc(patterns string) string {
	return `IMAPStore desk
Host {host}
Port {imap}
User anna@example.com
Pass demo
SSLType None
AuthMechs PLAIN

MaildirStore local
Path {home}/mb/
Inbox {home}/mb/INBOX
SubFolders Verbatim

Channel desk
Far :desk:
Near :local:
Patterns ` + patterns + `
Create Near
Expunge Both
SyncState *
`
}

// offlineimaprc has OfflineIMAP copy to {home}/oi the folders f of which a line of Python is true.
func offlineimaprc(ui, filter string) string {
	return `[general]
accounts = desk
metadata = {home}/meta
ui = ` + ui + `
[Account desk]
localrepository = L
remoterepository = R
[Repository L]
type = Maildir
localfolders = {home}/oi
[Repository R]
type = IMAP
remotehost = {host}
remoteport = {imap}
ssl = no
starttls = no
remoteuser = anna@example.com
remotepass = demo
auth_mechanisms = PLAIN
maxconnections = 1
createfolders = False
folderfilter = lambda f: ` + filter + `
`
}

// TestClientMbsync: two runs, of which the second fetches nothing; a file that is moved takes
// the ticket, by APPEND and a deletion; after that both sides are the same.
func TestClientMbsync(t *testing.T) {
	needClients(t, "mbsync")
	t.Parallel()
	m := withMatters(t)
	rc := m.file("mbsyncrc", mbsyncrc("*"))
	if err := os.Mkdir(filepath.Join(m.home, "mb"), 0o700); err != nil {
		t.Fatal(err)
	}
	sync := func() { m.client(true, "mbsync", "-c", rc, "-a") }
	sync()
	folders := []string{"INBOX", "Mine", "Unassigned", "Waiting", "Solved", "Trash", "Sent", "Drafts", "Desk/support"}
	same := func() {
		t.Helper()
		for _, f := range folders {
			m.wantSame("mb/"+f, f)
		}
	}
	same()
	if m.imap.bodies() == 0 {
		t.Error("no body was seen on the wire: the test counts nothing")
	}
	m.imap.forget()
	sync()
	if n := m.imap.bodies(); n != 0 {
		t.Errorf("the second run fetched %d mails", n)
	}
	m.moveFile("mb/Unassigned", "mb/Mine", ",U=[0-9]+")
	sync()
	m.wantOf(1, "anna@example.com")
	if m.imap.asked(`APPEND "?Mine`) == 0 {
		t.Errorf("mbsync did not move by APPEND: %s", m.imap.tail())
	}
	sync()
	sync()
	same()
	m.wantOnlyTaken(1)
	m.wantNoneDeleted(folders...)
	m.imap.forget()
	sync()
	if n := m.imap.bodies() + m.imap.asked(`APPEND|STORE`); n != 0 {
		t.Errorf("a run after all is done still does something: %s", m.imap.tail())
	}
}

// TestClientOfflineimap is the same with OfflineIMAP.
func TestClientOfflineimap(t *testing.T) {
	needClients(t, "offlineimap")
	t.Parallel()
	m := withMatters(t)
	rc := m.file("offlineimaprc", offlineimaprc("basic", "'/' not in f"))
	sync := func() string { return m.client(true, "offlineimap", "-c", rc, "-o") }
	sync()
	folders := []string{"INBOX", "Mine", "Unassigned", "Waiting", "Solved", "Trash", "Sent", "Drafts"}
	same := func() {
		t.Helper()
		for _, f := range folders {
			m.wantSame("oi/"+f, f)
		}
	}
	same()
	m.imap.forget()
	if out := sync(); strings.Contains(out, "Copy message") || m.imap.bodies() != 0 {
		t.Errorf("the second run copies:\n%s", out)
	}
	m.moveFile("oi/Unassigned", "oi/Mine", ",U=[0-9]+,FMD5=[0-9a-f]+")
	sync()
	m.wantOf(1, "anna@example.com")
	sync()
	sync()
	same()
	m.wantOnlyTaken(1)
	m.wantNoneDeleted(folders...)
}

// TestClientFetchmail fetches INBOX once, and finds nothing new by the second time.
func TestClientFetchmail(t *testing.T) {
	needClients(t, "fetchmail")
	t.Parallel()
	m := withMatters(t)
	rc := m.file("fetchmailrc", `poll {host} protocol imap port {imap} auth password
  user "anna@example.com" password "demo" sslproto '' folder INBOX
  keep no rewrite mda "cat >> {home}/fm.mbox; echo >> {home}/fm.mbox"
`)
	args := []string{"-f", rc, "--nosyslog", "--pidfile", filepath.Join(m.home, "pid"), "-i", filepath.Join(m.home, "ids")}
	want := m.folder("INBOX")
	out := m.client(true, "fetchmail", args...)
	box, err := os.ReadFile(filepath.Join(m.home, "fm.mbox"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, mail := range want {
		if n := strings.Count(string(box), "\nMessage-ID: <"+mail.messageID+">"); n != 1 {
			t.Errorf("%q (%s) came %d times", mail.subject, mail.messageID, n)
		}
	}
	for _, mail := range m.folder("INBOX") {
		if !slices.Contains(mail.flags, imap.FlagSeen) {
			t.Errorf("%q was read and is not marked so", mail.subject)
		}
	}
	m.imap.forget()
	if out := m.client(false, "fetchmail", args...); m.imap.bodies() != 0 || !strings.Contains(out, "seen") {
		t.Errorf("the second run: %s", out)
	}
	m.wantOnlyTaken()
}
