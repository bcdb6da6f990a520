package letter

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supportgw/mailgw/ticket"
)

// crlf writes a mail from lines.
func crlf(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n")) }

func parse(lines ...string) *Mail { return Parse(crlf(lines...), "a@example.com", Limits{}) }

func TestParseOrdinaryMail(t *testing.T) {
	m := Parse(plainMail(4<<10), "jane@example.com", DefaultLimits())
	if diff := cmp.Diff([]Address{{"Jane Doe", "jane@example.com"}}, m.From); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Address{{"Support", "support@desk.example"}, {"Bob", "bob@example.com"}}, m.To); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"0@desk.example", "1@desk.example"}, m.References); diff != "" {
		t.Error(diff)
	}
	want := time.Date(2026, 7, 14, 7, 59, 57, 0, time.UTC)
	if !m.Date.Equal(want) || !m.HasZone || m.Received != 2 || m.Subject != "Invoice 64364 is wrong" || m.MessageID != "20260714095957.1@example.com" {
		t.Errorf("date %v (zone %v), %d Received, subject %q, id %q", m.Date, m.HasZone, m.Received, m.Subject, m.MessageID)
	}
	if !strings.HasPrefix(m.Text, "Line 0: we have only 9 seats, but the invoice says 12 of them.\nLine 1:") || m.NewText != strings.TrimSpace(m.Text) {
		t.Errorf("text %.200q", m.Text)
	}
	if m.Kind != Person || m.Language != "en" || len(m.Problems) != 0 || m.Author().Addr != "jane@example.com" {
		t.Errorf("kind %s %q, language %q, problems %q", m.Kind, m.Reasons, m.Language, m.Problems)
	}
}

// TestRepairs: what is broken, how it is read, and that it is said.
func TestRepairs(t *testing.T) {
	multi := "Content-Type: multipart/mixed; boundary=b"
	for _, c := range []struct {
		name    string
		mail    []byte
		subject string
		text    string
		problem string // a part of one of the problems; "" for none
	}{
		{"nothing broken", crlf("From: a@b.c", "Subject: s", "", "hello"), "s", "hello", ""},
		{"bare line feeds", []byte("From: a@b.c\nSubject: s\n\nhello\nthere"), "s", "hello\nthere", ""},
		{"mbox line", crlf("From a@b.c Mon Jan 1", "From: a@b.c", "Subject: s", "", "hello"), "s", "hello", "mbox line"},
		{"junk line", crlf("From: a@b.c", "this is junk", "Subject: s", "", "hello"), "s", "hello", "without indentation"},
		{"junk first line", crlf("this is junk", "From: a@b.c", "Subject: s", "", "hello"), "s", "hello", "without a colon"},
		{"blanks before the first field", crlf("  From: a@b.c", "Subject: s", "", "hello"), "s", "hello", "white space before"},
		{"many lines without indentation before From", crlf("Received: from a", "by b", "id c", "for d", "with e", "by f", "Subject: s", "DKIM-Signature: a", "b", "c", "d", "e", "From: a@b.c", "", "hello"), "s", "hello", "without indentation"},
		{"many lines without indentation", crlf("Received: from a", "by b", "id c", "for d", "with e", "by f", "g=h", "i=j", "From: a@b.c", "DKIM-Signature: a", "b", "c", "d", "e", "Subject: s", "", "hello"), "s", "hello", "without indentation"},
		{"no empty line, and a forwarded mail", crlf("From: a@b.c", "Subject: s", "Date: Mon, 1 Jan 2024 00:00:00 +0000", "MIME-Version: 1.0", "Message-ID: <a@b>", "hello, see below", "one", "two", "three", "four", "From: x@y.z", "Subject: t", "", "there"),
			"s", "hello, see below\none\ntwo\nthree\nfour\nFrom: x@y.z\nSubject: t\n\nthere", "no empty line"},
		{"leading blank", crlf(" folded?", "From: a@b.c", "Subject: s", "", "hello"), "s", "hello", "dropped"},
		{"leading empty lines", crlf("", "", "From: a@b.c", "Subject: s", "", "hello"), "s", "hello", "empty lines"},
		{"unindented boundary", crlf("From: a@b.c", "Subject: s", "Content-Type: multipart/mixed;", "boundary=b", "", "--b", "", "hello", "--b--"), "s", "hello", "without indentation"},
		{"no empty line", crlf("From: a@b.c", "Subject: s", "hello, how are you?", "I am well."), "s", "hello, how are you?\nI am well.", "no empty line"},
		{"CR alone", []byte("From: a@b.c\rSubject: s\r\rhello\rthere\r"), "s", "hello\nthere", "CR alone"},
		{"byte order mark", []byte("\xef\xbb\xbfFrom: a@b.c\nSubject: s\n\nhello"), "s", "hello", "byte order mark"},
		{"multipart without subtype", crlf("From: a@b.c", "Subject: s", "Content-Type: multipart; boundary=b", "", "--b", "", "hello", "--b--"), "s", "hello", ""},
		{"type without subtype", crlf("From: a@b.c", "Subject: s", "Content-Type: plain", "", "hello"), "s", "hello", ""},
		{"html without its half", crlf("From: a@b.c", "Subject: s", "Content-Type: html", "", "<p>hello"), "s", "hello", ""},
		{"space before colon", crlf("From : a@b.c", "Subject : s", "", "hello"), "s", "hello", ""},
		{"unknown encoding", crlf("From: a@b.c", "Subject: s", "Content-Transfer-Encoding: 8-bit-ish", "", "hello"), "s", "hello", "unknown transfer encoding"},
		{"encoding with comment", crlf("From: a@b.c", "Subject: s", "Content-Transfer-Encoding: quoted-printable (x)", "", "h=65llo"), "s", "hello", ""},
		{"stray base64", crlf("From: a@b.c", "Subject: s", "Content-Transfer-Encoding: base64", "", "SGVs!!bG8="), "s", "Hello", "stray"},
		{"binary that claims text", crlf("From: a@b.c", "Subject: s", "Content-Type: text/plain", "", strings.Repeat("\x00\x01\x02\xff", 30)), "s", "", "binary"},
		{"parts without the Content-Type of the whole", crlf("From: a@b.c", "Subject: s", "", "--b", "Content-Type: text/html", "", "<p>hello</p>", "--b--"), "s", "hello", "without a Content-Type"},
		{"dashes are no part", crlf("From: a@b.c", "Subject: s", "", "--b", "hello", "--b--"), "s", "--b\nhello\n--b--", ""},
		{"base64 with the footer of a list", crlf("From: a@b.c", "Subject: s", "Content-Transfer-Encoding: base64", "", "SGVsbG8gdGhlcmU=", "", "______", "to leave write to x@y.z"), "s", "Hello there\n\n______\nto leave write to x@y.z", ""},
		{"base64 without padding, with a footer", crlf("From: a@b.c", "Subject: s", "Content-Transfer-Encoding: base64", "", "SGVs", "", "-- ", "list", ""), "s", "Hel\n\n-- \nlist", ""},
		{"two base64 texts glued", crlf("From: a@b.c", "Subject: s", "Content-Transfer-Encoding: base64", "", "SGVsbG8=", "SGVsbG8="), "s", "HelloHello", ""},
		{"plain text that claims base64", crlf("From: a@b.c", "Subject: s", "Content-Transfer-Encoding: base64", "", "our printer is broken", "and nobody can print the labels", "please come soon"), "s", "our printer is broken\nand nobody can print the labels\nplease come soon", "claims base64"},
		{"base64 without padding", crlf("From: a@b.c", "Subject: s", "Content-Transfer-Encoding: base64", "", "SGVsbG8"), "s", "Hello", ""},
		{"latin-1 as utf-8", crlf("From: a@b.c", "Subject: s", "Content-Type: text/plain; charset=utf-8", "", "Gr\xfc\xdfe"), "s", "Grüße", "windows-1252"},
		{"windows-1252 as latin-1", crlf("From: a@b.c", "Subject: s", "Content-Type: text/plain; charset=iso-8859-1", "", "\x93quoted\x94"), "s", "“quoted”", ""},
		{"utf-8 as latin-1", crlf("From: a@b.c", "Subject: s", "Content-Type: text/plain; charset=iso-8859-1", "", "Grüße"), "s", "Grüße", "the bytes are utf-8"},
		{"iso-2022-jp unlabelled", crlf("From: a@b.c", "Subject: s", "", "\x1b$B$3$s\x1b(B"), "s", "こん", "iso-2022-jp"},
		{"utf-7 is refused", crlf("From: a@b.c", "Subject: s", "Content-Type: text/plain; charset=utf-7", "", "+AGg-i"), "s", "+AGg-i", "unknown charset utf-7"},
		{"html names its charset", crlf("From: a@b.c", "Subject: s", "Content-Type: text/html", "", "<meta charset='koi8-r'><p>\xf0\xf2</p>"), "s", "ПР", ""},
		{"raw utf-8 subject", crlf("From: a@b.c", "Subject: Gr\xc3\xbc\xc3\x9fe", "", "x"), "Grüße", "x", ""},
		{"raw latin-1 subject", crlf("From: a@b.c", "Subject: Gr\xfc\xdfe", "", "x"), "Grüße", "x", ""},
		{"raw koi8-r subject by the body's charset", crlf("From: a@b.c", "Subject: \xf0\xf2", "Content-Type: text/plain; charset=koi8-r", "", "x"), "ПР", "x", ""},
		{"missing end", crlf("From: a@b.c", "Subject: s", multi, "", "--b", "", "hello"), "s", "hello", "without its end"},
		{"no boundary", crlf("From: a@b.c", "Subject: s", "Content-Type: multipart/mixed", "", "--zz", "Content-Type: text/plain", "", "hello", "--zz--"), "s", "hello", "guessed"},
		{"wrong boundary", crlf("From: a@b.c", "Subject: s", multi, "", "--zz", "Content-Type: text/plain", "", "hello", "--zz--"), "s", "hello", "guessed"},
		{"no parts at all", crlf("From: a@b.c", "Subject: s", multi, "", "hello"), "s", "hello", "without parts"},
		{"encoded multipart", crlf("From: a@b.c", "Subject: s", multi, "Content-Transfer-Encoding: base64", "", "LS1iDQoNCmhlbGxvDQotLWItLQ0K"), "s", "hello", "encoded multipart"},
		{"boundary within a line", crlf("From: a@b.c", "Subject: s", multi, "", "--b", "", "it says --b", "and x--b--", " --b", "--bogus", "--b--"), "s", "it says --b\nand x--b--\n --b\n--bogus", ""},
		{"boundary with white space behind", crlf("From: a@b.c", "Subject: s", multi, "", "--b \t", "", "hello", "--b-- "), "s", "hello", ""},
		{"part without header", crlf("From: a@b.c", "Subject: s", multi, "", "--b", "", "hello: there", "--b--"), "s", "hello: there", ""},
		{"NUL in text", crlf("From: a@b.c", "Subject: s", "", "he\x00llo"), "s", "hello", ""},
		{"header only", crlf("From: a@b.c", "Subject: s"), "s", "", ""},
		{"nothing", nil, "", "", "no From"},
		{"uuencode", crlf("From: a@b.c", "Subject: s", "Content-Transfer-Encoding: x-uuencode", "", "begin 644 x", "%:&5L;&\\", "`", "end"), "s", "hello", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Parse(c.mail, "a@b.c", Limits{})
			if m.Subject != c.subject || strings.TrimSpace(m.Text) != c.text {
				t.Errorf("subject %q, text %q; want %q, %q", m.Subject, m.Text, c.subject, c.text)
			}
			all := strings.Join(m.Problems, "; ")
			if (c.problem == "") != (all == "") || !strings.Contains(all, c.problem) {
				t.Errorf("problems %q, want %q", all, c.problem)
			}
		})
	}
}

func TestAttachments(t *testing.T) {
	m := parse("From: a@b.c", "Content-Type: multipart/mixed; boundary=b", "",
		"--b", "", "see files",
		"--b", "Content-Type: image/png; name=\"=?utf-8?q?gr=C3=BCn.png?=\"", "Content-Transfer-Encoding: base64", "", "AAAA", "AAAA",
		"--b", "Content-Type: application/pdf", "Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=\"b.pdf\"", "", "12345",
		"--b", "Content-Type: text/csv", "Content-Disposition: attachment; filename=un quoted.csv", "", "a;b",
		"--b", "Content-Type: image/gif", "", "inline",
		"--b", "Content-Type: message/rfc822", "", "From: x@y.z", "Subject: inner", "", "inner text",
		"--b--")
	want := []ticket.Attachment{
		{Name: "grün.png", Type: "image/png", Size: 6, SHA256: hashOf("\x00\x00\x00\x00\x00\x00")},
		{Name: "a b.pdf", Type: "application/pdf", Size: 5, SHA256: hashOf("12345")},
		{Name: "un quoted.csv", Type: "text/csv", Size: 3, SHA256: hashOf("a;b")},
		{Type: "message/rfc822", Size: 41, SHA256: hashOf("From: x@y.z\r\nSubject: inner\r\n\r\ninner text")},
	}
	if diff := cmp.Diff(want, m.Attachments); diff != "" || m.Text != "see files" {
		t.Errorf("text %q, attachments %s", m.Text, diff)
	}
}

// hashOf is how a file of these bytes is known.
func hashOf(content string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(content))) }

// TestFileNames: how senders write the name of a file.
func TestFileNames(t *testing.T) {
	for _, c := range []struct{ fields, want string }{
		{"Content-Disposition: attachment; filename*=utf-8''%C3%BCber.pdf", "über.pdf"},
		{"Content-Disposition: attachment; filename*=\"utf-8''%C3%BCber.pdf\"", "über.pdf"},
		{"Content-Disposition: attachment; filename*=iso-8859-1'de'%FCber.pdf", "über.pdf"},
		{"Content-Disposition: attachment; filename*=%C3%BCber.pdf", "über.pdf"},
		{"Content-Disposition: attachment; filename=uber.pdf; filename*=utf-8''%C3%BCber.pdf", "über.pdf"},
		{"Content-Disposition: attachment; filename=plain.pdf; filename*=utf-8''%FF%FE.pdf", "\u00ff\u00fe.pdf"},
		{"Content-Disposition: attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"},
		{"Content-Disposition: attachment; filename*0*=utf-8''%C3;\r\n filename*1*=%BC; filename*2=\" 5%25.pdf\"", "ü 5%25.pdf"},
		{"Content-Disposition: attachment; filename*0=\"=?utf-8?Q?=C3=BC\"; filename*1=\"ber.pdf?=\"", "über.pdf"},
		{"Content-Type: a/b; name=\"=?utf-8?Q?=C3=BCber?=\r\n =?utf-8?Q?man.pdf?=\"", "überman.pdf"},
		{"Content-Type: a/b; name==?utf-8?Q?=C3=BCber.pdf?=", "über.pdf"},
		{"Content-Type: a/b; name=\"my; \\\"file\\\".pdf\"", "my; \"file\".pdf"},
		{"Content-Type: a/b; name=my file.pdf; x=y", "my file.pdf"},
		{"Content-Type: a/b; NAME = a.pdf", "a.pdf"},
		{"Content-Type: a/b; filename=a.pdf", "a.pdf"},
		{"Content-Disposition: attachment; name=a.pdf", "a.pdf"},
		{"Content-Disposition: attachment; filename*=utf-8''bill%E2%80%AEfdp.exe", "billfdp.exe"},
		{"Content-Type: a/b; file=a.pdf", "a.pdf"},
		{`Content-Type: a/b; name=\"a.pdf\"; x=y`, "a.pdf"},
		{"Content-Disposition: ; filename=a.pdf", "a.pdf"},
		{"Content-Disposition: attachment filename=a.pdf", "a.pdf"},
		{"Content-Disposition: attachment; filename=a.pdf\r\nContent-Type: a/b; name=b.pdf", "a.pdf"},
	} {
		m := parse("From: a@b.c", "Content-Type: multipart/mixed; boundary=b", "", "--b", c.fields, "", "x", "--b--")
		if len(m.Attachments) != 1 || m.Attachments[0].Name != c.want {
			t.Errorf("%s: %+v, want %q", c.fields, m.Attachments, c.want)
		}
	}
}

func TestTextIsChosen(t *testing.T) {
	alt := func(plain, html string) []string {
		return []string{"From: a@b.c", "Content-Type: multipart/alternative; boundary=b", "", "--b", "Content-Type: text/plain", "", plain, "--b", "Content-Type: text/html", "", html, "--b--"}
	}
	for _, c := range []struct {
		name string
		mail []string
		want string
	}{
		{"plain before HTML", alt("plain", "<b>html</b>"), "plain"},
		{"HTML when plain is empty", alt(" ", "<b>html</b>"), "html"},
		{"both when the plain one says to read the other", alt("Please use a mail program that shows HTML.", "<b>words</b>"), "Please use a mail program that shows HTML.\nwords"},
		{"a person who writes of HTML", alt("The HTML export is broken.", "<p>The <b>HTML</b> export is\nbroken."), "The HTML export is broken."},
		{"plain that speaks of HTML at length", alt(strings.Repeat("we have HTML here. ", 20), "<b>words</b>"), strings.TrimSpace(strings.Repeat("we have HTML here. ", 20))},
		{"two texts", []string{"From: a@b.c", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "one", "--b", "", "two", "--b--"}, "one\ntwo"},
		{"a text with a name, alone", []string{"From: a@b.c", "Content-Type: text/plain; name=x.txt", "", "named"}, "named"},
		{"a text that is called an attachment, alone", []string{"From: a@b.c", "Content-Disposition: attachment; filename=x.txt", "", "named"}, "named"},
		{"texts for programs", []string{"From: a@b.c", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "one", "--b", "Content-Type: text/css", "", "p {}", "--b", "Content-Type: text/vcard", "", "BEGIN:VCARD", "--b--"}, "one"},
		{"a text with a name, beside another", []string{"From: a@b.c", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "one", "--b", "Content-Type: text/plain; name=x.txt", "", "two", "--b--"}, "one"},
	} {
		if m := parse(c.mail...); strings.TrimSpace(m.Text) != c.want {
			t.Errorf("%s: %q, want %q", c.name, m.Text, c.want)
		}
	}
}

// TestHash: what relays change does not count, everything else does.
func TestHash(t *testing.T) {
	base := parse("From: a@b.c", "Subject: s", "Date: Mon, 1 Jan 2024 00:00:00 +0000", "", "Grüße", "").Hash
	for name, m := range map[string]*Mail{
		"other trace and date": parse("Received: by x", "Return-Path: <q@q.q>", "From: a@b.c", "Subject: s", "Date: Tue, 2 Jan 2024 00:00:00 +0000", "", "Grüße", ""),
		"line feeds":           Parse([]byte("From: a@b.c\nSubject: s\n\nGrüße\n\n"), "", Limits{}),
		"quoted-printable":     parse("From: a@b.c", "Subject: =?utf-8?q?s?=", "Content-Transfer-Encoding: quoted-printable", "", "Gr=C3=BC=C3=9Fe", ""),
		"base64":               parse("From: a@b.c", "Subject: s", "Content-Transfer-Encoding: base64", "", "R3LDvMOfZQ=="),
	} {
		if m.Hash != base {
			t.Errorf("%s: another hash", name)
		}
	}
	seen := map[[32]byte]string{base: "base"}
	for name, m := range map[string]*Mail{
		"other subject": parse("From: a@b.c", "Subject: t", "", "Grüße"),
		"other text":    parse("From: a@b.c", "Subject: s", "", "Grüsse"),
		"two parts":     parse("From: a@b.c", "Subject: s", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "Grü", "--b", "", "ße", "--b--"),
		"a file":        parse("From: a@b.c", "Subject: s", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "Grüße", "--b", "Content-Type: image/png", "Content-Transfer-Encoding: base64", "", "AAAA", "--b--"),
		"another file":  parse("From: a@b.c", "Subject: s", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "Grüße", "--b", "Content-Type: image/png", "Content-Transfer-Encoding: base64", "", "AAAB", "--b--"),
	} {
		if other, ok := seen[m.Hash]; ok {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[m.Hash] = name
	}
}

func TestHeader(t *testing.T) {
	m := parse("X-A: one", "x-a: two", "\tfolded", "Subject: =?utf-8?q?=C3=BC?=", "X-Empty:", "", "")
	h := m.Header
	if diff := cmp.Diff([]string{"one", "two folded"}, h.Values("X-A")); diff != "" || h.Get("x-A") != "one" {
		t.Error(diff, h.Get("x-A"))
	}
	if !h.Has("x-empty") || h.Has("X-None") || h.Get("X-None") != "" || h.Len() != 4 || h.Text("Subject") != "ü" || h.Get("Subject") != "=?utf-8?q?=C3=BC?=" {
		t.Errorf("%d fields, subject %q", h.Len(), h.Text("Subject"))
	}
	var names []string
	for n := range h.All() {
		names = append(names, n)
	}
	if fmt.Sprint(names) != "[X-A x-a Subject X-Empty]" {
		t.Error(names)
	}
}

// TestGuard: a defect of ours does not lose the mail.
func TestGuard(t *testing.T) {
	for path, kind := range map[string]Kind{"a@b.c": Person, "": AutoReply} {
		m := guard([]byte("From: a@b.c\r\n\r\nhel\x00lo"), path, func() *Mail { panic("defect") })
		if m.Text != "From: a@b.c\n\nhello" || m.NewText != m.Text || m.Kind != kind || len(m.Problems) != 1 || m.Hash == [32]byte{} {
			t.Errorf("%+v", m)
		}
	}
}
