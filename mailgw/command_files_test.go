package mailgw

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// withFile is a mail with words and a file.
func withFile(words, name, media string, content []byte) mail {
	encoded := base64.StdEncoding.EncodeToString(content)
	var lines strings.Builder
	for ; len(encoded) > 76; encoded = encoded[76:] {
		lines.WriteString(encoded[:76] + "\r\n")
	}
	return mail{
		head: []string{"MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"},
		body: "--b\r\n\r\n" + words + "\r\n--b\r\nContent-Type: " + media + "\r\nContent-Disposition: attachment; filename=\"" + name + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines.String() + encoded + "\r\n--b--",
	}
}

// randomFile returns bytes that no other file has.
func randomFile(seed byte, size int) []byte {
	var b []byte
	for i := 0; len(b) < size; i++ {
		sum := sha256.Sum256([]byte{seed, byte(i), byte(i >> 8)})
		b = append(b, sum[:]...)
	}
	return b[:size]
}

// filesOnTicket is what the command answers.
func (h *house) filesOnTicket(number uint64, withBytes bool) (out []FileView) {
	h.t.Helper()
	err := h.listFiles(FilesArgs{Number: number, Bytes: withBytes}, func(v any) error { out = append(out, v.(FileView)); return nil })
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// TestFilesAreKeptOnce: the same file in mails of several tickets, under other
// names, is once on the disk, and each mail comes back byte for byte.
func TestFilesAreKeptOnce(t *testing.T) {
	h := newHouse(t)
	file := randomFile(1, 50<<10)
	want := map[ticket.ID][]byte{}
	var hash string
	for i := range 6 {
		m := withFile(fmt.Sprintf("Words %d.", i), fmt.Sprintf("offer %d.pdf", i), "application/pdf", file)
		m.from = fmt.Sprintf("Mia <mia%d@acme.example>", i)
		a := h.arrival(m)
		want[a.ID] = a.Raw
		if err := h.Deliver(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		got := h.stored(a.ID, nil)
		if len(got.entry.Attachments) != 1 || got.entry.Attachments[0].Size != len(file) {
			t.Fatalf("attachments %+v", got.entry.Attachments)
		}
		hash = got.entry.Attachments[0].SHA256
	}
	if sum := sha256.Sum256(file); hash != hex.EncodeToString(sum[:]) {
		t.Errorf("the entry's hash is %q", hash)
	}
	h.view(func(r store.Reader) error {
		for id, raw := range want {
			got, err := r.Raw(id)
			if err != nil || !bytes.Equal(got, raw) {
				t.Errorf("mail %s has %d bytes, must have %d: %v", id, len(got), len(raw), err)
			}
		}
		return nil
	})
	segments, err := filepath.Glob(filepath.Join(h.c.Data, "raw", "*.seg"))
	if err != nil || len(segments) != 1 {
		t.Fatal(segments, err)
	}
	b, err := os.ReadFile(segments[0])
	encoded := base64.StdEncoding.EncodeToString(file)
	if n := bytes.Count(b, []byte(encoded[:76])); err != nil || n != 1 || bytes.Count(b, []byte("mailgw-raw id=")) != 6 {
		t.Errorf("the file is %d times in the segment: %v", n, err)
	}
}

// Ranges that cannot be, which the parser never gives, do not cost the mail.
func TestBadRangesAreLeftOut(t *testing.T) {
	for _, c := range []struct {
		bodies []letter.Range
		want   int
	}{{nil, 0}, {[]letter.Range{{Start: 1, End: 5}}, 1}, {[]letter.Range{{Start: 1, End: 50}}, 0}, {[]letter.Range{{Start: 3, End: 4}, {Start: 1, End: 2}}, 0}} {
		in := incoming{Arrival: &letter.Arrival{Raw: make([]byte, 10), Body: 5}, mail: &letter.Mail{Bodies: c.bodies}}
		if got := in.bodies(); len(got) != c.want || len(got) > 0 && got[0] != (store.Range{Start: 6, End: 10}) {
			t.Errorf("%v: %v", c.bodies, got)
		}
	}
}

func TestTicketFiles(t *testing.T) {
	h := newHouse(t)
	pdf, page := append([]byte("%PDF-1.7"), randomFile(2, 100)...), []byte("<html><script>alert(1)</script>")
	first := h.deliver(withFile("See this.", `..\\../C:\\.evil`+"=?utf-8?q?=E2=80=AE?="+`fdp.exe`, "application/pdf", pdf))
	reply := withFile("And this.", "page.pdf", "application/pdf", page)
	reply.head = append(reply.head, "In-Reply-To: <"+first.MessageID+">")
	h.want(h.deliver(reply), ticket.OutcomeAppended)
	again := withFile("Once more.", "other.bin", "application/octet-stream", pdf)
	again.head = append(again.head, "In-Reply-To: <"+first.MessageID+">")
	h.want(h.deliver(again), ticket.OutcomeAppended)
	other := h.deliver(withFile("Another matter.", "secret.pdf", "application/pdf", randomFile(3, 50)))
	if other.Ticket == first.Ticket {
		t.Fatal("one ticket")
	}
	files := h.filesOnTicket(first.Ticket, true)
	var got []string
	for _, f := range files {
		content, err := base64.StdEncoding.DecodeString(f.Bytes)
		sum := sha256.Sum256(content)
		if err != nil || f.Bytes != "" && hex.EncodeToString(sum[:]) != f.SHA256 || !strings.HasPrefix(f.SHA256, f.As[:32]) {
			t.Errorf("%+v: %v", f, err)
		}
		got = append(got, fmt.Sprintf("%d %s %s %d %s %t", f.N, *f.Name, f.Type, f.Size, f.As[32:], f.Bytes != ""))
	}
	want := []string{"1 evilfdp.exe application/pdf 108 .pdf true", "1 page.pdf application/pdf 31 .bin true", "1 other.bin application/octet-stream 108 .pdf false"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the files are\n%s\nmust be\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if files[0].As != files[2].As || files[0].Entry != first.ID {
		t.Errorf("%+v", files)
	}
	for _, f := range h.filesOnTicket(first.Ticket, false) {
		if f.Bytes != "" {
			t.Error("bytes that nobody asked for")
		}
	}
}

// partOf returns the decoded text of a mail's first part of a type.
func partOf(t *testing.T, raw []byte, media string) string {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := parts.NextPart() // decodes quoted-printable
		if err != nil {
			t.Fatalf("no %s in it: %v", media, err)
		}
		if got, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); got == media {
			b, err := io.ReadAll(p)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
	}
}

// TestNamesAreText: wherever a sender's name for a file goes out, it is text: no
// tag in a notice's HTML, no line of its own in its words or its header, no log line.
func TestNamesAreText(t *testing.T) {
	for name, c := range map[string]struct{ given, text, html string }{
		"tag":     {`<img src=x onerror=alert(1)>.png`, `<img src=x onerror=alert(1)>.png`, "&lt;img src=x onerror=alert(1)&gt;.png"},
		"quotes":  {`a" onload="x' b.png`, `a" onload="x' b.png`, "a&#34; onload=&#34;x&#39; b.png"},
		"entity":  {`a&lt;b>.png`, `a&lt;b>.png`, "a&amp;lt;b&gt;.png"},
		"lines":   {"a\r\nBcc: eve@example.org\r\n\r\nb.png", "a Bcc: eve@example.org b.png", "a Bcc: eve@example.org b.png"},
		"escapes": {"a\x1b]0;x\x07\u202eb\u200bc.png", "a]0;xbc.png", "a]0;xbc.png"},
		"path":    {`C:\..\../b.png`, "b.png", "b.png"},
		"words":   {"{{.Ticket}} %s%n $HOME `id`.png", "{{.Ticket}} %s%n $HOME `id`.png", "{{.Ticket}} %s%n $HOME `id`.png"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			var log bytes.Buffer
			h.log = slog.New(slog.NewTextHandler(&log, nil))
			a := h.arrival(mail{head: []string{"MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"},
				body: "--b\r\n\r\nwords\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename*=utf-8''" + url.PathEscape(c.given) + "\r\n\r\nx\r\n--b--"})
			if v := h.explain(a); len(v.Attachments) != 1 || v.Attachments[0].Name == nil || *v.Attachments[0].Name != c.text {
				t.Errorf("explain says %+v, must say %q", v.Attachments, c.text)
			}
			if err := h.Deliver(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			notice := h.noticeTo("anna@example.com")
			if plain := partOf(t, notice.Bytes, "text/plain"); !strings.Contains(plain, c.text) {
				t.Errorf("the notice has not %q:\n%s", c.text, plain)
			}
			html := partOf(t, notice.Bytes, "text/html")
			if !strings.Contains(html, c.html) || strings.Contains(html, "<img") {
				t.Errorf("the notice has not %q:\n%s", c.html, html)
			}
			if notice.read.Header.Has("Bcc") || strings.ContainsAny(notice.read.Text, "\x1b\x07\u202e\u200b") {
				t.Errorf("the notice is\n%s", notice.Bytes)
			}
			if files := h.filesOnTicket(1, false); len(files) == 0 || *files[0].Name != c.text || files[0].As[32:] != ".bin" {
				t.Errorf("the files are %+v", files)
			}
			if strings.Contains(log.String(), "b.png") || strings.Contains(log.String(), "onload") || strings.Contains(log.String(), "onerror") {
				t.Errorf("the log has a sender's name: %s", log.String())
			}
		})
	}
}
