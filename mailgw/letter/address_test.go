package letter

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseAddresses(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []Address
	}{
		{"jane@example.com", []Address{{"", "jane@example.com"}}},
		{"Jane <Jane@EXAMPLE.com>", []Address{{"Jane", "Jane@example.com"}}},
		{`"Doe, Jane" <j@e.x>, Bob <b@e.x>`, []Address{{"Doe, Jane", "j@e.x"}, {"Bob", "b@e.x"}}},
		{`"say \"hi\"" <j@e.x>`, []Address{{`say "hi"`, "j@e.x"}}},
		{"j@e.x (Jane (of Sales))", []Address{{"Jane (of Sales)", "j@e.x"}}},
		{"Team: a@b.c, B <b@b.c>;, d@b.c", []Address{{"", "a@b.c"}, {"B", "b@b.c"}, {"", "d@b.c"}}},
		{"undisclosed-recipients:;", nil},
		{"<@relay.x,@r2.y:j@e.x>", []Address{{"", "j@e.x"}}},
		{`"odd local"@e.x`, []Address{{"", `"odd local"@e.x`}}},
		{`"a@b"@e.x`, []Address{{"", `"a@b"@e.x`}}},
		{"j @ e . x", []Address{{"", "j@e.x"}}},
		{"John j@e.x>", []Address{{"", "j@e.x"}}},
		{"call j@e.x now", []Address{{"", "j@e.x"}}},
		{"=?utf-8?q?M=C3=BCller=2C_J=C3=BCrgen?= <j@e.x>", []Address{{"Müller, Jürgen", "j@e.x"}}},
		{"J\xfcrgen <j@e.x>", []Address{{"Jürgen", "j@e.x"}}},
		{"a@b.c; d@e.f", []Address{{"", "a@b.c"}, {"", "d@e.f"}}},
		{"a@b.c d@e.f", []Address{{"", "a@b.c"}}},
		{"A <a@b.c> B <d@e.f>", []Address{{"A", "a@b.c"}, {"B", "d@e.f"}}},
		{`"unclosed <a@b.c>, d@e.f`, []Address{{"unclosed", "a@b.c"}, {"", "d@e.f"}}},
		{"<mailto:a@b.c>", []Address{{"", "a@b.c"}}},
		{"a@b.c.", []Address{{"", "a@b.c"}}},
		{"nobody", nil},
		{"a@", nil},
		{"@b", nil},
		{"", nil},
		{"'Jane' <j@e.x>", []Address{{"Jane", "j@e.x"}}},
		{"Jane\r\n\t<j@e.x>", []Address{{"Jane", "j@e.x"}}},
		{"jürgen@müller.example", []Address{{"", "jürgen@müller.example"}}},
	} {
		if diff := cmp.Diff(c.want, ParseAddresses(c.in)); diff != "" {
			t.Errorf("%q: %s", c.in, diff)
		}
	}
}

func TestAddressString(t *testing.T) {
	for _, c := range []struct {
		a    Address
		want string
	}{
		{Address{"", "a@b.c"}, "a@b.c"},
		{Address{"Jane Doe", "a@b.c"}, "Jane Doe <a@b.c>"},
		{Address{"Doe, Jane", "a@b.c"}, `"Doe, Jane" <a@b.c>`},
		{Address{`say "hi" \`, "a@b.c"}, `"say \"hi\" \\" <a@b.c>`},
		{Address{"Jürgen", "a@b.c"}, "Jürgen <a@b.c>"},
	} {
		if got := c.a.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if got := ParseAddress(c.a.String()); got != c.a {
			t.Errorf("%q reads back as %q", c.a, got)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{`"Doe, Jane" <j@e.x>, Bob <b@e.x>`, "a (b (c) <d@e> : ; , \"", "=?utf-8?b?w7w=?= <@a:b@c>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all := ParseAddresses(s)
		if len(all) > DefaultLimits().Addresses {
			t.Errorf("%d addresses", len(all))
		}
		for _, a := range all {
			if at := strings.LastIndexByte(a.Addr, '@'); at <= 0 || at == len(a.Addr)-1 || !isOneLine(a.Addr) || !isOneLine(a.Name) {
				t.Errorf("%q gives %q", s, a)
			}
			if again := ParseAddress(a.Addr); again.Addr != a.Addr {
				t.Errorf("%q gives %q, which reads back as %q", s, a.Addr, again.Addr)
			}
		}
	})
}

func TestParseDate(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string // RFC 3339; "" when not readable
		zone bool
	}{
		{"Tue, 14 Jul 2026 09:59:57 +0200", "2026-07-14T09:59:57+02:00", true},
		{"14 Jul 2026 09:59 +0200 (CEST)", "2026-07-14T09:59:00+02:00", true},
		{"Tue, 14 Jul 2026 09:59:57 -0000", "2026-07-14T09:59:57Z", false},
		{"Tue, 14 Jul 2026 09:59:57 +0000", "2026-07-14T09:59:57Z", true},
		{"Tue, 14 Jul 2026 09:59:57 GMT", "2026-07-14T09:59:57Z", true},
		{"Tue, 14 Jul 2026 09:59:57 EST", "2026-07-14T09:59:57-05:00", true},
		{"Tue, 14 Jul 2026 09:59:57 XYZ", "2026-07-14T09:59:57Z", false},
		{"Tue, 14 Jul 2026 09:59:57", "2026-07-14T09:59:57Z", false},
		{"Fri, 21 Nov 97 09(comment):   55  :  06 -0600", "1997-11-21T09:55:06-06:00", true},
		{"14.07.2026 09:59:57 +0200", "2026-07-14T09:59:57+02:00", true},
		{"2026-07-14 09:59:57 +0200", "2026-07-14T09:59:57+02:00", true},
		{"2026-07-14T09:59:57", "2026-07-14T09:59:57Z", false},
		{"7/14/2026 9:59:57 PM", "2026-07-14T21:59:57Z", false},
		{"14/7/2026 12:59:57 AM", "2026-07-14T00:59:57Z", false},
		{"7/6/2026 9:59:57", "", false},
		{"14.13.2026 9:59:57", "", false},
		{"Di, 14 Okt 2026 09:59:57 +0200", "2026-10-14T09:59:57+02:00", true},
		{"14 juil. 2026 09:59:57 +0200", "2026-07-14T09:59:57+02:00", true},
		{"mar. 14 juil. 2026 09:59:57 +0200", "2026-07-14T09:59:57+02:00", true},
		{"Mar 14 2026 09:59:57 +0200", "2026-03-14T09:59:57+02:00", true},
		{"14 déc. 2026 09:59:57 +0200", "2026-12-14T09:59:57+02:00", true},
		{"Tue, 14 Jul 2026 09:59:57 GMT+0200", "2026-07-14T09:59:57+02:00", true},
		{"Tue, 14 Jul 2026 09:59:57 EST-0300", "2026-07-14T09:59:57Z", false},
		{`Tue, 14 Jul 2026 09:59:57 "JST"`, "2026-07-14T09:59:57+09:00", true},
		{"1.2 : 3", "", false},
		{"1-", "", false},
		{"Fri, 21 Nov 97 09:55:06 -0600", "1997-11-21T09:55:06-06:00", true},
		{"21 Nov 26 09:55:06 +05:30", "2026-11-21T09:55:06+05:30", true},
		{"2026-07-14T09:59:57+02:00", "2026-07-14T09:59:57+02:00", true},
		{"14-Jul-2026 09:59:57 +0200", "2026-07-14T09:59:57+02:00", true},
		{"Tue Jul 14 09:59:57 2026", "2026-07-14T09:59:57Z", false},
		{"Tuesday, 14 July 2026 09:59:57 +0200", "2026-07-14T09:59:57+02:00", true},
		{"31 Feb 2026 09:59:57 +0200", "", false},
		{"14 Jul 2026 25:00:00 +0000", "", false},
		{"yesterday", "", false},
		{"", "", false},
		{"- + -- , : 1", "", false},
	} {
		got, zone := parseDate(c.in)
		text := ""
		if !got.IsZero() {
			text = got.Format(time.RFC3339)
		}
		if text != c.want || zone != c.zone {
			t.Errorf("%q: %s (zone %v), want %s (%v)", c.in, text, zone, c.want, c.zone)
		}
	}
}

func FuzzDate(f *testing.F) {
	f.Add("Tue, 14 Jul 2026 09:59:57 +0200 (CEST)")
	f.Add("--1-1 1:1:1:1+9")
	f.Fuzz(func(t *testing.T, s string) {
		got, zone := parseDate(s)
		if got.IsZero() && zone {
			t.Error("a zone without a time")
		}
		if y := got.Year(); !got.IsZero() && (y < 1899 || y > 10000) {
			t.Errorf("%q: year %d", s, y)
		}
		if _, east := got.Zone(); east <= -15*3600 || east >= 15*3600+60 && len(s) < 11 {
			t.Errorf("%q: %d seconds east", s, east)
		}
		again, _ := parseDate(got.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
		if !got.IsZero() && got.Year() >= 1900 && !again.Equal(got.Truncate(time.Second)) && got.Nanosecond() == 0 {
			t.Errorf("%q: %s reads back as %s", s, got, again)
		}
	})
}

func TestDecodeWords(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"},
		{"=?utf-8?q?a_b?=", "a b"},
		{"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
		{"=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"},
		{"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
		{"=?utf-8?b?ww==?= =?utf-8?b?vA==?=", "ü"},
		{"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"},
		{"x=?utf-8?q?=C3=BC?=y", "xüy"},
		{"=?iso-8859-1?q?=FC?= =?utf-8?q?=C3=BC?=", "üü"},
		{"=?utf-8*en?q?hi?=", "hi"},
		{"=?utf-8?q?not=20closed up", "not closed up"},
		{"=?utf-8?B?R3LDvMOfZQ==", "Grüße"},
		{"=?utf-8?q?cut=?utf-8?q?off?=", "cutoff"},
		{"=?utf-8?Q?almost=20closed?", "almost closed"},
		{"is 1=?1?b?2 true", "is 1=?1?b?2 true"},
		{"=?utf-8?B?R3LD vMOfZQ==?=", "Grüße"},
		{"=?utf-8?Q?Gr=C3=BC=C3=9Fe\r\n an alle?=", "Grüße an alle"},
		{"=?ISO-2022-JP?B?GyRCJDMkcw==?= =?ISO-2022-JP?B?JDMkcxsoQg==?=", "こんこん"},
		{"=?utf-16?B?//5oAGkA?=", "hi"},
		{"=?utf-8?Q?what??=", "what?"},
		{"=??q?no?=", "=??q?no?="},
		{"=?utf-8?x?no?=", "=?utf-8?x?no?="},
		{"=?unknown?q?a=FCb?=", "aüb"},
		{"=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"},
		{"=?gb2312?b?xOO6ww==?=", "你好"},
		{"a\r\n b", "a b"},
	} {
		if got := decodeWords(c.in, ""); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}
