package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestText reads the answers as people do.
func TestText(t *testing.T) {
	g := newSite(t)
	g.serve("--clock", "2026-11-20T15:00:00+01:00 x1")
	if got, want := g.must("ticket", "list"), " TICKET  STATUS   PRIORITY  DESK      PROMISED          CUSTOMER            SUBJECT\n"; got != want {
		t.Errorf("an empty list is %q, want the names of the columns", got)
	}
	g.blockOutbox()
	g.send("rosa@acme.example", outage)
	g.send("joe@elsewhere.example", strings.Replace(question, "A question", "\x1b]0;owned\x07 "+strings.Repeat("長い", 40), 1))
	outageID := g.idOf("outage@acme.example")
	for command, want := range map[string][]string{
		"ticket list":             {`(?m)^      1  new      urgent    support   20\d\d-\d\d-\d\d \d\d:\d\d  Acme Instruments…   Production down in hall…$`, `(?m)^      2  new      normal `},
		"ticket show 1":           {`(?m)^Ticket 1: Production down in hall 3$`, `(?m)^  customer     Acme Instruments AG \(domain\)$`, `(?m)^  promised     .* \(open\)$`, `(?m)^1\. mail in, `, `(?m)^  attached     log\.csv \(text/csv, 3 bytes\)$`, `(?m)^  \| Hello, our line three has stopped\.$`, `(?m)^2\. mail out, `, `(?m)^  sent         not yet$`, `(?m)^  raw          mailgw ticket raw ` + outageID + `$`},
		"ticket log 1":            {`(?m)^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d  customer                created \(`, `(?m)  rule production-down    priority normal to urgent$`, `(?m)  mailgw                  promised an answer by 2026-11-20 15:30 CET`},
		"ticket find " + outageID: {`^ID             OUTCOME       TICKET  MESSAGE-ID\n` + outageID + `  new                1  outage@acme\.example\n$`},
		"promise list":            {`(?m)^ TICKET  KIND        STATE      DUE               TOLD  ANSWERED          CUSTOMER              BY$`, `(?m)^      1  first       open       20\d\d-\d\d-\d\d \d\d:\d\d  yes   -                 Acme Instruments AG   -$`},
		"outbox unreachable":      {`(?m)^ADDRESS  .*  UNTIL  .*  WHY$`},
		"outbox list":             {`(?m)^ID              TICKET  KIND             NEXT TRY          TRIED  TO$`, `(?m)^[0-9a-z]{13}        1  acknowledgement  .*  rosa@acme\.example$`, `(?m)^[0-9a-z]{13}        1  notice .*  anna@example\.com, ben@example\.com$`},
		"verify":                  {`^ok: 2 accepted mails, 2 tickets, 4 entries, 2 raw mails, \d waiting mails, 2 promises\n$`},
		"check":                   {`^ok: 2 desks, 2 agents, 3 customers, 3 rules\nlistens on `},
		"version":                 {`^mailgw \S+ \(.*\) go\S+ \w+/\w+\n$`},
	} {
		t.Run(command, func(t *testing.T) {
			got := g.must(strings.Fields(command)...)
			for _, w := range want {
				if !regexp.MustCompile(w).MatchString(got) {
					t.Errorf("%s does not match\n%s", w, got)
				}
			}
			if strings.ContainsAny(got, "\x1b\x07\r") {
				t.Errorf("a stranger's control characters come through: %q", got)
			}
			for line := range strings.Lines(got) {
				if (command == "ticket list" || command == "promise list") && columns(strings.TrimSuffix(line, "\n")) > 100 {
					t.Errorf("%d columns: %q", columns(line), line)
				}
			}
		})
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		text, clipped string
		width, n      int
	}{
		{"short", "short", 5, 10},
		{"just fits", "just fits", 9, 9},
		{"one too long", "one too lo…", 11, 11},
		{"ends in a space", "ends…", 5, 6},
		{"日本語のメール", "日本語…", 7, 8},
		{"日本語", "日…", 3, 4},
		{"e\u0301te\u0301", "e\u0301te\u0301", 3, 3},
		{"a\x1b[31mb\u202ec\td\ne\u009bf", "a [31mb c d e f", 15, 20},
		{"", "", 0, 3},
	} {
		got := clip(c.text, c.n)
		if got != c.clipped || columns(got) != c.width {
			t.Errorf("clip(%q, %d) = %q of %d columns, want %q of %d", c.text, c.n, got, columns(got), c.clipped, c.width)
		}
		if n := columns(fit(c.text, c.n)); n != c.n {
			t.Errorf("fit(%q, %d) has %d columns", c.text, c.n, n)
		}
	}
}

// FuzzFit: whatever a stranger writes, it fits and cannot move the cursor.
func FuzzFit(f *testing.F) {
	f.Add("plain", 3)
	f.Add("日本語\x1b[2J\u202e", 5)
	f.Add("\xff\xfe e\u0301", 2)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = n&63 + 1
		got := fit(s, n)
		if columns(got) != n {
			t.Errorf("fit(%q, %d) = %q has %d columns", s, n, got, columns(got))
		}
		for _, text := range []string{got, safeText(s)} {
			if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && isUnsafe(r) }) {
				t.Errorf("%q is not safe", text)
			}
		}
	})
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		count(0, "rule"): "0 rules", count(1, "entry"): "1 entry", count(uint64(2), "entry"): "2 entries",
		size(1): "1 byte", size(999): "999 bytes", size(12_345): "12 kB", size(1_250_000): "1.2 MB",
		oneLine(fmt.Errorf("one\ntwo\r\n")): "one; two",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
