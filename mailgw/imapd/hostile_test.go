package imapd

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
)

// What stands in a mail is no answer of ours, wherever go-imap's buffer ends in it.
func TestMailIsNoAnswer(t *testing.T) {
	t.Parallel()
	f := newFake()
	var mails [][]byte
	for _, word := range []string{"* LIST ", "* ENABLED IMAP4rev2 "} {
		for i := range len(word) { // one of them has it where a write begins
			raw := []byte(fmt.Sprintf("From: eve@evil.example\r\nMessage-ID: <%02d-%d@e>\r\n\r\n", len(word), i) + strings.Repeat("x", i) + strings.Repeat(word, 14_000/len(word)) + strings.Repeat("&-", 200) + "\r\n")
			mails = append(mails, raw)
			f.add("Unassigned", uint64(len(mails)), 1, raw)
		}
	}
	addr, _ := served(t, f, nil)
	for _, rev2 := range []bool{false, true} {
		w := in(t, addr, "")
		if rev2 {
			w.do("e ENABLE IMAP4rev2")
		}
		w.do("s SELECT Unassigned")
		for n, want := range append(mails, mails...) {
			n %= len(mails)
			w.say("f FETCH %d BODY.PEEK[]\r\n", n+1)
			if err := w.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			line, err := w.r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			size, _ := literalOf([]byte(line))
			b := make([]byte, max(size, 0))
			if got, err := io.ReadFull(w.r, b); err != nil || !bytes.Equal(b, want) {
				t.Fatalf("mail %d is announced with %d octets, and %d came (%v)", n+1, size, got, err)
			}
			w.until("f ")
		}
	}
}

// Patterns of LIST, and one that go-imap's own matching is never done with.
func TestListPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "INBOX", true},
		{"*", "Desk/support", true},
		{"%", "Desk/support", false},
		{"%", "Desk", true},
		{"%/%", "Desk/support", true},
		{"Desk/*", "Desk/support", true},
		{"Desk/*", "Desk", false},
		{"Desk*", "Desk", true},
		{"*port", "Desk/support", true},
		{"D%k/s*t", "Desk/support", true},
		{"Mine", "Mine", true},
		{"Mine", "Mined", false},
		{"mine", "Mine", false},
		{"", "Mine", false},
		{"*Zürich*", "Customer/Zürich & Söhne", true},
		{strings.Repeat("*a", 1000), strings.Repeat("a", 999), false},
		{strings.Repeat("*a", 1000) + "*", strings.Repeat("a", 1000), true},
		{strings.Repeat("*", 2000) + "b", strings.Repeat("a", 1000), false},
	} {
		if got := fits(c.name, c.pattern); got != c.want {
			t.Errorf("%.40q fits %.40q: %v", c.name, c.pattern, got)
		}
	}
}

// The reference of LIST, as go-imap's own matching reads it.
func TestListReference(t *testing.T) {
	t.Parallel()
	names := []string{"INBOX", "Mine", "Desk", "Desk/support", "Desk/support/old", "Agent/Ben Ortiz", "a*b", "a*b/c"}
	for _, ref := range []string{"", "Desk", "Desk/", "Des", "/", "Desk/support", "a*b", "*"} {
		for _, pattern := range []string{"*", "%", "support", "%/%", "/Desk/%", "/*", "s*", "", "INBOX", "*/*"} {
			for _, name := range names {
				want := imapserver.MatchList(name, delimiter, ref, pattern)
				if got := matches(name, ref, []string{pattern}); got != want {
					t.Errorf("LIST %q %q: %q: %v, must be %v", ref, pattern, name, got, want)
				}
			}
		}
	}
}

// A command does not carry literals without end, before the login but two small ones.
func TestManyLiterals(t *testing.T) {
	t.Parallel()
	f := newFake(1)
	addr, _ := served(t, f, nil)
	for _, c := range []struct {
		in    bool
		n     int
		taken bool
	}{{false, 2, true}, {false, 3, false}, {true, 60, true}, {true, 65, false}} {
		w := in(t, addr, "")
		if !c.in {
			w = dialed(t, addr)
		}
		word := strings.Repeat("x", freeLiteral)
		_, _ = io.WriteString(w.Conn, "a SEARCH"+strings.Repeat(fmt.Sprintf(" TEXT {%d+}\r\n%s", freeLiteral, word), c.n)+"\r\n") // the server may have ended it
		got := strings.Join(w.until("a "), "")
		if taken := !strings.Contains(got, "are too many"); taken != c.taken {
			t.Errorf("logged in %v, %d literals: %.300q", c.in, c.n, got)
		}
	}
}

// TestSetsAreRanges: a set takes no more memory for how often it names a mail, and a search
// none for each of its sets and mails.
func TestSetsAreRanges(t *testing.T) {
	f := newFake(20_000)
	addr, _ := served(t, f, nil)
	w := in(t, addr, "Unassigned")
	for name, c := range map[string]string{
		"one set 10,000 times": "a UID FETCH " + strings.Repeat("1:*,", 10_000) + "1 (UID)",
		"two sets 3,500 times": "a FETCH " + strings.Repeat("1:19999,*:2,", 3_500) + "1 (UID)",
		"SEARCH of 400 sets":   "a SEARCH " + strings.TrimSpace(strings.Repeat("UID 1:* ", 400)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if got := w.do("%s", c); !strings.Contains(got, "a OK") {
			t.Errorf("%s: %.200q", name, got)
		}
		runtime.ReadMemStats(&after)
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 60 {
			t.Errorf("%s (%d octets) allocates %d MiB", name, len(c), mb)
		}
	}
}

// writeNoter notes what is written under one deadline.
type writeNoter struct {
	net.Conn
	most, all int
}

func (s *writeNoter) Write(b []byte) (int, error) {
	s.most, s.all = max(s.most, len(b)), s.all+len(b)
	return len(b), nil
}
func (s *writeNoter) SetWriteDeadline(time.Time) error { return nil }
func (s *writeNoter) Close() error                     { return nil }

// TestLargeMailInPieces: each 64 KiB of a large mail have their own time (docs/imap.md), and no
// copy is made of the whole.
func TestLargeMailInPieces(t *testing.T) {
	c := &writeNoter{}
	f := newFront(New(Options{}), c, false, false)
	for _, d := range f.s.doors {
		defer d.Close()
	}
	mail := make([]byte, 30<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := f.Write(mail); err != nil {
		t.Fatal(err)
	}
	f.Close()
	runtime.ReadMemStats(&after)
	if c.most > 2*gatherBytes || c.all < len(mail) {
		t.Errorf("%d KiB of %d are written under one deadline", c.most>>10, c.all>>10)
	}
	if kb := (after.TotalAlloc - before.TotalAlloc) >> 10; kb > 1024 {
		t.Errorf("%d KiB are allocated for it", kb)
	}
}
