//go:build linux

package main_test

import (
	"errors"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// folderSession is a mail program that has INBOX open.
func folderSession(t *testing.T, d *daemon, password string) *imapclient.Client {
	t.Helper()
	c := dialBench(t, d.imap, "anna@example.com", password)
	t.Cleanup(func() { c.Close() })
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// isOver reports whether a session ends within the time of a person who looks.
func isOver(c *imapclient.Client) bool {
	select {
	case <-c.Closed():
		return true
	case <-time.After(5 * time.Second):
		return false
	}
}

// TestRevoked: who holds a stolen telephone is out when its password is taken back, also of
// what was open: of reading, idle or not, and of sending. So is who used a password that was
// changed, and nobody else.
func TestRevoked(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, `submission.listen="127.0.0.1:0"`, `imap.listen="127.0.0.1:0"`)
	example, err := os.ReadFile(filepath.Join(projectRoot(t), "config.example.toml"))
	if err != nil {
		t.Fatal(err)
	}
	d.config = filepath.Join(d.dir, "mailgw.toml")
	if err := os.WriteFile(d.config, example, 0o600); err != nil {
		t.Fatal(err)
	}
	d.start()
	phone := strings.TrimSpace(d.mustCommand("passwd", "anna", "--device", "phone"))
	laptop := strings.TrimSpace(d.mustCommand("passwd", "anna", "--device", "laptop"))
	d.sendOne("mia@acme.example", []byte("From: mia@acme.example\r\nTo: support@example.com\r\nSubject: Help\r\nMessage-ID: <1@acme.example>\r\n\r\nIt is broken.\r\n"))

	sender := func(password string) *smtp.Client {
		c, err := smtp.Dial(d.submission)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if err := c.Auth(smtp.PlainAuth("", "anna@example.com", password, "127.0.0.1")); err != nil {
			t.Fatal(err)
		}
		return c
	}
	idle, quiet, other, main := folderSession(t, d, phone), folderSession(t, d, phone), folderSession(t, d, laptop), folderSession(t, d, "demo")
	if _, err := idle.Idle(); err != nil {
		t.Fatal(err)
	}
	sends, sendsStill := sender(phone), sender(laptop)

	d.mustCommand("passwd", "anna", "--revoke", "phone")
	if !isOver(idle) {
		t.Error("IDLE goes on with a password that was taken back")
	}
	if !isOver(quiet) {
		t.Error("a session goes on with a password that was taken back")
	}
	var reply *textproto.Error
	if err := sends.Mail("anna@example.com"); !errors.As(err, &reply) || reply.Code != 421 {
		t.Errorf("MAIL with a password that was taken back: %v", err)
	}
	if err := sendsStill.Mail("anna@example.com"); err != nil {
		t.Errorf("MAIL of another device: %v", err)
	}
	for name, c := range map[string]*imapclient.Client{"another device": other, "the password itself": main} {
		if got, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{UID: true}).Collect(); err != nil || len(got) != 1 {
			t.Errorf("%s: %d mails, %v", name, len(got), err)
		}
	}

	// Her password is changed: the device has its own.
	text := string(example)
	from := strings.Index(text, "password = ")
	to := from + strings.Index(text[from:], "\n")
	if from < 0 {
		t.Fatal("config.example.toml has no password")
	}
	if err := os.WriteFile(d.config, []byte(text[:from]+`password = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"`+text[to:]), 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case <-main.Closed():
	case <-time.After(20 * time.Second):
		t.Errorf("a session goes on with a password that was changed\n%s", d.log.tail(2000))
	}
	if err := other.Noop().Wait(); err != nil {
		t.Errorf("the device, when the password was changed: %v", err)
	}
}
