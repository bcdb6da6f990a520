package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// explained is the part of an answer that these tests look at.
type explained struct {
	File, Outcome, Priority, Desk string
	Match                         struct{ Ticket *uint64 }
	Due                           string `json:"promise_due_at"`
	SenderAuth                    string `json:"sender_auth"`
	Acknowledge                   struct{ Send bool }
}

func readExplained(t *testing.T, answer string) []explained {
	t.Helper()
	var all []explained
	for line := range strings.Lines(answer) {
		var v explained
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, v)
	}
	return all
}

// TestExplainWithoutDataFolder: there is none before, and there is none after; an
// empty folder stays empty.
func TestExplainWithoutDataFolder(t *testing.T) {
	g := newSite(t)
	file := write(t, outage)
	answer := g.must("explain", file, "--json", "--at", "2026-11-20T16:00:00+01:00")
	checkKeys(t, "no data folder", answer, map[string]string{
		"": explainKeys, "match": "ticket evidence", "acknowledge": "send why subject text", "attachments": "name type size", "rules": "name matched",
	})
	v := readExplained(t, answer)[0]
	if v.File != file || v.Outcome != "new" || v.Priority != "urgent" || v.Due != "2026-11-20T16:30:00+01:00" || !v.Acknowledge.Send {
		t.Errorf("explained as %+v", v)
	}
	if _, err := os.Stat(g.data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after explain, the data folder: %v", err)
	}
	if err := os.Mkdir(g.data, 0o700); err != nil {
		t.Fatal(err)
	}
	g.must("explain", file)
	if kept, err := os.ReadDir(g.data); err != nil || len(kept) > 0 {
		t.Errorf("after explain, the empty data folder holds %v (%v)", kept, err)
	}
}

// TestExplainKnowsTickets: the daemon's, then those of the closed store; and none
// is made by it.
func TestExplainKnowsTickets(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("rosa@acme.example", outage)
	reply := write(t, strings.ReplaceAll(strings.Replace(question, "<question@elsewhere.example>", "<reply@acme.example>\nIn-Reply-To: <outage@acme.example>", 1), "joe@elsewhere.example", "rosa@acme.example"))
	other := write(t, question)
	for _, where := range []string{"daemon", "closed store"} {
		all := readExplained(t, g.must("explain", "--json", reply, other))
		if len(all) != 2 || all[0].Outcome != "appended" || all[0].Match.Ticket == nil || *all[0].Match.Ticket != 1 || all[1].Outcome != "new" || all[1].Match.Ticket != nil {
			t.Errorf("%s: explained as %+v", where, all)
		}
		if n := strings.Count(g.must("ticket", "list", "--json"), "\n"); n != 1 {
			t.Errorf("%s: %d tickets after explain, want 1", where, n)
		}
		g.stop()
	}
}

// TestExplainFlags: what a file does not say.
func TestExplainFlags(t *testing.T) {
	g := newSite(t)
	file := write(t, question)
	for _, c := range []struct {
		name string
		args []string
		want explained
	}{
		{"as it is", nil, explained{Outcome: "new", Desk: "support", SenderAuth: "trusted"}},
		{"another desk", []string{"--envelope-to", "billing@example.com"}, explained{Outcome: "new", Desk: "billing", SenderAuth: "trusted"}},
		{"from outside", []string{"--client-ip", "192.0.2.1", "--helo", "mx.elsewhere.example"}, explained{Outcome: "new", Desk: "support", SenderAuth: "none"}},
		{"the null sender", []string{"--envelope-from", ""}, explained{Outcome: "automatic", Desk: "support", SenderAuth: "trusted"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := readExplained(t, g.must(append([]string{"explain", file, "--json"}, c.args...)...))[0]
			got := explained{Outcome: v.Outcome, Desk: v.Desk, SenderAuth: v.SenderAuth}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if v.Acknowledge.Send != (c.name != "the null sender") {
				t.Errorf("acknowledge is %v", v.Acknowledge.Send)
			}
		})
	}
}

// TestExplainReadableFile: a readable file never makes it fail, and one that is not
// does not keep the others from being explained.
func TestExplainReadableFile(t *testing.T) {
	g := newSite(t)
	dir := t.TempDir()
	files := map[string]string{"empty": "", "nul": "\x00\x00\n\x00", "no header": "\n\n\n", "latin": "Subject: \xe4\xf6\xfc\n\n\xff", "mime": "Content-Type: multipart/mixed; boundary=\n\n--\n", "long": strings.Repeat("x", 300_000)}
	args := []string{"explain", "--json"}
	for name, content := range files {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if all := readExplained(t, g.must(args...)); len(all) != len(files) {
		t.Errorf("%d of %d files explained", len(all), len(files))
	}
	got := g.call("explain", "--json", filepath.Join(dir, "missing"), filepath.Join(dir, "empty"))
	if got.status != exitFailed || len(readExplained(t, got.stdout)) != 1 || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("with a missing file: %+v", got)
	}
	piped := call(t, outage, append([]string{"explain", "-", "--json"}, g.flags...)...)
	if piped.status != exitDone || readExplained(t, piped.stdout)[0].File != "-" {
		t.Errorf("from standard input: %+v", piped)
	}
}

// follow fails unless the texts stand in an answer in this order.
func follow(t *testing.T, answer string, texts ...string) {
	t.Helper()
	rest := answer
	for _, want := range texts {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("%q does not follow in\n%s", want, answer)
		}
		rest = after
	}
}

// TestExplainText: in short, and then the steps in their order, each with its why.
func TestExplainText(t *testing.T) {
	g := newSite(t)
	follow(t, g.must("explain", write(t, outage), "--at", "2026-11-20T16:00:00+01:00"),
		": new\n", "  It becomes a new ticket, 1, on the desk support with priority urgent.\n",
		"  Rosa Maier <rosa@acme.example> is told at once: an answer by Fri 20 Nov 2026 16:30 CET.\n", "  Who is paged: oncall@example.com.\n",
		"\nparse\n  from         Rosa Maier <rosa@acme.example>\n  subject      Production down in hall 3\n", "  attached     log.csv (text/csv, 3 bytes)\n",
		"  | Hello, our line three has stopped.\n", "\njudge: the sender is trusted\n  because      born on 127.0.0.1", "\nclassify: person\n  because      nothing",
		"\nmatch: no ticket\n  because      ", "  looked at    recipient support@example.com\n", "\nadmit: nothing to decide\n  because      it is a new matter",
		"\nidentify: Acme Instruments AG\n  sure         domain\n  because      ", "\ntriage: priority urgent, level premium, desk support\n",
		"  rule         production-down matches\n", "\npromise: by Fri 20 Nov 2026 16:30 CET\n  because      level premium, urgent: 30m around the clock\n",
		"\nacknowledge: yes\n  because      ", "  to           Rosa Maier <rosa@acme.example>\n  subject      Re: Production down in hall 3\n", "  | ",
		"\ntell: the people of the house\n  notice       anna@example.com, ben@example.com\n  page         oncall@example.com\n")
	follow(t, g.must("explain", write(t, question), "--at", "2026-11-20T16:10:00+01:00"), "\npromise: by Mon 23 Nov 2026 15:30 CET\n  because      level standard: 8h of working time\n",
		"  counted      Fri 2026-11-20 16:10 to 17:30 CET (1h20m)\n               Mon 2026-11-23 09:00 to 15:40 CET (6h40m)\n"+
			"  not counted  Sat 2026-11-21 to Sun 2026-11-22: closed on these weekdays\n  rounded      down, from Mon 23 Nov 2026 15:40 CET\n")
}

// TestExplainHours: every stretch that was counted, and why days between were not.
func TestExplainHours(t *testing.T) {
	g := newSite(t)
	asked := []string{"explain", write(t, question), "--at", "2026-12-23T16:10:00+01:00", "--set", `calendar.zurich.holidays_of="CH-ZH"`,
		"--set", `calendar.zurich.short_days={"2026-12-24"=["09:00-12:00"]}`}
	follow(t, g.must(asked...), "  counted      Wed 2026-12-23 16:10 to 17:30 CET (1h20m)\n               Thu 2026-12-24 09:00 to 12:00 CET (3h)\n               Mon 2026-12-28 09:00 to 12:40 CET (3h40m)\n"+
		"  not counted  Thu 2026-12-24: short day, 09:00-12:00\n               Fri 2026-12-25: holiday Weihnachtstag (holidays, CH-ZH)\n"+
		"               Sat 2026-12-26: holiday Zweiter Weihnachtsfeiertag (CH-ZH)\n               Sun 2026-12-27: closed on this weekday\n")
	follow(t, g.must(append(asked, "--json")...), `"segments":[{"from":"2026-12-23T16:10:00+01:00","to":"2026-12-23T17:30:00+01:00","length":"1h20m0s","text":"Wed `,
		`"skipped":[{"from":"2026-12-24","to":"2026-12-24","why":"short_day","holiday":null,"source":null,"text":"`,
		`{"from":"2026-12-25","to":"2026-12-25","why":"holiday","holiday":"Weihnachtstag","source":"holidays, CH-ZH","text":"`, `"why":"closed","holiday":null`)
	// Around the clock a Sunday's night counts too.
	follow(t, g.must("explain", write(t, outage), "--at", "2026-11-22T23:50:00+01:00"), "  counted      Sun 2026-11-22 23:50 to Mon 2026-11-23 00:20 CET (30m)\n")
}

// TestExplainAgent: who wrote it, what it may do, and what the customer would get.
func TestExplainAgent(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("rosa@acme.example", outage)
	token := g.noticeTo("anna@example.com")
	g.stop()
	reply := "From: Anna Keller <anna@example.com>\nTo: " + token + "\nSubject: Re: #1\nMessage-ID: <a@c.example>\n\nHello Rosa,\n\nplease switch it on.\n"
	follow(t, g.must("explain", write(t, reply)), ": appended\n  It goes onto ticket 1.\n  Rosa Maier <rosa@acme.example> gets these words, from Anna Keller <support@example.com>.\n",
		"\nagent: power to answer and to command\n  token        it came to the address in the notice for anna@example.com\n  written by   anna@example.com, authenticated\n",
		"  right        anna@example.com is on the ticket's desk now\n  goes out     From: Anna Keller <support@example.com>\n               To: Rosa Maier", "  | please switch it on.\n", "\npromise: none\n  because      written by an agent\n")
	for _, c := range []struct {
		name, from, words string
		flags             []string
		want              []string
	}{
		{"a note", "anna", "#note ask Ben", nil, []string{"  It is a note for the house: the customer gets nothing.\n", "  commands     #note ask Ben\n", "  note         for the house\n  | ask Ben\n"}},
		{"from outside", "anna", "Pay to me.", []string{"--client-ip", "192.0.2.1"}, []string{
			": held\n  It asks for ticket 1 and proves nothing: it is kept apart, as a new ticket, 2,", "  The customer gets nothing (not proven), and anna@example.com is told so.\n",
			"\nagent: no power", "  written by   anna@example.com as it says, and nothing proves it\n", "  not sent     not proven: it came from", "  told         anna@example.com\n",
		}},
		{"a colleague with a forwarded notice", "ben", "I take it.", nil, []string{"  The customer gets nothing (not proven), and ben@example.com is told so.\n", "the notice for anna@example.com\n  written by   ben@example.com, authenticated\n"}},
		{"a stranger with a forwarded notice", "eve", "Hello.", []string{"--client-ip", "192.0.2.1"}, []string{": held\n", "  written by   eve@example.com, no agent\n"}},
		{"no words", "anna", "-- \nAnna", nil, []string{"  The customer gets nothing (no words), and anna@example.com is told so.\n", "  not sent     no words"}},
		{"a command too late", "anna", "Hello\n#note\nhe is slow", nil, []string{"  too late     #note\n", "  not sent     misplaced command"}},
		{"no command", "anna", "#frobnicate\nHello Rosa", nil, []string{"gets these words", "  no command   #frobnicate\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			mail := strings.Replace(strings.Replace(reply, "Anna Keller <anna@", c.from+"@", 1), "Hello Rosa,\n\nplease switch it on.", c.words, 1)
			mail = strings.Replace(mail, c.from+"@example.com>", c.from+"@example.com", 1)
			follow(t, g.must(append([]string{"explain", write(t, mail)}, c.flags...)...), c.want...)
		})
	}
}

// noticeTo waits for a notice to somebody, and returns where an answer to it goes.
func (g *site) noticeTo(addr string) string {
	g.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-time.After(5 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(g.data, "sent", "*.eml"))
		if err != nil {
			g.t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				g.t.Fatal(err)
			}
			m, err := mail.ReadMessage(bytes.NewReader(raw))
			if err == nil && m.Header.Get("X-Envelope-To") == "<"+addr+">" && m.Header.Get("Reply-To") != "" {
				return m.Header.Get("Reply-To")
			}
		}
	}
	g.t.Fatalf("no notice to %s left", addr)
	return ""
}

// TestExplainDuplicate: nothing is decided behind it, and nothing is told of it.
func TestExplainDuplicate(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("joe@elsewhere.example", question)
	got := g.must("explain", write(t, question))
	follow(t, got, ": duplicate\n  The same mail was accepted before (", ") and is on ticket 1: this one changes nothing.\n", "\nclassify: person\n")
	for _, never := range []string{"\nmatch", "\npromise", "\nacknowledge", "\ntell"} {
		if strings.Contains(got, never) {
			t.Errorf("%q in\n%s", never, got)
		}
	}
	g.stop()
}

// TestExplainWhatIsNoFile: what has no end, or nobody at its other end, is not read.
func TestExplainWhatIsNoFile(t *testing.T) {
	g := newSite(t)
	dir := t.TempDir()
	fifo, large, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "large"), filepath.Join(dir, "link")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxExplained+1); err != nil { // a hole: no disk is used
		t.Fatal(err)
	}
	if err := os.Symlink(write(t, question), link); err != nil {
		t.Fatal(err)
	}
	const odd = ": it is not a regular file; write - and pipe the mail in"
	for file, want := range map[string]string{
		fifo: odd, "/dev/zero": odd, "/dev/null": odd, large: ": it is larger than 256 MiB", dir: ": is a directory",
	} {
		got := g.call("explain", file)
		if want := (outcome{exitFailed, "", "mailgw: cannot read " + file + want + "\n"}); got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	if v := readExplained(t, g.must("explain", "--json", link)); len(v) != 1 || v[0].Outcome != "new" {
		t.Errorf("behind a link: %+v", v)
	}
}

func TestReadUpTo(t *testing.T) {
	for in, fits := range map[string]bool{"": true, "1234": true, "12345": false} {
		raw, err := readUpTo(strings.NewReader(in), 4)
		if (err == nil) != fits || fits && string(raw) != in || !fits && !errors.Is(err, errTooLarge) {
			t.Errorf("%q: %q, %v", in, raw, err)
		}
	}
}
