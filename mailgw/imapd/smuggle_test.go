package imapd

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// TestNoLiteralIsRun: a literal's octets are never commands, whatever becomes of the command that has it.
func TestNoLiteralIsRun(t *testing.T) {
	t.Parallel()
	lit := "a\r\nx NOOP\r\nx NOOP\r\nb"
	big := strings.Repeat("x NOOP\r\n", 1500) // more than 4096
	n := fmt.Sprintf("{%d+}\r\n%s", len(lit), lit)
	large := fmt.Sprintf("{%d+}\r\n%s", len(big), big)
	long := strings.Repeat("1,3,", 13_000) + "5"
	for i, c := range []string{
		"a APPEND \"Dra\\\"fts\" " + n, "a APPEND Drafts (\\Seen \"bad\" " + n, "a APPEND Drafts (\\Seen) \"01-Foo-2020\" " + n, "a APPEND \"&&&\" " + n,
		"a APPEND Drafts UTF8 (~" + n + ")", "a APPEND Drafts ~" + n, "a APPEND Drafts FOO " + n, "a APPEND nothere " + large, "a APPEND Drafts " + large + " " + n,
		"a APPEND Drafts " + n + " " + n, "a APPEND Drafts " + n + n, "a NOOP " + n, "a NOOP" + n, "a FOO " + n, "a " + n, n, "a\tNOOP " + n, "a UID FOO " + n, "a SELECT " + n,
		"a SEARCH TEXT " + n, "a SEARCH CHARSET FOO TEXT " + n, "a SEARCH FOO " + n, "a SEARCH TEXT " + n + " TEXT " + n + " FOO " + n, "a FETCH 1 (FLAGS " + n + ")",
		"a LIST \"\" (" + n + " " + n + ")", "a LIST " + n + " " + n, "a LOGIN " + n + " " + n, "a AUTHENTICATE PLAIN " + n, "a AUTHENTICATE " + n, "a ENABLE " + n, "a STORE 1 FLAGS (" + n, "a COPY 1 " + n, "a COPY 99 " + n,
		"a ID (" + n + ")", "a STARTTLS " + n, "a IDLE " + n, "a LOGOUTX " + n, "a CREATE " + n, "a RENAME " + n + " " + n, "a STATUS " + n + " (MESSAGES)", "a STATUS INBOX (FOO " + n,
		"a NOOP {0+}\r\n" + n, "a NOOP {00000000000000000000021+}\r\n" + lit, "a SEARCH TEXT \"x\" " + n, "a SEARCH TEXT \"{5+}\" " + n, "a NOOP \x00 " + n, "a\x00 NOOP " + n, "a SEARCH TEXT \"\\\" " + n,
		"a UID FETCH " + long + " " + n, "a UID SEARCH UID " + long + " TEXT " + n, "a GETQUOTA " + n, "a NOOP " + strings.Repeat("x", 60_000) + " " + n, "a SEARCH TEXT {" + strings.Repeat("0", 90) + "21+}\r\n" + lit, "a SEARCH TEXT {99999999999999999999999999+}\r\n" + lit, "+ NOOP " + n, "a SEARCH TEXT {3+}\r\nabc\" " + n, "a SEARCH TEXT {3+}\r\nabc FOO \" " + n,
	} {
		for _, login := range []bool{true, false} {
			f := newFake(1)
			addr, _ := served(t, f, nil)
			w := dialed(t, addr)
			if login {
				w.do("l LOGIN anna demo")
				w.do("s SELECT Unassigned")
			}
			go fmt.Fprintf(w.Conn, "%s\r\nz NOOP\r\nz LOGOUT\r\n", c)
			var all strings.Builder
			for {
				if err := w.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
					t.Fatal(err)
				}
				s, err := w.r.ReadString('\n')
				all.WriteString(s)
				if err != nil {
					if err != io.EOF && !strings.Contains(err.Error(), "reset") {
						t.Errorf("%d (login %v) %.60q: %v after %.300q", i, login, c, err, all.String())
					}
					break
				}
			}
			got := "\n" + all.String()
			if strings.Contains(got, "\nx ") {
				t.Errorf("%d (login %v) %.60q: a literal was run as a command: %.400q", i, login, c, got)
			}
			if !strings.Contains(got, "\nz OK") && !strings.Contains(got, "* BYE") {
				t.Errorf("%d (login %v) %.60q: neither goes it on nor does it end: %.300q", i, login, c, got)
			}
			w.Close()
		}
	}
}
