package imapd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestProtocol says what a client says, and looks for what it is answered. "C:" is said,
// "S:" must be in the answer, "N:" must not; "END" is the end of the connection.
func TestProtocol(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/protocol/*.txt")
	if err != nil || len(scripts) < 15 {
		t.Fatal(scripts, err)
	}
	for _, name := range scripts {
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			t.Parallel()
			addr, _ := served(t, newFake(2, 2), nil)
			play(t, dialed(t, addr), strings.TrimSuffix(string(script), "\n"))
		})
	}
}

// play plays a script: lines of one kind belong together.
func play(t *testing.T, w *wire, script string) {
	lines := strings.Split(strings.TrimLeft(script, "\n"), "\n")
	tag := ""
	for i := 0; i < len(lines); {
		for ; i < len(lines) && !strings.HasPrefix(lines[i], "S:") && !strings.HasPrefix(lines[i], "N:") && lines[i] != "END"; i++ {
			said := strings.TrimPrefix(strings.TrimPrefix(lines[i], "C:"), " ")
			if first, _, _ := strings.Cut(said, " "); first != "" && first[0] >= 'a' && first[0] <= 'z' && len(first) <= 2 {
				tag = first
			}
			w.say("%s\r\n", said)
		}
		var want, not []string
		plus := false
		for ; i < len(lines) && (strings.HasPrefix(lines[i], "S:") || strings.HasPrefix(lines[i], "N:")); i++ {
			text := strings.TrimPrefix(lines[i][2:], " ")
			if lines[i][0] == 'S' {
				want = append(want, text)
				plus = plus || text == "+" || text == "+ "
			} else {
				not = append(not, text)
			}
		}
		end := i < len(lines) && lines[i] == "END"
		if end {
			i++
		}
		begin := tag + " "
		if plus {
			begin = "+"
		} else if end {
			begin = "(never)"
		}
		got := strings.Join(w.until(begin), "\n")
		if end && !strings.HasSuffix(got, "(end)") {
			t.Fatalf("it goes on: %s", got)
		}
		for _, s := range want {
			if !strings.Contains(got, s) {
				t.Fatalf("after %s: no %q in\n%s", tag, s, got)
			}
		}
		for _, s := range not {
			if strings.Contains(got, s) {
				t.Fatalf("after %s: %q in\n%s", tag, s, got)
			}
		}
	}
}

// TestCopyHolds copies the first of a ticket's two mails by its number, which takes both
// away, and goes on by numbers, as alpine does: no other ticket's mail is marked.
func TestCopyHolds(t *testing.T) {
	t.Parallel()
	f := newFake(2, 2)
	addr, _ := served(t, f, nil)
	w := in(t, addr, "Unassigned")
	if got := w.do("a COPY 1 Mine"); strings.Contains(got, "EXPUNGE") || !strings.Contains(got, "a OK [COPYUID 7 101 105]") {
		t.Errorf("COPY says %s", got)
	}
	if got := w.do(`b STORE 1 +FLAGS (\Deleted)`); !strings.Contains(got, `* 1 FETCH (UID 101 FLAGS (\Deleted))`) {
		t.Errorf("STORE says %s", got)
	}
	if got := w.do("c EXPUNGE"); !strings.Contains(got, "* 2 EXPUNGE\n* 1 EXPUNGE") {
		t.Errorf("EXPUNGE says %s", got)
	}
	for name, mails := range f.folders {
		for _, m := range mails {
			if m.Flags&Deleted != 0 {
				t.Errorf("UID %d of ticket %d in %s is marked", m.UID, m.Ticket, name)
			}
		}
	}
	if len(f.folders["Unassigned"]) != 2 || len(f.folders["Mine"]) != 2 {
		t.Errorf("%d mails stay, %d are taken", len(f.folders["Unassigned"]), len(f.folders["Mine"]))
	}
}

// TestRefusedLiterals sends literals that are not taken, with commands in them: none is done.
func TestRefusedLiterals(t *testing.T) {
	t.Parallel()
	evil := "x UNSUBSCRIBE Mine\r\n"
	for name, command := range map[string]string{
		"append, not asked": "a APPEND Drafts {999999+}\r\n" + strings.Repeat(evil, 50),
		"append, asked":     "a APPEND Drafts {999999}\r\n",
		"search":            "a SEARCH SUBJECT {5000+}\r\n" + strings.Repeat(evil, 250),
		"huge":              "a APPEND Drafts {99999999999+}\r\n" + strings.Repeat(evil, 50),
		"id":                "a SELECT {70000+}\r\n" + strings.Repeat(evil, 50),
		"a wrong word":      fmt.Sprintf("a NOOP x {%d+}\r\n%s {%d+}\r\n%s\r\nz LOGOUT\r\n", len(evil), evil, len(evil), evil),
		"a wrong flag":      fmt.Sprintf("a APPEND Drafts (a(b) {%d+}\r\n%s\r\nz LOGOUT\r\n", 5*len(evil), strings.Repeat(evil, 5)),
		"a wrong key":       fmt.Sprintf("a SEARCH FROBNICATE {%d+}\r\n%s\r\nz LOGOUT\r\n", len(evil), evil),
		"a wrong line":      fmt.Sprintf("a {%d+}\r\n%s\r\nz LOGOUT\r\n", len(evil), evil),
		"an open quote":     fmt.Sprintf("a SELECT \"x {%d+}\r\n%s\r\nz LOGOUT\r\n", len(evil), evil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(1)
			addr, _ := served(t, f, nil)
			w := in(t, addr, "Unassigned")
			w.say("%s", command)
			got := strings.Join(w.until("a "), "\n")
			if !strings.Contains(got, "a NO [") && !strings.Contains(got, "a BAD") {
				t.Errorf("it says %s", got)
			}
			if name != "append, asked" {
				w.until("(never)")
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if len(f.unsubbed) > 0 || len(f.appended) > 0 {
				t.Errorf("a literal was done: %v %q", f.unsubbed, f.appended)
			}
		})
	}
}

// TestHugeLiteral sends more of a literal than a client is listened to.
func TestHugeLiteral(t *testing.T) {
	t.Parallel()
	f := newFake(1)
	addr, s := served(t, f, nil)
	w := in(t, addr, "")
	_, err := fmt.Fprintf(w.Conn, "a APPEND Drafts {9999999+}\r\n%s", strings.Repeat("x UNSUBSCRIBE Mine\r\n", 250_000))
	for n := 0; s.Counters().Connections > 0; n++ {
		if n > 1000 {
			t.Fatal("the connection stays", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if len(f.unsubbed) > 0 {
		t.Error("a literal was done")
	}
}

// TestNews waits for a mail, for one that leaves, and for a flag that another client sets.
func TestNews(t *testing.T) {
	t.Parallel()
	f := newFake(1, 1)
	addr, _ := served(t, f, nil)
	one, other := in(t, addr, "Unassigned"), in(t, addr, "Unassigned")
	one.say("i IDLE\r\n")
	one.until("+")
	begun := time.Now()
	f.arrive("Unassigned", 3, fakeRaw(3, 1))
	if got := one.line(); got != "* 3 EXISTS\r\n" || time.Since(begun) > time.Second {
		t.Errorf("%q after %s", got, time.Since(begun))
	}
	other.do("m MOVE 1 Mine")
	if got := one.line(); got != "* 1 EXPUNGE\r\n" {
		t.Errorf("%q", got)
	}
	other.do(`s STORE 1 +FLAGS (\Seen)`)
	if got := one.line(); got != "* 1 FETCH (UID 102 FLAGS (\\Seen))\r\n" {
		t.Errorf("%q", got)
	}
	one.say("DONE\r\n")
	one.until("i OK")
	if got := one.do("f UID FETCH 1:* FLAGS"); strings.Count(got, "FETCH (") != 2 {
		t.Errorf("%s", got)
	}
}

// TestRefusedMove shows the sentence.
func TestRefusedMove(t *testing.T) {
	t.Parallel()
	f := newFake(1)
	f.with = map[string]bool{"1": true}
	addr, _ := served(t, f, nil)
	if got := in(t, addr, "Unassigned").do("a MOVE 1 Mine"); got != "a NO [CANNOT] Ticket 1 is with Ben Ortiz." {
		t.Error(got)
	}
}
