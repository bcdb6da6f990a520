//go:build linux

package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"supportgw/mailgw"
)

// mailDesk is a gateway with tickets, whose agents read them in mail clients. What clients
// say, and what they are told, is kept.
type mailDesk struct {
	*agentDesk
	imap, submission *wire
}

// What the customers of a mailDesk have written: Berta's ticket 1 has three mails.
var matters = []struct{ from, name, subject, text string }{
	{"berta@acme.example", "Berta Brand", "The export stops at page 9", "since this morning the export of our report stops at page 9.\r\nWhat can we do?"},
	{"rosa@globex.example", "Rosa Roth", "Scale shows nothing", "the scale in hall 3 shows nothing since this morning."},
	{"joe@elsewhere.example", "Joe Doe", "Invoice 4711 twice", "we have got invoice 4711 twice."},
	{"ann@weber.example", "Ann Weber", "A new printer", "which printer do you recommend?"},
}

// further are what Berta writes later, on the same ticket.
var further = []string{"It is page 10 now.", "The log is empty."}

// newMailDesk has customers write, and waits until all of it can be read.
func newMailDesk(t *testing.T, sets ...string) *mailDesk {
	t.Helper()
	return mailDeskOf(t, newDaemon(t), sets...)
}

// mailDeskOf is newMailDesk with a gateway that does not run yet.
func mailDeskOf(t *testing.T, d *daemon, sets ...string) *mailDesk {
	t.Helper()
	host, _, _ := strings.Cut(d.smtp, ":")
	d.sets = append(d.sets, fmt.Sprintf("imap.listen=[%q]", host+":0"), fmt.Sprintf("submission.listen=[%q]", host+":0"))
	d.sets = append(d.sets, sets...)
	d.clock = "2026-11-24T10:00:00+01:00 x1"
	d.start()
	m := &mailDesk{agentDesk: &agentDesk{daemon: d, home: filepath.Join(d.dir, "home")}}
	if err := os.Mkdir(m.home, 0o700); err != nil {
		t.Fatal(err)
	}
	m.imap, m.submission = newWire(t, func() string { return d.imap }), newWire(t, func() string { return d.submission })
	return m
}

// withMatters is newMailDesk after the customers have written.
func withMatters(t *testing.T, sets ...string) *mailDesk {
	t.Helper()
	return matterDesk(t, newDaemon(t), sets...)
}

// matterDesk is withMatters with a gateway that does not run yet.
func matterDesk(t *testing.T, d *daemon, sets ...string) *mailDesk {
	t.Helper()
	m := mailDeskOf(t, d, sets...)
	for i := range matters {
		m.write(i, "Tue, 24 Nov 2026 10:00:00 +0100")
	}
	for i, text := range further {
		m.followUp(fmt.Sprintf("one-%d@acme.example", i+2), "mail-1@acme.example", text)
	}
	m.settle()
	return m
}

// write sends a customer's matter, which opens a ticket.
func (m *mailDesk) write(i int, date string) {
	m.t.Helper()
	c := matters[i]
	d := draft{
		id: fmt.Sprintf("mail-%d@%s", i+1, c.from[strings.IndexByte(c.from, '@')+1:]), from: c.from, name: c.name, subject: c.subject,
		date: date, body: "Hello,\r\n\r\n" + c.text + "\r\n\r\n" + c.name + "\r\n",
	}
	if r := m.sendOne(d.from, d.bytes()); r.id() == "" {
		m.t.Fatal(r)
	}
}

// followUp sends one more mail of Berta's.
func (m *mailDesk) followUp(id, to, text string) {
	m.t.Helper()
	d := draft{
		id: id, from: matters[0].from, name: matters[0].name, subject: "Re: " + matters[0].subject, date: "Tue, 24 Nov 2026 10:00:30 +0100",
		headers: []string{"In-Reply-To: <" + to + ">", "References: <" + to + ">"}, body: text + "\r\n",
	}
	if r := m.sendOne(d.from, d.bytes()); r.id() == "" {
		m.t.Fatal(r)
	}
}

// news has a stranger write: "Where is my parcel".
func (m *mailDesk) news() {
	m.t.Helper()
	d := draft{id: "news@later.example", from: "eve@later.example", name: "Eve Egli", subject: "Where is my parcel", date: "Tue, 24 Nov 2026 10:05:00 +0100"}
	if r := m.sendOne(d.from, d.bytes()); r.id() == "" {
		m.t.Fatal(r)
	}
}

// settle waits until nothing is on its way, so that all mails of the tickets can be read.
func (m *mailDesk) settle() {
	m.t.Helper()
	m.awaitOutbox()
	waitFor(m.t, "the customers' mails in INBOX", func() bool { return len(m.folder("INBOX")) >= len(matters)+len(further) })
}

// ticketState is what a ticket says of whose turn it is.
type ticketState struct {
	Assignee *string `json:"assignee"`
	Status   string  `json:"status"`
	Subject  string  `json:"subject"`
	Number   uint64  `json:"number"`
}

// state asks for a ticket by its number.
func (m *mailDesk) state(number uint64) ticketState {
	m.t.Helper()
	return ask[ticketState](m.daemon, "ticket.show", mailgw.NumberArgs{Number: number})[0]
}

// wantOf waits until a ticket is somebody's, "" is nobody's.
func (m *mailDesk) wantOf(number uint64, who string) {
	m.t.Helper()
	waitFor(m.t, fmt.Sprintf("ticket %d to be of %q", number, who), func() bool { return or(m.state(number).Assignee) == who })
}

func or(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// wantOnlyTaken fails when any ticket but these is somebody's, or neither new nor open.
func (m *mailDesk) wantOnlyTaken(numbers ...uint64) {
	m.t.Helper()
	for _, s := range ask[ticketState](m.daemon, "ticket.list", mailgw.ListArgs{}) {
		if slices.Contains(numbers, s.Number) {
			continue
		}
		if or(s.Assignee) != "" || s.Status != "new" && s.Status != "open" {
			m.t.Errorf("ticket %d is of %q and %s; only %v were taken", s.Number, or(s.Assignee), s.Status, numbers)
		}
	}
}

// listed is a mail as a folder has it.
type listed struct {
	uid                imap.UID
	flags              []imap.Flag
	subject, messageID string
	size               int64
}

// folder lists a folder of Anna's, straight at the gateway.
func (m *mailDesk) folder(name string) []listed {
	m.t.Helper()
	return m.folderOf("anna@example.com", name)
}

func (m *mailDesk) folderOf(agent, name string) (all []listed) {
	m.t.Helper()
	c, err := imapclient.DialInsecure(m.daemon.imap, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(agent, "demo").Wait(); err != nil {
		m.t.Fatal(err)
	}
	selected, err := c.Select(name, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		m.t.Fatalf("%s: %v", name, err)
	}
	if selected.NumMessages == 0 { // then 1:* is BAD for many servers
		return nil
	}
	got, err := c.Fetch(imap.SeqSet{{Start: 1}}, &imap.FetchOptions{UID: true, Flags: true, Envelope: true, RFC822Size: true}).Collect()
	if err != nil {
		m.t.Fatalf("%s: %v", name, err)
	}
	for _, g := range got {
		all = append(all, listed{g.UID, g.Flags, g.Envelope.Subject, g.Envelope.MessageID, g.RFC822Size})
	}
	if err := c.Logout().Wait(); err != nil {
		m.t.Fatal(err)
	}
	return all
}

// wantNoneDeleted fails when a mail is marked Deleted anywhere.
func (m *mailDesk) wantNoneDeleted(folders ...string) {
	m.t.Helper()
	for _, f := range folders {
		for _, mail := range m.folder(f) {
			if slices.Contains(mail.flags, imap.FlagDeleted) {
				m.t.Errorf("%s: UID %d, %q, is marked deleted", f, mail.uid, mail.subject)
			}
		}
	}
}

// wantAnswerOnce waits for the answer to a customer with some words: there is one, of the
// desk, in which nothing of the house stands.
func (m *mailDesk) wantAnswerOnce(to, words string) {
	m.t.Helper()
	waitFor(m.t, "the answer", func() bool { return m.to(to, words) != nil })
	m.awaitOutbox()
	n := 0
	for _, s := range m.mails() {
		text, err := s.plain()
		if err != nil {
			m.t.Fatal(err)
		}
		if !strings.Contains(s.envelopeTo, to) || !strings.Contains(text, words) {
			continue
		}
		n++
		if got := s.get("From"); !strings.Contains(got, "<support@example.com>") {
			m.t.Errorf("the answer is from %q", got)
		}
		for _, private := range []string{"anna@example.com", "X-Mailgw-Ticket", "User-Agent:", "X-Mailer:"} {
			if bytes.Contains(s.raw, []byte(private)) {
				m.t.Errorf("the answer has %q:\n%s", private, s.raw)
			}
		}
	}
	if n != 1 {
		m.t.Errorf("the customer got the answer %d times", n)
	}
}

// client runs a program to its end and returns what it said.
func (m *mailDesk) client(ok bool, name string, args ...string) string {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = m.home, append(os.Environ(), "HOME="+m.home, "LC_ALL=C.UTF-8", "TERM=dumb", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if ok && err != nil {
		m.t.Fatalf("%s %q: %v\n%s\nits last words with the gateway:\n%s", name, args, err, out, m.imap.tail())
	}
	return string(out)
}

// file writes a file into the client's home, with {host}, {imap}, {smtp} and {home} filled in.
func (m *mailDesk) file(name, text string) string {
	m.t.Helper()
	file := filepath.Join(m.home, name)
	text = strings.NewReplacer("{host}", m.imap.host(), "{imap}", m.imap.port(), "{smtp}", m.submission.port(), "{home}", m.home).Replace(text)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return file
}

// wire is a way to a listener, on which all that is said is kept.
type wire struct {
	listener net.Listener

	mu    sync.Mutex
	said  []byte // by clients
	heard []byte // by them, from the gateway
}

func newWire(t testing.TB, to func() string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", to())
			if err != nil {
				c.Close()
				continue
			}
			all.Go(func() { w.carry(&w.said, up, c) })
			all.Go(func() { w.carry(&w.heard, c, up) })
		}
	})
	t.Cleanup(func() { l.Close() }) // the connections end with their clients
	return w
}

// carry copies what one side says to the other, keeps it, and ends both at the end.
func (w *wire) carry(kept *[]byte, to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		w.mu.Lock()
		*kept = append(*kept, b[:n]...)
		w.mu.Unlock()
		if _, werr := to.Write(b[:n]); errors.Join(err, werr) != nil {
			return
		}
	}
}

func (w *wire) host() string { return w.listener.Addr().(*net.TCPAddr).IP.String() }
func (w *wire) port() string { return fmt.Sprint(w.listener.Addr().(*net.TCPAddr).Port) }

// asked is whether clients have said what a pattern matches, and how often.
func (w *wire) asked(pattern string) int { return w.count(&w.said, pattern) }

// told is how often the gateway has said what a pattern matches.
func (w *wire) told(pattern string) int { return w.count(&w.heard, pattern) }

func (w *wire) count(kept *[]byte, pattern string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(regexp.MustCompile(pattern).FindAll(*kept, -1))
}

// bodies is how many mails went over the wire whole.
func (w *wire) bodies() int { return w.told(`BODY\[\](<0>)? \{|RFC822 \{|BINARY\[\] ~?\{`) }

// forget begins anew.
func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said, w.heard = nil, nil
}

// tail is what was said last.
func (w *wire) tail() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	end := func(b []byte) []byte { return b[max(0, len(b)-1500):] }
	return fmt.Sprintf("client: %s\ngateway: %s", end(w.said), end(w.heard))
}
