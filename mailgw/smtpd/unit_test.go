package smtpd

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
)

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"a@b.example":                   "a@b.example",
		"a+tag=x@b.example":             "a+tag=x@b.example",
		"a..b.@b.example":               "a..b.@b.example",
		"a b@c@b.example":               `"a b@c"@b.example`,
		`q"\q@b.example`:                `"q\"\\q"@b.example`,
		"@b.example":                    `""@b.example`,
		"jürg@bücher.example":           "jürg@bücher.example",
		"a@[192.0.2.1]":                 "a@[192.0.2.1]",
		"a@[IPv6:2001:db8::1]":          "a@[IPv6:2001:db8::1]",
		"a":                             "",
		"a@":                            "",
		"a@b c":                         "",
		"a@b>c":                         "",
		"a@b\"c":                        "",
		"a\x00@b":                       "",
		"a\xff@b":                       "",
		strings.Repeat("a", 999) + "@b": "",
	} {
		got, ok := address(in)
		if got != want || ok != (want != "") {
			t.Errorf("%.40q: got %q %v, want %q", in, got, ok, want)
		}
	}
}

func TestTrace(t *testing.T) {
	for _, c := range []struct {
		name                string
		a                   letter.Arrival
		lmtp, esmtp, secure bool
		utf8                bool
		want                string
	}{
		{"plain", letter.Arrival{ReversePath: "a@b", Recipients: []string{"c@d"}, ClientIP: netip.MustParseAddr("192.0.2.1"), Helo: "h.example", ID: 1},
			false, false, false, false,
			"Return-Path: <a@b>\r\nReceived: from h.example ([192.0.2.1])\r\n\tby mx with SMTP id 0000000000001\r\n\tfor <c@d>;\r\n\t"},
		{"bounce to two", letter.Arrival{Recipients: []string{"c@d", "e@d"}, ClientIP: netip.MustParseAddr("2001:db8::1"), Helo: "[192.0.2.9]", ID: 33},
			false, true, true, false,
			"Return-Path: <>\r\nReceived: from [192.0.2.9] ([IPv6:2001:db8::1])\r\n\tby mx with ESMTPS id 0000000000011;\r\n\t"},
		{"strange name", letter.Arrival{Helo: "a(b)\tc;d\xff\u00e9 <x>"}, true, true, false, false,
			"Return-Path: <>\r\nReceived: from a?b??c?d????x?\r\n\tby mx with LMTP id 0000000000000;\r\n\t"},
		{"no name", letter.Arrival{}, true, true, true, true,
			"Return-Path: <>\r\nReceived: from unknown\r\n\tby mx with UTF8LMTPS id 0000000000000;\r\n\t"},
		{"long name", letter.Arrival{Helo: strings.Repeat("a", 300)}, false, true, false, true,
			"Return-Path: <>\r\nReceived: from " + strings.Repeat("a", 255) + "\r\n\tby mx with UTF8SMTP id 0000000000000;\r\n\t"},
	} {
		raw := appendTrace(nil, &c.a, "mx", protocolName(c.lmtp, c.esmtp, c.secure, c.utf8))
		setDate(raw, len(raw), clock)
		wantText(t, c.name, string(raw), c.want+"Sat, 04 Jul 2026 09:05:07 +0200\r\n")
	}
}

func TestCleanHeader(t *testing.T) {
	for name, c := range map[string]struct {
		in, want string
		hops     int
	}{
		"nothing to do":          {"A: b\r\n c\r\n\r\nX-Mailgw-A: b\r\nReceived: x\r\n", "A: b\r\n c\r\n\r\nX-Mailgw-A: b\r\nReceived: x\r\n", 0},
		"empty":                  {"", "", 0},
		"no header":              {"\r\nX-Mailgw-A: b\r\n", "\r\nX-Mailgw-A: b\r\n", 0},
		"only ours":              {"X-Mailgw-A: b\r\n c\r\n\td\r\n", "", 0},
		"ours is last":           {"A: b\r\nx-mailgw-a: b", "A: b\r\n", 0},
		"no colon":               {"X-Mailgw-A\r\nA: b\r\n", "A: b\r\n", 0},
		"not ours":               {"X-Mailgw: a\r\nX-Mailgwx-A: b\r\n", "X-Mailgw: a\r\nX-Mailgwx-A: b\r\n", 0},
		"return path":            {"Return-Path: <a>\r\n\t(b)\r\nRETURN-PATH : <c>\r\nA: b\r\nReturn-Path: <d>\r\n", "A: b\r\nReturn-Path: <d>\r\n", 0},
		"return path below ours": {"X-Mailgw-A: b\r\nReturn-Path: <a>\r\n\r\nbody", "\r\nbody", 0},
		"begins folded":          {" X-Mailgw-A: b\r\n c\r\nA: b\r\n", "A: b\r\n", 0},
		"folded into another":    {"A: b\r\n X-Mailgw-A: b\r\n", "A: b\r\n X-Mailgw-A: b\r\n", 0},
		"hops":                   {"Received: a\r\n\tReceived: b\r\nRECEIVED\t: c\r\nReceived-SPF: d\r\nReceived\r\n", "Received: a\r\n\tReceived: b\r\nRECEIVED\t: c\r\nReceived-SPF: d\r\nReceived\r\n", 2},
	} {
		const ours = "Received: ours\r\n"
		raw, hops := cleanHeader([]byte(ours+c.in), len(ours), nil)
		wantText(t, name, string(raw), ours+c.want)
		if hops != c.hops {
			t.Errorf("%s: %d hops, want %d", name, hops, c.hops)
		}
	}
}

// What is said to be forged goes with all its folded lines; whoever says so sees
// the Received and Authentication-Results fields, in order.
func TestCleanHeaderForged(t *testing.T) {
	const in = "AUTHENTICATION-results : good;\r\n a\r\nReceived: x\r\n\ty\r\n Authentication-Results: folded\r\nAuthentication-Results:\r\n evil;\r\n\tb\r\nA: evil\r\nAuthentication-Results: evil"
	const want = "AUTHENTICATION-results : good;\r\n a\r\nReceived: x\r\n\ty\r\n Authentication-Results: folded\r\nA: evil\r\n"
	var asked []string
	raw, hops := cleanHeader([]byte("Received: ours\r\n"+in), len("Received: ours\r\n"), func(name, value string) bool {
		asked = append(asked, name+strings.Join(strings.Fields(value), ""))
		return strings.Contains(value, "evil")
	})
	wantText(t, "without the forged", string(raw), "Received: ours\r\n"+want)
	if got := strings.Join(asked, " "); hops != 1 || got != "authentication-resultsgood;a receivedxyAuthentication-Results:folded authentication-resultsevil;b authentication-resultsevil" {
		t.Errorf("%d hops, asked about %s", hops, got)
	}
	raw, _ = cleanHeader([]byte("Authentication-Results: evil\r\n b\r\n\r\nAuthentication-Results: evil\r\n"), 0, func(string, string) bool { return true })
	wantText(t, "the text below the header", string(raw), "\r\nAuthentication-Results: evil\r\n")
}

// scan feeds a mail in pieces of n octets, and returns what was not used.
func scan(s *scanner, in string, n int) (out, rest string) {
	var dst []byte
	for len(in) > 0 {
		piece := in[:min(n, len(in))]
		var used int
		dst, used = s.feed(dst, []byte(piece))
		in = in[used:]
		if s.state == atEnd {
			break
		}
	}
	if !s.dots {
		dst = s.finish(dst)
	}
	return string(dst), in
}

// Each mail is read alike, however it is cut into pieces.
func TestScanner(t *testing.T) {
	for _, c := range []struct {
		in        string
		out       string
		bare, end bool
		rest      string
	}{
		{".\r\nNOOP\r\n", "", false, true, "NOOP\r\n"},
		{"a\r\n.\r\n.\r\n", "a\r\n", false, true, ".\r\n"},
		{"a\r\n..\r\n.b\r\n.\r\n", "a\r\n.\r\nb\r\n", false, true, ""},
		{"a.\r\n.\r\n", "a.\r\n", false, true, ""},
		{"\r\n\r\n.\r\n", "\r\n\r\n", false, true, ""},
		{"a\n.\r\n.\r\n", "a\n.\r\n", true, true, ""},
		{"a\n.\n.\r\n", "a\n.\n.\r\n", true, false, ""},
		{"a\r.\r\r\n.\r\n", "a\r.\r\r\n", true, true, ""},
		{"a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n", true, true, ""},
		{"a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", true, true, ""},
		{"a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n", true, true, ""},
		{"\n\n\r\r\r\n.\r\n", "\n\n\r\r\r\n", true, true, ""},
		{"a\r\n\n.\r\n\r\n.\r\n", "a\r\n\n.\r\n\r\n", true, true, ""},
	} {
		for n := 1; n <= len(c.in); n++ {
			s := scanner{dots: true}
			out, rest := scan(&s, c.in, n)
			if out != c.out || s.bare != c.bare || (s.state == atEnd) != c.end || rest != c.rest {
				t.Errorf("%q by %d: %q bare %v end %v rest %q", c.in, n, out, s.bare, s.state == atEnd, rest)
			}
		}
	}
}

// FuzzScanner checks what must be true of any mail, against a plain reading.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{"", "a\r\n.\r\nb", "a\n.\r\n", "\r\n.\rx\r\n..\r\n.\r\n", "\r", "a\r\n.", ".\r"} {
		f.Add(s, 1)
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, in string, n int) {
		if n < 1 {
			n = 1
		}
		s := scanner{dots: true}
		out, rest := scan(&s, in, n)
		mail, ended := in, false
		if strings.HasPrefix(in, ".\r\n") {
			mail, ended = "", true
		} else if i := strings.Index(in, "\r\n.\r\n"); i >= 0 {
			mail, ended = in[:i+2], true
		}
		if ended != (s.state == atEnd) {
			t.Fatalf("%q: end %v", in, !ended)
		}
		if !ended {
			return
		}
		if want := in[len(mail)+3:]; rest != want {
			t.Fatalf("%q: rest %q, want %q", in, rest, want)
		}
		plain := strings.TrimPrefix(strings.ReplaceAll("\r\n"+mail, "\r\n.", "\r\n"), "\r\n")
		if out != plain {
			t.Fatalf("%q: %q, want %q", in, out, plain)
		}
		if bare := strings.ContainsAny(strings.ReplaceAll(mail, "\r\n", ""), "\r\n"); bare != s.bare {
			t.Fatalf("%q: bare %v", in, s.bare)
		}
		fixer := scanner{dots: true, fix: true}
		fixed, _ := scan(&fixer, in, n)
		if strings.ContainsAny(strings.ReplaceAll(fixed, "\r\n", ""), "\r\n") {
			t.Fatalf("%q: not fixed: %q", in, fixed)
		}
		if strings.NewReplacer("\r", "", "\n", "").Replace(fixed) != strings.NewReplacer("\r", "", "\n", "").Replace(plain) {
			t.Fatalf("%q: fixed to %q", in, fixed)
		}
	})
}

// FuzzCleanHeader checks that nothing of ours is left and nothing else is lost.
func FuzzCleanHeader(f *testing.F) {
	for _, s := range []string{"X-Mailgw-A: b\r\n c\r\nA: b\r\n\r\nX-Mailgw-A: c", "Return-Path: <>\r\nA: b", " X-Mailgw-", "\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		const ours = "Received: ours\r\n"
		raw, _ := cleanHeader([]byte(ours+in), len(ours), nil)
		got := string(raw)
		if !strings.HasPrefix(got, ours) {
			t.Fatalf("%q: %q", in, got)
		}
		got = got[len(ours):]
		if again, _ := cleanHeader([]byte(ours+got), len(ours), nil); string(again) != ours+got {
			t.Fatalf("%q: not at once clean: %q", in, got)
		}
		if !strings.Contains(strings.ToLower(in), "x-mailgw-") && !strings.Contains(strings.ToLower(in), "return-path") && got != in {
			t.Fatalf("%q was changed to %q", in, got)
		}
	})
}

// Room is made as a mail grows, and not for what a peer merely announces.
func TestIntakeRoom(t *testing.T) {
	o := &Options{MaxMessageBytes: 32 << 20, Usage: &Usage{}}
	n := newIntake(32<<20, o)
	if cap(n.raw) > 128<<10 {
		t.Errorf("%d octets for a mail that may never come", cap(n.raw))
	}
	n.drop()
	for _, size := range []int{1, 4 << 10, 60 << 10, 1 << 20, 5 << 20} {
		body := bytes.Repeat([]byte("0123456789abcd\r\n"), size/16+1)
		for _, told := range []int64{0, int64(len(body))} {
			t.Run(fmt.Sprintf("%d told %d", size, told), func(t *testing.T) {
				n := newIntake(told, o)
				for p := body; len(p) > 0; {
					k := min(len(p), wireBuffer)
					n.take(p[:k])
					p = p[k:]
				}
				if !bytes.Equal(n.raw, body) {
					t.Error("not the same")
				}
				if held := o.Usage.buffered(); held != int64(cap(n.raw)) {
					t.Errorf("%d octets are counted, the mail has room for %d", held, cap(n.raw))
				}
				n.drop()
				if told > 0 && cap(n.raw) > int(told)+traceRoom+wireBuffer {
					t.Errorf("room %d", cap(n.raw))
				}
			})
		}
	}
}

// A mail that is refused takes no more room, however long it goes on.
func TestRefusedTakesNoRoom(t *testing.T) {
	for name, piece := range map[string]string{
		"too large": strings.Repeat("0123456789abcd\r\n", 64), "bare LF": strings.Repeat("0123456789abcde\n", 64),
	} {
		n := newIntake(0, &Options{MaxMessageBytes: 32 << 10, Usage: &Usage{}})
		for range 1000 {
			n.take([]byte(piece))
		}
		if refusal, _ := n.verdict(); refusal == nil || cap(n.raw) > 0 || n.held > 0 {
			t.Errorf("%s: %v, room %d", name, refusal, cap(n.raw))
		}
	}
}

// The reason of each counter has a name.
func TestReasonNames(t *testing.T) {
	seen := map[string]bool{}
	for r := range reasons {
		if r.String() == "" || seen[r.String()] {
			t.Errorf("reason %d: %q", r, r)
		}
		seen[r.String()] = true
	}
}
