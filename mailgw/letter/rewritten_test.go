package letter

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A mail that is written in another way says the same. Each way is what some relay,
// list or client does to a mail; what cannot be done to a mail gives nil.
var rewritings = []struct {
	name string
	do   func(head, body []byte) []byte
}{
	{"line feeds", func(head, body []byte) []byte {
		return bytes.ReplaceAll(glue(head, body), []byte("\r\n"), []byte("\n"))
	}},
	{"mbox line", func(head, body []byte) []byte {
		return glue([]byte("From somebody@example.org Mon Jan  1 00:00:00 2024\r\n"), glue(head, body))
	}},
	{"byte order mark", func(head, body []byte) []byte { return glue([]byte("\ufeff"), glue(head, body)) }},
	{"empty lines first", func(head, body []byte) []byte { return glue([]byte("\r\n\r\n"), glue(head, body)) }},
	{"trace fields first", func(head, body []byte) []byte {
		return glue([]byte("Received: from a by b;\r\n\tMon, 1 Jan 2024 00:00:00 +0000\r\nX-Spam: no\r\n"), glue(head, body))
	}},
	{"names of fields in capitals", func(head, body []byte) []byte {
		var out []byte
		for line := range bytes.Lines(head) {
			if i := fieldColon(string(line)); i > 0 {
				line = glue(bytes.ToUpper(line[:i]), line[i:])
			}
			out = append(out, line...)
		}
		return glue(out, body)
	}},
	{"folds in one line", func(head, body []byte) []byte {
		for _, space := range []string{" ", "\t"} {
			head = bytes.ReplaceAll(head, []byte("\r\n"+space), []byte(space))
			head = bytes.ReplaceAll(head, []byte("\n"+space), []byte(space))
		}
		return glue(head, body)
	}},
	{"wrapped in a multipart", func(head, body []byte) []byte { return wrapped(head, body, "") }},
	{"with the footer of a list", func(head, body []byte) []byte {
		return wrapped(head, body, "--=_outer\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: inline\r\n\r\n"+footer+"\r\n")
	}},
	{"wrapped, and the end is lost", func(head, body []byte) []byte {
		return bytes.TrimSuffix(wrapped(head, body, ""), []byte("--=_outer--\r\n"))
	}},
	{"sent through base64", func(head, body []byte) []byte {
		own, rest := contentFields(head)
		if len(own) > 0 && bytes.Contains(bytes.ToLower(own), []byte("transfer-encoding")) || !bytes.Contains(own, []byte("text/")) {
			return nil
		}
		return glue(glue(rest, own), []byte("Content-Transfer-Encoding: BASE64\r\n\r\n"+inLines(base64.StdEncoding.EncodeToString(body[blank(body):]))))
	}},
}

const footer = "To leave this list write to leave@list.example"

// glue makes one slice of two.
func glue(a, b []byte) []byte { return append(append(make([]byte, 0, len(a)+len(b)), a...), b...) }

// blank returns the length of the empty line at the start of a body.
func blank(body []byte) int {
	for i, c := range body {
		if c == '\n' {
			return i + 1
		}
	}
	return len(body)
}

// inLines cuts a text into lines of 76 characters.
func inLines(s string) string {
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	return b.String() + s + "\r\n"
}

// contentFields takes the Content fields out of a header.
func contentFields(head []byte) (own, rest []byte) {
	content := false
	for line := range bytes.Lines(head) {
		if line[0] != ' ' && line[0] != '\t' {
			content = hasPrefixFold(string(line), "content-")
		}
		if content {
			own = append(own, line...)
		} else {
			rest = append(rest, line...)
		}
	}
	return own, rest
}

// wrapped makes a mail the only part of a multipart/mixed, with what follows it.
func wrapped(head, body []byte, after string) []byte {
	own, rest := contentFields(head)
	out := glue(rest, []byte("Content-Type: multipart/mixed; boundary=\"=_outer\"\r\n\r\nThis is a mail in parts.\r\n--=_outer\r\n"))
	return glue(glue(glue(out, own), body), []byte("\r\n"+after+"--=_outer--\r\n"))
}

// TestRewritten reads real mails that have nothing wrong in another form.
func TestRewritten(t *testing.T) {
	read := map[string]int{}
	err := filepath.WalkDir(corpora(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".eml") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		const long = 64 << 10
		m := Parse(raw, "", Limits{})
		at, _ := headerEnd(raw)
		// Nothing is left out but what is broken, and what is only a file.
		if len(raw) > long || len(m.Problems) > 0 || at == len(raw) || at == 0 || m.onlyFile() {
			return nil
		}
		for _, r := range rewritings {
			other := r.do(raw[:at], raw[at:])
			if other == nil {
				continue
			}
			read[r.name]++
			got := Parse(other, "", Limits{})
			text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(got.Text), footer))
			want := fmt.Sprintf("%s %q %v %q %v", m.Kind, words(m.Subject), m.From, strings.TrimSpace(m.Text), names(m))
			if said := fmt.Sprintf("%s %q %v %q %v", got.Kind, words(got.Subject), got.From, text, names(got)); said != want {
				t.Errorf("%s: %s\n%.600s\nwas\n%.600s\nproblems %q", filepath.Base(path), r.name, said, want, got.Problems)
			}
		}
		return nil
	})
	if err != nil || len(read) < len(rewritings) || read["line feeds"] < 1000 {
		t.Fatalf("rewritten %v: %v", read, err)
	}
}

// onlyFile tells a mail that is nothing but an attachment.
func (m *Mail) onlyFile() bool {
	return hasPrefixFold(m.Header.Get("Content-Disposition"), "attachment")
}

// words joins the words of a line: a fold is one space or more.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }

// names lists the names and types of a mail's attachments.
func names(m *Mail) (all []string) {
	for _, a := range m.Attachments {
		all = append(all, a.Name+" "+a.Type)
	}
	return all
}
