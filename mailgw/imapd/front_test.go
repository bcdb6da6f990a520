package imapd

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
)

// TestPasswordPrompt looks at the time that somebody has who is not logged in.
func TestPasswordPrompt(t *testing.T) {
	t.Parallel()
	c := &deadlines{}
	f := newFront(&Server{}, c, false, false)
	for _, in := range []bool{false, true} {
		if in {
			f.logsIn(newFake())
		}
		asked := time.Now().Add(30 * time.Second)
		if err := f.SetReadDeadline(asked); err != nil {
			t.Fatal(err)
		}
		if got := time.Until(c.read); !in && (got < 2*time.Minute || got > 4*time.Minute) || in && !c.read.Equal(asked) {
			t.Errorf("logged in %t: %s", in, got)
		}
	}
}

type deadlines struct {
	net.Conn
	read time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.read = t
	return nil
}

// TestLongCommands says commands that are as long as go-imap takes, and longer ones: what
// is behind is no command, and what comes after is.
func TestLongCommands(t *testing.T) {
	t.Parallel()
	f := newFake(1)
	addr, _ := served(t, f, nil)
	w := in(t, addr, "Unassigned")
	evil := " x UNSUBSCRIBE Mine"
	for n, want := range map[int]string{30_000: "a OK", 51_000: "a BAD", 200_000: "a BAD", 1_000_000: "a BAD"} {
		text := strings.Repeat("z", n%4096) + strings.Repeat(evil, n/len(evil))
		if got := w.do(`a SEARCH SUBJECT "%s"`, text); !strings.Contains(got, want) {
			t.Errorf("%d octets: %s", n, got)
		}
	}
	if got := w.do("b UID FETCH %s (FLAGS)", strings.TrimSuffix(strings.Repeat("101,", 10_000), ",")); !strings.Contains(got, "b OK") {
		t.Errorf("a set of 40,000 octets: %.200s", got)
	}
	if len(f.unsubbed) > 0 {
		t.Error("what was in a long command was done")
	}
	// In several lines it ends the connection, as nobody knows where the next command begins.
	w.say("c SEARCH SUBJECT {3+}\r\nabc %s\r\n", strings.Repeat(evil, 3000))
	if got := strings.Join(w.until("c "), "\n"); !strings.Contains(got, "BYE") || len(f.unsubbed) > 0 {
		t.Errorf("%s %v", got, f.unsubbed)
	}
}

// TestGathered counts the writes of an answer of many lines.
func TestGathered(t *testing.T) {
	t.Parallel()
	c := &writes{}
	f := newFront(&Server{}, c, false, false)
	line := []byte("* 1 FETCH (UID 101 FLAGS ())\r\n")
	for range 10_000 {
		if _, err := f.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	for range 200 { // the last lines go by themselves
		if c.sum() == 10_000*len(line) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if c.sum() != 10_000*len(line) || c.n > 60 {
		t.Errorf("%d octets in %d writes", c.sum(), c.n)
	}
}

type writes struct {
	net.Conn
	mu       sync.Mutex
	n, bytes int
}

func (w *writes) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n++
	w.bytes += len(b)
	return len(b), nil
}

func (w *writes) SetWriteDeadline(time.Time) error { return nil }

func (w *writes) sum() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bytes
}

// TestSectionsOfAny cuts mails that a parser cannot read, too: no octet is lost.
func TestSectionsOfAny(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"Subject: x\r\n\r\nText.\r\n", "no header\r\n\r\nText.\r\n", ": x\r\n\r\nText.\r\n", "\r\nText.\r\n", "Subject: x\r\n", "", "\x00\xff\r\nText",
		"Subject: x\r\n broken\r\nNo colon here\r\n\r\nText.\r\n",
		"Content-Type: multipart/mixed; boundary=\"a\"\r\n\r\n--a\r\n\r\nText.\r\n--a--\r\n",
		"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\nText.\r\n",
	} {
		b := []byte(raw)
		m := &body{raw: b}
		head, text := m.section(&imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader}), m.section(&imap.FetchItemBodySection{Specifier: imap.PartSpecifierText})
		if string(head)+string(text) != raw || string(m.section(&imap.FetchItemBodySection{})) != raw {
			t.Errorf("%q is %q and %q", raw, head, text)
		}
		if part := m.section(&imap.FetchItemBodySection{Part: []int{1}}); len(text) > 0 && len(part) == 0 {
			t.Errorf("%q has an empty BODY[1]", raw)
		}
		var pieces []byte
		for at := int64(0); ; at += 5 {
			p := cut(b, &imap.SectionPartial{Offset: at, Size: 5})
			if len(p) == 0 {
				break
			}
			pieces = append(pieces, p...)
		}
		if string(pieces) != raw {
			t.Errorf("%q in pieces is %q", raw, pieces)
		}
		m.section(&imap.FetchItemBodySection{Part: []int{3, 1, 2}, Specifier: imap.PartSpecifierMIME})
		m.binary([]int{1})
	}
}

// TestSlowReader has a client that reads nothing of a big folder: others are served.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	f := newFake(1)
	f.arrive("Unassigned", 2, append(fakeRaw(2, 1), bytes.Repeat([]byte("0123456789abcdef0123456789abcdef0123456789abcdef\r\n"), 100_000)...))
	addr, _ := served(t, f, nil)
	slow, other := in(t, addr, "Unassigned"), in(t, addr, "Unassigned")
	for i := range 5 {
		slow.say("a%d FETCH 1:2 BODY.PEEK[]\r\n", i)
	}
	begun := time.Now()
	other.do("b STORE 1 +FLAGS (\\Seen)")
	other.do("c MOVE 1 Mine")
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("another client waited %s", took)
	}
	// It reads on, and has all of what it was told of.
	got := strings.Join(slow.until("a4 "), "\n")
	if n := strings.Count(got, "Line 1 of ticket 1."); n < 1 || !strings.Contains(got, "a4 OK") {
		t.Errorf("%d times the first mail", n)
	}
}

// FuzzSession says anything to a session: it answers, and ends when the client does.
func FuzzSession(f *testing.F) {
	for _, seed := range []string{
		"a NOOP\r\n", "a SELECT Unassigned\r\nb FETCH 1:* (FLAGS ENVELOPE BODY[1] BODY[]<0.3>)\r\nc STORE 1 +FLAGS (\\Deleted x)\r\nd EXPUNGE\r\n",
		"a APPEND Drafts (\\Seen) {3+}\r\nabc\r\nb IDLE\r\nDONE\r\n", "a SEARCH {3+}\r\nabc\r\n", "{1+}\r\nx\r\n", "a b {0+}\r\n\r\n", "a IDLE\r\n\x00\r\n",
		"a SELECT \"&\xc3\xa9&-&AO\"\r\n", "a FETCH 4294967295:* BODY[1.2.MIME]<4294967295.4294967295>\r\n", "a UID SEARCH NOT OR (1:* $) UID *:* TEXT \"\"\r\n",
		"a AUTHENTICATE PLAIN\r\n=\r\n", "a LIST (SUBSCRIBED) \"\" (\"*\" \"%\") RETURN (STATUS (SIZE))\r\n", "a UNSELECT\r\nb CLOSE\r\nc COPY 1 Mine\r\nd UID MOVE * Mine\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		addr, s := served(t, newFake(2, 1), nil)
		w := in(t, addr, "Unassigned")
		if _, err := w.Write(said); err != nil {
			t.Fatal(err)
		}
		if err := w.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Skip(err) // it has been closed for what was said
		}
		if err := w.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, w.r); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("it does not end: %v", err)
		}
		w.Close()
		for n := 0; s.Counters().Connections > 0; n++ {
			if n > 1000 {
				t.Fatal(fmt.Sprint(s.Counters().Connections, " connections stay"))
			}
			time.Sleep(time.Millisecond)
		}
	})
}
