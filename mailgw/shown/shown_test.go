package shown

import (
	"bytes"
	"net/mail"
	"strings"
	"testing"
)

// Our lines are a header that parses, whatever names and evidence hold, and have none
// that somebody else wrote.
func TestLinesHoldNoOthers(t *testing.T) {
	for _, evil := range []string{"a\r\nReply-To: eve@evil.example", "\nX-Mailgw-Sender: pass", "Zürich\x00\r\n\r\nbody", strings.Repeat("ü ", 900), "=?utf-8?q?=0D=0AReply-To:_eve?=", "\xff\xfe", strings.Repeat("word ", 200), strings.Repeat("x", 2000)} {
		f := &Facts{Ticket: 7, Entry: 2, Kind: evil, Customer: evil, Sure: evil, Sender: evil, Evidence: []string{evil, evil}, ReplyTo: "support+" + Room + "@example.com"}
		lines := Lines(f)
		m, err := mail.ReadMessage(bytes.NewReader(append(append([]byte{}, lines...), "From: x@y.example\r\n\r\nbody"...)))
		if err != nil {
			t.Fatalf("%q: %v", lines, err)
		}
		if len(m.Header["Reply-To"]) != 1 || len(m.Header["X-Mailgw-Sender"]) > 1 || m.Header.Get("From") != "x@y.example" || m.Header.Get("X-Mailgw-Ticket") != "7" {
			t.Errorf("%q makes %q", evil, lines)
		}
		for line := range bytes.Lines(lines) {
			if len(line) > 998 || !bytes.HasSuffix(line, []byte("\r\n")) {
				t.Errorf("a line of %d bytes: %q", len(line), line)
			}
		}
	}
}

// A stranger's own lines are not taken for ours; all else stays as it is.
func TestDisarm(t *testing.T) {
	raw := "From: a@b.example\r\nREPLY-TO : eve@evil.example,\r\n Reply-To: folded\r\nx-mailgw-sender: pass\r\nSubject: x\r\n\r\nReply-To: body\r\nX-Mailgw-Ticket: 9\r\n"
	want := "From: a@b.example\r\nX-Mailgw-Original-Reply-To: eve@evil.example,\r\n Reply-To: folded\r\nX-Theirs-x-mailgw-sender: pass\r\nSubject: x\r\n\r\nReply-To: body\r\nX-Mailgw-Ticket: 9\r\n"
	if got := string(Disarm([]byte(raw), true)); got != want {
		t.Errorf("%q", got)
	}
	if got := string(Disarm([]byte(raw), false)); !strings.Contains(got, "REPLY-TO : eve") || strings.Contains(got, "\nx-mailgw") {
		t.Errorf("%q", got)
	}
	for _, plain := range []string{"", "\r\n", "From: x\r\n", "no header at all", "From: a\r\n\r\nx-mailgw-a: b"} {
		if got := string(Disarm([]byte(plain), true)); got != plain {
			t.Errorf("%q became %q", plain, got)
		}
	}
}

// A token fills its room, and the length is known before.
func TestFill(t *testing.T) {
	lines := Lines(&Facts{Kind: "customer", ReplyTo: "support+" + Room + "@example.com"})
	token := strings.Repeat("k", 39)
	if got := Fill(lines, token); len(got) != len(lines)+Grows(lines, 39) || !bytes.Contains(got, []byte("support+"+token+"@")) {
		t.Errorf("%q", got)
	}
	if none := Lines(&Facts{Kind: "note"}); Grows(none, 39) != 0 {
		t.Error("without a room it grows")
	}
}

// Only our Reply-To has room: a name or evidence that looks like it stays as it is.
func TestFillLeavesNames(t *testing.T) {
	f := &Facts{Ticket: 7, Kind: "customer", Customer: Room, Sure: Room, Evidence: []string{"In-Reply-To <" + Room + "@evil.example>"}}
	for replyTo, n := range map[string]int{"": 0, "support@example.com": 0, "support+" + Room + "@example.com": 1, Room + "@reply.example.com": 1} {
		f.ReplyTo = replyTo
		lines := Lines(f)
		got := Fill(lines, "kkk")
		if HasRoom(lines) != (n == 1) || bytes.Count(got, []byte("kkk")) != n || len(got) != len(lines)+Grows(lines, 3) {
			t.Errorf("%q: %q", replyTo, got)
		}
		if n == 1 && !bytes.Contains(got, []byte("\r\nReply-To: "+strings.Replace(replyTo, Room, "kkk", 1)+"\r\n")) {
			t.Errorf("%q: %q", replyTo, got)
		}
	}
}
