package smtpd

import (
	"strings"
	"testing"
)

// TestChange: new limits are for connections that come later; those that are open
// keep theirs, in the middle of a mail too.
func TestChange(t *testing.T) {
	l := newLab(t, nil, nil)
	old := l.dial()
	old.begin()

	l.server.Change(Options{Hostname: "another", MaxMessageBytes: 2000, MaxRecipients: 1, MaxConnections: 2})
	old.ask("RCPT TO:<billing@example.com>", "250")
	old.ask("DATA", "354")
	old.ask(strings.Repeat("0123456789\r\n", 500)+".", "250 2.0.0 accepted as")

	late := l.dial()
	if hello := late.ask("EHLO client", "250"); !strings.Contains(hello, "SIZE 2000") || !strings.Contains(hello, "RCPTMAX=1") || !strings.Contains(hello, "mx.example.com") {
		t.Errorf("a later connection is told %q", hello)
	}
	late.ask("MAIL FROM:<a@b.example> SIZE=2001", "552")
	late.ask("MAIL FROM:<a@b.example>", "250")
	late.ask("RCPT TO:<support@example.com>", "250")
	late.ask("RCPT TO:<billing@example.com>", "452")
	late.ask("DATA", "354")
	late.ask(strings.Repeat("0123456789\r\n", 500)+".", "552")

	third := l.connect()
	third.want("421") // both are counted, the old one too

	old.envelope()
	old.ask("RSET", "250")
	if c := l.server.Counters(); c.ConnectionsTotal != 2 || c.Accepted != 1 || c.Refused["connections"] != 1 {
		t.Errorf("the counters did not go on: %+v", c)
	}
}

// TestChangeWhileServing changes the terms again and again under connections that come.
func TestChangeWhileServing(t *testing.T) {
	l := newLab(t, nil, nil)
	for i := range 50 {
		l.server.Change(Options{MaxMessageBytes: int64(1000 + i), MaxRecipients: 5, MaxErrors: 1 + i%3})
		p := l.dial()
		p.begin()
		p.ask("DATA", "354")
		p.ask("Subject: x\r\n\r\nx\r\n.", "250")
	}
	if got := len(l.box.taken()); got != 50 {
		t.Errorf("%d mails were taken, want 50", got)
	}
}
