package letter

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// nasty are texts of about n bytes that make careless readers slow.
func nasty(n int) map[string]string {
	all := map[string]string{}
	for _, unit := range []string{
		// addresses
		"\"", "(", ")", "(a)", "\\", "<", ">", "<a@b>", "<a@b> <", "a@b,", "a@b ", "g: a@b;", ":", "a:", "a@:", ";", "<@a,@b:", "@", "\"a\" ", "\"\\\"", "mailto:", ".@", "a . ",
		// encoded words and parameters
		"=?utf-8?q?", "=?utf-8?q?a", "=?utf-8?q?a ", "=?utf-8?b?", "=?a?q??= ", "=?=?", "=?utf-8?q?=?=", "=?", "?=", "a*0=b;", "a*0*=''%41;", "a=\"", "a=\"b;", "a=(", "%", "'",
		// header lines
		"X: a\n", "x\n", " x\n", "x;\n", "date:\n", "a:b\nx\n", ":\n", "From x\n", ",\n", "a:\n,\n", " \n", "\n\n", "Final-Recipient: a\n", "Final-Recipient: a\n\n", "Action: failed\n",
		// HTML
		"<div>", "<p hidden>x", "</p>", "<table><tr><td>", "<td>", "<ul><li>", "<ol>", "<a href=http://x.y>z", "<b><p>", "<a b c d ", "<!--", "&", "&amp;", "<script>", "<blockquote>x", "<pre>\n",
		"<span style='visibility:hidden'>x", "<p style='a:b;;:'>", "<x></y>", "\u00a0", "\u200b", "<br>", "<![CDATA[", "<textarea>", "<style>.a{display:none}", "<style>/*</style>",
		// earlier mails
		"> ", ">\n", "> a\n", "> a\n\n", "On 1\n", "On 1 a@b.c\n", "On a: b\n", "a wrote:\n", "wrote ", "2024：\n", "2024 a@b.c <\n", "From: a\n", "From: a@b.c,\n x@y.z,\n", "From: a To: b Sent: c ", "----- x\n", "-----\n", "-- \n", "- -", "Aa:",
		"> old\nnew\n", "> > old\n\nnew\n\n", "> a\n\n\n\n\nx\n", "-- \nJane\n> a\n> b\n", "---------- Forwarded message ----------\n", "---- Forwarded message ----\n---- End forwarded message ----\nx\n",
		"On Mon, 1 Jan 2024, Bob wrote:\n", "On Mon, 1 Jan 2024, Bob wrote:\n> a\nx\n", "> Begin forwarded message:\n> From: a@b.c\nx\n", "> On Mon, 1 Jan 2024, Bob wrote:\n> a\nx\n",
		"confidential, in error, prohibited\n", "Disclaimer\n\n", "This e-mail is confidential\n", "This e-mail is confidential, privileged, prohibited, in error, and " + strings.Repeat("x", 80) + "\n\n", "x\nSent from my iPhone\n", "===\n",
		"Begin forwarded message:\n", "\u200e\n", "10:00\n\n", "Sent from my iPhone\n", "-----BEGIN PGP SIGNED MESSAGE-----\n-----BEGIN PGP SIGNATURE-----\n",
		// reports
		"550 ", "5.1.1 ", "92.1.1 ", "2.1.1 ", "5.", "a@b.c 550 no\n", "<a@b.c>: failed\n", "could not be delivered ", "Received: a\n", "message-id: <a@b>\n", ">>> RCPT TO:<a@b.c>\n", "a@b.c\n",
		// files
		"begin 644 a\n", "begin 644 a\n#86%A\n", "begin ", "M\n", "{", "}", "{\\*\\x ", "\\'e4", "\\u1?", "\\ansicpg932 a", "\\bin1 ", "\\par ", "\\",
		"1", "1 ", "+41 44 668 18 00", "Tel. 044 668 18 00 ", "0041 ", "+", "(0)", "+41 (0)", "1-",
		"a", "\xff", " ", "\t", "\x00",
	} {
		all[unit] = strings.Repeat(unit, n/len(unit))
	}
	all["deep comment"] = strings.Repeat("(", n/2) + strings.Repeat(")", n/2)
	all["one quote, many escaped"] = "\"" + strings.Repeat("\\\"", n/2)
	all["one quote, many escaped, a comment"] = "\"" + strings.Repeat("\\\"", n/2) + "(a"
	all["an address, many colons"] = strings.Repeat("a", n/2) + "@" + strings.Repeat(":", n/2)
	all["a bracket, many open"] = "<a@b>" + strings.Repeat(" <", n/2)
	all["fields, junk, fields"] = strings.Repeat("a:\n", n/6) + "junk\n" + strings.Repeat("date:\n", n/12)
	all["every depth of quotes"] = everyDepth(n)
	all["devices below words"] = strings.Repeat("x\n", n/4) + strings.Repeat("Sent from my iPhone\n", n/40)
	all["disclaimers below words"] = strings.Repeat("x\n", n/4) + strings.Repeat("\nThis e-mail is confidential, privileged, prohibited, in error, and "+strings.Repeat("x", 80)+"\n", n/300)
	all["a blank line, much"] = "On Mon, 1 Jan 2024, Bob wrote:\n" + strings.Repeat(" ", n) + "\nx"
	all["a table, lines between cells"] = "<table>x" + strings.Repeat("<br><hr>", n/8) + "y"
	all["hidden codes"] = "2.1.1 " + strings.Repeat("92.1.1 ", n/7) + "2.1.1"
	return all
}

// everyDepth are lines quoted once, twice and so on.
func everyDepth(n int) string {
	var b strings.Builder
	for depth := 1; b.Len()+depth < n; depth++ {
		b.WriteString(strings.Repeat(">", depth) + "\n")
	}
	return b.String()
}

// readers count what they look at in a text.
var readers = map[string]func(string) int{
	"header": func(s string) int {
		r := headerReader{text: s, note: func(string) {}}
		r.run()
		return r.steps
	},
	"status": func(s string) int {
		r := statusReader{limit: 1 << 20}
		r.run([]byte(s))
		return r.steps
	},
	"addresses": func(s string) int {
		p := newAddressScanner(s)
		for p.pos < len(p.text) {
			m := mailboxReader{text: p.next()}
			m.run("")
			p.steps += m.steps
		}
		return p.steps
	},
	"words": func(s string) int {
		d := wordDecoder{}
		d.run(s)
		return d.steps
	},
	"HTML": func(s string) int { return walkHTML(s, nil, htmlPass{hide: true}).steps },
	"clean": func(s string) int {
		c := &cleanWriter{all: true}
		return walkHTML(s, nil, htmlPass{hide: true, clean: c}).steps + c.steps
	},
	"split": func(s string) int { return splitAbout(s, passesNone, "x").steps },
	"forward": func(s string) int {
		m := Mail{Text: s, Kind: Person, Subject: "Fwd: x"}
		steps := split(s, passesFresh).steps
		m.setSplit()
		m.readForwarded(&walker{})
		_, again := forwardedIn(s, true, time.UTC)
		return steps + again
	},
	"report": func(s string) int { return proseSteps(s) },
	"RTF": func(s string) int {
		r := rtfReader{}
		r.run([]byte(s))
		return r.steps
	},
	"phones": func(s string) int {
		r := phoneReader{text: s, domain: "a.ch"}
		for r.pos < len(s) {
			r.next()
		}
		return r.steps
	},
	"uuencode": func(s string) int {
		u := uuReader{text: []byte(s)}
		u.run(len(s))
		return u.steps
	},
}

// proseSteps reads a report as readBounce does.
func proseSteps(s string) int {
	p := readProse(s)
	p.proseRecipients(&Mail{}, Header{}, nil)
	return p.steps
}

// TestWorkIsLinear counts the bytes that the readers look at: twice the input is
// never more than 2.2 times the work, and none looks at a byte more often than a bound says.
func TestWorkIsLinear(t *testing.T) {
	const size, slack = 1 << 13, 1 << 12
	// What is looked at again: the lines below one that may begin an earlier mail or
	// that name a recipient, up to a number of them.
	perByte := map[string]int{"header": 10, "status": 10, "addresses": 10, "words": 5, "HTML": 5, "clean": 10, "split": 8, "forward": 12, "report": 40, "RTF": 3, "phones": 40, "uuencode": 3}
	short, long := nasty(size), nasty(2*size)
	for name, steps := range readers {
		worst, where := 0, ""
		for input := range short {
			one, two := steps(short[input]), steps(long[input])
			if 10*two > 22*one+slack || one > perByte[name]*size {
				t.Errorf("%s, %q: %d bytes take %d steps, twice as many %d", name, input, len(short[input]), one, two)
			}
			if two > worst {
				worst, where = two, input
			}
		}
		t.Logf("%s: at most %.1f steps a byte (%q)", name, float64(worst)/(2*size), where)
		if worst < 2*size-8 {
			t.Errorf("%s: %d steps for %d bytes is not counted right", name, worst, 2*size)
		}
	}
}

// TestWorkOfTNEF: attributes, files, and messages in messages.
func TestWorkOfTNEF(t *testing.T) {
	const n = 100
	name := property(propString8, propFileLongName, "name\x00")
	for kind, of := range map[string]func(n int) string{
		"attributes": func(n int) string { return tnefOf(strings.Repeat(attributeOf(tnefBody, "x"), n)) },
		"files":      func(n int) string { return tnefOf(strings.Repeat(attributeOf(tnefFileBegins, ""), n)) },
		"properties": func(n int) string {
			return tnefOf(attributeOf(tnefProperties, propertiesOf(slices.Repeat([]string{name}, n)...)))
		},
		"objects": func(n int) string {
			inner := tnefOf(strings.Repeat(attributeOf(tnefBody, "x"), n))
			for range tnefDepth {
				inner = tnefOf(attributeOf(tnefFileBegins, "") + attributeOf(tnefFileProps, propertiesOf(property(propObject, propFileObject, strings.Repeat("i", 16)+inner))))
			}
			return inner
		},
	} {
		one, _ := readTNEF([]byte(of(n)), 500, 0)
		two, _ := readTNEF([]byte(of(2*n)), 500, 0)
		if 10*two.steps > 22*one.steps || one.steps > 10*len(of(n)) || one.steps < len(of(n))/2 {
			t.Errorf("%s: %d bytes take %d steps, twice as many %d", kind, len(of(n)), one.steps, two.steps)
		}
	}
}

// TestNastyMails reads whole mails in which each field and part is as bad as one can be.
func TestNastyMails(t *testing.T) {
	for unit, text := range nasty(maxFieldBytes) {
		var raw strings.Builder
		raw.WriteString("From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n")
		for i := range 2 {
			fmt.Fprintf(&raw, "X-%d: %s\r\n", i, strings.ReplaceAll(text, "\n", "\n "))
		}
		for range 2 {
			raw.WriteString("\r\n--b\r\nContent-Type: text/html; name=" + strings.ReplaceAll(text, "\n", "\n ") + "\r\n\r\n" + text)
		}
		m := Parse([]byte(raw.String()), "", Limits{})
		checkMail(t, unit, []byte(raw.String()), m)
		if f := m.Attachments; len(f) > 5+200 {
			t.Errorf("%q: %d files", unit, len(f))
		}
	}
}

// TestWorkOfFileNames: no more than what a name loses is looked at again. (A runaway
// shows as a test that does not end; no time is measured.)
func TestWorkOfFileNames(t *testing.T) {
	const size = 4 << 20
	for _, unit := range []string{"a:", "a: ", ". ", "./", "a:.", `\`, "/a", " a:/", "\u2800"} {
		s := strings.Repeat(unit, size/len(unit))
		if got := cleanFileName(s); len(got) > maxFileName+1 || cleanFileName(got) != got {
			t.Errorf("%q: %.100q", unit, got)
		}
	}
}
