package agent_test

import (
	"bytes"
	"encoding/base64"
	"html"
	"mime"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/ianaindex"
)

// client is one mail client of testdata/clients: its reply as a mail whose words and
// quotation are left open.
//
//	{words}                  the words, a line each
//	{words:dbl}              the same, with an empty line below each
//	{words:br}               as HTML, with <br>
//	{words:OPEN|SHUT|EMPTY}  as HTML, a block for each line
//	{words:first|OPEN|SHUT|EMPTY}  the same, but the first line is in no block
//	{notice} {notice:>} {notice:> } {notice:html}  the notice as it is, quoted, as HTML
//	{from} {desk} {subject}  of the notice; {from:h} {subject:h} in HTML
type client struct {
	file, name, quotes string
	seen               []string // one of these is in a mail of this client
	wrap               int      // the plain text is broken there; 0 for not
	below              string   // of the client's signature the customer reads this
	mail               string
}

// htmlAlone are those that write HTML beside text, without the text: programs on the
// way drop it.
func htmlAlone(all []client) []client {
	var out []client
	for _, c := range all {
		head, body, ok := strings.Cut(c.mail, "Content-Type: multipart/alternative")
		at := strings.Index(body, "Content-Type: text/html")
		if !ok || at < 0 {
			continue
		}
		bound := boundaryParam.FindStringSubmatch(body)[1]
		body, _, _ = strings.Cut(body[at:], "\n--"+bound)
		c.file, c.mail, c.wrap = strings.TrimSuffix(c.file, ".eml")+", HTML alone", head+body+"\n", 0
		out = append(out, c)
	}
	return out
}

// clients reads testdata/clients, by file name.
func clients(t *testing.T) []client {
	t.Helper()
	files, err := filepath.Glob("testdata/clients/*.eml")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d clients, %v", len(files), err)
	}
	sort.Strings(files)
	var all []client
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		c := client{file: filepath.Base(f)}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			switch name {
			case "X-Client":
				c.name = value
			case "X-Quotes":
				c.quotes = value
			case "X-Seen":
				c.seen = strings.Split(strings.ReplaceAll(value, `\n`, "\n"), " | ")
			case "X-Below":
				c.below = value
			case "X-Wrap":
				c.wrap, _ = strconv.Atoi(value)
			default:
				c.mail += line
			}
		}
		all = append(all, c)
	}
	return all
}

var slot = regexp.MustCompile(`\{(words|notice|from|desk|subject)(?::([^}]*))?\}`)

// reply writes the mail in which the client sends words, with the notice quoted.
func (c client) reply(t *testing.T, n notice, words string) []byte {
	t.Helper()
	head, body, _ := strings.Cut(c.mail, "\n\n")
	mail := head + "\n\n" + slot.ReplaceAllStringFunc(body, func(s string) string {
		m := slot.FindStringSubmatch(s)
		switch m[1] {
		case "words":
			return c.written(words, m[2])
		case "notice":
			return n.in(m[2])
		case "from":
			return escapedIf(m[2] == "h", from)
		case "subject":
			return escapedIf(m[2] == "h", n.subject)
		}
		return desk
	})
	return []byte("From: Anna Keller <anna@example.com>\r\nTo: <" + desk + ">\r\nSubject: " + mime.QEncoding.Encode("utf-8", "Re: "+n.subject) +
		"\r\nMessage-ID: <r@example.com>\r\nIn-Reply-To: <n@example.com>\r\nMIME-Version: 1.0\r\n" + encoded(t, mail))
}

func escapedIf(do bool, s string) string {
	if do {
		return html.EscapeString(s)
	}
	return s
}

// written puts the words in.
func (c client) written(words, how string) string {
	lines := strings.Split(words, "\n")
	switch how {
	case "":
		if c.wrap > 0 {
			return wrapped(words, c.wrap)
		}
		return words
	case "dbl":
		return strings.ReplaceAll(words, "\n", "\n\n")
	case "br":
		return strings.ReplaceAll(html.EscapeString(words), "\n", "<br>\n")
	}
	parts := strings.Split(how, "|")
	var b strings.Builder
	if parts[0] == "first" {
		b.WriteString(html.EscapeString(lines[0]))
		parts, lines = parts[1:], lines[1:]
	}
	for _, line := range lines {
		if line = html.EscapeString(line); line == "" {
			line = parts[2]
		}
		b.WriteString(parts[0] + line + parts[1] + "\n")
	}
	return b.String()
}

// in writes the notice as a client quotes it.
func (n notice) in(how string) string {
	switch how {
	case ">":
		return strings.TrimSuffix(n.squeezed(), "\n")
	case "> ":
		return strings.TrimSuffix(n.quoted(), "\n")
	case "html":
		return n.html
	}
	return n.text
}

// wrapped breaks lines that are longer than width.
func wrapped(words string, width int) string {
	var b strings.Builder
	for i, line := range strings.Split(words, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		column := 0
		for j, word := range strings.Split(line, " ") {
			switch n := len([]rune(word)); {
			case j > 0 && column+1+n > width:
				b.WriteByte('\n')
				column = 0
			case j > 0:
				b.WriteByte(' ')
				column++
			}
			b.WriteString(word)
			column += len([]rune(word))
		}
	}
	return b.String()
}

// flowedText writes text as RFC 3676 §4.2 asks: long lines are broken behind a
// space, lines that begin with a space or "From " are stuffed.
func flowedText(text string, delsp bool) string {
	const width = 72
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if line == "-- " || strings.HasPrefix(line, ">") {
			b.WriteString(line + "\n")
			continue
		}
		line = strings.TrimRight(line, " ")
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "From ") {
			line = " " + line
		}
		for len([]rune(line)) > width {
			at := strings.LastIndexByte(string([]rune(line)[:width]), ' ')
			if at <= 0 {
				break
			}
			soft := " \n"
			if delsp {
				soft = "  \n"
			}
			b.WriteString(line[:at] + soft)
			line = line[at+1:]
		}
		b.WriteString(line + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

var boundaryParam = regexp.MustCompile(`boundary="([^"]+)"`)

// encoded writes each part in its own charset and transfer encoding.
func encoded(t *testing.T, mail string) string {
	t.Helper()
	bounds := map[string]bool{}
	for _, m := range boundaryParam.FindAllStringSubmatch(mail, -1) {
		bounds["--"+m[1]], bounds["--"+m[1]+"--"] = true, true
	}
	var out strings.Builder
	var head, body []string
	inBody := false
	flush := func() {
		if inBody {
			out.WriteString(encodedPart(t, strings.Join(head, "\n"), strings.Join(body, "\n")) + "\r\n")
		}
		head, body, inBody = nil, nil, false
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(mail, "\n"), "\n") {
		switch {
		case bounds[line]:
			flush()
			out.WriteString(line + "\r\n")
		case inBody:
			body = append(body, line)
		case line == "":
			out.WriteString("\r\n")
			inBody = true
		default:
			head = append(head, line)
			out.WriteString(line + "\r\n")
		}
	}
	flush()
	return out.String()
}

var charsetParam = regexp.MustCompile(`charset="?([^";\s]+)`)

// encodedPart encodes the body of a part as its head says.
func encodedPart(t *testing.T, head, body string) string {
	t.Helper()
	if strings.Contains(head, "multipart/") {
		return body
	}
	if strings.Contains(head, "format=flowed") {
		body = flowedText(body, strings.Contains(head, "delsp=yes"))
	}
	body = strings.ReplaceAll(body, "\n", "\r\n")
	if m := charsetParam.FindStringSubmatch(head); m != nil && !strings.EqualFold(m[1], "utf-8") {
		cs, err := ianaindex.MIME.Encoding(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if body, err = cs.NewEncoder().String(forCharset.Replace(body)); err != nil {
			t.Fatalf("%s: %v", m[1], err)
		}
	}
	var b bytes.Buffer
	switch {
	case strings.Contains(head, "quoted-printable"):
		w := quotedprintable.NewWriter(&b)
		_, _ = w.Write([]byte(body))
		_ = w.Close()
	case strings.Contains(head, "base64"):
		for s := base64.StdEncoding.EncodeToString([]byte(body)); s != ""; {
			n := min(76, len(s))
			b.WriteString(s[:n] + "\r\n")
			s = s[n:]
		}
	default:
		return body
	}
	return b.String()
}

// forCharset replaces what old charsets don't have, as clients do.
var forCharset = strings.NewReplacer("…", "...", "–", "-", "—", "-", "“", `"`, "”", `"`, "‘", "'", "’", "'", "→", "->", "•", "-", "·", "-", "\u202f", " ", "\u200b", "", "✓", "x", "≥", ">=", "⚠", "!", "≤", "<=", "„", `"`, "مرحبا", "Hello")
