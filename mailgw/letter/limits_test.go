package letter

import (
	"fmt"
	"strings"
	"testing"
)

// bombs are mails that make naive readers work for ever.
func bombs() map[string][]byte {
	var nested, parts strings.Builder
	nested.WriteString("From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n")
	for i := range 3000 {
		fmt.Fprintf(&nested, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i+1)
	}
	parts.WriteString("From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n")
	parts.WriteString(strings.Repeat("--b\r\n\r\nx\r\n", 100_000))
	head := func(fields string) []byte {
		return []byte("From: a@b.c\r\n" + fields + "\r\nSubject: late\r\n\r\nbody")
	}
	html := func(body string) []byte { return []byte("From: a@b.c\r\nContent-Type: text/html\r\n\r\n" + body) }
	const mega = 300_000 // more than a header may have
	return map[string][]byte{
		"nesting":               []byte(nested.String()),
		"parts":                 []byte(parts.String()),
		"one long field":        head("X: " + strings.Repeat("a", mega)),
		"many fields":           head(strings.Repeat("X: a\r\n", mega/6)),
		"many junk lines":       head(strings.Repeat("junk\r\n", mega/6) + "X: y"),
		"unindented lines":      head("X: a;\r\n" + strings.Repeat("b;\r\n", mega/4) + "X: y"),
		"addresses":             head("To: " + strings.Repeat("a@b.c,", mega/6)),
		"open quotes":           head("To: " + strings.Repeat("\"", mega)),
		"open comments":         head("To: " + strings.Repeat("(", mega)),
		"open angles":           head("To: " + strings.Repeat("<a@", mega/3)),
		"colons":                head("To: " + strings.Repeat("a@b:", mega/4)),
		"references":            head("References: " + strings.Repeat("<a@b> ", mega/6)),
		"encoded words":         head("Subject: " + strings.Repeat("=?utf-8?q?", mega/10)),
		"empty words":           head("Subject: " + strings.Repeat("=?a?q??= ", mega/9)),
		"parameters":            head("Content-Type: text/plain; " + strings.Repeat("a*0=b;", mega/6)),
		"boundary lines":        []byte("From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b", mega/3)),
		"open tags":             html(strings.Repeat("<div>", mega/5)),
		"hidden tags":           html(strings.Repeat("<p hidden>x", mega/11)),
		"quotes in HTML":        html(strings.Repeat("<blockquote>x", mega/13)),
		"end tags alone":        html(strings.Repeat("<div><table><td>", 2000) + strings.Repeat("<b>", mega/6) + strings.Repeat("</div></p>", mega/20)),
		"links in cells":        html(strings.Repeat("<a href=http://x.y><table><td>x", mega/31)),
		"hidden in hidden":      html(strings.Repeat("<p style='font-size:0'>x<b style='font-size:9px'>y", mega/50)),
		"lists":                 html(strings.Repeat("<ol><li>x", mega/9)),
		"links":                 html(strings.Repeat("<a href=http://x.y>", mega/19)),
		"quotes":                []byte("From: a@b.c\r\n\r\n" + strings.Repeat("> ", mega/2)),
		"announcements":         []byte("From: a@b.c\r\n\r\n" + strings.Repeat("On 1\n", mega/5)),
		"colons in text":        []byte("From: a@b.c\r\n\r\n" + strings.Repeat("On a: b\n", mega/8) + ":"),
		"header blocks":         []byte("From: a@b.c\r\n\r\n" + strings.Repeat("From: a\n", mega/8)),
		"empty lines":           []byte("From: a@b.c\r\n\r\n" + strings.Repeat("\n", mega) + "x"),
		"delivery status":       []byte("Content-Type: message/delivery-status\r\n\r\n" + strings.Repeat("Final-Recipient: a\r\n", mega/20)),
		"delivery status lines": []byte("Content-Type: message/delivery-status\r\n\r\n" + strings.Repeat("a: b\r\n\r\n", mega/8)),
	}
}

// TestBombs: each is read within the limits, the rest is skipped, and it is said.
// (A runaway shows as a test that does not end; no time is measured.)
func TestBombs(t *testing.T) {
	for name, raw := range bombs() {
		m := Parse(raw, "a@b.c", Limits{})
		checkMail(t, name, raw, m)
		switch name {
		case "nesting":
			wantProblem(t, name, m, "nested too deep")
		case "parts":
			wantProblem(t, name, m, "too many parts")
		case "one long field", "many fields":
			wantProblem(t, name, m, "header too long")
		case "addresses":
			wantProblem(t, name, m, "To too long")
		}
	}
}

func wantProblem(t *testing.T, name string, m *Mail, want string) {
	t.Helper()
	if !strings.Contains(strings.Join(m.Problems, "\n"), want) {
		t.Errorf("%s: problems %q, want %q", name, m.Problems, want)
	}
}

// TestLimitsCount: the counted work stays within what the limits say.
func TestLimitsCount(t *testing.T) {
	raw := bombs()["parts"]
	m := Mail{}
	w := walker{lim: Limits{Parts: 7}.orDefault(), mail: &m, sum: newSummer()}
	h, at := readHeader(raw, 1<<10, func(string) {})
	w.walk(w.newPart(h, raw[at:], 0))
	if w.parts != 8 { // the one too many is counted, not read
		t.Errorf("%d parts walked, want 8", w.parts)
	}
	file := []byte("Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("AAAA", 1000))
	for limit, want := range map[int64]string{2000: "too much to decode", 4000: ""} {
		got := Parse(file, "a@b.c", Limits{DecodedBytes: limit}).Problems
		if strings.Contains(strings.Join(got, ";"), "too much") != (want != "") {
			t.Errorf("limit %d: problems %q", limit, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(plainMail(1 << 10))
	f.Add(multipartMail(8 << 10))
	for name, raw := range bombs() {
		f.Add(append([]byte("X-Bomb: "+name+"\r\n"), raw[:min(len(raw), 2000)]...))
	}
	f.Add([]byte("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: x\n\nFinal-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n--b--"))
	f.Add([]byte("From: =?iso-2022-jp?b?GyRC?= <a@b>\nContent-Type: text/html; charset=gb18030\nContent-Transfer-Encoding: base64\n\nPGI+"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := Parse(raw, "", Limits{})
		checkMail(t, "fuzz", raw, m)
		if again := Parse(raw, "", Limits{}); again.Hash != m.Hash || again.Text != m.Text || again.Kind != m.Kind {
			t.Error("two readings differ")
		}
	})
}
