package agent_test

import (
	"bytes"
	"encoding/base64"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/letter"
)

// edge is the line of a mail's new words that a command is put beside.
type edge struct {
	line  string // trimmed
	above string // what stands above it; "" when nothing does
	below bool   // the command goes below it, else above
}

// edges are the first and the last line of words.
func edges(words string) (above, below edge) {
	lines := strings.Split(inked(words), "\n")
	above, below = edge{line: strings.TrimSpace(lines[0])}, edge{line: strings.TrimSpace(lines[len(lines)-1]), below: true}
	if len(lines) > 1 {
		below.above = strings.TrimSpace(lines[len(lines)-2])
	}
	return above, below
}

// put writes a command into each text of a mail, in the way of its part. It reports
// whether it found the place in all of them.
func (e edge) put(head textproto.MIMEHeader, body io.Reader, out *bytes.Buffer) bool {
	media, params, err := mime.ParseMediaType(head.Get("Content-Type"))
	if err != nil {
		media = "text/plain"
	}
	encoding := strings.ToLower(strings.TrimSpace(head.Get("Content-Transfer-Encoding")))
	text := strings.HasPrefix(media, "text/") && !strings.HasPrefix(head.Get("Content-Disposition"), "attachment")
	for name, values := range head {
		for _, v := range values {
			if name != "Content-Transfer-Encoding" || !text {
				out.WriteString(name + ": " + v + "\r\n")
			}
		}
	}
	switch {
	case strings.HasPrefix(media, "multipart/") && params["boundary"] != "":
		out.WriteString("\r\n")
		r := multipart.NewReader(body, params["boundary"])
		for {
			part, err := r.NextRawPart()
			if err != nil {
				break
			}
			out.WriteString("\r\n--" + params["boundary"] + "\r\n")
			if !e.put(part.Header, part, out) {
				return false
			}
		}
		out.WriteString("\r\n--" + params["boundary"] + "--\r\n")
		return true
	case !text:
		out.WriteString("\r\n")
		_, _ = io.Copy(out, body)
		return true
	}
	switch encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return false
	}
	words, ok := "", false
	if src := strings.ReplaceAll(string(b), "\r\n", "\n"); media == "text/html" {
		words, ok = e.inHTML(src)
	} else {
		words, ok = e.inText(src)
	}
	out.WriteString("Content-Transfer-Encoding: base64\r\n\r\n")
	for s := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(words, "\n", "\r\n"))); s != ""; {
		n := min(76, len(s))
		out.WriteString(s[:n] + "\r\n")
		s = s[n:]
	}
	return ok
}

// inText puts it on a line of its own. The line of the words may be joined of several.
func (e edge) inText(src string) (string, bool) {
	lines := strings.Split(src, "\n")
	over := "" // the line above that is not empty
	for i := range lines {
		line := strings.TrimSpace(lines[i])
		switch {
		case line == "":
			continue
		case !e.below && strings.HasPrefix(e.line, line):
			return strings.Join(slices.Insert(lines, i, "#close"), "\n"), true
		case e.below && strings.HasSuffix(e.line, line) && (e.above == "" || line != e.line || strings.HasSuffix(e.above, over)):
			return strings.Join(slices.Insert(lines, i+1, "#close"), "\n"), true
		}
		over = line
	}
	return src, false
}

var (
	opened = regexp.MustCompile(`(?is)<(p|div|span|font)\b[^>]*>\s*$`)
	shut   = regexp.MustCompile(`(?is)^\s*</(p|div)>`)
)

// inHTML puts it into a block like that of the words, where they have one of their own,
// else before or behind a line break.
func (e edge) inHTML(src string) (string, bool) {
	const enough = 24
	want := html.EscapeString(e.line)
	if e.below {
		want = want[max(0, len(want)-enough):]
		at := strings.Index(src, want)
		if at < 0 {
			return src, false
		}
		at += len(want)
		if m := shut.FindStringSubmatch(src[at:]); m != nil {
			at += len(m[0])
			return src[:at] + "<" + m[1] + ">#close</" + m[1] + ">" + src[at:], true
		}
		return src[:at] + "<br>#close" + src[at:], true
	}
	want = want[:min(len(want), enough)]
	at := strings.Index(src, want)
	if at < 0 {
		return src, false
	}
	if m := opened.FindStringSubmatch(src[:at]); m != nil && (m[1] == "p" || m[1] == "div") {
		open := at - len(m[0])
		return src[:open] + strings.TrimSpace(m[0]) + "#close</" + m[1] + ">" + src[open:], true
	}
	return src[:at] + "#close<br>" + src[at:], true
}

// Real replies with a command on the first, and on the last line of their new words:
// it is found, and the words are the same as without it.
func TestRealReplies(t *testing.T) {
	mails := corpora(t)
	if mails == nil {
		t.Skip("SKIPPED: the public mails are not there; no command was put into real replies")
	}
	var files []string
	for f := range mails {
		if strings.HasSuffix(f, ".eml") || strings.HasSuffix(f, ".txt") {
			files = append(files, f)
		}
	}
	sort.Strings(files)
	replies, made, placed, right := 0, 0, 0, 0
	for _, f := range files {
		m := letter.Parse(mails[f], "anna@example.com", letter.DefaultLimits())
		plain := agent.Read(m.NewText, agent.Names{})
		if m.Kind != letter.Person || m.QuotedText == "" || m.OldOnly || plain.Words == "" || len(plain.Commands)+len(plain.Unknown)+len(plain.Misplaced) > 0 {
			continue
		}
		replies++
		if strings.HasPrefix(f, "threadgen") {
			made++
		}
		above, below := edges(plain.Words)
		for _, e := range []edge{above, below} {
			in, err := mail.ReadMessage(bytes.NewReader(mails[f]))
			var out bytes.Buffer
			if err != nil || !e.put(textproto.MIMEHeader(in.Header), in.Body, &out) {
				continue
			}
			placed++
			r := agent.Read(letter.Parse(out.Bytes(), "anna@example.com", letter.DefaultLimits()).NewText, agent.Names{})
			if briefly(r.Commands) == "close" && len(r.Unknown) == 0 && !r.Doubtful() && strings.TrimSpace(inked(r.Words)) == strings.TrimSpace(inked(plain.Words)) {
				right++
				continue
			}
			t.Logf("%s, below %v: commands %q, misplaced %q, words %q, without %q", f, e.below, briefly(r.Commands), r.Misplaced, inked(r.Words), inked(plain.Words))
		}
	}
	t.Logf("%d replies (%d of them made by a generator); a command on the first and the last line of each, %d placed: %d read right", replies, made, placed, right)
	if replies < 150 || placed < 9*2*replies/10 || right < placed {
		t.Errorf("%d replies, %d placed, %d right", replies, placed, right)
	}
}
