package letter

import (
	"bytes"
	"errors"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// draft is a mail with something of everything.
func draft() Draft {
	return Draft{
		From: `"Support, Desk" <support@desk.example>`, To: []string{"Jürgen Müller <j@e.x>", "b@e.x"}, Cc: []string{"c@e.x"}, ReplyTo: "support+tok@desk.example",
		Subject:   "Re: Grüße aus Köln, eine ziemlich lange Betreffzeile, die sicher gefaltet werden muss",
		MessageID: "1.ack@desk.example", InReplyTo: "x@e.x", References: []string{"t.1@desk.example", "x@e.x"},
		Date: time.Date(2026, 7, 14, 10, 0, 0, 0, time.FixedZone("", 7200)),
		Text: "Hello Jürgen,\n\n.dot\nFrom here on\na line = long " + strings.Repeat("words ", 40) + "\ntrailing \n-- \nSupport", HTML: "<p>Hello Jürgen</p>",
		Headers: [][2]string{{"Auto-Submitted", "auto-replied"}, {"X-Note", "größer"}},
	}
}

func TestComposeReadsBack(t *testing.T) {
	d := draft()
	raw, err := Compose(d)
	if err != nil {
		t.Fatal(err)
	}
	checkWire(t, raw)
	m := Parse(raw, "", DefaultLimits())
	if m.Subject != d.Subject || m.MessageID != d.MessageID || !m.Date.Equal(d.Date) || !m.HasZone || len(m.Problems) > 0 {
		t.Errorf("subject %q, id %q, date %v, problems %q", m.Subject, m.MessageID, m.Date, m.Problems)
	}
	// showName takes the comma out of the name.
	if diff := cmp.Diff([]Address{{"Support Desk", "support@desk.example"}}, m.From); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Address{{"Jürgen Müller", "j@e.x"}, {"", "b@e.x"}}, m.To); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(d.References, m.References); diff != "" || m.InReplyTo[0] != d.InReplyTo || m.ReplyTo[0].Addr != d.ReplyTo {
		t.Error(diff, m.InReplyTo, m.ReplyTo)
	}
	if diff := cmp.Diff(d.Text+"\n", m.Text+"\n"); diff != "" {
		t.Error(diff)
	}
	if m.Kind != AutoReply || m.Header.Text("X-Note") != "größer" {
		t.Errorf("kind %s, note %q", m.Kind, m.Header.Text("X-Note"))
	}
	// The standard library reads it too.
	std, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if to, err := std.Header.AddressList("To"); err != nil || to[0].Name != "Jürgen Müller" {
		t.Errorf("net/mail reads To as %v: %v", to, err)
	}
}

func TestComposeIsDeterministic(t *testing.T) {
	a, err := Compose(draft())
	if err != nil {
		t.Fatal(err)
	}
	b, err := Compose(draft())
	if err != nil || !bytes.Equal(a, b) {
		t.Error("the same draft gives other bytes", err)
	}
	d := draft()
	d.MessageID = "2@desk.example"
	c, err := Compose(d)
	boundary := func(raw []byte) string { _, s, _ := bytes.Cut(raw, []byte("boundary=")); return string(s[:20]) }
	if err != nil || boundary(a) == boundary(c) {
		t.Error("two mails share a boundary", err)
	}
}

func TestComposePlain(t *testing.T) {
	d := draft()
	d.HTML, d.To = "", nil
	raw, err := Compose(d)
	if err != nil {
		t.Fatal(err)
	}
	checkWire(t, raw)
	if s := string(raw); strings.Contains(s, "multipart") || !strings.Contains(s, "\r\nContent-Type: text/plain; charset=utf-8\r\n") || !strings.Contains(s, "\r\nTo: undisclosed-recipients:;\r\n") {
		t.Errorf("%.900s", s)
	}
}

// TestComposeRefuses: what could add a line to the header is an error.
func TestComposeRefuses(t *testing.T) {
	for name, change := range map[string]func(*Draft){
		"subject with CRLF":      func(d *Draft) { d.Subject = "a\r\nBcc: v@v.v" },
		"subject with LF":        func(d *Draft) { d.Subject = "a\nBcc: v@v.v" },
		"subject with CR":        func(d *Draft) { d.Subject = "a\rBcc: v@v.v" },
		"subject with NUL":       func(d *Draft) { d.Subject = "a\x00" },
		"From with CRLF":         func(d *Draft) { d.From = "a@b.c\r\nBcc: v@v.v" },
		"no From":                func(d *Draft) { d.From = "" },
		"From is no address":     func(d *Draft) { d.From = "nobody" },
		"two addresses in one":   func(d *Draft) { d.To = []string{"a@b.c, v@v.v"} },
		"To with LF":             func(d *Draft) { d.To = []string{"x\n<a@b.c>"} },
		"Cc with LF":             func(d *Draft) { d.Cc = []string{"x\n<a@b.c>"} },
		"Reply-To with LF":       func(d *Draft) { d.ReplyTo = "a@b.c\n" },
		"no Message-ID":          func(d *Draft) { d.MessageID = "" },
		"Message-ID with >":      func(d *Draft) { d.MessageID = "a>\r\nBcc: v@v.v" },
		"In-Reply-To with space": func(d *Draft) { d.InReplyTo = "a b@c" },
		"References with CR":     func(d *Draft) { d.References = []string{"a@b", "c\rd@e"} },
		"no Date":                func(d *Draft) { d.Date = time.Time{} },
		"header value with CRLF": func(d *Draft) { d.Headers = [][2]string{{"X", "a\r\nBcc: v@v.v"}} },
		"header name with colon": func(d *Draft) { d.Headers = [][2]string{{"Bcc: v@v.v\r\nX", "a"}} },
		"header name empty":      func(d *Draft) { d.Headers = [][2]string{{"", "a"}} },
	} {
		d := draft()
		change(&d)
		if raw, err := Compose(d); !errors.Is(err, ErrBadField) || raw != nil {
			t.Errorf("%s: error %v, %d bytes", name, err, len(raw))
		}
	}
}

// TestComposeNames: a display name cannot look like an address or turn the line.
func TestComposeNames(t *testing.T) {
	d := draft()
	d.To = []string{`"boss@bank.example, \u202Eevil <x@y.z>" <j@e.x>`, "\"a \u202e b\" <k@e.x>"}
	raw, err := Compose(d)
	if err != nil {
		t.Fatal(err)
	}
	m := Parse(raw, "", Limits{})
	if len(m.To) != 2 || m.To[0].Addr != "j@e.x" || strings.ContainsAny(m.To[0].Name, "@<>,") || m.To[1].Name != "a b" {
		t.Errorf("%q", m.To)
	}
}

// checkWire asserts what every mail we write keeps to on the wire.
func checkWire(t *testing.T, raw []byte) {
	t.Helper()
	if bytes.Count(raw, []byte("\n")) != bytes.Count(raw, []byte("\r\n")) || bytes.Count(raw, []byte("\r")) != bytes.Count(raw, []byte("\r\n")) {
		t.Error("a line does not end with CRLF")
	}
	head, _, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !ok {
		t.Fatal("no body")
	}
	for i, line := range bytes.Split(bytes.TrimSuffix(raw, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > 998 || (len(line) > 78 && bytes.ContainsAny(bytes.TrimLeft(line, " "), " ") && i < bytes.Count(head, []byte("\n"))) {
			t.Errorf("line of %d bytes: %.100q", len(line), line)
		}
		if i <= bytes.Count(head, []byte("\n")) && len(bytes.TrimSpace(line)) == 0 {
			t.Errorf("header line %d is blank", i)
		}
	}
}

// FuzzCompose: what can be written reads back, and no value becomes a field.
func FuzzCompose(f *testing.F) {
	f.Add("Jürgen <j@e.x>", "Grüße", "text\n.dot", "<p>x")
	f.Add("a@b.c", "a\r\nBcc: x@y.z", "", "")
	f.Add("\"a\\\"b\" <a@b.c>", "=?utf-8?q?x?=", "From \n", "")
	f.Fuzz(func(t *testing.T, to, subject, text, html string) {
		d := draft()
		d.To, d.Subject, d.Text, d.HTML = []string{to}, subject, text, html
		raw, err := Compose(d)
		if err != nil {
			return
		}
		checkWire(t, raw)
		m := Parse(raw, "", Limits{})
		if m.Header.Has("Bcc") || m.Header.count("To") != 1 || len(m.To) != 1 || m.To[0].Addr != ParseAddress(to).Addr {
			t.Errorf("to %q reads back as %q", to, m.To)
		}
		if want := strings.TrimSpace(cleanLine(strings.ToValidUTF8(subject, "\uFFFD"))); m.Subject != want {
			t.Errorf("subject %q reads back as %q", want, m.Subject)
		}
	})
}

// TestComposeEach: a copy is the mail that Compose makes of it, but for the
// boundary, which follows from the draft.
func TestComposeEach(t *testing.T) {
	d := Draft{From: "Support <support@example.com>", Subject: "Case", MessageID: "row@example.com", Date: time.Unix(0, 0).UTC(), Text: "words", HTML: "<p>words</p>"}
	copies := []Copy{{To: []string{"a@example.com"}, ReplyTo: "support+1@example.com", MessageID: "1@example.com"}, {To: []string{"b@example.com"}, MessageID: "2@example.com"}}
	got, err := ComposeEach(d, copies)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d mails, %v", len(got), err)
	}
	for i, one := range copies {
		d.To, d.ReplyTo, d.MessageID = one.To, one.ReplyTo, one.MessageID
		want, err := Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		bound := regexp.MustCompile("boundary=\"([^\"]+)\"")
		theirs, ours := bound.FindSubmatch(want), bound.FindSubmatch(got[i])
		if theirs == nil || ours == nil {
			t.Fatalf("no boundary in\n%s", got[i])
		}
		if want := bytes.ReplaceAll(want, theirs[1], ours[1]); !bytes.Equal(got[i], want) {
			t.Errorf("copy %d:\n%s\nwant:\n%s", i, got[i], want)
		}
	}
	// Words that hold a room are written anew, and the next copy has none of them.
	d.Text, d.HTML = "take: {room}", "<p>{room}</p>"
	got, err = ComposeEach(d, []Copy{{To: []string{"a@example.com"}, MessageID: "1@example.com", Rooms: []string{"{room}", "a's"}}, {To: []string{"b@example.com"}, MessageID: "2@example.com", Rooms: []string{"{room}", "b's"}}, {To: []string{"c@example.com"}, MessageID: "3@example.com"}})
	for i, want := range []string{"a's", "b's", "{room}"} {
		if err != nil || bytes.Count(got[i], []byte(want)) != 2 || i < 2 && bytes.Contains(got[i], []byte("{room}")) {
			t.Errorf("copy %d has not %q: %v\n%s", i, want, err, got[i])
		}
	}
	if got, err := ComposeEach(d, []Copy{{To: []string{"a@example.com"}, MessageID: "1@example.com"}, {To: []string{"no address"}, MessageID: "2@example.com"}}); !errors.Is(err, ErrBadField) || got != nil {
		t.Errorf("a bad copy gives %d mails, %v", len(got), err)
	}
}

// BenchmarkQuotedPrintable: a paragraph on one line must cost what one of many
// lines does.
func BenchmarkQuotedPrintable(b *testing.B) {
	long := strings.Repeat("word ", 1<<12)
	for name, text := range map[string]string{"lines=1": long, "lines=1024": strings.ReplaceAll(long, "word word word word ", "word word word word\n")} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				var out bytes.Buffer
				encodeQP(&out, text)
			}
		})
	}
}
