package imapd

import (
	"strings"
	"testing"
	"time"
)

// TestProtocol says what a client says, and looks for what it is answered. "C:" is said,
// "S:" must be in the answer, "N:" must not; "END" is the end of the connection.
func TestProtocol(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"lines": `
C:
C: x1
S: x1 BAD
C: x2 ID ("name" "client")
S: x2 OK
C: x3 ID NIL
S: x3 OK
C: x4 ID ("name" {3+}
C: abc "version" "1")
S: x4 OK
C: a LOGIN anna demo
S: a OK
N:  ID 
C: b ID NIL
S: b BAD
C: c FROBNICATE x
S: c BAD
C: d NOOP
S: d OK`,
		"unknown before login": `
C: x FROBNICATE y
S: BYE
END`,
		"authenticate": `
C: a AUTHENTICATE PLAIN
S: + 
N: + =
C: AGFubmEAZGVtbw==
S: a OK`,
		"authenticate at once": `
C: a AUTHENTICATE PLAIN AGFubmEAZGVtbw==
S: a OK`,
		"wrong password": `
C: a LOGIN anna wrong
S: a NO [AUTHENTICATIONFAILED]
C: b AUTHENTICATE PLAIN AGFubmEAd3Jvbmc=
S: b NO [AUTHENTICATIONFAILED]
C: c AUTHENTICATE CRAM-MD5
S: c NO
C: d SELECT INBOX
S: d BAD`,
		"literals": `
C: a LOGIN {4}
S: +
C: anna {4+}
C: demo
S: a OK
C: b SELECT "Unassigned"
S: b OK
C: c SEARCH SUBJECT {7+}
C: Scale 2
S: * SEARCH 3`,
		"names": `
C: a LOGIN anna demo
S: a OK
C: b SELECT "Customer/Z&APw-rich &- S&APY-hne"
S: b OK
C: c SELECT inbox
S: c OK
C: d SELECT Nowhere
S: d NO [NONEXISTENT]
C: e ENABLE UTF8=ACCEPT
S: e OK
C: f SELECT "Customer/Zürich & Söhne"
S: f OK`,
		"list": `
C: a LOGIN anna demo
S: a OK
C: b LIST "" ""
S: * LIST (\Noselect) "/" ""
C: c LIST "" "*"
S: "/" INBOX
S: "/" "Customer"
S: \HasChildren
C: d LIST (SUBSCRIBED) "" "*" RETURN (SPECIAL-USE)
N: Customer
S: \Sent
C: e LSUB "" "*"
N: Customer
S: * LSUB
C: f LIST "" "%" RETURN (STATUS (MESSAGES UNSEEN UIDNEXT SIZE))
S: * STATUS "Unassigned" (
S: MESSAGES 4
S: SIZE
C: g UNSUBSCRIBE Mine
S: g OK
C: h LSUB "" "*"
N: Mine
C: i SUBSCRIBE Mine
S: i OK
C: j NAMESPACE
S: * NAMESPACE (("" "/")) NIL NIL`,
		"fixed folders": `
C: a LOGIN anna demo
S: a OK
C: b CREATE Templates
S: b NO [CANNOT]
C: c DELETE Mine
S: c NO [CANNOT]
C: d RENAME Mine Yours
S: d NO [CANNOT]`,
		"fetch": `
C: a LOGIN anna demo
S: a OK
C: b SELECT Unassigned
S: * 4 EXISTS
S: UIDVALIDITY 7
S: UIDNEXT 105
C: c FETCH 1:* (FLAGS UID)
S: * 4 FETCH (UID 104 FLAGS ())
C: d FETCH 1 (RFC822.SIZE INTERNALDATE ENVELOPE)
S: "=?utf-8?q?Paula_M=C3=BCller?="
S: "<1.1@acme.example>"
C: e FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT X-LONG)]
S: Subject: Scale 1
S: X-Long: one
S:  two
N: From
C: f FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT FROM TO)]
N: Subject: Scale
S: Message-ID: <1.1@acme.example>
C: g FETCH 1 BODY.PEEK[TEXT]<0.6>
S: BODY[TEXT]<0> {6}
S: Line 1
C: h FETCH 1 BODY.PEEK[TEXT]<999.6>
S: BODY[TEXT]<999> {0}
C: i UID FETCH 104:* (FLAGS)
S: * 4 FETCH (UID 104 FLAGS ())
C: j UID FETCH 9999 (FLAGS)
S: j OK
N: * 4
C: k FETCH 9 FLAGS
S: k BAD
C: l FETCH 2 BODY[TEXT]
S: Line 2
S: \Seen
C: m FETCH 2 (FLAGS BODYSTRUCTURE)
S: \Seen
S: "text" "plain"
C: n FETCH 1 BODY.PEEK[1]
S: Line 1 of ticket 1.`,
		"search": `
C: a LOGIN anna demo
S: a OK
C: b SELECT Unassigned
S: b OK
C: c SEARCH TEXT "ticket 2"
S: * SEARCH 3
C: d UID SEARCH RETURN (MIN MAX COUNT) SUBJECT scale
S: MIN 101
S: MAX 104
S: COUNT 4
C: e SEARCH FROM Müller
S: * SEARCH 1 2 3 4
C: e SEARCH RETURN (SAVE) SUBJECT "Scale 2"
S: e OK
C: e FETCH $ (UID)
S: * 3 FETCH (UID 103)
S: * 4 FETCH (UID 104)
C: f SEARCH FROBNICATE
S: f BAD
N: SERVERBUG
C: g SEARCH NOT SUBJECT "Scale 1" SINCE 1-Jan-2026
S: * SEARCH 3 4
C: h SEARCH HEADER Message-ID 2.1@acme
S: * SEARCH 3
C: i SEARCH UNSEEN UNDELETED
S: * SEARCH 1 2 3 4
C: j SEARCH 1:2 OR SUBJECT nothing LARGER 10
S: * SEARCH 1 2
C: k SEARCH BEFORE 1-Jan-2020
S: k OK
C: l SEARCH CHARSET UTF-8 FROM {7+}
C: Müller
S: l OK
S: * SEARCH 1 2 3 4`,
		"store": `
C: a LOGIN anna demo
S: a OK
C: b SELECT Unassigned
S: b OK
C: c STORE 1 +FLAGS (\Seen urgent-call)
S: * 1 FETCH (UID 101 FLAGS (\Seen urgent-call))
C: d STORE 1 -FLAGS.SILENT (\Seen)
N: FETCH
S: d OK
C: e STORE 1 FLAGS (\Flagged)
S: * 1 FETCH (UID 101 FLAGS ())
C: f CLOSE
S: f OK
C: g EXAMINE Unassigned
S: READ-ONLY
C: h STORE 1 +FLAGS (\Seen)
S: h NO
C: i FETCH 1 BODY[TEXT]
N: \Seen
S: i OK
C: j MOVE 1 Mine
S: j NO
C: k UNSELECT
S: k OK
C: l FETCH 1 FLAGS
S: l BAD`,
		"move": `
C: a LOGIN anna demo
S: a OK
C: b SELECT Unassigned
S: b OK
C: c UID MOVE 101 Mine
S: * OK [COPYUID 7 101 105]
S: * 2 EXPUNGE
S: * 1 EXPUNGE
S: c OK
C: d UID MOVE 9999 Mine
S: d OK
C: e MOVE 1 Nowhere
S: e NO [TRYCREATE]
C: f STATUS Mine (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
S: MESSAGES 2`,
		"expunge": `
C: a LOGIN anna demo
S: a OK
C: b SELECT Unassigned
S: b OK
C: c STORE 2,4 +FLAGS.SILENT (\Deleted)
S: c OK
C: d UID EXPUNGE 102
S: * 2 EXPUNGE
N: * 4
S: d OK
C: e EXPUNGE
S: * 3 EXPUNGE
S: e OK
C: f STORE 1 +FLAGS.SILENT (\Deleted)
S: f OK
C: g CLOSE
N: EXPUNGE
S: g OK
C: h STATUS Unassigned (MESSAGES)
S: MESSAGES 1`,
		"append": `
C: a LOGIN anna demo
S: a OK
C: b APPEND Drafts (\Seen \Draft) {6}
S: +
C: A: b

S: b OK [APPENDUID 7 105]
C: c ENABLE UTF8=ACCEPT
S: c OK
C: d APPEND Sent (\Seen) UTF8 (~{6+}
C: A: b
C: )
S: d OK [APPENDUID 7 106]
C: e APPEND Nowhere {3+}
C: abc
S: e NO [TRYCREATE]`,
		"idle": `
C: a LOGIN anna demo
S: a OK
C: b IDLE
S: +
C: done
S: b OK
C: c SELECT INBOX
S: c OK
C: d IDLE
S: +
C: DONE
S: d OK`,
		"pipelined": `
C: a LOGIN anna demo
C: b SELECT Unassigned
C: c FETCH 1 FLAGS
C: d LOGOUT
S: * 1 FETCH
S: BYE
S: d OK
END`,
		"syntax": `
C: a LOGIN anna
S: a BAD
C: a LOGIN anna demo
S: a OK
C: b FETCH
S: b BAD
C: c SELECT Unassigned
S: c OK
C: d FETCH 0 FLAGS
S: d BAD
C: e FETCH 1 (FLAGS
S: e BAD
C: f STORE 1 FLAGS
S: f BAD
C: g NOOP
S: g OK`,
		"rev2": `
C: a LOGIN anna demo
S: IMAP4rev2
S: APPENDLIMIT=100000
S: LITERAL+
N: AUTH=
C: b ENABLE IMAP4rev2
S: ENABLED IMAP4rev2
C: c SELECT Unassigned
S: * LIST () "/" "Unassigned"
N: RECENT
C: d SEARCH ALL
S: ESEARCH`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, _ := served(t, newFake(2, 2), nil)
			play(t, dialed(t, addr), script)
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
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(1)
			addr, _ := served(t, f, nil)
			w := in(t, addr, "Unassigned")
			w.say("%s", command)
			got := strings.Join(w.until("a "), "\n")
			if !strings.Contains(got, "a NO [TOOBIG]") && !strings.Contains(got, "a BAD") {
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
